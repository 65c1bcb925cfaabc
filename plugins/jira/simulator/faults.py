"""Scripted trouble: which calls it hits, how often, and what happens then.

A fault names calls by operation (`searchProjects`, `token.refresh_token`, `authorize`; Jira's
operations bear the names of Atlassian's OpenAPI document) or by `METHOD /path`; `*` stands for
anything in both. Faults are tried in the order in which they were added.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"

HTML_429: Final = (
    '<!DOCTYPE html><html lang="en"><head><title>Oops</title></head>'
    '<body class="error-page error429"><h1>Something went wrong</h1></body></html>'
)
HTML_503: Final = (
    '<!DOCTYPE html><html lang="en"><head><title>Unavailable</title></head>'
    "<body><h1>This service is temporarily unavailable</h1></body></html>"
)


class FaultError(ValueError):
    """A fault cannot be scripted like this; the message says what to write."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What happens to a call that a fault hits.

    With a `status` the simulator answers so and does nothing else. Otherwise the call is served
    as usual, with what the other members say.
    """

    status: int | None = None
    body: str = ""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    drop: bool = False
    lose_answer: bool = False
    empty_site: bool = False


_RETRY: Final = {"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"}

EFFECTS: Final[dict[str, Effect]] = {
    "401": Effect(status=401, body='{"code":401,"message":"Unauthorized"}'),
    "401-scope": Effect(status=401, body='{"code":401,"message":"Unauthorized; scope does not match"}'),
    "403": Effect(status=403, body='{"code":403,"message":"Forbidden"}'),
    "404-gateway": Effect(status=404, body='{"status":404,"error":"Not Found","message":"No message available"}'),
    "429": Effect(
        status=429,
        body='{"errorMessages":["Rate limit exceeded."],"errors":{}}',
        headers=_RETRY,
    ),
    "429-html": Effect(status=429, body=HTML_429, content_type=HTML),
    "500": Effect(status=500, body='{"errorMessages":["Internal server error"],"errors":{}}'),
    "502": Effect(status=502, body="Bad Gateway", content_type="text/plain"),
    "503-html": Effect(status=503, body=HTML_503, content_type=HTML),
    "empty-body": Effect(status=200),
    "not-json": Effect(status=200, body="<html>Sign in</html>", content_type=HTML),
    "json-without-error": Effect(status=400, body='{"message":"Something went wrong"}'),
    "slow": Effect(seconds=3.0),
    "drop": Effect(drop=True),
    "lose-answer": Effect(lose_answer=True),
    "empty-site": Effect(empty_site=True),
}


@dataclass(slots=True)
class Fault:
    """`match` picks the calls; the first `skip` of them pass, the next `times` are hit."""

    match: str
    effect: Effect
    times: int | None = 1
    skip: int = 0

    def fits(self, method: str, path: str, operation: str) -> bool:
        if "/" in self.match:
            pattern = self.match if " " in self.match else f"* {self.match}"
            return fnmatchcase(f"{method} {path}", pattern)
        return fnmatchcase(operation, self.match)


class Faults:
    """The faults that wait for their calls."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def waiting(self) -> list[Fault]:
        return list(self._waiting)

    def take(self, method: str, path: str, operation: str) -> Effect | None:
        """The effect for this call, counted as used, or None."""
        for fault in self._waiting:
            if not fault.fits(method, path, operation):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault.effect
        return None


def effect_from(name: str, **changes: Any) -> Effect:
    """A named effect, or `answer` for one made of `changes` alone; changes override members."""
    if name == "answer":
        if "status" not in changes:
            raise FaultError('the effect "answer" needs a "status"')
        return Effect(**changes)
    try:
        base = EFFECTS[name]
    except KeyError:
        known = ", ".join(["answer", *EFFECTS])
        raise FaultError(f'no effect is called "{name}": write one of {known}') from None
    members = {slot: getattr(base, slot) for slot in Effect.__slots__}
    return Effect(**(members | changes))
