# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
import os
import stat
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _command as command
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress


@pytest.fixture
def place(monkeypatch: Any, tmp_path: Any) -> str:
    path = str(tmp_path / "progress")
    monkeypatch.setenv(progress.PLACE, path)
    return path


def read(path: str) -> Any:
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def test_what_is_told_is_in_a_file_that_only_its_owner_reads_until_it_is_forgotten(place: str) -> None:
    progress.tell("a long text", 2, 7)
    progress.tell("pulls\n" + "x" * 1000)
    assert read(place) == {"what": ("pulls " + "x" * 1000)[:progress.MOST], "number": 0, "total": 0}
    assert stat.S_IMODE(os.stat(place).st_mode) == 0o600
    progress.forget()
    progress.forget()
    assert not os.path.exists(place)


def test_nobody_asked_and_nothing_is_written(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.delenv(progress.PLACE, raising=False)
    monkeypatch.chdir(tmp_path)
    progress.tell("pulls")
    progress.forget()
    assert not progress.wanted() and os.listdir(str(tmp_path)) == []


def test_a_place_that_is_a_link_or_cannot_be_written_is_left_alone(monkeypatch: Any, place: str, tmp_path: Any) -> None:
    target = tmp_path / "target"
    target.write_text("theirs")
    os.symlink(str(target), place)
    progress.tell("pulls")
    monkeypatch.setenv(progress.PLACE, str(tmp_path / "missing" / "progress"))
    progress.tell("pulls")
    progress.forget()
    assert target.read_text() == "theirs"


@pytest.mark.parametrize(("printed", "step"), [
    ("", ""), ("no phase\n", ""), ("[init] Using Kubernetes version\n[certs] Using\n", "certs"),
    ("[kubelet-start] Starting\n[wait-control-plane] Waiting for the kubelet\n", "waiting for the API server"),
    ("[upgrade/staticpods] Writing\n", "exchanging the control plane's pods"), ("token [abc] x\n", "")])
def test_kubeadm_s_output_tells_its_step(printed: str, step: str) -> None:
    assert progress.kubeadm_step(printed) == step


def test_a_step_that_the_phase_says_already_is_not_told_again(place: str) -> None:
    progress.tell("kubeadm init: certs all", 2, 7)
    progress.tell_step("[certs] Using\n")
    assert read(place)["number"] == 2
    progress.tell_step("[certs] Using\n[addons] Applied\n")
    assert read(place)["what"] == "kubeadm: addons"


@pytest.mark.parametrize(("names", "text"), [([], ""), (["a", "b"], "a, b"), (list("abcdefg"), "a, b, c, d, e and 2 more")])
def test_of_many_names_some(names: List[str], text: str) -> None:
    assert progress.some(names) == text


def test_a_program_s_step_is_told_while_it_runs(monkeypatch: Any, place: str) -> None:
    monkeypatch.setattr(command, "LOOK", 0.1)
    script = "cat; echo '[wait-control-plane] Waiting'; for i in 1 2 3 4 5 6 7 8 9 10; do [ -s {0} ] && break; sleep 0.3; done; echo '[addons] x'".format(place)
    assert command.outliving(["sh", "-c", script], data="given\n") == (0, "given\n[wait-control-plane] Waiting\n[addons] x\n", "")
    assert read(place)["what"] == "kubeadm: waiting for the API server"
