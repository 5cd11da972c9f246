# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What flannel's published manifest means, so that our objects can be held equal to it without its text.

Left out: our own label and annotation; which patch release an image is of, since some tags hold the manifest of the release before; whether the default
registry is written; the version of the API of roles, of which the older one has gone.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

Object = dict[str, Any]


def digest(objects: Sequence[Object]) -> str:
    """The same for objects that mean the same, in whatever order."""
    told = sorted(json.dumps(meaning(item), sort_keys=True) for item in objects)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def meaning(item: Object) -> Object:
    found = copy.deepcopy(item)
    labels = found["metadata"].pop("labels", {})
    labels.pop("kubewright.cluster/pod-network", None)
    if labels:
        found["metadata"]["labels"] = labels
    found["apiVersion"] = found["apiVersion"].replace("rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1")
    if found["kind"] == "ConfigMap":
        found["data"] = {name: json.loads(text) for name, text in found["data"].items()}
    if found["kind"] == "DaemonSet":
        template = found["spec"]["template"]
        template["metadata"].pop("annotations", None)
        for container in [*template["spec"]["initContainers"], *template["spec"]["containers"]]:
            container["image"] = re.sub(r":v.*", "", container["image"].removeprefix("docker.io/"))
    return found
