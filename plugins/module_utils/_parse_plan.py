# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `kubeadm upgrade plan` prints, read. Pure; tolerant of wording, strict on values. Private to the collection."""

import re
from typing import Any, Dict, List, NamedTuple, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_text as text_of
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

VERSION = re.compile(r"\Av?([0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(?:[-+][0-9A-Za-z.+-]{1,80})?)\Z")
_TAG = re.compile(r"\A[0-9A-Za-z_][0-9A-Za-z_.+-]{0,127}\Z")
_COUNT = re.compile(r"\A([0-9]{1,6}) x (\S+)\Z")
_FACT = re.compile(r"\[upgrade/versions\] (Cluster|kubeadm) version: (\S+)\Z")
_TARGET = re.compile(r"Upgrade to the latest (\S.*):\Z")
_APPLY = re.compile(r"kubeadm upgrade apply (\S+)(?: --\S+)*\Z")
_KUBEADM = re.compile(r"Note: .* you have to update kubeadm to (\S+?)\.\Z")
# Kubernetes' own parts have its versions; what carries an image's tag (CoreDNS, etcd) may have any. Names before 1.18, too.
_OLD_NAMES = {"API Server": "kube-apiserver", "Controller Manager": "kube-controller-manager", "Scheduler": "kube-scheduler",
              "Kube Proxy": "kube-proxy", "Kubelet": "kubelet", "Etcd": "etcd", "Kube DNS": "kube-dns"}
_OF_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubeadm")


class Component(NamedTuple):
    """One component, on one node where kubeadm says which (1.30 and later). Versions are without their leading v."""

    name: str
    current: str
    target: str
    node: str
    nodes: int  # how many have the current version, where kubeadm counts them (up to 1.29)


class Target(NamedTuple):
    """One version that the cluster can be upgraded to."""

    version: str  # x.y.z
    description: str  # kubeadm's: "version in the v1.34 series", "stable version"; empty where it gives none
    kubeadm: str  # the version that kubeadm must have to do it
    components: List[Component]


class ConfigVersion(NamedTuple):
    """A component's configuration, and whether somebody must rewrite it first."""

    group: str
    current: str
    preferred: str
    manual_upgrade_required: bool


class Plan(NamedTuple):
    """What kubeadm offers; without targets the cluster is as new as kubeadm knows. Empty versions: it did not say."""

    cluster: str
    kubeadm: str
    targets: List[Target]
    config_versions: List[ConfigVersion]


def upgrade_plan(text: str) -> Plan:
    """A plan, from the text for people (with and without the column NODE) or from `-o json` (1.25 and later, with lines of text before it)."""
    facts = {match.group(1): version(match.group(2)) for match in (_FACT.match(line.strip()) for line in text.splitlines()) if match}
    documents = text_of.documents_of(text, "UpgradePlan")
    if documents is None and not facts:
        raise KubewrightError("kubeadm printed no plan where `kubeadm upgrade plan` was asked")
    targets, configs = _Text().read(text) if documents is None else _from_json(documents)
    return Plan(facts.get("Cluster", ""), facts.get("kubeadm", ""), targets, configs)


def version(text: str) -> str:
    """x.y.z, without a leading v."""
    match = VERSION.match(text)
    if not match:
        raise KubewrightError("kubeadm printed {0!r} where a version of Kubernetes was expected".format(text))
    return match.group(1)


def _component(name: str, current: str, target: str, node: str) -> Component:
    known = _OLD_NAMES.get(name, name)
    counted = _COUNT.match(current)
    nodes, current = (int(counted.group(1)), counted.group(2)) if counted else (1, current)
    return Component(known, _tag(known, current), _tag(known, target), node, nodes)


def _tag(name: str, text: str) -> str:
    if name in _OF_KUBERNETES:
        return version(text)
    if text and not _TAG.match(text):
        raise KubewrightError("kubeadm printed {0!r} where a version of {1} was expected".format(text, name))
    return text[1:] if re.match(r"v[0-9]", text) else text


def _target(components: List[Component], description: str) -> Target:
    """The version is the API server's; the text for people has it in the command to type, too."""
    targets = {item.name: item.target for item in components}
    if "kube-apiserver" not in targets:
        raise KubewrightError("kubeadm printed a plan without the API server's version")
    kubernetes = targets["kube-apiserver"]
    return Target(kubernetes, description, targets.get("kubeadm", kubernetes), [item for item in components if item.name != "kubeadm"])


class _Text:
    """The text for people, line by line."""

    def __init__(self) -> None:
        self.targets: List[Target] = []
        self.configs: List[ConfigVersion] = []
        self._header: List[str] = []
        self._components: List[Component] = []
        self._description = ""

    def read(self, text: str) -> Tuple[List[Target], List[ConfigVersion]]:
        for line in text.splitlines():
            if text_of.is_noise(line):
                continue
            row = text_of.cells(line)
            if row[0] in ("COMPONENT", "API GROUP") and len(row) > 2:
                self._header = row
            elif not line.strip() or line.strip().startswith("____"):
                self._header = []
            elif self._header:
                self._row(row, line)
            else:
                self._sentence(line.strip())
        if self._components:
            raise KubewrightError("kubeadm printed a plan that ends in the middle")
        return self.targets, self.configs

    def _row(self, row: List[str], line: str) -> None:
        if self._header[0] == "API GROUP":
            self.configs.append(_config(row))
            return
        if line[:1].isspace() and len(row) == 2 and self._components:
            row = [self._components[-1].name, *row]  # several versions of kubelets: the name stands in the first row only
        if len(row) == 2:
            row.insert(1, "")  # new in the target version
        if len(row) == 3:
            row.insert(1, "")
        if len(row) != 4:
            raise KubewrightError("kubeadm printed a row of its plan that cannot be read: {0!r}".format(line))
        self._components.append(_component(row[0], row[2], row[3], row[1]))

    def _sentence(self, line: str) -> None:
        target, apply, kubeadm = _TARGET.match(line), _APPLY.match(line), _KUBEADM.match(line)
        if target:
            self._description = target.group(1)
        elif apply:
            made = _target(self._components, self._description)
            if made.version != version(apply.group(1)):
                raise KubewrightError("kubeadm printed a plan to {0} with the command for {1}".format(made.version, apply.group(1)))
            self.targets.append(made)
            self._components, self._description = [], ""
        elif kubeadm and self.targets:
            self.targets[-1] = self.targets[-1]._replace(kubeadm=version(kubeadm.group(1)))


def _config(row: List[str]) -> ConfigVersion:
    if len(row) != 4 or row[3] not in ("yes", "no"):
        raise KubewrightError("kubeadm printed a row about configurations that cannot be read: {0!r}".format("  ".join(row)))
    current, preferred = ("" if item == "-" else item for item in row[1:3])
    return ConfigVersion(row[0], current, preferred, row[3] == "yes")


def _from_json(documents: List[Dict[str, Any]]) -> Tuple[List[Target], List[ConfigVersion]]:
    targets: List[Target] = []
    configs: List[ConfigVersion] = []
    for document in documents:
        # v1alpha1 and v1alpha2 print one document for each offer.
        offers = [document] if document.get("components") else text_of.value(document, "availableUpgrades", list, [])
        targets += [_offer(item) for item in offers]
        configs = [_config_of(item) for item in text_of.value(document, "configVersions", list, [])] or configs
    return targets, configs


def _offer(item: Any) -> Target:
    components = [_component(*(text_of.value(part, name, str, default) for name, default in (
        ("name", None), ("currentVersion", ""), ("newVersion", ""), ("nodeName", "")))) for part in text_of.value(item, "components", list)]
    return _target(components, text_of.value(item, "description", str, ""))


def _config_of(item: Any) -> ConfigVersion:
    words = [text_of.value(item, name, str, "") for name in ("group", "currentVersion", "preferredVersion")]
    return ConfigVersion(words[0], words[1], words[2], text_of.value(item, "manualUpgradeRequired", bool, False))
