"""What a transition shows, asks for and refuses; pure rules on workflows (facts §2.7).

Exports of workflows do not tell what is on a screen. So here a screen on the way into a done
status holds the resolution, which Jira always demands where it shows it, and any other screen holds
an optional assignee. Fields that a validator demands are *not* announced, as in earnest: only the
refusal tells them. Conditions are announced (`isConditional`) and always met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.jira.simulator.world import Transition, Workflow

RESOLUTIONS: Final = {
    "10000": "Done",
    "10001": "Won't Do",
    "10002": "Duplicate",
    "10003": "Cannot Reproduce",
}
NOT_ON_SCREEN: Final = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def open_moves(workflow: Workflow, status_id: str) -> list[Transition]:
    return [move for move in workflow.transitions if move.open_from(status_id)]


def announced_fields(workflow: Workflow, move: Transition) -> dict[str, dict[str, Any]]:
    """What `expand=transitions.fields` tells about the move's screen."""
    if not move.screen:
        return {}
    if is_done(workflow, move.target):
        return {"resolution": _field("resolution", "Resolution", required=True)}
    return {"assignee": _field("assignee", "Assignee", required=False)}


def refusal(
    workflow: Workflow, move: Transition, given: Collection[str], *, comment: bool
) -> tuple[list[str], dict[str, str]] | None:
    """Why the move is refused with these fields: messages and errors by field, or None.

    Screens speak in `errors`, validators in `errorMessages` (recorded error-400-*).
    """
    announced = announced_fields(workflow, move)
    settable = {*announced, *(move.required_fields if move.screen else ())}
    errors = {name: NOT_ON_SCREEN.format(name) for name in given if name not in settable}
    for name, field in announced.items():
        if field["required"] and name not in given:
            errors[name] = f"{field['name']} is required."
    if errors:
        return [], errors
    missing = [name for name in move.required_fields if name not in given]
    if comment:
        missing = [name for name in missing if name != "comment"]
    if missing:
        return [f"Field {name[:1].upper()}{name[1:]} is required." for name in missing], {}
    return None


def resolution(given: Any) -> dict[str, str] | None:
    """The resolution that a request names by id or name, or None where there is no such one."""
    wanted = given if isinstance(given, dict) else {}
    for number, name in RESOLUTIONS.items():
        if wanted.get("id") == number or wanted.get("name") == name:
            return {"id": number, "name": name}
    return None


def is_done(workflow: Workflow, status_id: str) -> bool:
    status = workflow.status(status_id)
    return status is not None and status.category == "done"


def _field(key: str, name: str, *, required: bool) -> dict[str, Any]:
    field: dict[str, Any] = {
        "required": required,
        "schema": {"type": "resolution" if key == "resolution" else "user", "system": key},
        "name": name,
        "key": key,
        "hasDefaultValue": False,
        "operations": ["set"],
    }
    if key == "resolution":
        field["allowedValues"] = [{"id": number, "name": each} for number, each in RESOLUTIONS.items()]
    return field
