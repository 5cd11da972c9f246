# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import user_kubeconfig
from ansible_collections.kubewright.cluster.tests.unit.plugins.module_utils import self_signed


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def printed(name: str = "jane", groups: tuple[str, ...] = ("developers",)) -> str:
    certificate, key = self_signed.pair(name, 90, groups)
    cluster = {"certificate-authority-data": encoded(self_signed.pair("kubernetes")[0]), "server": "https://cluster-endpoint:6443"}
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    return "W1121 warning\n" + yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "kubernetes", "cluster": cluster}],
                                               "users": [{"name": name, "user": user}]})


def test_what_is_written_is_known_again() -> None:
    text = user_kubeconfig.written(printed(), "jane", "https://192.0.2.10:6443")
    document = yaml.safe_load(text)
    assert document["current-context"] == document["contexts"][0]["name"] == "jane@kubernetes" and set(document["users"][0]["user"]) == {
        "client-certificate-data", "client-key-data"}
    found = user_kubeconfig.held(text, "jane", "/srv/jane.conf")
    assert (found["groups"], found["server"], len(found["ca_hashes"])) == (["developers"], "https://192.0.2.10:6443", 1)
    assert found["expires"] - found["begins"] == 490 * 86400 and "key" not in str(found)


@pytest.mark.parametrize("text", ["", "Error: no CA", "apiVersion: v1\nusers: []\n", "apiVersion: v1\n\t:"])
def test_what_is_no_kubeconfig_is_not_written(text: str) -> None:
    with pytest.raises(KubewrightError, match="kubeadm printed no kubeconfig for jane"):
        user_kubeconfig.written(text, "jane", "https://192.0.2.10:6443")


def two_clusters(document: Any) -> Any:
    return {**document, "clusters": document["clusters"] * 2}


def no_certificate(document: Any) -> Any:
    return {**document, "users": [{"name": "jane", "user": {"token": "x"}}]}


@pytest.mark.parametrize("change", [two_clusters, no_certificate, lambda _document: "text", lambda _document: None])
def test_a_file_of_something_else_is_refused(change: Any) -> None:
    text = yaml.safe_dump(change(yaml.safe_load(user_kubeconfig.written(printed(), "jane", "https://x:6443"))))
    with pytest.raises(KubewrightError, match=r"/srv/jane.conf holds something else, so it is not overwritten"):
        user_kubeconfig.held(text, "jane", "/srv/jane.conf")


def test_a_file_of_another_user_is_refused() -> None:
    with pytest.raises(KubewrightError, match="holds the kubeconfig of bob, so it is not overwritten"):
        user_kubeconfig.held(user_kubeconfig.written(printed("bob"), "bob", "https://x:6443"), "jane", "/srv/jane.conf")
