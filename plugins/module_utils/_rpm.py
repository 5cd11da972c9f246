# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnf, yum and rpm on a node by their commands: what is installed, what a repository offers, one transaction. Private to the collection."""

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_packages as docker
from ansible_collections.kubewright.cluster.plugins.module_utils import _rpm_sources as rpm_sources
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read
from ansible_collections.kubewright.cluster.plugins.module_utils._package_names import of_rpm
from ansible_collections.kubewright.cluster.plugins.module_utils._package_plan import NUMBERED_ALIKE
from ansible_collections.kubewright.cluster.plugins.module_utils._package_repository import Repository, armoured
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import Relation, numbers

KEYS = "/etc/pki/rpm-gpg"
SOURCES = "/etc/yum.repos.d"
# What a general upgrade of the machine must not take from our repository.
EXCLUDED = ("kubelet", "kubeadm", "kubectl", "cri-tools", "kubernetes-cni")
# Where the plugin versionlock, if there is one, is configured and keeps its list.
LOCKS = (("/etc/dnf/plugins/versionlock.conf", "/etc/dnf/plugins/versionlock.list"),
         ("/etc/yum/pluginconf.d/versionlock.conf", "/etc/yum/pluginconf.d/versionlock.list"))
# The line that tells the cause, the best first; what a package's refusal looks like; and what a signature's.
_TELLING = [re.compile(pattern) for pattern in (r"Curl error|Status code|checksum doesn't match|\[Errno", r"^Error:")]
_REFUSED = re.compile(r"\S+: Downloading successful, but checksum doesn't match|Failing package is: \S+|Package \S+ is not signed"
                      r"|Public key for \S+ is not installed|\S+: .*Package does not match intended download")
_SIGNATURE = re.compile(r"GPG signature|signature could not be verified|GPG check FAILED|[Pp]ublic key")
Files = List[Tuple[str, str]]


def key_paths(repository: Repository, folder: str = KEYS) -> List[str]:
    """A file for each key: not every rpm reads a file that holds several."""
    return ["{0}/RPM-GPG-KEY-{1}{2}".format(folder, repository.name, "-{0}".format(number) if number > 1 else "")
            for number in range(1, len(repository.keys) + 1)]


def source(repository: Repository, keys: List[str], excluded: Sequence[str]) -> str:
    lines = ["# Written by Kubewright (kube_package).", "[{0}]".format(repository.name), "name=" + repository.name, "baseurl=" + repository.uri,
             "enabled=1", "skip_if_unavailable=0", "gpgcheck=1", "repo_gpgcheck={0:d}".format(repository.metadata_checked),
             "gpgkey=" + "\n       ".join("file://" + key for key in keys)]
    if excluded:
        lines.append("exclude=" + " ".join(excluded))
    return "\n".join([*lines, ""])


class View:
    """What repositories offer: those that the machine knows, or one in a folder of its own."""

    def __init__(self, run: Runner, command: List[str], problem: Callable[[str], str]) -> None:
        self.run = run
        self.command = command
        self.problem = problem

    def offered(self, names: List[str]) -> Dict[str, List[str]]:
        """Versions of each package, newest first."""
        found: Dict[str, List[str]] = {name: [] for name in names}
        for name, version in listed(self._list(names) if names else ""):
            if name in found and version not in found[name]:
                found[name].insert(0, version)
        return found

    def _list(self, names: List[str]) -> str:
        try:
            return self.run([*self.command, "--disableplugin=versionlock", "list", "--showduplicates", "available", *names], seconds=600).stdout
        except CommandError as error:
            if "No matching Packages" in error.stderr + error.stdout:
                return ""
            raise KubewrightError(self.problem(error.stderr + "\n" + error.stdout)) from error

    @staticmethod
    def relations(_versions: Dict[str, str], _names: List[str]) -> Dict[str, List[Relation]]:
        """Left to dnf and yum, which look for a version that fits where none is named."""
        return {}


def listed(text: str) -> List[Tuple[str, str]]:
    """Name and version out of `dnf list`, whose columns yum breaks into lines where they are long."""
    rows = re.findall(r"^(\S+)\.\w+\s+([\w.:~+^-]*\d[\w.:~+^-]*)\s+(\S+)\s*$", text, re.MULTILINE)
    return [(name, version) for name, version, place in rows if not place.startswith("@")]


class Rpm:
    """The package managers of the Red Hat family."""

    family = "rpm"

    def __init__(self, run: Runner, program: str, repository: str = "") -> None:
        self.run = run
        self.program = program
        self.repository = repository
        self.doubles: List[str] = []

    @staticmethod
    def names(names: List[str]) -> List[str]:
        return of_rpm(names)

    @staticmethod
    def chosen_here(names: List[str]) -> List[str]:
        """Of the packages beside the pinned ones, those whose version is not left to dnf and yum, which find one that fits the dependencies."""
        return [name for name in names if name in NUMBERED_ALIKE]

    @staticmethod
    def word(name: str, version: str) -> str:
        return "{0}-{1}".format(name, version)

    def installed(self, names: List[str]) -> Dict[str, str]:
        """Version of each installed package, or of what provides it. A transaction that was killed leaves two of one."""
        self.doubles = []
        found = {name: self._rows(name) for name in names}
        for name in (*EXCLUDED, *docker.names(docker.ENGINE)):
            self.doubles += ["{0}-{1}.{2}".format(*row) for row in found.get(name, [])[:-1] if row[0] == name]
        return {name: rows[-1][1] for name, rows in found.items() if rows}

    def _rows(self, name: str) -> List[List[str]]:
        """Name, version and architecture of each that has the name, or else provides it; the newest at the end."""
        query = "%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n"
        output = self.run(["rpm", "-q", "--whatprovides", "--qf", query, name], ok=(0, 1)).stdout
        rows = sorted((line.split("\t") for line in output.splitlines() if line.count("\t") == 2), key=lambda row: (numbers(row[1]), row[1]))
        return [row for row in rows if row[0] == name] or rows

    @property
    def holdable(self) -> bool:
        """Whether anything but the repository's exclude= can hold a package."""
        return bool(self._locks())

    def unguarded(self, package: str) -> List[str]:
        """Repositories that no exclude= of ours is about."""
        return rpm_sources.unguarded(self.repository, package)

    def held(self) -> List[str]:
        entries = re.findall(r"^(?:\d+:)?([^\s!#]\S*?)-(?:\d+:)?\d", read(self._locks()), re.MULTILINE)
        return [str(name) for name in entries]

    @staticmethod
    def _locks() -> str:
        """The list of the plugin versionlock."""
        for settings, entries in LOCKS:
            text = read(settings)
            if text and not re.search(r"^\s*enabled\s*=\s*(0|no|false)", text, re.MULTILINE | re.IGNORECASE):
                named = re.search(r"^\s*locklist\s*=\s*(\S+)", text, re.MULTILINE)
                return named.group(1) if named else entries
        return ""

    def hold(self, names: List[str]) -> None:
        self._yum("--disablerepo=*", "versionlock", "add", *names)

    def unhold(self, names: List[str]) -> None:
        self._yum("--disablerepo=*", "versionlock", "delete", *names)

    def unfinished(self) -> bool:
        return bool(self.doubles)

    def repair(self) -> None:
        """What the transaction would have done next: the older of two goes, whose files the newer one has taken over."""
        self.run(["rpm", "-e", "--nodeps", *self.doubles], seconds=600)
        self.doubles = []

    def refresh(self) -> None:
        """dnf and yum ask by themselves, as old as they let their lists become."""

    @staticmethod
    def files(repository: Repository, hold: bool, excluded: Sequence[str] = EXCLUDED) -> Files:
        """Text by path; the last is that of the repository."""
        keys = key_paths(repository)
        texts = [(path, armoured(key)) for path, key in zip(keys, repository.keys)]
        return [*texts, ("{0}/{1}.repo".format(SOURCES, repository.name), source(repository, keys, excluded if hold else ()))]

    @staticmethod
    def foreign(_repository: Repository) -> Files:
        """dnf and yum take two entries of one repository."""
        return []

    def install(self, words: List[str], _refreshed: bool) -> None:
        """Everything is downloaded and checked before the first package is touched."""
        own = ["--disableexcludes=" + self.repository, "--setopt={0}.metadata_expire=1".format(self.repository)] if self.repository else []
        strict = ["--setopt=skip_missing_names_on_install=0"] if self.program == "yum" else []  # else it leaves out what nobody has
        trusted = self._trusted()
        try:
            self._yum("-y", *own, *strict, "install", *words)
        except CommandError as error:
            new = [key for key in self._trusted() if key not in trusted]
            if new:
                self.run(["rpm", "-e", *new])
            refused = _REFUSED.search(error.stdout + "\n" + error.stderr)
            if refused:
                raise KubewrightError("a package was refused, and nothing was installed: {0}. It was altered or did not arrive whole, or is not signed "
                                      "by a key of its repository.".format(refused.group(0)), stderr=error.stderr) from error
            raise

    def _trusted(self) -> List[str]:
        """Keys in rpm's own database."""
        return self.run(["rpm", "-q", "gpg-pubkey"], ok=(0, 1)).stdout.split("\n") if self.repository else []

    def _yum(self, *words: str) -> None:
        self.run((self.program, *words), seconds=1800)

    @contextmanager
    def look(self, repository: Optional[Repository]) -> Iterator[View]:
        """What the repository offers, read in a folder of its own, so that nothing on the machine changes; without one, what the machine knows."""
        if repository is None:
            yield View(self.run, [self.program, "-y", "--disableexcludes=all"], lambda text: problem("repositories of this machine", text))
            return
        folder = tempfile.mkdtemp(prefix="kubewright-probe-")
        try:
            yield View(self.run, [self.program, "-y", *_private_options(folder, repository)],
                       lambda text: problem("package repository " + repository.uri, text))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _private_options(folder: str, repository: Repository) -> List[str]:
    for name in ("repos", "cache", "persist"):
        os.makedirs("{0}/{1}".format(folder, name))
    keys = key_paths(repository, folder)
    texts = [(path, armoured(key)) for path, key in zip(keys, repository.keys)]
    for path, text in [*texts, (folder + "/repos/probe.repo", source(repository, keys, ()))]:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    settings = ["reposdir={0}/repos".format(folder), "cachedir={0}/cache".format(folder), "persistdir={0}/persist".format(folder),
                "retries=1", "timeout=20"]
    return ["--setopt=" + setting for setting in settings]


def problem(what: str, text: str) -> str:
    """One sentence out of the lines of dnf or yum: which address, what is wrong, what to do."""
    lines = [line.strip(" -") for line in text.splitlines() if line.strip()]
    cause = next((line for pattern in _TELLING for line in lines if pattern.search(line)), lines[0] if lines else "it printed nothing")
    remedy = "Check the address, the network and the proxy of this machine."
    if _SIGNATURE.search(text):
        remedy = ("The signature of its metadata does not fit the given keys; nothing is installed from it. Some mirrors are known for that "
                  "(aliyun's yum repositories up to 1.23): where you accept it, kube_package_repo_gpgcheck: false leaves this signature "
                  "unchecked and keeps the check of the packages' own.")
    return "the {0} cannot be used: {1}. {2}".format(what, cause, remedy)
