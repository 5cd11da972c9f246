# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release of Calico, by what is asked for, what a bundle holds and what fits Kubernetes; and the names of its images. Pure. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils._bundle import full_name
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_lines as lines
from ansible_collections.kubewright.cluster.plugins.plugin_utils.calico_objects import Object, named

PATTERNS = ("*/calico/*:*", "*/tigera/operator:*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time
_NODE = re.compile(r"(?:\A|/)calico/node:v?(\d+\.\d+\.\d+)")


def documents(texts: Iterable[str], place: str) -> list[Object]:
    try:
        found = [item for text in texts for item in yaml.load_all(text, Loader=_LOADER) if item]
    except yaml.YAMLError as error:
        raise KubewrightError(f"{place} is no YAML: {error}") from error
    if not found or any(not isinstance(item, dict) or "kind" not in item or "name" not in item.get("metadata", {}) for item in found):
        raise KubewrightError(f"{place} holds something that is no object of the Kubernetes API; give Calico's manifest as it was published")
    return found


def version_in(refs: Iterable[str]) -> lines.Release | None:
    """By the image of the node daemon."""
    found = [match.group(1) for match in map(_NODE.search, refs) if match]
    return lines.release(found[0]) if found else None


def held_versions(held: Sequence[Mapping[str, Any]], architectures: Sequence[str]) -> list[lines.Release]:
    """Those whose node daemon the bundle has for every architecture, the newest first."""
    found: dict[lines.Release, set[str]] = {}
    for item in held:
        version = version_in(item["refs"])
        if version:
            found.setdefault(version, set()).add(str(item["architecture"]))
    return sorted((version for version, there in found.items() if set(architectures) <= there), reverse=True)


def choose(wanted: str, minor: int, held: Sequence[lines.Release], misfit_allowed: bool) -> lines.Release:
    """What is asked for; else what the bundle holds, if possible one that fits; else the newest that fits."""
    fitting = [version for version in held if lines.tested(version.line, minor)]
    newest = (fitting or list(held))[0] if held else None
    version = lines.release(wanted) if wanted else newest or lines.default_for(minor)
    if not misfit_allowed:
        lines.refuse_misfit(version, minor)
    return version


def bundle_images(objects: Sequence[Object], held: Sequence[Mapping[str, Any]], architectures: Sequence[str], without: Sequence[str] = ()) -> dict[str, str]:
    """The bundle's name of each image. A bundle that holds some but not all is a mistake that is told before anything is applied."""
    there = [(full_name(ref), str(item["architecture"])) for item in held for ref in item["refs"]]
    if not there:
        return {}
    found, missing = {}, []
    for ref in named([item for item in objects if f"{item['kind']}/{item['metadata']['name']}" not in without]):
        names = [name for name, _architecture in there if network.same_image(name, ref)]
        whole = [name for name in names if set(architectures) <= {architecture for other, architecture in there if other == name}]
        if whole:
            found[ref] = full_name(ref) if full_name(ref) in whole else whole[0]
        else:
            missing.append(ref)
    if missing:
        raise KubewrightError(f"the bundle has images of Calico, but not {', '.join(missing)} for {', '.join(architectures)}; it holds "
                              f"{', '.join(sorted({name for name, _architecture in there}))}. Build it again with all images of one release, and name that "
                              "release (cni_calico_version) or give its manifest. Nothing was touched.")
    return found
