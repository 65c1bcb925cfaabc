"""Authlib's traps (``dependencies.md`` §4), each closed: these tests fail if an upgrade opens one again."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_mock import Mocker

import plugins.jira
from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.outbound import new_session
from helpdesk_core.values import ConnectRequest, Secret
from plugins.jira.connect import JiraConnectFlow
from tests.jira.atlassian import (
    CALLBACK_URL,
    NOW,
    REFRESH_TOKEN,
    SETTINGS,
    SITES_URL,
    TOKEN_ANSWER,
    TOKEN_URL,
    callback,
    refresh_request,
)

flow = JiraConnectFlow()


class RecordingAdapter(requests.adapters.HTTPAdapter):
    """Answers with a token and keeps the options with which it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        self.options.append(options)
        response = requests.Response()
        response.status_code, response.url, response.request = 200, str(request.url), request
        response._content = b'{"access_token": "a", "refresh_token": "r"}'
        return response


def test_token_calls_use_the_helpdesks_session_and_so_its_adapters() -> None:
    session, adapter = requests.Session(), RecordingAdapter()
    session.mount("https://auth.atlassian.com", adapter)
    assert flow.refresh(refresh_request(http=session)).access_token == Secret("a")
    assert len(adapter.options) == 1


def test_token_calls_have_the_time_outs_of_the_helpdesks_session(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def send(self: object, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        seen.append(options["timeout"])
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    with new_session() as session, pytest.raises(TemporarilyUnavailable):
        flow.refresh(refresh_request(http=session))
    assert seen
    assert None not in seen


@pytest.mark.parametrize("status", [400, 429])
def test_json_without_error_never_becomes_a_token(requests_mock: Mocker, status: int) -> None:
    """Authlib would take {"message": …} for a token, give it the old refresh token and hand it to be stored."""
    requests_mock.post(TOKEN_URL, status_code=status, json={"message": "Too many requests", "expires_in": 3600})
    request = refresh_request()
    with pytest.raises(TemporarilyUnavailable):
        flow.refresh(request)
    assert request.credentials.refresh_token == Secret(REFRESH_TOKEN)


@pytest.mark.parametrize("expires_in", ["soon", {"a": 1}, "", [1]])
def test_a_rotated_pair_survives_a_lifetime_that_authlib_cannot_read(requests_mock: Mocker, expires_in: object) -> None:
    requests_mock.post(TOKEN_URL, json={**TOKEN_ANSWER, "refresh_token": "rotated", "expires_in": expires_in})
    assert flow.refresh(refresh_request()).refresh_token == Secret("rotated")


def test_the_lifetime_counts_from_the_helpdesks_clock(requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    requests_mock.post(TOKEN_URL, json={**TOKEN_ANSWER, "expires_in": "1800"})
    renewed = flow.refresh(refresh_request())
    assert renewed.expires_at is not None
    assert (renewed.expires_at - NOW).total_seconds() == 1800


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_client_secret_does_not_follow_a_redirect(requests_mock: Mocker, status: int) -> None:
    requests_mock.post(TOKEN_URL, status_code=status, headers={"Location": "https://evil.example/token"})
    elsewhere = requests_mock.post("https://evil.example/token", json=TOKEN_ANSWER)
    with pytest.raises(TemporarilyUnavailable):
        flow.refresh(refresh_request())
    assert not elsewhere.called


def test_nothing_is_sent_by_basic_authentication_or_as_a_form(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, json=TOKEN_ANSWER)
    requests_mock.get(SITES_URL, json=[])
    flow.complete(callback())
    flow.refresh(refresh_request())
    for sent in (call for call in requests_mock.request_history if call.method == "POST"):
        assert sent.headers["Content-Type"] == "application/json"
        assert int(sent.headers["Content-Length"]) == len(sent.body)
        assert "Authorization" not in sent.headers
        assert "scope" not in sent.json()
        assert "code_verifier" not in sent.json()


def test_the_state_is_the_helpdesks_own_and_never_authlibs(requests_mock: Mocker) -> None:
    """Checking it is the helpdesk's work: it is single-use and bound to the admin, which Authlib cannot know."""
    request = ConnectRequest(
        callback_url=CALLBACK_URL, state=Secret("own"), settings=SETTINGS, http=requests.Session(), now=NOW
    )
    assert flow.begin(request).url.count("state=") == 1
    assert "state=own" in flow.begin(request).url


@pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost:8090"])
def test_a_simulator_needs_no_process_wide_switch(
    requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv("AUTHLIB_INSECURE_TRANSPORT", raising=False)
    requests_mock.post(f"http://{host}/oauth/token", json=TOKEN_ANSWER)
    renewed = flow.refresh(refresh_request(settings={**SETTINGS, "auth_url": f"http://{host}"}))
    assert renewed.refresh_token == Secret(REFRESH_TOKEN)


def test_authlib_is_imported_in_one_module_only() -> None:
    folder = Path(plugins.jira.__file__ or "").parent
    users = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("authlib"))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("authlib") for alias in node.names))
    }
    assert users == {"oauth.py"}
