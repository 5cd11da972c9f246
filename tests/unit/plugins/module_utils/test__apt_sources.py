# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _apt_sources as sources
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

URI, OWN = "https://pkgs.k8s.io/core:/stable:/v1.31/deb/", "/etc/apt/sources.list.d/kubewright-kubernetes.sources"
NOTE = "deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] {0} /\n".format(URI)
PARAGRAPH = "Types: deb\nURIs: {0}\nSuites: /\nSigned-By: /etc/apt/keyrings/k.gpg\n".format(URI[:-1])
DEBIAN = "Types: deb\nURIs: http://deb.example.com/debian\nSuites: bookworm\n"


@pytest.mark.parametrize(("path", "text", "expected"), [
    ("/etc/apt/sources.list.d/kubernetes.list", "# Kubernetes\n" + NOTE, "# Kubernetes\n# kubewright: " + NOTE),
    ("/etc/apt/sources.list", "deb http://x /\ndeb [arch=amd64 signed-by=/k.gpg] {0} /\n".format(URI[:-1]),
     "deb http://x /\n# kubewright: deb [arch=amd64 signed-by=/k.gpg] {0} /\n".format(URI[:-1])),
    ("/etc/apt/sources.list.d/k.sources", DEBIAN + "\n" + PARAGRAPH, DEBIAN + "\nEnabled: no\n" + PARAGRAPH),
])
def test_what_a_person_wrote_for_the_same_repository_is_switched_off_and_kept(machine: FakeMachine, path: str, text: str, expected: str) -> None:
    machine.write(path, text)
    assert sources.others(URI, "/", OWN) == [(path, expected)]
    machine.write(path, expected)
    assert sources.others(URI, "/", OWN) == []


@pytest.mark.parametrize(("path", "text"), [
    (OWN, PARAGRAPH), ("/etc/apt/sources.list.d/kubernetes.list", NOTE.replace("v1.31", "v1.30")), ("/etc/apt/sources.list.d/kubernetes.list.save", NOTE),
    ("/etc/apt/sources.list", "# " + NOTE), ("/etc/apt/sources.list", "deb {0} / other\n".format(URI)),
    ("/etc/apt/sources.list.d/k.sources", PARAGRAPH.split("Signed-By", maxsplit=1)[0]), ("/etc/apt/sources.list.d/k.list", "deb {0} ./\n".format(URI)),
    ("/etc/apt/sources.list.d/k.sources", PARAGRAPH + "Enabled: no\n"),
])
def test_everything_else_stays(machine: FakeMachine, path: str, text: str) -> None:
    machine.write(path, text)
    assert sources.others(URI, "/", OWN) == []
