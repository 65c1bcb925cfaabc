"""Roundup at the other end of the contracts: a real server, in which other people act through its back end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import requests
from tracker import BOT, BOT_PASSWORD, Tracker

from helpdesk_core.testing import Remote
from helpdesk_core.values import Redirect, ShowForm


class RoundupRemote(Remote):
    """One running tracker. Roundup has no projects: the tracker is the one that there is."""

    project_key = "ISSUE"

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def http(self) -> requests.Session:
        http = super().http()
        http.trust_env = False  # no proxy of the machine's stands between us and loopback
        return http

    def consent(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        return self._typed(BOT_PASSWORD)

    def decline(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        return self._typed("mistyped")

    def _typed(self, password: str) -> Mapping[str, str]:
        return {"url": self._tracker.url, "login": BOT, "password": password, "messages": "everybody"}

    def revoke(self) -> None:
        self._tracker.set_user(BOT, password="another-password")

    def project_keys(self) -> Sequence[str]:
        return [self.project_key]

    def add_issue(self, title: str) -> str:
        return self._tracker.add_issue(title, text="As people do there, with a first message.")

    def move_issue(self, issue_id: str, status_id: str) -> None:
        with self._tracker.acting() as db:
            db.issue.set(issue_id, status=status_id)

    def status_of(self, issue_id: str) -> str:
        with self._tracker.acting("admin") as db:
            return str(db.issue.get(issue_id, "status"))

    def delete_issue(self, issue_id: str) -> None:
        self._tracker.delete_issue(issue_id)

    def back_links(self, issue_id: str) -> int:
        return sum("/tickets/" in text for text in self._tracker.messages(issue_id))

    def say(self, issue_id: str, text: str, *, internal: bool = False) -> str | None:
        return None if internal else self._tracker.say(issue_id, text)

    def comments(self, issue_id: str) -> Sequence[str]:
        return self._tracker.messages(issue_id)

    def issues_titled(self, title: str) -> int:
        return list(self._tracker.issues().values()).count(title)
