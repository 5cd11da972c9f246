#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: containerd_config
short_description: Configure containerd for Kubernetes, keeping what is there
version_added: 0.1.0
description:
  - Edits C(/etc/containerd/config.toml) by the schema of its version (1, 2, 3 or 4), so that the CRI plugin is on, the cgroup driver, the
    sandbox image and the CNI folders fit. Other keys and comments stay.
  - The document is edited on the controller, which needs the Python library C(tomlkit); the node only gives and takes text.
  - The effective configuration is proven with C(containerd config dump) before the file is replaced. containerd is restarted when the
    document's meaning changed, or when it still runs with an older one; running containers survive that.
  - Also writes C(/etc/crictl.yaml), and has the service enabled and running.
options:
  sandbox_image:
    description: The pause image. It should be the one that kubeadm of this version uses.
    type: str
  systemd_cgroup:
    description:
      - Whether the runtime uses the systemd cgroup driver. The kubelet must use the same.
      - The driver of a machine that is a node, or has pods, is not changed; that is an error, before anything is touched.
    type: bool
    default: true
  cni_bin_dir:
    description: Folder of the CNI plugins.
    type: str
    default: /opt/cni/bin
  cni_conf_dir:
    description: Folder of the CNI configuration.
    type: str
    default: /etc/cni/net.d
  registry_config_path:
    description: Folder of the registries' C(hosts.toml) files.
    type: str
    default: /etc/containerd/certs.d
  cri_settings:
    description: More settings of the CRI plugin's runtime table, free-form.
    type: dict
    default: {}
  settings:
    description: More settings, merged into the document from its root, free-form.
    type: dict
    default: {}
  path:
    description: The configuration file.
    type: path
    default: /etc/containerd/config.toml
  text:
    description: The whole new document. Given by the action plugin, not by people.
    type: str
  expected:
    description: Values that the effective configuration must have, by path. Given by the action plugin.
    type: list
    elements: dict
    default: []
requirements:
  - tomlkit (Python library, on the controller)
extends_documentation_fragment:
  - kubewright.cluster.attributes
notes:
  - Runs as an action plugin that calls this module once where nothing is to be changed, and twice where something is.
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Configure containerd
  kubewright.cluster.containerd_config:
    sandbox_image: registry.k8s.io/pause:3.10
    cri_settings:
      max_concurrent_downloads: 5
"""

RETURN = r"""
containerd_version:
  description: Version of containerd, none where it is not installed yet.
  returned: always
  type: str
  sample: 1.7.24
config_version:
  description: Schema version of the document.
  returned: always
  type: int
  sample: 2
changes:
  description: Values that were changed, or would be, by path.
  returned: always
  type: list
  elements: str
  sample: ["plugins.io.containerd.grpc.v1.cri.sandbox_image = 'registry.k8s.io/pause:3.10'"]
restarted:
  description: Whether containerd was restarted.
  returned: always
  type: bool
"""

import os
import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils._cgroup_driver import refuse_containerd
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_atomically
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_look import cri_socket

CRICTL = "/etc/crictl.yaml"
ENDPOINT = "unix:///run/containerd/containerd.sock"
CRICTL_TEXT = "# Written by Kubewright (containerd_config).\nruntime-endpoint: {0}\nimage-endpoint: {0}\n".format(ENDPOINT)


class Containerd:
    """The node's side: give the text, take the text."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.path = module.params["path"]
        self.run = Runner(module)

    def execute(self) -> Dict[str, Any]:
        """Without a text the state is told, with one it is put in place."""
        refuse_containerd(cri_socket(), self.module.params["systemd_cgroup"])
        if self.module.params["text"] is None:
            return dict(self.look(), changed=False)
        if not self.module.check_mode:
            self.put(self.module.params["text"], self.module.params["expected"])
        return {"changed": True}

    def look(self) -> Dict[str, Any]:
        version = self._version()
        return {
            "text": read(self.path), "containerd_version": version, "crictl_differs": read(CRICTL) != CRICTL_TEXT,
            "service_wanting": bool(version) and self._service_wanting(), "stale": bool(version) and self._stale(),
        }

    def _version(self) -> str:
        if not self.module.get_bin_path("containerd"):
            return ""
        words = self.run(["containerd", "--version"], seconds=20).stdout.split()
        return next((word.lstrip("v").split("~")[0] for word in words[1:] if word.lstrip("v")[:1].isdigit()), "")

    def _systemctl(self, *words: str) -> str:
        return self.run(("systemctl", *words), ok=(0, 1, 3, 4)).stdout.strip()

    def _service_wanting(self) -> bool:
        if self._systemctl("is-active", "containerd") != "active" or self._systemctl("is-enabled", "containerd") != "enabled":
            return True
        return bool(self._cri_problem())

    def _cri_problem(self) -> str:
        """The row of a CRI plugin that did not load; containerd runs on without it, and nothing of Kubernetes works."""
        rows = self.run(["ctr", "plugins", "ls"], seconds=30, ok=(0, 1)).stdout.splitlines()
        cri = [row for row in rows if " cri" in row or ".cri." in row]
        bad = [" ".join(row.split()) for row in cri if row.split()[-1] != "ok"]
        return "; ".join(bad) if cri else "no CRI plugin is listed"

    def _stale(self) -> bool:
        """A run that was killed between write and restart leaves a containerd that is older than its configuration."""
        started = self._systemctl("show", "containerd", "--property=ExecMainStartTimestampMonotonic", "--value")
        if not started.isdigit() or started == "0" or not os.path.exists(self.path):
            return False
        now_monotonic = float(read("/proc/uptime").split()[0])
        age = now_monotonic - int(started) / 1e6
        return time.time() - os.stat(self.path).st_mtime < age - 1

    def put(self, text: str, expected: List[Dict[str, Any]]) -> None:
        os.makedirs(os.path.dirname(self.path), mode=0o755, exist_ok=True)
        candidate = self.path + ".kubewright-candidate"
        write_atomically(candidate, text)
        try:
            self._prove(candidate, expected)
            os.replace(candidate, self.path)
        finally:
            if os.path.exists(candidate):
                os.unlink(candidate)
        write_atomically(CRICTL, CRICTL_TEXT)
        self.run(["systemctl", "enable", "containerd"])
        self.run(["systemctl", "restart", "containerd"], seconds=180)
        self._wait()

    def _prove(self, candidate: str, expected: List[Dict[str, Any]]) -> None:
        dump = self.run(["containerd", "--config", candidate, "config", "dump"], seconds=60).stdout
        effective = effective_values(dump)
        for item in expected:
            found = effective.get(item["key"], [])
            if item["value"] not in found:
                raise KubewrightError("containerd does not take {0} = {1} from the new configuration, it says {2}. The file was not changed."
                                      .format(item["key"], item["value"], ", ".join(found) or "nothing"))

    def _wait(self) -> None:
        limit = time.time() + 60
        while not os.path.exists(ENDPOINT[len("unix://"):]):
            if time.time() > limit:
                raise KubewrightError("containerd was restarted, but its socket {0} is not there after 60 seconds".format(ENDPOINT),
                                      **evidence(self.module, "containerd"))
            time.sleep(0.5)
        problem = self._cri_problem()
        if problem:
            raise KubewrightError("containerd runs, but its CRI plugin did not load ({0}). Its journal names the cause; \"too many open files\" is "
                                  "cured by a higher fs.inotify.max_user_instances.".format(problem), **evidence(self.module, "containerd"))


def effective_values(dump: str) -> Dict[str, List[str]]:
    """Each key of a dumped document with the values it has in any table, as written; enough to prove ours."""
    found: Dict[str, List[str]] = {}
    for line in dump.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            found.setdefault(key.strip(), []).append(value.strip().strip("\"'"))
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "sandbox_image": {"type": "str"},
            "systemd_cgroup": {"type": "bool", "default": True},
            "cni_bin_dir": {"type": "str", "default": "/opt/cni/bin"},
            "cni_conf_dir": {"type": "str", "default": "/etc/cni/net.d"},
            "registry_config_path": {"type": "str", "default": "/etc/containerd/certs.d"},
            "cri_settings": {"type": "dict", "default": {}},
            "settings": {"type": "dict", "default": {}},
            "path": {"type": "path", "default": "/etc/containerd/config.toml"},
            "text": {"type": "str"},
            "expected": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Containerd(module).execute(), "containerd")


if __name__ == "__main__":
    main()
