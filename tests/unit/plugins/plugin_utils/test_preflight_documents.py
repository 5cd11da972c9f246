# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import preflight_documents

NO_SUCH = "KubeletConfiguration: there is no maxPodz; did you mean maxPods?"


def problems(control_plane: bool = True, **variables: Any) -> list[str]:
    return preflight_documents.problems({"kube_version": "1.34.2", **variables}, control_plane)


@pytest.mark.parametrize("control_plane", [True, False])
def test_nothing_is_wrong_with_the_defaults(control_plane: bool) -> None:
    assert problems(control_plane) == []
    assert problems(control_plane, kube_cluster_configuration={}, kube_kubelet_extra_args={}, kube_image_registry="") == []


@pytest.mark.parametrize("name", ["kube_kubelet_configuration", "control_plane_kubelet_configuration"])
def test_the_variables_of_the_cluster_and_of_the_role_are_looked_at(name: str) -> None:
    assert problems(True, **{name: {"maxPodz": 1}}) == [NO_SUCH]
    assert problems(False, **{name: {"maxPodz": 1}}) == []


def test_the_role_s_own_variable_wins() -> None:
    assert problems(kube_kubelet_configuration={"maxPodz": 1}, control_plane_kubelet_configuration={"maxPods": 1}) == []


def test_all_that_is_wrong_is_told() -> None:
    found = problems(kube_kubelet_configuration={"maxPodz": 1}, kube_cluster_configuration={"dns": {"imageTagg": "1"}}, kube_proxy_mode="userspace")
    assert [text.partition(":")[0] for text in found] == ["ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"]


@pytest.mark.parametrize(("control_plane", "name", "kind"), [
    (True, "control_plane_init_configuration", "InitConfiguration"), (True, "control_plane_join_configuration", "JoinConfiguration"),
    (False, "workers_join_configuration", "JoinConfiguration"),
])
def test_the_free_form_of_each_document_is_looked_at(control_plane: bool, name: str, kind: str) -> None:
    assert problems(control_plane, **{name: {"patchez": {}}}) == [f"{kind}: there is no patchez; did you mean patches?"]
    assert problems(control_plane, **{name: "x"}) == ["configuration in the description of the node is 'x'; a mapping is expected"]


def test_a_flag_is_told_for_one_document_of_a_host() -> None:
    assert len(problems(True, kube_kubelet_extra_args={"runonce-x": None})) == len(problems(False, kube_kubelet_extra_args={"runonce-x": None})) == 1


@pytest.mark.parametrize("name", ["kube_unchecked_documents", "control_plane_unchecked_documents"])
def test_unknown_fields_pass_when_the_user_says_so(name: str) -> None:
    assert problems(kube_kubelet_configuration={"brandNew": 1}, **{name: True}) == []


def test_what_is_only_known_when_the_role_runs_is_left_to_it() -> None:
    assert problems(kube_kubelet_configuration={"maxPods": "{{ something }}"}) == []
    assert problems(kube_cluster_configuration="{{ something }}", control_plane_init_configuration="{{ something }}") == []
