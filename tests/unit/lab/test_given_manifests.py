from pathlib import Path

import pytest

from lab import given_manifests as given

PLAIN = "kind: CustomResourceDefinition\n---\n  calico_backend: bird\n---\nkind: DaemonSet\n      - image: quay.io/calico/node:v3.31.2\n"


def manifest(folder: Path, version: str, name: str = "") -> Path:
    path = folder / (name or f"calico-v{version}.yaml")
    path.write_text(PLAIN.replace("3.31.2", version))
    return path


@pytest.mark.parametrize(("text", "version"), [
    (PLAIN, "3.31.2"), (PLAIN.replace("quay.io/calico/node", "mirror.example/rancher/mirrored-calico-node"), "3.31.2"),
    ("kind: DaemonSet\n  image: docker.io/flannel/flannel:v0.25.7\n", ""), ("kind: Pod\n  image: calico/node:v3.31.2\n", ""), ("", ""),
    (PLAIN + "  image: quay.io/calico/typha:v3.31.2\n", ""), (PLAIN + "  etcd_endpoints: x\n", ""),
    (PLAIN + "            - name: FELIX_BPFENABLED\n              value: 'true'\n", ""),
])
def test_the_plain_one_is_told_by_what_is_in_it(tmp_path: Path, text: str, version: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    found = given.look(tmp_path / "x.yaml")
    assert found == (given.Found("calico.yaml", "calico", version) if version else None)


@pytest.mark.parametrize(("versions", "expected"), [
    (["3.31.2"], ["3.31.2"]), (["3.31.7"], ["3.31.10"]), (["3.31.2", "3.28.5"], ["3.31.2", "3.28.2"]), (["3.30.1"], []), ([], []),
])
def test_a_release_gets_its_own_manifest_or_the_newest_of_its_line(tmp_path: Path, versions: list[str], expected: list[str]) -> None:
    paths = [manifest(tmp_path, version) for version in ("3.28.2", "3.31.2", "3.31.10")]
    assert [path.name for path in given.fitting(paths, versions)] == [f"calico-v{version}.yaml" for version in expected]


def test_manifests_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = manifest(tmp_path, "3.31.2")
    monkeypatch.setenv("KUBEWRIGHT_MANIFESTS", str(tmp_path))
    assert given.elsewhere() == [path]
    monkeypatch.setenv("KUBEWRIGHT_MANIFESTS", str(tmp_path / "none"))
    assert given.elsewhere() == []
