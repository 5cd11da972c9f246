# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake machine: system folders redirected below a folder, programs that answer as told and are recorded, a clock that sleeping moves.

Written for Python 3.6 as the code it tests. Nothing here knows Ansible except run_module.
"""

import builtins
import contextlib
import io
import json
import os
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _command

FIXTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fixtures")
REDIRECTED = ("/etc/", "/var/lib/", "/var/log/", "/var/run/", "/run/", "/proc/", "/sys/", "/lib/modules/", "/lib/modprobe.d/", "/lib/systemd/",
              "/usr/lib/modprobe.d/", "/usr/lib/sysctl.d/", "/usr/lib/systemd/", "/usr/local/lib/sysctl.d/", "/usr/local/lib/systemd/",
              "/usr/share/selinux/")


class Killed(BaseException):
    """The run was killed at this moment; nothing catches it."""


class Call(NamedTuple):
    """One program that was started."""

    words: List[str]
    stdin: Optional[str]
    pass_fds: Tuple[int, ...]
    environment: Dict[str, str]
    seconds: Optional[int]


class Answer(NamedTuple):
    """What a program prints, and what it does to the machine."""

    words: Tuple[str, ...]
    rc: int
    stdout: str
    stderr: str
    then: Optional[Callable[[Call], Any]]


def captured_text(name: str) -> str:
    with open(os.path.join(FIXTURES, name), encoding="utf-8") as stream:
        return stream.read()


class FakeMachine:
    """Answers are looked up by the first words of the command, the one told last first. `once` answers are used up."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.calls: List[Call] = []
        self.answers: List[Answer] = []
        self.once: List[Answer] = []
        self.absent: List[str] = []
        self.slept = 0.0

    # Files.

    def path(self, name: Any) -> Any:
        if isinstance(name, str) and (name + "/").startswith(REDIRECTED):
            return self.root + name
        return name

    def write(self, name: str, text: str = "", age: Optional[float] = None) -> None:
        path = self.root + name
        _REAL["makedirs"](os.path.dirname(path), exist_ok=True)
        with _REAL["open"](path, "w", encoding="utf-8") as stream:
            stream.write(text)
        if age is not None:
            os.utime(path, (self.now() - age, self.now() - age))

    def folder(self, name: str) -> None:
        _REAL["makedirs"](self.root + name, exist_ok=True)

    def text(self, name: str) -> str:
        with _REAL["open"](self.root + name, encoding="utf-8") as stream:
            return str(stream.read())

    def has(self, name: str) -> bool:
        return os.path.lexists(self.root + name)

    def remove(self, *names: str) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                _REAL["unlink"](self.root + name)

    def files(self) -> Dict[str, Tuple[str, float]]:
        """Text and modification time of everything, to prove that nothing was touched."""
        found = {}
        for folder, _folders, names in _REAL["walk"](self.root):
            for name in names:
                path = os.path.join(folder, name)
                with _REAL["open"](path, encoding="utf-8", errors="replace") as stream:
                    found[path[len(self.root):]] = (stream.read(), os.stat(path).st_mtime)
        return found

    # Programs.

    def on(self, *words: str, rc: int = 0, stdout: Any = "", stderr: str = "", then: Optional[Callable[[Call], Any]] = None, once: bool = False) -> None:
        text = stdout if isinstance(stdout, str) else json.dumps(stdout)
        (self.once if once else self.answers).insert(0, Answer(words, rc, text, stderr, then))

    def run_command(self, args: Sequence[str], data: Optional[str] = None, pass_fds: Optional[Sequence[int]] = None,
                    environ_update: Optional[Dict[str, str]] = None, **_options: Any) -> Tuple[int, str, str]:
        assert not isinstance(args, str), "commands are lists"
        words, seconds = list(args), None
        if words[0] == "timeout":
            seconds = int(next(word for word in words[1:] if word.isdigit()))
            words = words[words.index(str(seconds)) + 1:]
        words[0] = os.path.basename(words[0])
        call = Call(words, data, tuple(pass_fds or ()), dict(environ_update or {}), seconds)
        self.calls.append(call)
        return self._answer(call)

    def _answer(self, call: Call) -> Tuple[int, str, str]:
        for answers in (self.once, self.answers):
            for answer in list(answers):
                if tuple(call.words[:len(answer.words)]) == answer.words:
                    if answers is self.once:
                        answers.remove(answer)
                    told = answer.then(call) if answer.then else None
                    return told if isinstance(told, tuple) else (answer.rc, answer.stdout, answer.stderr)
        raise AssertionError("nobody told the machine what to answer to {0}".format(call.words))

    def get_bin_path(self, name: str, *_args: Any, **_options: Any) -> Optional[str]:
        return None if name in self.absent else "/usr/bin/" + name

    def commands(self, *words: str) -> List[str]:
        """What was started, as lines; only those that begin with these words."""
        return [" ".join(call.words) for call in self.calls if tuple(call.words[:len(words)]) == words]

    # Time.

    def now(self) -> float:
        return float(_REAL["time"]() + self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def install(self, monkeypatch: Any) -> None:
        for name in REDIRECTED:
            _REAL["makedirs"](self.root + name, exist_ok=True)
        for module, names in ((os, _PATH_FUNCTIONS), (builtins, ["open"])):
            for name in names:
                monkeypatch.setattr(module, name, self._redirecting(getattr(module, name)))
        monkeypatch.setattr(os, "replace", self._redirecting_both(os.replace))
        monkeypatch.setattr(os, "link", self._redirecting_both(os.link))
        monkeypatch.setattr(time, "time", self.now)
        monkeypatch.setattr(time, "monotonic", self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)
        monkeypatch.setattr(_command, "outliving", self.run_command)
        with contextlib.suppress(ImportError):  # node code is tested without Ansible, too
            from ansible.module_utils import basic

            monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda _module, *args, **options: self.run_command(*args, **options))
            monkeypatch.setattr(basic.AnsibleModule, "get_bin_path", lambda _module, *args, **options: self.get_bin_path(*args, **options))
            monkeypatch.setattr(basic.AnsibleModule, "log", lambda *_args, **_options: None)

    def _redirecting(self, function: Any) -> Any:
        def redirected(name: Any = ".", *args: Any, **options: Any) -> Any:
            return function(self.path(name), *args, **options)

        return redirected

    def _redirecting_both(self, function: Any) -> Any:
        def redirected(name: Any, other: Any, **options: Any) -> Any:
            return function(self.path(name), self.path(other), **options)

        return redirected


_PATH_FUNCTIONS = ["open", "stat", "lstat", "listdir", "scandir", "mkdir", "unlink", "remove", "rmdir", "chmod", "utime", "listxattr",
                   "chown", "getxattr", "setxattr", "readlink"]
_REAL: Dict[str, Any] = {"open": open, "makedirs": os.makedirs, "unlink": os.unlink, "walk": os.walk, "time": time.time}


class Result(Dict[str, Any]):
    """What a module printed."""

    @property
    def failed(self) -> bool:
        return bool(self.get("failed", False))


def run_module(module: Any, check_mode: bool = False, diff: bool = False, **arguments: Any) -> Result:
    """A module's main() from its arguments on standard input to the JSON on standard output, with Ansible's own censoring."""
    from unittest import mock

    from ansible.module_utils import basic

    stdin = {"ANSIBLE_MODULE_ARGS": dict(arguments, _ansible_check_mode=check_mode, _ansible_diff=diff)}
    printed = io.StringIO()
    with mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps(stdin).encode()), \
            mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy", create=True), \
            contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main()
    return Result(json.loads(printed.getvalue()))
