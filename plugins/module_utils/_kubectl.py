# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubectl on a node. Private to the collection."""

import json
from typing import Any, Dict, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

ADMIN_CONF = "/etc/kubernetes/admin.conf"


class Kubectl:
    """kubectl as the node's administrator, JSON in and out."""

    def __init__(self, runner: Runner, kubeconfig: str = ADMIN_CONF) -> None:
        self.run = runner
        self.kubeconfig = kubeconfig

    def __call__(self, *words: str, **options: Any) -> Output:
        return self.run(("kubectl", "--kubeconfig", self.kubeconfig, "--request-timeout=30s", *words), **options)

    def json(self, *words: str) -> Dict[str, Any]:
        return _json_object(self(*words, "-o", "json").stdout)

    def find(self, *words: str) -> Optional[Dict[str, Any]]:
        """One object, or None where the API server has none of that name."""
        text = self("get", "--ignore-not-found", "-o", "json", *words).stdout
        return _json_object(text) if text.strip() else None


def _json_object(text: str) -> Dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise KubewrightError("kubectl printed something that is no JSON: {0}".format(error)) from error
    return document if isinstance(document, dict) else {}


def as_list(objects: Sequence[Dict[str, Any]]) -> str:
    """Objects for kubectl's standard input; it takes one JSON document, not documents divided by dashes."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}, sort_keys=True)
