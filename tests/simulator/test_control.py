"""Changing the world while it runs, from Python and over HTTP, and the log of calls."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.jira.simulator import Simulator
from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.state import UnknownNameError
from tests.simulator.driving import ALL_SCOPES, BOT, DANA, Api, Driver


def act(driver: Driver, action: str, **arguments: Any) -> int:
    return driver.client.post(f"/_simulator/{action}", json=arguments).status_code


def names(api: Api, key: str) -> list[str]:
    return [status["name"] for status in api.get(f"/project/{key}/statuses")[0]["statuses"]]


def test_a_renamed_status_is_renamed_wherever_it_is_used(driver: Driver, dana: Api) -> None:
    assert act(driver, "rename_status", site="acme", status_id="3", name="Doing") == 200
    assert "Doing" in names(dana, "SUP")
    assert "Doing" in names(dana, "PLAT")


def test_a_status_can_change_its_category(simulator: Simulator, dana: Api) -> None:
    simulator.control.recategorize_status("acme", "10202", "indeterminate")
    assert dana.get("/status/10202")["statusCategory"]["key"] == "indeterminate"
    with pytest.raises(ChangeError, match="undefined, new, indeterminate, done"):
        simulator.control.recategorize_status("acme", "10202", "blue")


def test_a_deleted_status_is_gone_and_its_issues_have_moved(driver: Driver, dana: Api) -> None:
    arguments = {"site": "acme", "status_id": "10101", "replacement": "10100"}
    assert act(driver, "delete_status", **arguments) == 200
    assert "Waiting for Customer" not in names(dana, "SUP")
    assert dana.get("/issue/SUP-3")["fields"]["status"]["name"] == "In Analysis"
    reached = {move["to"]["id"] for move in dana.get("/issue/SUP-1/transitions")["transitions"]}
    assert "10101" not in reached


def test_deleting_the_initial_status_makes_its_replacement_initial(simulator: Simulator, dana: Api) -> None:
    simulator.control.delete_status("acme", "10300", "10301")
    fields = {"project": {"key": "WEB"}, "issuetype": {"id": "10010"}, "summary": "New"}
    key = dana("POST", "/issue", {"fields": fields}).get_json()["key"]
    assert dana.get(f"/issue/{key}")["fields"]["status"]["id"] == "10301"


def test_a_replacement_must_stand_in_the_same_workflow(simulator: Simulator) -> None:
    with pytest.raises(ChangeError, match="10300"):
        simulator.control.delete_status("acme", "10100", "10300")


def test_a_move_is_taken_out_of_a_workflow_from_one_status_or_from_all(driver: Driver, dana: Api) -> None:
    def moves(key: str) -> set[str]:
        return {move["name"] for move in dana.get(f"/issue/{key}/transitions")["transitions"]}

    assert "Accept" in moves("SUP-2")
    arguments = {"site": "acme", "workflow": "Acme service workflow", "transition": "Accept"}
    assert act(driver, "remove_transition", **arguments, source="4") == 200
    assert "Accept" in moves("SUP-2"), "it is open from where SUP-2 is"
    assert act(driver, "remove_transition", **arguments) == 200
    assert "Accept" not in moves("SUP-2")
    assert "Decline" in moves("SUP-2")
    assert act(driver, "remove_transition", **arguments) == 400, "it is gone"
    assert act(driver, "remove_transition", **(arguments | {"workflow": "Nobody's"})) == 400
    mobile = {"site": "acme", "workflow": "Mobile app board", "transition": "41"}
    assert "Done" in moves("MOB-1")
    assert act(driver, "remove_transition", **mobile, source="10312") == 200
    assert "Done" not in moves("MOB-1"), "a move from anywhere now leads from all others"
    assert act(driver, "remove_transition", **mobile, source="10312") == 400
    assert act(driver, "remove_transition", **mobile, source="10310") == 200


def test_projects_are_hidden_shown_and_archived(simulator: Simulator, bot: Api) -> None:
    def keys() -> set[str]:
        return {project["key"] for project in bot.get("/project/search")["values"]}

    simulator.control.hide_project("acme", "SUP", BOT)
    assert "SUP" not in keys()
    assert bot("GET", "/issue/SUP-1").status_code == 404
    simulator.control.show_project("acme", "SUP", BOT)
    simulator.control.archive_project("acme", "WEB")
    assert "SUP" in keys()
    assert "WEB" not in keys()
    simulator.control.restore_project("acme", "WEB")
    assert "WEB" in keys()


def test_a_renamed_site_keeps_its_id(driver: Driver) -> None:
    token = driver.connect(sites=("beta",))["access_token"]
    before = driver.resources(token)[0]
    assert act(driver, "rename_site", site="beta", name="gamma") == 200
    after = driver.resources(token)[0]
    assert (after["id"], after["name"]) == (before["id"], "gamma")


def test_the_clock_is_advanced_over_http(driver: Driver, dana: Api) -> None:
    assert act(driver, "advance", seconds=3600) == 200
    assert dana("GET", "/myself").status_code == 401
    assert act(driver, "advance", seconds=-1) == 400


def test_a_fault_is_scripted_over_http(driver: Driver, dana: Api) -> None:
    body = {"errorMessages": ["no"], "errors": {}}
    assert act(driver, "fault", match="getProject", effect="answer", status=409, json=body) == 200
    answer = dana("GET", "/project/SUP")
    assert (answer.status_code, answer.get_json()) == (409, body)


def test_the_app_is_changed_over_http(driver: Driver) -> None:
    assert act(driver, "change_app", callback_urls=["http://127.0.0.1:5/cb"]) == 200
    driver.sign_in()
    assert driver.authorize(redirect_uri="http://127.0.0.1:5/cb").status_code == 200


@pytest.mark.parametrize(
    ("action", "arguments", "status"),
    [
        ("fly", {}, 404),
        ("consent", {}, 404),
        ("rename_site", {}, 400),
        ("rename_site", {"site": "nowhere", "name": "x"}, 400),
        ("hide_project", {"site": "acme", "key": "NOPE", "account": BOT}, 400),
        ("rename_status", {"site": "acme", "status_id": "0", "name": "x"}, 400),
        ("fault", {"match": "*", "effect": "fire"}, 400),
        ("revoke_grant", {"account": "who@acme.example"}, 400),
    ],
)
def test_mistakes_are_named(driver: Driver, action: str, arguments: dict[str, Any], status: int) -> None:
    answer = driver.client.post(f"/_simulator/{action}", json=arguments)
    assert answer.status_code == status
    assert answer.get_json()["error"]


def test_an_action_takes_an_object_or_nothing(driver: Driver) -> None:
    assert driver.client.post("/_simulator/reset_calls").status_code == 200
    assert driver.client.post("/_simulator/reset_calls", json=[1]).status_code == 400


def test_unknown_names_are_answered_with_the_known_ones(simulator: Simulator) -> None:
    with pytest.raises(UnknownNameError, match="acme, beta"):
        simulator.control.rename_site("nowhere", "x")


def test_calls_are_logged_counted_and_reset(driver: Driver, dana: Api) -> None:
    driver.client.post("/_simulator/reset_calls")
    dana.get("/project/search?startAt=0")
    dana("GET", "/project/NOPE")
    seen = driver.client.get("/_simulator/calls").get_json()
    assert seen["counts"] == {"searchProjects": 1, "getProject": 1}
    first = seen["calls"][0]
    assert (first["method"], first["status"], first["query"]) == ("GET", 200, "startAt=0")
    assert first["account"] == driver.state.account(DANA).id
    only = driver.client.get("/_simulator/calls?operation=getProject").get_json()["calls"]
    assert [call["status"] for call in only] == [404]


def test_the_log_holds_no_secret(driver: Driver) -> None:
    driver.sign_in()
    tokens = driver.redeem(driver.code()).get_json()
    driver.refresh(tokens["refresh_token"])
    Api(driver, tokens["access_token"]).get("/myself")
    log = driver.client.get("/_simulator/calls").text
    secrets = [tokens["access_token"], tokens["refresh_token"], driver.state.app.client_secret]
    assert not [secret for secret in [*secrets, "state-of-the-flow"] if secret in log]


def test_values_do_not_show_their_secrets(simulator: Simulator, driver: Driver) -> None:
    world = repr(simulator.state.app) + repr(list(simulator.state.accounts.values()))
    assert "demo-client-secret" not in world
    assert "dana-password" not in world
    now = simulator.state.clock.now()
    code = simulator.control.consent(DANA, ["acme"], ALL_SCOPES)
    tokens = simulator.state.grants.redeem(code, "http://127.0.0.1:9/callback", now)
    assert tokens.access_token not in repr(tokens)
