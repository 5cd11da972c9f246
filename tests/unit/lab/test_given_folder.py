import gzip
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lab import given_folder
from lab.errors import LabError


def archive(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("manifest.json"))
    return path


def names(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in given_folder.files(folder)]


def test_archives_and_manifests_also_in_folders_and_whatever_they_are_called(tmp_path: Path, capsys: Any) -> None:
    archive(tmp_path / "b.tar")
    archive(tmp_path / "flannel" / "image")
    (tmp_path / "flannel" / "packed").write_bytes(gzip.compress(archive(tmp_path / "b.tar").read_bytes()))
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "index.json").write_text("{}")
    for name in ("calico.yaml", "README.md", ".hidden.tar"):
        (tmp_path / name).write_text("")
    (tmp_path / "again").symlink_to(tmp_path)
    expected = ["b.tar", "calico.yaml", "flannel/image", "flannel/packed", "layout"]
    assert names(tmp_path) == expected and sorted(given_folder.digests(tmp_path)) == expected
    assert "left out: README.md" in capsys.readouterr().err


def test_of_many_other_files_some_are_named(tmp_path: Path, capsys: Any) -> None:
    archive(tmp_path / "b.tar")
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("")
    assert names(tmp_path) == ["b.tar"]
    assert "0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 4 more" in capsys.readouterr().err


def test_a_folder_without_archives_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calico.yaml").write_text("")
    for folder, told in ((tmp_path, "holds no image archive"), (tmp_path / "none", "is no folder")):
        with pytest.raises(LabError, match=told):
            given_folder.files(folder)


def test_a_file_that_nobody_may_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_arguments: Any) -> None:
        raise PermissionError(13, "x")

    (tmp_path / "image").write_text("")
    monkeypatch.setattr(Path, "open", no)
    with pytest.raises(LabError, match="image cannot be read: Permission denied"):
        given_folder.files(tmp_path)
