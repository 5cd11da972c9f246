# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's files: read, written whole, and edited so that nothing that a person wrote is lost. Private to the collection."""

import contextlib
import errno
import os
import stat
from typing import Callable, Dict, List

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

MARK = "# kubewright: "
_LABEL = "security.selinux"


def read(path: str) -> str:
    """A file's text; empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise KubewrightError("{0} cannot be read: {1}. It must be a file that root reads; run with become, and look at it."
                              .format(path, error.strerror)) from error


def write_atomically(path: str, text: str, mode: int = 0o644) -> None:
    """The whole text or the old file, whatever moment the machine stops at."""
    os.replace(_beside(path, text, mode), path)


def _beside(path: str, text: str, mode: int) -> str:
    """The text in a file of its own in the same folder, on the disk."""
    temporary = "{0}.kubewright-{1}".format(path, os.getpid())
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return temporary


def write_whole(path: str, text: str, mode: int = 0o644) -> None:
    """A file of ours, in a folder that may not be there yet."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    write_atomically(path, text, mode)


def rewrite(path: str, text: str) -> None:
    """In place of what is there, with its mode, its owner and SELinux's label; a link stays one, and leads to the new text."""
    path = os.path.realpath(path)
    if not os.path.exists(path):
        write_whole(path, text)
        return
    found = os.stat(path)
    temporary = _beside(path, text, stat.S_IMODE(found.st_mode))
    os.chown(temporary, found.st_uid, found.st_gid)
    with contextlib.suppress(OSError):  # no SELinux here
        os.setxattr(temporary, _LABEL, os.getxattr(path, _LABEL))
    try:
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        if error.errno != errno.EBUSY:
            raise
        with open(path, "w", encoding="utf-8") as stream:  # a mount of its own, as engines make them of a container's /etc/hosts
            stream.write(text)


def commented(text: str, meant: Callable[[str], bool]) -> str:
    """With the lines that are meant as comments, so that they can be had back."""
    return "".join(MARK + line if meant(line) else line for line in text.splitlines(True))


def in_force(*folders: str) -> List[str]:
    """Paths of the *.conf files as systemd, kmod and procps read them: by file name, and a name in an earlier folder hides that of a later one."""
    found: Dict[str, str] = {}
    for folder in folders:
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name.endswith(".conf"):
                found.setdefault(name, os.path.join(folder, name))
    return [found[name] for name in sorted(found)]
