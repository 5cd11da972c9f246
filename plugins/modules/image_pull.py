#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: image_pull
short_description: Have the container images that a node needs, before it needs them
version_added: 0.1.0
description:
  - Finds out which images are missing in the node's container runtime, and brings only those, either from a registry or from a bundle
    (a folder or web server that holds image archives and a manifest, see docs/bundle.md) without any registry.
  - Every archive is compared with its SHA-256 in the manifest, and the manifest with O(bundle_sha256), before it is used.
options:
  state:
    description: Bring the images; or only try whether that would work, which never fails and returns RV(findings).
    type: str
    choices: [present, probe]
    default: present
  images:
    description: Images to have, by full reference.
    type: list
    elements: str
    default: []
  documents:
    description: kubeadm's configuration documents; C(kubeadm config images list) then names the images.
    type: list
    elements: dict
    default: []
  only:
    description: Of the images that kubeadm names, only those with these last parts of their name. Empty means all.
    type: list
    elements: str
    default: []
  kubernetes_version:
    description: Version that the bundle must hold. Compared with its manifest with O(state=probe).
    type: str
  bundle_url:
    description: Address of a bundle (C(http://), C(https://) or C(file:///)). Without it, images come from their registries.
    type: str
  bundle_sha256:
    description: SHA-256 of the bundle's manifest, the one thing to trust. Through it, all that the bundle holds is proven.
    type: str
  runtime_endpoint:
    description: Socket of the container runtime.
    type: str
    default: unix:///run/containerd/containerd.sock
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Have the pause image
  kubewright.cluster.image_pull:
    images: [registry.k8s.io/pause:3.10]

- name: Have what a control plane of this version needs, as kubeadm itself names it
  kubewright.cluster.image_pull:
    documents:
      - apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        kubernetesVersion: v1.31.4

- name: Have it from a bundle
  kubewright.cluster.image_pull:
    images: [registry.k8s.io/pause:3.10]
    bundle_url: http://192.0.2.5:8080
    bundle_sha256: 0f343b0931126a20f133d67c2b018a3b5b1f6d2e5d1d8b8b8b8b8b8b8b8b8b8b
"""

RETURN = r"""
wanted:
  description: All images that the node is to have.
  returned: state is present
  type: list
  elements: str
  sample: [registry.k8s.io/kube-proxy:v1.31.4, registry.k8s.io/pause:3.10]
pulled:
  description: Those that were missing and have been brought, or would be.
  returned: state is present
  type: list
  elements: str
  sample: [registry.k8s.io/kube-proxy:v1.31.4]
findings:
  description: What would keep the images from being brought.
  returned: state is probe
  type: list
  elements: dict
  sample:
    - id: Bundle
      level: error
      message: the bundle does not hold Kubernetes 1.31.4
      remedy:
"""

import json
import os
import tempfile
import time
from functools import partial
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch, fetch_to, size
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

WORKSHOP = "/var/lib/kubewright"
CONTAINERD_NAMESPACE = "k8s.io"
ABANDONED_SECONDS = 900  # longer than an import may take


class Images:
    """Which are wanted, which are there, bring the rest."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.run = Runner(module)

    def wanted(self) -> List[str]:
        named = Kubeadm(self.run).images(self.params["documents"]) if self.params["documents"] else []
        if self.params["only"]:
            named = [ref for ref in named if bundle.last_part(ref) in self.params["only"]]
        return list(dict.fromkeys(self.params["images"] + named))

    def present(self) -> List[str]:
        text = self.run(["crictl", "--runtime-endpoint", self.params["runtime_endpoint"],
                         "--image-endpoint", self.params["runtime_endpoint"], "images", "-o", "json"]).stdout
        images = json.loads(text).get("images") or []
        return [name for image in images for key in ("repoTags", "repoDigests") for name in image.get(key) or []]

    def execute(self) -> Dict[str, Any]:
        if self.params["state"] == "probe":
            return {"changed": False, "findings": self.probe()}
        wanted = self._wanted_or_guess()
        missing = bundle.missing(wanted, self._present_or_none())
        if missing and not self.module.check_mode:
            if self.params["bundle_url"]:
                self._import(missing)
            else:
                self._pull(missing)
            lost = bundle.missing(missing, self.present())
            if lost:
                raise KubewrightError("the runtime does not list {0} although bringing them went well".format(", ".join(lost)))
        return {"changed": bool(missing), "wanted": wanted, "pulled": missing}

    def _wanted_or_guess(self) -> List[str]:
        """Before kubeadm is installed, check mode can only predict what was named."""
        try:
            return self.wanted()
        except KubewrightError:
            if not self.module.check_mode:
                raise
            return list(self.params["images"])

    def _present_or_none(self) -> List[str]:
        try:
            return self.present()
        except KubewrightError:
            if not self.module.check_mode:
                raise
            return []

    def _pull(self, missing: List[str]) -> None:
        for ref in missing:
            words = ["crictl", "--runtime-endpoint", self.params["runtime_endpoint"],
                     "--image-endpoint", self.params["runtime_endpoint"], "pull", ref]
            with_retries(partial(self.run, words, seconds=1200))

    def manifest(self) -> Dict[str, Any]:
        url = self.params["bundle_url"].rstrip("/")
        return bundle.verified(fetch(url + "/manifest.json"), self.params["bundle_sha256"], url)

    def _import(self, missing: List[str]) -> None:
        archives = bundle.archives(self.manifest(), missing, os.uname().machine)
        os.makedirs(WORKSHOP, mode=0o755, exist_ok=True)
        remove_leftovers()
        for archive in archives:
            with tempfile.NamedTemporaryFile(dir=WORKSHOP, prefix="image-", suffix=".tar") as stream:
                fetch_to(self.params["bundle_url"].rstrip("/") + "/" + archive["path"], stream.name, archive["sha256"])
                self._load(stream.name)

    def _load(self, path: str) -> None:
        if "containerd" in self.params["runtime_endpoint"]:
            self.run(["ctr", "--namespace", CONTAINERD_NAMESPACE, "images", "import", path], seconds=900)
        elif "docker" in self.params["runtime_endpoint"]:
            self.run(["docker", "load", "--quiet", "--input", path], seconds=900)
        else:
            raise KubewrightError("archives can be loaded into containerd and Docker, not by {0}".format(self.params["runtime_endpoint"]))

    def probe(self) -> List[Dict[str, Any]]:
        """Findings about the bundle: reachable, the right one, whole as far as sizes tell."""
        if not self.params["bundle_url"]:
            return []
        try:
            manifest = self.manifest()
            bundle.check_version(manifest, self.params["kubernetes_version"], self.params["bundle_url"])
            wrong = [item["path"] for item in bundle.files(manifest)
                     if size(self.params["bundle_url"].rstrip("/") + "/" + item["path"]) not in (None, item["size"])]
        except KubewrightError as error:
            return [_finding(str(error))]
        if wrong:
            return [_finding("the bundle {0} does not match its manifest: {1} have another size. Build or copy it again.".format(
                self.params["bundle_url"], ", ".join(wrong)))]
        return []


def remove_leftovers() -> None:
    """Archives of a run that was killed; their age tells them from those of one that is at work."""
    for name in os.listdir(WORKSHOP):
        path = os.path.join(WORKSHOP, name)
        if name.startswith("image-") and name.endswith(".tar") and time.time() - os.stat(path).st_mtime > ABANDONED_SECONDS:
            os.unlink(path)


def _finding(message: str) -> Dict[str, Any]:
    return {"id": "Bundle", "level": "error", "message": message, "remedy": None}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "probe"], "default": "present"},
            "images": {"type": "list", "elements": "str", "default": []},
            "documents": {"type": "list", "elements": "dict", "default": []},
            "only": {"type": "list", "elements": "str", "default": []},
            "kubernetes_version": {"type": "str"},
            "bundle_url": {"type": "str"},
            "bundle_sha256": {"type": "str"},
            "runtime_endpoint": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Images(module).execute(), "images", sentences("pulled"))


if __name__ == "__main__":
    main()
