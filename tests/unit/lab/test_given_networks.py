from typing import Any

import pytest

from lab import given_networks as given
from lab.errors import LabError

FLANNEL = ["ghcr.io/flannel-io/flannel:v0.27.4", "ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1"]
CALICO = [f"quay.io/calico/{name}:v3.31.2" for name in ("node", "cni", "kube-controllers")]


def document(refs: list[str], *versions: str) -> dict[str, Any]:
    own = [{"refs": ["registry.k8s.io/pause:3.10.1"], "origin": "elsewhere"}]
    files = [{"version": version, "for": "calico"} for version in versions]
    return {"images": [*own, *({"refs": [ref], "origin": f"x.tar {given.ORIGIN}"} for ref in refs)], "files": files}


@pytest.mark.parametrize(("cni", "refs", "told"), [
    ("bridge", [], ""), ("none", CALICO, ""), ("flannel", FLANNEL, ""), ("flannel", FLANNEL[:1], "has flannel without its CNI plugin"),
    ("flannel", ["docker.io/rancher/mirrored-flannelcni-flannel:v0.20.2", "docker.io/rancher/mirrored-flannelcni-flannel-cni-plugin:v1.1.0"], ""),
    ("calico", CALICO, "has Calico 3.31.2 without its calico.yaml"),
    ("calico", ["quay.io/calico/node:v3.34.0", "quay.io/calico/calico:v3.34.0"], "has Calico 3.34.0 without its calico.yaml"),
    ("calico", [f"docker.io/rancher/mirrored-calico-{name}:v3.31.2" for name in ("node", "cni", "kube-controllers")], "without its calico.yaml"),
])
def test_what_makes_a_network_is_taken(capsys: Any, cni: str, refs: list[str], told: str) -> None:
    given.require(cni, "/images", document(refs))
    output = capsys.readouterr().err
    assert told in output if told else not output


def test_a_manifest_of_the_line_is_enough(capsys: Any) -> None:
    given.require("calico", "/images", document(CALICO, "3.31.7"))
    assert not capsys.readouterr().err


@pytest.mark.parametrize(("cni", "refs", "told"), [
    ("flannel", [], "has none of flannel, flannel-cni-plugin. It holds no image that the bundle lacks"),
    ("flannel", FLANNEL[1:], "has none of flannel. It holds ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1"),
    ("calico", CALICO[:2], "has none of kube-controllers. It holds quay.io/calico/node:v3.31.2, quay.io/calico/cni:v3.31.2"),
    ("calico", ["docker.io/library/node:v20.1.0"], "has none of node, cni, kube-controllers"),
])
def test_what_lacks_an_image_is_refused_before_anything_is_built_on_it(cni: str, refs: list[str], told: str) -> None:
    with pytest.raises(LabError, match=told):
        given.require(cni, "/images", document(refs))


def test_releases_of_calico_by_the_node_daemon() -> None:
    assert given.calico_versions([*CALICO, "a/calico/node:v3.31.2", "docker.io/calico/node:v3.30.7", "calico/node:latest"]) == ["3.31.2", "3.30.7"]
