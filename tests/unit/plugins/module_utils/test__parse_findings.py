# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_findings as parse


@pytest.mark.parametrize(("name", "expected"), [
    ("kubeadm/1.34.2/init-again.stderr.txt", [("SystemVerification", "warning")] + [(name, "error") for name in (
        "Port-6443", "Port-10259", "Port-10257", "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml", "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml", "Port-10250", "Port-2379", "Port-2380", "DirAvailable--var-lib-etcd")]),
    ("kubeadm/1.20.2/init-again.stderr.txt", [(name, "error") for name in (
        "Port-6443", "Port-10259", "Port-10257", "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml", "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml", "Port-2379", "Port-2380", "DirAvailable--var-lib-etcd")]),
    ("kubeadm/1.34.2/join-again.stderr.txt", [
        ("SystemVerification", "warning"), ("FileAvailable--etc-kubernetes-kubelet.conf", "error"), ("Port-10250", "error"),
        ("FileAvailable--etc-kubernetes-pki-ca.crt", "error")]),
    ("kubeadm/1.34.2/join-wrong-hash.stderr.txt", [("SystemVerification", "warning")]),
    ("kubeadm/1.34.2/join-control-plane.stderr.txt", [("SystemVerification", "warning")]),
    ("kubeadm/1.34.2/upgrade-plan.stderr.txt", [("CreateJob", "error"), ("ControlPlaneNodesReady", "error")]),
])
def test_captured_findings_are_read(captured: Callable[[str], str], name: str, expected: List[Any]) -> None:
    assert [(item.id, item.level) for item in parse.findings(captured(name))] == expected


def test_a_message_over_several_lines_is_kept_whole() -> None:
    found = parse.findings("\t[ERROR ImagePull]: failed to pull\n\t  first\n\n\tsecond\n[preflight] other\n\t[WARNING Swap]: on\n")
    assert [item.message for item in found] == ["failed to pull first second", "on"]
    assert found[0].as_dict() == {"id": "ImagePull", "level": "error", "message": "failed to pull first second", "remedy": parse.remedy("ImagePull")}


def test_indented_lines_before_the_first_finding_belong_to_none() -> None:
    assert parse.findings("\tnothing\n\t[WARNING Mem]: little\n")[0].message == "little"


@pytest.mark.parametrize(("check", "words"), [
    ("Port-6443", "ss -ltnp"), ("FileAvailable--etc-kubernetes-pki-ca.crt", "kubeadm reset"), ("DirAvailable--var-lib-etcd", "Keep a copy"),
    ("DirAvailable--etc-kubernetes-manifests", "move what is in it"), ("FileExisting-tc", "Install the program"),
    ("CRI", "container runtime"), ("Swap", "fstab"), ("NobodyKnowsThis", "documentation"),
])
def test_every_check_has_a_remedy(check: str, words: str) -> None:
    assert words in parse.remedy(check)


def test_every_remedy_is_one_line() -> None:
    assert not [text for _prefix, text in parse._REMEDIES if "\n" in text]


# Every id of kubeadm 1.17 to 1.37, and a word that says that the remedy is about it.
KNOWN = {
    "IsPrivilegedUser": "root", "NumCPU": "CPUs", "Mem": "memory", "KubernetesVersion": "kubeadm", "Firewalld": "firewalld",
    **{"Port-{0}".format(port): "ss -ltnp" for port in (6443, 10259, 10257, 10251, 10252, 2379, 2380, 10250)},
    **{"FileAvailable--etc-kubernetes-manifests-{0}.yaml".format(name): "kubeadm reset"
       for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")},
    "FileAvailable--etc-kubernetes-kubelet.conf": "kubeadm reset", "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf": "kubeadm reset",
    "FileAvailable--etc-kubernetes-pki-ca.crt": "kubeadm reset", "DirAvailable--etc-kubernetes-manifests": "empty", "DirAvailable--var-lib-etcd": "copy",
    "HTTPProxy": "endpoint", "HTTPProxyCIDR": "service network", "CRI": "socket", "Service-Docker": "docker", "Service-docker": "docker",
    "IsDockerSystemdCheck": "cgroup driver", "Service-Kubelet": "enable kubelet", "Service-kubelet": "enable kubelet",
    "FileExisting-crictl": "cri-tools", "FileExisting-conntrack": "conntrack-tools",
    **{"FileExisting-" + name: "PATH" for name in ("ip", "iptables", "mount", "nsenter", "ebtables", "ethtool", "socat", "tc", "touch", "losetup", "cp")},
    "FileContent--proc-sys-net-bridge-bridge-nf-call-iptables": "br_netfilter", "FileContent--proc-sys-net-bridge-bridge-nf-call-ip6tables": "br_netfilter",
    "FileContent--proc-sys-net-ipv4-ip_forward": "ip_forward", "FileContent--proc-sys-net-ipv6-conf-default-forwarding": "ipv6",
    "Swap": "fstab", "SystemVerification": "cgroup", "Hostname": "lower case", "KubeletVersion": "kubelet", "ExternalEtcdVersion": "etcd",
    "ExternalEtcdClientCertificates": "client certificate", "ImagePull": "registry", "ContainerRuntimeVersion": "newer container runtime",
    "CreateJob": "pause", "ControlPlaneNodesReady": "describe node", "StaticPodManifest": "manifests", "CoreDNSUnsupportedPlugins": "plugins",
    "CoreDNSMigration": "Corefile",
}


@pytest.mark.parametrize("check", KNOWN)
def test_every_known_check_has_a_remedy_of_its_own(check: str) -> None:
    assert KNOWN[check] in parse.remedy(check) and parse.remedy(check) == parse.remedy(check.lower())


def test_what_a_program_printed_belongs_to_the_error_that_repeats_it() -> None:
    """As crictl's output stands in a message of kubeadm up to 1.30: its own line end goes along."""
    text = ("error execution phase preflight: [preflight] Some fatal errors occurred:\n"
            "\t[ERROR CRI]: container runtime is not running: output: level=fatal msg=\"connect\"\n, error: exit status 1\n"
            "\t[ERROR ImagePull]: failed to pull image k8s.gcr.io/pause:3.2: output: level=fatal\nmsg of another line\n, error: exit status 1\n"
            "[preflight] If you know what you are doing, you can make a check non-fatal\nTo see the stack trace of this error\n")
    assert [item.message for item in parse.findings(text)] == [
        "container runtime is not running: output: level=fatal msg=\"connect\" , error: exit status 1",
        "failed to pull image k8s.gcr.io/pause:3.2: output: level=fatal msg of another line , error: exit status 1"]


@pytest.mark.parametrize("line", ["W1121 01:08:16.986236     423 checks.go:827] detected", "error: execution failed", "error execution phase preflight: no",
                                  "To see the stack trace of this error", "[preflight] If you know", '{"level":"warn"}'])
def test_what_kubeadm_says_next_is_no_part_of_a_message(line: str) -> None:
    found = parse.findings("\t[ERROR Swap]: on\n{0}\n  more of it\n".format(line))
    assert [(item.id, item.message) for item in found] == [("Swap", "on")]


def test_after_a_warning_a_line_of_its_own_is_no_part_of_it() -> None:
    assert parse.findings("\t[WARNING Swap]: on\nUnfortunately, an error has occurred\n")[0].message == "on"
    assert parse.findings("\t[WARNING CRI]: output: no\n, error: exit status 1\n")[0].message == "output: no , error: exit status 1"


def test_a_message_that_begins_on_the_next_line_is_read() -> None:
    assert parse.findings("\t[ERROR SystemVerification]:\r\n\tunexpected kernel config\r\n")[0].message == "unexpected kernel config"
