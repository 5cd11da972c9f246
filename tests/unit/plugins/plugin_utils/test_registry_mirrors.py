# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils.registry_mirrors import MARK, Mirror, hosts_toml, plan_files, read_mirrors

ADDRESS = "https://mirror.example.com"


@pytest.mark.parametrize(("row", "mirror"), [
    (ADDRESS, Mirror(ADDRESS)),
    (ADDRESS + "/", Mirror(ADDRESS)),
    ("http://192.0.2.10:5000", Mirror("http://192.0.2.10:5000")),
    ("https://[2001:db8::1]:5000/v2/docker.io", Mirror("https://[2001:db8::1]:5000/v2/docker.io")),
    ({"address": ADDRESS}, Mirror(ADDRESS)),
    ({"address": ADDRESS, "capabilities": ["pull"], "skip_verify": True, "override_path": True}, Mirror(ADDRESS, ("pull",), True, True)),
])
def test_a_mirror_is_an_address_or_a_dictionary(row: Any, mirror: Mirror) -> None:
    assert read_mirrors({"docker.io": [row]}) == {"docker.io": [mirror]}


@pytest.mark.parametrize("registry", ["docker.io", "_default", "registry.example.com:5000", "192.0.2.10:5000", "[2001:db8::1]:5000", "localhost", "R-1.a"])
def test_a_registry_is_a_host_as_images_name_it(registry: str) -> None:
    assert list(read_mirrors({registry: [ADDRESS]})) == [registry]


@pytest.mark.parametrize(("given", "words"), [
    ([ADDRESS], "must be a dictionary of registries"),
    ("docker.io", "must be a dictionary of registries"),
    ({"https://docker.io": [ADDRESS]}, "'https://docker.io' is no registry; it must be a host as images name it"),
    ({"docker.io/library": [ADDRESS]}, "is no registry"),
    ({"..": [ADDRESS]}, "is no registry"),
    ({"": [ADDRESS]}, "is no registry"),
    ({"a/../b": [ADDRESS]}, "is no registry"),
    ({"docker.io": ADDRESS}, "docker.io has 'https://mirror.example.com'; it must be a list of at least one mirror"),
    ({"docker.io": []}, r"docker.io has \[\]"),
    ({"docker.io": [ADDRESS, ADDRESS + "/"]}, "docker.io names a mirror twice"),
    ({"docker.io": ["mirror.example.com"]}, "'mirror.example.com', a mirror of docker.io, is no address; it must be http://"),
    ({"docker.io": ["ftp://mirror.example.com"]}, "is no address"),
    ({"docker.io": ["https://"]}, "is no address"),
    ({"docker.io": ["https://mirror.example.com:70000"]}, "is no address"),
    ({"docker.io": ["https://mirror.example.com:0"]}, "is no address"),
    ({"docker.io": ["https://mirror.example.com?a=b"]}, "is no address"),
    ({"docker.io": ["https://mirror.example.com/a b"]}, "is no address"),
    ({"docker.io": ['https://mirror.example.com/"]']}, "is no address"),
    ({"docker.io": [None]}, "'?None'?, a mirror of docker.io, is no address"),
    ({"docker.io": [{}]}, "is no address"),
    ({"docker.io": ["https://me:secret@mirror.example.com"]}, "has a user in its address"),
    ({"docker.io": [{"address": ADDRESS, "capability": []}]}, "a mirror of docker.io has capability; it must be one of address, capabilities"),
    ({"docker.io": [{"address": ADDRESS, "capabilities": "pull"}]}, "has capabilities: 'pull'; it must be a list out of pull, resolve, push"),
    ({"docker.io": [{"address": ADDRESS, "capabilities": ["fetch"]}]}, "it must be a list out of"),
    ({"docker.io": [{"address": ADDRESS, "skip_verify": "yes"}]}, "has skip_verify: 'yes'; it must be true or false"),
])
def test_what_is_no_mirror_is_one_sentence(given: Any, words: str) -> None:
    with pytest.raises(KubewrightError, match=words) as told:
        read_mirrors(given)
    assert "secret" not in str(told.value)


def test_the_file_has_the_mirrors_in_their_order_and_only_what_was_said() -> None:
    mirrors = [Mirror(ADDRESS, ("pull",), True, True), Mirror("http://192.0.2.10:5000")]
    assert hosts_toml(mirrors) == f"""{MARK}

[host."https://mirror.example.com"]
  capabilities = ["pull"]
  skip_verify = true
  override_path = true

[host."http://192.0.2.10:5000"]
  capabilities = ["pull", "resolve"]
"""


OURS, FOREIGN = hosts_toml([Mirror(ADDRESS)]), '[host."https://other.example"]\n'


@pytest.mark.parametrize(("there", "write", "kept"), [
    ({}, {"docker.io": OURS}, []),
    ({"docker.io": OURS}, {}, []),
    ({"docker.io": MARK + "\n# edited\n"}, {"docker.io": OURS}, []),
    ({"docker.io": OURS, "gone.example": OURS}, {"gone.example": ""}, []),
    ({"docker.io": OURS, "other.example": FOREIGN}, {}, ["other.example"]),
    ({"docker.io": OURS, "empty.example": ""}, {}, ["empty.example"]),
])
def test_only_our_own_files_are_written_and_removed(there: dict[str, str], write: dict[str, str], kept: list[str]) -> None:
    found = plan_files(read_mirrors({"docker.io": [ADDRESS]}), there)
    assert (found.write, found.kept) == (write, kept)


@pytest.mark.parametrize(("registry", "folder"), [("docker.io", "docker.io"), ("a.example:5000", "a.example:5000"), ("a.example:5000", "a.example_5000_")])
def test_a_person_s_file_in_the_way_is_an_error(registry: str, folder: str) -> None:
    with pytest.raises(KubewrightError, match=f"{folder}/hosts.toml was not written by Kubewright and stands in the way of the mirrors of {registry}"):
        plan_files(read_mirrors({registry: [ADDRESS]}), {folder: FOREIGN})


def test_no_mirrors_remove_ours_alone() -> None:
    assert plan_files({}, {"docker.io": OURS, "other.example": FOREIGN}).sentences() == ["docker.io/hosts.toml is removed"]
