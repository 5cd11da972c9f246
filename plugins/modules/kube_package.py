#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_package
short_description: Install exact versions of packages from a signed repository, and keep them there
version_added: 0.1.0
description:
  - Brings the repository's key and source, the packages and their holds to the given state in one transaction.
  - The repository is tried in a folder of its own before anything on the machine is changed, so a wrong address, a wrong signature or a missing
    version is one error that leaves the machine as it was.
  - An exact version is found whatever the package revision, so V(1.31.2) finds C(1.31.2-1.1). A downgrade is refused.
  - Supports the Debian family (apt, Debian 10 and Ubuntu 18.04 or later). Other families are refused with a sentence.
options:
  state:
    description: Install; or only try whether installing would work, which never fails and returns RV(findings).
    type: str
    choices: [present, probe]
    default: present
  packages:
    description: Packages to have, in any version.
    type: list
    elements: str
    default: []
  pinned:
    description: Packages to have in exactly the version O(version).
    type: list
    elements: str
    default: []
  version:
    description: Version of the O(pinned) packages, without the package's revision.
    type: str
  hold:
    description: Hold the pinned packages, so that a general upgrade of the machine does not move them.
    type: bool
    default: true
  repository:
    description: The repository that has the pinned packages. Without it, those that the machine knows are used.
    type: dict
    suboptions:
      name:
        description: Base name of the files for its key and source.
        type: str
        required: true
      uri:
        description: Address of the repository. Not needed with O(repository.bundle_url).
        type: str
      suite:
        description: Suite, or V(./) for a flat repository.
        type: str
        default: ./
      components:
        description: Components, none for a flat repository.
        type: str
        default: ""
      key:
        description: The public key itself, ASCII-armoured.
        type: str
      key_url:
        description: Address to take the public key from, where O(repository.key) is not given.
        type: str
      key_sha256:
        description: SHA-256 of what O(repository.key_url) must answer with.
        type: str
      bundle_url:
        description: Address of a bundle whose apt repository this is. Its manifest then names the key.
        type: str
      bundle_sha256:
        description: SHA-256 of the bundle's manifest.
        type: str
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Keep kubelet, kubeadm and kubectl at one version
  kubewright.cluster.kube_package:
    pinned: [kubelet, kubeadm, kubectl]
    version: 1.31.2
    repository:
      name: kubernetes
      uri: https://pkgs.k8s.io/core:/stable:/v1.31/deb/
      suite: /
      key_url: https://pkgs.k8s.io/core:/stable:/v1.31/deb/Release.key

- name: Have kubeadm alone first, as an upgrade does
  kubewright.cluster.kube_package:
    pinned: [kubeadm]
    version: 1.31.4

- name: See whether a bundle's repository has what is asked for, before anything is touched
  kubewright.cluster.kube_package:
    state: probe
    pinned: [kubelet, kubeadm, kubectl]
    version: 1.31.4
    repository:
      name: kubernetes
      bundle_url: http://192.0.2.5:8080
  register: packages
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [install kubelet 1.31.2-1.1, hold kubelet]
installed:
  description: Versions that were installed before, by package.
  returned: always
  type: dict
  sample: {kubelet: 1.31.1-1.1, kubeadm: 1.31.1-1.1}
findings:
  description: What would keep the installation from working.
  returned: state is probe
  type: list
  elements: dict
  sample:
    - id: PackageRepository
      level: error
      message: "no repository has kubelet 1.31.99; nearest: 1.31.4-1.1, 1.31.3-1.1"
      remedy:
"""

import base64
import hashlib
import os
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _apt as apt
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch
from ansible_collections.kubewright.cluster.plugins.module_utils._files import write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

REPOSITORY_SPEC = {
    "name": {"type": "str", "required": True},
    "uri": {"type": "str"},
    "suite": {"type": "str", "default": "./"},
    "components": {"type": "str", "default": ""},
    "key": {"type": "str", "no_log": False},
    "key_url": {"type": "str", "no_log": False},
    "key_sha256": {"type": "str", "no_log": False},
    "bundle_url": {"type": "str"},
    "bundle_sha256": {"type": "str"},
}


class Packages:
    """Compare with what is installed; try the repository; act."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.apt = apt.Apt(Runner(module))
        self.installed = self.apt.installed(self.params["pinned"] + self.params["packages"])
        self.actions: List[str] = []

    def missing(self) -> List[str]:
        return [name for name in self.params["packages"] if name not in self.installed]

    def unpinned(self) -> List[str]:
        return [name for name in self.params["pinned"] if not apt.same_version(self.installed.get(name), self.params["version"])]

    def probe(self) -> List[Dict[str, Any]]:
        """Findings instead of an error."""
        try:
            if self.unpinned():
                self._candidates()
        except KubewrightError as error:
            return [finding(str(error))]
        return []

    def execute(self) -> None:
        unpinned, missing = self.unpinned(), self.missing()
        repository = self._repository() if unpinned or self._files_missing() else None
        candidates = self._candidates(repository) if unpinned else {}
        if repository:
            self._files(repository)
        words = ["{0}={1}".format(name, version) for name, version in sorted(candidates.items())] + missing
        if words:
            self._do("install " + ", ".join(word.replace("=", " ") for word in words), lambda: self._install(words))
        elif self.apt.unfinished():
            self._do("finish an interrupted installation", self.apt.repair)
        self._hold()

    def _do(self, sentence: str, action: Any) -> None:
        self.actions.append(sentence)
        if not self.module.check_mode:
            action()

    def _install(self, words: List[str]) -> None:
        if self.apt.unfinished():
            self.apt.repair()
        if self.params["repository"] or self.apt.lists_are_empty():
            self.apt.update()
        try:
            self.apt.install(words)
        except CommandError as error:
            if "Unable to fetch" not in error.stderr and "Unable to locate" not in error.stderr:
                raise
            self.apt.update()  # the lists were older than the archive
            self.apt.install(words)

    def _candidates(self, repository: Optional[apt.Repository] = None) -> Dict[str, str]:
        """Full version of each package that has to be installed; raises before anything is touched."""
        names = self.unpinned()
        repository = repository or self._repository()
        offered = self.apt.probe(repository, names) if repository else {name: self.apt.offered(name) for name in names}
        return {name: self._candidate(name, offered[name]) for name in names}

    def _candidate(self, name: str, offered: List[str]) -> str:
        version = self.params["version"]
        found, present = apt.matching(offered, version), self.installed.get(name)
        if not found:
            raise KubewrightError("no repository has {0} {1}; nearest: {2}".format(name, version, ", ".join(offered[:5]) or "none at all"))
        if present and apt.upstream_version(present) > apt.upstream_version(version):
            raise KubewrightError("{0} {1} is installed and {2} is asked for. A downgrade breaks nodes, so it is refused; "
                                  "set kube_version to what runs, or upgrade.".format(name, present, version))
        return found

    def _repository(self) -> Optional[apt.Repository]:
        given = self.params["repository"]
        if not given:
            return None
        if given["bundle_url"]:
            given = self._of_bundle(given)
        return apt.Repository(given["name"], repository_uri(given), given["suite"], given["components"], given["key"] or self._fetched_key(given))

    @staticmethod
    def _of_bundle(given: Dict[str, Any]) -> Dict[str, Any]:
        """The key as the bundle's manifest names it, so that the manifest's digest is all there is to trust."""
        url = given["bundle_url"].rstrip("/")
        manifest = bundle.verified(fetch(url + "/manifest.json"), given["bundle_sha256"], url)
        repository = manifest["repositories"]["apt"]
        if not repository:
            raise KubewrightError("the bundle {0} has no apt repository; build one for this family of distributions".format(url))
        return dict(given, key_url="{0}/{1}".format(url, repository["key"]["path"]), key_sha256=repository["key"]["sha256"])

    def _fetched_key(self, given: Dict[str, Any]) -> str:
        if not given["key_url"]:
            raise KubewrightError("the repository {0} has neither key nor key_url; unsigned repositories are not used".format(given["uri"]))
        content = fetch(given["key_url"])
        found = hashlib.sha256(content).hexdigest()
        if given["key_sha256"] and found != given["key_sha256"]:
            raise KubewrightError("the key at {0} has the SHA-256 {1}, expected was {2}. Nothing was changed.".format(
                given["key_url"], found, given["key_sha256"]))
        return armoured(content)

    def _files_missing(self) -> bool:
        given = self.params["repository"]
        if not given:
            return False
        wanted = apt.Repository(given["name"], repository_uri(given), given["suite"], given["components"], "")
        return apt.file_differs(wanted.source_path, wanted.source()) or not os.path.exists(wanted.key_path)

    def _files(self, repository: apt.Repository) -> None:
        for path, text in ((repository.key_path, repository.key), (repository.source_path, repository.source())):
            if apt.file_differs(path, text):
                self._do("write " + path, lambda path=path, text=text: self._write(path, text))

    @staticmethod
    def _write(path: str, text: str) -> None:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_atomically(path, text)

    def _hold(self) -> None:
        if not self.params["hold"] or not self.params["pinned"]:
            return
        names = [name for name in self.params["pinned"] if name not in self.apt.held()]
        if names:
            self._do("hold " + ", ".join(names), lambda: self.apt.hold(names))


def repository_uri(given: Dict[str, Any]) -> str:
    if not given["bundle_url"] and not given["uri"]:
        raise KubewrightError("the repository {0} has neither uri nor bundle_url; give one of them".format(given["name"]))
    return str(given["bundle_url"].rstrip("/") + "/apt" if given["bundle_url"] else given["uri"])


def armoured(content: bytes) -> str:
    """apt takes a key as text when its file ends in .asc; a binary one is wrapped (RFC 4880, without the optional checksum)."""
    if b"-----BEGIN PGP" in content:
        return content.decode("ascii", "replace")
    body = base64.b64encode(content).decode("ascii")
    lines = [body[start:start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", *lines, "-----END PGP PUBLIC KEY BLOCK-----", ""])


def finding(message: str) -> Dict[str, Any]:
    return {"id": "PackageRepository", "level": "error", "message": message, "remedy": None}


def refuse_other_families(module: AnsibleModule) -> None:
    if not module.get_bin_path("apt-get"):
        raise KubewrightError("this machine has no apt-get. Kubewright installs packages on the Debian family so far; dnf and yum come with a "
                              "later release. Install the packages yourself and run without the kube_packages role.")


def execute(module: AnsibleModule) -> Dict[str, Any]:
    try:
        refuse_other_families(module)
    except KubewrightError as error:
        if module.params["state"] == "present":
            raise
        return {"changed": False, "findings": [finding(str(error))], "actions": [], "installed": {}}
    packages = Packages(module)
    if module.params["state"] == "probe":
        return {"changed": False, "findings": packages.probe(), "actions": [], "installed": packages.installed}
    packages.execute()
    return {"changed": bool(packages.actions), "actions": packages.actions, "installed": packages.installed}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "probe"], "default": "present"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "pinned": {"type": "list", "elements": "str", "default": []},
            "version": {"type": "str"},
            "hold": {"type": "bool", "default": True},
            "repository": {"type": "dict", "options": REPOSITORY_SPEC},
        },
        supports_check_mode=True,
    )
    if module.params["pinned"] and not module.params["version"]:
        module.fail_json(msg="pinned packages need a version")
    conclude(module, lambda: execute(module), "packages", sentences("actions"))


if __name__ == "__main__":
    main()
