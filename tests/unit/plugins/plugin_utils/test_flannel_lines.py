# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _release_facts as data
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import flannel_lines as lines


@pytest.mark.parametrize(("text", "found"), [("0.25.7", (0, 25, 7)), ("v0.11.0", (0, 11, 0)), ("1.0.0", (1, 0, 0))])
def test_a_release_is_three_numbers(text: str, found: tuple[int, int, int]) -> None:
    assert lines.release(text) == found and str(lines.release(text)) == text.lstrip("v")


@pytest.mark.parametrize(("text", "told"),
                         [("", "write it as x.y.z"), (None, "write it as x.y.z"), ("0.25", "write it as x.y.z"), ("latest", "write it as x.y.z"),
                          ("0.25.7-amd64", "write it as x.y.z"), ("0.10.0", "is older than 0.11.0")])
def test_anything_else_is_told(text: str, told: str) -> None:
    with pytest.raises(KubewrightError, match=told):
        lines.release(text)
    assert lines.release_or_none(text) is None


@pytest.mark.parametrize(("what", "text", "found"), [
    ("own_namespace", "0.18.1", False), ("own_namespace", "0.19.0", True), ("pod_security_policy", "0.11.0", False), ("pod_security_policy", "0.18.1", True),
    ("pod_security_policy", "0.19.0", False), ("cluster_cidrs", "0.24.4", True), ("cluster_cidrs", "0.25.0", False), ("nftables", "0.25.0", True),
])
def test_since_when_a_thing_is_so(what: str, text: str, found: bool) -> None:
    assert lines.has(what, lines.release(text)) is found


@pytest.mark.parametrize(("text", "image", "plugin"), [
    ("0.14.0", "quay.io/coreos/flannel:v0.14.0", ""),
    ("0.17.0", "docker.io/rancher/mirrored-flannelcni-flannel:v0.17.0", "docker.io/rancher/mirrored-flannelcni-flannel-cni-plugin:v1.0.1"),
    ("0.25.7", "docker.io/flannel/flannel:v0.25.7", "docker.io/flannel/flannel-cni-plugin:v1.5.1-flannel2"),
    ("0.28.9", "ghcr.io/flannel-io/flannel:v0.28.9", "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3"),
])
def test_images_by_release(text: str, image: str, plugin: str) -> None:
    assert (lines.image(lines.release(text)), lines.plugin_image(lines.release(text))) == (image, plugin)


def test_every_minor_of_kubernetes_has_a_release_and_later_ones_no_older() -> None:
    found = [lines.default_for(minor) for minor in range(data.OLDEST, data.NEWEST + 2)]
    assert found == sorted(found) and str(found[0]) == "0.20.2"


def test_rows_are_in_their_order() -> None:
    for rows in (lines.IMAGES, lines.PLUGIN_IMAGES, lines.PLUGIN_TAGS):
        assert [first for first, _value in rows] == sorted(first for first, _value in rows)
