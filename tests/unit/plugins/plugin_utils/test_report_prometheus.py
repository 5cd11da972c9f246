# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_prometheus
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster as made_up

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? -?\d+')


@pytest.mark.parametrize("faults", [False, True])
def test_every_line_is_of_prometheus_text_format(faults: bool) -> None:
    lines = report_prometheus.textfile(made_up.made(3, faults=faults)).splitlines()
    told: list[str] = []
    for line in lines:
        if line.startswith("# TYPE "):
            assert line.endswith(" gauge")
            told.append(line.split()[2])
        elif not line.startswith("# HELP "):
            assert LINE.fullmatch(line) and re.split(r"[{ ]", line)[0] == told[-1], line
    assert len(told) == len(set(told)) and all(name.startswith("kubewright_") for name in told)


def test_what_a_report_tells_is_told() -> None:
    text = report_prometheus.textfile(made_up.made(3, faults=True))
    for line in ('kubewright_report_timestamp_seconds 1795313038', 'kubewright_node_ready{node="worker2",role="worker"} 0', 'kubewright_drift 2',
                 'kubewright_machine_asked{host="worker2"} 0', 'kubewright_findings{level="warning"} 1', 'kubewright_bootstrap_tokens 1',
                 'kubewright_nodes_only_in_cluster 1', 'kubewright_run_lock_seconds_left 0',
                 'kubewright_certificate_expiry_timestamp_seconds{node="cp1",path="/etc/kubernetes/pki/apiserver.crt",kind="certificate"} 1798859038'):
        assert f"{line}\n" in text


def test_a_lock_and_the_end_of_support_are_told_where_they_are_known() -> None:
    report = made_up.made(1)
    report["cluster"]["lock"] = {"seconds_left": 60}
    report["versions"]["support"] = {"minor": "1.35", "days_left": 98}
    text = report_prometheus.textfile(report)
    assert "kubewright_run_lock_seconds_left 60\n" in text and 'kubewright_support_days_left{minor="1.35"} 98\n' in text


def test_nothing_in_a_value_ends_it() -> None:
    report = made_up.made(1)
    report["nodes"][0]["name"] = 'a"b\\c\nd'
    assert 'node="a\\"b\\\\c\\nd"' in report_prometheus.textfile(report)


def test_a_machine_that_the_inventory_has_twice_is_told_once() -> None:
    report = made_up.made(1)
    report["certificates"] *= 2
    assert report_prometheus.textfile(report) == report_prometheus.textfile(made_up.made(1))


def test_the_rules_of_the_documents_ask_for_what_is_there() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "report.md").read_text(encoding="utf-8")
    named = set(re.findall(r"kubewright_[a-z_]+", page.partition("Rules that fit")[2]))
    assert len(named) == 4 and not [name for name in named if f"# TYPE {name} gauge" not in report_prometheus.textfile(made_up.made(3))]
