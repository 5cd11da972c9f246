# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd_service as service
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner


@pytest.mark.parametrize(("word", "expected"), [
    ("--a=b", "--a=b"), ("unix:///x,y@z", "unix:///x,y@z"), ("100%", "100%%"), ("$HOME", "$$HOME"), ("two words", '"two words"'),
    ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("", '""'), ("a;b", '"a;b"'),
])
def test_words_are_written_as_systemd_reads_them(word: str, expected: str) -> None:
    assert service.quoted(word) == expected


def test_its_units_name_the_socket_and_the_quoted_command() -> None:
    """What they do on a machine, the tests of the module cri_dockerd show."""
    found = service.Service(Runner(None), ["/usr/local/bin/cri-dockerd", "--log-level=a b"], "v1").texts()
    assert 'ExecStart=/usr/local/bin/cri-dockerd "--log-level=a b" --container-runtime-endpoint fd://\n' in found["/etc/systemd/system/cri-docker.service"]
    assert "ListenStream=/run/cri-dockerd.sock\n" in found["/etc/systemd/system/cri-docker.socket"]
