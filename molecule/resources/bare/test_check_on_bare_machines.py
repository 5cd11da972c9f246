"""`site.yml --check` on machines that hold nothing yet: it says what it would do, and leaves no trace."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import looks
import pytest
from runs import PlaybookRun
from testinfra.host import Host


class Checked(NamedTuple):
    run: PlaybookRun
    before: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def checked(nodes: dict[str, Host], site: Callable[..., PlaybookRun]) -> Iterator[Checked]:
    for node in nodes.values():
        looks.mark(node)
    before = {name: (looks.packages(node), looks.kernel(node)) for name, node in nodes.items()}
    yield Checked(site("--check", "--diff"), before)


def test_check_ends_well_and_predicts_a_change_on_every_machine(checked: Checked) -> None:
    assert checked.run.rc == 0, checked.run.output
    assert set(checked.run.each("failed").values()) == {0}
    assert all(checked.run.each("changed").values()), checked.run.recap


def test_check_shows_no_secret(checked: Checked) -> None:
    for word in ("BEGIN RSA PRIVATE KEY", "BEGIN PRIVATE KEY", "BEGIN EC PRIVATE KEY"):
        assert word not in checked.run.output


def test_check_writes_nothing(checked: Checked, node: Host) -> None:
    assert looks.written_since_mark(node) == []


def test_check_installs_nothing(checked: Checked, nodes: dict[str, Host]) -> None:
    assert {name: looks.packages(node) for name, node in nodes.items()} == {name: seen[0] for name, seen in checked.before.items()}


def test_check_leaves_kernel_and_swap_alone(checked: Checked, nodes: dict[str, Host]) -> None:
    assert {name: looks.kernel(node) for name, node in nodes.items()} == {name: seen[1] for name, seen in checked.before.items()}


@pytest.mark.parametrize("path", ["/etc/kubernetes", "/etc/containerd", "/usr/bin/kubelet", "/var/lib/kubelet/config.yaml", "/var/lib/etcd/member"])
def test_the_machine_is_still_bare(checked: Checked, node: Host, path: str) -> None:
    assert not node.file(path).exists
