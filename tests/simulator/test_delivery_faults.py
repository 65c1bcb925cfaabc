"""Scripted trouble with deliveries, one effect at a time."""

from __future__ import annotations

import json
import time

import pytest
from joserfc.errors import BadSignatureError

from plugins.jira.simulator import Simulator
from plugins.jira.simulator.deliveries import LONGEST_WAIT
from plugins.jira.simulator.delivery_faults import EFFECTS
from plugins.jira.simulator.faults import FaultError
from tests.simulator.delivering import REVIEW, SEND_BACK, listen, move, settle
from tests.simulator.driving import Api
from tests.simulator.receiving import Receiver

SECRET = "demo-client-secret"


@pytest.fixture(autouse=True)
def registered(dana: Api, there: Receiver) -> int:
    return listen(dana, there)


def states(simulator: Simulator) -> list[str]:
    return [each.state for each in simulator.control.deliveries()]


def test_twice_comes_under_one_identifier_and_not_as_a_retry(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("twice")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    assert [each.retry for each in there.arrivals] == [None, None]
    assert len({each.identifier for each in there.arrivals}) == 1


def test_late_comes_after_its_seconds(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("late", seconds=300)
    move(dana, "SUP-1", REVIEW)
    move(dana, "SUP-1", SEND_BACK)
    settle(simulator)
    simulator.control.advance(299)
    settle(simulator)
    assert there.statuses_told == [("SUP-1", "In Progress")]
    simulator.control.advance(1)
    settle(simulator)
    assert there.statuses_told == [("SUP-1", "In Progress"), ("SUP-1", "In Review")]


def test_out_of_order_waits_until_the_next_one_is_through(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("out-of-order")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    assert states(simulator) == ["held"]
    there.statuses[:] = [503]
    move(dana, "SUP-1", SEND_BACK)
    settle(simulator)
    assert states(simulator) == ["held", "pending"]
    simulator.control.advance(LONGEST_WAIT)
    settle(simulator)
    assert [status for _, status in there.statuses_told] == ["In Progress", "In Progress", "In Review"]


def test_clearing_lets_go_of_what_is_held_and_forgets_faults(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("out-of-order", times=None)
    move(dana, "SUP-1", REVIEW)
    simulator.control.clear_delivery_faults()
    move(dana, "SUP-1", SEND_BACK)
    settle(simulator)
    assert states(simulator) == ["delivered", "delivered"]
    assert [status for _, status in there.statuses_told] == ["In Review", "In Progress"]


def test_never_is_lost_and_the_next_comes(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("never")
    move(dana, "SUP-1", REVIEW)
    move(dana, "SUP-1", SEND_BACK)
    settle(simulator)
    assert states(simulator) == ["lost", "delivered"]
    assert len(there.arrivals) == 1


def test_a_bad_signature_is_by_another_secret(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("bad-signature")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    with pytest.raises(BadSignatureError):
        there.arrivals[0].token(SECRET)


def test_an_expired_token_is_well_signed(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("expired-token")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    assert there.arrivals[0].token(SECRET).claims["exp"] < time.time() - 600


def test_a_huge_body_is_valid_and_of_the_size_told(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("huge-body", size=3_000_000)
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    assert len(there.arrivals[0].raw) == 3_000_000
    assert there.arrivals[0].body["issue"]["key"] == "SUP-1"


def test_broken_json_cannot_be_read(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("broken-json")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    with pytest.raises(json.JSONDecodeError):
        assert there.arrivals[0].body


def test_an_unknown_site_names_nothing_that_is_there(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("unknown-site")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    [arrival] = there.arrivals
    assert arrival.body["matchedWebhookIds"] == [999_999]
    assert arrival.body["issue"]["self"].startswith("https://nobody-knows.atlassian.net/rest/api/2/issue/")
    assert b"/sites/acme" not in arrival.raw
    assert arrival.token(SECRET).claims["context"]["cloudId"] not in simulator.state.sites


def test_faults_are_counted_and_skip(simulator: Simulator, dana: Api, there: Receiver) -> None:
    simulator.control.delivery_fault("never", 2, skip=1)
    for transition in (REVIEW, SEND_BACK, REVIEW, SEND_BACK):
        move(dana, "SUP-1", transition)
    settle(simulator)
    assert states(simulator) == ["delivered", "lost", "lost", "delivered"]


def test_an_unknown_effect_is_refused_with_the_known_ones(simulator: Simulator) -> None:
    with pytest.raises(FaultError, match=r"slowly.*out-of-order"):
        simulator.control.delivery_fault("slowly")
    assert len(EFFECTS) == 9


def test_all_of_it_over_http(simulator: Simulator, dana: Api, there: Receiver) -> None:
    client = simulator.flask.test_client()
    assert client.post("/_simulator/delivery_fault", json={"effect": "never"}).status_code == 200
    assert client.post("/_simulator/delivery_fault", json={"effect": "slowly"}).status_code == 400
    move(dana, "SUP-1", REVIEW)
    move(dana, "SUP-1", SEND_BACK)
    assert client.post("/_simulator/settle_deliveries", json={"timeout": 5}).status_code == 200
    [lost] = client.get("/_simulator/deliveries?state=lost").get_json()["deliveries"]
    assert (lost["site"], lost["key"], lost["effect"], lost["answers"]) == ("acme", "SUP-1", "never", [])
    assert lost["body"]["webhookEvent"] == "jira:issue_updated"
    assert SECRET not in client.get("/_simulator/deliveries").text
