#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kube_binaries
short_description: Install kubelet, kubeadm and kubectl without packages, each file proven by its SHA-256
version_added: 0.1.0
description:
  - For versions that no package repository holds any more, and for machines without a package manager.
  - Fetches the programs of one version from dl.k8s.io or from any address with that layout, crictl and the CNI plugins from their projects' releases,
    and puts each in place in one step once its SHA-256 is proven. What the packages bring besides comes too, the kubelet's unit, kubeadm's
    drop-in, the file for the kubelet's extra arguments and the folders; the unit is enabled, not started.
  - A note under /var/lib/kubewright says what was installed with which digest. The next run hashes the files and fetches nothing when they are right; a file
    that was altered is fetched again.
  - Everything that could go wrong is asked before anything is touched. A downgrade is refused, and a machine that has packages of the same names.
  - A digest comes from O(sha256), or from the file C(.sha256) beside the program. Over plain http only the former counts.
options:
  state:
    description: Install; or only try whether installing would work, which never fails and returns RV(findings).
    type: str
    choices: [present, probe]
    default: present
  names:
    description: Programs to have in that version. crictl and the CNI plugins come with the kubelet.
    type: list
    elements: str
    choices: [kubelet, kubeadm, kubectl]
    default: [kubelet, kubeadm, kubectl]
  version:
    description: Version of Kubernetes, x.y.z.
    type: str
    required: true
  url:
    description: Address of the releases; C(/vX.Y.Z/bin/linux/ARCH/NAME) is added.
    type: str
    default: https://dl.k8s.io/release
  crictl_version:
    description: Version of crictl. Empty leaves crictl to somebody else.
    type: str
    default: ''
  crictl_url:
    description: Address of its releases; C(/vX.Y.Z/crictl-vX.Y.Z-linux-ARCH.tar.gz) is added.
    type: str
    default: https://github.com/kubernetes-sigs/cri-tools/releases/download
  cni_plugins_version:
    description: Version of the CNI plugins. Empty leaves them to somebody else.
    type: str
    default: ''
  cni_plugins_url:
    description: Address of their releases; C(/vX.Y.Z/cni-plugins-linux-ARCH-vX.Y.Z.tgz) is added.
    type: str
    default: https://github.com/containernetworking/plugins/releases/download
  sha256:
    description: SHA-256 by name, for C(kubelet), C(kubeadm), C(kubectl), C(crictl) and C(cni-plugins), the last two of the archive.
    type: dict
    default: {}
  control_plane_version:
    description: Version of the cluster's API servers. A kubelet that is newer is refused; of one that is too old for them a warning tells.
    type: str
  kubelet_skew:
    description: By how many minors a kubelet may be older than the API servers; three from Kubernetes 1.28 on.
    type: int
    default: 2
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Kubernetes 1.20.15, which no repository has any more
  kubewright.cluster.kube_binaries:
    version: 1.20.15
    crictl_version: 1.19.0
    cni_plugins_version: 0.8.7

- name: From a server of one's own without TLS, so with digests
  kubewright.cluster.kube_binaries:
    version: 1.31.2
    url: http://192.0.2.5/kubernetes
    sha256:
      kubelet: 2b1a5a1c0f7c53e1b0ffb1c8e0b0d8a1f1d1fcc6b7a4d0b3b6c0e8b0e4d9f5a7
      kubeadm: 9a1ecb4e6b0ffb1c8e0b0d8a1f1d1fcc6b7a4d0b3b6c0e8b0e4d9f5a72b1a5a1
      kubectl: c8e0b0d8a1f1d1fcc6b7a4d0b3b6c0e8b0e4d9f5a72b1a5a19a1ecb4e6b0ffb1
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [install kubelet 1.31.2 from https://dl.k8s.io/release/v1.31.2/bin/linux/amd64/kubelet, enable kubelet.service]
installed:
  description: Versions that were installed before, by name.
  returned: always
  type: dict
  sample: {kubelet: 1.31.1, kubeadm: 1.31.1}
findings:
  description: What would keep the installation from working.
  returned: state is probe
  type: list
  elements: dict
  sample:
    - id: PackageRepository
      level: error
      message: "https://dl.k8s.io/release/v1.31.99/bin/linux/amd64/kubelet cannot be fetched: Not Found"
      remedy:
"""

import os
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.module_utils import _binary_state as state
from ansible_collections.kubewright.cluster.plugins.module_utils import _kubelet_unit as kubelet_unit
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_plan as plan
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out

Result = Dict[str, Any]


def wanted(params: Dict[str, Any], processor: str) -> List[binaries.Program]:
    """The programs of Kubernetes, and with the kubelet what it needs beside it."""
    digests, version = params["sha256"], params["version"]
    programs = [binaries.Program(name, version, binaries.address(params["url"], name, version, "linux", processor), digests.get(name), state.PROGRAMS)
                for name in params["names"]]
    if "kubelet" in params["names"]:
        if params["crictl_version"]:
            programs.append(binaries.crictl(params["crictl_url"], params["crictl_version"], processor, digests.get("crictl"), state.PROGRAMS))
        if params["cni_plugins_version"]:
            programs.append(binaries.cni_plugins(
                params["cni_plugins_url"], params["cni_plugins_version"], processor, digests.get("cni-plugins"), state.PLUGINS))
    return programs


def still_to_do(machine: state.Machine, params: Dict[str, Any]) -> List[Step]:
    """Raises whatever would go wrong."""
    binaries.refuse_packages(state.installed_packages(machine.run))
    for name in params["names"]:
        plan.refuse_downgrade(name, params["version"], machine.versions().get(name))
    steps = [step for program in wanted(params, binaries.architecture(os.uname().machine)) for step in machine.steps_for(program)]
    return steps + (kubelet_unit.still_to_do(machine.run, state.PROGRAMS) if "kubelet" in params["names"] else [])


def skew(params: Dict[str, Any]) -> Optional[str]:
    """What to tell about a kubelet that is old for its control plane; one that is newer is refused."""
    if "kubelet" not in params["names"] or not params["control_plane_version"]:
        return None
    return plan.skew(params["version"], params["control_plane_version"], params["kubelet_skew"])


def probe(machine: state.Machine, params: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Findings instead of an error."""
    try:
        skew(params)
        still_to_do(machine, params)
    except KubewrightError as error:
        return [Finding("PackageRepository", "error", str(error)).as_dict()]
    return []


def execute(module: AnsibleModule) -> Result:
    machine, params = state.Machine(Runner(module)), module.params
    installed = machine.versions()
    if params["state"] == "probe":
        return {"changed": False, "actions": [], "installed": installed, "findings": probe(machine, params)}
    told = skew(params)
    if told:
        module.warn(told)
    return dict(carried_out(lambda: still_to_do(machine, params), module.check_mode), installed=installed)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "probe"], "default": "present"},
            "names": {"type": "list", "elements": "str", "choices": list(binaries.KUBERNETES), "default": list(binaries.KUBERNETES)},
            "version": {"type": "str", "required": True},
            "url": {"type": "str", "default": "https://dl.k8s.io/release"},
            "crictl_version": {"type": "str", "default": ""},
            "crictl_url": {"type": "str", "default": "https://github.com/kubernetes-sigs/cri-tools/releases/download"},
            "cni_plugins_version": {"type": "str", "default": ""},
            "cni_plugins_url": {"type": "str", "default": "https://github.com/containernetworking/plugins/releases/download"},
            "sha256": {"type": "dict", "default": {}},
            "control_plane_version": {"type": "str"},
            "kubelet_skew": {"type": "int", "default": 2},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "programs", sentences("actions"))


if __name__ == "__main__":
    main()
