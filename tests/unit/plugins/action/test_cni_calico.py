# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.kubewright.cluster.plugins.action import cni_calico
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_lines
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_calico import manifest

ARGUMENTS: dict[str, Any] = {"kubernetes_version": "1.28.0", "pod_subnets": ["10.244.0.0/16"]}
TEXT = yaml.safe_dump_all(manifest())
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
DONE: dict[str, Any] = {"changed": True, "changed_objects": ["DaemonSet/kube-system/calico-node"], "pruned": []}
BUNDLED = {"files": [{"name": "calico.yaml", "version": "3.28.2", "text": TEXT}],
           "images": [{"refs": [f"quay.io/calico/{name}:v3.28.2"], "architecture": "amd64"} for name in ("node", "cni", "kube-controllers")]}
PDB = "PodDisruptionBudget/kube-system/calico-kube-controllers"


def look(**more: Any) -> dict[str, Any]:
    return {"changed": False, "exists": True, "networks": [], "kubernetes": "1.28.0", "pod_subnets": ["10.244.0.0/16"], "architectures": ["amd64"],
            "configurations": {}, "images": [], "files": [], **more}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "calico.yaml").write_text(TEXT)
    return str(tmp_path / "calico.yaml")


def run(seen: dict[str, Any], *answers: dict[str, Any], **more: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    node = FakeNode(pod_network_info=[seen], kube_apply=list(answers))
    result = action_of(cni_calico, {**ARGUMENTS, **more}, node).run(task_vars={})
    return result, node.asked[1][1]["objects"] if len(node.asked) > 1 else []


def env(objects: list[dict[str, Any]]) -> dict[str, Any]:
    found = next(item for item in objects if item["kind"] == "DaemonSet")["spec"]["template"]["spec"]["containers"][0]["env"]
    return {item["name"]: item["value"] for item in found}


def test_a_given_file_tells_its_release_and_gets_what_the_cluster_needs(file: str) -> None:
    result, objects = run(look(), DONE, manifest=file, backends=["vxlan"], autodetection="interface=eth1")
    assert (result["version"], result["manifest_from"], result["changed"]) == ("3.28.2", "a file that was given", True)
    assert env(objects)["CALICO_IPV4POOL_VXLAN"] == "Always" and env(objects)["CALICO_IPV4POOL_CIDR"] == "10.244.0.0/16"
    assert result["images"] == [f"docker.io/calico/{name}:v3.28.2" for name in ("cni", "node", "kube-controllers")]


def test_a_bundle_has_the_manifest_and_the_names_of_the_images() -> None:
    result, _objects = run(look(**BUNDLED), DONE, bundle_url="http://192.0.2.5")
    assert (result["version"], result["manifest_from"]) == ("3.28.2", "the bundle") and result["images"][1] == "quay.io/calico/node:v3.28.2"


def test_what_is_published_is_fetched_by_its_known_digest(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calico_lines, "DIGESTS", {"3.28.2": {"calico.yaml": DIGEST}})
    monkeypatch.setattr(calico_lines, "ADDRESS", Path(file).parent.as_uri() + "/{name}")
    result, _objects = run(look(), DONE)
    assert result["version"] == "3.28.2" and result["manifest_from"].endswith("calico.yaml")


def test_where_it_cannot_be_fetched_a_file_or_a_bundle_will_do(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calico_lines, "ADDRESS", Path(file).parent.as_uri() + "/nowhere/{name}")
    with pytest.raises(AnsibleActionFail, match=r"cannot be fetched.* give the manifest of Calico 3.28.5 as a file on the controller"):
        run(look())


def test_a_known_release_needs_no_digest_beside_its_address(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calico_lines, "DIGESTS", {"3.28.2": {"calico.yaml": DIGEST}})
    assert run(look(), DONE, manifest=Path(file).as_uri(), version="3.28.2")[0]["version"] == "3.28.2"
    with pytest.raises(AnsibleActionFail, match="nothing says what it has to be"):
        run(look(), manifest=Path(file).as_uri().replace(".yaml", ".yml"), version="3.28.2")


def test_a_misfit_is_refused_with_the_row_and_taken_where_that_is_wanted(file: str) -> None:
    seen = look(kubernetes="1.20.2")
    with pytest.raises(AnsibleActionFail, match="Calico 3.28 was tested with Kubernetes 1.27 to 1.30, the cluster is to have 1.20"):
        run(seen, manifest=file, kubernetes_version="1.20.2")
    _result, objects = run(seen, DONE, manifest=file, kubernetes_version="1.20.2", misfit_allowed=True, without=[PDB])
    assert "PodDisruptionBudget" not in [item["kind"] for item in objects]


@pytest.mark.parametrize(("more", "told"), [
    ({"version": "3.27.5"}, "the manifest is of Calico 3.28.2, asked for is 3.27.5"),
    ({"version": "3.27.1", "manifest": ""}, "knows no SHA-256 of calico.yaml"),
    ({"method": "operator", "kubernetes_version": "1.21.14"}, "before Kubernetes 1.22"), ({"backends": ["warp"]}, "has no backend warp"),
    ({"kubernetes_version": "1.20.2", "manifest": ""}, "knows no manifest of a Calico that was tested with Kubernetes 1.20"),
])
def test_what_is_refused(file: str, more: dict[str, Any], told: str) -> None:
    with pytest.raises(AnsibleActionFail, match=told):
        run(look(), **{"manifest": file, **more})


def test_the_operator_gets_an_installation(file: str) -> None:
    Path(file).write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tigera-operator"}}))
    result, objects = run(look(), DONE, method="operator", manifest=file, version="3.28.2", backends=["vxlan"])
    assert [item["kind"] for item in objects] == ["Namespace", "Installation"] and result["version"] == "3.28.2"


POOL = {"cidr": "10.244.0.0/16", "ipipMode": "Always", "vxlanMode": "Never"}


def test_a_live_pool_is_changed_only_where_that_is_asked_for(file: str) -> None:
    seen = look(networks=[{"name": "calico", "place": "kube-system/calico-node", "ours": True}], configurations={"IPPool/default-ipv4-ippool": POOL})
    with pytest.raises(AnsibleActionFail, match=r"default-ipv4-ippool \(ipip Always, vxlan Never\), which is not what"):
        run(seen, manifest=file, backends=["vxlan"])
    _result, objects = run(seen, DONE, manifest=file, backends=["vxlan"], change=True)
    assert objects[-1] == {"apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool", "metadata": {"name": "default-ipv4-ippool"},
                           "spec": {**POOL, "ipipMode": "Never", "vxlanMode": "Always"}}
    assert run(seen, DONE, manifest=file)[0]["changed"]


def test_images_of_a_release_whose_manifest_nobody_has_run_by_that_of_their_line() -> None:
    images = [{"refs": [f"quay.io/calico/{name}:v3.28.9"], "architecture": "amd64"} for name in ("node", "cni", "kube-controllers")]
    result, objects = run(look(files=BUNDLED["files"], images=images), DONE, bundle_url="http://192.0.2.5")
    assert (result["version"], result["manifest_from"]) == ("3.28.9", "the bundle")
    assert result["images"] == [f"quay.io/calico/{name}:v3.28.9" for name in ("cni", "node", "kube-controllers")]
    assert "The images are of Calico 3.28.9, the manifest of 3.28.2" in result["warnings"][0] and objects


def test_and_by_that_of_the_line_whose_digest_is_known(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calico_lines, "DIGESTS", {"3.28.2": {"calico.yaml": DIGEST}})
    monkeypatch.setattr(calico_lines, "ADDRESS", Path(file).parent.as_uri() + "/{name}")
    images = [{"refs": [f"quay.io/calico/{name}:v3.28.9"], "architecture": "amd64"} for name in ("node", "cni", "kube-controllers")]
    result, _objects = run(look(images=images), DONE)
    assert result["version"] == "3.28.9" and result["manifest_from"].endswith("calico.yaml") and result["warnings"]


def test_a_line_that_is_newer_than_all_that_are_known_counts_as_the_newest_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "calico.yaml").write_text(yaml.safe_dump_all(manifest("3.99.0")))
    result, _objects = run(look(), DONE, manifest=str(tmp_path / "calico.yaml"), kubernetes_version="1.36.0")
    assert result["version"] == "3.99.0" and "Calico 3.99.0 is newer than what Kubewright knows" in result["warnings"][0]
