# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every filter is documented beside its code, as the code is."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.filter import kubeadm
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases

FILTERS = kubeadm.FilterModule().filters()
FOLDER = Path(__file__).resolve().parents[4] / "plugins" / "filter"
SAMPLED = "1.31.2"  # the release that the samples of kube_release are from


def documentation(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return found


def test_filters_and_documentation_name_each_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.yml")} == set(FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_the_options_are_the_function_s_parameters(name: str) -> None:
    told, (_input, *parameters) = documentation(name)["DOCUMENTATION"], inspect.signature(FILTERS[name]).parameters.values()
    assert told["name"] == name
    assert list(told["options"]) == ["_input", *(parameter.name for parameter in parameters)]
    assert told.get("positional", "") == ", ".join(parameter.name for parameter in parameters)
    for parameter in parameters:
        option, needed = told["options"][parameter.name], parameter.default is inspect.Parameter.empty
        assert (option.get("required", False), option.get("default")) == (needed, None if needed else parameter.default)


@pytest.mark.parametrize("name", FILTERS)
def test_examples_are_tasks_that_use_the_filter(name: str) -> None:
    tasks = yaml.safe_load(documentation(name)["EXAMPLES"])
    assert all(task["name"] for task in tasks) and f"kubewright.cluster.{name}" in documentation(name)["EXAMPLES"]


def test_every_fact_of_a_release_is_documented_with_a_true_sample() -> None:
    told, facts = documentation("kube_release")["RETURN"]["_value"]["contains"], releases.facts(SAMPLED)
    assert set(told) == set(facts)
    assert {name: entry["sample"] for name, entry in told.items() if not agrees(entry["sample"], facts[name])} == {}


def agrees(sample: Any, value: Any) -> bool:
    """The same, or a part of the same."""
    if isinstance(value, list):
        return set(sample) <= set(value)
    if isinstance(value, dict):
        return bool(sample.items() <= value.items())
    return type(sample) is type(value) and bool(sample == value)
