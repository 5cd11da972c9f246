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
  - Each image that is missing is brought by a call of its own and told on a line of its own with its number and seconds. One image of each
    registry comes first, so that a registry that cannot be reached is known at once. What came before a failure stays, and is not brought again.
options:
  state:
    description:
      - V(present) brings the images; V(look) only says in RV(missing) which of them are not there.
      - V(probe) tries whether the bundle can be used, which never fails and returns RV(findings).
    type: str
    choices: [present, look, probe]
    default: present
  images:
    description:
      - Images to have, by full reference.
      - One with a C(*) is a pattern, for a bundle alone. It means all images of the bundle, for this machine's processor, whose names are like it; none is
        no error.
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
    description:
      - Socket of the container runtime. One with C(docker) in its name (dockershim, cri-dockerd) means that Docker holds the images, and it is
        asked by itself, since it is there before they are.
    type: str
    default: unix:///run/containerd/containerd.sock
  attempts:
    description:
      - How often a pull is tried that fails of something that may pass, such as a timeout. A registry that never answered in this task is tried
        twice at most.
    type: int
    default: 5
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
  returned: state is present or look
  type: list
  elements: str
  sample: [registry.k8s.io/kube-proxy:v1.31.4, registry.k8s.io/pause:3.10]
pulled:
  description: Those that were missing and have been brought, or would be. When an image fails, those that came before it.
  returned: state is present
  type: list
  elements: str
  sample: [registry.k8s.io/kube-proxy:v1.31.4]
missing:
  description: Those that are not there, in the order in which they are brought.
  returned: state is look
  type: list
  elements: str
  sample: [registry.k8s.io/kube-proxy:v1.31.4]
attempts:
  description: The option, with its default.
  returned: state is look
  type: int
  sample: 5
image:
  description: The image that could not be pulled.
  returned: a pull failed
  type: str
  sample: registry.k8s.io/kube-proxy:v1.31.4
registry:
  description: The host of its registry.
  returned: a pull failed
  type: str
  sample: registry.k8s.io
cause:
  description: Why, one of unreachable, not_found, auth, tls, limit, platform, space, runtime and other.
  returned: a pull failed
  type: str
  sample: unreachable
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

import os
import tempfile
import time
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils import _image_store as image_store
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch, fetch_to, size
from ansible_collections.kubewright.cluster.plugins.module_utils._image_trouble import one_of_each_registry_first
from ansible_collections.kubewright.cluster.plugins.module_utils._kubeadm import Kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

WORKSHOP = "/var/lib/kubewright"
ABANDONED_SECONDS = 900  # longer than an import may take


class Images:
    """Which are wanted, which are there, bring the rest."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.run = Runner(module)
        self._manifest: Optional[Dict[str, Any]] = None
        self.store = image_store.store(self.run, self.params["runtime_endpoint"])

    def wanted(self) -> List[str]:
        named = Kubeadm(self.run).images(self.params["documents"]) if self.params["documents"] else []
        return self._together([ref for given in self.params["images"] for ref in self._meant(given)], named)

    def _together(self, given: List[str], named: List[str]) -> List[str]:
        only = self.params["only"]
        return list(dict.fromkeys(given + [ref for ref in named if not only or bundle.last_part(ref) in only]))

    def _meant(self, given: str) -> List[str]:
        if "*" not in given:
            return [given]
        return bundle.matching(self.manifest(), given, os.uname().machine) if self.params["bundle_url"] else []

    def execute(self) -> Dict[str, Any]:
        if self.params["state"] == "probe":
            return {"changed": False, "findings": self.probe()}
        wanted = self._wanted_or_guess()
        missing = one_of_each_registry_first(bundle.missing(wanted, self._present_or_none()))
        if self.params["state"] == "look":
            if missing and self.params["bundle_url"] and not self.module.check_mode:
                bundle.archives(self.manifest(), missing, os.uname().machine)  # what it does not hold is told before anything is brought
            return {"changed": False, "wanted": wanted, "missing": missing, "attempts": self.params["attempts"]}
        if missing and not self.module.check_mode:
            self._bring(missing)
        return {"changed": bool(missing), "wanted": wanted, "pulled": missing}

    def _bring(self, missing: List[str]) -> None:
        progress.tell("bringing " + progress.some(missing))
        if self.params["bundle_url"]:
            self._import(missing)
        else:
            for ref in missing:
                image_store.pull(self.store, ref, self.params["attempts"])
        lost = bundle.missing(missing, self.store.present())
        if lost:
            raise KubewrightError("the runtime does not list {0} although bringing them went well".format(", ".join(lost)))

    def _wanted_or_guess(self) -> List[str]:
        """Before kubeadm is installed, check mode predicts what was named and what is known of the release."""
        try:
            return self.wanted()
        except KubewrightError:
            if not self.module.check_mode:
                raise
            return self._together([ref for ref in self.params["images"] if "*" not in ref], known_of(self.params["documents"]))

    def _present_or_none(self) -> List[str]:
        try:
            return self.store.present()
        except KubewrightError:
            if not self.module.check_mode:
                raise
            return []

    def manifest(self) -> Dict[str, Any]:
        """Read once."""
        if self._manifest is None:
            url = self.params["bundle_url"].rstrip("/")
            self._manifest = bundle.verified(fetch(url + "/manifest.json"), self.params["bundle_sha256"], url)
        return self._manifest

    def _import(self, missing: List[str]) -> None:
        archives = bundle.archives(self.manifest(), missing, os.uname().machine)
        os.makedirs(WORKSHOP, mode=0o755, exist_ok=True)
        remove_leftovers()
        for archive in archives:
            with tempfile.NamedTemporaryFile(dir=WORKSHOP, prefix="image-", suffix=".tar") as stream:
                fetch_to(self.params["bundle_url"].rstrip("/") + "/" + archive["path"], stream.name, archive["sha256"])
                self.store.load(stream.name)

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


def known_of(documents: List[Dict[str, Any]]) -> List[str]:
    """The images of the cluster's version by the table of releases."""
    cluster = next((document for document in documents if document.get("kind") == "ClusterConfiguration"), {})
    wanted = cluster.get("kubernetesVersion", "").lstrip("v")
    return releases.images(releases.version(wanted), cluster.get("imageRepository")) if wanted else []


def remove_leftovers() -> None:
    """Archives of a run that was killed; their age tells them from those of one that is at work."""
    for name in os.listdir(WORKSHOP):
        path = os.path.join(WORKSHOP, name)
        if name.startswith("image-") and name.endswith(".tar") and time.time() - os.stat(path).st_mtime > ABANDONED_SECONDS:
            os.unlink(path)


def _finding(message: str) -> Dict[str, Any]:
    return Finding("Bundle", "error", message).as_dict()


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "look", "probe"], "default": "present"},
            "images": {"type": "list", "elements": "str", "default": []},
            "documents": {"type": "list", "elements": "dict", "default": []},
            "only": {"type": "list", "elements": "str", "default": []},
            "kubernetes_version": {"type": "str"},
            "bundle_url": {"type": "str"},
            "bundle_sha256": {"type": "str"},
            "runtime_endpoint": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
            "attempts": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Images(module).execute(), "images", sentences("pulled"))


if __name__ == "__main__":
    main()
