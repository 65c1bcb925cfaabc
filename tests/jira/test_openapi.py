"""Every request that the client makes is one that Atlassian's OpenAPI document allows, with scopes that we ask for."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from requests_mock import Mocker

from helpdesk_core.values import ProjectRequest, RemoteProject
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.scopes import ASKED
from plugins.jira.vocabulary import JiraStatusVocabulary
from tests.jira.atlassian import MYSELF, REST, connection
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
    return requests_mock


def make_every_call() -> None:
    view = connection()
    flow, vocabulary = JiraConnectFlow(), JiraStatusVocabulary()
    flow.verify(view)
    vocabulary.read(view)
    vocabulary.project(ProjectRequest(connection=view, project=RemoteProject(id="10000", key="SUP", name="Support")))
    flow.revoke(view)


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
    }


def test_every_request_is_covered_by_the_scopes_that_we_ask_for(document: OpenApiDocument, jira: Mocker) -> None:
    make_every_call()
    for sent in jira.request_history:
        operation = document.operation(sent.method, urlsplit(sent.url).path)
        assert operation.classic_scopes, operation
        assert operation.classic_scopes <= ASKED, operation
