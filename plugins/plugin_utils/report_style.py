# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a report's page looks: colours, type, light, dark and paper. Private to the collection."""

from __future__ import annotations

# Text on ground must reach 4.5:1, as WCAG AA asks; a test computes it of PAIRS.
LIGHT = {
    "page": "#f5f6f8", "card": "#ffffff", "quiet": "#eef1f4", "line": "#d3d9e0", "wire": "#7a8694", "text": "#1a1f26", "soft": "#55606d", "link": "#0a58a8",
    "ok": "#176b34", "ok-ground": "#e4f3e9", "warn": "#7d4a00", "warn-ground": "#fdf0d2", "bad": "#a81e17", "bad-ground": "#fce8e6",
    "none": "#4a5561", "none-ground": "#e6eaee",
}
DARK = {
    "page": "#0e1217", "card": "#161b22", "quiet": "#1d242d", "line": "#2f3945", "wire": "#6f7d8c", "text": "#e7ebf0", "soft": "#a3aebb", "link": "#78b6f7",
    "ok": "#6fd596", "ok-ground": "#12301e", "warn": "#f1bf5b", "warn-ground": "#33270d", "bad": "#ff9d94", "bad-ground": "#3b1a19",
    "none": "#b4bec9", "none-ground": "#262f39",
}
# Text and the ground that it stands on.
PAIRS = (
    *((text, ground) for text in ("text", "soft", "link") for ground in ("page", "card", "quiet")),
    *((level, f"{level}-ground") for level in ("ok", "warn", "bad", "none")), *((level, "card") for level in ("ok", "warn", "bad", "none")),
    *(("text", f"{level}-ground") for level in ("ok", "warn", "bad", "none")),
)
LEVELS = ("ok", "warn", "bad", "none")
# Signs, each drawn once in a square of 16.
SIGNS = {
    "ok": "M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2Zm3.7 5.3-4.4 4.6a.8.8 0 0 1-1.1 0L4.3 9.1a.8.8 0 1 1 1.1-1.1l1.3 1.3 3.9-4a.8.8 0 1 1 1.1 1.2Z",
    "warn": "M8.9 2 15 12.9c.4.7-.1 1.6-.9 1.6H1.9c-.8 0-1.3-.9-.9-1.6L7.1 2c.4-.7 1.4-.7 1.8 0ZM8 5.2a.8.8 0 0 0-.8.8v3.4a.8.8 0 0 0 1.6 0V6A.8.8 0 0 0 8 "
            "5.2Zm0 5.8a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8Z",
    "bad": "M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2l4-4Zm.6 3.5a.8.8 0 0 0-1.1 1.1L6.9 8l-2.2 2.2a.8.8 0 1 0 1.1 1.1L8 9.1l2.2 2.2a.8.8 0 1 0 1.1-1.1L9.1 "
           "8l2.2-2.2a.8.8 0 0 0-1.1-1.1L8 6.9 5.8 4.7Z",
    "none": "M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2Zm0 1.6a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8ZM5.2 7.2h5.6v1.6H5.2V7.2Z",
}
_RULES = """
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main, header > div, footer > div, nav > ul { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 650; letter-spacing: -.01em; }
h1 { font-size: 26px; } h2 { font-size: 19px; } h3 { font-size: 15px; }
p { margin: 8px 0; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible, .frame:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 12px; top: 12px; background: var(--card); padding: 6px 12px; z-index: 2; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); }
.sign { flex: none; fill: currentColor; vertical-align: -2px; }
svg.sign.ok { color: var(--ok); } svg.sign.warn { color: var(--warn); } svg.sign.bad { color: var(--bad); } svg.sign.none { color: var(--none); }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 26px 0 22px; }
header .brand { color: var(--soft); font-size: 12px; font-weight: 650; letter-spacing: .09em; text-transform: uppercase; margin: 0 0 4px; }
header .row { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; justify-content: space-between; }
header h1 { overflow-wrap: anywhere; } header .soft { margin: 6px 0 0; }
.verdict { display: inline-flex; align-items: center; gap: 8px; padding: 6px 14px 6px 10px; border-radius: 999px; font-weight: 600; }
.verdict svg { width: 18px; height: 18px; }
nav { position: sticky; top: 0; z-index: 1; background: var(--card); border-bottom: 1px solid var(--line); }
nav ul { display: flex; gap: 2px 20px; overflow-x: auto; list-style: none; scrollbar-width: none; }
nav a { display: block; padding: 10px 0; white-space: nowrap; color: var(--soft); text-decoration: none; font-size: 13.5px; }
nav a:hover { color: var(--link); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); gap: 12px; margin: 22px 0 0; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.tiles .name { color: var(--soft); font-size: 12.5px; } .tiles .value { font-size: 22px; font-weight: 650; line-height: 1.3; letter-spacing: -.01em; }
.tiles .more { display: flex; gap: 6px; align-items: flex-start; font-size: 12.5px; line-height: 1.4; } .tiles .more svg { margin-top: 1px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px; margin: 18px 0 0; scroll-margin-top: 56px; }
section > h2 + p { margin-top: 2px; } section > h3 { margin: 20px 0 8px; }
footer { color: var(--soft); font-size: 13px; padding: 22px 0 40px; }
.badge { display: inline-flex; align-items: center; gap: 5px; border-radius: 999px; padding: 1px 9px 1px 6px; font-size: 12.5px; font-weight: 600;
  white-space: nowrap; }
.badge svg { width: 13px; height: 13px; }
.chip { display: inline-block; border: 1px solid var(--line); border-radius: 5px; padding: 0 6px; font-size: 12px; color: var(--soft); }
.note { display: flex; gap: 9px; border-radius: 8px; padding: 9px 12px; margin: 12px 0 0; overflow-wrap: anywhere; } .note svg { margin-top: 4px; }
.badge.ok, .verdict.ok { background: var(--ok-ground); color: var(--ok); }
.badge.warn, .verdict.warn { background: var(--warn-ground); color: var(--warn); }
.badge.bad, .verdict.bad { background: var(--bad-ground); color: var(--bad); }
.badge.none, .verdict.none { background: var(--none-ground); color: var(--none); }
.note.ok { background: var(--ok-ground); } .note.warn { background: var(--warn-ground); } .note.bad { background: var(--bad-ground); }
.note.none { background: var(--none-ground); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); gap: 12px 24px; margin: 14px 0 0; }
.facts dt { color: var(--soft); font-size: 12.5px; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.frame { overflow-x: auto; margin: 12px -22px 0; padding: 0 22px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding: 0 0 6px; }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 550; font-size: 12.5px; white-space: nowrap; }
tbody th { font-weight: 600; min-width: 130px; } tbody th, tbody td { overflow-wrap: anywhere; } tbody td { min-width: 84px; }
time, .tight { white-space: nowrap; } td .chip { margin-top: 3px; }
details { margin: 12px 0 0; } details + details { margin: 0; border-top: 1px solid var(--line); }
details.row > summary { padding: 9px 0; } summary { cursor: pointer; overflow-wrap: anywhere; } summary .badge { margin-left: 8px; }
.items { list-style: none; margin: 12px 0 0; padding: 0; display: grid; gap: 10px; }
.items > li { border: 1px solid var(--line); border-left-width: 4px; border-radius: 8px; padding: 10px 14px; overflow-wrap: anywhere; }
.items > li.bad { border-left-color: var(--bad); } .items > li.warn { border-left-color: var(--warn); } .items > li.none { border-left-color: var(--none); }
.items p { margin: 4px 0 0; } .items .head { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; }
.bar { width: 92px; height: 8px; vertical-align: middle; margin-right: 8px; } .bar .back { fill: var(--quiet); }
.bar .ok { fill: var(--ok); } .bar .warn { fill: var(--warn); } .bar .bad { fill: var(--bad); }
.picture { margin: 16px 0 0; }
.endpoint { width: fit-content; max-width: 100%; margin: 0 auto; border: 1.5px solid var(--link); border-radius: 10px; padding: 8px 20px; text-align: center; }
.endpoint b { overflow-wrap: anywhere; } .endpoint .soft { font-size: 12.5px; }
.wire { display: block; width: 24px; height: 30px; margin: 0 auto; } .wire path { fill: var(--wire); } .wire line { stroke: var(--wire); stroke-width: 1.5; }
.tier { border: 1px solid var(--line); border-radius: 10px; background: var(--quiet); padding: 12px 14px 14px; }
.tier h3 { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; } .tier h3 .soft { font-weight: 400; font-size: 13px; }
.tier ul { list-style: none; margin: 10px 0 0; padding: 0; display: grid; gap: 10px; }
.tier .cards { display: flex; flex-wrap: wrap; justify-content: center; }
.tier .cards li { flex: 0 1 246px; min-width: 0; }
.tier .cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; font-size: 13px; }
.tier .cards .head { display: flex; justify-content: space-between; gap: 8px; align-items: flex-start; }
.tier .cards b { font-size: 14.5px; overflow-wrap: anywhere; }
.tier .cards p { margin: 3px 0 0; overflow-wrap: anywhere; } .tier .chips { display: flex; flex-wrap: wrap; gap: 5px; margin: 7px 0 0; }
.tier .small { grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 6px; }
.tier .small li { display: flex; gap: 6px; align-items: center; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 7px;
  font-size: 12.5px; min-width: 0; } .tier .small svg { width: 13px; height: 13px; }
.tier .small span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tier .small li.bad, .tier .dots li.bad { background: var(--bad-ground); border-color: var(--bad); }
.tier .small li.none, .tier .dots li.none { background: var(--none-ground); }
.tier .dots { grid-template-columns: repeat(auto-fill, 18px); gap: 3px; }
.tier .dots li { width: 18px; height: 18px; border-radius: 4px; background: var(--card); border: 1px solid var(--line); padding: 2px; line-height: 0;
  position: relative; }
.tier .dots svg { width: 12px; height: 12px; }
@media (max-width: 560px) {
  main, header > div, footer > div, nav > ul { padding: 0 14px; } section { padding: 16px 14px; border-radius: 10px; }
  .frame { margin: 12px -14px 0; padding: 0 14px; } .bar { display: none; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 9px; } .tiles .value { font-size: 19px; } h1 { font-size: 22px; } .tier { padding: 10px; }
}
@media print {
  body { font-size: 11px; background: #fff; } nav, .skip { display: none; } section, .tiles li { break-inside: avoid-page; border-color: #bbb; }
  section { padding: 10px 12px; } details::details-content { content-visibility: visible; display: block; } .frame { overflow: visible; } a { color: inherit; }
}
"""


def css() -> str:
    return (f":root {{ {_variables(LIGHT)} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}" + _RULES)


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
