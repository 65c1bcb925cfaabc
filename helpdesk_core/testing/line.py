"""The line between a plugin and its remote system: it counts what is sent, and can be cut in every usual way.

A plugin makes its calls through the session that it is given, so trouble can be made there, alike for every remote
system, and no author has to build an outage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from io import BytesIO
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

RETRY_AFTER_S: Final = 7
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Trouble(StrEnum):
    """What can happen to a call."""

    DOWN = "nobody answers"
    SLOW = "no answer comes in time"
    BROKEN = "a proxy answers 503 with a page"
    BUSY = "the answer is 429 with Retry-After"
    NONSENSE = "a page comes instead of an answer, with the status 200"
    OTHER_JSON = "a text comes as JSON instead of an answer"
    OTHER_OBJECT = "an object of another kind comes as JSON instead of an answer"
    EMPTY = "an empty body comes instead of an answer"
    ECHO = "a proxy answers 502 with a page that repeats the whole request"


OUTAGES: Final = (Trouble.DOWN, Trouble.SLOW, Trouble.BROKEN)
UNREADABLE: Final = (Trouble.NONSENSE, Trouble.OTHER_JSON, Trouble.OTHER_OBJECT, Trouble.EMPTY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One call as it went out."""

    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def is_write(self) -> bool:
        """Whether it may change something there."""
        return self.method not in READS


@dataclass
class Line:
    """Carries the calls of one session. Without trouble it only takes notes."""

    sent: list[Sent] = field(default_factory=list)
    lost: bool = False
    """Whether the answer that was to be lost was lost."""
    _trouble: Trouble | None = None
    _healthy_calls: int = 0
    _losing: int = 0

    def tap(self, session: requests.Session) -> requests.Session:
        """Lead everything that the session sends through this line."""
        for prefix, adapter in list(session.adapters.items()):
            session.mount(prefix, _Tap(self, adapter))
        return session

    @property
    def writes(self) -> int:
        """How many calls may have changed something there."""
        return sum(each.is_write for each in self.sent)

    @contextmanager
    def suffering(self, trouble: Trouble, *, after: int = 0) -> Iterator[None]:
        """Let all calls meet a trouble, or all but the first ones."""
        self._trouble, self._healthy_calls = trouble, after
        try:
            yield
        finally:
            self._trouble = None

    @contextmanager
    def losing(self, which: int) -> Iterator[None]:
        """Carry out all calls, and lose the answer to one of those that may change something, counted from one."""
        self._losing, self.lost = which, False
        try:
            yield
        finally:
            self._losing = 0

    def carry(self, adapter: BaseAdapter, request: requests.PreparedRequest, options: Any) -> requests.Response:
        """Send one call on, unless it meets trouble."""
        sent = Sent(method=request.method or "GET", url=request.url or "", headers=dict(request.headers))
        self.sent.append(sent)
        if self._trouble:
            if self._healthy_calls <= 0:
                return _meet(self._trouble, request)
            self._healthy_calls -= 1
        answer = adapter.send(request, **options)
        if self._losing and sent.is_write:
            self._losing -= 1
            if not self._losing:
                self.lost = True
                answer.close()
                raise requests.ReadTimeout("The answer was lost.", request=request)
        return answer


class _Tap(BaseAdapter):
    """Stands in front of a session's own adapter."""

    def __init__(self, line: Line, adapter: BaseAdapter) -> None:
        super().__init__()
        self._line, self._adapter = line, adapter

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        # requests passes everything by name; the named parameters would only be handed on
        return self._line.carry(self._adapter, request, options)

    def close(self) -> None:
        self._adapter.close()


PAGE: Final = b"<!doctype html><html><title>Service</title><p>Please stand by.</p></html>"
HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
JSON: Final = {"Content-Type": "application/json"}
ANSWERS: Final[dict[Trouble, tuple[int, bytes, Mapping[str, str]]]] = {
    Trouble.BROKEN: (503, PAGE, HTML),
    Trouble.BUSY: (429, PAGE, HTML | {"Retry-After": str(RETRY_AFTER_S)}),
    Trouble.NONSENSE: (200, PAGE, HTML),
    Trouble.OTHER_JSON: (200, b'"nonsense"', JSON),
    Trouble.OTHER_OBJECT: (200, b'{"nonsense": [null, 1, {"id": null}]}', JSON),
    Trouble.EMPTY: (200, b"", {}),
}


def _meet(trouble: Trouble, request: requests.PreparedRequest) -> requests.Response:
    if trouble is Trouble.DOWN:
        raise requests.ConnectionError("Connection refused.", request=request)
    if trouble is Trouble.SLOW:
        raise requests.ReadTimeout("Read timed out.", request=request)
    if trouble is Trouble.ECHO:
        return _answer(request, 502, _repeat(request), HTML)
    return _answer(request, *ANSWERS[trouble])


def _repeat(request: requests.PreparedRequest) -> bytes:
    """Write the page of a proxy that shows far too much."""
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = request.body.decode(errors="replace") if isinstance(request.body, bytes) else str(request.body or "")
    return f"<html><pre>{request.method} {request.url}\n{escape(headers)}\n\n{escape(body)}</pre></html>".encode()


def _answer(
    request: requests.PreparedRequest, status: int, body: bytes, headers: Mapping[str, str]
) -> requests.Response:
    # urllib3's own response, so that a plugin may read it in every way in which it reads a real one
    raw = HTTPResponse(body=BytesIO(body), headers=headers, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, raw)
