# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _ufw as ufw
from ansible_collections.kubewright.cluster.plugins.module_utils._openings import Opening
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

ADDED = "ufw/added-0.36.2.txt"
OPENINGS = [Opening("tcp", "6443", ""), Opening("udp", "30000-32767", ""), Opening("tcp", "2379-2380", "192.0.2.0/24"), Opening("tcp", "10250", "192.0.2.7/32"),
            Opening("udp", "51821", "2001:db8::7/128"), Opening("esp", "", ""), Opening("esp", "", "192.0.2.0/24"), Opening("ipip", "", "192.0.2.0/24")]
WANTED = ["allow 6443/tcp", "allow 30000:32767/udp", "allow from 192.0.2.0/24 to any port 2379:2380 proto tcp",
          "allow from 192.0.2.7 to any port 10250 proto tcp",
          "allow from 2001:db8::7 to any port 51821 proto udp", "allow to any proto esp", "allow from 192.0.2.0/24 proto esp",
          "allow from 10.244.0.0/16", "route allow from 10.244.0.0/16", "route allow to 10.244.0.0/16"]


def test_rules_are_ours_by_their_comment(captured: Callable[[str], str]) -> None:
    found = ufw.rules(captured(ADDED))
    assert [rule.text for rule in found if rule.is_own] == [
        "allow 30000:32767/udp", "allow from 192.0.2.0/24 to any port 2379:2380 proto tcp", "allow from 10.244.0.0/16", "route allow from 10.244.0.0/16",
        "route allow to 10.244.0.0/16", "allow from 192.0.2.0/24 proto esp", "allow from fd00::/48"]
    assert [rule.text for rule in found if not rule.is_own] == [
        "allow 6443/tcp", "allow 22/tcp", "allow OpenSSH", "deny from 203.0.113.7", "allow to any proto esp", "allow 10250",
        "limit in on eth0 to any port 22 proto tcp"]
    assert ufw.rules("Added user rules (see 'ufw status' for running firewall):\n(None)\n") == []


def test_what_is_wanted_is_spelled_as_ufw_prints_it() -> None:
    assert ufw.wanted(OPENINGS, ["10.244.0.0/16"]) == WANTED


def test_ours_that_nobody_needs_go_and_others_stay(captured: Callable[[str], str]) -> None:
    steps = ufw.steps(ufw.rules(captured(ADDED)), WANTED)
    assert [words for _sentence, words in steps] == [
        ["--force", "delete", "allow", "from", "fd00::/48"],
        ["allow", "from", "192.0.2.7", "to", "any", "port", "10250", "proto", "tcp", "comment", "kubewright"],
        ["allow", "from", "2001:db8::7", "to", "any", "port", "51821", "proto", "udp", "comment", "kubewright"]]
    assert steps[0][0] == "ufw: take back allow from fd00::/48"
    gone = [words for _sentence, words in ufw.steps(ufw.rules(captured(ADDED)), [])]
    assert ["--force", "route", "delete", "allow", "to", "10.244.0.0/16"] in gone and len(gone) == 7


RULES = "*nat\nCOMMIT\n*filter\n:ufw-before-input - [0:0]\n-A ufw-before-input -i lo -j ACCEPT\n\n# don't delete the 'COMMIT' line\nCOMMIT\n"
BLOCK = ufw.BEGIN + "\n-A ufw-before-input -p 4 -s 192.0.2.0/24 -j ACCEPT\n" + ufw.END + "\n"


def test_a_protocol_without_a_word_has_a_block_in_the_filter_table() -> None:
    text = ufw.with_block(RULES, OPENINGS)
    assert text == RULES[:-len("COMMIT\n")] + BLOCK + "COMMIT\n"
    assert ufw.with_block(text, OPENINGS) == text and ufw.with_block(text, []) == RULES
    assert "-p 4 -j ACCEPT" in ufw.with_block(text, [Opening("ipip", "", "")])


@pytest.mark.parametrize("text", ["", "*filter\n", "# nothing\n", "*nat\nCOMMIT\n"])
def test_a_file_without_a_filter_table_stays_as_it_is(text: str) -> None:
    assert ufw.with_block(text, OPENINGS) == text


@pytest.mark.parametrize(("text", "expected"), [("ENABLED=yes\n", True), ("# ENABLED=yes\nENABLED=no\n", False), ("", False)])
def test_ufw_is_on_or_off(machine: FakeMachine, text: str, expected: bool) -> None:
    machine.write(ufw.CONFIGURATION, text)
    assert ufw.enabled() is expected
