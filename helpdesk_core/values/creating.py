"""Creating issues: which fields the remote system asks for, what is sent, and how a lost answer is found again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helpdesk_core.values.statuses import RemoteProject
from helpdesk_core.values.syncing import FieldOption, Issue
from helpdesk_core.values.workspaces import ConnectionView


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateField:
    """A field that may or must be filled in when an issue is created; title and description are not among them."""

    id: str
    name: str
    required: bool = False
    """Whether creating is refused without it: it is demanded, and the remote system has no default of its own."""
    options: tuple[FieldOption, ...] = ()
    """The allowed values, where the remote system lists them."""
    searchable: bool = False
    """There are too many values to list; `IssueCreation.options` finds them by some letters."""
    shape: str = ""
    """The plugin's own note of how a value must be sent, handed back unread in `CreateRequest`. Empty: it cannot be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateFieldsRequest:
    """Asks which fields creating an issue of one kind demands in one project."""

    connection: ConnectionView
    project: RemoteProject
    kind_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionsRequest:
    """Asks for values of a searchable field."""

    connection: ConnectionView
    project: RemoteProject
    field: CreateField
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldValue:
    """What to put into one field."""

    field: CreateField
    value: str
    """An option's id where there are options, else text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateRequest:
    """Asks to create an issue."""

    connection: ConnectionView
    project: RemoteProject
    kind_id: str
    marker: str
    """Stored with the issue in the same request, and found again by `IssueCreation.recent`. It is unique in all the
    world and cannot be guessed."""
    title: str
    body: str
    """As Markdown, typed by a person: the plugin makes it safe."""
    author: str
    """Who asked for help. All calls act as the connecting account, so the text has to say it."""
    fields: tuple[FieldValue, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatedIssue:
    """An issue that was just created. In which status it began is read with everything else, where that matters."""

    id: str
    key: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecentRequest:
    """Asks for the issues that we created lately in one project."""

    connection: ConnectionView
    project_id: str
    minutes: int
    """Relative, because absolute times of a query are in the account's own time zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrivedRequest:
    """Asks which issues of one kind there are in one project, whoever created them."""

    connection: ConnectionView
    project_id: str
    kind_id: str
    minutes: int | None = None
    """Only those created lately, however they stand; None: all that are not done, however old."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundIssue:
    """An issue with what a ticket made of it needs to know."""

    issue: Issue
    marker: str = ""
    """What the helpdesk sent along when it created the issue; empty: it did not create it."""
    ours: bool = False
    """Whether the connecting account created it."""
    body: str = ""
    """The description as Markdown."""
    reporter: str = ""
    reporter_email: str = ""
    """Empty where the remote system does not tell."""
    created_at: datetime | None = None
