"""In this order, on one machine: saved, fetched, a mistake, back to what was saved; then its certificates."""

import hashlib
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import PlaybookRun, ad_hoc, playbook
from testinfra.host import Host

KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
FOLDER = "/var/backups/kubewright"
# The certificate that the API server shows whoever connects, not its file.
SHOWN = "openssl s_client -connect 127.0.0.1:6443 < /dev/null 2> /dev/null | openssl x509 -noout -serial"
RENEW = "playbooks/renew_certificates.yml"
Kubectl = Callable[[str], Any]
Site = Callable[..., PlaybookRun]


def maps(kubectl: Kubectl) -> set[str]:
    return {item["metadata"]["name"] for item in kubectl("get configmaps -o json")["items"]} - {"kube-root-ca.crt"}


def container(first: Host) -> str:
    """Of the Deployment's pod: its id holds as long as it runs."""
    return str(first.check_output(f"{KUBECTL} get pods -l app=survivor -o jsonpath='{{.items[*].status.containerStatuses[*].containerID}}'"))


@pytest.fixture(scope="module")
def first(nodes: dict[str, Host]) -> Host:
    host = next(iter(nodes.values()))
    for words in ("create configmap wanted --from-literal=by=hand", "create deployment survivor --image kubewright.local/busybox:1 -- sleep 100000",
                  "rollout status deployment/survivor --timeout 120s"):
        host.check_output(f"{KUBECTL} {words}")
    return host


@pytest.fixture(scope="module")
def saved(inventory: Path, first: Host, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files were fetched to."""
    folder = tmp_path_factory.mktemp("fetched") / "backups"
    assert playbook("playbooks/backup.yml", inventory, "-e", f"kube_backup_fetch_to={folder}").rc == 0
    return folder


def test_what_was_saved_came_whole_and_is_for_root_only(saved: Path, first: Host) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o700
    digests = dict(reversed(line.split()) for line in first.check_output(f"cd {FOLDER} && sha256sum *").splitlines())
    assert digests == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in saved.iterdir()}
    assert sorted(name.partition(".")[2] for name in digests) == ["db", "pki.tar"]
    assert set(first.check_output(f"stat -c '%a %U' {FOLDER}/*").splitlines()) == {"600 root"}


def test_the_cluster_s_keys_are_in_it(saved: Path, first: Host) -> None:
    listed = first.check_output(f"tar -tf {FOLDER}/*.pki.tar")
    assert {"ca.key", "etcd/ca.key", "sa.key"} <= {line.partition("pki/")[2] for line in listed.splitlines()}


def snapshot(first: Host) -> str:
    return str(first.check_output(f"ls {FOLDER}/*.db"))


def test_the_module_reads_it(saved: Path, first: Host, inventory: Path) -> None:
    told = ad_hoc(inventory, "cp1", "etcd_snapshot", f"state=status path={snapshot(first)}")
    assert told["changed"] is False and told["snapshot"]["keys"] > 100


def test_back_after_a_mistake(saved: Path, first: Host, inventory: Path, kubectl: Kubectl) -> None:
    running = container(first)
    first.check_output(f"{KUBECTL} delete configmap wanted && {KUBECTL} create configmap mistaken --from-literal=by=hand")
    assert maps(kubectl) == {"mistaken"}
    done = ad_hoc(inventory, "cp1", "etcd_snapshot", f"state=restore path={snapshot(first)} confirm=cp1")
    assert done["changed"] is True
    assert maps(kubectl) == {"wanted"}
    assert first.file(done["before"]).is_directory
    assert container(first) == running, "pods of workloads went on"
    first.check_output(f"{KUBECTL} wait --for=condition=Ready node --all --timeout=120s")


def test_another_name_goes_back_nowhere(saved: Path, first: Host, inventory: Path, kubectl: Kubectl) -> None:
    refused = ad_hoc(inventory, "cp1", "etcd_snapshot", f"state=restore path={snapshot(first)} confirm=cp2 force=true")
    assert refused["failed"] and refused["changed"] is False and "cp1" in refused["msg"]
    assert maps(kubectl) == {"wanted"}


def test_the_same_again_is_no_change(saved: Path, first: Host, inventory: Path) -> None:
    assert ad_hoc(inventory, "cp1", "etcd_snapshot", f"state=restore path={snapshot(first)} confirm=cp1")["changed"] is False


def test_the_cluster_works_afterwards_and_site_yml_changes_nothing(saved: Path, site: Site, inventory: Path) -> None:
    after = site()
    assert after.rc == 0 and after.each("changed") == {"cp1": 0}
    assert playbook("playbooks/verify.yml", inventory, "-e", "verify_workload=true").rc == 0


def test_older_files_than_are_to_be_kept_go(saved: Path, first: Host, inventory: Path) -> None:
    assert playbook("playbooks/backup.yml", inventory, "-e", "kube_backup_keep=1").rc == 0
    assert snapshot(first) != f"{FOLDER}/{next(saved.glob('*.db')).name}"
    assert len(first.check_output(f"ls {FOLDER}").splitlines()) == 2


def test_young_certificates_are_left_alone(first: Host, inventory: Path) -> None:
    shown = first.check_output(SHOWN)
    run = playbook(RENEW, inventory)
    assert run.rc == 0 and run.each("changed") == {"cp1": 0}
    assert first.check_output(SHOWN) == shown


def test_what_is_due_is_predicted(first: Host, inventory: Path) -> None:
    before = first.check_output("sha256sum /etc/kubernetes/pki/*.crt /etc/kubernetes/*.conf")
    run = playbook(RENEW, inventory, "-e", "kube_certificates_renew_before_days=400", "--check", "--diff")
    assert run.rc == 0 and run.each("changed") == {"cp1": 1}
    assert first.check_output("sha256sum /etc/kubernetes/pki/*.crt /etc/kubernetes/*.conf") == before


def test_renewed_certificates_are_those_that_whoever_connects_sees(first: Host, inventory: Path) -> None:
    shown, running = first.check_output(SHOWN), container(first)
    run = playbook(RENEW, inventory, "-e", "kube_certificates_renew_before_days=400")
    assert run.rc == 0 and run.each("changed") == {"cp1": 1}
    now = first.check_output(SHOWN)
    assert now != shown and now == first.check_output("openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt")
    assert container(first) == running
    first.check_output(f"{KUBECTL} wait --for=condition=Ready node --all --timeout=120s")


def test_the_workstation_s_kubeconfig_goes_on_and_site_yml_changes_nothing(site: Site, variables: Callable[[str], dict[str, Any]], inventory: Path) -> None:
    """Its certificate is another one, and young; the CA is the same."""
    asked = [str(inventory.parent / "bin" / "kubectl"), "--kubeconfig", variables("cp1")["kube_kubeconfig_path"], "get", "nodes", "-o", "name"]
    assert subprocess.run(asked, check=True, capture_output=True, text=True).stdout == "node/cp1\n"
    again = site()
    assert again.rc == 0 and again.each("changed") == {"cp1": 0}
