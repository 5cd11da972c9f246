# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, Finding, KubeadmError, KubewrightError


def test_an_error_carries_its_evidence() -> None:
    error = KubewrightError("found, expected, do", pods=["a"])
    assert (str(error), error.evidence) == ("found, expected, do", {"pods": ["a"]})


def test_a_command_error_says_the_last_line() -> None:
    assert str(CommandError("kubeadm init", 1, "out", "W1 warning\nerror: no\n\n")) == "`kubeadm init` ended with code 1: error: no"
    assert str(CommandError("kubeadm init", 1, "first\nlast\n", "")) == "`kubeadm init` ended with code 1: last"
    assert str(CommandError("kubeadm init", 1, "", "\n")) == "`kubeadm init` ended with code 1: it printed nothing"


def test_a_command_error_passes_over_the_advice_that_kubeadm_ends_with(captured: Callable[[str], str]) -> None:
    assert str(CommandError("kubeadm join", 1, "", captured("kubeadm/1.34.2/join-wrong-hash.stderr.txt"))).startswith(
        "`kubeadm join` ended with code 1: error: error execution phase preflight: couldn't validate the identity of the API Server")
    assert str(CommandError("kubeadm init", 1, "", captured("kubeadm/1.20.2/init-again.stderr.txt"))) == (
        "`kubeadm init` ended with code 1: error execution phase preflight: [preflight] Some fatal errors occurred:")


def test_an_error_of_kubeadm_carries_its_findings() -> None:
    finding = Finding("Swap", "error", "swap is on", "off")
    error = KubeadmError("kubeadm init", 1, "", "no", [finding])
    assert error.evidence == {"command": "kubeadm init", "rc": 1, "stdout": "", "stderr": "no", "findings": [finding.as_dict()], "steps": []}
    assert str(error) == "`kubeadm init` ended with code 1: its checks found Swap (swap is on)"


def test_a_warning_of_kubeadm_is_not_what_it_failed_of() -> None:
    error = KubeadmError("kubeadm init", 1, "", "error: no", [Finding("Swap", "warning", "on", "off")], ["preflight"])
    assert str(error) == "`kubeadm init` ended with code 1: error: no" and error.evidence["steps"] == ["preflight"]
