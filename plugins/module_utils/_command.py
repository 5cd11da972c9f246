# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs on a node: argument lists, C locale, time limits, secrets on standard input only. Private to the collection."""

import json
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubeadmError, KubewrightError

ADMIN_CONF = "/etc/kubernetes/admin.conf"


# Without pipelining ansible gives modules a terminal; a program that `timeout` moved to the background is stopped when it touches it, as apt does.
LIMIT = ["timeout", "--foreground", "--kill-after=10"]


class Output(NamedTuple):
    stdout: str
    stderr: str


class Runner:
    """Runs programs through AnsibleModule.run_command and raises instead of failing."""

    def __init__(self, module: Any, pass_fds: Optional[List[int]] = None) -> None:
        self.module = module
        self.pass_fds = pass_fds or []

    def __call__(self, argv: Sequence[str], stdin: Optional[str] = None, seconds: int = 120,
                 error: Callable[..., CommandError] = CommandError, ok: Sequence[int] = (0,)) -> Output:
        program = self.module.get_bin_path(argv[0], opt_dirs=["/usr/local/bin", "/opt/bin"])
        if not program:
            raise KubewrightError("the program {0} is not on this node; the kube_packages and containerd roles install it".format(argv[0]))
        limited = [*LIMIT, str(seconds), program, *list(argv[1:])]
        rc, stdout, stderr = self.module.run_command(
            limited, data=stdin, pass_fds=self.pass_fds or None, environ_update={"LC_ALL": "C", "LANG": "C"})
        if rc == 124:
            stderr += "\nit was stopped after {0} seconds".format(seconds)
        if rc not in ok:
            raise error(" ".join(argv), rc, stdout, stderr)
        return Output(stdout, stderr)


class Kubeadm:
    """The only place that runs kubeadm: one method per sub-command."""

    def __init__(self, runner: Runner) -> None:
        self.run = runner

    def _kubeadm(self, *words: str, **options: Any) -> Output:
        return self.run(("kubeadm", *words), error=_kubeadm_error, **options)

    def version(self) -> str:
        """x.y.z"""
        return self._kubeadm("version", "-o", "short").stdout.strip().lstrip("v")

    def images(self, documents: Sequence[Dict[str, Any]]) -> List[str]:
        return self._kubeadm("config", "images", "list", "--config", "/dev/stdin", stdin=as_stream(documents)).stdout.split()

    def init_phase(self, phase: str, documents: Sequence[Dict[str, Any]]) -> Output:
        words = ["init", "phase", *phase.split(), "--config", "/dev/stdin"]
        return self._kubeadm(*words, stdin=as_stream(documents), seconds=600)

    def init(self, documents: Sequence[Dict[str, Any]], skip_phases: Sequence[str], seconds: int) -> Output:
        words = ["init", "--config", "/dev/stdin", "--skip-token-print", "--skip-phases", ",".join(skip_phases)]
        return self._kubeadm(*words, stdin=as_stream(documents), seconds=seconds)

    def join(self, documents: Sequence[Dict[str, Any]], seconds: int) -> Output:
        return self._kubeadm("join", "--config", "/dev/stdin", stdin=as_stream(documents), seconds=seconds)

    def reset(self, cri_socket: str, skip_phases: Sequence[str] = (), cert_dir: str = "") -> Output:
        """cert_dir: the folder of certificates that is emptied, where it is not kubeadm's own."""
        words = ["reset", "--force", "--cri-socket", cri_socket]
        if cert_dir:
            words += ["--cert-dir", cert_dir]
        if skip_phases:
            words += ["--skip-phases", ",".join(skip_phases)]
        return self._kubeadm(*words, seconds=300)

    def token_create(self, seconds: int, description: str) -> Output:
        return self._kubeadm("token", "create", "--ttl", "{0}s".format(seconds), "--description", description,
                             "--print-join-command", "--kubeconfig", ADMIN_CONF)

    def token_list(self) -> List[Dict[str, Any]]:
        return parse.json_documents(self._kubeadm("token", "list", "-o", "json", "--kubeconfig", ADMIN_CONF).stdout)

    def token_delete(self, token_id: str) -> Output:
        return self._kubeadm("token", "delete", token_id, "--kubeconfig", ADMIN_CONF)

    def upload_certs(self, documents: Sequence[Dict[str, Any]], cluster_configuration: str) -> str:
        """Upload the control plane's certificates; the key that decrypts them. The ClusterConfiguration is the cluster's own text."""
        words = ("init", "phase", "upload-certs", "--upload-certs", "--config", "/dev/stdin")
        stream = as_stream(documents) + "---\n" + cluster_configuration
        return parse.certificate_key(self._kubeadm(*words, stdin=stream).stdout)


class Kubectl:
    """kubectl as the node's administrator, JSON in and out."""

    def __init__(self, runner: Runner, kubeconfig: str = ADMIN_CONF) -> None:
        self.run = runner
        self.kubeconfig = kubeconfig

    def __call__(self, *words: str, **options: Any) -> Output:
        return self.run(("kubectl", "--kubeconfig", self.kubeconfig, "--request-timeout=30s", *words), **options)

    def json(self, *words: str) -> Dict[str, Any]:
        return _json_object(self(*words, "-o", "json").stdout)

    def find(self, *words: str) -> Optional[Dict[str, Any]]:
        """One object, or None where the API server has none of that name."""
        text = self("get", "--ignore-not-found", "-o", "json", *words).stdout
        return _json_object(text) if text.strip() else None


def _json_object(text: str) -> Dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise KubewrightError("kubectl printed something that is no JSON: {0}".format(error)) from error
    return document if isinstance(document, dict) else {}


def as_stream(documents: Sequence[Dict[str, Any]]) -> str:
    """Documents for kubeadm's standard input: JSON, which is YAML."""
    return "---\n".join(json.dumps(document, sort_keys=True) + "\n" for document in documents)


def as_list(objects: Sequence[Dict[str, Any]]) -> str:
    """Objects for kubectl's standard input; it takes one JSON document, not documents divided by dashes."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}, sort_keys=True)


def _kubeadm_error(command: str, rc: int, stdout: str, stderr: str) -> KubeadmError:
    return KubeadmError(command, rc, stdout, stderr, parse.findings(stderr))


_PASSING = ("connection refused", "i/o timeout", "TLS handshake timeout", "context deadline exceeded", "EOF", "no route to host",
            "etcdserver: request timed out", "connection reset by peer", "the server is currently unable")


def worth_retrying(error: CommandError) -> bool:
    """Only what passes by itself."""
    return any(text in error.stderr for text in _PASSING)


def with_retries(action: Callable[[], Any], attempts: int = 5, pause: float = 3.0) -> Any:
    """The action's answer; tried again where the failure is one that passes, with a limit."""
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except CommandError as error:
            if attempt == attempts or not worth_retrying(error):
                raise
            time.sleep(pause)
    return None


def evidence(module: Any, unit: str = "kubelet", lines: int = 20) -> Dict[str, Any]:
    """The unit's last journal lines and the state of the control plane's containers, for a failure's message. Never raises."""
    found: Dict[str, List[str]] = {"journal": [], "containers": []}
    journal = [*LIMIT, "20", "journalctl", "-u", unit, "-n", str(lines), "--no-pager", "-o", "cat"]
    containers = [*LIMIT, "20", "crictl", "ps", "-a"]
    for name, argv in (("journal", journal), ("containers", containers)):
        rc, stdout, _stderr = module.run_command(argv, environ_update={"LC_ALL": "C"})
        if rc == 0:
            found[name] = stdout.strip().splitlines()[-lines:]
    return found
