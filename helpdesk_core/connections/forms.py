"""The forms of connecting, and the CSRF-protected form around a plugin's own."""

from __future__ import annotations

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import InputRequired

from helpdesk_core.values import ShowForm, Workspace


class ChooseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Choose one of several workspaces."""

    workspace = RadioField("Workspace", validators=[InputRequired("Choose one.")])
    submit = SubmitField("Connect")


class ForgetForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Type the connection's name to forget it."""

    name = StringField("Type its name to confirm", [InputRequired("Type the name.")])
    submit = SubmitField("Forget this connection")


def choose_form(workspaces: tuple[Workspace, ...], connected: frozenset[str]) -> ChooseForm:
    """Make the form for these workspaces; those that have a connection already cannot be chosen."""
    form = ChooseForm()
    form.workspace.choices = [
        SelectChoice(w.id, f"{w.name} ({w.url}){' · connected already' if w.id in connected else ''}")
        for w in workspaces
    ]
    return form


def protected(shown: ShowForm, entered: MultiDict[str, str] | None) -> Form:
    """Return the plugin's form with our CSRF token and a submit button, filled with what was entered."""
    fields = {"submit": SubmitField(shown.submit)}
    kind = type(f"Protected{shown.form.__name__}", (shown.form, FlaskForm), fields)
    form: Form = kind(formdata=entered)
    return form
