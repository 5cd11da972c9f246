# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Callable, Dict, List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _certs as certs
from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_certs as parse
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

PKI = "/etc/kubernetes/pki"
NOW = 1800000000.0


def held(name: str, days: Any = 100, kind: str = certs.CERTIFICATE, external: bool = False, authority: str = "") -> certs.Held:
    expires = None if days is None else int(NOW + days * certs.DAY)
    return certs.Held(name, certs.path_of(name, PKI), kind, authority, external, expires)


def renewals(items: List[certs.Held], *wanted: str, force: bool = False, within: int = 90) -> certs.Renewals:
    return certs.to_renew([*items, held("ca", 3000, certs.AUTHORITY), held("kubelet-client", 10, certs.KUBELET)], wanted or ("all",), within, force, NOW)


@pytest.mark.parametrize(("name", "files"), [
    ("apiserver", ["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/pki/apiserver.key"]),
    ("etcd-server", ["/etc/kubernetes/pki/etcd/server.crt", "/etc/kubernetes/pki/etcd/server.key"]),
    ("admin.conf", ["/etc/kubernetes/admin.conf"]), ("etcd-ca", ["/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/etcd/ca.key"]),
])
def test_the_files_of_a_name(name: str, files: List[str]) -> None:
    assert certs.files_of(name, PKI) == files


def test_every_name_that_kubeadm_prints_has_a_file_of_its_own_and_the_signer_it_says(captured: Callable[[str], str]) -> None:
    listed = parse.check_expiration(captured("kubeadm/1.34.2/certs-check-expiration.json"))
    paths = {certs.path_of(item.name, PKI) for item in listed}
    assert len(paths) == len(listed) and "/etc/kubernetes/pki/etcd/healthcheck-client.crt" in paths
    assert [certs.signer(item.name) for item in listed if not item.is_authority] == [item.authority for item in listed if not item.is_authority]


def test_only_what_has_fewer_days_left_is_due() -> None:
    items = [held("apiserver", 89.9), held("etcd-peer", 90), held("admin.conf", -5)]
    assert renewals(items) == certs.Renewals(["admin.conf", "apiserver"], [])
    assert renewals(items, "etcd-peer", "apiserver").names == ["apiserver"]
    assert renewals(items, within=0).names == ["admin.conf"]
    assert renewals(items, force=True).names == ["admin.conf", "apiserver", "etcd-peer"]


def test_all_leaves_out_what_cannot_be_renewed_and_says_it_only_of_what_is_due() -> None:
    items = [held("apiserver", 10, external=True), held("etcd-peer", 100, external=True), held("super-admin.conf", None)]
    found = renewals(items)
    assert found.names == [] and len(found.left_out) == 1
    assert found.left_out[0].startswith("apiserver is managed externally: the key of ca is not on this machine.")


@pytest.mark.parametrize(("item", "words"), [
    (held("apiserver", 10, external=True), "apiserver is managed externally.*generate-csr.*/etc/kubernetes/pki/apiserver.crt"),
    (held("super-admin.conf", None), "super-admin.conf is missing.*kubeadm init phase"),
])
def test_what_is_named_and_cannot_be_renewed_is_an_error(item: certs.Held, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        renewals([item], item.name)


def test_an_external_certificate_that_is_not_due_is_no_error() -> None:
    assert renewals([held("apiserver", 200, external=True)], "apiserver") == certs.Renewals([], [])


def test_nothing_is_renewed_under_a_ca_that_has_expired() -> None:
    items = [held("etcd-peer", 10), held("etcd-ca", -1, certs.AUTHORITY), held("apiserver", 10)]
    found = renewals(items)
    assert found.names == ["apiserver"] and "signed by etcd-ca, which expired at" in found.left_out[0]


@pytest.mark.parametrize(("name", "words"), [
    ("ca", "ca is a certificate authority, and those are never renewed here"), ("kubelet-client", "kubelet-client is the kubelet's own"),
    ("api-server", "no certificate 'api-server'; kubeadm knows all, apiserver"), ("", "no certificate ''"),
])
def test_names_that_are_nothing_to_renew_are_refused(name: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        renewals([held("apiserver")], name)


def test_a_kubelet_whose_certificate_is_over_is_told() -> None:
    items = [held("kubelet-client", -1, certs.KUBELET), held("kubelet", -1, certs.KUBELET), held("apiserver", -1)]
    assert len(certs.expired_kubelets(items, NOW)) == 1 and "expired at 2027-01-14T08:00:00Z" in certs.expired_kubelets(items, NOW)[0]
    assert certs.expired_kubelets([held("kubelet-client", 1, certs.KUBELET)], NOW) == []


@pytest.mark.parametrize(("names", "components"), [
    ([], []), (["admin.conf", "super-admin.conf", "etcd-healthcheck-client"], []), (["scheduler.conf"], ["kube-scheduler"]),
    (["apiserver-etcd-client", "etcd-peer"], ["etcd", "kube-apiserver"]),
])
def test_only_who_reads_a_certificate_has_to_be_started_again(names: List[str], components: List[str]) -> None:
    assert certs.readers_of(names) == components


def test_a_certificate_is_told_in_days_that_are_over_where_it_has_expired() -> None:
    assert held("apiserver", 1.5).as_dict(NOW)["days_left"] == 1
    told = held("apiserver", -0.5).as_dict(NOW)
    assert (told["days_left"], told["seconds_left"], told["expires"], told["missing"]) == (-1, -43200, "2027-01-14T20:00:00Z", False)
    told = held("apiserver", None).as_dict(NOW)
    assert (told["days_left"], told["seconds_left"], told["expires"], told["missing"]) == (None, None, None, True)


@pytest.mark.parametrize(("version", "algorithm", "more"), [
    ("1.20.2", "RSA-2048", {}), ("1.20.2", "ECDSA-P256", {"featureGates": {"PublicKeysECDSA": True}}), ("1.34.2", "", {}),
    ("1.34.2", "ECDSA-P384", {"encryptionAlgorithm": "ECDSA-P384"}), ("1.34.2", "RSA-4096", {"encryptionAlgorithm": "RSA-4096"}),
])
def test_documents_derived_from_the_machine_keep_what_kubeadm_would_default(version: str, algorithm: str, more: Dict[str, Any]) -> None:
    node, cluster = certs.fallback_documents(version, PKI, ("192.0.2.1", 6443), "unix:///run/x.sock", algorithm, {})
    assert node["localAPIEndpoint"] == {"advertiseAddress": "192.0.2.1", "bindPort": 6443}
    assert node["nodeRegistration"] == {"criSocket": "unix:///run/x.sock"} and node["apiVersion"] == cluster["apiVersion"]
    rest = {key: value for key, value in cluster.items() if key not in ("apiVersion", "kind")}
    assert rest == dict({"kubernetesVersion": "v" + version, "certificatesDir": PKI}, **more)


def test_documents_derived_from_the_machine_name_an_external_etcd() -> None:
    etcd = {"endpoints": ["https://192.0.2.9:2379"], "caFile": "ca", "certFile": "crt", "keyFile": "key"}
    node, cluster = certs.fallback_documents("1.30.1", PKI, ("192.0.2.1", 6443), "", "", etcd)
    assert cluster["etcd"] == {"external": etcd} and "nodeRegistration" not in node
