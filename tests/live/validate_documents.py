# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the generated documents to a real kubeadm of whatever version, and believe what it says.

The documents of tests/unit/golden are made for exactly the binary's version. A field that kubeadm does not know is a failure, although kubeadm itself
often only warns. Nothing of this machine is touched: what kubeadm writes goes to a file system in memory that only this run sees.
Run by `make lab-validate BINARIES=<folder>`; prints a table and `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import copy
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

ROOT = Path(__file__).resolve().parents[2]
_AnsibleCollectionFinder(paths=[str(ROOT / "collections")])._install()

from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases  # noqa: E402
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields  # noqa: E402
from ansible_collections.kubewright.cluster.tests.unit.plugins import golden_documents as golden  # noqa: E402

Documents = list[dict[str, Any]]
PRIVATE = ("/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd")
INSIDE = "KUBEWRIGHT_VALIDATE_INSIDE"
# The phases that write files only; the others look at the machine or wait for a kubelet.
PHASES = ("certs all", "kubeconfig all", "etcd local", "control-plane all")
NOT_KNOWN = re.compile(r"unknown field|strict decoding|cannot unmarshal|no kind \"|error unmarshaling")
MATERIAL = {"token": "abcdef.0123456789abcdef", "apiServerEndpoint": "cluster.example.com:6443", "caCertHashes": ["sha256:" + "0" * 64]}
SAMPLES: dict[str, Any] = {
    "text": "x", "whole": 1, "number": 1, "switch": True, "duration": "5m0s", "time": 5000000000, "quantity": "1Mi", "texts": ["x"], "wholes": [29],
    "map": {"x": "1"}, "switches": {"NodeSwap": True}, "free": {},
}

# Texts that have a form of their own: kubeadm stops at them before it has seen the rest.
NAMED = {"token": MATERIAL["token"], "expires": "2030-01-01T00:00:00Z", "timeAdded": "2030-01-01T00:00:00Z"}


class Check(NamedTuple):
    """One line of the table."""

    document: str
    check: str
    problem: str


class Kubeadm:
    """A binary and the folder for what it is shown."""

    def __init__(self, binary: Path, scratch: Path) -> None:
        self.binary = binary
        self.scratch = scratch
        told = self.run("version", "-o", "short").stdout.strip()
        match = re.match(r"v(\d+\.\d+\.\d+)", told)
        if not match:
            raise SystemExit(f"{binary} says its version is {told!r}, which is none")
        self.told, self.version = told, match.group(1)
        self.minor = releases.version(self.version).minor

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C", "KUBECONFIG": "/nonexistent"}
        return subprocess.run([str(self.binary), *words], capture_output=True, text=True, timeout=300, env=environment, check=False)

    def problem(self, documents: Documents, *words: str, only_fields: bool = False) -> str:
        """What is wrong with documents as kubeadm sees them; FILE among the words is the file that holds them."""
        path = self.scratch / "documents.yaml"
        path.write_text(golden.as_text(documents), encoding="utf-8")
        output = self.run(*(str(path) if word == "FILE" else word for word in words))
        unknown = [line for line in (output.stdout + output.stderr).splitlines() if NOT_KNOWN.search(line)]
        if unknown:
            return unknown[0]
        return "" if only_fields or output.returncode == 0 else (output.stderr.strip() or f"exit status {output.returncode}").splitlines()[0]


def with_material(documents: Documents) -> Documents:
    """What kubeadm_join adds on the node: without it kubeadm refuses to look at the rest."""
    found = copy.deepcopy(documents)
    for document in found:
        if document["kind"] == "JoinConfiguration":
            document.setdefault("discovery", {})["bootstrapToken"] = MATERIAL
    return found


def checks(kubeadm: Kubeadm) -> Iterator[Check]:
    for name, made in golden.of_version(kubeadm.version).items():
        documents = with_material(made)
        for check, words, only_fields in commands(kubeadm.minor, documents[0]["kind"]):
            yield Check(name, check, kubeadm.problem(documents, *words, only_fields=only_fields))
        if documents[0]["kind"] == "InitConfiguration":
            yield Check(name, "init phase " + ", ".join(PHASES), phases(kubeadm, documents))
    yield from every_field(kubeadm)
    yield from own_defaults(kubeadm)
    yield from older(kubeadm)


def commands(minor: int, kind: str) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """How a kubeadm of this minor looks at a kind of document; whether it can do no more than read it."""
    if kind == "UpgradeConfiguration" and minor < 36:
        yield "upgrade plan, read only", ("upgrade", "plan", "--config", "FILE", "--kubeconfig", "/nonexistent"), True
    elif minor >= 28:
        yield "config validate", ("config", "validate", "--config", "FILE"), False
    if kind != "UpgradeConfiguration":  # 1.36 validates it, but has no mutator for it
        yield "config migrate", ("config", "migrate", "--old-config", "FILE"), False
    if kind == "InitConfiguration":
        yield "config images list", ("config", "images", "list", "--config", "FILE"), False


def phases(kubeadm: Kubeadm, documents: Documents) -> str:
    """Writes certificates, kubeconfigs and manifests in the private file system."""
    fresh()
    for phase in PHASES:
        problem = kubeadm.problem(documents, "init", "phase", *phase.split(), "--config", "FILE")
        if problem:
            return f"{phase}: {problem}"
    return ""


def fresh() -> None:
    for folder in PRIVATE:
        for item in Path(folder).iterdir():
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    Path("/etc/kubernetes/patches").mkdir()


def every_field(kubeadm: Kubeadm) -> Iterator[Check]:
    """Documents with all fields of our tables. Their values need not make sense; kubeadm has to know every name and take every form."""
    for kind in document_fields.TABLES:
        if kind in ("ResetConfiguration", "UpgradeConfiguration") and kubeadm.minor < 31:
            continue
        full = {**header(kubeadm, kind), **sample(document_fields.tree(kind, kubeadm.minor))}
        documents = alone(kubeadm, full)
        check, words, _only_fields = list(commands(kubeadm.minor, documents[0]["kind"]))[-1]
        yield Check(f"every field of {kind}", check, kubeadm.problem(documents, *words, only_fields=True))
        noticed = kubeadm.problem(alone(kubeadm, {**full, "notAField": 1}), *words, only_fields=True)
        yield Check("and one that there is not", "is noticed", "" if "notAField" in noticed else f"kubeadm says nothing of it ({noticed})")


def header(kubeadm: Kubeadm, kind: str) -> dict[str, Any]:
    api = {"KubeletConfiguration": "kubelet.config.k8s.io/v1beta1", "KubeProxyConfiguration": "kubeproxy.config.k8s.io/v1alpha1"}
    return {"apiVersion": api.get(kind) or releases.fact("config_api", releases.version(kubeadm.version)), "kind": kind}


def alone(kubeadm: Kubeadm, document: dict[str, Any]) -> Documents:
    """A cluster's document is only looked at together with an InitConfiguration."""
    if document["kind"] in ("ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"):
        return [item if item["kind"] != document["kind"] else document for item in golden.of_version(kubeadm.version)["init"]]
    return [document]


def sample(known: Any) -> Any:
    if isinstance(known, str):
        return copy.deepcopy(SAMPLES[known])
    if "[]" in known:
        return [sample(known["[]"])]
    return {name: NAMED.get(name) or sample(inner) for name, inner in known.items()}


def own_defaults(kubeadm: Kubeadm) -> Iterator[Check]:
    """What kubeadm prints as its defaults has no field that our tables lack."""
    components = ("--component-configs", "KubeletConfiguration,KubeProxyConfiguration")
    for what, more in (("init", components), ("join", ()), ("reset", ()), ("upgrade", ())):
        if what in ("reset", "upgrade") and kubeadm.minor < 31:
            continue
        output = kubeadm.run("config", "print", f"{what}-defaults", *more)
        if output.returncode != 0:
            yield Check(f"config print {what}-defaults", "works without any of our documents", (output.stderr.strip() or "it does not").splitlines()[0])
            continue
        for document in yaml.safe_load_all(output.stdout):
            if document["kind"] in document_fields.TABLES:
                problems = document_fields.fitted(document, kubeadm.minor)[1]
                yield Check(f"config print {what}-defaults", f"{document['kind']} is known", "; ".join(problems))


def older(kubeadm: Kubeadm) -> Iterator[Check]:
    """kubeadm 1.31 to 1.36 reads v1beta3 as well, so it can say something of the documents of 1.30."""
    if not 31 <= kubeadm.minor <= 36:
        return
    for name, made in golden.of_version(golden.version_of(30)).items():
        documents = with_material(made)
        for document in documents:
            if document["kind"] == "ClusterConfiguration":  # kubeadm refuses clusters and feature gates as old as that
                document["kubernetesVersion"] = f"v{kubeadm.version}"
                document.pop("featureGates", None)
        yield Check(f"{name} of 1.30", "config migrate", kubeadm.problem(documents, "config", "migrate", "--old-config", "FILE"))


def show(found: list[Check]) -> None:
    widths = [max(len(check[column]) for check in found) for column in (0, 1)]
    for check in found:
        print(f"{check.document:{widths[0]}}  {check.check:{widths[1]}}  {'ok' if not check.problem else 'FAILED: ' + check.problem}")


def go_inside() -> None:
    """Begin anew where the folders that kubeadm writes to are empty and nobody else's; they are made on this machine if there are none."""
    turn = (Path(tempfile.gettempdir()) / "kubewright-validate.lock").open("w")  # another run would take the folders away from under this one
    fcntl.flock(turn, fcntl.LOCK_EX)
    missing = [folder for folder in PRIVATE if not Path(folder).exists()]
    for folder in missing:
        Path(folder).mkdir(parents=True)
    mounts = " && ".join(f"mount -t tmpfs none {folder}" for folder in PRIVATE)
    words = ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", sys.executable, *sys.argv]
    done = subprocess.run(words, env={**os.environ, INSIDE: "1"}, check=False)
    for folder in missing:
        Path(folder).rmdir()
    raise SystemExit(done.returncode)


def binary_in(folder: Path) -> Path:
    found = [path for path in (folder / "kubeadm", *sorted(folder.glob("*/kubeadm"))) if path.is_file()]
    if not found:
        raise SystemExit(f"there is no kubeadm in {folder}; BINARIES names the folder that holds it")
    return found[0].resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    arguments = parser.parse_args()
    binary = binary_in(arguments.binaries)
    if os.geteuid() != 0:
        raise SystemExit("run it as root: kubeadm writes below /etc/kubernetes, which is replaced for this run by a file system of its own")
    if INSIDE not in os.environ:
        go_inside()
    with tempfile.TemporaryDirectory() as scratch:
        kubeadm = Kubeadm(binary, Path(scratch))
        found = list(checks(kubeadm))
    if arguments.json:
        print(json.dumps([check._asdict() for check in found], indent=2))
    else:
        print(f"kubeadm {kubeadm.told}, documents for {kubeadm.version}\n{releases.doubt(releases.version(kubeadm.version)) or ''}\n")
        show(found)
    failed = sum(bool(check.problem) for check in found)
    print(f"\n{len(found) - failed} passed, {failed} failed", file=sys.stderr if arguments.json else sys.stdout)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
