"""Jira at the other end of the contracts: the simulated Atlassian, as `helpdesk_core.testing` asks for it.

Announced in the entry-point group ``helpdesk.remotes``, so `helpdesk plugins check jira` works wherever the helpdesk is
installed. It is no part of the plugin, which does not know its simulator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

import requests

from helpdesk_core.testing import Letterbox, Remote
from helpdesk_core.testing.remote import Arrived
from helpdesk_core.values import Redirect, Secret, SettingsMap, ShowForm, Workspace
from plugins.jira.simulator import Simulator, demo_world
from plugins.jira.simulator.documents import plain_text
from plugins.jira.simulator.gateway import Caller
from plugins.jira.simulator.state import Issue

SITE: Final = "acme"
BOT: Final = "helpdesk-bot@acme.example"
BOT_PASSWORD: Final = "bot-password"  # noqa: S105 - of a simulated account
DANA: Final = "dana@acme.example"
TIMEOUT_S: Final = 10


class JiraRemote(Remote):
    """A simulated Atlassian with the demo's world, in which the helpdesk's account works in SUP."""

    callback_url = "http://127.0.0.1:8000/integrations/jira/callback"
    project_key = "SUP"

    def __init__(self) -> None:
        self._simulator = Simulator(demo_world(self.callback_url))
        self._letterbox = Letterbox()
        self._control = self._simulator.control
        self._control.set_create_field(SITE, self.project_key, "Bug", "components", required=True)

    def __enter__(self) -> Self:
        self._simulator.start()
        self._letterbox.__enter__()
        self.webhook_url = self._letterbox.url
        return self

    def __exit__(self, *_: object) -> None:
        self._simulator.stop()
        self._letterbox.__exit__()

    # ── connecting ──

    @property
    def settings(self) -> SettingsMap:
        app, url = self._simulator.state.app, self._simulator.url
        secret = Secret(app.client_secret)
        return {"client_id": app.client_id, "client_secret": secret, "auth_url": url, "api_url": url}

    def consent(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        return self._decide(asked, "authorize")

    def decline(self, asked: Redirect | ShowForm) -> Mapping[str, str]:
        return self._decide(asked, "cancel")

    def choose(self, workspaces: Sequence[Workspace]) -> Workspace:
        return next(each for each in workspaces if each.name == SITE)

    def revoke(self) -> None:
        self._control.revoke_grant(BOT)
        self._control.expire_access_tokens()

    def _decide(self, asked: Redirect | ShowForm, decision: str) -> Mapping[str, str]:
        """Do at the consent page what a person does in a browser."""
        assert isinstance(asked, Redirect)
        with requests.Session() as browser:
            first = browser.get(asked.url, timeout=TIMEOUT_S)
            onward = dict(parse_qsl(urlsplit(first.url).query))["continue"]
            who = {"continue": onward, "email": BOT, "password": BOT_PASSWORD}
            page = browser.post(f"{self._simulator.url}/login", data=who, timeout=TIMEOUT_S).text
            ticket = re.search(r'name="ticket" value="([^"]+)"', page)
            site = re.search(rf'<option value="([^"]+)">{SITE}', page)
            assert ticket, page
            answer = {"ticket": ticket[1], "site": site[1] if site else "", "decision": decision}
            url = f"{self._simulator.url}/authorize"
            back = browser.post(url, data=answer, allow_redirects=False, timeout=TIMEOUT_S).headers["Location"]
        return dict(parse_qsl(urlsplit(back).query))

    # ── the project, and what other people do in it ──

    def project_keys(self) -> Sequence[str]:
        state = self._simulator.state
        caller = Caller(state, state.site(SITE), state.account(BOT))
        return [project.key for project in caller.visible_projects()]

    def add_issue(self, title: str) -> str:
        key = self._control.create_issue(SITE, self.project_key, "Task", title, DANA)
        return next(each.id for each in self._issues() if self._simulator.state.site(SITE).key_of(each) == key)

    def move_issue(self, issue_id: str, status_id: str) -> None:
        self._control.transition(SITE, issue_id, status_id, DANA)

    def status_of(self, issue_id: str) -> str:
        return self._simulator.state.site(SITE).issues[issue_id].status_id

    def delete_issue(self, issue_id: str) -> None:
        self._control.delete_issue(SITE, issue_id, DANA)

    def issues_titled(self, title: str) -> int:
        return sum(each.summary == title for each in self._issues())

    def back_links(self, issue_id: str) -> int:
        return len(self._simulator.state.site(SITE).issues[issue_id].remote_links)

    # ── comments and deliveries ──

    def say(self, issue_id: str, text: str, *, internal: bool = False) -> str | None:
        return self._control.comment(SITE, issue_id, DANA, text, internal=internal)

    def comments(self, issue_id: str) -> Sequence[str]:
        return [plain_text(each.body) for each in self._simulator.state.site(SITE).issues[issue_id].comments]

    def deliveries(self) -> Sequence[Arrived]:
        self._control.settle_deliveries()
        return list(self._letterbox.arrived)

    def _issues(self) -> list[Issue]:
        return list(self._simulator.state.site(SITE).issues.values())
