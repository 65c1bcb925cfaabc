"""Automations move an issue on, or back, after somebody's move."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from plugins.jira.simulator import Simulator, WorldError, parse_world
from plugins.jira.simulator.state import UnknownNameError
from tests.simulator.conftest import ROOT
from tests.simulator.delivering import REVIEW, SEND_BACK, create, listen, move, settle
from tests.simulator.driving import BOT, DANA, Api, Driver
from tests.simulator.receiving import Receiver

DEMO = json.loads((ROOT / "plugins/jira/simulator/worlds/demo.json").read_text(encoding="utf-8"))
BACK = {"project": "SUP", "when_status": "In Review", "then_transition_to": "In Progress"}


def status(api: Api, key: str = "SUP-1") -> str:
    return str(api.get(f"/issue/{key}?fields=status")["fields"]["status"]["name"])


def test_a_move_sets_it_off_and_both_are_told(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    simulator.control.add_automation("acme", **BACK, by=BOT)
    move(dana, "SUP-1", REVIEW)
    assert status(dana) == "In Progress"
    settle(simulator)
    assert [name for _, name in there.statuses_told] == ["In Review", "In Progress"]
    assert [each.flow for each in there.arrivals] == ["Primary", "Secondary"]
    assert [each.body["user"]["displayName"] for each in there.arrivals] == ["Dana Admin", "Helpdesk Bot"]


def test_it_goes_by_ids_too_and_brings_a_resolution(simulator: Simulator, dana: Api) -> None:
    simulator.control.add_automation("acme", "SUP", when_status="10102", then_transition_to="5")
    move(dana, "SUP-1", REVIEW)
    fields = dana.get("/issue/SUP-1")["fields"]
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("Resolved", "Done")


def test_it_needs_an_open_transition(simulator: Simulator, dana: Api) -> None:
    simulator.control.add_automation("acme", "SUP", when_status="In Review", then_transition_to="Closed", times=1)
    move(dana, "SUP-1", REVIEW)
    assert status(dana) == "In Review"


def test_it_works_so_many_times_and_can_be_cleared(simulator: Simulator, dana: Api) -> None:
    simulator.control.add_automation("acme", **BACK, times=2)
    for expected in ("In Progress", "In Progress", "In Review"):
        move(dana, "SUP-1", REVIEW)
        assert status(dana) == expected
    move(dana, "SUP-1", SEND_BACK)
    simulator.control.add_automation("acme", **BACK)
    simulator.control.clear_automations("acme")
    move(dana, "SUP-1", REVIEW)
    assert status(dana) == "In Review"


def test_automations_do_not_set_off_each_other(simulator: Simulator, dana: Api) -> None:
    simulator.control.add_automation("acme", **BACK)
    forth = {"when_status": "In Progress", "then_transition_to": "In Review"}
    simulator.control.add_automation("acme", "SUP", **forth)
    move(dana, "SUP-1", REVIEW)
    assert status(dana) == "In Progress"


def test_a_creation_and_other_projects_set_off_none(simulator: Simulator, dana: Api) -> None:
    simulator.control.add_automation("acme", "SUP", when_status="Open", then_transition_to="In Analysis")
    assert status(dana, create(dana)) == "Open"
    simulator.control.add_automation("acme", "PLAT", when_status="In Review", then_transition_to="In Progress")
    move(dana, "SUP-1", REVIEW)
    assert status(dana) == "In Review"


def test_wrong_names_are_refused(simulator: Simulator) -> None:
    with pytest.raises(UnknownNameError, match="Nowhere"):
        simulator.control.add_automation("acme", "SUP", when_status="Nowhere", then_transition_to="Open")
    with pytest.raises(UnknownNameError, match="NOPE"):
        simulator.control.add_automation("acme", "NOPE", when_status="Open", then_transition_to="Open")
    client = simulator.flask.test_client()
    assert client.post("/_simulator/add_automation", json={"site": "acme"}).status_code == 400
    assert client.post("/_simulator/add_automation", json={"site": "acme", **BACK}).status_code == 200
    assert client.post("/_simulator/clear_automations").status_code == 200


def world_with(**rule: Any) -> dict[str, Any]:
    world: dict[str, Any] = copy.deepcopy(DEMO)
    world["sites"][0]["automations"] = [BACK | rule]
    return world


def test_a_world_file_tells_automations() -> None:
    driver = Driver(Simulator(parse_world(world_with(by=DEMO["accounts"][1]["id"], times=1))))
    api = Api(driver, driver.connect(BOT)["access_token"])
    move(api, "SUP-1", REVIEW)
    assert status(api) == "In Progress"
    [rule] = driver.state.site("acme").rules
    assert (rule.left, rule.automation.by) == (0, driver.state.account(DANA).id)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"project": "NOPE"}, r"automations\[0\].project"),
        ({"when_status": "Nowhere"}, r"automations\[0\].when_status"),
        ({"then_transition_to": "Nowhere"}, r"automations\[0\].then_transition_to"),
        ({"by": "nobody"}, r"automations\[0\].by"),
        ({"times": 0}, r"automations\[0\].times"),
        ({"then": "Open"}, 'nothing reads "then"'),
    ],
)
def test_what_is_wrong_in_a_world_file_is_named(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(WorldError, match=words):
        parse_world(world_with(**rule))
