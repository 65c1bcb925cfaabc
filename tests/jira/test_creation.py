"""Creating issues: one call with its marker, fields in the form of their schema, refusals told apart, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ArrivedRequest,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FieldValue,
    FoundIssue,
    IssueRequest,
    OptionsRequest,
    RecentRequest,
    RemoteProject,
)
from plugins.jira.creation import JiraIssueCreation
from tests.jira.atlassian import EXPIRED_401, JIRA_404, MYSELF, REST, SITES_URL, connection

ISSUES = f"{REST}/issue"
ISSUE = f"{REST}/issue/10042"
FORM = f"{REST}/issue/createmeta/10000/issuetypes/10001"
SEARCH = f"{REST}/search/jql"
PEOPLE = f"{REST}/user/assignable/search"
PROJECT = RemoteProject(id="10000", key="SUP", name="Support")
MARKER = {"helpdesk.marker": {"marker": "m-1"}}
creation = JiraIssueCreation()


def told(*messages: str, **errors: str) -> dict[str, object]:
    return {"errorMessages": list(messages), "errors": errors}


# ── the form ────────────────────────────────────────────────────────────────────────────────────────────────────────


def field(name: str, schema: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"fieldId": name, "key": name, "name": name.title(), "required": True, "schema": schema, **members}


BASIC = [
    field("summary", {"type": "string", "system": "summary"}),
    field("project", {"type": "project"}, allowedValues=[{"id": "10000", "name": "Support"}]),
    field("issuetype", {"type": "issuetype"}),
    field("description", {"type": "string", "system": "description"}),
]


def form(requests_mock: Mocker, *fields: dict[str, Any]) -> tuple[CreateField, ...]:
    requests_mock.get(FORM, json={"fields": [*BASIC, *fields], "startAt": 0, "total": len(BASIC) + len(fields)})
    return ask_form()


def ask_form() -> tuple[CreateField, ...]:
    return creation.fields(CreateFieldsRequest(connection=connection(), project=PROJECT, kind_id="10001"))


def test_what_is_always_sent_is_not_asked_for(requests_mock: Mocker) -> None:
    defaulted = field("reporter", {"type": "user", "system": "reporter"}, hasDefaultValue=True)
    optional = field("reporter", {"type": "user", "system": "reporter"}, required=False)
    assert form(requests_mock, defaulted) == form(requests_mock, optional) == ()
    assert [one.id for one in form(requests_mock, field("reporter", {"type": "user"}))] == ["reporter"]


def test_a_field_comes_with_its_values_and_is_required_unless_jira_fills_it_in(requests_mock: Mocker) -> None:
    values = [{"id": "1", "value": "Low"}, {"id": "2", "value": "High"}]
    impact = field("impact", {"type": "option"}, allowedValues=values)
    priority = field("priority", {"type": "priority"}, allowedValues=[{"id": "3", "name": "M"}], hasDefaultValue=True)
    assert form(requests_mock, impact, priority) == (
        CreateField(
            id="impact",
            name="Impact",
            required=True,
            options=(FieldOption(id="1", name="Low"), FieldOption(id="2", name="High")),
            shape="option",
        ),
        CreateField(id="priority", name="Priority", options=(FieldOption(id="3", name="M"),), shape="option"),
    )


@pytest.mark.parametrize(
    ("schema", "values", "shape", "searchable"),
    [
        ({"type": "user", "system": "assignee"}, [], "account", True),
        ({"type": "array", "items": "user", "custom": "x:multiuserpicker"}, [], "accounts", True),
        ({"type": "array", "items": "option"}, [{"id": "1", "value": "A"}], "options", False),
        ({"type": "array", "items": "component"}, [{"id": "1", "name": "Shop"}], "options", False),
        ({"type": "array", "items": "string", "system": "labels"}, [], "texts", False),
        ({"type": "string", "custom": "x:textarea"}, [], "rich-text", False),
        ({"type": "string", "custom": "x:textfield"}, [], "text", False),
        ({"type": "number"}, [], "number", False),
        ({"type": "date", "system": "duedate"}, [], "text", False),
        ({"type": "group"}, [], "group", False),
        # nobody can fill these in here: nothing to choose from, or nothing that one text could be
        ({"type": "option"}, [], "", False),
        ({"type": "array", "items": "component"}, [], "", False),
        ({"type": "issuelink", "system": "parent"}, [], "", False),
        ({"type": "array", "items": "attachment"}, [], "", False),
        ({"type": "timetracking"}, [], "", False),
        ({"type": "comments-page"}, [], "", False),
        ({}, [], "", False),
    ],
)
def test_the_form_of_a_value_follows_from_its_schema(
    requests_mock: Mocker, schema: dict[str, Any], values: list[Any], shape: str, searchable: bool
) -> None:
    (found,) = form(requests_mock, field("it", schema, allowedValues=values))
    assert (found.shape, found.searchable, found.required) == (shape, searchable, True)


def test_long_forms_are_read_to_the_last_page(requests_mock: Mocker) -> None:
    fields = [field(f"customfield_{number}", {"type": "number"}) for number in range(300)]
    requests_mock.get(
        FORM,
        [
            {"json": {"fields": fields[:200], "total": 300}},
            {"json": {"fields": fields[200:], "total": 300}},
        ],
    )
    assert len(ask_form()) == 300
    assert [one.qs["maxresults"] for one in requests_mock.request_history] == [["200"], ["200"]]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, told("No."), "no_permission"),
        (400, told(project="Specify a valid project ID or key"), "no_permission"),
        (400, told(project="You do not have permission to create issues in this project."), "no_permission"),
        (404, JIRA_404, "no_permission"),
        (400, told(issuetype="Specify a valid issue type"), "refused"),
    ],
)
def test_a_form_that_is_refused(requests_mock: Mocker, status: int, body: object, code: str) -> None:
    requests_mock.get(FORM, status_code=status, json=body)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    with pytest.raises(Rejected) as caught:
        ask_form()
    assert caught.value.code == code


def test_a_form_without_any_field_is_a_missing_permission_only_if_jira_knows_us(requests_mock: Mocker) -> None:
    requests_mock.get(FORM, json={"fields": [], "total": 0})
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 401, "json": EXPIRED_401}])
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    with pytest.raises(Rejected) as caught:
        ask_form()
    assert caught.value.code == "no_permission"
    with pytest.raises(AuthorizationLost):
        ask_form()


# ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def find(shape: str = "account", text: str = " da  de ") -> tuple[FieldOption, ...]:
    wanted = CreateField(id="assignee", name="Assignee", searchable=True, shape=shape)
    return creation.options(OptionsRequest(connection=connection(), project=PROJECT, field=wanted, text=text))


def test_people_are_found_who_can_be_assigned(requests_mock: Mocker) -> None:
    people: list[dict[str, Any]] = [{"accountId": f"5b10:{n}", "displayName": f"Dana {n}"} for n in range(30)]
    people[0] |= {"active": False}
    people[1] |= {"accountType": "app"}
    people[2] |= {"active": True, "accountType": "atlassian"}
    requests_mock.get(PEOPLE, json=people)
    found = find()
    assert len(found) == 20
    assert found[0] == FieldOption(id="5b10:2", name="Dana 2")
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.qs == {"project": ["10000"], "query": ["da de"], "maxresults": ["50"]}


def test_only_people_are_searched_for() -> None:
    assert find(shape="option") == find(shape="") == ()


# ── creating ────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(
    *values: tuple[CreateField, str], title: str = "Printer\n on fire", body: str = "It *hums*."
) -> CreatedIssue:
    return creation.create(
        CreateRequest(
            connection=connection(),
            project=PROJECT,
            kind_id="10001",
            marker="m-1",
            title=title,
            body="It *hums*.",
            author="Ann Lee",
            fields=tuple(FieldValue(field=one, value=value) for one, value in values),
        )
    )


def of(shape: str, name: str = "it") -> CreateField:
    return CreateField(id=name, name=name.title(), shape=shape)


def sent(requests_mock: Mocker) -> Any:
    assert requests_mock.last_request is not None
    return requests_mock.last_request.json()


@pytest.fixture
def creates(requests_mock: Mocker) -> Mocker:
    requests_mock.post(ISSUES, status_code=201, json={"id": "10042", "key": "SUP-7", "self": "https://elsewhere"})
    return requests_mock


def test_an_issue_is_created_with_its_marker_in_one_call(creates: Mocker) -> None:
    made = create((of("option", "impact"), "2"))
    assert made == CreatedIssue(id="10042", key="SUP-7", url="https://acme.atlassian.net/browse/SUP-7")
    assert creates.call_count == 1
    body = sent(creates)
    assert body.keys() == {"fields", "properties"}
    assert body["properties"] == [{"key": "helpdesk.marker", "value": {"marker": "m-1"}}]
    description = body["fields"].pop("description")
    assert body["fields"] == {
        "project": {"id": "10000"},
        "issuetype": {"id": "10001"},
        "summary": "Printer on fire",
        "impact": {"id": "2"},
    }
    byline, text = description["content"]
    assert [part["text"] for part in byline["content"]] == ["Ann Lee", " wrote:"]
    assert {"type": "text", "text": "hums", "marks": [{"type": "em"}]} in text["content"]


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        ("option", "2", {"id": "2"}),
        ("options", "2", [{"id": "2"}]),
        ("account", "5b10:1", {"accountId": "5b10:1"}),
        ("accounts", "5b10:1", [{"accountId": "5b10:1"}]),
        ("group", "agents", {"name": "agents"}),
        ("text", "R-7", "R-7"),
        ("texts", " printer  fire ", ["printer", "fire"]),
        ("number", "1,5", 1.5),
        ("number", "12", 12),
    ],
)
def test_values_are_sent_in_the_form_of_their_field(creates: Mocker, shape: str, value: str, expected: object) -> None:
    create((of(shape), value))
    assert sent(creates)["fields"]["it"] == expected


def test_rich_text_is_a_document_and_an_empty_value_is_none(creates: Mocker) -> None:
    create((of("rich-text", "details"), "one"), (of("text", "reference"), "  "))
    fields = sent(creates)["fields"]
    assert fields["details"]["type"] == "doc"
    assert "reference" not in fields


@pytest.mark.parametrize(
    ("shape", "value"), [("", "x"), ("number", "many"), ("number", "1.e999"), ("number", "9" * 5000)]
)
def test_a_value_that_cannot_be_sent_is_refused_before_jira_is_asked(shape: str, value: str) -> None:
    with pytest.raises(Rejected, match="It") as caught:
        create((of(shape), value))
    assert caught.value.code == "refused"


@pytest.mark.parametrize("title", ["x" * 400, "🖨" * 200, "x" + "🖨" * 200])
def test_a_title_is_never_longer_than_jira_takes(creates: Mocker, title: str) -> None:
    create(title=title)
    summary = sent(creates)["fields"]["summary"]
    assert len(summary.encode("utf-16-le")) // 2 in {254, 255}
    assert summary.endswith("…")
    create(title="x" * 255)
    assert sent(creates)["fields"]["summary"] == "x" * 255


def test_half_a_character_or_a_control_in_a_title_is_left_out(creates: Mocker) -> None:
    create(title="a\ud800\x00\x1bb")
    assert sent(creates)["fields"]["summary"] == "ab"


def refused(requests_mock: Mocker, *values: tuple[CreateField, str], **answer: Any) -> IntegrationError:
    requests_mock.post(ISSUES, **answer)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    with pytest.raises(IntegrationError) as caught:
        create(*values)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, told(customfield_1="Impact is required."), "field_required"),
        (400, told("Field Impact is required."), "field_required"),
        (400, told(customfield_1="Impact is required.", it="Field 'it' cannot be set."), "field_required"),
        (400, told(it="Operation value must be a number"), "field_required"),
        (400, told(reporter="Reporter is required."), "field_required"),
        (400, told(it="Field 'it' cannot be set. It is not on the appropriate screen, or unknown."), "refused"),
        (400, told(summary="You must specify a summary of the issue."), "refused"),
        (400, told(description="The entered text is too long."), "refused"),
        (400, told(issuetype="issue type is required"), "kind"),
        (400, told(project="Specify a valid project ID or key"), "refused"),
        (400, told(project="You do not have permission to create issues in this project."), "no_permission"),
        (400, told(project="You cannot create issues in this project."), "no_permission"),
        (403, told("No."), "no_permission"),
        (404, JIRA_404, "refused"),
        (413, told("Too large."), "refused"),
        (422, told("Configuration problem."), "refused"),
    ],
)
def test_why_an_issue_is_refused(requests_mock: Mocker, status: int, body: Any, code: str) -> None:
    error = refused(requests_mock, status_code=status, json=body)
    assert isinstance(error, Rejected)
    assert error.code == code
    assert error.cure
    for words in [*body["errorMessages"], *body["errors"].values()]:
        assert words.rstrip(".") in error.reason


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, told(project="Specify a valid project ID or key")),
        (400, told(project="You do not have permission to create issues in this project.")),
        (403, told("No.")),
    ],
)
def test_what_a_stranger_may_not_is_believed_only_if_jira_knows_us(
    requests_mock: Mocker, status: int, body: object
) -> None:
    """An expired token can make us a stranger; taken for the truth, the ticket would never get its issue."""
    for method, url, act in (("POST", ISSUES, create), ("GET", FORM, ask_form)):
        requests_mock.register_uri(method, url, status_code=status, json=body)
        requests_mock.get(f"{REST}/myself", status_code=401, json=EXPIRED_401)
        requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
        with pytest.raises(AuthorizationLost):
            act()


def test_a_field_is_named_as_people_know_it(requests_mock: Mocker) -> None:
    costs = CreateField(id="customfield_7", name="Costs", shape="number")
    body = told(customfield_7="Operation value must be a number")
    error = refused(requests_mock, (costs, "7"), status_code=400, json=body)
    assert "Costs: Operation value must be a number" in str(error)
    assert "customfield_7" not in str(error)


def test_a_field_that_is_demanded_by_now_is_named_by_jira(requests_mock: Mocker) -> None:
    impact = CreateField(id="customfield_8", name="Impact", shape="option")
    body = told(
        customfield_7="Cause is required.", customfield_8="Impact is required.", customfield_9="Data was invalid"
    )
    error = refused(requests_mock, (impact, " "), status_code=400, json=body)
    assert isinstance(error, Rejected)
    assert error.code == "field_required"
    assert "“Cause is required.; Impact is required.; customfield_9: Data was invalid”" in error.reason


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 500},
        {"status_code": 503, "text": "<html>"},
        {"status_code": 409, "json": told("Conflict")},
        {"status_code": 429, "headers": {"Retry-After": "5"}},
        {"status_code": 302},
        {"exc": requests.ReadTimeout},
        {"exc": requests.ConnectionError},
        {"status_code": 201, "text": "?"},
        {"status_code": 201, "json": {"id": "10042"}},
        {"status_code": 200, "json": []},
    ],
)
def test_a_creation_whose_answer_is_lost_is_made_once(requests_mock: Mocker, answer: Any) -> None:
    """Whether it was done, only the marker tells: a second try here would create the issue twice."""
    assert isinstance(refused(requests_mock, **answer), TemporarilyUnavailable)
    assert requests_mock.call_count == 1


# ── finding again ───────────────────────────────────────────────────────────────────────────────────────────────────


def issue(number: int = 10042, properties: object = ..., **fields: object) -> dict[str, Any]:
    known = {
        "summary": "Printer",
        "status": {"id": "1"},
        "project": {"id": "10000"},
        "issuetype": {"id": "10001"},
        "description": {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Loud."}]}],
        },
        "reporter": {"accountId": "5b10:2", "displayName": "Dana Dev", "emailAddress": "dana@acme.example"},
        "created": "2026-11-24T10:00:00.000+0100",
    }
    whole = {"id": str(number), "key": f"SUP-{number}", "fields": known | fields}
    return whole if properties is ... else whole | {"properties": properties}


def recent(minutes: int = 15, project_id: str = "10000") -> tuple[FoundIssue, ...]:
    return creation.recent(RecentRequest(connection=connection(), project_id=project_id, minutes=minutes))


def describe() -> FoundIssue:
    return creation.describe(IssueRequest(connection=connection(), issue_id="10042"))


def test_what_we_created_lately_is_found_with_its_markers_to_the_last_page(requests_mock: Mocker) -> None:
    requests_mock.post(
        SEARCH,
        [
            {"json": {"issues": [issue(1, MARKER), issue(2, {})], "nextPageToken": "t"}},
            {"json": {"issues": [issue(2), issue(3, None)], "isLast": True}},
        ],
    )
    assert [(one.issue.id, one.marker, one.ours) for one in recent()] == [
        ("1", "m-1", True),
        ("2", "", True),
        ("3", "", True),
    ]
    first, second = (one.json() for one in requests_mock.request_history)
    assert first["jql"] == "project = 10000 AND creator = currentUser() AND created >= -15m ORDER BY created DESC"
    assert (first["properties"], first["maxResults"]) == (["helpdesk.marker"], 100)
    assert second == first | {"nextPageToken": "t"}


def test_that_nothing_was_created_is_believed_only_if_jira_knows_us(requests_mock: Mocker) -> None:
    """A stranger's search finds nothing: taken for the truth, the issue would be created a second time."""
    requests_mock.post(SEARCH, json={"issues": [], "isLast": True})
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 401, "json": EXPIRED_401}])
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    assert recent() == ()
    with pytest.raises(AuthorizationLost):
        recent()


@pytest.mark.parametrize("project_id", ["", "SUP", "1) OR (1", "-1"])
def test_a_project_that_is_no_number_is_not_searched(project_id: str) -> None:
    assert recent(project_id=project_id) == ()


def arrived(minutes: int | None = 15, project_id: str = "10000", kind_id: str = "10001") -> tuple[str, ...]:
    return creation.arrived(
        ArrivedRequest(connection=connection(), project_id=project_id, kind_id=kind_id, minutes=minutes)
    )


@pytest.mark.parametrize(
    ("minutes", "which"),
    [
        (15, "created >= -15m"),
        (1, "created >= -1m"),
        (0, "created >= -1m"),
        (None, "statusCategory != Done"),
    ],
)
def test_what_has_arrived_is_found_oldest_first_to_the_last_page(
    requests_mock: Mocker, minutes: int | None, which: str
) -> None:
    requests_mock.post(
        SEARCH,
        [
            {"json": {"issues": [{"id": "1"}, {"id": "2"}], "nextPageToken": "t"}},
            {"json": {"issues": [{"id": "2"}, {"id": "3"}], "isLast": True}},
        ],
    )
    assert arrived(minutes) == ("1", "2", "3")
    first, second = (one.json() for one in requests_mock.request_history)
    assert first["jql"] == f"project = 10000 AND issuetype = 10001 AND {which} ORDER BY created ASC"
    assert second == first | {"nextPageToken": "t"}


def test_that_nothing_has_arrived_is_believed_only_if_jira_knows_us(requests_mock: Mocker) -> None:
    """Taken for the truth, a stranger's empty search would let the helpdesk look back only from then on."""
    requests_mock.post(SEARCH, json={"issues": [], "isLast": True})
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 401, "json": EXPIRED_401}])
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    assert arrived() == ()
    with pytest.raises(AuthorizationLost):
        arrived()


@pytest.mark.parametrize("odd", ["", "SUP", "1) OR (1", "-1"])
def test_what_is_no_number_is_not_searched(odd: str) -> None:
    assert arrived(project_id=odd) == arrived(kind_id=odd) == ()


def test_an_issue_is_described_in_one_call(requests_mock: Mocker) -> None:
    requests_mock.get(ISSUE, json=issue(properties=MARKER))
    found = describe()
    assert requests_mock.call_count == 1
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.qs == {
        "fields": ["status,summary,project,issuetype,description,reporter,created"],
        "properties": ["helpdesk.marker"],
    }
    assert (found.issue.id, found.issue.key, found.issue.title, found.issue.status_id) == (
        *("10042", "SUP-10042", "Printer", "1"),
    )
    assert (found.marker, found.ours, found.body) == ("m-1", True, "Loud.")
    assert (found.reporter, found.reporter_email) == ("Dana Dev", "dana@acme.example")
    assert found.created_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("properties", [..., None, {}, [], "x", {"helpdesk.marker": None}, {"helpdesk.marker": "m-1"}])
def test_an_issue_without_our_marker_is_somebody_elses(requests_mock: Mocker, properties: object) -> None:
    requests_mock.get(ISSUE, json=issue(properties=properties))
    assert (describe().marker, describe().ours) == ("", False)


def test_what_jira_does_not_tell_stays_empty(requests_mock: Mocker) -> None:
    requests_mock.get(ISSUE, json=issue(description=None, reporter=None, created=None))
    found = describe()
    assert (found.body, found.reporter, found.reporter_email, found.created_at) == ("", "", "", None)
    requests_mock.get(ISSUE, json=issue(reporter={"displayName": "Dana", "emailAddress": "?"}))
    assert (describe().reporter, describe().reporter_email) == ("Dana", "")


# ── gone, and deleting ──────────────────────────────────────────────────────────────────────────────────────────────


def delete() -> None:
    creation.delete(IssueRequest(connection=connection(), issue_id="10042"))


def test_a_settled_404_is_gone_and_an_expired_token_is_not(requests_mock: Mocker) -> None:
    requests_mock.get(ISSUE, status_code=404, json=JIRA_404)
    requests_mock.delete(ISSUE, status_code=404, json=JIRA_404)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    with pytest.raises(Rejected) as caught:
        describe()
    assert caught.value.code == "gone"
    delete()
    requests_mock.get(f"{REST}/myself", status_code=401, json=EXPIRED_401)
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    for act in (describe, delete):
        with pytest.raises(AuthorizationLost):
            act()


def test_an_issue_is_deleted_without_its_subtasks(requests_mock: Mocker) -> None:
    requests_mock.delete(ISSUE, status_code=204)
    delete()
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.qs == {}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, told("You do not have permission to delete issues in this project."), "no_permission"),
        (400, told("The issue 'SUP-7' has subtasks."), "refused"),
    ],
)
def test_why_an_issue_is_not_deleted(requests_mock: Mocker, status: int, body: Any, code: str) -> None:
    requests_mock.delete(ISSUE, status_code=status, json=body)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    with pytest.raises(Rejected) as caught:
        delete()
    assert caught.value.code == code
    assert body["errorMessages"][0].rstrip(".") in caught.value.reason
