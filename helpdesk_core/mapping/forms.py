"""The forms of importing a mapping."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, SubmitField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput


class ImportForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Choose a file, to see what it means here."""

    file = FileField(
        "Mapping as YAML",
        [FileRequired("Choose a file.")],
        description="A file that was exported here or in another helpdesk. You see what it would change first.",
        render_kw={"accept": ".yaml,.yml,application/yaml"},
    )
    submit = SubmitField("Look at what it means here")


class TakeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Take a file into the draft, after looking at it. The file travels along, so that the server keeps nothing."""

    text = HiddenField(validators=[InputRequired()])
    seen = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
