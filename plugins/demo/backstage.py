"""Lets things happen at the simulated Atlassian that no visitor can cause, and reads which calls reached it."""

from __future__ import annotations

from typing import Any, Final

import requests

TIMEOUT_S: Final = 10.0
API: Final = "/ex/jira/"
READING: Final = frozenset({"bulkFetchIssues", "searchAndReconsileIssuesUsingJqlPost"})
"""They read, though their method is POST."""


class Backstage:
    """The simulator's control interface over HTTP."""

    def __init__(self, atlassian_url: str) -> None:
        self._url = f"{atlassian_url}/_simulator"
        self._http = requests.Session()
        self._http.trust_env = False

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def let(self, action: str, **arguments: Any) -> None:
        """Do something to the running world, such as `let("advance", seconds=3600)`."""
        self._http.post(f"{self._url}/{action}", json=arguments, timeout=TIMEOUT_S).raise_for_status()

    def counts(self) -> dict[str, int]:
        """Tell how often each operation was called since `let("reset_calls")`."""
        counts: dict[str, int] = self._read()["counts"]
        return counts

    def statuses(self, operation: str | None = None) -> list[int]:
        """Tell how the calls of one operation, or all, were answered, in order."""
        return [call["status"] for call in self._read(operation=operation)["calls"]]

    def writes(self) -> list[str]:
        """Tell which operations of Jira were called that change something, in order; not what people did there."""
        calls = [call for call in self._read()["calls"] if call["path"].startswith(API)]
        return [one["operation"] for one in calls if one["method"] != "GET" and one["operation"] not in READING]

    def _read(self, **query: str | None) -> dict[str, Any]:
        answer = self._http.get(f"{self._url}/calls", params=query, timeout=TIMEOUT_S)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content
