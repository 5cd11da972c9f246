# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files beside kubeadm's own that every API server of a cluster reads: the audit policy, the keys of encryption at rest. Private to the collection.

They are told as a mapping of paths to texts; a path that ends with a slash is a folder.
"""

import base64
import json
import os
import secrets
from typing import Any, Dict, Mapping

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._node_look import manifest_flag

AUDIT_POLICY = "/etc/kubernetes/audit/policy.yaml"
# In kubeadm's folder of certificates, which API servers see, backups hold and a reset empties.
ENCRYPTION = "/etc/kubernetes/pki/encryption-at-rest.yaml"
FLAGS = {"audit-policy-file": AUDIT_POLICY, "encryption-provider-config": ENCRYPTION}
KEY_BYTES = 32


def place(files: Mapping[str, str]) -> None:
    """For root alone. A folder that is there keeps its mode: it may be shared."""
    for path in sorted(files):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if not path.endswith("/"):
            write_atomically(path, files[path], 0o600)


def make_encryption(provider: str, resources: Any) -> None:
    """A key that is there is never replaced: what it has encrypted could not be read any more."""
    if read(ENCRYPTION).strip():
        return
    key = {"name": "key1", "secret": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")}
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration",
        "resources": [{"resources": list(resources), "providers": [{provider: {"keys": [key]}}, {"identity": {}}]}],
    }
    place({ENCRYPTION: json.dumps(document, indent=2, sort_keys=True) + "\n"})


def of_this_machine(manifest: str) -> Dict[str, str]:
    """What the API server of this manifest reads, for one more control plane; an error where it is not there."""
    refuse_missing(manifest)
    found = {path: read(path) for flag, path in FLAGS.items() if manifest_flag(manifest, flag) == path}
    folder = os.path.dirname(manifest_flag(manifest, "audit-log-path") or "")
    return dict(found, **{folder + "/": ""}) if AUDIT_POLICY in found and folder else found


def refuse_missing(manifest: str) -> None:
    lost = [path for flag, path in FLAGS.items() if manifest_flag(manifest, flag) == path and not read(path).strip()]
    if lost:
        raise KubewrightError("the API server of this cluster reads {0}, and on this machine {1} not there. {2} Bring it back from another control plane or "
                              "from a backup, readable for root alone.".format(
                                  " and ".join(lost), "it is" if len(lost) == 1 else "they are",
                                  "Without its key nobody reads what the cluster has encrypted." if ENCRYPTION in lost else "It does not start without it."))
