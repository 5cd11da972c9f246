# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible_collections.kubewright.cluster.plugins.module_utils import _bridge as bridge
from ansible_collections.kubewright.cluster.plugins.module_utils._firewall import is_own
from ansible_collections.kubewright.cluster.plugins.module_utils._leftovers import KNOWN_CNI


def test_a_reset_knows_what_the_bridge_plugin_leaves() -> None:
    assert bridge.CONFLIST.rsplit("/", maxsplit=1)[-1] in KNOWN_CNI and all(is_own(chain) for chain in bridge.CHAINS)


def test_nobody_elses_file_or_chain_has_such_a_name() -> None:
    assert all("kubewright" in path for path in (bridge.CONFLIST, bridge.ROUTES, bridge.RULES, bridge.UNIT))
    assert all(chain.startswith("KUBEWRIGHT-") for chain in bridge.CHAINS)
