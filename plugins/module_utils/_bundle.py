# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle's manifest, read (docs/bundle.md). Pure. Private to the collection."""

import fnmatch
import hashlib
import json
from typing import Any, Dict, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

SCHEMA = "kubewright.bundle/1"
# Names of the same processor: the kernel's on the left, those of packages and images on the right.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ETCD = ": for etcd kube_cluster_configuration.etcd.local.imageTag"


def parse(content: bytes) -> Dict[str, Any]:
    try:
        manifest = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise KubewrightError("the bundle's manifest is no JSON: {0}".format(error)) from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise KubewrightError("the bundle's manifest is not of the schema {0}; build the bundle with this release of Kubewright".format(SCHEMA))
    return manifest


def verified(content: bytes, expected: Optional[str], url: str) -> Dict[str, Any]:
    """The manifest, if it is the one that is trusted."""
    found = hashlib.sha256(content).hexdigest()
    if expected and found != expected:
        raise KubewrightError("the manifest of the bundle {0} has the SHA-256 {1}, expected was {2}. It is another bundle, or somebody altered it; "
                              "set kube_bundle_sha256 to the one you trust.".format(url, found, expected))
    return parse(content)


def check_version(manifest: Dict[str, Any], version: Optional[str], url: str) -> None:
    held = sorted(manifest["kubernetes"])
    if version and version not in held:
        raise KubewrightError("the bundle {0} holds Kubernetes {1}, asked for is {2}. Set kube_version to one it holds, or build a bundle of "
                              "that version.".format(url, ", ".join(held), version))


def files(manifest: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Everything the manifest lists with a size."""
    packages: List[Dict[str, Any]] = [item for repository in manifest["repositories"].values() if repository for item in repository["packages"]]
    return packages + list(manifest["images"])


def missing(wanted: List[str], present: List[str]) -> List[str]:
    there = {full_name(ref) for ref in present}
    return [ref for ref in wanted if full_name(ref) not in there]


def archives(manifest: Dict[str, Any], refs: List[str], machine: str) -> List[Dict[str, Any]]:
    """The archives that hold these images for this processor, each once."""
    architecture = ARCHITECTURES.get(machine, machine)
    chosen: List[Dict[str, Any]] = []
    for ref in refs:
        fitting = [item for item in manifest["images"]
                   if item["architecture"] == architecture and full_name(ref) in {full_name(name) for name in item["refs"]}]
        if not fitting:
            raise KubewrightError("the bundle has no image {0} for {1}{2}. Build it again with that version, or name the image it has{3}.".format(
                ref, architecture, _others(manifest, ref), ETCD if _name(ref).endswith("/etcd") else ""))
        if fitting[0] not in chosen:
            chosen.append(fitting[0])
    return chosen


def _others(manifest: Dict[str, Any], ref: str) -> str:
    """The same image with other tags."""
    found = sorted({name for item in manifest["images"] for name in item["refs"] if _name(name) == _name(ref)} - {ref})
    return "; it has {0}".format(", ".join(found)) if found else ""


def _name(ref: str) -> str:
    return full_name(ref).rpartition(":")[0]


def matching(manifest: Dict[str, Any], pattern: str, machine: str) -> List[str]:
    """The first name of each image for this processor that has one like the pattern."""
    architecture = ARCHITECTURES.get(machine, machine)
    return [item["refs"][0] for item in manifest["images"]
            if item["architecture"] == architecture and any(fnmatch.fnmatchcase(full_name(ref), pattern) for ref in item["refs"])]


def last_part(ref: str) -> str:
    """coredns of registry.example.com/coredns/coredns:v1.11.3"""
    return ref.rsplit("/", 1)[-1].split("@")[0].split(":")[0]


def full_name(ref: str) -> str:
    """The reference as runtimes list it: with registry and tag."""
    first, _slash, rest = ref.partition("/")
    if not rest:
        ref = "docker.io/library/" + ref
    elif "." not in first and ":" not in first and first != "localhost":
        ref = "docker.io/" + ref
    return ref if ":" in ref.rsplit("/", 1)[-1] else ref + ":latest"
