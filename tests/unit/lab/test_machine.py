from typing import Any

import pytest

from lab import apt, engine, machine, nodes, place, state
from lab.errors import LabError


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        ("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", 2),
        ("tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n", 1),
    ],
)
def test_an_empty_unified_hierarchy_beside_the_old_ones_is_version_1(mounts: str, expected: int) -> None:
    assert machine.cgroup_version(mounts) == expected


@pytest.mark.parametrize(("bits", "expected"), [("000001fffeffffff", False), ("000001ffffffffff", True)])
def test_the_bounding_set_tells_whether_oom_scores_may_be_lowered(bits: str, expected: bool) -> None:
    status = f"Name:\tx\nCapEff:\t000001ffffffffff\nCapBnd:\t{bits}\n"
    assert machine.has_capability(status, machine.CAP_SYS_RESOURCE) is expected


def test_a_stub_on_this_machine_is_no_name_server_for_a_container() -> None:
    text = "nameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\n# nameserver 192.0.2.9\n"
    assert machine.reachable_nameservers(text) == ("192.0.2.53", "fe80::1%eth0")


LISTED = """\
http://mirror.example.com/debian/|trixie|main|Debian|Debian
http://mirror.example.com/debian/|trixie|contrib|Debian|Debian
http://other.example.com/apt/|stable|main|Other|Other
http://security.example.com/|trixie-security|main|Debian|Debian-Security
"""


def test_debian_is_found_among_other_repositories() -> None:
    found = apt.archive_of(LISTED)
    assert found == apt.Archive("http://mirror.example.com/debian/", "http://security.example.com/")


def test_a_machine_without_debian_is_told_what_to_add() -> None:
    with pytest.raises(LabError, match="No Debian archive"):
        apt.archive_of("http://other.example.com/apt/|stable|main|Other|Other\n")


def test_any_suite_is_derived_with_its_updates() -> None:
    text = apt.sources(apt.archive_of(LISTED), "bookworm", with_source=True)
    assert "Types: deb deb-src\nURIs: http://mirror.example.com/debian/\nSuites: bookworm bookworm-updates\n" in text
    assert "URIs: http://security.example.com/\nSuites: bookworm-security\n" in text


def test_the_unreleased_suite_has_no_updates() -> None:
    text = apt.sources(apt.archive_of(LISTED), "sid")
    assert "Suites: sid\n" in text
    assert "security" not in text


def test_only_the_way_to_the_archive_is_carried_into_containers() -> None:
    dump = (
        'Acquire::http::Proxy "http://192.0.2.8:3142";\nAcquire::Check-Valid-Until "false";\n'
        'Acquire::Languages "none";\nDPkg::Post-Invoke:: "x";\nAcquire::https::Proxy::host.example "DIRECT";\n'
    )
    assert apt.carried_settings(dump) == (
        'Acquire::http::Proxy "http://192.0.2.8:3142";\nAcquire::Check-Valid-Until "false";\n'
        'Acquire::https::Proxy::host.example "DIRECT";\n'
    )


def test_a_process_is_known_by_its_start_not_by_its_number_alone() -> None:
    assert engine.start_time(2**22 + 1) is None
    assert engine.start_time(1) is not None


@pytest.mark.parametrize("name", ["", "-x", "Upper", "a b", "a/../b", "x" * 40])
def test_a_labs_name_is_plain(name: str) -> None:
    with pytest.raises(LabError, match="a lab is named with"):
        state.load(name)


def test_a_host_keeps_its_key_line_when_another_is_forgotten(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "CLONE", tmp_path)
    lab = state.State("x", addresses={"a": "192.0.2.1", "b": "192.0.2.11"})
    lab.folder.mkdir(parents=True)
    lab.known_hosts.write_text("192.0.2.1 ssh-ed25519 A\n192.0.2.11 ssh-ed25519 B\n")
    nodes.forget_host_keys(lab, "a")
    assert lab.known_hosts.read_text() == "192.0.2.11 ssh-ed25519 B\n"


def test_a_saved_lab_is_loaded_as_it_was(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "CLONE", tmp_path)
    lab = state.State("x", versions=["1.20.2"], addresses={"a": "192.0.2.1"}, password="secret", privileged=False)
    lab.save()
    assert state.load("x") == lab
    assert (lab.folder / "state.json").stat().st_mode & 0o777 == 0o600
