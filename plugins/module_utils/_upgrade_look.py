# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a machine and its cluster for an upgrade, and our own note of an upgrade that began. Private to the collection.

The note is a file of its own: what an interrupted init or join permits, a reset, must never be thought of after an interrupted upgrade.
"""

import hashlib
import json
import os
import re
import time
from typing import Any, Dict, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._command import with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import KUBELET_CONFIG
from ansible_collections.kubewright.cluster.plugins.module_utils._nodes import summary
from ansible_collections.kubewright.cluster.plugins.module_utils._operation import write_note
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import Version, fact
from ansible_collections.kubewright.cluster.plugins.module_utils._runtime_flags import ANNOTATION
from ansible_collections.kubewright.cluster.plugins.module_utils._upgrade import PARTS, Versions, View

NOTE = "/var/lib/kubewright/upgrade.json"
MANIFESTS = "/etc/kubernetes/manifests"
_OF_KUBELET = (KUBELET_CONFIG, node.KUBELET_FLAGS, node.KUBELET_INSTANCE)


def image_version(image: str) -> str:
    """A tag without its leading v; empty where the image is named by a digest alone."""
    match = re.match(r"[^@]*:v?([^:/@]+)(@.*)?\Z", image)
    return match.group(1) if match else ""


def manifest_version(component: str, text: str) -> str:
    """Of the component's own container: other containers may have been patched in."""
    images = re.findall(r"^\s*-?\s*image:\s*[\"']?([^\s\"']+)", text, re.MULTILINE)
    own = [image for image in images if "/{0}:".format(component) in image] or images
    return image_version(own[0]) if own else ""


def manifests() -> Versions:
    texts = {component: node.read("{0}/{1}.yaml".format(MANIFESTS, component)) for component in (*PARTS, "etcd")}
    return {component: manifest_version(component, text) for component, text in texts.items() if text}


class Cluster:
    """What the API server tells: all to a control plane, and to a worker what its kubelet may read."""

    def __init__(self, kubectl: Kubectl, target: Version) -> None:
        self.kubectl = kubectl
        self.target = target

    def view(self, role: str, kubeadm: str) -> View:
        name, whole = node.node_name(), role == "control_plane"
        pods = self._items("get", "pods", "-n", "kube-system", "-l", "tier=control-plane") if whole else []
        nodes = self._items("get", "nodes") if whole else [with_retries(lambda: self.kubectl.json("get", "node", name))]
        kubelets = {item["metadata"]["name"]: summary(item)["version"] for item in nodes}
        return View(name, role, kubeadm, self._version(), manifests(), _static_pods(pods), _ready(pods, name), kubelets,
                    self._addons() if whole else {}, self._kubelet_current(kubelets.get(name, "")), interrupted(),
                    {item["metadata"]["name"]: (item["metadata"].get("annotations") or {}).get(ANNOTATION, "") for item in nodes})

    def _items(self, *words: str) -> List[Dict[str, Any]]:
        items: List[Dict[str, Any]] = with_retries(lambda: self.kubectl.json(*words)["items"])
        return items

    def _config_map(self, name: str, key: str) -> str:
        found = with_retries(lambda: self.kubectl.find("configmap", name, "-n", "kube-system"))
        return str(found["data"].get(key, "")) if found else ""

    def _version(self) -> str:
        match = re.search(r"^kubernetesVersion:\s*[\"']?v?([^\s\"']+)", self._config_map("kubeadm-config", "ClusterConfiguration"), re.MULTILINE)
        if not match:
            raise KubewrightError("the ConfigMap kubeadm-config in kube-system names no kubernetesVersion, so kubeadm cannot upgrade this cluster. Bring "
                                  "it back with `kubeadm init phase upload-config kubeadm --config FILE`.")
        return match.group(1)

    def _addons(self) -> Versions:
        found = with_retries(lambda: self.kubectl.find("daemonset/kube-proxy", "deployment/coredns", "-n", "kube-system")) or {}
        items = found.get("items", [found] if found else [])
        return {item["metadata"]["name"]: image_version(item["spec"]["template"]["spec"]["containers"][0]["image"]) for item in items}

    def kubelet_config(self) -> str:
        return self._config_map(fact("kubelet_config_map", self.target).format(minor=self.target.minor), "kubelet")

    def _kubelet_current(self, kubelet: str) -> bool:
        """Either our own upgrade wrote it, and neither side changed since; or the kubelet runs at this version with the cluster's text."""
        wanted, note = self.kubelet_config(), read_note()
        if note and note["finished"] and note["version"] == str(self.target):
            return bool(note["kubelet"] == digests(wanted))
        return kubelet == str(self.target) and _lines(wanted) == _lines(node.read(KUBELET_CONFIG))


def _static_pods(pods: List[Dict[str, Any]]) -> Dict[str, Versions]:
    found: Dict[str, Versions] = {}
    for pod in pods:
        component = pod["metadata"].get("labels", {}).get("component")
        if component in PARTS:
            found.setdefault(pod["spec"].get("nodeName", ""), {})[component] = _pod_version(component, pod)
    return found


def _pod_version(component: str, pod: Dict[str, Any]) -> str:
    images = {container["name"]: container["image"] for container in pod["spec"]["containers"]}
    return image_version(images.get(component, next(iter(images.values()), "")))


def _ready(pods: List[Dict[str, Any]], name: str) -> bool:
    mine = [pod for pod in pods if pod["spec"].get("nodeName") == name and pod["metadata"].get("labels", {}).get("component") in PARTS]
    conditions = [entry for pod in mine for entry in pod.get("status", {}).get("conditions", []) if entry["type"] == "Ready"]
    return len(mine) == len(PARTS) == len(conditions) and all(entry["status"] == "True" for entry in conditions)


def _lines(text: str) -> List[str]:
    """Without what kubeadm decides on each node anew (resolvConf, 1.31 and later)."""
    return sorted(line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("resolvConf:"))


def digests(kubelet_config: str) -> Dict[str, str]:
    """The kubelet's files as they are, and the cluster's text that they were made from."""
    texts = {path: node.read(path) for path in _OF_KUBELET}
    return {name: hashlib.sha256(text.encode("utf-8")).hexdigest() for name, text in dict(texts, cluster=kubelet_config).items()}


def state(view: View, kubelet_config: str) -> Dict[str, Any]:
    """All that an upgrade may change, to say afterwards whether it did."""
    texts = {component: node.read("{0}/{1}.yaml".format(MANIFESTS, component)) for component in view.manifests}
    return {"cluster": view.cluster, "addons": view.addons, "manifests": texts, "kubelet": digests(kubelet_config)}


def read_note() -> Optional[Dict[str, Any]]:
    text = node.read(NOTE)
    if not text.strip():
        return None
    try:
        found = json.loads(text)
        note = {key: found[key] for key in ("action", "version", "started", "finished", "kubelet")}
        started, begun = float(note["started"]), node.marker()
        return None if begun and begun.started > started else note  # of an earlier life: the machine was reset and joined since
    except (ValueError, TypeError, KeyError) as error:
        raise KubewrightError("{0} cannot be read. It is Kubewright's own note about an upgrade of this node. See with `kubeadm upgrade plan` where the "
                              "node is, then remove the file and run again.".format(NOTE)) from error


def interrupted() -> str:
    note = read_note()
    return str(note["action"]) if note and not note["finished"] else ""


def begin(action: str, target: Version) -> None:
    write_note(NOTE, {"action": action, "version": str(target), "started": time.time(), "finished": None, "kubelet": {}})


def end(kubelet_config: str) -> None:
    note = read_note()
    if note:
        write_note(NOTE, dict(note, finished=time.time(), kubelet=digests(kubelet_config)))


def forget() -> None:
    """kubeadm refused before it touched anything."""
    os.unlink(NOTE)
