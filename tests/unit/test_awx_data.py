# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX gets: the data fits its schema, there is a job template for each playbook, and the image has just what the project needs."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.kubewright.cluster.plugins.plugin_utils import awx_objects

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import awx_pages  # noqa: E402 - its folder has to be found first

DATA, SPEC = awx_pages.loaded(awx_pages.DATA), awx_pages.loaded(awx_pages.SPEC)
SCHEMA = json.loads(awx_pages.SCHEMA.read_text(encoding="utf-8"))
SITE = {"awx_image": "registry.example.com/kubewright:1", "awx_inventory_url": "https://git.example.com/c.git", "awx_inventory_path": "hosts.yml"}
SECRETS = {name for name, option in SPEC.items() if option.get("no_log")}


def both(data: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the schema takes it, and whether what the playbook checks with does."""
    checked = ArgumentSpecValidator(SPEC).validate(copy.deepcopy(data))
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(data), not checked.error_messages


def test_the_data_fits_the_schema_and_what_the_playbook_checks() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(DATA, SCHEMA)
    assert both(DATA) == (True, True)


@pytest.mark.parametrize("changes", [
    {"awx_imag": ""},
    {"awx_organization": {"name": "K", "description": "", "state": "there"}},
    {"awx_organization": {"name": "K", "state": "present"}},
    {"awx_update_secrets": "perhaps"},
    {"awx_projects": [{"name": "K"}]},
    {"awx_projects": {"name": "K"}},
    {"awx_own_job_templates": [{"name": "site", "fork": 5}]},
    {"awx_own_job_templates": [{"name": "site", "forks": "many"}]},
    {"awx_own_job_templates": [{"name": "site", "verbosity": 6}]},
    {"awx_own_questions": [{"variable": "x"}]},
    {"awx_own_questions": [{"variable": "x", "question_name": "", "question_description": "", "type": "password", "required": True}]},
    {"awx_workflow": {**DATA["awx_workflow"], "nodes": [{"job_template": "site"}]}},
    {"awx_machine_credential": {"name": "K", "description": "", "credential_type": "Machine", "inputs": {"password": "x"}}},
])
def test_what_does_not_fit_is_refused_by_both(changes: dict[str, Any]) -> None:
    assert both({**DATA, **changes}) == (False, False)


def test_the_schema_and_the_tables_are_those_of_the_specs() -> None:
    assert awx_pages.SCHEMA.read_text(encoding="utf-8") == awx_pages.schema_text(), "make awx-docs"
    page = awx_pages.PAGE.read_text(encoding="utf-8")
    assert page == awx_pages.page(page), "make awx-docs"


def test_the_data_has_no_fault_beside_what_a_site_has_to_set() -> None:
    assert [told.partition(" ")[0] for told in awx_objects.faults(DATA, SPEC, installed=True)] == list(SITE)
    assert awx_objects.faults({**DATA, **SITE}, SPEC, installed=True) == []


def test_each_playbook_has_a_job_template_and_each_template_a_playbook() -> None:
    """Of a clone's root, as AWX finds them; awx.yml itself is for a workstation."""
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {"awx"}
    assert {entry["name"] for entry in DATA["awx_job_templates"]} == playbooks
    assert all((ROOT / entry["playbook"]).is_file() for entry in DATA["awx_job_templates"])


def test_no_secret_has_a_value_in_the_data() -> None:
    assert sorted(SECRETS) == ["awx_become_password", "awx_machine_key", "awx_machine_key_passphrase", "awx_machine_password"]
    assert all(DATA[name].startswith("{{ lookup('ansible.builtin.env', 'KUBEWRIGHT_AWX_") for name in SECRETS)


def test_the_workflow_has_a_person_between_looking_and_doing() -> None:
    nodes = {node["identifier"]: node for node in DATA["awx_workflow"]["nodes"]}
    assert [nodes[name].get("success", []) for name in ("preflight", "approval", "site", "verify")] == [["approval"], ["site"], ["verify"], []]
    assert "approval" in nodes["approval"] and "job_template" not in nodes["approval"]


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith(("#", "--"))]


def test_the_image_has_what_the_project_needs_and_no_more(tmp_path: Path) -> None:
    """By ansible-builder; the image itself is not built here."""
    asked = yaml.safe_load((ROOT / "execution-environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert asked["ansible_core"]["package_pip"] in lines(ROOT / "requirements" / "run.txt")
    assert asked["ansible_runner"]["package_pip"] in lines(ROOT / "requirements" / "test.txt")
    program = Path(sys.executable).parent / "ansible-builder"
    words = ["create", "--file", str(ROOT / "execution-environment.yml"), "--context", str(tmp_path), "--output-filename", "Containerfile"]
    subprocess.run([str(program), *words], check=True, capture_output=True, cwd=tmp_path)
    for made, ours in (("requirements.txt", "requirements.txt"), ("bindep.txt", "bindep.txt")):
        assert lines(tmp_path / "_build" / made) == lines(ROOT / ours)
    built = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    assert asked["ansible_core"]["package_pip"] in built and asked["python_interpreter"]["package_system"] in built
