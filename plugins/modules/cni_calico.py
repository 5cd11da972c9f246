#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cni_calico
short_description: Have Calico as the cluster's pod network
version_added: 0.1.0
description:
  - Runs on a control plane. The controller takes what Calico publishes, its manifest or its operator, puts into it what the cluster needs, and has it
    applied.
  - The manifest is a file on the controller, or what a bundle holds, or it is fetched once and kept under C(~/.cache/kubewright); what is fetched is compared
    with a SHA-256.
  - Where a bundle has images of a release whose manifest is not at hand, the manifest of another release of the same line is taken with these images, with a
    warning.
  - A release that was not tested with this version of Kubernetes is refused. A line newer than all that are known counts as the newest of them, with a
    warning.
  - Waits until Calico runs on every node. An error tells the pods, their events and logs.
options:
  kubernetes_version:
    description: Version of Kubernetes, C(x.y.z).
    type: str
    required: true
  pod_subnets:
    description: Networks of the pods, those that the cluster was made with. Others are refused.
    type: list
    elements: str
    required: true
  version:
    description:
      - Release of Calico, C(x.y.z). Empty means that of O(manifest), or else what the bundle holds, or else the newest whose manifest is known and that was
        tested with the version of Kubernetes.
    type: str
    default: ''
  method:
    description: V(manifest) applies C(calico.yaml); V(operator) applies Tigera's operator with an Installation, from Kubernetes 1.22 on.
    type: str
    choices: [manifest, operator]
    default: manifest
  manifest:
    description: File on the controller, or address, of C(calico.yaml) or C(tigera-operator.yaml). Empty means that of the bundle, or the published one.
    type: str
    default: ''
  manifest_sha256:
    description: Its SHA-256. An address needs it, unless it is of a release that Kubewright knows.
    type: str
    default: ''
  misfit_allowed:
    description: Also take a release that was not tested with this version of Kubernetes.
    type: bool
    default: false
  backends:
    description:
      - How packets travel. V(bgp) spreads routes, V(ipip) and V(vxlan) wrap packets, V(wireguard) encrypts them. Empty means V(bgp) with V(ipip), as published.
      - V(vxlan) without V(bgp) needs no BIRD. V(bgp) alone wraps nothing, for nodes on one layer-2 network or with routers that take part.
    type: list
    elements: str
    default: []
  cross_subnet:
    description: Wrap packets only between nodes of different subnets.
    type: bool
    default: false
  autodetection:
    description:
      - How a node finds its own address, V(first-found), V(kubernetes-internal-ip), C(can-reach=ADDRESS), C(interface=REGEX), C(skip-interface=REGEX) or
        C(cidr=NETWORK). Empty means V(first-found).
    type: str
    default: ''
  autodetection_ipv6:
    description: The same for its IPv6 address.
    type: str
    default: ''
  mtu:
    description: Largest packet of a pod. V(0) leaves it to Calico.
    type: int
    default: 0
  environment:
    description: More variables of the node daemon, by name, with O(method=manifest).
    type: dict
    default: {}
  installation:
    description: More of the Installation's C(spec), with O(method=operator).
    type: dict
    default: {}
  without:
    description: Objects of the manifest to leave out, as C(kind/name) or C(kind/namespace/name).
    type: list
    elements: str
    default: []
  image_registry:
    description: Registry to take the images from instead of their own, for example a mirror; it may have a path. Images of a bundle keep their names.
    type: str
    default: ''
  bundle_url:
    description: Address of a bundle, as the control plane reaches it. Where it holds images of Calico, those are used and no others.
    type: str
    default: ''
  bundle_sha256:
    description: SHA-256 of the bundle's manifest, the one thing to trust.
    type: str
    default: ''
  change:
    description: Go on where the traffic of the pods would be interrupted, because another way of carrying it is wanted than the cluster has.
    type: bool
    default: false
  force_conflicts:
    description: Take over fields that somebody else has set to another value. Without it that is an error, and nothing is applied.
    type: bool
    default: false
  wait_seconds:
    description: Longest time in seconds to wait until the network runs on every node. V(0) does not wait.
    type: int
    default: 300
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Have Calico
  kubewright.cluster.cni_calico:
    kubernetes_version: 1.31.4
    pod_subnets: [192.168.0.0/16]

- name: Have a given release by VXLAN, out of a file
  kubewright.cluster.cni_calico:
    kubernetes_version: 1.23.9
    pod_subnets: [10.244.0.0/16]
    version: 3.24.1
    manifest: files/calico.yaml
    backends: [vxlan]
    autodetection: interface=eth1
"""

RETURN = r"""
version:
  description: The release that is there now, or would be.
  returned: success
  type: str
  sample: 3.28.2
manifest_from:
  description: Where the manifest is from.
  returned: success
  type: str
  sample: the bundle
images:
  description: Its images.
  returned: success
  type: list
  elements: str
  sample: ["quay.io/calico/node:v3.31.7"]
changed_objects:
  description: Objects that were created or changed, or would be.
  returned: success
  type: list
  elements: str
  sample: [DaemonSet/kube-system/calico-node]
pruned:
  description: Objects of an older release that this one does not have.
  returned: success
  type: list
  elements: str
  sample: []
pods:
  description: What keeps pods from being ready.
  returned: when it does not run in time
  type: list
  elements: str
  sample: ["calico-node-x2x5v on worker1: calico-node: runs, but is not ready"]
events:
  description: Warnings about them.
  returned: when it does not run in time
  type: list
  elements: str
  sample: ["calico-node-x2x5v: Unhealthy: Readiness probe failed: calico/node is not ready: BIRD is not ready"]
logs:
  description: The last lines that they wrote.
  returned: when it does not run in time
  type: list
  elements: str
  sample: []
"""
