# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.modules import kubeconfig_users
from ansible_collections.kubewright.cluster.plugins.modules.kube_node import DRAIN_SPEC
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight, preflight_names, variable_names
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_names import JUDGES, KEYS, nearest
from ansible_collections.kubewright.cluster.tests import role_readmes
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_inventory import GOOD, everywhere, inputs, judged, told

# Of Kubespray, geerlingguy.docker, geerlingguy.kubernetes, geerlingguy.containerd and of people; inventories have them beside ours.
KUBESPRAY = """kube_network_plugin kube_service_addresses kube_network_node_prefix kube_apiserver_port kube_api_anonymous_auth kube_log_level kube_config_dir
    kube_cert_dir kube_token_dir kube_users_dir kube_token_auth kube_owner kube_cert_group kube_dns_servers kube_proxy_strict_arp kube_image_repo
    kube_webhook_token_auth kube_oidc_auth kube_encrypt_secret_data kube_reserved kube_feature_gates kube_apiserver_ip kube_vip_enabled kube_ovn_version
    kube_api_aggregator_routing kube_version_min_required kube_override_hostname kube_scheduler_policy_file kube_profiling kube_certificates_dir"""
OTHERS = """docker_edition docker_package docker_packages docker_package_state docker_service_state docker_service_enabled docker_users docker_daemon_options
    docker_compose_version docker_add_repo docker_repo_url docker_apt_repository docker_apt_gpg_key docker_storage_options docker_rpm_keyring_version
    kubernetes_version kubernetes_packages kubernetes_role kubernetes_pod_network kubernetes_config_cluster_configuration kubectl_localhost
    kubeconfig_localhost containerd_service_state containerd_service_enabled containerd_config containerd_config_default_write containerd_storage_dir
    containerd_use_systemd_cgroup containerd_default_runtime node_version node_name worker_count worker_memory nodes_total verify_tls join_command
    cni_version cni_bin_dir ansible_host etcd_version kubespray_role nodejs_version k8s_version kubelet_flags kubelet_version kubeadm_version
    kubernetes_kubelet_extra_args kubectl_os kubectl_sha containerd_registries_mirrors"""


def found(variables: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    return told(JUDGES, variables, **more)


@pytest.mark.parametrize(("name", "meant"), [
    ("kube_verison", "kube_version"), ("kube_versions", "kube_version"), ("kubeversion", "kube_version"), ("KUBE_VERSION", "kube_version"),
    ("kube_runtme", "kube_runtime"), ("kube_pods_subnet", "kube_pod_subnets"), ("kube_service_subnet", "kube_service_subnets"),
    ("kube_preflight_wavied", "kube_preflight_waived"), ("kube_contol_plane_endpiont", "kube_control_plane_endpoint"), ("kube_minro", "kube_minor"),
    ("kube_kubelet_extra_arg", "kube_kubelet_extra_args"), ("kube_registry_mirror", "kube_registry_mirrors"), ("kube_swpa", "kube_swap"),
    ("containerd_setings", "containerd_settings"), ("prereq_time", "prereqs_time"), ("prereqs_sysctl", "prereqs_sysctls"),
    ("docker_log_limit", "docker_log_limits"), ("cni_calico_backend", "cni_calico_backends"), ("kube_packages_sources", "kube_package_source"),
])
def test_what_is_nearly_one_of_ours_is_an_error_that_says_which(name: str, meant: str) -> None:
    assert meant in nearest(name)
    ((host, level, identity, message),) = judged(JUDGES[0], everywhere(**{name: "x"}))
    assert (host, level, identity) == ("inventory", "error", "UnknownVariable")
    assert message.startswith(f"{name} is no variable of Kubewright, and nothing reads it; did you mean ") and meant in message and message[-1] == "?"


def test_who_has_it_is_told() -> None:
    message = "kube_verison is no variable of Kubewright, and nothing reads it; did you mean kube_version?"
    assert found({**GOOD, "w1": {**GOOD["w1"], "kube_verison": "1.31.2"}}) == [("w1", "UnknownVariable", message)]
    assert found(everywhere(kube_verison="1.31.2")) == [("inventory", "UnknownVariable", message)]
    assert found(everywhere(kube_verison="1.31.2"), extra=["kube_verison"]) == [
        ("inventory", "UnknownVariable", message.replace(" is", " (-e) is", 1))]
    assert found(GOOD, play=["kube_verison", "kube_version", "hostvars"]) == [("inventory", "UnknownVariable", message)]


@pytest.mark.parametrize("names", [KUBESPRAY, OTHERS])
def test_what_others_read_stops_nothing(names: str) -> None:
    rows = [row for judge in JUDGES for row in judged(judge, everywhere(**dict.fromkeys(names.split(), "x")))]
    assert [row[:3] for row in rows] == [("inventory", "warning", "UnknownVariable")] * (names is KUBESPRAY)


def test_unknown_names_that_are_near_to_none_are_one_warning() -> None:
    some = {f"kube_dashboard_{letter}": 1 for letter in "abcdefghij"}
    names = ", ".join(sorted(some)[:8])
    assert judged(JUDGES[0], everywhere(**some)) == [("inventory", "warning", "UnknownVariable", f"nothing of Kubewright reads {names} and 2 more")]
    assert judged(JUDGES[0], {**GOOD, "w1": {**GOOD["w1"], "kube_dashboard": 1}}) == [
        ("w1", "warning", "UnknownVariable", "nothing of Kubewright reads kube_dashboard")]
    assert judged(JUDGES[0], GOOD, play=["kube_dashboard"]) == []  # may be a default of another role of the same play


def test_nothing_of_ours_is_told() -> None:
    ours = dict.fromkeys([*role_readmes.inputs(), *preflight_names.RESULTS, "__preflight_look", "kube_node_labels_gpu", "kube_node_taints_rack"], "x")
    own: dict[str, Any] = {row[0].strip("`"): {} for role in role_readmes.roles() for row in role_readmes.variables(role)}
    assert len(own) > 200 and found(everywhere(**ours, **own)) == []


def test_labels_and_taints_have_their_own_word() -> None:
    assert found(everywhere(kube_node_label_gpu={}, kube_labels={})) == []  # NodeMarks
    assert nearest("kube_node_labls_gpu") == ["kube_node_labels_…"]


def test_it_is_waived_like_any_finding() -> None:
    variables = everywhere(kube_verison="x", kube_preflight_waived="UnknownVariable")
    rows = JUDGES[0](inputs(variables))
    assert len(preflight.passed(rows, variables)) == 1 and preflight.standing(rows, variables) == []


@pytest.mark.parametrize(("variables", "message"), [
    ({"kube_users": [{"name": "a", "path": "b", "group": ["c"]}]}, "kube_users has group, which it does not take; did you mean groups?"),
    ({"kube_upgrade_drain": {"second": 5}}, "kube_upgrade_drain has second, which it does not take; did you mean seconds?"),
    ({"kube_reset_drain": {"x": 5}}, "kube_reset_drain has x, which it does not take; it takes "
                                     "delete_emptydir_data, disable_eviction, force, grace_seconds, pod_selector, seconds"),
])
def test_a_misspelt_key_of_ours_is_told_before_anything_is_touched(variables: dict[str, Any], message: str) -> None:
    assert found(everywhere(**variables)) == [("inventory", "UnknownVariable", message)]


@pytest.mark.parametrize("value", [None, "text", 5, [], ["text"], {}, "{{ x }}"])
def test_what_is_no_dictionary_is_left_to_who_reads_it(value: Any) -> None:
    assert found(everywhere(kube_users=value, kube_upgrade_drain=value)) == []


def test_the_keys_are_those_of_the_modules() -> None:
    assert set(KEYS["kube_upgrade_drain"]) == set(DRAIN_SPEC)
    assert set(KEYS["kube_users"]) == set(yaml.safe_load(kubeconfig_users.DOCUMENTATION)["options"]["users"]["suboptions"]) - {"held"}
    assert set(KEYS) <= set(variable_names.NAMES)


def test_a_thousand_hosts_cost_little_beside_what_preflight_does_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"kube_verison": 1, **dict.fromkeys(KUBESPRAY.split(), 1), **{f"some_{number}": 1 for number in range(100)}}
    variables = {f"w{number}": {**GOOD["w1"], "ansible_host": f"192.0.{number // 250}.{number % 250}", **own} for number in range(1000)}
    asked: list[str] = []

    def counted(name: str) -> list[str]:
        asked.append(name)
        return nearest(name)

    monkeypatch.setattr(preflight_names, "nearest", counted)
    given = inputs(variables, control_planes=["w0"])
    begin = time.process_time()
    rows = [row for judge in JUDGES for row in judge(given)]
    mine = time.process_time() - begin
    assert len(rows) == 2 and sorted(asked) == sorted(["kube_verison", *KUBESPRAY.split()])  # once for each name, not for each host
    begin = time.process_time()
    preflight.findings(given)
    whole = time.process_time() - begin
    assert mine < whole / 3, f"{mine:.2f} s of {whole:.2f} s"
