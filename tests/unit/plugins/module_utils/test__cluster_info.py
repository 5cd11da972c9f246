# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import base64
from typing import Any, Dict

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _cluster_info as pure


def encoded(**data: str) -> Dict[str, str]:
    return {name.replace("_", "-"): base64.b64encode(text.encode()).decode() for name, text in data.items()}


def secret(name: str = "bootstrap-token-abcdef", **data: str) -> Dict[str, Any]:
    return {"metadata": {"name": name, "creationTimestamp": "2026-11-22T01:00:00Z"}, "data": encoded(**data)}


def test_of_a_token_the_secret_half_is_never_told() -> None:
    given = secret(token_id="abcdef", token_secret="0123456789abcdef", description="by hand", expiration="2026-11-23T01:00:00Z",
                   usage_bootstrap_signing="true", usage_bootstrap_authentication="true", auth_extra_groups="system:bootstrappers:x")
    found = pure.token(given)
    assert found == {"id": "abcdef", "description": "by hand", "expires": "2026-11-23T01:00:00Z", "usages": ["authentication", "signing"],
                     "created": "2026-11-22T01:00:00Z"}
    assert "0123456789abcdef" not in str(found)


def test_a_token_that_somebody_garbled_is_told_by_its_name() -> None:
    given = {"metadata": {"name": "bootstrap-token-uvwxyz"}, "data": {"description": "%%%"}}
    assert pure.token(given) == {"id": "uvwxyz", "description": "", "expires": "", "usages": [], "created": ""}


@pytest.mark.parametrize(("owners", "token_id"), [
    ([{"name": "bootstrap-token-abcdef"}], "abcdef"), ([{"name": "somebody"}], ""), ([], ""), (None, ""),
])
def test_the_certificate_key_lives_as_long_as_the_token_that_owns_it(owners: Any, token_id: str) -> None:
    given = {"metadata": {"creationTimestamp": "2026-11-22T01:00:00Z", "ownerReferences": owners}, "data": {"ca.key": "x"}}
    assert pure.certificate_key(given) == {"created": "2026-11-22T01:00:00Z", "token_id": token_id}


def test_without_uploaded_certificates_there_is_no_key() -> None:
    assert pure.certificate_key(None) is None


@pytest.mark.parametrize(("image", "version"), [
    ("registry.k8s.io/kube-apiserver:v1.31.2", "1.31.2"), ("registry.example.com:5000/etcd:3.5.16-0", "3.5.16-0"),
    ("k8s.gcr.io/etcd:3.4.13-0@sha256:00", "3.4.13-0"), ("registry.example.com:5000/etcd", ""),
])
def test_a_component_is_as_its_pod_is(image: str, version: str) -> None:
    pod = {"metadata": {"labels": {"component": "etcd"}}, "spec": {"nodeName": "cp1", "containers": [{"image": image}]},
           "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert pure.component(pod) == {"name": "etcd", "node": "cp1", "version": version, "ready": True}


def test_a_pod_without_anything_is_a_component_without_anything() -> None:
    assert pure.component({"metadata": {}, "spec": {}}) == {"name": "", "node": "", "version": "", "ready": False}


def test_a_node_is_told_with_its_system() -> None:
    item = {"metadata": {"name": "w1", "labels": {}, "creationTimestamp": "2026-11-22T01:00:00Z"}, "spec": {}, "status": {
        "nodeInfo": {"kernelVersion": "6.1.0", "osImage": "Debian GNU/Linux 12", "architecture": "amd64", "kubeletVersion": "v1.31.2"},
        "conditions": [{"type": "Ready", "status": "Unknown", "message": "Kubelet stopped", "lastTransitionTime": "2026-11-22T01:01:00Z"}]}}
    found = pure.node(item)
    assert (found["ready"], found["ready_reason"], found["ready_since"]) == (False, "Kubelet stopped", "2026-11-22T01:01:00Z")
    assert (found["kernel"], found["os"], found["architecture"], found["version"]) == ("6.1.0", "Debian GNU/Linux 12", "amd64", "1.31.2")


def test_a_node_that_has_told_nothing_yet() -> None:
    found = pure.node({"metadata": {"name": "w1"}})
    assert (found["ready"], found["ready_reason"], found["kernel"]) == (False, "", "")


@pytest.mark.parametrize(("items", "version"), [
    ([], ""), ([{"metadata": {"name": "kube-proxy"}}], ""),
    ([{"metadata": {"name": "kube-proxy"}, "spec": {"template": {"spec": {"containers": [{"image": "x/kube-proxy:v1.20.2"}]}}}}], "1.20.2"),
])
def test_kube_proxy_is_as_its_daemon_set_asks(items: Any, version: str) -> None:
    assert pure.proxy_version(items) == version
