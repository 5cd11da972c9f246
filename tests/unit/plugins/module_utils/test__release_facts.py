# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table itself: its form, and that what it claims of live clusters and captured output is so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _release_facts as data
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases

TESTS = Path(__file__).resolve().parents[3]
FIXTURES = TESTS / "unit" / "fixtures" / "kubeadm"
MINORS = range(data.OLDEST, data.NEWEST + 1)
ALL_ROWS = [(name, member, rows) for name in (*data.FACTS, *data.SETS) for member, rows in releases.history(name).items()]


def fixture(text: str, name: str) -> str:
    return (FIXTURES / text / name).read_text(encoding="utf-8")


def everything(text: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((FIXTURES / text).glob("*")))


def gates(text: str) -> dict[str, str]:
    """As `kubeadm init --help` lists them; one without a stage is stable, and can no longer be changed."""
    rows = re.findall(r"(\w+)=true\|false \((?:(\w+) - )?default=(\w+)\)", fixture(text, "init-help.txt"))
    return {name: ("on" if stage else "locked on") if default == "true" else "off" for name, stage, default in rows}


def image(text: str, name: str, value: Any) -> bool:
    return f"/{name}:{value}\n" in fixture(text, "images-list.txt")


# How a kubeadm's output shows a value, by fact; of a set, all names with their values.
EVIDENCE: dict[str, Callable[[str, Any], bool]] = {
    "config_api": lambda text, value: f"apiVersion: {value}\n" in fixture(text, "init-defaults.txt"),
    "control_plane_other_labels": lambda text, value: all(label in everything(text) for label in value),
    "coredns_nested": lambda text, value: ("/coredns/coredns:" in fixture(text, "images-list.txt")) is value,
    "coredns_nested_everywhere": lambda text, value: ("/coredns/coredns:" in fixture(text, "images-list-repository.txt")) is value,
    "coredns_tag": lambda text, value: image(text, "coredns", value),
    "cri_socket_kept_in": lambda text, value: value in everything(text),
    "etcd_tag": lambda text, value: image(text, "etcd", value),
    "feature_gates": lambda text, value: gates(text) == value,
    "image_registry": lambda text, value: fixture(text, "images-list.txt").startswith(f"{value}/kube-apiserver:"),
    "kubelet_config_map": lambda text, value: f'ConfigMap "{value}"' in everything(text),
    "output_api": lambda text, value: json.loads(fixture(text, "images-list.json"))["apiVersion"] == value,
    "pause_tag": lambda text, value: image(text, "pause", value),
    "super_admin_conf": lambda text, value: ("super-admin.conf" in everything(text)) is value,
}
# The same for one name of a set.
EVIDENCE_OF_ONE: dict[str, Callable[[str, str], bool]] = {
    "commands": lambda text, name: bool(re.search(rf"^  {name.split()[-1]} ", fixture(text, f"{name.split()[0]}-help.txt"), re.MULTILINE)),
    "preflight": lambda text, name: any(f"[{level} {name}]" in everything(text) for level in ("ERROR", "WARNING")),
    "structured_outputs": lambda text, name: bool(json.loads(fixture(text, f"{name.split(maxsplit=1)[1].replace(' ', '-')}.json"))),
}


def test_no_name_is_both_a_fact_and_a_set() -> None:
    assert not set(data.FACTS) & set(data.SETS)


@pytest.mark.parametrize("name", data.FACTS)
def test_every_fact_begins_at_the_oldest_release(name: str) -> None:
    assert releases.history(name)[""][0].first == (data.OLDEST, 0)


@pytest.mark.parametrize(("name", "member", "rows"), ALL_ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_rows_rise_change_something_and_name_their_source(name: str, member: str, rows: list[releases.Row]) -> None:
    firsts, values = [row.first for row in rows], [row.value for row in rows]
    assert firsts == sorted(set(firsts)) and all(minor in MINORS for minor, _patch in firsts)
    assert all(one != two for one, two in zip(values, values[1:], strict=False))
    assert name in data.FACTS or values[0] is not None
    assert all(row.source for row in rows)


def test_every_level_of_a_preflight_check_is_one_that_kubeadm_prints() -> None:
    assert {row.value for rows in releases.history("preflight").values() for row in rows} == {"error", "warning", None}


def test_the_newest_minor_has_its_last_patch() -> None:
    assert [row.first[0] for row in releases.history("last_patch")[""]] == list(MINORS)


@pytest.mark.parametrize("claim", [*data.LIVE, *data.CAPTURED])
def test_a_grade_names_a_fact_that_exists(claim: str) -> None:
    name, _slash, member = claim.partition("/")
    assert member in data.SETS[name] if member else name in data.FACTS or name in data.SETS
    assert all(releases.version(text).minor in MINORS for text in (*data.LIVE.get(claim, ()), *data.CAPTURED.get(claim, ())))


@pytest.mark.parametrize("text", sorted({text for versions in data.LIVE.values() for text in versions}))
def test_what_is_graded_live_was_tried_live(text: str) -> None:
    assert f"Kubernetes {text}," in (TESTS.parent / "docs" / "tested.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("claim", "text"), [(claim, text) for claim, versions in data.CAPTURED.items() for text in versions])
def test_what_is_graded_captured_is_in_captured_output(claim: str, text: str) -> None:
    name, _slash, member = claim.partition("/")
    value = releases.fact(name, releases.version(text))
    assert (member in value and EVIDENCE_OF_ONE[name](text, member)) if member else EVIDENCE[name](text, value)


def test_every_captured_list_of_images_is_in_the_grades() -> None:
    assert set(data.CAPTURED["etcd_tag"]) == {path.parent.name for path in FIXTURES.glob("*/images-list.txt")}


@pytest.mark.parametrize("text", sorted(path.parent.name for path in FIXTURES.glob("*/config-help.txt")))
def test_a_command_that_the_table_does_not_name_is_not_there(text: str) -> None:
    known = releases.fact("commands", releases.version(text))
    for name in ("config migrate", "config validate"):
        assert (name in known) is EVIDENCE_OF_ONE["commands"](text, name)


@pytest.mark.parametrize("text", sorted(path.name for path in FIXTURES.glob("1.*")))
def test_a_captured_preflight_finding_is_in_the_table(text: str) -> None:
    ids = {found for _level, found in re.findall(r"\[(ERROR|WARNING) ([\w.-]+)\]", everything(text))}
    assert ids <= set(releases.fact("preflight", releases.version(text)))
