"""App access rules: an organization keeps the app out of a site or of a project, and tells it so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from plugins.jira.simulator import Clock, Simulator
from plugins.jira.simulator.app_access import MOST_IDS
from plugins.jira.simulator.deliveries import DELIVERED, LONGEST_WAIT, LOST
from tests.simulator.delivering import COMMENT_EVENTS, create, listen, settle
from tests.simulator.driving import BOT, DANA, Api, Driver
from tests.simulator.receiving import Receiver
from tests.simulator.test_control import act
from tests.simulator.test_openapi import CALLS, ISSUE, Call, judge

if TYPE_CHECKING:
    from tests.openapi_document import OpenApiDocument

POLICY = "Your organization's data security policy blocks this app from accessing"
NO_SITE = {"errorMessages": [f"{POLICY} this site."], "errors": {}}
NO_PROJECT = {"errorMessages": [f"{POLICY} the project SUP."], "errors": {}}


def blocked(api: Api, *ids: str) -> dict[int, bool]:
    found = api.get(f"/data-policy/project?ids={','.join(ids)}")["projectDataPolicies"]
    return {each["id"]: each["dataPolicy"]["anyContentBlocked"] for each in found}


def keys(api: Api, jql: str) -> set[str]:
    found = api("POST", "/search/jql", {"jql": jql, "fields": ["key"]})
    assert found.status_code == 200, found.text
    return {issue["key"] for issue in found.get_json()["issues"]}


def test_nothing_is_blocked_at_first(dana: Api) -> None:
    assert dana.get("/data-policy") == {"anyContentBlocked": False}
    assert blocked(dana, "10000", "10002") == {10000: False, 10002: False}
    assert blocked(dana) == {}


def test_a_blocked_site_refuses_every_call_but_the_two_that_say_so(driver: Driver, dana: Api) -> None:
    assert act(driver, "block_app", site="acme") == 200
    for method, path, body, _ in (*CALLS, ("GET", "/no/such/thing", None, 404)):
        if not path.startswith("/data-policy"):
            answer = dana(method, path, body)
            assert (answer.status_code, answer.get_json()) == (403, NO_SITE), path
    assert dana.get("/data-policy") == {"anyContentBlocked": True}
    assert blocked(dana, "10000", "10001") == {10000: True, 10001: True}
    assert act(driver, "unblock_app", site="acme") == 200
    assert dana.get("/data-policy") == {"anyContentBlocked": False}
    assert dana("GET", "/myself").status_code == 200


def test_a_blocked_site_is_listed_and_the_others_answer(driver: Driver) -> None:
    token = driver.connect(sites=("acme", "beta"))["access_token"]
    driver.simulator.control.block_app("acme")
    assert {entry["name"] for entry in driver.resources(token)} == {"acme", "beta"}
    assert Api(driver, token, "beta").get("/data-policy") == {"anyContentBlocked": False}
    assert Api(driver, token, "beta")("GET", "/myself").status_code == 200


def test_a_token_that_is_refused_anyway_hears_nothing_of_a_rule(driver: Driver, dana: Api) -> None:
    driver.simulator.control.block_app("acme")
    narrow = Api(driver, driver.connect(BOT, scopes=["read:jira-work"])["access_token"])
    assert narrow("GET", "/myself").get_json() == {"code": 401, "message": "Unauthorized; scope does not match"}
    assert Api(driver, None)("GET", "/data-policy").status_code == 401
    driver.simulator.control.expire_access_tokens()
    assert dana("GET", "/project/search").status_code == 401


def test_nobody_is_no_app(driver: Driver, dana: Api) -> None:
    driver.simulator.control.mask_invalid_tokens()
    driver.simulator.control.expire_access_tokens()
    for path in ("/data-policy", "/data-policy/project?ids=10000"):
        answer = dana("GET", path)
        assert answer.status_code == 401
        assert answer.get_json()["errorMessages"] == ["Only apps can access this resource."]


@pytest.mark.openapi
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1]} {call[3]}")
def test_a_blocked_project_refuses_what_the_document_does_not_exempt(
    document: OpenApiDocument, driver: Driver, dana: Api, call: Call
) -> None:
    method, path, body, status = call
    assert act(driver, "block_app", site="acme", project="SUP") == 200
    answer = dana(method, path, body)
    if document.operation(method, f"/rest/api/3{path}").can_be_blocked and _reaches(path, body):
        assert (answer.status_code, answer.get_json()) == (403, NO_PROJECT)
    else:
        assert answer.status_code == status
    judge(document, answer, body)


def _reaches(path: str, body: Any) -> bool:
    """Whether the call is to an issue of SUP, creates one, or asks for people to be given one."""
    place = urlsplit(path)
    named = "project=SUP&query" in place.query or "issueKey=SUP-1" in place.query
    creates = place.path == "/issue" and body["fields"].get("project") == {"key": "SUP"}
    return place.path.startswith(("/issue/SUP-1", "/issue/SUP-2")) or named or creates


def test_a_comment_of_a_blocked_project_is_refused_by_its_id_too(simulator: Simulator, dana: Api) -> None:
    comment = simulator.control.comment("acme", "SUP-1", DANA, "It hums.")
    simulator.control.block_app("acme", "SUP")
    for method, path, body in (
        ("GET", f"/issue/SUP-1/comment/{comment}", None),
        ("GET", f"/comment/{comment}/properties", None),
        ("PUT", f"/comment/{comment}/properties/helpdesk", {"ticket": 7}),
    ):
        answer = dana(method, path, body)
        assert (answer.status_code, answer.get_json()) == (403, NO_PROJECT)
    assert dana("POST", "/comment/list", {"ids": [int(comment)]}).get_json()["values"] == []


def test_searches_and_fetches_of_many_leave_out_what_is_blocked(driver: Driver, dana: Api) -> None:
    everything = keys(dana, "created >= -15m")
    page = dana("POST", "/search/jql", {"jql": "created >= -15m ORDER BY key", "maxResults": 1}).get_json()
    assert act(driver, "block_app", site="acme", project="SUP") == 200
    assert keys(dana, "created >= -15m") == {key for key in everything if not key.startswith("SUP-")}
    assert keys(dana, "project = SUP") == set(), "the project's name is no secret"
    assert keys(dana, "key IN (SUP-1, PLAT-1)") == {"PLAT-1"}
    assert keys(dana, "id = 10001") == set()
    fetched = dana("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["SUP-1", "PLAT-1"], "fields": ["status"]})
    assert [issue["key"] for issue in fetched.get_json()["issues"]] == ["PLAT-1"]
    more = {"jql": "created >= -15m ORDER BY key", "nextPageToken": page["nextPageToken"], "fields": ["key"]}
    following = dana("POST", "/search/jql", more).get_json()["issues"]
    assert not [issue for issue in following if issue["key"].startswith("SUP-")], "nor does a page of before"


def test_a_blocked_project_is_told_apart_from_others(driver: Driver, dana: Api) -> None:
    assert act(driver, "block_app", site="acme", project="SUP") == 200
    assert dana.get("/data-policy") == {"anyContentBlocked": True}
    assert blocked(dana, "10000", "10001") == {10000: True, 10001: False}
    assert "SUP" in {project["key"] for project in dana.get("/project/search")["values"]}
    assert dana.get("/mypermissions?permissions=BROWSE_PROJECTS&issueKey=SUP-1")["permissions"]
    assert dana("GET", "/issue/PLAT-1").status_code == 200
    assert act(driver, "unblock_app", site="acme", project="SUP") == 200
    assert dana.get("/data-policy") == {"anyContentBlocked": False}
    assert dana("GET", "/issue/SUP-1").status_code == 200


def test_the_rules_of_a_site_and_of_a_project_are_lifted_apart(simulator: Simulator, dana: Api) -> None:
    simulator.control.block_app("acme")
    simulator.control.block_app("acme", "SUP")
    simulator.control.unblock_app("acme")
    assert blocked(dana, "10000", "10001") == {10000: True, 10001: False}
    simulator.control.block_app("acme")
    simulator.control.unblock_app("acme", "SUP")
    assert blocked(dana, "10000") == {10000: True}
    assert dana("GET", "/issue/SUP-1").get_json() == NO_SITE


def test_what_an_account_does_not_see_is_hidden_before_it_is_blocked(simulator: Simulator, bot: Api) -> None:
    hr = simulator.state.site("acme").project("HR")
    assert hr is not None
    simulator.control.block_app("acme", "HR")
    assert bot("POST", "/issue", {"fields": ISSUE["fields"] | {"project": {"key": "HR"}}}).status_code == 400
    answer = bot("GET", f"/data-policy/project?ids=10000,{hr.id}")
    assert answer.status_code == 400
    assert answer.get_json()["errorMessages"] == [
        "Invalid request: some projects are not available or do not exist.",
    ]
    assert bot.get("/data-policy") == {"anyContentBlocked": True}


def test_policies_are_asked_for_by_at_most_fifty_ids(dana: Api) -> None:
    assert dana("GET", "/data-policy/project?ids=SUP").status_code == 400
    many = ",".join(str(number) for number in range(MOST_IDS + 1))
    assert "at most 50" in dana("GET", f"/data-policy/project?ids={many}").get_json()["errorMessages"][0]


def test_no_webhook_hears_of_what_is_blocked(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    listen(dana, there, events=COMMENT_EVENTS)
    simulator.control.block_app("acme", "SUP")
    simulator.control.create_issue("acme", "SUP", "Task", "Quiet", DANA)
    simulator.control.comment("acme", "SUP-1", DANA, "Quiet")
    simulator.control.create_issue("acme", "PLAT", "Task", "Loud", DANA)
    settle(simulator)
    assert [arrival.body["issue"]["fields"]["summary"] for arrival in there.arrivals] == ["Loud"]
    simulator.control.block_app("acme")
    simulator.control.create_issue("acme", "PLAT", "Task", "Quiet", DANA)
    simulator.control.unblock_app("acme")
    simulator.control.unblock_app("acme", "SUP")
    simulator.control.create_issue("acme", "SUP", "Task", "Again", DANA)
    settle(simulator)
    assert [arrival.body["issue"]["fields"]["summary"] for arrival in there.arrivals] == ["Loud", "Again"]


def test_what_is_not_through_when_the_rule_comes_is_lost(
    simulator: Simulator, dana: Api, there: Receiver, clock: Clock
) -> None:
    listen(dana, there)
    there.statuses = [503, 503]
    create(dana)
    create(dana, "PLAT")
    settle(simulator)
    simulator.control.block_app("acme", "SUP")
    clock.advance(LONGEST_WAIT)
    settle(simulator)
    lost, through = simulator.control.deliveries()
    assert (lost.state, lost.reason) == (LOST, "an app access rule keeps the app out of the project")
    assert (through.state, through.answers) == (DELIVERED, [503, 204])


def test_what_is_being_sent_when_the_rule_comes_is_not_tried_again(
    simulator: Simulator, driver: Driver, there: Receiver
) -> None:
    there.statuses = [503]
    there.free.clear()
    with simulator.serve():
        listen(Api(driver, driver.connect()["access_token"]), there)
        simulator.control.create_issue("acme", "SUP", "Task", "It hums", DANA)
        while not there.arrivals:
            time.sleep(0.01)
        simulator.control.block_app("acme")
        there.free.set()
        simulator.control.settle_deliveries()
    [delivery] = simulator.control.deliveries()
    assert (delivery.state, delivery.answers) == (LOST, [503])


def test_people_are_not_kept_from_their_own_boards(driver: Driver) -> None:
    driver.simulator.control.block_app("acme")
    driver.simulator.control.block_app("acme", "SUP")
    driver.sign_in(DANA)
    form = {"summary": "It hums", "issue_type": "10001"}
    assert driver.browser.post("/sites/acme/boards/SUP", data=form).status_code == 303
    assert "It hums" in driver.browser.get("/sites/acme/boards/SUP").text
    assert driver.browser.post("/sites/acme/browse/SUP-1/comments", data={"text": "Yes."}).status_code == 303
    assert driver.browser.post("/sites/acme/browse/SUP-1/transitions/61", data={}).status_code == 303
    assert "Yes." in driver.browser.get("/sites/acme/browse/SUP-1").text


@pytest.mark.parametrize("action", ["block_app", "unblock_app"])
def test_mistakes_are_named(driver: Driver, action: str) -> None:
    for arguments in ({}, {"site": "nowhere"}, {"site": "acme", "project": "NOPE"}):
        answer = driver.client.post(f"/_simulator/{action}", json=arguments)
        assert answer.status_code == 400
        assert answer.get_json()["error"]
