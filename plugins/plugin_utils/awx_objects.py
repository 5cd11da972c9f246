# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks/awx.yml asks a controller for, out of its data: job templates with their surveys, and what would go wrong.

The shape of the data was checked before, by playbooks/vars/awx_spec.yml.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from typing import Any

COLLECTION = "ansible_collections.awx.awx"
NEEDED = {
    "awx_image": "the execution environment's image, such as registry.example.com/kubewright:1",
    "awx_inventory_url": "the git repository of your inventory",
    "awx_inventory_path": "the inventory's file or folder in that repository",
    "awx_machine_user": "whom jobs log in as",
}
# What a controller gives each job by itself, where this playbook should be a job template, too.
META = re.compile(r"awx_((job|workflow_job|inventory|user|schedule|job_template|parent_job_schedule)_(id|name)|(job|workflow_job)_launch_type|user_email"
                  r"|user_(first|last)_name|project_revision|(project|job)_scm_branch|execution_node|webhook_\w+)")
SETTINGS = {"job_slice_count": (1, "a slice is every n-th machine in a job of its own, and a cluster is not made of halves"),
            "use_fact_cache": (False, "truth is on the nodes, and AWX 24.6.1 cannot read what ansible-core 2.19 and later cache"),
            "allow_simultaneous": (False, "two runs on one cluster stand in each other's way")}
SECRET = re.compile(r"password|passphrase|token|secret|private_key|_key$", re.IGNORECASE)
TEXTS = ("text", "textarea")
CHOSEN = ("multiplechoice", "multiselect")
NUMBERS = {"integer": (int,), "float": (int, float)}


def job_templates(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each with all its fields, and its survey as the controller takes it."""
    questions = {question["variable"]: question for question in _questions(data)}
    return [_complete(template, data, questions) for template in _templates(data)]


def _complete(template: dict[str, Any], data: Mapping[str, Any], questions: Mapping[str, Any]) -> dict[str, Any]:
    asked = [_asked(questions[variable]) for variable in template["survey"]]
    name = shown_name(data, template["name"])
    # Name and description of a survey are shown nowhere, and have to be there.
    return {**template, "name": name, "survey_spec": {"name": name, "description": "", "spec": asked} if asked else {}}


def _asked(question: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in question.items() if value is not None}


def shown_name(data: Mapping[str, Any], template: str) -> str:
    return f"{data['awx_name']} {template}"


def _templates(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**data["awx_job_template_defaults"], **template} for template in _merged(data, "awx_job_templates", "awx_own_job_templates", "name")]


def _questions(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _merged(data, "awx_questions", "awx_own_questions", "variable")


def _merged(data: Mapping[str, Any], ours: str, own: str, key: str) -> list[dict[str, Any]]:
    """Ours, each with what an entry of the user's with the same key changes, then what only the user has."""
    found = {entry[key]: dict(entry) for entry in data[ours]}
    for entry in data[own]:
        found[entry[key]] = {**found.get(entry[key], {}), **entry}
    return list(found.values())


def faults(data: Mapping[str, Any], spec: Mapping[str, Any], installed: bool | None = None) -> list[str]:
    """One sentence for each thing that the controller would refuse, or do other than meant."""
    lacking = sorted(set(spec["awx_job_template_defaults"]["options"]) - set(data["awx_job_template_defaults"]) - {"name", "playbook"})
    if lacking:
        return [f"awx_job_template_defaults lacks {', '.join(lacking)}. To change some fields of a template use awx_own_job_templates."]
    if not all(entry.get("name") for name in ("awx_job_templates", "awx_own_job_templates") for entry in data[name]):
        return ["An entry of awx_job_templates or awx_own_job_templates has no name."]
    templates, questions = _templates(data), _questions(data)
    found = [*_collection(installed), *_unknown(data, set(spec)), *_empty(data), *_twice(data, templates)]
    for template in templates:
        found += [f"Job template {template['name']}: {told}" for told in _template_faults(template, {entry["variable"] for entry in questions}, questions)]
    for question in questions:
        found += [f"Question {question['variable']}: {told}" for told in _question_faults(question)]
    return found + [f"Workflow {told}" for told in _workflow_faults(data["awx_workflow"]["nodes"], {entry["name"]: entry for entry in templates})]


def _collection(installed: bool | None) -> Iterator[str]:
    if not (_is_installed() if installed is None else installed):
        yield ("The collection awx.awx is not installed here: ansible-galaxy collection install awx.awx:24.6.1, or where Galaxy is not reachable "
               "pip install 'ansible>=12,<14', which has it.")


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec(COLLECTION) is not None
    except ModuleNotFoundError:
        return False


def _unknown(data: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for name in sorted(set(data) - known):
        if not META.fullmatch(name):
            near = difflib.get_close_matches(name, known, 1)
            yield f"{name} is no variable of this playbook" + (f"; did you mean {near[0]}?" if near else ".")


def _empty(data: Mapping[str, Any]) -> Iterator[str]:
    for name, what in NEEDED.items():
        if not data[name].strip():
            yield f"{name} is empty; set it to {what}."


def _twice(data: Mapping[str, Any], templates: list[dict[str, Any]]) -> Iterator[str]:
    """A workflow finds its steps by name among all of these."""
    names = [shown_name(data, entry["name"]) for entry in templates] + [entry["name"] for entry in data["awx_projects"]]
    names += [data["awx_inventory_source"]["name"], data["awx_workflow"]["name"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"The name '{name}' is given twice; job templates, projects, inventory source and workflow need one each."


def _template_faults(template: Mapping[str, Any], known: set[str], questions: list[dict[str, Any]]) -> Iterator[str]:
    if not template.get("playbook"):
        yield "playbook is missing; name the file in the project, such as site.yml."
    for name, (wanted, why) in SETTINGS.items():
        if template[name] != wanted:
            yield f"{name} is {str(template[name]).lower()} and has to be {str(wanted).lower()}: {why}."
    for variable in template["survey"]:
        if variable not in known:
            yield f"its survey asks for {variable}, which is not in awx_questions or awx_own_questions."
    for variable in sorted(template["extra_vars"]):
        if SECRET.search(variable):
            yield f"extra_vars has {variable}, and the controller shows them to everybody who sees the template; use a credential (awx_other_credentials)."
    if template["destructive"]:
        yield from _unprotected(template, questions)


def _unprotected(template: Mapping[str, Any], questions: list[dict[str, Any]]) -> Iterator[str]:
    if not template["ask_limit_on_launch"]:
        yield "it is destructive, so ask_limit_on_launch has to be true."
    if template["ask_variables_on_launch"]:
        yield "it is destructive, so ask_variables_on_launch has to be false."
    needed = {entry["variable"] for entry in questions if entry["required"] and entry.get("default") is None and entry["type"] in TEXTS}
    if not needed & {variable for variable in template["survey"] if variable.endswith("_confirmed")}:
        yield "it is destructive, so its survey has to ask for a confirmation: a required text without default whose variable ends with _confirmed."


def _question_faults(question: Mapping[str, Any]) -> Iterator[str]:
    default, choices, kind = question.get("default"), question.get("choices"), question["type"]
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", question["variable"]):
        yield "this is no name of a variable."
    if not question["required"] and default is None and kind in TEXTS:
        yield "it is not required and has no default, and an empty answer becomes an empty text in place of the inventory's value."
    if question.get("min") is not None and question.get("max") is not None and question["min"] > question["max"]:
        yield f"min is {question['min']} and max is {question['max']}."
    if kind in CHOSEN and not choices:
        yield f"a {kind} needs choices."
    if kind not in CHOSEN and choices:
        yield f"a {kind} takes no choices."
    if default is not None:
        yield from _default_faults(question, default)
    for text in [*(choices or []), default]:
        if isinstance(text, str) and _becomes_another(text):
            yield f"'{text}' does not stay a text: ansible-core 2.19 and later make {_number(text)} of it. Write x.y.z, or v{text}."


def _default_faults(question: Mapping[str, Any], default: Any) -> Iterator[str]:
    kind = question["type"]
    if kind in NUMBERS:
        if isinstance(default, bool) or not isinstance(default, NUMBERS[kind]):
            yield f"its default {default!r} is no {kind}."
            return
        size = default
    elif not isinstance(default, str):
        yield f"its default {default!r} is no text; put it in quotes."
        return
    else:
        size = len(default)
    chosen = default.splitlines() if kind in CHOSEN else []
    if set(chosen) - set(question.get("choices") or []):
        yield f"its default {default!r} is not among its choices."
    if kind not in CHOSEN and not _within(size, question.get("min"), question.get("max")):
        yield f"its default {default!r} is not within min and max."


def _within(size: float, least: int | None, most: int | None) -> bool:
    return (least is None or size >= least) and (most is None or size <= most)


def _becomes_another(text: str) -> bool:
    """What is read as a number again and written otherwise, such as 1.30 and 010."""
    return bool(re.fullmatch(r"\d+\.\d+|0[0-7]+", text))


def _number(text: str) -> float | int:
    return float(text) if "." in text else int(text, 8)


def _workflow_faults(nodes: list[dict[str, Any]], templates: Mapping[str, Mapping[str, Any]]) -> list[str]:
    names = [node["identifier"] for node in nodes]
    found = [f"has two steps {name}." for name in sorted({name for name in names if names.count(name) > 1})]
    for node in nodes:
        found += [f"step {node['identifier']}: {told}" for told in _node_faults(node, names, templates)]
    return found or ([] if ordered(nodes) or not nodes else ["has steps that follow each other in a circle."])


def _node_faults(node: Mapping[str, Any], names: list[str], templates: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    template = node.get("job_template")
    if bool(template) == bool(node.get("approval")):
        yield "it needs either job_template or approval."
    if template and template not in templates:
        yield f"there is no job template {template}."
    elif template and templates[template]["destructive"]:
        yield f"{template} is destructive, and in no workflow."
    elif template and templates[template]["state"] == "absent":
        yield f"{template} is removed (state: absent)."
    for name in node.get("success") or []:
        if name not in names:
            yield f"there is no step {name} to follow it."


def ordered(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each step after those that follow it, since a link needs both its ends; empty where they go in a circle."""
    done: dict[str, dict[str, Any]] = {}
    while len(done) < len(nodes):
        ready = [node for node in nodes if node["identifier"] not in done and all(name in done for name in node.get("success") or [])]
        if not ready:
            return []
        done.update({node["identifier"]: node for node in ready})
    return list(done.values())
