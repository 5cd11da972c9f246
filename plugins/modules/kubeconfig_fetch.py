#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeconfig_fetch
short_description: Bring the administrator's kubeconfig to the controller
version_added: 0.1.0
description:
  - Reads C(/etc/kubernetes/admin.conf) on a control plane and writes it on the controller with a server address that can be reached from there,
    for its owner alone (mode 0600).
  - Every control plane has a certificate of its own for the administrator. A file that is there stays if it is of the same cluster, server and user, and its
    certificate is valid for 90 more days, or for as long as the one that was read.
  - Never overwrites an existing C(~/.kube/config).
options:
  path:
    description: File on the controller.
    type: path
    required: true
  server:
    description: Address of the API server as the controller reaches it, C(https://host:port).
    type: str
    required: true
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Bring the kubeconfig here
  kubewright.cluster.kubeconfig_fetch:
    path: ./kubeconfig
    server: https://192.0.2.10:6443
"""

RETURN = r"""
path:
  description: Where it was written.
  returned: always
  type: str
  sample: /home/me/cluster/kubeconfig
"""
