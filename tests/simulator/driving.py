"""Drives a simulator as a browser and a client would, without a server between."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from plugins.jira.simulator import Simulator

ALL_SCOPES = (
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-webhook",
    "manage:jira-configuration",
    "read:me",
    "offline_access",
)
DANA = "dana@acme.example"
BOT = "helpdesk-bot@acme.example"
SAM = "sam@elsewhere.example"
PASSWORDS = {DANA: "dana-password", BOT: "bot-password", SAM: "sam-password"}


class Driver:
    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.state = simulator.state
        self.browser = simulator.flask.test_client()
        self.client = simulator.flask.test_client(use_cookies=False)

    def sign_in(self, email: str = DANA, password: str | None = None) -> TestResponse:
        form = {"email": email, "password": password or PASSWORDS[email]}
        return self.browser.post("/login", data=form)

    def authorize(self, **changes: str | None) -> TestResponse:
        """Open /authorize with a right request, changed as told; None leaves a parameter out."""
        query: dict[str, str | None] = {
            "audience": "api.atlassian.com",
            "client_id": self.state.app.client_id,
            "scope": " ".join(ALL_SCOPES),
            "redirect_uri": self.state.app.callback_urls[0],
            "state": "state-of-the-flow",
            "response_type": "code",
            "prompt": "consent",
        }
        asked = {name: value for name, value in (query | changes).items() if value is not None}
        return self.browser.get("/authorize", query_string=asked)

    def decide(self, page: TestResponse, decision: str, site: str | None = None) -> TestResponse:
        form = {"ticket": hidden(page, "ticket"), "decision": decision}
        if site is not None:
            form["site"] = self.state.site(site).site.id
        return self.browser.post("/authorize", data=form)

    def code(self, site: str | None = "acme", **changes: str | None) -> str:
        """The code that a consent in the browser brings to the callback."""
        answer = self.decide(self.authorize(**changes), "authorize", site)
        return callback(answer)["code"]

    def token(self, **body: Any) -> TestResponse:
        known = {
            "client_id": self.state.app.client_id,
            "client_secret": self.state.app.client_secret,
        }
        return self.client.post("/oauth/token", json=known | body)

    def redeem(self, code: str, /, **changes: Any) -> TestResponse:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.state.app.callback_urls[0],
        }
        return self.token(**(body | changes))

    def refresh(self, refresh_token: str) -> TestResponse:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def connect(
        self, email: str = DANA, sites: tuple[str, ...] = ("acme",), scopes: Any = ALL_SCOPES
    ) -> dict[str, Any]:
        """A token answer without the pages."""
        code = self.simulator.control.consent(email, sites, scopes)
        answer = self.redeem(code).get_json()
        assert isinstance(answer, dict)
        return answer

    def resources(self, access_token: str) -> Any:
        header = {"Authorization": f"Bearer {access_token}"}
        return self.client.get("/oauth/token/accessible-resources", headers=header).get_json()


class Api:
    """Calls Jira's REST API of one site with one access token."""

    def __init__(self, driver: Driver, access_token: str | None, site: str = "acme") -> None:
        self._client = driver.client
        self.base = f"/ex/jira/{driver.state.site(site).site.id}/rest/api/3"
        self._headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}

    def __call__(self, method: str, path: str, body: Any = None) -> TestResponse:
        more = {} if body is None else {"json": body}
        return self._client.open(self.base + path, method=method, headers=self._headers, **more)

    def get(self, path: str) -> Any:
        answer = self("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.get_json()


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def callback(answer: TestResponse) -> dict[str, str]:
    """What the redirect to the callback carries."""
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    found = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {"to": parts._replace(query="").geturl(), **found}
