"""Jobs of docs/ci/gitlab-ci.yml as a runner runs them: their lines, one after another, in a container of bare Debian in a folder with a stranger's repository.

Not the same as there: the image is a lab's (no registry is asked), the repository of Kubewright is this clone, and where this machine refuses `--privileged`
the container gets what a lab's node gets.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from runs import CLONE

sys.path.insert(0, str(CLONE))

from lab.images import BUILDER_SUITE, node_image
from lab.nodes import ALL_BUT_PRIVILEGED, may_be_privileged
from lab.place import cache_folder

FILE = CLONE / "docs" / "ci" / "gitlab-ci.yml"
JOB = "/job"
# What takes minutes to make. What a lab remembers of this machine's engine stays out of it.
CACHED = ("bundle", "busybox", "debian-files", "kubernetes", "part", "pause")
# As lab/node/entry.sh does it: without --privileged Docker mounts these read-only.
WRITABLE = "for place in /sys/fs/cgroup /sys/fs/cgroup/* /proc/sys; do mountpoint -q $place && mount -o remount,bind,rw $place; done"
PYTHON_IMAGE = ["apt-get update --quiet", "apt-get install --yes --quiet git python3-venv", "python3 -m venv /opt/venv", "PATH=/opt/venv/bin:$PATH"]
INVENTORY: dict[str, Any] = {"kube_control_plane": {"hosts": {"one": {}}}, "kube_node": {"hosts": {"one": {}}}}
PLAYBOOK = [{"name": "Ask the cluster", "hosts": "kube_control_plane", "gather_facts": False, "become": True,
             "tasks": [{"name": "Nodes", "ansible.builtin.command": "kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for=condition=Ready node one"}]}]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def job(name: str) -> dict[str, Any]:
    read = yaml.safe_load(FILE.read_text())
    return {**read.get(read[name].get("extends"), {}), **read[name], "variables": {**read["variables"], **read[name].get("variables", {})}}


@pytest.fixture(scope="module")
def repository() -> Iterator[Path]:
    """Of somebody who uses Kubewright."""
    with tempfile.TemporaryDirectory(prefix="stranger-", dir=cache_folder().parent) as folder:
        place = Path(folder) / "what_runs_here"
        (place / "inventory").mkdir(parents=True)
        (place / "inventory" / "hosts.yml").write_text(yaml.safe_dump(INVENTORY))
        (place / "nodes.yml").write_text(yaml.safe_dump(PLAYBOOK, sort_keys=False))
        yield place


@pytest.fixture(scope="module")
def run(repository: Path) -> Run:
    image = node_image(BUILDER_SUITE)
    power = ["--privileged"] if may_be_privileged(image) else ALL_BUT_PRIVILEGED
    served = repository.parent / "kubewright.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", f"file://{CLONE}", str(served)], check=True)
    subprocess.run(["git", "-C", str(served), "branch", "job", "HEAD"], check=True)

    def ran(name: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        told = {**job(name)["variables"], "XDG_CACHE_HOME": f"{JOB}/cache", "KUBEWRIGHT": "file:///kubewright.git", "KUBEWRIGHT_REF": "job",
                "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt", **variables}
        image_has = [] if job(name)["image"] == "debian:12" else PYTHON_IMAGE
        lines = ["set -eu", *([] if "--privileged" in power else [WRITABLE]), *image_has, *job(name).get("before_script", []), *job(name)["script"]]
        volumes = [f"{repository}:{JOB}", f"{served}:/kubewright.git:ro", "/var/lib/docker"]
        done = subprocess.run(
            ["docker", "run", "--rm", "--interactive", "--entrypoint=/bin/sh", f"--workdir={JOB}", *power, *(f"--volume={volume}" for volume in volumes),
             *(f"--env={name}={value}" for name, value in told.items()), image],
            input="\n".join(lines), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        print(done.stdout[-30000:])
        return done

    return ran


def test_the_job_that_only_reads(run: Run) -> None:
    done = run("playbooks")
    assert done.returncode == 0
    assert "was installed successfully" in done.stdout and "|--@kube_control_plane:" in done.stdout
    assert "kubewright/cluster/playbooks/site.yml" in done.stdout


def test_the_job_with_the_lab(run: Run, repository: Path) -> None:
    for kind in CACHED:
        shutil.copytree(cache_folder() / kind, repository / "cache" / "kubewright" / kind, copy_function=lambda one, other: Path(other).hardlink_to(one))
    done = run("lab", SUPPLIER="debian", VERSION="1.20.2", RUNTIME="containerd", INVENTORY=f"{JOB}/inventory", PLAYBOOK=f"{JOB}/nodes.yml")
    assert done.returncode == 0
    assert "TASK [Nodes]" in done.stdout and "is gone; what was built stays" in done.stdout
    logs = repository / "logs"
    assert "changed=0" in (logs / "second-run.txt").read_text()
    assert "kubelet" in (logs / "one.journal").read_text() and "kube-apiserver-one" in (logs / "cluster.txt").read_text()
