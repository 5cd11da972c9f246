# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own exceptions. Private to the collection: utils raise, only a module's main() fails."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence


class KubewrightError(Exception):
    """Something a user must know: the message says what was found, what was expected, what to do."""

    def __init__(self, message: str, **evidence: Any) -> None:
        super().__init__(message)
        self.evidence: Dict[str, Any] = evidence


class Finding(NamedTuple):
    """One preflight finding, of kubeadm's or of ours."""

    id: str
    level: str  # "error" or "warning"
    message: str
    remedy: Optional[str] = None

    def as_dict(self) -> Dict[str, Any]:
        return dict(self._asdict())


class CommandError(KubewrightError):
    """A command ended with a return code other than zero."""

    def __init__(self, command: str, rc: int, stdout: str, stderr: str, told: str = "") -> None:
        lines = [line.strip() for line in stderr.splitlines() if line.strip()] or stdout.strip().splitlines()
        # kubeadm's last lines are advice that is the same for every error.
        told = told or next((line for line in lines if line.startswith(("error:", "error execution phase"))), lines[-1] if lines else "it printed nothing")
        super().__init__(
            "`{0}` ended with code {1}: {2}".format(command, rc, told),
            command=command, rc=rc, stdout=stdout, stderr=stderr,
        )
        self.stdout = stdout
        self.stderr = stderr


class KubeadmError(CommandError):
    """kubeadm failed; `findings` are its own preflight findings, `steps` what it had begun, in order."""

    def __init__(self, command: str, rc: int, stdout: str, stderr: str, findings: List[Finding],
                 steps: Sequence[str] = ()) -> None:
        errors = ["{0} ({1})".format(finding.id, finding.message) for finding in findings if finding.level == "error"]
        super().__init__(command, rc, stdout, stderr, "its checks found " + ", ".join(errors) if errors else "")
        self.findings = findings
        self.evidence["findings"] = [finding.as_dict() for finding in findings]
        self.evidence["steps"] = list(steps)
