# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cri-dockerd as a service: its two units, started by its socket, restarted only for what it does not run with yet. Private to the collection."""

import os
import re
import time
from functools import partial
from typing import Dict, List, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_socket as cri
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, evidence
from ansible_collections.kubewright.cluster.plugins.module_utils._cri_dockerd import SOCKET
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step
from ansible_collections.kubewright.cluster.plugins.module_utils._systemd import units

SERVICE, LISTENER = "cri-docker.service", "cri-docker.socket"
FOLDER = "/etc/systemd/system"
SECONDS = 60
_PROPERTIES = ("ActiveState", "MainPID", "NeedDaemonReload", "UnitFileState")

# Containers belong to Docker, so the service may stop without them (KillMode); what it starts for port-forward and exec needs no limits of its own.
_SERVICE = """\
# Written by Kubewright (cri_dockerd).
[Unit]
Description=cri-dockerd: Docker for the kubelet
Documentation=https://mirantis.github.io/cri-dockerd/
Requires={listener}
Wants=network-online.target docker.service
After=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
Restart=always
RestartSec=2
Delegate=yes
KillMode=process
TasksMax=infinity
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity

[Install]
WantedBy=multi-user.target
"""

_LISTENER = """\
# Written by Kubewright (cri_dockerd).
[Unit]
Description=The socket of cri-dockerd

[Socket]
ListenStream={socket}
SocketMode=0660

[Install]
WantedBy=sockets.target
"""


class Service:
    """What is there, and the steps to what is wanted."""

    def __init__(self, run: Runner, words: Sequence[str], api: str) -> None:
        self.run, self.words, self.api = run, [*words, "--container-runtime-endpoint", "fd://"], api

    def texts(self) -> Dict[str, str]:
        return {
            "{0}/{1}".format(FOLDER, SERVICE): _SERVICE.format(listener=LISTENER, command=" ".join(map(quoted, self.words))),
            "{0}/{1}".format(FOLDER, LISTENER): _LISTENER.format(socket=SOCKET),
        }

    def still_to_do(self, replaced: bool) -> List[Step]:
        """replaced: the program will be another one by then."""
        differing = {path: text for path, text in self.texts().items() if read(path) != text}
        service, listener = units(self.run, [SERVICE, LISTENER], *_PROPERTIES)
        steps = [Step("write " + path, partial(write_whole, path, text)) for path, text in differing.items()]
        if differing or "yes" in (service.get("NeedDaemonReload"), listener.get("NeedDaemonReload")):  # the latter after a run that was killed in between
            steps.append(Step("make systemd read its units again", lambda: self.run(["systemctl", "daemon-reload"])))
        off = [name for name, found in ((LISTENER, listener), (SERVICE, service)) if found.get("UnitFileState") != "enabled"]
        if off:
            steps.append(Step("enable " + " and ".join(off), lambda: self.run(["systemctl", "enable", *off])))
        return steps + self._starting(service, replaced, bool(differing))

    def _starting(self, service: Dict[str, str], replaced: bool, written: bool) -> List[Step]:
        if service.get("ActiveState") != "active":
            return [Step("start " + SERVICE, partial(self._start, "start"))]
        reasons = ["its program"] if replaced or not self._runs_the_file(service["MainPID"]) else []
        reasons += ["its arguments"] if self._words_of(service["MainPID"]) != self.words else []
        reasons += ["its units"] if written and "its arguments" not in reasons else []
        if not reasons and not cri.server_at(SOCKET, self.api):
            reasons = ["its silence at " + SOCKET]
        return [Step("restart {0} for {1}; containers go on".format(SERVICE, " and ".join(reasons)), partial(self._start, "restart"))] if reasons else []

    def _runs_the_file(self, pid: str) -> bool:
        """A program that was replaced under a process is told as deleted."""
        try:
            return os.readlink("/proc/{0}/exe".format(pid)) == os.path.realpath(self.words[0])
        except OSError:
            return False

    @staticmethod
    def _words_of(pid: str) -> List[str]:
        return read("/proc/{0}/cmdline".format(pid)).split("\0")[:-1]

    def _start(self, verb: str) -> None:
        """The socket first: systemd does not start one whose service runs."""
        try:
            if verb == "restart":
                self.run(["systemctl", "stop", SERVICE, LISTENER], seconds=60)
            self.run(["systemctl", "start", LISTENER, SERVICE], seconds=120)
        except CommandError as error:
            raise self._silent("does not start: {0}".format(error)) from error
        limit = time.time() + SECONDS
        while not cri.server_at(SOCKET, self.api):
            if time.time() > limit:
                raise self._silent("was started, and does not answer at {0} by CRI {1} after {2} seconds".format(SOCKET, self.api, SECONDS))
            time.sleep(0.5)

    def _silent(self, what: str) -> KubewrightError:
        return KubewrightError("cri-dockerd {0}. Its journal names the cause (journalctl -u {1}).".format(what, SERVICE), **evidence(self.run.module, SERVICE))


def quoted(word: str) -> str:
    """As systemd reads the words of a command."""
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return safe if re.match(r"[\w./:=,@%+${}-]+\Z", word) else '"{0}"'.format(safe)
