# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import re

from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd as cri_dockerd
from ansible_collections.kubewright.cluster.plugins.module_utils import _cri_dockerd_facts as facts


def test_the_table_is_whole() -> None:
    assert all(set(found) == {"amd64", "arm64"} and all(re.fullmatch(r"[0-9a-f]{64}", text) for text in found.values()) for found in facts.DIGESTS.values())
    assert len({text for found in facts.DIGESTS.values() for text in found.values()}) == 2 * len(facts.DIGESTS)
    assert all(cri_dockerd.line_of(version) for version in facts.DIGESTS)
    for one, other in zip(facts.LINES, facts.LINES[1:]):
        assert cri_dockerd.release(one.last) < cri_dockerd.release(other.first)
    for line in facts.LINES:
        assert line.source and (line.why_kubernetes or line.kubernetes[1] == facts.ANY) and (line.why_docker or line.docker[1] == facts.ANY)
