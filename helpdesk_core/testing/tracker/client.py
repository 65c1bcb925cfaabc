"""The one place that sends calls to the tracker and turns its answers into the three families of errors.

Nothing is ever sent twice: whether a call whose answer was lost was carried out, the helpdesk finds out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from helpdesk_core.errors import AuthorizationLost, Extent, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.told import Told, Unreadable, clean
from helpdesk_core.values import ConnectionView, Secret

ROOT: Final = "https://tracker.test"
LONGEST_WAIT: Final = 24 * 3600.0
"""Seconds; nobody means more."""
SHOWN: Final = 300
"""How much of the tracker's own words an error carries."""
MOST_PAGES: Final = 1000
Query = Mapping[str, str | Sequence[str]]
codes: Final = requests.codes


class Bearer(AuthBase):
    """Puts the token on one request. As an `auth`, because requests lets a .netrc file overwrite a mere header."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class Client:
    """Calls of one account, through the session that the helpdesk made."""

    def __init__(self, http: requests.Session, token: Secret | None = None, base: str = ROOT) -> None:
        self._http = http
        self._token = token
        self._base = base

    @classmethod
    def of(cls, connection: ConnectionView) -> Client:
        """Return the client of a connection. The workspace goes by its id: its address may change."""
        return cls(connection.http, connection.credentials.access_token, f"{ROOT}/w/{segment(connection.workspace.id)}")

    def me(self) -> Told:
        """Say who we are: the call that only a good token passes."""
        told = self.get("me")
        told.text("id")  # any other object would be taken for a welcome
        return told

    def get(self, path: str, query: Query | None = None) -> Told:
        """Read something."""
        return Told.of(self.send("GET", path, query=query).content)

    def post(self, path: str, body: object, secrets: Sequence[Secret] = ()) -> Told:
        """Write something that is answered."""
        return Told.of(self.send("POST", path, body=body, secrets=secrets).content)

    def pages(self, path: str, query: Query | None = None) -> Iterator[Told]:
        """Read a list to its last page. One that never ends, or goes round in circles, is none."""
        asked, seen = dict(query or {}), set[str]()
        for _ in range(MOST_PAGES):
            told = self.get(path, asked)
            yield from told.items()
            after = told.maybe("next")
            if not after:
                return
            if after in seen:
                break
            seen.add(after)
            asked["after"] = after
        raise Unreadable

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        secrets: Sequence[Secret] = (),
    ) -> requests.Response:
        """Make one call; what comes back is a success."""
        if self._token and not _is_sendable(self._token):
            raise AuthorizationLost("The token holds characters that no token of the tracker has.")
        try:
            response = self._http.request(
                method,
                f"{self._base}/{path}",
                params=query,
                json=body,
                auth=Bearer(self._token) if self._token else None,
                headers={"Accept": "application/json"},
                allow_redirects=False,  # the interface never redirects; a token must not travel elsewhere
            )
            _ = response.content  # read within the try: a connection may break in the middle of an answer
        except OSError as error:  # those of requests are among these
            raise self.lost(error) from None
        if refused := self.refused(response, [*secrets, *([self._token] if self._token else [])]):
            raise refused
        return response

    def lost(self, error: OSError) -> IntegrationError:
        """Return what a call without an answer means."""
        return unreachable(error)

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        """Return what an answer refuses; `secrets` are blotted out of the tracker's words."""
        return refusal_of(response, secrets)


def _is_sendable(token: Secret) -> bool:
    text = token.reveal()
    return text.isascii() and text.isprintable() and " " not in text


def segment(id_: str) -> str:
    """Return an id as one part of a path. What cannot be one is the id of nothing."""
    if not clean(id_).strip(". "):
        raise gone("There can be nothing with this id.")
    return quote(clean(id_), safe="")


def gone(reason: str) -> Rejected:
    """Say that something is deleted or hidden."""
    cure = "Check in the tracker that it is still there, and that the connected account may see it."
    return Rejected(reason, cure=cure, code="gone")


def unreachable(error: OSError) -> TemporarilyUnavailable:
    """Name a call without an answer. The exception's own text is left out, because it holds the address."""
    if isinstance(error, requests.Timeout | TimeoutError):
        return TemporarilyUnavailable("The tracker did not answer in time.")
    return TemporarilyUnavailable(f"The tracker could not be reached ({type(error).__name__}).")


def refusal_of(response: requests.Response, secrets: Sequence[Secret] = ()) -> IntegrationError | None:
    """Return what an answer refuses, as the error to raise; None: it is a success."""
    status = response.status_code
    if codes.ok <= status < codes.multiple_choices:
        return None
    if status == codes.unauthorized:
        return AuthorizationLost("The tracker refuses the saved authorization.")
    if status == codes.too_many_requests:
        words = "The tracker asks for fewer calls for a while."
        wait = seconds_to_wait(response)
        return TemporarilyUnavailable(words, retry_after=wait, extent=Extent.OPERATION, is_outage=False)
    if codes.bad_request <= status < codes.internal_server_error and status != codes.request_timeout:
        return _rejection(response, secrets)
    words = f"The tracker cannot answer now (status {status})."
    return TemporarilyUnavailable(words, retry_after=seconds_to_wait(response))


CURES: Final = {
    "no_permission": "Let an owner of the project allow it to the connected account.",
    "gone": "Check in the tracker that it is still there, and that the connected account may see it.",
    "stale": "Look at what is open now, and try that.",
    "field_required": "Fill in what is missing.",
    "kind": "Choose another kind of issue.",
    "address_unsuitable": "Give the helpdesk a public https address.",
}
BY_STATUS: Final = {
    codes.forbidden: "no_permission",
    codes.not_found: "gone",
    codes.gone: "gone",
    codes.conflict: "stale",
    codes.unprocessable_entity: "field_required",
}
BY_NAME: Final = {"unknown_kind": "kind", "bad_address": "address_unsuitable", "not_yours": "not_yours"}
"""What the tracker's own names tell more exactly than the status."""


def _rejection(response: requests.Response, secrets: Sequence[Secret]) -> Rejected:
    name, words = said(response, secrets)
    code = BY_NAME.get(name) or BY_STATUS.get(response.status_code, "refused")
    reason = f"The tracker says: “{words}”." if words else "The tracker refused this."
    return Rejected(reason, cure=CURES.get(code, "What the tracker says tells what to change."), code=code)


def said(response: requests.Response, secrets: Sequence[Secret] = ()) -> tuple[str, str]:
    """Return how the tracker names a refusal, and its words for people: short, on one line, without our secrets."""
    try:
        told = Told.of(response.content)
        name, words = told.maybe("error"), told.maybe("message")
    except Unreadable:
        return "", ""
    for secret in secrets:
        if secret:
            words = words.replace(secret.reveal(), "…")
    words = " ".join(words.split()).rstrip(".")
    return name, words if len(words) <= SHOWN else f"{words[:SHOWN]}…"


def seconds_to_wait(response: requests.Response) -> float | None:
    """Return how long the tracker asks to be left alone, in seconds or until a date; None: it does not say."""
    text = response.headers.get("Retry-After", "")
    try:
        wait = float(text)
    except ValueError:
        wait = _seconds_until(text, response.headers.get("Date", ""))
    return min(max(wait, 0.0), LONGEST_WAIT) if math.isfinite(wait) else None


def _seconds_until(text: str, date: str) -> float:
    """Reckon from the answer's own date, so that a wrong clock on either side does no harm."""
    try:
        return (parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return math.nan


@contextmanager
def only(*allowed: str, **renamed: str) -> Iterator[None]:
    """Let a refusal bear one of these codes, or the one that it is renamed to, or else `refused`."""
    try:
        yield
    except Rejected as refusal:
        code = renamed.get(refusal.code, refusal.code if refusal.code in allowed else "refused")
        raise Rejected(refusal.reason, cure=refusal.cure, code=code, extent=refusal.extent) from None
