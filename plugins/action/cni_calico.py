# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cni_calico on the controller: choose the release, have what is published of it, put into it what the cluster needs, have it applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_choice, calico_lines, calico_objects, manifest_source, node_ports
from ansible_collections.kubewright.cluster.plugins.plugin_utils.pod_network_action import PodNetworkAction, Result

ROLLOUTS = {
    "manifest": ("kube-system/daemonset/calico-node", "kube-system/deployment/calico-kube-controllers"),
    "operator": ("tigera-operator/deployment/tigera-operator", "calico-system/daemonset/calico-node", "calico-system/deployment/calico-kube-controllers"),
}
DEFINITION = "CustomResourceDefinition"
STRINGS = {"type": "list", "elements": "str", "default": []}


class ActionModule(PodNetworkAction):
    """Looks, decides, applies."""

    NAME = "calico"
    OPTIONS: Mapping[str, Any] = {
        "method": {"type": "str", "choices": ["manifest", "operator"], "default": "manifest"},
        "manifest": {"type": "str", "default": ""},
        "manifest_sha256": {"type": "str", "default": ""},
        "misfit_allowed": {"type": "bool", "default": False},
        "backends": STRINGS,
        "cross_subnet": {"type": "bool", "default": False},
        "autodetection": {"type": "str", "default": ""},
        "autodetection_ipv6": {"type": "str", "default": ""},
        "mtu": {"type": "int", "default": 0},
        "environment": {"type": "dict", "default": {}},
        "installation": {"type": "dict", "default": {}},
        "without": STRINGS,
    }

    def decide(self) -> Result:
        method, minor = self.options["method"], releases.version(self.options["kubernetes_version"]).minor
        if method == "operator" and not releases.fact("server_side_apply", minor):
            raise KubewrightError("the operator's definitions are too large for what kubectl notes of an object before Kubernetes 1.22; set cni_calico_method "
                                  "to manifest. Nothing was touched.")
        seen = self.look(calico_choice.PATTERNS, file="calico")
        architectures = seen.get("architectures") or ["amd64"]
        version, published, source = self._published(minor, seen, architectures)
        told = warnings(version, calico_choice.version_in(calico_objects.named(published)))
        without = [name.rsplit("/", 1)[0].split("/")[0] + "/" + name.rsplit("/", 1)[1] for name in self.options["without"]]
        wish = self._wish(calico_choice.bundle_images(published, seen["images"], architectures, without, version))
        build = calico_objects.manifest_objects if method == "manifest" else calico_objects.operator_objects
        objects = build(published, wish) + self._pools(seen, wish)
        applied = self.apply(objects, ROLLOUTS[method])
        return {**applied, "version": str(version), "manifest_from": source, "images": calico_objects.named(objects), **({"warnings": told} if told else {})}

    def _published(self, minor: int, seen: Result, architectures: list[str]) -> tuple[calico_lines.Release, list[calico_objects.Object], str]:
        """The release, its objects, and where they are from. The manifest's own word counts: its images have the release in their tags."""
        options, given, source = self.options, [], "a file that was given"
        held = calico_choice.held_versions(seen["images"], architectures)
        wanted = options["version"]
        if options["manifest"]:
            given = calico_choice.documents([manifest_source.text_of(options["manifest"], self._digest(wanted))], options["manifest"])
            wanted = wanted or str(calico_choice.version_in(calico_objects.named(given)) or "")
        version = calico_choice.choose(wanted, minor, held, options["misfit_allowed"])
        if not given:
            given, source = self._of_release(version, seen["files"], version in held)
        found = calico_choice.version_in(calico_objects.named(given))
        if options["manifest"] and found and found != version:
            raise KubewrightError(f"the manifest is of Calico {found}, asked for is {version}: set cni_calico_version to the one, or give the other's manifest "
                                  "(cni_calico_manifest). Nothing was touched.")
        return version, given, source

    def _of_release(self, version: calico_lines.Release, files: list[dict[str, Any]], held: bool) -> tuple[list[calico_objects.Object], str]:
        """Its own manifest; for images of a bundle also that of another release of the line, which differs in little more than their tags."""
        names, alone = calico_lines.files(self.options["method"], version), self.options["method"] == "operator" or not held
        texts: dict[str, dict[str, str]] = {}
        for item in files:
            texts.setdefault(item["version"], {})[item["name"]] = item["text"]
        for release in calico_choice.of_line(version, texts, alone):
            if all(name in texts[str(release)] for name in names):
                return calico_choice.documents([texts[str(release)][name] for name in names], "the bundle's manifest"), "the bundle"
        for release in calico_choice.of_line(version, calico_lines.DIGESTS, alone):
            return self._fetched(release, names)
        raise KubewrightError(f"Kubewright knows no SHA-256 of {', '.join(names)} of Calico {version}, and no bundle has it. Give the manifest as "
                              "cni_calico_manifest (a file on the controller, or an address with cni_calico_manifest_sha256), put it into the bundle, or "
                              f"take a release that is known: {', '.join(calico_lines.DIGESTS)}. Nothing was touched.")

    @staticmethod
    def _fetched(release: calico_lines.Release, names: list[str]) -> tuple[list[calico_objects.Object], str]:
        places = {name: calico_lines.ADDRESS.format(version=release, name=name) for name in names}
        try:
            texts = [manifest_source.text_of(place, calico_lines.DIGESTS[str(release)][name]) for name, place in places.items()]
        except KubewrightError as error:
            raise KubewrightError(f"{error} Without it, give the manifest of Calico {release} as a file on the controller (cni_calico_manifest), or put it "
                                  "into the bundle. Nothing was touched.") from error
        return calico_choice.documents(texts, "Calico's manifest"), places[names[-1]]

    def _digest(self, version: str) -> str:
        """What was given; else, where an address ends as the published file does, what is known of that."""
        name = self.options["manifest"].rpartition("/")[2]
        known = calico_lines.DIGESTS.get(version.lstrip("v"), {}).get(name, "") if "://" in self.options["manifest"] else ""
        return str(self.options["manifest_sha256"] or known)

    def _wish(self, images: Mapping[str, str]) -> calico_objects.Wish:
        options = self.options
        return calico_objects.Wish(
            pod_subnets=tuple(options["pod_subnets"]), backends=node_ports.backends("calico", options["backends"]), cross_subnet=options["cross_subnet"],
            autodetection=options["autodetection"], autodetection_ipv6=options["autodetection_ipv6"], mtu=options["mtu"],
            registry=options["image_registry"], images=images, environment=options["environment"], without=tuple(options["without"]),
            installation=options["installation"],
        )

    def _pools(self, seen: Result, wish: calico_objects.Wish) -> list[calico_objects.Object]:
        """What the daemons are told of pools counts only where there is none yet, so a live one is changed itself, if that is asked for."""
        live = {name.split("/")[1]: spec for name, spec in seen.get("configurations", {}).items() if name.startswith("IPPool/")}
        changed = calico_objects.pool_changes(live, wish)
        if changed and not self.options["change"]:
            told = ", ".join(f"{name} (ipip {live[name].get('ipipMode', 'Never')}, vxlan {live[name].get('vxlanMode', 'Never')})" for name in changed)
            raise KubewrightError(f"Calico's address pool is {told}, which is not what kube_cni_backends asks for. Nothing was touched. Pods on different "
                                  "nodes do not reach each other until all daemons have changed; set kube_cni_change=true for one run to do it, or "
                                  "kube_cni_backends to what is there.")
        if self.options["method"] == "operator":  # it keeps the pools as its Installation says
            return []
        return [{"apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool", "metadata": {"name": name}, "spec": spec} for name, spec in changed.items()]


def warnings(version: calico_lines.Release, manifest: calico_lines.Release | None) -> list[str]:
    found = []
    if calico_lines.is_newer_than_known(version):
        found.append(f"Calico {version} is newer than what Kubewright knows; it is treated as the newest line that is known.")
    if manifest and manifest != version:
        found.append(f"The images are of Calico {version}, the manifest of {manifest}, the nearest there is; its other parts are that release's.")
    return found
