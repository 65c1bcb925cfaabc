"""What a search can see: issues as they were written down, and not before a while has passed.

Jira's search is eventually consistent (facts §2.9): an issue read by its id is fresh, the same
issue found by a search may be as it was some time ago, be missing, or be there still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.jira.simulator.state import Issue

ALWAYS: Final = 0.0
Version = tuple[float, "Issue | None"]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a `nextPageToken` stands for: the ids still to come."""

    account: str
    jql: str
    ids: tuple[str, ...]
    expires: float


class SearchIndex:
    """Every version of every issue, by the time of its writing; None is the end of an issue.

    `lag` is how late it sees a change, in seconds; `page_limit` makes pages shorter than asked for.
    """

    def __init__(self) -> None:
        self.lag = 0.0
        self.page_limit: int | None = None
        self.pages: dict[str, SearchPage] = {}
        self._versions: dict[str, list[Version]] = {}

    def put(self, issue: Issue, at: float) -> None:
        """Add a copy that nobody changes any more."""
        self._versions.setdefault(issue.id, []).append((at, issue))

    def drop(self, issue_id: str, at: float) -> None:
        self._versions.setdefault(issue_id, []).append((at, None))

    def seen(self, now: float) -> dict[str, Issue]:
        """What a search finds at this time, by id."""
        found: dict[str, Issue] = {}
        for issue_id, versions in self._versions.items():
            known = [issue for at, issue in versions if at == ALWAYS or at + self.lag <= now]
            if known and known[-1] is not None:
                found[issue_id] = known[-1]
        return found

    def forget(self, fits: Callable[[Issue], bool]) -> None:
        """Drop every version that fits, whatever the lag: its project or its type is no more."""
        for issue_id, versions in self._versions.items():
            self._versions[issue_id] = [(at, each) for at, each in versions if each is None or not fits(each)]

    def replace_status(self, status_id: str, replacement: str) -> None:
        """A status that is gone stands in no version either: Jira indexes its issues anew."""
        for versions in self._versions.values():
            for _, issue in versions:
                if issue is not None and issue.status_id == status_id:
                    issue.status_id = replacement
