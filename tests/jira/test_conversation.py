"""The conversation: few calls, markers that are never missed, and nothing taken for public that does not say so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Extent, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.values import CommentsRequest, EditRequest, PostRequest, RemoteComment, WithdrawRequest
from plugins.jira.conversation import JiraConversation
from tests.jira.atlassian import EXPIRED_401, JIRA_404, MYSELF, REST, connection

COMMENTS = f"{REST}/issue/10042/comment"
ONE = f"{COMMENTS}/7"
BY_IDS = f"{REST}/comment/list"
BODY = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Loud."}]}]}
OURS = [{"key": "helpdesk.marker", "value": {"marker": "m-1"}}]
conversation = JiraConversation()


def comment(number: int = 7, **members: object) -> dict[str, Any]:
    """A public comment whose answer tells of properties, of which it has none; `...` takes a member away."""
    told = {
        "id": str(number),
        "author": {"accountId": "5b10:2", "displayName": "Dana Dev"},
        "body": BODY,
        "created": "2026-11-24T10:00:00.000+0100",
        "updated": "2026-11-24T10:30:00.000+0100",
        "jsdPublic": True,
        "properties": [],
        **members,
    }
    return {name: value for name, value in told.items() if value is not ...}


def page(*comments: dict[str, Any], total: int | None = None, start: int = 0) -> dict[str, Any]:
    count = len(comments) if total is None else total
    return {"json": {"comments": list(comments), "startAt": start, "maxResults": 100, "total": count}}


def read() -> tuple[RemoteComment, ...]:
    return conversation.read(CommentsRequest(connection=connection(), issue_id="10042"))


def the_one(requests_mock: Mocker, **members: object) -> RemoteComment:
    requests_mock.get(COMMENTS, [page(comment(**members))])
    (found,) = read()
    return found


def post() -> RemoteComment:
    request = PostRequest(connection=connection(), issue_id="10042", marker="m-1", author="Ann Lee", body="It *hums*.")
    return conversation.post(request)


def edit() -> RemoteComment:
    request = EditRequest(connection=connection(), issue_id="10042", comment_id="7", author="Ann Lee", body="It roars.")
    return conversation.edit(request)


def withdraw() -> None:
    conversation.withdraw(WithdrawRequest(connection=connection(), issue_id="10042", comment_id="7"))


def sent(requests_mock: Mocker) -> list[tuple[str, str, Any]]:
    return [(one.method, one.path, one.json() if one.body else None) for one in requests_mock.request_history]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_comment_is_read_with_its_marker_in_one_call(requests_mock: Mocker) -> None:
    assert the_one(requests_mock, properties=OURS) == RemoteComment(
        id="7",
        author="Dana Dev",
        body="Loud.",
        internal=False,
        created_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        updated_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        marker="m-1",
        original=BODY,
    )
    assert requests_mock.call_count == 1
    assert requests_mock.last_request is not None
    asked = requests_mock.last_request.qs
    assert (asked["orderby"], asked["expand"], asked["maxresults"]) == (["created"], ["properties"], ["100"])


def test_comments_are_read_to_the_last_page_and_each_once(requests_mock: Mocker) -> None:
    first = [comment(number) for number in range(1, 101)]
    requests_mock.get(
        COMMENTS, [page(*first, total=102), page(comment(100), comment(101), total=102, start=100), page(total=102)]
    )
    assert [one.id for one in read()] == [str(number) for number in range(1, 102)]
    assert [one.qs["startat"] for one in requests_mock.request_history] == [["0"], ["100"]]


def test_markers_that_the_list_does_not_tell_are_asked_for_by_the_documented_call(requests_mock: Mocker) -> None:
    """`expand=properties` is documented for the call by ids only; without its marker ours would come back as theirs."""
    requests_mock.get(COMMENTS, [page(comment(1), comment(2, properties=...), comment(3, properties=...))])
    requests_mock.post(BY_IDS, json={"values": [comment(2, properties=OURS), comment(3, properties=...)]})
    assert [(one.id, one.marker) for one in read()] == [("1", ""), ("2", "m-1"), ("3", "")]
    assert sent(requests_mock)[1] == ("POST", sent(requests_mock)[1][1], {"ids": [2, 3]})
    assert requests_mock.request_history[1].qs == {"expand": ["properties"]}


def test_a_comment_that_was_deleted_meanwhile_is_left_out(requests_mock: Mocker) -> None:
    requests_mock.get(COMMENTS, [page(comment(1, properties=...), comment(2, properties=...))])
    requests_mock.post(BY_IDS, json={"values": [comment(2)], "isLast": True})
    assert [one.id for one in read()] == ["2"]


def test_markers_are_asked_for_until_none_is_left(requests_mock: Mocker) -> None:
    requests_mock.get(COMMENTS, [page(*(comment(number, properties=...) for number in (1, 2, 3)))])
    requests_mock.post(
        BY_IDS,
        [
            {"json": {"values": [comment(1), comment(2, properties=OURS)], "isLast": False}},
            {"json": {"values": [], "isLast": False}},
        ],
    )
    assert [(one.id, one.marker) for one in read()] == [("1", ""), ("2", "m-1")]
    assert [body["ids"] for method, _, body in sent(requests_mock) if method == "POST"] == [[1, 2, 3], [3]]


@pytest.mark.parametrize("name", ["x", "-1", "1e3", "9" * 5000])
def test_an_id_that_is_no_number_is_not_asked_for(requests_mock: Mocker, name: str) -> None:
    requests_mock.get(COMMENTS, [page(comment(id=name, properties=...))])
    with pytest.raises(TemporarilyUnavailable):
        read()


def test_an_issue_without_comments_costs_one_call(requests_mock: Mocker) -> None:
    requests_mock.get(COMMENTS, [page()])
    assert read() == ()
    assert requests_mock.call_count == 1


def note(value: object) -> list[dict[str, object]]:
    return [{"key": "sd.public.comment", "value": value}]


@pytest.mark.parametrize(
    "members",
    [
        {"visibility": {"type": "role", "value": "Administrators"}},
        {"visibility": {"type": "group", "identifier": "1"}},
        {"visibility": {}},
        {"visibility": "?"},
        {"jsdPublic": False},
        {"jsdPublic": None},
        {"jsdPublic": "true"},
        {"jsdPublic": ...},
        {"properties": note({"internal": True})},
        {"properties": note({"internal": "false"})},
        {"properties": note({})},
        {"properties": note(None)},
    ],
)
def test_what_is_not_known_to_be_public_is_internal(requests_mock: Mocker, members: dict[str, Any]) -> None:
    assert the_one(requests_mock, **members).internal


@pytest.mark.parametrize("members", [{}, {"visibility": None}, {"properties": note({"internal": False})}])
def test_what_says_that_it_is_public_is_public(requests_mock: Mocker, members: dict[str, Any]) -> None:
    assert not the_one(requests_mock, **members).internal


@pytest.mark.parametrize(
    ("author", "name"),
    [(None, "Anonymous"), (..., "Anonymous"), ({}, "Anonymous"), ({"accountId": "5b10:2"}, "5b10:2")],
)
def test_an_author_without_a_name(requests_mock: Mocker, author: object, name: str) -> None:
    assert the_one(requests_mock, author=author).author == name


@pytest.mark.parametrize("members", [{"id": None}, {"created": None}, {"created": "soon"}, {"created": ...}])
def test_a_comment_without_what_makes_it_one_is_unreadable(requests_mock: Mocker, members: dict[str, Any]) -> None:
    with pytest.raises(TemporarilyUnavailable):
        the_one(requests_mock, **members)


def test_files_lead_to_the_issue_and_the_document_is_kept(requests_mock: Mocker) -> None:
    file = {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "1", "type": "file"}}]}
    body = {"type": "doc", "version": 1, "content": [file]}
    found = the_one(requests_mock, body=body)
    assert "https://acme.atlassian.net/issues/?jql=id%3D10042" in found.body
    assert found.original == body


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_comment_names_its_author_and_carries_its_marker_in_one_call(requests_mock: Mocker) -> None:
    requests_mock.post(COMMENTS, status_code=201, json=comment(properties=...))
    posted = post()
    assert (posted.id, posted.marker, posted.internal) == ("7", "m-1", False)
    ((_, _, body),) = sent(requests_mock)
    assert body["properties"] == OURS
    byline, text = body["body"]["content"]
    assert [part["text"] for part in byline["content"]] == ["Ann Lee", " wrote:"]
    assert {"type": "text", "text": "hums", "marks": [{"type": "em"}]} in text["content"]
    assert "visibility" not in body


def test_an_edited_comment_keeps_its_marker(requests_mock: Mocker) -> None:
    requests_mock.put(ONE, json=comment(properties=OURS))
    assert edit().marker == "m-1"
    ((_, _, body),) = sent(requests_mock)
    assert body.keys() == {"body"}, "properties that are not sent stay"


def test_the_marker_of_an_edited_comment_is_asked_for_where_it_is_not_told(requests_mock: Mocker) -> None:
    requests_mock.put(ONE, json=comment(properties=...))
    requests_mock.post(BY_IDS, json={"values": [comment(properties=OURS)]})
    assert edit().marker == "m-1"


def test_a_comment_is_withdrawn_and_one_that_is_gone_is_no_error(requests_mock: Mocker) -> None:
    requests_mock.delete(ONE, [{"status_code": 204}, {"status_code": 404, "json": JIRA_404}])
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    withdraw()
    withdraw()
    assert [method for method, _, _ in sent(requests_mock)] == ["DELETE", "DELETE", "GET"]


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def told(*messages: str, **errors: str) -> dict[str, object]:
    return {"errorMessages": list(messages), "errors": errors}


ACTIONS = {"POST": (post, COMMENTS), "PUT": (edit, ONE), "DELETE": (withdraw, ONE)}


def refused(requests_mock: Mocker, method: str, **answer: Any) -> IntegrationError:
    act, url = ACTIONS[method]
    requests_mock.register_uri(method, url, **answer)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    with pytest.raises(IntegrationError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("method", list(ACTIONS))
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, told("You may not."), "no_permission"),
        (400, told("Robot, you do not have the permission to comment on this issue."), "no_permission"),
        (400, told("You do not have permission to edit comment with id: 7"), "no_permission"),
        (400, told(comment="Comment body can not be empty!"), "refused"),
        (400, told(comment="The entered text is too long."), "refused"),
        (413, told("The issue has too many comments."), "refused"),
        (422, told("Configuration problem."), "refused"),
    ],
)
def test_why_a_comment_is_refused(requests_mock: Mocker, method: str, status: int, body: Any, code: str) -> None:
    error = refused(requests_mock, method, status_code=status, json=body)
    assert isinstance(error, Rejected)
    assert error.code == code
    assert error.cure
    for words in [*body["errorMessages"], *body["errors"].values()]:
        assert words.rstrip(".") in error.reason


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_settled_404_is_gone(requests_mock: Mocker, method: str) -> None:
    error = refused(requests_mock, method, status_code=404, json=JIRA_404)
    assert isinstance(error, Rejected)
    assert error.code == "gone"


def test_comments_of_an_issue_that_is_gone(requests_mock: Mocker) -> None:
    requests_mock.get(COMMENTS, status_code=404, json=JIRA_404)
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 401, "json": EXPIRED_401}])
    with pytest.raises(Rejected) as caught:
        read()
    assert caught.value.code == "gone"
    with pytest.raises(AuthorizationLost):
        read()


@pytest.mark.parametrize("method", list(ACTIONS))
@pytest.mark.parametrize(
    ("status", "body"), [(404, JIRA_404), (403, told("No.")), (400, told("You do not have permission."))]
)
def test_a_refusal_that_an_expired_token_caused_is_never_believed(
    requests_mock: Mocker, method: str, status: int, body: object
) -> None:
    act, url = ACTIONS[method]
    requests_mock.register_uri(method, url, status_code=status, json=body)
    requests_mock.get(f"{REST}/myself", status_code=401, json=EXPIRED_401)
    with pytest.raises(AuthorizationLost):
        act()


@pytest.mark.parametrize("method", list(ACTIONS))
@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 500},
        {"status_code": 503, "text": "<html>"},
        {"status_code": 409, "json": told("Conflict")},
        {"status_code": 302},
        {"exc": requests.ReadTimeout},
        {"exc": requests.ConnectionError},
    ],
)
def test_a_call_whose_answer_is_lost_is_made_once(requests_mock: Mocker, method: str, answer: Any) -> None:
    """Whether it was done, only the marker tells: a second try here would write the comment twice."""
    assert isinstance(refused(requests_mock, method, **answer), TemporarilyUnavailable)
    assert [one.method for one in requests_mock.request_history] == [method]


@pytest.mark.parametrize("answer", [{"text": "?"}, {"json": {}}, {"json": []}, {"json": comment(id=None)}])
def test_a_success_that_cannot_be_read_is_a_lost_answer(requests_mock: Mocker, answer: Any) -> None:
    assert isinstance(refused(requests_mock, "POST", status_code=201, **answer), TemporarilyUnavailable)
    assert requests_mock.call_count == 1


def test_a_limit_on_writes_to_one_issue_holds_up_this_call(requests_mock: Mocker) -> None:
    headers = {"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "9"}
    error = refused(requests_mock, "POST", status_code=429, headers=headers)
    assert isinstance(error, TemporarilyUnavailable)
    assert (error.extent, error.retry_after) == (Extent.CALL, 9)
