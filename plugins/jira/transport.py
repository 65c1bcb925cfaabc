"""Sends one authorized call and gives back its JSON, or raises what the error table says. Knows no endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import requests
from requests.auth import AuthBase

from helpdesk_core.values import Secret, Usage
from plugins.jira.answers import json_of
from plugins.jira.errors import Refusal, Unreadable, refusal_of, unreachable
from plugins.jira.points import usage_of

HEADERS: Final = {"Accept": "application/json"}
Query = Mapping[str, str | int | list[str]]


class Bearer(AuthBase):
    """Puts the access token on one request.

    It is an `auth` and not a header because requests overwrites an Authorization header by whatever a ``.netrc`` of
    the operator's says about the host, unless an `auth` is given.
    """

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to the prepared request."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class Transport:
    """Carries calls over the session that the helpdesk made, whose time-outs and adapters hold for all of them."""

    def __init__(self, http: requests.Session, token: Secret, spend: Callable[[Usage], None] | None = None) -> None:
        self._http = http
        self._token = token
        self._spend = spend

    def get(self, url: str, query: Query | None = None) -> object:
        """Fetch JSON."""
        return self.ask("GET", url, query=query)

    def ask(
        self,
        method: str,
        url: str,
        *,
        query: Query | None = None,
        body: object = None,
        refusals: tuple[Refusal, ...] = (),
    ) -> object:
        """Make one call that is answered with JSON."""
        answer = json_of(self.send(method, url, query=query, body=body, refusals=refusals))
        if answer is None:
            raise Unreadable("Atlassian answered with something other than JSON.")
        return answer

    def send(
        self,
        method: str,
        url: str,
        *,
        query: Query | None = None,
        body: object = None,
        refusals: tuple[Refusal, ...] = (),
    ) -> requests.Response:
        """Make one call; an answer that comes back is a success. `refusals` are read before the table's own rows."""
        try:
            response = self._http.request(
                method,
                url,
                params=query,
                json=body,
                auth=Bearer(self._token),
                headers=HEADERS,
                allow_redirects=False,  # Atlassian's interface never redirects; a token must not travel elsewhere
            )
        except requests.RequestException as error:
            raise unreachable("Jira", error) from error
        if self._spend:
            self._spend(usage_of(method, response, json_of(response)))
        if refused := refusal_of(response, secrets=(self._token.reveal(),), first=refusals):
            raise refused
        return response
