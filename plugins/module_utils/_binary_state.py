# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' programs on a machine without packages: which are there, and the steps to those that are wanted. Private to the collection."""

import json
import os
from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _binaries as binaries
from ansible_collections.kubewright.cluster.plugins.module_utils import _download as download
from ansible_collections.kubewright.cluster.plugins.module_utils._apt import Apt
from ansible_collections.kubewright.cluster.plugins.module_utils._binaries import Program
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

PROGRAMS, PLUGINS = "/usr/bin", "/opt/cni/bin"
_ASKED = {"kubelet": ("--version",), "kubeadm": ("version", "-o", "short"), "kubectl": ("version", "--client")}


class Machine:
    """What is hashed once is not hashed again before it is replaced."""

    def __init__(self, run: Runner) -> None:
        self.run = run
        self._digests: Dict[str, Optional[str]] = {}

    @property
    def note(self) -> Dict[str, Any]:
        return binaries.parse_note(read(binaries.NOTE))

    def versions(self) -> Dict[str, str]:
        """Of Kubernetes' own programs; what the note does not know, the program is asked."""
        paths = {name: "{0}/{1}".format(PROGRAMS, name) for name in binaries.KUBERNETES}
        found = {name: self._version(name, path) for name, path in paths.items() if os.path.exists(path)}
        return {name: version for name, version in found.items() if version}

    def _version(self, name: str, path: str) -> Optional[str]:
        entry = self.note.get(name)
        if entry and entry["files"].get(path) == self._digest(path):
            return str(entry["version"])
        try:
            output = self.run([path, *_ASKED[name]], ok=(0, 1))
        except KubewrightError:
            return None  # half a file, or one for another processor: it says nothing and is replaced
        return binaries.shown_version(output.stdout)

    def steps_for(self, program: Program) -> List[Step]:
        """To what is wanted; what stands in the way of that is raised."""
        entry = self.note.get(program.name)
        known = entry["files"] if entry else {}
        if binaries.is_right(program, entry, {path: self._digest(path) for path in known}):
            return []
        digest = self._asked_for(program)
        if not program.archive and self._digest(program.path) == digest:
            return [Step("note that {0} is {1} {2} of {3}".format(program.path, program.name, program.version, program.url),
                         lambda: self._write_note(program, digest, {program.path: digest}))]
        return [Step(_sentence(program, entry), lambda: self._install(program, digest))]

    def _install(self, program: Program, digest: str) -> None:
        files = (download.unpack(program.url, digest, program.folder, program.only) if program.archive
                 else download.place(program.url, digest, program.path))
        self._write_note(program, digest, files)

    def _write_note(self, program: Program, digest: str, files: Dict[str, str]) -> None:
        """After the files, so that what is noted is there."""
        for path in files:
            self._digests.pop(path, None)
        entry = {"version": program.version, "url": program.url, "sha256": digest, "files": files}
        write_whole(binaries.NOTE, json.dumps(dict(self.note, **{program.name: entry}), indent=2, sort_keys=True) + "\n")

    def _digest(self, path: str) -> Optional[str]:
        if path not in self._digests:
            self._digests[path] = download.file_digest(path)
        return self._digests[path]

    @staticmethod
    def _asked_for(program: Program) -> str:
        try:
            digest = download.trusted_digest(program.url, program.sha256)
            download.require(program.url)
        except KubewrightError as error:
            if error.evidence.get("status") != 404 or program.archive:
                raise
            raise KubewrightError("{0} is not there{1}. Check the version and the address.".format(program.url, _newest(program))) from error
        return digest


def _newest(program: Program) -> str:
    """dl.k8s.io says the newest of each minor; another server may not."""
    base = program.url.rsplit("/v" + program.version, 1)[0]
    try:
        return binaries.newest_there(fetch("{0}/stable-{1}.txt".format(base, program.version.rsplit(".", 1)[0])).decode("ascii", "replace"), program.version)
    except KubewrightError:
        return ""


def _sentence(program: Program, entry: Optional[Dict[str, Any]]) -> str:
    altered = " again, since it was altered" if entry and entry["version"] == program.version else ""
    return "install {0} {1} from {2}{3}".format(program.name, program.version, program.url, altered)


def installed_packages(run: Runner, names: Sequence[str] = binaries.PACKAGES) -> Dict[str, str]:
    """Packages that bring the same files, of whichever kind the machine has."""
    found = Apt(run).installed(list(names)) if run.module.get_bin_path("dpkg-query") else {}
    if run.module.get_bin_path("rpm"):
        words = ["rpm", "-q", "--queryformat", "%{NAME}\t%{VERSION}-%{RELEASE}\n", *names]
        listed = run(words, ok=range(len(names) + 1)).stdout  # its code is how many are not installed
        rows = [line.partition("\t") for line in listed.splitlines()]
        found.update({name: version for name, tab, version in rows if tab})
    return found
