"""The forms of channels, and what creating an issue demands in them: those fields come from the remote system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as Voluntary

from helpdesk_core.channels.asking import Target
from helpdesk_core.channels.fields import entered_values
from helpdesk_core.channels.models import MAX_CHANNEL_NAME, Way
from helpdesk_core.channels.saving import Draft
from helpdesk_core.values import CreateField, FieldValue

CREATES: Final = {
    Way.BOTH: "New tickets become issues, and new issues become tickets",
    Way.OUT: "New tickets become issues",
    Way.IN: "New issues become tickets",
    Way.NOT: "Only by hand, from a ticket’s page",
}
STATUSES: Final = {
    Way.BOTH: "Tickets and issues follow each other",
    Way.OUT: "Issues follow their tickets",
    Way.IN: "Tickets follow their issues",
    Way.NOT: "Neither follows",
}
COMMENTS: Final = {
    Way.BOTH: "Public replies go to the issue, and its comments come to the ticket",
    Way.OUT: "Public replies go to the issue",
    Way.IN: "Comments of the issue come to the ticket",
    Way.NOT: "Comments stay where they are written",
}
VISIBILITIES: Final = (
    ("", "As internal notes"),
    ("yes", "As public replies, where everybody who sees the issue may read them"),
)
PREFIX: Final = "field-"
MAX_VALUE: Final = 255


def _choices(words: Mapping[Way, str]) -> list[SelectChoice]:
    return [SelectChoice(way.value, said) for way, said in words.items()]


class ChannelForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A channel, but for the fields that creating demands."""

    name = StringField(
        "Name",
        [InputRequired("Give the channel a name."), Length(max=MAX_CHANNEL_NAME)],
        description="Agents choose by it where several channels make issues of new tickets.",
        render_kw={"maxlength": MAX_CHANNEL_NAME},
    )
    creates = RadioField("Creating", choices=_choices(CREATES), default=Way.BOTH.value)
    status = RadioField("Statuses", choices=_choices(STATUSES), default=Way.BOTH.value)
    comments = RadioField("Comments", choices=_choices(COMMENTS), default=Way.BOTH.value)
    public = RadioField("Comments of the issue come", choices=[SelectChoice(*one) for one in VISIBILITIES], default="")


def make_form(fields: Iterable[CreateField], values: Iterable[FieldValue] = ()) -> FlaskForm:
    """Return a form that asks for these fields, filled in with what was sent, else with `values`."""
    return _extended(FlaskForm, fields)(data=_data(values))


def make_channel_form(
    fields: Iterable[CreateField], *, demanded: bool, values: Iterable[FieldValue] = (), **entered: object
) -> ChannelForm:
    """Return the form of a channel, filled in with what was sent, else with what is given.

    Args:
        fields: what creating asks for.
        demanded: whether issues are created at all, so that the demanded ones must be filled in.
        values: what was chosen for them before.
        entered: the other fields' values.
    """
    asked = fields if demanded else [replace(field, required=False) for field in fields]
    form: ChannelForm = _extended(ChannelForm, asked)(data={**entered, **_data(values)})
    return form


def draft_of(form: ChannelForm, where: Target, fields: Iterable[CreateField]) -> Draft:
    """Return what was entered."""
    return Draft(
        name=form.name.data or "",
        where=where,
        creates=Way(form.creates.data),
        status=Way(form.status.data),
        comments=Way(form.comments.data),
        public=bool(form.public.data),
        values=entered_values(fields, entered(form)),
    )


def _extended(base: type[FlaskForm], fields: Iterable[CreateField]) -> Any:
    return type(base.__name__, (base,), {f"{PREFIX}{field.id}": _control(field) for field in fields})


def _data(values: Iterable[FieldValue]) -> dict[str, str]:
    return {f"{PREFIX}{each.field.id}": each.value for each in values}


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
