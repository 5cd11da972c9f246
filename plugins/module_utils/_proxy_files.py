# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs read about a proxy: apt, dnf and yum, and services of systemd. Pure. Private to the collection."""

import re
from typing import Dict, List, NamedTuple, Sequence
from urllib.parse import unquote, urlsplit

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import MARK, commented
from ansible_collections.kubewright.cluster.plugins.module_utils._no_proxy import hosts

HEADER = "Written by Kubewright (node_proxy). Changes here are undone by its next run.\n"
ENVIRONMENT = "/etc/kubewright/proxy.env"
# A file that only root reads, and no Environment= in the unit: what is there, systemd tells everybody.
DROP_IN = "# " + HEADER + "[Service]\nEnvironmentFile=-" + ENVIRONMENT + "\n"
BEGIN, END = "# BEGIN Kubewright: proxy\n", "# END Kubewright: proxy\n"
_BLOCK = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
_OPTION = re.compile(r"(proxy|proxy_username|proxy_password)\s*=")
_SECRET = re.compile(r"^proxy_password\s*=", re.MULTILINE)


class Address(NamedTuple):
    """A proxy's address, split into what programs ask for one by one."""

    url: str
    server: str  # without user and password, which is how it is told
    username: str
    password: str


def address(url: str, name: str) -> Address:
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        raise _no_address(name) from None  # its own words hold the password
    if found.scheme not in ("http", "https") or not found.hostname or re.search(r"\s|[\"']", url):
        raise _no_address(name)
    host = "[{0}]".format(found.hostname) if ":" in found.hostname else found.hostname
    return Address(url, "{0}://{1}{2}".format(found.scheme, host, ":{0}".format(port) if port else ""), unquote(found.username or ""),
                   unquote(found.password or ""))


def _no_address(name: str) -> KubewrightError:
    return KubewrightError("{0} is no address of a proxy; write http://host:port, or http://user:password@host:port with special characters as %XX. It is "
                           "not shown here, since it may hold a password.".format(name))


def apt(proxies: Dict[str, Address], no_proxy: Sequence[str]) -> str:
    """apt knows neither networks nor domains, so hosts are named one by one."""
    lines = ["// " + HEADER.rstrip("\n")]
    for scheme, proxy in sorted(proxies.items()):
        lines.append('Acquire::{0}::Proxy "{1}";'.format(scheme, proxy.url))
        lines += ['Acquire::{0}::Proxy::{1} "DIRECT";'.format(scheme, host) for host in hosts(no_proxy)]
    return "\n".join(lines) + "\n"


def environment(proxies: Dict[str, Address], no_proxy: Sequence[str]) -> Dict[str, str]:
    found = {scheme.upper() + "_PROXY": proxy.url for scheme, proxy in proxies.items()}
    return dict(found, NO_PROXY=",".join(no_proxy)) if found else {}


def environment_file(variables: Dict[str, str]) -> str:
    """As systemd reads it: in double quotes a backslash, a quote, a dollar and a backtick want a backslash before them."""
    return "# " + HEADER + "".join('{0}="{1}"\n'.format(key, re.sub(r'(["\\$`])', r"\\\1", value)) for key, value in sorted(variables.items()))


def environment_of(text: str) -> Dict[str, str]:
    found = re.findall(r'^(\w+)="(.*)"$', text, re.MULTILINE)
    return {key: re.sub(r"\\(.)", r"\1", value) for key, value in found}


def process_environment(text: str) -> Dict[str, str]:
    """From /proc/PID/environ."""
    return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)


def is_stale(process: Dict[str, str], wanted: Dict[str, str], before: Dict[str, str]) -> bool:
    """Whether a process lacks what is wanted, or has what was written for it and is not wanted any more."""
    dropped = {key: value for key, value in before.items() if key not in wanted}
    return any(process.get(key) != value for key, value in wanted.items()) or any(process.get(key) == value for key, value in dropped.items())


def in_main_section(text: str, proxy: Dict[str, Address]) -> str:
    """dnf.conf or yum.conf with our lines after [main], and a person's own as comments; without a proxy as it was before."""
    original = re.sub("^" + re.escape(MARK) + r"(?=(?:proxy|proxy_username|proxy_password)\s*=)", "", _BLOCK.sub("", text), flags=re.MULTILINE)
    chosen = proxy.get("https") or proxy.get("http")
    if not chosen:
        return original
    head, main, rest = original.partition("[main]\n")
    block = BEGIN + "".join(line + "\n" for line in _options(chosen)) + END
    if not main:
        return "[main]\n" + block + original
    section, bracket, others = rest.partition("\n[")
    return head + main + block + commented(section, lambda line: _OPTION.match(line) is not None) + bracket + others


def _options(proxy: Address) -> List[str]:
    found = ["proxy=" + proxy.server]
    if proxy.username:
        found += ["proxy_username=" + proxy.username, "proxy_password=" + proxy.password]
    return found


def holds_secret(text: str) -> bool:
    return _SECRET.search(text) is not None
