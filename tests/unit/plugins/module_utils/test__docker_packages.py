# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_packages as packages
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import Relation

FOCAL = ["5:28.1.1-1~ubuntu.20.04~focal", "5:23.0.0~rc.2-1~ubuntu.20.04~focal", "5:20.10.24~3-0~ubuntu-focal", "5:20.10.16~3-0~ubuntu-focal",
         "5:20.10.1~3-0~ubuntu-focal"]
BIONIC = ["5:18.09.9~3-0~ubuntu-bionic", "18.06.3~ce~3-0~ubuntu", "18.06.1~ce~3-0~ubuntu"]
EL7 = ["3:20.10.24-3.el7", "3:20.10.16-3.el7", "3:18.09.9-3.el7", "18.06.3.ce-3.el7", "18.06.1.ce-3.el7", "17.03.2.ce-1.el7.centos"]
EL8 = ["3:26.1.3-1.el8", "3:20.10.24-3.el8"]
DEBIAN = ["20.10.24+dfsg1-1+deb12u1+b2"]


@pytest.mark.parametrize(("form", "offered", "found"), [
    ("20.10.16", FOCAL, "5:20.10.16~3-0~ubuntu-focal"), ("v20.10.16", FOCAL, "5:20.10.16~3-0~ubuntu-focal"), (" 20.10.16 ", EL7, "3:20.10.16-3.el7"),
    ("5:20.10.16~3-0~ubuntu-focal", FOCAL, "5:20.10.16~3-0~ubuntu-focal"), ("docker-ce=5:20.10.16~3-0~ubuntu-focal", FOCAL, "5:20.10.16~3-0~ubuntu-focal"),
    ("20.10.16~3-0~ubuntu-focal", FOCAL, "5:20.10.16~3-0~ubuntu-focal"), ("20.10.1", FOCAL, "5:20.10.1~3-0~ubuntu-focal"),
    ("20.10", FOCAL, "5:20.10.24~3-0~ubuntu-focal"), ("28", FOCAL, "5:28.1.1-1~ubuntu.20.04~focal"), ("", FOCAL, "5:28.1.1-1~ubuntu.20.04~focal"),
    ("newest", EL8, "3:26.1.3-1.el8"), ("latest", BIONIC, "5:18.09.9~3-0~ubuntu-bionic"), ("23.0.0~rc.2", FOCAL, "5:23.0.0~rc.2-1~ubuntu.20.04~focal"),
    ("18.06.1.ce-3.el7", EL7, "18.06.1.ce-3.el7"), ("18.06.1", EL7, "18.06.1.ce-3.el7"), ("18.06.1-ce", EL7, "18.06.1.ce-3.el7"),
    ("18.06.1.ce", EL7, "18.06.1.ce-3.el7"), ("18.06.1~ce", EL7, "18.06.1.ce-3.el7"), ("docker-ce-18.06.1.ce-3.el7.x86_64", EL7, "18.06.1.ce-3.el7"),
    ("18.06.1-ce", BIONIC, "18.06.1~ce~3-0~ubuntu"), ("18.06.1~ce~3-0~ubuntu", BIONIC, "18.06.1~ce~3-0~ubuntu"),
    ("3:20.10.24-3.el8", EL8, "3:20.10.24-3.el8"), ("20.10.24-3.el8", EL8, "3:20.10.24-3.el8"), ("20.10.24-3", EL8, "3:20.10.24-3.el8"),
    ("docker-ce-3:20.10.24-3.el8", EL8, "3:20.10.24-3.el8"), ("17.03.2.ce-1.el7.centos", EL7, "17.03.2.ce-1.el7.centos"),
    ("20.10.24", DEBIAN, "20.10.24+dfsg1-1+deb12u1+b2"), ("docker.io=20.10.24+dfsg1-1+deb12u1+b2", DEBIAN, "20.10.24+dfsg1-1+deb12u1+b2"),
])
def test_every_form_of_a_version_finds_its_package(form: str, offered: list[str], found: str) -> None:
    assert packages.chosen("docker-ce", form, offered) == found


@pytest.mark.parametrize(("form", "offered", "words"), [
    ("20.10.17", FOCAL, "no repository has docker-ce 20.10.17; nearest: 5:20.10.16~3-0~ubuntu-focal"), ("20.1", FOCAL, "no repository has docker-ce 20.1; "),
    ("23.0.0", FOCAL, "it has that release as 5:23.0.0~rc.2-1~ubuntu.20.04~focal"), ("20.10.16", [], "nearest: none at all"), ("", [], "nearest: none at all"),
    ("5:20.10.16~3-0~ubuntu-jammy", FOCAL,
     "it has that release as 5:20.10.16~3-0~ubuntu-focal: write 20.10.16 to take the one of each system"),
    ("20.10.24-3.el9", EL8, "it has that release as 3:20.10.24-3.el8"), ("latest!", FOCAL, "'latest!' is no version of docker-ce; write one such as"),
    ("20.10.*", FOCAL, "is no version"), ("docker", FOCAL, "is no version"),
])
def test_a_version_that_nobody_has_is_one_error(form: str, offered: list[str], words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        packages.chosen("docker-ce", form, offered)
    assert words in str(caught.value)


def rows(engine: list[str], *containerd: str, cli: list[str] | None = None) -> dict[str, list[str]]:
    return {"docker-ce": engine, "docker-ce-cli": engine if cli is None else cli, "containerd.io": list(containerd)}


@pytest.mark.parametrize(("form", "offered", "found"), [
    ("20.10.16", rows(FOCAL, "2.1.1-1", "1.7.27-1", "1.6.6-1"), ["5:20.10.16~3-0~ubuntu-focal", "5:20.10.16~3-0~ubuntu-focal", "1.7.27-1"]),
    ("28", rows(FOCAL, "2.1.1-1", "1.7.27-1"), ["5:28.1.1-1~ubuntu.20.04~focal", "5:28.1.1-1~ubuntu.20.04~focal", "2.1.1-1"]),
    ("20.10.24", rows(EL8, "1.6.32-3.1.el8", cli=["1:26.1.3-1.el8", "1:20.10.24-3.el8"]), ["3:20.10.24-3.el8", "1:20.10.24-3.el8", "1.6.32-3.1.el8"]),
    ("18.09.9", rows(EL7, "1.6.33-3.1.el7", cli=["1:18.09.9-4.el7"]), ["3:18.09.9-3.el7", "1:18.09.9-4.el7", "1.6.33-3.1.el7"]),
    # Before 18.09, one package is all.
    ("18.06.1.ce-3.el7", rows(EL7, "1.6.33-3.1.el7"), ["18.06.1.ce-3.el7"]),
])
def test_packages_that_belong_together(form: str, offered: dict[str, list[str]], found: list[str]) -> None:
    assert list(packages.together("docker-ce", form, offered).values()) == found


@pytest.mark.parametrize(("offered", "found"), [
    ({"docker.io": DEBIAN}, {"docker.io": DEBIAN[0]}), ({"docker.io": DEBIAN, "docker-cli": []}, {"docker.io": DEBIAN[0]}),
    ({"docker.io": ["26.1.5+dfsg1-9"], "docker-cli": ["26.1.5+dfsg1-9"]}, {"docker.io": "26.1.5+dfsg1-9", "docker-cli": "26.1.5+dfsg1-9"}),
])
def test_the_distributions_docker_brings_its_command_line(offered: dict[str, list[str]], found: dict[str, str]) -> None:
    assert packages.together("docker.io", "", offered) == found


def test_containerd_can_be_chosen_and_has_to_fit() -> None:
    offered, least = rows(FOCAL, "1.7.27-1", "1.6.18-1", "1.4.3-1"), [Relation(">=", "1.6.4")]
    assert packages.together("docker-ce", "20.10.24", offered, "1.6.18")["containerd.io"] == "1.6.18-1"
    assert packages.together("docker-ce", "20.10.24", offered, "containerd.io=1.6.18-1", least)["containerd.io"] == "1.6.18-1"
    with pytest.raises(KubewrightError, match=r"^docker-ce 5:20.10.24~3-0~ubuntu-focal asks for containerd.io >= 1.6.4; 1.4.3-1 is asked for$"):
        packages.together("docker-ce", "20.10.24", offered, "1.4.3", least)


@pytest.mark.parametrize(("offered", "words"), [
    (rows(FOCAL, "2.1.1-1"), "no repository has a containerd.io that fits docker-ce 5:20.10.16~3-0~ubuntu-focal; offered: 2.1.1-1"),
    (rows(FOCAL), "offered: none at all"),
    (rows(FOCAL, "1.7.27-1", cli=FOCAL[2:3]), "no repository has the docker-ce-cli that belongs to docker-ce 5:20.10.16~3-0~ubuntu-focal; nearest: 5:20.10.24"),
    (rows([], "1.7.27-1"), "no repository has docker-ce 20.10.16; nearest: none at all"),
])
def test_parts_that_are_missing_are_one_error(offered: dict[str, list[str]], words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        packages.together("docker-ce", "20.10.16", offered)
    assert words in str(caught.value)


FULL = {"docker-ce": "5:20.10.16~3-0~ubuntu-focal", "docker-ce-cli": "5:20.10.16~3-0~ubuntu-focal", "containerd.io": "1.6.6-1"}
ALL = ["docker-ce", "docker-ce-cli", "containerd.io"]


@pytest.mark.parametrize(("form", "installed", "containerd", "names"), [
    ("20.10.16", {}, "", ALL), ("20.10.16", FULL, "", []), ("", FULL, "", []), ("5:20.10.16~3-0~ubuntu-focal", FULL, "1.6.6", []), ("20.10.24", FULL, "", ALL),
    ("20.10.16", {**FULL, "docker-ce-cli": "5:20.10.24~3-0~ubuntu-focal"}, "", ["docker-ce-cli"]), ("20.10.16", FULL, "1.7.27", ["containerd.io"]),
    ("20.10.16", {"docker-ce": FULL["docker-ce"]}, "", ALL[1:]), ("18.06.1", {"docker-ce": "18.06.1.ce-3.el7"}, "", []),
])
def test_what_is_wanting_on_a_machine(form: str, installed: dict[str, str], containerd: str, names: list[str]) -> None:
    assert packages.wanting("docker-ce", form, installed, containerd) == names


def test_the_distributions_docker_is_wanting_or_not() -> None:
    assert packages.wanting("docker.io", "20.10.24", {}) == ["docker.io", "docker-cli"]
    assert packages.wanting("docker.io", "20.10.24", {"docker.io": DEBIAN[0]}) == []


@pytest.mark.parametrize(("form", "installed", "containerd", "brought"), [
    ("20.10.24", FULL, "", {"docker-ce": FOCAL[2], "docker-ce-cli": FOCAL[2]}),
    ("20.10.24", FULL, "1.7.27", {"docker-ce": FOCAL[2], "docker-ce-cli": FOCAL[2], "containerd.io": "1.7.27-1"}),
    # A part that is missing belongs to the engine that is there, not to the newest.
    ("", {"docker-ce": FULL["docker-ce"], "containerd.io": "1.6.6-1"}, "", {"docker-ce-cli": FOCAL[3]}),
    ("20.10.16", {}, "", {"docker-ce": FOCAL[3], "docker-ce-cli": FOCAL[3], "containerd.io": "1.7.27-1"}),
    # One that no longer fits is replaced.
    ("20.10.24", {**FULL, "containerd.io": "1.2.0-1"}, "", {"docker-ce": FOCAL[2], "docker-ce-cli": FOCAL[2], "containerd.io": "1.7.27-1"}),
])
def test_only_what_has_to_be_is_brought(form: str, installed: dict[str, str], containerd: str, brought: dict[str, str]) -> None:
    offered = rows(FOCAL, "1.7.27-1", "1.6.18-1")
    assert packages.to_install("docker-ce", form, installed, offered, containerd, [Relation(">=", "1.4.1")]) == brought


def test_a_downgrade_is_refused() -> None:
    with pytest.raises(KubewrightError, match="docker-ce 5:20.10.16~3-0~ubuntu-focal is installed and 5:20.10.1~3-0~ubuntu-focal is asked for"):
        packages.to_install("docker-ce", "20.10.1", FULL, rows(FOCAL, "1.7.27-1"))


@pytest.mark.parametrize(("package", "installed", "words"), [
    ("docker-ce", {"containerd": "1.6.20"}, "docker-ce is asked for, and this machine has containerd 1.6.20, which would be removed"),
    ("docker-ce", {"docker.io": "20.10.24", "runc": "1.1"}, "this machine has docker.io 20.10.24, runc 1.1, which"),
    ("docker.io", {"docker-ce": "20.10.24"}, "or use a source of Docker CE"),
])
def test_what_stands_in_the_way_is_not_removed_without_a_word(package: str, installed: dict[str, str], words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        packages.refuse_others(package, installed)
    assert words in str(caught.value)
    packages.refuse_others(package, {package: "1"})
