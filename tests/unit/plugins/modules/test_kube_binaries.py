# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries, _binary_state, _download, _kubelet_unit
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.modules import kube_binaries
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Result, run_module

BIN, PLUGINS, UNITS = "/var/lib/test/bin", "/var/lib/test/cni", "/etc/test/units"
NAMES = ["kubelet", "kubeadm", "kubectl"]
UNIT, DROP_IN = f"{UNITS}/kubelet.service", f"{UNITS}/kubelet.service.d/10-kubeadm.conf"


class Server:
    """A folder laid out as the projects' servers, and a machine that starts what was fetched from it. Not real: systemctl, dpkg-query, rpm."""

    def __init__(self, folder: Path, machine: FakeMachine) -> None:
        self.folder, self.machine = folder, machine
        self.enabled = False
        for version in ("1.31.2", "1.31.4"):
            for name in NAMES:
                self.put(f"release/v{version}/bin/linux/amd64/{name}", f"{name} v{version}".encode())
        self.put("release/stable-1.31.txt", b"v1.31.4")
        self.put("cri/v1.30.0/crictl-v1.30.0-linux-amd64.tar.gz", packed({"crictl": b"crictl 1.30.0"}))
        self.put("cni/v1.5.1/cni-plugins-linux-amd64-v1.5.1.tgz", packed({"./bridge": b"bridge", "./loopback": b"loopback"}))
        machine.on("systemctl", "is-enabled", then=lambda _call: (0 if self.enabled else 1, "enabled\n" if self.enabled else "disabled\n", ""))
        machine.on("systemctl", "enable", then=self._enable)
        machine.on("systemctl", "daemon-reload")
        machine.on("systemctl", "show", stdout="NeedDaemonReload=no\n")
        machine.on("dpkg-query", rc=1)
        machine.absent = ["rpm"]
        for name in NAMES:
            machine.on(name, then=self._say)

    def put(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.with_name(target.name + ".sha256").write_text(hashlib.sha256(content).hexdigest())

    def _enable(self, _call: Call) -> None:
        self.enabled = True

    def _say(self, call: Call) -> Any:
        return 0, self.machine.text(f"{BIN}/{call.words[0]}"), ""

    def run(self, check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
        base = f"file://{self.folder}"
        wanted = {"version": "1.31.2", "url": f"{base}/release", "crictl_version": "1.30.0", "crictl_url": f"{base}/cri", "cni_plugins_version": "1.5.1",
                  "cni_plugins_url": f"{base}/cni", **more}
        return run_module(kube_binaries, check_mode, diff, **wanted)


def packed(programs: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as stream:
        for name, content in programs.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755
            stream.addfile(info, io.BytesIO(content))
    return made.getvalue()


@pytest.fixture
def server(machine: FakeMachine, tmp_path_factory: Any, monkeypatch: Any) -> Server:
    monkeypatch.setattr(_binary_state, "PROGRAMS", BIN)
    monkeypatch.setattr(_binary_state, "PLUGINS", PLUGINS)
    monkeypatch.setattr(_kubelet_unit, "UNITS", UNITS)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "node", "6.1", "1", "x86_64")))
    machine.folder("/var/lib/dpkg")
    return Server(tmp_path_factory.mktemp("server"), machine)


def test_check_real_check_real(machine: FakeMachine, server: Server) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = server.run(check_mode, True)
        assert result["changed"] is changed, result
        assert [action.split(" from ")[0] for action in result["actions"]] == ([
            "install kubelet 1.31.2", "install kubeadm 1.31.2", "install kubectl 1.31.2", "install crictl 1.30.0", "install cni-plugins 1.5.1",
            "make /etc/kubernetes/manifests", "make /etc/cni/net.d", "make /var/lib/kubelet", f"write {UNIT}", f"write {DROP_IN}",
            "write /etc/default/kubelet", "make systemd read its units again", "enable kubelet.service"] if changed else [])
        assert result.get("diff", {}).get("after", "").splitlines() == result["actions"]
        assert bool(machine.files()) is not (check_mode and changed)
    assert machine.text(f"{BIN}/kubelet") == "kubelet v1.31.2" and machine.text(f"{PLUGINS}/bridge") == "bridge"
    assert "EnvironmentFile=-/etc/default/kubelet" in machine.text(DROP_IN) and f"ExecStart={BIN}/kubelet $" in machine.text(DROP_IN)
    assert result["installed"] == dict.fromkeys(NAMES, "1.31.2")


def test_a_second_run_fetches_nothing(machine: FakeMachine, server: Server) -> None:
    server.run()
    for path in server.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    assert not server.run()["changed"]


def test_an_altered_program_is_fetched_again(machine: FakeMachine, server: Server) -> None:
    server.run()
    machine.write(f"{BIN}/kubeadm", "kubeadm v1.31.2 and more")
    machine.write(f"{PLUGINS}/loopback", "other")
    actions = server.run()["actions"]
    assert [action.split()[1] for action in actions] == ["kubeadm", "cni-plugins"] and all("since it was altered" in action for action in actions)
    assert machine.text(f"{BIN}/kubeadm") == "kubeadm v1.31.2" and machine.text(f"{PLUGINS}/loopback") == "loopback"


def test_an_upgrade_moves_only_the_programs_that_are_named(machine: FakeMachine, server: Server) -> None:
    server.run()
    assert len(server.run(version="1.31.4", names=["kubeadm"])["actions"]) == 1
    assert [machine.text(f"{BIN}/{name}")[-6:] for name in NAMES] == ["1.31.2", "1.31.4", "1.31.2"]


def test_a_downgrade_is_refused(machine: FakeMachine, server: Server) -> None:
    server.run(version="1.31.4")
    before = machine.files()
    assert "kubelet 1.31.4 is installed and 1.31.2 is asked for" in server.run()["msg"]
    assert machine.files() == before


def test_a_kubelet_newer_than_the_control_plane_is_refused(machine: FakeMachine, server: Server) -> None:
    assert "kubelet 1.31.2 is asked for and the control plane runs 1.30.4" in server.run(control_plane_version="1.30.4")["msg"]
    assert "control plane runs 1.30.4" in server.run(control_plane_version="1.30.4", state="probe")["findings"][0]["message"]
    assert machine.files() == {} and server.run(control_plane_version="1.30.4", names=["kubeadm"])["changed"]


def test_a_kubelet_too_old_for_the_control_plane_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    assert server.run(True, control_plane_version="1.34.0")["changed"] and "more than 2 minors older" in str(warnings)


def test_a_program_that_somebody_else_put_there_is_judged_by_what_it_says(machine: FakeMachine, server: Server) -> None:
    machine.write(f"{BIN}/kubelet", "Kubernetes v1.32.0")
    assert "kubelet 1.32.0 is installed" in server.run()["msg"]
    machine.write(f"{BIN}/kubelet", "kubelet v1.31.2")  # the very same file
    actions = server.run()["actions"]
    assert actions[0].startswith(f"note that {BIN}/kubelet is kubelet 1.31.2 of file://") and not server.run()["changed"]


def test_a_program_that_does_not_start_is_replaced(machine: FakeMachine, server: Server) -> None:
    machine.write(f"{BIN}/kubelet", "half")
    machine.on("kubelet", rc=126, stderr="cannot execute binary file")
    assert server.run()["changed"] and machine.text(f"{BIN}/kubelet") == "kubelet v1.31.2"


def test_a_digest_that_is_given_counts(machine: FakeMachine, server: Server) -> None:
    result = server.run(sha256={"kubeadm": "0" * 64})
    assert result.failed and "expected was 000" in result["msg"] and not machine.has(f"{BIN}/kubeadm")
    digest = hashlib.sha256(b"kubeadm v1.31.2").hexdigest()
    assert server.run(sha256={"kubeadm": digest})["changed"] and not server.run(sha256={"kubeadm": digest})["changed"]


def test_plain_http_needs_digests_of_all(machine: FakeMachine, server: Server) -> None:
    result = server.run(url="http://192.0.2.1/release")
    assert "is plain http and no SHA-256 is given" in result["msg"] and machine.files() == {}


@pytest.mark.parametrize("package", ["dpkg-query", "rpm"])
def test_a_machine_with_the_packages_is_refused(machine: FakeMachine, server: Server, package: str) -> None:
    machine.absent = []
    machine.on("rpm", rc=4, stdout="package kubeadm is not installed\n" + ("kubelet\t1.31.2-150500.1.1\n" if package == "rpm" else ""))
    if package == "dpkg-query":
        machine.on("dpkg-query", stdout="kubelet\t1.31.2-1.1\tinstalled\n")
    assert "has kubelet 1.31.2-1" in server.run()["msg"] and machine.files() == {}


def test_a_version_that_is_not_there_is_told_with_the_newest(server: Server, monkeypatch: Any) -> None:
    def absent(url: str, *_more: Any) -> None:
        raise KubewrightError("cannot be fetched", status=404)

    monkeypatch.setattr(_download, "require", absent)
    assert server.run()["msg"].endswith("/v1.31.2/bin/linux/amd64/kubelet is not there; the newest of 1.31 there is 1.31.4. Check the version and the address.")
    (server.folder / "release" / "stable-1.31.txt").unlink()
    assert "is not there. Check" in server.run()["msg"]


def test_probing_never_fails(machine: FakeMachine, server: Server) -> None:
    assert server.run(state="probe")["findings"] == []
    finding = server.run(state="probe", url="http://192.0.2.1/release")["findings"][0]
    assert (finding["id"], finding["level"]) == ("PackageRepository", "error") and "plain http" in finding["message"]
    assert machine.files() == {}


def test_what_an_administrator_wrote_stays(machine: FakeMachine, server: Server) -> None:
    machine.write("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--v=4\n")
    server.run()
    assert machine.text("/etc/default/kubelet") == "KUBELET_EXTRA_ARGS=--v=4\n"


def test_a_machine_of_rpms_has_its_environment_elsewhere(machine: FakeMachine, server: Server) -> None:
    Path(machine.root + "/var/lib/dpkg").rmdir()
    server.run()
    assert machine.has("/etc/sysconfig/kubelet") and "EnvironmentFile=-/etc/sysconfig/kubelet" in machine.text(DROP_IN)


def test_a_run_that_was_killed_before_its_note_goes_on(machine: FakeMachine, server: Server) -> None:
    server.run()
    note = json.loads(machine.text(_binaries.NOTE))
    del note["cni-plugins"], note["kubeadm"]
    machine.write(_binaries.NOTE, json.dumps(note))
    assert [action.split()[0] for action in server.run()["actions"]] == ["note", "install"] and not server.run()["changed"]


def test_companions_may_be_left_to_somebody_else(machine: FakeMachine, server: Server) -> None:
    server.run(crictl_version="", cni_plugins_version="")
    assert not machine.has(f"{BIN}/crictl") and not machine.has(PLUGINS)
