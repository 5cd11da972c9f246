# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an image could not be pulled, out of the words of containerd and Docker. Pure. Private to the collection."""

import re
from typing import List, NamedTuple, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._bundle import full_name


class Trouble(NamedTuple):
    """One kind of failure."""

    cause: str
    told: str  # of the registry {0}
    remedy: str


_REACH = "Check its name, the network, the firewall and the proxy of the runtime on this node, or set kube_image_registry to one that it reaches."
_LOGIN = "Check the name and the tag; if the registry wants a login, give the runtime one (containerd: /etc/containerd/certs.d, Docker: docker login)."
_KINDS = {
    "runtime": Trouble("runtime", "the container runtime does not answer", "Start it, and look at its journal."),
    "space": Trouble("space", "the node's disk is full", "Free some space, and run this again."),
    "limit": Trouble("limit", "{0} answers that it was asked too often", "Wait, or set kube_image_registry to a mirror."),
    "tls": Trouble("tls", "{0} cannot be trusted, or speaks another protocol than HTTPS",
                   "Give the runtime the registry's CA, or tell it that this registry is plain HTTP (containerd: /etc/containerd/certs.d, Docker: "
                   "insecure-registries)."),
    "platform": Trouble("platform", "{0} has that image, but not for this processor", "Name an image that is built for it."),
    "auth": Trouble("auth", "{0} refuses: the image is not there for everybody, or not there at all", _LOGIN),
    "not_found": Trouble("not_found", "{0} does not have that image", "Check the name and the tag; a mirror may lack what kubeadm's own registry has."),
    "unreachable": Trouble("unreachable", "{0} cannot be reached", _REACH),
    "other": Trouble("other", "{0} did not give it", "The whole answer is in stderr of this result."),
}
# The first that fits counts: what is said of the runtime's own socket looks like a registry that is down.
_WORDS: Tuple[Tuple[str, str], ...] = (
    (r"dial unix|Cannot connect to the Docker daemon", "runtime"),
    (r"no space left on device", "space"),
    (r"toomanyrequests|429 Too Many Requests", "limit"),
    (r"x509:|tls: |server gave HTTP response to HTTPS client|first record does not look like a TLS handshake", "tls"),
    (r"no match for platform|no matching manifest", "platform"),
    (r"unauthorized|pull access denied|denied: |authorization failed|no basic auth credentials|40[13] (Unauthorized|Forbidden)", "auth"),
    (r"not found|manifest unknown|name unknown", "not_found"),
    (r"dial tcp|no such host|i/o timeout|TLS handshake timeout|Client\.Timeout|deadline exceeded|connection re(fused|set)|no route to host"
     r"|network is unreachable|proxyconnect|it was stopped after|\bEOF\b|50[0-9] [A-Z]", "unreachable"),
)


def trouble(words: str) -> Trouble:
    for pattern, kind in _WORDS:
        if re.search(pattern, words):
            return _KINDS[kind]
    return _KINDS["other"]


def registry(ref: str) -> str:
    """The host, with its port, that a reference names or means."""
    return full_name(ref).split("/", 1)[0]


def one_of_each_registry_first(refs: List[str]) -> List[str]:
    """So that a registry that cannot be reached is known before anything else was tried."""
    first = list({registry(ref): ref for ref in reversed(refs)}.values())
    return [ref for ref in refs if ref in first] + [ref for ref in refs if ref not in first]
