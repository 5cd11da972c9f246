"""Print what is known of Kubernetes 1.17 to 1.37, by capability and release, with its grade: make matrix [MINOR=1.31].

Beside the other programs that make starts, since it is for who works on the collection; users read what it writes into docs/versions.md.
It wants nothing but PYTHONPATH=collections.
"""

import argparse
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.kubewright.cluster.plugins.module_utils import _release_facts as data
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases

PAGE = Path(__file__).resolve().parent.parent / "docs" / "versions.md"
BEGIN, END = "<!-- written by make matrix -->", "<!-- end of what make matrix wrote -->"
WIDTH = 180
MINORS = range(data.OLDEST, data.NEWEST + 1)
LEGEND = (
    "L: tried on a live cluster of the releases that follow. C: a kubeadm of the releases that follow printed it. D: from release notes, source and "
    "documentation; so is what of a range no L or C names. One minor with the source of each fact: make matrix MINOR=1.31.")
LETTERS = {"live": "L", "captured": "C", "documented": "D"}
TOPICS: dict[str, tuple[str, ...]] = {
    "Configuration documents": (
        "config_api", "config_api_accepted", "config_kinds", "output_api", "ignore_all_in_file", "patches_form", "patch_targets", "encryption_algorithms",
        "flags_beside_config"),
    "Images": ("image_registry", "pause_tag", "etcd_tag", "coredns_tag", "coredns_nested", "coredns_nested_everywhere"),
    "Nodes": (
        "control_plane_labels", "control_plane_other_labels", "control_plane_taints", "super_admin_conf", "reset_empties_default_etcd", "host_packages",
        "kernel_version_check", "kernel_cgroup_bpf", "cgroup_v1", "swap", "kubelet_swap_behaviors"),
    "Kubelet and container runtime": (
        "cgroup_driver_default", "cgroup_driver_from_runtime", "kubelet_config_map", "kubelet_node_ips", "runtimes", "cri_socket_form", "cri_socket_default",
        "cri_socket_kept_in", "cri_api", "containerd_minimum", "containerd_tested", "cri_dockerd_minimum", "removed_kubelet_flags"),
    "kube-proxy": ("proxy_modes", "ipvs_without_modules"),
    "Commands": (
        "commands", "structured_outputs", "certs_command", "certificate_key_command", "kubeconfig_command", "kubeconfig_from_document",
        "kubeconfig_validity", "upload_certs_command", "token_command", "upgrade_node_preflight",
        "drain_flag", "dry_run_option", "pod_security_policy", "server_side_apply",
        "removed_component_flags"),
    "Names that kubeadm knows": ("feature_gates", "preflight"),
    "Versions and support": (
        "kubelet_skew", "kubelet_skew_of_kubeadm", "addons_upgraded_with", "package_repository", "crictl", "cni_plugins", "last_patch",
        "supported_until"),
}
# The table by minor shows these.
OVERVIEW = ("config_api", "pause_tag", "etcd_tag", "coredns_tag", "image_registry", "control_plane_taints", "cri_socket_form", "kubelet_skew", "last_patch")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--minor", help="only this minor, 1.31, with the source of each fact")
    options.add_argument("--write", action="store_true", help="rewrite the tables in docs/versions.md")
    chosen = options.parse_args()
    if chosen.write:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    if chosen.minor:
        print("\n".join(of_minor(_minor(chosen.minor))))
        return 0
    print("\n".join(_terminal()))
    return 0


def _minor(text: str) -> int:
    known = {f"1.{minor}": minor for minor in MINORS}
    if text not in known:
        sys.exit(f"{text} is no minor between 1.{data.OLDEST} and 1.{data.NEWEST}; write it as 1.31")
    return known[text]


def overview() -> list[list[str]]:
    """A row for each minor, each value with the letter of its grade."""
    rows = [["minor", *OVERVIEW]]
    for minor in MINORS:
        cells = [f"{_short(releases.fact(name, minor))} {LETTERS[releases.grade(name, minor)]}" for name in OVERVIEW]
        rows.append([f"1.{minor}", *cells])
    return rows


def capabilities(topic: str) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Blocks with a title: first what has one value for each release, then each set; their rows are a name and its ranges."""
    single = [(name, _ranges(name, "", releases.history(name)[""])) for name in TOPICS[topic] if name in data.FACTS]
    if single:
        yield topic, single
    for name in TOPICS[topic]:
        if name in data.SETS:
            yield f"{topic}: {name}", [(member, _ranges(name, member, rows)) for member, rows in releases.history(name).items()]


def of_minor(minor: int) -> list[str]:
    """All that is known of the newest patch of one minor."""
    lines = []
    for topic in TOPICS:
        rows = list(_minor_rows(topic, minor))
        lines += [*_titled(topic), *_columns(rows)]
    return lines[1:]


def _minor_rows(topic: str, minor: int) -> Iterator[list[str]]:
    for name in TOPICS[topic]:
        for member, rows in releases.history(name).items():
            row = [row for row in rows if row.first <= (minor, releases.NEWEST_PATCH)][-1:]
            if row and row[0].value is not None:
                yield [name, member, _text(row[0].value), releases.grade(name, minor, member), row[0].source]


def _ranges(name: str, member: str, rows: list[releases.Row]) -> list[str]:
    found = []
    for row, following in zip(rows, [*[row.first for row in rows[1:]], (data.NEWEST + 1, 0)], strict=True):
        if row.value is not None:
            found.append(f"{span(row.first, following)} {_text(row.value)} ({_grades(name, member, row.first, following)})")
    return found


def _grades(name: str, member: str, first: tuple[int, int], following: tuple[int, int]) -> str:
    """L and C with the releases that were seen, else D; live says more than captured."""
    seen = {kind: [str(found) for found in versions if first <= found[1:] < following] for kind, versions in releases.proofs(name, member).items()}
    seen["captured"] = [text for text in seen["captured"] if text not in seen["live"]]
    return "; ".join(f"{LETTERS[kind]} {', '.join(versions)}" for kind, versions in seen.items() if versions) or LETTERS["documented"]


def span(first: tuple[int, int], following: tuple[int, int]) -> str:
    minor, patch = following
    begin = f"1.{first[0]}.{first[1]}" if first[1] or (minor == first[0]) else f"1.{first[0]}"
    end = f"1.{minor}.{patch - 1}" if patch else f"1.{minor - 1}"
    if patch == 0 and minor - 1 == first[0]:  # to the end of the minor that it begins in
        return f"{begin}+" if first[1] else begin
    return begin if begin == end else f"{begin}-{end}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value).replace("{minor}", "N")


def _short(value: Any) -> str:
    """For the narrow cells of the overview."""
    words = value if isinstance(value, (tuple, list)) else [value]
    return "+".join(str(word).replace("kubeadm.k8s.io/", "").replace("node-role.kubernetes.io/", "").replace(":NoSchedule", "") for word in words)


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _terminal() -> list[str]:
    lines = [*textwrap.wrap(LEGEND, WIDTH), *_titled("Newest patch of each minor"), *_columns(overview())]
    for topic in TOPICS:
        for title, rows in capabilities(topic):
            width = max(len(name) for name, _of_it in rows)
            lines += _titled(title)
            for name, ranges in rows:
                lines += [f"{name if first else '':{width}}  {line}" for first, line in _filled(ranges, WIDTH - width - 2)]
    return lines


def _titled(text: str) -> list[str]:
    return ["", text, "-" * len(text)]


def _filled(ranges: list[str], width: int) -> Iterator[tuple[bool, str]]:
    """Lines that break between ranges, or within one that is longer than a line; True with the first."""
    lines = [""]
    for text in ranges:
        if lines[-1] and len(lines[-1]) + len(text) + 3 <= width:
            lines[-1] += f" | {text}"
        else:
            lines += textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False)
    return ((index == 0, line) for index, line in enumerate(lines[1:]))


def markdown() -> str:
    first, *rest = overview()
    lines = ["## Newest patch of each minor", "", *_markdown_table([first, *rest])]
    for topic in TOPICS:
        for title, rows in capabilities(topic):
            lines += ["", f"## {title}", "", *_markdown_table([["", "by release"], *([f"`{name}`", "<br>".join(ranges)] for name, ranges in rows)])]
    return "\n".join(lines)


def _markdown_table(rows: list[list[str]]) -> list[str]:
    head, *body = rows
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body)]


def page(text: str) -> str:
    """The page with its tables written anew."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
