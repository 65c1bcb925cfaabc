"""The gateway: few calls, fresh answers, fields in the form that their schema demands, and refusals told apart."""

from __future__ import annotations

from typing import Any

import pytest
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ChangedRequest,
    FindRequest,
    HopRequest,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    Transition,
    TransitionField,
)
from plugins.jira.gateway import JiraTicketGateway
from tests.jira.atlassian import EXPIRED_401, JIRA_404, MYSELF, REST, SITES_URL, connection

ISSUE = f"{REST}/issue/10042"
MOVES = f"{ISSUE}/transitions"
LINK = f"{ISSUE}/remotelink"
BULK = f"{REST}/issue/bulkfetch"
SEARCH = f"{REST}/search/jql"
gateway = JiraTicketGateway()


def issue(number: int, *, status: str = "3", **members: object) -> dict[str, Any]:
    fields = {
        "summary": f"Printer {number}",
        "status": {"id": status},
        "project": {"id": "10000"},
        "issuetype": {"id": "10001"},
    }
    return {"id": str(number), "key": f"SUP-{number}", "fields": fields, **members}


def bodies(requests_mock: Mocker, url: str) -> list[Any]:
    return [sent.json() for sent in requests_mock.request_history if sent.url.partition("?")[0] == url and sent.body]


# ── fetch ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_issues_come_a_hundred_in_a_call_with_four_fields_and_each_once(requests_mock: Mocker) -> None:
    requests_mock.post(BULK, [{"json": {"issues": [issue(1)]}}, {"json": {"issues": [issue(2), issue(1)]}}])
    ids = tuple(str(number) for number in range(150))
    found = gateway.fetch(IssuesRequest(connection=connection(), issue_ids=(*ids, "1")))
    assert [one.id for one in found] == ["1", "2"]
    assert found[0].url == "https://acme.atlassian.net/browse/SUP-1"
    assert (found[0].title, found[0].project_id, found[0].kind_id, found[0].status_id) == (
        *("Printer 1", "10000", "10001", "3"),
    )
    sent = bodies(requests_mock, BULK)
    assert [len(body["issueIdsOrKeys"]) for body in sent] == [100, 50]
    assert {tuple(body["fields"]) for body in sent} == {("status", "summary", "project", "issuetype")}


def test_no_issue_is_no_call() -> None:
    assert gateway.fetch(IssuesRequest(connection=connection(), issue_ids=())) == ()


def test_that_everything_is_gone_is_believed_only_if_jira_knows_us(requests_mock: Mocker) -> None:
    requests_mock.post(BULK, json={"issues": [], "issueErrors": []})
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 401, "json": EXPIRED_401}])
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    request = IssuesRequest(connection=connection(), issue_ids=("1",))
    assert gateway.fetch(request) == ()
    with pytest.raises(AuthorizationLost):
        gateway.fetch(request)


# ── open ────────────────────────────────────────────────────────────────────────────────────────────────────────────

SCREEN = {
    "resolution": {
        "required": True,
        "hasDefaultValue": False,
        "name": "Resolution",
        "schema": {"type": "resolution", "system": "resolution"},
        "allowedValues": [{"id": "10000", "name": "Done"}, {"id": "10001", "name": "Won't Do"}],
    },
    "priority": {"required": True, "hasDefaultValue": True, "name": "Priority", "schema": {"type": "priority"}},
    "customfield_1": {
        "required": False,
        "name": "Team",
        "schema": {"type": "option"},
        "allowedValues": [{"id": "7", "value": "Blue"}, {"value": "without an id"}],
    },
}
RESOLVE = {"id": "31", "name": "Resolve", "to": {"id": "5"}, "fields": SCREEN}


def opened(requests_mock: Mocker, *transitions: object) -> Any:
    requests_mock.get(ISSUE, json=issue(10042, transitions=list(transitions)))
    return gateway.open(IssueRequest(connection=connection(), issue_id="10042"))


def test_an_issue_comes_with_its_transitions_in_one_call(requests_mock: Mocker) -> None:
    told = opened(requests_mock, RESOLVE, {"id": "41", "name": "Park", "to": {"id": "6"}})
    assert requests_mock.call_count == 1
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.qs == {
        "expand": ["transitions.fields"],
        "fields": ["status,summary,project,issuetype"],
    }
    assert [(one.id, one.name, one.to_id) for one in told.transitions] == [("31", "Resolve", "5"), ("41", "Park", "6")]
    assert told.may_transition is None


def test_a_field_is_required_unless_jira_fills_it_in(requests_mock: Mocker) -> None:
    (resolve,) = opened(requests_mock, RESOLVE).transitions
    assert [field.id for field in resolve.required] == ["resolution"]
    assert [(option.id, option.name) for option in resolve.required[0].options] == [
        ("10000", "Done"),
        ("10001", "Won't Do"),
    ]
    assert [(option.id, option.name) for option in resolve.fields[2].options] == [("7", "Blue")]


@pytest.mark.parametrize("may", [True, False])
def test_without_transitions_jira_is_asked_whether_the_account_may(requests_mock: Mocker, may: bool) -> None:
    permissions = {"permissions": {"TRANSITION_ISSUES": {"havePermission": may}}}
    requests_mock.get(f"{REST}/mypermissions", json=permissions)
    told = opened(requests_mock)
    assert (told.transitions, told.may_transition) == ((), may)
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.qs == {"permissions": ["transition_issues"], "issueid": ["10042"]}


def test_a_transition_that_does_not_say_where_it_leads_is_left_out(requests_mock: Mocker) -> None:
    """Recorded: sentry-transitions-kicked-without-to."""
    assert [one.id for one in opened(requests_mock, {"id": "5", "name": "Kick"}, RESOLVE).transitions] == ["31"]


@pytest.mark.parametrize("body", [{}, {"id": "1", "key": "A-1"}, issue(1), issue(1, transitions={})])
def test_an_issue_without_what_is_documented_is_unreadable(requests_mock: Mocker, body: object) -> None:
    requests_mock.get(ISSUE, json=body)
    with pytest.raises(TemporarilyUnavailable):
        gateway.open(IssueRequest(connection=connection(), issue_id="10042"))


def test_an_issue_is_gone_once_jira_knows_us(requests_mock: Mocker) -> None:
    requests_mock.get(ISSUE, status_code=404, json=JIRA_404)
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 401, "json": EXPIRED_401}])
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    with pytest.raises(Rejected) as caught:
        gateway.open(IssueRequest(connection=connection(), issue_id="10042"))
    assert caught.value.code == "gone"
    with pytest.raises(AuthorizationLost):
        gateway.open(IssueRequest(connection=connection(), issue_id="10042"))


# ── find ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def found(text: str) -> list[str]:
    return [one.key for one in gateway.find(FindRequest(connection=connection(), text=text))]


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.atlassian.net/browse/SUP-7",
        "https://ACME.atlassian.net/browse/sup-7?focusedCommentId=1#x",
        "https://acme.atlassian.net/jira/software/c/projects/SUP/boards/1?selectedIssue=SUP-7",
        "https://acme.atlassian.net/jira/servicedesk/projects/SUP/queues/custom/9/SUP-7",
        "https://acme.atlassian.net/projects/SUP/issues/SUP-7/",
    ],
)
def test_an_address_of_this_site_finds_its_issue_and_nothing_else(requests_mock: Mocker, address: str) -> None:
    requests_mock.post(BULK, json={"issues": [issue(7)]})
    assert found(f"  {address} ") == ["SUP-7"]
    assert bodies(requests_mock, BULK)[0]["issueIdsOrKeys"] == ["SUP-7"]
    assert requests_mock.call_count == 1


@pytest.mark.parametrize(
    "text",
    [*("", "  ", '"', "()\\", "\x00", "https://"), "https://other.example/browse/SUP-7", "https://[x/browse/SUP-7"],
)
def test_a_text_that_means_nothing_finds_nothing_and_asks_nobody(text: str) -> None:
    assert found(text) == []


def test_an_issue_with_the_key_comes_before_those_with_the_words_and_once(requests_mock: Mocker) -> None:
    requests_mock.post(BULK, json={"issues": [issue(7)]})
    requests_mock.post(SEARCH, json={"issues": [issue(number) for number in range(1, 30)]})
    keys = found("sup-7")
    assert keys[:3] == ["SUP-7", "SUP-1", "SUP-2"]
    assert len(keys) == len(set(keys)) == 20


@pytest.mark.parametrize(
    ("text", "jql"),
    [
        ("paper jam", 'text ~ "paper jam" ORDER BY updated DESC'),
        ('say "no"', r'text ~ "say \\\"no\\\"" ORDER BY updated DESC'),
        ("back\\slash", r'text ~ "back\\\\slash" ORDER BY updated DESC'),
        (
            'x" OR project = SECRET OR text ~ "',
            r'text ~ "x\\\" OR project = SECRET OR text \\~ \\\"" ORDER BY updated DESC',
        ),
        ("a\n b", 'text ~ "a b" ORDER BY updated DESC'),
        ("C++ (2)", r'text ~ "C\\+\\+ \\(2\\)" ORDER BY updated DESC'),
    ],
)
def test_words_cannot_leave_their_quotes(requests_mock: Mocker, text: str, jql: str) -> None:
    requests_mock.post(SEARCH, json={"issues": []})
    assert found(text) == []
    assert bodies(requests_mock, SEARCH) == [
        {"jql": jql, "fields": ["status", "summary", "project", "issuetype"], "maxResults": 20}
    ]


def test_words_that_jira_does_not_understand_find_nothing(requests_mock: Mocker) -> None:
    requests_mock.post(SEARCH, status_code=400, json={"errorMessages": ["Error in the JQL Query."], "errors": {}})
    assert found("OR") == []


# ── changed ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def changed(*project_ids: str, minutes: int = 10) -> tuple[str, ...]:
    return gateway.changed(ChangedRequest(connection=connection(), project_ids=project_ids, minutes=minutes))


def test_what_changed_is_searched_by_relative_time_to_the_last_page(requests_mock: Mocker) -> None:
    requests_mock.post(
        SEARCH,
        [
            {"json": {"issues": [{"id": "1"}, {"id": "2"}], "nextPageToken": "t1", "isLast": False}},
            {"json": {"issues": [{"id": "2"}, {"id": "3"}], "isLast": True}},
        ],
    )
    assert changed("10000", "10001", "no id") == ("1", "2", "3")
    first, second = bodies(requests_mock, SEARCH)
    assert first == {
        "jql": "project in (10000, 10001) AND updated >= -10m ORDER BY updated",
        "fields": ["id"],
        "maxResults": 5000,
    }
    assert second == {**first, "nextPageToken": "t1"}


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]])
def test_a_token_that_comes_again_ends_the_list(requests_mock: Mocker, tokens: list[str]) -> None:
    requests_mock.post(SEARCH, [{"json": {"issues": [{"id": "1"}], "nextPageToken": token}} for token in tokens])
    assert changed("10000") == ("1",)
    assert requests_mock.call_count == len(tokens)


def test_no_project_is_no_call() -> None:
    assert changed() == ()


def test_one_project_that_is_gone_does_not_stop_the_others(requests_mock: Mocker) -> None:
    refusal = {"errorMessages": ["The value '2' does not exist for the field 'project'."], "errors": {}}
    refused: dict[str, Any] = {"status_code": 400, "json": refusal}
    requests_mock.post(SEARCH, [refused, {"json": {"issues": [{"id": "9"}]}}, refused])
    assert changed("1", "2") == ("9",)
    requests_mock.post(SEARCH, [refused])
    with pytest.raises(Rejected, match="does not exist"):
        changed("1", "2")


# ── hop ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def hop(requests_mock: Mocker, schema: dict[str, Any], value: str, **members: object) -> Any:
    """Open an issue with one field on the screen, take the transition with a value for it, and return what was sent."""
    field = {"required": True, "name": "Field", "schema": schema, **members}
    (transition,) = opened(
        requests_mock, {"id": "31", "name": "Resolve", "to": {"id": "5"}, "fields": {"f": field}}
    ).transitions
    requests_mock.post(MOVES, status_code=204)
    gateway.hop(
        HopRequest(
            connection=connection(), issue_id="10042", transition=transition, fields={"f": value, "elsewhere": "x"}
        )
    )
    return bodies(requests_mock, MOVES)[-1]


TEXTAREA = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
ADF = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}


@pytest.mark.parametrize(
    ("schema", "value", "sent"),
    [
        ({"type": "resolution", "system": "resolution"}, "10000", {"id": "10000"}),
        ({"type": "option", "custom": "…:select"}, "7", {"id": "7"}),
        ({"type": "option-with-child"}, "7", {"id": "7"}),
        ({"type": "array", "items": "option"}, "7", [{"id": "7"}]),
        ({"type": "array", "items": "version", "system": "fixVersions"}, "8", [{"id": "8"}]),
        ({"type": "array", "items": "component"}, "8", [{"id": "8"}]),
        ({"type": "user", "system": "assignee"}, "5b10:1", {"accountId": "5b10:1"}),
        ({"type": "array", "items": "user"}, "5b10:1", [{"accountId": "5b10:1"}]),
        ({"type": "group"}, "admins", {"name": "admins"}),
        ({"type": "array", "items": "group"}, "admins", [{"name": "admins"}]),
        ({"type": "array", "items": "string", "system": "labels"}, "helpdesk", ["helpdesk"]),
        ({"type": "string"}, "x", "x"),
        ({"type": "date"}, "2026-11-24", "2026-11-24"),
        ({"type": "string", "custom": TEXTAREA}, "x", ADF),
        ({"type": "string", "system": "description"}, "x", ADF),
        ({"type": "number"}, "3", 3),
        ({"type": "number"}, "2,5", 2.5),
    ],
)
def test_a_value_goes_in_the_form_that_the_schema_demands(
    requests_mock: Mocker, schema: dict[str, Any], value: str, sent: object
) -> None:
    assert hop(requests_mock, schema, value) == {"transition": {"id": "31"}, "fields": {"f": sent}}


def test_allowed_values_are_chosen_by_id_whatever_the_schema(requests_mock: Mocker) -> None:
    body = hop(requests_mock, {"type": "any"}, "7", allowedValues=[{"id": "7", "name": "Seven"}])
    assert body["fields"] == {"f": {"id": "7"}}


def test_a_comment_goes_where_jira_takes_it(requests_mock: Mocker) -> None:
    body = hop(requests_mock, {"type": "comments-page", "system": "comment"}, "x")
    assert body == {"transition": {"id": "31"}, "update": {"f": [{"add": {"body": ADF}}]}}


@pytest.mark.parametrize(
    ("schema", "value"), [({"type": "timetracking"}, "3h"), ({"type": "array", "items": "attachment"}, "x"), ({}, "x")]
)
def test_a_field_that_no_text_can_fill_is_refused_before_jira_is_asked(
    requests_mock: Mocker, schema: dict[str, Any], value: str
) -> None:
    with pytest.raises(Rejected, match="Field") as caught:
        hop(requests_mock, schema, value)
    assert caught.value.code == "refused"
    assert bodies(requests_mock, MOVES) == []


def test_what_is_no_number_is_refused(requests_mock: Mocker) -> None:
    with pytest.raises(Rejected, match="number"):
        hop(requests_mock, {"type": "number"}, "many")


MOVE = Transition(
    id="31", name="Resolve", to_id="5", fields=(TransitionField(id="resolution", name="Resolution", shape="option"),)
)


def refused(requests_mock: Mocker, status: int, body: object = None, headers: dict[str, str] | None = None) -> Any:
    requests_mock.post(MOVES, status_code=status, json=body, headers=headers or {})
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    with pytest.raises((Rejected, TemporarilyUnavailable)) as caught:
        gateway.hop(HopRequest(connection=connection(), issue_id="10042", transition=MOVE))
    return caught.value


def test_without_values_no_fields_are_sent(requests_mock: Mocker) -> None:
    requests_mock.post(MOVES, status_code=204)
    gateway.hop(HopRequest(connection=connection(), issue_id="10042", transition=MOVE))
    assert bodies(requests_mock, MOVES) == [{"transition": {"id": "31"}}]


def told(*messages: str, **errors: str) -> dict[str, object]:
    return {"errorMessages": list(messages), "errors": errors}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, told(resolution="Resolution is required."), "field_required"),
        (400, told("Field Resolution is required."), "field_required"),
        (400, told("Field Root cause is required."), "refused"),
        (400, told(customfield_9="Root cause is required."), "refused"),
        (400, told(resolution="Field 'resolution' cannot be set. It is not on the appropriate screen."), "refused"),
        (
            400,
            told(
                "You tried to perform a workflow operation (X) that is not valid for the current state of this issue."
            ),
            "stale",
        ),
        (400, told("Transition id '31' is not valid for this issue."), "stale"),
        (409, told("Conflict"), "stale"),
        (409, None, "stale"),
        (403, told("You do not have permission."), "no_permission"),
        (400, told("You do not have permission to transition this issue."), "no_permission"),
        (
            400,
            told("Can't move (SUP-1). You might not have permission, or the issue is missing required information."),
            "refused",
        ),
        (400, told("A comment is needed."), "refused"),
        (413, told("Too many links."), "refused"),
        (422, told("Configuration problem."), "refused"),
        (404, JIRA_404, "gone"),
    ],
)
def test_why_a_transition_is_refused(requests_mock: Mocker, status: int, body: Any, code: str) -> None:
    error = refused(requests_mock, status, body)
    assert isinstance(error, Rejected)
    assert error.code == code
    assert error.cure
    for words in [*(body or {}).get("errorMessages", ()), *(body or {}).get("errors", {}).values()]:
        assert words.rstrip(".") in error.reason


@pytest.mark.parametrize(
    ("reason", "extent"),
    [
        ("jira-quota-global-based", Extent.CONNECTION),
        ("jira-quota-tenant-based", Extent.CONNECTION),
        ("jira-cost-based", Extent.CONNECTION),
        ("jira-burst-based", Extent.OPERATION),
        ("jira-max-concurrent-threads", Extent.OPERATION),
        ("", Extent.OPERATION),
        ("jira-per-issue-on-write", Extent.CALL),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_rate_limit_holds_up_as_much_as_it_is_about(
    requests_mock: Mocker, status: int, reason: str, extent: Extent
) -> None:
    error = refused(requests_mock, status, headers={"RateLimit-Reason": reason, "Retry-After": "9"})
    assert isinstance(error, TemporarilyUnavailable)
    assert (error.extent, error.retry_after) == (extent, 9)


# ── link back ───────────────────────────────────────────────────────────────────────────────────────────────────────

URL = "https://helpdesk.example/tickets/12"


def link_back(**changes: Any) -> None:
    values: dict[str, Any] = {
        "connection": connection(),
        "issue_id": "10042",
        "ticket_id": 12,
        "ticket_title": "Printer\n on fire",
        "ticket_url": URL,
        "solved": True,
    }
    gateway.link_back(LinkBackRequest(**(values | changes)))


def test_a_ticket_is_shown_as_a_remote_link_that_renews_itself(requests_mock: Mocker) -> None:
    requests_mock.post(LINK, status_code=201, json={"id": 1, "self": "x"})
    link_back()
    assert bodies(requests_mock, LINK) == [
        {
            "globalId": "helpdesk-ticket=helpdesk.example&id=12",
            "application": {"type": "helpdesk", "name": "Helpdesk"},
            "relationship": "helpdesk ticket",
            "object": {"url": URL, "title": "#12 Printer on fire", "status": {"resolved": True}},
        }
    ]


def test_names_and_titles_are_never_longer_than_jira_takes(requests_mock: Mocker) -> None:
    requests_mock.post(LINK, status_code=201, json={"id": 1})
    host = ".".join(["long" * 15] * 4)
    link_back(ticket_url=f"https://{host}:8443/tickets/12", ticket_title="x" * 400)
    link_back(ticket_url=f"https://{host}:9900/tickets/12", ticket_title="x" * 400)
    one, other = bodies(requests_mock, LINK)
    assert len(one["globalId"]) <= 255
    assert one["globalId"] != other["globalId"]
    assert len(one["object"]["title"]) == 255


def linking_is_off(requests_mock: Mocker, description: object) -> None:
    requests_mock.post(LINK, status_code=403, json=told("Issue linking is disabled."))
    requests_mock.get(ISSUE, json={"id": "10042", "key": "SUP-1", "fields": {"description": description}})
    requests_mock.put(ISSUE, status_code=204)


NOTE = {"type": "paragraph", "content": [{"type": "text", "text": "As it was."}]}


def test_where_linking_is_off_the_address_is_appended_to_the_description(requests_mock: Mocker) -> None:
    linking_is_off(requests_mock, {"type": "doc", "version": 1, "content": [NOTE]})
    link_back()
    (body,) = bodies(requests_mock, ISSUE)
    kept, added = body["fields"]["description"]["content"]
    assert kept == NOTE
    assert added["content"][-1]["marks"] == [{"type": "link", "attrs": {"href": URL}}]
    linking_is_off(requests_mock, body["fields"]["description"])
    link_back()
    assert len(bodies(requests_mock, ISSUE)) == 1, "it stands there already"


@pytest.mark.parametrize("description", [None, {}, "text", {"type": "doc", "version": 1, "content": []}])
def test_an_empty_description_gets_the_address_too(requests_mock: Mocker, description: object) -> None:
    linking_is_off(requests_mock, description)
    link_back()
    assert len(bodies(requests_mock, ISSUE)[0]["fields"]["description"]["content"]) == 1


def test_an_address_that_only_begins_like_it_is_another_ticket(requests_mock: Mocker) -> None:
    card = {"type": "inlineCard", "attrs": {"url": f"{URL}3"}}
    linking_is_off(requests_mock, {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [card]}]})
    link_back()
    assert len(bodies(requests_mock, ISSUE)) == 1


def test_where_nothing_may_be_changed_that_is_told(requests_mock: Mocker) -> None:
    linking_is_off(requests_mock, None)
    requests_mock.put(ISSUE, status_code=403, json=told("You may not edit."))
    with pytest.raises(Rejected, match="may not edit"):
        link_back()


def test_an_outage_of_linking_does_not_change_the_description(requests_mock: Mocker) -> None:
    requests_mock.post(LINK, status_code=502)
    with pytest.raises(TemporarilyUnavailable):
        link_back()
    assert requests_mock.call_count == 1
