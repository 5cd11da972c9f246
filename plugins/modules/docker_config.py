#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: docker_config
short_description: Configure the Docker daemon for Kubernetes, keeping what is there
version_added: 0.1.0
description:
  - Merges settings into C(/etc/docker/daemon.json). Keys and list entries of others stay. A value of somebody else that contradicts what is asked for is
    an error, unless its key is in O(overwrite). A note in C(/var/lib/kubewright/docker.json) says what was written here, so that it can be changed, and
    taken away once it is no longer asked for.
  - The new document is checked before the daemon sees it, against the flags that the daemon is started with, and with C(dockerd --validate) from Docker 23 on;
    until then new keys are compared with what C(dockerd --help) names.
  - Docker is only reloaded where that is enough, and only restarted where it does not work with what is asked for yet. The values are proven with
    C(docker info) afterwards. Where Docker does not start again, the old file comes back.
  - A restart stops the containers of all pods, unless live-restore is on; a warning names the pods, in check mode, too.
  - The folder of images and containers is not changed while there are containers in it.
  - The cgroup driver of a machine that is a node, or runs pods, is not changed.
options:
  cgroup_driver:
    description: The cgroup driver. The kubelet must use the same. Empty leaves it alone.
    type: str
    choices: [systemd, cgroupfs, '']
    default: systemd
  registry_mirrors:
    description: Mirrors of Docker Hub, tried first and in this order. Docker asks them for images of no other registry.
    type: list
    elements: str
    default: []
  data_root:
    description: Folder of images and containers.
    type: path
  storage_driver:
    description: The storage driver, such as V(overlay2). Docker finds one itself where none is given.
    type: str
  live_restore:
    description: Whether containers go on while Docker is restarted.
    type: bool
  log_limits:
    description:
      - Log options for a machine whose C(daemon.json) has none, where the log driver is V(json-file) or V(local), so that logs of containers do not fill the
        disk. Other log options go into O(settings).
    type: dict
    default: {max-size: 100m, max-file: '3'}
  settings:
    description: More settings, as C(daemon.json) has them, free-form.
    type: dict
    default: {}
  overwrite:
    description: Keys of C(daemon.json) whose values are replaced where somebody else wrote them and they contradict what is asked for.
    type: list
    elements: str
    default: []
  path:
    description: The configuration file.
    type: path
    default: /etc/docker/daemon.json
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Configure Docker for Kubernetes
  kubewright.cluster.docker_config:
    registry_mirrors: [https://mirror.example.com]
    settings:
      max-concurrent-downloads: 5

- name: The same on machines where an older note set the other cgroup driver
  kubewright.cluster.docker_config:
    overwrite: [exec-opts]
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ['set exec-opts = ["native.cgroupdriver=systemd"] in /etc/docker/daemon.json', restart Docker for exec-opts]
version:
  description: Version of the running daemon, empty where none runs.
  returned: always
  type: str
  sample: 20.10.24
stopped_pods:
  description: Pods whose containers the restart stopped, or would stop; the kubelet starts them again.
  returned: always
  type: list
  elements: str
  sample: [kube-system/kube-proxy-x7k2p]
"""

import json
import os
import time
from typing import Any, Dict, List, Optional, Tuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _cgroup_driver as drivers
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_daemon as daemon
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_document as documents
from ansible_collections.kubewright.cluster.plugins.module_utils import _systemd
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._docker_keys import refuse_unfit
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite, write_atomically, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences

NOTE = "/var/lib/kubewright/docker.json"
PODS = '{{.Label "io.kubernetes.pod.namespace"}}/{{.Label "io.kubernetes.pod.name"}}'
ROOT = "/var/lib/docker"
WITH_LIMITS = ("json-file", "local")
SECONDS = 60


class Docker:
    """Look, decide, act, prove."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module, self.params, self.run = module, module.params, Runner(module)
        self.path: str = self.params["path"]
        self.installed = bool(module.get_bin_path("dockerd"))
        self.unit = self._unit() if self.installed else {}
        self.active = self.unit.get("ActiveState") == "active"
        self.argv = self._argv()
        self.text = read(self.path)
        self.before = documents.parse(self.text, self.path)
        self.note: Dict[str, Any] = documents.parse(read(NOTE), NOTE)
        self.started = "{0} {1}".format(self.unit.get("MainPID"), self.unit.get("ExecMainStartTimestamp"))
        self.info = self._info() if self.active else None
        self.actions: List[str] = []
        if self.active and not self.info:
            raise KubewrightError("docker.service is active, and `docker info` does not answer. Nothing was changed, since a restart would stop what runs; "
                                  "look at its journal first.", **evidence(module, "docker"))

    def _unit(self) -> Dict[str, str]:
        return _systemd.unit(self.run, "docker.service", "ActiveState", "MainPID", "ExecMainStartTimestamp", "ExecStart", "UnitFileState", "FragmentPath",
                             "DropInPaths")

    def _argv(self) -> List[str]:
        """As the daemon was started, else as it would be."""
        words = read("/proc/{0}/cmdline".format(self.unit["MainPID"])).split("\0")[:-1] if self.active else []
        return words or daemon.started_with(self.unit.get("ExecStart", ""))

    def _info(self) -> Optional[Dict[str, Any]]:
        """What the daemon works with; none while it does not answer."""
        try:
            found = json.loads(self.run(["docker", "info", "--format", "{{json .}}"], seconds=30).stdout)
        except (CommandError, ValueError):
            return None
        return found if found.get("ServerVersion") else None

    def _pods(self) -> List[str]:
        return self.run(["docker", "ps", "--filter", "label=io.kubernetes.pod.name", "--format", PODS]).stdout.split() if self.info else []

    def execute(self) -> Dict[str, Any]:
        if not self.installed and not self.module.check_mode:
            raise KubewrightError("dockerd is not on this machine; the role docker installs it")
        given = dict(daemon.flags(daemon.started_with(self.unit.get("ExecStart", ""))), **daemon.flags(self.argv))  # at the next start, and now
        merged = self._merged(given)
        daemon.refuse_twice(merged.document, given, self.path, self._unit_files())
        self._refuse_moved_root(merged.asked, given)
        pods = self._pods()
        self._refuse_other_driver(merged.document, pods)
        differing = [item.key for item in daemon.differences(merged.asked, self.info, os.path.realpath)] if self.info else []
        pending = self.note.get("pending", []) if self.note.get("daemon") == self.started else []  # of a run that was killed; with its own daemon alone
        again = sorted({*daemon.to_take_over(self.before, merged.document, merged.asked, differing), *pending})
        self._refuse_unfit(merged.document)
        stopped = self._stopped(again, bool(merged.document.get("live-restore", given.get("live-restore"))), pods)
        if stopped:
            self._announce(stopped, again)
        self._put(merged, again)
        self._take_over(merged, again)
        return {"changed": bool(self.actions), "actions": self.actions, "version": str((self.info or {}).get("ServerVersion", "")), "stopped_pods": stopped}

    def _refuse_unfit(self, document: Dict[str, Any]) -> None:
        if self.installed and document != self.before and not self._validates():
            refuse_unfit(document, self.before, self.run(["dockerd", "--help"]).stdout, self.path)

    def _validates(self) -> bool:
        return daemon.validates(self.run(["dockerd", "--version"]).stdout)

    def _unit_files(self) -> List[Tuple[str, str]]:
        paths = [self.unit.get("FragmentPath", ""), *self.unit.get("DropInPaths", "").split()]
        return [(path, read(path)) for path in paths if path]

    def _refuse_moved_root(self, asked: Dict[str, Any], given: Dict[str, Any]) -> None:
        told = [source[key] for source in (self.before, given) for key in ("data-root", "graph") if key in source]
        there = str(self.info["DockerRootDir"] if self.info else [*told, ROOT][0])
        folder = os.path.join(there, "containers")
        containers = os.listdir(folder) if os.path.isdir(folder) else []
        daemon.refuse_moved_root(there, asked.get("data-root") or asked.get("graph"), containers, os.path.realpath)

    def _merged(self, given: Dict[str, Any]) -> documents.Merged:
        wanted = daemon.without_flags(documents.united(asked_of(self.params), self.params["settings"]), given)
        driver = wanted.get("log-driver", self.before.get("log-driver", given.get("log-driver", "json-file")))
        weak = {"log-opts": self.params["log_limits"]} if driver in WITH_LIMITS and "log-opts" not in given and self.params["log_limits"] else {}
        merged = documents.merged(self.before, wanted, weak, self.note.get("wrote", {}), self.params["overwrite"])
        if merged.conflicts:
            keys = sorted({conflict.path.split(".")[0] for conflict in merged.conflicts})
            raise KubewrightError("{0} was written by somebody else and says otherwise: {1}. Nothing was changed. Correct the file, do not ask for it, or "
                                  "permit it to be replaced: overwrite: [{2}] (docker_overwrite of the role docker)."
                                  .format(self.path, "; ".join(map(str, merged.conflicts)), ", ".join(keys)))
        return merged

    def _refuse_other_driver(self, document: Dict[str, Any], pods: List[str]) -> None:
        here = str(self.info["CgroupDriver"]) if self.info else daemon.cgroup_driver(self.before) or drivers.here("").kubelet
        refusal = drivers.refusal("Docker", here, daemon.cgroup_driver(document), pods)
        if refusal:
            raise KubewrightError(refusal)

    def _stopped(self, again: List[str], live_restore: bool, pods: List[str]) -> List[str]:
        """live_restore: after the restart, too, or the new daemon ends what it finds."""
        if not self.info or set(again) <= set(daemon.RELOADED):
            return []
        return daemon.stopped_by_restart(again, live_restore, pods)

    def _announce(self, stopped: List[str], again: List[str]) -> None:
        self.module.warn("Docker {0} restarted for {1}, which stops the containers of {2} pods until the kubelet starts them again: {3}".format(
            "would be" if self.module.check_mode else "was", ", ".join(again), len(stopped), ", ".join(stopped)))

    def _do(self, sentence: str) -> bool:
        """Whether to really do it."""
        self.actions.append(sentence)
        return not self.module.check_mode

    def _put(self, merged: documents.Merged, again: List[str]) -> None:
        for change in merged.changes:
            self._do("{0} in {1}".format(change if change.startswith("take ") else "set " + change, self.path))
        if self.module.check_mode or (merged.document == self.before and merged.note == self.note.get("wrote", {}) and not again):
            return
        if merged.document != self.before:
            self._validate(documents.text_of(merged.document))
        self._write_note(merged.note, again)
        if merged.document != self.before:
            rewrite(self.path, documents.text_of(merged.document))

    def _write_note(self, wrote: Dict[str, Any], pending: List[str]) -> None:
        write_whole(NOTE, json.dumps({"wrote": wrote, "pending": pending, "daemon": self.started}) + "\n")

    def _validate(self, text: str) -> None:
        if not self._validates():
            return
        candidate = self.path + ".kubewright-candidate"
        os.makedirs(os.path.dirname(candidate), mode=0o755, exist_ok=True)
        write_atomically(candidate, text, 0o600)  # a document may hold the password of a proxy
        try:
            self.run(daemon.validating(self.argv, candidate), seconds=60)
        finally:
            os.unlink(candidate)

    def _take_over(self, merged: documents.Merged, again: List[str]) -> None:
        if self.unit.get("UnitFileState") != "enabled" and self._do("enable docker.service"):
            self.run(["systemctl", "enable", "docker.service"])
        if not self.info:
            if self._do("start Docker"):
                self._start("restart", merged)
        elif again and set(again) <= set(daemon.RELOADED):
            if self._do("reload Docker for " + ", ".join(again)):
                self._reload(merged)
        elif again and self._do("restart Docker for " + ", ".join(again)):
            if "live-restore" in again and merged.asked.get("live-restore"):
                self._start("reload", documents.Merged({}, {"live-restore": True}, {}, [], []))
            self._start("restart", merged)
        if again and not self.module.check_mode:
            self._write_note(merged.note, [])

    def _reload(self, merged: documents.Merged) -> None:
        gone = daemon.forgotten(self.before, merged.document)
        if gone:
            rewrite(self.path, documents.text_of(dict(merged.document, **gone)))
        self._start("reload", merged._replace(asked=dict(merged.asked, **gone)))
        if gone:
            rewrite(self.path, documents.text_of(merged.document))

    def _start(self, verb: str, merged: documents.Merged) -> None:
        """Let systemd do it, and wait until the daemon works with what is asked for."""
        left: List[daemon.Difference] = []
        try:
            self.run(["systemctl", verb, "docker.service"], seconds=180)
            limit = time.time() + SECONDS
            while True:
                self.info = self._info()
                left = daemon.differences(merged.asked, self.info, os.path.realpath) if self.info else []
                if self.info and not left:
                    return
                if time.time() > limit:
                    break
                time.sleep(0.5)
        except CommandError as error:
            self._put_back(str(error))
        if not self.info:
            self._put_back("it does not answer after {0} seconds".format(SECONDS))
        raise KubewrightError("Docker was told to {0}, and {1}. Look at its journal and at {2}.".format(verb, "; ".join(map(str, left)), self.path),
                              **evidence(self.module, "docker"))

    def _put_back(self, why: str) -> None:
        """The file that it worked with."""
        found = evidence(self.module, "docker")
        if documents.parse(read(self.path), self.path) == self.before:
            raise KubewrightError("Docker does not start: {0}. Its journal names the cause.".format(why), **found)
        if self.text:
            rewrite(self.path, self.text)
        else:
            os.unlink(self.path)
        self._write_note(self.note.get("wrote", {}), [])
        self.run(["systemctl", "reset-failed", "docker.service"], ok=(0, 1))
        self.run(["systemctl", "restart", "docker.service"], seconds=180, ok=(0, 1))
        raise KubewrightError("Docker does not start with the new {0}: {1}. The file is what it was before, and Docker was started again with it. The journal "
                              "names the cause.".format(self.path, why), **found)


def asked_of(params: Dict[str, Any]) -> Dict[str, Any]:
    """The options in the words of daemon.json."""
    found = {
        "exec-opts": [daemon.CGROUP_OPTION + params["cgroup_driver"]] if params["cgroup_driver"] else None,
        "registry-mirrors": params["registry_mirrors"] or None,
        "data-root": params["data_root"] or None,
        "storage-driver": params["storage_driver"] or None,
        "live-restore": params["live_restore"],
    }
    return {key: value for key, value in found.items() if value is not None}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "cgroup_driver": {"type": "str", "choices": ["systemd", "cgroupfs", ""], "default": "systemd"},
            "registry_mirrors": {"type": "list", "elements": "str", "default": []},
            "data_root": {"type": "path"},
            "storage_driver": {"type": "str"},
            "live_restore": {"type": "bool"},
            "log_limits": {"type": "dict", "default": {"max-size": "100m", "max-file": "3"}},
            "settings": {"type": "dict", "default": {}},
            "overwrite": {"type": "list", "elements": "str", "default": []},
            "path": {"type": "path", "default": "/etc/docker/daemon.json"},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Docker(module).execute(), "docker", sentences("actions"))


if __name__ == "__main__":
    main()
