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
  - A document that says no version has that of its tables. One of version 1 is edited where containerd is older than 2.0, and refused with the remedy where it
    is not. Registry mirrors in the document itself are refused together with O(registry_config_path), as containerd does.
  - What C(containerd config dump) prints of the new document is read on the controller before the file is replaced, value by value, so a file that C(imports)
    brings and that has other values is found, too.
  - containerd is restarted when the document's meaning changed, when it still runs with an older one, or when it does not serve; running containers survive
    that. If its CRI plugin does not come back with a new document, the old one is put back.
  - Also writes C(hosts.toml) of each registry in O(registry_mirrors), which needs no restart, and the endpoints in C(/etc/crictl.yaml), and has the service
    enabled and running.
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
    description: Folder of the CNI plugins. From containerd 2.1 on there is a list of folders; others in it stay behind this one.
    type: str
    default: /opt/cni/bin
  cni_conf_dir:
    description: Folder of the CNI configuration.
    type: str
    default: /etc/cni/net.d
  registry_config_path:
    description: Folder of the registries' C(hosts.toml) files. Empty leaves registries to the document.
    type: str
    default: /etc/containerd/certs.d
  registry_mirrors:
    description:
      - Mirrors that are asked before a registry, by the registry's name as images have it, with its port; V(_default) is for all that are not named.
      - A mirror is an address, or a dictionary with C(address), C(capabilities) (of V(pull), V(resolve), V(push); the first two where it is left out),
        C(skip_verify) and C(override_path).
      - A file of this module is removed when its registry is named no more. A file that it did not write stays, and is an error where it stands in the way.
    type: dict
    default: {}
  kubernetes_version:
    description: Version of Kubernetes. A containerd that cannot speak to its kubelet is refused, and one that is too old by containerd's own table told.
    type: str
  cri_settings:
    description:
      - More settings of the CRI plugin, free-form, by their names below C([plugins."io.containerd.grpc.v1.cri"]) of version 2. They are put where the
        document's version has them.
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
  proven:
    description: Whether to put O(text) in place. Without it, what containerd makes of it is returned. Given by the action plugin.
    type: bool
    default: false
  hosts_files:
    description: Contents of C(hosts.toml) files by registry; an empty one is removed. Given by the action plugin.
    type: dict
    default: {}
requirements:
  - tomlkit (Python library, on the controller)
extends_documentation_fragment:
  - kubewright.cluster.attributes
notes:
  - Runs as an action plugin that calls this module once where nothing is to be changed, and up to three times where something is.
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Configure containerd
  kubewright.cluster.containerd_config:
    sandbox_image: registry.k8s.io/pause:3.10
    kubernetes_version: 1.34.2
    cri_settings:
      max_concurrent_downloads: 5
    registry_mirrors:
      docker.io: [https://mirror.example.com]
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
actions:
  description: What was done, or would be, as sentences.
  returned: always
  type: list
  elements: str
  sample: ["docker.io/hosts.toml is written"]
kept_files:
  description: Files C(hosts.toml) that this module did not write and left alone, by registry.
  returned: always
  type: list
  elements: str
  sample: [registry.example.com]
restarted:
  description: Whether containerd was restarted.
  returned: always
  type: bool
"""

import os
import time
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _crictl as crictl
from ansible_collections.kubewright.cluster.plugins.module_utils._cgroup_driver import refuse_containerd
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_look import cri_socket

ENDPOINT = "unix:///run/containerd/containerd.sock"
HOSTS = "hosts.toml"


class Containerd:
    """The node's side: give the text, take the text."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.path = module.params["path"]
        self.hosts = module.params["registry_config_path"]
        self.run = Runner(module)

    def execute(self) -> Dict[str, Any]:
        """Without a text the state is told; with one, what containerd makes of it; with one that is proven, it is put in place."""
        refuse_containerd(cri_socket(), self.module.params["systemd_cgroup"])
        text = self.module.params["text"]
        if text is None:
            return dict(self.look(), options=dict(self.module.params), changed=False)
        if self.module.check_mode:
            return {"changed": True}
        return self.put(text) if self.module.params["proven"] else dict(self._dump_of(text), changed=False)

    def look(self) -> Dict[str, Any]:
        version = self._version()
        found = {"text": read(self.path), "containerd_version": version, "hosts_files": self._hosts_files(),
                 "crictl_differs": crictl.with_endpoints(read(crictl.PATH), ENDPOINT) != read(crictl.PATH), "service_wanting": False, "stale": False,
                 "dump": "", "refused": ""}
        if version:
            found.update(self._dump(self.path, version), service_wanting=self._service_wanting(), stale=self._stale())
        return found

    def _hosts_files(self) -> Dict[str, str]:
        names = sorted(os.listdir(self.hosts)) if self.hosts and os.path.isdir(self.hosts) else []
        paths = [(name, os.path.join(self.hosts, name, HOSTS)) for name in names]
        return {name: read(path) for name, path in paths if os.path.isfile(path)}

    def _version(self) -> str:
        if not self.module.get_bin_path("containerd"):
            return ""
        words = self.run(["containerd", "--version"], seconds=20).stdout.split()
        return next((word.lstrip("v").split("~")[0].split("+")[0] for word in words[1:] if word.lstrip("v")[:1].isdigit()), "")

    def _dump(self, path: str, version: str) -> Dict[str, str]:
        """Of 2.0, `dump` shows a document of version 2 as it was before its migration."""
        verb = "migrate" if version.startswith("2.0.") else "dump"
        try:
            return {"dump": self.run(["containerd", "--config", path, "config", verb], seconds=60).stdout, "refused": ""}
        except CommandError as error:
            return {"dump": "", "refused": str(error)}

    def _dump_of(self, text: str) -> Dict[str, str]:
        """The candidate lies beside the file, since a document may name others by where it is."""
        candidate = self.path + ".kubewright-candidate"
        write_whole(candidate, text, 0o600)  # a document may hold the passwords of registries
        try:
            return self._dump(candidate, self._version())
        finally:
            os.unlink(candidate)

    def _systemctl(self, *words: str) -> str:
        return self.run(("systemctl", *words), ok=(0, 1, 3, 4)).stdout.strip()

    def _service_wanting(self) -> bool:
        return self._systemctl("is-enabled", "containerd") != "enabled" or not self._serves()

    def _serves(self) -> bool:
        return self._systemctl("is-active", "containerd") == "active" and not self._cri_problem()

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

    def put(self, text: str) -> Dict[str, Any]:
        self._put_hosts()
        told = crictl.with_endpoints(read(crictl.PATH), ENDPOINT)
        if told != read(crictl.PATH):
            rewrite(crictl.PATH, told)
        before, served = read(self.path), self._serves()
        if self._systemctl("is-enabled", "containerd") != "enabled":
            self.run(["systemctl", "enable", "containerd"])
        if text == before and served and not self._stale():
            return {"changed": True, "restarted": False}
        if text != before:
            rewrite(self.path, text)
        self._restart(before if served and text != before else "")
        return {"changed": True, "restarted": True}

    def _put_hosts(self) -> None:
        for registry, text in self.module.params["hosts_files"].items():
            path = os.path.join(self.hosts, registry, HOSTS)
            if text:
                write_whole(path, text)
                continue
            if os.path.exists(path):
                os.unlink(path)
            if os.path.isdir(os.path.dirname(path)) and not os.listdir(os.path.dirname(path)):
                os.rmdir(os.path.dirname(path))

    def _restart(self, before: str) -> None:
        """With the document before, where that one served, should the new one not do."""
        try:
            self.run(["systemctl", "restart", "containerd"], seconds=180)
            self._wait()
        except KubewrightError as error:
            if before:
                rewrite(self.path, before)
                self.run(["systemctl", "restart", "containerd"], seconds=180, ok=(0, 1))
                raise KubewrightError("{0}. The configuration from before is back in place.".format(str(error).rstrip(".")), **error.evidence) from error
            raise

    def _wait(self) -> None:
        limit = time.time() + 60
        while not os.path.exists(ENDPOINT[len("unix://"):]):
            if time.time() > limit:
                raise KubewrightError("containerd was restarted, but its socket {0} is not there after 60 seconds.".format(ENDPOINT),
                                      **evidence(self.module, "containerd"))
            time.sleep(0.5)
        problem = self._cri_problem()
        if problem:
            raise KubewrightError("containerd runs, but its CRI plugin did not load ({0}). Its journal names the cause; \"too many open files\" is "
                                  "cured by a higher fs.inotify.max_user_instances.".format(problem), **evidence(self.module, "containerd"))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "sandbox_image": {"type": "str"},
            "systemd_cgroup": {"type": "bool", "default": True},
            "cni_bin_dir": {"type": "str", "default": "/opt/cni/bin"},
            "cni_conf_dir": {"type": "str", "default": "/etc/cni/net.d"},
            "registry_config_path": {"type": "str", "default": "/etc/containerd/certs.d"},
            "registry_mirrors": {"type": "dict", "default": {}},
            "kubernetes_version": {"type": "str"},
            "cri_settings": {"type": "dict", "default": {}},
            "settings": {"type": "dict", "default": {}},
            "path": {"type": "path", "default": "/etc/containerd/config.toml"},
            "text": {"type": "str", "no_log": True},  # not in the journal: it may hold passwords of registries
            "proven": {"type": "bool", "default": False},
            "hosts_files": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    module.no_log_values.discard(module.params["text"])  # what containerd makes of it may be the very same, and has to come back
    conclude(module, lambda: Containerd(module).execute(), "containerd")


if __name__ == "__main__":
    main()
