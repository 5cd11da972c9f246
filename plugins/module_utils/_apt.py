# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt and dpkg on a node: what is installed, what a repository offers, one transaction. Private to the collection."""

import os
import re
import shutil
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read

KEYRINGS = "/etc/apt/keyrings"
SOURCES = "/etc/apt/sources.list.d"


class Repository(NamedTuple):
    """One signed apt repository."""

    name: str
    uri: str
    suite: str  # "./" for a flat repository
    components: str
    key: str  # ASCII-armoured or binary-turned-armoured public key

    @property
    def key_path(self) -> str:
        return "{0}/{1}.asc".format(KEYRINGS, self.name)

    @property
    def source_path(self) -> str:
        return "{0}/{1}.sources".format(SOURCES, self.name)

    def source(self, key_path: Optional[str] = None) -> str:
        lines = ["# Written by Kubewright (kube_package).", "Types: deb", "URIs: " + self.uri, "Suites: " + self.suite]
        if self.components:
            lines.append("Components: " + self.components)
        return "\n".join([*lines, "Signed-By: " + (key_path or self.key_path), ""])


class Apt:
    """The package manager of the Debian family."""

    def __init__(self, run: Runner) -> None:
        self.run = run

    def _apt(self, *words: str, **options: Any) -> Any:
        return self.run(("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *words), seconds=1800, **options)

    def installed(self, names: List[str]) -> Dict[str, str]:
        """Version of each installed package."""
        if not names:
            return {}  # dpkg-query would list everything
        output = self.run(["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${db:Status-Status}\n", *names], ok=(0, 1)).stdout
        rows = [line.split("\t") for line in output.splitlines()]
        return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}

    def held(self) -> List[str]:
        return self.run(["apt-mark", "showhold"]).stdout.split()

    def hold(self, names: List[str]) -> None:
        self.run(["apt-mark", "hold", *names])

    def unfinished(self) -> bool:
        """A killed run may have left dpkg in the middle."""
        return bool(self.run(["dpkg", "--audit"], ok=(0, 1)).stdout.strip())

    def repair(self) -> None:
        self.run(["dpkg", "--configure", "-a", "--force-confold"], seconds=900)
        self._apt("install", "-y", "--fix-broken")

    def update(self) -> None:
        self._apt("update")

    def install(self, words: List[str]) -> None:
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        self._apt("install", "-y", "--no-install-recommends", "--allow-change-held-packages",
                  "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", *words)

    def lists_are_empty(self) -> bool:
        folder = "/var/lib/apt/lists"
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return not any(name.endswith(("_Packages", "_Packages.lz4", "_Packages.gz")) for name in names)

    def offered(self, name: str, options: Optional[List[str]] = None) -> List[str]:
        """Versions that the known repositories offer, newest first."""
        output = self.run(["apt-cache"] + (options or []) + ["madison", name], ok=(0, 100)).stdout
        return [line.split("|")[1].strip() for line in output.splitlines() if line.count("|") == 2]

    def probe(self, repository: Repository, names: List[str]) -> Dict[str, List[str]]:
        """What the repository offers of these packages, read in a folder of its own: nothing on the machine changes."""
        folder = tempfile.mkdtemp(prefix="kubewright-probe-")
        os.chmod(folder, 0o755)  # noqa: S103 - apt fetches as the user _apt
        try:
            options = self._private_options(folder, repository)
            self._update_privately(options, repository)
            return {name: self.offered(name, options) for name in names}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _private_options(self, folder: str, repository: Repository) -> List[str]:
        key, sources, lists = folder + "/key.asc", folder + "/probe.sources", folder + "/lists"
        os.makedirs(lists + "/partial")
        for path, text in ((key, repository.key), (sources, repository.source(key))):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.chmod(path, 0o644)
        settings = ["Dir::Etc::SourceList=" + sources, "Dir::Etc::SourceParts=-", "Dir::State::Lists=" + lists,
                    "Dir::Cache=" + folder + "/cache", "APT::Sandbox::User=root"]
        os.makedirs(folder + "/cache/archives/partial")
        return [word for setting in settings for word in ("-o", setting)]

    def _update_privately(self, options: List[str], repository: Repository) -> None:
        update = ("update", "-o", "APT::Update::Error-Mode=any", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
        try:
            output = self._apt(*(tuple(options) + update))
        except CommandError as error:
            raise KubewrightError(repository_problem(repository, error.stderr)) from error
        if re.search(r"^(W|Err|E):", output.stderr + "\n" + output.stdout, re.MULTILINE):
            raise KubewrightError(repository_problem(repository, output.stderr + output.stdout))


def repository_problem(repository: Repository, text: str) -> str:
    """One sentence out of apt's lines: which address, what is wrong, what to do."""
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:", "Err:"))]
    cause = lines[0].split(":", 1)[1].strip() if lines else text.strip()[-300:]
    signature = re.search(r"NO_PUBKEY|BADSIG|EXPKEYSIG|not signed|signature|KEYEXPIRED", text)
    remedy = ("The signature does not fit the given key: check kube_package_source and its key; nothing is installed from it."
              if signature else "Check the address, the network and the proxy of this machine.")
    return "the package repository {0} {1} cannot be used: {2}. {3}".format(repository.uri, repository.suite, cause, remedy)


def matching(offered: List[str], version: str) -> Optional[str]:
    """The newest package revision of exactly this version: 1.20.2 is 1.20.2-1 or 5:1.20.2-00, never 1.20.20."""
    pattern = re.compile(r"^(\d+:)?{0}($|[-+~])".format(re.escape(version)))
    return next((candidate for candidate in offered if pattern.match(candidate)), None)


def same_version(installed: Optional[str], version: str) -> bool:
    return bool(installed and matching([installed], version))


def upstream_version(text: str) -> List[int]:
    """1.20.2 of 5:1.20.2-00, as numbers to compare."""
    return [int(part) for part in re.findall(r"\d+", text.split(":")[-1].split("-")[0])[:3]]


def file_differs(path: str, text: str) -> bool:
    return read(path) != text
