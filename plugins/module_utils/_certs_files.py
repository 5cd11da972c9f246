# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in files and kubeconfigs: read, kept before they are replaced, put back when damaged. Private to the collection."""

import os
import pwd
import re
import shutil
import ssl
import time
from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _certs as certs
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import Certificate, certificates

KEPT = "/etc/kubernetes/kept-by-kubewright"
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z\Z")
_KUBELET = "/var/lib/kubelet/pki"
# The serving certificate is one that the kubelet signed itself, or one that the cluster signed.
_KUBELETS = {"kubelet-client": "kubelet-client-current.pem", "kubelet-server": "kubelet-server-current.pem", "kubelet": "kubelet.crt"}


def certificate(path: str) -> Optional[Certificate]:
    """The first certificate of a file or of a kubeconfig; None where there is none."""
    found = node.certificates_of(path)
    return found[0] if found else None


def kubelet_certificates() -> List[certs.Held]:
    """What kubeadm does not list: the kubelet's own, which it renews by itself."""
    found = []
    for name, file in _KUBELETS.items():
        path = "{0}/{1}".format(_KUBELET, file)
        item = certificate(path)
        if item:
            authority = "" if name == "kubelet" else "ca"
            found.append(certs.Held(name, path, certs.KUBELET, authority, False, item.not_after))
    return found


def damaged(paths: Sequence[str]) -> bool:
    """Files of which a renewal that was killed has left something that is no certificate with its key. What is absent is not damaged."""
    if not all(os.path.exists(path) for path in paths):
        return False
    try:
        return certificate(paths[0]) is None or not _has_its_key(paths)
    except KubewrightError:
        return True


def _has_its_key(paths: Sequence[str]) -> bool:
    if len(paths) == 1:
        return "PRIVATE KEY-----" in "".join(node.embedded(node.read(paths[0]), "client-key-data"))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*paths)
    except OSError:  # SSLError is one
        return False
    return True


def runs() -> List[str]:
    """Folders with what earlier runs have replaced, the newest first."""
    if not os.path.isdir(KEPT):
        return []
    return ["{0}/{1}".format(KEPT, name) for name in sorted(os.listdir(KEPT), reverse=True) if _RUN.match(name)]


def keep(paths: Sequence[str]) -> str:
    """Copies of the files, in a folder of their own."""
    folder = "{0}/{1}".format(KEPT, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time())))
    for path in paths:
        copy = kept_path(folder, path)
        for made in (KEPT, folder, os.path.dirname(copy)):
            os.makedirs(made, mode=0o700, exist_ok=True)
        write_atomically(copy, node.read(path), 0o600)
    return folder


def kept_path(folder: str, path: str) -> str:
    return folder + "/" + os.path.relpath(path, certs.KUBERNETES).replace("../", "")


def put_back(paths: Sequence[str]) -> bool:
    """The newest whole copy in place of damaged files; False where there is none."""
    for folder in runs():
        copies = [kept_path(folder, path) for path in paths]
        if all(os.path.exists(copy) for copy in copies) and not damaged(copies):
            for copy, path in zip(copies, paths):
                write_atomically(path, node.read(copy), 0o644 if path.endswith(".crt") else 0o600)
            return True
    return False


def forget(count: int) -> List[str]:
    """Remove what was kept by runs before the last `count`; what was removed."""
    gone = runs()[count:]
    for folder in gone:
        shutil.rmtree(folder)
    return gone


def sync(paths: Sequence[str]) -> None:
    """On the disk, not only written: kubeadm does not see to it."""
    for path in paths:
        operation.sync(path)


def copies(admin_conf: str) -> List[Dict[str, Any]]:
    """Administrators' kubeconfigs of this cluster in people's home folders; `current` where it holds the certificate of admin.conf."""
    authorities = set(node.ca_hashes())
    mine = certificate(admin_conf)
    found = []
    for path in sorted({os.path.join(entry.pw_dir, ".kube", "config") for entry in pwd.getpwall() if entry.pw_dir.startswith("/")}):
        item = _of_this_cluster(path, authorities)
        if item:
            found.append({"path": path, "expires": certs.date(item.not_after), "current": bool(mine) and item == mine})
    return found


def _of_this_cluster(path: str, authorities: Any) -> Optional[Certificate]:
    try:
        text = node.read(path)
        cas = certificates("".join(node.embedded(text, "certificate-authority-data")))
        users = certificates("".join(node.embedded(text, "client-certificate-data")))
    except KubewrightError:  # whatever it is, it is no kubeconfig that works
        return None
    return users[0] if users and authorities & {ca.public_key_hash for ca in cas} else None


def refresh(path: str, admin_conf: str) -> bool:
    """Replace a kubeconfig that is a whole copy of an admin.conf that was replaced; one that somebody changed stays."""
    if node.read(path) not in [node.read(kept_path(folder, admin_conf)) for folder in runs()]:
        return False
    text, owner = node.read(admin_conf), os.stat(path)
    os.setegid(owner.st_gid)  # in somebody's home folder, root is whom it belongs to, and can do no more
    os.seteuid(owner.st_uid)
    try:
        write_atomically(os.path.realpath(path), text, owner.st_mode & 0o777)
    finally:
        os.seteuid(0)
        os.setegid(0)
    return True
