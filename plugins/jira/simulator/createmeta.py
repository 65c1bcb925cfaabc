"""What an issue needs when it is created: its types and their fields (facts §2.5).

Shaped like the fields of the recorded `createmeta` answers; the calls by project and type are paged, and
call their lists `issueTypes` and `fields`. Not confirmed, and decided here: whoever may not create issues
in a project, or does not see it, gets a 400, the only refusal that the document names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import shapes
from plugins.jira.simulator.create_fields import CHOSEN, SYSTEM, CreateField
from plugins.jira.simulator.field_values import shape
from plugins.jira.simulator.gateway import Answer, Caller, operation
from plugins.jira.simulator.issue_shapes import project_in_issue
from plugins.jira.simulator.projects import bounds, scoped_type
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.world import IssueType, Project

MOST: Final = 200
USUAL: Final = 50
NO_PROJECT: Final = "Specify a valid project ID or key"
MAY_NOT_CREATE: Final = "You do not have permission to create issues in this project."
NO_TYPE: Final = "Specify a valid issue type"
ALWAYS_OFFERED: Final = ("description", "labels")


def issue_types(caller: Caller, id_or_key: str) -> Answer:
    project = _project(caller, id_or_key)
    return 200, _page("issueTypes", [scoped_type(caller, project, kind) for kind in project.issue_types])


def fields(caller: Caller, id_or_key: str, type_id: str) -> Answer:
    project = _project(caller, id_or_key)
    kind = caller.live.issue_type(project, type_id)
    if kind is None:
        raise JiraRefusalError(400, errors={"issuetype": NO_TYPE})
    first = [_summary(), _issue_type(caller, kind), _the_project(caller, project)]
    return 200, _page("fields", first + [_announced(caller, project, each) for each in offered(kind)])


def offered(kind: IssueType) -> list[CreateField]:
    """The fields to fill in beside the summary: those that are always there, and those of the type."""
    own = {field.key: field for field in kind.fields}
    usual = {key: CreateField(key=key, name=SYSTEM[key][0], kind=SYSTEM[key][1]) for key in ALWAYS_OFFERED}
    return list((usual | own).values())


def _project(caller: Caller, id_or_key: str) -> Project:
    project = caller.live.project(id_or_key)
    if project is None or not caller.may("BROWSE_PROJECTS", project):
        raise JiraRefusalError(400, errors={"project": NO_PROJECT})
    if not caller.may("CREATE_ISSUES", project):
        raise JiraRefusalError(400, errors={"project": MAY_NOT_CREATE})
    return project


def _page(name: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    start, size = bounds(most=MOST, usual=USUAL)
    return {"startAt": start, "maxResults": size, "total": len(values), name: values[start : start + size]}


def _field(key: str, name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {
        "required": required,
        "schema": schema,
        "name": name,
        "key": key,
        "fieldId": key,
        "hasDefaultValue": False,
        "operations": ["set"],
    }


def _summary() -> dict[str, Any]:
    return _field("summary", "Summary", {"type": "string", "system": "summary"}, required=True)


def _issue_type(caller: Caller, kind: IssueType) -> dict[str, Any]:
    told = _field("issuetype", "Issue Type", {"type": "issuetype", "system": "issuetype"}, required=True)
    return told | {"operations": [], "allowedValues": [shapes.issue_type(caller.live.site, kind)]}


def _the_project(caller: Caller, project: Project) -> dict[str, Any]:
    told = _field("project", "Project", {"type": "project", "system": "project"}, required=True)
    return told | {"allowedValues": [project_in_issue(caller, project)]}


def _announced(caller: Caller, project: Project, field: CreateField) -> dict[str, Any]:
    told = _field(field.key, field.name, field.schema, required=field.required)
    if told["schema"]["type"] == "array":
        told["operations"] = ["add", "set", "remove"]
    if field.kind in CHOSEN:
        name = "name" if field.kind in ("priority", "components") else "value"
        options = [{"id": each.id, name: each.name} for each in field.options(project.components)]
        told["allowedValues"] = shape(caller, field.key, options)
    if url := _complete_url(caller, project, field):
        told["autoCompleteUrl"] = url
    if field.default is not None:
        told |= {"hasDefaultValue": True, "defaultValue": shape(caller, field.key, field.default)}
    return told


def _complete_url(caller: Caller, project: Project, field: CreateField) -> str | None:
    """Where a person's choice is completed, as recorded; only the assignee's is served here."""
    rest = shapes.rest_url(caller.live.site, "")
    old = f"{rest.removesuffix('/3')}/1.0"
    if field.key == "assignee":
        return f"{rest}/user/assignable/search?project={project.key}&query="
    if field.kind == "user":
        return f"{old}/users/picker?fieldName={field.key}&projectId={project.id}&showAvatar=true&query="
    return f"{old}/labels/suggest?query=" if field.kind == "labels" else None


READ: Final = "read:jira-work"
TYPES: Final = "/issue/createmeta/<id_or_key>/issuetypes"
OPERATIONS: Final = (
    operation("getCreateIssueMetaIssueTypes", "GET", TYPES, issue_types, READ),
    operation("getCreateIssueMetaIssueTypeId", "GET", f"{TYPES}/<type_id>", fields, READ),
)
