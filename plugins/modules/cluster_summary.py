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
  - Beside them stand, of the hosts of the play, the days left of the certificate that ends first, as earlier tasks of the run saw it, and what
    the run changed on the node. The latter is whole where the callback P(kubewright.cluster.progress#callback) is on; without it, it says who made the cluster
    and who joined.
  - Of more than thirty nodes those alike are one row.
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
requirements:
  - kubectl and /etc/kubernetes/admin.conf on the control plane that it runs on
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
  sample:
    - name: worker1
      ready: true
      roles: []
      version: 1.31.2
      runtime: containerd://1.7.24
      address: 192.0.2.11
      pod_cidrs: [10.244.1.0/24]
      machine_id: 0123456789abcdef0123456789abcdef
      schedulable: true
      taints: []
      labels: {kubernetes.io/os: linux}
notes:
  description: The sentences that were printed.
  returned: always
  type: list
  elements: str
  sample: ['This run was limited: the other nodes learn the routes to new ones with the next full run.']
"""
