# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bridge plugin's module writes on a node, and where; a reset takes it away again. Private to the collection."""

# Our routes carry a protocol number of their own, so that stale ones can be told from other people's.
PROTOCOL = "157"
CONFLIST = "/etc/cni/net.d/10-kubewright-bridge.conflist"
ROUTES = "/etc/kubewright/cni-bridge.routes"
RULES = "/etc/kubewright/cni-bridge.rules"
UNIT = "/etc/systemd/system/kubewright-cni-bridge.service"
CHAINS = ("KUBEWRIGHT-FORWARD", "KUBEWRIGHT-MASQ")
