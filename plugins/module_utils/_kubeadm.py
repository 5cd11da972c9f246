# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm on a node: the only place that runs it. Private to the collection."""

import json
from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_certs as parse_certs
from ansible_collections.kubewright.cluster.plugins.module_utils import _parsers as parse
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Output, Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubeadmError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import ADMIN_CONF
from ansible_collections.kubewright.cluster.plugins.module_utils._node_look import DOCKERSHIM
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_findings import findings
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_progress import phases
from ansible_collections.kubewright.cluster.plugins.module_utils._parse_release import images, kubeadm_version

# Given to a reset that must leave /etc/kubernetes/pki alone; it does not exist.
NO_CERTIFICATES = "/var/lib/kubewright/no-certificates"


class Kubeadm:
    """The only place that runs kubeadm: one method per sub-command."""

    def __init__(self, runner: Runner) -> None:
        self.run = runner

    def _kubeadm(self, *words: str, **options: Any) -> Output:
        return self.run(("kubeadm", *words), error=_kubeadm_error, **options)

    def version(self) -> str:
        """x.y.z"""
        return kubeadm_version(self._kubeadm("version", "-o", "short").stdout)

    def images(self, documents: Sequence[Dict[str, Any]]) -> List[str]:
        return images(self._kubeadm("config", "images", "list", "--config", "/dev/stdin", stdin=as_stream(documents)).stdout)

    def init_phase(self, phase: str, documents: Sequence[Dict[str, Any]]) -> Output:
        words = ["init", "phase", *phase.split(), "--config", "/dev/stdin"]
        return self._kubeadm(*words, stdin=as_stream(documents), seconds=600, outlives=True)

    def init(self, documents: Sequence[Dict[str, Any]], skip_phases: Sequence[str], seconds: int) -> Output:
        words = ["init", "--config", "/dev/stdin", "--skip-token-print", "--skip-phases", ",".join(skip_phases)]
        return self._kubeadm(*words, stdin=as_stream(documents), seconds=seconds, outlives=True)

    def join_phase(self, phase: str, documents: Sequence[Dict[str, Any]], seconds: int) -> Output:
        words = ["join", "phase", *phase.split(), "--config", "/dev/stdin"]
        return self._kubeadm(*words, stdin=as_stream(documents), seconds=seconds, outlives=True)

    def join(self, documents: Sequence[Dict[str, Any]], skip_phases: Sequence[str], seconds: int) -> Output:
        words = ["join", "--config", "/dev/stdin", "--skip-phases", ",".join(skip_phases)]
        return self._kubeadm(*words, stdin=as_stream(documents), seconds=seconds, outlives=True)

    def reset(self, cri_socket: str, skip_phases: Sequence[str] = (), cert_dir: str = "") -> Output:
        """cert_dir: the folder of certificates that is emptied, where it is not kubeadm's own."""
        plain = cri_socket[len("unix://"):] if cri_socket == "unix://" + DOCKERSHIM else cri_socket  # else kubeadm asks crictl, not Docker
        words = ["reset", "--force", "--cri-socket", plain]
        if cert_dir:
            words += ["--cert-dir", cert_dir]
        if skip_phases:
            words += ["--skip-phases", ",".join(skip_phases)]
        return self._kubeadm(*words, seconds=300, outlives=True)

    def upgrade(self, words: Sequence[str], document: Optional[Dict[str, Any]], seconds: int) -> Output:
        return self._kubeadm(*words, stdin=as_stream([document]) if document is not None else None, seconds=seconds, outlives=True)

    def token_create(self, seconds: int, description: str) -> Output:
        return self._kubeadm("token", "create", "--ttl", "{0}s".format(seconds), "--description", description,
                             "--print-join-command", "--kubeconfig", ADMIN_CONF)

    def token_list(self) -> List[parse.Token]:
        return parse.tokens(self._kubeadm("token", "list", "-o", "json", "--kubeconfig", ADMIN_CONF).stdout)

    def token_delete(self, token_id: str) -> Output:
        return self._kubeadm("token", "delete", token_id, "--kubeconfig", ADMIN_CONF)

    def check_expiration(self, version: str, documents: Sequence[Dict[str, Any]] = ()) -> List[parse_certs.Certificate]:
        """What kubeadm knows of certificates. With documents it does not ask the API server about the cluster."""
        words = [*_certs_command(version), "check-expiration"]
        if "certs check-expiration" in releases.fact("structured_outputs", releases.version(version)):
            words += ["-o", "json"]
        return parse_certs.check_expiration(self._with_documents(words, documents).stdout)

    def renew(self, version: str, name: str, documents: Sequence[Dict[str, Any]] = ()) -> parse_certs.Renewal:
        return parse_certs.renewal(self._with_documents([*_certs_command(version), "renew", name], documents).stdout)

    def _with_documents(self, words: Sequence[str], documents: Sequence[Dict[str, Any]]) -> Output:
        if not documents:
            return self._kubeadm(*words)
        return self._kubeadm(*words, "--config", "/dev/stdin", stdin=as_stream(documents))

    def user_kubeconfig(self, version: str, name: str, groups: Sequence[str], days: int, cluster_configuration: str) -> str:
        """A kubeconfig with a client certificate of its own, which is printed and nowhere else. Up to 1.21 it lasts a year."""
        release = releases.version(version)
        words = [*releases.fact("kubeconfig_command", release), "--client-name", name]
        words += ["--org=" + ",".join(groups)] if groups else []
        if releases.fact("kubeconfig_validity", release):
            words += ["--validity-period", "{0}h".format(24 * days)]
        if not releases.fact("kubeconfig_from_document", release):
            return self._kubeadm(*words).stdout
        return self._kubeadm(*words, "--config", "/dev/stdin", stdin=cluster_configuration).stdout

    def upload_certs(self, documents: Sequence[Dict[str, Any]], cluster_configuration: str) -> str:
        """Upload the control plane's certificates; the key that decrypts them. The ClusterConfiguration is the cluster's own text."""
        words = ("init", "phase", "upload-certs", "--upload-certs", "--config", "/dev/stdin")
        stream = as_stream(documents) + "---\n" + cluster_configuration
        return parse.certificate_key(self._kubeadm(*words, stdin=stream).stdout)


def _certs_command(version: str) -> Sequence[str]:
    """`certs`, which was once `alpha certs`."""
    words: Sequence[str] = releases.fact("certs_command", releases.version(version))
    return words


def as_stream(documents: Sequence[Dict[str, Any]]) -> str:
    """Documents for kubeadm's standard input: JSON, which is YAML."""
    return "---\n".join(json.dumps(document, sort_keys=True) + "\n" for document in documents)


def _kubeadm_error(command: str, rc: int, stdout: str, stderr: str) -> KubeadmError:
    return KubeadmError(command, rc, stdout, stderr, findings(stderr), phases(stdout))
