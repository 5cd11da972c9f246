# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.kubewright.cluster.plugins.action import cni_flannel
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_action import FakeNode, action_of

ARGUMENTS: dict[str, Any] = {"kubernetes_version": "1.20.2", "pod_subnets": ["10.244.0.0/16"]}
BUNDLE = [{"refs": ["docker.io/flannel/flannel:v0.25.7"], "architecture": "amd64"},
          {"refs": ["docker.io/flannel/flannel-cni-plugin:v1.5.1-flannel2"], "architecture": "amd64"}]
DONE: dict[str, Any] = {"changed": True, "changed_objects": ["Namespace/kube-flannel"], "pruned": []}
OURS = {"name": "flannel", "place": "kube-flannel/kube-flannel-ds", "ours": True}
OLD = {"name": "flannel", "place": "kube-system/kube-flannel-ds", "ours": False}


def look(**more: Any) -> dict[str, Any]:
    return {"changed": False, "exists": True, "networks": [], "kubernetes": "1.20.2", "pod_subnets": ["10.244.0.0/16"], "architectures": ["amd64"],
            "configurations": {}, "images": [], "files": [], **more}


def run(seen: dict[str, Any], *answers: dict[str, Any], check_mode: bool = False, **more: Any) -> tuple[dict[str, Any], FakeNode]:
    node = FakeNode(pod_network_info=[seen], kube_apply=list(answers))
    return action_of(cni_flannel, {**ARGUMENTS, **more}, node, check_mode).run(task_vars={}), node


def test_the_objects_of_the_release_are_applied_and_waited_for() -> None:
    result, node = run(look(), DONE)
    assert result["changed"] and result["version"] == "0.20.2" and result["images_from"] == "their registry" and result["removed"] == []
    (_info, asked), (name, given) = node.asked
    assert name == "kubewright.cluster.kube_apply" and "*/flannel:*" in asked["images"] and "bundle_url" not in asked
    assert [item["kind"] for item in given["objects"]] == ["Namespace", "ClusterRole", "ClusterRoleBinding", "ServiceAccount", "ConfigMap", "DaemonSet"]
    assert given["rollouts"] == ["kube-flannel/daemonset/kube-flannel-ds"] and given["prune_label"] == "kubewright.cluster/pod-network=flannel"
    assert "podsecuritypolicies.policy" in given["prune_kinds"]


def test_nobody_waits_where_no_time_is_given() -> None:
    assert run(look(), DONE, wait_seconds=0)[1].asked[1][1]["rollouts"] == []


def test_a_bundle_decides_the_release() -> None:
    result, node = run(look(images=BUNDLE), DONE, bundle_url="http://192.0.2.5", bundle_sha256="ab")
    assert (result["version"], result["images_from"]) == ("0.25.7", "the bundle") and result["images"] == [
        "docker.io/flannel/flannel-cni-plugin:v1.5.1-flannel2", "docker.io/flannel/flannel:v0.25.7"]
    assert (node.asked[0][1]["bundle_url"], node.asked[0][1]["bundle_sha256"]) == ("http://192.0.2.5", "ab")


def test_policies_are_not_looked_for_where_there_are_none() -> None:
    _result, node = run(look(), DONE, kubernetes_version="1.25.0")
    assert "podsecuritypolicies.policy" not in node.asked[1][1]["prune_kinds"]


def test_before_the_cluster_is_made_it_is_a_prediction() -> None:
    result, _node = run({"changed": False, "exists": False, "networks": [], "images": [], "files": []}, DONE, check_mode=True)
    assert result["changed"]


def test_what_an_older_release_left_in_another_namespace_goes_first() -> None:
    result, node = run(look(networks=[OLD]), {"changed": True, "changed_objects": ["DaemonSet/kube-system/kube-flannel-ds"]}, DONE)
    gone = node.asked[1][1]
    assert gone["state"] == "absent" and [(item["kind"], item["metadata"]["name"]) for item in gone["objects"]] == [
        ("DaemonSet", "kube-flannel-ds"), ("ConfigMap", "kube-flannel-cfg"), ("ServiceAccount", "flannel"), ("PodSecurityPolicy", "psp.flannel.unprivileged")]
    assert result["removed"] == ["DaemonSet/kube-system/kube-flannel-ds"]


def test_going_back_to_a_release_without_a_namespace_of_its_own_takes_that_away() -> None:
    objects = cni_flannel.moved_away(["kube-flannel/kube-flannel-ds"], ["kube-system/daemonset/kube-flannel-ds"], False)
    assert [item["kind"] for item in objects] == ["DaemonSet", "ConfigMap", "ServiceAccount", "Namespace"]
    assert cni_flannel.moved_away(["kube-system/kube-flannel-ds-arm"], ["kube-system/daemonset/kube-flannel-ds-amd64"], True) == [
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "kube-flannel-ds-arm", "namespace": "kube-system"}}]


def configured(kind: str) -> dict[str, Any]:
    return {"ConfigMap/kube-flannel-cfg": {"net-conf.json": json.dumps({"Network": "10.244.0.0/16", "Backend": {"Type": kind}})}}


def test_another_backend_is_refused_unless_it_is_asked_for() -> None:
    seen = look(networks=[OURS], configurations=configured("vxlan"))
    with pytest.raises(AnsibleActionFail, match="runs with the backend vxlan, asked for is host-gw"):
        run(seen, backend="host-gw")
    assert run(seen, DONE, backend="host-gw", change=True)[0]["changed"]
    assert not run(seen, {"changed": False, "changed_objects": [], "pruned": []})[0]["changed"]


@pytest.mark.parametrize(("seen", "more", "told"), [
    (look(networks=[{"name": "calico", "place": "kube-system/calico-node", "ours": True}]), {}, "the cluster has the pod network calico, asked for is flannel"),
    (look(networks=[{"name": "calico", "place": "kube-system/calico-node", "ours": True}]), {"change": True}, "the cluster has the pod network calico"),
    (look(networks=[{"name": "cilium", "place": "kube-system/cilium", "ours": False}]), {}, "Take it away the way it came"),
    (look(pod_subnets=["10.0.0.0/8"]), {}, "kube_pod_subnets is 10.244.0.0/16, but the cluster was made with 10.0.0.0/8"),
    (look(pod_subnets=[]), {}, "was made without a network for pods"),
    (look(), {"version": "0.9.0"}, "is older than 0.11.0"),
    (look(), {"backend": "ipsec"}, "is not one that Kubewright sets up"),
])
def test_what_is_refused_before_anything_is_applied(seen: dict[str, Any], more: dict[str, Any], told: str) -> None:
    with pytest.raises(AnsibleActionFail, match=told):
        run(seen, **more)


def test_in_check_mode_a_change_is_predicted_although_the_other_network_is_still_there() -> None:
    seen = look(networks=[{"name": "calico", "place": "kube-system/calico-node", "ours": True}])
    assert run(seen, DONE, change=True, check_mode=True)[0]["changed"]


def test_a_failed_rollout_is_told_with_its_evidence() -> None:
    result, _node = run(look(), {"failed": True, "msg": "not ready", "pods": ["p"], "events": ["e"], "logs": ["l"]})
    assert result["failed"] and (result["msg"], result["pods"], result["events"], result["logs"]) == ("not ready", ["p"], ["e"], ["l"])
