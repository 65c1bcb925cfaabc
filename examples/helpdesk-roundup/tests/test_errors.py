"""What each refusal of Roundup means for the helpdesk, and what is sent along with each call."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from answering import PASSWORD, USER, calls, raised, said

from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    Authorized,
    ConnectionView,
    Failed,
    FailureCode,
    IssuesRequest,
    ShowForm,
    Usage,
)
from helpdesk_roundup.gateway import RoundupTicketGateway
from helpdesk_roundup.vocabulary import RoundupStatusVocabulary


@pytest.mark.parametrize(
    ("status", "words", "code", "extent"),
    [
        (400, "Property x not found in class issue", "refused", Extent.CALL),
        (400, "Client is not allowed to use Rest Interface.", "origin_refused", Extent.CONNECTION),
        (403, "Forbidden.", "no_permission", Extent.CONNECTION),
        (403, "Permission to view status denied", "no_permission", Extent.CALL),
        (404, "no such issue 77", "gone", Extent.CALL),
        (410, "gone", "gone", Extent.CALL),
        (405, "Required issue property priority not supplied", "field_required", Extent.CALL),
        (405, "Not on Sundays", "refused", Extent.CALL),
        (409, "status has no node 77", "refused", Extent.CALL),
        (412, "If-Match is missing", "stale", Extent.CALL),
    ],
)
def test_what_a_refusal_means(
    answering: Any, view: ConnectionView, status: int, words: str, code: str, extent: Extent
) -> None:
    answering((status, said(words), {}))
    error = raised(view)
    assert isinstance(error, Rejected)
    assert (error.code, error.extent) == (code, extent)
    assert error.cure


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait"),
    [
        (429, said("Api rate limits exceeded."), {"Retry-After": "7"}, 7),
        (429, b"Logins occurring too fast.", {"X-RateLimit-Reset": "90"}, 90),
        (429, b"", {"Retry-After": "-5"}, 0),
        (429, b"", {"Retry-After": "1e12"}, 86400),
        (429, b"", {"Retry-After": "nan"}, None),
    ],
)
def test_a_limit_is_no_outage(
    answering: Any, view: ConnectionView, status: int, body: bytes, headers: dict[str, str], wait: float | None
) -> None:
    answering((status, body, headers))
    error = raised(view)
    assert isinstance(error, TemporarilyUnavailable)
    assert (error.retry_after, error.is_outage, error.extent) == (wait, False, Extent.CONNECTION)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, said("maintenance")),
        (404, b"<h1>Not found</h1>"),
        (403, b"<h1>Firewall</h1>"),
        (200, b"<h1>Sign in</h1>"),
        (400, said("Mon: An error occurred. Please check the server log for more information.")),
    ],
)
def test_what_may_pass_is_an_outage(answering: Any, view: ConnectionView, status: int, body: bytes) -> None:
    answering((status, body, {}))
    error = raised(view)
    assert isinstance(error, TemporarilyUnavailable)
    assert error.is_outage


def test_what_was_sent_in_secret_is_blotted_out(answering: Any, view: ConnectionView) -> None:
    answering((405, said(f"Do not say {PASSWORD} to anybody"), {}))
    assert "Do not say … to anybody" in str(raised(view))


def test_json_that_is_not_roundups_fails_by_name(answering: Any, view: ConnectionView) -> None:
    answering((200, b'{"data": {"users": []}}', {}))
    answer = next(calls(view))()
    assert isinstance(answer, Failed)
    assert answer.code is FailureCode.ANSWER_UNREADABLE
    answering((200, b"<html>", {}))
    assert isinstance(next(calls(view))(), ShowForm)
    answering((200, json.dumps({"data": {"collection": [USER]}}).encode(), {}))
    assert isinstance(next(calls(view))(), Authorized)


def test_headers_prove_who_we_are_and_where_we_belong(answering: Any, view: ConnectionView) -> None:
    adapter = answering((412, said("stale"), {}))
    with suppress(Rejected):
        RoundupTicketGateway().fetch(IssuesRequest(connection=view, issue_ids=("1",)))
    (request,) = adapter.calls
    assert request.headers["Origin"] == "https://bugs.acme.example"
    assert request.headers["Referer"] == "https://bugs.acme.example/main/"
    assert request.headers["X-Requested-With"]
    assert request.headers["Authorization"].startswith("Basic ")


def test_what_is_left_of_a_budget_is_told(answering: Any, connect: Any) -> None:
    told: list[Usage] = []
    view = connect("https://bugs.acme.example/")
    view = ConnectionView(
        workspace=view.workspace,
        credentials=view.credentials,
        settings=view.settings,
        http=view.http,
        spend=told.append,
    )
    answering((200, b'{"data": {"collection": []}}', {"X-RateLimit-Remaining": "9", "X-RateLimit-Limit": "10"}))
    with suppress(AuthorizationLost):
        RoundupStatusVocabulary().read(view)
    assert told[0] == Usage(points=1, left=9, limit=10, resets_in=None)
