# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _upgrade_look as look
from ansible_collections.kubewright.cluster.plugins.module_utils._upgrade import PARTS
from ansible_collections.kubewright.cluster.plugins.modules import kubeadm_upgrade
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_kubeadm as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import Call, FakeMachine, Killed, Result, captured_text, run_module

OLD, NEW = "1.20.2", "1.20.3"
STEPS = ("preflight", *PARTS, "upload", "kubelet", "addons")
MANIFEST = "apiVersion: v1\nspec:\n  containers:\n  - image: k8s.gcr.io/{0}:v{1}\n    name: {0}\n"
CONFIG = "kind: KubeletConfiguration\n# of {0}\n"


class FakeCluster:
    """A control plane or a worker, and the kubeadm that upgrades it step by step; `stop` names the step before which it is killed or fails."""

    def __init__(self, machine: FakeMachine, monkeypatch: Any, role: str = "control_plane") -> None:
        self.machine, self.role = machine, role
        self.name = "cp1" if role == "control_plane" else "w1"
        self.cluster, self.kubeadm = OLD, NEW
        self.addons: dict[str, str] = {"kube-proxy": OLD, "coredns": "1.7.0"}
        self.others: dict[str, dict[str, str]] = {}
        self.kubelets = {self.name: OLD}
        self.config = {"kubelet-config-1.20": CONFIG.format(OLD)}
        self.stop, self.failure = "", ""
        self.not_ready, self.answers = 0, True
        monkeypatch.setattr(node, "node_name", lambda: self.name)
        monkeypatch.setattr(node, "api_answers", lambda timeout=5.0: self.answers)
        machine.write(fake.KUBELET_CONF, fake.KUBECONFIG)
        machine.write(fake.KUBELET_CONFIG, CONFIG.format(OLD))
        if role == "control_plane":
            machine.write(fake.ADMIN_CONF, fake.KUBECONFIG)
            for part in PARTS:
                self.manifest(part, OLD)
            machine.write(fake.ETCD, MANIFEST.format("etcd", "3.4.13-0").replace(":v", ":"))
        machine.on("kubectl", then=self._kubectl)
        machine.on("kubeadm", "version", then=lambda _call: (0, "v" + self.kubeadm, ""))
        machine.on("kubeadm", "upgrade", then=self._upgrade)
        machine.on("journalctl", stdout="one\nlast line of the journal\n")
        machine.on("crictl", "ps", stdout="CONTAINER IMAGE\n1 etcd\n")

    def manifest(self, part: str, version: str) -> None:
        self.machine.write(f"/etc/kubernetes/manifests/{part}.yaml", MANIFEST.format(part, version))

    def version_of(self, part: str) -> str:
        return look.manifest_version(part, self.machine.text(f"/etc/kubernetes/manifests/{part}.yaml"))

    def _kubectl(self, call: Call) -> Any:
        words = [word for word in call.words[3:] if not word.startswith(("--request", "--ignore")) and word not in ("get", "-o", "json")]
        if words[0] == "configmap":
            text = {"ClusterConfiguration": f"kubernetesVersion: v{self.cluster}\n"} if words[1] == "kubeadm-config" else None
            text = text or ({"kubelet": self.config[words[1]]} if words[1] in self.config else None)
            return 0, json.dumps({"data": text}) if text else "", ""
        if words[0] == "pods":
            return 0, json.dumps({"items": self._pods()}), ""
        if words[0] == "node":
            return 0, json.dumps(self._node(words[1])), ""
        if words[0] == "nodes":
            return 0, json.dumps({"items": [self._node(name) for name in self.kubelets]}), ""
        return 0, json.dumps({"items": [self._workload(*item) for item in self.addons.items()]}), ""

    def _pods(self) -> list[dict[str, Any]]:
        self.not_ready = max(0, self.not_ready - 1)
        mine = {part: self.version_of(part) for part in PARTS}
        return [{"metadata": {"name": f"{part}-{name}", "labels": {"component": part}},
                 "spec": {"nodeName": name, "containers": [{"name": part, "image": f"k8s.gcr.io/{part}:v{version}"}]},
                 "status": {"conditions": [{"type": "Ready", "status": str(not self.not_ready)}]}}
                for name, versions in {self.name: mine, **self.others}.items() for part, version in {**versions, "etcd": "3.4.13-0"}.items()]

    def _node(self, name: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "status": {"nodeInfo": {"kubeletVersion": "v" + self.kubelets[name]}}}

    @staticmethod
    def _workload(name: str, version: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": [{"image": f"registry:5000/{name}:v{version}"}]}}}}

    def _upgrade(self, call: Call) -> Any:
        action = call.words[2]
        if action == "plan":
            return (1, "", self.failure) if self.failure else (0, captured_text("kubeadm/1.20.2/upgrade-plan.txt"), "")
        for step in STEPS:
            if step == self.stop:
                if self.failure:
                    return 1, "", self.failure
                raise Killed
            if action == "apply" or step in (("kubelet",) if self.role == "worker" else (*PARTS, "kubelet")):
                self._step(step, call.words[3].lstrip("v") if action == "apply" else self.cluster)
        return 0, "", "\t[WARNING CreateJob]: Job did not complete\n"

    def _step(self, step: str, version: str) -> None:
        if step in PARTS:
            self.manifest(step, version)
        elif step == "upload":
            self.cluster = version
            self.config["kubelet-config-1.20"] = CONFIG.format(version)
        elif step == "kubelet":
            self.machine.write(fake.KUBELET_CONFIG, self.config["kubelet-config-1.20"])
        elif step == "addons":
            self.addons["kube-proxy"] = version


@pytest.fixture
def cluster(machine: FakeMachine, monkeypatch: Any) -> FakeCluster:
    return FakeCluster(machine, monkeypatch)


@pytest.fixture
def worker(machine: FakeMachine, monkeypatch: Any) -> FakeCluster:
    made = FakeCluster(machine, monkeypatch, "worker")
    made.cluster, made.config = NEW, {"kubelet-config-1.20": CONFIG.format(NEW)}
    return made


def run(action: str = "apply", check_mode: bool = False, diff: bool = False, **more: Any) -> Result:
    return run_module(kubeadm_upgrade, check_mode, diff, action=action, **{"version": NEW, **more})


def note(machine: FakeMachine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(machine.text(look.NOTE))
    return found


BEFORE = "kube-apiserver 1.20.2\nkube-controller-manager 1.20.2\nkube-scheduler 1.20.2\nkube-proxy 1.20.2\nkubelet-config 1.20.2\n"


def test_apply_check_real_check_real(machine: FakeMachine, cluster: FakeCluster) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        files = machine.files()
        result = run(check_mode=check_mode, diff=True)
        assert (result["changed"], len(result["components"])) == (changed, 5 if changed else 0) and not result["resumed"]
        assert result.get("diff") == ({"before": BEFORE, "after": BEFORE.replace(OLD, NEW)} if changed else None)
        assert not check_mode or machine.files() == files
    assert machine.commands("kubeadm", "upgrade") == ["kubeadm upgrade apply v1.20.3 --yes"]
    call = next(call for call in machine.calls if call.words[:2] == ["kubeadm", "upgrade"])
    assert call.seconds == 1800 and len(call.pass_fds) == 1 and note(machine)["finished"] and note(machine)["action"] == "apply"


def test_node_check_real_check_real_on_a_worker(machine: FakeMachine, worker: FakeCluster) -> None:
    for check_mode, changed in ((True, True), (False, True), (True, False), (False, False)):
        result = run("node", check_mode, diff=True)
        assert (result["changed"], result["components"]) == (
            changed, [{"name": "kubelet-config", "current": OLD, "target": NEW}] if changed else [])
    assert machine.commands("kubeadm", "upgrade") == ["kubeadm upgrade node"] and machine.text(fake.KUBELET_CONFIG) == CONFIG.format(NEW)
    assert all(line.startswith("kubectl --kubeconfig " + fake.KUBELET_CONF) for line in machine.commands("kubectl"))


def test_a_worker_that_joined_at_this_version_needs_nothing(machine: FakeMachine, worker: FakeCluster) -> None:
    worker.kubelets["w1"] = NEW
    machine.write(fake.KUBELET_CONFIG, CONFIG.format(NEW) + "resolvConf: /run/systemd/resolve/resolv.conf\n")
    assert not run("node")["changed"] and machine.commands("kubeadm", "upgrade") == []


def test_node_that_writes_nothing_new_is_no_change_and_is_remembered(machine: FakeMachine, worker: FakeCluster) -> None:
    machine.write(fake.KUBELET_CONFIG, CONFIG.format(NEW))
    assert not run("node")["changed"] and not run("node")["changed"]
    assert machine.commands("kubeadm", "upgrade") == ["kubeadm upgrade node"]
    machine.write(fake.KUBELET_CONFIG, "somebody's\n")
    assert run("node", check_mode=True)["changed"] and run("node")["changed"]


def test_the_second_control_plane_follows_with_node(machine: FakeMachine, cluster: FakeCluster) -> None:
    cluster.cluster, cluster.config = NEW, {"kubelet-config-1.20": CONFIG.format(NEW)}
    cluster.others = {"cp0": dict.fromkeys(PARTS, NEW)}
    assert "follows with the action node" in run()["msg"]
    result = run("node")
    assert result["changed"] and [item["name"] for item in result["components"]] == [*PARTS, "kubelet-config"]
    assert not run("node")["changed"] and machine.commands("kubeadm", "upgrade") == ["kubeadm upgrade node"]


@pytest.mark.parametrize("stop", STEPS)
def test_an_apply_that_was_killed_is_finished_by_the_next_run(machine: FakeMachine, cluster: FakeCluster, stop: str) -> None:
    cluster.stop = stop
    with pytest.raises(Killed):
        run()
    assert note(machine)["finished"] is None
    assert run(check_mode=True)["resumed"]
    assert "an apply was interrupted on this machine" in run("node")["msg"]
    cluster.stop = ""
    result = run()
    assert result["changed"] and result["resumed"] and cluster.cluster == NEW and cluster.addons["kube-proxy"] == NEW
    assert {cluster.version_of(part) for part in PARTS} == {NEW} and not run()["changed"]


def test_an_api_server_that_is_down_after_a_kill_is_waited_for(machine: FakeMachine, cluster: FakeCluster) -> None:
    cluster.stop = "upload"
    with pytest.raises(Killed):
        run()
    cluster.stop, cluster.answers = "", False
    result = run()
    assert "this machine cannot be upgraded as it is: a control plane whose API server does not answer. Nothing was touched." in result["msg"]
    assert 180 <= machine.slept <= 190
    cluster.answers = True
    assert run()["resumed"]


def test_what_is_only_restarting_is_waited_for_and_not_upgraded_again(machine: FakeMachine, cluster: FakeCluster) -> None:
    run()
    cluster.not_ready = 4
    assert not run()["changed"] and machine.slept > 0 and len(machine.commands("kubeadm", "upgrade")) == 1
    cluster.not_ready = 1000
    assert not run()["changed"] and len(machine.commands("kubeadm", "upgrade")) == 2


def test_a_failure_tells_kubeadm_s_findings_the_journal_and_the_containers(machine: FakeMachine, cluster: FakeCluster) -> None:
    cluster.stop, cluster.failure = "preflight", captured_text("kubeadm/1.34.2/upgrade-plan.stderr.txt")
    result = run()
    assert [finding["id"] for finding in result["findings"]] == ["CreateJob", "ControlPlaneNodesReady"]
    assert result["journal"][-1] == "last line of the journal" and result["containers"] and not machine.has(look.NOTE)
    cluster.stop, cluster.failure = "kube-scheduler", "error: timed out waiting for the condition"
    assert run()["msg"].startswith("upgrade failed: `kubeadm upgrade apply v1.20.3 --yes` ended with code 1") and note(machine)["finished"] is None
    cluster.stop, cluster.failure = "preflight", captured_text("kubeadm/1.34.2/upgrade-plan.stderr.txt")
    assert run().failed and machine.has(look.NOTE)


def test_warnings_of_kubeadm_are_told(cluster: FakeCluster) -> None:
    assert [finding["id"] for finding in run()["warnings_of_kubeadm"]] == ["CreateJob"]


def test_what_has_to_come_first_is_an_error_and_in_a_dry_run_a_remark(machine: FakeMachine, cluster: FakeCluster) -> None:
    cluster.kubeadm = OLD
    assert run()["msg"].startswith("kubeadm 1.20.2 is installed here")
    result = run(check_mode=True)
    assert result["changed"] and result["waits_for"].startswith("kubeadm 1.20.2 is installed here")
    assert machine.commands("kubeadm", "upgrade") == [] and not machine.has(look.NOTE)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_skipped_minor_is_refused_before_kubeadm_runs(machine: FakeMachine, cluster: FakeCluster, check_mode: bool) -> None:
    assert "upgrade to 1.21 first" in run(version="1.22.0", check_mode=check_mode)["msg"] and machine.commands("kubeadm", "upgrade") == []


def test_a_machine_that_is_no_member_is_refused(machine: FakeMachine, cluster: FakeCluster) -> None:
    machine.write(fake.MARKER, json.dumps({"operation": "join", "started": 1, "finished": None, "etcd_was_empty": True}))
    result = run()
    assert "an interrupted join" in result["msg"] and "run site.yml first" in result["msg"] and machine.slept == 0


def test_a_plan_is_told_in_its_parts(machine: FakeMachine, cluster: FakeCluster) -> None:
    result = run("plan")
    assert not result["changed"] and [target["version"] for target in result["plan"]["targets"]] == [NEW]
    assert result["plan"]["cluster"] == OLD and result["plan"]["targets"][0]["components"][0] == {
        "name": "kubelet", "current": OLD, "target": NEW, "node": "", "nodes": 2}
    assert [item["manual_upgrade_required"] for item in result["plan"]["config_versions"]] == [False, False]
    assert [item["name"] for item in result["components"]] == [*PARTS, "kube-proxy", "kubelet-config"] and not machine.has(look.NOTE)


def test_a_plan_in_a_dry_run_does_not_run_kubeadm_s_job(machine: FakeMachine, cluster: FakeCluster) -> None:
    result = run("plan", check_mode=True)
    assert "plan" not in result and result["components"] and machine.commands("kubeadm", "upgrade") == []


def test_a_plan_needs_a_control_plane(worker: FakeCluster) -> None:
    assert "a plan is made on a control plane" in run("plan")["msg"]


def test_options_reach_kubeadm(machine: FakeMachine, cluster: FakeCluster) -> None:
    run(certificate_renewal=False, etcd_upgrade=False, ignore_preflight_errors=["CreateJob"], patches="/p", seconds=60)
    assert machine.commands("kubeadm", "upgrade") == [
        "kubeadm upgrade apply v1.20.3 --yes --ignore-preflight-errors CreateJob --certificate-renewal=false --etcd-upgrade=false "
        "--experimental-patches /p"]
    assert next(call.seconds for call in machine.calls if call.words[:2] == ["kubeadm", "upgrade"]) == 60


def test_a_document_reaches_kubeadm_on_standard_input(machine: FakeMachine, cluster: FakeCluster) -> None:
    cluster.cluster, cluster.kubeadm, cluster.kubelets = "1.33.1", "1.34.2", {"cp1": "1.33.1"}
    cluster.config = {"kubelet-config": CONFIG, "kubelet-config-1.20": CONFIG}
    for part in PARTS:
        cluster.manifest(part, "1.33.1")
    document = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "UpgradeConfiguration", "timeouts": {"upgradeManifests": "9m"}}
    assert run(version="1.34.2", document=document)["changed"]
    call = next(call for call in machine.calls if call.words[:2] == ["kubeadm", "upgrade"])
    assert call.words == ["kubeadm", "upgrade", "apply", "v1.34.2", "--yes", "--config", "/dev/stdin"] and json.loads(call.stdin or "") == document
