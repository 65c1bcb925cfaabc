"""Jira's three rate limits, counted by the simulator's clock (facts §4).

* Points an hour, of the app over all its sites (or of each site, for apps of the second tier): a
  read costs 1 and 1 more for each thing in its answer (2 for a person or a permission), a write 1.
  They come back at the full UTC hour.
* Calls a second, of everybody together, to one endpoint of a site by one method.
* Writes to one issue, in two seconds and in thirty.

Not confirmed, and decided here: a call that a limit refuses costs nothing and counts nowhere, one
that Jira refuses costs 1; an answer may overdraw the hour, and the next call hits the wall; the
seconds are sliding windows.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator.clock import HOUR
from plugins.jira.simulator.faults import HTML, HTML_429
from plugins.jira.simulator.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from plugins.jira.simulator.world import Limits

SECOND: Final = 1.0
SHORT: Final = 2.0
LONG: Final = 30.0
NEAR: Final = 0.2
# What is asked for by POST and changes nothing.
READS_BY_POST: Final = {"searchAndReconsileIssuesUsingJqlPost", "bulkFetchIssues", "readWorkflows", "getCommentsByIds"}
DEAR: Final = {"getCurrentUser", "getMyPermissions", "findAssignableUsers"}
DEAR_COST: Final = 2
LISTS: Final = ("issues", "values", "transitions", "workflows", "permissions", "keys", "comments", "issueTypes")


@dataclass(frozen=True, slots=True)
class MeteredCall:
    """A call as the limits see it; `issue` is the one that it writes to."""

    site: str
    operation: str
    endpoint: str
    method: str
    issue: str | None = None


class TooManyCallsError(RefusalError):
    """429 with how long to wait and which limit was hit; the body is JSON, or HTML where told so."""

    def __init__(self, reason: str, wait: float, now: float, *, html: bool) -> None:
        body: object = HTML_429 if html else {"errorMessages": ["Rate limit exceeded."], "errors": {}}
        super().__init__(429, body)
        seconds = max(math.ceil(wait), 1)
        self.content_type = HTML if html else RefusalError.content_type
        self.headers = {
            "Retry-After": str(seconds),
            "X-RateLimit-Reset": f"{datetime.fromtimestamp(now + seconds, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "RateLimit-Reason": reason,
        }


class Window:
    """The times of the last calls of one kind."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def wait(self, most: int | None, length: float, now: float) -> float:
        """How long until one more call fits, 0 where it does now."""
        if most is None:
            return 0.0
        inside = [at for at in self._times if at > now - length]
        return inside[-most] + length - now if len(inside) >= most else 0.0

    def add(self, now: float, keep: float) -> None:
        self._times.append(now)
        while self._times[0] <= now - keep:
            self._times.popleft()

    def count(self, length: float, now: float) -> int:
        return sum(at > now - length for at in self._times)


class Meter:
    """What was used up so far, and who must wait."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._hour = -1
        self._points: defaultdict[str, int] = defaultdict(int)
        self._bursts: defaultdict[Hashable, Window] = defaultdict(Window)
        self._writes: defaultdict[Hashable, Window] = defaultdict(Window)

    def admit(self, call: MeteredCall, now: float) -> None:
        """Count the call, or raise TooManyCallsError."""
        for reason, wait in self._waits(call, now):
            if wait > 0:
                raise TooManyCallsError(reason, wait, now, html=self.limits.html)
        self._burst(call).add(now, SECOND)
        if call.issue is not None:
            self._writes[call.site, call.issue].add(now, LONG)

    def spend(self, site: str, points: int, now: float) -> None:
        self._turn_hour(now)
        self._points[site] += points

    def points(self, now: float, site: str | None = None) -> int:
        """The points used in this hour: of one site, or of all."""
        self._turn_hour(now)
        return sum(self._points.values()) if site is None else self._points[site]

    def headers(self, site: str, now: float) -> dict[str, str]:
        """What an answer tells about the hour (the structured fields of facts §4)."""
        most = self.limits.points
        if most is None:
            return {}
        left = max(most - self._used(site, now), 0)
        name = "tenant-app-quota" if self.limits.points_per == "site" else "global-app-quota"
        found = {
            "RateLimit-Policy": f'"{name}";q={most};w={int(HOUR)}',
            "RateLimit": f'"{name}";r={left};t={math.ceil(_until_hour(now))}',
        }
        return found | {"X-RateLimit-NearLimit": "true"} if left < most * NEAR else found

    def burst_count(self, call: MeteredCall, now: float) -> int:
        return self._burst(call).count(SECOND, now)

    def _waits(self, call: MeteredCall, now: float) -> Iterator[tuple[str, float]]:
        limits = self.limits
        spent = limits.points is not None and self._used(call.site, now) >= limits.points
        kind = "tenant" if limits.points_per == "site" else "global"
        yield f"jira-quota-{kind}-based", _until_hour(now) if spent else 0.0
        yield "jira-burst-based", self._burst(call).wait(_burst_limit(limits, call), SECOND, now)
        if call.issue is not None:
            writes = self._writes[call.site, call.issue]
            waits = (
                writes.wait(limits.issue_writes_2s, SHORT, now),
                writes.wait(limits.issue_writes_30s, LONG, now),
            )
            yield "jira-per-issue-on-write", max(waits)

    def _burst(self, call: MeteredCall) -> Window:
        return self._bursts[call.site, call.endpoint, call.method]

    def _used(self, site: str, now: float) -> int:
        return self.points(now, site if self.limits.points_per == "site" else None)

    def _turn_hour(self, now: float) -> None:
        hour = int(now // HOUR)
        if hour != self._hour:
            self._hour = hour
            self._points.clear()


def cost(call: MeteredCall, body: Any) -> int:
    """The points of a call that was answered so."""
    if call.method != "GET" and call.operation not in READS_BY_POST:
        return 1
    return 1 + _things(body) * (DEAR_COST if call.operation in DEAR else 1)


def _things(body: Any) -> int:
    if isinstance(body, list):
        return len(body)
    if not isinstance(body, dict):
        return 0
    listed = [body[name] for name in LISTS if name in body and "id" not in body]
    return len(listed[0]) if listed else 1


def _burst_limit(limits: Limits, call: MeteredCall) -> int | None:
    special = {"getIssue": limits.burst_get_issue, "getChangeLogs": limits.burst_get_changelog}
    usual = {
        "GET": limits.burst_get,
        "POST": limits.burst_post,
        "PUT": limits.burst_put,
        "DELETE": limits.burst_delete,
    }
    return special.get(call.operation, usual.get(call.method))


def _until_hour(now: float) -> float:
    return HOUR - now % HOUR
