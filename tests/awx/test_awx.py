"""playbooks/awx.yml with the real modules of awx.awx, against a fake of the controller's API (fake_controller.py)."""

from __future__ import annotations

import json
from typing import Any

import fake_controller
import yaml
from workstation import CLONE, KEY, KEY_WORDS, SITE, Bench

DATA: dict[str, Any] = yaml.safe_load((CLONE / "playbooks" / "vars" / "awx.yml").read_text(encoding="utf-8"))
# Fields that the data has, and the controller not under that name.
OURS = {"name", "playbook", "survey", "destructive", "state", "project", "extra_vars"}
# What a run need not look at again is left out of its data, since a module is a second of the controller's time.
SMALL: dict[str, Any] = {"awx_job_templates": [entry for entry in DATA["awx_job_templates"] if entry["name"] in ("site", "reset")],
                         "awx_workflow": {**DATA["awx_workflow"], "name": "Kubewright preflight, approval, site, verify", "nodes": []}}


def test_the_first_run_makes_an_object_for_each_entry(made: Bench) -> None:
    controller = made.controller
    templates = controller.named("job_templates")
    assert set(templates) == {f"Kubewright {entry['name']}" for entry in DATA["awx_job_templates"]}
    for entry in DATA["awx_job_templates"]:
        wanted = {**DATA["awx_job_template_defaults"], **entry}
        found = templates[f"Kubewright {entry['name']}"]
        assert {name: found[name] for name in wanted if name not in OURS} == {name: value for name, value in wanted.items() if name not in OURS}
        assert found["playbook"] == entry["playbook"] and json.loads(found["extra_vars"]) == wanted["extra_vars"]
        asked = controller.surveys.get(found["id"], {"spec": []})["spec"]
        assert [item["variable"] for item in asked] == wanted["survey"] and found["survey_enabled"] == bool(asked)
    projects, source = controller.named("projects"), controller.named("inventory_sources")["Kubewright machines from git"]
    assert projects["Kubewright inventories"]["scm_url"] == SITE["awx_inventory_url"]
    assert (source["source_path"], source["source_project"]) == (SITE["awx_inventory_path"], projects["Kubewright inventories"]["id"])
    assert controller.named("execution_environments")["Kubewright execution environment"]["image"] == SITE["awx_image"]


def test_everything_belongs_to_the_organization(made: Bench) -> None:
    organization = made.controller.named("organizations")["Kubewright"]["id"]
    for kind in ("projects", "inventories", "credentials", "execution_environments", "job_templates", "workflow_job_templates"):
        assert {entry["organization"] for entry in made.controller.objects[kind].values()} == {organization}, kind


def test_the_workflow_goes_from_preflight_by_a_person_to_site_and_verify(made: Bench) -> None:
    controller = made.controller
    nodes = controller.named("workflow_job_template_nodes")
    names = {entry["id"]: name for name, entry in nodes.items()}
    following = {name: [names[one] for one in controller.links.get(("workflow_job_template_nodes", entry["id"], "success_nodes"), [])]
                 for name, entry in nodes.items()}
    assert following == {"preflight": ["approval"], "approval": ["site"], "site": ["verify"], "verify": []}
    (approval,) = controller.objects["workflow_approval_templates"].values()
    assert nodes["approval"]["unified_job_template"] == approval["id"] and approval["timeout"] == 86400
    assert nodes["site"]["unified_job_template"] == controller.named("job_templates")["Kubewright site"]["id"]


def test_the_secret_is_in_the_credentials_own_request_and_nowhere_else(made: Bench) -> None:
    """The first run was made with -vvv."""
    told = [(method, path) for method, path, body in made.first_written if KEY_WORDS in json.dumps(body)]
    assert told == [("POST", "/api/v2/credentials/")]
    said = made.first_run[1]
    assert "invocation" in said and KEY_WORDS not in said and fake_controller.PASSWORD not in said and fake_controller.TOKEN not in said
    (stored,) = made.controller.objects["credentials"].values()
    assert stored["inputs"] == {"username": "root", "ssh_key_data": KEY} or stored["inputs"] == {"username": "root", "ssh_key_data": KEY.rstrip()}


def test_a_second_run_changes_nothing(made: Bench) -> None:
    assert made.well()[0] == 0
    assert made.written == []


def test_a_changed_entry_changes_one_object(made: Bench) -> None:
    changes: dict[str, Any] = {"awx_own_job_templates": [{"name": "site", "forks": 50}]}
    number = made.controller.named("job_templates")["Kubewright site"]["id"]
    predicted = made.well("--check", **SMALL, **changes)[0]
    assert (predicted, made.written) == (1, [])
    assert made.well(**SMALL, **changes)[0] == 1
    assert [(method, path, body["forks"]) for method, path, body in made.written] == [("PATCH", f"/api/v2/job_templates/{number}/", 50)]
    made.controller.objects["job_templates"][number]["forks"] = 20


def test_one_entry_more_makes_one_template_more_with_its_survey_and_absent_removes_it(made: Bench) -> None:
    question = {"variable": "level", "question_name": "Level", "question_description": "", "type": "multiplechoice", "required": True,
                "choices": ["low", "high"]}
    entry: dict[str, Any] = {"name": "mine", "playbook": "playbooks/verify.yml", "survey": ["level"]}
    assert made.well(**SMALL, awx_own_job_templates=[entry], awx_own_questions=[question])[0] == 1
    number = made.controller.named("job_templates")["Kubewright mine"]["id"]
    assert made.controller.surveys[number]["spec"] == [question]
    assert {path for _method, path, _body in made.written} == {
        "/api/v2/job_templates/", f"/api/v2/job_templates/{number}/credentials/", f"/api/v2/job_templates/{number}/survey_spec/"}
    assert made.well(**SMALL, awx_own_job_templates=[{**entry, "state": "absent"}], awx_own_questions=[question])[0] == 1
    assert "Kubewright mine" not in made.controller.named("job_templates")


def test_a_run_without_a_secret_leaves_the_credential_alone_and_a_new_one_is_sent_when_asked_for(made: Bench) -> None:
    assert made.well(key="", **SMALL)[0] == 0
    assert made.written == []
    assert made.well(awx_update_secrets=True, key=KEY.replace("nobody", "somebody"), **SMALL)[0] == 1
    ((method, path, body),) = made.written
    assert method == "PATCH" and path.startswith("/api/v2/credentials/") and "somebody" in body["inputs"]["ssh_key_data"]


def test_a_check_on_an_empty_controller_changes_nothing_and_says_what_it_could_not_compare(empty: Bench) -> None:
    assert "Not on the controller yet: Kubewright." in empty.well("--check")[1]
    assert empty.written == []
    empty.controller.add("organizations", {"name": "Kubewright", "description": "Kubernetes clusters, by Kubewright"})
    said = empty.well("--check", **SMALL)[1]
    assert "Not on the controller yet: Kubewright execution environment, Kubewright login, Kubewright machines, Kubewright playbooks, " in said
    assert empty.written == []


def test_a_controller_and_its_token_by_variable_are_used_and_the_token_is_not_shown(empty: Bench) -> None:
    told = {"host": empty.server.url, "oauth_token": fake_controller.TOKEN, "request_timeout": 30}
    said = empty.well("--check", "-vvv", awx_controller=told)[1]
    assert "invocation" in said and fake_controller.TOKEN not in said
    assert empty.controller.requests and not [path for _method, path, _body in empty.controller.requests if "/tokens/" in path]


def test_no_secret_and_no_credential_is_one_error_before_anything_is_made(empty: Bench) -> None:
    said = empty.badly(key="")
    assert "the credential 'Kubewright login' is not on the controller, and no secret was given to make it with" in said
    assert empty.written == []


def test_faults_are_told_all_at_once_before_the_controller_is_asked(empty: Bench) -> None:
    said = empty.badly(awx_image="", awx_own_job_templates=[{"name": "reset", "ask_limit_on_launch": False}])
    assert "awx_image is empty" in said and "Job template reset: it is destructive, so ask_limit_on_launch has to be true." in said
    said = empty.badly(awx_own_job_templates=[{"name": "site", "fork": 5}])
    assert "fork" in said and "awx_own_job_templates" in said
    assert empty.controller.requests == []


def test_a_controller_that_does_not_answer_is_one_sentence(empty: Bench) -> None:
    empty.server.silent = True
    said = empty.badly(**SMALL)
    assert said.count("Failed to get token: ") + said.count("Task failed: Module failed: ") >= 1 and "Traceback" not in said
    assert "failed=1" in said


def test_a_playbook_that_the_project_does_not_have_is_told_in_the_controllers_words(empty: Bench) -> None:
    said = empty.badly(**{**SMALL, "awx_own_job_templates": [{"name": "site", "playbook": "sight.yml"}]})
    assert "Unable to create job_template Kubewright site" in said and "Playbook not found for project." in said
