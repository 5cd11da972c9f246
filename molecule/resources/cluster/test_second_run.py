"""A run of site.yml on a finished cluster: nothing changes, nothing is written, and it costs no more tasks than agreed."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import budgets
import looks
import pytest
from runs import PlaybookRun
from testinfra.host import Host


class Seen(NamedTuple):
    files: dict[str, str]
    starts: dict[str, str]
    packages: dict[str, str]
    cluster: dict[str, str]


class Second(NamedTuple):
    run: PlaybookRun
    before: Seen
    after: Seen
    written: dict[str, list[str]]


def see(nodes: dict[str, Host], kubectl: Callable[[str], Any]) -> Seen:
    return Seen(
        {name: looks.times_of_files(node) for name, node in nodes.items()},
        {name: looks.starts_of_services(node) for name, node in nodes.items()},
        {name: looks.packages(node) for name, node in nodes.items()},
        looks.cluster(kubectl),
    )


@pytest.fixture(scope="module", params=[(), ("--check",)], ids=["run", "check"])
def second(
    request: pytest.FixtureRequest, nodes: dict[str, Host], kubectl: Callable[[str], Any], site: Callable[..., PlaybookRun]
) -> Iterator[Second]:
    before = see(nodes, kubectl)
    for node in nodes.values():
        looks.mark(node)
    run = site(*request.param)
    written = {name: looks.written_since_mark(node) for name, node in nodes.items()}
    yield Second(run, before, see(nodes, kubectl), written)


def test_it_reports_no_change(second: Second, nodes: dict[str, Host]) -> None:
    assert second.run.rc == 0, second.run.output
    assert second.run.each("changed") == dict.fromkeys(nodes, 0)


def test_files_keep_their_times(second: Second) -> None:
    assert second.after.files == second.before.files


def test_no_service_was_restarted(second: Second) -> None:
    assert second.after.starts == second.before.starts


def test_packages_and_holds_are_the_same(second: Second) -> None:
    assert second.after.packages == second.before.packages


def test_nothing_else_on_the_machines_was_written(second: Second) -> None:
    assert second.written == {name: [] for name in second.written}


def test_nothing_was_written_to_the_cluster(second: Second) -> None:
    """Tokens are Secrets, so this holds for them, too."""
    assert second.after.cluster == second.before.cluster


def test_tasks_stay_within_the_budget(second: Second, groups: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    found = list(budgets.rows(second.run, groups("kube_control_plane")))
    with capsys.disabled():
        print(f"\n{budgets.table(found)}")
    assert {row.host: row.executed for row in found if row.what == "site.yml"} == second.run.each("ok"), "the recap counts otherwise"
    assert [row for row in found if not row.kept] == []
