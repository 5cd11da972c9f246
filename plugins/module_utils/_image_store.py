# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of a container runtime: list, pull, load from an archive. Private to the collection."""

import json
import re
from functools import partial
from typing import Any, Dict, List, Union

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner, with_retries
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._image_trouble import registry, trouble

CONTAINERD_NAMESPACE = "k8s.io"
PULL_SECONDS, LOAD_SECONDS = 1200, 900
# containerd names the image with every step that failed; the last one is what happened.
_REPEATED = re.compile(r'.*failed to (?:pull and unpack image|resolve reference|copy) "[^"]*": ')


class CriStore:
    """containerd, or any runtime that speaks CRI; archives are loaded into containerd only."""

    def __init__(self, run: Runner, endpoint: str) -> None:
        self.run = run
        self.endpoint = endpoint
        self.crictl = ["crictl", "--runtime-endpoint", endpoint, "--image-endpoint", endpoint]

    def present(self) -> List[str]:
        images = json.loads(self.run([*self.crictl, "images", "-o", "json"]).stdout).get("images") or []
        return [name for image in images for key in ("repoTags", "repoDigests") for name in image.get(key) or []]

    def pull(self, ref: str) -> None:
        self.run([*self.crictl, "pull", ref], seconds=PULL_SECONDS)

    def load(self, path: str) -> None:
        if "containerd" not in self.endpoint:
            raise KubewrightError("archives can be loaded into containerd and Docker, not by {0}".format(self.endpoint))
        self.run(["ctr", "--namespace", CONTAINERD_NAMESPACE, "images", "import", path], seconds=LOAD_SECONDS)


class DockerStore:
    """Docker, whether kubelet (dockershim) or cri-dockerd makes CRI of it: it is there before either of them runs."""

    def __init__(self, run: Runner) -> None:
        self.run = run

    def present(self) -> List[str]:
        listed = self.run(["docker", "image", "ls", "--digests", "--no-trunc", "--format", "{{json .}}"]).stdout
        return [name for line in listed.splitlines() for name in _docker_names(json.loads(line))]

    def pull(self, ref: str) -> None:
        self.run(["docker", "image", "pull", "--quiet", ref], seconds=PULL_SECONDS)

    def load(self, path: str) -> None:
        self.run(["docker", "image", "load", "--quiet", "--input", path], seconds=LOAD_SECONDS)


Store = Union[CriStore, DockerStore]


def store(run: Runner, endpoint: str) -> Store:
    return DockerStore(run) if "docker" in endpoint else CriStore(run, endpoint)


def pull(images: Store, ref: str, attempts: int) -> None:
    """A failure names the image, its registry, and why."""
    try:
        with_retries(partial(images.pull, ref), attempts=attempts)
    except CommandError as error:
        found, host = trouble(error.stdout + error.stderr), registry(ref)
        raise KubewrightError("{0} cannot be pulled: {1} ({2}). {3}".format(ref, found.told.format(host), last_line(error), found.remedy),
                              **dict(error.evidence, image=ref, registry=host, cause=found.cause)) from error


def last_line(error: CommandError) -> str:
    lines = (error.stderr.strip() or error.stdout.strip() or "it printed nothing").splitlines()
    return _REPEATED.sub("", lines[-1].strip())


def _docker_names(image: Dict[str, Any]) -> List[str]:
    """Docker leaves out the registry of its own images; so does whoever asks for them, or full_name() adds it on both sides."""
    names = [image["Repository"] + mark + image[key] for key, mark in (("Tag", ":"), ("Digest", "@")) if image.get(key, "<none>") != "<none>"]
    return names if image["Repository"] != "<none>" else []
