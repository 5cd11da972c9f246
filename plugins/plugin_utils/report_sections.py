# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a report's page, each from the report's data alone. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_picture
from ansible_collections.kubewright.cluster.plugins.plugin_utils.preflight_table import counted, folded
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_markup import Html, badge, code, facts, icon, join, note, table, tag, when
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_nodes import CONTROL_PLANE
from ansible_collections.kubewright.cluster.plugins.plugin_utils.report_versions import spread

Row = Mapping[str, Any]
OPEN = 40  # longer tables are folded
LEVELS = {"error": ("bad", "Error"), "warning": ("warn", "Warning")}
CERTIFICATES = {"expired": ("bad", "Expired"), "unreadable": ("bad", "Unreadable"), "due": ("warn", "Due"), "ok": ("ok", "OK")}
SUPPORT = {"supported": ("ok", "Supported"), "ends soon": ("warn", "Support ends soon"), "ended": ("warn", "Support has ended"),
           "unknown": ("none", "End of support not known")}
YEAR = 365
COMPONENTS = (("kubelet", "Kubelet"), ("runtime", "Container runtime"), ("os", "System"), ("kernel", "Kernel"))
# Labels that every node has, which tell nobody anything.
PLAIN = ("kubernetes.io/", "beta.kubernetes.io/", "node-role.kubernetes.io/", "node.kubernetes.io/")


def folding(number: int, summary: str, *content: str) -> Html:
    """Open where it is short."""
    return tag("details", tag("summary", summary), *content, open="" if number <= OPEN else None)


def cluster(report: Row) -> Html:
    told, made = report["cluster"], report["made"]
    lock = told["lock"]
    down = report_picture.attention(report["nodes"])
    network = ", ".join(row["name"] for row in told["pod_networks"])
    limited = note("none", f"This report was limited to {folded(made['limited_to'])}; other machines were not looked at.") if made["limited_to"] else None
    holder = note("warn", f"A run is at work: {lock['owner']}, {lock['purpose'] or 'a playbook'}, since ", when(lock["taken"]), ", at most until ",
                  when(lock["expires"]), ".") if lock and lock["seconds_left"] > 0 else None
    return join((
        report_picture.picture(report), note("bad", "Not Ready: ", tag("b", folded(down))) if down else None, limited, holder,
        *(note("warn", problem) for problem in report["problems"]),
        facts((
            ("API server", told["kubernetes"]), ("Pod network", network), ("Pod subnets", ", ".join(told["pod_subnets"])),
            ("Service subnets", ", ".join(told["service_subnets"])), ("DNS domain", told["dns_domain"]), ("Container runtime", _most(report, "runtime")),
            ("Run lock", "nobody holds it" if told["exists"] and not holder else None),
            ("Cluster id (UID of kube-system)", code(told["uid"]) if told["uid"] else None),
            ("CA public key", join(map(code, told["ca_hashes"]), ", ") if told["ca_hashes"] else None),
        ))))


def _most(report: Row, key: str) -> str:
    return ", ".join(spread([row for row in report["nodes"] if row["status"] in ("ready", "not_ready")], key))


def nodes(report: Row) -> Html:
    ends = _first_ends(report["certificates"])
    rows = [_node(row, ends.get(row["name"])) for row in report["nodes"]]
    titles = ("Node", "State", "Role", "Kubelet", "Runtime", "System", "Address", "First certificate ends")
    return folding(len(rows), counted(len(rows), "machine"), table("Every machine of the inventory and every node of the cluster", titles, rows))


def _first_ends(certificates: Sequence[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in certificates:
        if row["days_left"] is not None and (row["node"] not in found or row["days_left"] < found[row["node"]]["days_left"]):
            found[row["node"]] = row
    return found


def _node(row: Row, ends: Row | None) -> list[str | int | None]:
    level, word = report_picture.WORDS[row["status"]]
    role = "control plane" if row["role"] == CONTROL_PLANE else "worker"
    marks = [f"{key}={value}" for key, value in row["labels"].items() if not key.startswith(PLAIN)] + list(row["taints"])
    more = [*report_picture.chips(row), *marks]
    named = join((row["name"], tag("div", f"{row['host']} in the inventory", class_="soft") if row["host"] not in ("", row["name"]) else None))
    state = join((badge(level, word), tag("div", row["reason"], class_="soft") if row["reason"] else None))
    system = join((row["os"], tag("div", join(filter(None, (row["kernel"], row["architecture"])), " · "), class_="soft")))
    marked = join((role, *(tag("div", tag("span", text, class_="chip")) for text in more)))
    return [named, state, marked, row["versions"].get("kubelet", ""), _tight(row["runtime"]),
            system, _tight(row["address"]), _left(ends) if ends else ""]


def _tight(text: str) -> Html:
    return tag("span", text, class_="tight")


def _left(row: Row) -> Html:
    level, _word = CERTIFICATES[row["level"]]
    return tag("span", icon(level), f" {days(row['days_left'])}", class_="tight")


def days(left: int) -> str:
    return f"ended {counted(-left, 'day')} ago" if left < 0 else counted(left, "day")


def versions(report: Row) -> Html:
    told = report["versions"]
    there = [row for row in report["nodes"] if row["versions"]]
    rows: list[list[str | int | None]] = [["API server", ", ".join(told["api_servers"]) or "not known"]]
    rows += [[title, _spread(spread(there, key))] for key, title in COMPONENTS]
    skew = [note("bad", f"{row['node']}: {row['message']}" if row["node"] else row["message"]) for row in told["skew"]]
    older = told["kubelet_minors_older"]
    rule = note("ok", f"All versions fit each other. A kubelet is never newer than the API server, and may be {older} minors older.") if older else None
    counts = table("Versions that are there, and how many machines have each", ("Component", "Versions"), rows)
    return join((*skew, None if skew else rule, _support(told["support"]), counts))


def _spread(counts: Mapping[str, int]) -> Html:
    return join([tag("div", text, tag("span", f" on {counted(number, 'machine')}", class_="soft")) for text, number in counts.items()] or ["not known"])


def _support(support: Row | None) -> Html | None:
    if not support:
        return None
    level, word = SUPPORT[support["state"]]
    until = f" until {support['until']} ({days(support['days_left'])})" if support["until"] and support["state"] != "ended" else ""
    newest = f" Its newest patch that Kubewright knows is {support['newest_patch']}." if support["newest_patch"] else ""
    return note(level, tag("b", f"Kubernetes {support['minor']}: "), f"{word[0].lower()}{word[1:]}{until}.{newest}")


def certificates(report: Row) -> Html:
    rows = report["certificates"]
    if not rows:
        return note("none", "No machine that was looked at has a certificate.")
    attention = sorted((row for row in rows if row["level"] != "ok"), key=lambda row: (row["days_left"] is not None, row["days_left"] or 0))
    first = table("What needs attention", ("File", "Machine", "State", "Left"), map(_short, attention)) if attention else note(
        "ok", "Nothing is due. The first certificate to end has ", days(min(row["days_left"] for row in rows)), " left.")
    by_node: dict[str, list[Row]] = {}
    for row in rows:
        by_node.setdefault(row["node"], []).append(row)
    machines = [_machine(name, own) for name, own in by_node.items()]
    by_machine = folding(len(machines), f"By machine: {len(machines)}", *machines) if len(machines) > OPEN else join((tag("h3", "By machine"), *machines))
    return join((first, by_machine))


def _short(row: Row) -> list[str | int | None]:
    return [code(row["path"]), row["node"], badge(*CERTIFICATES[row["level"]]), row["error"] or _time_left(row)]


def _machine(name: str, rows: Sequence[Row]) -> Html:
    worst = next(level for level in CERTIFICATES if any(row["level"] == level for row in rows))
    left = [row["days_left"] for row in rows if row["days_left"] is not None]
    first = f", first ends in {days(min(left))}" if left and min(left) >= 0 else ""
    summary = tag("summary", tag("b", name), tag("span", f" · {counted(len(rows), 'certificate')}{first}", class_="soft"), badge(*CERTIFICATES[worst]))
    titles = ("File", "Subject", "State", "Left", "Ends", "SHA-256 fingerprint")
    return tag("details", summary, table(f"Certificates of {name}", titles, map(_full, rows)), class_="row")


def _full(row: Row) -> list[str | int | None]:
    groups = tag("div", ", ".join(row["organizations"]), class_="soft") if row["organizations"] else None
    print_ = row["fingerprint"].partition(":")[2]
    return [code(row["path"]), join((row["subject"], groups)), badge(*CERTIFICATES[row["level"]]), row["error"] or _time_left(row),
            when(row["expires"]) if row["expires"] else "", tag("code", print_[:16] + "…", title=print_) if print_ else ""]


def _time_left(row: Row) -> Html:
    """A bar of at most a year, and the same in words."""
    level, _word = CERTIFICATES[row["level"]]
    width = max(3, min(100, row["days_left"] * 100 // YEAR)) if row["days_left"] > 0 else 100
    drawn = tag("svg", tag("rect", width="100", height="8", rx="4", class_="back"), tag("rect", width=width, height="8", rx="4", class_=level), class_="bar",
                viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true")
    return tag("span", drawn, days(row["days_left"]), class_="tight")


def findings(report: Row) -> Html:
    rows = report["findings"]
    waived = tag("details", tag("summary", f"{counted(len(report['waived']), 'finding')} waived"), _items(report["waived"])) if report["waived"] else None
    return join((_items(rows) if rows else note("ok", "Nothing was found that stands in the way of a run."), waived))


def _items(rows: Sequence[Row]) -> Html:
    return tag("ul", *(_item(row, row["id"]) for row in rows), class_="items")


def _item(row: Row, title: str) -> Html:
    level, word = LEVELS[row["level"]]
    return tag("li", tag("div", badge(level, word), tag("b", title), tag("span", folded(row["hosts"]), class_="soft"), class_="head"), tag("p", row["message"]),
               tag("p", row["remedy"], class_="soft") if row["remedy"] else None, class_=level)


def drift(report: Row) -> Html:
    rows = report["drift"]
    parts = [tag("ul", *(_item(row, row["kind"].capitalize()) for row in rows), class_="items") if rows else None]
    told = report["declared"]
    parts.append(facts((("Declared version", told["kubernetes"]), ("Declared runtime", told["runtime"]), ("Declared pod network", told["pod_network"]),
                        ("Package source", told["package_source"]), ("Image registry", told["image_registry"]))))
    for key, text in (("only_in_cluster", "Nodes that the inventory does not list: "), ("only_in_inventory", "Machines that are no node of the cluster: ")):
        if report[key]:
            parts.append(note("warn", text, tag("b", folded(report[key]))))
    if not rows and not report["only_in_cluster"] and not report["only_in_inventory"]:
        parts.insert(0, note("ok", "The cluster is what the inventory declares, as far as the two were compared.") if report["cluster"]["asked"]
                     else note("none", "No cluster could be asked, so there is nothing to compare."))
    return join(parts)


def tokens(report: Row) -> Html:
    key, rows = report["certificate_key"], report["tokens"]
    uploaded = note("warn", "Certificates of control planes lie in the cluster, encrypted, since ", when(key["created"]), f", for as long as the token "
                    f"{key['token_id']} lives." if key["token_id"] else ".") if key else None
    if not rows and not key:
        return note("ok", "No bootstrap token and no uploaded certificates are left.") if report["cluster"]["asked"] else note("none", "No cluster was asked.")
    titles = ("Token", "Description", "Usages", "Made", "Ends")
    said = [[code(row["id"]), row["description"] or "none", ", ".join(row["usages"]), when(row["created"]), when(row["expires"])] for row in rows]
    remedy = tag("p", "Unless a machine is joining just now, take one away: ", code("kubeadm token delete <token>"), " on a control plane.", class_="soft")
    return join((uploaded, table("Bootstrap tokens, by the part that is no secret", titles, said) if rows else None, remedy if rows else None))


def silent(report: Row) -> Html:
    rows = report["not_asked"]
    if not rows:
        return note("ok", "Every machine of the inventory was looked at.")
    said = ([row["host"], row["reason"]] for row in rows)
    return folding(len(rows), counted(len(rows), "machine"), table("Machines that were not looked at", ("Machine", "Why"), said))
