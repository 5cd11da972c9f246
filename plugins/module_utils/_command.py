# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs on a node: argument lists, C locale, time limits, secrets on standard input only. Private to the collection."""

import os
import re
import subprocess
import tempfile
import time
from typing import IO, Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError

# Without pipelining ansible gives modules a terminal; a program that `timeout` moved to the background is stopped when it touches it, as apt does.
LIMIT = ["timeout", "--foreground", "--kill-after=10"]


LOOK = 2  # seconds between two looks at what a program has printed so far


class Output(NamedTuple):
    stdout: str
    stderr: str


class Runner:
    """Runs programs through AnsibleModule.run_command and raises instead of failing."""

    def __init__(self, module: Any, pass_fds: Optional[List[int]] = None) -> None:
        self.module = module
        self.pass_fds = pass_fds or []

    def __call__(self, argv: Sequence[str], stdin: Optional[str] = None, seconds: int = 120,
                 error: Callable[..., CommandError] = CommandError, ok: Sequence[int] = (0,), outlives: bool = False) -> Output:
        """outlives: the program goes on to its end when this module is killed."""
        program = self.module.get_bin_path(argv[0], opt_dirs=["/usr/local/bin", "/opt/bin"])
        if not program:
            raise KubewrightError("the program {0} is not on this node; the kube_packages and containerd roles install it".format(argv[0]))
        limit = [*LIMIT, str(seconds)] if self.module.get_bin_path(LIMIT[0]) else []  # a workstation with macOS has no timeout
        limited = [*limit, program, *list(argv[1:])]
        run = outliving if outlives else self.module.run_command
        rc, stdout, stderr = run(
            limited, data=stdin, pass_fds=self.pass_fds or None, environ_update={"LC_ALL": "C", "LANG": "C"})
        if rc == 124:
            last = stdout.strip().splitlines()[-1:]
            stderr += "\nit was stopped after {0} seconds{1}".format(seconds, "; the last that it printed: " + last[0] if last else "")
        if rc not in ok:
            raise error(" ".join(argv), rc, stdout, stderr)
        return Output(stdout, stderr)


def outliving(argv: Sequence[str], data: Optional[str] = None, pass_fds: Optional[Sequence[int]] = None,
              environ_update: Optional[Dict[str, str]] = None) -> Tuple[int, str, str]:
    """As AnsibleModule.run_command, for a program that must not be torn from its work.

    Once nobody reads its pipe, a program ends at the next line that it prints; kubeadm prints one between announcing an etcd member and making it.
    So it prints to files without a name, and its own session keeps it from the signals of a terminal that goes away.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(  # noqa: S603 - argument lists only, never a shell
            list(argv), stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, pass_fds=pass_fds or (), cwd="/",
            env=dict(os.environ, **(environ_update or {})), start_new_session=True)
        _accompany(process, (data or "").encode("utf-8"), stdout)
        return process.returncode, _whole(stdout), _whole(stderr)


def _accompany(process: Any, data: bytes, stdout: IO[bytes]) -> None:
    """To its end; on the way what kubeadm is at, for whoever asked to be told."""
    given: Optional[bytes] = data
    while True:
        try:
            process.communicate(given, timeout=LOOK if progress.wanted() else None)
            return
        except subprocess.TimeoutExpired:
            given = None
            progress.tell_step(_so_far(stdout))


def _so_far(stream: IO[bytes]) -> str:
    """Without moving the place at which the program writes, which it shares."""
    size = os.fstat(stream.fileno()).st_size
    return os.pread(stream.fileno(), size, 0).decode("utf-8", "replace")


def _whole(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


_PASSING = (
    "connection refused", "was refused - did you specify", "i/o timeout", "TLS handshake timeout", "context deadline exceeded", "EOF",
    "no route to host", "etcdserver: request timed out", "etcdserver: leader changed", "connection reset by peer", "the server is currently unable",
)


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


# A Go program that ends prints all its stacks and its usage; what it had to say stands before them.
_NOISE = re.compile(r"\s|goroutine |created by |Usage:|Flags:|[\w./*()-]+\(.*\)$|$")
_FATAL = re.compile(r"F[0-9]{4} [^\]]*\] (.+)|E[0-9]{4} [^\]]*\] \"command failed\" err=(.+)")


def telling(text: str, lines: int = 20) -> List[str]:
    """A journal's last lines without stacks and usage."""
    return [line for line in text.splitlines() if not _NOISE.match(line)][-lines:]


def fatal(journal: Sequence[str]) -> str:
    """What a program said last before it ended by itself; empty where it did not."""
    found = [match.group(1) or match.group(2) for match in map(_FATAL.match, journal) if match]
    return found[-1] if found else ""


def evidence(module: Any, unit: str = "kubelet") -> Dict[str, Any]:
    """The unit's last journal lines and the state of the control plane's containers, for a failure's message. Never raises."""
    found: Dict[str, Any] = {"journal": [], "containers": []}
    journal = [*LIMIT, "20", "journalctl", "-u", unit, "-n", "1000", "--no-pager", "-o", "cat"]
    containers = [*LIMIT, "20", "crictl", "ps", "-a"]
    for name, argv in (("journal", journal), ("containers", containers)):
        rc, stdout, _stderr = module.run_command(argv, environ_update={"LC_ALL": "C"})
        if rc == 0:
            found[name] = telling(stdout) if name == "journal" else stdout.strip().splitlines()[-20:]
    if fatal(found["journal"]):
        found["told"] = "the {0} ends by itself: {1}".format(unit, fatal(found["journal"]))
    return found
