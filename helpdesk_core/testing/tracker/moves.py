"""Reads what more than one facet meets: issues, moves, and the fields of their screens."""

from __future__ import annotations

from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import FieldOption, Issue, Transition, TransitionField


def issue_of(told: Told) -> Issue:
    """Read an issue."""
    return Issue(
        id=told.text("id"),
        key=told.text("key"),
        title=told.text("title"),
        url=told.address("url"),
        project_id=told.text("project"),
        kind_id=told.text("kind"),
        status_id=told.text("status"),
    )


def transition_of(told: Told) -> Transition:
    """Read a move."""
    fields = tuple(map(field_of, told.items("fields")))
    return Transition(id=told.text("id"), name=told.text("name"), to_id=told.text("to"), fields=fields)


def field_of(told: Told) -> TransitionField:
    """Read a field; the note says how a value must be sent."""
    return TransitionField(
        id=told.text("id"),
        name=told.text("name"),
        required=told.flag("required"),
        options=options_of(told),
        shape=told.text("type"),
    )


def options_of(told: Told) -> tuple[FieldOption, ...]:
    """Read the values that a field may take."""
    return tuple(FieldOption(id=each.text("id"), name=each.text("name")) for each in told.items("options"))


def shaped(shape: str, value: str) -> object:
    """Return a value as the tracker takes it for a field of this type."""
    return {shape: value} if shape in {"option", "person"} else value
