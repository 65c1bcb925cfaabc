"""What the tests of the Jira plugin agree on: one app, one site, one moment, and the answers of a healthy Atlassian."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import requests

from helpdesk_core.values import (
    ConnectCallback,
    ConnectionView,
    Credentials,
    RefreshRequest,
    Secret,
    SettingsMap,
    Workspace,
)

NOW: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CALLBACK_URL: Final = "https://helpdesk.example/integrations/jira/callback"
CLOUD_ID: Final = "11111111-2222-4333-8444-555555555555"
SITE: Final = Workspace(id=CLOUD_ID, name="acme", url="https://acme.atlassian.net")

CLIENT_SECRET: Final = "client-secret-7Hq"
CODE: Final = "code-Zt4%/+&=~ü"
STATE: Final = "state-p91"
ACCESS_TOKEN: Final = "access-token-Kd2"
REFRESH_TOKEN: Final = "refresh-token-Wn8"
SECRETS: Final = (CLIENT_SECRET, CODE, STATE, ACCESS_TOKEN, REFRESH_TOKEN)

SETTINGS: Final[SettingsMap] = {"client_id": "client-1", "client_secret": Secret(CLIENT_SECRET)}
SCOPES: Final = "read:jira-work write:jira-work read:jira-user manage:jira-webhook offline_access"

TOKEN_URL: Final = "https://auth.atlassian.com/oauth/token"
SITES_URL: Final = "https://api.atlassian.com/oauth/token/accessible-resources"
REST: Final = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}/rest/api/3"

TOKEN_ANSWER: Final = {
    "access_token": ACCESS_TOKEN,
    "refresh_token": REFRESH_TOKEN,
    "expires_in": 3600,
    "scope": SCOPES,
    "token_type": "Bearer",
}
JIRA_ENTRY: Final = {
    "id": CLOUD_ID,
    "name": "acme",
    "url": "https://acme.atlassian.net",
    "scopes": ["read:jira-work", "write:jira-work", "read:jira-user"],
    "avatarUrl": "https://avatar.example/a.png",
}
MYSELF: Final = {"accountId": "5b10:1", "displayName": "Helpdesk Robot", "emailAddress": "robot@acme.example"}
GATEWAY_404: Final = {
    "timestamp": "2026-11-24T09:00:00Z",
    "status": 404,
    "error": "Not Found",
    "message": "No message available",
    "path": "/ex/jira",
}
JIRA_404: Final = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
SCOPE_401: Final = {"code": 401, "message": "Unauthorized; scope does not match"}
EXPIRED_401: Final = {"code": 401, "message": "Unauthorized"}

SHARED: Final = Path(__file__).resolve().parents[3] / "shared"
RECORDED: Final = Path(os.environ.get("HELPDESK_RECORDED") or SHARED / "data" / "recorded")


def credentials(**changes: Any) -> Credentials:
    """Credentials as they were stored an hour ago."""
    values: dict[str, Any] = {
        "access_token": Secret(ACCESS_TOKEN),
        "refresh_token": Secret(REFRESH_TOKEN),
        "expires_at": NOW,
        "scopes": frozenset(SCOPES.split()),
    }
    return Credentials(**(values | changes))


def connection(http: requests.Session | None = None, settings: SettingsMap = SETTINGS) -> ConnectionView:
    """The connection to the one site."""
    return ConnectionView(workspace=SITE, credentials=credentials(), settings=settings, http=http or requests.Session())


def callback(**changes: Any) -> ConnectCallback:
    """The browser's way back with a code."""
    values: dict[str, Any] = {
        "callback_url": CALLBACK_URL,
        "settings": SETTINGS,
        "http": requests.Session(),
        "now": NOW,
        "query": {"code": Secret(CODE), "state": Secret(STATE)},
    }
    return ConnectCallback(**(values | changes))


def refresh_request(**changes: Any) -> RefreshRequest:
    """The helpdesk holds the lease and wants new credentials."""
    values: dict[str, Any] = {
        "credentials": credentials(),
        "settings": SETTINGS,
        "http": requests.Session(),
        "now": NOW,
    }
    return RefreshRequest(**(values | changes))
