"""Any answer at all: every facet answers, or raises one of the three families, and no secret gets out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from answering import PASSWORD, USER, calls

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ConnectionView,
)
from helpdesk_roundup.vocabulary import RoundupStatusVocabulary


def tried(view: ConnectionView) -> int:
    """Call each method; return how many answered. What they say holds no secret."""
    answered = 0
    for call in calls(view):
        said: object = None
        try:
            said = call()
            answered += 1
        except (TemporarilyUnavailable, AuthorizationLost, Rejected) as error:
            said = error
        assert PASSWORD not in f"{said!r} {said}"
    return answered


JUNK: list[Any] = [None, True, 0, -1.5, 10**30, "", "text", [], [[]], [None], {}, {"id": None}, {"id": {}}, [{"id": 7}],
                   {"id": "x"}, {"id": "1"}, [{"id": "1"}], "\ud800"]  # fmt: skip
BODIES: list[Any] = [
    *JUNK,
    *({"data": one} for one in JUNK),
    *({"data": {"collection": one}} for one in JUNK),
    *({"data": {"id": "1", "@etag": one, "attributes": one}} for one in JUNK),
    *({"error": one} for one in JUNK),
    *({"error": {"status": 400, "msg": one}} for one in JUNK),
    {"error": {"status": 403, "msg": f"You sent {PASSWORD}"}},
]
STATUSES = (200, 204, 302, 400, 401, 403, 404, 405, 409, 412, 429, 500)


@pytest.mark.parametrize("status", STATUSES)
def test_any_json_under_any_status(answering: Any, view: ConnectionView, status: int) -> None:
    for body in BODIES:
        answering((status, json.dumps(body).encode(), {"Location": "https://elsewhere.example/"}))
        tried(view)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Hello</html>", b"\xff\xfe\x00", b"[" * 100_000, b'{"data": NaN', b"9" * 5000, b'{"data": 1e999}'],
)
@pytest.mark.parametrize("status", STATUSES)
def test_anything_but_json(answering: Any, view: ConnectionView, status: int, body: bytes) -> None:
    answering((status, body, {"Content-Type": "application/json", "Retry-After": "soon", "Date": "yesterday"}))
    # of a refusal nothing is read, so health answers 403 by findings
    assert tried(view) <= 4


def good(request: requests.PreparedRequest) -> dict[str, Any]:
    """Return what a healthy tracker might say."""
    kind = str(request.path_url).split("/data/")[1].split("?")[0].split("/")[0]
    item = {
        **USER,
        "title": "T",
        "name": "open",
        "order": 1.0,
        "status": {"id": "3"},
        "messages": [{"id": "1"}],
        "creator": {"id": "5"},
        "creation": "2026-03-01.00:00:00",
        "activity": "2026-03-01.00:00:00",
        "content": "C",
        "messageid": None,
        "id": "5" if kind == "user" else "1",
    }
    return {"id": "1", "@etag": '"e"', "attributes": {k: v for k, v in item.items() if k != "id"}, "collection": [item]}


def mutants() -> Iterator[tuple[str, Any]]:
    for name in ("id", "username", "title", "name", "order", "status", "messages", "creator", "creation", "activity",
                 "content", "messageid", "@etag", "collection", "attributes"):  # fmt: skip
        for junk in JUNK[::2]:
            yield name, junk


def test_one_member_that_is_not_as_documented(answering: Any, view: ConnectionView) -> None:
    def healthy(request: requests.PreparedRequest) -> tuple[int, bytes, dict[str, str]]:
        return 200, json.dumps({"data": good(request)}).encode(), {"Date": "Sun, 01 Mar 2026 00:00:00 GMT"}

    answering(healthy)
    assert tried(view) >= 20
    for name, junk in mutants():

        def mutant(
            request: requests.PreparedRequest, name: str = name, junk: Any = junk
        ) -> tuple[int, bytes, dict[str, str]]:
            told = good(request)
            for holder in (told, told["attributes"], *told["collection"]):
                if name in holder:
                    holder[name] = junk
            return 200, json.dumps({"data": told}).encode(), {}

        answering(mutant)
        tried(view)


def test_a_redirect_is_not_followed(answering: Any, view: ConnectionView) -> None:
    adapter = answering((302, b"", {"Location": "https://elsewhere.example/"}))
    tried(view)
    assert {request.url.split("/rest/")[0] for request in adapter.calls} == {"https://bugs.acme.example/main"}
    assert all(PASSWORD not in str(request.url) for request in adapter.calls)


def test_a_list_without_an_end_ends(answering: Any, view: ConnectionView) -> None:
    page = {
        "data": {"collection": [{"id": str(n), **{k: v for k, v in USER.items() if k != "id"}} for n in range(100)]}
    }
    adapter = answering((200, json.dumps(page).encode(), {}))
    with pytest.raises(TemporarilyUnavailable, match="no end"):
        RoundupStatusVocabulary().read(view)
    assert len(adapter.calls) < 300
