# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role works in anybody's playbook: it stands on its own variables, which stand on the inputs of the whole cluster, and on nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible_collections.kubewright.cluster.tests import role_readmes
from jinja2 import Environment, meta, nodes

ROLES = role_readmes.ROLES
ALL = role_readmes.roles()
INPUTS = set(role_readmes.inputs())
# What every playbook has, whatever its inventory calls its groups and whether facts were gathered.
EVERYWHERE = {"inventory_hostname", "ansible_play_hosts", "ansible_play_hosts_all", "ansible_check_mode", "omit", "item", "lookup"}
# Other hosts' variables are the inventory's, read by filters that know what they may find there.
HOSTVARS = re.compile(r"hostvars(\[inventory_hostname\])? \| kubewright\.cluster\.(known_nodes|certificate_names|declared_nodes|own_address|version_of_minor)\("
                      r"|hostvars\[item\]\.kube_\w+ \| default\(")
# Roles that ask for the distribution themselves, and only where nobody did.
ASKS = {"containerd", "docker"}
# A role that another one calls, which passes all that differs. No other dependency is there.
CALLS = {("control_plane", "join"), ("workers", "join"), ("preflight", "kube_packages"), ("preflight", "docker")}
KEYWORDS = {"when", "until", "that", "changed_when", "failed_when"}
CALL = {"ansible.builtin.include_role", "ansible.builtin.import_role"}
SYSTEMS = {"Debian": ["buster", "bullseye", "bookworm", "trixie"], "Ubuntu": ["bionic", "focal", "jammy", "noble"], "EL": ["7", "8", "9", "10"]}


class Whatever(dict[str, Any]):
    """Filters and tests of ansible and of ours, which are named and never called."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return str

    def get(self, name: str, default: Any = None) -> Any:
        return self[name]


JINJA = Environment()
JINJA.filters = JINJA.tests = Whatever()


class Expression(NamedTuple):
    where: str
    text: str

    def names(self) -> set[str]:
        return set(meta.find_undeclared_variables(JINJA.parse(self.text.replace("\\", "/")))) - {"true", "false", "none", "True", "False"}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None


def files(role: str, *folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROLES / role / folder).rglob("*")) if path.is_file()]


def expressions(value: Any, where: str, bare: bool = False) -> Iterator[Expression]:
    """Every template, and what is an expression without braces."""
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            yield Expression(where, value)
        elif bare:
            yield Expression(where, "{{ " + value + " }}")
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item, where, bare)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from expressions(item, where, key in KEYWORDS)


def of(role: str, *folders: str) -> list[Expression]:
    found: list[Expression] = []
    for path in files(role, *folders):
        where = str(path.relative_to(ROLES))
        if path.suffix == ".j2":
            found.append(Expression(where, path.read_text(encoding="utf-8")))
        else:
            found += expressions(load(path), where)
    return found


@cache
def defaults(role: str) -> dict[str, Any]:
    return dict(load(ROLES / role / "defaults" / "main.yml"))


@cache
def options(role: str) -> dict[str, dict[str, Any]]:
    """Of all entry points."""
    return {name: option for spec in role_readmes.specs(role).values() for name, option in spec.get("options", {}).items()}


def own(role: str, name: str) -> bool:
    return name.startswith((f"{role}_", f"__{role}_")) and not any(
        name.startswith((f"{other}_", f"__{other}_")) for other in ALL if other.startswith(role + "_"))


def tasks(role: str) -> Iterator[dict[str, Any]]:
    waiting = [task for path in files(role, "tasks") for task in load(path)]
    while waiting:
        task = waiting.pop(0)
        yield task
        waiting += [inner for part in ("block", "rescue", "always") for inner in task.get(part, [])]


def test_an_input_without_a_value_is_none_for_roles_as_it_is_for_preflight() -> None:
    """A survey's empty answer, and a name without a value in the inventory, are null. false is a value of some."""
    strict = {"kube_cni_mtu", "kube_swap", "kube_firewall", "kube_http_proxy_state", "kube_package_repo_gpgcheck"}
    found = [(role, name) for role in ALL for one in of(role, "defaults", "vars")
             for call in JINJA.parse(one.text).find_all(nodes.Filter) if call.name == "default" and len(call.args) == 1
             for name in [getattr(call.node, "name", "")] if name.startswith("kube_") and name not in strict]
    assert found == []


@pytest.mark.parametrize("role", ALL)
def test_defaults_stand_on_inputs_of_the_whole_cluster_and_on_the_role_s_own(role: str) -> None:
    for expression in of(role, "defaults"):
        strange = {name for name in expression.names() if name not in INPUTS | EVERYWHERE and not own(role, name)}
        assert not strange, f"{expression.where}: {expression.text} reads {', '.join(sorted(strange))}"


@pytest.mark.parametrize("role", ALL)
def test_an_input_of_the_whole_cluster_may_be_missing(role: str) -> None:
    """Each is read with a default, so a role's own variables are enough."""
    for expression in of(role, "defaults"):
        guarded = {node.node.name for node in JINJA.parse(expression.text).find_all(nodes.Filter)
                   if node.name == "default" and isinstance(node.node, nodes.Name)}
        assert expression.names() & INPUTS <= guarded, f"{expression.where}: {expression.text}"


@pytest.mark.parametrize("role", ALL)
def test_everything_else_reads_the_role_s_own_variables(role: str) -> None:
    for expression in of(role, "tasks", "handlers", "vars", "templates"):
        allowed = EVERYWHERE | ({"ansible_facts"} if role in ASKS else set()) | ({"hostvars"} if HOSTVARS.search(expression.text) else set())
        strange = {name for name in expression.names() if name not in allowed and not own(role, name)}
        strange -= {name for caller, called in CALLS if caller == role for name in strange if own(called, name)} if "vars" not in expression.where else set()
        assert not strange, f"{expression.where}: {expression.text} reads {', '.join(sorted(strange))}"


@pytest.mark.parametrize("role", ALL)
def test_no_host_s_variables_are_read_but_by_filters_that_know_what_the_inventory_says(role: str) -> None:
    for expression in of(role, "defaults", "tasks", "handlers", "vars", "templates"):
        assert expression.text.count("hostvars") == len(HOSTVARS.findall(expression.text)), f"{expression.where}: {expression.text}"
        assert not re.search(r"\bgroups\b|\bgroup_names\b|ansible_(distribution|os_family|default_ipv4|hostname|fqdn)\b", expression.text)


@pytest.mark.parametrize("role", sorted(ASKS))
def test_a_role_that_reads_facts_gathers_them_where_nobody_did(role: str) -> None:
    gathered = [task for task in tasks(role) if "ansible.builtin.setup" in task]
    assert gathered and all(task["ansible.builtin.setup"] == {"gather_subset": ["!all", "!min", "distribution"]} for task in gathered)
    read = {name for expression in of(role, "vars") for name in re.findall(r"ansible_facts\.(\w+)", expression.text)}
    assert read <= {"distribution", "distribution_release", "distribution_major_version"}


@pytest.mark.parametrize("role", ALL)
def test_every_variable_is_specified_has_a_default_and_is_used(role: str) -> None:
    required = {name for name, option in options(role).items() if option.get("required")}
    assert set(defaults(role)) | required == set(options(role))
    assert all(own(role, name) for name in options(role))
    used = "\n".join(path.read_text(encoding="utf-8") for path in files(role, "tasks", "handlers", "vars", "templates", "defaults"))
    for name in options(role):
        reads = re.findall(rf"(?<!\w){name}(?!\w)(?!:)", used)
        assert reads, f"{role}: nothing reads {name}"


@pytest.mark.parametrize("role", ALL)
def test_the_default_that_is_told_is_the_default(role: str) -> None:
    for name, option in options(role).items():
        value = defaults(role).get(name)
        constant = not (isinstance(value, (str, list)) and "{{" in str(value))
        if name not in defaults(role) or option.get("required"):
            continue
        if constant:
            assert "default" in option and option["default"] == value and type(option["default"]) is type(value), f"{name}: {value!r} is not told"
        elif "default" in option:
            told = repr(option["default"]).replace(" ", "")
            plain = re.fullmatch(r"\{\{ kube_\w+ \| default\((.*?)(?:, true)?\) \}\}", str(value))
            assert plain and plain[1].replace(" ", "").capitalize() == told.capitalize(), f"{name}: {value} is told as {told}"


@pytest.mark.parametrize("role", ALL)
def test_an_entry_point_takes_what_main_takes_of_the_same_name(role: str) -> None:
    """Kinds and defaults do not depend on where a variable is read."""
    seen: dict[str, Any] = {}
    for entry, spec in role_readmes.specs(role).items():
        assert (ROLES / role / "tasks" / f"{entry}.yml").is_file()
        assert spec["short_description"] and spec["description"]
        for name, option in spec.get("options", {}).items():
            form = {key: value for key, value in option.items() if key not in ("description", "required")}
            assert seen.setdefault(name, form) == form, f"{role} {entry}: {name}"


@pytest.mark.parametrize("role", ALL)
def test_other_roles_are_called_only_where_it_is_known_and_said(role: str) -> None:
    called = {task[name]["name"].removeprefix("kubewright.cluster.") for task in tasks(role) for name in CALL if name in task}
    assert {(role, other) for other in called} == {pair for pair in CALLS if pair[0] == role}
    page = (ROLES / role / "README.md").read_text(encoding="utf-8")
    assert all(other in page for other in called)


@pytest.mark.parametrize("role", ALL)
def test_no_role_depends_on_another_and_all_are_for_the_same_systems(role: str) -> None:
    told = load(ROLES / role / "meta" / "main.yml")
    assert told["dependencies"] == [] and told["galaxy_info"]["min_ansible_version"] == "2.16"
    systems = {row["name"]: row["versions"] for row in told["galaxy_info"]["platforms"]}
    assert systems == SYSTEMS
    assert told["galaxy_info"]["license"] == "GPL-3.0-or-later" and told["galaxy_info"]["description"].endswith(".")


@pytest.mark.parametrize("role", ALL)
def test_nothing_asks_for_rights_or_facts_that_the_playbook_decides_on(role: str) -> None:
    """become is the playbook's; only what is done on the controller does without."""
    for task in tasks(role):
        assert task.get("become") in (None, False), task["name"]
        if "become" in task:
            assert "delegate_to" in task


def test_every_input_that_a_default_reads_is_in_the_page_of_variables() -> None:
    read = {name for role in ALL for expression in of(role, "defaults") for name in expression.names() if name.startswith("kube_")}
    assert {name for name in read if not any(own(role, name) for role in ALL)} <= INPUTS
