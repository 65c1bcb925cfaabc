"""Any answer at all: every facet answers, or raises one of the three families, and no secret gets out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ArrivedRequest,
    Authorized,
    ChangedRequest,
    CommentsRequest,
    ConnectCallback,
    ConnectionView,
    CreateFieldsRequest,
    CreateRequest,
    EditRequest,
    Failed,
    FailureCode,
    FindRequest,
    HealthRequest,
    HopRequest,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    PostRequest,
    ProbeRequest,
    ProjectRequest,
    RecentRequest,
    RemoteProject,
    Secret,
    ShowForm,
    Transition,
    Usage,
    WithdrawRequest,
)
from helpdesk_roundup.connect import RoundupConnectFlow
from helpdesk_roundup.conversation import RoundupConversation
from helpdesk_roundup.creation import RoundupIssueCreation
from helpdesk_roundup.gateway import RoundupTicketGateway
from helpdesk_roundup.health import RoundupHealthChecks
from helpdesk_roundup.vocabulary import RoundupStatusVocabulary

PASSWORD = "pass-word-4711"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROJECT = RemoteProject(id="issue", key="ISSUE", name="Acme")
USER = {"id": "5", "username": "helpdesk", "realname": "H", "address": "h@x.example"}


class Answering(BaseAdapter):
    """Answers each call with what a function makes of it."""

    def __init__(self, answer: Callable[[requests.PreparedRequest], tuple[int, bytes, dict[str, str]]]) -> None:
        super().__init__()
        self.answer, self.calls = answer, list[requests.PreparedRequest]()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer."""
        self.calls.append(request)
        status, body, headers = self.answer(request)
        response = requests.Response()
        response.status_code, response.raw, response.url = status, io.BytesIO(body), str(request.url)
        response.headers.update(headers)
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def answering(http: requests.Session) -> Callable[..., Answering]:
    """Have every call of the session answered."""

    def mount(answer: Any) -> Answering:
        adapter = Answering(answer if callable(answer) else lambda _request: answer)
        http.mount("https://", adapter)
        return adapter

    return mount


@pytest.fixture
def view(connect: Any) -> ConnectionView:
    """A connection to nowhere."""
    return connect("https://bugs.acme.example/main/", password=PASSWORD)


def calls(view: ConnectionView) -> Iterator[Callable[[], object]]:
    """Give each method of each facet, ready to be called."""
    gateway, talk, creation = RoundupTicketGateway(), RoundupConversation(), RoundupIssueCreation()
    flow, vocabulary, health = RoundupConnectFlow(), RoundupStatusVocabulary(), RoundupHealthChecks()
    of: dict[str, Any] = {"connection": view}
    form = {"url": view.workspace.url, "login": "helpdesk", "password": Secret(PASSWORD), "messages": "everybody"}
    yield lambda: flow.complete(ConnectCallback(callback_url="", settings={}, http=view.http, now=NOW, form=form))
    yield lambda: flow.verify(view)
    yield lambda: vocabulary.read(view)
    yield lambda: vocabulary.project(ProjectRequest(project=PROJECT, **of))
    yield lambda: gateway.fetch(IssuesRequest(issue_ids=("1", "2"), **of))
    yield lambda: gateway.open(IssueRequest(issue_id="1", **of))
    yield lambda: gateway.find(FindRequest(text="issue1 fire", **of))
    yield lambda: gateway.find(FindRequest(text="7", **of))
    yield lambda: gateway.changed(ChangedRequest(project_ids=("issue",), minutes=5, **of))
    yield lambda: gateway.hop(HopRequest(issue_id="1", transition=Transition(id='2@"e"', name="", to_id="2"), **of))
    yield lambda: gateway.link_back(
        LinkBackRequest(issue_id="1", ticket_id=1, ticket_title="T", ticket_url="u", solved=False, **of)
    )
    yield lambda: talk.read(CommentsRequest(issue_id="1", **of))
    yield lambda: talk.post(PostRequest(issue_id="1", marker="m", author="A", body="B", **of))
    yield lambda: talk.edit(EditRequest(issue_id="1", comment_id="1", author="A", body="B", **of))
    yield lambda: talk.withdraw(WithdrawRequest(issue_id="1", comment_id="1", **of))
    yield lambda: creation.fields(CreateFieldsRequest(project=PROJECT, kind_id="issue", **of))
    yield lambda: creation.create(
        CreateRequest(project=PROJECT, kind_id="issue", marker="m", title="T", body="B", author="A", **of)
    )
    yield lambda: creation.recent(RecentRequest(project_id="issue", minutes=5, **of))
    for minutes in (5, None):
        asked = ArrivedRequest(project_id="issue", kind_id="issue", minutes=minutes, **of)
        yield lambda asked=asked: creation.arrived(asked)
    yield lambda: creation.describe(IssueRequest(issue_id="1", **of))
    yield lambda: creation.delete(IssueRequest(issue_id="1", **of))
    yield lambda: health.examine(HealthRequest(now=NOW, consented_at=NOW, projects=(PROJECT,), **of))
    yield lambda: health.probe(ProbeRequest(text="x", **of))


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


def raised(view: ConnectionView) -> Exception:
    with pytest.raises((TemporarilyUnavailable, AuthorizationLost, Rejected)) as caught:
        RoundupStatusVocabulary().read(view)
    return caught.value


def said(words: str) -> bytes:
    return json.dumps({"error": {"status": 1, "msg": words}}).encode()


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
