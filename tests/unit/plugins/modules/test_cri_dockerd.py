# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _binary_state, _cri_socket
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.modules import cri_dockerd
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, Result, run_module

BIN, UNITS = "/var/lib/test/bin", "/etc/systemd/system"
PROGRAM, SERVICE, LISTENER = f"{BIN}/cri-dockerd", f"{UNITS}/cri-docker.service", f"{UNITS}/cri-docker.socket"
PAUSE = "registry.example.com/pause:3.10.1"
FIRST = ["install cri-dockerd 0.3.25", f"write {SERVICE}", f"write {LISTENER}", "make systemd read its units again",
         "enable cri-docker.socket and cri-docker.service", "start cri-docker.service"]


def archive(text: str) -> bytes:
    """As the project packs it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as stream:
        for name, content, mode in (("cri-dockerd/cri-dockerd", text.encode(), 0o755), ("cri-dockerd/LICENSE", b"words", 0o644)):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            stream.addfile(info, io.BytesIO(content))
    return made.getvalue()


class Machine:
    """A fake systemd with cri-dockerd's two units, a fake Docker, a fake answer at the socket. The archives come from a real web server."""

    def __init__(self, fake: FakeMachine, served: Path, url: str) -> None:
        self.fake, self.served, self.url = fake, served, url
        self.docker, self.active, self.enabled, self.stale, self.answers = "28.5.2", False, set[str](), False, True
        self.package = ""
        self.digests = {version: self.serve(version) for version in ("0.3.24", "0.3.25")}
        fake.on("docker", "version", then=lambda _call: (0 if self.docker else 1, self.docker + "\n", ""))
        fake.on("dpkg-query", then=lambda _call: (0, f"cri-dockerd\t{self.package}\tinstalled\n" if self.package else "", ""))
        fake.absent = ["rpm"]
        fake.on("cri-dockerd", "--version", then=lambda _call: (0, fake.text(PROGRAM), ""))
        fake.on("systemctl", "show", then=self._show)
        fake.on("systemctl", "daemon-reload", then=lambda _call: setattr(self, "stale", False))
        fake.on("systemctl", "enable", then=lambda call: self.enabled.update(call.words[2:]))
        fake.on("systemctl", "start", then=self._start)
        fake.on("systemctl", "stop", then=lambda _call: setattr(self, "active", False))
        fake.on("journalctl", stdout="level=fatal msg=\"why\"\n")
        fake.on("crictl", rc=1)

    def serve(self, version: str, text: str = "") -> str:
        content = archive(text or f"cri-dockerd {version} (0000000)")
        place = self.served / f"v{version}" / f"cri-dockerd-{version}.amd64.tgz"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def bundle(self, version: str) -> str:
        """A bundle that holds it; its address."""
        path = f"v{version}/cri-dockerd-{version}.amd64.tgz"
        files = [{"name": path.split("/")[1], "for": "cri-dockerd", "version": version, "path": path, "sha256": self.digests[version]}]
        (self.served / "manifest.json").write_text(json.dumps({"schema": "kubewright.bundle/1", "kubernetes": {}, "files": files}))
        return self.url

    def _show(self, _call: Call) -> Any:
        blocks = [{"ActiveState": "active" if self.active else "inactive", "MainPID": "77", "NeedDaemonReload": "yes" if self.stale else "no",
                   "UnitFileState": "enabled" if name in self.enabled else "disabled"} for name in ("cri-docker.service", "cri-docker.socket")]
        return 0, "\n\n".join("\n".join(f"{key}={value}" for key, value in block.items()) for block in blocks), ""

    def _start(self, _call: Call) -> Any:
        if not self.answers:
            return 1, "", "Job for cri-docker.service failed"
        command = next(line for line in self.fake.text(SERVICE).splitlines() if line.startswith("ExecStart="))
        self.running(command.removeprefix("ExecStart=").split())
        self.active = True
        return 0, "", ""

    def running(self, words: list[str], program: str = PROGRAM) -> None:
        self.fake.write("/proc/77/cmdline", "".join(f"{word}\0" for word in words))
        self.fake.remove("/proc/77/exe")
        Path(self.fake.root + "/proc/77/exe").symlink_to(program)

    def run(self, check_mode: bool = False, **more: Any) -> Result:
        given = {"kubernetes_version": "1.34.2", "pause_image": PAUSE, "url": self.url, "version": "0.3.25", "sha256": {"amd64": self.digests["0.3.25"]}}
        return run_module(cri_dockerd, check_mode, True, **{**given, **more})


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: Any) -> None:
        pass


@pytest.fixture(scope="module")
def web(tmp_path_factory: Any) -> Iterator[tuple[Path, str]]:
    """A real web server on the loopback interface, started before the fake machine takes over the files."""
    folder = tmp_path_factory.mktemp("served")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def here(web: tuple[Path, str], machine: FakeMachine, monkeypatch: Any) -> Machine:
    found = Machine(machine, *web)
    monkeypatch.setattr(cri_dockerd, "FOLDER", BIN)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "node", "6.1", "1", "x86_64")))
    monkeypatch.setattr(_cri_socket, "server_at", lambda *_words: _cri_socket.Server("docker", found.docker) if found.active and found.answers else None)
    return found


def short(result: Result) -> list[str]:
    return [sentence.split(" from ")[0] for sentence in result["actions"]]


def test_check_real_check_real(here: Machine, machine: FakeMachine) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = here.run(check_mode)
        assert result["changed"] is changed, result
        assert short(result) == (FIRST if changed else [])
        assert result.get("diff", {}).get("after", "").splitlines() == result["actions"]
        assert machine.has(PROGRAM) is not (check_mode and changed)
    assert (result["version"], result["docker_version"], result["socket"]) == ("0.3.25", "28.5.2", "unix:///run/cri-dockerd.sock")
    assert machine.text(PROGRAM) == "cri-dockerd 0.3.25 (0000000)"
    assert (f"ExecStart={PROGRAM} --network-plugin=cni --cni-bin-dir=/opt/cni/bin --cni-conf-dir=/etc/cni/net.d --pod-infra-container-image={PAUSE} "
            "--container-runtime-endpoint fd://\n") in machine.text(SERVICE)
    assert "ListenStream=/run/cri-dockerd.sock\n" in machine.text(LISTENER)


def test_a_bare_machine_is_predicted_without_docker(here: Machine, machine: FakeMachine) -> None:
    machine.absent += ["docker"]
    result = here.run(True)
    assert (short(result), result["docker_version"]) == (FIRST, "")
    assert not machine.files()
    assert "The role docker installs and starts it" in here.run()["msg"]


def test_a_docker_that_does_not_answer_is_told(here: Machine, machine: FakeMachine) -> None:
    here.docker = ""
    assert "Docker does not answer on this machine" in here.run()["msg"] and not machine.files()


def test_a_wrong_checksum_is_refused_and_nothing_is_there(here: Machine, machine: FakeMachine) -> None:
    result = here.run(sha256={"amd64": "ab" * 32})
    assert result.failed and "has the SHA-256" in result["msg"] and "it is not used" in result["msg"]
    assert not machine.has(PROGRAM) and not machine.has(SERVICE) and not machine.commands("systemctl", "start")


def test_an_archive_that_was_altered_at_the_server_is_refused(here: Machine, machine: FakeMachine) -> None:
    here.serve("0.3.25", "evil")
    assert "It was altered or did not arrive whole" in here.run()["msg"] and not machine.has(PROGRAM)


def test_a_release_that_nobody_knows_needs_its_digest(here: Machine, machine: FakeMachine) -> None:
    result = here.run(True, version="0.4.4", sha256={})
    assert "Kubewright knows no SHA-256 of cri-dockerd 0.4.4 for amd64" in result["msg"]
    digest = here.serve("0.4.4")
    assert here.run(version="0.4.4", sha256={"amd64": digest})["version"] == "0.4.4"


def test_an_address_may_be_that_of_one_archive(here: Machine) -> None:
    assert here.run(url=f"{here.url}/v0.3.25/cri-dockerd-0.3.25.amd64.tgz")["changed"]


def test_what_cannot_be_fetched_is_told_with_the_ways_there_are(here: Machine, machine: FakeMachine) -> None:
    for check_mode in (True, False):
        told = here.run(check_mode, url="http://127.0.0.1:1")["msg"]
        assert "cannot be fetched" in told and "(docker_cri_dockerd_url), or be in the bundle" in told and not machine.files()


def test_what_does_not_fit_the_docker_that_runs_is_refused(here: Machine, machine: FakeMachine) -> None:
    here.docker = "29.1.0"
    assert "(cri-dockerd 0.3.10 to 0.3.15) speaks version 1.43" in here.run(version="0.3.12")["msg"] and not machine.files()


def test_a_bundles_archive_needs_no_digest(here: Machine, machine: FakeMachine) -> None:
    more: dict[str, Any] = {"version": "", "sha256": {}, "bundle_url": here.bundle("0.3.24"), "url": "http://127.0.0.1:1/nothing"}
    assert here.run(**more)["version"] == "0.3.24"
    assert machine.text(PROGRAM) == "cri-dockerd 0.3.24 (0000000)" and not here.run(**more)["changed"]
    assert "is another bundle" in here.run(**{**more, "bundle_sha256": "00" * 32})["msg"]


def test_a_bundle_without_it_leaves_the_releases(here: Machine) -> None:
    (here.served / "manifest.json").write_text(json.dumps({"schema": "kubewright.bundle/1", "kubernetes": {}}))
    assert here.run(bundle_url=here.url)["version"] == "0.3.25"


def test_what_is_there_and_fits_is_left_alone(here: Machine) -> None:
    here.run(version="0.3.24", sha256={"amd64": here.digests["0.3.24"]})
    result = here.run(version="", sha256={}, bundle_url=here.bundle("0.3.25"))
    assert (result["changed"], result["version"]) == (False, "0.3.24")


def test_another_release_replaces_the_program_and_restarts(here: Machine, machine: FakeMachine) -> None:
    here.run(version="0.3.24", sha256={"amd64": here.digests["0.3.24"]})
    assert short(here.run()) == ["install cri-dockerd 0.3.25", "restart cri-docker.service for its program; containers go on"]
    assert machine.text(PROGRAM) == "cri-dockerd 0.3.25 (0000000)"
    assert machine.commands("systemctl", "stop") == ["systemctl stop cri-docker.service cri-docker.socket"]


@pytest.mark.parametrize(("more", "word"), [
    ({"pause_image": "other/pause:3.9"}, "--pod-infra-container-image=other/pause:3.9"), ({"dual_stack": True}, "--ipv6-dual-stack"),
    ({"arguments": ["--log-level=debug"]}, "--log-level=debug"), ({"cni_bin_dir": "/usr/lib/cni"}, "--cni-bin-dir=/usr/lib/cni"),
])
def test_other_arguments_write_the_unit_and_restart(here: Machine, machine: FakeMachine, more: dict[str, Any], word: str) -> None:
    here.run()
    assert here.run(**more)["actions"] == [f"write {SERVICE}", "make systemd read its units again",
                                           "restart cri-docker.service for its arguments; containers go on"]
    assert f" {word} " in machine.text(SERVICE) and not here.run(**more)["changed"]


def test_a_unit_that_somebody_altered_is_written_again(here: Machine, machine: FakeMachine) -> None:
    here.run()
    machine.write(LISTENER, "[Socket]\n")
    assert here.run()["actions"] == [f"write {LISTENER}", "make systemd read its units again", "restart cri-docker.service for its units; containers go on"]


@pytest.mark.parametrize("moment", [("systemctl", "daemon-reload"), ("systemctl", "enable"), ("systemctl", "start"), ("systemctl", "stop")])
def test_the_run_after_one_that_was_killed_finishes_the_job(here: Machine, machine: FakeMachine, moment: tuple[str, str]) -> None:
    here.run(version="0.3.24", sha256={"amd64": here.digests["0.3.24"]}, pause_image="old/pause:3.9")
    here.enabled.clear()

    def kill(_call: Call) -> None:
        here.stale = moment[1] == "daemon-reload"
        raise Killed

    machine.on(*moment, then=kill, once=True)
    with pytest.raises(Killed):
        here.run()
    assert here.run()["changed"] and not here.run()["changed"]
    assert PAUSE in machine.text("/proc/77/cmdline")


def test_a_process_of_the_replaced_program_is_restarted(here: Machine) -> None:
    """After a run that was killed between the program and the restart."""
    here.run()
    here.running(here.fake.text("/proc/77/cmdline").split("\0")[:-1], PROGRAM + " (deleted)")
    assert here.run()["actions"] == ["restart cri-docker.service for its program; containers go on"]
    here.fake.remove("/proc/77/exe")
    assert here.run()["changed"]


def test_one_that_is_silent_is_restarted(here: Machine, monkeypatch: Any) -> None:
    here.run()
    silent = [None]
    monkeypatch.setattr(_cri_socket, "server_at", lambda *_words: silent.pop() if silent else _cri_socket.Server("docker", "28.5.2"))
    assert here.run()["actions"] == ["restart cri-docker.service for its silence at /run/cri-dockerd.sock; containers go on"]


def test_one_that_does_not_start_is_told_with_its_journal(here: Machine) -> None:
    here.answers = False
    result = here.run()
    assert "cri-dockerd does not start" in result["msg"] and result["journal"] == ['level=fatal msg="why"']


def test_one_that_does_not_answer_is_told_after_a_limit(here: Machine, monkeypatch: Any) -> None:
    monkeypatch.setattr(_cri_socket, "server_at", lambda *_words: None)
    assert "does not answer at /run/cri-dockerd.sock by CRI v1 after 60 seconds" in here.run()["msg"]


def test_a_release_of_the_old_cri_is_asked_by_it(here: Machine, monkeypatch: Any) -> None:
    asked: list[str] = []

    def server_at(_path: str, api: str) -> _cri_socket.Server:
        asked.append(api)
        return _cri_socket.Server("docker", "20.10.24")

    monkeypatch.setattr(_cri_socket, "server_at", server_at)
    here.docker = "20.10.24"
    here.run(kubernetes_version="1.25.16", version="0.2.6", sha256={"amd64": here.serve("0.2.6")})
    assert set(asked) == {"v1alpha2"}


def test_a_package_is_refused(here: Machine, machine: FakeMachine) -> None:
    here.package = "0.4.0~3-0~debian-bookworm"
    assert "has cri-dockerd 0.4.0~3-0~debian-bookworm as a package" in here.run()["msg"] and not machine.has(PROGRAM)


def test_half_a_program_is_replaced(here: Machine, machine: FakeMachine) -> None:
    machine.write(PROGRAM, "half")
    machine.on("cri-dockerd", "--version", rc=126)
    assert here.run()["changed"] and machine.text(PROGRAM) == "cri-dockerd 0.3.25 (0000000)"


def test_packages_are_asked_by_name(machine: FakeMachine) -> None:
    machine.absent = ["dpkg-query"]
    machine.on("rpm", rc=0, stdout="cri-dockerd\t3:0.4.0-3.el9\n")

    class Module:
        run_command, get_bin_path = machine.run_command, machine.get_bin_path

    assert _binary_state.installed_packages(Runner(Module()), ["cri-dockerd"]) == {"cri-dockerd": "3:0.4.0-3.el9"}
