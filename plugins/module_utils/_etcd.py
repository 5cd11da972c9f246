# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd's own tools on a control plane: found, and run on snapshots. Private to the collection.

The tools are those of the image that etcd runs from, so they always fit the data. They are run where the image lies, from the node: no shell
in the image is needed, and their files are the node's.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from typing import Any, Dict, List, NamedTuple, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils import _static_pods as pods
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._trees import remove_tree

_FOLDERS = ("usr/local/bin", "usr/bin", "bin")
_NAMES = ("etcdctl", "etcdutl")
_CHECKSUM = 32  # bytes at the end of a saved snapshot: the SHA-256 of the rest, which is whole pages of 512 bytes
_BLOCK = 1 << 20


class Member(NamedTuple):
    """The local member as its manifest has it."""

    name: str
    data_dir: str
    peer_urls: str
    initial_cluster: str

    def folder(self) -> str:
        return self.data_dir + "/member"


class Snapshot(NamedTuple):
    """A file, and what etcd says of it."""

    path: str
    sha256: str
    size: int
    revision: int
    keys: int

    def as_dict(self) -> Dict[str, Any]:
        return dict(self._asdict())


def member() -> Member:
    if not pods.manifest("etcd"):
        raise KubewrightError("there is no etcd of kubeadm's on this machine: {0}/etcd.yaml is not there. Run this on a control plane. An etcd "
                              "outside the control planes is saved and restored with its own tools.".format(pods.MANIFESTS))
    cluster = pods.flag("etcd", "initial-cluster")
    return Member(pods.flag("etcd", "name"), pods.flag("etcd", "data-dir") or "/var/lib/etcd", pods.flag("etcd", "initial-advertise-peer-urls"), cluster)


def sums(path: str) -> Tuple[str, bool]:
    """A file's SHA-256, and whether it ends with the one that etcd appended, which a copy of a data directory does not."""
    size = os.stat(path).st_size
    whole, body, left = hashlib.sha256(), hashlib.sha256(), max(0, size - _CHECKSUM)
    with open(path, "rb") as stream:
        while left:
            block = stream.read(min(_BLOCK, left))
            if not block:
                break
            whole.update(block)
            body.update(block)
            left -= len(block)
        tail = stream.read()
    whole.update(tail)
    return whole.hexdigest(), size % 512 == _CHECKSUM and body.digest() == tail


class Tools:
    """etcdctl and, where there is one, etcdutl, which alone reads snapshots from 3.6 on."""

    def __init__(self, runner: Runner) -> None:
        self.run = runner
        self.paths: Dict[str, str] = {}
        self.mounted = self.copied = ""

    def __enter__(self) -> "Tools":
        self.paths = self._of_process() or self._of_image() or self._of_host()
        if not self.paths:
            raise KubewrightError("neither a running etcd, nor its image in containerd or Docker, nor this node has etcdctl or etcdutl. Pull the image that "
                                  "{0}/etcd.yaml names, or put them into /usr/local/bin.".format(pods.MANIFESTS))
        return self

    def __exit__(self, *_error: Any) -> None:
        self._unmount()
        if self.copied:
            remove_tree(self.copied)
            self.copied = ""

    def _of_process(self) -> Dict[str, str]:
        process = pods.running("etcd")
        return _tools_below("/proc/{0}/root".format(process.pid)) if process else {}

    def _of_image(self) -> Dict[str, str]:
        image = re.search(r"^\s*image:\s*[\"']?([^\s\"']+)", pods.manifest("etcd"), re.MULTILINE)
        if not image:
            return {}
        self.mounted = tempfile.mkdtemp(prefix="kubewright-etcd-", dir="/run")
        try:
            self._ctr("mount", image.group(1), self.mounted)
            found = _tools_below(self.mounted)
        except KubewrightError:
            found = {}
        if not found:
            self._unmount()
        return found or self._of_docker(image.group(1))

    def _of_docker(self, image: str) -> Dict[str, str]:
        """Docker mounts no image: the tools are copied out of a container that is never started."""
        if "docker" not in node.cri_socket():
            return {}
        self.copied = tempfile.mkdtemp(prefix="kubewright-etcd-", dir="/run")
        container = ""
        with contextlib.suppress(CommandError):
            self.run(["docker", "image", "inspect", "--format", "{{.Id}}", image])  # which would be pulled by what follows
            container = self.run(["docker", "create", image, "etcd"]).stdout.strip()
        for name in [os.path.join(folder, name) for folder in _FOLDERS for name in _NAMES] if container else []:
            os.makedirs(os.path.join(self.copied, os.path.dirname(name)), exist_ok=True)
            with contextlib.suppress(CommandError):  # no image has them in every folder
                self.run(["docker", "cp", "--follow-link", "{0}:/{1}".format(container, name), os.path.join(self.copied, name)])
        if container:
            self.run(["docker", "rm", container])
        return _tools_below(self.copied)

    def _ctr(self, *words: str) -> Output:
        return self.run(("ctr", "--namespace", "k8s.io", "images", *words))

    def _unmount(self) -> None:
        if not self.mounted:
            return
        with contextlib.suppress(KubewrightError):  # it was not mounted
            self._ctr("unmount", "--rm", self.mounted)
        if os.path.isdir(self.mounted):
            os.rmdir(self.mounted)
        self.mounted = ""

    def _of_host(self) -> Dict[str, str]:
        found = {}
        for name in _NAMES:
            try:
                self._tool(name, "version")
            except KubewrightError:
                continue
            found[name] = name
        return found

    def _tool(self, program: str, *words: str, **options: Any) -> Output:
        return self.run(("env", "ETCDCTL_API=3", program, *words), **options)

    def _offline(self, *words: str, **options: Any) -> Output:
        """What reads files: etcdutl; etcdctl has it up to 3.5."""
        return self._tool(self.paths.get("etcdutl") or self.paths["etcdctl"], "snapshot", *words, **options)

    def _online(self, *words: str, **options: Any) -> Output:
        """What asks the member that runs here."""
        if "etcdctl" not in self.paths:
            raise KubewrightError("etcdctl is not there, and it alone can ask a running etcd; found was {0}".format(self.paths["etcdutl"]))
        host, port = pods.endpoint("etcd")
        where = ["--endpoints", "https://{0}:{1}".format(node.bracketed(host), port), "--cacert", pods.flag("etcd", "trusted-ca-file")]
        return self._tool(self.paths["etcdctl"], *where, "--cert", pods.flag("etcd", "cert-file"), "--key", pods.flag("etcd", "key-file"), *words, **options)

    def save(self, path: str, seconds: int) -> Output:
        return self._online("snapshot", "save", path, seconds=seconds)

    def members(self) -> List[str]:
        """Names of all members; none where etcd does not answer."""
        try:
            found = json.loads(self._online("member", "list", "--write-out", "json", seconds=20).stdout)
            return sorted(str(item.get("name") or "a member that has not started") for item in found["members"])
        except (KubewrightError, ValueError, KeyError):
            return []

    def status(self, path: str) -> Snapshot:
        """What a snapshot holds; an error where it is none, or not whole."""
        sha256, whole = sums(path)
        if not whole:
            raise KubewrightError("{0} is no whole snapshot: it does not end with its own checksum, as what `snapshot save` writes does. "
                                  "Take another one.".format(path))
        try:
            text = self._offline("status", path, "--write-out", "json").stdout
            found = json.loads(text)
            return Snapshot(path, sha256, os.stat(path).st_size, int(found["revision"]), int(found["totalKey"]))
        except CommandError as error:
            raise KubewrightError("{0} cannot be read as a snapshot: {1}".format(path, error), **error.evidence) from error
        except (ValueError, KeyError, TypeError) as error:
            raise KubewrightError("etcd's tool said something else of {0} than was expected: {1!r}".format(path, error)) from error

    def restore(self, path: str, me: Member, cluster: Dict[str, str], token: str, folder: str, seconds: int) -> bool:
        """A new data directory of the snapshot; whether its revisions begin far above the old ones, so that nobody takes what he remembers for newer."""
        words = ["restore", path, "--data-dir", folder, "--name", me.name, "--initial-cluster-token", token]
        words += ["--initial-cluster", ",".join("{0}={1}".format(*item) for item in sorted(cluster.items()))]
        words += ["--initial-advertise-peer-urls", cluster[me.name]]
        bumps = "--bump-revision" in self._offline("restore", "--help").stdout
        if bumps:
            words += ["--bump-revision", "1000000000", "--mark-compacted"]
        self._offline(*words, seconds=seconds)
        return bumps


def _tools_below(root: str) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for folder in _FOLDERS:
        for name in _NAMES:
            path = "{0}/{1}/{2}".format(root, folder, name)
            if name not in found and os.path.exists(path):
                found[name] = path
    return found


def cluster_of(me: Member, given: Dict[str, str], members: List[str]) -> Dict[str, str]:
    """Members by name with their peer URLs, as the restored cluster begins. One member needs nothing to be said.

    members: as a running etcd told them. The manifest of the first control plane never names the others.
    """
    if given:
        if me.name not in given:
            raise KubewrightError("this machine's member is {0!r}, and initial_cluster names only {1}".format(me.name, ", ".join(sorted(given))))
        return {str(name): str(url) for name, url in given.items()}
    known = members or [item.partition("=")[0] for item in me.initial_cluster.split(",") if item]
    others = [name for name in known if name != me.name]
    if others:
        raise KubewrightError(
            "etcd has more members than this one: {0}. Either restore on all control planes at once, from the same file and with the same "
            "initial_cluster (each member's name and peer URL; {1}: {2} for this one). Or name this one alone there, stop the others first, and "
            "join them anew afterwards.".format(", ".join(others), me.name, me.peer_urls))
    return {me.name: me.peer_urls}


def ours(names: List[str], node_name: str) -> List[str]:
    """Our own snapshots of a folder's files, the oldest first."""
    form = re.compile(r"etcd-{0}-[0-9]{{8}}T[0-9]{{6}}Z\.db\Z".format(re.escape(node_name)))
    return sorted(name for name in names if form.match(name))


def to_prune(names: List[str], node_name: str, keep: int) -> List[str]:
    """Files that go, with the certificates beside them; keep 0 keeps all."""
    found = ours(names, node_name)
    gone = found[:-keep] if keep > 0 else []
    beside = {certificates_beside(name) for name in gone}
    return gone + [name for name in names if name in beside]


def certificates_beside(name: str) -> str:
    return name[:-len(".db")] + ".pki.tar"
