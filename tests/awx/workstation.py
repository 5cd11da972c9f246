"""The playbook as a user runs it, on a workstation with awx.awx, against a fake of the controller."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import collection
import fake_controller
import yaml

CLONE = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "ansible-playbook"
KEY_WORDS = "of-the-machines-and-nobody-elses"
KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY_WORDS}\n-----END OPENSSH PRIVATE KEY-----\n"
SITE: dict[str, Any] = {
    "awx_image": "registry.example.com/kubewright:1",
    "awx_inventory_url": "https://git.example.com/clusters.git",
    "awx_inventory_path": "production/hosts.yml",
}
Written = list[tuple[str, str, Any]]


class Bench:
    """A controller, and a workstation beside it."""

    def __init__(self, server: fake_controller.Server, folder: Path) -> None:
        self.server, self.controller, self.folder = server, server.controller, folder
        self.first_run: tuple[int, str] = (0, "")
        self.first_written: Written = []

    def run(self, *words: str, key: str = KEY, **changes: Any) -> subprocess.CompletedProcess[str]:
        """With what a site sets; the key comes by the environment."""
        mine = self.folder / "my-awx.yml"
        mine.write_text(yaml.safe_dump({**SITE, **changes}))
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CONTROLLER_", "TOWER_", "KUBEWRIGHT_"))}
        told = {"CONTROLLER_HOST": self.server.url, "CONTROLLER_USERNAME": fake_controller.USER, "CONTROLLER_PASSWORD": fake_controller.PASSWORD,
                "KUBEWRIGHT_AWX_MACHINE_KEY": key, "ANSIBLE_COLLECTIONS_PATH": f"{CLONE / 'collections'}:{collection.folder()}",
                "ANSIBLE_NOCOLOR": "1", "HOME": str(self.folder)}
        self.controller.requests.clear()
        return subprocess.run([str(PROGRAM), str(CLONE / "playbooks" / "awx.yml"), "-e", f"@{mine}", *words],
                              cwd=self.folder, env={**plain, **told}, capture_output=True, text=True, check=False)

    def well(self, *words: str, **changes: Any) -> tuple[int, str]:
        """How many tasks changed something, and what was said; it has to end well."""
        done = self.run(*words, **changes)
        found = re.search(r"localhost +: .*changed=(\d+) .*failed=0", done.stdout)
        assert done.returncode == 0 and found, done.stdout + done.stderr
        return int(found.group(1)), done.stdout

    def badly(self, *words: str, **changes: Any) -> str:
        done = self.run(*words, **changes)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def written(self) -> Written:
        """What was asked for that changes something; logging in does not."""
        return [(method, path, body) for method, path, body in self.controller.requests if method != "GET" and "/tokens/" not in path]


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    files = [*CLONE.glob("*.yml"), *CLONE.glob("playbooks/*.yml")]
    server = fake_controller.Server(fake_controller.Controller(str(path.relative_to(CLONE)) for path in files))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Bench(server, folder)
    finally:
        server.shutdown()
        server.server_close()
