"""Where a connection leads, as whom, and with what: what every facet is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import requests

from helpdesk_core.values.secret import Secret, SettingsMap


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """One place of the remote system that can be connected (Jira: a site)."""

    id: str
    """The remote system's own stable id (Jira: cloudid). Never a name or an address, since those change; where there is
    nothing else (Roundup), the address in the one way to write it, and what it means to move goes into the README."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What one call cost, and what is left of a budget, as far as the remote system tells."""

    points: int = 0
    left: int | None = None
    limit: int | None = None
    resets_in: float | None = None
    """Seconds until the budget is whole again."""


def uncounted(_usage: Usage) -> None:
    """Stand in where nobody counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionView:
    """A connection as a plugin sees it: where, with which credentials, through which HTTP session."""

    workspace: Workspace
    credentials: Credentials
    settings: SettingsMap
    """The integration's settings, overlaid with the connection's own."""
    http: requests.Session
    spend: Callable[[Usage], None] = uncounted
    """To be told after each call what it cost, where the remote system has a budget."""
