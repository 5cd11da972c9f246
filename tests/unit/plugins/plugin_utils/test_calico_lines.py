# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import calico_lines as lines


@pytest.mark.parametrize(("minor", "found"), [(22, "3.24.5"), (23, "3.25.2"), (26, "3.26.5"), (28, "3.28.5"), (31, "3.30.7"), (33, "3.31.7"), (36, "3.32.1")])
def test_the_newest_known_release_that_was_tested_with_kubernetes(minor: int, found: str) -> None:
    assert str(lines.default_for(minor)) == found


@pytest.mark.parametrize(("minor", "told"),
                         [(20, "that were tested with it: Calico 3.18, 3.19, 3.20, 3.21"), (37, "Calico 3.33"), (38, "no line of Calico in the table")])
def test_where_no_manifest_is_known_the_lines_that_fit_are_told(minor: int, told: str) -> None:
    with pytest.raises(KubewrightError, match=told):
        lines.default_for(minor)


@pytest.mark.parametrize(("text", "minor"), [("3.24.1", 23), ("3.18.6", 20), ("3.33.0", 37), ("v3.28.2", 30), ("3.34.0", 36), ("4.0.1", 37)])
def test_a_release_that_was_tested_with_kubernetes_passes(text: str, minor: int) -> None:
    lines.refuse_misfit(lines.release(text), minor)


@pytest.mark.parametrize(("text", "minor", "told"), [
    ("3.24.1", 20, r"Calico 3.24 was tested with Kubernetes 1.22 to 1.25, the cluster is to have 1.20; that were tested with it: Calico 3.18"),
    ("3.28.2", 31, r"1.27 to 1.30, the cluster is to have 1.31; that were tested with it: Calico 3.29, 3.30"),
    ("3.10.0", 31, "Calico 3.10 is not in Kubewright's table"),
    ("4.0.0", 31, "the newest line there, 3.33, was tested with Kubernetes 1.35 to 1.37"),
])
def test_a_misfit_is_refused_with_the_table_s_row(text: str, minor: int, told: str) -> None:
    with pytest.raises(KubewrightError, match=told):
        lines.refuse_misfit(lines.release(text), minor)


@pytest.mark.parametrize("text", ["", None, "3.28", "latest", "3.28.2-0"])
def test_anything_but_three_numbers_is_told(text: Any) -> None:
    with pytest.raises(KubewrightError, match="write it as x.y.z"):
        lines.release(text)


def test_each_method_has_its_files() -> None:
    found = [lines.files(*words) for words in (("manifest", lines.release("3.31.2")), ("operator", lines.release("3.29.7")),
                                               ("operator", lines.release("3.30.7")))]
    assert found == [["calico.yaml"], ["tigera-operator.yaml"], ["operator-crds.yaml", "tigera-operator.yaml"]]


def test_known_releases_are_of_lines_in_the_table_and_have_digests_of_what_they_need() -> None:
    for text, digests in lines.DIGESTS.items():
        release = lines.release(text)
        assert release.line in lines.TESTED and all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests.values())
        assert set(digests) == {*lines.files("manifest", release), *lines.files("operator", release)}


def test_the_table_s_rows_are_in_their_order() -> None:
    assert list(lines.TESTED) == sorted(lines.TESTED) and list(lines.DIGESTS) == sorted(lines.DIGESTS, key=lines.release)
    assert all(first <= last for first, last in lines.TESTED.values())
