"""The forms of keeping in step: on a ticket's panel, in a connection's activity and in its settings."""

from __future__ import annotations

from typing import Final

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, SearchField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from helpdesk_core.sync.progress import Follow

MAX_SEARCH: Final = 300
"""As long as an issue's address may be."""
MAX_NOTE: Final = 500
MAX_NUMBER: Final = 2**31 - 1
"""What PostgreSQL keeps as a number."""


def trimmed(text: str | None) -> str | None:
    """Drop the space around what was typed."""
    return text.strip() if text else text


class FindForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Find an issue. It changes nothing, so it bears no token and its address can be shared."""

    class Meta:
        """WTForms reads this."""

        csrf = False

    q = SearchField(
        "Key, address or words", [Length(max=MAX_SEARCH)], filters=[trimmed], render_kw={"maxlength": MAX_SEARCH}
    )


class LinkForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Link a ticket with one of the issues that were found."""

    issue_id = HiddenField(validators=[InputRequired("Choose an issue.")])
    follow = RadioField(
        "Who follows",
        choices=[SelectChoice(each.value, each.value) for each in (Follow.TICKET_FOLLOWS, Follow.ISSUE_FOLLOWS)],
        default=Follow.TICKET_FOLLOWS.value,
    )


class ChooseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Decide which side holds."""

    follow = RadioField(
        "Which side holds",
        [InputRequired("Choose one.")],
        choices=[SelectChoice(each.value, each.value) for each in Follow],
    )


class HistoryForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Which part of a connection's history to show."""

    class Meta:
        """WTForms reads this."""

        csrf = False

    ticket = IntegerField(
        "Ticket number",
        [Optional(), NumberRange(min=1, max=MAX_NUMBER, message="Enter a ticket's number.")],
        render_kw={"min": 1, "max": MAX_NUMBER},
    )
    before = IntegerField(validators=[Optional(), NumberRange(min=1, max=MAX_NUMBER)])


class DiscardForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Give up what could not be done."""

    note = StringField(
        "Why",
        [DataRequired("Say why, for those who read the history."), Length(max=MAX_NOTE)],
        filters=[trimmed],
        render_kw={"maxlength": MAX_NOTE},
    )
