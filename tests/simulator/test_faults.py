"""Scripted faults: what is hit, how often, and what it looks like from outside."""

from __future__ import annotations

import pytest

from plugins.jira.simulator import Effect, Simulator
from plugins.jira.simulator.faults import EFFECTS, FaultError
from plugins.jira.simulator.traffic import ConnectionDroppedError
from tests.simulator.driving import Api, Driver


def test_hits_so_many_calls_and_then_no_more(simulator: Simulator, dana: Api) -> None:
    simulator.control.fault("getProject", "503-html", times=2)
    answers = [dana("GET", "/project/SUP") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].content_type == "text/html; charset=utf-8"


def test_lets_the_first_calls_pass(simulator: Simulator, dana: Api) -> None:
    simulator.control.fault("searchProjects", "500", skip=1, times=None)
    assert [dana("GET", "/project/search").status_code for _ in range(3)] == [200, 500, 500]
    simulator.control.clear_faults()
    assert dana("GET", "/project/search").status_code == 200


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ("getProject", True),
        ("get*", True),
        ("*", True),
        ("GET /ex/jira/*/project/*", True),
        ("/ex/jira/*/project/SUP", True),
        ("POST /ex/jira/*", False),
        ("searchProjects", False),
    ],
)
def test_finds_calls_by_operation_or_path(simulator: Simulator, dana: Api, match: str, hit: bool) -> None:
    simulator.control.fault(match, "500")
    assert (dana("GET", "/project/SUP").status_code == 500) is hit


def test_tells_the_two_token_calls_apart(simulator: Simulator, driver: Driver) -> None:
    simulator.control.fault("token.refresh_token", "429-html", times=None)
    tokens = driver.connect()
    assert driver.refresh(tokens["refresh_token"]).status_code == 429


@pytest.mark.parametrize("name", [name for name, effect in EFFECTS.items() if effect.status is not None])
def test_every_named_answer_can_be_given_anywhere(simulator: Simulator, driver: Driver, name: str) -> None:
    simulator.control.fault("*", name)
    answer = driver.token(grant_type="refresh_token", refresh_token="x")
    assert answer.status_code == EFFECTS[name].status
    assert answer.text == EFFECTS[name].body


def test_an_answer_can_be_made_up(simulator: Simulator, driver: Driver) -> None:
    simulator.control.fault("authorize", "answer", status=418, body="tea", headers={"X-Tea": "1"})
    answer = driver.authorize()
    assert (answer.status_code, answer.text, answer.headers["X-Tea"]) == (418, "tea", "1")
    simulator.control.fault("authorize", Effect(status=404))
    assert driver.authorize().status_code == 404


def test_a_named_answer_can_be_changed(simulator: Simulator, dana: Api) -> None:
    simulator.control.fault("getProject", "429", headers={"Retry-After": "7"})
    assert dana("GET", "/project/SUP").headers["Retry-After"] == "7"


def test_refuses_unknown_effects_with_the_known_ones(simulator: Simulator) -> None:
    with pytest.raises(FaultError, match="503-html"):
        simulator.control.fault("*", "fire")
    with pytest.raises(FaultError, match="status"):
        simulator.control.fault("*", "answer", body="x")


def test_a_dropped_call_does_nothing(simulator: Simulator, driver: Driver) -> None:
    tokens = driver.connect()
    simulator.control.fault("token.refresh_token", "drop")
    with pytest.raises(ConnectionDroppedError):
        driver.refresh(tokens["refresh_token"])
    driver.state.clock.advance(601)
    assert driver.refresh(tokens["refresh_token"]).status_code == 200


def test_a_lost_answer_was_an_effect(simulator: Simulator, dana: Api) -> None:
    simulator.control.fault("createIssue", "lose-answer")
    fields = {"project": {"key": "SUP"}, "issuetype": {"id": "10001"}, "summary": "Lost"}
    with pytest.raises(ConnectionDroppedError):
        dana("POST", "/issue", {"fields": fields})
    assert dana.get("/issue/SUP-5")["fields"]["summary"] == "Lost"


def test_a_slow_call_is_answered_all_the_same(simulator: Simulator, dana: Api) -> None:
    simulator.control.fault("getProject", "slow", seconds=0.01)
    assert dana("GET", "/project/SUP").status_code == 200


def test_an_empty_site_can_be_scripted(simulator: Simulator, dana: Api) -> None:
    simulator.control.fault("searchProjects", "empty-site")
    answer = dana("GET", "/project/search")
    assert answer.get_json()["values"] == []
    assert answer.headers["X-Seraph-Loginreason"] == "AUTHENTICATED_FAILED"
    assert dana.get("/project/search")["values"]
