"""Projects, their statuses and issue types (facts §2.2-2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import shapes
from plugins.jira.simulator.gateway import Answer, Caller, number, operation
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plugins.jira.simulator.create_fields import Option
    from plugins.jira.simulator.world import IssueType, Project

LARGEST_PAGE: Final = 100
USUAL_PAGE: Final = 50
ACTIONS: Final = {
    "view": "BROWSE_PROJECTS",
    "browse": "BROWSE_PROJECTS",
    "edit": "ADMINISTER_PROJECTS",
    "create": "CREATE_ISSUES",
}
ORDERS: Final[dict[str, Callable[[Project], str]]] = {
    "key": lambda project: project.key,
    "name": lambda project: project.name.lower(),
}
# Orders that Jira knows and that mean nothing here; the answer is then ordered by key.
FLAT_ORDERS: Final = {
    *("category", "owner", "issueCount", "lastIssueUpdatedDate", "archivedDate", "deletedDate"),
}


def search(caller: Caller) -> Answer:
    """`GET /project/search`: a page of what the account may see, live projects unless asked."""
    found = _ordered([project for project in caller.visible_projects() if _asked(caller, project)])
    values = [_listed(caller, project) for project in found]
    return 200, page(caller, "/project/search", values, most=LARGEST_PAGE, usual=USUAL_PAGE)


def bounds(*, most: int, usual: int) -> tuple[int, int]:
    """Where the page begins that the query asks for, and how much it holds."""
    size = number("maxResults", usual)
    return max(number("startAt", 0), 0), min(size if size > 0 else usual, most)


def page(caller: Caller, path: str, values: Sequence[Any], *, most: int, usual: int) -> dict[str, Any]:
    """Jira's offset page; `maxResults` is cut to the endpoint's most without a word."""
    start, size = bounds(most=most, usual=usual)
    query = request.query_string.decode()
    shape: dict[str, Any] = {
        "self": shapes.rest_url(caller.live.site, path + (f"?{query}" if query else "")),
        "maxResults": size,
        "startAt": start,
        "total": len(values),
        "isLast": start + size >= len(values),
        "values": list(values[start : start + size]),
    }
    if not shape["isLast"]:
        following = f"{path}?maxResults={size}&startAt={start + size}"
        shape["nextPage"] = shapes.rest_url(caller.live.site, following)
    return shape


def show(caller: Caller, id_or_key: str) -> Answer:
    """`GET /project/{idOrKey}` (recorded nango-get-project)."""
    found = _visible(caller, id_or_key)
    site = caller.live.site
    return 200, shapes.project(caller.live, found) | {
        "description": found.description,
        "lead": _lead(caller, found),
        "components": [component(caller, found, each) for each in found.components],
        "issueTypes": [shapes.issue_type(site, kind) for kind in found.issue_types],
        "assigneeType": "UNASSIGNED",
        "versions": [],
        "roles": {
            "Administrator": shapes.rest_url(site, f"/project/{found.id}/role/10004"),
            "Member": shapes.rest_url(site, f"/project/{found.id}/role/10005"),
        },
    }


def statuses_by_type(caller: Caller, id_or_key: str) -> Answer:
    """`GET /project/{idOrKey}/statuses`: an array, grouped by issue type, never paged."""
    found = _visible(caller, id_or_key)
    site = caller.live.site
    return 200, [
        {
            "self": shapes.rest_url(site, f"/issuetype/{kind.id}"),
            "id": kind.id,
            "name": kind.name,
            "subtask": kind.subtask,
            "statuses": [shapes.status(site, each, found) for each in kind.workflow.statuses],
        }
        for kind in found.issue_types
    ]


def components(caller: Caller, id_or_key: str) -> Answer:
    """`GET /project/{idOrKey}/components`: an array, never paged (recorded nango-list-project-components)."""
    found = _visible(caller, id_or_key)
    return 200, [component(caller, found, each) for each in found.components]


def statuses(caller: Caller) -> Answer:
    """`GET /status`: every status of active workflows, unpaged; scoped ones only where seen."""
    if caller.account is None:
        return 200, []
    return 200, list(_statuses(caller).values())


def one_status(caller: Caller, id_or_name: str) -> Answer:
    """`GET /status/{idOrName}`: for a shared name only the first (facts §2.3)."""
    found = _statuses(caller)
    if id_or_name in found:
        return 200, found[id_or_name]
    for each in found.values():
        if each["name"].lower() == id_or_name.lower():
            return 200, each
    raise JiraRefusalError(404, f"No status could be found with the id or name '{id_or_name}'.")


def categories(caller: Caller) -> Answer:
    return 200, [shapes.category(caller.live.site, key) for key in shapes.CATEGORIES]


def issue_types(caller: Caller) -> Answer:
    """`GET /issuetype`: all that the account may see; those of team-managed projects are scoped."""
    found: dict[str, dict[str, Any]] = {}
    for project in caller.visible_projects():
        for kind in project.issue_types:
            found.setdefault(kind.id, scoped_type(caller, project, kind))
    return 200, list(found.values())


def issue_types_of_project(caller: Caller) -> Answer:
    """`GET /issuetype/project?projectId=`."""
    wanted = str(number("projectId", -1))
    for project in caller.visible_projects():
        if project.id == wanted:
            return 200, [scoped_type(caller, project, kind) for kind in project.issue_types]
    raise JiraRefusalError(404, f"No project could be found with id '{wanted}'.")


def _asked(caller: Caller, project: Project) -> bool:
    """Whether the query's filters let the project pass."""
    asked = request.args
    states = asked.getlist("status") or ["live"]
    action = asked.get("action", "view")
    if action not in ACTIONS:
        raise JiraRefusalError(400, f"The action '{action}' is not valid.")
    words = asked.get("query", "").lower()
    return (
        ("archived" if project.archived else "live") in states
        and caller.may(ACTIONS[action], project)
        and (words in project.key.lower() or words in project.name.lower())
        and ("keys" not in asked or project.key in asked.getlist("keys"))
        and ("id" not in asked or project.id in asked.getlist("id"))
        and asked.get("typeKey", project.type) == project.type
    )


def _ordered(found: list[Project]) -> list[Project]:
    asked = request.args.get("orderBy", "key").replace(" ", "+")
    name = asked.lstrip("+-")
    if name not in ORDERS and name not in FLAT_ORDERS:
        raise JiraRefusalError(400, f"The order '{asked}' is not valid.")
    order = ORDERS.get(name, ORDERS["key"])
    return sorted(found, key=order, reverse=asked.startswith("-"))


def _listed(caller: Caller, project: Project) -> dict[str, Any]:
    shape = shapes.project(caller.live, project)
    expand = set(request.args.get("expand", "").split(","))
    if "description" in expand:
        shape["description"] = project.description
    if "lead" in expand:
        shape["lead"] = _lead(caller, project)
    if "issueTypes" in expand:
        site = caller.live.site
        shape["issueTypes"] = [shapes.issue_type(site, kind) for kind in project.issue_types]
    return shape


def _lead(caller: Caller, project: Project) -> dict[str, Any]:
    lead = project.lead or caller.live.site.members[0].account
    return shapes.user(caller.live, caller.state.accounts[lead])


def _visible(caller: Caller, id_or_key: str) -> Project:
    found = caller.live.project(id_or_key)
    if found is None or not caller.may("BROWSE_PROJECTS", found):
        what = "id" if id_or_key.isdecimal() else "key"
        raise JiraRefusalError(404, f"No project could be found with {what} '{id_or_key}'.")
    return found


def _statuses(caller: Caller) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for project in caller.live.site.projects:
        if project.team_managed and not caller.may("BROWSE_PROJECTS", project):
            continue
        for each in project.statuses():
            found.setdefault(each.id, shapes.status(caller.live.site, each, project))
    return found


def component(caller: Caller, project: Project, found: Option) -> dict[str, Any]:
    shape = {
        "self": shapes.rest_url(caller.live.site, f"/component/{found.id}"),
        "id": found.id,
        "name": found.name,
        "isAssigneeTypeValid": False,
        "project": project.key,
    }
    return shape | {"projectId": int(project.id)} if project.id.isdecimal() else shape


def scoped_type(caller: Caller, project: Project, kind: IssueType) -> dict[str, Any]:
    shape = shapes.issue_type(caller.live.site, kind) | {"untranslatedName": kind.name}
    return shape | {"scope": shapes.scope(project)} if project.team_managed else shape


READ: Final = "read:jira-work"
OPERATIONS: Final = (
    operation("searchProjects", "GET", "/project/search", search, READ),
    operation("getProject", "GET", "/project/<id_or_key>", show, READ),
    operation("getAllStatuses", "GET", "/project/<id_or_key>/statuses", statuses_by_type, READ),
    operation("getProjectComponents", "GET", "/project/<id_or_key>/components", components, READ),
    operation("getStatuses", "GET", "/status", statuses, READ),
    operation("getStatus", "GET", "/status/<id_or_name>", one_status, READ),
    operation("getStatusCategories", "GET", "/statuscategory", categories, READ),
    operation("getIssueAllTypes", "GET", "/issuetype", issue_types, READ),
    operation("getIssueTypesForProject", "GET", "/issuetype/project", issue_types_of_project, READ),
)
