# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._image_trouble import one_of_each_registry_first, registry, trouble
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FIXTURES, captured_text

CAPTURED = [(name.split(".")[0], name) for name in sorted(os.listdir(os.path.join(FIXTURES, "images")))]


@pytest.mark.parametrize(("cause", "name"), [(cause.split("-", 1)[1], name) for cause, name in CAPTURED])
def test_the_cause_is_read_from_what_runtimes_really_print(cause: str, name: str) -> None:
    assert trouble(captured_text("images/" + name)).cause == cause


@pytest.mark.parametrize(("words", "cause"), [
    ("failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized", "auth"),
    ("pull access denied for a/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", "auth"),
    ("unexpected status code 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit", "limit"),
    ("failed to copy: write /var/lib/containerd/x: no space left on device", "space"),
    ("failed to pull and unpack image: no match for platform in manifest: not found", "platform"),
    ("rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix /run/x.sock: connect: connection refused\"",
     "runtime"),
    ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "tls"),
    ("net/http: TLS handshake timeout", "unreachable"), ("dial tcp 192.0.2.1:443: i/o timeout", "unreachable"),
    ("unexpected status from HEAD request: 503 Service Unavailable", "unreachable"), ("it was stopped after 1200 seconds", "unreachable"),
    ("something new", "other"), ("", "other"),
])
def test_the_cause_is_read_from_words_that_are_only_documented(words: str, cause: str) -> None:
    assert trouble(words).cause == cause


@pytest.mark.parametrize(("ref", "host"), [
    ("registry.k8s.io/coredns/coredns:v1.8.0", "registry.k8s.io"), ("192.0.2.1:5000/pause:3.2", "192.0.2.1:5000"), ("busybox", "docker.io"),
    ("calico/node:v3.27", "docker.io"), ("localhost/a", "localhost"), ("a.example/b@sha256:00", "a.example"),
])
def test_the_registry_of_a_reference_is_the_one_it_names_or_means(ref: str, host: str) -> None:
    assert registry(ref) == host


@pytest.mark.parametrize(("refs", "order"), [
    ([], []), (["a.b/1", "a.b/2"], ["a.b/1", "a.b/2"]), (["a.b/1", "a.b/2", "c.d/1", "a.b/3", "c.d/2"], ["a.b/1", "c.d/1", "a.b/2", "a.b/3", "c.d/2"]),
])
def test_one_image_of_each_registry_comes_first_and_the_rest_keeps_its_order(refs: "list[str]", order: "list[str]") -> None:
    assert one_of_each_registry_first(refs) == order
