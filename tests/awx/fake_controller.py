"""A small fake of AWX's API, for the modules of awx.awx: objects in memory, nothing ever runs. Its manners are those of AWX 24.6.1 as read in its source.

What it imitates: paths, named fields with their defaults, exact filters, 25 objects a page, token log-in, secrets shown as $encrypted$, checks of a survey, a
playbook that has to be in the fetched project, one machine credential for a template, an update that a new project starts, approvals of workflow steps.
What it does not: rights, launching, named URLs, anything else. AWX itself was never asked.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Fields = dict[str, Any]
ENCRYPTED = "$encrypted$"
TOKEN = "token-of-the-fake"
USER, PASSWORD = "admin", "password-of-the-fake"
PAGE = 25

SCM: Fields = {"scm_type": "", "scm_url": "", "scm_branch": "", "scm_refspec": "", "scm_clean": False, "scm_track_submodules": False,
               "scm_delete_on_update": False, "credential": None, "timeout": 0}
PROMPTS = ("scm_branch", "diff_mode", "variables", "limit", "tags", "skip_tags", "job_type", "verbosity", "inventory", "credential",
           "execution_environment", "labels", "forks", "job_slice_count", "timeout", "instance_groups")
# What each kind of object has, with the values it gets where a request names none. Other fields of a request are passed over, as AWX does.
KINDS: dict[str, Fields] = {
    "organizations": {"name": "", "description": "", "max_hosts": 0, "custom_virtualenv": None, "default_environment": None},
    "credential_types": {"name": "", "description": "", "kind": "", "namespace": "", "inputs": {}},
    "credentials": {"name": "", "description": "", "organization": None, "credential_type": None, "inputs": {}},
    "execution_environments": {"name": "", "description": "", "organization": None, "image": "", "credential": None, "pull": ""},
    "projects": {"name": "", "description": "", "organization": None, **SCM, "local_path": "", "scm_update_on_launch": False,
                 "scm_update_cache_timeout": 0, "allow_override": False, "default_environment": None, "scm_revision": "",
                 "signature_validation_credential": None},
    "project_updates": {"project": None, "status": "pending", "asked": 0},
    "inventories": {"name": "", "description": "", "organization": None, "kind": "", "host_filter": None, "variables": "",
                    "prevent_instance_group_fallback": False},
    "inventory_sources": {"name": "", "description": "", "source": "", "source_path": "", "source_vars": "", "scm_branch": "", "credential": None,
                          "enabled_var": "", "enabled_value": "", "host_filter": "", "overwrite": False, "overwrite_vars": False, "timeout": 0,
                          "verbosity": 1, "limit": "", "execution_environment": None, "inventory": None, "update_on_launch": False,
                          "update_cache_timeout": 0, "source_project": None},
    "job_templates": {"name": "", "description": "", "job_type": "run", "inventory": None, "project": None, "playbook": "", "scm_branch": "",
                      "forks": 0, "limit": "", "verbosity": 0, "extra_vars": "", "job_tags": "", "force_handlers": False, "skip_tags": "",
                      "start_at_task": "", "timeout": 0, "use_fact_cache": False, "organization": None, "execution_environment": None,
                      "host_config_key": "", **{f"ask_{name}_on_launch": False for name in PROMPTS}, "survey_enabled": False,
                      "become_enabled": False, "diff_mode": False, "allow_simultaneous": False, "job_slice_count": 1, "webhook_service": "",
                      "webhook_credential": None, "prevent_instance_group_fallback": False},
    "workflow_job_templates": {"name": "", "description": "", "extra_vars": "", "organization": None, "survey_enabled": False,
                               "allow_simultaneous": False, "inventory": None, "limit": None, "scm_branch": None, "job_tags": None, "skip_tags": None,
                               **{f"ask_{name}_on_launch": False for name in ("variables", "inventory", "scm_branch", "limit", "labels", "tags", "skip_tags")},
                               "webhook_service": "", "webhook_credential": None},
    "workflow_job_template_nodes": {"identifier": "", "extra_data": {}, "inventory": None, "scm_branch": None, "job_type": None, "job_tags": None,
                                    "skip_tags": None, "limit": None, "diff_mode": None, "verbosity": None, "execution_environment": None,
                                    "forks": None, "job_slice_count": None, "timeout": None, "workflow_job_template": None,
                                    "unified_job_template": None, "all_parents_must_converge": False},
    "workflow_approval_templates": {"name": "", "description": "", "timeout": 0},
}
SINGULAR = {"inventories": "inventory"}
# Fields that name another object, by the kind that they name.
REFERENCES = {"organization": "organizations", "credential": "credentials", "credential_type": "credential_types", "project": "projects",
              "inventory": "inventories", "execution_environment": "execution_environments", "source_project": "projects",
              "workflow_job_template": "workflow_job_templates"}
NEEDED = {"credentials": ("credential_type",), "inventories": ("organization",), "inventory_sources": ("inventory",), "job_templates": ("project",),
          "execution_environments": ("image",), "workflow_job_template_nodes": ("workflow_job_template",)}
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
LISTS = {"credentials": "credentials", "labels": "labels", "instance_groups": "instance_groups", "success_nodes": "workflow_job_template_nodes",
         "failure_nodes": "workflow_job_template_nodes", "always_nodes": "workflow_job_template_nodes"}
READ_ONLY = {"project_updates", "credential_types", "unified_job_templates", "workflow_approval_templates"}
SECRETS = {"Machine": {"password", "ssh_key_data", "ssh_key_unlock", "become_password"}, "Source Control": {"password", "ssh_key_data", "ssh_key_unlock"}}
SURVEY_TYPES = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": str, "integer": int, "float": (str, float, int)}


class RefusedError(Exception):
    """What AWX answers with 400."""

    def __init__(self, told: Fields, status: int = 400) -> None:
        super().__init__(told)
        self.told, self.status = told, status


class Controller:
    """Objects and what is done to them. `playbooks` are those that a fetched project has."""

    def __init__(self, playbooks: Iterable[str]) -> None:
        self.playbooks = set(playbooks)
        self.objects: dict[str, dict[int, Fields]] = {kind: {} for kind in KINDS}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Fields] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.next_id = 1
        for name in ("Machine", "Source Control", "Vault", "Container Registry"):
            self.add("credential_types", {"name": name, "kind": name.lower()})

    def add(self, kind: str, fields: Fields) -> Fields:
        found = {**json.loads(json.dumps(KINDS[kind])), **{name: value for name, value in fields.items() if name in KINDS[kind]}}
        found["id"], self.next_id = self.next_id, self.next_id + 1
        self.objects[kind][found["id"]] = found
        return found

    def named(self, kind: str) -> dict[str, Fields]:
        """For tests: the objects by name, as the API shows them."""
        return {entry.get("name") or entry["identifier"]: self.shown(kind, entry) for entry in self.objects[kind].values()}

    # --- What the API does, by method.

    def create(self, kind: str, fields: Fields) -> Fields:
        self.check(kind, fields, {})
        made = self.add(kind, {name: "" if value is None and KINDS[kind].get(name) == "" else value for name, value in fields.items()})
        if kind == "projects":
            self.fetch(made)
        return self.shown(kind, made)

    def change(self, kind: str, number: int, fields: Fields) -> Fields:
        entry = self.objects[kind][number]
        self.check(kind, fields, entry)
        before = dict(entry)
        known = {name: value for name, value in fields.items() if name in KINDS[kind]}
        if kind == "credentials" and "inputs" in known:
            known["inputs"] = {name: entry["inputs"].get(name) if value == ENCRYPTED else value for name, value in known["inputs"].items()}
        entry.update(known)
        if kind == "projects" and any(entry[name] != before[name] for name in ("scm_url", "scm_branch", "credential")):
            self.fetch(entry)
        return self.shown(kind, entry)

    def remove(self, kind: str, number: int) -> None:
        del self.objects[kind][number]

    def fetch(self, project: Fields) -> None:
        """A new address is fetched at once; the update is done when somebody has asked for it twice."""
        project["current_update"] = self.add("project_updates", {"project": project["id"]})["id"]

    def check(self, kind: str, fields: Fields, entry: Fields) -> None:
        whole = {**KINDS[kind], **entry, **fields}
        for name in ("identifier",) if "identifier" in whole else ("name", *NEEDED.get(kind, ())):
            if whole.get(name) in (None, ""):
                raise RefusedError({name: ["This field is required."]})
        for name, target in REFERENCES.items():
            if name in KINDS[kind] and whole[name] is not None and whole[name] not in self.objects[target]:
                raise RefusedError({name: [f'Invalid pk "{whole[name]}" - object does not exist.']})
        for name, value in fields.items():
            default = KINDS[kind].get(name)
            if isinstance(default, (bool, int, dict)) and not isinstance(value, type(default)):
                raise RefusedError({name: ["A valid value is required."]})
        self.check_unique(kind, whole, entry)
        if kind == "job_templates":
            self.check_playbook(whole)

    def check_unique(self, kind: str, whole: Fields, entry: Fields) -> None:
        scope = {"inventory_sources": "inventory", "workflow_job_template_nodes": "workflow_job_template"}.get(kind, "organization")
        word = "identifier" if "identifier" in KINDS[kind] else "name"
        for other in self.objects[kind].values():
            if other is not entry and other[word] == whole[word] and other.get(scope) == whole.get(scope):
                raise RefusedError({"__all__": [f"{kind} with this {scope} and {word} already exists."]})

    def check_playbook(self, whole: Fields) -> None:
        if whole["inventory"] is None and not whole["ask_inventory_on_launch"]:
            raise RefusedError({"inventory": ["You must either set a default value or ask to prompt on launch."]})
        if not self.objects["projects"][whole["project"]]["scm_revision"] or whole["playbook"] not in self.playbooks:
            raise RefusedError({"playbook": ["Playbook not found for project."]})

    def shown(self, kind: str, entry: Fields) -> Fields:
        url = f"/api/v2/{kind}/{entry['id']}/"
        found = {**entry, "type": SINGULAR.get(kind, kind[:-1]), "url": url, "related": {}, "summary_fields": {}}
        found["related"] = {name: f"{url}{name}/" for name in LISTS}
        if kind in ("job_templates", "workflow_job_templates"):
            found["related"]["survey_spec"] = f"{url}survey_spec/"
        if kind == "credentials":
            secret = SECRETS.get(self.objects["credential_types"][entry["credential_type"]]["name"], set())
            found["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in entry["inputs"].items()}
        if kind == "projects" and "current_update" in entry:
            found["summary_fields"]["current_update"] = {"id": entry["current_update"]}
        if kind == "workflow_job_template_nodes" and entry["unified_job_template"] is not None:
            target = next(other for other in UNIFIED if entry["unified_job_template"] in self.objects[other])
            found["related"]["unified_job_template"] = f"/api/v2/{target}/{entry['unified_job_template']}/"
        return found

    def asked(self, update: Fields) -> None:
        update["asked"] += 1
        if update["asked"] > 1:
            update["status"] = "successful"
            project = self.objects["projects"][update["project"]]
            project["scm_revision"] = "0123456789abcdef0123456789abcdef01234567"
            project.pop("current_update", None)

    def listed(self, kind: str, wanted: list[tuple[str, str]]) -> list[Fields]:
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        entries = [self.shown(one, entry) for one in kinds for entry in self.objects[one].values()]
        either = [(name[4:], value) for name, value in wanted if name.startswith("or__")]
        for name, value in wanted:
            if not name.startswith("or__") and name not in ("page", "page_size"):
                if entries and all(name not in entry for entry in entries):
                    raise RefusedError({"detail": f"{kind} has no field named '{name}'"})
                entries = [entry for entry in entries if str(entry.get(name)) == value]
        return [entry for entry in entries if not either or any(str(entry.get(name)) == value for name, value in either)]

    def link(self, kind: str, number: int, name: str, fields: Fields) -> None:
        found = self.links.setdefault((kind, number, name), [])
        other = int(fields["id"])
        if fields.get("disassociate"):
            found.remove(other)
            return
        if other not in self.objects[LISTS[name]]:
            raise RefusedError({"msg": f"{LISTS[name]} with id {other} does not exist."})
        if name == "credentials" and self.objects["credentials"][other]["credential_type"] in {
                self.objects["credentials"][one]["credential_type"] for one in found}:
            raise RefusedError({"error": "Cannot assign multiple credentials of this type."})
        if name.endswith("_nodes") and any(other in self.links.get((kind, number, rest), []) for rest in LISTS if rest.endswith("_nodes")):
            raise RefusedError({"Error": "Relationship not allowed."})
        found.append(other)

    def survey(self, number: int, spec: Fields) -> None:
        """AWX's own checks, in short."""
        for name, kind in (("name", str), ("description", str), ("spec", list)):
            if not isinstance(spec.get(name), kind):
                raise RefusedError({"error": f"Field '{name}' is missing from survey spec."})
        if not spec["spec"]:
            raise RefusedError({"error": "'spec' doesn't contain any items."})
        for index, item in enumerate(spec["spec"]):
            for name, wanted in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
                if not isinstance(item.get(name), wanted):
                    raise RefusedError({"error": f"'{name}' missing from survey question {index}"})
            self.survey_item(index, item)
        if len({item["variable"] for item in spec["spec"]}) < len(spec["spec"]):
            raise RefusedError({"error": "'variable' duplicated in survey."})
        self.surveys[number] = spec

    @staticmethod
    def survey_item(index: int, item: Fields) -> None:
        if item["type"] not in SURVEY_TYPES:
            raise RefusedError({"error": f"'{item['type']}' in survey question {index} is not one of the allowed question types."})
        if item.get("default", "") != "" and not isinstance(item["default"], SURVEY_TYPES[item["type"]]):  # type: ignore[arg-type]
            raise RefusedError({"error": f"Default value {item['default']} in survey question {index} expected to be of its type."})
        for name in ("min", "max"):
            if not isinstance(item.get(name, 0), (int, type(None))):
                raise RefusedError({"error": f"The {name} limit in survey question {index} expected to be integer."})
        if item["type"].startswith("multi") and "choices" not in item:
            raise RefusedError({"error": f"Survey question {index} must specify choices."})
        if item["type"].startswith("multi") and item.get("default", "") != "" and item["default"] not in item["choices"]:
            raise RefusedError({"error": "Default choice must be answered from the choices listed."})

    def approval(self, node: int, fields: Fields) -> Fields:
        made = self.add("workflow_approval_templates", fields)
        self.objects["workflow_job_template_nodes"][node]["unified_job_template"] = made["id"]
        return self.shown("workflow_approval_templates", made)


class Handler(BaseHTTPRequestHandler):
    """HTTP around it."""

    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at what was recorded instead."""

    def do_GET(self) -> None:
        self.handled("GET")

    def do_POST(self) -> None:
        self.handled("POST")

    def do_PATCH(self) -> None:
        self.handled("PATCH")

    def do_DELETE(self) -> None:
        self.handled("DELETE")

    def handled(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "null") if length else None
        controller = self.server.controller
        with self.server.lock:
            controller.requests.append((method, self.path, body))
            if self.server.silent:  # no answer at all, as from a host that went away
                self.close_connection = True
                return
            try:
                status, told = self.routed(method, body or {})
            except RefusedError as refused:
                status, told = refused.status, refused.told
        self.answer(status, told)

    def answer(self, status: int, told: Any) -> None:
        text = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.end_headers()
        self.wfile.write(text)

    def routed(self, method: str, body: Fields) -> tuple[int, Any]:
        parts = urlsplit(self.path)
        if not parts.path.endswith("/"):
            raise RefusedError({"detail": "Not found."}, 404)
        words = parts.path.strip("/").split("/")
        if words[:2] == ["api", "v2"] and words[2:3] == ["tokens"]:
            return self.token(method)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError({"detail": "Authentication credentials were not provided."}, 401)
        if words in (["api"], ["api", "v2"]):
            return 200, {"current_version": "/api/v2/"}
        if words == ["api", "v2", "ping"]:
            return 200, {"version": "24.6.1", "active_node": "fake"}
        return self.objects(method, words[2:], parse_qsl(parts.query), body)

    def token(self, method: str) -> tuple[int, Any]:
        if not re.match(r"Basic ", self.headers.get("Authorization", "")):
            raise RefusedError({"detail": "Authentication credentials were not provided."}, 401)
        return (204, None) if method == "DELETE" else (201, {"id": 1, "token": TOKEN})

    def objects(self, method: str, words: list[str], query: list[tuple[str, str]], body: Fields) -> tuple[int, Any]:
        controller, kind = self.server.controller, words[0]
        if kind not in KINDS and kind != "unified_job_templates":
            raise RefusedError({"detail": "The requested resource could not be found."}, 404)
        if len(words) == 1:
            if method == "POST" and kind not in READ_ONLY:
                return 201, controller.create(kind, body)
            return self.page(kind, query) if method == "GET" else self.not_allowed(method)
        number = int(words[1]) if words[1].isdigit() else 0
        if number not in controller.objects.get(kind, {}):
            raise RefusedError({"detail": "Not found."}, 404)
        return self.one(method, kind, number, body) if len(words) == 2 else self.below(method, kind, number, words[2], body)

    def not_allowed(self, method: str) -> tuple[int, Any]:
        raise RefusedError({"detail": f'Method "{method}" not allowed.'}, 405)

    def page(self, kind: str, query: list[tuple[str, str]]) -> tuple[int, Any]:
        found = self.server.controller.listed(kind, query)
        number = int(dict(query).get("page", 1))
        following = f"/api/v2/{kind}/?page={number + 1}" if len(found) > number * PAGE else None
        return 200, {"count": len(found), "next": following, "previous": None, "results": found[(number - 1) * PAGE:number * PAGE]}

    def one(self, method: str, kind: str, number: int, body: Fields) -> tuple[int, Any]:
        controller = self.server.controller
        if method == "PATCH":
            return 200, controller.change(kind, number, body)
        if method == "DELETE":
            controller.remove(kind, number)
            return 204, None
        entry = controller.objects[kind][number]
        if kind == "project_updates":
            controller.asked(entry)
        return (200, controller.shown(kind, entry)) if method == "GET" else self.not_allowed(method)

    def below(self, method: str, kind: str, number: int, name: str, body: Fields) -> tuple[int, Any]:
        controller = self.server.controller
        if name == "survey_spec":
            if method == "POST":
                controller.survey(number, body)
            elif method == "DELETE":
                controller.surveys.pop(number, None)
            return 200, controller.surveys.get(number, {}) if method == "GET" else None
        if name == "create_approval_template" and method == "POST":
            return 201, controller.approval(number, body)
        if name not in LISTS:
            raise RefusedError({"detail": "Not found."}, 404)
        if method == "POST":
            controller.link(kind, number, name, body)
            return 204, None
        found = [controller.shown(LISTS[name], controller.objects[LISTS[name]][one]) for one in controller.links.get((kind, number, name), [])]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}


class Server(ThreadingHTTPServer):
    """On a free port of this machine."""

    daemon_threads = True

    def __init__(self, controller: Controller) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.controller = controller
        self.lock = threading.Lock()
        self.silent = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"
