# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
from typing import Any, Callable, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

try:
    from hypothesis import given
    from hypothesis import strategies as st
except ImportError:  # Python 3.6's last hypothesis is welcome, none is fine
    given = None  # type: ignore[assignment]

TOKEN = "abcdef.0123456789abcdef"
HASH = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
LINE = "kubeadm join cluster:6443 --token {0} --discovery-token-ca-cert-hash {1}".format(TOKEN, HASH)


@pytest.mark.parametrize(("text", "expected"), [
    (LINE, parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
    (LINE.replace(" --", "   \\\n\t--"), parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
    (LINE + " --discovery-token-ca-cert-hash " + OTHER, parse.JoinCommand("cluster:6443", TOKEN, [HASH, OTHER])),
    (LINE + " --control-plane --certificate-key " + "c" * 64, parse.JoinCommand("cluster:6443", TOKEN, [HASH])),
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
    ("kubeadm join --token {0} --discovery-token-ca-cert-hash {1}".format(TOKEN, HASH), "well-formed token"),
    (LINE.replace("sha256:", "sha1:"), "CA certificate hash"),
    (LINE.split(" --discovery", 1)[0], "CA certificate hash"),
    (LINE + " --discovery-token-ca-cert-hash sha256:short", "CA certificate hash"),
    (LINE.replace("cluster:6443", "cluster"), "without host:port, but with 'cluster'"),
])
def test_a_join_command_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        parse.join_command(text)


def test_a_refused_join_command_does_not_show_the_token() -> None:
    with pytest.raises(KubewrightError) as caught:
        parse.join_command(LINE.replace("cluster:6443", "cluster"))
    assert TOKEN not in str(caught.value)


if given is not None:
    @given(st.text() | st.lists(st.sampled_from(["kubeadm", "join", "--token", TOKEN, HASH, "--discovery-token-ca-cert-hash", "a:1", "\\\n", "\n"]))
           .map(" ".join))
    def test_any_text_gives_a_join_command_or_a_plain_error(text: str) -> None:
        try:
            found = parse.join_command(text)
        except KubewrightError:
            return
        assert parse.TOKEN.match(found.token) and found.ca_cert_hashes and ":" in found.endpoint

    @given(st.text())
    def test_any_text_gives_json_documents_or_a_plain_error(text: str) -> None:
        try:
            found = parse.json_documents(text)
        except KubewrightError:
            return
        assert all(isinstance(item, dict) for item in found)

    @given(st.text(alphabet="[]ERORWANIG abc:\n\t-"))
    def test_any_text_gives_findings(text: str) -> None:
        assert isinstance(parse.findings(text), list)


def test_the_certificate_key_is_the_line_of_hexadecimal_digits(captured: Callable[[str], str]) -> None:
    assert parse.certificate_key(captured("kubeadm/1.34.2/upload-certs.txt")) == "f18119a34c7470491d0124450bbd5cecf50bdeec2b9bf91319ed2dd789e96554"


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a" * 63, 0), ("g" * 64, 0), ("a" * 64 + "\n" + "b" * 64, 2)])
def test_no_or_several_certificate_keys_are_refused_without_showing_them(text: str, count: int) -> None:
    with pytest.raises(KubewrightError) as caught:
        parse.certificate_key(text)
    assert str(caught.value) == "kubeadm printed {0} certificate keys where one was expected".format(count)


@pytest.mark.parametrize(("name", "descriptions"), [
    ("kubeadm/1.34.2/token-list.json", [None, None, None]),
    ("kubeadm/1.34.2/token-list-after-upload.json", ["Proxy for managing TTL for the kubeadm-certs secret", None, None, None, None,
                                                     "Proxy for managing TTL for the kubeadm-certs secret"]),
    ("kubeadm/1.20.2/token-list.json", ["kubewright: join worker1", "kubewright: join worker2"]),
])
def test_a_captured_token_list_is_read(captured: Callable[[str], str], name: str, descriptions: List[Any]) -> None:
    assert [item.get("description") for item in parse.json_documents(captured(name))] == descriptions


@pytest.mark.parametrize(("text", "expected"), [("", []), ("  \n", []), ("{}", [{}]), ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]), ('{}\n\n {}\n', [{}, {}])])
def test_json_documents_follow_each_other(text: str, expected: List[Any]) -> None:
    assert parse.json_documents(text) == expected


@pytest.mark.parametrize("text", ["error", "{} trailing", '{"a":', "null", "[1]", '{} "text"'])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="kubeadm printed something that is no JSON"):
        parse.json_documents(text)


@pytest.mark.parametrize(("name", "expected"), [
    ("kubeadm/1.34.2/init-again.stderr.txt", [("SystemVerification", "warning")] + [(name, "error") for name in (
        "Port-6443", "Port-10259", "Port-10257", "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml", "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml", "Port-10250", "Port-2379", "Port-2380", "DirAvailable--var-lib-etcd")]),
    ("kubeadm/1.20.2/init-again.stderr.txt", [(name, "error") for name in (
        "Port-6443", "Port-10259", "Port-10257", "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml", "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml", "Port-2379", "Port-2380", "DirAvailable--var-lib-etcd")]),
    ("kubeadm/1.34.2/join-again.stderr.txt", [
        ("SystemVerification", "warning"), ("FileAvailable--etc-kubernetes-kubelet.conf", "error"), ("Port-10250", "error"),
        ("FileAvailable--etc-kubernetes-pki-ca.crt", "error")]),
    ("kubeadm/1.34.2/join-wrong-hash.stderr.txt", [("SystemVerification", "warning")]),
    ("kubeadm/1.34.2/join-control-plane.stderr.txt", [("SystemVerification", "warning")]),
    ("kubeadm/1.34.2/upgrade-plan.stderr.txt", [("CreateJob", "error"), ("ControlPlaneNodesReady", "error")]),
])
def test_captured_findings_are_read(captured: Callable[[str], str], name: str, expected: List[Any]) -> None:
    assert [(item.id, item.level) for item in parse.findings(captured(name))] == expected


def test_a_message_over_several_lines_is_kept_whole() -> None:
    found = parse.findings("\t[ERROR ImagePull]: failed to pull\n\t  first\n\n\tsecond\n[preflight] other\n\t[WARNING Swap]: on\n")
    assert [item.message for item in found] == ["failed to pull first second", "on"]
    assert found[0].as_dict() == {"id": "ImagePull", "level": "error", "message": "failed to pull first second", "remedy": parse.remedy("ImagePull")}


def test_indented_lines_before_the_first_finding_belong_to_none() -> None:
    assert parse.findings("\tnothing\n\t[WARNING Mem]: little\n")[0].message == "little"


@pytest.mark.parametrize(("check", "words"), [
    ("Port-6443", "ss -ltnp"), ("FileAvailable--etc-kubernetes-pki-ca.crt", "kubeadm reset"), ("DirAvailable--var-lib-etcd", "Keep a copy"),
    ("DirAvailable--etc-kubernetes-manifests", "move what is in it"), ("FileExisting-conntrack", "Install the program"),
    ("CRI", "container runtime"), ("Swap", "fstab"), ("NobodyKnowsThis", "documentation"),
])
def test_every_check_has_a_remedy(check: str, words: str) -> None:
    assert words in parse.remedy(check)


def test_every_remedy_is_one_line() -> None:
    assert not [text for _prefix, text in parse._REMEDIES if "\n" in json.loads(json.dumps(text))]
