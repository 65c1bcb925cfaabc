"""The frozen values that cross the seam between the helpdesk and its plugins.

Nothing else may cross it: no database row, no Flask request, no HTTP response. All are keyword-only, so a new field
with a default breaks nobody. Two classes of libraries are named here on purpose: `ShowForm` carries a WTForms class,
and requests carry an HTTP session made by the helpdesk (time-outs, user agent), where tests may mount what they like.

Longer than 300 lines, because an author should find every value in one place, in the order of the story.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn, final

import requests
from wtforms import Form


@final
class Secret:
    """A text that must not be shown. Only `reveal` gives it out; `repr`, `str` and pickling do not."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. Call it where the text is sent or encrypted, and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is not pickled: encrypt what it reveals, or leave it out"
        raise TypeError(msg)


SettingsMap = Mapping[str, "str | Secret"]
"""What an operator entered for an integration or a connection: name → text, or `Secret` for password fields."""


def _nothing() -> SettingsMap:
    return MappingProxyType({})


# ── who and where ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """One place of the remote system that can be connected (Jira: a site)."""

    id: str
    """The remote system's own stable id (Jira: cloudid), never a name or an address: those change."""
    name: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The remote account that a connection acts as."""

    id: str
    name: str
    email: str | None = None
    """Often hidden by privacy settings; never used as a key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What the remote system gave to act for its account."""

    access_token: Secret
    refresh_token: Secret | None = None
    expires_at: datetime | None = None
    """When the access token ends (aware, UTC). None: it does not end by itself."""
    scopes: frozenset[str] = frozenset()


# ── settings card ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """One permission that connecting asks for, in words, with the remote system's own name for it."""

    words: str
    scope: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsCard:
    """What Settings › Integrations shows of an integration before and after it is connected."""

    title: str
    summary: str
    section: str = "Ticketing"
    icon: str = ""
    """A `data:image/svg+xml` address; empty: the helpdesk draws the title's first letter."""
    workspace_word: str = "workspace"
    """What the remote system calls a workspace, as in "Connect another site"."""
    prerequisites: tuple[str, ...] = ()
    """What must be true before Connect can succeed, a sentence each."""
    permissions: tuple[Permission, ...] = ()
    after_disconnect: str = ""
    """What the admin should do at the remote system after disconnecting, with the address."""
    docs_url: str = ""


# ── connect flow ────────────────────────────────────────────────────────────────────────────────────────────────────


class FailureCode(StrEnum):
    """Every named way in which connecting can end without a connection."""

    CONSENT_DENIED = "consent_denied"
    STATE_MISSING = "state_missing"
    STATE_UNKNOWN = "state_unknown"
    STATE_EXPIRED = "state_expired"
    STATE_USED = "state_used"
    STATE_FOREIGN = "state_foreign"
    NOT_ADMIN = "not_admin"
    CODE_REFUSED = "code_refused"
    CLIENT_REFUSED = "client_refused"
    ANSWER_UNREADABLE = "answer_unreadable"
    SCOPE_MISSING = "scope_missing"
    NO_WORKSPACE = "no_workspace"
    NO_ACCESS = "no_access"
    WRONG_WORKSPACE = "wrong_workspace"
    ALREADY_CONNECTED = "already_connected"
    REMOTE_UNAVAILABLE = "remote_unavailable"
    REMOTE_REFUSED = "remote_refused"
    PLUGIN_FAILED = "plugin_failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyField:
    """A text that the admin copies into the remote system, such as the callback address."""

    label: str
    text: str
    help: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetupRequest:
    """Asks a connect flow for its set-up form."""

    callback_url: str
    settings: SettingsMap


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectRequest:
    """An admin clicked Connect."""

    callback_url: str
    """Where the remote system sends the browser back to; it must be registered there letter by letter."""
    state: Secret
    """Single-use, expiring, bound to the admin. A redirect flow sends it along and gets it back."""
    settings: SettingsMap
    http: requests.Session
    now: datetime
    workspace: Workspace | None = None
    """Set when an existing connection is re-authorized."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectCallback:
    """The browser came back (`query`), or the admin sent the form that the flow showed (`form`)."""

    callback_url: str
    settings: SettingsMap
    http: requests.Session
    now: datetime
    query: SettingsMap = field(default_factory=_nothing)
    """Parameters of the address; `code` and `state` are secrets."""
    form: SettingsMap = field(default_factory=_nothing)
    kept: SettingsMap = field(default_factory=_nothing)
    """What `Redirect.keep` asked the helpdesk to keep."""
    workspace: Workspace | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """Send the browser there; it will come back to the callback address."""

    url: str
    keep: SettingsMap = field(default_factory=_nothing)
    """What `complete` will need again. It is stored encrypted and never reaches the browser."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowForm:
    """Ask the admin. The helpdesk renders the form with CSRF protection and hands back what was entered.

    Password fields become `Secret`; leaving one empty keeps what is stored.
    """

    form: type[Form]
    title: str
    explanation: tuple[str, ...] = ()
    copy: tuple[CopyField, ...] = ()
    checklist: tuple[str, ...] = ()
    """What the admin must tick or set at the remote system, a line each."""
    mistakes: tuple[str, ...] = ()
    """Mistakes that the remote system never reports back, each with what the admin sees and how to mend it."""
    submit: str = "Save"


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorized:
    """The remote system agreed. With several workspaces the helpdesk lets the admin choose one."""

    credentials: Credentials
    workspaces: tuple[Workspace, ...]
    settings: SettingsMap = field(default_factory=_nothing)
    """What belongs to this connection beside its credentials, such as a base address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Connecting ended here. The helpdesk has one sentence and one button for each code."""

    code: FailureCode
    detail: str = ""
    """The remote system's own words, where they help. Never a secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshRequest:
    """Asks for new credentials in place of `credentials`. The helpdesk owns the lease and the storage."""

    credentials: Credentials
    settings: SettingsMap
    http: requests.Session
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionView:
    """A connection as a plugin sees it: where, with which credentials, through which HTTP session."""

    workspace: Workspace
    credentials: Credentials
    settings: SettingsMap
    """The integration's settings, overlaid with the connection's own."""
    http: requests.Session


# ── statuses ────────────────────────────────────────────────────────────────────────────────────────────────────────


class StatusCategory(StrEnum):
    """What kind of state a remote status is, where the remote system tells."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    UNDEFINED = "undefined"


class SystemStatus(StrEnum):
    """The five statuses that every helpdesk has. Custom statuses stand under one of them."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketStatus:
    """A ticket status. A system status has its own system status' value as key."""

    key: str
    name: str
    system: SystemStatus

    @property
    def is_custom(self) -> bool:
        """Whether an admin made it."""
        return self.key != self.system.value


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteStatus:
    """A status of the remote system. Only `id` identifies it: names are shared, renamed and translated."""

    id: str
    name: str
    category: StatusCategory = StatusCategory.UNDEFINED
    project_id: str | None = None
    """The project that owns it (Jira: team-managed); None: shared by projects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteProject:
    """A project of the remote system."""

    id: str
    key: str
    name: str
    owns_statuses: bool = False
    """Whether its statuses are its own (Jira: team-managed) or shared with other projects."""
    archived: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteKind:
    """A kind of issue in a project (Jira: issue type), with the statuses that its issues can have, in order."""

    id: str
    name: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All projects and statuses that the connecting account can see."""

    projects: tuple[RemoteProject, ...]
    statuses: tuple[RemoteStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectRequest:
    """Asks for the detail of one project in use."""

    connection: ConnectionView
    project: RemoteProject


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectDetail:
    """A project's kinds of issue and every status that occurs in them."""

    project_id: str
    kinds: tuple[RemoteKind, ...]
    statuses: tuple[RemoteStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestRequest:
    """Asks where each remote status belongs."""

    remote: tuple[RemoteStatus, ...]
    tickets: tuple[TicketStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """Where one remote status belongs, and why."""

    remote_id: str
    ticket_status: str | None
    """A ticket status' key; None: ignore the remote status."""
    reason: str
    """One sentence for the admin, such as "same name" or "its category is Done"."""
    comes_last: bool = False
    """Work may end there, but should not be sent there (Won't Do): its card comes after the others of its column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Revoked:
    """What revoking removed at the remote system, for the admin to read."""

    removed: tuple[str, ...] = field(default=())
