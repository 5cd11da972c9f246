# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.kubewright.cluster.plugins.modules import containerd_config
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

PATH = "/etc/containerd/config.toml"
PLUGINS = "TYPE ID PLATFORMS STATUS\nio.containerd.snapshotter.v1 overlayfs linux/amd64 ok\nio.containerd.grpc.v1 cri linux/amd64 {}\n"
DUMP = "version = 2\n"
CRICTL = "runtime-endpoint: unix:///run/containerd/containerd.sock\nimage-endpoint: unix:///run/containerd/containerd.sock\n"
HOSTS = "/etc/containerd/certs.d"
LOOK: dict[str, Any] = {"text": "version = 2\n", "containerd_version": "1.6.20", "crictl_differs": False, "service_wanting": False, "stale": False,
                        "hosts_files": {}, "dump": DUMP, "refused": ""}


@pytest.fixture(autouse=True)
def installed(machine: FakeMachine) -> FakeMachine:
    machine.on("containerd", "--version", stdout="containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3\n")
    machine.on("containerd", "--config", stdout=DUMP)
    machine.on("systemctl")
    machine.on("systemctl", "is-active", stdout="active\n")
    machine.on("systemctl", "is-enabled", stdout="enabled\n")
    machine.on("systemctl", "show", stdout="100000000\n")
    machine.on("ctr", "plugins", stdout=PLUGINS.format("ok"))
    machine.on("journalctl", stdout="containerd: failed\n")
    machine.on("crictl", "ps", rc=1)
    machine.write("/proc/uptime", "400.00 100.00\n")
    machine.write("/run/containerd/containerd.sock")
    machine.write("/etc/crictl.yaml", CRICTL)
    machine.write(PATH, "version = 2\n", age=1000)
    return machine


def mode(machine: FakeMachine, path: str) -> int:
    return Path(machine.path(path)).stat().st_mode & 0o777


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(containerd_config, check_mode, **more)


def test_a_look_gives_the_text_and_finds_nothing_to_do(machine: FakeMachine) -> None:
    before = machine.files()
    for check_mode in (True, False):
        result = run(check_mode)
        assert not result["changed"]
        assert {key: result[key] for key in LOOK} == LOOK
        assert result["options"]["path"] == PATH and result["options"]["registry_config_path"]  # with defaults, for the action
    assert machine.files() == before


@pytest.mark.parametrize(("printed", "version"), [
    ("containerd github.com/containerd/containerd v1.7.24 88bf19b2105c8b17560993bee28a01ddc2f97182", "1.7.24"),
    ("containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957", "1.6.33"), ("containerd github.com/containerd/containerd/v2 2.1.4", "2.1.4"),
    ("containerd github.com/containerd/containerd/v2 2.1.9+unknown ", "2.1.9"), ("containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~d", "1.7.24"),
    ("containerd", ""), ("containerd github.com/containerd/containerd", ""),
])
def test_every_form_of_the_version_is_read(machine: FakeMachine, printed: str, version: str) -> None:
    machine.on("containerd", "--version", stdout=printed)
    assert run()["containerd_version"] == version


def test_a_bare_machine_is_looked_at_without_a_failure(machine: FakeMachine) -> None:
    machine.absent.append("containerd")
    machine.remove(PATH, "/etc/crictl.yaml")
    result = run(True)
    assert (result["text"], result["containerd_version"], result["crictl_differs"], result["service_wanting"]) == ("", "", True, False)
    assert machine.calls == []


@pytest.mark.parametrize(("words", "stdout"), [
    (("systemctl", "is-active"), "inactive"), (("systemctl", "is-enabled"), "disabled"), (("ctr", "plugins"), PLUGINS.format("error")),
    (("ctr", "plugins"), ""),
])
def test_a_service_that_does_not_serve_is_wanting(machine: FakeMachine, words: tuple[str, ...], stdout: str) -> None:
    machine.on(*words, stdout=stdout)
    assert run()["service_wanting"]


@pytest.mark.parametrize(("age", "started", "stale"), [
    (200, "100000000", True), (299.5, "100000000", False), (500, "100000000", False), (200, "0", False), (200, "", False),
])
def test_a_containerd_that_is_older_than_its_configuration_is_stale(machine: FakeMachine, age: float, started: str, stale: bool) -> None:
    machine.write(PATH, "version = 2\n", age=age)
    machine.on("systemctl", "show", stdout=started)
    assert run()["stale"] is stale


def test_nothing_is_stale_without_a_configuration(machine: FakeMachine) -> None:
    machine.remove(PATH)
    assert not run()["stale"]


def test_files_of_registries_and_what_containerd_refuses_are_told(machine: FakeMachine) -> None:
    machine.write(HOSTS + "/docker.io/hosts.toml", "a\n")
    machine.write(HOSTS + "/b.example:5000/ca.crt", "b\n")
    machine.on("containerd", "--config", rc=1, stderr="containerd: failed to load TOML")
    result = run()
    assert not result.failed and result["hosts_files"] == {"docker.io": "a\n"} and result["dump"] == ""
    assert result["refused"].endswith("ended with code 1: containerd: failed to load TOML")


@pytest.mark.parametrize(("version", "verb"), [("1.7.24", "dump"), ("2.0.5", "migrate"), ("2.1.9", "dump")])
def test_2_0_shows_an_older_document_as_it_reads_it_only_by_migrate(machine: FakeMachine, version: str, verb: str) -> None:
    machine.on("containerd", "--version", stdout=f"containerd github.com/containerd/containerd {version}\n")
    run()
    assert machine.commands("containerd", "--config") == [f"containerd --config {PATH} config {verb}"]


def test_a_candidate_is_shown_to_containerd_beside_the_file_and_goes_again(machine: FakeMachine) -> None:
    seen: list[str] = []
    machine.on("containerd", "--config", stdout=DUMP, then=lambda call: seen.extend([machine.text(PATH), machine.text(call.words[2])]))
    before = machine.files()
    result = run(text="new\n")
    assert (result["dump"], result["changed"]) == (DUMP, False) and seen == ["version = 2\n", "new\n"] and machine.files() == before
    assert not machine.commands("systemctl", "restart")


def test_passwords_of_registries_stay_for_root_alone(machine: FakeMachine) -> None:
    Path(machine.path(PATH)).chmod(0o600)
    modes: list[int] = []
    machine.on("containerd", "--config", stdout=DUMP, then=lambda call: modes.append(mode(machine, call.words[2])))
    run(text="new\n")
    assert modes[-1] == 0o600
    run(text="new\n", proven=True)
    assert machine.text(PATH) == "new\n" and mode(machine, PATH) == 0o600
    machine.on("systemctl", "restart", rc=1, once=True)
    assert run(text="newer\n", proven=True).failed
    assert machine.text(PATH) == "new\n" and mode(machine, PATH) == 0o600


def test_a_document_is_not_in_the_journal_and_comes_back_whole(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[Any] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda _module, *words, **more: logged.extend([words, more]))
    machine.on("containerd", "--config", stdout="password = 's3cret'\n")
    assert run(text="password = 's3cret'\n")["dump"] == "password = 's3cret'\n"
    assert logged and "s3cret" not in str(logged)


def test_a_proven_document_is_put_in_place_and_containerd_restarted(machine: FakeMachine) -> None:
    result = run(text="new\n", proven=True)
    assert result["changed"] and result["restarted"] and machine.text(PATH) == "new\n" and machine.text("/etc/crictl.yaml") == CRICTL
    assert machine.commands("systemctl", "restart") == ["systemctl restart containerd"] and not machine.commands("systemctl", "enable")


def test_what_is_beside_the_document_restarts_nothing(machine: FakeMachine) -> None:
    machine.write("/etc/crictl.yaml", "debug: true\nruntime-endpoint: unix:///old\n")
    machine.write(HOSTS + "/gone.example/hosts.toml", "old\n")
    machine.write(HOSTS + "/kept.example/hosts.toml", "old\n")
    machine.write(HOSTS + "/kept.example/ca.crt", "ca\n")
    result = run(text="version = 2\n", proven=True, hosts_files={"docker.io": "new\n", "gone.example": "", "kept.example": "", "never.example": ""})
    assert result["changed"] and not result["restarted"] and not machine.commands("systemctl", "restart")
    assert machine.text("/etc/crictl.yaml") == "debug: true\n" + CRICTL
    assert sorted(path for path in machine.files() if "certs.d" in path) == [HOSTS + "/docker.io/hosts.toml", HOSTS + "/kept.example/ca.crt"]


def test_a_service_that_is_off_is_enabled_and_started(machine: FakeMachine) -> None:
    machine.on("systemctl", "is-enabled", stdout="disabled\n")
    assert not run(text="version = 2\n", proven=True)["restarted"]
    assert machine.commands("systemctl", "enable") == ["systemctl enable containerd"]
    machine.on("systemctl", "is-active", stdout="inactive\n")
    assert run(text="version = 2\n", proven=True)["restarted"]


@pytest.mark.parametrize("proven", [True, False])
def test_check_mode_touches_nothing(machine: FakeMachine, proven: bool) -> None:
    before = machine.files()
    assert run(True, text="new\n", proven=proven)["changed"]
    assert machine.files() == before and machine.calls == []


def test_a_document_with_which_the_cri_plugin_fails_gives_way_to_the_one_before(machine: FakeMachine) -> None:
    machine.on("systemctl", "restart", then=lambda call: machine.on("ctr", "plugins", stdout=PLUGINS.format("error")))
    result = run(text="new\n", proven=True)
    assert result["msg"].endswith("max_user_instances. The configuration from before is back in place.") and result["journal"]
    assert machine.text(PATH) == "version = 2\n" and len(machine.commands("systemctl", "restart")) == 2


def test_a_containerd_that_does_not_come_back_is_told_with_its_journal(machine: FakeMachine) -> None:
    machine.remove("/run/containerd/containerd.sock")
    result = run(text="new\n", proven=True)
    assert "its socket unix:///run/containerd/containerd.sock is not there after 60 seconds" in result["msg"]
    assert result["journal"] == ["containerd: failed"] and 60 <= machine.slept <= 62
    assert machine.commands("journalctl")[0].startswith("journalctl -u containerd ")


def test_a_containerd_without_its_cri_plugin_is_told(machine: FakeMachine) -> None:
    machine.on("ctr", "plugins", stdout=PLUGINS.format("error"))
    result = run(text="new\n", proven=True)
    assert "its CRI plugin did not load (io.containerd.grpc.v1 cri linux/amd64 error)" in result["msg"] and result["journal"]


def test_the_plugins_of_containerd_2_are_known(machine: FakeMachine) -> None:
    machine.on("ctr", "plugins", stdout="io.containerd.cri.v1 images - ok\nio.containerd.cri.v1 runtime linux/amd64 error\n")
    assert "io.containerd.cri.v1 runtime linux/amd64 error" in run(text="new\n", proven=True)["msg"]


def test_a_restart_that_fails_is_told(machine: FakeMachine) -> None:
    machine.on("systemctl", "restart", rc=1, stderr="Job for containerd.service failed")
    assert run(text="new\n", proven=True)["msg"] == ("`systemctl restart containerd` ended with code 1: Job for containerd.service failed. The configuration "
                                                     "from before is back in place.")
    machine.on("systemctl", "is-active", stdout="failed\n")
    assert run(text="newer\n", proven=True)["msg"] == "containerd: `systemctl restart containerd` ended with code 1: Job for containerd.service failed"
    assert machine.text(PATH) == "newer\n"


def test_the_cgroup_driver_of_a_node_is_not_changed(machine: FakeMachine) -> None:
    machine.write("/var/lib/kubelet/config.yaml", "cgroupDriver: cgroupfs\n")
    machine.write("/etc/kubernetes/kubelet.conf", "kind: Config\n")
    before = machine.files()
    for text in (None, "version = 2\n"):
        assert run(text=text)["msg"].startswith("The kubelet uses the cgroup driver cgroupfs on this machine, which is a node of a cluster")
    assert machine.files() == before and not machine.commands("systemctl", "restart")
    assert not run(systemd_cgroup=False).failed
