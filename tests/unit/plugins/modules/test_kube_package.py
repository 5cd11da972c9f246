# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.modules import kube_package
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n=sK08\n-----END PGP PUBLIC KEY BLOCK-----\n"
REPOSITORY = {"name": "kubernetes", "uri": "https://example.com/deb", "key": KEY}
PINNED = ["kubelet", "kubeadm", "kubectl"]
INSTALL = "install kubeadm 1.20.2-1, kubectl 1.20.2-1, kubelet 1.20.2-1"
HOLD = "hold kubelet, kubeadm, kubectl"
SOURCE, KEYRING = "/etc/apt/sources.list.d/kubernetes.sources", "/etc/apt/keyrings/kubernetes.asc"


class Machine:
    """dpkg, apt and its repositories."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.installed: dict[str, str] = {}
        self.holds: list[str] = []
        self.offered = {"kubelet": ["1.20.3-1", "1.20.2-1"], "kubeadm": ["1.20.2-1"], "kubectl": ["1.20.2-1"], "socat": ["1.7"], "conntrack": ["1.4"]}
        self.unfinished = False
        self.depends = "kubernetes-cni (>= 0.7.5)"
        self.failures: list[str] = []
        machine.on("dpkg-query", then=self._query)
        machine.on("dpkg", then=self._dpkg)
        machine.on("apt-cache", then=self._cache)
        machine.on("apt-mark", then=self._mark)
        machine.on("apt-get", then=self._get)

    def _query(self, call: Call) -> Any:
        if call.words[-1] == "${db:Status-Status}\n":
            return 0, "installed\nhalf-configured\n" if self.unfinished else "installed\n", ""
        return 0, "".join(f"{name}\t{version}\tinstalled\n" for name, version in self.installed.items() if name in call.words), ""

    def _dpkg(self, call: Call) -> Any:
        if "--configure" in call.words:
            self.unfinished = False
        return 0, "", ""

    def _cache(self, call: Call) -> Any:
        if "show" in call.words:
            return 0, "".join(f"Package: x\nDepends: iptables, {self.depends}\n" for _word in call.words[call.words.index("show") + 1:]), ""
        names = call.words[call.words.index("madison") + 1:]
        rows = [f"{name} | {version} | https://example.com/deb ./ Packages\n" for name in names for version in self.offered.get(name, [])]
        return 0, "".join(rows), ""

    def _mark(self, call: Call) -> Any:
        if call.words[1] == "hold":
            self.holds += call.words[2:]
        if call.words[1] == "unhold":
            self.holds = [name for name in self.holds if name not in call.words[2:]]
        return 0, "\n".join(self.holds), ""

    def _get(self, call: Call) -> Any:
        if "install" in call.words and "--fix-broken" not in call.words:
            if self.failures:
                return 100, "", self.failures.pop(0)
            for word in call.words[call.words.index("Dpkg::Options::=--force-confold") + 1:]:
                name, _equals, version = word.partition("=")
                self.installed[name] = version or self.offered[name][0]
        return 0, "", ""

    def lines(self, *words: str) -> list[str]:
        return [" ".join(call.words[4:]) for call in self.machine.calls if call.words[0] == "apt-get" and words[0] in call.words]


@pytest.fixture
def apt(machine: FakeMachine, monkeypatch: Any) -> Machine:
    monkeypatch.setenv("DEBIAN_FRONTEND", "noninteractive")
    machine.absent += ["dnf", "yum"]
    return Machine(machine)


def run(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kube_package, check_mode, diff, **more)


def installs(apt: Machine) -> list[list[str]]:
    return [line.split("--force-confold ")[1].split() for line in apt.lines("install") if "--fix-broken" not in line]


def test_check_real_check_real(machine: FakeMachine, apt: Machine) -> None:
    wanted: dict[str, Any] = {"packages": ["socat"], "pinned": PINNED, "version": "1.20.2", "repository": REPOSITORY}
    sentences = [f"write {KEYRING}", f"write {SOURCE}", INSTALL + ", socat 1.7", HOLD]
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode, True, **wanted)
        assert (result["changed"], result["actions"]) == (changed, sentences if changed else [])
        assert result.get("diff", {}).get("after", "").splitlines() == (sentences if changed else [])
        assert bool(machine.files()) is not (check_mode and changed)
    assert installs(apt) == [["kubeadm=1.20.2-1", "kubectl=1.20.2-1", "kubelet=1.20.2-1", "socat=1.7"]] and apt.holds == PINNED
    assert machine.text(KEYRING) == KEY and f"Signed-By: {KEYRING}" in machine.text(SOURCE)


def test_a_run_that_changes_nothing_asks_no_repository(machine: FakeMachine, apt: Machine) -> None:
    run(pinned=PINNED, version="1.20.2", repository=REPOSITORY)
    machine.calls.clear()
    assert not run(pinned=PINNED, version="1.20.2", repository={**REPOSITORY, "key": None, "key_url": "http://192.0.2.1/unreachable"})["changed"]
    assert not machine.commands("apt-get") and not machine.commands("apt-cache")


def test_packages_without_a_version_need_no_repository_of_ours(machine: FakeMachine, apt: Machine) -> None:
    machine.write("/var/lib/apt/lists/x_Packages")
    assert run(packages=["socat", "conntrack"])["actions"] == ["install socat, conntrack"]
    assert not apt.lines("update") and not run(packages=["socat"])["changed"] and apt.holds == []


def test_lists_are_fetched_where_there_are_none_or_the_repository_is_new(machine: FakeMachine, apt: Machine) -> None:
    run(packages=["socat"])
    assert len([line for line in apt.lines("update") if "Dir::" not in line]) == 1


@pytest.mark.parametrize("stderr", ["E: Unable to fetch some archives", "E: Unable to locate package socat"])
def test_lists_that_are_older_than_the_archive_are_fetched_once_more(machine: FakeMachine, apt: Machine, stderr: str) -> None:
    machine.write("/var/lib/apt/lists/x_Packages")
    apt.failures = [stderr]
    assert run(packages=["socat"])["changed"] and apt.lines("update") == ["update"] and len(installs(apt)) == 2


def test_another_failure_of_apt_is_told(apt: Machine) -> None:
    apt.failures = ["E: You don't have enough free space"] * 2
    result = run(packages=["socat"])
    assert result["msg"].startswith("packages: `apt-get") and result["msg"].endswith("E: You don't have enough free space") and result["rc"] == 100


def test_an_installation_that_was_killed_is_finished_before_the_next(machine: FakeMachine, apt: Machine) -> None:
    apt.unfinished = True
    assert run(packages=["socat"])["changed"] and not apt.unfinished and machine.commands("dpkg", "--configure")


def test_an_installation_that_was_killed_is_finished_though_nothing_is_missing(machine: FakeMachine, apt: Machine) -> None:
    apt.installed["socat"], apt.unfinished = "1.7", True
    assert run(True, packages=["socat"])["actions"] == ["finish an interrupted installation"] and apt.unfinished
    assert run(packages=["socat"])["changed"] and not apt.unfinished and not run(packages=["socat"])["changed"]


def test_the_repository_is_tried_in_a_folder_of_its_own_before_anything_changes(machine: FakeMachine, apt: Machine) -> None:
    machine.on("apt-get", rc=100, stderr="E: The repository 'https://example.com/deb ./ InRelease' is not signed.")
    for check_mode in (True, False):
        result = run(check_mode, pinned=PINNED, version="1.20.2", repository=REPOSITORY)
        assert result.failed and "the package repository https://example.com/deb ./ cannot be used" in result["msg"] and "signature" in result["msg"]
    assert machine.files() == {} and all("Dir::State::Lists=" in line for line in machine.commands("apt-get"))


def test_packages_do_not_come_over_programs_that_came_without(machine: FakeMachine, apt: Machine) -> None:
    entry = {"version": "1.20.2", "url": "u", "sha256": "s", "files": {"/usr/bin/kubelet": "s"}}
    machine.write("/var/lib/kubewright/binaries.json", json.dumps({"kubelet": entry}))
    before = machine.files()
    assert "has kubelet 1.20.2 without packages" in run(pinned=PINNED, version="1.20.2", repository=REPOSITORY)["msg"]
    assert "has kubelet 1.20.2 without packages" in run(state="probe", pinned=PINNED, version="1.20.2", repository=REPOSITORY)["findings"][0]["message"]
    assert machine.files() == before and not apt.lines("install")


def test_a_version_that_nobody_has_is_told_with_the_nearest(machine: FakeMachine, apt: Machine) -> None:
    assert run(pinned=["kubelet"], version="1.21.0", repository=REPOSITORY)["msg"] == "no repository has kubelet 1.21.0; nearest: 1.20.3-1, 1.20.2-1"
    assert run(pinned=["kubefed"], version="1.20.2")["msg"] == "no repository has kubefed 1.20.2; nearest: none at all"
    assert machine.files() == {} and installs(apt) == []


def test_a_downgrade_is_refused(machine: FakeMachine, apt: Machine) -> None:
    apt.installed["kubelet"] = "1.20.10-1"
    result = run(pinned=["kubelet"], version="1.20.2", repository=REPOSITORY)
    assert result["msg"] == (
        "kubelet 1.20.10-1 is installed and 1.20.2 is asked for. A downgrade breaks nodes, so it is refused; set kube_version to what runs, or upgrade.")
    assert machine.files() == {}


def test_an_older_version_is_brought_up(apt: Machine) -> None:
    apt.installed["kubelet"] = "1.20.2-1"
    assert run(pinned=["kubelet"], version="1.20.3")["actions"] == ["install kubelet 1.20.3-1", "hold kubelet"]


def test_a_hold_is_not_set_unless_asked_and_comes_back(machine: FakeMachine, apt: Machine) -> None:
    run(pinned=["kubelet"], version="1.20.2", hold=False)
    assert apt.holds == []
    assert run(pinned=["kubelet"], version="1.20.2")["actions"] == ["hold kubelet"]


def test_another_address_is_written_though_nothing_is_installed(machine: FakeMachine, apt: Machine) -> None:
    run(pinned=PINNED, version="1.20.2", repository=REPOSITORY)
    result = run(pinned=PINNED, version="1.20.2", repository={**REPOSITORY, "uri": "https://other.example.com/deb", "components": "main", "suite": "stable"})
    assert result["actions"] == [f"write {SOURCE}"]
    assert {"URIs: https://other.example.com/deb", "Suites: stable", "Components: main"} <= set(machine.text(SOURCE).splitlines())


@pytest.mark.parametrize("binary", [False, True])
def test_a_key_is_taken_from_its_address_with_its_digest(machine: FakeMachine, apt: Machine, tmp_path: Path, binary: bool) -> None:
    content = b"\x99\x01\x0d binary" * 20 if binary else KEY.encode()
    (tmp_path / "key").write_bytes(content)
    given = {"name": "kubernetes", "uri": "https://example.com/deb", "key_url": f"file://{tmp_path}/key", "key_sha256": hashlib.sha256(content).hexdigest()}
    assert run(pinned=["kubelet"], version="1.20.2", repository=given)["changed"]
    text = machine.text(KEYRING)
    assert text == KEY if not binary else base64.b64decode("".join(text.splitlines()[2:-1])) == content
    refused = run(pinned=["kubelet"], version="1.20.3", repository={**given, "key_sha256": "0" * 64})
    assert f"has the SHA-256 {given['key_sha256']}, expected was {'0' * 64}. Nothing was changed." in refused["msg"]


def bundle_in(folder: Path, apt: Any) -> dict[str, Any]:
    (folder / "apt.asc").write_text(KEY)
    manifest = json.dumps({"schema": "kubewright.bundle/1", "kubernetes": {}, "images": [], "repositories": {"apt": apt}}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    return {"name": "kubernetes", "bundle_url": f"file://{folder}/", "bundle_sha256": hashlib.sha256(manifest).hexdigest()}


def test_a_bundle_s_manifest_names_the_key(machine: FakeMachine, apt: Machine, tmp_path: Path) -> None:
    key = {"path": "apt.asc", "sha256": hashlib.sha256(KEY.encode()).hexdigest()}
    given = bundle_in(tmp_path, {"packages": [], "key": key})
    assert run(pinned=["kubelet"], version="1.20.2", repository=given)["changed"]
    assert machine.text(KEYRING) == KEY and f"URIs: file://{tmp_path}/apt" in machine.text(SOURCE).splitlines()
    (tmp_path / "apt.asc").write_text("altered")
    assert "expected was" in run(pinned=["kubelet"], version="1.20.3", repository=given)["msg"]


@pytest.mark.parametrize(("more", "words"), [
    ({"bundle_sha256": "0" * 64}, "It is another bundle, or somebody altered it"), ({"bundle_url": "file:///nowhere"}, "cannot be fetched"),
    ({}, "has no apt repository; build one for this family of distributions"),
])
def test_a_bundle_that_does_not_fit_is_refused(machine: FakeMachine, apt: Machine, tmp_path: Path, more: dict[str, Any], words: str) -> None:
    assert words in run(pinned=["kubelet"], version="1.20.2", repository={**bundle_in(tmp_path, None), **more})["msg"]
    assert machine.files() == {}


@pytest.mark.parametrize(("repository", "words"), [
    ({"name": "k", "uri": "https://example.com/deb"}, "has neither key nor key_url; unsigned repositories are not used"),
    ({"name": "k", "key": KEY}, "the repository k has neither uri nor bundle_url"),
])
def test_a_repository_that_is_incomplete_is_refused(machine: FakeMachine, apt: Machine, repository: dict[str, Any], words: str) -> None:
    assert words in run(pinned=["kubelet"], version="1.20.2", repository=repository)["msg"] and machine.files() == {}


def test_pinned_packages_need_a_version(apt: Machine) -> None:
    assert run(pinned=["kubelet"])["msg"] == "pinned packages need a version"


def test_a_probe_never_fails_but_tells(machine: FakeMachine, apt: Machine) -> None:
    good = run(state="probe", pinned=["kubelet"], version="1.20.2", repository=REPOSITORY)
    bad = run(state="probe", pinned=["kubelet"], version="1.99.0", repository=REPOSITORY)
    assert (good["findings"], good["changed"]) == ([], False) and not bad.failed
    assert [(row["id"], row["level"], row["message"]) for row in bad["findings"]] == [
        ("PackageRepository", "error", "no repository has kubelet 1.99.0; nearest: 1.20.3-1, 1.20.2-1")]
    assert machine.files() == {} and installs(apt) == []


def test_a_probe_of_what_is_installed_asks_nobody(machine: FakeMachine, apt: Machine) -> None:
    apt.installed["kubelet"] = "1.20.2-1"
    assert run(state="probe", pinned=["kubelet"], version="1.20.2", repository=REPOSITORY)["findings"] == [] and not machine.commands("apt-get")


def test_another_family_of_distributions_is_refused_with_a_sentence(machine: FakeMachine, apt: Machine) -> None:
    machine.absent.append("apt-get")
    assert "this machine has no apt-get" in run(packages=["socat"])["msg"]
    probe = run(state="probe", pinned=["kubelet"], version="1.20.2")
    assert not probe.failed and "this machine has no apt-get" in probe["findings"][0]["message"]


@pytest.mark.parametrize(("pinned", "unit", "actions"), [
    (["kubelet"], "disabled", ["enable kubelet.service"]), (["kubelet"], "enabled", []), (["kubeadm"], "disabled", []),
])
def test_a_kubelet_from_rpm_starts_with_the_machine(machine: FakeMachine, pinned: list[str], unit: str, actions: list[str]) -> None:
    """dnf is only there; rpm and systemctl are fakes that answer for what is installed."""
    machine.on("rpm", then=lambda call: (0, f"{call.words[-1]}\t1.31.2-150500.1.1\tx86_64\n", ""))
    machine.on("systemctl", "is-enabled", rc=int(unit == "disabled"), stdout=unit + "\n")
    machine.on("systemctl", "enable")
    assert run(True, manager="dnf", pinned=pinned, version="1.31.2", hold=False)["actions"] == actions and not machine.commands("systemctl", "enable")
    assert run(manager="dnf", pinned=pinned, version="1.31.2", hold=False)["changed"] is bool(actions)
    assert machine.commands("systemctl", "enable") == [f"systemctl {action}" for action in actions]


def test_a_hold_is_lifted_for_a_change_and_comes_back(machine: FakeMachine, apt: Machine) -> None:
    apt.installed.update(dict.fromkeys(PINNED, "1.20.1-1"), other="1.0")
    apt.holds = [*PINNED, "other"]
    assert run(pinned=PINNED, version="1.20.2")["actions"] == ["unhold kubelet, kubeadm, kubectl", INSTALL, HOLD]
    assert machine.commands("apt-mark", "unhold") == ["apt-mark unhold kubelet kubeadm kubectl"] and sorted(apt.holds) == sorted([*PINNED, "other"])
    assert not run(pinned=PINNED, version="1.20.2")["changed"]


def test_a_failed_installation_leaves_files_and_holds_as_they_were(machine: FakeMachine, apt: Machine) -> None:
    run(pinned=PINNED, version="1.20.2", repository=REPOSITORY)
    before, apt.offered["kubelet"] = machine.files(), ["1.20.4-1", "1.20.2-1"]
    apt.failures = ["E: no space left on device"]
    other = {**REPOSITORY, "uri": "https://other.example.com/deb", "key": KEY.replace("mQ==", "mA==")}
    result = run(pinned=["kubelet"], version="1.20.4", repository=other)
    assert result.failed and {path: text for path, (text, _time) in machine.files().items()} == {path: text for path, (text, _time) in before.items()}
    assert sorted(apt.holds) == sorted(PINNED)
    machine.remove(SOURCE, KEYRING)
    apt.failures = ["E: no space left on device"]
    assert run(pinned=["kubelet"], version="1.20.4", repository=REPOSITORY).failed and machine.files() == {}


def test_a_new_address_is_tried_before_it_is_written(machine: FakeMachine, apt: Machine) -> None:
    run(pinned=PINNED, version="1.20.2", repository=REPOSITORY)
    before = machine.files()
    machine.on("apt-get", rc=100, stderr="W: GPG error: x NO_PUBKEY 234654DA9A296436")
    result = run(pinned=PINNED, version="1.20.2", repository={**REPOSITORY, "uri": "https://other.example.com/deb"})
    assert "The signature does not fit the given key" in result["msg"] and machine.files() == before


def test_packages_beside_the_pinned_ones_get_a_version_that_fits(machine: FakeMachine, apt: Machine) -> None:
    apt.offered.update({"cri-tools": ["1.26.0-00", "1.19.0-00", "1.13.0-01"], "kubernetes-cni": ["1.2.0-00", "0.8.7-00"]})
    apt.depends = "kubernetes-cni (>= 0.8.6), kubernetes-cni (<< 1.0)"
    wanted: dict[str, Any] = {"pinned": PINNED, "packages": ["cri-tools", "kubernetes-cni"], "version": "1.20.2", "repository": REPOSITORY}
    assert "cri-tools 1.19.0-00" in run(**wanted)["actions"][-2] and apt.installed["kubernetes-cni"] == "0.8.7-00"
    del apt.installed["cri-tools"]
    assert run(**wanted)["actions"] == ["install cri-tools 1.19.0-00"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_kubelet_newer_than_the_control_plane_is_refused(apt: Machine, check_mode: bool) -> None:
    result = run(check_mode, pinned=["kubelet"], version="1.20.2", control_plane_version="1.19.16")
    assert "A kubelet must never be newer than the API server" in result["msg"] and installs(apt) == []
    probe = run(state="probe", pinned=["kubelet"], version="1.20.2", control_plane_version="1.19.16")
    assert "never be newer" in probe["findings"][0]["message"]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text: told.append(text))
    return told


def test_a_kubelet_too_old_for_the_control_plane_is_told(apt: Machine, warnings: list[str]) -> None:
    assert run(pinned=["kubelet"], version="1.20.2", control_plane_version="1.24.0")["changed"]
    assert "kubelet 1.20.2 is more than 2 minors older than the control plane" in warnings[0]
    run(pinned=["kubelet"], version="1.20.2", control_plane_version="1.22.0")
    assert len(warnings) == 1


def test_the_newest_of_a_minor_is_what_is_here_and_else_what_is_offered(machine: FakeMachine, apt: Machine) -> None:
    wanted: dict[str, Any] = {"state": "newest", "minor": "1.20", "pinned": PINNED}
    result = run(**wanted, repository=REPOSITORY)  # kubelet 1.20.3 has no kubeadm 1.20.3 beside it
    assert (result["version"], result["origin"], result["changed"]) == ("1.20.2", "repository", False)
    result = run(**wanted)
    assert (result["version"], result["origin"]) == ("", "")
    apt.installed["kubelet"] = "1.20.1-1"
    machine.calls.clear()
    result = run(**wanted, repository=REPOSITORY)
    assert (result["version"], result["origin"]) == ("1.20.1", "installed") and not machine.commands("apt-get") and machine.files() == {}


def test_a_hold_of_somebody_else_comes_back_where_we_hold_nothing(machine: FakeMachine, apt: Machine) -> None:
    apt.installed, apt.holds = {"kubelet": "1.20.1-1"}, ["kubelet"]
    assert run(pinned=["kubelet"], version="1.20.2", hold=False)["changed"] and apt.holds == ["kubelet"]
    assert not run(pinned=["kubelet"], version="1.20.2", hold=False)["changed"]


def test_a_hold_that_cannot_come_back_does_not_hide_why(machine: FakeMachine, apt: Machine) -> None:
    apt.installed, apt.holds, apt.failures = {"kubelet": "1.20.1-1"}, ["kubelet"], ["E: broken"]
    machine.on("apt-mark", "hold", rc=100, stderr="E: no")
    result = run(pinned=["kubelet"], version="1.20.2")
    assert result.failed and "E: broken" in result["msg"]


def test_the_source_of_a_note_gives_way_and_comes_back_where_that_fails(machine: FakeMachine, apt: Machine) -> None:
    note, text = "/etc/apt/sources.list.d/kubernetes.list", "deb [signed-by=/etc/apt/keyrings/kubernetes.gpg] https://example.com/deb ./\n"
    machine.write(note, text)
    wanted: dict[str, Any] = {"pinned": PINNED, "version": "1.20.2", "repository": REPOSITORY}
    assert f"switch the same repository off in {note}" in run(True, **wanted)["actions"] and machine.text(note) == text
    apt.failures = ["E: broken"]
    assert run(**wanted).failed and machine.text(note) == text
    assert run(**wanted)["changed"] and machine.text(note) == "# kubewright: " + text
    assert not run(**wanted)["changed"]


def test_an_upgrade_asks_for_what_is_newer_than_what_is_here(apt: Machine) -> None:
    wanted: dict[str, Any] = {"state": "newest", "minor": "1.20", "newer": True, "pinned": PINNED}
    for here, expected in (("1.20.1-1", ("1.20.2", "repository")), ("1.20.2-1", ("1.20.2", "installed")), ("1.20.9-1", ("1.20.9", "installed"))):
        apt.installed["kubelet"] = here
        result = run(**wanted, repository=REPOSITORY)
        assert (result["version"], result["origin"]) == expected
    assert run(**wanted)["version"] == "1.20.9"
    apt.offered = {}
    assert run(**wanted, repository=REPOSITORY)["version"] == "1.20.9"


def test_the_newest_of_a_minor_without_packages_is_what_is_noted_here_and_else_what_the_text_says(
        machine: FakeMachine, apt: Machine, tmp_path: Path) -> None:
    text = tmp_path / "stable-1.31.txt"
    text.write_text("v1.31.4\n")
    wanted: dict[str, Any] = {"state": "newest", "minor": "1.31", "pinned": PINNED, "newest_url": f"file://{text}"}
    result = run(**wanted)
    assert (result["version"], result["origin"]) == ("1.31.4", "repository")
    entry = {"version": "1.31.2", "url": "https://example.com", "sha256": "0", "files": {}}
    machine.write(binaries.NOTE, json.dumps({"kubelet": entry}))
    assert (run(**wanted)["version"], run(**wanted, newer=True)["version"]) == ("1.31.2", "1.31.4")
    text.write_text("v1.30.9")
    assert "no Kubernetes 1.32 with kubelet, kubeadm, kubectl; nearest: 1.30.9" in run(**{**wanted, "minor": "1.32"})["msg"]


def test_a_minor_that_the_repository_does_not_have_is_told_with_the_nearest(apt: Machine) -> None:
    result = run(state="newest", minor="1.21", pinned=PINNED, repository=REPOSITORY)
    assert result["msg"] == "https://example.com/deb has no Kubernetes 1.21 with kubelet, kubeadm, kubectl; nearest: 1.20.3-1, 1.20.2-1"
    assert "minor" in run(state="newest", pinned=PINNED)["msg"]


class RpmMachine:
    """rpm and dnf with one repository."""

    def __init__(self, machine: FakeMachine) -> None:
        self.installed: dict[str, str] = {}
        machine.absent += ["apt-get", "yum"]
        machine.on("rpm", "-q", "--whatprovides", then=self._query)
        machine.on("rpm", "-q", "gpg-pubkey", rc=1)
        machine.on("dnf", then=self._dnf)
        machine.on("systemctl", "is-enabled", stdout="enabled")

    def _query(self, call: Call) -> Any:
        name = call.words[-1]
        return (0, f"{name}\t{self.installed[name]}\tx86_64\n", "") if name in self.installed else (1, f"no package provides {name}\n", "")

    def _dnf(self, call: Call) -> Any:
        if "install" in call.words:
            for word in call.words[call.words.index("install") + 1:]:
                name, _dash, version = word.partition("-1.")
                self.installed[name] = "1." + version if version else "1.0-1"
        rows = [f"{name}.x86_64 {version} kubernetes\n" for name in PINNED for version in ("1.31.2-150500.1.1", "1.31.4-150500.1.1")]
        return 0, "".join(rows) if "list" in call.words else "", ""


def test_the_other_family_has_its_own_files_and_names(machine: FakeMachine) -> None:
    rpm = RpmMachine(machine)
    given = {"name": "kubernetes", "apt": {"uri": "https://example.com/deb"}, "rpm": {"uri": "https://example.com/rpm"}, "key": KEY}
    wanted: dict[str, Any] = {"pinned": PINNED, "packages": ["conntrack"], "version": "1.31.2", "repository": given}
    assert run(True, **wanted)["actions"][-1] == (
        "install kubeadm 1.31.2-150500.1.1, kubectl 1.31.2-150500.1.1, kubelet 1.31.2-150500.1.1, conntrack-tools") and machine.files() == {}
    assert run(**wanted)["changed"] and not run(**wanted)["changed"]
    text = machine.text("/etc/yum.repos.d/kubernetes.repo")
    assert "baseurl=https://example.com/rpm\n" in text and "exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni\n" in text
    assert not machine.commands("dnf", "--disablerepo=*") and rpm.installed["kubelet"] == "1.31.2-150500.1.1"


def test_without_a_plugin_and_a_repository_nothing_holds_and_that_is_told(machine: FakeMachine, warnings: list[str]) -> None:
    RpmMachine(machine).installed.update(kubelet="1.31.2-150500.1.1")
    result = run(pinned=["kubelet"], version="1.31.2")
    assert not result["changed"] and "nothing holds kubelet" in warnings[0]


def test_a_repository_of_a_note_that_could_still_upgrade_is_told(machine: FakeMachine, warnings: list[str]) -> None:
    RpmMachine(machine).installed.update(kubelet="1.31.2-150500.1.1")
    machine.write("/etc/yum.repos.d/k8s.repo", "[k8s]\nbaseurl=https://mirrors.aliyun.com/kubernetes/yum\n")
    run(pinned=["kubelet"], version="1.31.2", repository={**REPOSITORY, "uri": "https://example.com/rpm"})
    assert "a general upgrade can take kubelet from [k8s] of /etc/yum.repos.d/k8s.repo" in warnings[0]


def test_what_is_not_there_after_a_success_is_told(machine: FakeMachine, apt: Machine) -> None:
    machine.on("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "install")
    assert "reports success, and kubelet 1.20.2-1 is not there" in run(pinned=["kubelet"], version="1.20.2")["msg"]


DOCKER = {"docker-ce": ["5:28.1.1-1~ubuntu.20.04~focal", "5:20.10.16~3-0~ubuntu-focal", "18.06.1~ce~3-0~ubuntu"],
          "docker-ce-cli": ["5:28.1.1-1~ubuntu.20.04~focal", "5:20.10.16~3-0~ubuntu-focal"], "containerd.io": ["2.1.1-1", "1.7.27-1", "1.6.4-1"]}
DOCKER_PARTS = ["containerd.io=1.7.27-1", "docker-ce=5:20.10.16~3-0~ubuntu-focal", "docker-ce-cli=5:20.10.16~3-0~ubuntu-focal"]


@pytest.fixture
def docker(apt: Machine) -> Machine:
    apt.offered, apt.depends = dict(DOCKER), "containerd.io (>= 1.6.4), docker-ce-cli"
    return apt


@pytest.mark.parametrize("form", ["20.10.16", "5:20.10.16~3-0~ubuntu-focal", "docker-ce=5:20.10.16~3-0~ubuntu-focal", "20.10"])
def test_docker_comes_in_any_form_with_its_parts_and_is_held(machine: FakeMachine, docker: Machine, form: str) -> None:
    wanted: dict[str, Any] = {"docker": {"version": form}, "repository": REPOSITORY}
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode, **wanted)
        assert result["changed"] is changed, result
        if not changed:
            assert result["actions"] == []
    assert installs(docker) == [DOCKER_PARTS] and docker.holds == ["docker-ce", "docker-ce-cli", "containerd.io"]
    assert not run(docker={}, repository=REPOSITORY)["changed"]  # what is there is as good as the newest


def test_an_old_docker_is_one_package(docker: Machine) -> None:
    run(docker={"version": "18.06.1-ce"}, repository=REPOSITORY)
    assert installs(docker) == [["docker-ce=18.06.1~ce~3-0~ubuntu"]] and docker.holds == ["docker-ce"]


def test_a_newer_docker_lifts_its_holds_and_keeps_a_containerd_that_fits(docker: Machine) -> None:
    run(docker={"version": "20.10.16"}, repository=REPOSITORY)
    result = run(docker={"version": "28"}, repository=REPOSITORY)
    assert result["actions"][0].startswith("unhold docker-ce") and installs(docker)[1] == [f"{name}=5:28.1.1-1~ubuntu.20.04~focal" for name in PARTS_OF_DOCKER]
    assert sorted(docker.holds) == ["containerd.io", "docker-ce", "docker-ce-cli"]


PARTS_OF_DOCKER = ["docker-ce", "docker-ce-cli"]


def test_docker_does_not_push_another_engine_out(machine: FakeMachine, docker: Machine) -> None:
    docker.installed = {"containerd": "1.6.20~ds1-1"}
    before = machine.files()
    for check_mode in (True, False):
        assert run(check_mode, docker={}, repository=REPOSITORY)["msg"].startswith("docker-ce is asked for, and this machine has containerd 1.6.20~ds1-1, ")
    assert machine.files() == before and installs(docker) == []


def test_the_distributions_docker_is_that_of_one_family(machine: FakeMachine) -> None:
    RpmMachine(machine)
    assert run(docker={"package": "docker.io"})["msg"].startswith("docker.io is a package of Debian and Ubuntu")


def test_lists_that_know_no_docker_yet_are_asked_for_anew_and_predicted(machine: FakeMachine, docker: Machine) -> None:
    docker.offered = {}
    assert run(True, docker={"package": "docker.io"})["actions"] == ["install docker.io newest", "hold docker.io"]
    assert run(True, docker={"package": "docker.io", "version": "20.10"})["actions"] == ["install docker.io 20.10", "hold docker.io"]
    assert "no repository has docker.io" in run(docker={"package": "docker.io"})["msg"] and docker.lines("update") == ["update"]


def test_the_distributions_docker_needs_no_repository(docker: Machine) -> None:
    docker.offered = {"docker.io": ["26.1.5+dfsg1-9"], "docker-cli": ["26.1.5+dfsg1-9"]}
    run(docker={"package": "docker.io", "version": "26.1"})
    assert installs(docker) == [["docker-cli=26.1.5+dfsg1-9", "docker.io=26.1.5+dfsg1-9"]] and docker.holds == ["docker.io", "docker-cli"]


def test_a_version_of_docker_that_nobody_has_touches_nothing(machine: FakeMachine, docker: Machine) -> None:
    before = machine.files()
    assert "no repository has docker-ce 20.10.17; nearest: 5:20.10.16~3-0~ubuntu-focal" in run(docker={"version": "20.10.17"}, repository=REPOSITORY)["msg"]
    assert machine.files() == before
    assert "nearest" in run(state="probe", docker={"version": "20.10.17"}, repository=REPOSITORY)["findings"][0]["message"]
