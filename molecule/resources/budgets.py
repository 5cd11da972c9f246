"""How many tasks a run that changes nothing may execute on a host: docs/design.md's budgets, counted and shown in one place."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from runs import PlaybookRun

WORKER, CONTROL_PLANE = 20, 30  # of site.yml: results other than skipped, implicit ones too
MACHINE = 12  # of these two roles together
MACHINE_ROLES = ("kubewright.cluster.prereqs", "kubewright.cluster.kube_packages")


class Row(NamedTuple):
    host: str
    what: str
    executed: int
    budget: int

    @property
    def kept(self) -> bool:
        return self.executed <= self.budget


def rows(run: PlaybookRun, control_planes: Collection[str]) -> Iterator[Row]:
    for host, by_role in sorted(run.executed.items()):
        yield Row(host, "site.yml", sum(by_role.values()), CONTROL_PLANE if host in control_planes else WORKER)
        yield Row(host, "prereqs + kube_packages", sum(by_role.get(role, 0) for role in MACHINE_ROLES), MACHINE)


def table(found: list[Row]) -> str:
    lines = [("host", "run", "executed", "budget", "")]
    lines += [(row.host, row.what, str(row.executed), str(row.budget), "ok" if row.kept else "TOO MANY") for row in found]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
