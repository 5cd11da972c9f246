"""kubectl for the workstation, had from a server on loopback: this one's is started, a Mac's is compared with its digest."""

import functools
import hashlib
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from runs import PlaybookRun, playbook

PLAY = """
- hosts: localhost
  gather_facts: false
  roles:
    - role: kubewright.cluster.kubectl
      vars: {kubectl_version: 1.31.2}
"""


class Server:
    """Plain, on the controller: so digests are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        for place in ("linux/amd64", "darwin/arm64"):
            self.program(place).parent.mkdir(parents=True)
            self.program(place).write_text(f"#!/bin/sh\necho 'Client Version: v1.31.2' # {place}\n")
        requests = self.requests

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, _form: str, *arguments: Any) -> None:
                requests.append(str(arguments[0]))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def program(self, place: str) -> Path:
        return self.folder / "v1.31.2" / "bin" / place / "kubectl"

    def digest(self, place: str) -> str:
        return hashlib.sha256(self.program(place).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("release"))
    yield made
    made.server.shutdown()


def run(server: Server, folder: Path, inventory: Path, **variables: Any) -> PlaybookRun:
    play = folder / "kubectl.yml"
    play.write_text(PLAY)
    told = {"kube_binaries_url": f"http://127.0.0.1:{server.server.server_port}", "kube_kubectl_path": str(folder / "bin" / "kubectl"), **variables}
    return playbook(str(play), inventory, "-e", json.dumps(told))


def test_linux_s_is_started_and_fetched_once(server: Server, tmp_path: Path, inventory: Path) -> None:
    first = run(server, tmp_path, inventory, kubectl_sha256=server.digest("linux/amd64"))
    assert first.rc == 0, first.output
    started = subprocess.run([str(tmp_path / "bin" / "kubectl"), "version", "--client"], capture_output=True, text=True, check=True)
    assert started.stdout == "Client Version: v1.31.2\n"
    server.requests.clear()
    second = run(server, tmp_path, inventory, kubectl_sha256=server.digest("linux/amd64"))
    assert second.rc == 0 and set(second.each("changed").values()) == {0} and server.requests == []


def test_a_mac_s_is_what_its_digest_says(server: Server, tmp_path: Path, inventory: Path) -> None:
    chosen = {"kubectl_system": "darwin", "kubectl_architecture": "arm64"}
    assert run(server, tmp_path, inventory, kubectl_sha256=server.digest("darwin/arm64"), **chosen).rc == 0
    assert (tmp_path / "bin" / "kubectl").read_text().endswith("# darwin/arm64\n")


def test_another_digest_leaves_what_is_there(server: Server, tmp_path: Path, inventory: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl").write_text("mine")
    refused = run(server, tmp_path, inventory, kubectl_sha256="0" * 64)
    assert refused.rc != 0 and "expected was 0000" in refused.output and (tmp_path / "bin" / "kubectl").read_text() == "mine"


def test_plain_http_without_a_digest_is_refused(server: Server, tmp_path: Path, inventory: Path) -> None:
    assert "no SHA-256 is given" in run(server, tmp_path, inventory).output
