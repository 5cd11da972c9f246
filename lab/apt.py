"""Apt configuration for containers and private downloads, derived from what this machine's apt already uses.

Nothing under /etc/apt is altered: the sources are read, and written anew for any suite into the place that needs them.
"""

import os
import re
from dataclasses import dataclass

from .command import run
from .errors import LabError

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
UNRELEASED = ("sid", "unstable")  # suites without updates and security

# How to reach the archive, and nothing else: proxies, and what a snapshot of the archive needs to be accepted.
CARRIED = re.compile(r"^Acquire::(?:https?::(?:Proxy|Timeout|Pipeline-Depth)\b.*|Check-Valid-Until|Check-Date|Retries) ")


@dataclass(frozen=True)
class Archive:
    """Where this machine gets Debian from."""

    main: str
    security: str | None
    components: tuple[str, ...] = ("main",)


def archive() -> Archive:
    listed = run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(LABEL)",
            "Created-By: Packages",
        ]
    )
    return archive_of(listed)


def archive_of(listed: str) -> Archive:
    """Pick Debian's own repositories out of `apt-get indextargets`; origin and label come from signed Release files."""
    main = security = None
    for line in listed.splitlines():
        uri, release, component, origin, label = line.split("|")
        if component != "main":
            continue
        if label == "Debian-Security" or release.endswith("-security"):
            security = security or uri
        elif origin == "Debian" or (origin.startswith("$") and "debian" in uri):
            main = main or uri
    if main is None:
        raise LabError(
            "No Debian archive among this machine's apt sources, and the lab is built from Debian's packages alone. "
            "Add Debian's `main` to /etc/apt/sources.list, run `apt-get update`, and try again."
        )
    return Archive(main, security)


def sources(found: Archive, suite: str, *, with_source: bool = False) -> str:
    """A deb822 sources file for one suite with its updates."""
    types = "deb deb-src" if with_source else "deb"
    suites = [suite] if suite in UNRELEASED else [suite, f"{suite}-updates"]
    stanzas = [stanza(types, found.main, suites, found.components)]
    if found.security and suite not in UNRELEASED:
        stanzas.append(stanza(types, found.security, [f"{suite}-security"], found.components))
    return "\n".join(stanzas)


def stanza(types: str, uri: str, suites: list[str], components: tuple[str, ...]) -> str:
    return f"Types: {types}\nURIs: {uri}\nSuites: {' '.join(suites)}\nComponents: {' '.join(components)}\nSigned-By: {KEYRING}\n"


def carried_settings(dump: str) -> str:
    """The lines of `apt-config dump` that a container needs to reach the same archive."""
    return "".join(f"{line}\n" for line in dump.splitlines() if CARRIED.match(line))


def settings() -> str:
    return carried_settings(run(["apt-config", "dump"]))


def installed_packages() -> set[str]:
    listed = run(["dpkg-query", "--show", "--showformat", "${Package} ${Status}\n"])
    return {line.split()[0] for line in listed.splitlines() if line.endswith(" install ok installed")}


def install(names: list[str]) -> set[str]:
    """Install packages on this machine; returns all that came. No service is started: who needs one does that."""
    before = installed_packages()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run(["apt-get", "update", "--quiet"], env=environment)
    run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *names], env=environment)
    return installed_packages() - before
