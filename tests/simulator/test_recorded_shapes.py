"""The simulator's answers have the shape of recorded answers of real Jira sites to the same calls.

A recording *belongs* to the simulator where its method and path lead to an operation served here.
Compared are keys and JSON types; null fits every type, because a recording shows one case only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, world_from_workflow
from tests.simulator.commenting import comment, post
from tests.simulator.create_fields import EVERY_KIND, world_with
from tests.simulator.driving import ALL_SCOPES, DANA, Api, Driver
from tests.simulator.recordings import FOLDER, operation_of, read, recordings, shape_differences
from tests.simulator.test_issues import VALIDATED, move

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from werkzeug.test import TestResponse

pytestmark = pytest.mark.recorded

NEW = {"fields": {"project": {"key": "WEB"}, "issuetype": {"id": "10010"}, "summary": "New"}}

# Recordings that lead to a served operation and are left aside, and why.
LEFT_ASIDE: dict[str, str] = {
    "atlascode-createissue-dc": "Data Center",
    "jiraruby-comment": "an old server's v2: the body is a text, people have names",
    "grunt-addjiracomment-fromoption-should-pass-19935": "the same",
    "atlascode-addcomment-dc": "Data Center",
    "atlascode-addcomment-dc-reject-object-body": "Data Center",
    "grunt-transitionjiraissue-20005-42": "a 500 of an old server; faults give any 500",
    "grunt-createjiraissue-withinvalidissuestate-should-fail": "made up by a test of its own",
}

# How to get the simulator to answer the same call with the same status.
EQUIVALENTS: dict[str, Callable[[Driver], TestResponse]] = {
    "accessibleResources 200": lambda driver: driver.client.get(
        "/oauth/token/accessible-resources", headers=bearer(driver.connect())
    ),
    "token 200": lambda driver: driver.redeem(driver.simulator.control.consent(DANA, ["acme"], ALL_SCOPES)),
    "token 403": lambda driver: driver.refresh("made-up"),
    "getCurrentUser 200": lambda driver: call(driver, "/myself"),
    "getServerInfo 200": lambda driver: call(driver, "/serverInfo"),
    "searchProjects 200": lambda driver: call(driver, "/project/search?keys=WEB"),
    "getProject 200": lambda driver: call(driver, "/project/WEB"),
    "findAssignableUsers 200": lambda driver: call(driver, "/user/assignable/search?project=WEB&query="),
    "getProjectComponents 200": lambda driver: call(driver, "/project/SUP/components"),
    "getStatuses 200": lambda driver: call(driver, "/status"),
    "getStatus 200": lambda driver: call(driver, "/status/10300"),
    "getStatusCategories 200": lambda driver: call(driver, "/statuscategory"),
    "getIssueAllTypes 200": lambda driver: call(driver, "/issuetype"),
    "getIssue 200": lambda driver: call(driver, "/issue/WEB-1?expand=transitions.fields"),
    "getIssue 404": lambda driver: call(driver, "/issue/WEB-99"),
    "getTransitions 200": lambda driver: call(driver, "/issue/WEB-1/transitions?expand=transitions.fields"),
    "doTransition 204": lambda driver: api(driver)("POST", "/issue/WEB-1/transitions", {"transition": {"id": "31"}}),
    "editIssue 204": lambda driver: api(driver)("PUT", "/issue/WEB-1", {"fields": {"summary": "Other"}}),
    "editIssue 400": lambda driver: api(driver)("PUT", "/issue/WEB-1", {}),
    "deleteIssue 204": lambda driver: api(driver)("DELETE", "/issue/WEB-1"),
    "searchAndReconsileIssuesUsingJql 200": lambda driver: call(
        driver, "/search/jql?jql=updated >= '1970-01-01'&fields=*all"
    ),
    "searchAndReconsileIssuesUsingJqlPost 200": lambda driver: api(driver)(
        "POST", "/search/jql", {"jql": "assignee != EMPTY ORDER BY created DESC", "maxResults": 10}
    ),
    "getChangeLogs 200": lambda driver: after_a_move(driver, "/issue/WEB-1/changelog?maxResults=100"),
    "addComment 201": lambda driver: post(api(driver), key="WEB-1"),
    "addComment 404": lambda driver: post(api(driver), key="undefined"),
    "getComments 200": lambda driver: commented(driver, "/issue/WEB-1/comment"),
    "deleteComment 204": lambda driver: api(driver)(
        "DELETE", f"/issue/WEB-1/comment/{comment(api(driver), key='WEB-1')['id']}"
    ),
    "createIssue 201": lambda driver: api(driver)("POST", "/issue", NEW),
    "createIssue 400": lambda driver: api(driver)("POST", "/issue", {"fields": NEW["fields"] | {"issuetype": {}}}),
}
# The same, for recordings whose request line does not tell what went before.
BY_NAME: dict[str, Callable[[Driver], TestResponse]] = {
    "error-400-assignee-not-on-screen": lambda driver: move(
        api(driver), "SUP-1", "61", fields={"assignee": {"id": "x"}}
    ),
    "error-400-resolution-not-on-screen": lambda driver: move(
        api(driver), "SUP-1", "61", fields={"resolution": {"name": "Done"}}
    ),
    "error-400-field-resolution-is-required": lambda _: validator_refusal(),
    "jiraruby-10002-invalid-put": lambda driver: api(driver)("PUT", "/issue/WEB-1", {"fields": {"invalid": 1}}),
    "error-401-client-must-be-authenticated": lambda driver: masked(driver, "/myself"),
    "error-401-scope-does-not-match": lambda driver: call(driver, "/myself", scopes=["read:jira-work"]),
    "error-404-issue-properties": lambda driver: call(driver, "/issue/WEB-99"),
    "error-429-cloud-html-body": lambda driver: faulty(driver, "429-html"),
    "error-429-html-body": lambda driver: faulty(driver, "429-html"),
    "expired-token-200-authenticated-failed": lambda driver: masked(driver, "/status"),
    "masked-401-as-404": lambda driver: masked(driver, "/issue/WEB-1"),
    "masked-401-as-empty-200": lambda driver: masked(driver, "/project/search"),
}


def api(driver: Driver, scopes: Any = ALL_SCOPES) -> Api:
    return Api(driver, driver.connect(scopes=scopes)["access_token"])


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def call(driver: Driver, path: str, scopes: Any = ALL_SCOPES) -> TestResponse:
    return api(driver, scopes)("GET", path)


def after_a_move(driver: Driver, path: str) -> TestResponse:
    api(driver)("POST", "/issue/WEB-1/transitions", {"transition": {"id": "31"}})
    return call(driver, path)


def commented(driver: Driver, path: str) -> TestResponse:
    comment(api(driver), key="WEB-1")
    return call(driver, path)


def masked(driver: Driver, path: str) -> TestResponse:
    driver.simulator.control.mask_invalid_tokens()
    return Api(driver, "expired")("GET", path)


def faulty(driver: Driver, effect: str) -> TestResponse:
    driver.simulator.control.fault("searchProjects", effect)
    return call(driver, "/project/search")


def validator_refusal() -> TestResponse:
    driver = Driver(Simulator(world_from_workflow(VALIDATED)))
    at_real = Api(driver, driver.connect(sites=("real",))["access_token"], "real")
    return move(at_real, "REAL-1", "11", fields={"resolution": {"name": "Done"}})


def equivalent(place: Path, recording: dict[str, Any]) -> Callable[[Driver], TestResponse] | None:
    if place.stem in LEFT_ASIDE:
        return None
    operation = operation_of(recording["request"])
    return BY_NAME.get(place.stem) or EQUIVALENTS.get(f"{operation} {recording['status']}")


@pytest.mark.skipif(not recordings(), reason=f"no recordings in {FOLDER}; name their folder in HELPDESK_RECORDED")
@pytest.mark.parametrize("place", [each for each in recordings() if equivalent(each, read(each))], ids=lambda p: p.stem)
def test_answers_in_the_shape_of_the_recording(driver: Driver, place: Path) -> None:
    recording = read(place)
    ask = equivalent(place, recording)
    assert ask is not None
    answer = ask(driver)
    assert answer.status_code == recording["status"]
    body = recording["body"]
    if isinstance(body, dict | list):
        assert list(shape_differences(body, answer.get_json())) == []
    elif body is not None:
        assert bool(body) == bool(answer.text)
        assert not answer.is_json
    for name in ("x-seraph-loginreason",):
        if name in (recording["headers"] or {}):
            assert answer.headers[name] == recording["headers"][name]


@pytest.mark.skipif(not recordings(), reason=f"no recordings in {FOLDER}")
def test_headers_of_the_whole_recordings_are_there(driver: Driver) -> None:
    ours = {name.lower() for name, _ in call(driver, "/project/search").headers}
    network = {"connection", "transfer-encoding", "server", "timing-allow-origin", "date", "x-cache", "via"}
    for place in FOLDER.glob("nango-projects.json"):
        told = {name for name in read(place)["headers"] if not name.startswith("x-amz")}
        assert told - network <= ours


def test_no_recording_of_a_served_call_is_forgotten() -> None:
    forgotten = [
        place.stem
        for place in recordings()
        if operation_of(read(place)["request"]) not in ("", "unknown")
        and place.stem not in LEFT_ASIDE
        and equivalent(place, read(place)) is None
    ]
    assert forgotten == []


@pytest.mark.skipif(not recordings(), reason=f"no recordings in {FOLDER}")
def test_fields_of_a_creation_have_the_shape_of_the_recorded_ones() -> None:
    """The recordings are of the call that is gone; the fields in them are the same ones."""
    driver = Driver(Simulator(world_with(**EVERY_KIND)))
    ours = {_kind_of(field): field for field in call(driver, CREATE_FIELDS).get_json()["fields"]}
    names = ("atlascode-createmeta", "mattermost-cloud-get-create-issue-metadata-for-project-many-fields")
    recorded = [
        field
        for place in recordings()
        if place.stem in names
        for kind in read(place)["body"]["projects"][0]["issuetypes"]
        for field in kind["fields"].values()
    ]
    compared = [field for field in recorded if _kind_of(field) in ours]
    assert {_kind_of(field) for field in compared} >= {"priority", "components", "labels", "assignee", "custom select"}
    differences = [each for field in compared for each in shape_differences(field, ours[_kind_of(field)])]
    assert {each for each in differences if "entityId" not in each} == set()


CREATE_FIELDS = "/issue/createmeta/SUP/issuetypes/10001"


def _kind_of(field: dict[str, Any]) -> str:
    schema = field["schema"]
    return str(schema.get("system") or f"custom {schema['custom'].rpartition(':')[2]}")
