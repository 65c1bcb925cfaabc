"""The forms of the ticket pages and of Settings › Statuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    RadioField,
    SearchField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import DataRequired, Length, Optional, Regexp

from helpdesk_core.accounts.models import User
from helpdesk_core.tickets.models import MAX_EMAIL, MAX_NAME, MAX_STATUS_NAME, MAX_TEXT, MAX_TITLE, Visibility
from helpdesk_core.tickets.statuses import SYSTEM_STATUSES, Direction
from helpdesk_core.values import SystemStatus, TicketStatus

ANYBODY, ME, NOBODY = "", "me", "nobody"
WHOSE = [SelectChoice(ANYBODY, "Anybody"), SelectChoice(ME, "Me"), SelectChoice(NOBODY, "Nobody")]
MAX_SEARCH = 200


def trimmed(text: str | None) -> str | None:
    """Drop the space around what was typed, and count a line end as one character, as browsers do."""
    return text.replace("\r\n", "\n").strip() if text else text


class FilterForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Which tickets to list. It changes nothing and its address can be shared, so it bears no token."""

    class Meta:
        """WTForms reads this."""

        csrf = False

    q = SearchField("Search", filters=[trimmed], render_kw={"maxlength": MAX_SEARCH})
    status = SelectMultipleField("Status", validate_choice=False)
    assignee = SelectField("Assigned to", validate_choice=False)


class NewTicketForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Add a ticket."""

    title = StringField("Title", [DataRequired("Enter a title."), Length(max=MAX_TITLE)], filters=[trimmed])
    body = TextAreaField("Description", [Length(max=MAX_TEXT)], filters=[trimmed], render_kw={"rows": 8})
    requester_name = StringField(
        "Requester", [DataRequired("Enter the name of who asks."), Length(max=MAX_NAME)], filters=[trimmed]
    )
    requester_email = EmailField(
        "Requester’s e-mail address",
        [Optional(), Length(max=MAX_EMAIL), Regexp(r"[^@\s]+@[^@\s]+\Z", message="This is not an e-mail address.")],
        filters=[trimmed],
        description="Leave it empty if you do not know it.",
    )
    assignee = SelectField("Assigned to")
    channel = SelectField("Channel", description="It says what else becomes of the ticket.")
    submit = SubmitField("Add ticket")

    def offer_channels(self, channels: Sequence[tuple[int, str]]) -> None:
        """Ask for the channel where there is a choice; else the only one holds, and nobody needs to think of it."""
        if len(channels) > 1:
            self.channel.choices = [SelectChoice(str(id_), name) for id_, name in channels]
        else:
            del self.channel

    @property
    def channel_id(self) -> int | None:
        """The channel that was chosen; None: nothing was asked."""
        return int(self.channel.data) if "channel" in self else None


class CommentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Say something on a ticket."""

    body = TextAreaField(
        "Your comment",
        [DataRequired("Write something first."), Length(max=MAX_TEXT)],
        filters=[trimmed],
        render_kw={"rows": 5},
    )
    visibility = RadioField(
        "Who may read it",
        choices=[
            SelectChoice(Visibility.PUBLIC.value, "Public reply: the requester may read it"),
            SelectChoice(Visibility.INTERNAL.value, "Internal note: only people who sign in here"),
        ],
        default=Visibility.PUBLIC.value,
    )
    submit = SubmitField("Add comment")


class EditCommentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Give a comment other words. Who may read it is changed elsewhere, and one way only."""

    body = TextAreaField(
        "The comment",
        [DataRequired("Write something, or go back and delete the comment."), Length(max=MAX_TEXT)],
        filters=[trimmed],
        render_kw={"rows": 8},
    )
    submit = SubmitField("Save")


class StatusForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Change a ticket's status."""

    status = SelectField("Status")


class AssigneeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Give a ticket to somebody."""

    assignee = SelectField("Assigned to")


class NewStatusForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Add a custom status."""

    name = StringField("Name", [DataRequired("Enter a name."), Length(max=MAX_STATUS_NAME)], filters=[trimmed])
    system = SelectField(
        "Under",
        choices=[SelectChoice(status.key, status.name) for status in SYSTEM_STATUSES.values()],
        default=SystemStatus.WAITING.value,
        description="It counts as this one wherever only the five statuses are known.",
    )
    submit = SubmitField("Add status")


class RenameStatusForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Rename a custom status."""

    name = StringField("Name", [DataRequired("Enter a name."), Length(max=MAX_STATUS_NAME)], filters=[trimmed])
    submit = SubmitField("Rename")


class MoveStatusForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Move a custom status up or down."""

    direction = SelectField("Direction", choices=[SelectChoice(direction.value) for direction in Direction])


class DeleteStatusForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Delete a custom status."""

    replacement = SelectField(
        "What takes its place", description="Its tickets get this status, and so does whatever else uses it."
    )
    delete = SubmitField("Delete status")


def status_choices(statuses: Iterable[TicketStatus]) -> list[SelectChoice]:
    """Offer statuses; a dash shows which are custom, as browsers trim spaces."""
    return [SelectChoice(status.key, f"– {status.name}" if status.is_custom else status.name) for status in statuses]


def people_choices(people: Iterable[User], *, but: User | None = None) -> list[SelectChoice]:
    """Offer everybody who may sign in, and `but`, who has the ticket now, even if not any more."""
    offered = [person for person in people if person.active or (but and person.id == but.id)]
    label = {True: "{}", False: "{} (may not sign in any more)"}
    return [SelectChoice(str(person.id), label[person.active].format(person.name)) for person in offered]
