# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is reached without a proxy, as far as the inventory says; a node adds its own network. Pure. Private to the collection.

By network and not by node, so that a new node changes nothing on the others.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

LOCAL = ("localhost", "127.0.0.1", "::1")


def no_proxy(
    additions: Iterable[str], pod_subnets: Iterable[str], service_subnets: Iterable[str], endpoint: str = "", node_subnets: Iterable[str] | None = None,
    dns_domain: str = "cluster.local", urls: Iterable[str] | None = None,
) -> list[str]:
    """This machine, the cluster's names, its networks, its endpoint, hosts of addresses such as the bundle's, and what a person adds."""
    names = [".svc", f".{dns_domain.strip('.')}"]
    networks = [_network(subnet) for subnet in (*(node_subnets or ()), *pod_subnets, *service_subnets)]
    given = [additions] if isinstance(additions, str) else list(additions)
    added = [entry.strip() for text in given for entry in str(text).split(",")]
    hosts = [_host_of(endpoint), *(urlsplit(str(url)).hostname or "" for url in urls or ())]
    return list(dict.fromkeys(entry for entry in (*LOCAL, *names, *networks, *hosts, *added) if entry))


def proxy_environment(http_proxy: str, https_proxy: str = "", exceptions: Iterable[str] | None = None) -> dict[str, str]:
    """Environment of a task that fetches something. Empty without a proxy, and where one has a password, which would be in every process list and log."""
    if not (http_proxy or https_proxy) or "@" in http_proxy + https_proxy:
        return {}
    found = {"http_proxy": http_proxy, "https_proxy": https_proxy, "no_proxy": ",".join(exceptions or ())}
    return {name: value for name, value in found.items() if value}


def _host_of(endpoint: str) -> str:
    """Of host:port, [address]:port or a bare host."""
    if endpoint.startswith("["):
        return endpoint[1:].split("]")[0]
    return endpoint.rsplit(":", 1)[0] if endpoint.count(":") == 1 else endpoint


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(str(text).strip(), strict=False))
    except ValueError as error:
        told = "write networks, for example 192.0.2.0/24 (kube_node_subnets, kube_pod_subnets, kube_service_subnets)"
        raise KubewrightError(f"no_proxy: {error}; {told}") from error
