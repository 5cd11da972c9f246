"""What must not be installed, and what cannot be: one error that says why, and the machines are as they were."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from package_machines import SERVED, family, forget, held, kubernetes, state
from runs import PlaybookRun, playbook
from testinfra.host import Host

Run = Callable[..., PlaybookRun]
PLAYBOOK = "molecule/packages/packages.yml"


@pytest.fixture(scope="module")
def packages(inventory: Path) -> Run:
    def run(*arguments: str, **variables: Any) -> PlaybookRun:
        return playbook(PLAYBOOK, inventory, *arguments, "-e", json.dumps(variables))

    return run


class Refusal(NamedTuple):
    variables: dict[str, Any]
    words: tuple[str, ...]
    families: tuple[str, ...] = ("deb", "rpm")


def wrong(name: str) -> dict[str, Any]:
    return {"kube_version": "1.31.2", "kube_package_mirror": f"{SERVED}/wrong/{name}"}


UPSTREAM = {"kube_version": "1.31.2", "kube_package_mirror": f"{SERVED}/upstream"}
REFUSALS = {
    "a key that did not sign": Refusal(wrong("key"), ("/wrong/key/core:/stable:/v1.31/", "signature", "does not fit the given key")),
    "metadata that somebody altered": Refusal(wrong("metadata"), ("/wrong/metadata/core:/stable:/v1.31/", "cannot be used")),
    "a package that somebody altered": Refusal(wrong("package"), ("kubelet",)),
    "a package that another key signed": Refusal(wrong("signer"), ("kubelet",), ("rpm",)),
    "a version that the source does not have": Refusal({**UPSTREAM, "kube_version": "1.31.9"}, ("has kubelet 1.31.9", "nearest: 1.31.4-")),
    "an address where nobody answers": Refusal({**UPSTREAM, "kube_package_mirror": "http://127.0.0.1:9/none"}, ("127.0.0.1:9/none/core:", "onnect")),
    "an address with nothing below it": Refusal(
        {**UPSTREAM, "kube_package_mirror": f"{SERVED}/nothing"}, (f"{SERVED}/nothing/core:/stable:/v1.31/", "ot found")),
    "a key that is not the one to trust": Refusal({**UPSTREAM, "kube_package_key_sha256": ["0" * 64]}, ("SHA-256", "0000")),
    "a signature of metadata that is known to be broken": Refusal(
        {"kube_version": "1.23.9", "kube_package_source": "aliyun", "kube_package_mirror": f"{SERVED}/aliyun"},
        ("kube_package_repo_gpgcheck: false",), ("rpm",)),
    "a kubelet newer than the control plane": Refusal({**UPSTREAM, "kube_packages_control_plane_version": "1.30.4"}, ("1.30.4", "1.31.2")),
}


def refused(run: PlaybookRun, words: tuple[str, ...], families: tuple[str, ...]) -> None:
    assert run.rc != 0
    for kind in families:
        assert run.each("failed")[f"{kind}1"] == 1
    told = " ".join(run.output.split())
    assert [word for word in words if word not in told] == []


def limit(families: tuple[str, ...]) -> tuple[str, ...]:
    return () if len(families) == 2 else ("--limit", f"{families[0]}1")


@pytest.fixture(scope="module")
def bare(nodes: dict[str, Host]) -> dict[str, str]:
    forget(nodes)
    return {name: state(node) for name, node in nodes.items()}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_bare_machines_stay_bare(bare: dict[str, str], refusal: Refusal, packages: Run, nodes: dict[str, Host]) -> None:
    refused(packages(*limit(refusal.families), **refusal.variables), refusal.words, refusal.families)
    assert {name: state(node) for name, node in nodes.items()} == bare


@pytest.fixture(scope="module")
def working(nodes: dict[str, Host], packages: Run) -> Iterator[dict[str, str]]:
    """Machines with 1.31.2, whose packages are held."""
    forget(nodes)
    assert packages(**UPSTREAM).rc == 0
    yield {name: state(node) for name, node in nodes.items()}


LATER = {**UPSTREAM, "kube_version": "1.31.4"}
KEEPS = {
    "an address where nobody answers": Refusal({**LATER, "kube_package_mirror": "http://127.0.0.1:9/none"}, ("127.0.0.1:9/none/core:", "onnect")),
    "a key that did not sign": Refusal({**LATER, "kube_package_mirror": f"{SERVED}/wrong/key"}, ("signature",)),
    "a downgrade": Refusal({**UPSTREAM, "kube_version": "1.28.2"}, ("1.31.2-", "downgrade", "refused")),
}


@pytest.mark.parametrize("refusal", KEEPS.values(), ids=KEEPS)
def test_machines_that_work_keep_what_they_have(working: dict[str, str], refusal: Refusal, packages: Run, nodes: dict[str, Host]) -> None:
    refused(packages(**refusal.variables), refusal.words, refusal.families)
    assert {name: state(node) for name, node in nodes.items()} == working


def test_a_package_that_was_altered_leaves_the_old_one_held(working: dict[str, str], packages: Run, nodes: dict[str, Host]) -> None:
    """The one that is only seen when everything is fetched; what was unheld for it is held again."""
    broken = "/srv/repositories/upstream/core:/stable:/v1.31"
    spoil = "cp {0} /run/kept && printf x | dd of={0} bs=1 seek=200 conv=notrunc status=none"
    for node in nodes.values():
        node.check_output(spoil.format(node.check_output(f"ls {broken}/*/kubelet?1.31.4*")))
    try:
        assert packages(**LATER).rc != 0
        for node in nodes.values():
            assert len(kubernetes(node)) == 1 and next(iter(kubernetes(node))).startswith("1.31.2-")
            assert {"kubelet", "kubeadm", "kubectl"} <= held(node)
    finally:
        for node in nodes.values():
            node.check_output(f"cp /run/kept $(ls {broken}/*/kubelet?1.31.4*)")


def test_every_machine_is_of_the_family_that_its_name_says(nodes: dict[str, Host]) -> None:
    assert {name: family(node) for name, node in nodes.items()} == {"deb1": "deb", "rpm1": "rpm"}
