"""What a connection's health is asked by, and what is found: one finding for each thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpdesk_core.values.statuses import RemoteProject
from helpdesk_core.values.workspaces import ConnectionView, Workspace


class Feature(StrEnum):
    """What a connection is used for; each needs permissions of its own."""

    READ = "read"
    """Reading projects, statuses and issues."""
    MOVE = "move"
    """Moving issues, and showing their tickets on them."""
    CREATE = "create"
    COMMENT = "comment"
    """Writing comments."""
    LISTEN = "listen"
    """Being told about changes."""


class Standing(StrEnum):
    """How one thing stands."""

    OK = "ok"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    """It could not be looked at, because of something else that is told by itself."""


class Severity(StrEnum):
    """What trouble does."""

    ERROR = "error"
    """Something does not work."""
    WARNING = "warning"
    """All works, but slower or in part, or it will stop at a known time."""


class Remedy(StrEnum):
    """The one button that the helpdesk offers."""

    LOOK_AGAIN = "look_again"
    """Somebody must act at the remote system; then look again."""
    REAUTHORIZE = "reauthorize"
    MEND_SET_UP = "mend_set_up"
    """Enter the integration's set-up anew."""
    REFRESH_PROJECTS = "refresh_projects"
    """Read projects and statuses anew."""
    CHOOSE_PROJECTS = "choose_projects"
    SUBSCRIBE = "subscribe"
    """Subscribe to changes anew."""
    SEE_WORK = "see_work"
    """Look at what stopped, and retry it."""
    SEE_CHANGES = "see_changes"
    """Look at what changed under the mapping."""
    MEND_CHANNEL = "mend_channel"
    DISCARD_UNROUTABLE = "discard_unroutable"
    """Forget deliveries that belong to no connection."""
    WAIT = "wait"
    """It passes by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """How one thing stands at the remote system, why, and what mends it."""

    check: str
    """What was looked at, by a short stable name such as `permission.move`. With the project it is unique."""
    title: str
    """What was looked at, for people."""
    standing: Standing = Standing.OK
    code: str = ""
    """A short stable name of the cause, for logs and tests."""
    cause: str = ""
    """One sentence. Where all is well it may say what was found."""
    cure: str = ""
    """What a person can do, and who."""
    severity: Severity = Severity.ERROR
    remedy: Remedy = Remedy.LOOK_AGAIN
    project_id: str = ""
    """The project that it is about; empty: the whole connection."""
    url: str = ""
    """A page of the remote system where a person mends it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthRequest:
    """Asks how a connection stands."""

    connection: ConnectionView
    now: datetime
    consented_at: datetime
    """When a person last authorized."""
    projects: tuple[RemoteProject, ...] = ()
    """The projects to look at this time; each may cost a call."""
    features: frozenset[Feature] = frozenset(Feature)
    """What the connection is used for now. What is not used is no trouble if it is not permitted."""
    thorough: bool = False
    """A person waits for the answer: look at everything. Else spend as little as possible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What was found."""

    findings: tuple[Finding, ...]
    workspace: Workspace | None = None
    """The workspace as it is called now, where that was learnt: it may have been renamed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeRequest:
    """Asks why a project that a person expects is not in the list."""

    connection: ConnectionView
    text: str
    """The key or address that was typed."""
    features: frozenset[Feature] = frozenset(Feature)
