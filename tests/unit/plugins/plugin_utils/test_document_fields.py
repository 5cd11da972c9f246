# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._release_facts import NEWEST, OLDEST
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields

MINORS = range(OLDEST, NEWEST + 1)


def fitted(kind: str, minor: int, **given: Any) -> tuple[dict[str, Any], list[str]]:
    found, problems = document_fields.fitted({"apiVersion": "v", "kind": kind, **given}, minor)
    assert (found.pop("apiVersion"), found.pop("kind")) == ("v", kind)
    return found, problems


@pytest.mark.parametrize("kind", document_fields.TABLES)
def test_every_line_of_a_table_has_a_form_and_minors_in_order(kind: str) -> None:
    seen: dict[str, int] = {}
    for field in document_fields.fields(kind):
        assert re.fullmatch(r"[a-zA-Z0-9]+(\[\])?(\.[a-zA-Z0-9]+(\[\])?)*", field.path), field
        assert field.form in document_fields.FORMS and OLDEST <= field.first <= field.last <= NEWEST, field
        assert seen.get(field.path, 0) < field.first, f"{field.path} has two lines for a minor"
        seen[field.path] = field.last


@pytest.mark.parametrize("kind", document_fields.TABLES)
def test_no_field_of_a_table_is_both_a_value_and_a_mapping_at_one_minor(kind: str) -> None:
    for minor in MINORS:
        paths = {field.path for field in document_fields.fields(kind) if field.first <= minor <= field.last}
        for path in paths:
            parents = [path[: match.start()] for match in re.finditer(r"\.|\[\]", path)]
            assert not paths & set(parents), (kind, minor, path)


@pytest.mark.parametrize(("kind", "given", "expected"), [
    ("KubeletConfiguration", {"maxPods": "200"}, {"maxPods": 200}),
    ("KubeletConfiguration", {"maxPods": None, "failSwapOn": "False"}, {"failSwapOn": False}),
    ("KubeletConfiguration", {"reservedSystemCPUs": 0}, {"reservedSystemCPUs": "0"}),
    ("KubeletConfiguration", {"syncFrequency": 0}, {"syncFrequency": "0s"}),
    ("KubeletConfiguration", {"syncFrequency": "1h30m"}, {"syncFrequency": "1h30m"}),
    ("KubeletConfiguration", {"systemReserved": {"cpu": 1}, "featureGates": {"A": "true"}}, {"systemReserved": {"cpu": "1"}, "featureGates": {"A": True}}),
    ("KubeletConfiguration", {"memoryThrottlingFactor": "0.8"}, {"memoryThrottlingFactor": 0.8}),
    ("KubeletConfiguration", {"memoryThrottlingFactor": 1}, {"memoryThrottlingFactor": 1}),
    ("KubeletConfiguration", {"logging": {"flushFrequency": 5, "options": {"json": {"infoBufferSize": "1Mi"}}}},
     {"logging": {"flushFrequency": 5, "options": {"json": {"infoBufferSize": "1Mi"}}}}),
    ("KubeletConfiguration", {"logging": {"flushFrequency": "5s", "options": {"json": {"infoBufferSize": 1024}}}},
     {"logging": {"flushFrequency": "5s", "options": {"json": {"infoBufferSize": 1024}}}}),
    ("KubeletConfiguration", {"staticPodURLHeader": {"X": ["1", "2"]}, "clusterDNS": ["10.96.0.10"]},
     {"staticPodURLHeader": {"X": ["1", "2"]}, "clusterDNS": ["10.96.0.10"]}),
    ("KubeletConfiguration", {"reservedMemory": [{"numaNode": "0", "limits": {"memory": "1Gi"}}]},
     {"reservedMemory": [{"numaNode": 0, "limits": {"memory": "1Gi"}}]}),
])
def test_values_take_the_form_of_their_field(kind: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(given)
    assert fitted(kind, 34, **given) == (expected, [])
    assert given == before


@pytest.mark.parametrize(("given", "words"), [
    ({"maxPods": "many"}, "maxPods is 'many'; a whole number is expected"),
    ({"maxPods": 1.5}, "maxPods is 1.5; a whole number is expected"),
    ({"maxPods": True}, "maxPods is True; a whole number is expected"),
    ({"maxPods": [1]}, "maxPods is [1]; a whole number is expected"),
    ({"memoryThrottlingFactor": True}, "memoryThrottlingFactor is True; a number is expected"),
    ({"memoryThrottlingFactor": "x"}, "memoryThrottlingFactor is 'x'; a number is expected"),
    ({"failSwapOn": "perhaps"}, "failSwapOn is 'perhaps'; true or false is expected"),
    ({"failSwapOn": {}}, "failSwapOn is {}; true or false is expected"),
    ({"clusterDomain": 1.10}, "clusterDomain is 1.1; a text (in quotes) is expected"),
    ({"clusterDomain": False}, "clusterDomain is False; a text (in quotes) is expected"),
    ({"clusterDNS": "10.96.0.10"}, "clusterDNS is '10.96.0.10'; a list of texts is expected"),
    ({"clusterDNS": [None]}, "clusterDNS is [None]; a list of texts is expected"),
    ({"syncFrequency": 60}, "syncFrequency is 60; a duration such as 90s, 5m0s or 8760h is expected (there are no days)"),
    ({"syncFrequency": "1d"}, "syncFrequency is '1d'; a duration"),
    ({"syncFrequency": False}, "syncFrequency is False; a duration"),
    ({"syncFrequency": ""}, "syncFrequency is ''; a duration"),
    ({"logging": {"flushFrequency": True}}, "logging.flushFrequency is True; a duration such as 5s or a number of nanoseconds is expected"),
    ({"logging": {"options": {"json": {"infoBufferSize": 0.5}}}}, "logging.options.json.infoBufferSize is 0.5; a quantity such as 100Mi is expected"),
    ({"evictionHard": "10%"}, "evictionHard is '10%'; a mapping of names to texts is expected"),
    ({"evictionHard": {"nodefs.available": ["10%"]}}, "a mapping of names to texts is expected"),
    ({"featureGates": {"A": "on"}}, "featureGates is {'A': 'on'}; a mapping of names to true or false is expected"),
    ({"logging": "json"}, "logging is 'json'; a mapping with flushFrequency, format, options, verbosity, vmodule is expected"),
    ({"logging": {"vmodule": {"a": 1}}}, "logging.vmodule is {'a': 1}; a list is expected"),
    ({"logging": {"vmodule": [1]}}, "logging.vmodule[0] is 1; a mapping with filePattern, verbosity is expected"),
    ({"tlsCurvePreferences": ["x25519"]}, "tlsCurvePreferences is ['x25519']; a list of whole numbers is expected"),
])
def test_a_value_of_another_form_is_a_sentence_with_the_whole_path(given: dict[str, Any], words: str) -> None:
    found, problems = fitted("KubeletConfiguration", 36, **given)
    assert len(problems) == 1 and problems[0].startswith("KubeletConfiguration: ") and words in problems[0]
    assert found == given


@pytest.mark.parametrize(("kind", "minor", "given", "words"), [
    ("KubeletConfiguration", 34, {"maxPodz": 1}, "there is no maxPodz; did you mean maxPods?"),
    ("KubeletConfiguration", 34, {"MaxPods": 1}, "there is no MaxPods; did you mean maxPods?"),
    ("KubeletConfiguration", 34, {"authentication": {"anonymus": {}}}, "there is no authentication.anonymus; did you mean authentication.anonymous?"),
    ("KubeletConfiguration", 34, {"logging": {"vmodule": [{"filePatern": "x"}]}},
     "there is no logging.vmodule[0].filePatern; did you mean logging.vmodule[0].filePattern?"),
    ("ClusterConfiguration", 34, {"certSANs": []}, "there is no certSANs; did you mean apiServer.certSANs?"),
    ("ClusterConfiguration", 20, {"apiServer": {"podSubnet": "x"}}, "there is no apiServer.podSubnet; did you mean networking.podSubnet?"),
    ("ClusterConfiguration", 34, {"dns": {"zzz": 1}}, "there is no dns.zzz; dns has disabled, imageRepository, imageTag"),
    ("ResetConfiguration", 34, {"zzz": 1}, "there is no zzz; it has certificatesDir, cleanupTmpDir"),
    ("KubeletConfiguration", 30, {"failCgroupV1": False}, "failCgroupV1 exists from Kubernetes 1.31 on, this is 1.30; leave it out or use a newer Kubernetes"),
    ("KubeletConfiguration", 21, {"memorySwap": {"swapBehavior": "LimitedSwap"}}, "memorySwap (swapBehavior) exists from Kubernetes 1.22 on, this is 1.21"),
    ("KubeletConfiguration", 24, {"logging": {"sanitization": True}}, "logging.sanitization was removed in Kubernetes 1.24, this is 1.24; leave it out"),
    ("ClusterConfiguration", 22, {"useHyperKubeImage": True}, "useHyperKubeImage was removed in Kubernetes 1.22, this is 1.22; leave it out"),
    ("ClusterConfiguration", 30, {"certificateValidityPeriod": "1h"}, "certificateValidityPeriod exists from Kubernetes 1.31 on"),
    ("ClusterConfiguration", 30, {"apiServer": {"extraEnvs": []}}, "apiServer.extraEnvs exists from Kubernetes 1.31 on"),
    ("ClusterConfiguration", 34, {"etcd": {"external": {"httpEndpoints": []}}}, "etcd.external.httpEndpoints exists from Kubernetes 1.35 on"),
    ("KubeProxyConfiguration", 26, {"udpIdleTimeout": "1s"}, "udpIdleTimeout was removed in Kubernetes 1.26"),
    ("KubeProxyConfiguration", 28, {"nftables": {}}, "nftables exists from Kubernetes 1.29 on"),
    ("InitConfiguration", 21, {"skipPhases": []}, "skipPhases exists from Kubernetes 1.22 on"),
])
def test_a_field_that_there_is_not_is_a_sentence_that_helps(kind: str, minor: int, given: dict[str, Any], words: str) -> None:
    problems = fitted(kind, minor, **given)[1]
    assert len(problems) == 1 and problems[0].startswith(f"{kind}: {words}")


def test_all_that_does_not_fit_is_told_at_once() -> None:
    assert len(fitted("KubeletConfiguration", 34, maxPodz=1, maxPods="x", logging={"formt": "json"})[1]) == 3


def test_a_minor_that_is_newer_than_known_has_the_fields_of_the_newest() -> None:
    assert document_fields.tree("KubeletConfiguration", NEWEST + 5) == document_fields.tree("KubeletConfiguration", NEWEST)
    assert "did you mean maxPods?" in fitted("KubeletConfiguration", NEWEST + 1, maxPodz=1)[1][0]
    assert "did you mean apiServer.certSANs?" in fitted("ClusterConfiguration", NEWEST + 1, certSAN=[])[1][0]


@pytest.mark.parametrize(("value", "expected"), [("x", "x"), (1, "1"), (0.5, "0.5"), (True, "true"), (False, "false")])
def test_flags_are_texts(value: Any, expected: str) -> None:
    assert document_fields.as_argument(value) == expected


@pytest.mark.parametrize("value", [None, [], {}, b"x"])
def test_a_flag_that_is_no_text_is_an_error(value: Any) -> None:
    with pytest.raises(ValueError):
        document_fields.as_argument(value)
