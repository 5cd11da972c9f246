# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import re
import tempfile
from typing import Any, List, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _apt as apt
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_repository import Repository
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine

REPOSITORY = Repository("kubernetes", "https://example.com/deb", "./", "", [b"\x99"])
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n=sK08\n-----END PGP PUBLIC KEY BLOCK-----\n"
PATHS = ["/etc/apt/keyrings/kubernetes.asc", "/etc/apt/sources.list.d/kubernetes.sources"]
UPDATE = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")


@pytest.fixture
def manager(machine: FakeMachine) -> apt.Apt:
    return apt.Apt(Runner(machine))


@pytest.mark.parametrize(("components", "line"), [("", None), ("main contrib", "Components: main contrib")])
def test_a_source_names_its_own_key(components: str, line: Any) -> None:
    (key, text), (source, content) = apt.Apt.files(REPOSITORY._replace(components=components), True)
    assert ([key, source], text) == (PATHS, KEY)
    lines = content.splitlines()
    assert lines[1:4] == ["Types: deb", "URIs: https://example.com/deb", "Suites: ./"]
    assert lines[-1] == "Signed-By: /etc/apt/keyrings/kubernetes.asc"
    assert (line in lines) is (line is not None)


def test_installed_packages_are_those_whose_status_says_so(machine: FakeMachine, manager: apt.Apt) -> None:
    machine.on("dpkg-query", rc=1, stdout="kubeadm\t1.20.2-1\tinstalled\nkubelet\t1.20.2-1\tconfig-files\nodd line\n", stderr="no packages found matching x")
    assert manager.installed(["kubeadm", "kubelet", "x"]) == {"kubeadm": "1.20.2-1"}


def test_nothing_is_asked_about_no_package(manager: apt.Apt) -> None:
    assert manager.installed([]) == {}


@pytest.mark.parametrize(("states", "journal", "expected"), [
    ("", (), False), ("installed\nconfig-files\nnot-installed\n", ("tmp.i",), False), ("installed\nhalf-configured\n", (), True),
    ("triggers-pending\n", (), True), ("installed\n", ("0001",), True),
])
def test_dpkg_says_whether_it_was_interrupted(machine: FakeMachine, manager: apt.Apt, states: str, journal: Tuple[str, ...], expected: bool) -> None:
    for name in journal:
        machine.write("/var/lib/dpkg/updates/" + name)
    machine.on("dpkg-query", stdout=states)
    assert manager.unfinished() is expected


@pytest.mark.parametrize("told", [
    "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 18668 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/",
    "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)",
    "dpkg: error: dpkg frontend lock was locked by another process with pid 4711",
])
def test_whoever_is_at_work_with_packages_is_waited_for(machine: FakeMachine, manager: apt.Apt, told: str) -> None:
    machine.on("apt-mark")
    for _time in range(2):
        machine.on("apt-mark", rc=100, stderr=told, once=True)
    manager.hold(["kubelet"])
    assert len(machine.commands("apt-mark")) == 3 and machine.slept == 10
    machine.on("apt-mark", rc=100, stderr=told)
    with pytest.raises(CommandError, match="lock"):
        manager.hold(["kubelet"])
    assert machine.slept >= apt.LOCK_SECONDS


def test_repairing_and_installing_never_ask_questions(machine: FakeMachine, manager: apt.Apt, monkeypatch: Any) -> None:
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    machine.on("dpkg")
    machine.on("apt-get")
    machine.write("/var/lib/apt/lists/x_Packages")
    manager.repair()
    manager.install(["kubelet=1.20.2-1"], False)
    assert machine.commands() == [
        "dpkg --configure -a --force-confdef --force-confold",
        " ".join(UPDATE) + " install -y --fix-broken",
        " ".join(UPDATE) + " install -y --no-install-recommends -o Dpkg::Options::=--force-confdef "
                           "-o Dpkg::Options::=--force-confold kubelet=1.20.2-1"]
    assert os.environ["DEBIAN_FRONTEND"] == "noninteractive"
    monkeypatch.delenv("DEBIAN_FRONTEND")


def test_holds_are_read_and_set(machine: FakeMachine, manager: apt.Apt) -> None:
    machine.on("apt-mark", "showhold", stdout="kubeadm\nkubelet\n")
    machine.on("apt-mark", "hold")
    assert manager.held() == ["kubeadm", "kubelet"]
    machine.on("apt-mark", "unhold")
    manager.unhold(["kubelet"])
    manager.hold(["kubectl"])
    assert machine.commands("apt-mark")[1:] == ["apt-mark unhold kubelet", "apt-mark hold kubectl"]


@pytest.mark.parametrize(("names", "expected"), [
    ([], True), (["lock"], True), (["mirror.example.com_dists_bookworm_InRelease"], True), (["x_Packages"], False), (["x_Packages.lz4"], False),
])
def test_package_lists_are_empty_where_no_index_is(machine: FakeMachine, manager: apt.Apt, names: List[str], expected: bool) -> None:
    for name in names:
        machine.write("/var/lib/apt/lists/" + name)
    assert manager.lists_are_empty() is expected


def test_offered_versions_come_newest_first(machine: FakeMachine, manager: apt.Apt) -> None:
    rows = ["   kubelet |   {0} | http://192.0.2.2/apt ./ Packages\n".format(v) for v in ("1.20.3-1", "1.20.2-1")]
    machine.on("apt-cache", "madison", "kubelet", "kubeadm", stdout="".join(rows) + "N: odd line\n")
    with manager.look(None) as view:
        assert view.offered(["kubelet", "kubeadm"]) == {"kubelet": ["1.20.3-1", "1.20.2-1"], "kubeadm": []} and view.offered([]) == {}


def test_what_packages_ask_of_others_is_read_of_their_versions(machine: FakeMachine, manager: apt.Apt) -> None:
    text = "Package: kubelet\nPre-Depends: kubernetes-cni (<< 2.0)\nDepends: iptables (>= 1.4.21), kubernetes-cni (>= 0.8.7), socat\n"
    machine.on("apt-cache", "show", "kubeadm=1.23.9-00", "kubelet=1.23.9-00", stdout=text)
    with manager.look(None) as view:
        found = view.relations({"kubelet": "1.23.9-00", "kubeadm": "1.23.9-00"}, ["kubernetes-cni", "cri-tools"])
        assert view.relations({}, ["kubernetes-cni"]) == {"kubernetes-cni": []} and view.relations({"kubelet": "1.23.9-00"}, []) == {}
    assert {name: [str(relation) for relation in relations] for name, relations in found.items()} == {
        "kubernetes-cni": ["<< 2.0", ">= 0.8.7"], "cri-tools": []}


def test_a_package_that_nobody_knows_is_offered_in_no_version(machine: FakeMachine, manager: apt.Apt) -> None:
    machine.on("apt-cache", rc=100, stderr="N: Unable to locate package kubelet")
    with manager.look(None) as view:
        assert view.offered(["kubelet"]) == {"kubelet": []}


def test_a_probe_reads_in_a_folder_of_its_own_and_leaves_nothing(machine: FakeMachine, manager: apt.Apt) -> None:
    seen: List[str] = []

    def folder(call: Call) -> None:
        source = next(word for word in call.words if word.startswith("Dir::Etc::SourceList=")).split("=", 1)[1]
        with open(source, encoding="utf-8") as stream:
            seen.extend([source.rsplit("/", 1)[0], stream.read()])

    machine.on("apt-get", then=folder)
    machine.on("apt-cache", stdout="kubelet | 1.20.2-1 | http://192.0.2.2 ./ Packages\n")
    before = machine.files()
    with manager.look(REPOSITORY) as view:
        assert view.offered(["kubelet"]) == {"kubelet": ["1.20.2-1"]}
    assert "Signed-By: {0}/key.asc".format(seen[0]) in seen[1]
    assert machine.files() == before and not os.path.exists(seen[0])
    assert all("Dir::State::Lists={0}/lists".format(seen[0]) in line for line in machine.commands())


@pytest.mark.parametrize(("rc", "stdout", "stderr", "words"), [
    (100, "", "E: Failed to fetch http://x/InRelease  Could not connect to 192.0.2.1:80", "Failed to fetch.*Check the address, the network and the proxy"),
    (0, "Err:1 http://x ./ InRelease\n", "", "http://x ./ InRelease"),
    (0, "", "W: GPG error: http://x ./ InRelease: The following signatures couldn't be verified: NO_PUBKEY 234654DA9A296436", "signature does not fit"),
    (100, "", "E: The repository 'http://x ./ InRelease' is not signed.", "signature does not fit the given key: check kube_package_source"),
    (124, "", "", "it was stopped after 1800 seconds"),
])
def test_a_repository_that_cannot_be_used_is_one_sentence_and_leaves_nothing(
        machine: FakeMachine, manager: apt.Apt, monkeypatch: Any, tmp_path: Any, rc: int, stdout: str, stderr: str, words: str) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    machine.on("apt-get", rc=rc, stdout=stdout, stderr=stderr)
    with pytest.raises(KubewrightError, match="the package repository https://example.com/deb ./ cannot be used: .*" + words), manager.look(REPOSITORY):
        pass
    assert not list(tmp_path.glob("kubewright-probe-*"))


@pytest.mark.parametrize("warning", [
    "W: http://x/InRelease: Policy will reject signature within a year, see --audit for details\n",
    "W: http://x/InRelease: Signature by key 7F438280EF8D349F uses weak algorithm (rsa1024)\n",
])
def test_a_repository_that_apt_only_warns_of_can_be_used(machine: FakeMachine, manager: apt.Apt, warning: str) -> None:
    machine.on("apt-get", stderr=warning)
    machine.on("apt-cache", stdout="kubelet | 1.20.2-1 | http://192.0.2.2 ./ Packages\n")
    with manager.look(REPOSITORY) as view:
        assert view.offered(["kubelet"]) == {"kubelet": ["1.20.2-1"]}


def test_another_repository_that_is_broken_is_told_by_its_name(machine: FakeMachine, manager: apt.Apt) -> None:
    told = "The repository 'https://apt.kubernetes.io kubernetes-xenial Release' does not have a Release file."
    machine.on("apt-get", rc=100, stderr="W: GPG error\nE: {0}\nN: See apt-secure(8) manpage for repository creation details.\n".format(told))
    expected = "a repository of this machine cannot be used, and nothing was installed: {0}. Repair".format(told)
    with pytest.raises(KubewrightError, match=re.escape(expected)):
        manager.install(["kubelet=1.31.2-1.1"], True)
    machine.on("apt-get", rc=124)
    with pytest.raises(CommandError, match="it was stopped after 1800 seconds"):
        manager.install(["kubelet=1.31.2-1.1"], True)


def test_a_package_that_does_not_arrive_as_it_should_is_told(machine: FakeMachine, manager: apt.Apt) -> None:
    machine.write("/var/lib/apt/lists/x_Packages")
    machine.on("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "update")
    failed = "E: Failed to fetch http://192.0.2.2/kubelet_1.31.2-1.1_amd64.deb  Hash Sum mismatch\nE: Unable to fetch some archives, maybe run apt-get update\n"
    machine.on("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "install", rc=100, stderr=failed)
    with pytest.raises(KubewrightError, match="nothing was installed: http://192.0.2.2/kubelet_1.31.2-1.1_amd64.deb  Hash Sum mismatch. With a wrong sum"):
        manager.install(["kubelet=1.31.2-1.1"], False)
    assert len(machine.commands()) == 3
    machine.on("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "install", rc=100, stderr="E: Unable to locate package kubelet\n")
    with pytest.raises(CommandError, match="Unable to locate package kubelet"):
        manager.install(["kubelet=1.31.2-1.1"], False)
