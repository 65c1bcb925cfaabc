"""The form in which an agent fills in what creating an issue demands. Its fields come from the remote system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as Voluntary

from helpdesk_core.values import CreateField

PREFIX: Final = "field-"
MAX_VALUE: Final = 255


def make_form(fields: Iterable[CreateField]) -> FlaskForm:
    """Return a form that asks for these fields, filled in with what was sent."""
    asked = {f"{PREFIX}{field.id}": _control(field) for field in fields}
    return type("CreateForm", (FlaskForm,), asked)()


def entered(form: FlaskForm) -> dict[str, str]:
    """Return what was entered, by field id."""
    return {
        name.removeprefix(PREFIX): str(control.data or "").strip()
        for name, control in form._fields.items()
        if name.startswith(PREFIX)
    }


def _control(field: CreateField) -> Field:
    missing = f"{field.name} is demanded. {'Choose' if field.options else 'Enter'} a value."
    checks = [InputRequired(missing)] if field.required else [Voluntary()]
    if not field.options:
        return StringField(field.name, [*checks, Length(max=MAX_VALUE)], render_kw={"maxlength": MAX_VALUE})
    choices = [SelectChoice("", "Choose…" if field.required else "–")]
    choices += [SelectChoice(option.id, option.name) for option in field.options]
    return SelectField(field.name, checks, choices=choices, render_kw={"required": field.required})
