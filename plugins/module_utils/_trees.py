# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving and copying folders so that a run that is killed loses nothing: whole under its new name before it goes from the old. Private to the collection."""

import contextlib
import os
import shutil
from typing import Any, Callable

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


def remove_tree(path: str) -> None:
    """A file, a link or a folder; no error where it is gone already."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def copy_tree(source: str, target: str, copy_function: Callable[..., Any] = shutil.copy2) -> None:
    """Nothing is done where the target is there already, since then it is whole."""
    if os.path.lexists(target):
        return
    part = target + ".part"
    try:
        remove_tree(part)
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, part, symlinks=True, copy_function=copy_function)
        else:
            copy_function(source, part)
        os.replace(part, target)
    except OSError as error:
        raise KubewrightError("{0} cannot be copied to {1}: {2}. It is where it was. Look at the space there, then run again.".format(
            source, target, error)) from error


def link_tree(source: str, target: str) -> None:
    """A copy that takes no space, on the same filesystem. Files that vanish meanwhile were not needed."""
    copy_tree(source, target, _link)


def _link(source: str, target: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.link(source, target)


def move_tree(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    if not os.path.lexists(target):
        with contextlib.suppress(OSError):  # another filesystem
            os.replace(source, target)
            return
        copy_tree(source, target)
    remove_tree(source)
