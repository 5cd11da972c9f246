#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cni_flannel
short_description: Have flannel as the cluster's pod network
version_added: 0.1.0
description:
  - Runs on a control plane; the objects are built on the controller. They are those of the release that is wanted, from 0.11 on, with its images, its
    namespace and what it needs of rights.
  - What an older release left in another namespace or under other names is taken away first. Nothing is touched where the cluster has another pod network.
  - Waits until flannel runs on every node. An error tells the pods, their events and logs.
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
    description: Release of flannel, C(x.y.z). Empty means the newest that the bundle holds for all nodes, or else the one that fits the version of Kubernetes.
    type: str
    default: ''
  backend:
    description: How packets travel between nodes, one of V(vxlan), V(host-gw), V(wireguard), V(udp) and V(ipip).
    type: str
    default: vxlan
  backend_options:
    description: More keys of C(Backend) in C(net-conf.json), for example C(Port), C(VNI) or C(DirectRouting).
    type: dict
    default: {}
  interfaces:
    description:
      - Network interfaces, by name or address, that nodes reach each other by; the first that a node has is taken. Empty means that of the default route.
    type: list
    elements: str
    default: []
  interface_regexes:
    description: The same as regular expressions.
    type: list
    elements: str
    default: []
  interface_can_reach:
    description: Take the interface by which this address is reached. From 0.18 on.
    type: str
    default: ''
  mtu:
    description: Largest packet of a pod. V(0) leaves it to flannel, which takes what the interface below has, less what the backend needs.
    type: int
    default: 0
  nftables:
    description: Use nftables instead of iptables. From 0.25 on.
    type: bool
    default: false
  network_options:
    description: More keys of C(net-conf.json). The pod networks and the backend are not among them.
    type: dict
    default: {}
  arguments:
    description: More arguments of flanneld.
    type: list
    elements: str
    default: []
  plugin:
    description: Have flannel's CNI plugin put on the nodes by an image of its own. With V(false), C(/opt/cni/bin/flannel) has to be there.
    type: bool
    default: true
  image_registry:
    description: Registry to take the images from instead of their own, for example a mirror; it may have a path. Images of a bundle keep their names.
    type: str
    default: ''
  bundle_url:
    description: Address of a bundle, as the control plane reaches it. Where it holds images of flannel, those are used and no others.
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
- name: Have flannel
  kubewright.cluster.cni_flannel:
    kubernetes_version: 1.31.4
    pod_subnets: [10.244.0.0/16]

- name: Have a given release, on the machines' second network
  kubewright.cluster.cni_flannel:
    kubernetes_version: 1.31.4
    pod_subnets: [10.244.0.0/16]
    version: 0.25.7
    backend: host-gw
    interfaces: [eth1]
"""

RETURN = r"""
version:
  description: The release that is there now, or would be.
  returned: success
  type: str
  sample: 0.25.7
images:
  description: Its images.
  returned: success
  type: list
  elements: str
  sample: ["docker.io/flannel/flannel:v0.25.7"]
images_from:
  description: Where the images are from, V(the bundle) or V(their registry).
  returned: success
  type: str
  sample: the bundle
changed_objects:
  description: Objects that were created or changed, or would be.
  returned: success
  type: list
  elements: str
  sample: [DaemonSet/kube-flannel/kube-flannel-ds]
removed:
  description: Objects of an older release that were taken away first.
  returned: success
  type: list
  elements: str
  sample: [DaemonSet/kube-system/kube-flannel-ds]
pruned:
  description: Objects of ours that this release does not have.
  returned: success
  type: list
  elements: str
  sample: []
pods:
  description: What keeps pods from being ready.
  returned: when it does not run in time
  type: list
  elements: str
  sample: ["kube-flannel-ds-x2x5v on worker1: kube-flannel: CrashLoopBackOff back-off 10s restarting failed container"]
events:
  description: Warnings about them.
  returned: when it does not run in time
  type: list
  elements: str
  sample: []
logs:
  description: The last lines that they wrote.
  returned: when it does not run in time
  type: list
  elements: str
  sample: ['kube-flannel-ds-x2x5v/kube-flannel: Error registering network: failed to acquire lease: node "worker1" pod cidr not assigned']
"""
