"""Workflows: read where the account may, learnt from one issue for each status everywhere else, never guessed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests_mock import Mocker
from werkzeug.datastructures import MultiDict

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import ConnectRequest, Evidence, RemoteProject, Secret, SettingsMap, Workflow, WorkflowRequest
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.forms import SetupForm
from plugins.jira.scopes import ASKED, READ_WORKFLOWS, asked, missing_from
from plugins.jira.settings import OAuthApp
from plugins.jira.workflows import JiraWorkflows
from tests.jira.atlassian import (
    CALLBACK_URL,
    EXPIRED_401,
    JIRA_404,
    JIRA_ENTRY,
    MYSELF,
    NOW,
    REST,
    SCOPE_401,
    SETTINGS,
    SITES_URL,
    connection,
    credentials,
)
from tests.jira.test_gateway import RESOLVE, bodies

SEARCH = f"{REST}/search/jql"
GRAPH = f"{REST}/workflows"
PROJECT = RemoteProject(id="10000", key="SUP", name="Support")


def read(*status_ids: str, is_admin: bool = False) -> Workflow:
    scopes = credentials().scopes | ({READ_WORKFLOWS.scope} if is_admin else set())
    view = connection()
    changed = type(view)(
        workspace=view.workspace, credentials=credentials(scopes=scopes), settings=view.settings, http=view.http
    )
    return JiraWorkflows().read(
        WorkflowRequest(connection=changed, project=PROJECT, kind_id="10001", status_ids=status_ids)
    )


def issue(number: int, status: str) -> dict[str, Any]:
    fields = {"summary": "x", "status": {"id": status}, "project": {"id": "10000"}, "issuetype": {"id": "10001"}}
    return {"id": str(number), "key": f"SUP-{number}", "fields": fields}


def stand(requests_mock: Mocker, number: int, status: str, *transitions: dict[str, Any]) -> dict[str, Any]:
    """Put an issue there, and return it as the index has it."""
    requests_mock.get(f"{REST}/issue/{number}", json={**issue(number, status), "transitions": list(transitions)})
    return issue(number, status)


def move(transition_id: str, to: str) -> dict[str, Any]:
    return {"id": transition_id, "name": f"to {to}", "to": {"id": to}}


def edges(workflow: Workflow) -> set[tuple[str, str]]:
    return {(step.from_id, step.transition.to_id) for step in workflow.steps}


def searched(requests_mock: Mocker, *rounds: list[dict[str, Any]]) -> None:
    requests_mock.post(SEARCH, [{"json": {"issues": issues}} for issues in rounds])


# ── learning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_issue_of_each_status_shows_its_ways_out(requests_mock: Mocker) -> None:
    first = stand(requests_mock, 1, "1", move("11", "2"), RESOLVE)
    second = stand(requests_mock, 2, "2", move("21", "1"))
    searched(requests_mock, [first, issue(7, "1"), issue(8, "1")], [second], [])
    workflow = read("1", "2", "3")
    assert edges(workflow) == {("1", "2"), ("1", "5"), ("2", "1")}
    assert workflow.explored == {"1", "2"}
    assert workflow.status_ids == ("1", "2", "3")
    assert {step.evidence for step in workflow.steps} == {Evidence.LEARNT}
    assert {(step.from_id, step.seen_on) for step in workflow.steps} == {("1", "SUP-1"), ("2", "SUP-2")}
    resolve = next(step.transition for step in workflow.steps if step.transition.id == "31")
    assert [field.id for field in resolve.required] == ["resolution"]
    queries = [body["jql"] for body in bodies(requests_mock, SEARCH)]
    assert queries == [
        f"project = 10000 AND issuetype = 10001 AND status in ({missing}) ORDER BY updated DESC"
        for missing in ("1, 2, 3", "2, 3", "3")
    ]
    assert sum(sent.method == "GET" for sent in requests_mock.request_history) == 2


def test_a_kind_without_issues_takes_one_call_and_explores_nothing(requests_mock: Mocker) -> None:
    searched(requests_mock, [])
    workflow = read("1", "2")
    assert (workflow.steps, workflow.explored, requests_mock.call_count) == ((), frozenset(), 1)


@pytest.mark.parametrize("may", [True, False])
def test_a_dead_end_is_one_only_if_the_account_may_transition(requests_mock: Mocker, may: bool) -> None:
    searched(requests_mock, [stand(requests_mock, 1, "1")])
    requests_mock.get(f"{REST}/mypermissions", json={"permissions": {"TRANSITION_ISSUES": {"havePermission": may}}})
    workflow = read("1")
    assert workflow.steps == ()
    assert workflow.explored == ({"1"} if may else set())


def test_a_status_with_a_transition_to_nowhere_is_not_explored(requests_mock: Mocker) -> None:
    searched(requests_mock, [stand(requests_mock, 1, "1", move("11", "2"), {"id": "5", "name": "Kick"})])
    workflow = read("1")
    assert edges(workflow) == {("1", "2")}
    assert workflow.explored == frozenset()


def test_what_counts_is_where_the_issue_stands_and_not_where_the_index_saw_it(requests_mock: Mocker) -> None:
    stand(requests_mock, 1, "2", move("21", "1"))
    second = stand(requests_mock, 2, "2", move("21", "1"))
    searched(requests_mock, [issue(1, "1"), second])
    workflow = read("1", "2")
    assert [(step.from_id, step.seen_on) for step in workflow.steps] == [("2", "SUP-1")]
    assert workflow.explored == {"2"}


def test_an_issue_that_went_meanwhile_is_passed_over(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/issue/1", status_code=404, json=JIRA_404)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    searched(requests_mock, [issue(1, "1"), stand(requests_mock, 2, "2", move("21", "1"))])
    assert read("1", "2").explored == {"2"}


def test_an_outage_is_no_empty_workflow(requests_mock: Mocker) -> None:
    searched(requests_mock, [issue(1, "1")])
    requests_mock.get(f"{REST}/issue/1", status_code=500)
    with pytest.raises(TemporarilyUnavailable):
        read("1")


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def link(*sources: str) -> list[dict[str, Any]]:
    return [{"fromPort": 0, "fromStatusReference": f"ref-{one}", "toPort": 1} for one in sources]


def graph(*, has_screen: bool = False) -> dict[str, Any]:
    """Three statuses: 1 to 2 directed, all to 3 global, and the transition that makes issues."""
    screen = {"transitionScreen": {"ruleKey": "system:transition-screen", "parameters": {"screenId": "5"}}}
    transitions = [
        {"id": "1", "name": "Create", "type": "INITIAL", "toStatusReference": "ref-1", "links": []},
        {"id": "11", "name": "Start", "type": "DIRECTED", "toStatusReference": "ref-2", "links": link("1")},
        {"id": "31", "name": "Close", "type": "GLOBAL", "toStatusReference": "ref-3", "links": []}
        | (screen if has_screen else {}),
        {"id": "41", "name": "Note", "type": "GLOBAL", "toStatusReference": None},
        {"id": "51", "name": "Back", "type": "DIRECTED", "toStatusReference": "ref-1", "links": link("2", "3", "9")},
    ]
    return {
        "statuses": [{"id": one, "statusReference": f"ref-{one}", "name": one} for one in ("1", "2", "3", "8")],
        "workflows": [
            {"statuses": [{"statusReference": f"ref-{one}"} for one in ("1", "2", "3")], "transitions": transitions}
        ],
    }


def test_a_workflow_that_may_be_read_is_known_as_a_whole_in_one_call(requests_mock: Mocker) -> None:
    requests_mock.post(GRAPH, json=graph())
    workflow = read("1", "2", "3", is_admin=True)
    assert requests_mock.call_count == 1
    assert bodies(requests_mock, GRAPH) == [
        {"projectAndIssueTypes": [{"projectId": "10000", "issueTypeId": "10001"}]},
    ]
    assert edges(workflow) == {("1", "2"), ("1", "3"), ("2", "3"), ("2", "1"), ("3", "1")}
    assert workflow.explored == {"1", "2", "3"}
    assert {step.evidence for step in workflow.steps} == {Evidence.KNOWN}


def test_what_a_known_screen_demands_is_learnt_from_one_issue(requests_mock: Mocker) -> None:
    requests_mock.post(GRAPH, json=graph(has_screen=True))
    close = {**RESOLVE, "to": {"id": "3"}}
    first, second = stand(requests_mock, 1, "1", close), stand(requests_mock, 2, "2", close)
    searched(requests_mock, [first, second])
    workflow = read("1", "2", "3", is_admin=True)
    closing = [step for step in workflow.steps if step.transition.to_id == "3"]
    assert {step.from_id for step in closing} == {"1", "2"}
    assert all([field.id for field in step.transition.required] == ["resolution"] for step in closing)
    assert {step.evidence for step in workflow.steps} == {Evidence.KNOWN}
    assert sum(sent.method == "GET" for sent in requests_mock.request_history) == 1, "one issue is enough"


def test_a_known_screen_that_no_issue_shows_demands_nothing_that_is_known(requests_mock: Mocker) -> None:
    requests_mock.post(GRAPH, json=graph(has_screen=True))
    searched(requests_mock, [])
    workflow = read("1", "2", "3", is_admin=True)
    assert len(workflow.steps) == 5
    assert all(step.transition.fields == () for step in workflow.steps)


@pytest.mark.parametrize(
    "reply",
    [
        {"status_code": 401, "json": {"errorMessages": ["You are not an administrator."], "errors": {}}},
        {"status_code": 401, "text": "Not an admin"},
        {"status_code": 401, "json": SCOPE_401},
        {"status_code": 403, "json": {"errorMessages": ["No."], "errors": {}}},
        {"status_code": 404, "json": JIRA_404},
        {"status_code": 400, "json": {"errorMessages": ["Unknown."], "errors": {}}},
        {"json": {"workflows": [], "statuses": []}},
    ],
)
def test_an_account_that_may_not_read_workflows_learns(requests_mock: Mocker, reply: dict[str, Any]) -> None:
    """D4 documents 401 for a missing permission, which must never end the connection."""
    requests_mock.post(GRAPH, **reply)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    searched(requests_mock, [stand(requests_mock, 1, "1", move("11", "2"))])
    workflow = read("1", is_admin=True)
    assert [step.evidence for step in workflow.steps] == [Evidence.LEARNT]


def test_a_token_that_is_no_good_is_a_lost_authorization_there_too(requests_mock: Mocker) -> None:
    requests_mock.post(GRAPH, status_code=401, json=EXPIRED_401)
    requests_mock.get(f"{REST}/myself", status_code=401, json=EXPIRED_401)
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    with pytest.raises(AuthorizationLost):
        read("1", is_admin=True)


def test_an_outage_while_reading_is_told(requests_mock: Mocker) -> None:
    requests_mock.post(GRAPH, status_code=503)
    with pytest.raises(TemporarilyUnavailable):
        read("1", is_admin=True)


def test_without_the_scope_the_workflow_is_not_asked_for(requests_mock: Mocker) -> None:
    searched(requests_mock, [])
    read("1")
    assert bodies(requests_mock, GRAPH) == []


# ── asking for the scope ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "is_asked"), [("yes", True), ("no", False), ("", False), (None, False), (Secret("yes"), True)]
)
def test_the_scope_is_asked_for_only_if_the_operator_says_so(answer: Any, is_asked: bool) -> None:
    settings: SettingsMap = SETTINGS if answer is None else {**SETTINGS, "read_workflows": answer}
    permissions = asked(reads_workflows=OAuthApp.read(settings).reads_workflows)
    assert (READ_WORKFLOWS in permissions) is is_asked


def test_a_refusal_that_is_about_something_else_is_told(requests_mock: Mocker) -> None:
    requests_mock.post(GRAPH, status_code=413, json={"errorMessages": ["Too much."], "errors": {}})
    with pytest.raises(Rejected, match="Too much"):
        read("1", is_admin=True)


@pytest.mark.parametrize(("answer", "is_asked"), [("yes", True), ("no", False)])
def test_what_the_consent_page_is_asked_for(answer: str, is_asked: bool) -> None:
    settings: SettingsMap = {**SETTINGS, "read_workflows": answer}
    request = ConnectRequest(
        callback_url=CALLBACK_URL, state=Secret("s"), settings=settings, http=requests.Session(), now=NOW
    )
    scopes = parse_qs(urlsplit(JiraConnectFlow().begin(request).url).query)["scope"][0].split()
    assert (READ_WORKFLOWS.scope in scopes) is is_asked
    assert set(scopes) >= ASKED
    assert missing_from(ASKED, has_refresh_token=True) == (), "an optional scope is never missed"


@pytest.mark.parametrize("stored", [{}, {"read_workflows": "no"}, {"read_workflows": "yes"}])
def test_the_form_is_complete_whatever_was_stored_before_there_was_the_choice(stored: dict[str, str]) -> None:
    form = SetupForm(MultiDict({"client_id": "client-1", "client_secret": "s3cret", **stored}))
    assert form.validate()
    assert form.data["read_workflows"] == stored.get("read_workflows", "no")
    assert not SetupForm(MultiDict({"client_id": "c", "client_secret": "s", "read_workflows": "perhaps"})).validate()
