#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_summary
short_description: Print every node of the cluster as a table
version_added: 0.1.0
description:
  - Asks the control plane on which it runs for the nodes and prints node, role, version, runtime, readiness and address.
options:
  notes:
    description: Sentences to print below the table.
    type: list
    elements: str
    default: []
  plan:
    description: What M(kubewright.cluster.cluster_preflight) planned; printed as what was done and how long each phase of kubeadm took,
      or as what would be done in check mode.
    type: dict
    default: {}
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Show the cluster
  kubewright.cluster.cluster_summary:
"""

RETURN = r"""
nodes:
  description: Every node, as M(kubewright.cluster.kube_node) returns it.
  returned: always
  type: list
  elements: dict
notes:
  description: The sentences that were printed.
  returned: always
  type: list
  elements: str
"""
