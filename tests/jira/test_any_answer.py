"""Whatever Atlassian answers, a facet answers properly or raises one of the three families; never anything else."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from typing import Any

import requests
import requests_mock
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk_core.errors import IntegrationError
from helpdesk_core.values import (
    Authorized,
    ChangedRequest,
    CommentsRequest,
    ConnectionView,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    Credentials,
    EditRequest,
    Failed,
    FindRequest,
    HopRequest,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OptionsRequest,
    PostRequest,
    ProjectRequest,
    RecentRequest,
    RemoteProject,
    SubscribeRequest,
    SuggestRequest,
    Transition,
    TransitionField,
    WithdrawRequest,
    WorkflowRequest,
)
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.conversation import JiraConversation
from plugins.jira.creation import JiraIssueCreation
from plugins.jira.gateway import JiraTicketGateway
from plugins.jira.scopes import READ_WORKFLOWS
from plugins.jira.vocabulary import JiraStatusVocabulary
from plugins.jira.webhooks import JiraWebhookReceiver
from plugins.jira.workflows import JiraWorkflows
from tests.jira.atlassian import TOKEN_URL, callback, connection, credentials, refresh_request

# The members that we read, so that junk is found in every place where something is expected.
KNOWN = [
    "id",
    "key",
    "name",
    "values",
    "isLast",
    "total",
    "startAt",
    "statuses",
    "statusCategory",
    "scope",
    "project",
    "accountId",
    "displayName",
    "emailAddress",
    "errorMessages",
    "errors",
    "code",
    "message",
    "status",
    "error",
    "path",
    "title",
    "detail",
    "access_token",
    "refresh_token",
    "expires_in",
    "scopes",
    "token_type",
    "url",
    "error_description",
    "simplified",
    "style",
    "archived",
    "issues",
    "fields",
    "transitions",
    "issuetype",
    "to",
    "schema",
    "type",
    "items",
    "allowedValues",
    "nextPageToken",
    "permissions",
    "workflows",
    "statusReference",
    "toStatusReference",
    "links",
    "webhookRegistrationResult",
    "createdWebhookId",
    "expirationDate",
    "description",
    "content",
    "comments",
    "author",
    "body",
    "created",
    "updated",
    "jsdPublic",
    "visibility",
    "properties",
    "helpdesk.marker",
    "marker",
    "text",
    "fieldId",
    "required",
    "hasDefaultValue",
    "reporter",
    "active",
    "accountType",
]
MOMENTS = ("2026-11-24T09:00:00.000+0000", "0001-01-01T00:00:00+2300", "9999-12-31T23:59:59-2300", "2026-11-24")
leaves = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 10**19), st.floats(), st.text(max_size=8), st.sampled_from(MOMENTS))
)
shapes = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KNOWN), inner, max_size=6),
    max_leaves=20,
)
objects = st.dictionaries(st.sampled_from(KNOWN), shapes, max_size=8)
bodies = st.one_of(objects, st.lists(objects, max_size=3), shapes).map(json.dumps) | st.text(max_size=20)
statuses = st.sampled_from((200, 200, 200, 200, 202, 204, 302, 400, 401, 403, 404, 409, 410, 413, 429, 500, 503))
headers = st.fixed_dictionaries(
    {},
    optional={
        name: st.text(string.printable[:95], max_size=30).map(str.strip)
        for name in ("Retry-After", "X-RateLimit-Reset", "Date", "RateLimit-Reason", "Atl-Traceid", "Content-Type")
    },
)
answers = st.builds(
    lambda status, text, headers: {"status_code": status, "text": text, "headers": headers}, statuses, bodies, headers
)

flow, vocabulary = JiraConnectFlow(), JiraStatusVocabulary()
gateway, receiver, conversation = JiraTicketGateway(), JiraWebhookReceiver(), JiraConversation()
creation = JiraIssueCreation()
PERSON = CreateField(id="name", name="name", shape="account")
MOVE = Transition(id="1", name="Go", to_id="2", fields=(TransitionField(id="name", name="name"),))


def order(view: ConnectionView) -> SubscribeRequest:
    url = "https://helpdesk.example/webhooks/jira"
    return SubscribeRequest(connection=view, url=url, project_ids=("1",), known_ids=("1",))


def session(*replies: dict[str, Any]) -> requests.Session:
    """A session to which everybody answers the given replies, in turn; the last one for ever."""
    adapter = requests_mock.Adapter()
    adapter.register_uri(requests_mock.ANY, requests_mock.ANY, list(replies))
    made = requests.Session()
    made.mount("https://", adapter)
    return made


@settings(max_examples=100, deadline=None)
@given(st.lists(answers, min_size=1, max_size=3))
def test_every_question_about_a_site(replies: list[dict[str, Any]]) -> None:
    project = RemoteProject(id="1", key="A", name="A")
    view = replace(connection(session(*replies)), credentials=credentials(scopes={READ_WORKFLOWS.scope}))
    for ask in (
        lambda: flow.verify(view),
        lambda: list(vocabulary.suggest(SuggestRequest(remote=vocabulary.read(view).statuses, tickets=()))),
        lambda: vocabulary.project(ProjectRequest(connection=view, project=project)),
        lambda: flow.revoke(view),
        lambda: gateway.fetch(IssuesRequest(connection=view, issue_ids=("1",))),
        lambda: gateway.open(IssueRequest(connection=view, issue_id="1")),
        lambda: gateway.find(FindRequest(connection=view, text="A-1")),
        lambda: gateway.changed(ChangedRequest(connection=view, project_ids=("1", "2"), minutes=5)),
        lambda: gateway.hop(HopRequest(connection=view, issue_id="1", transition=MOVE)),
        lambda: gateway.link_back(
            LinkBackRequest(
                connection=view, issue_id="1", ticket_id=1, ticket_title="x", ticket_url="https://h/1", solved=True
            )
        ),
        lambda: JiraWorkflows().read(
            WorkflowRequest(connection=view, project=project, kind_id="1", status_ids=("1", "2"))
        ),
        lambda: conversation.read(CommentsRequest(connection=view, issue_id="1")),
        lambda: conversation.post(PostRequest(connection=view, issue_id="1", marker="m", author="A", body="b")),
        lambda: conversation.edit(EditRequest(connection=view, issue_id="1", comment_id="1", author="A", body="b")),
        lambda: conversation.withdraw(WithdrawRequest(connection=view, issue_id="1", comment_id="1")),
        lambda: creation.fields(CreateFieldsRequest(connection=view, project=project, kind_id="1")),
        lambda: creation.options(OptionsRequest(connection=view, project=project, field=PERSON, text="a")),
        lambda: creation.create(
            CreateRequest(connection=view, project=project, kind_id="1", marker="m", title="t", body="b", author="A")
        ),
        lambda: creation.recent(RecentRequest(connection=view, project_id="1", minutes=5)),
        lambda: creation.describe(IssueRequest(connection=view, issue_id="1")),
        lambda: creation.delete(IssueRequest(connection=view, issue_id="1")),
        lambda: receiver.subscribe(order(view)),
        lambda: receiver.renew(order(view)),
        lambda: receiver.unsubscribe(order(view)),
    ):
        try:
            ask()
        except IntegrationError as error:
            assert str(error)  # noqa: PT017 - the point is that nothing else is raised
            assert type(error).__name__ != "Doubtful"  # noqa: PT017


@settings(max_examples=100, deadline=None)
@given(answers)
def test_every_answer_to_a_refresh(reply: dict[str, Any]) -> None:
    try:
        renewed = flow.refresh(refresh_request(http=session(reply)))
    except IntegrationError:
        return
    assert isinstance(renewed, Credentials)
    assert json.loads(reply["text"])["access_token"] == renewed.access_token.reveal()
    assert renewed.refresh_token
    assert renewed.expires_at


@settings(max_examples=100, deadline=None)
@given(answers, answers)
def test_every_answer_while_connecting(token: dict[str, Any], sites: dict[str, Any]) -> None:
    http = session(sites)
    adapter = http.get_adapter(TOKEN_URL)
    assert isinstance(adapter, requests_mock.Adapter)
    adapter.register_uri("POST", TOKEN_URL, [token])
    assert isinstance(flow.complete(callback(http=http)), Authorized | Failed)
    good = {"access_token": "a", "refresh_token": "r"}
    adapter.register_uri("POST", TOKEN_URL, json=good)
    assert isinstance(flow.complete(callback(http=http)), Authorized | Failed)
