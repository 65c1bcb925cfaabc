"""Issues: creating one, reading, editing and deleting it (facts §2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import field_values, history, moves, shapes
from plugins.jira.simulator.app_access import demand_access
from plugins.jira.simulator.arguments import list_at, listed, object_at, texts_at
from plugins.jira.simulator.documents import NOT_A_DOCUMENT, TOO_LONG, is_document, is_too_long
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.issue_access import demand, visible
from plugins.jira.simulator.issue_shapes import change_shape, issue_shape
from plugins.jira.simulator.projects import page
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Issue
    from plugins.jira.simulator.world import IssueType, Project

SETTABLE: Final = {"project", "issuetype", "summary", "description", "labels"}
EDITABLE: Final = {"summary", "description", "labels"}
MOST_CHANGES: Final = 100
NO_SUMMARY: Final = "You must specify a summary of the issue."
NOT_A_TEXT: Final = "Operation value must be a string"


def create(caller: Caller) -> Answer:
    """`POST /issue`: 201 with id and key; the issue starts in its workflow's initial status."""
    body = body_object()
    properties = [each for each in list_at(body, "properties") if isinstance(each, dict)]
    fields = object_at(body, "fields")
    if project := _named_project(caller, fields.get("project")):
        demand_access(caller, project)
    notes = {str(each.get("key")): each.get("value") for each in properties}
    issue = place(caller, fields, notes)
    return 201, {
        "id": issue.id,
        "key": caller.live.key_of(issue),
        "self": shapes.rest_url(caller.live.site, f"/issue/{issue.id}"),
    }


def place(caller: Caller, fields: dict[str, Any], properties: dict[str, Any]) -> Issue:
    """Create an issue with these fields, or raise Jira's refusal with every error at once."""
    project, kind = _checked(caller, fields)
    now = caller.state.clock.now()
    issue = caller.live.add_issue(project, kind, str(fields["summary"]), now)
    given = {each.key: each.default for each in kind.fields if each.default is not None} | fields
    issue.description = given.get("description")
    issue.labels = texts_at(given, "labels")
    issue.more = field_values.values(caller, project, kind, fields)
    issue.properties = properties
    history.create(caller.live, issue, account=caller.signed_in().id, now=now)
    return issue


def show(caller: Caller, id_or_key: str) -> Answer:
    """`GET /issue/{idOrKey}`, all fields unless asked for some (recorded nango-get-issue)."""
    return 200, issue_shape(
        caller,
        visible(caller, id_or_key),
        fields=listed("fields") or ["*all"],
        expand=listed("expand"),
        properties=listed("properties"),
    )


def edit(caller: Caller, id_or_key: str) -> Answer:
    """`PUT /issue/{idOrKey}`: sets fields and never a status, whatever `transition` says."""
    issue = visible(caller, id_or_key)
    body = body_object()
    fields, update = object_at(body, "fields"), object_at(body, "update")
    if not fields and not update:
        raise JiraRefusalError(400, "one of 'fields' or 'update' required")
    if not caller.may("EDIT_ISSUES", caller.live.project_of(issue)):
        raise JiraRefusalError(400, errors={name: moves.NOT_ON_SCREEN.format(name) for name in {**fields, **update}})
    errors = {name: moves.NOT_ON_SCREEN.format(name) for name in {**fields, **update} if name not in EDITABLE}
    values = _edited(issue, fields, update)
    errors |= _content_errors(values, EDITABLE)
    if errors:
        raise JiraRefusalError(400, errors=errors)
    history.edit(caller.live, issue, account=caller.signed_in().id, now=caller.state.clock.now(), **values)
    if request.args.get("returnIssue") == "true":
        return 200, issue_shape(caller, issue)
    return 204, None


def delete(caller: Caller, id_or_key: str) -> Answer:
    """`DELETE /issue/{idOrKey}` (recorded nango-delete-issue)."""
    issue = visible(caller, id_or_key)
    demand(caller, issue, "DELETE_ISSUES", "You do not have permission to delete issues in this project.")
    history.delete(caller.live, issue, account=caller.signed_in().id, now=caller.state.clock.now())
    return 204, None


def changelog(caller: Caller, id_or_key: str) -> Answer:
    """`GET /issue/{idOrKey}/changelog`, oldest first (recorded nango-get-issue-changelog)."""
    issue = visible(caller, id_or_key)
    values = [change_shape(caller, change) for change in issue.changelog]
    path = f"/issue/{caller.live.key_of(issue)}/changelog"
    return 200, page(caller, path, values, most=MOST_CHANGES, usual=MOST_CHANGES)


def _edited(issue: Issue, fields: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """The new values: those of `fields`, and `update`'s operations worked into the present ones."""
    values = dict(fields)
    for name in update:
        for step in list_at(update, name):
            found = step if isinstance(step, dict) else {}
            if "set" in found:
                values[name] = found["set"]
            elif name == "labels":
                present = texts_at(values, name) if name in values else issue.labels
                kept = [each for each in present if each != found.get("remove")]
                values[name] = [*kept, found["add"]] if found.get("add") not in (None, *kept) else kept
    if "labels" in values:
        values["labels"] = texts_at(values, "labels")
    return values


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
    more = {each.key for each in kind.fields} if kind else set()
    errors |= _content_errors(fields, SETTABLE | more)
    if project and kind:
        errors = field_values.refusals(caller, project, kind, fields) | errors
    if "summary" not in fields:
        errors["summary"] = NO_SUMMARY
    if errors or project is None or kind is None:
        raise JiraRefusalError(400, errors=errors)
    return project, kind


def _content_errors(fields: dict[str, Any], settable: set[str]) -> dict[str, str]:
    errors = {name: moves.NOT_ON_SCREEN.format(name) for name in fields if name not in settable}
    if "summary" in fields:
        errors |= _summary_errors(fields["summary"])
    description = fields.get("description")
    if description is not None and not is_document(description):
        errors["description"] = NOT_A_DOCUMENT
    elif is_too_long(description):
        errors["description"] = TOO_LONG
    spaced = [label for label in texts_at(fields, "labels") if " " in label]
    if spaced:
        errors["labels"] = f"The label '{spaced[0]}' contains spaces which is invalid."
    return errors


def _summary_errors(given: Any) -> dict[str, str]:
    if given is not None and not isinstance(given, str):
        return {"summary": NOT_A_TEXT}
    return {} if given and given.strip() else {"summary": NO_SUMMARY}


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


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
OPERATIONS: Final = (
    operation("createIssue", "POST", "/issue", create, WRITE),
    operation("getIssue", "GET", "/issue/<id_or_key>", show, READ),
    operation("editIssue", "PUT", "/issue/<id_or_key>", edit, WRITE),
    operation("deleteIssue", "DELETE", "/issue/<id_or_key>", delete, WRITE),
    operation("getChangeLogs", "GET", "/issue/<id_or_key>/changelog", changelog, READ),
)
