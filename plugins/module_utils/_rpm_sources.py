# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of Kubernetes that somebody else told dnf and yum of, as notes do. Private to the collection."""

import configparser
import fnmatch
import os
from typing import Iterator, List, Mapping, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._files import read

FOLDER = "/etc/yum.repos.d"
_PLACES = ("baseurl", "mirrorlist", "metalink")
_OFF = ("0", "no", "false", "off")


def unguarded(own: str, package: str) -> List[str]:
    """Sections besides our own that are on, are of Kubernetes by their address, and do not exclude the package."""
    return ["[{0}] of {1}".format(name, path) for path, name, section in _sections()
            if name != own and section.get("enabled", "1").lower() not in _OFF and _is_of_kubernetes(section) and not _excludes(section, package)]


def _sections() -> Iterator[Tuple[str, str, Mapping[str, str]]]:
    for file in sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []:
        parser = configparser.RawConfigParser(strict=False)
        path = os.path.join(FOLDER, file)
        try:
            parser.read_string(read(path) if file.endswith(".repo") else "")
        except configparser.Error:
            continue  # dnf and yum say so themselves
        for name in parser.sections():
            yield path, name, dict(parser.items(name))


def _is_of_kubernetes(section: Mapping[str, str]) -> bool:
    text = " ".join(section.get(place, "") for place in _PLACES).lower()
    return "kubernetes" in text or "pkgs.k8s.io" in text


def _excludes(section: Mapping[str, str], package: str) -> bool:
    patterns = "{0} {1}".format(section.get("exclude", ""), section.get("excludepkgs", "")).replace(",", " ").split()
    return any(fnmatch.fnmatch(package, pattern) for pattern in patterns)
