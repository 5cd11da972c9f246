# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every parser of kubeadm's output, whatever the text: made up, captured and disturbed, or malicious."""

import glob
import os
import re
import time
from typing import Any, Callable, Dict, List, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_certs as certs
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_findings, _parse_plan, _parse_progress, _parse_release, _parsers
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins import fake_output as fake
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FIXTURES

pytest.importorskip("hypothesis")  # Python 3.6's last one is welcome, none is fine
from hypothesis import given
from hypothesis import strategies as st

PARSERS: Dict[str, Callable[[str], Any]] = {
    "check_expiration": certs.check_expiration, "renewal": certs.renewal, "upgrade_plan": _parse_plan.upgrade_plan, "images": _parse_release.images,
    "kubeadm_version": _parse_release.kubeadm_version, "join_command": _parsers.join_command, "join_commands": _parsers.join_commands,
    "certificate_key": _parsers.certificate_key, "tokens": _parsers.tokens, "findings": _parse_findings.findings, "phases": _parse_progress.phases,
    "init_output": _parse_progress.init_output, "join_output": _parse_progress.join_output, "reset_output": _parse_progress.reset_output,
}
# Which parser reads which captured file; the first that fits. A version's folder holds what there is of it.
READS = (
    (r".*\.stderr\.txt", "findings"), (r"certs-check-expiration.*\.(txt|json)", "check_expiration"), (r"certs-renew-.*\.txt", "renewal"),
    (r"upgrade-plan\.(txt|json)", "upgrade_plan"), (r"images-list\.(txt|json)", "images"), (r"version(-short)?\.(txt|json|yaml)", "kubeadm_version"),
    (r"token-create-.*\.txt", "join_command"), (r"(upload-certs|certs-certificate-key)\.txt", "certificate_key"),
    (r"token-list.*\.(txt|json)", "tokens"), (r"init-.*\.txt", "init_output"), (r"join-.*\.txt", "join_output"), (r"reset-.*\.txt", "reset_output"),
)


def parser_of(path: str) -> str:
    return next((parser for form, parser in READS if re.match(form + r"\Z", os.path.basename(path))), "")


CAPTURED = sorted(os.path.relpath(path, FIXTURES) for path in glob.glob(os.path.join(FIXTURES, "kubeadm", "*", "*")) if parser_of(path))


TEXTS = {}
for captured_name in CAPTURED:
    with open(os.path.join(FIXTURES, captured_name), encoding="utf-8") as stream:
        TEXTS[captured_name] = stream.read()


def outcome(parser: str, text: str) -> Any:
    """What it returns, or the sentence it fails with; anything else is the test's failure."""
    try:
        return PARSERS[parser](text)
    except KubewrightError as error:
        return str(error)


# Any text.

WORDS = st.sampled_from(sorted({word for name in CAPTURED for word in re.findall(r"\S+|\s+", TEXTS[name])}))
LINES = st.sampled_from(sorted({line for name in CAPTURED for line in TEXTS[name].splitlines()}))
ANY_TEXT = st.text() | st.lists(WORDS).map("".join) | st.lists(LINES).map("\n".join) | st.lists(LINES | st.text(), max_size=30).map("\n".join)


@given(text=ANY_TEXT)
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for parser in PARSERS:
        outcome(parser, text)


@given(name=st.sampled_from(CAPTURED), data=st.data())
def test_a_captured_output_that_is_cut_or_mixed_up_is_read_or_refused_with_a_sentence(name: str, data: Any) -> None:
    text = TEXTS[name]
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    outcome(parser_of(name), data.draw(st.sampled_from([text[start:end], text[:start] + text[end:], text[:end] + data.draw(st.text()) + text[end:]])))


SIZE = 200000 if os.environ.get("KUBEWRIGHT_FUZZ") else 20000
LONG = {
    name: piece * (SIZE // len(piece)) for name, piece in (
        ("blanks", " "), ("tabs", "\t"), ("lines", "\n"), ("letters", "a"), ("digits", "1"), ("dots", "1."), ("words", "a "), ("cells", "a  "),
        ("brackets", "["),
        ("objects", '{"a":'), ("lists", '{"a":[]}'), ("levels", '{"level":'), ("names", "a/"), ("joins", "kubeadm join a:1 "),
        ("options", "--token "), ("rows", "a Jan 01, 2030 00:00 UTC 1d "), ("notes", "Note: you have to update kubeadm to "), ("closing", "]] "),
        ("applies", "kubeadm upgrade apply v1.2.3 --a "), ("findings", "[ERROR "), ("phases", "[init/"), ("renewals", "x renewed "), ("plus", "1.2.3+1."))
}
HEADS = ("", "CERTIFICATE  EXPIRES\n", "COMPONENT  CURRENT  TARGET\n", "TOKEN TTL EXPIRES\n", "{", "kubeadm join a:1 ", "[reset] Deleting files: [",
         "[upgrade/versions] Cluster version: v1.2.3\nUpgrade to the latest ", "Note: ", "gitVersion: v", "W1121 00:00:00 1 x] ", "\t[ERROR x]: ")


@pytest.mark.parametrize("parser", sorted(PARSERS))
def test_a_long_text_takes_no_long_time(parser: str) -> None:
    for name in LONG:
        for head in HEADS:
            began = time.process_time()
            outcome(parser, head + LONG[name] + "!")
            assert time.process_time() - began < 2, (name, head)


# What was captured, with what stands around it on other machines.

NOISE = st.sampled_from([
    "W1121 00:00:04.410822    1305 version.go:108] could not fetch a Kubernetes version from the internet: unable to get URL",
    "I1121 00:00:04.410822    1305 version.go:240] remote version is much newer: v1.99.0; falling back to: stable-1.34",
    "\t[WARNING SystemVerification]: cgroups v1 support is in maintenance mode", "Flag --experimental-output has been deprecated, use --output",
    '{"level":"warn","ts":"2026-11-21T01:08:40.289538Z","msg":"retrying of unary invoker failed"}', "", "   "])
STABLE = [name for name in CAPTURED if parser_of(name) not in ("findings", "reset_output", "init_output", "join_output", "phases")]


@given(name=st.sampled_from(STABLE), before=st.lists(NOISE, max_size=3), after=st.lists(NOISE, max_size=3))
def test_warnings_around_a_captured_output_change_nothing(name: str, before: List[str], after: List[str]) -> None:
    text = TEXTS[name]
    assert outcome(parser_of(name), "\n".join([*before, text, *after])) == outcome(parser_of(name), text)


@given(name=st.sampled_from(CAPTURED), data=st.data())
def test_other_blanks_in_a_captured_output_change_nothing(name: str, data: Any) -> None:
    """Lines that end as elsewhere, blanks at their ends, wider columns, TABs instead of them."""
    text = TEXTS[name]
    if not name.endswith(".json"):
        column = data.draw(st.sampled_from(["   ", "\t", "  \t", " " * 12]))
        end = data.draw(st.sampled_from(["", " ", "\t "]))
        text = re.sub(r"(?<=[^\\\n])$", end, re.sub(r"(?<=\S) {3,}(?=\S)", column, text), flags=re.MULTILINE)
    text = text.replace("\n", data.draw(st.sampled_from(["\n", "\r\n"])))
    assert outcome(parser_of(name), text) == outcome(parser_of(name), TEXTS[name])


@pytest.mark.parametrize("name", CAPTURED)
def test_every_captured_output_is_read(name: str) -> None:
    PARSERS[parser_of(name)](TEXTS[name])


# What a test makes up comes back as it was.

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
NAMES = st.text("az09.-", max_size=8).map(lambda text: "n" + text)
SECONDS = st.integers(0, 4102444800)
MINUTES = st.integers(0, 4102444800 // 60).map(lambda minutes: minutes * 60)
VERSIONS = st.tuples(st.just(1), st.integers(0, 99), st.integers(0, 99)).map(lambda parts: ".".join(str(part) for part in parts))
TOKENS = st.text(LETTERS, min_size=22, max_size=22).map(lambda text: text[:6] + "." + text[6:])
KEYS = st.text("0123456789abcdef", min_size=64, max_size=64)
NAMED = st.tuples(NAMES, st.sampled_from(["0", "a.example.com"])).map("".join) | st.integers(0, 255).map("192.0.2.{0}".format)
HOSTS = NAMED | st.integers(0, 65535).map("[fd00::{0:x}]".format)


def date(seconds: int) -> str:
    broken = time.gmtime(seconds)
    return "{0} {1:02d}, {2} {3:02d}:{4:02d} UTC".format(certs._MONTHS[broken.tm_mon - 1], broken.tm_mday, broken.tm_year, broken.tm_hour, broken.tm_min)


def rfc3339(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def row_of(item: certs.Certificate) -> List[str]:
    tail = [] if item.is_authority else [item.authority]
    if item.missing:
        return ["!MISSING! " + item.name, "", "", "", *tail]
    return [item.name, date(item.expires), "364d", *tail, "yes     " if item.externally_managed else "no      "]


def certificate(is_authority: bool) -> Any:
    def made(name: str, expires: int, authority: str, external: bool, missing: bool) -> certs.Certificate:
        if missing:
            return certs.Certificate(name, 0, "", False, True, is_authority)
        return certs.Certificate(name, expires, "" if is_authority else authority, external, False, is_authority)

    return st.builds(made, NAMES, MINUTES, st.just("") | NAMES, st.booleans(), st.booleans())


@given(leaves=st.lists(certificate(False), min_size=1, max_size=4), authorities=st.lists(certificate(True), max_size=2))
def test_expirations_come_back(leaves: List[certs.Certificate], authorities: List[certs.Certificate]) -> None:
    text = fake.expirations([row_of(item) for item in leaves], [row_of(item) for item in authorities])
    assert certs.check_expiration(text) == [*leaves, *authorities]


def component(name: str, with_nodes: bool) -> Any:
    return st.builds(_parse_plan.Component, st.just(name), VERSIONS, VERSIONS, NAMES if with_nodes else st.just(""), st.just(1))


@given(data=st.data())
def test_plans_come_back(data: Any) -> None:
    with_nodes = data.draw(st.booleans())
    header = ["COMPONENT", "NODE", "CURRENT", "TARGET"] if with_nodes else ["COMPONENT", "CURRENT", "AVAILABLE"]
    targets, texts = [], []
    for _offer in range(data.draw(st.integers(0, 2))):
        version, description = data.draw(VERSIONS), "version in the v{0} series".format(data.draw(st.integers(0, 99)))
        kubelets = data.draw(st.lists(component("kubelet", with_nodes), max_size=3))
        rest = [_parse_plan.Component("kube-apiserver", data.draw(VERSIONS), version, data.draw(NAMES) if with_nodes else "", 1),
                *data.draw(st.tuples(*(component(name, with_nodes) for name in ("kube-scheduler", "CoreDNS", "etcd"))))]
        rows = [[[item.name, *([item.node] if with_nodes else []), "v" + item.current, "v" + item.target] for item in items] for items in (kubelets, rest)]
        targets.append(_parse_plan.Target(version, description, version, [*kubelets, *rest]))
        texts.append(fake.plan(description, header, rows[0], rows[1], "v" + version))
    cluster = data.draw(VERSIONS)
    text = "[upgrade/versions] Cluster version: v{0}\n\n".format(cluster) + "".join(texts)
    assert _parse_plan.upgrade_plan(text) == _parse_plan.Plan(cluster, "", targets, [])


@given(endpoint=st.tuples(HOSTS, st.integers(1, 65535)).map(lambda pair: "{0}:{1}".format(*pair)), token=TOKENS, hashes=st.lists(KEYS, min_size=1, max_size=3),
       key=st.just("") | KEYS, control_plane=st.booleans(), blank=st.sampled_from([" ", "   ", " \\\n\t", "\t", " \\\r\n    "]))
def test_join_commands_come_back(endpoint: str, token: str, hashes: List[str], key: str, control_plane: bool, blank: str) -> None:
    pinned = ["sha256:" + value for value in hashes]
    words = ["kubeadm join", endpoint, "--token", token, *(word for value in pinned for word in ("--discovery-token-ca-cert-hash", value)),
             *(["--control-plane"] if control_plane else []), *(["--certificate-key", key] if key else [])]
    assert _parsers.join_command(blank.join(words) + " \n") == _parsers.JoinCommand(endpoint, token, pinned, control_plane, key)


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
TOKEN = st.builds(_parsers.Token, TOKENS, st.none() | SECONDS, st.sampled_from([[], ["signing"], ["authentication", "signing"]]),
                  st.lists(WORD, max_size=3).map(" ".join).filter(lambda text: text != "<none>"), st.lists(NAMES, max_size=2))


def token_row(item: _parsers.Token) -> List[str]:
    expires = ("<forever>", "<never>") if item.expires is None else ("23h", rfc3339(item.expires))
    return [item.token, *expires, ",".join(item.usages) or "<none>", item.description or "<none>", ",".join(item.groups) or "<none>"]


@given(found=st.lists(TOKEN, max_size=3))
def test_token_lists_come_back(found: List[_parsers.Token]) -> None:
    header = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"]
    assert _parsers.tokens(fake.table([header, *(token_row(item) for item in found)])) == found


FINDING = st.tuples(st.sampled_from(["warning", "error"]), st.sampled_from(["Port-6443", "Swap", "CRI"]), st.lists(NAMES, min_size=1, max_size=3))


@given(made=st.lists(FINDING, max_size=4))
def test_findings_come_back(made: List[Tuple[str, str, List[str]]]) -> None:
    text = "".join("\t[{0} {1}]: {2}\n".format(level.upper(), name, "\n\t\t".join(lines)) for level, name, lines in made)
    found = _parse_findings.findings("[preflight] Some fatal errors occurred:\n" + text + "error: preflight checks failed\n")
    assert [(item.level, item.id, item.message) for item in found] == [(level, name, " ".join(lines)) for level, name, lines in made]


@given(hosts=st.lists(st.tuples(NAMED, VERSIONS).map(lambda pair: "{0}/pause:v{1}".format(*pair)), min_size=1, max_size=4))
def test_images_come_back(hosts: List[str]) -> None:
    assert _parse_release.images("\n".join(hosts)) == hosts
