"""From a world file (JSON) to a World; the format is described in `docs/simulator.md`."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugins.jira.simulator.automation_files import read_automation
from plugins.jira.simulator.checking import check_site
from plugins.jira.simulator.create_field_files import read_create_field
from plugins.jira.simulator.create_fields import Option
from plugins.jira.simulator.member_files import read_member
from plugins.jira.simulator.reading import Node, WorldError
from plugins.jira.simulator.workflow_files import read_workflow
from plugins.jira.simulator.world import (
    LIMITED,
    Account,
    App,
    IssueType,
    Limits,
    Project,
    SeededIssue,
    Site,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.jira.simulator.world import Workflow

FIRST_ID: Final = 10000
STYLES: Final = {"company-managed": "classic", "team-managed": "next-gen"}
SUBTASK_LEVEL: Final = -1
USUAL_ZONE: Final = "Europe/Berlin"


def load_world(place: Path | str) -> World:
    """Read a world file; raise WorldError with the place in the file and how to mend it."""
    path = Path(place)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(f"{path} cannot be read ({error.strerror}): check the path") from error
    except ValueError as error:
        raise WorldError(f"{path} is not JSON: {error}") from error
    return parse_world(content, folder=path.parent, source=path.name)


def parse_world(content: Any, *, folder: Path | None = None, source: str = "world") -> World:
    """Build a World from parsed JSON; `folder` is where relative workflow files are looked for."""
    root = Node(content, "", source)
    root.only("about", "app", "accounts", "sites", "workflows", "masks_invalid_tokens", "limits")
    accounts = tuple(_account(node) for node in root["accounts"].items())
    known = {account.id for account in accounts}
    workflows = _workflows(root, folder or Path.cwd())
    sites = tuple(_site(node, known, workflows) for node in root["sites"].items())
    _refuse_doubles(root["accounts"], [account.id for account in accounts], "id")
    _refuse_doubles(root["accounts"], [account.email.lower() for account in accounts], "email")
    _refuse_doubles(root["sites"], [site.id for site in sites], "id")
    _refuse_doubles(root["sites"], [site.name for site in sites], "name")
    return World(
        app=_app(root["app"], known),
        accounts=accounts,
        sites=sites,
        masks_invalid_tokens=root.flag_at("masks_invalid_tokens"),
        limits=_limits(root),
    )


def _limits(root: Node) -> Limits:
    """The rate limits: as published, with some of them changed, or `"none"`."""
    node = root.optional("limits")
    if node is None:
        return Limits()
    if node.value == "none":
        return Limits.none()
    node.only(*LIMITED, "points_per", "html")
    told: dict[str, Any] = {name: node[name].of(int) for name in LIMITED if node.optional(name)}
    per = node.optional("points_per")
    if per is not None:
        told["points_per"] = per.one_of(("app", "site"), "owner of points")
    return Limits(**told, html=node.flag_at("html"))


def _app(node: Node, accounts: set[str]) -> App:
    node.only(
        "name", "client_id", "client_secret", "callback_urls", "owner", "shared", "scopes", "access", "webhook_url_per"
    )
    access, one_url = node.optional("access"), node.optional("webhook_url_per")
    return App(
        name=node.text_at("name", "Helpdesk"),
        client_id=node["client_id"].text(),
        client_secret=node["client_secret"].text(),
        callback_urls=node["callback_urls"].texts(),
        owner=node["owner"].one_of(accounts, "account id of this world"),
        shared=node.flag_at("shared"),
        scopes=node["scopes"].texts(),
        access=access.one_of(("account", "resource"), "access type") if access else "account",
        webhook_url_per=one_url.one_of(("app", "site", "account"), "reach of a URL") if one_url else "app",
    )


def _account(node: Node) -> Account:
    node.only("id", "name", "email", "password", "active", "type", "locale", "time_zone")
    return Account(
        id=node["id"].text(),
        name=node["name"].text(),
        email=node["email"].text(),
        password=node["password"].text(),
        active=node.flag_at("active", default=True),
        type=node.text_at("type", "atlassian"),
        locale=node.text_at("locale", "en_US"),
        time_zone=_time_zone(node),
    )


def _time_zone(node: Node) -> str:
    """A zone that exists: dates in a search are read in it."""
    zone = node.optional("time_zone")
    if zone is None:
        return USUAL_ZONE
    try:
        return ZoneInfo(zone.text()).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise zone.error(f'"{zone.value}" is no time zone: write one like {USUAL_ZONE}') from error


def _workflows(root: Node, folder: Path) -> dict[str, Workflow]:
    node = root.optional("workflows")
    if node is None:
        return {}
    return {name: _workflow(name, member, folder) for name, member in node.members()}


def _workflow(name: str, node: Node, folder: Path) -> Workflow:
    file = node.optional("file")
    if file is None:
        return read_workflow(node, name)
    path = folder / file.text()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise file.error(f"{path} cannot be read as JSON ({error})") from error
    return read_workflow(Node(content, "", path.name), name)


def _site(node: Node, accounts: set[str], workflows: Mapping[str, Workflow]) -> Site:
    node.only(
        *("id", "name", "url", "products", "members", "projects", "issues", "automations", "issue_linking"),
    )
    rules = node.optional("automations")
    projects_node, issues_node = node.optional("projects"), node.optional("issues")
    products = node.optional("products")
    projects: list[Project] = []
    for item in projects_node.items() if projects_node else ():
        projects.append(_project(item, projects, accounts, workflows))
    keys = {project.key for project in projects}
    site = Site(
        id=_cloud_id(node["id"]),
        name=node["name"].text(),
        url=node.text_at("url") or None,
        products=_products(products) if products else ("jira",),
        members=tuple(read_member(item, accounts, keys) for item in node["members"].items()),
        projects=tuple(projects),
        issues=tuple(_issue(item, projects) for item in issues_node.items()) if issues_node else (),
        automations=tuple(read_automation(item, projects, accounts) for item in rules.items()) if rules else (),
        issue_linking=node.flag_at("issue_linking", default=True),
    )
    check_site(node, site)
    return site


def _products(node: Node) -> tuple[str, ...]:
    return tuple(item.one_of(("jira", "confluence"), "product") for item in node.items())


def _cloud_id(node: Node) -> str:
    try:
        return str(uuid.UUID(node.text()))
    except ValueError as error:
        raise node.error("a site's id is its cloud id: write a UUID") from error


def _project(node: Node, before: list[Project], accounts: set[str], workflows: Mapping[str, Workflow]) -> Project:
    node.only(
        *("id", "key", "name", "type", "style", "description", "archived", "lead"),
        *("issue_types", "hidden_from", "components"),
    )
    style, kind = node.optional("style"), node.optional("type")
    lead, hidden = node.optional("lead"), node.optional("hidden_from")
    types = list(node["issue_types"].items())
    if not types:
        raise node["issue_types"].error("a project needs at least one issue type: add one")
    account = "account id of this world"
    components = _components(node, before)
    return Project(
        id=node.text_at("id", str(FIRST_ID + len(before))),
        key=node["key"].text(),
        name=node["name"].text(),
        type=kind.one_of(("software", "business", "service_desk"), "project type") if kind else "software",
        style=STYLES[style.one_of(STYLES, "project style")] if style else "classic",
        description=node.text_at("description"),
        archived=node.flag_at("archived"),
        lead=lead.one_of(accounts, account) if lead else None,
        issue_types=tuple(_issue_type(item, workflows, components, accounts) for item in types),
        components=components,
        hidden_from=frozenset(item.one_of(accounts, account) for item in hidden.items()) if hidden else frozenset(),
    )


def _components(node: Node, before: list[Project]) -> tuple[Option, ...]:
    """The project's components; their ids are counted up over the whole site."""
    told = node.optional("components")
    first = FIRST_ID + sum(len(project.components) for project in before)
    return tuple(Option(str(first + index), name) for index, name in enumerate(told.texts() if told else ()))


def _issue_type(
    node: Node, workflows: Mapping[str, Workflow], components: tuple[Option, ...], accounts: set[str]
) -> IssueType:
    node.only("id", "name", "workflow", "description", "subtask", "fields")
    subtask, fields = node.flag_at("subtask"), node.optional("fields")
    members = fields.members() if fields else ()
    return IssueType(
        id=node["id"].text(),
        name=node["name"].text(),
        workflow=workflows[node["workflow"].one_of(workflows, "workflow of this world")],
        description=node.text_at("description"),
        subtask=subtask,
        level=SUBTASK_LEVEL if subtask else 0,
        fields=tuple(read_create_field(key, item, components, accounts) for key, item in members),
    )


def _issue(node: Node, projects: list[Project]) -> SeededIssue:
    node.only("project", "issue_type", "summary", "status", "description")
    by_key = {project.key: project for project in projects}
    project = by_key[node["project"].one_of(by_key, "project key of this site")]
    types = {kind.name: kind for kind in project.issue_types}
    kind = types[node["issue_type"].one_of(types, f"issue type of {project.key}")]
    status = node.optional("status")
    ids = {found.id: found.id for found in kind.workflow.statuses}
    ids |= {found.name: found.id for found in kind.workflow.statuses}
    return SeededIssue(
        project=project.key,
        issue_type=kind.id,
        summary=node["summary"].text(),
        status=ids[status.one_of(ids, f"status of the workflow {kind.workflow.name}")] if status else None,
        description=node.text_at("description"),
    )


def _refuse_doubles(node: Node, values: list[str], what: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise Node(None, f"{node.path}[{index}].{what}", node.source).error(
                f'"{value}" is taken by an earlier entry: write another'
            )
