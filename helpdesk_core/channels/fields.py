"""The fields of a creation: which can be asked for, and how what was entered is stored. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from helpdesk_core.values import CreateField, FieldOption, FieldValue


def field_out(field: CreateField) -> dict[str, Any]:
    """Return a field as JSON."""
    return asdict(field)


def field_in(stored: Mapping[str, Any]) -> CreateField:
    """Return a field that was stored."""
    options = tuple(FieldOption(**option) for option in stored["options"])
    return CreateField(**{**stored, "options": options})


def values_out(values: Iterable[FieldValue]) -> list[dict[str, Any]]:
    """Return what goes into fields as JSON."""
    return [{"field": field_out(each.field), "value": each.value} for each in values]


def values_in(stored: Iterable[Mapping[str, Any]]) -> tuple[FieldValue, ...]:
    """Return what goes into fields, as it was stored."""
    return tuple(FieldValue(field=field_in(each["field"]), value=each["value"]) for each in stored)


def impossible(fields: Iterable[CreateField]) -> list[CreateField]:
    """Return the fields that are demanded and cannot be sent from here."""
    return [field for field in fields if field.required and not field.shape]


def askable(fields: Iterable[CreateField]) -> list[CreateField]:
    """Return the fields that a form can ask for, the demanded ones first."""
    return sorted((field for field in fields if field.shape), key=lambda field: not field.required)


def entered_values(fields: Iterable[CreateField], entered: Mapping[str, str]) -> tuple[FieldValue, ...]:
    """Return what goes into which field; an empty one is left out."""
    pairs = ((field, entered.get(field.id, "").strip()) for field in fields)
    return tuple(FieldValue(field=field, value=value) for field, value in pairs if value)
