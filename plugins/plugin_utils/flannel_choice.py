# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release of flannel, and which images: what a bundle holds, or else what the project publishes. Pure. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _pod_network as network
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._bundle import full_name
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_lines as lines
from ansible_collections.kubewright.cluster.plugins.plugin_utils.flannel_objects import Pair, published_images

_TAG = re.compile(r"v?(\d+\.\d+\.\d+)(.*)\Z")


class Choice(NamedTuple):
    version: lines.Release
    images: dict[str, Pair]  # by architecture, as flannel_objects.Wish has it
    source: str


class Held(NamedTuple):
    """An image that a bundle holds."""

    ref: str
    tag: str
    architecture: str


def choose(wanted: str, kubernetes: str, registry: str, held: Sequence[Mapping[str, Any]], architectures: Sequence[str], plugin: bool = True) -> Choice:
    """wanted: a release, or empty. held: images of a bundle, as pod_network_info returns them."""
    own, plugins = _held(held, "flannel"), _held(held, "plugin")
    if not own:
        version = lines.release(wanted) if wanted else lines.default_for(releases.version(kubernetes).minor)
        images = published_images(version, registry)
        return Choice(version, images if plugin else _without_plugin(images), "their registry")
    version = _version_of(wanted, own, architectures)
    pairs = {name: _pair(version, name, own, plugins, plugin) for name in architectures}
    same = len(set(pairs.values())) == 1
    return Choice(version, {"": next(iter(pairs.values()))} if same else pairs, "the bundle")


def patterns() -> list[str]:
    """Names of all images that belong to flannel, for image_pull and pod_network_info."""
    return [f"*{before}{name}:*" for name in lines.NAMES.values() for before in ("/", "-")]


def _held(held: Iterable[Mapping[str, Any]], what: str) -> list[Held]:
    found = []
    for item in held:
        for ref in map(full_name, item["refs"]):
            _registry, repository, tag = network.split(ref)
            if ("-" + repository.rpartition("/")[2]).endswith("-" + lines.NAMES[what]):
                found.append(Held(ref, tag, str(item["architecture"])))
    return found


def _version_of(wanted: str, own: Sequence[Held], architectures: Sequence[str]) -> lines.Release:
    """The one that is asked for, or the newest that all nodes can run."""
    by_version: dict[lines.Release, set[str]] = {}
    for item in own:
        match = _TAG.match(item.tag)
        if match and lines.release_or_none(match.group(1)):
            by_version.setdefault(lines.release(match.group(1)), set()).add(item.architecture)
    told = ", ".join(sorted({f"{item.ref} ({item.architecture})" for item in own}))
    whole = [version for version, there in by_version.items() if set(architectures) <= there]
    if wanted:
        if lines.release(wanted) in whole:
            return lines.release(wanted)
        raise KubewrightError(f"the bundle has no flannel {lines.release(wanted)} for {', '.join(architectures)}; it holds {told}. Leave "
                              "cni_flannel_version out, name one that it holds, or build a bundle with it. Nothing was touched.")
    if not whole:
        raise KubewrightError(f"the bundle has no release of flannel for {', '.join(architectures)}; it holds {told}. Build it again with images whose tags "
                              "are versions, for each of the nodes' architectures. Nothing was touched.")
    return max(whole)


def _pair(version: lines.Release, architecture: str, own: Sequence[Held], plugins: Sequence[Held], wants_plugin: bool) -> Pair:
    fitting = [item for item in own if item.architecture == architecture and _is(item.tag, version)]
    exact = [item for item in fitting if item.tag.lstrip("v") == str(version)]
    chosen = (exact or fitting)[0].ref
    if not wants_plugin:
        return Pair(chosen)
    return Pair(chosen, _plugin(version, architecture, [item for item in plugins if item.architecture == architecture]))


def _plugin(version: lines.Release, architecture: str, plugins: Sequence[Held]) -> str:
    """The one that the project pairs with this release, or else the newest that is there."""
    if not plugins:
        if not lines.has("plugin_image", version):
            return ""
        raise KubewrightError(f"the bundle has flannel {version}, but no image of its CNI plugin (flannel-cni-plugin) for {architecture}. Build it again with "
                              f"one, such as {lines.plugin_image(version)}; or, if /opt/cni/bin/flannel is on all nodes, set cni_flannel_plugin to false. "
                              "Nothing was touched.")
    paired = lines.plugin_image(version).rpartition(":")[2]
    exact = [item.ref for item in plugins if item.tag == paired]
    return exact[0] if exact else max(plugins, key=lambda item: [int(number) for number in re.findall(r"\d+", item.tag)]).ref


def _is(tag: str, version: lines.Release) -> bool:
    match = _TAG.match(tag)
    return bool(match) and lines.release_or_none(match.group(1) if match else "") == version


def _without_plugin(images: Mapping[str, Pair]) -> dict[str, Pair]:
    return {architecture: Pair(pair.flannel) for architecture, pair in images.items()}
