# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a job that AWX would make are of AWX's form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "live"))

import awx_job

HOSTS = {"all": {"children": ["kube_control_plane", "kube_node"]}, "kube_control_plane": {"hosts": ["cp1", "cp2"]}, "kube_node": {"hosts": ["w1"]},
         "_meta": {"hostvars": {"w1": {"a": 1}, "cp1": {}, "cp2": {}}}}


@pytest.mark.parametrize("value,text", [
    ("1.30", "!unsafe 'k': !unsafe '1.30'\n"), ("", "!unsafe 'k': !unsafe ''\n"), (7, "!unsafe 'k': 7\n"),
    ("it's {{ x }}", "!unsafe 'k': !unsafe 'it''s {{ x }}'\n"), (["a"], "!unsafe 'k':\n- !unsafe 'a'\n"),
    ({"b": "c"}, "!unsafe 'k':\n  !unsafe 'b': !unsafe 'c'\n")])
def test_answers_are_unsafe_with_their_names(value: Any, text: str) -> None:
    assert awx_job.unsafe("k", value) == text


def test_a_slice_has_every_other_host_and_groups_without_the_rest() -> None:
    first, second = awx_job.sliced(HOSTS, 1, 2), awx_job.sliced(HOSTS, 2, 2)
    assert (first["kube_control_plane"]["hosts"], first["kube_node"]["hosts"], list(first["_meta"]["hostvars"])) == (["cp1"], ["w1"], ["w1", "cp1"])
    assert (second["kube_control_plane"]["hosts"], second["kube_node"]["hosts"]) == (["cp2"], []), "alone it would make a cluster of its own"
    assert first["all"] == HOSTS["all"]
