#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_preflight
short_description: Judge an inventory and what was seen of its machines, before anything is touched
version_added: 0.1.0
description:
  - Runs on the controller alone. Reads the C(kube_*) variables of every host and what the C(preflight) role has seen, and fails with one table of
    all findings of all hosts where one of them is an error.
  - Else it says what the run is going to do, machine by machine.
  - A finding is waived on a host by listing its id in C(kube_preflight_waived).
options:
  hosts:
    description: All machines of the cluster.
    type: list
    elements: str
    required: true
  control_planes:
    description: Those that are control planes.
    type: list
    elements: str
    required: true
  etcd:
    description: Those that the inventory lists for etcd.
    type: list
    elements: str
    default: []
  inputs:
    description: Inputs of the whole cluster that a play or a role sets, by their C(kube_*) names. One that the inventory sets for any host is read there alone.
    type: dict
    default: {}
  break_lock:
    description: Do not mind another run that holds the cluster's lock.
    type: bool
    default: false
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Judge the inventory
  kubewright.cluster.cluster_preflight:
    hosts: "{{ groups['all'] }}"
    control_planes: "{{ groups['kube_control_plane'] }}"
  run_once: true
"""

RETURN = r"""
schema:
  description: Version of RV(findings) and RV(waived). C(docs/schemas.md) tells the fields.
  returned: always
  type: str
  sample: kubewright.preflight/1
findings:
  description: All findings that are not waived; what is the same for several machines once.
  returned: always
  type: list
  elements: dict
  sample: [{hosts: [worker1], id: NodeName, level: error, message: "'node_1' is no name that kubeadm takes for a node", remedy: "…"}]
waived:
  description: Those that are waived.
  returned: always
  type: list
  elements: dict
  sample: []
nodes:
  description: Names and addresses of all machines as the inventory has them, as the filter P(kubewright.cluster.known_nodes#filter) gives them.
  returned: always
  type: list
  elements: dict
  sample: [{host: cp1, name: cp1, hostname: "", address: 192.0.2.10, public_address: ""}]
plan:
  description:
    - The cluster as it is, and a step for each machine that will be changed, in their order. Empty where a finding is an error.
    - C(docs/schemas.md) tells the fields.
  returned: always
  type: dict
  sample:
    schema: kubewright.plan/1
    cluster: {schema: kubewright.cluster/1, exists: true, primary: cp1, ca_hashes: ["sha256:…"], endpoint: "cluster.example.com:6443", uid: "1b9d6bcd-…"}
    steps: [{host: worker2, role: worker, action: join, reason: no cluster has been here}]
"""
