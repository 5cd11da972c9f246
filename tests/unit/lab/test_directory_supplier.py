import hashlib
import io
import struct
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lab import assembly, elf
from lab.errors import LabError
from lab.filling import Filling
from lab.suppliers import directory


def program(machine: int = 62, *, interpreter: bool = False) -> bytes:
    """The smallest file that says of itself what a program says."""
    head = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<I52x", 3 if interpreter else 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in assembly.PROGRAMS:
        (tmp_path / name).write_bytes(program())
    return tmp_path


def said(version: str, **others: str) -> Any:
    def ask(_builder: str, _folder: Path, command: list[str]) -> str:
        return f"Kubernetes v{others.get(command[0].replace('-', '_'), version)}"

    return ask


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (program(), elf.Elf("x86-64")),
        (program(interpreter=True), elf.Elf("x86-64", interpreter=True)),
        (program(183), elf.Elf("arm64")),
        (b"#!/bin/sh\n", elf.Elf("no 64-bit ELF program")),
    ],
)
def test_what_a_program_is_for_is_read_from_its_head(tmp_path: Path, content: bytes, expected: elf.Elf) -> None:
    (tmp_path / "program").write_bytes(content)
    assert elf.read(tmp_path / "program") == expected


def test_a_good_folder_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "etcd").write_bytes(program())
    monkeypatch.setattr(directory, "ask", said("1.36.1"))
    assert directory.look("builder", folder) == directory.Binaries(folder, "1.36.1", frozenset({"etcd"}))


def test_what_is_missing_is_named_at_once(folder: Path) -> None:
    for name in ("kubelet", "kube-proxy"):
        (folder / name).unlink()
    with pytest.raises(LabError, match=r"lacks kubelet, kube-proxy; expected there: kubeadm"):
        directory.look("builder", folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="is not a folder"):
        directory.look("builder", tmp_path / "nowhere")


@pytest.mark.parametrize(("content", "found"), [(program(183), "arm64"), (b"text", "no 64-bit ELF program")])
def test_another_machines_program_is_refused(folder: Path, content: bytes, found: str) -> None:
    (folder / "kubelet").write_bytes(content)
    with pytest.raises(LabError, match=f"kubelet is {found}, expected a linux/amd64 program"):
        directory.look("builder", folder)


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        (said("1.34.2", kubelet="1.34.1"), "disagree: kubeadm is 1.34.2, but kubelet 1.34.1"),
        (said("1.34.2-dirty"), "expected a release such as"),
        (said("1.19.3"), "makes clusters of 1.20 to 1.37"),
        (said("1.38.0"), "makes clusters of 1.20 to 1.37"),
        (said("1.36.0"), "needs etcd 3.6 or later, which no Debian suite has"),
    ],
)
def test_what_cannot_become_a_cluster_is_refused_with_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, versions: Any, words: str
) -> None:
    monkeypatch.setattr(directory, "ask", versions)
    with pytest.raises(LabError, match=words):
        directory.look("builder", folder)


@pytest.mark.parametrize(("minor", "suite"), [(20, "bookworm"), (21, "bookworm"), (22, "trixie"), (35, "trixie")])
def test_etcd_comes_from_the_suite_that_fits(minor: int, suite: str) -> None:
    assert directory.etcd_suite(minor) == suite


def test_another_version_than_the_folders_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "ask", said("1.34.2"))
    supplier = directory.Directory("builder", [folder])
    with pytest.raises(LabError, match=r"VERSION=1\.33\.0, but the folder of BINARIES holds 1\.34\.2"):
        supplier.inputs(["1.33.0"])


def test_cri_dockerd_goes_into_the_bundle_once_as_its_project_packs_it(tmp_path: Path) -> None:
    content = program()
    (tmp_path / "cri-dockerd").write_bytes(content)
    given = assembly.Program(tmp_path / "cri-dockerd", "a test", "0.3.25")
    filling = Filling(tmp_path / "bundle", "builder")
    for _version in ("1.34.2", "1.34.3"):
        assembly.add_cri_dockerd(filling, given)
    (file,) = filling.files
    assert (file.name, file.purpose, file.version) == ("cri-dockerd-0.3.25.amd64.tgz", "cri-dockerd", "0.3.25")
    packed = (tmp_path / "bundle" / file.path).read_bytes()
    assert hashlib.sha256(packed).hexdigest() == file.sha256 and packed == assembly.archive_of({"cri-dockerd/cri-dockerd": given.path})
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        (member,) = archive.getmembers()
        extracted = archive.extractfile(member)
        assert (member.name, member.mode, extracted and extracted.read()) == ("cri-dockerd/cri-dockerd", 0o755, content)


def test_a_folder_of_links_is_asked_by_what_they_lead_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").write_bytes(program())
    (tmp_path / "kubeadm").symlink_to(tmp_path / "real")
    asked: list[list[str]] = []

    def run(command: list[str], **_options: Any) -> str:
        asked.append(command)
        return "v1.34.2"

    monkeypatch.setattr(directory, "run", run)
    assert directory.ask("builder", tmp_path, ["kubeadm", "version"]) == "v1.34.2"
    assert f"--volume={tmp_path / 'real'}:/binaries/kubeadm:ro" in asked[0] and asked[0][-2:] == ["/binaries/kubeadm", "version"]
