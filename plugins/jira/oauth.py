"""Atlassian's OAuth 2.0 (3LO) on Authlib: the authorize address and the two token requests.

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ (``jira-cloud-api.md`` §1).

Authlib builds the address and the requests. We use its plain `OAuth2Client` and not `OAuth2Session`: the latter *is* a
session and would need adapters, time-outs and proxies copied over, while the former takes the helpdesk's own session
as its transport. Its traps (``dependencies.md`` §4) are closed like this:

* a token answer without ``error`` counts as a token, even ``{"message": …}`` of a 429, and replaces a good one:
  `_TokenClient.parse_response_token` lets every answer through `read_token_answer`, and ``update_token`` is not used;
* an ``expires_in`` that is no number makes it throw away a pair that was received: the same override;
* the client secret goes by Basic authentication or a form: `_secret_in_json`;
* it has no time-out, and follows redirects with the secret in the body: our session, ``allow_redirects=False``;
* it makes up a state where none is given, and checks one only if told to: the helpdesk makes and checks the state;
* it adds its ``scope`` to refresh requests: the client is made without one;
* it has no lock around a refresh: the helpdesk holds a lease.

No PKCE: it is not documented for 3LO, and the client is confidential (§1.2).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

import requests
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from requests.auth import AuthBase

from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.values import Credentials, Secret
from plugins.jira.answers import blot, json_of
from plugins.jira.errors import Unreadable, unreachable
from plugins.jira.scopes import ASKED, asked
from plugins.jira.settings import OAuthApp
from plugins.jira.waiting import seconds_to_wait

SIGN_IN: Final = "Atlassian's sign-in service"
SPENT: Final = frozenset({"invalid_grant", "unauthorized_client"})
"""Errors by which a refresh token is dead for good, whatever the status: 403 is documented, 400 was seen (§1.3)."""
WRONG_CLIENT: Final = frozenset({"access_denied", "invalid_client"})
"""Errors by which the client id or secret is wrong; consenting again would not help (§1.3)."""
OUTAGES: Final = frozenset({"server_error", "temporarily_unavailable"})
BUSY: Final = frozenset({408, 425, 429})
TOKEN: Final = re.compile(r"[\x21-\x7e]+")
"""RFC 6749 appendix A.12: what can stand in a header. Atlassian sets no length and no form (§1.1)."""
USUAL_LIFETIME: Final = 3600.0
"""Seconds; used only where ``expires_in`` is missing or no number (§1.3: one hour, by Atlassian's staff)."""


class TokenRefused(Exception):
    """The token endpoint refused by its protocol: an ``error`` of RFC 6749 §5.2 and perhaps a description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}" if description else error)
        self.error = error
        self.description = description


class SignIn:
    """Speaks to Atlassian's authorization server for one app."""

    def __init__(self, app: OAuthApp, http: requests.Session) -> None:
        self._app = app
        self._http = http

    def authorize_url(self, callback_url: str, state: Secret) -> str:
        """Return the address of the consent page."""
        url, _ = self._client().create_authorization_url(
            f"{self._app.auth_url}/authorize",
            state=state.reveal(),
            redirect_uri=callback_url,
            scope=[permission.scope for permission in asked(reads_workflows=self._app.reads_workflows)],
            audience="api.atlassian.com",
            prompt="consent",
        )
        return str(url).replace("+", "%20")  # Atlassian documents %20 between scopes; a real plus sign is %2B by now

    def exchange(self, code: Secret, callback_url: str, now: datetime) -> Credentials:
        """Exchange the code that the browser brought.

        Raises:
            TokenRefused: Atlassian refused the code or the client.
            TemporarilyUnavailable: it could not answer; `Unreadable` if what it answered is no token.
        """
        client = self._client(code)
        self._call(client.fetch_token, code=code.reveal(), redirect_uri=callback_url)
        return _credentials(client.answer, now, refresh_token=None, scopes=ASKED)

    def refresh(self, old: Credentials, refresh_token: Secret, now: datetime) -> Credentials:
        """Exchange the refresh token; raises as `exchange`. What the answer leaves out stays as it was."""
        client = self._client(refresh_token)
        self._call(client.refresh_token, refresh_token=refresh_token.reveal())
        return _credentials(client.answer, now, refresh_token=refresh_token, scopes=old.scopes)

    def _client(self, *spent: Secret) -> _TokenClient:
        client = _TokenClient(
            session=self._http,
            client_id=self._app.client_id,
            client_secret=self._app.client_secret.reveal(),
            token_endpoint_auth_method=_secret_in_json,
        )
        client.secrets = tuple(secret.reveal() for secret in (self._app.client_secret, *spent))
        return client

    def _call(self, call: Callable[..., object], **parameters: str) -> None:
        try:
            call(
                f"{self._app.auth_url}/oauth/token",
                headers={"Accept": "application/json"},
                allow_redirects=False,
                **parameters,
            )
        except requests.RequestException as error:
            raise unreachable(SIGN_IN, error) from error


class _ClientAuth(AuthBase, ClientAuth):  # type: ignore[misc]  # Authlib ships no types
    """Authlib's client authentication in the form that a requests session takes."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.url, request.headers, request.body = self.prepare(
            request.method, request.url, request.headers, request.body
        )
        return request


class _TokenClient(OAuth2Client):  # type: ignore[misc]  # Authlib ships no types
    """Authlib's client, with every token answer read by us. Lives for one call."""

    client_auth_class = _ClientAuth
    SESSION_REQUEST_PARAMS = ("allow_redirects",)
    secrets: tuple[str, ...] = ()
    answer: dict[str, Any]

    def parse_response_token(self, response: requests.Response) -> dict[str, Any]:
        # Kept here and not in Authlib's `token`, which would count its lifetime by its own clock and stumble over an
        # odd one. "refresh_token" is always there, so that Authlib does not try to fill it in.
        self.answer = {"refresh_token": None, **read_token_answer(response, self.secrets)}
        return self.answer


def _secret_in_json(client: ClientAuth, _method: str, url: str, headers: Any, body: str) -> tuple[str, Any, str]:
    """Turn Authlib's form into the JSON that Atlassian documents, with the client's id and secret in it."""
    members = dict(parse_qsl(body)) | {"client_id": client.client_id, "client_secret": client.client_secret}
    headers["Content-Type"] = "application/json"
    return url, headers, json.dumps(members)


def read_token_answer(response: requests.Response, secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the body of a token answer, or raise: by ``error`` first, then by status, then for want of a token."""
    status, body = response.status_code, json_of(response)
    answer = body if isinstance(body, dict) else {}
    error = str(answer.get("error") or "")
    is_refused = error and requests.codes.bad_request <= status < requests.codes.server_error
    is_busy = status in BUSY or status >= requests.codes.server_error or error in OUTAGES
    if is_refused and (error in SPENT or not is_busy):
        raise TokenRefused(blot(error, secrets), blot(str(answer.get("error_description") or ""), secrets))
    if is_busy:
        raise TemporarilyUnavailable(
            f"{SIGN_IN} cannot answer now (HTTP {status}).", retry_after=seconds_to_wait(response)
        )
    if status != requests.codes.ok or "error" in answer or not _is_token(answer):
        raise Unreadable(f"{SIGN_IN} answered with something that is not a token (HTTP {status}).")
    return answer


def _is_token(answer: dict[str, Any]) -> bool:
    token, kind = answer.get("access_token"), answer.get("token_type") or "bearer"
    is_sendable = isinstance(token, str) and TOKEN.fullmatch(token) is not None
    return is_sendable and isinstance(kind, str) and kind.lower() == "bearer"


def _credentials(
    answer: dict[str, Any], now: datetime, *, refresh_token: Secret | None, scopes: frozenset[str]
) -> Credentials:
    """Read a token answer; `refresh_token` and `scopes` stand where it does not tell (RFC 6749 §5.1, §6)."""
    renewed, scope = answer.get("refresh_token"), answer.get("scope")
    return Credentials(
        access_token=Secret(answer["access_token"]),
        refresh_token=Secret(renewed) if isinstance(renewed, str) and renewed else refresh_token,
        expires_at=now + timedelta(seconds=_lifetime(answer.get("expires_in"))),
        scopes=frozenset(scope.split()) if isinstance(scope, str) and scope else scopes,
    )


def _lifetime(expires_in: object) -> float:
    """Read ``expires_in`` leniently: a pair that was received is never thrown away for it."""
    try:
        seconds = float(str(expires_in))
    except ValueError:
        return USUAL_LIFETIME
    is_sane = math.isfinite(seconds) and 0 < seconds <= timedelta(days=365).total_seconds()
    return seconds if is_sane else USUAL_LIFETIME
