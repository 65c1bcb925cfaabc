"""Roundup's REST interface as far as we call it: HTTP only, always to the last page, never twice.

Each call proves login name and password anew by HTTP Basic. For a change Roundup wants three headers that a browser on
its own page would send (``Origin`` and ``Referer`` with the tracker's own address, ``X-Requested-With``), and the ETag
of what is changed. They are sent with every call, so that an address that does not suit is found while connecting.
https://www.roundup-tracker.org/docs/rest.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Self
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.values import ConnectionView, Secret, Usage
from helpdesk_roundup.answers import Json, Unreadable, as_object, data_of, identifier, items_of, member, text
from helpdesk_roundup.errors import number, refusal_of, unreachable

PAGE: Final = 100
BARREN: Final = 200
"""So many pages without anything new are no list any more."""
Query = Mapping[str, str | int | list[str]]


class Basic(AuthBase):
    """Puts login name and password on one request, in UTF-8 as Roundup reads them.

    It is an `auth` and not a header because requests overwrites such a header by what a ``.netrc`` says of the host.
    """

    def __init__(self, login: str, password: Secret) -> None:
        self._login, self._password = login, password

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to the prepared request."""
        joined = b64encode(f"{self._login}:{self._password.reveal()}".encode("utf-8", "replace"))
        request.headers["Authorization"] = f"Basic {joined.decode('ascii')}"
        return request


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """One item with the ETag that it has at this moment."""

    id: str
    attributes: Json
    etag: str


class RoundupClient:
    """Calls one tracker as one account."""

    def __init__(self, connection: ConnectionView) -> None:
        login, account_id = connection.settings.get("login", ""), connection.settings.get("account_id", "")
        self.login = login if isinstance(login, str) else login.reveal()
        self.account_id = account_id if isinstance(account_id, str) else account_id.reveal()
        self._http, self._spend = connection.http, connection.spend
        self._base = connection.workspace.url.rstrip("/")
        self._password = connection.credentials.access_token
        self._told_at: datetime | None = None

    @classmethod
    def of(cls, connection: ConnectionView) -> Self:
        """Return the client for a connection."""
        return cls(connection)

    def myself(self) -> Json:
        """Return the account's own record.

        Roundup takes who comes without a login for *anonymous*, and so it does with us where HTTP Basic is switched
        off. Only people themselves and administrators see an e-mail address, so an answer without it is a stranger's.

        Raises:
            AuthorizationLost: Roundup did not take us for the account.
        """
        query: Query = {"username:": self.login, "@fields": "username,realname,address"}
        for item in self.collection("user", query):
            if "address" in item and text(item, "username") == self.login:
                return item
        raise AuthorizationLost(
            "Roundup answered as to a stranger: it does not take logins by HTTP Basic (http_auth in its config.ini), "
            "or the account may not see its own record."
        )

    def collection(self, kind: str, query: Query) -> Iterator[Json]:
        """Walk a list to its end, each item once.

        Roundup counts an offset in rows and takes out what the account may not see only afterwards. So pages overlap,
        and where much is hidden a whole page may repeat the one before although others follow.
        """
        seen, index, barren = set[str](), 1, 0
        while barren < BARREN:
            data = self._ask("GET", kind, query={**query, "@page_size": PAGE, "@page_index": index})
            items = items_of(data)
            fresh = {identifier(item): item for item in items if identifier(item) not in seen}
            yield from fresh.values()
            seen.update(fresh)
            if len(items) < PAGE:
                return
            index, barren = index + 1, 0 if fresh else barren + 1
        raise Unreadable("The tracker gives the same page again and again, so its list has no end.")

    def first(self, kind: str, query: Query, most: int) -> list[Json]:
        """Return the beginning of a list, by one call."""
        return items_of(self._ask("GET", kind, query={**query, "@page_size": most, "@page_index": 1}))

    def some(self, kind: str, ids: list[str], fields: str) -> list[Json]:
        """Return those of some items that are there. Retired ones are missing here, though `element` gives them."""
        found: list[Json] = []
        for start in range(0, len(ids), PAGE // 2):
            batch = ids[start : start + PAGE // 2]
            found += self.collection(kind, {"id": batch, "@fields": fields, "@verbose": 3})
        return [item for item in found if identifier(item) in ids]

    def element(self, kind: str, item_id: str, fields: str) -> Element:
        """Return one item with its ETag, retired or not."""
        data = self._ask("GET", f"{kind}/{quote(item_id, safe='')}", query={"@fields": fields, "@verbose": 3})
        etag = text(data, "@etag")
        if not etag.isascii() or not etag.isprintable() or not etag:
            raise Unreadable("The tracker answered with an item that has no ETag.")
        return Element(id=identifier(data), attributes=member(data, "attributes"), etag=etag)

    def create(self, kind: str, body: Json) -> str:
        """Create an item and return its id."""
        return identifier(self._ask("POST", kind, body=body))

    def change(self, kind: str, item_id: str, body: Json, etag: str) -> None:
        """Change some properties of an item that still has this ETag; Roundup does it whole or not at all."""
        self._ask("PUT", f"{kind}/{quote(item_id, safe='')}", body=body, etag=etag)

    def retire(self, kind: str, item_id: str, etag: str) -> None:
        """Retire an item, which is how Roundup deletes. No template gives people that permission."""
        self._ask("DELETE", f"{kind}/{quote(item_id, safe='')}", etag=etag)

    def since(self, minutes: int) -> tuple[str, datetime | None]:
        """Return how a filter says “in the last minutes”, and that moment.

        Roundup's relative dates know days but no minutes; absolute ones are in the account's own time zone unless they
        name one. So the moment is reckoned from what the tracker's own clock said in its last answer, and named with
        UTC. Where no answer told a time, it is the whole day before: too much, but never too little.
        """
        if self._told_at is None:
            return f". -{max(minutes, 0) // 1440 + 1}d;", None
        moment = self._told_at - timedelta(minutes=max(minutes, 1))
        return f"{moment:%Y-%m-%d.%H:%M:%S}+0000;", moment

    def _ask(
        self, method: str, path: str, *, query: Query | None = None, body: Json | None = None, etag: str = ""
    ) -> Json:
        try:
            response = self._http.request(
                method,
                f"{self._base}/rest/data/{path}",
                params=query,
                json=body,
                auth=Basic(self.login, self._password),
                headers=self._headers(etag),
                allow_redirects=False,  # the interface never redirects, and a password must not travel elsewhere
            )
        except requests.RequestException as error:
            raise unreachable(error) from error
        self._note(response)
        if refused := refusal_of(response, secrets=(self._password.reveal(),)):
            raise refused
        return as_object(data_of(response))

    def _headers(self, etag: str) -> dict[str, str]:
        parts = urlsplit(self._base)
        headers = {
            "Accept": "application/json",
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Referer": f"{self._base}/",
            "X-Requested-With": "helpdesk-roundup",
        }
        return headers | ({"If-Match": etag} if etag else {})

    def _note(self, response: requests.Response) -> None:
        try:
            told = parsedate_to_datetime(response.headers.get("Date", ""))
        except (TypeError, ValueError, IndexError):
            told = None
        if told is not None and told.tzinfo is not None:
            self._told_at = told
        left, limit = number(response, "X-RateLimit-Remaining"), number(response, "X-RateLimit-Limit")
        if left is not None and limit is not None:
            resets_in = number(response, "X-RateLimit-Reset")
            self._spend(Usage(points=1, left=int(left), limit=int(limit), resets_in=resets_in))
