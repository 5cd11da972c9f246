from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import inventory
from lab.errors import LabError

LISTED = {
    "_meta": {"hostvars": {"cp1": {"kube_version": "1.34.2"}, "worker1": {"kube_version": "1.34.2", "x": 1}}},
    "all": {"children": ["ungrouped", "kube_control_plane", "kube_node", "rack"]},
    "kube_control_plane": {"hosts": ["cp1"]},
    "kube_node": {"hosts": ["cp1", "worker1"]},
    "rack": {"children": ["kube_node"]},
}


def test_hosts_of_nested_groups_are_found_once() -> None:
    assert inventory.groups_of(LISTED)["rack"] == ["cp1", "worker1"]
    assert list(inventory.variables_of(LISTED)) == ["cp1", "worker1"]


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ({"a": {"v": "1"}, "b": {"v": "1"}}, "1"),
        ({"a": {"v": "1"}, "b": {}}, "1"),
        ({"a": {"v": "1"}, "b": {"v": "2"}}, ""),
        ({"a": {"v": "{{ other }}"}}, ""),
        ({"a": {}}, ""),
    ],
)
def test_only_a_plain_value_that_hosts_agree_on_counts(hosts: dict[str, dict[str, Any]], expected: str) -> None:
    assert inventory.common(hosts, "v") == expected


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        (["x"], ["x", "y"], ["x", "y"]),
        ({"a": {"b": 1}}, {"a": 3}, {"a": 3}),
    ],
)
def test_overlay_and_inventory_are_merged(base: Any, over: Any, expected: Any) -> None:
    assert inventory.merged(base, over) == expected


def test_a_host_whose_inventory_sets_the_same_variable_gets_both() -> None:
    everybody = {"kube_proxy_configuration": {"conntrack": {"maxPerCore": 0}}, "kube_cni": "bridge"}
    given = {"a": {"kube_proxy_configuration": {"mode": "nftables"}}, "b": {}}
    tree = inventory.overlay_tree(everybody, {"a": {"ansible_host": "1"}, "b": {"ansible_host": "2"}}, given)
    assert tree["all"]["vars"] == everybody
    assert tree["all"]["hosts"]["a"]["kube_proxy_configuration"] == {
        "mode": "nftables",
        "conntrack": {"maxPerCore": 0},
    }
    assert tree["all"]["hosts"]["b"] == {"ansible_host": "2"}


def test_what_the_inventory_says_already_is_not_said_again() -> None:
    tree = inventory.overlay_tree({"kube_cni": "bridge"}, {"a": {}}, {"a": {"kube_cni": "bridge"}})
    assert tree["all"]["hosts"]["a"] == {}


def test_the_overlay_is_written_without_references(tmp_path: Path) -> None:
    shared = {"maxPerCore": 0}
    inventory.write_overlay(tmp_path, {"all": {"vars": {"a": shared, "b": shared}}})
    place = tmp_path / "20-lab.yml"
    assert "&" not in place.read_text()
    assert place.stat().st_mode & 0o777 == 0o600


def test_without_workers_the_control_planes_take_the_workloads() -> None:
    tree = yaml.safe_load(inventory.default_hosts(1, 0))
    assert list(tree["all"]["children"]["kube_node"]["hosts"]) == ["cp1"]


def test_a_users_inventory_is_linked_with_its_variables_and_stays_his(tmp_path: Path) -> None:
    user = tmp_path / "user"
    (user / "group_vars").mkdir(parents=True)
    (user / "hosts.ini").write_text("[kube_node]\nworker1\n")
    folder = tmp_path / "lab"
    inventory.place_hosts(folder, user / "hosts.ini", None, None)
    assert (folder / "10-hosts").resolve() == user / "hosts.ini"
    assert (folder / "group_vars").resolve() == user / "group_vars"
    assert not inventory.drop_host(folder, "worker1")


def test_of_a_folder_what_people_read_is_left_out(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.mkdir()
    for name in ("hosts.yml", "README.md", "README.zh-CN.md"):
        (user / name).write_text("")
    inventory.place_hosts(tmp_path / "lab", user, None, None)
    assert [entry.name for entry in (tmp_path / "lab").iterdir()] == ["10-hosts-hosts.yml"]


def test_hosts_added_by_hand_stay_until_numbers_are_given(tmp_path: Path) -> None:
    inventory.place_hosts(tmp_path, None, None, None)
    place = tmp_path / "10-hosts.yml"
    place.write_text(place.read_text().replace("worker2:", "worker2:\n        extra:"))
    inventory.place_hosts(tmp_path, None, None, None)
    assert "extra:" in place.read_text()
    inventory.place_hosts(tmp_path, None, None, 1)
    assert "extra:" not in place.read_text()
    assert inventory.drop_host(tmp_path, "worker1")
    assert "worker1" not in place.read_text()


def test_an_inventory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="does not exist"):
        inventory.place_hosts(tmp_path / "lab", tmp_path / "nowhere", None, None)
