"""Issues: creating one, reading it, and moving it through its workflow (facts §2.6, §2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import history, moves, shapes
from plugins.jira.simulator.clock import jira_time
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.people import ISSUE_UNSEEN
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Issue
    from plugins.jira.simulator.world import IssueType, Project, Transition

EXPAND: Final = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
SETTABLE: Final = {"project", "issuetype", "summary", "description", "labels"}
NOT_A_DOCUMENT: Final = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
IN_BOTH: Final = "Field '{}' cannot appear in both 'fields' and 'update'"


def create(caller: Caller) -> Answer:
    """`POST /issue`: 201 with id and key; the issue starts in its workflow's initial status."""
    body = body_object()
    fields = _object(body, "fields")
    project, kind = _checked(caller, fields)
    now = caller.state.clock.now()
    issue = caller.live.add_issue(project, kind, str(fields["summary"]), now)
    issue.description = fields.get("description")
    issue.labels = [str(label) for label in _list(fields, "labels")]
    issue.properties = {
        str(each.get("key")): each.get("value") for each in _list(body, "properties") if isinstance(each, dict)
    }
    history.create(caller.live, issue, account=caller.signed_in().id, now=now)
    return 201, {
        "id": issue.id,
        "key": caller.live.key_of(issue),
        "self": shapes.rest_url(caller.live.site, f"/issue/{issue.id}"),
    }


def show(caller: Caller, id_or_key: str) -> Answer:
    """`GET /issue/{idOrKey}`, all fields unless asked for some (recorded nango-get-issue)."""
    issue = _visible(caller, id_or_key)
    expand = set(request.args.get("expand", "").split(","))
    shape: dict[str, Any] = {
        "expand": EXPAND,
        "id": issue.id,
        "self": shapes.rest_url(caller.live.site, f"/issue/{issue.id}"),
        "key": caller.live.key_of(issue),
        "fields": _chosen(fields_of(caller, issue)),
    }
    if "properties" in request.args:
        names = _listed("properties")
        shape["properties"] = {
            name: value for name, value in issue.properties.items() if name in names or "*all" in names
        }
    if expand & {"transitions", "transitions.fields"}:
        with_fields = "transitions.fields" in expand
        shape["transitions"] = _transitions(caller, issue, with_fields=with_fields)
    return 200, shape


def transitions(caller: Caller, id_or_key: str) -> Answer:
    """`GET /issue/{idOrKey}/transitions`: only what is open now; an unknown id lists nothing."""
    issue = _visible(caller, id_or_key)
    with_fields = "transitions.fields" in request.args.get("expand", "").split(",")
    found = _transitions(caller, issue, with_fields=with_fields)
    if wanted := request.args.get("transitionId"):
        found = [each for each in found if each["id"] == wanted]
    return 200, {"expand": "transitions", "transitions": found}


def move(caller: Caller, id_or_key: str) -> Answer:
    """`POST /issue/{idOrKey}/transitions`: 204 and nothing else, or a 400 that says why."""
    issue = _visible(caller, id_or_key)
    body = body_object()
    wanted = _object(body, "transition").get("id")
    if wanted is None:
        raise JiraRefusalError(400, "Missing 'transition' identifier")
    chosen = next((each for each in open_to(caller, issue) if each.id == str(wanted)), None)
    if chosen is None:
        raise JiraRefusalError(
            400,
            "It seems that you have tried to perform a workflow operation "
            f"({wanted}) that is not valid for the current state of this issue "
            f"({caller.live.key_of(issue)}).",
        )
    take(caller, issue, chosen, body)
    return 204, None


def take(caller: Caller, issue: Issue, chosen: Transition, body: dict[str, Any]) -> None:
    fields, update = _object(body, "fields"), _object(body, "update")
    twice = {name: IN_BOTH.format(name) for name in fields if name in update}
    if twice:
        raise JiraRefusalError(400, errors=twice)
    workflow = caller.live.type_of(issue).workflow
    given = {*fields, *(name for name in update if name != "comment")}
    refused = moves.refusal(workflow, chosen, given, comment="comment" in update)
    if refused is not None:
        messages, errors = refused
        raise JiraRefusalError(400, *messages, errors=errors)
    resolution = moves.resolution(fields.get("resolution")) if "resolution" in fields else None
    if "resolution" in fields and resolution is None:
        raise JiraRefusalError(400, errors={"resolution": "Specify a valid 'id' or 'name'"})
    history.set_status(
        caller.live,
        issue,
        chosen.target,
        account=caller.signed_in().id,
        now=caller.state.clock.now(),
        resolution=resolution,
    )


def _visible(caller: Caller, id_or_key: str) -> Issue:
    issue = caller.live.issue(id_or_key)
    if issue is None or not caller.may("BROWSE_PROJECTS", caller.live.project_of(issue)):
        raise JiraRefusalError(404, ISSUE_UNSEEN)
    return issue


def open_to(caller: Caller, issue: Issue) -> list[Transition]:
    """Open moves; without the permission there are none, and no error either (facts §2.7)."""
    if not caller.may("TRANSITION_ISSUES", caller.live.project_of(issue)):
        return []
    return moves.open_moves(caller.live.type_of(issue).workflow, issue.status_id)


def _transitions(caller: Caller, issue: Issue, *, with_fields: bool) -> list[dict[str, Any]]:
    workflow = caller.live.type_of(issue).workflow
    found = []
    for each in open_to(caller, issue):
        target = workflow.status(each.target)
        assert target is not None, "loading checks that every transition leads to a status"
        shape: dict[str, Any] = {
            "id": each.id,
            "name": each.name,
            "to": shapes.status_in_issue(caller.live.site, target),
            "hasScreen": each.screen,
            "isGlobal": each.sources is None,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": bool(each.conditions),
            "isLooped": False,
        }
        if with_fields:
            shape["fields"] = moves.announced_fields(workflow, each)
        found.append(shape)
    return found


def _checked(caller: Caller, fields: dict[str, Any]) -> tuple[Project, IssueType]:
    """The project and type of an issue to create, or Jira's refusal with every error at once."""
    errors: dict[str, str] = {}
    project = _named_project(caller, fields.get("project"))
    kind = None
    if project is None:
        errors["project"] = "Specify a valid project ID or key"
    elif not caller.may("CREATE_ISSUES", project):
        errors["project"] = "You do not have permission to create issues in this project."
    else:
        kind = _named_type(project, fields.get("issuetype"))
        if kind is None:
            known = "issuetype" in fields
            errors["issuetype"] = "Specify a valid issue type" if known else "Specify an issue type"
    errors |= _content_errors(fields)
    if errors or project is None or kind is None:
        raise JiraRefusalError(400, errors=errors)
    return project, kind


def _content_errors(fields: dict[str, Any]) -> dict[str, str]:
    errors = {name: moves.NOT_ON_SCREEN.format(name) for name in fields if name not in SETTABLE}
    if not str(fields.get("summary") or "").strip():
        errors["summary"] = "You must specify a summary of the issue."
    description = fields.get("description")
    if description is not None and not (isinstance(description, dict) and description.get("type") == "doc"):
        errors["description"] = NOT_A_DOCUMENT
    return errors


def _named_project(caller: Caller, given: Any) -> Project | None:
    named = given if isinstance(given, dict) else {}
    project = caller.live.project(str(named.get("id") or named.get("key") or ""))
    if project is None or not caller.may("BROWSE_PROJECTS", project):
        return None
    return project


def _named_type(project: Project, given: Any) -> IssueType | None:
    named = given if isinstance(given, dict) else {}
    for kind in project.issue_types:
        if str(named.get("id")) == kind.id or ("id" not in named and named.get("name") == kind.name):
            return kind
    return None


def fields_of(caller: Caller, issue: Issue) -> dict[str, Any]:
    live = caller.live
    project, kind, status = live.project_of(issue), live.type_of(issue), live.status_of(issue)
    creator = caller.state.accounts[issue.creator or live.site.members[0].account]
    return {
        "statuscategorychangedate": jira_time(issue.status_changed or issue.created),
        "issuetype": shapes.issue_type(live.site, kind),
        "project": _project_in_issue(caller, project),
        "description": issue.description,
        "status": shapes.status_in_issue(live.site, status),
        "statusCategory": shapes.category(live.site, status.category),
        "resolution": _resolution(caller, issue),
        "resolutiondate": jira_time(issue.resolved) if issue.resolved else None,
        "summary": issue.summary,
        "labels": issue.labels,
        "creator": shapes.full_user(live, creator),
        "reporter": shapes.full_user(live, creator),
        "assignee": None,
        "created": jira_time(issue.created),
        "updated": jira_time(issue.updated),
        "subtasks": [],
        "components": [],
        "fixVersions": [],
        "attachment": [],
    }


def _project_in_issue(caller: Caller, project: Project) -> dict[str, Any]:
    shape = shapes.project(caller.live, project)
    wanted = ("self", "id", "key", "name", "projectTypeKey", "simplified", "avatarUrls")
    return {name: shape[name] for name in wanted}


def _resolution(caller: Caller, issue: Issue) -> dict[str, Any] | None:
    if issue.resolution is None:
        return None
    link = shapes.rest_url(caller.live.site, f"/resolution/{issue.resolution['id']}")
    return {"self": link, "description": "", **issue.resolution}


def _chosen(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that the query asks for: names, `*all`, and `-name` to leave one out."""
    asked = _listed("fields")
    if not asked:
        return fields
    without = {name[1:] for name in asked if name.startswith("-")}
    everything = bool({"*all", "*navigable"} & set(asked)) or len(without) == len(asked)
    return {name: value for name, value in fields.items() if name not in without and (everything or name in asked)}


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _list(body: dict[str, Any], name: str) -> list[Any]:
    found = body.get(name)
    return found if isinstance(found, list) else []


def _listed(name: str) -> list[str]:
    given = ",".join(request.args.getlist(name))
    return [part.strip() for part in given.split(",") if part.strip()]


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
OPERATIONS: Final = (
    operation("createIssue", "POST", "/issue", create, WRITE),
    operation("getIssue", "GET", "/issue/<id_or_key>", show, READ),
    operation("getTransitions", "GET", "/issue/<id_or_key>/transitions", transitions, READ),
    operation("doTransition", "POST", "/issue/<id_or_key>/transitions", move, WRITE),
)
