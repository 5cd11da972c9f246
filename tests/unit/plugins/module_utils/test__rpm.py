# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import re
import tempfile
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _rpm as rpm
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_repository import Repository, armoured
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, captured_text

REPOSITORY = Repository("kubernetes", "https://example.com/rpm/", "./", "", [b"\x99", b"\x98"])
KEYS = ["/etc/pki/rpm-gpg/RPM-GPG-KEY-kubernetes", "/etc/pki/rpm-gpg/RPM-GPG-KEY-kubernetes-2"]
QUERY = ("rpm", "-q", "--whatprovides", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n")
LOCKS = "/etc/dnf/plugins/versionlock.list"


def text(name: str, stream: str) -> str:
    """As dnf 4.14.0 printed it."""
    return captured_text("dnf/4.14.0/{0}.{1}.txt".format(name, stream))


@pytest.fixture
def manager(machine: FakeMachine) -> rpm.Rpm:
    return rpm.Rpm(Runner(machine), "dnf", "kubernetes")


@pytest.mark.parametrize(("hold", "checked"), [(True, True), (False, True), (True, False)])
def test_a_repository_is_checked_and_excludes_what_it_holds(manager: rpm.Rpm, hold: bool, checked: bool) -> None:
    *keys, (path, text) = manager.files(REPOSITORY._replace(metadata_checked=checked), hold)
    assert keys == list(zip(KEYS, [armoured(b"\x99"), armoured(b"\x98")])) and path == "/etc/yum.repos.d/kubernetes.repo"
    lines = text.splitlines()
    assert lines[1:4] == ["[kubernetes]", "name=kubernetes", "baseurl=https://example.com/rpm/"]
    assert {"enabled=1", "gpgcheck=1", "repo_gpgcheck={0:d}".format(checked), "skip_if_unavailable=0"} <= set(lines)
    assert "gpgkey=file://{0}\n       file://{1}\n".format(*KEYS) in text
    assert ("exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni" in lines) is hold


def test_installed_is_what_has_the_name_or_provides_it(machine: FakeMachine, manager: rpm.Rpm) -> None:
    machine.on(*QUERY, rc=1, stdout="no package provides socat\n")
    machine.on(*QUERY, "kubelet", stdout="kubelet\t1.31.2-150500.1.1\tx86_64\n")
    machine.on(*QUERY, "iptables", stdout="iptables-nft\t1.8.10-2.el9\tx86_64\n")
    assert manager.installed(["kubelet", "iptables", "socat"]) == {"kubelet": "1.31.2-150500.1.1", "iptables": "1.8.10-2.el9"}
    assert not manager.unfinished()


def test_of_two_that_a_killed_transaction_left_the_older_goes(machine: FakeMachine, manager: rpm.Rpm) -> None:
    machine.on(*QUERY, "kubelet", stdout="kubelet\t1.31.10-150500.1.1\tx86_64\nkubelet\t1.31.9-150500.1.1\tx86_64\n")
    machine.on(*QUERY, "kernel", stdout="kernel\t5.14.0-1\tx86_64\nkernel\t5.14.0-2\tx86_64\n")
    machine.on("rpm", "-e")
    assert manager.installed(["kubelet", "kernel"])["kubelet"] == "1.31.10-150500.1.1" and manager.unfinished()
    manager.repair()
    assert machine.commands("rpm", "-e") == ["rpm -e --nodeps kubelet-1.31.9-150500.1.1.x86_64"] and not manager.unfinished()


@pytest.mark.parametrize(("files", "holdable", "held"), [
    ({}, False, []),
    ({"/etc/dnf/plugins/versionlock.conf": "[main]\nenabled = 0\nlocklist = /etc/dnf/plugins/versionlock.list\n"}, False, []),
    ({"/etc/dnf/plugins/versionlock.conf": "[main]\nenabled = 1\nlocklist = /etc/dnf/plugins/versionlock.list\n"}, True, []),
    ({"/etc/dnf/plugins/versionlock.conf": "[main]\nenabled = 1\n",
      LOCKS: "# Added lock on Fri Nov 20\nkubelet-0:1.31.2-150500.1.1.*\nkubernetes-cni-0:1.5.1-150500.1.1.*\n!kubeadm-0:1.31.9-1.*\n"},
     True, ["kubelet", "kubernetes-cni"]),
    ({"/etc/yum/pluginconf.d/versionlock.conf": "[main]\nenabled = 1\nlocklist = /etc/yum/locks\n", "/etc/yum/locks": "0:kubectl-1.23.9-0.*\n"},
     True, ["kubectl"]),
])
def test_locks_are_read_from_the_plugin_s_list(machine: FakeMachine, manager: rpm.Rpm, files: Any, holdable: bool, held: List[str]) -> None:
    for path, text in files.items():
        machine.write(path, text)
    assert manager.holdable is holdable and manager.held() == held


def test_locks_and_installations_are_dnf_s_own(machine: FakeMachine, manager: rpm.Rpm) -> None:
    machine.on("dnf")
    machine.on("rpm", "-q", "gpg-pubkey")
    manager.unhold(["kubelet"])
    manager.install(["kubelet-1.31.2-150500.1.1"], True)
    rpm.Rpm(Runner(machine), "dnf").install(["socat"], False)
    machine.on("yum")
    rpm.Rpm(Runner(machine), "yum", "kubernetes").install(["kubelet-1.23.9-0"], True)
    assert machine.commands("yum") == [
        "yum -y --disableexcludes=kubernetes --setopt=kubernetes.metadata_expire=1 --setopt=skip_missing_names_on_install=0 install kubelet-1.23.9-0"]
    manager.hold(["kubelet"])
    assert machine.commands("dnf") == [
        "dnf --disablerepo=* versionlock delete kubelet",
        "dnf -y --disableexcludes=kubernetes --setopt=kubernetes.metadata_expire=1 install kubelet-1.31.2-150500.1.1",
        "dnf -y install socat", "dnf --disablerepo=* versionlock add kubelet"]


def test_names_and_words_are_those_of_the_family(manager: rpm.Rpm) -> None:
    assert manager.names(["conntrack", "socat"]) == ["conntrack-tools", "socat"] and manager.word("kubelet", "1.31.2-1") == "kubelet-1.31.2-1"
    assert manager.chosen_here(["cri-tools", "kubernetes-cni"]) == ["cri-tools"]


@pytest.mark.parametrize(("text", "expected"), [
    ("Available Packages\nkubelet.x86_64    1.31.2-150500.1.1    kubernetes\nkubelet.x86_64    1.31.4-150500.1.1    kubernetes\n",
     [("kubelet", "1.31.2-150500.1.1"), ("kubelet", "1.31.4-150500.1.1")]),
    ("Installed Packages\nkubelet.x86_64    1.23.9-0    @kubernetes\nAvailable Packages\nkubernetes-cni.x86_64\n      0.8.7-0\n      kubernetes\n",
     [("kubernetes-cni", "0.8.7-0")]),
    ("", []), ("Last metadata expiration check: 0:00:01 ago.\n", []),
])
def test_a_list_of_packages_is_read_though_yum_breaks_its_lines(text: str, expected: Any) -> None:
    assert rpm.listed(text) == expected


def test_a_look_happens_in_a_folder_of_its_own_and_leaves_nothing(machine: FakeMachine, manager: rpm.Rpm) -> None:
    seen: List[str] = []

    def answer(call: Call) -> Any:
        folder = next(word for word in call.words if word.startswith("--setopt=reposdir=")).split("=", 2)[2]
        with open(folder + "/probe.repo", encoding="utf-8") as stream:
            seen.extend([folder, stream.read()])
        return 0, "kubelet.x86_64 1.31.2-1 kubernetes\nkubelet.x86_64 1.31.4-1 kubernetes\nkubelet.x86_64 1.31.4-1 other\n", ""

    machine.on("dnf", then=answer)
    before = machine.files()
    with manager.look(REPOSITORY) as view:
        assert view.offered(["kubelet", "kubeadm"]) == {"kubelet": ["1.31.4-1", "1.31.2-1"], "kubeadm": []} and view.offered([]) == {}
        assert view.relations({"kubelet": "1.31.2-1"}, ["kubernetes-cni"]) == {}
    assert "gpgkey=file://{0}/RPM-GPG-KEY-kubernetes".format(os.path.dirname(seen[0])) in seen[1] and "exclude=" not in seen[1]
    assert machine.files() == before and not os.path.exists(seen[0])
    assert "--disableplugin=versionlock list --showduplicates available kubelet kubeadm" in machine.commands()[0]


def test_without_a_repository_those_of_the_machine_are_asked(machine: FakeMachine, manager: rpm.Rpm) -> None:
    machine.on("dnf", rc=1, stderr="Error: No matching Packages to list\n")
    with manager.look(None) as view:
        assert view.offered(["kubelet"]) == {"kubelet": []}
    machine.on("dnf", rc=1, stderr="Error: Failed to download metadata for repo 'base'\n")
    with manager.look(None) as view, pytest.raises(KubewrightError, match="the repositories of this machine cannot be used: Error: Failed to download"):
        view.offered(["kubelet"])


@pytest.mark.parametrize(("name", "cause"), [
    ("wrong-signer", "Failing package is: kubelet-1.31.2-150500.1.1.x86_64. It was altered"),
    ("wrong-package", "kubelet-1.31.2-150500.1.1.x86_64.rpm: Downloading successful, but checksum doesn't match. It was altered"),
])
def test_a_package_that_is_refused_is_told_and_the_key_that_came_with_it_goes(machine: FakeMachine, manager: rpm.Rpm, name: str, cause: str) -> None:
    machine.on("rpm", "-q", "gpg-pubkey", stdout="gpg-pubkey-aa-1\n\ngpg-pubkey-bb-1\n")
    machine.on("rpm", "-q", "gpg-pubkey", stdout="gpg-pubkey-aa-1\n", once=True)
    machine.on("rpm", "-e")
    machine.on("dnf", rc=1, stdout=text("install-" + name, "stdout"), stderr=text("install-" + name, "stderr"))
    with pytest.raises(KubewrightError, match="a package was refused, and nothing was installed: .*" + cause):
        manager.install(["kubelet-1.31.2-150500.1.1"], True)
    assert machine.commands("rpm", "-e") == ["rpm -e gpg-pubkey-bb-1"]


def test_another_failure_is_dnf_s_own(machine: FakeMachine, manager: rpm.Rpm) -> None:
    machine.on("rpm", "-q", "gpg-pubkey", stdout="gpg-pubkey-aa-1\n")
    machine.on("dnf", rc=1, stderr="Error: Unable to find a match: kubelet-1.31.2\n")
    with pytest.raises(CommandError, match="Unable to find a match"):
        manager.install(["kubelet-1.31.2"], True)
    assert not machine.commands("rpm", "-e")


@pytest.mark.parametrize(("name", "words"), [
    ("refused", r"Curl error \(7\): Couldn't connect to server for http://127.0.0.1:9/repodata/repomd.xml .* Check the address, the network"),
    ("unknown-host", r"Curl error \(6\): Couldn't resolve host name for http://nowhere.invalid/repodata/repomd.xml .* Check the address, the network"),
    ("not-found", "Status code: 404 for http://127.0.0.1:8800/nothere/repodata/repomd.xml .* Check the address, the network"),
    ("tampered-metadata", "Downloading successful, but checksum doesn't match.* Check the address, the network"),
    ("wrong-key", "Bad GPG signature. The signature of its metadata does not fit .* kube_package_repo_gpgcheck: false leaves"),
    ("signature-of-other-metadata", "Bad GPG signature. The signature of its metadata does not fit .* kube_package_repo_gpgcheck: false leaves"),
])
def test_a_repository_that_cannot_be_used_is_one_sentence(
        machine: FakeMachine, manager: rpm.Rpm, monkeypatch: Any, tmp_path: Any, name: str, words: str) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    machine.on("dnf", rc=1, stderr=text(name, "stderr"))
    with pytest.raises(KubewrightError, match="the package repository https://example.com/rpm/ cannot be used: .*" + words), manager.look(REPOSITORY) as view:
        view.offered(["kubelet"])
    assert not list(tmp_path.glob("kubewright-probe-*"))


@pytest.mark.parametrize(("stderr", "words"), [
    ("http://mirror.example.com/repodata/repomd.xml: [Errno 14] HTTP Error 404 - Not Found\nTrying other mirror.\n", r"\[Errno 14\] HTTP Error 404"),
    ("http://x/repomd.xml: [Errno -1] repomd.xml signature could not be verified for kubernetes\n", "kube_package_repo_gpgcheck"),
    ("", "it printed nothing"), ("odd", "odd"),
])
def test_what_yum_is_known_to_say_is_one_sentence_too(stderr: str, words: str) -> None:
    assert re.search("the package repository x cannot be used: .*" + words, rpm.problem("package repository x", stderr))


@pytest.mark.parametrize(("name", "expected"), [
    ("list-1.31", {"kubelet": ["1.31.4-150500.1.1", "1.31.2-150500.1.1"], "cri-tools": ["1.31.1-150500.1.1"]}),
    ("list-legacy", {"kubelet": ["1.28.2-0", "1.23.17-0", "1.23.9-0", "1.17.0-0"], "cri-tools": ["1.26.0-0", "1.13.0-0"]}),
])
def test_offers_are_read_newest_first_of_what_dnf_printed(machine: FakeMachine, manager: rpm.Rpm, name: str, expected: Any) -> None:
    machine.on("dnf", stdout=text(name, "stdout"))
    with manager.look(REPOSITORY) as view:
        assert view.offered(["kubelet", "cri-tools"]) == expected
