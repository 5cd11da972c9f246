# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _docker_document as documents
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

SYSTEMD = "native.cgroupdriver=systemd"
CGROUPFS = "native.cgroupdriver=cgroupfs"


@pytest.mark.parametrize(("text", "document"), [
    ("", {}), (" \n", {}), ("{}", {}), ('{"debug": true}\n', {"debug": True}), ('{"b": 1, "a": {"d": 1, "c": 2}}', {"b": 1, "a": {"d": 1, "c": 2}}),
])
def test_a_document_is_read_in_its_order(text: str, document: dict[str, Any]) -> None:
    assert list(documents.parse(text, "/d.json").items()) == list(document.items())


@pytest.mark.parametrize(("text", "words"), [
    ('{"debug": true,}', "/d.json is no JSON that Docker could read: "), ("debug: true", "Correct it or move it away; it was not touched."),
    ("[1]", "/d.json holds [1]; it must be an object"), ('"text"', "it must be an object of settings, {...}"),
    ('{"a": 1, "b": 2, "a": 3}', "a is there more than once, of which only the last counts"), ('{"x": {"a": 1, "a": 2}}', "a is there more than once"),
    ("\ufeff{}", "is no JSON"),
])
def test_what_is_no_document_is_refused(text: str, words: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        documents.parse(text, "/d.json")
    assert words in str(caught.value)


@pytest.mark.parametrize(("first", "second", "both"), [
    ({}, {"debug": True}, {"debug": True}),
    ({"exec-opts": [SYSTEMD]}, {"exec-opts": ["a=b", SYSTEMD]}, {"exec-opts": [SYSTEMD, "a=b"]}),
    ({"log-opts": {"a": "1"}}, {"log-opts": {"b": "2"}}, {"log-opts": {"a": "1", "b": "2"}}),
    ({"debug": True}, {"debug": True}, {"debug": True}),
])
def test_options_and_free_form_settings_are_united(first: dict[str, Any], second: dict[str, Any], both: dict[str, Any]) -> None:
    assert documents.united(first, second) == both


def test_what_is_said_twice_and_differently_is_refused() -> None:
    with pytest.raises(KubewrightError, match="^a.b is asked for as 1 by an option of its own and as 2 in the free-form settings; say it once$"):
        documents.united({"a": {"b": 1}}, {"a": {"b": 2}})


@pytest.mark.parametrize(("there", "wanted", "document", "changes"), [
    ({}, {"exec-opts": [SYSTEMD]}, {"exec-opts": [SYSTEMD]}, [f'exec-opts = ["{SYSTEMD}"]']),
    # Of others: kept, at their places.
    ({"bip": "10.9.0.1/24", "debug": True}, {"live-restore": True}, {"bip": "10.9.0.1/24", "debug": True, "live-restore": True}, ["live-restore = true"]),
    ({"registry-mirrors": ["https://theirs"]}, {"registry-mirrors": ["https://ours"]}, {"registry-mirrors": ["https://ours", "https://theirs"]},
     ['registry-mirrors = ["https://ours", "https://theirs"]']),
    ({"exec-opts": ["isolation=x"]}, {"exec-opts": [SYSTEMD]}, {"exec-opts": [SYSTEMD, "isolation=x"]}, [f'exec-opts = ["{SYSTEMD}", "isolation=x"]']),
    ({"log-opts": {"tag": "t"}}, {"log-opts": {"max-size": "1m"}}, {"log-opts": {"tag": "t", "max-size": "1m"}}, ['log-opts.max-size = "1m"']),
    # What is there already: nothing to do.
    ({"registry-mirrors": ["a", "b", "c"]}, {"registry-mirrors": ["a", "c"]}, {"registry-mirrors": ["a", "b", "c"]}, []),
    ({"registry-mirrors": ["a", "b"]}, {"registry-mirrors": ["b", "a"]}, {"registry-mirrors": ["b", "a"]}, ['registry-mirrors = ["b", "a"]']),
    ({"debug": True}, {"debug": True}, {"debug": True}, []),
])
def test_what_is_asked_for_is_merged_with_what_is_there(there: Any, wanted: Any, document: Any, changes: list[str]) -> None:
    found = documents.merged(there, wanted, {}, {})
    assert (found.document, found.changes, found.conflicts) == (document, changes, [])
    again = documents.merged(found.document, wanted, {}, found.note)
    assert (again.document, again.changes, again.note) == (document, [], found.note)


@pytest.mark.parametrize(("there", "wanted", "told"), [
    ({"exec-opts": [CGROUPFS]}, {"exec-opts": [SYSTEMD]}, f'exec-opts is "{CGROUPFS}" there, and "{SYSTEMD}" is asked for'),
    ({"data-root": "/data"}, {"data-root": "/mnt"}, 'data-root is "/data" there, and "/mnt" is asked for'),
    ({"log-opts": {"max-size": "5m"}}, {"log-opts": {"max-size": "1m"}}, 'log-opts.max-size is "5m" there, and "1m" is asked for'),
    ({"debug": 1}, {"debug": True}, "debug is 1 there, and true is asked for"),
    ({"graph": "/data"}, {"data-root": "/mnt"}, 'graph is "/data" there, and "/mnt" is asked for'),
    ({"log-opts": []}, {"log-opts": {"a": "1"}}, 'log-opts is [] there, and {"a": "1"} is asked for'),
])
def test_a_persons_value_is_only_replaced_where_that_is_permitted(there: dict[str, Any], wanted: dict[str, Any], told: str) -> None:
    assert [str(conflict) for conflict in documents.merged(there, wanted, {}, {}).conflicts] == [told]
    permitted = documents.merged(there, wanted, {}, {}, list(there))
    assert permitted.conflicts == [] and permitted.document == wanted and permitted.changes


def test_an_older_name_that_says_the_same_is_left() -> None:
    found = documents.merged({"graph": "/data"}, {"data-root": "/data"}, {}, {})
    assert (found.document, found.asked, found.changes) == ({"graph": "/data"}, {"graph": "/data"}, [])


@pytest.mark.parametrize(("there", "note", "wanted", "document"), [
    ({"data-root": "/a"}, {"data-root": "/a"}, {"data-root": "/b"}, {"data-root": "/b"}),
    ({"exec-opts": [CGROUPFS, "x=y"]}, {"exec-opts": [CGROUPFS]}, {"exec-opts": [SYSTEMD]}, {"exec-opts": [SYSTEMD, "x=y"]}),
    ({"registry-mirrors": ["ours", "theirs"]}, {"registry-mirrors": ["ours"]}, {"registry-mirrors": ["new"]}, {"registry-mirrors": ["new", "theirs"]}),
    # No longer asked for: taken away, as far as nobody has changed it.
    ({"debug": True, "bip": "x"}, {"debug": True}, {}, {"bip": "x"}),
    ({"debug": False}, {"debug": True}, {}, {"debug": False}),
    ({"registry-mirrors": ["ours", "theirs"]}, {"registry-mirrors": ["ours"]}, {}, {"registry-mirrors": ["theirs"]}),
    ({"registry-mirrors": ["ours"]}, {"registry-mirrors": ["ours"]}, {}, {}),
    ({"log-opts": {"tag": "t", "max-size": "1m"}}, {"log-opts": {"max-size": "1m"}}, {}, {"log-opts": {"tag": "t"}}),
    ({"log-opts": {"max-size": "1m"}}, {"log-opts": {"max-size": "1m"}}, {}, {}),
    ({}, {"debug": True}, {}, {}),
])
def test_what_was_written_here_is_changed_and_taken_away(there: Any, note: Any, wanted: Any, document: Any) -> None:
    found = documents.merged(there, wanted, {}, note)
    assert (found.document, found.conflicts) == (document, []) and bool(found.changes) is (there != document)


def test_what_a_person_had_already_is_not_taken_away_later() -> None:
    found = documents.merged({"debug": True, "registry-mirrors": ["theirs"]}, {"debug": True, "registry-mirrors": ["theirs", "ours"]}, {}, {})
    assert found.note == {"registry-mirrors": ["ours"]}
    assert documents.merged(found.document, {}, {}, found.note).document == {"debug": True, "registry-mirrors": ["theirs"]}


@pytest.mark.parametrize(("there", "wanted", "note", "document"), [
    ({}, {}, {}, {"log-opts": {"max-size": "100m"}}),
    ({"log-opts": {"max-size": "5m"}}, {}, {}, {"log-opts": {"max-size": "5m"}}),
    ({}, {"log-opts": {"tag": "t"}}, {}, {"log-opts": {"tag": "t"}}),
    ({"log-opts": {"max-size": "1m"}}, {}, {"log-opts": {"max-size": "1m"}}, {"log-opts": {"max-size": "100m"}}),
])
def test_what_is_weak_gives_way(there: Any, wanted: Any, note: Any, document: Any) -> None:
    found = documents.merged(there, wanted, {"log-opts": {"max-size": "100m"}}, note)
    assert (found.document, found.conflicts) == (document, [])


def test_a_text_is_read_again_as_what_was_written() -> None:
    document = {"b": [1, "x"], "a": {"c": True}}
    assert documents.parse(documents.text_of(document), "") == document and documents.text_of(document).endswith("}\n")
