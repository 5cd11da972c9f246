# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a controller would refuse, or do other than meant, is told before anything is asked of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import awx_objects

DEFAULTS: dict[str, Any] = {
    "ask_limit_on_launch": True, "ask_variables_on_launch": True, "job_slice_count": 1, "use_fact_cache": False, "allow_simultaneous": False,
    "extra_vars": {}, "destructive": False, "survey": [], "state": "present", "forks": 20}
VERSION = {"variable": "kube_version", "question_name": "Version", "question_description": "x.y.z", "type": "text", "required": True, "min": 5, "max": 9}
CONFIRMED = {**VERSION, "variable": "kube_reset_confirmed", "min": 1}
RESET = {"name": "reset", "playbook": "playbooks/reset.yml", "destructive": True, "ask_variables_on_launch": False, "survey": ["kube_reset_confirmed"]}
DATA: dict[str, Any] = {
    "awx_name": "K", "awx_image": "registry.example.com/k:1", "awx_inventory_url": "https://git.example.com/c.git", "awx_inventory_path": "hosts.yml",
    "awx_machine_user": "root", "awx_projects": [{"name": "K playbooks"}], "awx_inventory_source": {"name": "K source"},
    "awx_job_template_defaults": DEFAULTS,
    "awx_job_templates": [{"name": "site", "playbook": "site.yml"}, {"name": "upgrade", "playbook": "playbooks/upgrade.yml", "survey": ["kube_version"]},
                          RESET],
    "awx_own_job_templates": [], "awx_questions": [VERSION, CONFIRMED], "awx_own_questions": [],
    "awx_workflow": {"name": "K workflow", "nodes": [
        {"identifier": "look", "approval": "Read", "success": ["do"]}, {"identifier": "do", "job_template": "site"}]},
}
SPEC: dict[str, Any] = {**DATA, "awx_job_template_defaults": {"options": DEFAULTS}}
UNCONFIRMED = ("Job template reset: it is destructive, so its survey has to ask for a confirmation: a required text without default whose variable "
               "ends with _confirmed.")


def told(**changes: Any) -> list[str]:
    data = {**DATA, **changes}
    return awx_objects.faults(data, SPEC, installed=True)


def own(**fields: Any) -> dict[str, Any]:
    return {"awx_own_job_templates": [{"name": "site", **fields}]}


def question(**fields: Any) -> dict[str, Any]:
    return {"awx_own_questions": [{**VERSION, "variable": "level", **fields}]}


def steps(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"awx_workflow": {"name": "K workflow", "nodes": list(nodes)}}


def test_good_data_has_no_fault() -> None:
    assert told() == []


@pytest.mark.parametrize(("changes", "expected"), [
    ({"awx_image": " "}, "awx_image is empty; set it to the execution environment's image, such as registry.example.com/kubewright:1."),
    ({"awx_inventory_path": ""}, "awx_inventory_path is empty; set it to the inventory's file or folder in that repository."),
    ({"awx_job_template_defaults": {"forks": 5, **{name: value for name, value in DEFAULTS.items() if name not in ("survey", "state")}}},
     "awx_job_template_defaults lacks state, survey. To change some fields of a template use awx_own_job_templates."),
    ({"awx_imag": "x"}, "awx_imag is no variable of this playbook; did you mean awx_image?"),
    ({"awx_zzzzzzzzzz": 1}, "awx_zzzzzzzzzz is no variable of this playbook."),
    ({"awx_job_template": []}, "awx_job_template is no variable of this playbook; did you mean awx_job_templates?"),
    ({"awx_inventory_ulr": "x"}, "awx_inventory_ulr is no variable of this playbook; did you mean awx_inventory_url?"),
    ({"awx_projects": [{"name": "K site"}]},
     "The name 'K site' is given twice; job templates, projects, inventory source and workflow need one each."),
    ({"awx_own_job_templates": [{"forks": 5}]}, "An entry of awx_job_templates or awx_own_job_templates has no name."),
    ({"awx_own_job_templates": [{"name": "mine"}]}, "Job template mine: playbook is missing; name the file in the project, such as site.yml."),
    (own(job_slice_count=2), "Job template site: job_slice_count is 2 and has to be 1: a slice is every n-th machine in a job of its own, and a cluster is not "
     "made of halves."),
    (own(use_fact_cache=True), "Job template site: use_fact_cache is true and has to be false: truth is on the nodes, and AWX 24.6.1 cannot read what "
     "ansible-core 2.19 and later cache."),
    (own(survey=["kube_versoin"]), "Job template site: its survey asks for kube_versoin, which is not in awx_questions or awx_own_questions."),
    (own(extra_vars={"db_password": "x"}), "Job template site: extra_vars has db_password, and the controller shows them to everybody who sees the template; "
     "use a credential (awx_other_credentials)."),
    ({"awx_own_job_templates": [{"name": "reset", "ask_limit_on_launch": False}]},
     "Job template reset: it is destructive, so ask_limit_on_launch has to be true."),
    ({"awx_own_job_templates": [{"name": "reset", "ask_variables_on_launch": True}]},
     "Job template reset: it is destructive, so ask_variables_on_launch has to be false."),
    ({"awx_own_job_templates": [{"name": "reset", "survey": ["kube_version"]}]},
     UNCONFIRMED),
    ({"awx_own_questions": [{**CONFIRMED, "default": "yes"}]},
     UNCONFIRMED),
    (question(variable="not a name"), "Question not a name: this is no name of a variable."),
    (question(required=False), "Question level: it is not required and has no default, and an empty answer becomes an empty text in place of the "
     "inventory's value."),
    (question(min=9, max=5), "Question level: min is 9 and max is 5."),
    (question(type="multiplechoice", min=None, max=None), "Question level: a multiplechoice needs choices."),
    (question(choices=["a"]), "Question level: a text takes no choices."),
    (question(default="1.30", min=1), "Question level: '1.30' does not stay a text: ansible-core 2.19 and later make 1.3 of it. Write x.y.z, or v1.30."),
    (question(type="multiplechoice", min=None, max=None, choices=["v1", "010"]),
     "Question level: '010' does not stay a text: ansible-core 2.19 and later make 8 of it. Write x.y.z, or v010."),
    (question(default=5), "Question level: its default 5 is no text; put it in quotes."),
    (question(default="abc"), "Question level: its default 'abc' is not within min and max."),
    (question(type="integer", default="5"), "Question level: its default '5' is no integer."),
    (question(type="integer", default=True), "Question level: its default True is no integer."),
    (question(type="integer", default=50), "Question level: its default 50 is not within min and max."),
    (question(type="multiplechoice", min=None, max=None, choices=["a", "b"], default="c"), "Question level: its default 'c' is not among its choices."),
    (steps({"identifier": "a", "approval": "x"}, {"identifier": "a", "approval": "y"}), "Workflow has two steps a."),
    (steps({"identifier": "a"}), "Workflow step a: it needs either job_template or approval."),
    (steps({"identifier": "a", "job_template": "site", "approval": "x"}), "Workflow step a: it needs either job_template or approval."),
    (steps({"identifier": "a", "job_template": "sight"}), "Workflow step a: there is no job template sight."),
    (steps({"identifier": "a", "job_template": "reset"}), "Workflow step a: reset is destructive, and in no workflow."),
    (steps({"identifier": "a", "approval": "x", "success": ["b"]}), "Workflow step a: there is no step b to follow it."),
    (steps({"identifier": "a", "approval": "x", "success": ["b"]}, {"identifier": "b", "approval": "x", "success": ["a"]}),
     "Workflow has steps that follow each other in a circle."),
])
def test_a_fault_is_told_in_one_sentence(changes: dict[str, Any], expected: str) -> None:
    assert told(**changes) == [expected]


def test_a_template_that_is_removed_is_in_no_workflow() -> None:
    assert told(**own(state="absent")) == ["Workflow step do: site is removed (state: absent)."]


def test_what_a_controller_gives_its_own_jobs_is_passed_over() -> None:
    """Each name that AWX gives them: awx_meta_vars of its models, and some of a webhook."""
    names = ["job_id", "job_launch_type", "job_template_id", "job_template_name", "job_scm_branch", "workflow_job_id", "workflow_job_name",
             "workflow_job_launch_type", "parent_job_schedule_id", "parent_job_schedule_name", "schedule_id", "schedule_name", "user_id", "user_name",
             "user_email", "user_first_name", "user_last_name", "inventory_id", "inventory_name", "project_revision", "project_scm_branch",
             "execution_node", "webhook_payload", "webhook_event_type"]
    assert told(**{f"awx_{name}": "x" for name in names}) == []


def test_a_collection_that_is_not_installed_is_the_first_that_is_told() -> None:
    (found,) = awx_objects.faults(DATA, SPEC, installed=False)
    assert found.startswith("The collection awx.awx is not installed here: ansible-galaxy collection install awx.awx:24.6.1")


def test_a_template_is_complete_and_an_entry_of_the_user_changes_what_it_names() -> None:
    site, upgrade, reset = awx_objects.job_templates({**DATA, **own(forks=50)})
    assert (site["name"], site["playbook"], site["forks"], site["job_slice_count"], site["survey_spec"]) == ("K site", "site.yml", 50, 1, {})
    assert upgrade["survey_spec"] == {"name": "K upgrade", "description": "", "spec": [VERSION]}
    assert reset["destructive"] is True


def test_steps_come_after_those_that_follow_them() -> None:
    nodes: list[dict[str, Any]] = [{"identifier": "a", "success": ["b", "c"]}, {"identifier": "b", "success": ["c"]}, {"identifier": "c"}]
    assert [node["identifier"] for node in awx_objects.ordered(nodes)] == ["c", "b", "a"]
