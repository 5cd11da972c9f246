# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld's zones as it prints them, and what of them would have to change. Pure. Private to the collection."""

from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple
from xml.sax.saxutils import quoteattr

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._openings import PROTOCOL_NUMBERS, Opening, family

ZONE, POLICY = "kubewright", "kubewright-pods"
SERVICE, NODES_SERVICE = "kubewright", "kubewright-nodes"
FOLDER = "/etc/firewalld"
# Zones of programs that put their own interfaces there, which no other node sends to.
OTHERS_ZONES = ("docker", "libvirt", "libvirt-routed", "nm-shared", ZONE)
# What a reload takes away where it was set for now only: what --list-all-zones calls it, and the option that sets it.
RUNTIME_ONLY = {"sources": "source", "services": "service", "ports": "port", "protocols": "protocol", "source-ports": "source-port",
                "forward-ports": "forward-port", "rich rules": "rich-rule", "masquerade": "masquerade"}
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
Change = Tuple[str, str]  # an option of firewall-cmd without add or remove, and its value


class Zone(NamedTuple):
    name: str
    is_active: bool
    settings: Dict[str, List[str]]

    def has(self, key: str) -> List[str]:
        return self.settings.get(key, [])

    @property
    def accepts_everything(self) -> bool:
        return self.has("target") == ["ACCEPT"]


def zones(listed: str) -> Dict[str, Zone]:
    """From --list-all-zones."""
    found: Dict[str, Zone] = {}
    for block in listed.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if lines and not lines[0].startswith((" ", "\t")):
            name, _space, told = lines[0].partition(" ")
            found[name] = Zone(name, "active" in told, _settings(lines[1:]))
    return found


def _settings(lines: Sequence[str]) -> Dict[str, List[str]]:
    found: Dict[str, List[str]] = {}
    key = ""
    for line in lines:
        if line.startswith("\t"):
            found[key].append(line.strip())
            continue
        key, _colon, rest = line.strip().partition(":")
        found[key] = rest.split()
    return found


def service_file(title: str, openings: Sequence[Opening]) -> str:
    lines = ["  <short>{0}</short>".format(title)]
    for opening in openings:
        if opening.ports:
            lines.append("  <port protocol={0} port={1}/>".format(quoteattr(opening.protocol), quoteattr(opening.ports)))
        else:
            lines.append("  <protocol value={0}/>".format(quoteattr(PROTOCOL_NUMBERS[opening.protocol])))
    return _HEAD + "<service>\n" + "\n".join(lines) + "\n</service>\n"


def zone_file(networks: Sequence[str]) -> str:
    lines = ["  <short>Kubewright: pods and Services</short>", *["  <source address={0}/>".format(quoteattr(network)) for network in networks]]
    return _HEAD + '<zone target="ACCEPT">\n' + "\n".join(lines) + "\n</zone>\n"


def policy_file() -> str:
    """Since 0.9 the zone of the sender decides about what is forwarded; other nodes are in a zone that rejects it."""
    return (_HEAD + '<policy priority="-1" target="ACCEPT">\n  <short>Kubewright: to pods</short>\n  <ingress-zone name="ANY"/>\n'
            '  <egress-zone name="{0}"/>\n</policy>\n'.format(ZONE))


def for_everybody(openings: Sequence[Opening]) -> List[Opening]:
    return [opening for opening in openings if not opening.network]


def for_nodes(openings: Sequence[Opening]) -> List[Opening]:
    """Those that are open to networks only, each once: a rule for each network names the service."""
    return sorted({opening._replace(network="") for opening in openings if opening.network})


def files(openings: Sequence[Opening], networks: Sequence[str], has_policies: bool) -> Dict[str, Optional[str]]:
    """The files that are wholly ours; None: not wanted."""
    return {
        "{0}/services/{1}.xml".format(FOLDER, SERVICE): service_file("Kubewright: ports of a node", for_everybody(openings)),
        "{0}/services/{1}.xml".format(FOLDER, NODES_SERVICE):
            service_file("Kubewright: ports between nodes", for_nodes(openings)) if for_nodes(openings) else None,
        "{0}/zones/{1}.xml".format(FOLDER, ZONE): zone_file(networks),
        **({"{0}/policies/{1}.xml".format(FOLDER, POLICY): policy_file()} if has_policies else {}),
    }


def service_words(openings: Sequence[Opening]) -> Dict[str, List[str]]:
    """A service as --info-service prints it."""
    return {"ports": sorted("{0}/{1}".format(opening.ports, opening.protocol) for opening in openings if opening.ports),
            "protocols": sorted(PROTOCOL_NUMBERS[opening.protocol] for opening in openings if not opening.ports)}


def rules_for_nodes(openings: Sequence[Opening]) -> List[str]:
    networks = sorted({opening.network for opening in openings if opening.network})
    return ['rule family="ipv{0}" source address="{1}" service name="{2}" accept'.format(family(network), network, NODES_SERVICE) for network in networks]


def served(present: Mapping[str, Zone], default: str, given: Sequence[str]) -> List[str]:
    """Zones that the ports are opened in: those given, or the default zone and every other that is in use and does not accept everything anyway."""
    unknown = [name for name in given if name not in present]
    if unknown:
        raise KubewrightError("firewalld has no zone {0}; its zones are {1}".format(", ".join(unknown), ", ".join(sorted(present))))
    if given:
        return list(given)
    return sorted(name for name, zone in present.items()
                  if (zone.is_active or name == default) and name not in OTHERS_ZONES and not zone.accepts_everything)


def zone_changes(zone: Zone, openings: Sequence[Opening], is_served: bool) -> Tuple[List[Change], List[Change]]:
    """What of ours a zone lacks, and what it has too much."""
    needed = [("service", SERVICE), *[("rich-rule", rule) for rule in rules_for_nodes(openings)]] if is_served else []
    own = [("service", name) for name in zone.has("services") if name in (SERVICE, NODES_SERVICE)]
    own += [("rich-rule", rule) for rule in zone.has("rich rules") if 'service name="{0}"'.format(NODES_SERVICE) in rule]
    return [change for change in needed if change not in own], [change for change in own if change not in needed]


def check_sources(present: Mapping[str, Zone], networks: Sequence[str]) -> None:
    for zone in present.values():
        bound = [network for network in networks if network in zone.has("sources")]
        if bound and zone.name != ZONE:
            raise KubewrightError(
                "firewalld's zone {0} has {1} as a source, and a network can be in one zone only; Kubewright keeps pods and Services in its own zone, {2}. "
                "Take it out there: {3}".format(zone.name, ", ".join(bound), ZONE, " ; ".join(
                    "firewall-cmd --zone={0} --remove-source={1}{2}".format(zone.name, network, permanent)
                    for network in bound for permanent in ("", " --permanent"))))


def runtime_only(now: Mapping[str, Zone], permanent: Mapping[str, Zone]) -> List[Tuple[str, str]]:
    """Zone and option of what is set for now only, and a reload would take away."""
    found = []
    for name, zone in sorted(now.items()):
        kept = permanent.get(name, Zone(name, False, {}))
        for key, option in RUNTIME_ONLY.items():
            for value in zone.has(key):
                if key == "masquerade":
                    if value == "yes" and kept.has(key) != ["yes"]:
                        found.append((name, "--add-masquerade"))
                elif value not in kept.has(key):
                    found.append((name, "--add-{0}={1}".format(option, value)))
    return [entry for entry in found if entry[0] != ZONE]
