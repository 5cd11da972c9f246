# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a node from another runtime, what is left to do, and what proves that it was done. Pure. Private to the collection."""

import calendar
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _runtime_flags as flags
from ansible_collections.kubewright.cluster.plugins.module_utils._containerd_versions import numbers, spoken
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import fact

STOP, REMOVE, TELL, START, ANNOTATE, END_DOCKER = "stop", "remove", "tell", "start", "annotate", "end Docker"
_ENDED = ("Succeeded", "Failed")
MIRROR = "kubernetes.io/config.mirror"
# Whoever tells the kubelet these besides kubeadm has the last word.
RUNTIME_FLAGS = ("container-runtime", "container-runtime-endpoint", "image-service-endpoint")


class View(NamedTuple):
    """The machine, and its Node where the API server tells of it."""

    minor: int
    member: str  # worker or control_plane; empty: none that can be switched
    reason: str  # why it is that
    wanted: str  # the socket
    told: str  # the one that the kubelet is told
    running: str  # the one that the kubelet's process was started with; empty where its command line does not say, or none runs
    differing: Sequence[str]  # files that must tell the kubelet something else
    interrupted: bool
    containers: int  # Kubernetes', in other runtimes
    annotation: str  # of the Node; empty where it has none
    reported: str  # containerRuntimeVersion of the Node; empty where nobody tells
    stop_docker: bool  # asked for, and it runs


class Machine(NamedTuple):
    """What may be in the way."""

    elsewhere: Mapping[str, Sequence[str]]  # flags by the file of an administrator that has them
    of_dockershim: Sequence[str]  # files of an administrator with flags that dockershim alone reads
    plugin: Tuple[str, str, str]  # of dockershim: --network-plugin, --cni-bin-dir, --cni-conf-dir
    wanted_folders: Tuple[str, str]
    containerd: str  # version; empty where there is none
    people: Sequence[str]  # containers of people in Docker
    falls_with_containerd: bool
    package: str  # that containerd is of; empty where it is of none, or not there
    wanted_package: str
    image_bytes: int  # of images that have to be carried
    free_bytes: int
    unnamed_images: int


def scheme(socket: str) -> str:
    """As the kubelet reports it."""
    return "docker" if "docker" in socket else "containerd" if "containerd" in socket else "cri-o"


def is_whole(view: View) -> bool:
    """Whether the kubelet has to be stopped, and a drain comes before."""
    if view.interrupted or view.differing or not flags.same(view.told, view.wanted):
        return True
    if view.running and not flags.same(view.running, view.wanted):
        return True
    return bool(view.reported) and not view.reported.startswith(scheme(view.wanted) + "://")


def left(view: View) -> List[str]:
    """What is to be done, in this order."""
    whole = is_whole(view)
    found = [STOP] if whole else []
    found += [REMOVE] if view.containers else []
    found += [TELL] if view.differing else []
    found += [START] if whole else []
    found += [ANNOTATE] if _annotation_differs(view, whole) else []
    return found + ([END_DOCKER] if view.stop_docker else [])


def _annotation_differs(view: View, whole: bool) -> bool:
    """kubeadm reads it until 1.33, and takes it away with 1.34."""
    if not view.annotation:
        return whole and view.minor < 34
    return not flags.same(view.annotation, view.wanted)


def annotation(socket: str) -> str:
    """In the form that every kubeadm takes which knows the runtime."""
    return flags.DOCKERSHIM if flags.is_dockershim(socket) else "unix://" + flags.path(socket)


def obstacles(view: View, machine: Machine) -> List[Finding]:
    """All at once, before anything is touched."""
    if not view.member and not view.interrupted:
        return [_not_a_member(view.reason)]
    if not is_whole(view):
        return docker_kept(view, machine.people)
    return [*_elsewhere(machine), *_plugin(view, machine), *_api(view, machine), *_package(machine), *_room(machine), *docker_kept(view, machine.people)]


def _error(name: str, message: str, remedy: str) -> Finding:
    return Finding(name, "error", message, remedy)


def _elsewhere(machine: Machine) -> List[Finding]:
    return [_error("KubeletFlags", "{0} gives the kubelet {1}, which would win over what this switch tells it".format(path, ", ".join(names)),
                   "Take the flags out of that file, and nothing else; the kubelet need not be restarted for it.")
            for path, names in sorted(machine.elsewhere.items()) if names]


def _plugin(view: View, machine: Machine) -> List[Finding]:
    plugin, programs, configurations = machine.plugin
    if not flags.is_dockershim(view.told):
        return []
    found = []
    if plugin != "cni":
        found.append(_error("NetworkPlugin", "its kubelet has --network-plugin={0}, and other runtimes know networks of CNI alone".format(plugin or '""'),
                            "Give the cluster a pod network that is one of CNI first: docs/pod-networks.md."))
    places = ((programs, machine.wanted_folders[0], "--cni-bin-dir", "Set containerd_cni_bin_dir: {0} in the inventory."),
              (configurations, machine.wanted_folders[1], "--cni-conf-dir", "Copy what {0} holds into that folder."))
    for there, wanted, flag, remedy in places:
        if there and there.rstrip("/") != wanted.rstrip("/"):
            found.append(_error("CniFolder", "its kubelet has {0}={1}, and {2} would look in {3}".format(flag, there, scheme(view.wanted), wanted),
                                remedy.format(there)))
    return found


def _api(view: View, machine: Machine) -> List[Finding]:
    """A kubelet and a containerd that speak no version of CRI in common."""
    if scheme(view.wanted) != "containerd" or not machine.containerd:
        return []
    there, understood = numbers(machine.containerd), fact("cri_api", view.minor).split(" or ")
    if len(there) < 2 or set(understood).intersection(spoken(there)):
        return []
    return [_error("CriApi", "containerd {0} is installed there, and a kubelet of 1.{1} speaks CRI {2} alone, which that containerd does not".format(
        machine.containerd, view.minor, " or ".join(understood)), "Use containerd {0}.".format("1.6 or 1.7" if understood == ["v1alpha2"] else "1.6 or later"))]


def _package(machine: Machine) -> List[Finding]:
    """docker.io comes with the distribution's containerd, docker-ce with containerd.io; either shuts out the other."""
    if not machine.package or not machine.wanted_package or machine.package == machine.wanted_package:
        return []
    source = "upstream" if machine.package == "containerd.io" else "distribution"
    return [_error("ContainerdPackage", "its containerd is of the package {0}, on which Docker hangs, and {1} would take its place and remove Docker".format(
        machine.package, machine.wanted_package), "Set kube_containerd_source: {0} for this machine; its containerd stays.".format(source))]


def _room(machine: Machine) -> List[Finding]:
    """The archive of an image, its layers and their unpacked files: three times, for a moment."""
    needed = 3 * machine.image_bytes
    if needed <= machine.free_bytes:
        return []
    return [_error("DiskSpace", "{0} MiB are free for containerd, and to carry the images over from Docker takes {1}".format(
        machine.free_bytes >> 20, needed >> 20), "Make room: `docker image prune` removes what nothing uses.")]


def no_node(joined: bool) -> List[Finding]:
    """Whoever did not ask for a plan; an unhealthy node may be one that is to be switched to get well."""
    return [] if joined else [_not_a_member("it has not joined a cluster")]


def _not_a_member(reason: str) -> Finding:
    return _error("NotAMember", "this machine is no node that could be switched: {0}".format(reason),
                  "It must be a whole member of the cluster; site.yml makes it one, with whatever kube_runtime says.")


def docker_kept(view: View, people: Sequence[str]) -> List[Finding]:
    if not view.stop_docker or not people:
        return []
    return [_error("DockerInUse", "Docker is to be stopped, and containers run there that are not Kubernetes': {0}".format(", ".join(people)),
                   "Stop and remove them yourself, or leave Docker running (kube_switch_stop_docker: false).")]


def other_version(runs: str, inventory: str) -> List[Finding]:
    """The images and packages of a switch are those of the inventory's version."""
    if not inventory or inventory == runs:
        return []
    return [_error("VersionChange", "it runs Kubernetes {0}, kube_version says {1}".format(runs, inventory),
                   "Set kube_version to '{0}' for the switch, and upgrade afterwards.".format(runs))]


def told(view: View, machine: Machine) -> List[str]:
    """What a person should know, though nothing stands in the way."""
    found = []
    if machine.people and is_whole(view):
        found.append("Docker goes on running for containers that are not Kubernetes': {0}.{1}".format(
            ", ".join(machine.people), " A restart of containerd restarts this Docker and them, too, since its unit hangs on containerd's."
            if machine.falls_with_containerd else ""))
    if machine.of_dockershim and not flags.is_dockershim(view.wanted):
        found.append("{0} gives the kubelet flags of dockershim. Other runtimes pass over them; from Kubernetes 1.24 on the kubelet does not start with "
                     "them, so take them out before that upgrade.".format(", ".join(machine.of_dockershim)))
    if machine.unnamed_images and is_whole(view):
        found.append("{0} images were pulled by their digest alone; they cannot be carried over and are pulled anew.".format(machine.unnamed_images))
    return found


def not_ready(item: Mapping[str, Any], socket: str, began: int) -> str:
    """What is wanting of the Node since its kubelet was started; both times are of that machine's clock. Empty: nothing."""
    if not item:
        return "the API server does not know the Node"
    reported = item.get("status", {}).get("nodeInfo", {}).get("containerRuntimeVersion", "")
    ready: Mapping[str, Any] = next((entry for entry in item.get("status", {}).get("conditions", []) if entry.get("type") == "Ready"), {})
    if not reported.startswith(scheme(socket) + "://"):
        return "its kubelet still reports {0}".format(reported or "no runtime")
    heard = str(ready.get("lastHeartbeatTime") or "")
    if not heard or calendar.timegm(time.strptime(heard, "%Y-%m-%dT%H:%M:%SZ")) < began:
        return "its kubelet has not reported since"
    return "" if ready.get("status") == "True" else "it is not Ready: {0}".format(ready.get("message", "it does not say why"))


def not_yet(pods: Sequence[Mapping[str, Any]], socket: str) -> List[str]:
    """Pods of the node with a container that is not ready, or not of this runtime."""
    found = []
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp") or pod.get("status", {}).get("phase") in _ENDED:
            continue
        statuses: List[Dict[str, Any]] = pod.get("status", {}).get("containerStatuses") or []
        if not statuses or not all(status.get("ready") and str(status.get("containerID", "")).startswith(scheme(socket) + "://") for status in statuses):
            found.append("{0}/{1}".format(pod["metadata"]["namespace"], pod["metadata"]["name"]))
    return sorted(found)


def static(pods: Sequence[Mapping[str, Any]]) -> List[Mapping[str, Any]]:
    return [pod for pod in pods if MIRROR in (pod["metadata"].get("annotations") or {})]
