#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cluster_report
short_description: Write what was seen of a cluster as data, as a page, and for Prometheus
version_added: 0.1.0
description:
  - Runs on the controller alone, at the end of C(playbooks/report.yml), which registers what the machines and the cluster say. Changes nothing on any
    machine, and is never told as a change, since a report is written anew each time.
  - Nothing secret is written. Of a bootstrap token that is its id, of a certificate whom it is of, when it ends, and its fingerprint.
  - The counts are handed on as C(kubewright_report) the way M(ansible.builtin.set_stats) does it, so a workflow of a controller gets them.
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
  workers:
    description: Those that take workloads; a control plane among them has no taint.
    type: list
    elements: str
    default: []
  etcd:
    description: Those that the inventory lists for etcd.
    type: list
    elements: str
    default: []
  path:
    description: Folder on the controller, made where it is not there. Each file in it is replaced as a whole. Without a leading slash it is below the
      current folder.
    type: str
    default: kubewright-report
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
attributes:
  check_mode:
    description: Writes nothing; answers as it would otherwise.
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.cluster_info
"""

EXAMPLES = r"""
- name: Write the report
  kubewright.cluster.cluster_report:
    hosts: "{{ groups['all'] }}"
    control_planes: "{{ groups['kube_control_plane'] }}"
    workers: "{{ groups['kube_node'] }}"
    path: /var/lib/kubewright-report
  run_once: true
"""

RETURN = r"""
schema:
  description: Version of what C(report.json) holds. C(docs/schemas.md) tells the fields.
  returned: success
  type: str
  sample: kubewright.report/1
counts:
  description: How many there are of each.
  returned: success
  type: dict
  sample: {nodes: 3, nodes_ready: 3, errors: 0, warnings: 1, drift: 0, tokens: 0, certificates: 26, certificates_due: 0, certificates_expired: 0}
path:
  description: The folder.
  returned: success
  type: str
  sample: /home/alice/kubewright-report
files:
  description: Names of the files in it, also of those that check mode has not written.
  returned: success
  type: list
  elements: str
  sample: [report.json, report.html, kubewright.prom]
asked:
  description: The control plane that told about the cluster; empty where none did.
  returned: success
  type: str
  sample: cp1
"""
