import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lab import given_folder
from lab import given_images as given
from lab.errors import LabError

LAYER = b"a layer"


def config(architecture: str = "amd64", layer: bytes = LAYER) -> bytes:
    return json.dumps({"architecture": architecture, "os": "linux", "rootfs": {"diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}}).encode()


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return path


def docker(path: Path, refs: list[str] | None, architecture: str = "amd64", prefix: str = "") -> Path:
    manifest = [{"Config": "c.json", "RepoTags": refs, "Layers": ["l/layer.tar"]}]
    return tar(path, {f"{prefix}manifest.json": json.dumps(manifest).encode(), f"{prefix}c.json": config(architecture), f"{prefix}l/layer.tar": LAYER})


class Layout:
    """An OCI layout that is being filled."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

    def blob(self, body: bytes, kind: str, **more: Any) -> dict[str, Any]:
        digest = hashlib.sha256(body).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = body
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(body), **more}

    def image(self, architecture: str = "amd64", layer: bytes = LAYER, **more: Any) -> dict[str, Any]:
        manifest = {"config": self.blob(config(architecture, layer), "application/vnd.oci.image.config.v1+json"), "layers": [self.blob(layer, "layer")]}
        return self.blob(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json", **more)

    def index(self, *manifests: dict[str, Any]) -> "Layout":
        self.files["index.json"] = json.dumps({"manifests": list(manifests)}).encode()
        return self


def refs(path: Path) -> list[tuple[str, ...]]:
    with given.opened(path) as source:
        return [image.refs for image in given.images(source)]


def written(path: Path, target: Path) -> tuple[list[str], list[bytes]]:
    """Names and layers of what a bundle gets."""
    with given.opened(path) as source:
        given.images(source)[0].write(target)
    with tarfile.open(target) as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        return manifest["RepoTags"], [archive.extractfile(name).read() for name in manifest["Layers"]]  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "full"),
                         [("flannel/flannel:v0.25.7", "docker.io/flannel/flannel:v0.25.7"), ("quay.io/calico/node:v3", "quay.io/calico/node:v3"),
                          ("busybox:1", "docker.io/library/busybox:1"), ("localhost/a:1", "localhost/a:1")])
def test_docker_save_whatever_the_file_is_called(tmp_path: Path, name: str, full: str) -> None:
    assert written(docker(tmp_path / "x.tar", [name]), tmp_path / "out.tar") == ([full], [LAYER])


@pytest.mark.parametrize("program", ["gzip", "xz", "bzip2"])
def test_an_archive_may_be_packed(tmp_path: Path, program: str) -> None:
    plain = docker(tmp_path / "x.tar", ["a/b:1"], prefix="./")
    packed = tmp_path / f"x.tar.{ {'gzip': 'gz', 'xz': 'xz', 'bzip2': 'bz2'}[program]}"
    packed.write_bytes(subprocess.run([program, "-c", str(plain)], capture_output=True, check=True).stdout)
    assert written(packed, tmp_path / "out.tar") == (["docker.io/a/b:1"], [LAYER])


def test_a_packed_archive_may_be_called_as_a_plain_one(tmp_path: Path) -> None:
    packed = tmp_path / "y.tar"
    packed.write_bytes(gzip.compress(docker(tmp_path / "x.tar", ["a/b:1"]).read_bytes()))
    assert refs(packed) == [("docker.io/a/b:1",)]


@pytest.mark.parametrize("annotations", [
    {"io.containerd.image.name": "ghcr.io/flannel-io/flannel:v0.28.9", "org.opencontainers.image.ref.name": "v0.28.9"},
    {"org.opencontainers.image.ref.name": "ghcr.io/flannel-io/flannel:v0.28.9"},
])
def test_a_layout_names_its_image(tmp_path: Path, annotations: dict[str, str]) -> None:
    layout = Layout()
    path = tar(tmp_path / "any.tar", layout.index(layout.image(layer=gzip.compress(LAYER), annotations=annotations)).files)
    assert written(path, tmp_path / "out.tar") == (["ghcr.io/flannel-io/flannel:v0.28.9"], [LAYER])


@pytest.mark.parametrize(("file", "tag", "ref"), [
    ("flannel.tar", "v0.25.7", "docker.io/flannel/flannel:v0.25.7"),
    ("Flannel-CNI-plugin.oci", "v1.5.1-flannel2", "docker.io/flannel/flannel-cni-plugin:v1.5.1-flannel2"),
    ("flannel_v0.25.7.tar.gz", "", "docker.io/flannel/flannel:v0.25.7"), ("calico-node-v3.28.2.tar", "latest", "docker.io/calico/node:v3.28.2"),
])
def test_a_bare_tag_is_a_name_with_the_file_s_help(tmp_path: Path, file: str, tag: str, ref: str) -> None:
    layout = Layout()
    annotations = {"org.opencontainers.image.ref.name": tag} if tag else {}
    assert refs(tar(tmp_path / file, layout.index(layout.image(annotations=annotations)).files)) == [(ref,)]


def test_an_image_that_nobody_named_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="does not say what image it holds"):
        refs(docker(tmp_path / "image.tar", None))


def test_of_several_platforms_the_lab_s_own_and_no_attestation(tmp_path: Path) -> None:
    layout = Layout()
    inner = [layout.image("arm64", platform={"architecture": "arm64", "os": "linux"}), layout.image("amd64", platform={"architecture": "amd64", "os": "linux"}),
             layout.blob(b'{"config": {"mediaType": "application/vnd.in-toto+json"}}', "x", platform={"architecture": "unknown", "os": "unknown"})]
    index = layout.blob(json.dumps({"manifests": inner}).encode(), "application/vnd.oci.image.index.v1+json",
                        annotations={"org.opencontainers.image.ref.name": "quay.io/calico/node:v3.28.2"})
    path = tar(tmp_path / "x.tar", layout.index(index).files)
    with given.opened(path) as source:
        (image,) = given.images(source)
    assert image.refs == ("quay.io/calico/node:v3.28.2",)


def test_docker_save_of_later_versions_is_a_layout_with_a_list_of_names_beside_it(tmp_path: Path) -> None:
    layout = Layout()
    layout.index(layout.image(annotations={}))
    layout.files["manifest.json"] = json.dumps([{"RepoTags": ["a/b:1"]}]).encode()
    assert refs(tar(tmp_path / "x.tar", layout.files)) == [("docker.io/a/b:1",)]


def test_a_layout_may_be_a_folder(tmp_path: Path) -> None:
    layout = Layout()
    layout.index(layout.image(annotations={"org.opencontainers.image.ref.name": "a/b:1"}))
    for name, body in layout.files.items():
        (tmp_path / "layout" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "layout" / name).write_bytes(body)
    assert given_folder.files(tmp_path) == [tmp_path / "layout"] and refs(tmp_path / "layout") == [("docker.io/a/b:1",)]
    assert written(tmp_path / "layout", tmp_path / "out.tar")[1] == [LAYER]
    assert set(given_folder.digests(tmp_path)) >= {"layout"}


def test_images_for_other_machines_are_told_and_left(tmp_path: Path, capsys: Any) -> None:
    assert refs(docker(tmp_path / "x.tar", ["a/b:1"], "arm64")) == []
    assert "x.tar: what is for arm64 is left out; the lab's nodes need amd64" in capsys.readouterr().err


def test_what_is_no_archive_is_told(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "text.tar").write_text("no tar")
    with pytest.raises(LabError, match="is no tar file"):
        refs(tmp_path / "text.tar")
    assert refs(tar(tmp_path / "x.tar", {"a": b""})) == []
    assert "x.tar has neither manifest.json (docker save) nor index.json (OCI)" in capsys.readouterr().err
    with pytest.raises(LabError, match="is not whole"), given.opened(tar(tmp_path / "y.tar", {"a": b""})) as source, source.open("b"):
        pass
    (tmp_path / "z.tar.gz").write_bytes(given_folder.GZIP + b"no gzip")
    with pytest.raises(LabError, match="cannot be unpacked"):
        refs(tmp_path / "z.tar.gz")


def test_several_images_in_one_archive_each_keep_their_own_name(tmp_path: Path) -> None:
    layout = Layout()
    one, other = layout.image(), layout.image(layer=b"another")
    layout.index(one, other)
    names = []
    for entry, ref in ((one, "flannel/flannel:v0.27.4"), (other, "flannel/flannel-cni-plugin:v1.8.0-flannel1")):
        manifest = json.loads(layout.files[given.blob(entry)])
        names.append({"Config": given.blob(manifest["config"]), "RepoTags": [ref]})
    layout.files["manifest.json"] = json.dumps(names).encode()
    assert refs(tar(tmp_path / "x.tar", layout.files)) == [("docker.io/flannel/flannel:v0.27.4",), ("docker.io/flannel/flannel-cni-plugin:v1.8.0-flannel1",)]


def test_a_list_of_platforms_of_which_one_was_saved(tmp_path: Path) -> None:
    """As `ctr images export` and `docker save` write it: the others are in the list, and their blobs, or what those name, are not there."""
    layout = Layout()
    mine, unsaved, half = layout.image("amd64"), layout.image("arm64", layer=b"1"), layout.image("s390x", layer=b"2")
    half_config = json.loads(layout.files[given.blob(half)])["config"]
    index = layout.blob(json.dumps({"manifests": [mine, unsaved, half]}).encode(), "application/vnd.docker.distribution.manifest.list.v2+json",
                        annotations={"io.containerd.image.name": "ghcr.io/flannel-io/flannel:v0.27.4@sha256:0123"})
    layout.index(index)
    for gone in (unsaved, half_config):
        del layout.files[given.blob(gone)]
    assert refs(tar(tmp_path / "x.tar", layout.files)) == [("ghcr.io/flannel-io/flannel:v0.27.4",)]


def test_a_folder_that_skopeo_writes_names_its_files_by_their_digest(tmp_path: Path) -> None:
    folder = tmp_path / "calico-cni-v3.31.2"
    folder.mkdir()
    manifest = {"schemaVersion": 2, "config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:l"}]}
    for name, body in (("manifest.json", json.dumps(manifest).encode()), ("c", config()), ("l", gzip.compress(LAYER)), ("version", b"")):
        (folder / name).write_bytes(body)
    assert given_folder.files(tmp_path) == [folder]
    assert written(folder, tmp_path / "out.tar") == (["docker.io/calico/cni:v3.31.2"], [LAYER])


def test_an_archive_of_archives_is_looked_into(tmp_path: Path) -> None:
    """What Calico releases as one file."""
    inside = docker(tmp_path / "node.tar", ["calico/node:v3.31.2"]).read_bytes()
    files = {"release/images/calico-node.tar": inside, "release/manifests/calico.yaml": b"kind: x", "release/bin/tool": b""}
    with given.opened(tar(tmp_path / "release.tgz", files)) as source, given.inner(source) as folder:
        assert folder
        assert [str(path.relative_to(folder)) for path in given_folder.files(folder)] == ["release/images/calico-node.tar", "release/manifests/calico.yaml"]
    for plain in (docker(tmp_path / "x.tar", ["a/b:1"]), tar(tmp_path / "y.tar", {"a.yaml": b""})):
        with given.opened(plain) as source, given.inner(source) as folder:
            assert folder is None


def test_a_program_that_is_not_here_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    (tmp_path / "x.tar.zst").write_bytes(given_folder.ZSTANDARD)
    with pytest.raises(LabError, match="needs the program zstd"):
        refs(tmp_path / "x.tar.zst")
