# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _hosts as hosts

BLOCK = "192.0.2.10 cp1 cluster-endpoint\n192.0.2.11 worker1"
WHOLE = f"{hosts.BEGIN}\n{BLOCK}\n{hosts.END}\n"
LOCAL = "127.0.0.1 localhost\n127.0.1.1 worker1.example.com worker1\n"


@pytest.mark.parametrize(("name", "problem"), [
    ("worker1", None), ("w", None), ("worker-1.example.com", None), ("1worker", None), ("a" * 63, None),
    ("worker_1", "RFC 1123 wants"), ("Worker1", "; worker1 would do"), ("-w", "RFC 1123"), ("w-", "RFC 1123"), ("w..x", "RFC 1123"), ("W_1", "hyphen"),
    ("a" * 64, "RFC 1123"), ("a." * 33, "it has 66 characters, Linux takes 64"), ("wörker", "RFC 1123"), ("w\n", "RFC 1123"),
])
def test_names_are_those_of_rfc_1123(name: str, problem: Any) -> None:
    told = hosts.name_problem(name)
    assert told is None if problem is None else problem in str(told)


def test_a_name_that_lower_case_does_not_save_is_not_suggested() -> None:
    assert "would do" not in str(hosts.name_problem("W_1")) and "would do" not in str(hosts.name_problem("w_1"))


def test_addresses_and_names_are_read() -> None:
    assert hosts.lines("# x y\n192.0.2.1\ta  b # c\n\n192.0.2.2\n::1 localhost\n") == [("192.0.2.1", ["a", "b"]), ("::1", ["localhost"])]


@pytest.mark.parametrize(("text", "block", "expected"), [
    ("", BLOCK, WHOLE), (LOCAL, BLOCK, LOCAL + WHOLE), ("127.0.0.1 localhost", BLOCK, "127.0.0.1 localhost\n" + WHOLE), (WHOLE + LOCAL, BLOCK, WHOLE + LOCAL),
    (f"a\n{hosts.BEGIN}\nold\n{hosts.END}\nb\n", BLOCK, f"a\n{WHOLE}b\n"), (LOCAL + WHOLE, "", LOCAL), (LOCAL, "", LOCAL), (LOCAL, "\n", LOCAL),
    (f"{hosts.BEGIN}\n{hosts.END}\n", BLOCK, WHOLE),
])
def test_the_block_is_kept_where_it_is(text: str, block: str, expected: str) -> None:
    assert hosts.with_block(text, block) == expected
    assert hosts.with_block(expected, block) == expected


@pytest.mark.parametrize(("hostname", "outside", "expected"), [
    ("worker1", "", BLOCK), ("machine-7", "", BLOCK + " machine-7"), ("machine-7", "127.0.1.1 machine-7\n", BLOCK), ("cp1", "", BLOCK),
])
def test_the_machine_s_own_name_stands_beside_its_node_s(hostname: str, outside: str, expected: str) -> None:
    assert hosts.with_own_name(BLOCK, "worker1", hostname, outside) == expected


@pytest.mark.parametrize(("text", "expected"), [
    (LOCAL, {}), ("192.0.2.10 cp1\n", {}), ("10.0.0.5 cp1\n", {"10.0.0.5 cp1": ["cp1"]}), ("#10.0.0.5 cp1\n", {}), ("2001:db8::10 cp1\n::1 cp1\n", {}),
    ("10.0.0.5 cp1 worker1 other # old\n", {"10.0.0.5 cp1 worker1 other # old": ["cp1", "worker1"]}), (f"{hosts.BEGIN}\n10.0.0.5 cp1\n{hosts.END}\n", {}),
])
def test_lines_that_lead_a_node_s_name_elsewhere_are_found(text: str, expected: Dict[str, List[str]]) -> None:
    assert hosts.contradicting(text, BLOCK) == expected


@pytest.mark.parametrize(("raw", "names", "expected"), [
    ("10.0.0.5 cp1", ["cp1"], "# kubewright: 10.0.0.5 cp1\n"), ("10.0.0.5 cp1 other", ["cp1"], "# kubewright: 10.0.0.5 cp1 other\n10.0.0.5 other\n"),
])
def test_such_a_line_becomes_a_comment_and_its_other_names_stay(raw: str, names: List[str], expected: str) -> None:
    assert hosts.without(f"a\n{raw}\nb\n", raw, names) == f"a\n{expected}b\n"
    assert hosts.contradicting(hosts.without(raw + "\n", raw, names), BLOCK) == {}


@pytest.mark.parametrize(("text", "expected"), [
    ("# Your system has configured 'manage_etc_hosts' as True.\n# a.) make changes to the master file in /etc/cloud/templates/hosts.debian.tmpl\n",
     "/etc/cloud/templates/hosts.debian.tmpl"),
    ("# a file in /etc/cloud/templates/hosts.debian.tmpl\n", None), ("# manage_etc_hosts\n", None), (LOCAL, None),
])
def test_the_template_that_cloud_init_uses_is_named_in_the_file_it_made(text: str, expected: Any) -> None:
    assert hosts.template(text) == expected
