"""The token endpoint: exchanges codes and refresh tokens, and reads what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from helpdesk_core.errors import Extent, HelpdeskError, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import ROOT, codes, refusal_of, said, unreachable
from helpdesk_core.testing.tracker.told import Told, Unreadable
from helpdesk_core.values import Credentials, Secret, SettingsMap


class TokenRefused(HelpdeskError):
    """The tracker does not take a code or a refresh token. Whoever asked says what that means."""


@dataclass(frozen=True)
class App:
    """What an operator entered once."""

    client_id: str
    client_secret: Secret

    @classmethod
    def read(cls, settings: SettingsMap) -> App:
        """Read the settings, or say what is missing."""
        client_id, client_secret = read(settings, "client_id"), read(settings, "client_secret")
        if not client_id or not client_secret:
            raise Rejected(
                "The tracker is not set up.",
                cure="Enter the client id and the client secret.",
                code="setup_needed",
                extent=Extent.CONNECTION,
            )
        return cls(client_id, Secret(client_secret))


def read(settings: SettingsMap, name: str) -> str:
    """Return what was entered or came along; empty: it is not there. Show it nowhere."""
    value = settings.get(name) or ""
    return (value.reveal() if isinstance(value, Secret) else value).strip()


def ask(http: requests.Session, settings: SettingsMap, body: Mapping[str, str], secrets: Sequence[Secret]) -> Told:
    """Make one call to the token endpoint.

    Raises:
        TokenRefused: the code or refresh token is not taken.
        Rejected: the client id or secret is not taken; that is the operator's to mend.
        TemporarilyUnavailable: everything else that is not the documented answer.
    """
    app = App.read(settings)
    sent = {**body, "client_id": app.client_id, "client_secret": app.client_secret.reveal()}
    try:
        response = http.post(f"{ROOT}/token", json=sent, allow_redirects=False)
        content = response.content
    except OSError as error:
        raise unreachable(error) from None
    hidden = (*secrets, app.client_secret)
    if codes.bad_request <= response.status_code < codes.internal_server_error:
        _refuse(response, hidden)
    if refused := refusal_of(response, hidden):
        raise refused
    return Told.of(content)


def _refuse(response: requests.Response, secrets: Sequence[Secret]) -> None:
    """Raise what the tracker refuses. What it does not name is no refusal of ours."""
    name, words = said(response, secrets)
    if name == "invalid_grant":
        msg = f"The tracker says: “{words}”."
        raise TokenRefused(msg)
    if name == "invalid_client":
        raise Rejected(
            f"The tracker says: “{words}”.",
            cure="Enter the app's client id and secret anew.",
            code="client_refused",
            extent=Extent.CONNECTION,
        )
    if response.status_code == codes.too_many_requests:
        return
    if not name:
        raise Unreadable
    msg = f"The tracker did not let us in. It says: “{words}”."
    raise TemporarilyUnavailable(msg)


def credentials_of(told: Told, now: datetime, before: Credentials | None = None) -> Credentials:
    """Read credentials. Where no new refresh token came, the old one stays good."""
    refresh = told.maybe("refresh_token")
    kept = before.refresh_token if before else None
    return Credentials(
        access_token=Secret(told.text("access_token")),
        refresh_token=Secret(refresh) if refresh else kept,
        expires_at=now + timedelta(seconds=told.number("expires_in")),
        scopes=frozenset(told.maybe("scope").split()),
    )
