# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.modules import image_pull
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

PAUSE, PROXY = "registry.k8s.io/pause:3.10.1", "registry.k8s.io/kube-proxy:v1.34.2"
CLUSTER = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "kubernetesVersion": "v1.34.2"}


class Runtime:
    """A container runtime: crictl and ctr, or docker."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.images: list[dict[str, Any]] = []
        self.contents: list[str] = []
        machine.on("crictl", then=self._crictl)
        machine.on("ctr", then=self._load)
        machine.on("docker", "image", then=self._docker)

    def _crictl(self, call: Call) -> Any:
        if "pull" in call.words:
            self.images.append({"repoTags": [call.words[-1]]})
            return 0, "", ""
        return 0, json.dumps({"images": self.images} if self.images else {}), ""

    def _docker(self, call: Call) -> Any:
        if call.words[2] == "pull":
            self.images.append({"repoTags": [call.words[-1]]})
        elif call.words[2] == "load":
            self._load(call)
        rows = [dict(zip(("Repository", "Tag"), image["repoTags"][0].rsplit(":", 1), strict=True), Digest="<none>") for image in self.images]
        return 0, "".join(json.dumps(row) + "\n" for row in rows), ""

    def _load(self, call: Call) -> None:
        self.contents.append(Path(call.words[-1]).read_text())
        self.images.append({"repoTags": [PAUSE], "repoDigests": None})


@pytest.fixture
def runtime(machine: FakeMachine, monkeypatch: Any) -> Runtime:
    monkeypatch.setattr(image_pull, "WORKSHOP", machine.root + "/var/lib/kubewright")  # tempfile has its own idea of unlink
    return Runtime(machine)


@pytest.fixture
def bundle(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "bundle"
    (folder / "images").mkdir(parents=True)
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    (folder / "images" / "pause.tar").write_text("archive")
    image = {"refs": [PAUSE], "architecture": architecture, "path": "images/pause.tar", "size": 7, "sha256": hashlib.sha256(b"archive").hexdigest()}
    manifest = json.dumps({"schema": "kubewright.bundle/1", "kubernetes": {"1.34.2": {}}, "images": [image], "repositories": {"apt": None}})
    (folder / "manifest.json").write_text(manifest)
    return {"bundle_url": f"file://{folder}/", "bundle_sha256": hashlib.sha256(manifest.encode()).hexdigest()}


def pull(check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(image_pull, check_mode, diff, **more)


def pulled(machine: FakeMachine, program: str = "crictl") -> list[str]:
    return [line.split()[-1] for line in machine.commands(program) if " pull " in line]


def test_check_real_check_real(machine: FakeMachine, runtime: Runtime) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = pull(check_mode, True, images=[PAUSE, PROXY])
        assert (result["changed"], result["pulled"], result["wanted"]) == (changed, [PAUSE, PROXY] if changed else [], [PAUSE, PROXY])
        assert result.get("diff") == ({"before": "", "after": f"{PAUSE}\n{PROXY}\n"} if changed else None)
    assert pulled(machine) == [PAUSE, PROXY]


def test_what_is_there_is_known_from_a_captured_list(machine: FakeMachine, captured: Any) -> None:
    machine.on("crictl", stdout=captured("crictl-images.json"))
    assert not pull(images=["registry.k8s.io/kube-apiserver:v1.34.2"])["changed"]


def test_an_image_is_known_by_its_digest(machine: FakeMachine, runtime: Runtime) -> None:
    runtime.images = [{"repoTags": None, "repoDigests": ["a.example/b@sha256:00"]}]
    assert not pull(images=["a.example/b@sha256:00"])["changed"]


def test_kubeadm_names_the_images_and_only_some_are_wanted(machine: FakeMachine, runtime: Runtime, captured: Any) -> None:
    machine.on("kubeadm", "config", "images", stdout=captured("kubeadm/1.34.2/images-list.txt"))
    assert len(pull(documents=[CLUSTER], check_mode=True)["wanted"]) == 7
    assert pull(documents=[CLUSTER], only=["kube-proxy", "pause"], images=[PAUSE])["pulled"] == [PAUSE, PROXY]
    assert json.loads(machine.calls[0].stdin or "") == CLUSTER


def test_what_passes_by_itself_is_tried_again(machine: FakeMachine, runtime: Runtime) -> None:
    words = ("crictl", "--runtime-endpoint", "unix:///run/x.sock", "--image-endpoint", "unix:///run/x.sock", "pull")
    machine.on(*words, rc=1, stderr="i/o timeout", once=True)
    assert pull(images=[PAUSE], runtime_endpoint="unix:///run/x.sock")["changed"] and machine.slept == 3


def test_a_pull_is_not_tried_more_often_than_told(machine: FakeMachine, runtime: Runtime) -> None:
    machine.on("crictl", "--runtime-endpoint", "unix:///run/x.sock", "--image-endpoint", "unix:///run/x.sock", "pull", rc=1, stderr="i/o timeout")
    result = pull(images=[PAUSE], runtime_endpoint="unix:///run/x.sock", attempts=2)
    assert result.failed and (result["image"], result["registry"], result["cause"]) == (PAUSE, "registry.k8s.io", "unreachable")
    assert machine.slept == 3 and len(pulled(machine)) == 2


def test_docker_is_asked_itself(machine: FakeMachine, runtime: Runtime) -> None:
    for changed in (True, False):
        assert pull(images=[PAUSE, PROXY], runtime_endpoint="unix:///var/run/dockershim.sock")["changed"] == changed
    assert pulled(machine, "docker") == [PAUSE, PROXY] and not machine.commands("crictl")


def test_a_look_says_what_is_missing_one_of_each_registry_first_and_brings_nothing(machine: FakeMachine, runtime: Runtime) -> None:
    other = "registry.example.com/tool:1"
    result = pull(state="look", images=[PAUSE, PROXY, other])
    assert (result["changed"], result["missing"], result["wanted"]) == (False, [PAUSE, other, PROXY], [PAUSE, PROXY, other])
    assert result["attempts"] == 5 and not pulled(machine)


def test_a_look_tells_what_the_bundle_lacks_before_anything_is_brought(runtime: Runtime, bundle: dict[str, Any]) -> None:
    assert pull(state="look", images=[PAUSE], **bundle)["missing"] == [PAUSE]
    assert f"the bundle has no image {PROXY}" in pull(state="look", images=[PAUSE, PROXY], **bundle)["msg"]
    assert pull(True, state="look", images=[PAUSE, PROXY], **bundle)["missing"] == [PAUSE, PROXY] and runtime.contents == []


def test_a_pattern_means_what_the_bundle_has_and_nothing_without_one(runtime: Runtime, bundle: dict[str, Any]) -> None:
    assert pull(images=["*/pause:*", "*/flannel:*"], **bundle)["pulled"] == [PAUSE]
    assert pull(images=["*/pause:*"])["wanted"] == []
    assert pull(True, images=["*/pause:*", PROXY], bundle_url="file:///nowhere")["wanted"] == [PROXY]


def test_a_failure_is_told(machine: FakeMachine, runtime: Runtime) -> None:
    machine.on("crictl", rc=1, stderr="connect: no such file or directory")
    assert pull(images=[PAUSE])["msg"].startswith("images: `crictl")


def test_a_dry_run_before_kubeadm_and_crictl_are_there_predicts_what_was_named_and_what_is_known_of_the_release(machine: FakeMachine) -> None:
    machine.absent += ["kubeadm", "crictl"]
    own = {**CLUSTER, "imageRepository": "mirror.example.com/k8s"}
    assert pull(True, documents=[own], images=[PAUSE], only=["kube-proxy"])["pulled"] == [PAUSE, "mirror.example.com/k8s/kube-proxy:v1.34.2"]
    assert len(pull(True, documents=[CLUSTER])["pulled"]) == 7
    assert pull(True, images=[PAUSE, "*/flannel:*"])["pulled"] == [PAUSE]
    assert "kubeadm is not on this node" in pull(documents=[CLUSTER])["msg"]
    assert "crictl is not on this node" in pull(images=[PAUSE])["msg"]


def test_an_image_comes_from_a_bundle_without_a_registry_and_nothing_is_left(machine: FakeMachine, runtime: Runtime, bundle: dict[str, Any]) -> None:
    assert pull(images=[PAUSE], **bundle)["pulled"] == [PAUSE]
    assert runtime.contents == ["archive"] and not pulled(machine) and machine.files() == {}
    assert machine.commands("ctr")[0].startswith(f"ctr --namespace k8s.io images import {machine.root}/var/lib/kubewright/image-")


@pytest.mark.parametrize(("endpoint", "program"), [("unix:///run/containerd/containerd.sock", "ctr --namespace k8s.io images import"),
                                                   ("unix:///run/cri-dockerd.sock", "docker image load --quiet --input")])
def test_each_runtime_loads_in_its_way(machine: FakeMachine, runtime: Runtime, bundle: dict[str, Any], endpoint: str, program: str) -> None:
    assert pull(images=[PAUSE], runtime_endpoint=endpoint, **bundle)["changed"]
    assert len([line for line in machine.commands(program.split()[0]) if line.startswith(program)]) == 1


def test_a_runtime_that_cannot_load_archives_is_refused(machine: FakeMachine, runtime: Runtime, bundle: dict[str, Any]) -> None:
    result = pull(images=[PAUSE], runtime_endpoint="unix:///run/crio/crio.sock", **bundle)
    assert "archives can be loaded into containerd and Docker, not by unix:///run/crio/crio.sock" in result["msg"]


def test_an_altered_archive_is_not_loaded(machine: FakeMachine, runtime: Runtime, bundle: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "bundle" / "images" / "pause.tar").write_text("altered")
    assert "It was altered or did not arrive whole; it is not used." in pull(images=[PAUSE], **bundle)["msg"]
    assert runtime.contents == [] and machine.files() == {}


def test_another_bundle_than_the_trusted_one_is_refused(runtime: Runtime, bundle: dict[str, Any]) -> None:
    assert "It is another bundle, or somebody altered it" in pull(images=[PAUSE], **{**bundle, "bundle_sha256": "0" * 64})["msg"]


def test_an_image_that_the_runtime_does_not_list_afterwards_is_an_error(machine: FakeMachine, runtime: Runtime, bundle: dict[str, Any]) -> None:
    machine.on("ctr")
    assert f"the runtime does not list {PAUSE} although bringing them went well" in pull(images=[PAUSE], **bundle)["msg"]


def test_archives_that_a_killed_run_left_are_removed(machine: FakeMachine, runtime: Runtime, bundle: dict[str, Any]) -> None:
    machine.write("/var/lib/kubewright/image-old.tar", age=10000)
    machine.write("/var/lib/kubewright/image-young.tar", age=10)
    machine.write("/var/lib/kubewright/operation.json", age=10000)
    pull(images=[PAUSE], **bundle)
    assert set(machine.files()) == {"/var/lib/kubewright/image-young.tar", "/var/lib/kubewright/operation.json"}


def probe(**more: Any) -> list[dict[str, Any]]:
    result = pull(state="probe", **more)
    assert not result.failed and not result["changed"]
    return list(result["findings"])


def test_a_probe_finds_nothing_wrong_with_a_good_bundle(machine: FakeMachine, bundle: dict[str, Any]) -> None:
    assert probe(kubernetes_version="1.34.2", **bundle) == [] and probe() == [] and machine.calls == []


@pytest.mark.parametrize(("more", "words"), [
    ({"kubernetes_version": "1.20.2"}, "holds Kubernetes 1.34.2, asked for is 1.20.2"), ({"bundle_sha256": "0" * 64}, "expected was 000"),
    ({"bundle_url": "file:///nowhere"}, "cannot be fetched"), ({"bundle_url": "nowhere"}, "is no address"),
])
def test_a_probe_never_fails_but_tells(bundle: dict[str, Any], more: dict[str, Any], words: str) -> None:
    found = probe(**{**bundle, **more})
    assert [(row["id"], row["level"]) for row in found] == [("Bundle", "error")] and words in found[0]["message"]


def test_a_probe_tells_an_archive_of_another_size_or_none(bundle: dict[str, Any], tmp_path: Path) -> None:
    archive = tmp_path / "bundle" / "images" / "pause.tar"
    archive.write_text("longer than before")
    assert "does not match its manifest: images/pause.tar have another size" in probe(**bundle)[0]["message"]
    archive.unlink()
    assert "cannot be fetched" in probe(**bundle)[0]["message"]


def test_an_image_with_another_tag_in_the_bundle_is_told_and_for_etcd_the_variable_too() -> None:
    manifest = {"images": [{"architecture": "amd64", "refs": ["k8s.gcr.io/etcd:3.4.23-0", "k8s.gcr.io/etcd:3"]}, {"architecture": "amd64", "refs": [PAUSE]}]}
    with pytest.raises(KubewrightError, match="has no image k8s.gcr.io/etcd:3.4.13-0 for amd64; it has k8s.gcr.io/etcd:3, k8s.gcr.io/etcd:3.4.23-0. .*"
                                              "name the image it has: for etcd kube_cluster_configuration.etcd.local.imageTag"):
        _bundle.archives(manifest, ["k8s.gcr.io/etcd:3.4.13-0"], "x86_64")
    with pytest.raises(KubewrightError, match="has no image busybox for amd64. Build .* name the image it has.$"):
        _bundle.archives(manifest, ["busybox"], "x86_64")
