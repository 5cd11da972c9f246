#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: cri_dockerd
short_description: Install cri-dockerd and run it, by which Kubernetes 1.24 and newer uses Docker
version_added: 0.1.0
description:
  - Kubernetes up to 1.23 speaks to Docker itself. From 1.24 on cri-dockerd stands between them, at the socket C(/run/cri-dockerd.sock).
  - The release is matched to Kubernetes and to the Docker that runs on the machine, by Kubewright's table; what does not fit is refused with the table's row.
  - Fetches the release's archive from GitHub, from any address, or takes that of a bundle, and puts the program in place in one step once its SHA-256 is
    proven. Writes C(cri-docker.service) and C(cri-docker.socket), enables and starts them. Asks at the socket whether CRI is answered, on every run.
  - A note under /var/lib/kubewright says what was installed with which digest. The next run hashes the file and fetches nothing when it is right.
  - It is restarted only for what it does not run with yet. Containers go on meanwhile; they are Docker's.
  - A machine that has cri-dockerd as a package is refused, since two owners of one service would undo each other's work.
options:
  kubernetes_version:
    description: Version of Kubernetes, x.y.z.
    type: str
    required: true
  version:
    description: Version of cri-dockerd, x.y.z. Empty leaves alone what is there, if it fits, else takes the newest that fits of the bundle or of the table.
    type: str
    default: ''
  url:
    description: Address of the releases; C(/vX.Y.Z/cri-dockerd-X.Y.Z.ARCH.tgz) is added. Or the whole address of an archive, that of O(version).
    type: str
    default: https://github.com/Mirantis/cri-dockerd/releases/download
  sha256:
    description: SHA-256 of the archive by architecture, C(amd64) or C(arm64). Needed for releases that Kubewright's table does not have.
    type: dict
    default: {}
  bundle_url:
    description: Address of a bundle, whose archive is taken if it has one.
    type: str
    default: ''
  bundle_sha256:
    description: SHA-256 of the bundle's manifest.
    type: str
    default: ''
  pause_image:
    description: Image of the container that holds a pod's namespaces; that of kubeadm, in the registry that the images come from.
    type: str
    required: true
  cni_bin_dir:
    description: Folder of the CNI plugins.
    type: path
    default: /opt/cni/bin
  cni_conf_dir:
    description: Folder of the CNI configuration.
    type: path
    default: /etc/cni/net.d
  dual_stack:
    description: Whether pods have addresses of both families.
    type: bool
    default: false
  arguments:
    description: More arguments of cri-dockerd, such as C(--log-level=debug). The cgroup driver is Docker's.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: The release that fits
  kubewright.cluster.cri_dockerd:
    kubernetes_version: 1.34.2
    pause_image: registry.k8s.io/pause:3.10.1

- name: A release that the table does not have, from a server of one's own
  kubewright.cluster.cri_dockerd:
    kubernetes_version: 1.34.2
    version: 0.4.4
    url: http://192.0.2.5/cri-dockerd-0.4.4.arm64.tgz
    sha256: {arm64: 4f96b4e9b7fcb1c90f78470325c2197a67fa28c0e0c901509437b791f5588a37}
    pause_image: registry.example.com/pause:3.10.1
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [restart cri-docker.service for its arguments; containers go on]
version:
  description: The release of cri-dockerd that was chosen.
  returned: always
  type: str
  sample: 0.3.26
docker_version:
  description: Version of the Docker that runs on the machine; empty in a check of a machine that has none yet.
  returned: always
  type: str
  sample: 28.5.2
socket:
  description: The socket, as kubeadm gets it.
  returned: always
  type: str
  sample: unix:///run/cri-dockerd.sock
"""

import os
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _binary_state as state
from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd as cri_dockerd
from ansible_collections.kubewright.cluster.plugins.module_utils._binaries import Program, architecture, shown_version
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._cri_dockerd_facts import ADDRESS
from ansible_collections.kubewright.cluster.plugins.module_utils._cri_dockerd_service import Service
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import version as release
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out

FOLDER = "/usr/local/bin"
FIRST_WITH_CRI_V1 = 26  # alone


class Machine:
    """Look and decide; the steps act."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module, self.params, self.run = module, module.params, Runner(module)
        self.programs = state.Machine(self.run)
        self.minor = release(self.params["kubernetes_version"]).minor
        self.processor = architecture(os.uname().machine)
        self.held = self._held()
        self.docker = self._docker()
        self.version = cri_dockerd.choose(self.minor, self.docker, self.params["version"], [item["version"] for item in self.held], self._installed())

    def execute(self) -> Dict[str, Any]:
        done = carried_out(self.still_to_do, self.module.check_mode)
        return dict(done, version=self.version, docker_version=self.docker, socket="unix://" + cri_dockerd.SOCKET)

    def still_to_do(self) -> List[Step]:
        self._refuse_package()
        steps = self._installing()
        return steps + self._service().still_to_do(bool(steps))

    def _installing(self) -> List[Step]:
        try:
            return self.programs.steps_for(self._program())
        except KubewrightError as error:
            if "cannot be fetched" not in str(error):
                raise
            raise KubewrightError("{0} cri-dockerd may come from a mirror or a server of your own (docker_cri_dockerd_url), or be in the bundle. {1}".format(
                error, cri_dockerd.NOT_TOUCHED)) from error

    def _program(self) -> Program:
        """What is noted, where nothing else is asked for; else of the bundle where that has the release: what comes from there needs no digest."""
        noted = self.programs.note.get(cri_dockerd.NAME, {})
        if noted.get("version") == self.version and not (self.params["version"] or self.params["sha256"]):
            return cri_dockerd.program(self.version, noted["url"], noted["sha256"], FOLDER)
        entry = next((item for item in self.held if item["version"] == self.version), None)
        if entry and self.processor not in self.params["sha256"]:
            return cri_dockerd.program(self.version, "{0}/{1}".format(self.params["bundle_url"].rstrip("/"), entry["path"]), entry["sha256"], FOLDER)
        url = cri_dockerd.address(self.params["url"], self.version, self.processor)
        return cri_dockerd.program(self.version, url, cri_dockerd.digest(self.version, self.processor, self.params["sha256"]), FOLDER)

    def _service(self) -> Service:
        words = ["{0}/{1}".format(FOLDER, cri_dockerd.NAME), "--network-plugin=cni", "--cni-bin-dir=" + self.params["cni_bin_dir"],
                 "--cni-conf-dir=" + self.params["cni_conf_dir"], "--pod-infra-container-image=" + self.params["pause_image"],
                 *(["--ipv6-dual-stack"] if self.params["dual_stack"] else []), *self.params["arguments"]]
        line = cri_dockerd.line_of(self.version)
        return Service(self.run, words, "v1alpha2" if line and line.kubernetes[1] < FIRST_WITH_CRI_V1 else "v1")

    def _held(self) -> List[Dict[str, Any]]:
        base = self.params["bundle_url"].rstrip("/")
        if not base:
            return []
        return cri_dockerd.held(bundle.verified(fetch(base + "/manifest.json"), self.params["bundle_sha256"], base), self.processor)

    def _docker(self) -> str:
        """Of the daemon that runs. A check of a bare machine knows none."""
        if self.module.get_bin_path("docker"):
            output = self.run(["docker", "version", "--format", "{{.Server.Version}}"], seconds=30, ok=(0, 1)).stdout.strip()
            if output:
                return output
        if self.module.check_mode:
            return ""
        raise KubewrightError("Docker does not answer on this machine (`docker version`), and cri-dockerd needs it. Nothing was touched. The role docker "
                              "installs and starts it.")

    def _installed(self) -> str:
        path = "{0}/{1}".format(FOLDER, cri_dockerd.NAME)
        if not os.path.exists(path):
            return ""
        try:
            return shown_version(self.run([path, "--version"], ok=(0, 1)).stdout) or ""
        except KubewrightError:
            return ""  # half a file: it is replaced

    def _refuse_package(self) -> None:
        for name, version in state.installed_packages(self.run, [cri_dockerd.NAME]).items():
            raise KubewrightError("this machine has {0} {1} as a package, which has units of its own. Nothing was touched. Remove the package, or keep it and "
                                  "set docker_cri_dockerd: false.".format(name, version))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "kubernetes_version": {"type": "str", "required": True},
            "version": {"type": "str", "default": ""},
            "url": {"type": "str", "default": ADDRESS},
            "sha256": {"type": "dict", "default": {}},
            "bundle_url": {"type": "str", "default": ""},
            "bundle_sha256": {"type": "str", "default": ""},
            "pause_image": {"type": "str", "required": True},
            "cni_bin_dir": {"type": "path", "default": "/opt/cni/bin"},
            "cni_conf_dir": {"type": "path", "default": "/etc/cni/net.d"},
            "dual_stack": {"type": "bool", "default": False},
            "arguments": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Machine(module).execute(), "cri-dockerd", sentences("actions"))


if __name__ == "__main__":
    main()
