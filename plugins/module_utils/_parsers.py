# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubeadm prints, read. Pure; tolerant of wording, strict on values. Private to the collection."""

import json
import re
from typing import Any, Dict, List, NamedTuple, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubewrightError

TOKEN = re.compile(r"\A[a-z0-9]{6}\.[a-z0-9]{16}\Z")
CERTIFICATE_KEY = re.compile(r"\A[0-9a-f]{64}\Z")
CA_HASH = re.compile(r"\Asha256:[0-9a-f]{64}\Z")
_FINDING = re.compile(r"^\s*\[(WARNING|ERROR) ([^\]]+)\]: (.*)$")


class JoinCommand(NamedTuple):
    """The parts of a printed `kubeadm join`."""

    endpoint: str
    token: str
    ca_cert_hashes: List[str]


def join_command(text: str) -> JoinCommand:
    """The last `kubeadm join …` of a text; runs of blanks, line continuations and several hashes are fine."""
    words = text.replace("\\\n", " ").split()
    starts = [index for index in range(len(words) - 2) if words[index:index + 2] == ["kubeadm", "join"]]
    if not starts:
        raise KubewrightError("kubeadm printed no join command")
    endpoint, options = words[starts[-1] + 2], words[starts[-1] + 3:]
    token = _option(options, "--token")
    hashes = [value for name, value in zip(options, options[1:]) if name == "--discovery-token-ca-cert-hash"]
    if not TOKEN.match(token):
        raise KubewrightError("kubeadm printed a join command without a well-formed token")
    if not hashes or not all(CA_HASH.match(value) for value in hashes):
        raise KubewrightError("kubeadm printed a join command without a well-formed CA certificate hash")
    if ":" not in endpoint:
        raise KubewrightError("kubeadm printed a join command without host:port, but with {0!r}".format(endpoint))
    return JoinCommand(endpoint, token, hashes)


def _option(words: List[str], name: str) -> str:
    values = [value for option, value in zip(words, words[1:]) if option == name]
    return values[-1] if values else ""


def certificate_key(text: str) -> str:
    """The key of `kubeadm init phase upload-certs`: the only line of 64 hexadecimal digits."""
    keys = [line.strip() for line in text.splitlines() if CERTIFICATE_KEY.match(line.strip())]
    if len(keys) != 1:
        raise KubewrightError("kubeadm printed {0} certificate keys where one was expected".format(len(keys)))
    return keys[0]


def json_documents(text: str) -> List[Dict[str, Any]]:
    """JSON documents one after another, as `kubeadm token list -o json` prints them."""
    decoder, found, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        try:
            document, end = decoder.raw_decode(rest)
        except ValueError as error:
            raise KubewrightError("kubeadm printed something that is no JSON: {0}".format(error)) from error
        if not isinstance(document, dict):
            raise KubewrightError("kubeadm printed something that is no JSON object: {0}".format(type(document).__name__))
        found.append(document)
        rest = rest[end:].lstrip()
    return found


def findings(text: str) -> List[Finding]:
    """kubeadm's preflight warnings and errors; a message that runs over several lines is kept whole."""
    found: List[Tuple[str, str, List[str]]] = []
    for line in text.splitlines():
        match = _FINDING.match(line)
        if match:
            found.append((match.group(2), match.group(1).lower(), [match.group(3)]))
        elif found and line.startswith((" ", "\t")) and line.strip():
            found[-1][2].append(line.strip())
    return [Finding(name, level, " ".join(lines), remedy(name)) for name, level, lines in found]


# First match wins: the check's id (a prefix of it) and what a person does about it on the host.
_REMEDIES = (
    ("Port-", "Another program listens there: `ss -ltnp` names it. Stop it, or reset this node if it belonged to a cluster."),
    ("FileAvailable--etc-kubernetes", "Leftovers of an earlier cluster: `kubeadm reset` on this host, if nothing in it is needed."),
    ("DirAvailable--var-lib-etcd", "There is etcd data on this host. Keep a copy before removing it: it may be a cluster's only one."),
    ("DirAvailable", "The directory must be empty: move what is in it out of the way."),
    ("Swap", "Turn swap off and comment it out in /etc/fstab, as the prereqs role does."),
    ("NumCPU", "Give the machine at least 2 CPUs; kubeadm asks for them on a control plane."),
    ("Mem", "Give the machine at least 1700 MB of memory; kubeadm asks for them on a control plane."),
    ("FileContent--proc-sys-net-bridge", "Load br_netfilter and set the sysctl to 1, as the prereqs role does."),
    ("FileContent--proc-sys-net-ipv4-ip_forward", "Set net.ipv4.ip_forward to 1, as the prereqs role does."),
    ("CRI", "The container runtime does not answer on its socket: `systemctl status containerd`, and see that its CRI plugin is enabled."),
    ("ImagePull", "The image cannot be pulled: check the registry, or use kube_image_registry or a bundle."),
    ("FileExisting-", "Install the program that the check names (conntrack, socat, crictl, ip, iptables …)."),
    ("KubeletVersion", "Install the kubelet of the cluster's version, as the kube_packages role does."),
    ("SystemVerification", "The kernel or its cgroups do not fit this version of Kubernetes; see the message."),
    ("Hostname", "Let the name resolve, as the prereqs role does with /etc/hosts."),
    ("IsPrivilegedUser", "Run as root: set become."),
)


def remedy(check: str) -> str:
    """What to do on the host about one of kubeadm's checks."""
    for prefix, text in _REMEDIES:
        if check.startswith(prefix):
            return text
    return "See the message; kubeadm's documentation describes the check."
