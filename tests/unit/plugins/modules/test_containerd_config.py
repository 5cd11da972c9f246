# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.modules import containerd_config
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module

PATH = "/etc/containerd/config.toml"
PLUGINS = "TYPE ID PLATFORMS STATUS\nio.containerd.snapshotter.v1 overlayfs linux/amd64 ok\nio.containerd.grpc.v1 cri linux/amd64 {}\n"
DUMP = 'version = 2\n  sandbox_image = "registry.k8s.io/pause:3.10"\n  SystemdCgroup = true\n'
EXPECTED = [{"key": "SystemdCgroup", "value": "true"}, {"key": "sandbox_image", "value": "registry.k8s.io/pause:3.10"}]


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
    machine.write("/etc/crictl.yaml", containerd_config.CRICTL_TEXT)
    machine.write(PATH, "version = 2\n", age=1000)
    return machine


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(containerd_config, check_mode, **more)


def test_a_look_gives_the_text_and_finds_nothing_to_do(machine: FakeMachine) -> None:
    before = machine.files()
    for check_mode in (True, False):
        result = run(check_mode)
        assert not result["changed"]
        assert {key: result[key] for key in ("text", "containerd_version", "crictl_differs", "service_wanting", "stale")} == {
            "text": "version = 2\n", "containerd_version": "1.6.20", "crictl_differs": False, "service_wanting": False, "stale": False}
    assert machine.files() == before


@pytest.mark.parametrize(("printed", "version"), [
    ("containerd github.com/containerd/containerd v1.7.24 88bf19b2105c8b17560993bee28a01ddc2f97182", "1.7.24"),
    ("containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957", "1.6.33"), ("containerd github.com/containerd/containerd/v2 2.1.4", "2.1.4"),
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


def test_a_new_configuration_is_proven_before_it_replaces_the_old_one(machine: FakeMachine) -> None:
    seen: list[str] = []
    machine.on("containerd", "--config", stdout=DUMP, then=lambda call: seen.extend([machine.text(PATH), machine.text(call.words[2])]))
    assert run(text="new\n", expected=EXPECTED)["changed"]
    assert seen == ["version = 2\n", "new\n"] and machine.text(PATH) == "new\n"
    assert machine.commands("containerd", "--config")[0].endswith("config dump")
    assert machine.commands("systemctl") == ["systemctl enable containerd", "systemctl restart containerd"]
    assert machine.text("/etc/crictl.yaml") == containerd_config.CRICTL_TEXT and not machine.has(PATH + ".kubewright-candidate")


def test_check_mode_touches_nothing(machine: FakeMachine) -> None:
    before = machine.files()
    assert run(True, text="new\n", expected=EXPECTED)["changed"]
    assert machine.files() == before and machine.calls == []


@pytest.mark.parametrize(("expected", "words"), [
    ({"key": "SystemdCgroup", "value": "false"}, "does not take SystemdCgroup = false from the new configuration, it says true. The file was not changed."),
    ({"key": "no_such", "value": "1"}, "does not take no_such = 1 from the new configuration, it says nothing."),
])
def test_a_value_that_containerd_does_not_take_leaves_the_old_file(machine: FakeMachine, expected: dict[str, str], words: str) -> None:
    before = machine.files()
    result = run(text="new\n", expected=[expected])
    assert result.failed and words in result["msg"]
    assert machine.files() == before and not machine.commands("systemctl", "restart")


def test_a_document_that_containerd_refuses_leaves_the_old_file(machine: FakeMachine) -> None:
    machine.on("containerd", "--config", rc=1, stderr="containerd: failed to load TOML")
    before = machine.files()
    assert run(text="broken\n")["msg"].startswith("containerd: `containerd --config")
    assert machine.files() == before


def test_a_containerd_that_does_not_come_back_is_told_with_its_journal(machine: FakeMachine) -> None:
    machine.remove("/run/containerd/containerd.sock")
    result = run(text="new\n")
    assert "its socket unix:///run/containerd/containerd.sock is not there after 60 seconds" in result["msg"]
    assert result["journal"] == ["containerd: failed"] and 60 <= machine.slept <= 62
    assert machine.commands("journalctl")[0].startswith("journalctl -u containerd ")


def test_a_containerd_without_its_cri_plugin_is_told(machine: FakeMachine) -> None:
    machine.on("ctr", "plugins", stdout=PLUGINS.format("error"))
    result = run(text="new\n")
    assert "its CRI plugin did not load (io.containerd.grpc.v1 cri linux/amd64 error)" in result["msg"] and result["journal"]


def test_the_plugins_of_containerd_2_are_known(machine: FakeMachine) -> None:
    machine.on("ctr", "plugins", stdout="io.containerd.cri.v1 images - ok\nio.containerd.cri.v1 runtime linux/amd64 error\n")
    assert "io.containerd.cri.v1 runtime linux/amd64 error" in run(text="new\n")["msg"]


def test_a_restart_that_fails_is_told(machine: FakeMachine) -> None:
    machine.on("systemctl", "restart", rc=1, stderr="Job for containerd.service failed")
    assert run(text="new\n")["msg"] == "containerd: `systemctl restart containerd` ended with code 1: Job for containerd.service failed"


def test_effective_values_are_read_from_a_captured_dump(captured: Any) -> None:
    found = containerd_config.effective_values(captured("containerd/1.6.20-config-dump.toml"))
    assert found["SystemdCgroup"] == ["true"] and found["sandbox_image"] == ["registry.k8s.io/pause:3.10.1"] and found["version"] == ["2"]


def test_the_cgroup_driver_of_a_node_is_not_changed(machine: FakeMachine) -> None:
    machine.write("/var/lib/kubelet/config.yaml", "cgroupDriver: cgroupfs\n")
    machine.write("/etc/kubernetes/kubelet.conf", "kind: Config\n")
    before = machine.files()
    for text in (None, "version = 2\n"):
        assert run(text=text)["msg"].startswith("The kubelet uses the cgroup driver cgroupfs on this machine, which is a node of a cluster")
    assert machine.files() == before and not machine.commands("systemctl", "restart")
    assert not run(systemd_cgroup=False).failed
