#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: pod_network_info
short_description: Tell what pod network a cluster has, and what a pod network has to know of it
version_added: 0.1.0
description:
  - Runs on a control plane. Pod networks are told by their DaemonSets, so one that somebody else installed is found as well.
  - Also tells which images and manifests of a pod network a bundle holds, so that what is applied fits what is there.
  - Never fails because there is no cluster yet.
options:
  bundle_url:
    description: Address of a bundle (C(http://), C(https://) or C(file:///)), as this control plane reaches it.
    type: str
  bundle_sha256:
    description: SHA-256 of the bundle's manifest, the one thing to trust.
    type: str
  images:
    description: Images of the bundle to tell of, as patterns of their names with C(*).
    type: list
    elements: str
    default: []
  file:
    description: What the bundle's file is for that is to be returned, such as V(calico).
    type: str
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: See which pod network the cluster has
  kubewright.cluster.pod_network_info:
  register: network
"""

RETURN = r"""
exists:
  description: Whether there is a cluster.
  returned: always
  type: bool
  sample: true
networks:
  description: Pod networks that the cluster has, with the namespace and name of their DaemonSet, and whether Kubewright applied it.
  returned: always
  type: list
  elements: dict
  sample: [{name: flannel, place: kube-flannel/kube-flannel-ds, ours: true}]
kubernetes:
  description: Version of the API server.
  returned: when there is a cluster
  type: str
  sample: 1.31.4
pod_subnets:
  description: Networks of the pods that the cluster was made with.
  returned: when there is a cluster
  type: list
  elements: str
  sample: [10.244.0.0/16]
architectures:
  description: Architectures of the cluster's nodes.
  returned: when there is a cluster
  type: list
  elements: str
  sample: [amd64]
configurations:
  description: ConfigMaps of the networks that are there, and Calico's address pools, by C(kind/name).
  returned: when there is a cluster
  type: dict
  sample:
    ConfigMap/kube-flannel-cfg: {net-conf.json: '{"Network": "10.244.0.0/16", "Backend": {"Type": "vxlan"}}'}
images:
  description: Images of the bundle that fit O(images).
  returned: always
  type: list
  elements: dict
  sample: [{refs: ["docker.io/flannel/flannel:v0.25.7"], architecture: amd64}]
files:
  description: Files of the bundle that are for O(file), each with its text.
  returned: always
  type: list
  elements: dict
  sample: [{name: calico.yaml, version: 3.28.2, text: "…"}]
"""

import fnmatch
import hashlib
import os
import re
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF, Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude

POOLS = "ippools.crd.projectcalico.org"


class Look:
    """The cluster and the bundle; changes nothing."""

    def __init__(self, module: AnsibleModule) -> None:
        self.params = module.params
        self.kubectl = Kubectl(Runner(module))

    def execute(self) -> Dict[str, Any]:
        found: Dict[str, Any] = {"changed": False, "exists": os.path.exists(ADMIN_CONF), "networks": []}
        return dict(found, **dict(self._cluster() if found["exists"] else {}, **self._bundle()))

    def _cluster(self) -> Dict[str, Any]:
        daemon_sets = with_retries(lambda: self.kubectl.json("get", "daemonsets", "--all-namespaces"))["items"]
        nodes = self.kubectl.json("get", "nodes")["items"]
        found = network.in_cluster(daemon_sets)
        return {
            "networks": [item.as_dict() for item in found],
            "kubernetes": self.kubectl.json("version")["serverVersion"]["gitVersion"].lstrip("v").split("-")[0].split("+")[0],
            "pod_subnets": self._pod_subnets(),
            "architectures": sorted({item["status"]["nodeInfo"]["architecture"] for item in nodes}),
            "configurations": self._configurations([item.name for item in found]),
        }

    def _pod_subnets(self) -> List[str]:
        data = (self.kubectl.find("configmap/kubeadm-config", "-n", "kube-system") or {}).get("data") or {}
        match = re.search(r"^\s+podSubnet: *[\"']?([^\s\"']+)", data.get("ClusterConfiguration", ""), re.MULTILINE)
        return match.group(1).split(",") if match else []

    def _configurations(self, names: List[str]) -> Dict[str, Any]:
        found: Dict[str, Any] = {}
        if "flannel" in names:
            for item in self.kubectl.json("get", "configmaps", "--all-namespaces", "--field-selector", "metadata.name=kube-flannel-cfg")["items"]:
                found["ConfigMap/kube-flannel-cfg"] = item.get("data") or {}
        if "calico" in names:
            found.update(("IPPool/" + item["metadata"]["name"], item.get("spec") or {}) for item in self._pools())
        return found

    def _pools(self) -> List[Dict[str, Any]]:
        try:
            return list(self.kubectl.json("get", POOLS)["items"])
        except CommandError as error:
            if "the server doesn't have a resource type" in error.stderr:
                return []
            raise

    def _bundle(self) -> Dict[str, Any]:
        if not self.params["bundle_url"]:
            return {"images": [], "files": []}
        url = self.params["bundle_url"].rstrip("/")
        manifest = bundle.verified(fetch(url + "/manifest.json"), self.params["bundle_sha256"], url)
        images = [{"refs": fitting(item["refs"], self.params["images"]), "architecture": item["architecture"]} for item in manifest["images"]]
        files = [item for item in manifest.get("files", []) if item["for"] == self.params["file"]]
        return {"images": [item for item in images if item["refs"]],
                "files": [{"name": item["name"], "version": item["version"], "text": self._text(url, item)} for item in files]}

    @staticmethod
    def _text(url: str, item: Dict[str, Any]) -> str:
        content = fetch(url + "/" + item["path"], 120)
        found = hashlib.sha256(content).hexdigest()
        if found != item["sha256"]:
            raise KubewrightError("{0}/{1} has the SHA-256 {2}, the bundle's manifest says {3}. It was altered or did not arrive whole; it is not used."
                                  .format(url, item["path"], found, item["sha256"]))
        return content.decode("utf-8")


def fitting(refs: List[str], patterns: List[str]) -> List[str]:
    return [ref for ref in refs if any(fnmatch.fnmatchcase(bundle.full_name(ref), pattern) for pattern in patterns)]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "bundle_url": {"type": "str"},
            "bundle_sha256": {"type": "str"},
            "images": {"type": "list", "elements": "str", "default": []},
            "file": {"type": "str"},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Look(module).execute(), "pod network")


if __name__ == "__main__":
    main()
