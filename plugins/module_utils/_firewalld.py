# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld on a node: what it has for now and for good, and what of ours is missing. Private to the collection."""

import os
from functools import partial
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _firewalld_zones as fz
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._firewall import is_own, restoration
from ansible_collections.kubewright.cluster.plugins.module_utils._openings import Opening
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

POLICIES = "/usr/lib/firewalld/policies"  # there since 0.9
RELOAD_SECONDS = 120


class Firewalld:
    """pending() says what is missing, each sentence with what does it."""

    def __init__(self, run: Runner, openings: Sequence[Opening], networks: Sequence[str], given_zones: Sequence[str]) -> None:
        self.run = run
        self.openings, self.networks, self.given_zones = openings, networks, given_zones

    def _ask(self, *words: str) -> str:
        return self.run(["firewall-cmd", *words], seconds=RELOAD_SECONDS).stdout

    def pending(self) -> List[Step]:
        now, permanent = fz.zones(self._ask("--list-all-zones")), fz.zones(self._ask("--permanent", "--list-all-zones"))
        for zones in (now, permanent):
            fz.check_sources(zones, self.networks)
        wanted = fz.files(self.openings, self.networks, os.path.isdir(POLICIES))
        stale = {path: text for path, text in wanted.items() if (read(path) or None) != text}
        found: List[Step] = []
        if {path: text for path, text in stale.items() if text} or not self._is_loaded(now):
            found.append(self._reload(stale, fz.runtime_only(now, permanent)))
        served = fz.served(now, self._ask("--get-default-zone").strip(), self.given_zones)
        for flag, zones in (((), now), (("--permanent",), permanent)):
            for name, zone in sorted(zones.items()):
                if name != fz.ZONE:
                    found += self._zone_steps(zone, name in served, flag)
        if any(text is None for text in stale.values()):
            found.append(Step("firewalld: remove the service " + fz.NODES_SERVICE, partial(self._write, stale)))
        return found

    def _is_loaded(self, now: Dict[str, fz.Zone]) -> bool:
        """Whether what runs is what the files say."""
        zone = now.get(fz.ZONE)
        if not zone or sorted(zone.has("sources")) != sorted(self.networks) or not zone.accepts_everything:
            return False
        if os.path.isdir(POLICIES) and fz.POLICY not in self._ask("--get-policies").split():
            return False
        services = {fz.SERVICE: fz.for_everybody(self.openings), fz.NODES_SERVICE: fz.for_nodes(self.openings)}
        return all(self._service(name) == fz.service_words(openings) for name, openings in services.items() if openings or name == fz.SERVICE)

    def _service(self, name: str) -> Optional[Dict[str, List[str]]]:
        try:
            told = next(iter(fz.zones(self._ask("--info-service=" + name)).values()), None)
        except CommandError:
            return None
        return {key: sorted(told.has(key)) for key in ("ports", "protocols")} if told else None

    def _reload(self, stale: Dict[str, Optional[str]], runtime_only: Sequence[Tuple[str, str]]) -> Step:
        sentence = "firewalld: {0}trust pods and Services ({1}); reload it".format(
            "define the ports of this node ({0}); ".format(", ".join(map(str, self.openings))) if self.openings else "", ", ".join(self.networks) or "none")
        if runtime_only:
            sentence += "; set again what is set for now only: " + ", ".join("{0} in zone {1}".format(option[2:], zone) for zone, option in runtime_only)
        return Step(sentence, partial(self._written_and_loaded, stale, runtime_only))

    def _written_and_loaded(self, stale: Dict[str, Optional[str]], runtime_only: Sequence[Tuple[str, str]]) -> None:
        self._write({path: text for path, text in stale.items() if text})
        self._ask("--check-config")
        preserving(self.run, lambda: self._ask("--reload"))
        for zone, option in runtime_only:
            self._ask("--zone=" + zone, option)

    @staticmethod
    def _write(texts: Dict[str, Optional[str]]) -> None:
        for path, text in texts.items():
            if text:
                write_whole(path, text)
            elif os.path.exists(path):
                os.unlink(path)

    def _zone_steps(self, zone: fz.Zone, is_served: bool, flag: Tuple[str, ...]) -> List[Step]:
        missing, superfluous = fz.zone_changes(zone, self.openings, is_served)
        when = "from the next start on" if flag else "now"
        return [Step("firewalld: {0} {1} {2} in zone {3}, {4}".format(verb, option, value, zone.name, when),
                     partial(self._ask, *flag, "--zone=" + zone.name, "--{0}-{1}={2}".format(verb, option, value)))
                for verb, changes in (("remove", superfluous), ("add", missing)) for option, value in changes]


class Stopped(Firewalld):
    """Does not run, and starts with the machine: its files, by the command that it has for that. Of the zones in use only the default one is known."""

    def _ask(self, *words: str) -> str:
        known = [word.replace("--remove-service=", "--remove-service-from-zone=") for word in words if word != "--permanent"]
        return self.run(["firewall-offline-cmd", *known], seconds=RELOAD_SECONDS).stdout

    def pending(self) -> List[Step]:
        permanent = fz.zones(self._ask("--list-all-zones"))
        fz.check_sources(permanent, self.networks)
        wanted = fz.files(self.openings, self.networks, os.path.isdir(POLICIES))
        stale = {path: text for path, text in wanted.items() if (read(path) or None) != text}
        found: List[Step] = []
        if any(stale.values()):
            sentence = "firewalld: define the ports of this node ({0}) and trust pods and Services ({1}), from its next start on".format(
                ", ".join(map(str, self.openings)) or "none", ", ".join(self.networks) or "none")
            found.append(Step(sentence, partial(self._write, {path: text for path, text in stale.items() if text})))
        served = fz.served(permanent, self._ask("--get-default-zone").strip(), self.given_zones)
        for name, zone in sorted(permanent.items()):
            if name != fz.ZONE:
                found += self._zone_steps(zone, name in served, ("--permanent",))
        if any(text is None for text in stale.values()):
            found.append(Step("firewalld: remove the service " + fz.NODES_SERVICE, partial(self._write, stale)))
        return found


def off(run: Runner) -> None:
    preserving(run, lambda: run(["systemctl", "disable", "--now", "firewalld.service"]))


def preserving(run: Runner, action: Callable[[], object]) -> None:
    """A reload or stop of firewalld flushes every rule of iptables, Kubernetes' own, too; those are put back at once. Docker's are Docker's to bring back."""
    before = {tool: _saved(run, tool) for tool in ("iptables", "ip6tables")}
    action()
    for tool, saved in before.items():
        text = restoration(saved, _saved(run, tool)) if saved else ""
        if text:
            run([tool + "-restore", "--noflush"], stdin=text)


def _saved(run: Runner, tool: str) -> str:
    """Empty where there is nothing of Kubernetes, so that a machine without iptables needs none."""
    if not run.module.get_bin_path(tool + "-save"):
        return ""
    text = run([tool + "-save"]).stdout
    return text if any(line.startswith(":") and is_own(line[1:].split()[0]) for line in text.splitlines()) else ""
