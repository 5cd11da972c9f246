#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_runtime
short_description: Let a node's kubelet use another container runtime
version_added: 0.1.0
description:
  - Switches the node that it runs on, one step at a time. The wanted runtime must be installed and configured before O(action=switch), see
    M(kubewright.cluster.containerd_config), and the node drained, see M(kubewright.cluster.kube_node). The playbook
    C(kubewright.cluster.switch_runtime) does all this, node by node.
  - The node stays the node that it is. Certificates, the kubelet's identity, labels, taints, etcd's data and all flags and lines that have nothing to
    do with a runtime stay.
  - Of the runtime that is left, the containers that Kubernetes made are stopped and removed, and no others. Docker itself goes on running unless
    O(stop_docker=true), and is never removed.
  - Done is a switch when the kubelet has reported the new runtime, the node is Ready, and the static pods of a control plane are ready in it.
  - A switch that was interrupted is finished by the next run, whatever it was killed at; a note in C(/var/lib/kubewright/runtime.json) tells of it.
options:
  action:
    description:
      - V(plan) says what would be done, and refuses with all findings at once what would go wrong. Changes nothing.
      - V(images) carries O(images) over from Docker to containerd, without a registry, as far as containerd does not know them.
      - V(switch) does what is left to do.
      - V(resume) does it only where an earlier run was interrupted, also while no API server answers.
    type: str
    choices: [plan, images, switch, resume]
    required: true
  socket:
    description: Socket of the wanted runtime, as kubeadm takes it.
    type: str
    required: true
  kubernetes_version:
    description: Version that the inventory says. Another one than the kubelet's is refused, since a switch is no upgrade.
    type: str
  images:
    description: Names of images for O(action=images), as RV(images) of a plan has them.
    type: list
    elements: str
    default: []
  package:
    description:
      - Package that containerd would be installed from. A machine whose containerd is of another one is refused, since Docker hangs on that one, and the
        package manager would remove it.
    type: str
  cni_bin_dir:
    description: Folder in which the wanted runtime looks for CNI plugins. Another one of dockershim's is refused.
    type: str
    default: /opt/cni/bin
  cni_conf_dir:
    description: Folder in which the wanted runtime looks for the CNI configuration. Another one of dockershim's is refused.
    type: str
    default: /etc/cni/net.d
  stop_docker:
    description: Whether Docker is stopped and disabled in the end. Refused while containers run there that are not Kubernetes'.
    type: bool
    default: false
  seconds:
    description: Longest time in seconds to wait until the node is Ready with the wanted runtime.
    type: int
    default: 300
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.containerd_config
  - module: kubewright.cluster.kube_node
"""

EXAMPLES = r"""
- name: Say what a switch to containerd would do
  kubewright.cluster.node_runtime:
    action: plan
    socket: unix:///run/containerd/containerd.sock
  register: switch

- name: Switch a node that was drained, and whose containerd is configured
  kubewright.cluster.node_runtime:
    action: switch
    socket: unix:///run/containerd/containerd.sock
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample:
    - stop the kubelet
    - stop and remove 9 of Kubernetes' containers in Docker
    - tell the kubelet of unix:///run/containerd/containerd.sock in /var/lib/kubelet/kubeadm-flags.env
    - start the kubelet and wait until the node is Ready with containerd
    - annotate the Node with unix:///run/containerd/containerd.sock
node:
  description: Name of the Node.
  returned: always
  type: str
  sample: worker1
drain:
  description: Whether the kubelet has to be stopped, so that the node should be drained before.
  returned: always
  type: bool
resumed:
  description: Whether an earlier run had been interrupted on this machine.
  returned: always
  type: bool
kept_containers:
  description: Containers in Docker that run and are not Kubernetes'. They stay.
  returned: always
  type: list
  elements: str
  sample: [registry]
images:
  description: Names of the images that Kubernetes' containers have in Docker.
  returned: action is plan
  type: list
  elements: str
  sample: [k8s.gcr.io/kube-proxy:v1.20.2]
findings:
  description: All that is in the way, with what to do about each.
  returned: when a switch is refused
  type: list
  elements: dict
  sample:
    - id: CniFolder
      level: error
      message: its kubelet has --cni-bin-dir=/usr/lib/cni, and containerd would look in /opt/cni/bin
      remedy: "Set containerd_cni_bin_dir: /usr/lib/cni in the inventory."
pods:
  description: Pods of the node that are not ready in the wanted runtime.
  returned: when a switch was not proven in time
  type: list
  elements: str
  sample: [kube-system/kube-apiserver-cp1]
"""

import contextlib
import glob
import os
import time
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _operation as operation
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_containers as containers
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_flags as flags
from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_switch as pure
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, Finding, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite
from ansible_collections.kubewright.cluster.plugins.module_utils._image_store import CriStore
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import KUBELET_CONF, KUBELET_CONFIG, node_state
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import version
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out
from ansible_collections.kubewright.cluster.plugins.module_utils._systemd import unit

NOTE = node.RUNTIME_NOTE
DOCUMENTS = (node.KUBELET_INSTANCE, KUBELET_CONFIG)
ADMINISTRATORS = ("/etc/default/kubelet", "/etc/sysconfig/kubelet", "/etc/systemd/system/kubelet.service", "/etc/systemd/system/kubelet.service.d/*.conf")


class Switch:
    """Look, decide, act, prove."""

    def __init__(self, module: AnsibleModule, run: Runner) -> None:
        self.module, self.params, self.run = module, module.params, run
        self.wanted: str = module.params["socket"]
        self.interrupted = os.path.exists(NOTE)
        self.name = node.node_name()
        self.kubectl = Kubectl(run, KUBELET_CONF)
        self.others = containers.others(run, self.wanted)
        self.dockers = [other for other in self.others if isinstance(other, containers.Docker)]
        self.people = [name for other in self.others for name in other.of_people()]
        told = run(["kubelet", "--version"], seconds=20).stdout.strip()
        self.release = version(told.rpartition("v")[2].partition("-")[0].partition("+")[0])
        if flags.is_dockershim(self.wanted) and self.release.minor > 23:
            raise KubewrightError("Kubernetes {0} has no dockershim any more, which 1.23 was the last to have. Use cri-dockerd's socket, or containerd's."
                                  .format(self.release))

    def texts(self) -> Dict[str, str]:
        return {path: read(path) for path in (flags.FLAGS, *DOCUMENTS)}

    def differing(self) -> Dict[str, str]:
        return flags.told_anew(self.texts(), self.wanted, self.release.minor)

    def own_node(self) -> Dict[str, Any]:
        """As its kubelet may read it; nothing while no API server answers."""
        with contextlib.suppress(CommandError):
            return self.kubectl.find("node", self.name) or {}
        return {}

    def running(self) -> str:
        """The socket that the kubelet's process was started with, where its command line says so."""
        process = unit(self.run, "kubelet.service", "MainPID").get("MainPID", "0")
        told = flags.values(read("/proc/{0}/cmdline".format(process)).replace("\0", " ")) if process != "0" else {}
        return told.get("container-runtime-endpoint", flags.DOCKERSHIM if told.get("network-plugin") else "")

    def view(self) -> pure.View:
        state, found = node_state(node.look()), self.own_node()
        member = state.state if state.state in ("worker", "control_plane") and state.healthy else ""
        return pure.View(
            self.release.minor, member, state.reason, self.wanted, node.cri_socket(), self.running(), sorted(self.differing()), os.path.exists(NOTE),
            sum(len(other.of_kubernetes()) for other in self.others), (found.get("metadata", {}).get("annotations") or {}).get(flags.ANNOTATION, ""),
            found.get("status", {}).get("nodeInfo", {}).get("containerRuntimeVersion", ""),
            bool(self.params["stop_docker"] and any(docker.active for docker in self.dockers)))

    def machine(self, images: List[containers.Image]) -> pure.Machine:
        found = flags.values(read(flags.FLAGS))
        own = {path: flags.values(read(path)) for pattern in ADMINISTRATORS for path in sorted(glob.glob(pattern))}
        for told in own.values():  # the administrator's are the last on the command line
            found.update(told)
        disk = os.statvfs("/var/lib")
        return pure.Machine(
            {path: sorted({*pure.RUNTIME_FLAGS} & set(told)) for path, told in own.items()},
            [path for path, told in own.items() if {*flags.OF_DOCKERSHIM} & set(told)],
            (found.get("network-plugin", "cni"), found.get("cni-bin-dir", ""), found.get("cni-conf-dir", "")),
            (self.params["cni_bin_dir"], self.params["cni_conf_dir"]), self._containerd(), self.people,
            any(docker.falls_with_containerd() for docker in self.dockers),
            self._package(), self.params["package"] or "", sum(image.size for image in images), disk.f_bavail * disk.f_frsize,
            sum(1 for image in images if not image.names))

    def _containerd(self) -> str:
        if not self.module.get_bin_path("containerd"):
            return ""
        words = self.run(["containerd", "--version"], seconds=20).stdout.split()
        return next((word.lstrip("v").split("~")[0] for word in words[1:] if word.lstrip("v")[:1].isdigit()), "")

    def _package(self) -> str:
        """The one that containerd is of."""
        program = self.module.get_bin_path("containerd")
        if not program:
            return ""
        if self.module.get_bin_path("dpkg-query"):
            return self.run(["dpkg-query", "--search", program], ok=(0, 1)).stdout.partition(":")[0].strip()
        found = self.run(["rpm", "--query", "--file", "--queryformat", "%{NAME}", program], ok=(0, 1)).stdout if self.module.get_bin_path("rpm") else ""
        return "" if " " in found else found.strip()

    def plan(self) -> Dict[str, Any]:
        view = self.view()
        images = [image for docker in self.dockers for image in docker.images()] if "containerd" in self.wanted else []
        machine = self.machine(images)
        obstacles = [*pure.obstacles(view, machine), *pure.other_version(str(self.release), self.params["kubernetes_version"] or "")]
        self._refuse(obstacles)
        for sentence in pure.told(view, machine):
            self.module.warn(sentence)
        return dict(self.answer([step.sentence for step in self.steps(view)], view), changed=False, images=[name for image in images for name in image.names])

    def _refuse(self, obstacles: List[Finding]) -> None:
        if obstacles:
            raise KubewrightError("{0} cannot be switched to {1}; nothing was touched. {2}".format(
                self.name or "this machine", self.wanted, " ".join("{0}. {1}".format(item.message, item.remedy) for item in obstacles)),
                findings=[item.as_dict() for item in obstacles])

    def answer(self, actions: List[str], view: pure.View) -> Dict[str, Any]:
        return {"changed": bool(actions), "actions": actions, "node": self.name, "drain": pure.is_whole(view), "resumed": self.interrupted,
                "kept_containers": self.people}

    def switch(self) -> Dict[str, Any]:
        before = self.view()
        self._refuse([*pure.no_node(os.path.exists(KUBELET_CONF)), *pure.docker_kept(before, self.people)])
        found = carried_out(lambda: self.steps(self.view()), self.module.check_mode)
        return self.answer(found["actions"], before)

    def steps(self, view: pure.View) -> List[Step]:
        known = {
            pure.STOP: Step("stop the kubelet", self._stop),
            pure.REMOVE: Step(self._removed(), self._remove),
            pure.TELL: Step("tell the kubelet of {0} in {1}".format(self.wanted, ", ".join(view.differing)), self._tell),
            pure.START: Step("start the kubelet and wait until the node is Ready with {0}".format(pure.scheme(self.wanted)), lambda: self._start(view)),
            pure.ANNOTATE: Step("annotate the Node with {0}".format(pure.annotation(self.wanted)), self._annotate),
            pure.END_DOCKER: Step("stop and disable Docker", self._end_docker),
        }
        return [known[name] for name in pure.left(view)]

    def _removed(self) -> str:
        numbers = ["{0} of Kubernetes' {1}".format(len(other.of_kubernetes()), other.what) for other in self.others if other.of_kubernetes()]
        return "stop and remove " + " and ".join(numbers)

    def _stop(self) -> None:
        if not self.interrupted:
            operation.write_note(NOTE, {"from": node.cri_socket(), "to": self.wanted, "started": time.time()})
        self.run(["systemctl", "stop", "kubelet"])

    def _remove(self) -> None:
        for other in self.others:
            ids = other.of_kubernetes()
            if ids:
                other.remove(ids)

    def _tell(self) -> None:
        for path, text in self.differing().items():
            rewrite(path, text)

    def _start(self, view: pure.View) -> None:
        if os.path.exists(flags.DOCKERSHIM) and not flags.is_dockershim(self.wanted):
            os.unlink(flags.DOCKERSHIM)  # a stopped kubelet leaves it, and kubeadm and people take it for a runtime
        containers.sweep()
        began = int(time.time())
        self.run(["systemctl", "restart", "kubelet"])
        self._wait(began, time.time() + self.params["seconds"])
        os.unlink(NOTE)

    def _wait(self, began: int, limit: float) -> None:
        missing, pods = "its Node cannot be read", []  # type: str, List[str]
        while time.time() < limit:
            with contextlib.suppress(CommandError):
                missing = pure.not_ready(self.kubectl.find("node", self.name) or {}, self.wanted, began)
                found = self.kubectl.json("get", "pods", "--all-namespaces", "--field-selector", "spec.nodeName=" + self.name)["items"] if not missing else []
                pods = pure.not_yet(pure.static(found), self.wanted)
                if not missing and not pods:
                    return
            progress.tell("waiting: " + (missing or "pods are not ready in {0}: {1}".format(self.wanted, progress.some(pods))))
            time.sleep(2)
        told = missing or "pods are not ready in it: " + ", ".join(pods)
        raise KubewrightError("{0} was told of {1}, and after {2} seconds {3}. The next run goes on from here; the kubelet's journal names the cause.".format(
            self.name, self.wanted, self.params["seconds"], told), pods=pods, **evidence(self.module))

    def _annotate(self) -> None:
        with_retries(lambda: self.kubectl("annotate", "--overwrite", "node", self.name, "{0}={1}".format(flags.ANNOTATION, pure.annotation(self.wanted))))

    def _end_docker(self) -> None:
        for docker in self.dockers:
            docker.stop()

    def carry(self) -> Dict[str, Any]:
        """Without a view: the kubelet and the API server are not asked."""
        store = CriStore(self.run, self.wanted)
        wanted = set(self.params["images"])
        images = [image for docker in self.dockers for image in docker.named(sorted(wanted))]
        images = containers.wanting(images, [] if self.module.check_mode else store.present())
        for image in images if not self.module.check_mode else []:
            containers.carry(self.run, store, image)
        actions = ["carry {0} over from Docker".format(", ".join(image.names)) for image in images]
        return {"changed": bool(actions), "actions": actions, "node": self.name, "drain": False, "resumed": self.interrupted, "kept_containers": self.people}


def execute(module: AnsibleModule) -> Dict[str, Any]:
    action = module.params["action"]
    with operation.locked(module, acts=action != "plan") as run:
        if action == "resume" and not os.path.exists(NOTE):
            return {"changed": False, "actions": [], "node": node.node_name(), "drain": False, "resumed": False, "kept_containers": []}
        switch = Switch(module, run)
        if action in ("plan", "images"):
            return switch.plan() if action == "plan" else switch.carry()
        return switch.switch()


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "action": {"type": "str", "choices": ["plan", "images", "switch", "resume"], "required": True},
            "socket": {"type": "str", "required": True},
            "kubernetes_version": {"type": "str"},
            "images": {"type": "list", "elements": "str", "default": []},
            "package": {"type": "str"},
            "cni_bin_dir": {"type": "str", "default": "/opt/cni/bin"},
            "cni_conf_dir": {"type": "str", "default": "/etc/cni/net.d"},
            "stop_docker": {"type": "bool", "default": False},
            "seconds": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: execute(module), "runtime", sentences("actions"))


if __name__ == "__main__":
    main()
