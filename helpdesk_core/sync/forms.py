"""The forms of keeping in step: on a ticket's panel, in a connection's activity and in its settings."""

from __future__ import annotations

from typing import Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SearchField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.validators import Optional as Voluntary

from helpdesk_core.sync.activity import MAX_NOTE
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets.service import LARGEST_NUMBER

MAX_SEARCH: Final = 300
"""As long as an issue's address may be."""


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
    earlier = BooleanField("Carry earlier comments too")


class ChooseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Decide which side holds."""

    follow = RadioField(
        "Which side holds",
        [InputRequired("Choose one.")],
        choices=[SelectChoice(each.value, each.value) for each in Follow],
    )


class HistoryForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Show what happened to one ticket. It changes nothing, so it bears no token and its address can be shared."""

    class Meta:
        """WTForms reads this."""

        csrf = False

    ticket = IntegerField(
        "Ticket number",
        [Voluntary(), NumberRange(min=1, max=LARGEST_NUMBER, message="There is no such ticket number.")],
    )


class RetryForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Try one link again."""

    link_id = IntegerField("Link", [InputRequired("Choose a link."), NumberRange(min=1, max=LARGEST_NUMBER)])


class DiscardForm(RetryForm):
    """Give up what a link was to do."""

    note = TextAreaField(
        "Why, for the history",
        [
            DataRequired("Say in a note why this is discarded."),
            Length(max=MAX_NOTE, message=f"The note is longer than {MAX_NOTE} characters. Shorten it."),
        ],
        filters=[trimmed],
    )
