"""Renewing tokens: refusal and outage are told apart, and nothing that is good is lost."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import Secret
from plugins.jira.connect import JiraConnectFlow
from tests.jira.atlassian import (
    CLIENT_SECRET,
    NOW,
    REFRESH_TOKEN,
    SCOPES,
    TOKEN_ANSWER,
    TOKEN_URL,
    credentials,
    refresh_request,
)

flow = JiraConnectFlow()


def test_refresh_sends_json_without_scope_and_returns_the_new_pair(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, json={**TOKEN_ANSWER, "access_token": "new-a", "refresh_token": "new-r"})
    renewed = flow.refresh(refresh_request())
    assert (renewed.access_token, renewed.refresh_token) == (Secret("new-a"), Secret("new-r"))
    assert renewed.expires_at == NOW + timedelta(hours=1)
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.json() == {
        "grant_type": "refresh_token",
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    }


@pytest.mark.parametrize("missing", [{}, {"refresh_token": None}, {"refresh_token": ""}])
def test_the_old_refresh_token_and_scopes_stay_where_the_answer_has_none(
    requests_mock: Mocker, missing: dict[str, object]
) -> None:
    requests_mock.post(TOKEN_URL, json={"access_token": "new-a", **missing})
    renewed = flow.refresh(refresh_request())
    assert renewed.access_token == Secret("new-a")
    assert renewed.refresh_token == Secret(REFRESH_TOKEN)
    assert renewed.scopes == frozenset(SCOPES.split())
    assert renewed.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
@pytest.mark.parametrize("error", ["invalid_grant", "unauthorized_client"])
def test_a_refused_refresh_token_ends_the_authorization_at_any_4xx(
    requests_mock: Mocker, status: int, error: str
) -> None:
    body = {"error": error, "error_description": "Unknown or invalid refresh token."}
    requests_mock.post(TOKEN_URL, status_code=status, json=body)
    with pytest.raises(AuthorizationLost, match="Unknown or invalid refresh token"):
        flow.refresh(refresh_request())


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("error", ["access_denied", "invalid_client"])
def test_a_wrong_client_secret_is_mended_in_the_set_up_and_not_by_consent(
    requests_mock: Mocker, status: int, error: str
) -> None:
    requests_mock.post(TOKEN_URL, status_code=status, json={"error": error})
    with pytest.raises(Rejected) as caught:
        flow.refresh(refresh_request())
    assert caught.value.code == "client_refused"
    assert "secret" in caught.value.cure


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_request", "error_description": "Incorrect request parameters"}),
        (400, {"message": "junk"}),
        (429, {"message": "junk"}),
        (429, "<html>"),
        (500, {"error": "invalid_grant"}),
        (503, ""),
        (200, {"message": "junk"}),
        (200, {"error": "invalid_grant"}),
        (200, "<html>"),
        (200, ""),
        (307, ""),
    ],
)
def test_everything_else_is_an_outage_and_gives_no_credentials(
    requests_mock: Mocker, status: int, body: object
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    requests_mock.post(TOKEN_URL, status_code=status, text=text, headers={"Location": "https://elsewhere.example"})
    with pytest.raises(TemporarilyUnavailable):
        flow.refresh(refresh_request())
    assert requests_mock.call_count == 1, "a redirect would carry the client secret elsewhere"


def test_an_outage_tells_how_long_to_wait(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, status_code=429, headers={"Retry-After": "17"})
    with pytest.raises(TemporarilyUnavailable) as caught:
        flow.refresh(refresh_request())
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("error", [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError])
def test_no_answer_is_an_outage(requests_mock: Mocker, error: type[Exception]) -> None:
    requests_mock.post(TOKEN_URL, exc=error)
    with pytest.raises(TemporarilyUnavailable):
        flow.refresh(refresh_request())


def test_without_a_refresh_token_only_a_person_can_go_on(requests_mock: Mocker) -> None:
    with pytest.raises(AuthorizationLost):
        flow.refresh(refresh_request(credentials=credentials(refresh_token=None)))
    assert not requests_mock.called


def test_without_set_up_nothing_is_sent(requests_mock: Mocker) -> None:
    with pytest.raises(Rejected) as caught:
        flow.refresh(refresh_request(settings={}))
    assert caught.value.code == "setup_needed"
    assert not requests_mock.called
