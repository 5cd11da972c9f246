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

PATTERNS = ("*/calico/*:*", "*/projectcalico/*:*", "*calico-*:*", "*/tigera/operator:*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time
# calico/node, as the project calls it; calico-node and rancher/mirrored-calico-node, as copies are called.
_NAME = re.compile(r"(?:\A|/)(?:(?:project)?calico/|(?:[a-z0-9.]+-)*calico-)([a-z0-9][a-z0-9-]*):([\w.-]+)\Z")
_TAG = re.compile(r"v?(\d+\.\d+\.\d+)")


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
    return next((version for ref in refs for name, version in [_named(ref)] if name == "node" and version), None)


def _named(ref: str) -> tuple[str, lines.Release | None]:
    """Which of Calico's images it is, and of which release, whoever has copied it; with nothing for an image of somebody else's."""
    match = _NAME.search(ref.partition("@")[0])
    tag = _TAG.match(match.group(2)) if match else None
    return (match.group(1), lines.release(tag.group(1)) if tag else None) if match else ("", None)


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


def of_line(wanted: lines.Release, known: Iterable[str], alone: bool) -> list[lines.Release]:
    """Releases whose manifest will do: its own first, then, unless it is to be alone, the others of its line, the newest first."""
    found = [release for release in map(lines.release, known) if release == wanted or (release.line == wanted.line and not alone)]
    return sorted(found, key=lambda release: (release == wanted, release), reverse=True)


def bundle_images(objects: Sequence[Object], held: Sequence[Mapping[str, Any]], architectures: Sequence[str], without: Sequence[str] = (),
                  version: lines.Release | None = None) -> dict[str, str]:
    """The bundle's name of each image, of this release where the manifest is of another one of its line. A bundle that holds some but not all is a mistake
    that is told before anything is applied."""
    there = [(full_name(ref), str(item["architecture"])) for item in held for ref in item["refs"]]
    if not there:
        return {}
    found, missing = {}, []
    for ref in named([item for item in objects if f"{item['kind']}/{item['metadata']['name']}" not in without]):
        names = [name for name, _architecture in there if network.same_image(name, ref) or _is_copy(name, ref, version)]
        whole = [name for name in names if set(architectures) <= {architecture for other, architecture in there if other == name}]
        if whole:
            found[ref] = _nearest(ref, whole, version)
        else:
            missing.append(ref)
    if missing:
        raise KubewrightError(f"the bundle has images of Calico, but not {', '.join(missing)} for {', '.join(architectures)}; it holds "
                              f"{', '.join(sorted({name for name, _architecture in there}))}. Build it again with all images of one release, and name that "
                              "release (cni_calico_version) or give its manifest. Nothing was touched.")
    return found


def _is_copy(name: str, ref: str, version: lines.Release | None) -> bool:
    """Whether the bundle's image is this one of the manifest, under another name or of another release of the line."""
    (one, of), (other, published) = _named(name), _named(ref)
    return bool(one) and one == other and of is not None and of == (version or published)


def _nearest(ref: str, names: Sequence[str], version: lines.Release | None) -> str:
    """Of several names that one has the same registry, and one whose tag is the release and nothing more."""
    wanted = f"{full_name(ref).rpartition(':')[0]}:v{version or _named(ref)[1]}"
    plain = [name for name in names if name.rpartition(":")[2] == wanted.rpartition(":")[2]]
    return wanted if wanted in names else [*plain, *names][0]
