# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_fit import misfit


@pytest.mark.parametrize(("containerd", "kubernetes"), [
    ("1.6.20", "1.20.2"), ("1.7.24", "1.20.2"), ("1.5.18", "1.22.17"), ("1.6.20", "1.28.7"), ("1.7.24", "1.32.0"), ("1.7.28", "1.34.2"), ("2.1.9", "1.34.2"),
    ("2.1.9", "1.31.0"), ("2.3.4", "1.36.3"), ("2.4.0", "1.36.3"), ("1.2.13", "1.17.0"), ("", "1.34.2"), ("devel", "1.34.2"), ("2.1.9", "1.26.0"),
])
def test_what_fits_is_not_told(containerd: str, kubernetes: str) -> None:
    assert misfit(containerd, kubernetes) is None


@pytest.mark.parametrize(("containerd", "kubernetes", "words", "remedy"), [
    ("2.1.9", "1.20.2", "containerd 2.1.9 speaks CRI v1, the kubelet of 1.20.2 v1alpha2", "containerd 1.7 or older"),
    ("2.0.0", "1.22.17", "speaks CRI v1, the kubelet of 1.22.17 v1alpha2", "containerd 1.7 or older"),
    ("1.5.18", "1.26.0", "containerd 1.5.18 speaks CRI v1alpha2, the kubelet of 1.26.0 v1", "containerd 1.6 or later"),
])
def test_a_pair_without_a_common_cri_is_fatal(containerd: str, kubernetes: str, words: str, remedy: str) -> None:
    found = misfit(containerd, kubernetes)
    assert found and found.fatal and words in found.message and remedy in found.remedy


@pytest.mark.parametrize(("containerd", "kubernetes", "words"), [
    ("1.6.20", "1.29.0", "1.6.27 or later, 1.7.11 or later"), ("1.7.24", "1.34.2", "1.7.28 or later"), ("1.7.24", "1.36.0", "2.2.0 or later"),
    ("2.1.4", "1.35.0", "2.1.5 or later"), ("1.4.13", "1.20.2", "1.5.0 or later"), ("1.6.20~ds1-1+deb12u3", "1.30.0", "1.6.28 or later"),
])
def test_one_that_is_older_than_its_branch_in_containerd_s_table_is_told(containerd: str, kubernetes: str, words: str) -> None:
    found = misfit(containerd, kubernetes)
    assert found and not found.fatal and words in found.message and "RELEASES.md" in found.message
