# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

TOKEN = "abcdef.0123456789abcdef"
HASH = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
LINE = "kubeadm join cluster:6443 --token {0} --discovery-token-ca-cert-hash {1}".format(TOKEN, HASH)


@pytest.mark.parametrize(("text", "expected"), [
    (LINE, parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
    (LINE.replace(" --", "   \\\n\t--"), parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
    (LINE + " --discovery-token-ca-cert-hash " + OTHER, parse.JoinCommand("cluster:6443", TOKEN, [HASH, OTHER])),
    (LINE + " --control-plane --certificate-key " + "c" * 64, parse.JoinCommand("cluster:6443", TOKEN, [HASH], True, "c" * 64)),
    (LINE + " --control-plane", parse.JoinCommand("cluster:6443", TOKEN, [HASH], True)),
    (LINE + " --control-plane --certificate-key <value withheld>", parse.JoinCommand("cluster:6443", TOKEN, [HASH], True)),
    (LINE.replace(" --", "   \\\r\n\t--") + "\r\n", parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
    ("W1121 something\n" + LINE.replace("cluster", "first") + "\n" + LINE, parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
    (LINE.replace("cluster:6443", "[fd00::1]:6443"), parse.JoinCommand("[fd00::1]:6443", TOKEN, [HASH])),
])
def test_a_join_command_is_read_however_it_is_written(text: str, expected: parse.JoinCommand) -> None:
    assert parse.join_command(text) == expected


@pytest.mark.parametrize(("name", "endpoint", "token"), [
    ("kubeadm/1.34.2/token-create-print-join-command.txt", "172.30.0.11:6443", "vqkgh9.d90cx6p0cx491u1w"),
    ("kubeadm/1.34.2/token-create-print-join-command-certificate-key.txt", "n1:6443", "5ohmf1.jswbc9rvebcdf2mh"),
    ("kubeadm/1.34.2/init-upload-certs.txt", "n1:6443", "6uqnjx.tlxwwiifltrp8i4b"),
    ("kubeadm/1.34.2/token-create-dry-run.txt", "cluster-endpoint:6443", "xvsklx.91u8oqrk2lh5vd1v"),
    ("kubeadm/1.20.2/token-create-dry-run.txt", "cluster-endpoint:6443", "sv3049.grcsx6qre0oikfzt"),
])
def test_a_captured_join_command_is_read(captured: Callable[[str], str], name: str, endpoint: str, token: str) -> None:
    found = parse.join_command(captured(name))
    assert (found.endpoint, found.token, len(found.ca_cert_hashes)) == (endpoint, token, 1)


@pytest.mark.parametrize(("text", "words"), [
    ("", "no join command"),
    ("kubeadm join", "no join command"),
    ("error: failed", "no join command"),
    (LINE.replace(TOKEN, "abcdef"), "well-formed token"),
    (LINE.replace(TOKEN, TOKEN.upper()), "well-formed token"),
    (LINE.replace("--token", "--tokens"), "well-formed token"),
    ("kubeadm join --token {0} --discovery-token-ca-cert-hash {1}".format(TOKEN, HASH), "no join command"),
    (LINE.replace("sha256:", "sha1:"), "CA certificate hash"),
    (LINE.split(" --discovery", 1)[0], "CA certificate hash"),
    (LINE + " --discovery-token-ca-cert-hash sha256:short", "CA certificate hash"),
    (LINE.replace("cluster:6443", "cluster"), "without a host:port to join"),
    (LINE.replace("cluster:6443", "https://cluster:6443"), "without a host:port to join"),
    (LINE.replace(TOKEN, "<value withheld>"), "without its token"),
    (LINE + " --control-plane --certificate-key 1234", "well-formed certificate key"),
])
def test_a_join_command_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        parse.join_command(text)


def test_a_refused_join_command_does_not_show_the_token() -> None:
    with pytest.raises(KubewrightError) as caught:
        parse.join_command(LINE.replace("cluster:6443", "cluster"))
    assert TOKEN not in str(caught.value)


def test_the_certificate_key_is_the_line_of_hexadecimal_digits(captured: Callable[[str], str]) -> None:
    assert parse.certificate_key(captured("kubeadm/1.34.2/upload-certs.txt")) == "f18119a34c7470491d0124450bbd5cecf50bdeec2b9bf91319ed2dd789e96554"


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a" * 63, 0), ("g" * 64, 0), ("a" * 64 + "\n" + "b" * 64, 2)])
def test_no_or_several_certificate_keys_are_refused_without_showing_them(text: str, count: int) -> None:
    with pytest.raises(KubewrightError) as caught:
        parse.certificate_key(text)
    assert str(caught.value) == "kubeadm printed {0} certificate keys where one was expected".format(count)


PROXY = "Proxy for managing TTL for the kubeadm-certs secret"


@pytest.mark.parametrize(("name", "descriptions"), [
    ("kubeadm/1.34.2/token-list.json", ["", "", ""]),
    ("kubeadm/1.34.2/token-list.txt", ["", "", ""]),
    ("kubeadm/1.34.2/token-list-after-upload.json", [PROXY, "", "", "", "", PROXY]),
    ("kubeadm/1.20.2/token-list.json", ["kubewright: join worker1", "kubewright: join worker2"]),
])
def test_a_captured_token_list_is_read(captured: Callable[[str], str], name: str, descriptions: List[str]) -> None:
    assert [item.description for item in parse.tokens(captured(name))] == descriptions


def test_the_table_says_what_json_says(captured: Callable[[str], str]) -> None:
    found = parse.tokens(captured("kubeadm/1.34.2/token-list.txt"))
    assert found == parse.tokens(captured("kubeadm/1.34.2/token-list.json"))
    assert found[0] == parse.Token("lyokzc.2d9jc0eol6vv029x", 1795305495, ["authentication", "signing"], "",
                                   ["system:bootstrappers:kubeadm:default-node-token"])
    assert found[0].id == "lyokzc"


HEADER = "TOKEN                     TTL         EXPIRES   USAGES   DESCRIPTION   EXTRA GROUPS\n"


@pytest.mark.parametrize(("row", "expected"), [
    (TOKEN + "   <forever>   <never>   <none>   my own   words   <none>", parse.Token(TOKEN, None, [], "my own   words", [])),
    (TOKEN + "\t40m\t2026-11-21T11:08:27+08:00\tsigning\t<none>\ta,b\r", parse.Token(TOKEN, 1795230507, ["signing"], "", ["a", "b"])),
    (TOKEN + "   <invalid>   2026-11-21T03:08:27Z   signing   x   <none>", parse.Token(TOKEN, 1795230507, ["signing"], "x", [])),
])
def test_a_row_of_the_table_is_read(row: str, expected: parse.Token) -> None:
    assert parse.tokens("W1121 00:00:04.410822    1305 version.go:108] no\n" + HEADER + row + "\n\n") == [expected]


@pytest.mark.parametrize("text", ["", "\n", HEADER, "W1121 00:00:04.410822    1305 version.go:108] no\n"])
def test_no_token_is_no_output(text: str) -> None:
    assert parse.tokens(text) == []


@pytest.mark.parametrize("text", [
    "error: {0}", HEADER + "{0}", HEADER + "{0} 1h <never> <none> <none>", HEADER + "{0} soon <never> <none> <none> <none>",
    HEADER + "{0} 1h soon <none> <none> <none>", HEADER + "x{0} 1h <never> <none> <none> <none>", HEADER + "x 1h {0} <none> <none> <none>",
    '{{"kind": "BootstrapToken", "token": "x{0}"}}', '{{"kind": "BootstrapToken", "description": "{0}"}}', '{{"kind": "Token", "token": "{0}"}}',
    '{{"kind": "BootstrapToken", "token": "{0}", "expires": "soon"}}', '{{"kind": "BootstrapToken", "token": "{0}", "usages": [1]}}',
    '{{"kind": "BootstrapToken", "token": "{0}", "groups": "all"}}', '{{"kind": "BootstrapToken", "token": ["{0}"]}}',
    '{{"kind": "BootstrapToken", "token": "{0}"',
])
def test_a_token_list_that_cannot_be_read_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        parse.tokens(text.format(TOKEN))
    assert TOKEN not in str(caught.value)


def test_every_join_command_of_an_init_is_read(captured: Callable[[str], str]) -> None:
    first, second = parse.join_commands(captured("kubeadm/1.34.2/init-upload-certs.txt"))
    assert first.control_plane and len(first.certificate_key) == 64 and not second.control_plane and not second.certificate_key
    assert first[:3] == second[:3]
