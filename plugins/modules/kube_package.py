#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_package
short_description: Install exact versions of packages from a signed repository, and keep them there
version_added: 0.1.0
description:
  - Brings the repository's keys and source, the packages and their holds to the given state in one transaction.
  - The repository is tried in a folder of its own before anything on the machine is changed, so a wrong address, a wrong signature or a missing
    version is one error that leaves the machine as it was. So does a package that was tampered with.
  - An exact version is found whatever the package revision, so V(1.31.2) finds C(1.31.2-1.1) and C(1.31.2-150500.1.1). A downgrade is refused.
  - Works with apt (Debian 10, Ubuntu 18.04 and later) and with dnf and yum, by their commands. Packages are named as Debian names them; the names
    of the Red Hat families are looked up.
  - A pinned kubelet starts with the machine; the packages of the Red Hat family leave that to the administrator.
  - Packages that are not O(pinned) but come from the O(repository), such as cri-tools and kubernetes-cni, get a version that fits the pinned ones.
options:
  state:
    description:
      - V(present) installs.
      - V(probe) tries whether installing would work; it never fails and returns RV(findings).
      - V(newest) changes nothing and returns RV(version), the newest of O(minor) that is installed here or else that O(repository) has; with O(newer)
        the newest of both.
    type: str
    choices: [present, probe, newest]
    default: present
  packages:
    description:
      - Packages to have, in any version.
      - Behind a name may stand files, with bars between them, as in V(chrony|/usr/sbin/ntpd). Where one of them is there, another program does its work, and
        the package is not installed.
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
  minor:
    description: The minor that O(state=newest) looks for, such as V(1.31).
    type: str
  newest_url:
    description:
      - Address of a text that holds the newest version of the minor, such as V(https://dl.k8s.io/release/stable-1.31.txt). O(state=newest) reads it in place
        of the O(repository), for programs that come without packages (M(kubewright.cluster.kube_binaries)).
    type: str
  newer:
    description: Whether O(state=newest) asks the O(repository) also where the minor is installed already.
    type: bool
    default: false
  hold:
    description:
      - Hold the pinned packages, so that a general upgrade of the machine does not move them. By C(apt-mark hold); by versionlock where dnf or yum
        have that plugin, and by C(exclude=) in the repository's file in any case.
      - A hold is lifted only for a change that is asked for, and comes back in the same run. Holds of other packages stay.
    type: bool
    default: true
  manager:
    description: The package manager. V(auto) takes apt on the Debian family, and dnf or else yum on others.
    type: str
    choices: [auto, apt, dnf, yum]
    default: auto
  docker:
    description: Docker, with the packages that belong to it, in place of O(pinned) and O(version).
    type: dict
    suboptions:
      package:
        description: V(docker-ce), with C(docker-ce-cli) and C(containerd.io) from 18.09 on, or the distribution's V(docker.io).
        type: str
        choices: [docker-ce, docker.io]
        default: docker-ce
      version:
        description:
          - In any form, such as V(20.10.16), V(5:20.10.16~3-0~ubuntu-focal), V(18.06.1.ce-3.el7), V(3:20.10.24-3.el8), or V(20.10) for the newest of it.
          - Empty takes the newest where none is installed, and leaves alone what is.
        type: str
        default: ''
      containerd_version:
        description: Version of C(containerd.io), in any form. Empty leaves alone one that fits, or takes the newest that does.
        type: str
        default: ''
  control_plane_version:
    description: Version of the cluster's API servers. A kubelet that is newer is refused; of one that is too old for them a warning tells.
    type: str
  kubelet_skew:
    description: By how many minors a kubelet may be older than the API servers; three from Kubernetes 1.28 on.
    type: int
    default: 2
  repository:
    description: The repository that has the pinned packages. Without it, those that the machine knows are used.
    type: dict
    suboptions:
      name:
        description: Base name of the files for its keys and source.
        type: str
        required: true
      uri:
        description: Address of the repository. Not needed with O(repository.bundle_url).
        type: str
      suite:
        description: Suite of an apt repository, or V(./) for a flat one.
        type: str
        default: ./
      components:
        description: Components of an apt repository, none for a flat one.
        type: str
        default: ""
      key:
        description: The public key itself, ASCII-armoured.
        type: str
      key_url:
        description: Addresses to take public keys from, where O(repository.key) is not given.
        type: list
        elements: str
        default: []
      key_sha256:
        description: SHA-256 of what each O(repository.key_url) must answer with.
        type: list
        elements: str
        default: []
      apt:
        description: What is different on machines with apt.
        type: dict
        suboptions:
          uri:
            description: As O(repository.uri).
            type: str
          suite:
            description: As O(repository.suite).
            type: str
          components:
            description: As O(repository.components).
            type: str
          key:
            description: As O(repository.key).
            type: str
          key_url:
            description: As O(repository.key_url).
            type: list
            elements: str
          key_sha256:
            description: As O(repository.key_sha256).
            type: list
            elements: str
      rpm:
        description: What is different on machines with dnf or yum; their package manager reads C($basearch) and such.
        type: dict
        suboptions:
          uri:
            description: As O(repository.uri).
            type: str
          suite:
            description: As O(repository.suite).
            type: str
          components:
            description: As O(repository.components).
            type: str
          key:
            description: As O(repository.key).
            type: str
          key_url:
            description: As O(repository.key_url).
            type: list
            elements: str
          key_sha256:
            description: As O(repository.key_sha256).
            type: list
            elements: str
      repo_gpgcheck:
        description: Whether dnf and yum check the signature of the repository's metadata, too. That of each package is checked in any case.
        type: bool
        default: true
      bundle_url:
        description: Address of a bundle whose repository this is. Its manifest then names the key.
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
    packages: [cri-tools, kubernetes-cni]
    version: 1.31.2
    repository: "{{ 'upstream' | kubewright.cluster.package_repository('1.31.2') }}"

- name: The same on machines with dnf, from a mirror of one's own
  kubewright.cluster.kube_package:
    pinned: [kubelet, kubeadm, kubectl]
    version: 1.31.2
    repository:
      name: kubernetes
      uri: https://mirror.example.com/kubernetes/v1.31/rpm/
      key_url: https://mirror.example.com/kubernetes/v1.31/rpm/repodata/repomd.xml.key

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

- name: Ask for the newest of a minor
  kubewright.cluster.kube_package:
    state: newest
    minor: '1.31'
    pinned: [kubelet, kubeadm, kubectl]
    repository: "{{ 'upstream' | kubewright.cluster.package_repository('1.31') }}"
  register: newest
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [unhold kubelet, install kubelet 1.31.2-1.1, hold kubelet]
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
version:
  description: The newest version of the minor, empty where nothing of it is installed here and no repository was given.
  returned: state is newest
  type: str
  sample: 1.31.14
origin:
  description: Whether that version is V(installed) here, or in the V(repository).
  returned: state is newest
  type: str
  sample: repository
"""

import os
from typing import Any, Dict, List, Optional, Tuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_packages as docker
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_plan as plan
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_repository as repositories
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._kubelet_unit import enabling
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._package_managers import manager
from ansible_collections.kubewright.cluster.plugins.module_utils._package_names import wanted
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import matching, nearest, newest_of_minor, numbers


class Packages:
    """Compare with what is installed; try the repository; act."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        given = self.params["repository"]
        self.manager = manager(module, self.params["manager"], given["name"] if given else "")
        self.docker: Dict[str, str] = self.params["docker"] or {}
        self.pinned: List[str] = docker.names(self.docker["package"]) if self.docker else self.params["pinned"]
        self.packages = self.manager.names(wanted(self.params["packages"], os.path.exists))
        dragged = [name for name in plan.DRAGGED if "kubeadm" in self.pinned and name not in self.pinned]
        beside = docker.others(self.docker["package"]) if self.docker else dragged + plan.rivals(self.params["pinned"] + self.packages)
        self.installed = plan.beside_no_rival(self.params["pinned"] + self.packages, self.manager.installed(self.pinned + self.packages + beside))
        self.unpinned = self._unpinned()
        self.missing = [name for name in self.packages if name not in self.installed]
        self.actions: List[str] = []

    def _unpinned(self) -> List[str]:
        if self.docker:
            docker.refuse_family(self.docker["package"], self.manager.family)
            docker.refuse_others(self.docker["package"], self.installed)
            return docker.wanting(self.docker["package"], self.docker["version"], self.installed, self.docker["containerd_version"])
        return plan.unpinned(self.pinned, self.params["version"], self.installed) if self.params["version"] else []

    def newest(self) -> Dict[str, Any]:
        minor, noted = self.params["minor"], binaries.parse_note(read(binaries.NOTE))
        here = newest_of_minor([*self.installed.values(), *(noted[name]["version"] for name in self.pinned if name in noted)], minor)
        asked = self.params["repository"] or self.params["newest_url"]
        if not asked or (here and not self.params["newer"]):
            return self._answer(version=here, origin="installed" if here else "")
        place, first, found = self._newest_named(minor) if self.params["newest_url"] else self._newest_offered(minor)
        if here and (not found or numbers(found) <= numbers(here)):  # dnf and yum do not list what is installed as available
            return self._answer(version=here, origin="installed")
        if not found:
            raise KubewrightError("{0} has no Kubernetes {1} with {2}; nearest: {3}".format(
                place, minor, ", ".join(self.pinned), ", ".join(nearest(first, minor)) or "none at all"))
        return self._answer(version=found, origin="repository")

    def _newest_offered(self, minor: str) -> Tuple[str, List[str], str]:
        """The repository, what it has of the first package, and the newest that it has of all."""
        repository = repositories.read(self.params["repository"], self.manager.family)
        with self.manager.look(repository) as view:
            offered = view.offered(self.pinned)
        first, others = offered[self.pinned[0]], [offered[name] for name in self.pinned[1:]]
        return repository.uri, first, newest_of_minor([text for text in first if all(matching(other, plan.release(text)) for other in others)], minor)

    def _newest_named(self, minor: str) -> Tuple[str, List[str], str]:
        """The same, of a text that holds one version."""
        url = self.params["newest_url"]
        named = fetch(url).decode("utf-8", "replace").strip().lstrip("v")
        return url, [named], newest_of_minor([named], minor)

    def probe(self) -> Dict[str, Any]:
        """Findings instead of an error."""
        try:
            self._refuse()
            if self.unpinned:
                self._chosen(self._repository())
        except KubewrightError as error:
            return self._answer(findings=[finding(str(error))])
        return self._answer(findings=[])

    def present(self) -> Dict[str, Any]:
        self._refuse()
        asks = bool(self.unpinned or (self.missing and self.params["repository"]))
        repository = self._repository() if asks or self._files_missing() else None
        if self.docker and asks and not repository and not self.module.check_mode:
            self.manager.refresh()  # its version is chosen out of the machine's own lists
        versions = self._chosen(repository) if asks or repository else {}
        before: Dict[str, Optional[str]] = {}
        unheld = self._held(self.unpinned)
        try:
            if repository:
                self._files(repository, before)
            self._install(versions, unheld)
        except KubewrightError:
            self._restore(before, unheld)
            raise
        if self.docker:  # not all of its packages are there with each version
            self.pinned = [name for name in self.pinned if name in self.installed or name in versions]
        self._hold(unheld)
        if "kubelet" in self.pinned and self.manager.family == "rpm":  # its package leaves that to the administrator
            for step in enabling(Runner(self.module)):
                self._do(step.sentence, step.act)
        return self._answer()

    def _answer(self, **more: Any) -> Dict[str, Any]:
        return dict(more, changed=bool(self.actions), actions=self.actions, installed=self.installed)

    def _do(self, sentence: str, action: Any) -> None:
        self.actions.append(sentence)
        if not self.module.check_mode:
            progress.tell(sentence)
            action()

    def _refuse(self) -> None:
        """What can be told without the repository."""
        binaries.refuse_beside(binaries.parse_note(read(binaries.NOTE)), [name for name in self.unpinned if name not in self.installed])
        if "kubelet" in self.pinned and self.params["control_plane_version"]:
            told = plan.skew(self.params["version"], self.params["control_plane_version"], self.params["kubelet_skew"])
            if told:
                self.module.warn(told)

    def _repository(self) -> Optional[repositories.Repository]:
        given = self.params["repository"]
        return repositories.read(given, self.manager.family) if given else None

    def _chosen(self, repository: Optional[repositories.Repository]) -> Dict[str, str]:
        """Full version of what has to be installed in a certain one; raises before anything is touched."""
        progress.tell("asking the package repository")
        version, beside = self.params["version"] or "", self.manager.chosen_here(self.packages)
        with self.manager.look(repository) as view:
            if self.docker:
                return self._docker(view)
            asked = self.unpinned + (beside if repository else [])
            offered = view.offered(asked or self.pinned or self.packages)  # also where nothing is missing: a new address is tried before it is written
            versions = {name: plan.candidate(name, version, offered[name], self.installed.get(name)) for name in self.unpinned}
            pinned = {name: self.installed[name] for name in self.pinned if name in self.installed}
            relations = view.relations(dict(pinned, **versions), beside)
        return dict(versions, **plan.companions(beside, version, self.installed, offered, relations))

    def _docker(self, view: Any) -> Dict[str, str]:
        package, version, containerd = self.docker["package"], self.docker["version"], self.docker["containerd_version"]
        offered = view.offered(self.pinned)
        if not self.unpinned:
            return {}
        if self.module.check_mode and not self.params["repository"] and not offered.get(package):
            return {package: version or "newest"}  # the lists are asked for anew before it is chosen
        engine = docker.to_install(package, version, self.installed, offered, containerd).get(package) or self.installed[package]
        relations = view.relations({package: engine}, [docker.CONTAINERD]).get(docker.CONTAINERD, [])
        return docker.to_install(package, version, self.installed, offered, containerd, relations)

    def _install(self, versions: Dict[str, str], unheld: List[str]) -> None:
        plain = [name for name in self.missing if name not in versions]
        if not versions and not plain:
            if self.manager.unfinished():
                self._do("finish an interrupted installation", self.manager.repair)
            return
        if unheld:
            self._do("unhold " + ", ".join(unheld), lambda: self.manager.unhold(unheld))
        words = [self.manager.word(name, version) for name, version in sorted(versions.items())] + plain
        told = ["{0} {1}".format(name, version) for name, version in sorted(versions.items())] + plain
        self._do("install " + ", ".join(told), lambda: self._transaction(words, versions))

    def _transaction(self, words: List[str], versions: Dict[str, str]) -> None:
        if self.manager.unfinished():
            self.manager.repair()
        self.manager.install(words, bool(self.params["repository"]))
        found = self.manager.installed(list(versions))
        other = ["{0} {1}".format(name, version) for name, version in sorted(versions.items())
                 if found.get(name, "").split(":")[-1] != version.split(":")[-1]]  # rpm leaves the epoch out
        if other:
            raise KubewrightError("the package manager reports success, and {0} is not there. Look at what keeps it, such as a pin or a lock of "
                                  "somebody else.".format(", ".join(other)))

    def _files_missing(self) -> bool:
        if not self.params["repository"]:
            return False
        repository = repositories.unread(self.params["repository"], self.manager.family)
        *keys, (source, text) = self.manager.files(repository, *self._excluding())
        return content(source) != text or not all(os.path.exists(path) for path, _text in keys) or bool(self.manager.foreign(repository))

    def _files(self, repository: repositories.Repository, before: Dict[str, Optional[str]]) -> None:
        for path, text in self.manager.files(repository, *self._excluding()):
            if content(path) != text:
                before[path] = content(path)
                self._do("write " + path, lambda path=path, text=text: write_whole(path, text))
        for path, text in self.manager.foreign(repository):
            before[path] = content(path)
            self._do("switch the same repository off in " + path, lambda path=path, text=text: rewrite(path, text))

    def _excluding(self) -> List[Any]:
        return [bool(self.params["hold"] and self.pinned), *([docker.names(self.docker["package"])] if self.docker else [])]

    def _restore(self, before: Dict[str, Optional[str]], unheld: List[str]) -> None:
        """After a failure: files and holds as they were."""
        if self.module.check_mode:
            return
        for path, text in before.items():
            if text is not None:
                rewrite(path, text)
            elif os.path.exists(path):
                os.unlink(path)
        held = [name for name in unheld if name in self.installed]
        try:
            if held:
                self.manager.hold(held)
        except KubewrightError as error:
            self.module.warn("{0} is not held now, as it was before: {1}".format(", ".join(held), error))

    def _held(self, names: List[str]) -> List[str]:
        held = self.manager.held() if names and self.manager.holdable else []
        return [name for name in names if name in held]

    def _hold(self, unheld: List[str]) -> None:
        asked = self.pinned if self.params["hold"] else unheld  # with hold=false somebody else's holds come back all the same
        if not asked:
            return
        if not self.manager.holdable:
            self._warn_of_no_hold()
            return
        held = self.manager.held()
        names = [name for name in asked if name not in held or name in unheld]
        if names:
            self._do("hold " + ", ".join(names), lambda: self.manager.hold(names))

    def _warn_of_no_hold(self) -> None:
        names, others = ", ".join(self.pinned), self.manager.unguarded(self.pinned[0])
        if not self.params["repository"]:
            self.module.warn("nothing holds {0}: dnf and yum do so by the plugin versionlock, or by exclude= in the file of a repository that is "
                             "given".format(names))
        elif others:
            self.module.warn("a general upgrade can take {0} from {1}: switch that off, add exclude= there, or install the plugin versionlock".format(
                names, ", ".join(others)))


def content(path: str) -> Optional[str]:
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def finding(message: str) -> Dict[str, Any]:
    return Finding("PackageRepository", "error", message).as_dict()


def execute(module: AnsibleModule) -> Dict[str, Any]:
    state = module.params["state"]
    try:
        packages = Packages(module)
    except KubewrightError as error:
        if state != "probe":
            raise
        return {"changed": False, "findings": [finding(str(error))], "actions": [], "installed": {}}
    return {"present": packages.present, "probe": packages.probe, "newest": packages.newest}[state]()


def main() -> None:
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "probe", "newest"], "default": "present"},
            "packages": names,
            "pinned": names,
            "version": {"type": "str"},
            "minor": {"type": "str"},
            "newest_url": {"type": "str"},
            "newer": {"type": "bool", "default": False},
            "hold": {"type": "bool", "default": True},
            "manager": {"type": "str", "choices": ["auto", "apt", "dnf", "yum"], "default": "auto"},
            "control_plane_version": {"type": "str"},
            "kubelet_skew": {"type": "int", "default": 2},
            "repository": {"type": "dict", "options": repositories.SPEC},
            "docker": {"type": "dict", "options": docker.SPEC},
        },
        mutually_exclusive=[("docker", "pinned")],
        required_if=[("state", "newest", ["minor", "pinned"])],
        supports_check_mode=True,
    )
    if module.params["state"] != "newest" and module.params["pinned"] and not module.params["version"]:
        module.fail_json(msg="pinned packages need a version")
    conclude(module, lambda: execute(module), "packages", sentences("actions"))


if __name__ == "__main__":
    main()
