# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Dict

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _proxy_files as pf
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

PLAIN = pf.address("http://proxy.example.com:3128", "http_proxy")
SECRET = pf.address("http://me:p%40ss%22w%24@proxy.example.com:3128", "https_proxy")
DNF = "[main]\ngpgcheck=1\nproxy = http://old:1\nproxy_password=x\n# proxy=commented by a person\n\n[repo]\nproxy=_none_\n"


def test_an_address_is_split_as_programs_want_it() -> None:
    assert (PLAIN.server, PLAIN.username, PLAIN.password) == ("http://proxy.example.com:3128", "", "")
    assert (SECRET.server, SECRET.username, SECRET.password) == ("http://proxy.example.com:3128", "me", 'p@ss"w$')
    assert pf.address("https://[2001:db8::1]", "http_proxy").server == "https://[2001:db8::1]"


@pytest.mark.parametrize("wrong", ["proxy:3128", "socks5://p:1", "http://", "http://me:hunter2@p:port", "http://p:1/ x", 'http://me:hunter2"@p', "http://[::1"])
def test_what_is_no_address_is_refused_without_showing_it(wrong: str) -> None:
    with pytest.raises(KubewrightError, match="http_proxy is no address of a proxy") as error:
        pf.address(wrong, "http_proxy")
    assert "hunter2" not in str(error.value) and error.value.__cause__ is None


def test_apt_has_hosts_one_by_one() -> None:
    assert pf.apt({"http": PLAIN, "https": SECRET}, ["localhost", ".svc", "10.0.0.0/8", "bundle.example.com"]).splitlines()[1:] == [
        'Acquire::http::Proxy "http://proxy.example.com:3128";', 'Acquire::http::Proxy::localhost "DIRECT";',
        'Acquire::http::Proxy::bundle.example.com "DIRECT";', 'Acquire::https::Proxy "http://me:p%40ss%22w%24@proxy.example.com:3128";',
        'Acquire::https::Proxy::localhost "DIRECT";', 'Acquire::https::Proxy::bundle.example.com "DIRECT";']


@pytest.mark.parametrize("variables", [{}, {"A": "plain"}, {"A": 'a"b\\c$d`e', "NO_PROXY": ".svc,10.0.0.0/8"}])
def test_an_environment_is_read_as_it_was_written(variables: Dict[str, str]) -> None:
    assert pf.environment_of(pf.environment_file(variables)) == variables


def test_systemd_s_quoting() -> None:
    assert pf.environment_file({"A": 'a"b$c'}).splitlines()[1:] == ['A="a\\"b\\$c"']


def test_the_environment_of_services() -> None:
    assert pf.environment({"http": PLAIN}, [".svc", "10.0.0.0/8"]) == {"HTTP_PROXY": PLAIN.url, "NO_PROXY": ".svc,10.0.0.0/8"}
    assert pf.environment({}, ["x"]) == {}
    assert pf.process_environment("A=1\0B=x=y\0\0odd") == {"A": "1", "B": "x=y"}


@pytest.mark.parametrize(("process", "wanted", "before", "expected"), [
    ({}, {}, {}, False), ({}, {"A": "1"}, {}, True), ({"A": "1"}, {"A": "1"}, {}, False), ({"A": "2"}, {"A": "1"}, {}, True),
    ({"A": "1"}, {}, {"A": "1"}, True), ({"A": "a person's"}, {}, {"A": "1"}, False), ({"A": "1", "B": "2"}, {"A": "1"}, {"A": "1", "B": "2"}, True),
])
def test_a_process_is_stale(process: Dict[str, str], wanted: Dict[str, str], before: Dict[str, str], expected: bool) -> None:
    assert pf.is_stale(process, wanted, before) is expected


def test_a_person_s_proxy_is_a_comment_while_ours_is_there() -> None:
    text = pf.in_main_section(DNF, {"http": PLAIN, "https": SECRET})
    assert text == ("[main]\n" + pf.BEGIN + "proxy=http://proxy.example.com:3128\nproxy_username=me\nproxy_password=p@ss\"w$\n" + pf.END
                    + "gpgcheck=1\n# kubewright: proxy = http://old:1\n# kubewright: proxy_password=x\n# proxy=commented by a person\n\n[repo]\nproxy=_none_\n")
    assert pf.in_main_section(text, {"http": PLAIN, "https": SECRET}) == text and pf.in_main_section(text, {}) == DNF and pf.in_main_section(DNF, {}) == DNF
    assert pf.holds_secret(text) and not pf.holds_secret(pf.in_main_section("[main]\n", {"http": PLAIN}))


def test_a_file_without_a_main_section_gets_one() -> None:
    assert pf.in_main_section("", {"http": PLAIN}) == "[main]\n" + pf.BEGIN + "proxy=http://proxy.example.com:3128\n" + pf.END
