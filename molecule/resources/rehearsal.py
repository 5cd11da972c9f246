"""site.yml --check with an example inventory, on bare machines of the lab that say they are its system, with signed repositories of the same layouts."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from runs import CALLBACKS, CLONE, PROGRAMS, plain_environment, read_recap

FOLDER = CLONE / "molecule" / "procedures"
SYSTEMS: dict[str, str] = yaml.safe_load((FOLDER / "vars" / "systems.yml").read_text())["procedures_inventories"]


class Prediction(NamedTuple):
    host: str
    role: str
    task: str
    action: str
    result: dict[str, Any]


class Rehearsal(NamedTuple):
    rc: int
    output: str
    recap: dict[str, dict[str, int]]
    predictions: list[Prediction]

    @property
    def steps(self) -> dict[str, str]:
        """What the preflight's plan has for each host."""
        plans = [one.result["plan"] for one in self.predictions if one.action.endswith("cluster_preflight") and "plan" in one.result]
        return {step["host"]: step["action"] for plan in plans for step in plan["steps"]}

    def of(self, host: str, action: str) -> list[dict[str, Any]]:
        """What one module says for a host."""
        return [one.result for one in self.predictions if one.host == host and one.action == f"kubewright.cluster.{action}"]


def lab(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", *words], cwd=CLONE, env=plain_environment(), check=True)


def prepare(name: str, system: str, lab_name: str) -> Path:
    """Bare machines, the repositories on them; the inventory that has all of it."""
    lab("down", "--name", lab_name)
    lab("nodes", "--name", lab_name, "--inventory", f"inventories/{name}")
    place = CLONE / ".lab" / lab_name / "inventory"
    told = ansible("molecule/procedures/prepare.yml", place, {}, "-e", f"system={system}")
    if told.returncode:
        raise SystemExit(f"{told.stdout}\nprepare.yml ended with code {told.returncode}")
    return place


def rehearse(place: Path, *arguments: str) -> Rehearsal:
    written = place.parent / "predicted.json"
    written.unlink(missing_ok=True)
    callbacks = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "ANSIBLE_CALLBACKS_ENABLED": "predicted_tasks", "KUBEWRIGHT_PREDICTED_TASKS": str(written)}
    done = ansible("site.yml", place, callbacks, "--check", "--diff", *arguments)
    seen = json.loads(written.read_text()) if written.is_file() else []
    return Rehearsal(done.returncode, done.stdout, read_recap(done.stdout), [Prediction(**one) for one in seen])


def ansible(playbook: str, inventory: Path, settings: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAMS / "ansible-playbook"), playbook, "-i", str(inventory), *arguments]
    return subprocess.run(command, cwd=CLONE, env={**plain_environment(), **settings}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def rows(name: str, run: Rehearsal) -> Iterator[tuple[str, ...]]:
    for host, numbers in run.recap.items():
        counts = [str(numbers[word]) for word in ("ok", "changed", "unreachable", "failed")]
        yield (name, host, run.steps.get(host, "none"), *counts)


def passed(run: Rehearsal) -> bool:
    """Every host has its step and predicted changes, and nothing failed."""
    return run.rc == 0 and bool(run.recap) and all(
        numbers["changed"] and not numbers["failed"] and not numbers["unreachable"] and host in run.steps for host, numbers in run.recap.items())


def table(found: list[tuple[str, ...]]) -> str:
    every = [("INVENTORY", "HOST", "STEP", "OK", "CHANGED", "UNREACHABLE", "FAILED"), *found]
    widths = [max(len(row[column]) for row in every) for column in range(len(every[0]))]
    return "\n".join("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in every)
