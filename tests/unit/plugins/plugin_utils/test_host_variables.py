# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.kubewright.cluster.plugins.plugin_utils.host_variables import HostVariables


class FakeHostVars(dict[str, Any]):
    """As ansible-core 2.19 and newer answer for a template that needs hostvars."""

    def __getitem__(self, name: str) -> Any:
        if name == "kube_control_plane_endpoint":
            raise AnsibleUndefinedVariable("'hostvars' is undefined")
        return super().__getitem__(name)


def test_a_template_that_only_its_host_can_read_stays_one() -> None:
    found = HostVariables(FakeHostVars(kube_control_plane_endpoint="?", kube_version="1.34.2"))
    assert found.get("kube_control_plane_endpoint") == "{{ kube_control_plane_endpoint }}" and "kube_control_plane_endpoint" in found
    assert found["kube_version"] == "1.34.2" and found.get("kube_cni", "bridge") == "bridge" and "kube_cni" not in found
    assert list(found) == ["kube_control_plane_endpoint", "kube_version"] and len(found) == 2


def test_what_a_play_says_for_all_hosts_is_read_where_the_inventory_says_nothing() -> None:
    found = HostVariables(FakeHostVars(kube_version="1.34.2", kube_control_plane_endpoint="?"), {
        "kube_version": "1.20.2", "kube_runtime": "docker", "kube_control_plane_endpoint": "x:6443"})
    assert dict(found) == {"kube_version": "1.34.2", "kube_runtime": "docker", "kube_control_plane_endpoint": "{{ kube_control_plane_endpoint }}"}
    assert len(found) == 3 and "kube_runtime" in found and "kube_cni" not in found
