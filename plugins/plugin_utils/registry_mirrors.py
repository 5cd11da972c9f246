# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirrors of image registries, as kube_registry_mirrors says them, and containerd's hosts.toml. Pure; runs on the controller. Private to the collection.

    kube_registry_mirrors:
      docker.io: [https://mirror.example.com]
      _default:
        - {address: http://192.0.2.10:5000, capabilities: [pull, resolve], skip_verify: false, override_path: false}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

MARK = "# Written by Kubewright from kube_registry_mirrors. For a file of your own take this line away, and the registry out of that variable."
DEFAULT = "_default"
CAPABILITIES = ("pull", "resolve", "push")
_KEYS = ("address", "capabilities", "skip_verify", "override_path")
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"
_REGISTRY = re.compile(rf"({_LABEL}(\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?")


class Mirror(NamedTuple):
    """One address that is asked in place of a registry."""

    address: str
    capabilities: tuple[str, ...] = ("pull", "resolve")
    skip_verify: bool = False
    override_path: bool = False


def read_mirrors(given: Any) -> dict[str, list[Mirror]]:
    """kube_registry_mirrors, read; one sentence where something of it is no mirror."""
    if not isinstance(given, Mapping):
        raise _wrong(f"it is {given!r}", "a dictionary of registries, each with a list of mirrors")
    return {_registry(name): _mirrors(name, rows) for name, rows in given.items()}


def _wrong(found: str, expected: str) -> KubewrightError:
    return KubewrightError(f"kube_registry_mirrors: {found}; it must be {expected}")


def _registry(name: Any) -> str:
    if name != DEFAULT and not _REGISTRY.fullmatch(str(name)):
        raise _wrong(f"{name!r} is no registry", f"a host as images name it, with its port where it has one, such as docker.io, or {DEFAULT} for all others")
    return str(name)


def _mirrors(registry: str, rows: Any) -> list[Mirror]:
    if not isinstance(rows, (list, tuple)) or not rows:
        raise _wrong(f"{registry} has {rows!r}", "a list of at least one mirror; leave the registry out to have none")
    found = [_mirror(registry, row) for row in rows]
    if len({mirror.address for mirror in found}) < len(found):
        raise _wrong(f"{registry} names a mirror twice", "named once, in the order in which mirrors are asked")
    return found


def _mirror(registry: str, row: Any) -> Mirror:
    told = row if isinstance(row, Mapping) else {"address": row}
    unknown = sorted(set(map(str, told)) - set(_KEYS))
    if unknown:
        raise _wrong(f"a mirror of {registry} has {', '.join(unknown)}", f"one of {', '.join(_KEYS)}")
    for key in ("skip_verify", "override_path"):
        if not isinstance(told.get(key, False), bool):
            raise _wrong(f"a mirror of {registry} has {key}: {told[key]!r}", "true or false")
    return Mirror(_address(registry, told.get("address")), _capabilities(registry, told), told.get("skip_verify", False), told.get("override_path", False))


def _capabilities(registry: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    given = told.get("capabilities", ("pull", "resolve"))
    if not isinstance(given, (list, tuple)) or not given or set(map(str, given)) - set(CAPABILITIES):
        raise _wrong(f"a mirror of {registry} has capabilities: {given!r}", f"a list out of {', '.join(CAPABILITIES)}")
    return tuple(str(name) for name in given)


def _address(registry: str, address: Any) -> str:
    parts, expected = urlsplit(str(address)), "http:// or https:// with a host, and a port and a path where it has them"
    try:
        fine = parts.scheme in ("http", "https") and _REGISTRY.fullmatch(parts.netloc) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if parts.username is not None:
        raise _wrong(f"a mirror of {registry} has a user in its address", f"{expected}; for a mirror with a login containerd wants its configuration")
    if not fine or parts.query or parts.fragment or re.search(r"[\s\"\\]", str(address)):
        raise _wrong(f"{address!r}, a mirror of {registry}, is no address", expected)
    return str(address).rstrip("/")


def hosts_toml(mirrors: list[Mirror]) -> str:
    """A registry's hosts.toml. It names no server: containerd then asks the registry itself for what no mirror has, wherever that is."""
    lines = [MARK]
    for mirror in mirrors:
        lines += ["", f'[host."{mirror.address}"]', f"  capabilities = {json.dumps(list(mirror.capabilities))}"]
        lines += ["  skip_verify = true"] * mirror.skip_verify + ["  override_path = true"] * mirror.override_path
    return "\n".join(lines) + "\n"


class HostsFiles(NamedTuple):
    """What becomes of the files below certs.d."""

    write: dict[str, str]  # by registry; an empty one goes
    kept: list[str]  # not written by us

    def sentences(self) -> list[str]:
        return [f"{name}/hosts.toml is {'written' if text else 'removed'}" for name, text in self.write.items()]


def plan_files(mirrors: Mapping[str, list[Mirror]], there: Mapping[str, str]) -> HostsFiles:
    """there: the files of a node by their folder. Only ours are changed or removed."""
    foreign = [name for name, text in there.items() if not text.startswith(MARK)]
    wanted = {registry: hosts_toml(rows) for registry, rows in mirrors.items()}
    for registry in wanted:
        # containerd reads the folder host_port_ before host:port.
        for name in {registry, re.sub(r":(\d+)$", r"_\1_", registry)} & set(foreign):
            raise KubewrightError(f"{name}/hosts.toml was not written by Kubewright and stands in the way of the mirrors of {registry} in "
                                  "kube_registry_mirrors. Remove the file to have those, or the registry from the variable to keep it.")
    write = {name: text for name, text in wanted.items() if there.get(name) != text}
    gone = {name: "" for name, text in there.items() if name not in foreign and name not in wanted}
    return HostsFiles({**write, **gone}, foreign)
