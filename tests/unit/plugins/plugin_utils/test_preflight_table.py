# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import Finding
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_findings import Located
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import WIDTH, folded, said, summary, table


def located(host: str, name: str = "Swap", level: str = "error", message: str = "is so", remedy: str | None = "do") -> Located:
    return Located(host, Finding(name, level, message, remedy))


def test_errors_come_first_with_machines_sentence_and_remedy() -> None:
    assert table([located("w2", level="warning"), located("w1", remedy=None), located("a1", "Mem"), located("inventory", "CNI", "warning")]) == """\
LEVEL    ID                  MACHINES
ERROR    Mem                 a1
         is so
         -> do
ERROR    Swap                w1
         is so
WARNING  CNI                 inventory
         is so
         -> do
WARNING  Swap                w2
         is so
         -> do
2 errors and 2 warnings on 3 machines.
To accept one: kube_preflight_waived: [Mem, Swap, CNI] for the machine. docs/preflight.md tells of each."""


def test_nothing_to_say_is_said() -> None:
    assert table([]) == "preflight: nothing stands in the way"
    assert table([], 2) == "preflight: nothing stands in the way; 2 findings waived"
    assert "1 error and 0 warnings on 1 machine; 1 finding waived." in table([located("w1")], 1)


def test_the_same_of_a_thousand_machines_is_said_once() -> None:
    lines = table([located(f"node{number:04}") for number in range(1, 1001)]).splitlines()
    assert lines[1] == "ERROR    Swap                node[0001:1000]" and len(lines) == 6


def test_a_remedy_of_several_sentences_is_said_once_below_the_last() -> None:
    text = table([located(f"w{size}", message=f"{size} MiB") for size in (100, 200, 300)])
    assert text.count("-> do") == 1 and text.index("300 MiB") < text.index("-> do")


def test_of_many_different_words_the_rest_is_named() -> None:
    text = table([located(f"w{size}", message=f"{size} MiB") for size in range(100, 150)])
    assert text.count("MiB") == 8 and "The like of 42 more: w[108:149]" in text
    assert table([located(f"w{size}", message=f"{size} MiB") for size in range(100, 109)]).count("MiB") == 9


def test_no_line_is_wider_than_a_terminal() -> None:
    found = [located(f"host-{number * 7}.example.com", message="a sentence of some words " * 12, remedy="a remedy of some words " * 12) for number in range(40)]
    assert max(len(line) for line in table(found).splitlines()) <= WIDTH


@pytest.mark.parametrize(("hosts", "expected"), [
    (["w1"], "w1"), (["w2", "w1"], "w1, w2"), (["w1", "w2", "w3"], "w[1:3]"), (["w9", "w10", "w11", "cp1"], "cp1, w[9:11]"),
    (["w01", "w02", "w03", "w3"], "w[01:03], w3"), (["a1.example.com", "a2.example.com", "a3.example.com"], "a[1:3].example.com"),
    (["w1", "w3", "w5"], "w1, w3, w5"), (["cp", "w"], "cp, w"), (["w1", "w1"], "w1"), (["192.0.2.1", "192.0.2.2", "192.0.2.3"], "192.0.2.[1:3]"), ([], ""),
    (["w8", "w9", "w010"], "w8, w9, w010"), (["rack1-a", "rack2-b"], "rack1-a, rack2-b"),
])
def test_names_that_count_up_are_a_range(hosts: list[str], expected: str) -> None:
    assert folded(hosts) == expected


def test_a_host_of_which_the_same_is_found_twice_is_named_once() -> None:
    assert [row.hosts for row in said([located("w1"), located("w1"), located("w2")])] == [["w1", "w2"]]


def test_the_last_words_of_a_failed_run() -> None:
    assert summary([located("w1"), located("w2")]) == (
        "1 error must be settled before anything is changed; nothing was. [Swap] w1, w2: is so. The table above has the remedies.")
    many = summary([located("w1", message=str(number)) for number in range(20)])
    assert many.startswith("20 errors must") and "; and 12 more." in many
