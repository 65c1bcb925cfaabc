"""The tracker at the other end of the contracts: what every plugin has beside it, as the shortest example of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import requests

from helpdesk_core.testing.remote import Arrived, Remote
from helpdesk_core.testing.tracker.connected import settings_of
from helpdesk_core.testing.tracker.service import Tracker
from helpdesk_core.values import Redirect, SettingsMap, ShowForm


class TrackerRemote(Remote):
    """A tracker of its own for each test, with the project p-1."""

    webhook_url = "https://helpdesk.test/integrations/contract/webhook"
    project_key = "ACME"

    def __init__(self) -> None:
        self.tracker = Tracker()
        self._arrived: list[Arrived] = []

    @property
    def settings(self) -> SettingsMap:
        return settings_of(self.tracker)

    def http(self) -> requests.Session:
        return self.tracker.session()

    def consent(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        return self.tracker.consent(asked.url) if isinstance(asked, Redirect) else {"token": self.tracker.api_token()}

    def decline(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        return self.tracker.deny(asked.url) if isinstance(asked, Redirect) else {"token": "mistyped"}

    def revoke(self) -> None:
        self.tracker.revoke_tokens(masked=True)  # the harder way: lists answer a stranger with nothing

    def project_keys(self) -> Sequence[str]:
        return [project.key for project in self.tracker.sites["w-1"].projects.values()]

    def add_issue(self, title: str) -> str:
        return self.tracker.add_issue(title)

    def move_issue(self, issue_id: str, status_id: str) -> None:
        self.tracker.move(issue_id, status_id)

    def status_of(self, issue_id: str) -> str:
        return self.tracker.issue(issue_id).status_id

    def delete_issue(self, issue_id: str) -> None:
        self.tracker.delete(issue_id)

    def back_links(self, issue_id: str) -> int:
        return len(self.tracker.issue(issue_id).links)

    def deliveries(self) -> Sequence[Arrived]:
        self._arrived += self.tracker.deliveries()
        return list(self._arrived)

    def say(self, issue_id: str, text: str, *, internal: bool = False) -> str | None:
        return self.tracker.say(issue_id, text, internal=internal)

    def comments(self, issue_id: str) -> Sequence[str]:
        return [each.text for each in self.tracker.issue(issue_id).comments.values()]

    def issues_titled(self, title: str) -> int:
        return sum(issue.title == title for site in self.tracker.sites.values() for issue in site.issues.values())


class TrackerRemoteByForm(TrackerRemote):
    """The same tracker for a plugin that connects by an API token, so nothing is set up."""

    @property
    def settings(self) -> SettingsMap:
        return {}
