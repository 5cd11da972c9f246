#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubectl_fetch
short_description: Have kubectl in an exact version on a workstation
version_added: 0.1.0
description:
  - Fetches kubectl from dl.k8s.io, or from any address with that layout, and puts it in place in one step once its SHA-256 is proven.
  - It runs on the machine that shall have it, which for a workstation is the controller (C(delegate_to) localhost, C(become) false).
  - Idempotent by the digest of the file that is there. When neither O(sha256) is given nor the source answers, a kubectl that says to be of this version
    is left as it is, with a warning.
  - A file of another name than kubectl is never overwritten.
options:
  path:
    description: The file to have, whose name begins with kubectl. Its folder is made.
    type: path
    required: true
  version:
    description: Version of kubectl, x.y.z. One minor beside the cluster's is supported by Kubernetes.
    type: str
    required: true
  url:
    description: Address of the releases; C(/vX.Y.Z/bin/SYSTEM/ARCH/kubectl) is added.
    type: str
    default: https://dl.k8s.io/release
  system:
    description: Operating system that it is for. Left out, that of the machine.
    type: str
    choices: [linux, darwin]
  architecture:
    description: Processor that it is for. Left out, that of the machine.
    type: str
    choices: [amd64, arm64]
  sha256:
    description: SHA-256 of the program. Left out, the file C(.sha256) beside it says it, which is refused over plain http.
    type: str
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: The cluster's own kubectl on the workstation
  kubewright.cluster.kubectl_fetch:
    path: ~/.local/bin/kubectl
    version: 1.31.2
  delegate_to: localhost
  become: false

- name: One for a colleague's Mac
  kubewright.cluster.kubectl_fetch:
    path: ./kubectl-darwin-arm64
    version: 1.31.2
    system: darwin
    architecture: arm64
  delegate_to: localhost
  become: false
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["install kubectl 1.31.2 from https://dl.k8s.io/release/v1.31.2/bin/linux/amd64/kubectl as /home/me/.local/bin/kubectl"]
path:
  description: The file.
  returned: always
  type: str
  sample: /home/me/.local/bin/kubectl
url:
  description: Where this kubectl is had.
  returned: always
  type: str
  sample: https://dl.k8s.io/release/v1.31.2/bin/linux/amd64/kubectl
"""

import os
from functools import partial
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.module_utils import _download as download
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out


def address(params: Dict[str, Any]) -> str:
    machine = os.uname()
    system = params["system"] or machine.sysname.lower()
    processor = params["architecture"] or binaries.architecture(machine.machine)
    return binaries.address(params["url"], "kubectl", params["version"], system, processor)


def refuse_other_files(path: str) -> None:
    if not path:
        raise KubewrightError("no file is given for kubectl; set kube_kubectl_path, for example to ~/.local/bin/kubectl")
    if os.path.isdir(path) or (os.path.lexists(path) and not os.path.basename(path).startswith("kubectl")):
        raise KubewrightError("{0} is there and is not called kubectl, so it may be anything. Give a file whose name begins with kubectl.".format(path))


def still_to_do(module: AnsibleModule, url: str) -> List[Step]:
    path, version = module.params["path"], module.params["version"]
    refuse_other_files(path)
    there = download.file_digest(path)
    try:
        digest = download.trusted_digest(url, module.params["sha256"])
        if there == digest:
            return []
        download.require(url)
    except KubewrightError as error:
        if module.params["sha256"] or not there or shown(module, path) != version:
            raise
        module.warn("{0} says that it is {1} and is left as it is; it was not compared with its source: {2}".format(path, version, error))
        return []
    return [Step("install kubectl {0} from {1} as {2}".format(version, url, path), partial(download.place, url, digest, path))]


def shown(module: AnsibleModule, path: str) -> Any:
    try:
        return binaries.shown_version(Runner(module)([path, "version", "--client"], ok=(0, 1)).stdout)
    except (KubewrightError, OSError):
        return None  # for another machine


def execute(module: AnsibleModule) -> Dict[str, Any]:
    url = address(module.params)
    return dict(carried_out(lambda: still_to_do(module, url), module.check_mode), path=module.params["path"], url=url)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "version": {"type": "str", "required": True},
            "url": {"type": "str", "default": "https://dl.k8s.io/release"},
            "system": {"type": "str", "choices": ["linux", "darwin"]},
            "architecture": {"type": "str", "choices": ["amd64", "arm64"]},
            "sha256": {"type": "str"},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "kubectl", sentences("actions"))


if __name__ == "__main__":
    main()
