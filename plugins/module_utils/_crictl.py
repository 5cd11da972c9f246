# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""crictl's configuration: the endpoints are ours, whatever else a person wrote stays. Pure. Private to the collection."""

PATH = "/etc/crictl.yaml"
KEYS = ("runtime-endpoint", "image-endpoint")


def with_endpoints(text: str, endpoint: str) -> str:
    """The file that leads crictl to the endpoint. It is flat: a key and a value on each line."""
    wanting = list(KEYS)
    lines = []
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        name = key.strip("\"'")
        if not colon or name not in KEYS:
            lines.append(line)
        elif name in wanting:
            wanting.remove(name)
            lines.append(line if _plain(value) == endpoint else "{0}: {1}".format(name, endpoint))
    return "".join(line + "\n" for line in lines + ["{0}: {1}".format(name, endpoint) for name in wanting])


def _plain(value: str) -> str:
    return value.split(" #")[0].strip().strip("\"'")
