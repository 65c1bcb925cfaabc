"""No token, code or secret in a log, a repr, an error's text or an address, also when everything goes wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from helpdesk_core.errors import HelpdeskError
from helpdesk_core.outbound import new_session
from helpdesk_core.values import (
    Authorized,
    CommentsRequest,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    CreateFieldsRequest,
    CreateRequest,
    Credentials,
    EditRequest,
    Failed,
    IssueRequest,
    PostRequest,
    ProjectRequest,
    RecentRequest,
    RefreshRequest,
    RemoteProject,
    Secret,
    SettingsMap,
    WithdrawRequest,
)
from plugins.jira.client import JiraClient
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.conversation import JiraConversation
from plugins.jira.creation import JiraIssueCreation
from plugins.jira.oauth import SignIn
from plugins.jira.settings import OAuthApp
from plugins.jira.simulator import Simulator, demo_world
from plugins.jira.transport import Bearer, Transport
from plugins.jira.vocabulary import JiraStatusVocabulary
from tests.jira.test_simulated import CALLBACK_URL, consent, settings_for

flow, vocabulary = JiraConnectFlow(), JiraStatusVocabulary()
conversation, creation = JiraConversation(), JiraIssueCreation()
TROUBLE = ("401", "401-scope", "403", "404-gateway", "429", "429-html", "500", "503-html", "not-json", "drop")


class Urls:
    """Notes the address of every call of a session."""

    def __init__(self, http: requests.Session) -> None:
        self.seen: list[str] = []
        http.hooks["response"].append(lambda response, *_args, **_options: self.seen.append(str(response.request.url)))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world(CALLBACK_URL)).serve() as running:
        yield running


def everything_shown(error: BaseException) -> str:
    """An error as a log, a page or a debugger's first look would show it."""
    return "\n".join((str(error), repr(error), *traceback.format_exception(error)))


def every_call(view: ConnectionView, now: datetime) -> list[object]:
    project = RemoteProject(id="10000", key="SUP", name="Support")
    refresh = RefreshRequest(credentials=view.credentials, settings=view.settings, http=view.http, now=now)
    shown: list[object] = []
    for call in (
        lambda: flow.verify(view),
        lambda: vocabulary.read(view),
        lambda: vocabulary.project(ProjectRequest(connection=view, project=project)),
        lambda: conversation.post(PostRequest(connection=view, issue_id="10001", marker="m", author="A", body="b")),
        lambda: conversation.read(CommentsRequest(connection=view, issue_id="10001")),
        lambda: conversation.edit(
            EditRequest(connection=view, issue_id="10001", comment_id="10000", author="A", body="b")
        ),
        lambda: conversation.withdraw(WithdrawRequest(connection=view, issue_id="10001", comment_id="10000")),
        lambda: creation.fields(CreateFieldsRequest(connection=view, project=project, kind_id="10001")),
        lambda: creation.create(
            CreateRequest(
                connection=view, project=project, kind_id="10001", marker="m", title="t", body="b", author="A"
            )
        ),
        lambda: creation.recent(RecentRequest(connection=view, project_id="10000", minutes=5)),
        lambda: creation.describe(IssueRequest(connection=view, issue_id="10001")),
        lambda: flow.revoke(view),
        lambda: flow.refresh(refresh),
    ):
        try:
            shown.append(call())
        except HelpdeskError as error:
            shown.append(everything_shown(error))
    return shown


def test_nothing_secret_is_shown_anywhere(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    settings, now, state = settings_for(simulator), datetime.now(UTC), Secret("state-Xk3w9")
    with new_session() as http:
        urls = Urls(http)
        begun = ConnectRequest(callback_url=CALLBACK_URL, state=state, settings=settings, http=http, now=now)
        query = dict(parse_qsl(urlsplit(consent(flow.begin(begun).url)).query))
        caplog.clear()  # the browser's own addresses are Atlassian's doing
        caplog.set_level(logging.DEBUG)
        back = ConnectCallback(
            callback_url=CALLBACK_URL,
            settings=settings,
            http=http,
            now=now,
            query={name: Secret(value) for name, value in query.items()},
        )
        outcome = flow.complete(back)
        assert isinstance(outcome, Authorized)
        view = ConnectionView(
            workspace=outcome.workspaces[0], credentials=outcome.credentials, settings=settings, http=http
        )
        shown: list[object] = [begun, back, outcome, view, *internals(settings, view)]
        shown += every_call(view, now)
        shown += trouble(simulator, back, view, now)
    text = "\n".join((caplog.text, *(repr(item) for item in shown), *urls.seen))
    assert len(urls.seen) > 20
    leaked = {name for name, secret in secrets_of(simulator, query, shown, state).items() if secret in text}
    assert leaked == set()


def internals(settings: SettingsMap, view: ConnectionView) -> list[object]:
    app, token = OAuthApp.read(settings), view.credentials.access_token
    objects: list[object] = [SignIn(app, view.http), JiraClient.of(view), Transport(view.http, token), Bearer(token)]
    return [*objects, app]


def trouble(simulator: Simulator, back: ConnectCallback, view: ConnectionView, now: datetime) -> Iterator[object]:
    """Let every call meet every kind of trouble, with a code that is spent and a client secret that is wrong."""
    for effect in TROUBLE:
        simulator.control.fault("*", effect, times=None)
        yield from every_call(view, now)
        yield flow.complete(back)
        simulator.control.clear_faults()
    spent, wrong = (
        flow.complete(back),
        flow.complete(replace(back, settings={**view.settings, "client_secret": Secret("wrong")})),
    )
    assert isinstance(spent, Failed)
    assert isinstance(wrong, Failed)
    yield from (spent, wrong)


def secrets_of(simulator: Simulator, query: dict[str, str], shown: list[object], state: Secret) -> dict[str, str]:
    """Everything secret that was in play, by name."""
    found = {
        "client secret": simulator.state.app.client_secret,
        "code": query["code"],
        "state": state.reveal(),
    }
    for number, item in enumerate(shown):
        credentials = item if isinstance(item, Credentials) else getattr(item, "credentials", None)
        if isinstance(credentials, Credentials):
            found[f"access token {number}"] = credentials.access_token.reveal()
            if credentials.refresh_token:
                found[f"refresh token {number}"] = credentials.refresh_token.reveal()
    assert len(found) > 4
    return found
