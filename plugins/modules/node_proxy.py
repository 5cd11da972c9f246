#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_proxy
short_description: HTTP proxy of a node's package manager, container runtime and kubelet
version_added: 0.1.0
description:
  - Tells apt, dnf and yum, and services of systemd, which proxy to use and what to reach without it, now and after a reboot.
  - Nodes are reached without the proxy by network, so that a new node of the same network restarts nothing. The network is O(no_proxy)'s, or the one
    that this node is connected to; addresses outside of both are named one by one.
  - A service is restarted only where it is running and its process has another environment.
  - What a person wrote about a proxy in C(dnf.conf) or C(yum.conf) becomes a comment, and comes back with O(state=absent).
  - The environment is in C(/etc/kubewright/proxy.env), which only root reads. apt's file, C(/etc/apt/apt.conf.d/90kubewright-proxy), and C(dnf.conf)
    are for root only where the address holds a password. dnf and yum use one proxy for all, that for HTTPS first.
  - Passwords are in no answer, no difference and no process list. The action of this module runs it with pipelining, so that they never are in a file
    of Ansible's; it fails where that is not possible, so it does not run with async.
options:
  state:
    description: Have the proxy, or undo exactly what this module did.
    type: str
    choices: [present, absent]
    default: present
  http_proxy:
    description: Proxy for addresses that begin with http, C(http://host:port) or C(http://user:password@host:port).
    type: str
    default: ""
  https_proxy:
    description: Proxy for addresses that begin with https.
    type: str
    default: ""
  no_proxy:
    description: What is reached without it, as P(kubewright.cluster.no_proxy#filter) returns it.
    type: list
    elements: str
    default: []
  node_addresses:
    description: Addresses of the nodes. Empty means this node's own.
    type: list
    elements: str
    default: []
  services:
    description: Services of systemd that use the proxy, whether they are installed yet or not.
    type: list
    elements: str
    default: [containerd, kubelet]
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Reach registries and package repositories through a proxy
  kubewright.cluster.node_proxy:
    http_proxy: http://proxy.example.com:3128
    https_proxy: http://proxy.example.com:3128
    no_proxy: "{{ ['.example.com'] | kubewright.cluster.no_proxy(['10.244.0.0/16'], ['10.96.0.0/12'], 'k8s.example.com:6443') }}"

- name: Reach them without it again
  kubewright.cluster.node_proxy:
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [restart containerd, whose process has another environment; pods keep running]
no_proxy:
  description: What is reached without the proxy, with this node's own part.
  returned: always
  type: list
  elements: str
  sample: [localhost, .svc, 192.0.2.0/24, 10.244.0.0/16]
"""

import os
import stat
from functools import partial
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _proxy_files as files
from ansible_collections.kubewright.cluster.plugins.module_utils import _systemd
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._host_look import default_address
from ansible_collections.kubewright.cluster.plugins.module_utils._machine_look import routes
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._no_proxy import complete
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out

APT_FOLDER = "/etc/apt/apt.conf.d"
APT = APT_FOLDER + "/90kubewright-proxy"
DNF = ("/etc/dnf/dnf.conf", "/etc/yum.conf")
DROP_IN = "/etc/systemd/system/{0}.service.d/50-kubewright-proxy.conf"
# What a restart does to pods.
RESTARTS = {"docker": "its containers are restarted, too, unless live-restore is on"}
LEFT = "the proxy was set, but this is still missing: {0}. Look for other drop-ins with `systemctl cat`, and for what else writes these files."


class Proxy:
    """Each part reads, and says what it would do; then all of it is done and read again."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module, self.params, self.run = module, module.params, Runner(module)
        present = self.params["state"] == "present"
        given = {scheme: self.params[scheme + "_proxy"] for scheme in ("http", "https") if present and self.params[scheme + "_proxy"]}
        if present and not given:
            raise KubewrightError("neither http_proxy nor https_proxy is given; give one, or state: absent to undo what was set before")
        self.proxies = {scheme: files.address(url, scheme + "_proxy") for scheme, url in given.items()}
        addresses = self.params["node_addresses"] or [address for address in [default_address()] if address]
        connected = [route["network"] for route in routes() if not route["routed"] and route["interface"] != "lo"]
        self.no_proxy = complete(self.params["no_proxy"], addresses, connected) if present else []
        self.wanted = files.environment(self.proxies, self.no_proxy)
        self.before = files.environment_of(read(files.ENVIRONMENT))

    def still_to_do(self) -> List[Step]:
        secret = any(proxy.password for proxy in self.proxies.values())
        found: List[Step] = []
        if self.wanted:
            found += self._file(files.ENVIRONMENT, files.environment_file(self.wanted), 0o600)
        if os.path.isdir(APT_FOLDER):
            found += self._file(APT, files.apt(self.proxies, self.no_proxy) if self.wanted else "", 0o600 if secret else 0o644)
        for path in sorted({os.path.realpath(path) for path in DNF if os.path.exists(path)}):
            found += self._section(path)
        found += self._services()
        if not self.wanted:
            found += self._file(files.ENVIRONMENT, "", 0o600)  # last, since it says what processes may still have
        return found

    def _file(self, path: str, text: str, mode: int) -> List[Step]:
        if not text:
            return [Step("remove " + path, partial(os.unlink, path))] if os.path.exists(path) else []
        if read(path) == text and stat.S_IMODE(os.stat(path).st_mode) == mode:
            return []
        return [Step("write {0}, {1}".format(path, self._told()), partial(write_whole, path, text, mode))]

    def _told(self) -> str:
        through = sorted({proxy.server.split("://")[1] for proxy in self.proxies.values()})
        return "through {0}, {1} entries without".format(" and ".join(through), len(self.no_proxy)) if through else "without a proxy"

    def _section(self, path: str) -> List[Step]:
        text = read(path)
        new = files.in_main_section(text, self.proxies)
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if files.holds_secret(new):
            mode = 0o600
        elif files.BEGIN in text and files.holds_secret(text):
            mode = 0o644
        if new == text and mode == stat.S_IMODE(os.stat(path).st_mode):
            return []
        return [Step("edit {0}, {1}".format(path, self._told()), partial(_edit, path, new, mode))]

    def _services(self) -> List[Step]:
        found: List[Step] = []
        for name in self.params["services"]:
            found += self._file(DROP_IN.format(name), files.DROP_IN if self.wanted else "", 0o644)
        units = {name: self._unit(name) for name in self.params["services"]}
        if found or any(unit.get("NeedDaemonReload") == "yes" for unit in units.values()):
            found.append(Step("let systemd read its units again", partial(self._systemctl, "daemon-reload")))
        for name, unit in units.items():
            if self._is_stale(unit):
                sentence = "restart {0}, whose process has another environment; {1}".format(name, RESTARTS.get(name, "pods keep running"))
                found.append(Step(sentence, partial(self._systemctl, "restart", name + ".service")))
        return found

    def _unit(self, name: str) -> Dict[str, str]:
        if not self.module.get_bin_path("systemctl"):
            return {}
        return _systemd.unit(self.run, name + ".service", "ActiveState", "MainPID", "NeedDaemonReload")

    def _is_stale(self, unit: Dict[str, str]) -> bool:
        if unit.get("ActiveState") != "active" or unit.get("MainPID", "0") == "0":
            return False
        process = files.process_environment(read("/proc/{0}/environ".format(unit["MainPID"])))
        return files.is_stale(process, self.wanted, self.before)

    def _systemctl(self, *words: str) -> None:
        self.run(["systemctl", *words], seconds=300)

    def execute(self) -> Dict[str, Any]:
        return dict(carried_out(self.still_to_do, self.module.check_mode, LEFT), no_proxy=self.no_proxy)


def _edit(path: str, text: str, mode: int) -> None:
    """A file of the distribution's, never open to others while it holds a password."""
    if mode == 0o600:
        os.chmod(path, mode)
    rewrite(path, text)
    os.chmod(path, mode)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "http_proxy": {"type": "str", "default": "", "no_log": True},
            "https_proxy": {"type": "str", "default": "", "no_log": True},
            "no_proxy": {"type": "list", "elements": "str", "default": []},
            "node_addresses": {"type": "list", "elements": "str", "default": []},
            "services": {"type": "list", "elements": "str", "default": ["containerd", "kubelet"]},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Proxy(module).execute(), "the proxy", sentences("actions"))


if __name__ == "__main__":
    main()
