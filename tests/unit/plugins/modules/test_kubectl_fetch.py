# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.modules import kubectl_fetch
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine, Result, run_module


class Server:
    """dl.k8s.io as a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for place in ("linux/amd64", "linux/arm64", "darwin/arm64"):
            path = self.program(place)
            path.parent.mkdir(parents=True)
            path.write_text(f"kubectl of {place}")
            path.with_name("kubectl.sha256").write_text(self.digest(place))

    def program(self, place: str) -> Path:
        return self.folder / f"v1.31.2/bin/{place}/kubectl"

    def digest(self, place: str) -> str:
        return hashlib.sha256(self.program(place).read_bytes()).hexdigest()


@pytest.fixture
def server(machine: FakeMachine, tmp_path: Path) -> Server:
    return Server(tmp_path / "server")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bin" / "kubectl"


def run(server: Server, path: Path, check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    wanted = {"path": str(path), "version": "1.31.2", "url": f"file://{server.folder}", "system": "linux", "architecture": "amd64", **more}
    return run_module(kubectl_fetch, check_mode, diff, **{name: value for name, value in wanted.items() if value})


def test_check_real_check_real(server: Server, path: Path) -> None:
    sentence = f"install kubectl 1.31.2 from file://{server.program('linux/amd64')} as {path}"
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run(server, path, check_mode, True)
        assert (result["changed"], result["actions"]) == (changed, [sentence] if changed else [])
        assert result.get("diff", {}).get("after", "") == (sentence + "\n" if changed else "")
        assert path.exists() is not (check_mode and changed)
    assert path.read_text() == "kubectl of linux/amd64" and path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("uname", "place"), [
    (("Linux", "x86_64"), "linux/amd64"), (("Linux", "aarch64"), "linux/arm64"), (("Darwin", "arm64"), "darwin/arm64"),
])
def test_system_and_processor_are_those_of_the_machine(server: Server, path: Path, monkeypatch: Any, uname: tuple[str, str], place: str) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((uname[0], "me", "1", "1", uname[1])))
    assert run(server, path, system="", architecture="")["changed"]
    assert path.read_text() == f"kubectl of {place}"


def test_what_is_there_is_judged_by_its_digest(server: Server, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("an older kubectl")
    assert run(server, path)["changed"] and not run(server, path)["changed"]


def test_a_given_digest_needs_no_source_once_it_is_there(server: Server, path: Path) -> None:
    digest = server.digest("darwin/arm64")
    assert run(server, path, system="darwin", architecture="arm64", sha256=digest)["changed"]
    assert not run(server, path, url="http://192.0.2.1", sha256=digest)["changed"]
    assert "expected was 0000" in run(server, path, sha256="0" * 64)["msg"] and path.read_text() == "kubectl of darwin/arm64"


def test_a_source_that_does_not_answer_leaves_a_kubectl_of_that_version(
        server: Server, path: Path, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    run(server, path)
    machine.on("kubectl", "version", "--client", stdout="Client Version: v1.31.2\n")
    result = run(server, path, url="file:///absent")
    assert not result["changed"] and "was not compared with its source" in str(warnings)


@pytest.mark.parametrize("answer", [{"stdout": "Client Version: v1.30.0\n"}, {"rc": 126, "stderr": "cannot execute binary file"}])
def test_a_source_that_does_not_answer_is_an_error_else(server: Server, path: Path, machine: FakeMachine, answer: dict[str, Any]) -> None:
    assert "cannot be fetched" in run(server, path, url="file:///absent")["msg"]
    run(server, path)
    machine.on("kubectl", **answer)
    assert "cannot be fetched" in run(server, path, url="file:///absent")["msg"]


@pytest.mark.parametrize("name", ["notes.txt", "config", ""])
def test_a_file_of_another_name_is_never_overwritten(server: Server, tmp_path: Path, name: str) -> None:
    other = tmp_path / "mine" / name
    other.parent.mkdir(exist_ok=True)
    if name:
        other.write_text("mine")
    else:
        other.mkdir(exist_ok=True)
    assert "Give a file whose name begins with kubectl" in run(server, other)["msg"]
    assert not name or other.read_text() == "mine"


def test_no_path_is_told_by_the_variable_that_is_empty() -> None:
    assert "set kube_kubectl_path" in run_module(kubectl_fetch, path="", version="1.31.2")["msg"]


def test_plain_http_needs_a_digest(server: Server, path: Path) -> None:
    assert "is plain http and no SHA-256 is given" in run(server, path, url="http://192.0.2.1")["msg"]
