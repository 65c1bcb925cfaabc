"""Creating an issue as a person: a page with every field that its type offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import abort, request

from plugins.jira.simulator import issues
from plugins.jira.simulator.board_pages import back_to_board, page, project_of
from plugins.jira.simulator.create_fields import CHOSEN, LISTS
from plugins.jira.simulator.createmeta import MAY_NOT_CREATE, offered
from plugins.jira.simulator.documents import text_document
from plugins.jira.simulator.field_values import assignable, words
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from plugins.jira.simulator.create_fields import CreateField
    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.world import IssueType, Project

INPUTS: Final = {"number": "number", "date": "date"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A field on the page; `options` are pairs of value and words, if there is a choice."""

    key: str
    name: str
    input: str
    required: bool
    several: bool
    options: list[tuple[str, str]]
    chosen: list[str]


def ask(caller: Caller, key: str, type_id: str) -> ResponseReturnValue:
    project = project_of(caller, key)
    return _form(caller, project, _type(project, type_id))


def create(caller: Caller, key: str, type_id: str) -> ResponseReturnValue:
    """From this page, or from the short form on the board, which knows the summary alone."""
    project = project_of(caller, key)
    kind = _type(project, type_id)
    if not caller.may("CREATE_ISSUES", project):
        return _form(caller, project, kind, [MAY_NOT_CREATE]), 403
    fields = {"project": {"id": project.id}, "issuetype": {"id": kind.id}, "summary": request.form.get("summary", "")}
    fields |= {field.key: value for field in offered(kind) if (value := _value(field)) is not None}
    try:
        issue = issues.place(caller, fields, {})
    except JiraRefusalError as refusal:
        return _form(caller, project, kind, refusal.words), refusal.status
    return back_to_board(caller, issue)


def _type(project: Project, type_id: str) -> IssueType:
    found = next((each for each in project.issue_types if each.id == type_id), None)
    return found if found is not None else abort(404)


def _form(caller: Caller, project: Project, kind: IssueType, problems: Sequence[str] = ()) -> str:
    entries = [_entry(caller, project, field) for field in offered(kind)]
    summary = request.form.get("summary", "")
    return page(caller, "create.html", project=project, kind=kind, entries=entries, summary=summary, problems=problems)


def _entry(caller: Caller, project: Project, field: CreateField) -> Entry:
    name = f"field-{field.key}"
    given = request.form.getlist(name) if name in request.form else _default(caller, field)
    options = [(each.id, each.name) for each in field.options(project.components)]
    if field.kind == "user":
        options = [(each, caller.state.accounts[each].name) for each in assignable(caller, project)]
    kind = "textarea" if field.kind == "textarea" else INPUTS.get(field.kind, "text")
    several = field.kind in LISTS and field.kind in CHOSEN
    return Entry(field.key, field.name, kind, field.required, several, options, given)


def _default(caller: Caller, field: CreateField) -> list[str]:
    """The default as the form holds it: ids of what is chosen, or the words."""
    if field.default is None:
        return []
    each_alone = field.default if isinstance(field.default, list) else [field.default]
    if field.kind in CHOSEN:
        return [str(each["id"]) for each in each_alone]
    if field.kind == "user":
        return [field.default.account]
    return [" ".join(words(caller, each) for each in each_alone)]


def _value(field: CreateField) -> Any:
    """What the form holds, as a request would send it; None where nothing was filled in."""
    given = [each.strip() for each in request.form.getlist(f"field-{field.key}") if each.strip()]
    if not given:
        return None
    if field.kind in CHOSEN:
        chosen = [{"id": each} for each in given]
        return chosen if field.kind in LISTS else chosen[0]
    if field.kind == "labels":
        return given[0].split()
    if field.kind == "user":
        return {"accountId": given[0]}
    if field.kind == "number":
        return _number(given[0])
    return text_document(given[0]) if field.kind == "textarea" else given[0]


def _number(given: str) -> float | str:
    try:
        return float(given)
    except ValueError:
        return given  # Jira refuses it in its own words
