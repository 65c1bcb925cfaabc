"""Every request that the client makes is one that Atlassian's OpenAPI document allows, with scopes that we ask for."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from requests_mock import Mocker

from helpdesk_core.values import (
    ArrivedRequest,
    ChangedRequest,
    CommentsRequest,
    ConnectionView,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    EditRequest,
    FieldValue,
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
    Transition,
    TransitionField,
    WithdrawRequest,
    WorkflowRequest,
)
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.conversation import JiraConversation
from plugins.jira.creation import JiraIssueCreation
from plugins.jira.gateway import JiraTicketGateway
from plugins.jira.scopes import ASKED, READ_WORKFLOWS
from plugins.jira.vocabulary import JiraStatusVocabulary
from plugins.jira.webhooks import JiraWebhookReceiver
from plugins.jira.workflows import JiraWorkflows
from tests.jira.atlassian import MYSELF, REST, connection, credentials
from tests.openapi_document import OpenApiDocument, find_document

pytestmark = pytest.mark.openapi


@pytest.fixture(scope="module")
def document() -> OpenApiDocument:
    place = find_document()
    if place is None:
        pytest.skip("Atlassian's OpenAPI document is absent (HELPDESK_OPENAPI names its place)")
    return OpenApiDocument.load(place)


@pytest.fixture
def jira(requests_mock: Mocker) -> Mocker:
    """A site with something on every page, so that each facet makes each of its calls."""
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    requests_mock.get(f"{REST}/status", json=[])
    requests_mock.get(f"{REST}/project/10000/statuses", json=[])
    project = {"id": "1", "key": "A", "name": "A"}
    requests_mock.get(
        f"{REST}/project/search",
        [{"json": {"values": [project], "isLast": False}}, {"json": {"values": [], "isLast": True}}],
    )
    requests_mock.get(f"{REST}/webhook", json={"values": [{"id": 1}, {"id": 2}], "isLast": True})
    requests_mock.delete(f"{REST}/webhook", status_code=202)
    requests_mock.post(f"{REST}/webhook", json={"webhookRegistrationResult": [{"createdWebhookId": 3}]})
    requests_mock.put(f"{REST}/webhook/refresh", json={"expirationDate": 1})
    fields = {"status": {"id": "3"}, "project": {"id": "10000"}, "issuetype": {"id": "10001"}}
    issue = {"id": "10042", "key": "SUP-1", "fields": fields, "transitions": []}
    requests_mock.post(f"{REST}/issue/bulkfetch", json={"issues": [issue]})
    requests_mock.post(f"{REST}/search/jql", json={"issues": [issue]})
    requests_mock.get(f"{REST}/issue/10042", json=issue)
    requests_mock.put(f"{REST}/issue/10042", status_code=204)
    requests_mock.get(f"{REST}/mypermissions", json={"permissions": {}})
    requests_mock.post(f"{REST}/issue/10042/transitions", status_code=204)
    requests_mock.post(f"{REST}/issue/10042/remotelink", status_code=403, json={"errorMessages": ["Off"], "errors": {}})
    requests_mock.post(f"{REST}/workflows", status_code=403, json={"errorMessages": ["No"], "errors": {}})
    comment = {"id": "7", "created": "2026-11-24T09:00:00.000+0000", "jsdPublic": True}
    requests_mock.get(f"{REST}/issue/10042/comment", json={"comments": [comment], "total": 1})
    requests_mock.post(f"{REST}/issue/10042/comment", status_code=201, json=comment)
    requests_mock.post(f"{REST}/comment/list", json={"values": [comment], "isLast": True})
    requests_mock.put(f"{REST}/issue/10042/comment/7", json=comment)
    requests_mock.delete(f"{REST}/issue/10042/comment/7", status_code=204)
    form = {"fieldId": "impact", "name": "Impact", "required": True, "schema": {"type": "string"}}
    requests_mock.get(f"{REST}/issue/createmeta/10000/issuetypes/10001", json={"fields": [form], "total": 1})
    requests_mock.post(f"{REST}/issue", status_code=201, json={"id": "10042", "key": "SUP-1"})
    requests_mock.delete(f"{REST}/issue/10042", status_code=204)
    requests_mock.get(f"{REST}/user/assignable/search", json=[])
    return requests_mock


def make_every_call() -> None:
    view = replace(connection(), credentials=credentials(scopes=ASKED | {READ_WORKFLOWS.scope}))
    flow, vocabulary = JiraConnectFlow(), JiraStatusVocabulary()
    flow.verify(view)
    vocabulary.read(view)
    vocabulary.project(ProjectRequest(connection=view, project=RemoteProject(id="10000", key="SUP", name="Support")))
    use_issues(view)
    use_comments(view)
    use_creation(view)
    use_webhooks(view)
    flow.revoke(view)


def use_issues(view: ConnectionView) -> None:
    gateway, project = JiraTicketGateway(), RemoteProject(id="10000", key="SUP", name="Support")
    gateway.fetch(IssuesRequest(connection=view, issue_ids=("10042",)))
    gateway.open(IssueRequest(connection=view, issue_id="10042"))
    gateway.find(FindRequest(connection=view, text="SUP-1"))
    gateway.changed(ChangedRequest(connection=view, project_ids=("10000",), minutes=5))
    screen = (
        TransitionField(id="resolution", name="Resolution", shape="option"),
        TransitionField(id="comment", name="Comment", shape="comment"),
    )
    move = Transition(id="31", name="Resolve", to_id="5", fields=screen)
    values = {"resolution": "1", "comment": "Done."}
    gateway.hop(HopRequest(connection=view, issue_id="10042", transition=move, fields=values))
    gateway.link_back(
        LinkBackRequest(
            connection=view,
            issue_id="10042",
            ticket_id=1,
            ticket_title="Printer",
            ticket_url="https://helpdesk.example/tickets/1",
            solved=False,
        )
    )
    JiraWorkflows().read(
        WorkflowRequest(connection=view, project=project, kind_id="10001", status_ids=("3",)),
    )


def use_comments(view: ConnectionView) -> None:
    conversation, text = JiraConversation(), "# Loud\n\n- [ ] *very*\n\n|a|b|\n|-|-|\n|1|2|"
    conversation.read(CommentsRequest(connection=view, issue_id="10042"))
    conversation.post(PostRequest(connection=view, issue_id="10042", marker="m-1", author="Ann", body=text))
    conversation.edit(EditRequest(connection=view, issue_id="10042", comment_id="7", author="Ann", body=text))
    conversation.withdraw(WithdrawRequest(connection=view, issue_id="10042", comment_id="7"))


def use_creation(view: ConnectionView) -> None:
    creation, project = JiraIssueCreation(), RemoteProject(id="10000", key="SUP", name="Support")
    creation.fields(CreateFieldsRequest(connection=view, project=project, kind_id="10001"))
    person = CreateField(id="customfield_1", name="Responsible", shape="account")
    creation.options(OptionsRequest(connection=view, project=project, field=person, text="da"))
    given = {"account": "5b10:1", "option": "1", "options": "2", "number": "1.5", "rich-text": "x", "texts": "a b"}
    values = tuple(
        FieldValue(field=CreateField(id=shape, name=shape, shape=shape), value=value) for shape, value in given.items()
    )
    creation.create(
        CreateRequest(
            connection=view,
            project=project,
            kind_id="10001",
            marker="m-1",
            title="Printer",
            body="# Loud",
            author="Ann",
            fields=values,
        )
    )
    creation.recent(RecentRequest(connection=view, project_id="10000", minutes=15))
    for minutes in (15, None):
        creation.arrived(ArrivedRequest(connection=view, project_id="10000", kind_id="10001", minutes=minutes))
    creation.describe(IssueRequest(connection=view, issue_id="10042"))
    creation.delete(IssueRequest(connection=view, issue_id="10042"))


def use_webhooks(view: ConnectionView) -> None:
    receiver = JiraWebhookReceiver()
    order = SubscribeRequest(
        connection=view, url="https://helpdesk.example/webhooks/jira", project_ids=("10000",), known_ids=("1",)
    )
    receiver.subscribe(order)
    receiver.renew(order)
    receiver.unsubscribe(order)


def test_every_request_is_valid(document: OpenApiDocument, jira: Mocker) -> None:
    make_every_call()
    judged = set()
    for sent in jira.request_history:
        url = urlsplit(sent.url)
        body = sent.json() if sent.body else None
        document.check_request(sent.method, url.path, parse_qs(url.query), body)
        judged.add(document.operation(sent.method, url.path).operation_id)
    assert judged == {
        "getCurrentUser",
        "getStatuses",
        "searchProjects",
        "getAllStatuses",
        "getDynamicWebhooksForApp",
        "deleteWebhookById",
        "registerDynamicWebhooks",
        "refreshWebhooks",
        "bulkFetchIssues",
        "searchAndReconsileIssuesUsingJqlPost",
        "getIssue",
        "editIssue",
        "getMyPermissions",
        "doTransition",
        "createOrUpdateRemoteIssueLink",
        "readWorkflows",
        "getComments",
        "getCommentsByIds",
        "addComment",
        "updateComment",
        "deleteComment",
        "getCreateIssueMetaIssueTypeId",
        "findAssignableUsers",
        "createIssue",
        "deleteIssue",
    }


def test_every_request_is_covered_by_the_scopes_that_we_ask_for(document: OpenApiDocument, jira: Mocker) -> None:
    make_every_call()
    for sent in jira.request_history:
        operation = document.operation(sent.method, urlsplit(sent.url).path)
        assert operation.classic_scopes, operation
        optional = {READ_WORKFLOWS.scope} if operation.operation_id == "readWorkflows" else set()
        assert operation.classic_scopes <= ASKED | optional, operation
