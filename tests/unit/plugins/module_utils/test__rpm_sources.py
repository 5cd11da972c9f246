# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _rpm_sources as sources
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

NOTE = """[kubernetes]
name=Kubernetes
baseurl=https://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-x86_64/
enabled=1
gpgkey=https://mirrors.aliyun.com/kubernetes/yum/doc/yum-key.gpg
   https://mirrors.aliyun.com/kubernetes/yum/doc/rpm-package-key.gpg
"""
PATH = "/etc/yum.repos.d/kubernetes.repo"


@pytest.mark.parametrize(("path", "text", "expected"), [
    (PATH, NOTE, True), (PATH, NOTE + "exclude=docker*\n", True), (PATH, NOTE.replace("enabled=1\n", ""), True),
    (PATH, NOTE + "exclude=kubelet kubeadm\n", False), (PATH, NOTE + "excludepkgs=foo,kube*\n", False), (PATH, NOTE.replace("=1", "=0"), False),
    (PATH, NOTE.replace("kubernetes/yum", "base").replace("kubernetes-el7", "os"), False), (PATH, NOTE.replace("[kubernetes]", "[own]"), False),
    (PATH + ".rpmsave", NOTE, False), (PATH, "no section\n", False),
])
def test_a_note_s_repository_that_excludes_nothing_is_told(machine: FakeMachine, path: str, text: str, expected: bool) -> None:
    assert sources.unguarded("own", "kubelet") == []
    machine.write(path, text)
    assert sources.unguarded("own", "kubelet") == (["[kubernetes] of " + PATH] if expected else [])
