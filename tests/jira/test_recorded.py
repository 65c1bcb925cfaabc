"""Every recorded answer of a real Jira to a call that the client makes is understood: parsed, or refused by name.

Whether a recording belongs to a call is decided by its request alone, in `CALLS`. Recordings lie in
``../shared/data/recorded`` or in the folder named by ``HELPDESK_RECORDED``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.values import Credentials, Transition, TransitionField
from plugins.jira.client import JiraClient
from plugins.jira.comment_client import JiraCommentClient
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.creation_client import JiraCreationClient
from plugins.jira.errors import Unreadable
from plugins.jira.hops import refusals_of
from plugins.jira.issue_client import JiraIssueClient
from plugins.jira.refusing import (
    ADD_COMMENT,
    CREATE_FIELDS,
    CREATE_ISSUE,
    DELETE_COMMENT,
    DELETE_ISSUE,
    EDIT_COMMENT,
)
from plugins.jira.sites import Sites, accessible_sites
from plugins.jira.transport import Transport
from plugins.jira.vocabulary import JiraStatusVocabulary
from tests.jira.atlassian import (
    EXPIRED_401,
    JIRA_ENTRY,
    MYSELF,
    RECORDED,
    REST,
    SITES_URL,
    TOKEN_URL,
    connection,
    credentials,
    refresh_request,
)

FILES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not FILES, reason=f"no recorded answers in {RECORDED} (HELPDESK_RECORDED names another folder)"),
]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that we make: which recorded requests are the same call, its address, and how it is made."""

    name: str
    recorded_as: str
    method: str
    url: str
    make: Callable[[], object]


def client() -> JiraIssueClient:
    return JiraIssueClient.of(connection())


def comments() -> JiraCommentClient:
    return JiraCommentClient.of(connection())


def creation() -> JiraCreationClient:
    return JiraCreationClient.of(connection())


def sites() -> Sites:
    return accessible_sites(Transport(connection().http, credentials().access_token), "https://api.atlassian.com")


def token() -> Credentials:
    return JiraConnectFlow().refresh(refresh_request())


MOVE = Transition(id="1", name="Resolve", to_id="3", fields=(TransitionField(id="resolution", name="Resolution"),))
SILENT = {
    *("transition", "save_description", "save_remote_link", "delete_webhooks", "refresh_webhooks", "description"),
    *("delete_comment", "delete_issue"),
}
"""Calls whose answer holds nothing that we need."""

REST_PATH = r"(https://api\.atlassian\.com)?(/ex/jira/[^/]+)?/rest/api/[23]"
ANY_GET = r"GET \(an endpoint open to anonymous callers\)|GET https://api\.atlassian\.com/ex/jira/\{cloudId\}/.*\.\.\."

CALLS = (
    Call(
        name="myself",
        recorded_as=rf"GET {REST_PATH}/myself|{ANY_GET}",
        method="GET",
        url=f"{REST}/myself",
        make=lambda: client().myself(),
    ),
    Call(
        name="projects",
        recorded_as=rf"GET {REST_PATH}/project/search|{ANY_GET}",
        method="GET",
        url=f"{REST}/project/search",
        make=lambda: client().projects(),
    ),
    Call(
        name="statuses",
        recorded_as=rf"GET {REST_PATH}/status|{ANY_GET}",
        method="GET",
        url=f"{REST}/status",
        make=lambda: client().statuses(),
    ),
    Call(
        name="project_statuses",
        recorded_as=rf"GET {REST_PATH}/project/[^/]+/statuses|{ANY_GET}",
        method="GET",
        url=f"{REST}/project/10000/statuses",
        make=lambda: client().project_statuses("10000"),
    ),
    Call(
        name="webhooks",
        recorded_as=rf"GET {REST_PATH}/webhook|{ANY_GET}",
        method="GET",
        url=f"{REST}/webhook",
        make=lambda: client().webhooks(),
    ),
    Call(
        name="delete_webhooks",
        recorded_as=rf"DELETE {REST_PATH}/webhook",
        method="DELETE",
        url=f"{REST}/webhook",
        make=lambda: client().delete_webhooks([1]),
    ),
    Call(
        name="register_webhook",
        recorded_as=rf"POST {REST_PATH}/webhook",
        method="POST",
        url=f"{REST}/webhook",
        make=lambda: client().register_webhook("https://helpdesk.example/webhooks/jira", "project IN (1)", []),
    ),
    Call(
        name="refresh_webhooks",
        recorded_as=rf"PUT {REST_PATH}/webhook/refresh",
        method="PUT",
        url=f"{REST}/webhook/refresh",
        make=lambda: client().refresh_webhooks([1]),
    ),
    Call(
        name="open_issue",
        recorded_as=rf"GET {REST_PATH}/issue/(?!createmeta)[^/]+|{ANY_GET}",
        method="GET",
        url=f"{REST}/issue/10000",
        make=lambda: client().open_issue("10000"),
    ),
    Call(
        name="description",
        recorded_as=rf"GET {REST_PATH}/issue/(?!createmeta)[^/]+",
        method="GET",
        url=f"{REST}/issue/10000",
        make=lambda: client().description("10000"),
    ),
    Call(
        name="search",
        recorded_as=rf"(GET|POST) {REST_PATH}/search/jql|GET {REST_PATH}/search \(Cloud\)|GET \(search\)",
        method="POST",
        url=f"{REST}/search/jql",
        make=lambda: client().search("text ~ a", 20),
    ),
    Call(
        name="search_ids",
        recorded_as=rf"(GET|POST) {REST_PATH}/search/jql",
        method="POST",
        url=f"{REST}/search/jql",
        make=lambda: client().search_ids("project in (1)"),
    ),
    Call(
        name="issues",
        recorded_as=rf"(GET|POST) {REST_PATH}/search/jql",  # the same list of issues, and none is recorded of its own
        method="POST",
        url=f"{REST}/issue/bulkfetch",
        make=lambda: client().issues(["10000"]),
    ),
    Call(
        name="transition",
        recorded_as=rf"POST {REST_PATH}/issue/[^/]+/transitions",
        method="POST",
        url=f"{REST}/issue/10000/transitions",
        make=lambda: client().transition("10000", {"transition": {"id": "1"}}, refusals_of(MOVE)),
    ),
    Call(
        name="save_description",
        recorded_as=rf"PUT {REST_PATH}/issue/[^/]+",
        method="PUT",
        url=f"{REST}/issue/10000",
        make=lambda: client().save_description("10000", {}),
    ),
    Call(
        name="save_remote_link",
        recorded_as=rf"POST {REST_PATH}/issue/[^/]+/remotelink",
        method="POST",
        url=f"{REST}/issue/10000/remotelink",
        make=lambda: client().save_remote_link("10000", {}),
    ),
    Call(
        name="may",
        recorded_as=rf"GET {REST_PATH}/mypermissions|{ANY_GET}",
        method="GET",
        url=f"{REST}/mypermissions",
        make=lambda: client().may("TRANSITION_ISSUES", "10000"),
    ),
    Call(
        name="workflows",
        recorded_as=rf"POST {REST_PATH}/workflows",
        method="POST",
        url=f"{REST}/workflows",
        make=lambda: client().workflows("10000", "10001"),
    ),
    Call(
        name="comments",
        recorded_as=rf"GET {REST_PATH}/issue/[^/]+/comment",
        method="GET",
        url=f"{REST}/issue/10000/comment",
        make=lambda: comments().comments("10000"),
    ),
    Call(
        name="properties",
        recorded_as=rf"POST {REST_PATH}/comment/list",
        method="POST",
        url=f"{REST}/comment/list",
        make=lambda: comments().properties(["1"]),
    ),
    Call(
        name="add_comment",
        recorded_as=rf"POST {REST_PATH}/issue/[^/]+/comment",
        method="POST",
        url=f"{REST}/issue/10000/comment",
        make=lambda: comments().add_comment("10000", {}, ADD_COMMENT),
    ),
    Call(
        name="edit_comment",
        recorded_as=rf"PUT {REST_PATH}/issue/[^/]+/comment/[^/]+",
        method="PUT",
        url=f"{REST}/issue/10000/comment/1",
        make=lambda: comments().edit_comment("10000", "1", {}, EDIT_COMMENT),
    ),
    Call(
        name="delete_comment",
        recorded_as=rf"DELETE {REST_PATH}/issue/[^/]+/comment/[^/]+",
        method="DELETE",
        url=f"{REST}/issue/10000/comment/1",
        make=lambda: comments().delete_comment("10000", "1", DELETE_COMMENT),
    ),
    Call(
        name="create_fields",
        recorded_as=rf"GET {REST_PATH}/issue/createmeta/[^/]+/issuetypes/[^/]+",
        method="GET",
        url=f"{REST}/issue/createmeta/10000/issuetypes/10001",
        make=lambda: creation().create_fields("10000", "10001", CREATE_FIELDS),
    ),
    Call(
        name="create_issue",
        recorded_as=rf"POST {REST_PATH}/issue",
        method="POST",
        url=f"{REST}/issue",
        make=lambda: creation().create_issue({}, CREATE_ISSUE),
    ),
    Call(
        name="search_marked",
        recorded_as=rf"(GET|POST) {REST_PATH}/search/jql",
        method="POST",
        url=f"{REST}/search/jql",
        make=lambda: creation().search_marked("project = 1"),
    ),
    Call(
        name="describe",
        recorded_as=rf"GET {REST_PATH}/issue/(?!createmeta)[^/]+",
        method="GET",
        url=f"{REST}/issue/10000",
        make=lambda: creation().describe("10000"),
    ),
    Call(
        name="delete_issue",
        recorded_as=rf"DELETE {REST_PATH}/issue/[^/]+",
        method="DELETE",
        url=f"{REST}/issue/10000",
        make=lambda: creation().delete_issue("10000", DELETE_ISSUE),
    ),
    Call(
        name="assignable",
        recorded_as=rf"GET {REST_PATH}/user/(assignable/)?search",
        method="GET",
        url=f"{REST}/user/assignable/search",
        make=lambda: creation().assignable("10000", "a"),
    ),
    Call(
        name="accessible_sites",
        recorded_as=r"GET (https://api\.atlassian\.com)?/oauth/token/accessible-resources",
        method="GET",
        url=SITES_URL,
        make=sites,
    ),
    Call(
        name="token",
        recorded_as=r"POST (https://auth\.atlassian\.com)?/oauth/token( \(.*\))?",
        method="POST",
        url=TOKEN_URL,
        make=token,
    ),
)


def load(path: Path) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return recorded


def belonging() -> list[Any]:
    return [
        pytest.param(call, path, id=f"{call.name}-{path.stem}")
        for path in FILES
        for call in CALLS
        if re.fullmatch(call.recorded_as, load(path)["request"].partition("?")[0])
    ]


def replay(requests_mock: Mocker, call: Call, recorded: dict[str, Any]) -> None:
    body = recorded["body"]
    kept = {"x-seraph-loginreason", "retry-after", "x-ratelimit-reset", "ratelimit-reason", "content-type", "date"}
    requests_mock.register_uri(
        call.method,
        call.url,
        status_code=recorded["status"],
        text=body if isinstance(body, str) else "" if body is None else json.dumps(body),
        headers={name: value for name, value in (recorded["headers"] or {}).items() if name.lower() in kept},
    )


def expected(call: Call, recorded: dict[str, Any]) -> type[IntegrationError] | None:
    """What a recording must come to, by what it shows; None: it is parsed."""
    status, said = recorded["status"], json.dumps(recorded["body"])
    rules: tuple[tuple[bool, type[IntegrationError]], ...] = (
        ("AUTHENTICATED_FAILED" in str(recorded["headers"]), AuthorizationLost),
        (call.name == "token" and status in {400, 403} and "invalid_grant" in said, AuthorizationLost),
        (status == 401 and "scope does not match" in said, Rejected),
        (status == 401, AuthorizationLost),
        (status == 429 or status >= 500, TemporarilyUnavailable),
        (status >= 400, Rejected),
        # hand-trimmed test data: an account without an id proves nothing
        (call.name == "myself" and "accountId" not in said, Unreadable),
        # trimmed by hand: without its id an issue cannot be told from others
        (call.name == "describe" and "id" not in (recorded["body"] or ()), Unreadable),
        # recorded without the expand, or trimmed by hand: without its id or transitions an issue cannot be moved
        (call.name == "open_issue" and not {"id", "transitions"} <= set(recorded["body"] or ()), Unreadable),
    )
    return next((family for applies, family in rules if applies), None)


def is_empty(body: Any) -> bool:
    """Whether a recorded list has nothing in it."""
    return isinstance(body, dict) and any(body.get(name) == [] for name in ("comments", "issues", "values"))


def others(requests_mock: Mocker, call: Call) -> None:
    """Let the witnesses answer, unless one of them is the call itself."""
    if call.name != "myself":
        requests_mock.get(f"{REST}/myself", json=MYSELF)
    if call.name != "accessible_sites":
        requests_mock.get(SITES_URL, json=[JIRA_ENTRY])


@pytest.mark.parametrize(("call", "path"), belonging())
def test_a_recorded_answer_of_a_call_we_make_is_understood(requests_mock: Mocker, call: Call, path: Path) -> None:
    recorded = load(path)
    others(requests_mock, call)
    replay(requests_mock, call, recorded)
    family = expected(call, recorded)
    if family is None:
        parsed = call.make()
        is_told = recorded["body"] and not is_empty(recorded["body"]) and call.name not in SILENT
        assert parsed if is_told else True
        return
    with pytest.raises(IntegrationError) as caught:
        call.make()
    assert type(caught.value) is family


def test_the_table_knows_every_call_of_the_client() -> None:
    kinds = (JiraClient, JiraIssueClient, JiraCommentClient, JiraCreationClient)
    defined = [item for kind in kinds for item in vars(kind).items()]
    public = {name for name, member in defined if callable(member) and not name.startswith("_")}
    assert {call.name for call in CALLS} == public | {"accessible_sites", "token"}


LISTS = [path for path in FILES if "transitions" in (load(path)["body"] or ()) and "id" not in load(path)["body"]]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_recorded_list_of_transitions_is_understood(requests_mock: Mocker, path: Path) -> None:
    """Asked for with the issue they look the same; those that do not say where they lead are left out, and noticed."""
    listed = load(path)["body"]["transitions"]
    named = {"status": {"id": "1"}, "project": {"id": "1"}, "issuetype": {"id": "1"}}
    requests_mock.get(f"{REST}/issue/1", json={"id": "1", "key": "A-1", "fields": named, "transitions": listed})
    told = client().open_issue("1")
    leading = [one for one in listed if (one.get("to") or {}).get("id")]
    assert [one["id"] for one in told["transitions"]] == [one["id"] for one in leading]
    assert told["is_whole"] == (leading == listed)
    demanded = [name for one in leading for name, field in one.get("fields", {}).items() if field.get("required")]
    assert [field["id"] for one in told["transitions"] for field in one["fields"] if field["required"]] == demanded


def test_a_recorded_validators_demand_for_a_field_of_the_screen_names_the_field(requests_mock: Mocker) -> None:
    path = RECORDED / "error-400-field-resolution-is-required.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the recordings")
    call = next(call for call in CALLS if call.name == "transition")
    replay(requests_mock, call, load(path))
    with pytest.raises(Rejected, match="Field Resolution is required") as caught:
        call.make()
    assert caught.value.code == "field_required"


REFUSALS = [path for path in FILES if isinstance(load(path)["status"], int) and load(path)["status"] >= 400]


@pytest.mark.parametrize("path", REFUSALS, ids=lambda path: path.stem)
def test_every_recorded_refusal_of_any_call_has_a_family(requests_mock: Mocker, path: Path) -> None:
    """Jira refuses one call as it refuses another, so recordings of other calls are fed through ours too."""
    recorded = load(path)
    call = next(call for call in CALLS if call.name == "project_statuses")
    others(requests_mock, call)
    replay(requests_mock, call, recorded)
    with pytest.raises(IntegrationError) as caught:
        call.make()
    assert type(caught.value) in {AuthorizationLost, Rejected, TemporarilyUnavailable}


@pytest.mark.parametrize("is_known", [True, False])
def test_a_recorded_empty_page_is_an_empty_site_only_if_jira_knows_us(requests_mock: Mocker, is_known: bool) -> None:
    path = RECORDED / "masked-401-as-empty-200.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the recordings")
    replay(requests_mock, next(call for call in CALLS if call.name == "projects"), load(path))
    requests_mock.get(f"{REST}/status", json=[{"id": "1", "name": "Open"}])
    requests_mock.get(f"{REST}/myself", json=MYSELF if is_known else EXPIRED_401, status_code=200 if is_known else 401)
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    if is_known:
        assert JiraStatusVocabulary().read(connection()).projects == ()
        return
    with pytest.raises(AuthorizationLost):
        JiraStatusVocabulary().read(connection())
