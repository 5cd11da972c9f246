# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.kubewright.cluster.plugins.plugin_utils import variable_names
from ansible_collections.kubewright.cluster.tests import role_readmes


def test_the_names_are_those_of_the_specs_and_of_the_page() -> None:
    assert role_readmes.NAMES.read_text(encoding="utf-8") == role_readmes.names(), "make role-docs writes it anew"


def test_each_name_stands_there_once_and_groups_do_not() -> None:
    assert len(set(variable_names.NAMES)) == len(variable_names.NAMES) > 300
    assert {"kube_version", "containerd_settings"} <= set(variable_names.NAMES) and not {"kube_control_plane", "kube_node"} & set(variable_names.NAMES)
    assert list(variable_names.ROLES) == role_readmes.roles()
