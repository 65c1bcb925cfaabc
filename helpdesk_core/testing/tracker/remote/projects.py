"""What the tracker tells of projects, statuses, workflows, forms and people."""

from __future__ import annotations

from typing import Any

from helpdesk_core.testing.tracker.remote.records import PERMISSIONS, Edge, Field, Kind, Project, Status
from helpdesk_core.testing.tracker.remote.serving import (
    Call,
    RefusedCall,
    codes,
    demand,
    page,
    project_of,
    visible,
)
from helpdesk_core.testing.tracker.remote.state import Remote


def projects(_remote: Remote, call: Call) -> dict[str, Any]:
    """List projects, a page at a time."""
    call.asked("key")
    wanted = call.one("key")
    return page(call, [_project(each) for each in visible(call.place()) if wanted in {"", each.key}])


def statuses(_remote: Remote, call: Call) -> dict[str, Any]:
    """List statuses, a page at a time."""
    call.asked()
    return page(call, [_status(each) for each in call.place().statuses.values()])


def project(_remote: Remote, call: Call) -> dict[str, Any]:
    """Tell all of one project, and what the account may do in it."""
    found, known = project_of(call, call.names["project"]), call.place().statuses
    return _project(found) | {
        "may": [each for each in PERMISSIONS if each not in found.forbidden],
        "kinds": [
            {"id": kind.id, "name": kind.name, "statuses": [_status(known[id_]) for id_ in kind.status_ids]}
            for kind in found.kinds.values()
        ],
    }


def workflow(_remote: Remote, call: Call) -> dict[str, Any]:
    """Tell the workflow of one kind of issue."""
    found = project_of(call, call.names["project"])
    demand(found, "workflow")
    return {"edges": [edge_of(each) for each in kind_of(found, call.names["kind"]).edges]}


def form(_remote: Remote, call: Call) -> dict[str, Any]:
    """Tell the form for a new issue of one kind."""
    found = project_of(call, call.names["project"])
    demand(found, "create")
    return {"fields": [field_of(each) for each in kind_of(found, call.names["kind"]).fields]}


def people(remote: Remote, call: Call) -> dict[str, Any]:
    """Find people by the letters of their names."""
    call.asked("words")
    words = call.one("words").casefold()
    found = [each for each in remote.people.values() if words in each.name.casefold()]
    return page(call, [{"id": each.id, "name": each.name} for each in found])


def kind_of(found: Project, kind_id: str) -> Kind:
    """Find a kind of issue."""
    if kind_id not in found.kinds:
        raise RefusedCall(codes.unprocessable_entity, "unknown_kind", f"{found.key} has no such kind of issue.")
    return found.kinds[kind_id]


def edge_of(edge: Edge) -> dict[str, Any]:
    """Write a move."""
    fields = [field_of(each) for each in edge.fields]
    return {"id": edge.id, "name": edge.name, "from": edge.source, "to": edge.target, "fields": fields}


def field_of(field: Field) -> dict[str, Any]:
    """Write a field."""
    options = [{"id": id_, "name": name} for id_, name in field.options]
    return {"id": field.id, "name": field.name, "type": field.type, "required": field.required, "options": options}


def check_values(fields: tuple[Field, ...], values: object) -> dict[str, object]:
    """Refuse values that the fields do not take, and say which one is missing."""
    given = values if isinstance(values, dict) else {}
    known = {each.id: each for each in fields}
    for name, value in given.items():
        if name not in known or not _fits(known[name], value):
            raise RefusedCall(codes.bad_request, "unknown_value", f"{name} cannot be set to this.")
    for each in fields:
        if each.required and not given.get(each.id):
            raise RefusedCall(codes.unprocessable_entity, "required", f"{each.name} is required.", field=each.id)
    return given


def _fits(field: Field, value: object) -> bool:
    match field.type, value:
        case "option", {"option": str(id_)}:
            return id_ in dict(field.options)
        case "person", {"person": str()}:
            return True
        case "text", str():
            return True
    return False


def _project(found: Project) -> dict[str, Any]:
    return {
        "id": found.id,
        "key": found.key,
        "name": found.name,
        "owns_statuses": found.owns_statuses,
        "archived": found.archived,
    }


def _status(status: Status) -> dict[str, Any]:
    return {"id": status.id, "name": status.name, "category": status.category, "project": status.project_id}
