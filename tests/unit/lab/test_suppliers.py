from pathlib import Path
from typing import Any

import pytest

from lab import assembly, deb
from lab.errors import LabError
from lab.state import State
from lab.suppliers import choose, debian, make, upstream


@pytest.mark.parametrize("version", ["1.20.2", "1.20.3", "1.20.15"])
def test_debians_source_may_be_stamped_with_another_patch(version: str) -> None:
    debian.require_stampable(version)


@pytest.mark.parametrize("version", ["1.21.0", "1.34.2", "1.20", "1.20.x"])
def test_debians_source_is_not_called_another_minor(version: str) -> None:
    with pytest.raises(LabError, match="SUPPLIER=upstream or directory"):
        debian.require_stampable(version)


def test_a_stamped_version_says_what_it_really_is() -> None:
    assert debian.origin("1.20.3", "1.20.5+really1.20.2-1").endswith(", which is 1.20.2, compiled and stamped v1.20.3")


@pytest.mark.parametrize("version", ["1.24.0", "1.37.1"])
def test_upstream_has_what_its_repository_holds(version: str) -> None:
    upstream.require_published(version)


@pytest.mark.parametrize("version", ["1.23.17", "1.38.0", "1.34", "v1.34.2"])
def test_upstream_refuses_what_it_cannot_have(version: str) -> None:
    with pytest.raises(LabError, match=f"VERSION={version}"):
        upstream.require_published(version)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("registry.k8s.io/kube-proxy:v1.34.2", "1.34.2"),
        ("registry.k8s.io/coredns/coredns:v1.12.1", None),
        ("registry.k8s.io/pause:3.10.1", None),
    ],
)
def test_an_image_belongs_to_a_version_or_to_all(ref: str, expected: str | None) -> None:
    assert upstream.image_version(ref, "1.34.2") == expected


def test_an_unreachable_upstream_is_one_sentence_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_address: str) -> str:
        raise OSError("Name or service not known")

    monkeypatch.setattr(upstream, "get", nobody)
    assert not upstream.answers()
    with pytest.raises(LabError, match="SUPPLIER=debian"):
        upstream.require_reachable()
    with pytest.raises(LabError, match=r"give VERSION=1\.37\.x"):
        upstream.newest_patch(37)


@pytest.mark.parametrize(
    ("answers", "binaries", "expected", "why"),
    [
        (True, "", "upstream", "answers"),
        (False, "", "debian", "no answer within 3 s"),
        (True, "/binaries", "directory", "BINARIES is given"),
    ],
)
def test_the_choice_is_told_with_its_reason(
    answers: bool, binaries: str, expected: str, why: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(upstream, "answers", lambda: answers)
    assert choose(State("lab", binaries=binaries)) == expected
    told = capsys.readouterr().err
    assert f"supplier {expected}: " in told
    assert why in told


def test_programs_may_lie_beside_the_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(upstream, "answers", lambda: False)
    assert choose(State("lab", images=str(tmp_path))) == "debian"
    (tmp_path / "kubeadm").write_text("")
    assert choose(State("lab", images=str(tmp_path))) == "directory"
    assert "the folder of IMAGES holds a kubeadm" in capsys.readouterr().err
    with pytest.raises(LabError, match="lacks kubelet"):
        make(State("lab", images=str(tmp_path), supplier="directory"), "builder")


def test_the_directory_supplier_needs_a_folder() -> None:
    with pytest.raises(LabError, match="needs BINARIES="):
        make(State("lab", supplier="directory"), "builder")


@pytest.mark.parametrize(
    ("debian_version", "expected"), [("1.1.1+ds1-3+b5", "1.1.1"), ("1:3.5.16-4", "3.5.16"), ("3.4.23-4+b4", "3.4.23")]
)
def test_the_upstream_part_of_a_debian_version(debian_version: str, expected: str) -> None:
    assert deb.upstream_version(debian_version) == expected


def test_packages_depend_on_what_upstreams_do() -> None:
    text = deb.control(deb.Deb("kubeadm", "1.20.2-1", "summary", {}, deb.KUBEADM_NEEDS), 12)
    assert "Depends: kubelet, kubectl, kubernetes-cni, cri-tools\n" in text
    assert "Installed-Size: 12\n" in text


def test_an_image_that_the_lab_cannot_make_is_named() -> None:
    with pytest.raises(LabError, match="kube-new"):
        assembly.refs_by_name("example.com/kube-apiserver:v1 example.com/kube-new:v1")
