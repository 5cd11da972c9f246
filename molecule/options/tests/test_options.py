"""In this order, on a cluster of two control planes that was made with every option."""

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from control_planes import ETCD
from runs import PlaybookRun, playbook
from testinfra.host import Host

KEYS = "/etc/kubernetes/pki/encryption-at-rest.yaml"
POLICY = "/etc/kubernetes/audit/policy.yaml"
LOG = "/var/log/kubernetes/audit/audit.log"
Site = Callable[..., PlaybookRun]
Kubectl = Callable[[str], Any]


def admin(node: Host, words: str) -> str:
    return str(node.check_output(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words}"))


def server_of(node: Host) -> str:
    """This machine's own API server; admin.conf names the cluster's endpoint."""
    address = node.check_output("grep -o 'advertise-address=[0-9.]*' /etc/kubernetes/manifests/kube-apiserver.yaml").partition("=")[2]
    return f"--server https://{address}:6443"


def words_of(node: Host, program: str) -> list[str]:
    """How it was started; ps -C knows fifteen letters of a name."""
    lines = [line.split() for line in node.check_output("ps -eo args=").splitlines()]
    return next(words for words in lines if words[0].rpartition("/")[2] == program)


def stored(node: Host, key: str) -> bytes:
    """What this machine's etcd has under a key."""
    asked = json.dumps({"key": base64.b64encode(key.encode()).decode()})
    answer = json.loads(node.check_output(f"{ETCD}/v3/kv/range --data '{asked}'"))
    return base64.b64decode(answer["kvs"][0]["value"])


def entries(node: Host, name: str) -> list[dict[str, Any]]:
    """What the audit log says of one object."""
    return [json.loads(line) for line in node.check_output(f"cat {LOG}").splitlines() if f'"name":"{name}"' in line]


@pytest.mark.parametrize(("program", "flag"), [
    ("kube-apiserver", "--max-requests-inflight=401"), ("kube-controller-manager", "--node-monitor-grace-period=41s"), ("kube-scheduler", "--v=3"),
    ("etcd", "--snapshot-count=10001"), ("kube-apiserver", "--audit-log-maxage=7"),
])
def test_every_component_runs_with_its_flags(control_plane: Host, program: str, flag: str) -> None:
    assert flag in words_of(control_plane, program)


def test_every_control_plane_has_the_policy_for_root_alone_and_logs_what_it_says(control_plane: Host) -> None:
    assert control_plane.check_output(f"stat -c %a {POLICY} /etc/kubernetes/audit /var/log/kubernetes/audit").split() == ["600", "700", "700"]
    name = f"audited-{control_plane.check_output('hostname')}"
    admin(control_plane, f"{server_of(control_plane)} create configmap {name} --from-literal=a=b")
    admin(control_plane, f"{server_of(control_plane)} create secret generic {name} --from-literal=password=hunter2")
    by_kind = {entry["objectRef"]["resource"]: entry for entry in entries(control_plane, name) if entry["verb"] == "create"}
    assert by_kind["configmaps"]["level"] == "Request" and by_kind["configmaps"]["requestObject"]["data"] == {"a": "b"}
    assert by_kind["secrets"]["level"] == "Metadata" and "requestObject" not in by_kind["secrets"]
    assert "hunter2" not in control_plane.check_output(f"cat {LOG}")


def test_a_secret_is_not_plain_in_etcd_and_every_api_server_reads_it(nodes: dict[str, Host]) -> None:
    first, second = nodes["cp1"], nodes["cp2"]
    admin(first, f"{server_of(first)} create secret generic hidden --from-literal=password=correct-horse")
    for node in (first, second):
        found = stored(node, "/registry/secrets/default/hidden")
        assert found.startswith(b"k8s:enc:secretbox:v1:key1:") and b"correct-horse" not in found
        assert stored(node, "/registry/configmaps/kube-system/kubeadm-config").startswith(b"k8s\0")
        secret = json.loads(admin(node, f"{server_of(node)} get secret hidden -o json"))
        assert base64.b64decode(secret["data"]["password"]) == b"correct-horse"


def test_control_planes_have_one_key_which_is_nowhere_else(nodes: dict[str, Host]) -> None:
    first, second = nodes["cp1"], nodes["cp2"]
    assert first.check_output(f"sha256sum {KEYS}") == second.check_output(f"sha256sum {KEYS}")
    assert {node.check_output(f"stat -c %a {KEYS}") for node in (first, second)} == {"600"}
    assert not nodes["worker1"].file(KEYS).exists
    secret = json.loads(first.check_output(f"cat {KEYS}"))["resources"][0]["providers"][0]["secretbox"]["keys"][0]["secret"]
    for node in nodes.values():
        found = node.run(f"grep -rlF -- '{secret}' /root /home /tmp /var/log /var/lib/kubewright /run/systemd 2>/dev/null; journalctl | grep -cF -- '{secret}'")
        assert found.stdout.strip() == "0"


def test_a_control_plane_that_lost_its_key_lets_no_other_join(nodes: dict[str, Host], inventory: Path, tmp_path: Path) -> None:
    play = tmp_path / "material.yml"
    play.write_text(json.dumps([{"hosts": "cp2", "gather_facts": False, "become": True, "tasks": [
        {"kubewright.cluster.kubeadm_join_material": {"description": "cp3", "control_plane": True}}]}]))
    nodes["cp2"].check_output(f"mv {KEYS} /root/kept")
    try:
        refused = playbook(str(play), inventory)
    finally:
        nodes["cp2"].check_output(f"mv /root/kept {KEYS}")
    assert refused.rc != 0 and "Without its key nobody reads what the cluster has encrypted" in " ".join(refused.output.split())


def test_labels_and_taints_of_groups_and_host_add_up(kubectl: Kubectl) -> None:
    node = kubectl("get node worker1 -o json")
    own = {key: value for key, value in node["metadata"]["labels"].items() if key.startswith("example.com/")}
    assert own == {"example.com/disk": "nvme", "example.com/rack": "r7", "example.com/row": "4", "example.com/accelerator": "a100"}
    taints = {(taint["key"], taint.get("value", ""), taint["effect"]) for taint in node["spec"]["taints"]}
    assert taints == {("example.com/own", "", "PreferNoSchedule"), ("example.com/gpu", "true", "PreferNoSchedule")}


def test_the_account_uses_kubectl_on_every_control_plane(control_plane: Host) -> None:
    assert control_plane.check_output("stat -c '%U %a' /home/alice/.kube /home/alice/.kube/config").splitlines() == ["alice 700", "alice 600"]
    assert "worker1" in control_plane.check_output("su - alice -c 'kubectl get nodes'")


def test_an_older_copy_is_replaced_and_a_file_of_somebody_else_is_refused(nodes: dict[str, Host], inventory: Path, tmp_path: Path) -> None:
    play, node, path = tmp_path / "accounts.yml", nodes["cp1"], "/home/alice/.kube/config"
    play.write_text(json.dumps([{"hosts": "cp1", "gather_facts": False, "become": True, "tasks": [
        {"kubewright.cluster.kubeconfig_accounts": {"accounts": ["alice"]}}]}]))
    node.check_output(f"sed -i 's/\\(client-certificate-data:\\).*/\\1 b2xk/' {path}")
    again = playbook(str(play), inventory)
    assert again.rc == 0 and again.each("changed") == {"cp1": 1} and node.check_output(f"cmp {path} /etc/kubernetes/admin.conf") == ""
    node.check_output(f"sed -i 's/kubernetes-admin/somebody/' {path}")
    before = node.check_output(f"sha256sum {path}")
    refused = playbook(str(play), inventory)
    assert refused.rc != 0 and "is no copy of this cluster's admin.conf, so it is not overwritten" in " ".join(refused.output.split())
    assert node.check_output(f"sha256sum {path}") == before
    node.check_output(f"rm {path}")
    assert playbook(str(play), inventory).rc == 0


def test_a_user_has_a_certificate_of_her_own_and_may_do_what_her_group_may(nodes: dict[str, Host], inventory: Path) -> None:
    path, node = inventory.parent / "jane.conf", nodes["cp1"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    node.check_output(f"umask 077; echo {base64.b64encode(path.read_bytes()).decode()} | base64 -d > /run/jane.conf")
    refused = node.run("kubectl --kubeconfig /run/jane.conf get pods")
    assert refused.rc != 0 and 'User "jane" cannot list resource "pods"' in refused.stderr
    admin(node, "create clusterrolebinding developers --clusterrole=view --group=developers")
    assert node.run("kubectl --kubeconfig /run/jane.conf get pods").rc == 0
    assert node.run("kubectl --kubeconfig /run/jane.conf get secrets").rc != 0


def test_a_running_cluster_is_not_changed_in_passing_but_told_of(site: Site, nodes: dict[str, Host]) -> None:
    wanted = {"kube_apiserver_extra_args": {"max-requests-inflight": 402}, "kube_kubelet_configuration": {"maxPods": 77}}
    told = site("--tags=preflight", f"--extra-vars={json.dumps(wanted)}")
    words = " ".join(told.output.split())
    assert told.rc == 0 and "Drift" in words
    assert "apiServer.extraArgs.max-requests-inflight is 401 in the cluster, the inventory says 402" in words
    assert "KubeletConfiguration: maxPods is not set on this machine, the inventory says 77" in words
    assert "--max-requests-inflight=401" in words_of(nodes["cp1"], "kube-apiserver")


def test_a_second_run_of_everything_changes_nothing_and_finds_no_drift(site: Site) -> None:
    again = site()
    assert again.rc == 0 and set(again.each("changed").values()) == {0} and "Drift" not in again.output
