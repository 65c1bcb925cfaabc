"""Reads one HTTP answer far enough to tell who speaks and what they say; decides nothing.

Bodies are as `jira-cloud-api.md` §2.13 and the recorded answers show them; a body may also be HTML, plain text, or
missing, whatever its content type says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import cached_property
from typing import Final

import requests

SHOWN: Final = 300
"""How much of the remote system's own words an error carries."""
TRACE_HEADERS: Final = ("atl-traceid", "x-arequestid", "atl-request-id", "x-trace-id")
TRACE_ID: Final = re.compile(r"[\w-]{6,80}")
QUOTA_WORDS: Final = {
    # https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
    "jira-quota-global-based": "The app's hourly budget over all sites is used up.",
    "jira-quota-tenant-based": "The app's hourly budget for this site is used up.",
    "jira-burst-based": "There were too many calls in one second.",
    "jira-per-issue-on-write": "There were too many changes to one issue.",
    "jira-cost-based": "The budget for calls is used up.",
}


class Speaker(Enum):
    """Who wrote the body."""

    JIRA = auto()
    GATEWAY = auto()
    UNKNOWN = auto()


class Answer:
    """An HTTP answer, seen by what it says."""

    def __init__(self, response: requests.Response, secrets: tuple[str, ...] = ()) -> None:
        self.response = response
        self._secrets = tuple(secret for secret in secrets if secret)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @cached_property
    def body(self) -> dict[str, object]:
        """The body if it is a JSON object, else nothing."""
        body = json_of(self.response)
        return body if isinstance(body, dict) else {}

    @property
    def was_anonymous(self) -> bool:
        """Whether Jira took us for a stranger, which it tells in a header only (jira.js issue 418)."""
        return "AUTHENTICATED_FAILED" in self.response.headers.get("x-seraph-loginreason", "").upper()

    @cached_property
    def speaker(self) -> Speaker:
        """Who wrote the body."""
        if {"errorMessages", "errors"} & self.body.keys() or {"title", "detail"} <= self.body.keys():
            return Speaker.JIRA
        if {"code", "message"} <= self.body.keys() or {"status", "error", "path"} <= self.body.keys():
            return Speaker.GATEWAY
        return Speaker.UNKNOWN

    @property
    def limit(self) -> str:
        """Which rate limit was reached, by ``RateLimit-Reason``; empty where the answer does not tell."""
        return self.response.headers.get("RateLimit-Reason", "").strip().lower()

    @property
    def complaints(self) -> dict[str, str]:
        """What Jira says of single fields, which stand on a screen; validators speak in `messages` (data/README)."""
        errors = self.body.get("errors")
        return {str(field): str(said) for field, said in errors.items()} if isinstance(errors, dict) else {}

    @property
    def messages(self) -> tuple[str, ...]:
        """What Jira says of the whole."""
        messages = self.body.get("errorMessages")
        return tuple(map(str, messages)) if isinstance(messages, list) else ()

    @property
    def gateway_message(self) -> str:
        """What the gateway says, in lower case; empty where somebody else speaks."""
        return str(self.body.get("message", "")).lower() if self.speaker is Speaker.GATEWAY else ""

    @property
    def words(self) -> str:
        """The remote system's own words for people, short, on one line and without what we sent in secret."""
        quota = QUOTA_WORDS.get(self.limit, "")
        said = "; ".join(text for text in self._said() if text)
        return quota or (f"It says: “{blot(said, self._secrets)}”." if said else "")

    @property
    def trace(self) -> str:
        """Atlassian's own number for this call, which its support asks for (facts §2.13)."""
        for header in TRACE_HEADERS:
            trace_id = self.response.headers.get(header, "")
            if TRACE_ID.fullmatch(trace_id):
                return f"(Atlassian's trace id: {trace_id})"
        return ""

    def _said(self) -> Iterator[str]:
        match self.body:
            case {"errorMessages": list(messages)}:
                yield from map(str, messages)
            case {"detail": str(detail)}:
                yield detail
            case {"message": str(message)}:
                yield message
        yield from (f"{field}: {message}" for field, message in self.complaints.items())


def json_of(response: requests.Response) -> object:
    """Return the body as JSON, or None where it is none, whatever the content type says."""
    try:
        body: object = response.json()
    except (ValueError, RecursionError):
        return None
    return body


def blot(text: str, secrets: tuple[str, ...]) -> str:
    """Make a remote text fit to be shown: one line, short, and every given secret blotted out."""
    for secret in secrets:
        text = text.replace(secret, "…")
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
