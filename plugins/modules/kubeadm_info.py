#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_info
short_description: Say what kubeadm has left on this machine, and what it is
version_added: 0.1.0
description:
  - Looks at files, sockets and the local API server of one machine and sorts it as clean, partial, worker or control plane.
  - Never fails because something is absent, writes nothing, and needs neither kubeadm nor a cluster.
options:
  gather:
    description:
      - What to read beside the state itself. Each costs the node a little time.
      - V(versions) runs C(kubeadm), C(kubelet) and C(kubectl) where they are installed; V(certificates) reads the days left of every
        certificate; V(host) reads what tells this machine from its clones; V(kubelet) asks systemd and the health port.
    type: list
    elements: str
    choices: [versions, certificates, host, kubelet]
    default: [versions, certificates, host, kubelet]
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_init
  - module: kubewright.cluster.kubeadm_join
"""

EXAMPLES = r"""
- name: Look at the machine
  kubewright.cluster.kubeadm_info:
  register: machine

- name: Say what it is
  ansible.builtin.debug:
    msg: "{{ machine.node.state }}: {{ machine.node.reason }}"
"""

RETURN = r"""
node:
  description: The machine as it was found. Times are seconds since the epoch, certificates are whole days left.
  returned: always
  type: dict
  contains:
    schema:
      description: Version of this structure.
      type: str
      sample: kubewright.node/1
    state:
      description: One of clean, partial (an operation did not end), worker, control_plane.
      type: str
      sample: worker
    healthy:
      description: For a control plane, whether its own API server answers; such a machine is broken, not partial, when it does not.
      type: bool
    ours:
      description: For a partial machine, whether Kubewright began what did not end.
      type: bool
    reset_allowed:
      description: Whether the next run may reset this machine. Never true over etcd data older than the interrupted operation.
      type: bool
    reason:
      description: Why the machine was sorted so.
      type: str
      sample: the kubelet has its kubeconfig and configuration
    files:
      description: The files that decided it.
      type: list
      elements: str
    ca_hashes:
      description: Public key hashes of the cluster's CA as this machine holds it.
      type: list
      elements: str
    endpoint:
      description: Address of the API server in the kubelet's kubeconfig.
      type: str
      sample: cluster.example.com:6443
    cri_endpoints:
      description: Sockets of container runtimes found.
      type: list
      elements: str
    versions:
      description: Installed versions by program.
      type: dict
      sample: {kubeadm: 1.31.2, kubelet: 1.31.2, kubectl: 1.31.2}
    certificates:
      description: Days left by file.
      type: dict
    kubelet:
      description: Whether systemd runs it and whether it says that it is well.
      type: dict
      sample: {active: true, healthy: true}
    host:
      description: Host name, machine id, product UUID, CPUs, memory, kernel, cgroup version, clock.
      type: dict
"""

from http.client import HTTPException
from typing import Any, Dict
from urllib.request import ProxyHandler, build_opener

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import KUBELET_CONF, SCHEMA, node_state

VERSION_COMMANDS = {
    "kubeadm": ["kubeadm", "version", "-o", "short"],
    "kubelet": ["kubelet", "--version"],
    "kubectl": ["kubectl", "version", "--client", "-o", "json"],
}


def versions(run: Runner) -> Dict[str, str]:
    found = {}
    for program, argv in VERSION_COMMANDS.items():
        try:
            text = run(argv, seconds=20).stdout
        except CommandError:
            continue
        except KubewrightError:
            continue
        found[program] = _version_in(text)
    return found


def _version_in(text: str) -> str:
    words = text.replace('"', " ").replace(",", " ").split()
    matching = [word[1:] for word in words if word.startswith("v") and word[1:2].isdigit() and word.count(".") >= 2]
    return matching[0] if matching else ""


def kubelet(module: AnsibleModule) -> Dict[str, bool]:
    active = bool(module.get_bin_path("systemctl")) and module.run_command(["systemctl", "is-active", "--quiet", "kubelet"])[0] == 0
    try:
        healthy = build_opener(ProxyHandler({})).open("http://127.0.0.1:10248/healthz", timeout=3).status == 200
    except (OSError, HTTPException):  # URLError is an OSError
        healthy = False
    return {"active": active, "healthy": healthy}


def machine(module: AnsibleModule) -> Dict[str, Any]:
    look = node.look()
    found = node_state(look).as_dict()
    found.update(
        schema=SCHEMA, files=sorted(look.files), ca_hashes=node.ca_hashes(),
        endpoint=node.server_of(KUBELET_CONF), cri_endpoints=node.cri_endpoints(),
    )
    gather = module.params["gather"]
    if "versions" in gather:
        found["versions"] = versions(Runner(module))
    if "certificates" in gather:
        found["certificates"] = node.certificate_days()
    if "kubelet" in gather:
        found["kubelet"] = kubelet(module)
    if "host" in gather:
        found["host"] = node.host()
    return found


def main() -> None:
    choices = ["versions", "certificates", "host", "kubelet"]
    module = AnsibleModule(
        argument_spec={"gather": {"type": "list", "elements": "str", "choices": choices, "default": choices}},
        supports_check_mode=True,
    )
    conclude(module, lambda: {"changed": False, "node": machine(module)}, "look")


if __name__ == "__main__":
    main()
