# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt and dpkg on a node: what is installed, what a repository offers, one transaction. Private to the collection.

apt has read deb822 sources and Signed-By since 1.1 (2015) and armoured keys since 1.4 (2016): every system that has Python 3.6 does.
"""

import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _apt_sources as apt_sources
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._package_names import of_apt
from ansible_collections.kubewright.cluster.plugins.module_utils._package_repository import Repository, armoured
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import Relation, relations_to

KEYRINGS = "/etc/apt/keyrings"
SOURCES = "/etc/apt/sources.list.d"
LISTS = "/var/lib/apt/lists"
JOURNAL = "/var/lib/dpkg/updates"  # while it holds anything, apt refuses to work
# What `dpkg --configure -a` and apt mend. dpkg --audit tells of more, such as of packages without md5sums, which stays so for ever.
UNFINISHED = ("half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
LOCK_SECONDS = 300
# apt waits for dpkg's lock since 1.9.11, and never for that of its lists, which a machine's own timers take at boot.
_LOCKED = re.compile(r"Could not get lock|Unable to lock|Unable to acquire|dpkg (?:frontend|status database).* locked by another process")
# Other warnings, such as of a signature that apt will not take any more one day, keep nobody from using a repository.
_UNUSABLE = re.compile(r"(?:Err|E):|W: (?:GPG error|Failed to fetch|Some index files|The repository |An error occurred)")
Files = List[Tuple[str, str]]


def key_path(repository: Repository) -> str:
    return "{0}/{1}.asc".format(KEYRINGS, repository.name)


def source(repository: Repository, key: str) -> str:
    lines = ["# Written by Kubewright (kube_package).", "Types: deb", "URIs: " + repository.uri, "Suites: " + repository.suite]
    if repository.components:
        lines.append("Components: " + repository.components)
    return "\n".join([*lines, "Signed-By: " + key, ""])


class View:
    """What repositories offer: those that the machine knows, or with options one in a folder of its own."""

    def __init__(self, run: Runner, options: Sequence[str] = ()) -> None:
        self.run = run
        self.options = list(options)

    def offered(self, names: List[str]) -> Dict[str, List[str]]:
        """Versions of each package, newest first."""
        output = self.run(["apt-cache", *self.options, "madison", *names], ok=(0, 100)).stdout if names else ""
        found: Dict[str, List[str]] = {name: [] for name in names}
        for name, version, _place in (line.split("|") for line in output.splitlines() if line.count("|") == 2):
            found.setdefault(name.strip(), []).append(version.strip())
        return found

    def relations(self, versions: Dict[str, str], names: List[str]) -> Dict[str, List[Relation]]:
        """What packages in these versions ask of others."""
        words = ["{0}={1}".format(name, version) for name, version in sorted(versions.items())]
        output = self.run(["apt-cache", *self.options, "show", *words], ok=(0, 100)).stdout if words and names else ""
        depends = [line.split(":", 1)[1] for line in output.splitlines() if line.startswith(("Depends:", "Pre-Depends:"))]
        return {name: [relation for line in depends for relation in relations_to(name, line)] for name in names}


class Apt:
    """The package manager of the Debian family."""

    family = "apt"
    holdable = True

    def __init__(self, run: Runner) -> None:
        self.run = run

    def _apt(self, *words: str) -> Output:
        return self._patient(["apt-get", "-q", "-o", "DPkg::Lock::Timeout={0}".format(LOCK_SECONDS), *words], seconds=1800)

    def _patient(self, words: List[str], seconds: int = 120) -> Output:
        """Waits for whoever is at work with packages already; nobody is asked anything."""
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        limit = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return self.run(words, seconds=seconds)
            except CommandError as error:
                if time.monotonic() >= limit or not _LOCKED.search(error.stderr):
                    raise
            time.sleep(5)

    @staticmethod
    def names(names: List[str]) -> List[str]:
        return of_apt(names)

    @staticmethod
    def chosen_here(names: List[str]) -> List[str]:
        """Of the packages beside the pinned ones, those whose version is not left to apt: it would take the newest, fitting or not."""
        return names

    @staticmethod
    def word(name: str, version: str) -> str:
        return "{0}={1}".format(name, version)

    def installed(self, names: List[str]) -> Dict[str, str]:
        """Version of each installed package."""
        if not names:
            return {}  # dpkg-query would list everything
        output = self.run(["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${db:Status-Status}\n", *names], ok=(0, 1)).stdout
        rows = [line.split("\t") for line in output.splitlines()]
        return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}

    @staticmethod
    def unguarded(_package: str) -> List[str]:
        """A hold of apt's is about the package, wherever it comes from."""
        return []

    def held(self) -> List[str]:
        return self.run(["apt-mark", "showhold"]).stdout.split()

    def hold(self, names: List[str]) -> None:
        self._patient(["apt-mark", "hold", *names])

    def unhold(self, names: List[str]) -> None:
        self._patient(["apt-mark", "unhold", *names])

    def unfinished(self) -> bool:
        """A killed run may have left dpkg in the middle."""
        if os.path.isdir(JOURNAL) and any(name.isdigit() for name in os.listdir(JOURNAL)):
            return True
        return any(state in UNFINISHED for state in self.run(["dpkg-query", "-W", "-f", "${db:Status-Status}\n"], ok=(0, 1)).stdout.split())

    def repair(self) -> None:
        self._patient(["dpkg", "--configure", "-a", "--force-confdef", "--force-confold"], seconds=900)
        self._apt("install", "-y", "--fix-broken")

    @staticmethod
    def files(repository: Repository, _hold: bool, _excluded: Sequence[str] = ()) -> Files:
        """Text by path; the last is that of the repository."""
        key = key_path(repository)
        return [(key, armoured(b"".join(repository.keys))), (SOURCES + "/{0}.sources".format(repository.name), source(repository, key))]

    @staticmethod
    def foreign(repository: Repository) -> Files:
        """Files of other people's that stand in the way of ours, with the text to have instead."""
        return apt_sources.others(repository.uri, repository.suite, SOURCES + "/{0}.sources".format(repository.name))

    def install(self, words: List[str], refreshed: bool) -> None:
        """refreshed: the lists are asked for anew, since a repository is new; without it only where they prove to be old."""
        if refreshed or self.lists_are_empty():
            self.refresh()
        try:
            self._install(words)
        except CommandError as error:
            if "Unable to fetch" not in error.stderr and "Unable to locate" not in error.stderr:
                raise
            self.refresh()  # the lists were older than the archive
            self._install_checked(words)

    def refresh(self) -> None:
        """All repositories of the machine: what a note of years ago left there may be gone."""
        try:
            self._apt("update")
        except CommandError as error:
            told = [line[2:].strip() for line in error.stderr.splitlines() if line.startswith("E:")]
            if not told:
                raise
            raise KubewrightError("a repository of this machine cannot be used, and nothing was installed: {0}. Repair its entry in /etc/apt/sources.list "
                                  "or {1}, or switch it off.".format("; ".join(told), SOURCES), stderr=error.stderr) from error

    def _install_checked(self, words: List[str]) -> None:
        try:
            self._install(words)
        except CommandError as error:
            refused = re.search(r"^E: Failed to fetch (.*)$", error.stderr, re.MULTILINE)
            if not refused:
                raise
            raise KubewrightError("a package cannot be had, and nothing was installed: {0}. With a wrong sum or size it was altered or did not arrive "
                                  "whole; else check the network and the proxy of this machine.".format(refused.group(1)), stderr=error.stderr) from error

    def _install(self, words: List[str]) -> None:
        self._apt("install", "-y", "--no-install-recommends",
                  "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", *words)

    @staticmethod
    def lists_are_empty() -> bool:
        names = os.listdir(LISTS) if os.path.isdir(LISTS) else []
        return not any(name.endswith(("_Packages", "_Packages.lz4", "_Packages.gz")) for name in names)

    @contextmanager
    def look(self, repository: Optional[Repository]) -> Iterator[View]:
        """What the repository offers, read in a folder of its own, so that nothing on the machine changes; without one, what the machine knows."""
        if repository is None:
            yield View(self.run)
            return
        folder = tempfile.mkdtemp(prefix="kubewright-probe-")
        os.chmod(folder, 0o755)  # noqa: S103 - apt fetches as the user _apt
        try:
            options = _private_options(folder, repository)
            self._update_privately(options, repository)
            yield View(self.run, options)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _update_privately(self, options: List[str], repository: Repository) -> None:
        update = ("update", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
        try:
            output = self._apt(*(tuple(options) + update))
        except CommandError as error:
            raise KubewrightError(repository_problem(repository, error.stderr)) from error
        text = output.stderr + "\n" + output.stdout
        if any(map(_UNUSABLE.match, text.splitlines())):
            raise KubewrightError(repository_problem(repository, text))


def _private_options(folder: str, repository: Repository) -> List[str]:
    key, sources, lists, status = folder + "/key.asc", folder + "/probe.sources", folder + "/lists", folder + "/status"
    for name in (lists + "/partial", folder + "/cache/archives/partial"):
        os.makedirs(name)
    for path, text in ((key, armoured(b"".join(repository.keys))), (sources, source(repository, key)), (status, "")):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(path, 0o644)
    settings = ["Dir::Etc::SourceList=" + sources, "Dir::Etc::SourceParts=-", "Dir::State::Lists=" + lists, "Dir::State::status=" + status,
                "Dir::Cache=" + folder + "/cache", "APT::Sandbox::User=root"]
    return [word for setting in settings for word in ("-o", setting)]


def repository_problem(repository: Repository, text: str) -> str:
    """One sentence out of apt's lines: which address, what is wrong, what to do."""
    lines = [line for line in text.splitlines() if _UNUSABLE.match(line)]
    cause = lines[0].split(":", 1)[1].strip() if lines else text.strip()[-300:]
    signature = re.search(r"NO_PUBKEY|BADSIG|EXPKEYSIG|not signed|signature|KEYEXPIRED", text)
    remedy = ("The signature does not fit the given key: check kube_package_source and its key; nothing is installed from it."
              if signature else "Check the address, the network and the proxy of this machine.")
    return "the package repository {0} {1} cannot be used: {2}. {3}".format(repository.uri, repository.suite, cause, remedy)
