# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_daemon as daemon
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import captured_text

INFO: dict[str, Any] = json.loads(captured_text("docker/info-20.10.24.json"))
SYSTEMD = "native.cgroupdriver=systemd"


@pytest.mark.parametrize(("words", "given"), [
    ("", {}),
    ("-H fd:// --containerd=/run/containerd/containerd.sock", {"hosts": ["fd://"], "containerd": "/run/containerd/containerd.sock"}),
    ("-Hfd:// -H tcp://192.0.2.1:2376", {"hosts": ["fd://", "tcp://192.0.2.1:2376"]}),
    ("--exec-opt native.cgroupdriver=systemd --exec-opt=a=b", {"exec-opts": [SYSTEMD, "a=b"]}),
    ("--log-driver=json-file --log-opt max-size=50m --log-opt max-file=5", {"log-driver": "json-file", "log-opts": {"max-size": "50m", "max-file": "5"}}),
    ("--live-restore --debug=false --icc=true", {"live-restore": True, "debug": False, "icc": True}),
    ("-D -s overlay2 -g /data --mtu 1400", {"debug": True, "storage-driver": "overlay2", "data-root": "/data", "mtu": "1400"}),
    ("--registry-mirror https://a --insecure-registry=b --dns 192.0.2.53",
     {"registry-mirrors": ["https://a"], "insecure-registries": ["b"], "dns": ["192.0.2.53"]}),
    ("daemon -- - $DOCKER_OPTS", {}),
])
def test_flags_are_called_as_in_the_document(words: str, given: dict[str, Any]) -> None:
    assert daemon.flags(["/usr/bin/dockerd", *words.split()]) == given


@pytest.mark.parametrize(("wanted", "given", "left"), [
    ({"exec-opts": [SYSTEMD]}, {"exec-opts": [SYSTEMD, "a=b"]}, {}),
    ({"exec-opts": [SYSTEMD]}, {"exec-opts": ["native.cgroupdriver=cgroupfs"]}, {"exec-opts": [SYSTEMD]}),
    ({"log-opts": {"max-file": 3}}, {"log-opts": {"max-file": "3", "tag": "t"}}, {}),
    ({"live-restore": True, "mtu": 1400}, {"live-restore": True, "mtu": "1400"}, {}),
    ({"data-root": "/data"}, {}, {"data-root": "/data"}),
])
def test_what_the_command_line_says_already_is_left_out(wanted: Any, given: Any, left: Any) -> None:
    assert daemon.without_flags(wanted, given) == left


UNITS = [("/lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd -H fd:// --data-root=/data --debug-x\n"),
         ("/etc/systemd/system/docker.service.d/a.conf", "[Service]\nExecStart=\n"),
         ("/etc/systemd/system/docker.service.d/b.conf", "[Service]\nExecStart=/usr/bin/dockerd -H fd:// --hosts-x\n")]


@pytest.mark.parametrize(("document", "words", "told"), [
    ({"hosts": ["fd://"]}, "-H fd://", 'hosts (["fd://"] there, ["fd://"] on the command line, by /etc/systemd/system/docker.service.d/b.conf)'),
    ({"graph": "/data"}, "--data-root=/data", 'graph ("/data" there, "/data" on the command line, by /lib/systemd/system/docker.service)'),
    ({"log-opts": {"a": "1"}, "debug": True}, "--log-opt b=2 -D",
     'debug (true there, true on the command line of the daemon that runs), log-opts ({"a": "1"} there, '),
])
def test_a_key_and_its_flag_together_are_refused(document: dict[str, Any], words: str, told: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        daemon.refuse_twice(document, daemon.flags(["dockerd", *words.split()]), "/etc/docker/daemon.json", UNITS)
    assert told in str(caught.value) and "Docker does not start with both. Nothing was changed. Take the flags out of docker.service" in str(caught.value)


@pytest.mark.parametrize(("there", "wanted", "containers", "refused"), [
    ("/var/lib/docker", "/data", ["a", "b"], True), ("/var/lib/docker", "/data", [], False), ("/var/lib/docker", None, ["a"], False),
    ("/data", "/data/", ["a"], False), ("/data/1000.1000", "/data", ["a"], False), ("", "/data", ["a"], False),
])
def test_the_folder_of_containers_is_not_changed_below_them(there: str, wanted: Any, containers: list[str], refused: bool) -> None:
    if not refused:
        daemon.refuse_moved_root(there, wanted, containers)
        return
    with pytest.raises(KubewrightError, match="in /var/lib/docker, where 2 containers are, and data-root /data is asked for. Nothing was changed"):
        daemon.refuse_moved_root(there, wanted, containers)


@pytest.mark.parametrize(("before", "after", "said"), [
    ({"registry-mirrors": ["https://a"], "live-restore": True, "bip": "x"}, {"labels": []}, {"live-restore": False, "registry-mirrors": []}),
    ({"registry-mirrors": ["https://a"]}, {"registry-mirrors": []}, {}), ({}, {"debug": True}, {}),
    ({"max-concurrent-downloads": 9}, {}, {"max-concurrent-downloads": 3}),
])
def test_a_reload_forgets_only_what_it_is_told(before: dict[str, Any], after: dict[str, Any], said: dict[str, Any]) -> None:
    assert daemon.forgotten(before, after) == said and {*said} <= {*daemon.RELOADED}


def test_other_keys_and_runtimes_stand_beside_flags() -> None:
    daemon.refuse_twice({"debug": True, "runtimes": {}}, daemon.flags(["dockerd", "-H", "fd://", "--add-runtime", "a=/b"]), "")


@pytest.mark.parametrize(("shown", "words"), [
    ("{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS ; ignore_errors=no ; start_time=[n/a] ; pid=0 }",
     ["/usr/sbin/dockerd", "-H", "fd://", "$DOCKER_OPTS"]),
    ("", []),
])
def test_the_command_of_a_stopped_daemon_is_read_from_its_unit(shown: str, words: list[str]) -> None:
    assert daemon.started_with(shown) == words


def info(**more: Any) -> dict[str, Any]:
    return {**INFO, **more}


@pytest.mark.parametrize(("asked", "info", "keys"), [
    ({"exec-opts": [SYSTEMD]}, INFO, ["exec-opts"]), ({"exec-opts": ["native.cgroupdriver=cgroupfs", "a=b"]}, INFO, []), ({"exec-opts": ["a=b"]}, INFO, []),
    ({"log-driver": "json-file", "storage-driver": "overlay2", "live-restore": False, "debug": False, "default-runtime": "runc"}, INFO, []),
    ({"log-driver": "journald", "live-restore": True}, INFO, ["log-driver", "live-restore"]),
    ({"data-root": "/var/lib/docker/"}, INFO, []), ({"data-root": "/data"}, INFO, ["data-root"]), ({"graph": "/var"}, INFO, []),
    ({"data-root": "/data"}, info(DockerRootDir="/data/100000.100000"), []), ({"data-root": "/data"}, info(DockerRootDir="/database"), ["data-root"]),
    ({"registry-mirrors": ["https://a", "https://b/"]}, info(RegistryConfig={"Mirrors": ["https://a/", "https://c/", "https://b/"]}), []),
    ({"registry-mirrors": ["https://b", "https://a"]}, info(RegistryConfig={"Mirrors": ["https://a/", "https://b/"]}), ["registry-mirrors"]),
    ({"registry-mirrors": ["https://a"]}, info(RegistryConfig=None), ["registry-mirrors"]),
    ({"insecure-registries": ["127.0.0.0/8"]}, INFO, []), ({"insecure-registries": ["docker.io"]}, INFO, ["insecure-registries"]),
    ({"insecure-registries": ["http://r:5000"]}, info(RegistryConfig={"IndexConfigs": {"r:5000": {"Secure": False}}}), []),
    ({"log-opts": {"max-size": "1m"}, "bip": "x"}, INFO, []),
])
def test_what_the_daemon_tells_is_compared(asked: Any, info: dict[str, Any], keys: list[str]) -> None:
    assert [item.key for item in daemon.differences(asked, info)] == keys


def test_a_link_is_followed_as_docker_does() -> None:
    assert daemon.differences({"data-root": "/link"}, info(DockerRootDir="/disk/docker"), {"/link": "/disk/docker"}.__getitem__) == []


def test_a_difference_is_told() -> None:
    assert str(daemon.differences({"live-restore": True}, INFO)[0]) == "live-restore is false, and not true"


@pytest.mark.parametrize(("before", "after", "asked", "differing", "keys"), [
    ({}, {}, {}, [], []),
    # The daemon works with it already: writing it down needs nothing.
    ({}, {"storage-driver": "overlay2", "exec-opts": [SYSTEMD]}, {"storage-driver": "overlay2", "exec-opts": [SYSTEMD]}, [], []),
    ({}, {"exec-opts": [SYSTEMD]}, {"exec-opts": [SYSTEMD]}, ["exec-opts"], ["exec-opts"]),
    ({"exec-opts": ["a=b"]}, {"exec-opts": [SYSTEMD, "c=d"]}, {"exec-opts": [SYSTEMD, "c=d"]}, [], ["exec-opts"]),
    # What it does not tell has to be read.
    ({}, {"log-opts": {"max-size": "1m"}}, {"log-opts": {"max-size": "1m"}}, [], ["log-opts"]),
    # Taken away: nobody knows what it works with instead.
    ({"log-driver": "journald"}, {}, {}, [], ["log-driver"]),
    ({"registry-mirrors": ["a", "b"]}, {"registry-mirrors": ["a"]}, {"registry-mirrors": ["a"]}, [], ["registry-mirrors"]),
])
def test_only_what_the_daemon_does_not_work_with_is_to_be_taken_over(before: Any, after: Any, asked: Any, differing: list[str], keys: list[str]) -> None:
    assert daemon.to_take_over(before, after, asked, differing) == keys


@pytest.mark.parametrize(("document", "driver"), [
    ({}, ""), ({"exec-opts": ["a=b"]}, ""), ({"exec-opts": None}, ""), ({"exec-opts": ["a=b", SYSTEMD]}, "systemd"),
])
def test_the_cgroup_driver_of_a_document(document: dict[str, Any], driver: str) -> None:
    assert daemon.cgroup_driver(document) == driver


@pytest.mark.parametrize(("printed", "does"), [
    ("Docker version 20.10.24+dfsg1, build 5d6db84", False), ("Docker version 18.06.1-ce, build e68fc7a", False), ("Docker version 23.0.0, build x", True),
    ("Docker version v28.5.2, build x", True), ("", False),
])
def test_dockerd_validates_from_23_on(printed: str, does: bool) -> None:
    assert daemon.validates(printed) is does


@pytest.mark.parametrize("words", ["-H fd:// --config-file=/etc/docker/daemon.json", "--config-file /etc/docker/daemon.json -H fd://", "-H fd:// $OPTIONS"])
def test_a_candidate_is_validated_beside_the_daemons_flags(words: str) -> None:
    assert daemon.validating(["/usr/bin/dockerd", *words.split()], "/c.json") == ["dockerd", "--validate", "--config-file", "/c.json", "-H", "fd://"]


@pytest.mark.parametrize(("keys", "live_restore", "stopped"), [
    (["log-opts"], False, ["a/x", "b/y"]), (["log-opts"], True, []), (["data-root"], True, ["a/x", "b/y"]), (["storage-driver"], True, ["a/x", "b/y"]),
])
def test_live_restore_keeps_containers_unless_they_are_uprooted(keys: list[str], live_restore: bool, stopped: list[str]) -> None:
    assert daemon.stopped_by_restart(keys, live_restore, ["b/y", "a/x", "a/x"]) == stopped
