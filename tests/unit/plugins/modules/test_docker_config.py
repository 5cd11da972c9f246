# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.kubewright.cluster.plugins.modules import docker_config
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, captured_text, run_module

PATH = "/etc/docker/daemon.json"
SHOWN = ("MainPID={pid}\nExecMainStartTimestamp=Sat 2026-11-21 10:00:00 UTC\nActiveState={state}\nUnitFileState={enabled}\n"
         "FragmentPath=/lib/systemd/system/docker.service\nDropInPaths=/etc/systemd/system/docker.service.d/own.conf\n"
         "ExecStart={{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS ; ignore_errors=no }}\n")
LIMITS = {"max-size": "100m", "max-file": "3"}
WHOLE = {"exec-opts": ["native.cgroupdriver=systemd"], "log-opts": LIMITS}


class FakeDocker:
    """A fake daemon: it works with the document that it last read, as far as `docker info` tells; log options and such it keeps for itself."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine, self.running, self.enabled, self.deaf, self.stubborn = machine, True, True, False, False
        self.info: dict[str, Any] = json.loads(captured_text("docker/info-20.10.24.json"))
        self.refuses = ""
        machine.on("systemctl", "show", then=lambda _call: (0, SHOWN.format(
            pid=700, state="active" if self.running else "inactive", enabled="enabled" if self.enabled else "disabled"), ""))
        machine.on("systemctl", "enable", then=lambda _call: setattr(self, "enabled", True))
        machine.on("systemctl", "restart", then=self.restart)
        machine.on("systemctl", "reload", then=lambda _call: self.read_again(tuple(
            key for key in ("live-restore", "registry-mirrors") if key in json.loads(machine.text(PATH)))))
        machine.on("systemctl", "reset-failed")
        machine.on("docker", "info", then=lambda _call: (0, json.dumps(self.info if not self.deaf and self.running else {}), ""))
        machine.on("docker", "ps", stdout="")
        machine.on("dockerd", "--version", stdout="Docker version 20.10.24+dfsg1, build 5d6db84\n")
        machine.on("dockerd", "--help", stdout=captured_text("docker/dockerd-help-20.10.24.txt"))
        machine.on("journalctl", stdout="unable to configure the Docker daemon with file: unknown key\n")
        machine.on("crictl", rc=1)
        machine.write("/proc/700/cmdline", "/usr/sbin/dockerd\0-H\0fd://\0")

    def restart(self, _call: Call) -> Any:
        text = self.machine.text(PATH) if self.machine.has(PATH) else "{}"
        self.running = not (self.refuses and self.refuses in text)
        if not self.running:
            return 1, "", "Job for docker.service failed"
        self.read_again(("live-restore", "registry-mirrors", "exec-opts", "log-driver", "data-root"))
        return None

    def read_again(self, keys: tuple[str, ...]) -> None:
        document = json.loads(self.machine.text(PATH)) if self.machine.has(PATH) else {}
        if self.stubborn:
            return
        if "live-restore" in keys:
            self.info["LiveRestoreEnabled"] = document.get("live-restore", False)
        if "registry-mirrors" in keys:
            self.info["RegistryConfig"]["Mirrors"] = [url + "/" for url in document.get("registry-mirrors", [])]
        if "exec-opts" in keys:
            self.info["CgroupDriver"] = "systemd" if "native.cgroupdriver=systemd" in document.get("exec-opts", []) else "cgroupfs"
        if "log-driver" in keys:
            self.info["LoggingDriver"] = document.get("log-driver", "json-file")
        if "data-root" in keys:
            self.info["DockerRootDir"] = document.get("data-root", "/var/lib/docker")


@pytest.fixture(autouse=True)
def docker(machine: FakeMachine) -> FakeDocker:
    return FakeDocker(machine)


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text: told.append(text))
    return told


def run(check_mode: bool = False, **more: Any) -> Result:
    return run_module(docker_config, check_mode, True, **more)


def document(machine: FakeMachine) -> Any:
    return json.loads(machine.text(PATH))


def pods(machine: FakeMachine) -> None:
    machine.on("docker", "ps", stdout="kube-system/etcd-cp1\nkube-system/etcd-cp1\ndefault/web-1\n")


def test_check_real_check_real(machine: FakeMachine) -> None:
    sentences = ['set exec-opts = ["native.cgroupdriver=systemd"] in /etc/docker/daemon.json',
                 'set log-opts = {"max-size": "100m", "max-file": "3"} in /etc/docker/daemon.json', "restart Docker for exec-opts, log-opts"]
    before = machine.files()
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(check_mode)
        assert result["actions"] == (sentences if changed else []) and result["changed"] is changed and result["version"] == "20.10.24+dfsg1"
        assert result.get("diff", {}).get("after", "").splitlines() == (sentences if changed else [])
        if check_mode and changed:
            assert machine.files() == before
    assert document(machine) == WHOLE
    assert machine.commands("systemctl", "restart") == ["systemctl restart docker.service"]


def test_a_bare_machine_is_predicted(machine: FakeMachine) -> None:
    machine.absent += ["dockerd", "docker"]
    before = machine.files()
    result = run(True)
    assert result["changed"] and result["actions"][-2:] == ["enable docker.service", "start Docker"] and result["version"] == ""
    assert machine.files() == before and machine.calls == []
    assert run()["msg"] == "dockerd is not on this machine; the role docker installs it"


def test_what_a_person_wrote_stays(machine: FakeMachine, docker: FakeDocker) -> None:
    machine.write(PATH, '{"bip": "10.9.0.1/24", "registry-mirrors": ["https://theirs"], "log-opts": {"max-size": "5m"}}')
    docker.info["RegistryConfig"]["Mirrors"] = ["https://theirs/"]
    run(registry_mirrors=["https://ours"], settings={"max-concurrent-downloads": 5})
    assert document(machine) == {"bip": "10.9.0.1/24", "registry-mirrors": ["https://ours", "https://theirs"], "log-opts": {"max-size": "5m"},
                                 "exec-opts": ["native.cgroupdriver=systemd"], "max-concurrent-downloads": 5}
    run()
    assert document(machine) == {"bip": "10.9.0.1/24", "registry-mirrors": ["https://theirs"], "log-opts": {"max-size": "5m"},
                                 "exec-opts": ["native.cgroupdriver=systemd"]}
    assert not run()["changed"]


def test_a_contradiction_is_one_error_that_names_the_way_out(machine: FakeMachine) -> None:
    machine.write(PATH, '{"exec-opts": ["native.cgroupdriver=cgroupfs"], "data-root": "/data"}')
    before = machine.files()
    for check_mode in (True, False):
        message = run(check_mode, data_root="/mnt")["msg"]
        assert message.startswith("/etc/docker/daemon.json was written by somebody else and says otherwise: exec-opts is ")
        assert 'data-root is "/data" there, and "/mnt" is asked for' in message and "overwrite: [data-root, exec-opts]" in message
    assert machine.files() == before
    run(data_root="/mnt", overwrite=["exec-opts", "data-root"])
    assert document(machine) == {**WHOLE, "data-root": "/mnt"}


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1, "a": 2}'])
def test_a_broken_file_is_one_error(machine: FakeMachine, text: str) -> None:
    machine.write(PATH, text)
    before = machine.files()
    assert "it was not touched" in run()["msg"] and machine.files() == before


def test_a_key_that_this_docker_does_not_know_is_told_before_anything_is_touched(machine: FakeMachine, docker: FakeDocker) -> None:
    before = machine.files()
    for check_mode in (True, False):
        assert "it knows no live-restores, but live-restore" in run(check_mode, settings={"live-restores": True})["msg"]
    assert machine.files() == before and machine.commands("systemctl", "restart") == []


def test_flags_of_the_daemon_count(machine: FakeMachine, docker: FakeDocker) -> None:
    machine.write("/proc/700/cmdline", "/usr/bin/dockerd\0--exec-opt\0native.cgroupdriver=systemd\0--log-driver=journald\0")
    docker.info.update(CgroupDriver="systemd", LoggingDriver="journald")
    before = machine.files()
    assert not run()["changed"] and machine.files() == before
    message = run(cgroup_driver="cgroupfs")["msg"]
    assert message.startswith("dockerd is started with flags that /etc/docker/daemon.json has, too, or would have: exec-opts (")


def test_a_flag_of_the_next_start_counts_and_its_file_is_named(machine: FakeMachine) -> None:
    machine.write("/etc/systemd/system/docker.service.d/own.conf", "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd://\n")
    machine.write("/proc/700/cmdline", "/usr/sbin/dockerd\0")
    message = run(settings={"hosts": ["tcp://192.0.2.1:2376"]})["msg"]
    assert 'hosts (["tcp://192.0.2.1:2376"] there, ["fd://"] on the command line, by /etc/systemd/system/docker.service.d/own.conf)' in message


@pytest.mark.parametrize("running", [True, False])
def test_another_folder_is_refused_while_there_are_containers(machine: FakeMachine, docker: FakeDocker, running: bool) -> None:
    docker.running = running
    machine.write("/var/lib/docker/containers/0a1b/config.v2.json", "{}")
    before = machine.files()
    for check_mode in (True, False):
        assert "where 1 containers are, and data-root /data is asked for" in run(check_mode, data_root="/data")["msg"]
    assert machine.files() == before and run(data_root="/var/lib/docker")["changed"]


def test_flags_of_a_stopped_daemon_are_read_from_its_unit(machine: FakeMachine, docker: FakeDocker) -> None:
    docker.running = False
    assert run(settings={"hosts": ["tcp://192.0.2.1:2376"]})["msg"].startswith("dockerd is started with flags that")
    assert run()["actions"][-1] == "start Docker" and docker.running and not run()["changed"]


def test_a_service_that_does_not_start_with_the_machine_is_enabled(machine: FakeMachine, docker: FakeDocker) -> None:
    run()
    docker.enabled = False
    assert run()["actions"] == ["enable docker.service"] and docker.enabled


def test_a_reload_is_enough_for_mirrors(machine: FakeMachine) -> None:
    run()
    pods(machine)
    result = run(registry_mirrors=["https://mirror.example.com"])
    assert result["actions"][-1] == "reload Docker for registry-mirrors" and result["stopped_pods"] == []
    assert machine.commands("systemctl", "reload") == ["systemctl reload docker.service"] and len(machine.commands("systemctl", "restart")) == 1


def test_a_mirror_that_is_no_longer_asked_for_is_forgotten_by_the_daemon_too(machine: FakeMachine, docker: FakeDocker) -> None:
    run(registry_mirrors=["https://mirror.example.com"])
    assert docker.info["RegistryConfig"]["Mirrors"] == ["https://mirror.example.com/"]
    assert run()["actions"] == ["take registry-mirrors out in /etc/docker/daemon.json", "reload Docker for registry-mirrors"]
    assert document(machine) == WHOLE and docker.info["RegistryConfig"]["Mirrors"] == []


def test_what_the_daemon_works_with_already_needs_no_restart(machine: FakeMachine, docker: FakeDocker) -> None:
    docker.info["CgroupDriver"] = "systemd"
    pods(machine)
    result = run(storage_driver="overlay2", log_limits={}, data_root="/var/lib/docker")
    assert len(result["actions"]) == 3 and result["stopped_pods"] == [] and not machine.commands("systemctl", "restart")
    assert not run(storage_driver="overlay2", log_limits={}, data_root="/var/lib/docker")["changed"]


@pytest.mark.parametrize(("check_mode", "words"), [(True, "Docker would be restarted for log-opts"), (False, "Docker was restarted for log-opts")])
def test_a_restart_that_stops_pods_is_announced(machine: FakeMachine, docker: FakeDocker, warnings: list[str], check_mode: bool, words: str) -> None:
    docker.info["CgroupDriver"] = "systemd"
    pods(machine)
    result = run(check_mode)
    assert result["stopped_pods"] == ["default/web-1", "kube-system/etcd-cp1"]
    assert warnings == [words + ", which stops the containers of 2 pods until the kubelet starts them again: default/web-1, kube-system/etcd-cp1"]


def test_live_restore_that_goes_with_the_restart_saves_nothing(machine: FakeMachine, docker: FakeDocker, warnings: list[str]) -> None:
    run(live_restore=True, settings={"log-level": "warn"})
    pods(machine)
    assert run(True)["stopped_pods"] == ["default/web-1", "kube-system/etcd-cp1"] and "restarted for live-restore, log-level" in warnings[0]


def test_live_restore_is_switched_on_before_the_restart(machine: FakeMachine, docker: FakeDocker, warnings: list[str]) -> None:
    docker.info["CgroupDriver"] = "systemd"
    pods(machine)
    result = run(live_restore=True)
    assert result["stopped_pods"] == [] and warnings == [] and docker.info["LiveRestoreEnabled"]
    assert [call for call in machine.commands("systemctl") if "show" not in call] == ["systemctl reload docker.service", "systemctl restart docker.service"]


@pytest.mark.parametrize("member", [True, False])
def test_the_cgroup_driver_of_a_node_is_not_changed(machine: FakeMachine, member: bool) -> None:
    if member:
        machine.write("/etc/kubernetes/kubelet.conf", "kind: Config\n")
    else:
        pods(machine)
    before = machine.files()
    for check_mode in (True, False):
        message = run(check_mode)["msg"]
        assert message.startswith("Docker uses the cgroup driver cgroupfs on this machine, which ") and "systemd is asked for" in message
        assert "Replace the node: drain it, reset it (playbooks/reset.yml) and let it join again (site.yml); or ask for cgroupfs." in message
        assert ("is a node of a cluster" if member else "runs pods (kube-system/etcd-cp1") in message
    assert machine.files() == before and not machine.commands("systemctl", "restart")
    assert not run(cgroup_driver="cgroupfs").failed and not run(cgroup_driver="").failed


def test_a_node_whose_docker_is_stopped_is_judged_by_its_kubelet(machine: FakeMachine, docker: FakeDocker) -> None:
    docker.running = False
    machine.write("/etc/kubernetes/kubelet.conf", "kind: Config\n")
    machine.write("/var/lib/kubelet/config.yaml", "cgroupDriver: cgroupfs\n")
    assert "uses the cgroup driver cgroupfs" in run()["msg"]
    machine.write("/var/lib/kubelet/config.yaml", "cgroupDriver: systemd\n")
    assert not run().failed


def test_a_daemon_that_does_not_answer_is_left_alone(machine: FakeMachine, docker: FakeDocker) -> None:
    docker.deaf = True
    before = machine.files()
    assert run()["msg"].startswith("docker.service is active, and `docker info` does not answer.") and machine.files() == before


@pytest.mark.parametrize("text", ["", '{"debug": true}'])
def test_a_document_that_docker_does_not_start_with_is_taken_back(machine: FakeMachine, docker: FakeDocker, text: str) -> None:
    if text:
        machine.write(PATH, text)
    docker.refuses = "storage-opts"
    result = run(settings={"storage-opts": ["no.such=1"]})
    assert result["msg"].startswith("Docker does not start with the new /etc/docker/daemon.json: `systemctl restart docker.service` ended with code 1")
    assert "unable to configure the Docker daemon" in str(result["journal"]) and docker.running
    assert machine.has(PATH) is bool(text) and (not text or machine.text(PATH) == text)
    assert run()["changed"] and not run()["changed"]


def test_a_daemon_that_never_started_with_its_file_is_not_blamed_on_it(machine: FakeMachine, docker: FakeDocker) -> None:
    machine.write(PATH, json.dumps({**WHOLE, "bad": 1}))
    docker.running, docker.refuses = False, "bad"
    assert run()["msg"].startswith("Docker does not start: `systemctl restart docker.service` ended with code 1")
    assert document(machine) == {**WHOLE, "bad": 1}


def test_a_value_that_the_daemon_does_not_take_is_told(machine: FakeMachine, docker: FakeDocker) -> None:
    docker.stubborn = True
    result = run()
    assert result["msg"].startswith("Docker was told to restart, and exec-opts is [\"native.cgroupdriver=cgroupfs\"], and not ")


def test_a_daemon_that_is_deaf_after_the_restart_gets_its_old_file(machine: FakeMachine, docker: FakeDocker) -> None:
    machine.on("systemctl", "restart", then=lambda _call: setattr(docker, "deaf", True))
    assert "it does not answer after 60 seconds. The file is what it was before" in run()["msg"] and not machine.has(PATH)


def test_docker_23_validates_before_it_is_touched(machine: FakeMachine) -> None:
    machine.on("dockerd", "--version", stdout="Docker version 28.5.2, build x\n")
    machine.on("dockerd", "--validate", rc=1, stderr="the following directives don't match any configuration option: nope\n")
    before = machine.files()
    message = run(settings={"nope": 1})["msg"]
    assert "don't match any configuration option: nope" in message
    assert machine.files() == before and not machine.commands("systemctl", "restart")
    assert machine.commands("dockerd", "--validate") == ["dockerd --validate --config-file /etc/docker/daemon.json.kubewright-candidate -H fd://"]
    modes: list[int] = []
    machine.on("dockerd", "--validate", stderr="configuration OK\n", then=lambda call: modes.append(Path(machine.path(call.words[3])).stat().st_mode & 0o777))
    assert run()["changed"] and modes == [0o600]  # a document may hold the password of a proxy


def test_a_run_that_was_killed_before_the_restart_is_finished_by_the_next(machine: FakeMachine, docker: FakeDocker) -> None:
    docker.info["CgroupDriver"] = "systemd"
    machine.write(PATH, json.dumps(WHOLE))
    note = {"wrote": WHOLE, "pending": ["log-opts"], "daemon": "700 Sat 2026-11-21 10:00:00 UTC"}
    machine.write(docker_config.NOTE, json.dumps(note))
    assert run(True)["actions"] == ["restart Docker for log-opts"]
    machine.write(docker_config.NOTE, json.dumps({**note, "daemon": "650 Sat 2026-11-21 09:00:00 UTC"}))
    assert not run(True)["changed"]  # somebody has restarted it since
    machine.write(docker_config.NOTE, json.dumps(note))
    assert run()["actions"] == ["restart Docker for log-opts"] and not run()["changed"]
