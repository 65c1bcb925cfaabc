"""The values of an issue's further fields: taken at its creation, and shown as Jira shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import shapes
from plugins.jira.simulator.create_fields import CUSTOM_PREFIX, LISTS, FieldError, Offer, Person, missing, taken
from plugins.jira.simulator.documents import is_document, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.jira.simulator.create_fields import CreateField
    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.state import Issue, LiveSite
    from plugins.jira.simulator.world import IssueType, Project


def offer(caller: Caller, project: Project, field: CreateField) -> Offer:
    return Offer(field.options(project.components), assignable(caller, project))


def assignable(caller: Caller, project: Project) -> list[str]:
    """The accounts that can be given something to do in a project: those that see it."""
    members = [each for each in caller.live.site.members if each.may("BROWSE_PROJECTS", project)]
    return [each.account for each in members if caller.state.accounts[each.account].active]


def refusals(caller: Caller, project: Project, kind: IssueType, fields: Mapping[str, Any]) -> dict[str, str]:
    """Why an issue with these fields cannot be created: words by field."""
    errors = {}
    for field in kind.fields:
        if words := missing(field, fields):
            errors[field.key] = words
        elif fields.get(field.key) is not None and field.of_its_own:
            try:
                taken(field, fields[field.key], offer(caller, project, field))
            except FieldError as error:
                errors[field.key] = str(error)
    return errors


def values(caller: Caller, project: Project, kind: IssueType, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What an issue keeps of fields that are not refused; defaults stand for what is not told."""
    found = defaults(kind)
    for field in kind.fields:
        if field.of_its_own and field.key in fields:
            given = fields[field.key]
            found[field.key] = taken(field, given, offer(caller, project, field)) if given is not None else None
    return found


def defaults(kind: IssueType) -> dict[str, Any]:
    return {field.key: field.default for field in kind.fields if field.of_its_own and field.default is not None}


def shown(caller: Caller, issue: Issue) -> dict[str, Any]:
    """Every field of the issue's type, empty or not, and what transitions have left in others."""
    fields = [field for field in caller.live.type_of(issue).fields if field.of_its_own]
    empty: dict[str, Any] = {field.key: [] if field.kind in LISTS else None for field in fields}
    kept = {key: value for key, value in issue.more.items() if value is not None}
    return empty | {key: shape(caller, key, value) for key, value in kept.items()}


def shape(caller: Caller, key: str, value: Any) -> Any:
    """A kept value as JSON, with its links."""
    if isinstance(value, Person):
        return shapes.full_user(caller.live, caller.state.accounts[value.account])
    if isinstance(value, list):
        return [shape(caller, key, each) for each in value]
    if isinstance(value, dict) and "id" in value:
        return {"self": shapes.rest_url(caller.live.site, _path(key, value["id"]))} | _icon(caller.live, key, value)
    return value


def words(caller: Caller, value: Any) -> str:
    """A kept value as a person reads it."""
    if isinstance(value, Person):
        return caller.state.accounts[value.account].name
    if isinstance(value, list):
        return ", ".join(words(caller, each) for each in value)
    if is_document(value):
        return plain_text(value)
    return str(value.get("name") or value.get("value") or "") if isinstance(value, dict) else str(value)


def _path(key: str, number: str) -> str:
    if key.startswith(CUSTOM_PREFIX):
        return f"/customFieldOption/{number}"
    return f"/component/{number}" if key == "components" else f"/{key}/{number}"


def _icon(live: LiveSite, key: str, value: dict[str, Any]) -> dict[str, Any]:
    if key != "priority":
        return value
    icon = f"{shapes.site_url(live.site)}/images/icons/priorities/{value['name'].lower()}_new.svg"
    return {"iconUrl": icon} | value
