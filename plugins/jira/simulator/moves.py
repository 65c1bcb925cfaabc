"""What a transition shows, asks for and refuses; pure rules on workflows (facts §2.7).

Exports of workflows do not tell what is on a screen. So where a world tells no `fields`, a screen on
the way into a done status holds the resolution, which Jira always demands where it shows it, and any
other screen holds an optional assignee. What a validator demands is *not* announced, as in earnest:
only the refusal tells it. A condition hides the move from those who lack its permission.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator.world import ScreenField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.jira.simulator.world import Transition, Validator, Workflow

May = Callable[[str], bool]
RESOLUTIONS: Final = {
    "10000": "Done",
    "10001": "Won't Do",
    "10002": "Duplicate",
    "10003": "Cannot Reproduce",
}
NOT_ON_SCREEN: Final = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
FIRST_OPTION: Final = 10100
OPTION_TYPE: Final = "com.atlassian.jira.plugin.system.customfieldtypes:select"
TEXT_TYPE: Final = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"


def open_moves(workflow: Workflow, status_id: str) -> list[Transition]:
    return [move for move in workflow.transitions if move.open_from(status_id)]


def conditions_met(move: Transition, may: May) -> bool:
    return all(each.permission is None or may(each.permission) for each in move.conditions)


def screen_fields(workflow: Workflow, move: Transition) -> tuple[ScreenField, ...]:
    if not move.screen:
        return ()
    if move.fields is not None:
        return move.fields
    if is_done(workflow, move.target):
        return (ScreenField(key="resolution", name="Resolution", required=True),)
    return (ScreenField(key="assignee", name="Assignee"),)


def announced_fields(workflow: Workflow, move: Transition) -> dict[str, dict[str, Any]]:
    """What `expand=transitions.fields` tells about the move's screen."""
    return {field.key: _announced(field) for field in screen_fields(workflow, move)}


def refusal(
    workflow: Workflow, move: Transition, given: Mapping[str, Any], *, comment: bool, may: May
) -> tuple[list[str], dict[str, str]] | None:
    """Why the move is refused with these fields: messages and errors by field, or None.

    Screens speak in `errors`, validators in `errorMessages` (recorded error-400-*).
    """
    fields = {field.key: field for field in screen_fields(workflow, move)}
    demanded = {each.field for each in move.validators if each.field} if move.screen else set()
    errors = {name: NOT_ON_SCREEN.format(name) for name in given if name not in {*fields, *demanded}}
    for name, field in fields.items():
        if given.get(name) is None:
            if field.required:
                errors[name] = f"{field.name} is required."
        elif options(field) and allowed_value(field, given[name]) is None:
            errors[name] = f"Specify a valid 'id' or 'name' for {field.name}"
    if errors:
        return [], errors
    present = {name for name, value in given.items() if value is not None} | ({"comment"} if comment else set())
    messages = [_message(each, fields) for each in move.validators if not _passes(each, present, may)]
    return (messages, {}) if messages else None


def options(field: ScreenField) -> list[dict[str, str]]:
    """The values that a field offers, as `allowedValues` lists them."""
    if field.key == "resolution":
        names = {name: number for number, name in RESOLUTIONS.items()}
        chosen = field.allowed or tuple(names)
        return [{"id": names.get(each, str(FIRST_OPTION + i)), "name": each} for i, each in enumerate(chosen)]
    return [{"id": str(FIRST_OPTION + i), "value": each} for i, each in enumerate(field.allowed)]


def allowed_value(field: ScreenField, given: Any) -> dict[str, str] | None:
    """The offered value that a request names by id, name or value, or None."""
    wanted = given if isinstance(given, dict) else {}
    for each in options(field):
        if any(name in wanted and str(wanted[name]) == value for name, value in each.items()):
            return each
    return None


def taken_values(workflow: Workflow, move: Transition, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the request leaves in the issue's fields, as it is read back later."""
    values: dict[str, Any] = {}
    for field in screen_fields(workflow, move):
        if field.key in given:
            values[field.key] = allowed_value(field, given[field.key]) if options(field) else given[field.key]
    return values


def is_done(workflow: Workflow, status_id: str) -> bool:
    status = workflow.status(status_id)
    return status is not None and status.category == "done"


def _passes(validator: Validator, present: set[str], may: May) -> bool:
    if validator.permission is not None:
        return may(validator.permission)
    return validator.field in present


def _message(validator: Validator, fields: Mapping[str, ScreenField]) -> str:
    if validator.message:
        return validator.message
    if validator.field is None:
        return "You do not have permission to perform this transition."
    known = fields.get(validator.field)
    name = known.name if known else validator.field[:1].upper() + validator.field[1:]
    return f"Field {name} is required."


def _announced(field: ScreenField) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "required": field.required,
        "schema": _schema(field),
        "name": field.name,
        "key": field.key,
        "hasDefaultValue": False,
        "operations": ["set"],
    }
    return shape | {"allowedValues": options(field)} if options(field) else shape


def _schema(field: ScreenField) -> dict[str, Any]:
    if not field.key.startswith("customfield_"):
        return {"type": "resolution" if field.key == "resolution" else "user", "system": field.key}
    return {
        "type": "option" if field.allowed else "string",
        "custom": OPTION_TYPE if field.allowed else TEXT_TYPE,
        "customId": int(field.key.removeprefix("customfield_")),
    }
