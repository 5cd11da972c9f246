# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_text as text_of
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


@pytest.mark.parametrize(("text", "expected"), [
    ("", []), ("  \n", []), ("{}", [{}]), ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]), ('{}\n\n {}\n', [{}, {}]),
    ('W1121 00:00:04.410822    1305 version.go:108] no\n{}\n\t[WARNING Swap]: on\r\n[upgrade] done\n{"a": {}}', [{}, {"a": {}}]),
    ('{"level":"warn","msg":"retrying"}\n{"a": 1}', [{"a": 1}]),
])
def test_json_documents_follow_each_other(text: str, expected: List[Any]) -> None:
    assert text_of.json_documents(text) == expected


@pytest.mark.parametrize("text", ["error", "{} trailing", '{"a":', "null", "[1]", '{} "text"', "[" * 100000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="kubeadm printed something that is no JSON"):
        text_of.json_documents(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("no braces", None), ('{"kind": "A"}{"kind": "B"}', [{"kind": "A"}]), ('any text\n{"kind": "A"}', [{"kind": "A"}]), ('{"level":"warn"}', None)])
def test_only_documents_of_the_kind_count(text: str, expected: Any) -> None:
    assert text_of.documents_of(text, "A") == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("2026-11-21T03:08:27Z", 1795230507), ("2026-11-21T11:08:27+08:00", 1795230507), ("2026-11-20T23:38:27.25-03:30", 1795230507), ("1970-01-01T00:00:00Z", 0)])
def test_times_are_seconds(text: str, expected: int) -> None:
    assert text_of.timestamp(text) == expected


@pytest.mark.parametrize("text", ["", "2026-11-21", "2026-11-21T03:08:27", "2026-13-21T03:08:27Z", "2026-11-21T25:08:27Z", "٢026-11-21T03:08:27Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="where a time was expected"):
        text_of.timestamp(text)


@pytest.mark.parametrize(("line", "expected"), [
    ("a  b", ["a", "b"]), ("a b   c\td ", ["a b", "c", "d"]), ("\ta \t b\r", ["a", "b"]), ("", [""])])
def test_two_blanks_or_a_tab_part_the_cells(line: str, expected: List[str]) -> None:
    assert text_of.cells(line) == expected
