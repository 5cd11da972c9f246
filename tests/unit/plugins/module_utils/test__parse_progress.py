# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_progress as parse

OLD_RESET = """[preflight] Running pre-flight checks
[reset] Removing info for node "n1" from the ConfigMap "kubeadm-config" in the "kube-system" Namespace
W0101 00:00:00.000000    1234 removeetcdmember.go:61] [reset] failed to remove etcd member: timeout, please manually remove this etcd member using etcdctl
[reset] Stopping the kubelet service
[reset] Deleting contents of config directories: [/etc/kubernetes/manifests /etc/kubernetes/pki]
[reset] Deleting files: [/etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf]
[reset] Deleting contents of stateful directories: [/var/lib/etcd /var/lib/kubelet]

The reset process does not clean CNI configuration. To do so, you must remove /etc/cni/net.d

The reset process does not reset or clean up iptables rules or IPVS tables.

The reset process does not clean your kubeconfig files and you must remove them manually.
"""


def test_a_captured_init_is_read(captured: Callable[[str], str]) -> None:
    found = parse.init_output(captured("kubeadm/1.34.2/init-upload-certs.txt"))
    assert found.succeeded and found.phases == [
        "init", "preflight", "certs", "kubeconfig", "etcd", "control-plane", "kubelet-start", "patches", "wait-control-plane", "kubelet-check",
        "control-plane-check", "upload-config", "kubelet", "upload-certs", "mark-control-plane", "bootstrap-token", "kubelet-finalize", "addons"]
    assert found.worker and found.control_plane and found.certificate_key == found.control_plane.certificate_key
    assert found.worker.token == found.control_plane.token == "6uqnjx.tlxwwiifltrp8i4b"


def test_an_init_that_keeps_its_secrets_back_has_none(captured: Callable[[str], str]) -> None:
    text = captured("kubeadm/1.34.2/init-upload-certs.txt")
    withheld = "".join(line for line in text.splitlines(True) if len(line) != 65).replace("6uqnjx.tlxwwiifltrp8i4b", "<value withheld>")
    found = parse.init_output(withheld)
    assert found.succeeded and not found.worker and not found.control_plane and not found.certificate_key


def test_an_init_that_failed_did_not_succeed() -> None:
    assert parse.init_output("[init] Using Kubernetes version: v1.34.2\n[preflight] Running\n") == parse.Init(["init", "preflight"], False, None, None, "")


@pytest.mark.parametrize(("name", "succeeded", "control_plane", "last"), [
    ("join-worker.txt", True, False, "kubelet-check"), ("join-control-plane.txt", True, True, "mark-control-plane"),
    ("join-again.stderr.txt", False, False, "preflight")])
def test_a_captured_join_is_read(captured: Callable[[str], str], name: str, succeeded: bool, control_plane: bool, last: str) -> None:
    found = parse.join_output(captured("kubeadm/1.34.2/" + name))
    assert (found.succeeded, found.control_plane, last in found.phases) == (succeeded, control_plane, True)


FILES = ["/etc/kubernetes/" + name + ".conf" for name in ("admin", "super-admin", "kubelet", "bootstrap-kubelet", "controller-manager", "scheduler")]
FOLDERS = ["/etc/kubernetes/manifests", "/var/lib/kubelet", "/etc/kubernetes/pki"]


@pytest.mark.parametrize(("name", "emptied"), [("reset-worker.txt", FOLDERS), ("reset-control-plane.txt", [*FOLDERS, "/var/lib/etcd"])])
def test_a_captured_reset_tells_what_it_left(captured: Callable[[str], str], name: str, emptied: List[str]) -> None:
    found = parse.reset_output(captured("kubeadm/1.34.2/" + name))
    assert found[:3] == (emptied, FILES, ["cni", "firewall", "kubeconfig"])
    assert found.warnings in ([], ["No kubeadm config, using etcd pod spec to get data directory"])


def test_a_reset_s_warnings_are_told() -> None:
    found = parse.reset_output(OLD_RESET)
    assert found.left == ["cni", "firewall", "kubeconfig", "etcd member"]
    assert found.warnings == ["failed to remove etcd member: timeout, please manually remove this etcd member using etcdctl"]
    assert found.emptied == ["/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/etcd", "/var/lib/kubelet"]
    assert found.deleted == ["/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf"]


def test_a_reset_leaves_external_etcd_alone() -> None:
    text = "[reset] No etcd config found. Assuming external etcd\n[reset] Please, manually reset etcd to prevent further issues\n"
    assert parse.reset_output(text) == parse.Reset([], [], ["external etcd"], [])
