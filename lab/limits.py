"""Limits of this machine's kernel that all containers share, and that a few nodes use up."""

import json
from pathlib import Path

from .place import cache_folder
from .progress import say

# Every kubelet, containerd and systemd watches files; at the kernel's 128 instances the CRI plugin of a third lab no
# longer loads ("failed to create fsnotify watcher: too many open files").
# https://kind.sigs.k8s.io/docs/user/known-issues/
WANTED = {"fs/inotify/max_user_instances": 8192, "fs/inotify/max_user_watches": 524288}


def _setting(name: str) -> Path:
    return Path("/proc/sys") / name


def _memory() -> Path:
    return cache_folder() / "limits.json"


def _remembered() -> dict[str, int]:
    return dict(json.loads(_memory().read_text())) if _memory().is_file() else {}


def ensure() -> None:
    """Raise what is too low; what it was is remembered for restore()."""
    before = _remembered()
    for name, wanted in WANTED.items():
        present = int(_setting(name).read_text())
        if present >= wanted:
            continue
        try:
            _setting(name).write_text(str(wanted))
        except OSError as error:
            say(f"cannot raise {name.replace('/', '.')} from {present} to {wanted} ({error}); many nodes may not start")
            continue
        before.setdefault(name, present)
        dotted = name.replace("/", ".")
        say(f"raised {dotted} from {present} to {wanted}, which many nodes need; make distclean sets it back")
    if before:
        _memory().parent.mkdir(parents=True, exist_ok=True)
        _memory().write_text(json.dumps(before, indent=2) + "\n")


def restore() -> None:
    """Back to what the machine had, where nobody has set it to something else meanwhile."""
    for name, value in _remembered().items():
        if int(_setting(name).read_text()) == WANTED.get(name):
            _setting(name).write_text(str(value))
    _memory().unlink(missing_ok=True)
