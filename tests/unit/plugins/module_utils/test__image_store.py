# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _image_store as image_store
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import captured_text

IMAGE_ID = "sha256:22d288d55117"


class Programs:
    """A Runner that answers the same to all, and remembers."""

    def __init__(self, stdout: str = "", stderr: str = "", rc: int = 0) -> None:
        self.stdout, self.stderr, self.rc = stdout, stderr, rc
        self.asked: List[List[str]] = []

    def __call__(self, argv: List[str], **_more: Any) -> Any:
        self.asked.append(argv)
        if self.rc:
            raise CommandError(" ".join(argv), self.rc, self.stdout, self.stderr)
        return self


@pytest.mark.parametrize(("endpoint", "kind"), [
    ("unix:///run/containerd/containerd.sock", "CriStore"), ("unix:///run/crio/crio.sock", "CriStore"),
    ("unix:///var/run/dockershim.sock", "DockerStore"), ("unix:///run/cri-dockerd.sock", "DockerStore"), ("unix:///var/run/cri-dockerd.sock", "DockerStore"),
])
def test_the_socket_says_who_holds_the_images(endpoint: str, kind: str) -> None:
    run: Any = Programs()
    assert type(image_store.store(run, endpoint)).__name__ == kind


def test_docker_lists_tags_and_digests_and_leaves_out_what_lost_its_name() -> None:
    rows = [
        {"Repository": "busybox", "Tag": "1", "Digest": "sha256:00", "ID": IMAGE_ID}, {"Repository": "k8s.gcr.io/pause", "Tag": "3.2", "Digest": "<none>"},
        {"Repository": "a.example/b", "Tag": "<none>", "Digest": "sha256:11"}, {"Repository": "<none>", "Tag": "<none>", "Digest": "<none>"},
    ]
    run: Any = Programs("".join(json.dumps(row) + "\n" for row in rows))
    assert image_store.DockerStore(run).present() == ["busybox:1", "busybox@sha256:00", "k8s.gcr.io/pause:3.2", "a.example/b@sha256:11"]


def test_archives_are_not_loaded_into_other_runtimes() -> None:
    run: Any = Programs()
    with pytest.raises(KubewrightError, match="not by unix:///run/crio/crio.sock"):
        image_store.store(run, "unix:///run/crio/crio.sock").load("/x.tar")


@pytest.mark.parametrize(("stdout", "stderr", "last"), [
    ("", "one\nError response: dial tcp: no such host\n", "Error response: dial tcp: no such host"),
    ("dial tcp: no such host", "", "dial tcp: no such host"),
])
def test_a_failed_pull_names_image_registry_and_cause(stdout: str, stderr: str, last: str) -> None:
    run: Any = Programs(stdout, stderr, 1)
    with pytest.raises(KubewrightError) as raised:
        image_store.pull(image_store.store(run, "unix:///run/cri-dockerd.sock"), "a.example/b:1", 1)
    assert str(raised.value).startswith("a.example/b:1 cannot be pulled: a.example cannot be reached ({0}). Check its name".format(last))
    assert {key: raised.value.evidence[key] for key in ("image", "registry", "cause", "rc")} == {
        "image": "a.example/b:1", "registry": "a.example", "cause": "unreachable", "rc": 1}
    assert len(run.asked) == 1


@pytest.mark.parametrize(("captured", "said"), [
    ("containerd-not_found.txt", "127.0.0.1:5000/self/none:1: not found"),
    ("containerd-auth.txt", "pulling from host 127.0.0.1:5002 failed with status code [manifests 1]: 401 Unauthorized"),
    ("docker-auth.txt", 'Error response from daemon: Head "http://127.0.0.1:5703/v2/hello/manifests/1": no basic auth credentials'),
])
def test_what_a_runtime_repeats_is_left_out(captured: str, said: str) -> None:
    assert image_store.last_line(CommandError("pull", 1, "", captured_text("images/" + captured))) == said


def test_a_pull_that_says_nothing_is_told_too() -> None:
    run: Any = Programs(rc=1)
    with pytest.raises(KubewrightError, match="it printed nothing"):
        image_store.pull(image_store.store(run, "unix:///run/containerd/containerd.sock"), "a.example/b:1", 1)
