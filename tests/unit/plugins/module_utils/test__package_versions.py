# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _package_versions as versions
from ansible_collections.kubewright.cluster.plugins.module_utils._package_versions import Relation


@pytest.mark.parametrize(("offered", "version", "expected"), [
    (["1.20.2-1"], "1.20.2", "1.20.2-1"),
    (["1.20.20-1", "1.20.2-1"], "1.20.2", "1.20.2-1"),
    (["1.20.2-2", "1.20.2-1"], "1.20.2", "1.20.2-2"),
    (["5:20.10.5~3-0~debian-bullseye"], "20.10.5", "5:20.10.5~3-0~debian-bullseye"),
    (["1.20.2"], "1.20.2", "1.20.2"),
    (["1.20.2+dfsg-1"], "1.20.2", "1.20.2+dfsg-1"),
    (["1x20.2-1", "11.20.2-1", "1.20.5+really1.20.2-1"], "1.20.2", None),
    ([], "1.20.2", None),
])
def test_a_version_matches_whatever_the_revision(offered: List[str], version: str, expected: Any) -> None:
    assert versions.matching(offered, version) == expected
    assert versions.same_version(expected, version) is bool(expected)


@pytest.mark.parametrize(("text", "expected"), [
    ("5:1.20.2-00", [1, 20, 2]), ("1.34.10-1.1", [1, 34, 10]), ("1.6.20~ds1-1+deb12u3", [1, 6, 20]), ("1.7", [1, 7]),
])
def test_an_upstream_version_is_numbers(text: str, expected: List[int]) -> None:
    assert versions.numbers(text) == expected


@pytest.mark.parametrize(("offered", "version", "expected"), [
    (["1.36.1-150500.1.1"], "1.36.1", "1.36.1-150500.1.1"), (["1.31.2-1.1"], "1.31.2", "1.31.2-1.1"), (["1.23.9-00"], "1.23.9", "1.23.9-00"),
    (["1.27.0-2.1", "1.27.0-1.1"], "1.27.0", "1.27.0-2.1"),
])
def test_every_form_of_a_revision_is_known(offered: List[str], version: str, expected: str) -> None:
    assert versions.matching(offered, version) == expected


@pytest.mark.parametrize(("offered", "version", "expected"), [
    (["1.31.4-1.1", "1.31.2-1.1", "1.31.2-1.0"], "1.31.3", ["1.31.4-1.1", "1.31.2-1.1"]),
    (["1.28.2-00", "1.23.17-00", "1.23.9-00", "1.17.0-00"], "1.23.10", ["1.23.9-00", "1.23.17-00", "1.28.2-00", "1.17.0-00"]),
    (["1.{0}.0-00".format(minor) for minor in range(28, 16, -1)], "1.20.1", ["1.20.0-00", "1.21.0-00", "1.19.0-00", "1.22.0-00", "1.18.0-00"]),
    ([], "1.20.1", []), (["1.31.4"], "1.30", ["1.31.4"]),
])
def test_the_nearest_are_nearest_by_version(offered: List[str], version: str, expected: List[str]) -> None:
    assert versions.nearest(offered, version) == expected


@pytest.mark.parametrize(("texts", "minor", "expected"), [
    (["1.31.2-1.1", "1.31.14-1.1", "1.31.9-1.1"], "1.31", "1.31.14"), (["1.3.9-00", "1.31.2-1.1"], "1.3", "1.3.9"),
    (["1.31.2-1.1"], "1.32", ""), ([], "1.31", ""), (["1.32.0~rc.1-1"], "1.32", ""), (["1.20.5+really1.20.2-1"], "1.20", ""),
    (["5:1.20.2-1", "kubelet"], "1.20", "1.20.2"),
])
def test_the_newest_of_a_minor_is_a_release(texts: List[str], minor: str, expected: str) -> None:
    assert versions.newest_of_minor(texts, minor) == expected


@pytest.mark.parametrize(("version", "sign", "wanted", "expected"), [
    ("0.8.7-00", ">=", "0.8.6", True), ("0.8.7-00", ">=", "0.8.7", True), ("0.8.6-00", ">=", "0.8.7", False), ("1.2.0-00", ">=", "0.8.7", True),
    ("0.6.0-02", "=", "0.6.0", True), ("0.7.5-00", "=", "0.6.0", False), ("1.2.0", "<<", "1.2.0", False), ("1.1.0", "<<", "1.2.0", True),
    ("1.2.1", ">>", "1.2.0", True), ("1.2.0", ">>", "1.2.0", False), ("1.2.0", "<=", "1.2.0", True), ("1.3.0", "<=", "1.2.0", False),
])
def test_a_relation_holds_by_numbers(version: str, sign: str, wanted: str, expected: bool) -> None:
    assert versions.satisfies(version, [Relation(sign, wanted)]) is expected and versions.satisfies(version, [])


@pytest.mark.parametrize(("depends", "expected"), [
    ("iptables (>= 1.4.21), kubernetes-cni (>= 0.8.7), socat", [">= 0.8.7"]), (" kubernetes-cni (= 0.6.0)", ["= 0.6.0"]),
    ("kubernetes-cni:amd64 (>= 1.2)", [">= 1.2"]), ("kubernetes-cni-extra (>= 9), kubernetes-cni", []), ("", []),
])
def test_relations_are_read_from_a_line_of_dependencies(depends: str, expected: List[str]) -> None:
    assert [str(relation) for relation in versions.relations_to("kubernetes-cni", depends)] == expected
