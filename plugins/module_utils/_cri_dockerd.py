# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release of cri-dockerd fits Kubernetes and Docker, and where it is had. Pure. Private to the collection; the facts are in _cri_dockerd_facts."""

import re
from typing import Any, Collection, Dict, List, Mapping, Optional, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd_facts as facts
from ansible_collections.kubewright.cluster.plugins.module_utils._binaries import Program
from ansible_collections.kubewright.cluster.plugins.module_utils._docker_packages import NEWEST, plain
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

NAME = "cri-dockerd"
SOCKET = "/run/cri-dockerd.sock"
Release = Tuple[int, int, int]
NOT_TOUCHED = "Nothing was touched."


def release(text: str) -> Release:
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)\Z", text.strip())
    if not match:
        raise KubewrightError("the version of cri-dockerd is {0!r}; write it as x.y.z in quotes, for example {1!r} (docker_cri_dockerd_version)"
                              .format(text, newest(facts.DIGESTS)))
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def newest(versions: Collection[str]) -> str:
    return max(versions, key=release)


def choose(kubernetes: int, docker: str, wanted: str = "", held: Collection[str] = (), installed: str = "") -> str:
    """What is asked for; else what is there, if it fits; else the newest that fits, of what a bundle holds or of what is known.

    kubernetes: the minor. docker: in any form, empty where nobody knows it.
    """
    if wanted:
        _refuse_misfit(wanted, kubernetes, docker)
        return "{0}.{1}.{2}".format(*release(wanted))
    if installed and not misfit(installed, kubernetes, docker):
        return installed
    fitting = [version for version in held or facts.DIGESTS if not misfit(version, kubernetes, docker)]
    if not fitting:
        _refuse_misfit(newest(held or facts.DIGESTS), kubernetes, docker)
    return newest(fitting)


def misfit(version: str, kubernetes: int, docker: str) -> str:
    """Half a sentence that names the table's row, or nothing. Releases newer than the table are taken for its newest."""
    if kubernetes < facts.FIRST_KUBERNETES:
        return "is for Kubernetes 1.{0} and newer; before, the kubelet speaks to Docker itself".format(facts.FIRST_KUBERNETES)
    line = line_of(version)
    if not line:
        return "" if release(version) > release(facts.LINES[-1].last) else "is in no row of Kubewright's table"
    if not line.kubernetes[0] <= kubernetes <= line.kubernetes[1]:
        return "{0} {1}".format(_row(line), line.why_kubernetes)
    major = docker_major(docker)
    if major is not None and not line.docker[0] <= major <= line.docker[1]:
        return "{0} {1}".format(_row(line), line.why_docker or "speaks to Docker {0} and newer".format(line.docker[0]))
    return ""


def line_of(version: str) -> Optional[facts.Line]:
    return next((line for line in facts.LINES if release(line.first) <= release(version) <= release(line.last)), None)


def _row(line: facts.Line) -> str:
    """As (cri-dockerd 0.3.10 to 0.3.15)."""
    last = "newer" if line.last.endswith(".999") else line.last
    return "({0} {1}{2})".format(NAME, line.first, "" if last == line.first else (" and " if last == "newer" else " to ") + last)


def docker_major(docker: str) -> Optional[int]:
    match = re.match(r"\d+", plain(docker)) if docker.strip() not in NEWEST else None
    return int(match.group()) if match else None


def _refuse_misfit(version: str, kubernetes: int, docker: str) -> None:
    told = misfit(version, kubernetes, docker)
    if not told:
        return
    fitting = [known for known in facts.DIGESTS if not misfit(known, kubernetes, docker)]
    remedy = "{0} fits (docker_cri_dockerd_version)".format(newest(fitting)) if fitting else "kube_runtime: containerd does"
    raise KubewrightError("cri-dockerd {0} does not fit Kubernetes 1.{1}{2}: it {3}; {4}. {5}".format(
        version, kubernetes, " with Docker {0}".format(docker) if docker_major(docker) is not None else "", told, remedy, NOT_TOUCHED))


def held(manifest: Mapping[str, Any], processor: str) -> List[Dict[str, Any]]:
    """The bundle's archives of it for this processor."""
    ending = ".{0}.tgz".format(processor)
    return [item for item in manifest.get("files", []) if item["for"] == NAME and item["name"].endswith(ending)]


def address(base: str, version: str, processor: str) -> str:
    """base: as GitHub lays out the releases; or a whole address of one archive."""
    if base.endswith((".tgz", ".tar.gz")):
        return base
    return "{0}/v{1}/{2}-{1}.{3}.tgz".format(base.rstrip("/"), version, NAME, processor)


def digest(version: str, processor: str, given: Mapping[str, str]) -> str:
    """The projects' releases have no digests beside them, so what is not known has to be given."""
    found = given.get(processor) or facts.DIGESTS.get(version, {}).get(processor)
    if found:
        return found
    raise KubewrightError("Kubewright knows no SHA-256 of cri-dockerd {0} for {1}. Look at the archive, and give its digest: docker_cri_dockerd_sha256: "
                          "{{{1}: ...}}; or take a release that is known, such as {2} (docker_cri_dockerd_version). {3}"
                          .format(version, processor, newest(facts.DIGESTS), NOT_TOUCHED))


def program(version: str, url: str, sha256: str, folder: str) -> Program:
    return Program(NAME, version, url, sha256, folder, True, "{0}/{0}".format(NAME))
