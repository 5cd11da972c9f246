# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `kubeadm version` and `kubeadm config images list` print, read. Pure. Private to the collection."""

import re
from typing import List

from ansible_collections.kubewright.cluster.plugins.module_utils import _parse_text as text_of
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

_VERSION = re.compile(r"(?:^|gitVersion\"?:\s*\"?)v([0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(?:[-+][0-9A-Za-z.+-]{1,80})?)(?=[\s\",]|$)",
                      re.IGNORECASE | re.MULTILINE)
_IMAGE = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._-]+)+(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
                    r"(?:@sha256:[0-9a-f]{64})?\Z")


def kubeadm_version(text: str) -> str:
    """x.y.z of `kubeadm version`, in any of its forms: short, JSON, YAML, the sentence for people."""
    found = set(_VERSION.findall("\n".join(line.strip() for line in text.splitlines())))
    if len(found) != 1:
        raise KubewrightError("kubeadm printed {0} versions where one was expected".format(len(found)))
    return str(found.pop())


def images(text: str) -> List[str]:
    """The images of `kubeadm config images list`, from lines or from `-o json`; sentences before, after and between them are skipped."""
    documents = text_of.documents_of(text, "Images")
    if documents is None:
        found = [line.strip() for line in text.splitlines() if line.strip() and not re.search(r"\s", line.strip())]
    else:
        found = [item for document in documents for item in text_of.value(document, "images", list)]
    for item in found:
        if not isinstance(item, str) or not _IMAGE.match(item):
            raise KubewrightError("kubeadm printed {0!r} where an image was expected".format(item))
    if not found:
        raise KubewrightError("kubeadm printed no image where `kubeadm config images list` was asked")
    return found
