import hashlib
import json
import os
import tarfile
from pathlib import Path

from lab import image_archive
from lab.image_archive import Image

IMAGE = Image(("example.com/one:1", "example.com/two:1"), entrypoint=("/one",), labels={"title": "one"})


def make_root(root: Path, when: float) -> Path:
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "tool").write_bytes(b"tool")
    (root / "usr" / "bin" / "tool").chmod(0o755)
    (root / "bin").symlink_to("usr/bin")
    os.utime(root / "usr" / "bin" / "tool", (when, when))
    return root


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    for number, when in ((1, 1000.0), (2, 2000.0)):
        root = make_root(tmp_path / f"root{number}", when)
        image_archive.write(IMAGE, [root, {"/one": root / "usr/bin/tool"}], tmp_path / f"{number}.tar")
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()


def test_layers_digests_and_names_are_what_docker_save_writes(tmp_path: Path) -> None:
    root = make_root(tmp_path / "root", 1.0)
    image_archive.write(IMAGE, [root, {"/opt/one": root / "usr/bin/tool"}], tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        config_text = archive.extractfile(manifest["Config"]).read()  # type: ignore[union-attr]
        layers = [archive.extractfile(name).read() for name in manifest["Layers"]]  # type: ignore[union-attr]
    config = json.loads(config_text)
    assert manifest["RepoTags"] == ["example.com/one:1", "example.com/two:1"]
    assert manifest["Config"] == hashlib.sha256(config_text).hexdigest() + ".json"
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
    assert config["config"]["Entrypoint"] == ["/one"]
    assert "Cmd" not in config["config"]


def test_links_stay_links_and_nothing_has_an_owner(tmp_path: Path) -> None:
    image_archive.write(IMAGE, [make_root(tmp_path / "root", 1.0)], tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as archive:
        name = next(member.name for member in archive if member.name.endswith("layer.tar"))
        with tarfile.open(fileobj=archive.extractfile(name)) as layer:
            members = {member.name: member for member in layer}
    assert members["bin"].issym()
    assert members["usr/bin/tool"].mode == 0o755
    assert {(member.uid, member.gid, member.mtime) for member in members.values()} == {(0, 0, 0)}
    assert "bin/tool" not in members


def test_a_program_that_is_a_link_comes_in_as_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"tool")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    packed, _digest = image_archive.pack({"/usr/bin/tool": tmp_path / "link"}, tmp_path / "layer.tar")
    with tarfile.open(packed) as archive:
        content = archive.extractfile("usr/bin/tool")
        assert content and content.read() == b"tool"
