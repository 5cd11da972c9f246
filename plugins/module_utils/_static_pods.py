# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane's processes, which the kubelet starts again whenever they end: found, ended, waited for. Private to the collection.

A manifest that is moved away to restart a static pod is gone when the run is killed before it is put back. A process that is asked to
end needs nothing put back, and no client of the container runtime.
"""

import os
import signal
import socket
import ssl
import time
from http.client import HTTPException
from typing import List, NamedTuple, Optional, Tuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._x509 import certificates

MANIFESTS = "/etc/kubernetes/manifests"
# In the order in which they are started again: each needs the ones before it.
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
_PORTS = {"kube-controller-manager": "10257", "kube-scheduler": "10259"}
_CLOCK_BOOTTIME = 7  # time.CLOCK_BOOTTIME, which Python 3.6 does not name


class Process(NamedTuple):
    """A process of this machine; the ticks tell it from a later one with the same number."""

    pid: int
    ticks: int


def manifest(component: str) -> str:
    return node.read("{0}/{1}.yaml".format(MANIFESTS, component))


def flag(component: str, name: str) -> str:
    """A flag of the component's manifest; empty where it is not set."""
    return node.manifest_flag(manifest(component), name) or ""


def running(component: str) -> Optional[Process]:
    """The component's process, the newest if one is ending while the next begins. Pods with a network of their own hold no control plane of this node."""
    found = [Process(int(name), _ticks(name)) for name in os.listdir("/proc") if name.isdigit() and _is(name, component)]
    return max(found, key=lambda process: process.ticks) if found else None


def _is(pid: str, component: str) -> bool:
    program = node.read("/proc/{0}/cmdline".format(pid)).partition("\0")[0]
    if os.path.basename(program) != component:
        return False
    try:
        return os.stat("/proc/{0}/ns/net".format(pid)).st_ino == os.stat("/proc/1/ns/net").st_ino
    except OSError:
        return False


def _ticks(pid: str) -> int:
    fields = node.read("/proc/{0}/stat".format(pid)).rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 else 0


def clock() -> float:
    """Seconds since the machine was booted, sleep included: the clock that processes' starts are told by."""
    return time.clock_gettime(_CLOCK_BOOTTIME)


def started(process: Process) -> float:
    """When it was started, in seconds since the epoch."""
    return time.time() - clock() + process.ticks / os.sysconf("SC_CLK_TCK")


def end(process: Process, component: str, seconds: int = 30) -> None:
    """Ask it to end, and end it where it does not, after as long as the kubelet waits, too. Watches keep an API server from ending by itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return
        limit = time.time() + seconds
        while time.time() < limit:
            if running(component) != process:
                return
            time.sleep(0.2)
    raise KubewrightError("{0} (process {1}) does not end, not even when it is killed. Look at it with `ps -p {1}`.".format(component, process.pid))


def wait(component: str, other_than: Optional[Process], certificate: str, limit: float) -> Process:
    """The component's new process, when it is well and shows this certificate (a public key's hash; empty: any)."""
    while True:
        process = running(component)
        trouble = "it is not running" if process is None else "it is still the old process" if process == other_than else ""
        trouble = trouble or ailment(component, certificate)
        if process and not trouble:
            return process
        if time.time() > limit:
            raise KubewrightError("{0} was started again, but {1}. Look at `crictl ps -a` and `journalctl -u kubelet` on this node, "
                                  "then run again: what still has to be started again is found out anew.".format(component, trouble))
        progress.tell("waiting for {0}: {1}".format(component, trouble))
        time.sleep(1)


def ailment(component: str, certificate: str = "") -> str:
    """What is wrong with a component as it answers; empty where nothing is."""
    if component == "kube-apiserver" and not node.api_answers():
        return "it does not answer that it is ready"
    if component == "etcd" and not _answers(_etcd_health(), '"true"'):
        return "it does not answer that it is healthy"
    if component in _PORTS and not _answers(_healthz(component)):
        return "it does not answer on its port"
    shown = served(component) if certificate else ""
    return "it shows another certificate than the file holds" if certificate and shown != certificate else ""


def _healthz(component: str) -> str:
    address = flag(component, "bind-address") or "127.0.0.1"
    if address in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
        address = "127.0.0.1"
    return "https://{0}:{1}/healthz".format(node.bracketed(address), flag(component, "secure-port") or _PORTS[component])


def _etcd_health() -> str:
    urls = flag("etcd", "listen-metrics-urls")
    return urls.split(",")[0] + "/health" if urls else ""


def _answers(url: str, text: str = "") -> bool:
    """Does something answer there? Any answer of HTTP counts but 5xx; no URL has nothing to ask for."""
    if not url:
        return True
    # The components' certificates for this port are signed by themselves, anew at each start.
    try:
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=_unverified()))
        return text in opener.open(url, timeout=5).read().decode("utf-8", "replace")
    except HTTPError as error:
        return error.code < 500 and not text
    except (OSError, HTTPException, ValueError):
        return False


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def endpoint(component: str) -> Tuple[str, int]:
    """Where it serves TLS with a certificate of kubeadm's."""
    if component == "etcd":
        return _etcd_endpoint(flag("etcd", "listen-client-urls").split(","))
    return flag(component, "advertise-address") or "127.0.0.1", int(flag(component, "secure-port") or 6443)


def _etcd_endpoint(urls: List[str]) -> Tuple[str, int]:
    """The loopback address where it listens there, which no change of addresses breaks."""
    parts = [urlsplit(url) for url in urls]
    local = [part for part in parts if part.hostname in ("127.0.0.1", "::1")] or parts
    return local[0].hostname or "127.0.0.1", local[0].port or 2379


def served(component: str) -> str:
    """The public key's hash of the certificate that it shows now; empty where it does not answer."""
    context = _unverified()
    try:
        if component == "etcd":  # it ends the handshake of whoever has no certificate
            context.load_cert_chain(flag("etcd", "cert-file"), flag("etcd", "key-file"))
        return _shown(endpoint(component), context)
    except OSError:
        return ""


def _shown(address: Tuple[str, int], context: ssl.SSLContext) -> str:
    with socket.create_connection(address, timeout=5) as plain, context.wrap_socket(plain) as secure:
        der = secure.getpeercert(binary_form=True)
    found = certificates(ssl.DER_cert_to_PEM_cert(der)) if der else []
    return found[0].public_key_hash if found else ""
