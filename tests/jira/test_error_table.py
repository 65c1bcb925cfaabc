"""The error table: what each answer of Jira, of the gateway or of an edge means, in which family and words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Extent, IntegrationError, Rejected, TemporarilyUnavailable
from plugins.jira.client import JiraClient
from plugins.jira.errors import TABLE, Unreadable
from tests.jira.atlassian import ACCESS_TOKEN, EXPIRED_401, JIRA_ENTRY, REST, SCOPE_401, SITES_URL, connection

HTML = "<!DOCTYPE html><title>Oops - an error has occurred</title>"
PROJECT = f"{REST}/project/10000/statuses"


def refused(requests_mock: Mocker, status: int, body: object = "", headers: dict[str, str] | None = None) -> Any:
    """Return the error that a call raises when Jira answers like this."""
    text = body if isinstance(body, str) else json.dumps(body)
    requests_mock.get(PROJECT, status_code=status, text=text, headers=headers or {})
    with pytest.raises(IntegrationError) as caught:
        JiraClient.of(connection()).project_statuses("10000")
    return caught.value


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, EXPIRED_401),
        (401, "Client must be authenticated to access this resource."),
        (401, {"errorMessages": ["You are not authenticated."], "errors": {}}),
        (401, HTML),
        (401, ""),
    ],
)
def test_a_401_is_a_lost_authorization(requests_mock: Mocker, status: int, body: object) -> None:
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    assert type(refused(requests_mock, status, body)) is AuthorizationLost


def test_a_missing_scope_is_never_a_lost_authorization(requests_mock: Mocker) -> None:
    """Refreshing would never help: the token is good, and no renewed one ever gains a scope."""
    error = refused(requests_mock, 401, SCOPE_401)
    assert isinstance(error, Rejected)
    assert error.code == "scope_missing"
    assert "re-authorize" in error.cure


def test_a_401_of_a_site_that_a_good_token_does_not_reach_is_no_lost_authorization(requests_mock: Mocker) -> None:
    """Somebody removed the app from the site: no renewed token would reach it either."""
    requests_mock.get(SITES_URL, json=[{**JIRA_ENTRY, "id": "another"}])
    error = refused(requests_mock, 401, EXPIRED_401)
    assert isinstance(error, Rejected)
    assert (error.code, error.extent) == ("site_gone", Extent.CONNECTION)


def test_a_401_although_the_token_reaches_the_site_is_a_lost_authorization(requests_mock: Mocker) -> None:
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    assert type(refused(requests_mock, 401, EXPIRED_401)) is AuthorizationLost


def test_a_200_to_a_stranger_is_a_lost_authorization(requests_mock: Mocker) -> None:
    """Recorded: an expired token, an endpoint open to anonymous callers, and nothing but a header tells."""
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    error = refused(requests_mock, 200, [], {"x-seraph-loginreason": "AUTHENTICATED_FAILED"})
    assert type(error) is AuthorizationLost


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", ["", HTML, {"errorMessages": ["Internal server error"], "errors": {}}])
def test_outages_keep_everything(requests_mock: Mocker, status: int, body: object) -> None:
    assert type(refused(requests_mock, status, body)) is TemporarilyUnavailable


@pytest.mark.parametrize("body", ["", HTML, "not json", "nul", "[" * 100_000, {"kinds": []}, "null", [1], [{}]])
def test_a_success_that_is_not_what_is_documented_is_believed_in_no_part(requests_mock: Mocker, body: object) -> None:
    assert type(refused(requests_mock, 200, body)) is Unreadable


def test_a_redirect_is_not_followed(requests_mock: Mocker) -> None:
    error = refused(requests_mock, 302, headers={"Location": "https://id.atlassian.com/login"})
    assert type(error) is Unreadable
    assert requests_mock.call_count == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"errorMessages": ["Field Resolution is required."], "errors": {}}, "invalid"),
        (403, {"errorMessages": ["You do not have permission."], "errors": {}}, "permission_missing"),
        (410, {"errorMessages": ["The requested API has been removed."]}, "removed"),
        (413, {"errorMessages": ["Too many comments."]}, "limit_reached"),
        (422, {"errorMessages": ["Configuration problem."]}, "invalid"),
        (418, "", "invalid"),
    ],
)
def test_refusals_have_a_name_a_reason_and_a_cure(requests_mock: Mocker, status: int, body: Any, code: str) -> None:
    error = refused(requests_mock, status, body)
    assert isinstance(error, Rejected)
    assert error.code == code
    assert error.cure
    if body:
        assert body["errorMessages"][0].rstrip(".") in error.reason


def test_field_errors_are_told_by_field(requests_mock: Mocker) -> None:
    error = refused(requests_mock, 400, {"errorMessages": [], "errors": {"resolution": "It is not on the screen."}})
    assert "resolution: It is not on the screen" in str(error)


def test_framework_errors_speak_for_jira(requests_mock: Mocker) -> None:
    error = refused(requests_mock, 403, {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "No."})
    assert error.code == "permission_missing"


@pytest.mark.parametrize("error", [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError])
def test_no_answer_is_an_outage(requests_mock: Mocker, error: type[Exception]) -> None:
    requests_mock.get(f"{REST}/myself", exc=error("https://api.atlassian.com/secret"))
    with pytest.raises(TemporarilyUnavailable) as caught:
        JiraClient.of(connection()).myself()
    assert "https://" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"Retry-After": "12"}, 12),
        (503, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": "Tue, 24 Nov 2026 09:00:30 GMT"}, 30),
        (429, {"X-RateLimit-Reset": "2026-11-24T09:00:45Z"}, 45),
        (429, {"X-RateLimit-Reset": "2026-11-24T10:00:45+01:00"}, 45),
        (429, {"X-RateLimit-Reset": "1795510860"}, 60),
        (429, {"Retry-After": "5", "X-RateLimit-Reset": "1795510860"}, 5),
        (429, {"X-RateLimit-Reset": "2026-11-24T08:00:00Z"}, 0),
        (429, {"Retry-After": "-3"}, 0),
        (429, {"Retry-After": "99999999"}, 24 * 3600),
        (429, {"Retry-After": "nan"}, None),
        (429, {"Retry-After": "soon"}, None),
        (429, {"X-RateLimit-Reset": "1e400"}, None),
        (429, {"X-RateLimit-Reset": "99999999999999999"}, None),
        (503, {"X-RateLimit-Reset": "1795510860"}, None),
        (429, {}, None),
    ],
)
def test_how_long_to_wait(requests_mock: Mocker, status: int, headers: dict[str, str], expected: float | None) -> None:
    """Reckoned from the answer's own Date, so no clock of ours matters."""
    error = refused(requests_mock, status, "", {"Date": "Tue, 24 Nov 2026 09:00:00 GMT", **headers})
    assert error.retry_after == expected


def test_a_rate_limit_says_which(requests_mock: Mocker) -> None:
    error = refused(requests_mock, 429, HTML, {"RateLimit-Reason": "jira-quota-global-based"})
    assert "hourly budget" in str(error)


@pytest.mark.parametrize("header", ["Atl-Traceid", "X-Arequestid", "atl-request-id"])
def test_atlassians_trace_id_is_told(requests_mock: Mocker, header: str) -> None:
    assert "5a551ee2-11c0" in str(refused(requests_mock, 500, "", {header: "5a551ee2-11c0"}))


def test_a_trace_id_that_is_none_is_left_out(requests_mock: Mocker) -> None:
    assert "script" not in str(refused(requests_mock, 500, "", {"Atl-Traceid": "<script>"}))


def test_a_token_that_jira_repeats_is_blotted_out(requests_mock: Mocker) -> None:
    error = refused(requests_mock, 400, {"errorMessages": [f"bad token {ACCESS_TOKEN}\n" + "x" * 5000]})
    assert ACCESS_TOKEN not in repr(error)
    assert len(str(error)) < 700


def test_the_page_for_people_names_every_row() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "jira.md").read_text(encoding="utf-8")
    assert [row.code for row in TABLE if f"`{row.code}`" not in page] == []
