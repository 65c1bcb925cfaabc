"""The settings card and the connect flow: what is asked, answered and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import requests
from wtforms import Form

from helpdesk_core.values.secret import Secret, SettingsMap, nothing
from helpdesk_core.values.workspaces import Credentials, Workspace


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
    no_deliveries: str = ""
    """Why none of the remote system's deliveries may ever arrive although it was subscribed to, and what mends that."""


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
    query: SettingsMap = field(default_factory=nothing)
    """Parameters of the address; `code` and `state` are secrets."""
    form: SettingsMap = field(default_factory=nothing)
    kept: SettingsMap = field(default_factory=nothing)
    """What `Redirect.keep` asked the helpdesk to keep."""
    workspace: Workspace | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """Send the browser there; it will come back to the callback address."""

    url: str
    keep: SettingsMap = field(default_factory=nothing)
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
    settings: SettingsMap = field(default_factory=nothing)
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
class Revoked:
    """What revoking removed at the remote system, for the admin to read."""

    removed: tuple[str, ...] = field(default=())
