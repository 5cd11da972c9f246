# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import json
import os
from typing import Any, Dict, List, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _etcd as etcd
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_control_plane import FakeControlPlane
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

ONE = etcd.Member("cp1", "/var/lib/etcd", "https://192.0.2.11:2380", "cp1=https://192.0.2.11:2380")
STATUS = {"hash": 3456789, "revision": 4711, "totalKey": 912, "totalSize": 3584000}
SNAPSHOT = b"\0" * 1024


@pytest.fixture
def plane(machine: FakeMachine, monkeypatch: Any) -> FakeControlPlane:
    return FakeControlPlane(machine, monkeypatch)


@pytest.fixture
def tools(machine: FakeMachine, plane: FakeControlPlane) -> etcd.Tools:
    """As they are found below the process that runs."""
    for name in ("etcdctl", "etcdutl"):
        machine.write("/proc/100/root/usr/local/bin/" + name)
    return etcd.Tools(Runner(machine))


def saved(path: Any, body: bytes = SNAPSHOT, checksum: bytes = b"") -> str:
    path.write_bytes(body + (checksum or hashlib.sha256(body).digest()))
    return str(path)


def test_the_local_member_is_what_its_manifest_says(machine: FakeMachine, plane: FakeControlPlane) -> None:
    assert etcd.member() == ONE and etcd.member().folder() == "/var/lib/etcd/member"
    machine.remove("/etc/kubernetes/manifests/etcd.yaml")
    with pytest.raises(KubewrightError, match="no etcd of kubeadm's on this machine"):
        etcd.member()


@pytest.mark.parametrize(("body", "checksum", "whole"), [
    (SNAPSHOT, b"", True), (b"\1" * (3 << 20), b"", True), (SNAPSHOT, b"x" * 32, False), (SNAPSHOT[:-1], b"", False), (SNAPSHOT, b"x", False), (b"", b"", True),
])
def test_a_snapshot_ends_with_its_own_checksum(tmp_path: Any, body: bytes, checksum: bytes, whole: bool) -> None:
    path = saved(tmp_path / "file", body, checksum)
    with open(path, "rb") as stream:
        assert etcd.sums(path) == (hashlib.sha256(stream.read()).hexdigest(), whole)


def test_an_empty_file_and_one_that_shrinks_are_no_snapshots(tmp_path: Any, monkeypatch: Any) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert etcd.sums(str(tmp_path / "empty"))[1] is False
    path = saved(tmp_path / "file")
    monkeypatch.setattr(os, "stat", lambda _path: os.stat_result((0, 0, 0, 0, 0, 0, 4096 + 32, 0, 0, 0)))
    assert etcd.sums(path)[1] is False


def test_tools_are_run_where_the_running_etcd_has_them(machine: FakeMachine, tools: etcd.Tools, tmp_path: Any) -> None:
    machine.on("env", "ETCDCTL_API=3", stdout=STATUS)
    with tools:
        found = tools.status(saved(tmp_path / "file"))
        tools.save("/var/backups/x.db", 60)
    assert (found.revision, found.keys, found.size) == (4711, 912, 1056) and found.as_dict()["sha256"] == found.sha256
    first, second = machine.calls
    assert first.words[2:5] == ["/proc/100/root/usr/local/bin/etcdutl", "snapshot", "status"] and first.words[-2:] == ["--write-out", "json"]
    assert second.words[2:] == [
        "/proc/100/root/usr/local/bin/etcdctl", "--endpoints", "https://127.0.0.1:2379", "--cacert", "/etc/kubernetes/pki/etcd/ca.crt",
        "--cert", "/etc/kubernetes/pki/etcd/server.crt", "--key", "/etc/kubernetes/pki/etcd/server.key", "snapshot", "save", "/var/backups/x.db"]
    assert second.seconds == 60


def image_without_process(machine: FakeMachine, plane: FakeControlPlane, names: Tuple[str, ...]) -> List[str]:
    plane.remove("etcd")
    places: List[str] = []

    def mount(call: Any) -> None:
        places.append(call.words[-1])
        for name in names:
            machine.write("{0}/usr/bin/{1}".format(call.words[-1], name))

    def unmount(call: Any) -> None:
        for name in names:
            machine.remove("{0}/usr/bin/{1}".format(call.words[-1], name))
        for folder in ("/usr/bin", "/usr"):
            if names:
                os.rmdir(call.words[-1] + folder)

    machine.on("ctr", "--namespace", "k8s.io", "images", "mount", "registry.example.com/etcd:3.5.9-0", then=mount)
    machine.on("ctr", "--namespace", "k8s.io", "images", "unmount", then=unmount)
    return places


def test_without_a_running_etcd_its_image_is_mounted_and_unmounted(machine: FakeMachine, plane: FakeControlPlane) -> None:
    places = image_without_process(machine, plane, ("etcdctl",))
    with etcd.Tools(Runner(machine)) as tools:
        assert tools.paths == {"etcdctl": places[0] + "/usr/bin/etcdctl"}
    assert len(machine.commands("ctr")) == 2 and not machine.has(places[0])


def test_of_docker_they_are_copied_out_of_a_container_that_never_runs(machine: FakeMachine, plane: FakeControlPlane) -> None:
    image_without_process(machine, plane, ())
    machine.on("ctr", rc=1, stderr="image not found")
    machine.write(node.KUBELET_FLAGS, 'KUBELET_KUBEADM_ARGS="--network-plugin=cni"')
    machine.on("docker", "image", "inspect", stdout="sha256:1\n")
    machine.on("docker", "create", stdout="0a1b\n")
    machine.on("docker", "cp", rc=1)
    machine.on("docker", "cp", "--follow-link", "0a1b:/usr/local/bin/etcdctl", then=lambda call: machine.write(call.words[-1]))
    machine.on("docker", "rm")
    with etcd.Tools(Runner(machine)) as tools:
        place = tools.paths["etcdctl"]
        assert place.endswith("/usr/local/bin/etcdctl") and machine.has(place)
    assert not machine.has(place) and machine.commands("docker", "rm") == ["docker rm 0a1b"]


def test_an_image_that_docker_has_not_is_not_pulled(machine: FakeMachine, plane: FakeControlPlane) -> None:
    image_without_process(machine, plane, ())
    machine.on("ctr", rc=1)
    machine.on("env", rc=127)
    machine.write(node.KUBELET_FLAGS, 'KUBELET_KUBEADM_ARGS="--network-plugin=cni"')
    machine.on("docker", "image", "inspect", rc=1)
    with pytest.raises(KubewrightError, match="nor its image in containerd or Docker"):
        etcd.Tools(Runner(machine)).__enter__()
    assert machine.commands("docker", "create") == []


def test_the_node_s_own_tools_are_the_last_resort(machine: FakeMachine, plane: FakeControlPlane) -> None:
    places = image_without_process(machine, plane, ())
    machine.on("env", "ETCDCTL_API=3", "etcdctl", "version", stdout="etcdctl version: 3.4.23\n")
    machine.on("env", "ETCDCTL_API=3", "etcdutl", rc=127)
    with etcd.Tools(Runner(machine)) as tools:
        assert tools.paths == {"etcdctl": "etcdctl"}
    assert not machine.has(places[0])


def test_no_tools_at_all_is_an_error_that_says_what_to_do(machine: FakeMachine, plane: FakeControlPlane) -> None:
    image_without_process(machine, plane, ())
    machine.on("ctr", rc=1, stderr="image not found")
    machine.on("env", rc=127)
    with pytest.raises(KubewrightError, match="Pull the image that /etc/kubernetes/manifests/etcd.yaml names"):
        etcd.Tools(Runner(machine)).__enter__()
    machine.write("/etc/kubernetes/manifests/etcd.yaml", "")
    with pytest.raises(KubewrightError, match="neither a running etcd"):
        etcd.Tools(Runner(machine)).__enter__()


def test_etcdutl_alone_cannot_ask_a_running_etcd(machine: FakeMachine, tools: etcd.Tools) -> None:
    machine.remove("/proc/100/root/usr/local/bin/etcdctl")
    with tools, pytest.raises(KubewrightError, match="etcdctl is not there"):
        tools.save("/var/backups/x.db", 60)


def test_what_is_no_snapshot_is_an_error_that_names_it(machine: FakeMachine, tools: etcd.Tools, tmp_path: Any) -> None:
    with tools:
        with pytest.raises(KubewrightError, match="cut is no whole snapshot"):
            tools.status(saved(tmp_path / "cut", checksum=b"x"))
        path = saved(tmp_path / "file")
        machine.on("env", rc=1, stderr="Error: snapshot file integrity check failed", once=True)
        with pytest.raises(KubewrightError, match="file cannot be read as a snapshot.*integrity check failed"):
            tools.status(path)
        for text in ("no JSON", "{}", "[]", '{"revision": null, "totalKey": 1}'):
            machine.on("env", stdout=text, once=True)
            with pytest.raises(KubewrightError, match="said something else"):
                tools.status(path)


@pytest.mark.parametrize(("text", "rc", "names"), [
    (json.dumps({"members": [{"name": "cp2"}, {"name": "cp1"}]}), 0, ["cp1", "cp2"]),
    (json.dumps({"members": [{"ID": 1}]}), 0, ["a member that has not started"]),
    ("", 1, []), ("text", 0, []), ("{}", 0, []),
])
def test_members_are_asked_for_and_nobody_s_answer_is_no_error(machine: FakeMachine, tools: etcd.Tools, text: str, rc: int, names: List[str]) -> None:
    machine.on("env", stdout=text, rc=rc)
    with tools:
        assert tools.members() == names


@pytest.mark.parametrize("bumps", [True, False])
def test_a_restore_raises_revisions_where_the_tool_can(machine: FakeMachine, tools: etcd.Tools, bumps: bool) -> None:
    machine.on("env", "ETCDCTL_API=3")
    machine.on("env", "ETCDCTL_API=3", "/proc/100/root/usr/local/bin/etcdutl", "snapshot", "restore", "--help",
               stdout="      --bump-revision uint64\n" if bumps else "      --data-dir\n")
    cluster = {"cp2": "https://192.0.2.12:2380", "cp1": "https://192.0.2.11:2380"}
    with tools:
        assert tools.restore("/x.db", ONE, cluster, "token", "/var/lib/etcd/new", 300) is bumps
    words = machine.calls[-1].words[4:]
    assert words[:10] == ["restore", "/x.db", "--data-dir", "/var/lib/etcd/new", "--name", "cp1", "--initial-cluster-token", "token", "--initial-cluster",
                          "cp1=https://192.0.2.11:2380,cp2=https://192.0.2.12:2380"]
    assert words[10:] == ["--initial-advertise-peer-urls", "https://192.0.2.11:2380"] + (["--bump-revision", "1000000000", "--mark-compacted"] if bumps else [])


def test_a_restore_that_fails_is_an_error(machine: FakeMachine, tools: etcd.Tools) -> None:
    machine.on("env", "ETCDCTL_API=3", rc=1, stderr="data-dir exists")
    with tools, pytest.raises(CommandError, match="data-dir exists"):
        tools.restore("/x.db", ONE, {"cp1": "https://192.0.2.11:2380"}, "token", "/var/lib/etcd/new", 300)


@pytest.mark.parametrize(("given", "members", "expected"), [
    ({}, ["cp1"], {"cp1": "https://192.0.2.11:2380"}), ({}, [], {"cp1": "https://192.0.2.11:2380"}),
    ({"cp1": "https://192.0.2.11:2380", "cp2": "https://192.0.2.12:2380"}, ["cp1", "cp2", "cp3"],
     {"cp1": "https://192.0.2.11:2380", "cp2": "https://192.0.2.12:2380"}),
])
def test_the_members_that_a_restored_cluster_begins_with(given: Dict[str, str], members: List[str], expected: Dict[str, str]) -> None:
    assert etcd.cluster_of(ONE, given, members) == expected


@pytest.mark.parametrize(("me", "given", "members", "words"), [
    (ONE, {}, ["cp1", "cp2", "cp3"], "more members than this one: cp2, cp3"),
    (ONE._replace(initial_cluster="cp1=https://192.0.2.11:2380,cp2=https://192.0.2.12:2380"), {}, [], "more members than this one: cp2"),
    (ONE, {"cp2": "https://192.0.2.12:2380"}, ["cp1"], "this machine's member is 'cp1', and initial_cluster names only cp2"),
])
def test_a_member_is_never_left_out_by_guessing(me: etcd.Member, given: Dict[str, str], members: List[str], words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        etcd.cluster_of(me, given, members)


NAMES = ["etcd-cp1-2026010{0}T000000Z.db".format(day) for day in range(1, 5)]


@pytest.mark.parametrize(("keep", "gone"), [(0, []), (1, NAMES[:3]), (3, NAMES[:1]), (4, []), (9, [])])
def test_only_our_own_files_go_the_oldest_first(keep: int, gone: List[str]) -> None:
    others = ["etcd-cp2-20250101T000000Z.db", "etcd-cp1-20250101T000000Z.db.partial", "mine.db", "etcd-cp1-old.db", "etcd-cp1-20250101T000000Z.db.txt"]
    assert etcd.to_prune([*NAMES, *others], "cp1", keep) == gone


def test_certificates_go_with_their_snapshot() -> None:
    beside = etcd.certificates_beside(NAMES[0])
    assert beside == "etcd-cp1-20260101T000000Z.pki.tar" and etcd.to_prune([beside, *NAMES], "cp1", 3) == [NAMES[0], beside]
    assert etcd.to_prune(["etcd-c.1-20260101T000000Z.db", "etcd-c.1-20260102T000000Z.db", "etcd-cx1-20260101T000000Z.db"], "c.1", 1) == [
        "etcd-c.1-20260101T000000Z.db"]
