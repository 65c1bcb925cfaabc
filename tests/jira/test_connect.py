"""Connecting a site: where the browser is sent, and every way in which coming back can end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import Authorized, ConnectRequest, Failed, FailureCode, Secret, SettingsMap
from plugins.jira.connect import JiraConnectFlow
from tests.jira.atlassian import (
    ACCESS_TOKEN,
    CALLBACK_URL,
    CLIENT_SECRET,
    CLOUD_ID,
    CODE,
    EXPIRED_401,
    JIRA_ENTRY,
    MYSELF,
    NOW,
    REFRESH_TOKEN,
    REST,
    SCOPE_401,
    SCOPES,
    SETTINGS,
    SITE,
    SITES_URL,
    STATE,
    TOKEN_ANSWER,
    TOKEN_URL,
    callback,
    connection,
)

flow = JiraConnectFlow()
HTML = "<!DOCTYPE html><title>Oops</title>"
CONFLUENCE_ENTRY = {**JIRA_ENTRY, "scopes": ["read:confluence-content.all"]}


def begin(settings: SettingsMap = SETTINGS, state: str = STATE) -> str:
    request = ConnectRequest(
        callback_url=CALLBACK_URL, state=Secret(state), settings=settings, http=requests.Session(), now=NOW
    )
    return flow.begin(request).url


def complete(**changes: Any) -> Authorized | Failed:
    return flow.complete(callback(**changes))


def failure(**changes: Any) -> Failed:
    outcome = complete(**changes)
    assert isinstance(outcome, Failed)
    return outcome


# ── begin ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_begin_sends_the_browser_to_consent_and_calls_nobody(requests_mock: Mocker) -> None:
    url = urlsplit(begin())
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://auth.atlassian.com/authorize"
    assert parse_qs(url.query) == {
        "audience": ["api.atlassian.com"],
        "client_id": ["client-1"],
        "scope": [SCOPES],
        "redirect_uri": [CALLBACK_URL],
        "state": [STATE],
        "response_type": ["code"],
        "prompt": ["consent"],
    }
    assert "%20" in url.query
    assert "+" not in url.query, "Atlassian documents %20 between scopes"
    assert not requests_mock.called


def test_begin_carries_the_helpdesks_own_state_even_with_odd_characters() -> None:
    assert parse_qs(urlsplit(begin(state="a+b c%/=&")).query)["state"] == ["a+b c%/=&"]


def test_begin_without_set_up_says_what_to_enter() -> None:
    with pytest.raises(Rejected, match="client id and secret"):
        begin(settings={})


# ── complete: what the browser brought ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", FailureCode.CONSENT_DENIED),
        ("invalid_scope", FailureCode.SCOPE_MISSING),
        ("unauthorized_client", FailureCode.CLIENT_REFUSED),
        ("server_error", FailureCode.REMOTE_UNAVAILABLE),
        ("something_new", FailureCode.REMOTE_REFUSED),
    ],
)
def test_an_error_on_the_way_back_is_named_and_nothing_is_called(
    requests_mock: Mocker, error: str, code: FailureCode
) -> None:
    query = {"error": error, "error_description": "User did not authorize the request", "state": Secret(STATE)}
    assert failure(query=query) == Failed(code=code, detail="User did not authorize the request")
    assert not requests_mock.called


@pytest.mark.parametrize("query", [{}, {"code": ""}, {"code": Secret(" ")}, {"state": Secret(STATE)}])
def test_a_way_back_without_a_code_is_no_guess(requests_mock: Mocker, query: SettingsMap) -> None:
    assert failure(query=query).code == FailureCode.ANSWER_UNREADABLE
    assert not requests_mock.called


# ── complete: the token answer ──────────────────────────────────────────────────────────────────────────────────────


def test_complete_exchanges_the_code_as_json_and_lists_the_site(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, json=TOKEN_ANSWER)
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    outcome = complete()
    assert isinstance(outcome, Authorized)
    assert outcome.workspaces == (SITE,)
    assert outcome.credentials.access_token == Secret(ACCESS_TOKEN)
    assert outcome.credentials.refresh_token == Secret(REFRESH_TOKEN)
    assert outcome.credentials.expires_at == NOW + timedelta(hours=1)
    assert outcome.credentials.scopes == frozenset(SCOPES.split())
    sent, asked = requests_mock.request_history
    assert sent.headers["Content-Type"] == "application/json"
    assert "Authorization" not in sent.headers
    assert sent.json() == {
        "grant_type": "authorization_code",
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET,
        "code": CODE,
        "redirect_uri": CALLBACK_URL,
    }
    assert asked.headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "invalid_request", "error_description": "authorization_code is invalid"}, "code_refused"),
        (403, {"error": "invalid_grant", "error_description": "Invalid authorization code"}, "code_refused"),
        (401, {"error": "access_denied", "error_description": "Unauthorized"}, "client_refused"),
        (403, {"error": "access_denied"}, "client_refused"),
        (401, {"error": "invalid_client"}, "client_refused"),
        (403, {"error": "unauthorized_client"}, "client_refused"),
        (400, {"error": "invalid_request", "error_description": "Incorrect request parameters"}, "remote_refused"),
        (400, {"error": "something_new"}, "remote_refused"),
        (400, {"error": "temporarily_unavailable"}, "remote_unavailable"),
        (429, {"error": "too_many"}, "remote_unavailable"),
        (429, {"message": "slow down"}, "remote_unavailable"),
        (429, HTML, "remote_unavailable"),
        (408, "", "remote_unavailable"),
        (500, {"error": "server_error"}, "remote_unavailable"),
        (503, HTML, "remote_unavailable"),
        (400, {"message": "bad"}, "answer_unreadable"),
        (400, "", "answer_unreadable"),
        (403, HTML, "answer_unreadable"),
        (302, "", "answer_unreadable"),
        (200, HTML, "answer_unreadable"),
        (200, "", "answer_unreadable"),
        (200, "[" * 100_000, "answer_unreadable"),
        (200, [], "answer_unreadable"),
        (200, {}, "answer_unreadable"),
        (200, {"message": "hello"}, "answer_unreadable"),
        (200, {"access_token": ""}, "answer_unreadable"),
        (200, {"access_token": None}, "answer_unreadable"),
        (200, {"access_token": {"a": 1}}, "answer_unreadable"),
        (200, {"access_token": "two words"}, "answer_unreadable"),
        (200, {"access_token": "line\nbreak"}, "answer_unreadable"),
        (200, {"access_token": "“quoted”"}, "answer_unreadable"),
        (200, {**TOKEN_ANSWER, "error": []}, "answer_unreadable"),
        (200, {**TOKEN_ANSWER, "token_type": "mac"}, "answer_unreadable"),
        (200, {**TOKEN_ANSWER, "error": "invalid_grant"}, "answer_unreadable"),
        (201, TOKEN_ANSWER, "answer_unreadable"),
    ],
)
def test_every_other_token_answer_is_a_named_failure(
    requests_mock: Mocker, status: int, body: object, code: str
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    requests_mock.post(TOKEN_URL, status_code=status, text=text)
    assert failure().code == code
    assert requests_mock.call_count == 1


@pytest.mark.parametrize("error", [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError])
def test_atlassian_out_of_reach_is_an_outage(requests_mock: Mocker, error: type[Exception]) -> None:
    requests_mock.post(TOKEN_URL, exc=error)
    assert failure().code == FailureCode.REMOTE_UNAVAILABLE


def test_a_secret_that_atlassian_repeats_is_blotted_out(requests_mock: Mocker) -> None:
    told = f"code {CODE} and secret {CLIENT_SECRET} do not fit"
    requests_mock.post(TOKEN_URL, status_code=400, json={"error": "invalid_request", "error_description": told})
    assert failure() == Failed(code=FailureCode.CODE_REFUSED, detail="invalid_request: code … and secret … do not fit")


# ── complete: permissions and sites ─────────────────────────────────────────────────────────────────────────────────


def test_permissions_that_were_not_granted_are_named(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, json={**TOKEN_ANSWER, "scope": "read:jira-work read:jira-user offline_access"})
    assert failure() == Failed(
        code=FailureCode.SCOPE_MISSING, detail="Not granted: write:jira-work, manage:jira-webhook."
    )


def test_without_a_refresh_token_offline_access_was_not_granted(requests_mock: Mocker) -> None:
    answer = {name: value for name, value in TOKEN_ANSWER.items() if name != "refresh_token"}
    requests_mock.post(TOKEN_URL, json=answer)
    assert failure() == Failed(code=FailureCode.SCOPE_MISSING, detail="Not granted: offline_access.")


@pytest.mark.parametrize("scope", [None, "", SCOPES.replace(" offline_access", ""), SCOPES + " read:me"])
def test_a_scope_list_that_leaves_out_what_is_known_is_enough(requests_mock: Mocker, scope: str | None) -> None:
    """RFC 6749 §5.1: a missing list means what was asked for; a refresh token proves offline_access."""
    requests_mock.post(TOKEN_URL, json={**TOKEN_ANSWER, "scope": scope})
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    assert isinstance(complete(), Authorized)


@pytest.mark.parametrize("expires_in", [None, "soon", True, -1, 0, "NaN", "1e999", [], {"a": 1}])
def test_a_pair_is_never_thrown_away_for_an_odd_lifetime(requests_mock: Mocker, expires_in: object) -> None:
    requests_mock.post(TOKEN_URL, json={**TOKEN_ANSWER, "expires_in": expires_in})
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    outcome = complete()
    assert isinstance(outcome, Authorized)
    assert outcome.credentials.expires_at in {NOW + timedelta(hours=1), NOW + timedelta(seconds=1)}


def test_only_jira_entries_count_and_each_site_once(requests_mock: Mocker) -> None:
    second = {**JIRA_ENTRY, "id": "site-2", "name": "beta", "scopes": ["read:issue:jira"]}
    requests_mock.post(TOKEN_URL, json=TOKEN_ANSWER)
    requests_mock.get(SITES_URL, json=[CONFLUENCE_ENTRY, JIRA_ENTRY, second, JIRA_ENTRY])
    outcome = complete()
    assert isinstance(outcome, Authorized)
    assert [site.id for site in outcome.workspaces] == [CLOUD_ID, "site-2"]


def test_only_confluence_is_no_site_and_says_so(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, json=TOKEN_ANSWER)
    requests_mock.get(SITES_URL, json=[CONFLUENCE_ENTRY])
    outcome = failure()
    assert outcome.code == FailureCode.NO_WORKSPACE
    assert "Confluence" in outcome.detail
    assert "acme" in outcome.detail


def test_no_entry_at_all_is_no_site(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, json=TOKEN_ANSWER)
    requests_mock.get(SITES_URL, json=[])
    assert failure().code == FailureCode.NO_WORKSPACE


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"sites": []}, FailureCode.ANSWER_UNREADABLE),
        (200, HTML, FailureCode.ANSWER_UNREADABLE),
        (200, [{"name": "acme"}], FailureCode.ANSWER_UNREADABLE),
        (200, ["acme"], FailureCode.ANSWER_UNREADABLE),
        (401, EXPIRED_401, FailureCode.REMOTE_REFUSED),
        (401, SCOPE_401, FailureCode.SCOPE_MISSING),
        (404, "", FailureCode.REMOTE_REFUSED),
        (429, HTML, FailureCode.REMOTE_UNAVAILABLE),
        (502, HTML, FailureCode.REMOTE_UNAVAILABLE),
    ],
)
def test_a_list_of_sites_that_is_none_is_a_named_failure(
    requests_mock: Mocker, status: int, body: object, code: FailureCode
) -> None:
    requests_mock.post(TOKEN_URL, json=TOKEN_ANSWER)
    requests_mock.get(SITES_URL, status_code=status, text=body if isinstance(body, str) else json.dumps(body))
    assert failure().code == code


# ── verify and revoke ───────────────────────────────────────────────────────────────────────────────────────────────


def test_verify_says_who_we_are(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    account = flow.verify(connection())
    assert (account.id, account.name, account.email) == ("5b10:1", "Helpdesk Robot", "robot@acme.example")


def test_verify_takes_an_account_that_hides_its_address(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", json={"accountId": "5b10:1", "emailAddress": None})
    account = flow.verify(connection())
    assert (account.name, account.email) == ("5b10:1", None)


def test_revoke_removes_our_webhooks(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/webhook", json={"values": [{"id": 1}, {"id": 2}], "isLast": True})
    requests_mock.delete(f"{REST}/webhook", status_code=202)
    assert flow.revoke(connection()).removed == ("2 webhooks at Jira",)
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.json() == {"webhookIds": [1, 2]}


def test_revoke_without_webhooks_deletes_nothing(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/webhook", json={"values": [], "isLast": True})
    assert flow.revoke(connection()).removed == ()


@pytest.mark.parametrize(
    ("status", "body"), [(401, EXPIRED_401), (401, SCOPE_401), (403, {"errorMessages": ["Only apps"]})]
)
def test_revoke_goes_on_when_it_may_not_remove_anything(requests_mock: Mocker, status: int, body: object) -> None:
    requests_mock.get(f"{REST}/webhook", status_code=status, json=body)
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    assert flow.revoke(connection()).removed == ()


def test_revoke_tells_an_outage(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/webhook", status_code=503)
    with pytest.raises(TemporarilyUnavailable):
        flow.revoke(connection())


def test_verify_of_a_dead_token_asks_for_authorization(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", status_code=401, text="Client must be authenticated to access this resource.")
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    with pytest.raises(AuthorizationLost):
        flow.verify(connection())
