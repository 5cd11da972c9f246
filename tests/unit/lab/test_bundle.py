import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from lab import bundle
from lab.errors import LabError


def described(folder: Path, name: str, content: bytes) -> dict[str, Any]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "origin": "a test"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = bundle.Package(
        name="kubelet", version="1.20.2-1", architecture="amd64", **described(tmp_path, "apt/pool/kubelet.deb", b"deb")
    )
    image = bundle.Image(
        refs=["example.com/pause:3.2"], kubernetes=None, architecture="amd64",
        **described(tmp_path, "images/pause-3.2.tar", b"tar"),
    )  # fmt: skip
    signing = described(tmp_path, "keys/apt.asc", b"key")
    key = bundle.Key(signing["path"], signing["sha256"], "A" * 40)
    releases = {"1.20.2": bundle.Release(["amd64"], {"etcd_image_tag": "3.4.23-0"})}
    bundle.write(bundle.Manifest("debian", releases, key, [package], [image]), tmp_path)
    return tmp_path


def test_a_written_bundle_matches_its_manifest(folder: Path) -> None:
    assert bundle.verify(folder) == []


def test_the_manifest_has_the_specified_shape(folder: Path) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    assert document["schema"] == "kubewright.bundle/1"
    assert document["kubernetes"] == {
        "1.20.2": {"architectures": ["amd64"], "settings": {"etcd_image_tag": "3.4.23-0"}}
    }
    assert document["repositories"]["rpm"] is None
    assert document["repositories"]["apt"]["key"]["fingerprint"] == "A" * 40
    assert set(document["images"][0]) == {
        "refs", "kubernetes", "architecture", "path", "sha256", "size", "origin"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("images/pause-3.2.tar", b"TAR", "sha256"),
        ("images/pause-3.2.tar", b"longer", "6 bytes, the manifest says 3"),
        ("apt/pool/kubelet.deb", None, "missing"),
        ("keys/apt.asc", b"another key", "sha256"),
    ],
)
def test_a_changed_file_is_found_and_named(folder: Path, name: str, content: bytes | None, words: str) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    (problem,) = bundle.verify(folder)
    assert problem.startswith(name)
    assert words in problem
    with pytest.raises(LabError, match="does not match its manifest"):
        bundle.require_whole(folder)


def test_a_path_that_leads_out_of_the_bundle_is_refused(folder: Path) -> None:
    place = folder / "manifest.json"
    document = json.loads(place.read_text())
    document["images"][0]["path"] = "../elsewhere.tar"
    place.write_text(json.dumps(document))
    assert bundle.verify(folder) == ["../elsewhere.tar: leads out of the bundle"]


def test_another_schema_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"schema": "kubewright.bundle/2"}')
    with pytest.raises(LabError, match=r"kubewright\.bundle/2"):
        bundle.read(folder)


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="is no bundle"):
        bundle.read(tmp_path)
