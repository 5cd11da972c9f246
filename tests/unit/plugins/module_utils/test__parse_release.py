# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_release as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

SENTENCE = 'kubeadm version: &version.Info{Major:"1", Minor:"18", GitVersion:"v1.18.3", GitCommit:"x", GoVersion:"go1.13.9", Platform:"linux/amd64"}\n'


@pytest.mark.parametrize(("name", "expected"), [
    ("1.20.2/version-short.txt", "1.20.2"), ("1.34.2/version-short.txt", "1.34.2"), ("1.34.2/version.json", "1.34.2")])
def test_a_captured_version_is_read(captured: Callable[[str], str], name: str, expected: str) -> None:
    assert parse.kubeadm_version(captured("kubeadm/" + name)) == expected


@pytest.mark.parametrize(("text", "expected"), [
    (SENTENCE, "1.18.3"), ("clientVersion:\n  gitVersion: v1.18.3\n  goVersion: go1.13.9\n", "1.18.3"),
    ("W1121 00:00:04.4 1 version.go:108] no\nv1.18.3\n", "1.18.3"),
    ("v1.35.0-rc.1\r\n", "1.35.0-rc.1"), ("v1.21.5+k3s1", "1.21.5+k3s1")])
def test_a_version_is_read_in_every_form(text: str, expected: str) -> None:
    assert parse.kubeadm_version(text) == expected


@pytest.mark.parametrize("text", ["", "1.34.2", "v1.34", "v1.34.2\nv1.34.3\n", "goVersion: v1.2.3", "v1.34.2.1"])
def test_no_or_several_versions_are_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="versions where one was expected"):
        parse.kubeadm_version(text)


@pytest.mark.parametrize(("name", "count", "last"), [
    ("1.20.2/images-list.txt", 7, "k8s.gcr.io/coredns:1.7.0"), ("1.34.2/images-list.txt", 7, "registry.k8s.io/etcd:3.6.5-0"),
    ("1.34.2/images-list.json", 7, "registry.k8s.io/etcd:3.6.5-0")])
def test_captured_images_are_read(captured: Callable[[str], str], name: str, count: int, last: str) -> None:
    found = parse.images(captured("kubeadm/" + name))
    assert (len(found), found[-1]) == (count, last)


def test_sentences_around_the_images_are_skipped() -> None:
    text = "W1121 00:00:04.4 1 version.go:108] could not fetch\n\n  mirror.example.com:5000/k8s/pause:3.2 \r\nI hope that helps\n"
    assert parse.images(text) == ["mirror.example.com:5000/k8s/pause:3.2"]


@pytest.mark.parametrize("text", ["", "error: no", "pause", "k8s.gcr.io/pause:", "k8s.gcr.io//pause:3.2", '{"kind": "Images"}',
                                  '{"kind": "Images", "images": [1]}', '{"kind": "Images", "images": ["a b"]}', '{"kind": "UpgradePlan"}'])
def test_what_is_no_list_of_images_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="kubeadm printed"):
        parse.images(text)
