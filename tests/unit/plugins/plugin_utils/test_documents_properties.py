# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every description. `make fuzz` tries it with ten thousand of each."""

from __future__ import annotations

import copy
import functools
from typing import Any

import pytest
import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import NEWEST, OLDEST
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields, document_forms, documents

pytest.importorskip("hypothesis")
from hypothesis import assume, given
from hypothesis import strategies as st

CLUSTER: dict[str, Any] = {"control_plane_endpoint": "cluster:6443", "pod_subnets": ["10.244.0.0/16"], "service_subnets": ["10.96.0.0/12"]}
NODE: dict[str, Any] = {"name": "cp1", "address": "192.0.2.10", "cri_socket": "unix:///run/containerd/containerd.sock"}
COMPONENTS = {"cluster_configuration": "ClusterConfiguration", "kubelet_configuration": "KubeletConfiguration",
              "proxy_configuration": "KubeProxyConfiguration"}
# Decided by rules of their own, in test_document_rules.py.
RULED = {"featureGates", "mode", "cgroupDriver", "encryptionAlgorithm", "swapBehavior", "imagePullPolicy", "external", "local", "networking", "criSocket",
         "name", "advertiseAddress", "kubernetesVersion", "imageRepository", "type", "timeoutForControlPlane", "disabled", "timeouts", "timeout",
         "extraArgs", "kubeletExtraArgs", "discovery", "bootstrapTokens", "certificatesDir"}

VERSIONS = st.builds("1.{}.{}".format, st.integers(OLDEST, NEWEST + 2), st.integers(0, 20))
WORDS = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=6)
FLAGS = st.dictionaries(WORDS.filter(lambda name: name != "node-ip"), st.one_of(WORDS, st.integers(), st.booleans()), max_size=4)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
                    max_leaves=8)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS, "whole": st.integers(0, 1000), "number": st.integers(0, 100), "switch": st.booleans(), "texts": st.lists(WORDS, max_size=3),
    "duration": st.builds("{}s".format, st.integers(0, 1000)), "time": st.integers(0, 1000), "quantity": st.builds("{}Mi".format, st.integers(0, 9)),
    "wholes": st.lists(st.integers(0, 9), max_size=3), "map": st.dictionaries(WORDS, WORDS, max_size=3),
    "switches": st.dictionaries(WORDS, st.booleans(), max_size=3), "free": st.just({}),
}


@st.composite
def free_form(draw: st.DrawFn, kind: str, minor: int) -> Any:
    """Some of the fields that this kind of document has at this minor."""
    return draw(_fields_of(kind, minor))


@functools.cache
def _fields_of(kind: str, minor: int) -> st.SearchStrategy[Any]:
    return _drawn(document_fields.tree(kind, minor))


def _drawn(known: Any) -> st.SearchStrategy[Any]:
    if isinstance(known, str):
        return VALUES[known]
    if "[]" in known:
        return st.lists(_drawn(known["[]"]), max_size=2)
    inner = {name: _drawn(known[name]) for name in sorted(set(known) - RULED)}
    names = st.lists(st.sampled_from(list(inner) or [""]), max_size=3, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: inner[name] for name in chosen if name}))


@st.composite
def descriptions(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    version = draw(VERSIONS)
    minor = releases.version(version).minor
    cluster = {"version": version, **CLUSTER, **{key: draw(free_form(kind, minor)) for key, kind in COMPONENTS.items()}}
    cluster["cert_sans"] = draw(st.lists(WORDS, max_size=2))
    cluster["cluster_configuration"]["scheduler"] = {"extraArgs": draw(FLAGS)}
    node = {**NODE, "kubelet_extra_args": draw(FLAGS), "configuration": draw(free_form("InitConfiguration", minor))}
    node["taints"] = draw(st.sampled_from([None, [], ["a:NoSchedule"]]))
    node["timeouts"] = draw(st.sampled_from([None, {}, {"discovery": "7m0s"}, {"controlPlaneComponentHealthCheck": "6m0s", "discovery": "7m0s"}]))
    return cluster, node


@given(descriptions())
def test_every_description_gives_documents_whose_fields_are_known_and_that_load_back_equal(given_by_user: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before = copy.deepcopy(given_by_user)
    cluster, node = given_by_user
    found = documents.init_documents(cluster, node)
    minor = releases.version(cluster["version"]).minor
    for document in found:
        assert document_fields.fitted(document, minor) == (document, [])
    assert list(yaml.safe_load_all(yaml.safe_dump_all(found))) == found
    assert given_by_user == before


@given(VERSIONS, st.booleans(), FLAGS)
def test_every_join_has_the_flags_of_its_description(version: str, control_plane: bool, flags: dict[str, Any]) -> None:
    found = documents.join_document(version, {**NODE, "kubelet_extra_args": flags}, control_plane)
    written = document_forms.arguments(found["nodeRegistration"]["kubeletExtraArgs"], "here")
    assert written == {"node-ip": ["192.0.2.10"], **document_forms.arguments(flags, "here")}


@given(VERSIONS, FLAGS)
def test_flags_are_the_same_after_every_way_of_writing_them(version: str, flags: dict[str, Any]) -> None:
    release, meant = releases.version(version), document_forms.arguments(flags, "here")
    written = document_forms.spelled(release, meant, "here")
    assert document_forms.arguments(written, "here") == meant
    assert document_forms.spelled(release, document_forms.arguments(written, "here"), "here") == written


@given(VERSIONS, st.sampled_from(sorted(COMPONENTS)), st.dictionaries(WORDS, JSON, max_size=3), JSON)
def test_whatever_is_written_gives_documents_or_a_sentence(version: str, part: str, free: dict[str, Any], configuration: Any) -> None:
    registration = {"nodeRegistration": configuration, "timeouts": configuration}
    for cluster, node in (({part: free}, {}), ({part: configuration}, {}), ({"cluster_configuration": {"apiServer": configuration, "dns": configuration,
                          "etcd": configuration, "featureGates": configuration}}, {}), ({}, {"configuration": registration})):
        try:
            found = documents.init_documents({"version": version, **CLUSTER, **cluster}, {**NODE, **node})
        except KubewrightError as error:
            assert str(error)
        else:
            assert [document["kind"] for document in found] == ["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"]


@given(VERSIONS, st.data())
def test_a_misspelt_field_is_named(version: str, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(COMPONENTS)))
    known = document_fields.tree(COMPONENTS[part], releases.version(version).minor)
    name = data.draw(st.sampled_from(sorted(known)))
    place = data.draw(st.integers(0, len(name) - 1))
    misspelt = name[:place] + data.draw(st.sampled_from("aeqxXZ")) + name[place + 1:]
    assume(misspelt not in {field.path.split(".")[0].removesuffix("[]") for field in document_fields.fields(COMPONENTS[part])})
    with pytest.raises(KubewrightError, match=rf"^{COMPONENTS[part]}: there is no {misspelt};"):
        documents.init_documents({"version": version, **CLUSTER, part: {misspelt: "x"}}, NODE)
