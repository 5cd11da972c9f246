# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In this order: refused, deployed, nothing to do, a worker more with --limit, stopped in the middle, taken over, the other playbooks. Then: no secrets."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import secret_search
from as_awx.conftest import CLONE, for_awx, lab
from awx_job import GIVEN, Controller, Job, sliced
from looks import mark, written_since_mark
from secret_search import Secret
from testinfra.host import Host

VERSION = "1.20.2"
# What a survey of AWX hands over: every answer is text, also where a switch is meant.
SURVEY = {"kube_version": VERSION, "kube_allow_new_cluster": "false", "kube_run_lock_break": "", "verify_workload": "false"}
# Whoever leaves a field empty means what the collection means by itself; ansible-core makes nothing (null) of such a text.
EMPTY = {"kube_minor": "", "kube_control_plane_endpoint": "", "kube_http_proxy": "", "kube_kubeconfig_path": "", "kube_image_registry": "", "kube_users": "",
         "kube_preflight_waived": "", "kube_ignore_preflight_errors": "", "kube_cert_sans": "", "kube_node_labels": ""}
WATCH = "kubectl --kubeconfig /etc/kubernetes/admin.conf get secrets -n kube-system --watch -o json"
LEASES = "kubectl --kubeconfig /etc/kubernetes/admin.conf get leases -A --no-headers"

Machine = Callable[[str], Host]


@pytest.fixture(scope="session")
def watched(machine: Machine) -> Iterator[Callable[[], list[Secret]]]:
    """Secrets that were there for some minutes only, such as bootstrap tokens: whoever asks for them at the end comes too late."""
    control_plane = machine("cp1")

    def answer() -> list[Secret]:
        return secret_search.of_objects(objects(control_plane.check_output("cat /run/secrets-seen")))

    yield answer
    control_plane.run("kill $(cat /run/secrets-watch)")


def objects(text: str) -> list[dict[str, Any]]:
    """kubectl writes one JSON document after the other."""
    found, decoder, rest = [], json.JSONDecoder(), text.lstrip()
    while rest:
        try:
            item, end = decoder.raw_decode(rest)
        except json.JSONDecodeError:  # the last one is being written
            break
        found.append(item)
        rest = rest[end:].lstrip()
    return found


def nothing_of_it_stays(job: Job) -> None:
    """In the places that would be the execution environment's home and /tmp. .cache has how long phases took: no job needs it."""
    kept = {path.relative_to(job.folder / "home").parts[0] for path in (job.folder / "home").rglob("*")}
    assert kept <= {".ansible", ".cache", "known_hosts"} and list((job.folder / "tmp").iterdir()) == []


def refused(job: Job, *words: str) -> None:
    """By one sentence that AWX shows, before anything was changed."""
    assert (job.status, job.rc) == ("failed", 2) and job.changed == {}
    told = "\n".join(job.reasons)
    assert all(word in told for word in words), told


def test_a_version_that_yaml_takes_for_a_number_is_refused(controller: Controller, machine: Machine) -> None:
    machines = [machine("cp1"), machine("worker1")]
    for one in machines:
        mark(one)
    job = controller.run("site.yml", {"kube_version": "1.30"})
    refused(job, "[KubeVersion]", "1.3", "x.y.z")
    assert [written_since_mark(one) for one in machines] == [[], []]
    nothing_of_it_stays(job)


def test_answers_of_the_wrong_kind_are_refused_together(controller: Controller) -> None:
    answers = {"kube_runtime": "dokcer", "kube_cni": "true", "kube_version": "010", "kube_pod_subnets": "10.244.0.0/33"}
    refused(controller.run("playbooks/preflight.yml", {**SURVEY, **answers}), "[Runtime]", "[CNI]", "[KubeVersion]", "[Networks]")


def test_a_minor_that_became_a_number_is_refused(controller: Controller) -> None:
    refused(controller.run("playbooks/preflight.yml", {**SURVEY, "kube_minor": "1.30"}), "kube_minor is 1.3", "v1.30")


def test_preflight_leaves_what_whoever_approves_wants_to_know(controller: Controller) -> None:
    job = controller.run("playbooks/preflight.yml", SURVEY)
    assert (job.status, job.rc) == ("successful", 0) and job.changed == {}
    left = job.artifacts["kubewright_preflight"]
    assert left["steps"] == {"init": 1, "join": 1} and left["findings"]["error"] == 0 and not left["cluster"]["exists"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_slice_is_refused_where_the_number_of_machines_is_known(controller: Controller, number: int) -> None:
    whole = for_awx()
    known = len(whole["_meta"]["hostvars"])
    job = controller.run("site.yml", {**SURVEY, "kube_inventory_machines": known}, inventory=sliced(whole, number, 2))
    refused(job, "[IncompleteInventory]", f"kube_inventory_machines is {known}, and this run knows")


def test_a_slice_of_workers_is_refused_in_any_case(controller: Controller) -> None:
    refused(controller.run("site.yml", SURVEY, inventory=sliced(for_awx(), 2, 2)), "[NoControlPlane]")


def test_a_job_makes_the_cluster(controller: Controller) -> None:
    job = controller.run("site.yml", {**SURVEY, **EMPTY, "verify_workload": "true"})
    assert (job.status, job.rc) == ("successful", 0), job.reasons
    left = job.artifacts["kubewright_summary"]
    assert (left["nodes_total"], left["nodes_ready"], left["versions"]) == (2, 2, {VERSION: 2})
    assert left["steps"] == {"init": 1, "join": 1} and left["not_done"] == []
    nothing_of_it_stays(job)


def test_the_next_job_finds_the_cluster_and_changes_nothing(controller: Controller) -> None:
    job = controller.run("site.yml", SURVEY)
    assert (job.status, job.rc) == ("successful", 0) and job.changed == {}
    assert job.artifacts["kubewright_preflight"]["steps"] == {} and job.artifacts["kubewright_summary"]["nodes_ready"] == 2


def test_a_fact_cache_of_an_earlier_job_is_no_source_of_anything(controller: Controller) -> None:
    """Whatever AWX kept: facts are asked anew, and none holds what is the cluster's."""
    caches = list(controller.place.glob("awx_*/artifacts/*/fact_cache/*"))
    assert all("kubeadm" not in path.read_text() for path in caches)


def test_a_worker_is_added_by_a_job_of_its_own(
    controller: Controller, machine: Machine, kubectl: Callable[[str], Any], watched: Callable[[], list[Secret]]
) -> None:
    """At -vvv, while somebody watches the cluster's Secrets. Nothing of the first job is there: the control plane is asked."""
    lab("up", "--workers", "2")
    controller.inventory = for_awx()
    control_plane = machine("cp1")
    control_plane.check_output(f"nohup {WATCH} > /run/secrets-seen 2>/dev/null < /dev/null & echo $! > /run/secrets-watch")
    job = controller.run("site.yml", SURVEY, "-l worker2 -vvv")
    assert (job.status, job.rc) == ("successful", 0), job.reasons
    assert list(job.recap["processed"]) == ["worker2"] and job.artifacts["kubewright_summary"]["nodes_ready"] == 3
    assert [secret for secret in watched() if "bootstrap-token" in secret.name], "the watch saw the join's token"
    assert secret_search.alike(job.output.replace("abcdef.0123456789abcdef", "")) == []


@pytest.mark.parametrize("port", [1])
def test_a_machine_that_cannot_be_reached_is_named(controller: Controller, port: int) -> None:
    inventory = for_awx()
    inventory["_meta"]["hostvars"]["worker1"]["ansible_port"] = port
    job = controller.run("site.yml", SURVEY, inventory=inventory)
    assert job.status == "failed" and job.rc != 0 and job.recap["dark"] == {"worker1": 1}
    assert any("Connection refused" in reason for reason in job.reasons)
    assert job.artifacts["kubewright_summary"]["nodes_ready"] == 3, "the others' part was done"


def test_a_job_that_wants_another_version_is_refused(controller: Controller) -> None:
    refused(controller.run("site.yml", {**SURVEY, "kube_version": "1.20.9"}), "[VersionChange]", VERSION)


def test_a_job_that_is_stopped_keeps_the_next_one_out_until_somebody_says_so(controller: Controller, machine: Machine) -> None:
    lab("recreate", "worker2")
    control_plane = machine("cp1")
    time.sleep(1)
    stopped = controller.run("site.yml", SURVEY, stop_when=lambda: "kubewright" in control_plane.run(LEASES).stdout)
    assert stopped.rc != 0 and stopped.status != "successful"
    refused(controller.run("site.yml", SURVEY), "[RunLock]", f"awx-job-{controller.number - 1}")
    job = controller.run("site.yml", {**SURVEY, "kube_run_lock_break": "true"})
    assert (job.status, job.rc) == ("successful", 0), job.reasons
    assert job.artifacts["kubewright_summary"]["nodes_ready"] == 3


@pytest.mark.parametrize("playbook,options,answers,left", [
    ("backup", "", {}, ["kubewright_backup"]), ("renew_certificates", "--check", {}, []), ("upgrade", "", {}, ["kubewright_summary"]),
    ("verify", "", {}, ["kubewright_summary"]), ("report", "", {}, None),
    ("reset", "", {"kube_reset_machines": "worker2", "kube_reset_confirmed": "worker2"}, [])])
def test_every_other_playbook_runs_as_a_job(
    controller: Controller, playbook: str, options: str, answers: dict[str, Any], left: list[str] | None
) -> None:
    name = f"playbooks/{playbook}.yml"
    if not (CLONE / name).is_file():
        pytest.skip(f"there is no {name}")
    job = controller.run(name, {**SURVEY, **answers}, options)
    assert (job.status, job.rc) == ("successful", 0), job.reasons
    assert left is None or list(job.artifacts) == left
    nothing_of_it_stays(job)


def test_no_job_left_a_secret(controller: Controller, machine: Machine, kubectl: Callable[[str], Any], watched: Callable[[], list[Secret]]) -> None:
    """In any file of any private data directory but those that AWX itself put there: output, command, events, facts, home, temporary files."""
    control_plane = machine("cp1")
    secrets = secret_search.of_files(control_plane.check_output) + secret_search.of_objects(kubectl("get secrets -A")["items"]) + watched()
    print(f"{len(secrets)} secrets: {sorted({secret.name for secret in secrets})}")
    assert len({secret.name for secret in secrets}) > 10
    folders = sorted(controller.place.glob("awx_*"))
    assert len(folders) > 10
    found = {folder.name: secret_search.files_with(secrets, folder, GIVEN) for folder in folders}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_the_search_would_have_found_one(controller: Controller, machine: Machine, tmp_path: Path) -> None:
    key = secret_search.of_files(machine("cp1").check_output)[0]
    (tmp_path / "event.json").write_text(json.dumps({"res": {"stdout": base64.b64encode(f"x{key.value}y".encode()).decode()}}))
    assert secret_search.files_with([key], tmp_path) == [("event.json", key.name)]
