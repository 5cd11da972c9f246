# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is upgraded already, what an upgrade would change, and what forbids it. Pure. Private to the collection."""

import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import Version, fact

PARTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
Versions = Dict[str, str]  # by component, or by node


class View(NamedTuple):
    """What was seen, all versions without their leading v."""

    node: str  # this machine's Node
    role: str  # control_plane or worker
    kubeadm: str
    cluster: str  # as kubeadm noted it in the cluster after the last whole upgrade
    manifests: Versions  # this machine's static pods, with etcd; empty on a worker
    static_pods: Dict[str, Versions]  # PARTS of every control plane, by node; empty on a worker
    running: bool  # this machine's static pods are Ready
    kubelets: Versions  # by node; on a worker only its own
    addons: Versions  # kube-proxy and coredns; empty on a worker
    kubelet_current: bool  # its configuration is the cluster's, written for this version
    interrupted: str  # apply or node, when our own upgrade of this machine did not end
    sockets: Mapping[str, str] = {}  # of the runtime, as kubeadm noted it on each of the Nodes of `kubelets`


class Change(NamedTuple):
    """One component's way."""

    name: str
    current: str
    target: str


def numbers(text: str) -> Tuple[int, ...]:
    """1.20.3, 3.4.13-0 and 1.31.0-rc.1 as numbers, as far as they go."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else ()


def done(view: View, action: str, target: Version) -> bool:
    """Nothing of this action is left to do on this machine. Another version in any place says that there is."""
    if view.interrupted:
        return False
    parts = [view.manifests.get(part) for part in PARTS] + [view.static_pods.get(view.node, {}).get(part) for part in PARTS]
    if view.role == "control_plane" and not (view.running and set(parts) == {str(target)}):
        return False
    return view.cluster == str(target) and (action == "apply" or view.kubelet_current)


def changes(view: View, action: str, target: Version, etcd_upgrade: bool) -> List[Change]:
    """From which version each component goes to which; what stays is not named."""
    found = [Change(part, view.manifests.get(part, ""), str(target)) for part in PARTS if view.role == "control_plane"]
    found += _etcd(view, target) if etcd_upgrade else []
    found += _addons(view, action, target)
    if not view.kubelet_current:
        found.append(Change("kubelet-config", view.kubelets.get(view.node, ""), str(target)))
    return [change for change in found if change.current != change.target]


def _etcd(view: View, target: Version) -> List[Change]:
    current, wanted = view.manifests.get("etcd", ""), str(fact("etcd_tag", target))
    return [Change("etcd", current, wanted)] if current and numbers(wanted) > numbers(current) else []


def _addons(view: View, action: str, target: Version) -> List[Change]:
    """kubeadm upgrades them with the first control plane, and since 1.31 with the last one."""
    others = [versions for name, versions in view.static_pods.items() if name != view.node]
    last = all(set(versions.values()) == {str(target)} for versions in others)
    mine = last if fact("addons_upgraded_with", target) == "the last control plane" else action == "apply"
    wanted = {"kube-proxy": str(target), "coredns": str(fact("coredns_tag", target)).lstrip("v")}
    return [Change(name, view.addons[name], wanted[name]) for name in sorted(view.addons) if mine and numbers(wanted[name]) > numbers(view.addons[name])]


def refuse(view: View, action: str, target: Version) -> None:
    """What can never be done, in this order; each with the way out. Nothing was touched."""
    if action == "apply" and view.role != "control_plane":
        raise KubewrightError("this machine is a worker, and `apply` upgrades the cluster from one of its control planes. Use the action node here.")
    if action == "node" and view.interrupted == "apply" and view.role == "control_plane":
        raise KubewrightError("an apply was interrupted on this machine. Run the action apply here again, which finishes it, before any action node.")
    _refuse_versions(view, target)
    _refuse_kubelets(view, target)
    _refuse_dockershim(view, target)
    _refuse_half_done(view, action, target)


def _refuse_versions(view: View, target: Version) -> None:
    found = [view.cluster, *(view.manifests[part] for part in PARTS if part in view.manifests)]
    newest, oldest = max(numbers(text) for text in found), min(numbers(text) for text in found)
    if not oldest:
        raise KubewrightError("the versions that run here cannot be read ({0}). Look at kubernetesVersion in the ConfigMap kubeadm-config and at the "
                              "images in /etc/kubernetes/manifests.".format(", ".join(found)))
    if newest > tuple(target):
        raise KubewrightError("the cluster runs {0}, and {1} is asked for. A downgrade is refused: etcd's data and the API's objects do not go back. "
                              "Set kube_version to what runs, or restore a snapshot.".format(_text(newest), target))
    if oldest[1] + 1 < target.minor:
        raise KubewrightError("the cluster runs {0}, and {1} is asked for. kubeadm upgrades one minor version at a time: upgrade to 1.{2} first."
                              .format(_text(oldest), target, oldest[1] + 1))


def _refuse_kubelets(view: View, target: Version) -> None:
    skew = min(fact("kubelet_skew", target), fact("kubelet_skew_of_kubeadm", target))
    minors = {name: numbers(text)[1] for name, text in view.kubelets.items() if numbers(text)}
    newer = sorted(name for name, minor in minors.items() if minor > target.minor)
    older = sorted(name for name, minor in minors.items() if minor < target.minor - skew)
    if newer:
        raise KubewrightError("the kubelet of {0} is newer than {1}, which no API server may be older than. Upgrade to the kubelets' version."
                              .format(_with_versions(newer, view.kubelets), target))
    if older:
        raise KubewrightError("the kubelet of {0} is too old for a control plane of {1}: it may be {2} minor version{3} older. Upgrade these kubelets "
                              "first.".format(_with_versions(older, view.kubelets), target, skew, "" if skew == 1 else "s"))


def _refuse_dockershim(view: View, target: Version) -> None:
    """A kubelet does not start with a runtime that it no longer has."""
    using = sorted(name for name, socket in view.sockets.items() if socket.endswith("/dockershim.sock"))
    if using and "dockershim" not in fact("runtimes", target):
        raise KubewrightError("the kubelet of {0} speaks to Docker by dockershim, which Kubernetes {1} has no more. Switch to another runtime first, node "
                              "by node (playbooks/switch_runtime.yml), then upgrade.".format(", ".join(using), target))


def _refuse_half_done(view: View, action: str, target: Version) -> None:
    for name, versions in sorted(view.static_pods.items()):
        if name != view.node and len(set(versions.values())) > 1:
            raise KubewrightError("the control plane {0} is in the middle of an upgrade ({1}). Finish that one first: run the same action there again."
                                  .format(name, ", ".join("{0} {1}".format(*item) for item in sorted(versions.items()))))
    ahead = sorted(name for name, versions in view.static_pods.items() if name != view.node and set(versions.values()) == {str(target)})
    if action == "apply" and view.cluster == str(target) and not view.interrupted and ahead:
        raise KubewrightError("the cluster is at {0} already, by an apply on {1}. This control plane follows with the action node."
                              .format(target, ", ".join(ahead)))
    if action == "apply" and view.cluster != str(target) and ahead:
        raise KubewrightError("{0} runs {1}, but the cluster is noted as {2}: an apply was interrupted there. Run the action apply on {0} again."
                              .format(", ".join(ahead), target, view.cluster))


def not_yet(view: View, action: str, target: Version) -> Optional[str]:
    """What another step must do before this one; in a dry run that step may only have been foreseen."""
    kubeadm = numbers(view.kubeadm)
    if kubeadm[:2] != tuple(target)[:2] or kubeadm < tuple(target):
        return ("kubeadm {0} is installed here, and an upgrade to {1} needs kubeadm {1} or a later patch of 1.{2}. Install that package first, "
                "as kube_package does.".format(view.kubeadm, target, target.minor))
    if action == "node" and view.cluster != str(target):
        return ("the cluster is at {0}, not at {1}. Run the action apply on one control plane first; other nodes follow with the action node."
                .format(view.cluster, target))
    return None


def _text(version: Tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _with_versions(names: List[str], versions: Versions) -> str:
    return ", ".join("{0} ({1})".format(name, versions[name]) for name in names)


class Wishes(NamedTuple):
    """A person's choices about one run of kubeadm."""

    certificate_renewal: bool = True
    etcd_upgrade: bool = True
    ignore_preflight_errors: Tuple[str, ...] = ()
    patches: str = ""
    document: Optional[Dict[str, Any]] = None


def command(action: str, target: Version, wishes: Wishes) -> Tuple[List[str], Optional[Dict[str, Any]]]:
    """kubeadm's arguments, and the document for its standard input; with a document, kubeadm takes no flags beside it."""
    words = {"plan": ["plan", "v{0}".format(target)], "apply": ["apply", "v{0}".format(target), "--yes"], "node": ["node"]}[action]
    if wishes.document is None:
        words += ["-o", "json"] if action == "plan" and fact("structured_outputs", target).get("upgrade plan") == "json" else []
        return ["upgrade", *words, *_flags(action, target, wishes)], None
    if "UpgradeConfiguration" not in fact("config_kinds", target):
        raise KubewrightError("document is an UpgradeConfiguration, which kubeadm takes since 1.31. Leave it out for {0}; the other options do the "
                              "same.".format(target))
    return ["upgrade", *words, "--config", "/dev/stdin"], _merged(action, wishes)


def _flags(action: str, target: Version, wishes: Wishes) -> List[str]:
    found: List[str] = []
    if wishes.ignore_preflight_errors and (action != "node" or fact("upgrade_node_preflight", target)):
        found += ["--ignore-preflight-errors", ",".join(wishes.ignore_preflight_errors)]
    if action == "plan":
        return found
    found += [] if wishes.certificate_renewal else ["--certificate-renewal=false"]
    found += [] if wishes.etcd_upgrade else ["--etcd-upgrade=false"]
    return found + (_patches(target, wishes.patches) if wishes.patches else [])


def _patches(target: Version, folder: str) -> List[str]:
    form = fact("patches_form", target)
    if form == "--experimental-kustomize":
        raise KubewrightError("patches are given, and kubeadm {0} takes none; 1.19 is the first that does".format(target))
    return ["--patches" if form == "patches.directory" else form, folder]


def _merged(action: str, wishes: Wishes) -> Dict[str, Any]:
    document = dict(wishes.document or {})
    section = dict(document.get(action) or {})
    if wishes.ignore_preflight_errors:
        section["ignorePreflightErrors"] = list(wishes.ignore_preflight_errors)
    if action != "plan":
        section.update({} if wishes.certificate_renewal else {"certificateRenewal": False})
        section.update({} if wishes.etcd_upgrade else {"etcdUpgrade": False})
        section.update({"patches": {"directory": wishes.patches}} if wishes.patches else {})
    return dict(document, **{action: section}) if section else document
