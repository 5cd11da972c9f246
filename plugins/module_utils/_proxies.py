# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy an address is fetched through: that of the environment, or else the one that this machine was given by node_proxy. Private to the collection.

A password that is in a file for root need not be in the environment of a task, which Ansible shows.
"""

import ipaddress
import os
from typing import Dict, Mapping
from urllib.parse import urlsplit

from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._proxy_files import ENVIRONMENT, environment_of

SCHEMES = ("http", "https")


def proxies_for(url: str) -> Dict[str, str]:
    """By scheme; empty for what is reached without."""
    variables = _lower(os.environ)
    if not any(variables.get(scheme + "_proxy") for scheme in SCHEMES) and os.access(ENVIRONMENT, os.R_OK):
        variables = _lower(environment_of(read(ENVIRONMENT)))
    host = urlsplit(url).hostname or ""
    if any(covers(entry.strip(), host) for entry in variables.get("no_proxy", "").split(",")):
        return {}
    return {scheme: variables[scheme + "_proxy"] for scheme in SCHEMES if variables.get(scheme + "_proxy")}


def _lower(variables: Mapping[str, str]) -> Dict[str, str]:
    """Where a name is there in both spellings, the small one counts, as curl has it."""
    found = {name.lower(): value for name, value in variables.items()}
    return dict(found, **{name: value for name, value in variables.items() if name.islower()})


def covers(entry: str, host: str) -> bool:
    """As Go's programs read an entry: a network, a domain with a dot in front, or a host with what is below it."""
    if not entry or entry == "*":
        return bool(entry)
    if "/" in entry:
        try:
            return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name = entry.split(":")[0] if entry.count(":") == 1 else entry
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith("." + name)
