# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_options, documents

NODE = {"name": "cp1", "address": "192.0.2.10", "cri_socket": "unix:///run/containerd/containerd.sock"}
POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}
ENCRYPTION = "/etc/kubernetes/pki/encryption-at-rest.yaml"


def written(version: str = "1.20.2", **options: Any) -> dict[str, Any]:
    """The ClusterConfiguration of a cluster with these options."""
    cluster = {"version": version, "control_plane_endpoint": "cluster:6443", "pod_subnets": ["10.244.0.0/16"], "service_subnets": ["10.96.0.0/12"], **options}
    return documents.init_documents(cluster, NODE)[1]


@pytest.mark.parametrize(("option", "path"), document_options.EXTRA_ARGS.items())
@pytest.mark.parametrize(("version", "expected"), [
    ("1.20.2", {"v": "4", "profiling": "false"}), ("1.34.2", [{"name": "v", "value": "4"}, {"name": "profiling", "value": "false"}])])
def test_flags_of_a_component_are_added_to_those_of_the_free_form(option: str, path: str, version: str, expected: Any) -> None:
    free: Any = {"extraArgs": {"v": 4}}
    for name in reversed(path.split(".")):
        free = {name: free}
    found: Any = written(version, cluster_configuration=free, **{option: {"profiling": False}})
    for name in path.split("."):
        found = found[name]
    assert found["extraArgs"] == expected


def test_a_flag_that_has_two_values_is_refused_and_one_that_is_said_twice_is_not() -> None:
    free = {"apiServer": {"extraArgs": {"v": 4}}}
    assert written(cluster_configuration=free, apiserver_extra_args={"v": "4"})["apiServer"]["extraArgs"] == {"v": "4"}
    with pytest.raises(KubewrightError, match=re.escape("apiServer.extraArgs has v '4', and apiserver_extra_args wants '5'; leave one of them out")):
        written(cluster_configuration=free, apiserver_extra_args={"v": 5})


def test_a_removed_flag_is_refused_there_too() -> None:
    with pytest.raises(KubewrightError, match=r"kube-scheduler of Kubernetes 1.24.0 would not start with scheduler.extraArgs.port"):
        written("1.24.0", scheduler_extra_args={"port": 0})


def test_an_audit_policy_brings_flags_and_folders() -> None:
    found = written(audit_policy=POLICY)["apiServer"]
    assert found["extraArgs"] == {"audit-policy-file": "/etc/kubernetes/audit/policy.yaml", "audit-log-path": "/var/log/kubernetes/audit/audit.log",
                                  "audit-log-maxage": "30", "audit-log-maxbackup": "10", "audit-log-maxsize": "100"}
    assert [(item["name"], item["hostPath"], item["mountPath"], item["readOnly"], item["pathType"]) for item in found["extraVolumes"]] == [
        ("audit-policy", "/etc/kubernetes/audit", "/etc/kubernetes/audit", True, "DirectoryOrCreate"),
        ("audit-log", "/var/log/kubernetes/audit", "/var/log/kubernetes/audit", False, "DirectoryOrCreate")]


def test_the_log_can_be_elsewhere_be_kept_longer_or_go_to_standard_output() -> None:
    log = {"path": "/srv/audit/api.log", "max_age_days": 7}
    volume = {"name": "mine", "hostPath": "/srv/other", "mountPath": "/srv/audit"}
    found = written(audit_policy=POLICY, audit_log=log, cluster_configuration={"apiServer": {
        "extraVolumes": [volume], "extraArgs": {"audit-log-maxbackup": 3}}})["apiServer"]
    assert (found["extraArgs"]["audit-log-path"], found["extraArgs"]["audit-log-maxage"], found["extraArgs"]["audit-log-maxbackup"]) == (
        "/srv/audit/api.log", "7", "3")
    assert [item["name"] for item in found["extraVolumes"]] == ["mine", "audit-policy"]  # the user's own volume is there
    found = written(audit_policy=POLICY, audit_log={"path": "-"})["apiServer"]
    assert found["extraArgs"] == {"audit-policy-file": "/etc/kubernetes/audit/policy.yaml", "audit-log-path": "-"} and len(found["extraVolumes"]) == 1


def test_the_policy_is_written_whether_it_is_given_or_named(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(POLICY))
    for given in (POLICY, str(tmp_path / "policy.yaml")):
        found = document_options.files({"audit_policy": given})
        assert set(found) == {"/etc/kubernetes/audit/policy.yaml", "/var/log/kubernetes/audit/"}
        assert yaml.safe_load(found["/etc/kubernetes/audit/policy.yaml"]) == POLICY
    assert list(document_options.files({"audit_policy": POLICY, "audit_log": {"path": "-"}})) == ["/etc/kubernetes/audit/policy.yaml"]
    assert document_options.files({}) == {} == document_options.files({"audit_policy": {}})


def test_encryption_brings_one_flag_and_its_defaults() -> None:
    assert written(encryption_at_rest={"provider": "aescbc"})["apiServer"]["extraArgs"] == {"encryption-provider-config": ENCRYPTION}
    assert document_options.encryption({"encryption_at_rest": {"provider": "aescbc"}}) == {"provider": "aescbc", "resources": ["secrets"]}
    assert document_options.encryption({"encryption_at_rest": {"resources": ["secrets", "widgets.example.com"]}}) == {
        "provider": "secretbox", "resources": ["secrets", "widgets.example.com"]}
    assert document_options.encryption({}) == {} == document_options.encryption({"encryption_at_rest": {}})
    with pytest.raises(KubewrightError, match="encryption-provider-config '/mine', and encryption_at_rest wants"):
        written(encryption_at_rest={"provider": "aescbc"}, apiserver_extra_args={"encryption-provider-config": "/mine"})


@pytest.mark.parametrize(("options", "told"), [
    ({"audit_policy": ["x"]}, "audit_policy is list; apiVersion: audit.k8s.io/v1 and kind: Policy are expected"),
    ({"audit_policy": {**POLICY, "apiVersion": "audit.k8s.io/v1beta1"}}, "audit_policy is audit.k8s.io/v1beta1 Policy; apiVersion"),
    ({"audit_policy": {**POLICY, "rules": []}}, "audit_policy has no rules, and the API server would not start"),
    ({"audit_policy": {**POLICY, "rule": []}}, "audit_policy has rule, which a Policy does not have"),
    ({"audit_policy": {**POLICY, "rules": [{"level": "Metadata"}, {"level": "All"}]}}, "rule 2 of audit_policy has the level 'All'; it is one of None"),
    ({"audit_policy": {**POLICY, "rules": [{"level": None}]}}, "rule 1 of audit_policy has the level None"),
    ({"audit_policy": {**POLICY, "rules": ["Metadata"]}}, "rule 1 of audit_policy has the level None"),
    ({"audit_policy": {**POLICY, "rules": [{"level": "None", "user": ["x"]}]}}, "rule 1 of audit_policy has user, which a rule does not have"),
    ({"audit_policy": "/nowhere/policy.yaml"}, "audit_policy is the file '/nowhere/policy.yaml' on the controller, which cannot be read"),
    ({"audit_log": {"path": "-"}}, "audit_log is set, and there is no audit_policy"),
    ({"audit_policy": POLICY, "audit_log": {"days": 1}}, "audit_log is {'days': 1}; a mapping with path, max_age_days"),
    ({"audit_policy": POLICY, "audit_log": "x"}, "audit_log is 'x'; a mapping"),
    ({"audit_policy": POLICY, "audit_log": {"path": "/var/log/audit.log"}}, "audit_log.path is '/var/log/audit.log'; write the whole path of a file"),
    ({"audit_policy": POLICY, "audit_log": {"path": "audit.log"}}, "audit_log.path is 'audit.log'; write"),
    ({"audit_policy": POLICY, "audit_log": {"path": "/srv/a/../b/x"}}, "audit_log.path is '/srv/a/../b/x'; write"),
    ({"audit_policy": POLICY, "audit_log": {"max_size_mb": "big"}}, "audit_log.max_size_mb is 'big'; a whole number is expected"),
    ({"encryption_at_rest": True}, "encryption_at_rest is True; a mapping with provider and resources"),
    ({"encryption_at_rest": {"key": "x"}}, "encryption_at_rest is {'key': 'x'}; a mapping"),
    ({"encryption_at_rest": {"provider": "kms"}}, "encryption_at_rest.provider is 'kms'; it is one of secretbox, aescbc"),
    ({"encryption_at_rest": {"resources": "secrets"}}, "encryption_at_rest.resources is 'secrets'; write a list"),
    ({"encryption_at_rest": {"resources": ["*.*"]}}, "encryption_at_rest.resources is ['*.*']; write a list"),
    ({"encryption_at_rest": {"resources": []}}, "encryption_at_rest.resources is []; write a list"),
])
def test_an_option_that_is_not_well_formed_is_a_sentence(options: dict[str, Any], told: str) -> None:
    with pytest.raises(KubewrightError) as raised:
        written(**options)
    assert str(raised.value).startswith(told)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(KubewrightError) as raised:
        document_options.files({"audit_policy": {"kind": "Policy"}, "audit_log": {"path": "x"}, "encryption_at_rest": {"provider": "x"}})
    assert len(raised.value.evidence["problems"]) == 3


def test_a_section_of_another_form_is_left_to_the_check_of_fields() -> None:
    with pytest.raises(KubewrightError, match="ClusterConfiguration: apiServer is 'x'; a mapping with"):
        written(cluster_configuration={"apiServer": "x"}, apiserver_extra_args={"v": 4})


class Tagged(str):
    """As ansible-core 2.19 has every text of an inventory."""

    __slots__ = ()


def test_texts_that_ansible_has_marked_are_written_like_others() -> None:
    marked = {Tagged("apiVersion"): Tagged("audit.k8s.io/v1"), "kind": Tagged("Policy"), "rules": [{"level": Tagged("Metadata")}]}
    assert document_options.files({"audit_policy": marked}) == document_options.files({"audit_policy": POLICY})
