# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' programs without packages: which files a version means, where they are had, what a note says of them. Private to the collection."""

import json
import re
from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

NOTE = "/var/lib/kubewright/binaries.json"
KUBERNETES = ("kubelet", "kubeadm", "kubectl")
# Packages that bring the same files.
PACKAGES = (*KUBERNETES, "cri-tools", "kubernetes-cni")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le", "s390x": "s390x"}
SYSTEMS = ("linux", "darwin")
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
_SHOWN = re.compile(r"v?(\d+\.\d+\.\d+)")


class Program(NamedTuple):
    """Something to have: one program, or an archive of programs."""

    name: str
    version: str
    url: str
    sha256: Optional[str]  # as given; None: to be asked for
    folder: str
    archive: bool = False
    only: Optional[str] = None  # the one program of the archive that is meant, with its place in there

    @property
    def path(self) -> str:
        return "{0}/{1}".format(self.folder, self.name)


def architecture(machine: str) -> str:
    """As Kubernetes names the processor that uname tells."""
    found = ARCHITECTURES.get(machine.lower())
    if not found:
        raise KubewrightError("there are no programs of Kubernetes for the processor {0!r}; there are for {1}".format(
            machine, ", ".join(sorted(ARCHITECTURES))))
    return found


def address(base: str, name: str, version: str, system: str, processor: str) -> str:
    """As dl.k8s.io lays out its releases."""
    if not _VERSION.match(version):
        raise KubewrightError("the version of {0} is {1!r}; it must be x.y.z in quotes, for example '1.31.2'".format(name, version))
    return "{0}/v{1}/bin/{2}/{3}/{4}".format(base.rstrip("/"), version, system, processor, name)


def crictl(base: str, version: str, processor: str, sha256: Optional[str], folder: str) -> Program:
    url = "{0}/v{1}/crictl-v{1}-linux-{2}.tar.gz".format(base.rstrip("/"), version, processor)
    return Program("crictl", version, url, sha256, folder, True, "crictl")


def cni_plugins(base: str, version: str, processor: str, sha256: Optional[str], folder: str) -> Program:
    url = "{0}/v{1}/cni-plugins-linux-{2}-v{1}.tgz".format(base.rstrip("/"), version, processor)
    return Program("cni-plugins", version, url, sha256, folder, True)


def parse_note(text: str) -> Dict[str, Any]:
    """What was installed, by name: version, url, sha256 of what was fetched, files with their digests."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
        return {name: {"version": str(entry["version"]), "url": str(entry["url"]), "sha256": str(entry["sha256"]), "files": dict(entry["files"])}
                for name, entry in found.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KubewrightError("{0} cannot be read. It is Kubewright's own note about the programs it installed; remove it, and the next run "
                              "compares the programs with their source again.".format(NOTE)) from error


def is_right(program: Program, entry: Optional[Dict[str, Any]], digests: Dict[str, Optional[str]]) -> bool:
    """What the note says is what is wanted, and the files are what the note says."""
    if not entry or entry["version"] != program.version or not entry["files"]:
        return False
    if program.sha256 and entry["sha256"] != program.sha256.lower():
        return False
    return all(digests.get(path) == digest for path, digest in entry["files"].items())


def shown_version(text: str) -> Optional[str]:
    """1.31.2 of what kubelet, kubeadm or kubectl prints about itself."""
    match = _SHOWN.search(text)
    return match.group(1) if match else None


def newest_there(text: str, version: str) -> str:
    """Half a sentence out of stable-1.NN.txt, or nothing."""
    found = shown_version(text)
    return "; the newest of {0} there is {1}".format(version.rsplit(".", 1)[0], found) if found else ""


def refuse_packages(installed: Dict[str, str]) -> None:
    """Two owners of one file would undo each other's work."""
    if installed:
        held = ", ".join("{0} {1}".format(name, version) for name, version in sorted(installed.items()))
        raise KubewrightError("this machine has {0} as packages, and kube_package_source is binaries. Keep a source of packages, or remove these packages "
                              "while the node is drained, and run again.".format(held))


def refuse_beside(note: Dict[str, Any], names: List[str]) -> None:
    """The other way round: packages that would come over programs which are noted."""
    noted = ["{0} {1}".format(name, note[name]["version"]) for name in names if name in note]
    if noted:
        raise KubewrightError("this machine has {0} without packages, from kube_package_source binaries. Keep that source, or remove these programs and {1} "
                              "while the node is drained, and run again.".format(", ".join(noted), NOTE))
