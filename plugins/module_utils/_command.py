# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs on a node: argument lists, C locale, time limits, secrets on standard input only. Private to the collection."""

import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError

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
