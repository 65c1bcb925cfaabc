"""The graph of workflows, for administrators (facts §2.12).

An ordinary member gets none of this, and a token without `manage:jira-configuration` not even an
answer of Jira's: the gateway's 401. The workflow of one project and issue type comes from
`POST /workflows`, which does not say which of several pairs an answer belongs to.

The keys of rules are those of
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/ . Not confirmed, and
decided here: the text of the 401; a status without category counts as TODO, for want of a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import shapes
from plugins.jira.simulator.arguments import list_at, listed, texts_at
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.projects import page
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.world import Project, Status, Transition, Workflow

LARGEST_PAGE: Final = 1000
USUAL_PAGE: Final = 50
CATEGORIES: Final = {"undefined": "TODO", "new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
ADMINISTRATORS: Final = ("ADMINISTER_PROJECTS", "VIEW_READONLY_WORKFLOW")
MAY_NOT: Final = "You are not authorized to perform this action. Administrator privileges are required."
MAY_NOT_SEE_SCHEMES: Final = "Only Jira administrators can access workflow scheme associations."
NO_PROJECT: Final = "The ID of a project has to be provided."
FIRST_SCHEME: Final = 10100
FIRST_SCREEN: Final = 10000


@dataclass(frozen=True, slots=True)
class _Known:
    """A workflow of the site; `owner` is the team-managed project that it belongs to, if it does."""

    id: str
    workflow: Workflow
    owner: Project | None
    projects: list[Project]


def search(caller: Caller) -> Answer:
    """`GET /workflows/search`: a page; the transitions come with `expand=values.transitions`."""
    asked = request.args
    known = [each for each in _accessible(caller) if asked.get("isActive") != "false"]
    words = asked.get("queryString", "").lower()
    found = [
        each
        for each in known
        if words in each.workflow.name.lower()
        and asked.get("scope", _scope_type(each)).upper() == _scope_type(each)
        and ("projectId" not in asked or asked["projectId"] in [project.id for project in each.projects])
    ]
    if asked.get("orderBy", "").lstrip("+-") == "name":
        found.sort(key=lambda each: each.workflow.name.lower(), reverse=asked["orderBy"].startswith("-"))
    with_transitions = "values.transitions" in listed("expand")
    answer = page(caller, "/workflows/search", found, most=LARGEST_PAGE, usual=USUAL_PAGE)
    statuses = _statuses(answer["values"])
    answer["values"] = [_shape(each, with_transitions=with_transitions) for each in answer["values"]]
    return 200, answer | {"statuses": statuses}


def read(caller: Caller) -> Answer:
    """`POST /workflows`: those of these names, ids, or projects and issue types."""
    body = body_object()
    known = _accessible(caller)
    ids, names = texts_at(body, "workflowIds"), texts_at(body, "workflowNames")
    found = {each.id: each for each in known if each.id in ids or each.workflow.name in names}
    for pair in list_at(body, "projectAndIssueTypes"):
        one = _of_pair(caller, known, pair if isinstance(pair, dict) else {})
        found[one.id] = one
    workflows = list(found.values())
    return 200, {
        "workflows": [_shape(each, with_transitions=True) for each in workflows],
        "statuses": _statuses(workflows),
    }


def schemes(caller: Caller) -> Answer:
    """`GET /workflowscheme/project`: which type follows which workflow; classic projects alone."""
    wanted = listed("projectId")
    if not wanted:
        raise JiraRefusalError(400, errors={"projectId": NO_PROJECT})
    if not caller.may("ADMINISTER"):
        raise JiraRefusalError(403, MAY_NOT_SEE_SCHEMES)
    found = [each for each in caller.live.site.projects if each.id in wanted and not each.team_managed]
    return 200, {"values": [_scheme(caller, each) for each in found]}


def _accessible(caller: Caller) -> list[_Known]:
    """All for a Jira administrator; for a project's, those that belong to that project."""
    known = _known(caller)
    if not caller.may("ADMINISTER"):
        known = [each for each in known if each.owner and any(caller.may(p, each.owner) for p in ADMINISTRATORS)]
    if not known:
        raise JiraRefusalError(401, MAY_NOT)
    return known


def _known(caller: Caller) -> list[_Known]:
    found: dict[str, _Known] = {}
    for project in caller.live.site.projects:
        owner = project if project.team_managed else None
        for kind in project.issue_types:
            identity = _identity(caller, kind.workflow, owner)
            known = found.setdefault(identity, _Known(identity, kind.workflow, owner, []))
            if project not in known.projects:
                known.projects.append(project)
    return list(found.values())


def _identity(caller: Caller, workflow: Workflow, owner: Project | None) -> str:
    return shapes.stable_uuid(caller.live.site, "workflow", owner.id if owner else "", workflow.name)


def _of_pair(caller: Caller, known: list[_Known], pair: dict[str, Any]) -> _Known:
    project = caller.live.project(str(pair.get("projectId") or ""))
    kind = caller.live.issue_type(project, str(pair.get("issueTypeId") or "")) if project else None
    if project is None or kind is None:
        raise JiraRefusalError(400, "The project or the issue type does not exist, or they do not belong together.")
    identity = _identity(caller, kind.workflow, project if project.team_managed else None)
    for each in known:
        if each.id == identity:
            return each
    raise JiraRefusalError(401, MAY_NOT)


def _shape(known: _Known, *, with_transitions: bool) -> dict[str, Any]:
    workflow = known.workflow
    shape: dict[str, Any] = {
        "id": known.id,
        "name": workflow.name,
        "description": "",
        "scope": _scope(known),
        "isEditable": True,
        "version": {"id": known.id, "versionNumber": 1},
        "statuses": [
            {"statusReference": each.id, "deprecated": False, "layout": {"x": 0.0, "y": 100.0 * row}, "properties": {}}
            for row, each in enumerate(workflow.statuses)
        ],
    }
    if with_transitions:
        moves = [_transition(each) for each in workflow.transitions]
        shape["transitions"] = [_creation(workflow), *moves]
    return shape


def _creation(workflow: Workflow) -> dict[str, Any]:
    """The transition that brings an issue into being; its id is one that no other has."""
    taken = {each.id for each in workflow.transitions}
    identity = next(number for number in map(str, range(1, len(taken) + 2)) if number not in taken)
    return _transition_shape(identity, "Create", "INITIAL", workflow.initial)


def _transition(move: Transition) -> dict[str, Any]:
    kind = "GLOBAL" if move.sources is None else "DIRECTED"
    shape = _transition_shape(move.id, move.name, kind, move.target)
    shape["links"] = [{"fromPort": 0, "fromStatusReference": each, "toPort": 1} for each in move.sources or ()]
    shape["validators"] = [
        _rule("check-permission-validator", permissionKey=each.permission)
        if each.permission
        else _rule("validate-field-value", ruleType="fieldRequired", fieldsRequired=str(each.field))
        for each in move.validators
    ]
    if move.conditions:
        rules = [_rule("restrict-issue-transition", permissionKeys=each.permission or "") for each in move.conditions]
        shape["conditions"] = {"operation": "ALL", "conditions": rules, "conditionGroups": []}
    if move.screen:
        shape["transitionScreen"] = _rule("transition-screen", screenId=str(FIRST_SCREEN))
    return shape


def _transition_shape(identity: str, name: str, kind: str, target: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"id": identity, "name": name, "type": kind, "toStatusReference": target}
    empty: dict[str, Any] = {"links": [], "actions": [], "validators": [], "triggers": [], "properties": {}}
    return shape | {"description": ""} | empty


def _rule(key: str, **parameters: str) -> dict[str, Any]:
    return {"ruleKey": f"system:{key}", "parameters": parameters}


def _statuses(known: list[_Known]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in known:
        for status in each.workflow.statuses:
            found.setdefault(status.id, _status(status, each))
    return list(found.values())


def _status(status: Status, known: _Known) -> dict[str, Any]:
    return {
        "id": status.id,
        "statusReference": status.id,
        "name": status.name,
        "description": "",
        "scope": _scope(known),
        "statusCategory": CATEGORIES[status.category],
    }


def _scope_type(known: _Known) -> str:
    return "PROJECT" if known.owner else "GLOBAL"


def _scope(known: _Known) -> dict[str, Any]:
    return shapes.scope(known.owner) if known.owner else {"type": "GLOBAL"}


def _scheme(caller: Caller, project: Project) -> dict[str, Any]:
    number = FIRST_SCHEME + caller.live.site.projects.index(project)
    scheme = {
        "id": number,
        "name": f"{project.key}: workflow scheme",
        "description": "",
        "defaultWorkflow": project.issue_types[0].workflow.name,
        "issueTypeMappings": {kind.id: kind.workflow.name for kind in project.issue_types},
        "self": shapes.rest_url(caller.live.site, f"/workflowscheme/{number}"),
    }
    return {"projectIds": [project.id], "workflowScheme": scheme}


ADMIN: Final = "manage:jira-configuration"
OPERATIONS: Final = (
    operation("searchWorkflows", "GET", "/workflows/search", search, ADMIN),
    operation("readWorkflows", "POST", "/workflows", read, ADMIN),
    operation("getWorkflowSchemeProjectAssociations", "GET", "/workflowscheme/project", schemes, ADMIN),
)
