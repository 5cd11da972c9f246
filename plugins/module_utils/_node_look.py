# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a machine: the files, processes and sockets that node_state decides upon. Reads only. Private to the collection."""

import base64
import binascii
import contextlib
import json
import os
import re
import ssl
import time
from http.client import HTTPException
from typing import Dict, List, Optional
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from ansible_collections.kubewright.cluster.plugins.module_utils import _files
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_state as ns
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import Certificate, certificates

MARKER = "/var/lib/kubewright/operation.json"
RESET_NOTE = "/var/lib/kubewright/reset.json"
RUNTIME_NOTE = "/var/lib/kubewright/runtime.json"
ETCD_DATA = "/var/lib/etcd"
PKI = "/etc/kubernetes/pki"
KUBELET_CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem"
# Those whose users prove themselves by a certificate that is inside the file.
KUBECONFIGS = (ns.ADMIN_CONF, "/etc/kubernetes/super-admin.conf", "/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/scheduler.conf", ns.KUBELET_CONF)
KUBELET_FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
KUBELET_INSTANCE = "/var/lib/kubelet/instance-config.yaml"
DOCKERSHIM = "/var/run/dockershim.sock"
CRI_SOCKETS = ("/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock", DOCKERSHIM)
read = _files.read


def marker() -> Optional[ns.Marker]:
    text = read(MARKER)
    if not text.strip():
        return None
    try:
        return ns.Marker(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise KubewrightError("{0} cannot be read. It is Kubewright's own note about an operation on this node; look at the "
                              "node's state, then remove the file.".format(MARKER)) from error


def etcd_dir() -> str:
    """The data directory that etcd's manifest names; kubeadm's own where there is none."""
    return manifest_flag(read(ns.ETCD_MANIFEST), "data-dir") or ETCD_DATA


def etcd_times() -> List[float]:
    """Modification times of all files below the data directory, and below kubeadm's own, which a reset of ours empties, too."""
    times = []
    for folder, names in [(folder, names) for top in sorted({ETCD_DATA, etcd_dir()}) for folder, _folders, names in os.walk(top)]:
        for name in names:
            try:
                times.append(os.lstat(os.path.join(folder, name)).st_mtime)
            except FileNotFoundError:  # a running etcd renames files while they are looked at
                continue
    return times


def pki_files() -> List[str]:
    """Every file below the folder of certificates, by path."""
    return sorted(os.path.join(folder, name) for folder, _folders, names in os.walk(PKI) for name in names)


def certificates_of(path: str, key: str = "client-certificate-data") -> List[Certificate]:
    """The certificates of a file, or what a kubeconfig holds under the key; an error names it."""
    try:
        return certificates(pem_of(path, key))
    except KubewrightError as error:
        raise KubewrightError("{0}: {1}. Look at the file: a copy of it, or `kubeadm certs`, brings it back.".format(path, error)) from error


def pem_of(path: str, key: str = "client-certificate-data") -> str:
    """The text of a file, or what a kubeconfig holds under the key."""
    text = read(path)
    return "".join(embedded(text, key)) if path.endswith(".conf") else text


def embedded(kubeconfig: str, key: str) -> List[str]:
    """What a kubeconfig holds under this key, decoded."""
    found = re.findall(r"^[\s-]*{0}:[ \t]*[\"']?([^\s\"']+)".format(re.escape(key)), kubeconfig, re.MULTILINE)
    try:
        return [base64.b64decode(text, validate=True).decode("utf-8", "replace") for text in found]
    except (binascii.Error, ValueError) as error:
        raise KubewrightError("its {0} is not base64: {1}".format(key, error)) from error


def node_name() -> str:
    """The Node's name as the kubelet's own certificate has it; empty on a machine whose kubelet has none that can be read."""
    for path in (KUBELET_CLIENT, ns.KUBELET_CONF):
        with contextlib.suppress(KubewrightError):
            for item in certificates_of(path):
                if item.common_name.startswith("system:node:"):
                    return item.common_name.split(":", 2)[2]
    return ""


def cri_socket() -> str:
    """The socket of the container runtime that the kubelet is told to use; empty where it is told none."""
    flags = read(KUBELET_FLAGS)
    told = re.search(r"^\s*containerRuntimeEndpoint:[ \t]*[\"']?([^\s\"']+)", read(KUBELET_INSTANCE) + "\n" + read(ns.KUBELET_CONFIG), re.MULTILINE)
    found = manifest_flag(flags, "container-runtime-endpoint") or (told.group(1) if told else "")
    if not found and "--network-plugin=" in flags:  # which kubeadm writes for Docker alone, until 1.23
        found = DOCKERSHIM
    return found if "://" in found or not found else "unix://" + found


def ca_hashes() -> List[str]:
    return [item.public_key_hash for item in certificates_of(ns.CA_CERTIFICATE)]


def server_of(kubeconfig: str) -> Optional[str]:
    """host:port of a kubeconfig's server."""
    match = re.search(r"^\s*server:\s*[\"']?https://([^\s\"']+)", read(kubeconfig), re.MULTILINE)
    return match.group(1) if match else None


def manifest_flag(manifest: str, flag: str) -> Optional[str]:
    match = re.search(r"--{0}=(\S+)".format(re.escape(flag)), manifest)
    return match.group(1).strip("\"'") if match else None


def bracketed(address: str) -> str:
    """As a URL has it."""
    return "[{0}]".format(address) if ":" in address else address


def trusting(ca: str) -> ssl.SSLContext:
    """Trusts this CA of the cluster alone, also one without the extensions that Python asks for by itself from 3.13 on: kubeadm and Go do not."""
    context = ssl.create_default_context(cafile=ca)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def api_answers(timeout: float = 5.0) -> bool:
    """Does this machine's own API server answer and prove that it is of this machine's CA? Any HTTP answer counts but 5xx."""
    manifest = read(ns.APISERVER_MANIFEST)
    address = manifest_flag(manifest, "advertise-address")
    if not address:
        return False
    port = manifest_flag(manifest, "secure-port") or "6443"
    try:
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusting(ns.CA_CERTIFICATE)))
        return bool(opener.open("https://{0}:{1}/readyz".format(bracketed(address), port), timeout=timeout).status == 200)
    except HTTPError as error:
        return error.code < 500
    except (OSError, HTTPException, ValueError):  # URLError and SSLError are OSErrors
        return False


def look() -> ns.Look:
    begun = marker()
    times = etcd_times()
    return ns.Look(
        files=frozenset(path for path in ns.WATCHED if os.path.exists(path)),
        marker=begun,
        etcd_oldest=min(times) if times else None,
        api_answers=api_answers(),
        etcd_newest=max(times) if times else None,
        reset_begun=os.path.exists(RESET_NOTE),
        marker_age=time.time() - begun.started if begun else 0.0,
    )


def least_certificate_days() -> Optional[int]:
    """Of the certificate that ends first; None on a machine without any. A file that cannot be read is left out."""
    found = []
    for path in certificate_paths():
        with contextlib.suppress(KubewrightError):
            found += [int((item.not_after - time.time()) // 86400) for item in certificates_of(path)[:1]]
    return min(found) if found else None


def certificate_paths() -> List[str]:
    """Wherever kubeadm and the kubelet keep a certificate here; kubeconfigs, too."""
    folders = ("/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd")
    paths = [os.path.join(folder, name) for folder in folders if os.path.isdir(folder)
             for name in sorted(os.listdir(folder)) if name.endswith(".crt")]
    return [*paths, KUBELET_CLIENT, *KUBECONFIGS]


def certificate_days() -> Dict[str, int]:
    """Whole days left of every certificate kubeadm and the kubelet keep here, by file; kubeconfigs, too."""
    found = {}
    for path in certificate_paths():
        for item in certificates_of(path)[:1]:
            found[path] = int((item.not_after - time.time()) // 86400)
    return found


def cri_endpoints() -> List[str]:
    return ["unix://" + path for path in CRI_SOCKETS if os.path.exists(path)]
