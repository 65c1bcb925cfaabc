"""Answers in a tracker's place with whatever a test wants, and calls each method of each facet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ArrivedRequest,
    ChangedRequest,
    CommentsRequest,
    ConnectCallback,
    ConnectionView,
    CreateFieldsRequest,
    CreateRequest,
    EditRequest,
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
    Transition,
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


def raised(view: ConnectionView) -> Exception:
    with pytest.raises((TemporarilyUnavailable, AuthorizationLost, Rejected)) as caught:
        RoundupStatusVocabulary().read(view)
    return caught.value


def said(words: str) -> bytes:
    return json.dumps({"error": {"status": 1, "msg": words}}).encode()
