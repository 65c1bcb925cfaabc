"""Every answer of the simulator is valid by Atlassian's OpenAPI document, and so is each request here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from plugins.jira.simulator import Simulator, large_world
from plugins.jira.simulator.server import OPERATIONS
from tests.simulator.create_fields import EVERY_KIND, VALUES, world_with
from tests.simulator.driving import Api, Driver

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from plugins.jira.simulator.gateway import Operation
    from tests.openapi_document import OpenApiDocument

pytestmark = pytest.mark.openapi

TEXT = {"type": "paragraph", "content": [{"type": "text", "text": "It hums."}]}
ISSUE = {
    "fields": {
        "project": {"key": "SUP"},
        "issuetype": {"id": "10001"},
        "summary": "It broke",
        "description": {"type": "doc", "version": 1, "content": [TEXT]},
        "labels": ["helpdesk"],
    },
    "properties": [{"key": "helpdesk", "value": {"ticket": 7}}],
}
LINK = {
    "globalId": "helpdesk=1&ticket=7",
    "application": {"type": "example.helpdesk", "name": "Helpdesk"},
    "relationship": "is the work of",
    "object": {"url": "https://helpdesk.example/tickets/7", "title": "Ticket 7", "status": {"resolved": False}},
}
COMMENT = {
    "body": {"type": "doc", "version": 1, "content": [TEXT]},
    "visibility": {"type": "role", "value": "Administrator"},
    "properties": [{"key": "helpdesk", "value": {"comment": 7}}],
}
PAIR = {"projectAndIssueTypes": [{"projectId": "10002", "issueTypeId": "10010"}]}
SEARCH = {"jql": "project = SUP ORDER BY key", "maxResults": 2, "fields": ["status"], "reconcileIssues": [10001]}
ARRIVED = {
    "jql": "project = 10000 AND issuetype = 10001 AND created >= -15m ORDER BY created ASC",
    "maxResults": 5000,
    "fields": ["id"],
}
OPEN = ARRIVED | {"jql": "project = 10000 AND issuetype = 10001 AND statusCategory != Done ORDER BY created ASC"}
EDIT = {"fields": {"summary": "It hums"}, "update": {"labels": [{"add": "loud"}]}}
WEBHOOK = {
    "url": "https://helpdesk.example/webhooks/jira",
    "webhooks": [
        {"events": ["jira:issue_updated"], "jqlFilter": "project != EMPTY", "fieldIdsFilter": ["status"]},
        {"events": ["jira:issue_updated"], "jqlFilter": " "},
    ],
}
Call = tuple[str, str, Any, int]
CALLS: list[Call] = [
    ("GET", "/myself", None, 200),
    ("GET", "/serverInfo", None, 200),
    ("GET", "/mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER&projectKey=SUP", None, 200),
    ("GET", "/mypermissions?permissions=FLY", None, 400),
    ("GET", "/user/assignable/search?project=SUP&query=da", None, 200),
    ("GET", "/user/assignable/search?issueKey=SUP-1&query=&maxResults=1&startAt=1", None, 200),
    ("GET", "/user/assignable/search?project=SUP", None, 400),
    ("GET", "/user/assignable/search?query=da", None, 400),
    ("GET", "/user/assignable/search?project=NOPE&query=", None, 404),
    ("GET", "/data-policy", None, 200),
    ("GET", "/data-policy/project?ids=10000,10002", None, 200),
    ("GET", "/data-policy/project?ids=10000,1", None, 400),
    ("GET", "/project/SUP/components", None, 200),
    ("GET", "/project/NOPE/components", None, 404),
    ("GET", "/project/search", None, 200),
    ("GET", "/project/search?maxResults=2&startAt=2&expand=lead,description,issueTypes", None, 200),
    ("GET", "/project/search?status=archived&orderBy=-name", None, 200),
    ("GET", "/project/SUP", None, 200),
    ("GET", "/project/WEB", None, 200),
    ("GET", "/project/NOPE", None, 404),
    ("GET", "/project/SUP/statuses", None, 200),
    ("GET", "/project/WEB/statuses", None, 200),
    ("GET", "/status", None, 200),
    ("GET", "/status/1", None, 200),
    ("GET", "/status/nothing", None, 404),
    ("GET", "/statuscategory", None, 200),
    ("GET", "/issuetype", None, 200),
    ("GET", "/issuetype/project?projectId=10002", None, 200),
    ("POST", "/issue", ISSUE, 201),
    ("POST", "/issue", {"fields": {}}, 400),
    ("POST", "/issue", {"fields": ISSUE["fields"] | {"priority": {"name": "None"}}}, 400),
    ("GET", "/issue/createmeta/SUP/issuetypes?maxResults=1", None, 200),
    ("GET", "/issue/createmeta/WEB/issuetypes", None, 200),
    ("GET", "/issue/createmeta/NOPE/issuetypes", None, 400),
    ("GET", "/issue/createmeta/SUP/issuetypes/10001?startAt=1", None, 200),
    ("GET", "/issue/createmeta/SUP/issuetypes/1", None, 400),
    ("GET", "/issue/SUP-1?expand=transitions.fields&properties=*all", None, 200),
    ("GET", "/issue/SUP-1?fields=status,summary", None, 200),
    ("GET", "/issue/SUP-99", None, 404),
    ("GET", "/issue/SUP-2/transitions?expand=transitions.fields", None, 200),
    ("POST", "/issue/SUP-1/transitions", {"transition": {"id": "61"}}, 204),
    ("POST", "/issue/SUP-1/transitions", {"transition": {"id": "91"}}, 400),
    ("GET", "/issue/SUP-1/transitions?includeUnavailableTransitions=true", None, 200),
    ("PUT", "/issue/SUP-1", EDIT, 204),
    ("PUT", "/issue/SUP-1?returnIssue=true", EDIT, 200),
    ("PUT", "/issue/SUP-1", {"fields": {"status": {"id": "3"}}}, 400),
    ("DELETE", "/issue/FAC-1", None, 204),
    ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["10002", "SUP-1", "1"], "fields": ["status"]}, 200),
    ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": []}, 400),
    ("GET", "/search/jql?jql=project%20%3D%20SUP&maxResults=2", None, 200),
    ("GET", "/search/jql?jql=updated%20%3E%3D%20-15m&fields=*all&expand=changelog", None, 200),
    ("GET", "/search/jql?jql=", None, 400),
    ("POST", "/search/jql", SEARCH, 200),
    ("POST", "/search/jql", ARRIVED, 200),
    ("POST", "/search/jql", OPEN, 200),
    ("POST", "/search/jql", {"jql": "colour = red"}, 400),
    ("POST", "/issue/SUP-1/remotelink", LINK, 201),
    ("POST", "/issue/SUP-1/remotelink", LINK | {"object": {"url": "https://x.example", "title": " "}}, 400),
    ("GET", "/issue/SUP-1/remotelink", None, 200),
    ("GET", "/issue/SUP-1/remotelink?globalId=nothing", None, 404),
    ("GET", "/issue/SUP-1/remotelink/1", None, 404),
    ("PUT", "/issue/SUP-1/remotelink/1", LINK, 404),
    ("DELETE", "/issue/SUP-1/remotelink?globalId=nothing", None, 404),
    ("DELETE", "/issue/SUP-1/remotelink/x", None, 400),
    ("GET", "/issue/SUP-1/properties", None, 200),
    ("PUT", "/issue/SUP-1/properties/helpdesk", {"ticket": 7}, 201),
    ("GET", "/issue/SUP-1/properties/helpdesk", None, 404),
    ("DELETE", "/issue/SUP-1/properties/helpdesk", None, 404),
    ("POST", "/issue/SUP-1/comment", COMMENT, 201),
    ("POST", "/issue/SUP-1/comment?expand=properties", {"body": COMMENT["body"]}, 201),
    ("POST", "/issue/SUP-1/comment", {"body": "plain"}, 400),
    ("POST", "/issue/SUP-99/comment", COMMENT, 404),
    ("GET", "/issue/SUP-1/comment?orderBy=-created&maxResults=1&expand=properties", None, 200),
    ("GET", "/issue/SUP-1/comment/1", None, 404),
    ("PUT", "/issue/SUP-1/comment/1?notifyUsers=false", COMMENT, 404),
    ("DELETE", "/issue/SUP-1/comment/1", None, 404),
    ("POST", "/comment/list?expand=properties", {"ids": [10000, 4711]}, 200),
    ("POST", "/comment/list", {"ids": []}, 400),
    ("GET", "/comment/1/properties", None, 404),
    ("GET", "/comment/1/properties/helpdesk", None, 404),
    ("PUT", "/comment/1/properties/helpdesk", {"comment": 7}, 404),
    ("DELETE", "/comment/1/properties/helpdesk", None, 404),
    ("GET", "/workflows/search?expand=values.transitions&maxResults=3", None, 200),
    ("GET", "/workflows/search?projectId=10002&scope=PROJECT&orderBy=-name", None, 200),
    ("POST", "/workflows", PAIR, 200),
    ("POST", "/workflows", {"projectAndIssueTypes": [{"projectId": "1", "issueTypeId": "1"}]}, 400),
    ("GET", "/workflowscheme/project?projectId=10000&projectId=10002", None, 200),
    ("DELETE", "/issue/FAC-99", None, 404),
    ("GET", "/issue/SUP-2?expand=changelog", None, 200),
    ("GET", "/issue/SUP-2/changelog", None, 200),
    ("GET", "/issue/SUP-99/changelog", None, 404),
    ("POST", "/issue/SUP-1/remotelink", LINK, 201),
    ("POST", "/issue/SUP-1/remotelink", {"object": {"title": "Ticket 7", "url": ""}}, 400),
    ("GET", "/issue/SUP-1/remotelink", None, 200),
    ("GET", "/issue/SUP-1/remotelink/10000", None, 404),
    ("DELETE", "/issue/SUP-1/remotelink/10000", None, 404),
    ("DELETE", "/issue/SUP-1/remotelink?globalId=x", None, 404),
    ("GET", "/webhook", None, 200),
    ("POST", "/webhook", WEBHOOK, 200),
    ("PUT", "/webhook/refresh", {"webhookIds": [1, 4711]}, 200),
    ("DELETE", "/webhook", {"webhookIds": [1]}, 202),
]


def judge(document: OpenApiDocument, answer: TestResponse, body: Any) -> None:
    request = answer.request
    parts = urlsplit(request.url)
    document.check_request(request.method, parts.path, parse_qs(parts.query), body)
    content = answer.get_json() if answer.is_json else None
    document.check_response(request.method, parts.path, answer.status_code, content)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1]} {call[3]}")
def test_answers_as_the_document_says(document: OpenApiDocument, dana: Api, call: Call) -> None:
    method, path, body, status = call
    answer = dana(method, path, body)
    assert answer.status_code == status, answer.text
    judge(document, answer, body)


COMMENTS_THEMSELVES: list[Call] = [
    ("GET", "/issue/SUP-1/comment/10000?expand=properties", None, 200),
    ("GET", "/issue/SUP-1?fields=comment", None, 200),
    ("PUT", "/issue/SUP-1/comment/10000", COMMENT, 200),
    ("POST", "/comment/list?expand=properties", {"ids": [10000]}, 200),
    ("PUT", "/comment/10000/properties/other", {"comment": 7}, 201),
    ("PUT", "/comment/10000/properties/other", {"comment": 8}, 200),
    ("GET", "/comment/10000/properties", None, 200),
    ("GET", "/comment/10000/properties/helpdesk", None, 200),
    ("DELETE", "/comment/10000/properties/helpdesk", None, 204),
    ("DELETE", "/issue/SUP-1/comment/10000", None, 204),
]


def test_a_comment_is_answered_as_the_document_says(document: OpenApiDocument, dana: Api) -> None:
    dana("POST", "/issue/SUP-1/comment", COMMENT)
    for method, path, body, status in COMMENTS_THEMSELVES:
        answer = dana(method, path, body)
        assert answer.status_code == status, answer.text
        judge(document, answer, body)


def test_fields_of_every_kind_are_announced_as_the_document_says(document: OpenApiDocument) -> None:
    driver = Driver(Simulator(world_with(**EVERY_KIND)))
    api = Api(driver, driver.connect()["access_token"])
    judge(document, api("GET", "/issue/createmeta/SUP/issuetypes/10001"), None)
    body = {"fields": ISSUE["fields"] | VALUES}
    created = api("POST", "/issue", body)
    judge(document, created, body)
    judge(document, api("GET", f"/issue/{created.get_json()['key']}"), None)


def test_the_calls_above_reach_every_operation(simulator: Simulator, dana: Api) -> None:
    for method, path, body, _ in CALLS:
        dana(method, path, body)
    assert set(simulator.control.counts()) >= {operation.name for operation in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_operations_bear_the_names_and_scopes_of_the_document(document: OpenApiDocument, operation: Operation) -> None:
    path = "/rest/api/3" + re.sub("<[a-z_]+>", "X", operation.rule)
    found = document.operation(operation.method, path)
    assert operation.name == found.operation_id
    assert operation.scopes == found.classic_scopes


def test_a_large_site_answers_as_the_document_says(document: OpenApiDocument) -> None:
    driver = Driver(Simulator(large_world(projects=200, statuses=800)))
    api = Api(driver, driver.connect(sites=("large",))["access_token"], "large")
    for path in ("/status", "/project/search?maxResults=100&startAt=100", "/issuetype"):
        judge(document, api("GET", path), None)
