"""Issues, the transitions open to them, and what a remote system tells of its changes: what keeping in step needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from helpdesk_core.values.secret import SettingsMap
from helpdesk_core.values.statuses import RemoteProject
from helpdesk_core.values.workspaces import ConnectionView


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """An issue of the remote system, as far as a link needs it."""

    id: str
    """Stable. The key is for show: it changes when an issue moves to another project."""
    key: str
    title: str
    url: str
    project_id: str
    kind_id: str
    status_id: str
    """Empty: it has none, which means nothing to its ticket."""


class Evidence(StrEnum):
    """How a transition came to be known."""

    KNOWN = "known"
    """Read from the workflow itself."""
    LEARNT = "learnt"
    """Seen in the answer for one issue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldOption:
    """One value that a field may take."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitionField:
    """A field on a transition's screen."""

    id: str
    name: str
    required: bool = False
    """Whether the transition is refused without it, unless the remote system fills it in by itself."""
    options: tuple[FieldOption, ...] = ()
    """The allowed values, where the remote system lists them."""
    shape: str = ""
    """The plugin's own note of how a value must be sent. The helpdesk hands it back in `HopRequest`, unread."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One move of the workflow. Its id means something on this issue and at this moment only."""

    id: str
    name: str
    to_id: str
    fields: tuple[TransitionField, ...] = ()

    @property
    def required(self) -> tuple[TransitionField, ...]:
        """The fields without which it is refused."""
        return tuple(field for field in self.fields if field.required)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIssue:
    """An issue with the transitions that are open from its present status to the connecting account."""

    issue: Issue
    transitions: tuple[Transition, ...]
    may_transition: bool | None = None
    """Whether the account may move issues here at all. None: not asked, because there are transitions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A transition as an edge of the workflow's graph."""

    from_id: str
    transition: Transition
    evidence: Evidence
    seen_on: str = ""
    """The issue whose answer showed it, for learnt ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """What can follow what for one kind of issue in one project."""

    status_ids: tuple[str, ...]
    steps: tuple[Step, ...]
    explored: frozenset[str] = frozenset()
    """The statuses whose ways out are all known; of the others, steps may be missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowRequest:
    """Asks for the workflow of one kind of issue in one project."""

    connection: ConnectionView
    project: RemoteProject
    kind_id: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueRequest:
    """Asks for one issue."""

    connection: ConnectionView
    issue_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuesRequest:
    """Asks for many issues at once."""

    connection: ConnectionView
    issue_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FindRequest:
    """Asks for issues that a person means by a key, an address or some words."""

    connection: ConnectionView
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedRequest:
    """Asks which issues changed lately in some projects."""

    connection: ConnectionView
    project_ids: tuple[str, ...]
    minutes: int
    """Relative, because absolute times of a query are in the account's own time zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HopRequest:
    """Asks to take one transition."""

    connection: ConnectionView
    issue_id: str
    transition: Transition
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field id → option id or text, for fields of the transition's screen only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkBackRequest:
    """Asks to show the ticket on the issue. Asked again with the same ticket, it renews what is shown."""

    connection: ConnectionView
    issue_id: str
    ticket_id: int
    ticket_title: str
    ticket_url: str
    solved: bool


# ── deliveries ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A request that arrived at the integration's webhook address."""

    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    settings: SettingsMap
    now: datetime


class About(StrEnum):
    """What a notice is about."""

    ISSUE = "issue"
    """An issue that is there changed, in whatever way."""
    NEW_ISSUE = "new_issue"
    """An issue was created."""
    COMMENTS = "comments"
    """A comment was added, edited or deleted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a delivery says: a hint that one issue changed. The issue is read again unless the hint agrees already."""

    delivery_id: str
    """The same for every repetition of one delivery."""
    workspace_hint: str
    """What tells the workspace: its id, or the beginning of its address."""
    subscription_ids: tuple[str, ...]
    issue_id: str
    status_id: str | None = None
    """The issue's status when the delivery was made, where it says so."""
    event: str = ""
    about: About = About.ISSUE


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscribeRequest:
    """Asks to be told about changes of issues in some projects."""

    connection: ConnectionView
    url: str
    project_ids: tuple[str, ...]
    known_ids: tuple[str, ...] = ()
    """Subscriptions that the helpdesk remembers; others of ours at this address are strays and are removed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """A standing order at the remote system to be told about changes."""

    id: str
    expires_at: datetime | None
