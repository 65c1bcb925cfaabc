"""Webhooks are delivered: what is sent, to whom, how it is signed, and when it is sent again."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc.errors import BadSignatureError

from plugins.jira.simulator import Clock, Simulator, demo_world
from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.deliveries import LONGEST_WAIT, SHORTEST_WAIT
from tests.simulator.delivering import REVIEW, SEND_BACK, create, delete, listen, move, settle
from tests.simulator.driving import BOT, DANA, Api, Driver
from tests.simulator.receiving import Receiver, receiver


def test_a_status_change_is_told_with_its_changelog(simulator: Simulator, dana: Api, there: Receiver) -> None:
    webhook = listen(dana, there)
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    [arrival] = there.arrivals
    body = arrival.body
    assert body["webhookEvent"] == "jira:issue_updated"
    assert body["issue_event_type_name"] == "issue_generic"
    assert body["timestamp"] == int(simulator.state.clock.now() * 1000)
    assert body["matchedWebhookIds"] == [webhook]
    assert body["changelog"]["items"] == [
        {
            "field": "status",
            "fieldtype": "jira",
            "fieldId": "status",
            "from": "3",
            "fromString": "In Progress",
            "to": "10102",
            "toString": "In Review",
        }
    ]
    assert body["user"]["displayName"] == "Dana Admin"
    assert body["issue"]["key"] == "SUP-1"
    assert body["issue"]["fields"]["status"]["id"] == "10102"
    assert arrival.path == "/webhooks/jira"
    assert arrival.headers["content-type"].startswith("application/json")


def test_the_issue_has_the_v2_shape_of_the_site_itself(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    text = {"type": "text", "text": "It hums", "marks": [{"type": "strong"}]}
    create(dana, description={"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]})
    settle(simulator)
    issue = there.arrivals[0].body["issue"]
    assert issue["self"] == f"http://localhost/sites/acme/rest/api/2/issue/{issue['id']}"
    assert issue["fields"]["description"] == "*It hums*"
    assert "api.atlassian.com" not in there.arrivals[0].raw.decode()
    assert "/rest/api/2/status/1" in issue["fields"]["status"]["self"]
    assert "@acme.example" not in there.arrivals[0].raw.decode()


def test_creation_and_deletion_are_told(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    key = create(dana)
    delete(simulator, key)
    settle(simulator)
    assert [each.body["webhookEvent"] for each in there.arrivals] == ["jira:issue_created", "jira:issue_deleted"]
    assert [each.body["issue"]["key"] for each in there.arrivals] == [key, key]
    assert "changelog" not in there.arrivals[1].body


def test_the_token_is_signed_with_the_client_secret(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    token = there.arrivals[0].token("demo-client-secret")
    assert token.header["alg"] == "HS256"
    account, site = simulator.state.account(DANA), simulator.state.site("acme").site
    assert set(token.claims) == {"iss", "sub", "iat", "exp", "jti", "context"}
    assert (token.claims["iss"], token.claims["sub"]) == ("demo-client-id", account.id)
    assert token.claims["context"] == {"cloudId": site.id}
    assert token.claims["iat"] <= time.time() < token.claims["exp"]
    with pytest.raises(BadSignatureError):
        there.arrivals[0].token("another-client-secret")


def test_it_may_sign_by_the_simulators_clock_and_with_a_short_secret(
    simulator: Simulator, dana: Api, there: Receiver
) -> None:
    listen(dana, there)
    simulator.control.sign_by("simulator")
    simulator.control.change_app(client_secret="a-new-client-secret")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    claims = there.arrivals[0].token("a-new-client-secret").claims
    assert claims["iat"] == int(simulator.state.clock.now())
    simulator.control.change_app(client_secret="short")
    move(dana, "SUP-1", SEND_BACK)
    settle(simulator)
    assert len(there.arrivals) == 2
    with pytest.raises(ValueError, match="no clock"):
        simulator.control.sign_by("sun")


def test_identifiers_differ_between_events(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    move(dana, "SUP-1", REVIEW)
    move(dana, "SUP-1", SEND_BACK)
    settle(simulator)
    first, second = there.arrivals
    assert first.identifier != second.identifier
    assert (first.flow, first.retry) == ("Primary", None)


@pytest.mark.parametrize(
    ("webhook", "told"),
    [
        ({}, ["SUP-1", "PLAT-1"]),
        ({"jqlFilter": "project = PLAT"}, ["PLAT-1"]),
        ({"jqlFilter": "project IN (10000)"}, ["SUP-1"]),
        ({"jqlFilter": "issuetype = Bug"}, ["SUP-1"]),
        ({"jqlFilter": "status = 'In Review'"}, ["SUP-1"]),
        ({"jqlFilter": "status = 'In Progress' AND project = SUP"}, []),
        ({"jqlFilter": "key = PLAT-1"}, ["PLAT-1"]),
        ({"events": ["jira:issue_created"]}, []),
        ({"fieldIdsFilter": ["status", "summary"]}, ["SUP-1", "PLAT-1"]),
        ({"fieldIdsFilter": ["summary"]}, []),
    ],
)
def test_only_what_the_webhook_asks_for(
    simulator: Simulator, dana: Api, there: Receiver, webhook: dict[str, Any], told: list[str]
) -> None:
    listen(dana, there, **webhook)
    move(dana, "SUP-1", REVIEW)
    move(dana, "PLAT-1", dana.get("/issue/PLAT-1/transitions")["transitions"][0]["id"])
    settle(simulator)
    assert [each.body["issue"]["key"] for each in there.arrivals] == told


def test_one_delivery_tells_all_matching_webhooks(simulator: Simulator, dana: Api, bot: Api, there: Receiver) -> None:
    ids = [listen(dana, there), listen(bot, there), listen(bot, there)]
    listen(dana, there, jqlFilter="project = WEB")
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    assert [each.body["matchedWebhookIds"] for each in there.arrivals] == [ids]


def test_sites_count_their_webhooks_apart(simulator: Simulator, driver: Driver, there: Receiver) -> None:
    token = driver.connect(sites=("acme", "beta"))["access_token"]
    at_acme, at_beta = Api(driver, token), Api(driver, token, "beta")
    assert listen(at_acme, there) == listen(at_beta, there) == 1
    create(at_beta, "OPS")
    settle(simulator)
    assert len(there.arrivals) == 1
    assert "/sites/beta/" in there.arrivals[0].body["issue"]["self"]


def test_nothing_is_told_of_hidden_issues(simulator: Simulator, dana: Api, bot: Api, there: Receiver) -> None:
    listen(bot, there)
    create(dana, "HR")
    settle(simulator)
    assert there.arrivals == []


@pytest.mark.parametrize(("email", "arrived"), [(BOT, 0), (DANA, 1)])
def test_a_private_app_hears_only_through_its_owner(
    simulator: Simulator, driver: Driver, there: Receiver, email: str, arrived: int
) -> None:
    api = Api(driver, driver.connect(email)["access_token"])
    listen(api, there)
    simulator.control.change_app(shared=False)
    move(api, "SUP-1", REVIEW)
    settle(simulator)
    assert len(there.arrivals) == arrived


@pytest.mark.parametrize("end", ["expired", "revoked", "left", "deactivated", "deleted"])
def test_a_webhook_ends_without_notice(
    simulator: Simulator, driver: Driver, dana: Api, there: Receiver, end: str
) -> None:
    bot = Api(driver, driver.connect(BOT)["access_token"])
    webhook = listen(bot, there)
    if end == "expired":
        simulator.control.advance(30 * DAY)
        dana = Api(driver, driver.connect()["access_token"])
    elif end == "revoked":
        simulator.control.revoke_grant(BOT)
    elif end == "left":
        simulator.control.remove_member("acme", BOT)
    elif end == "deactivated":
        simulator.control.set_active(BOT, active=False)
    else:
        assert bot("DELETE", "/webhook", {"webhookIds": [webhook]}).status_code == 202
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    assert there.arrivals == []


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_trouble_is_retried_under_the_same_identifier(
    simulator: Simulator, dana: Api, there: Receiver, status: int
) -> None:
    listen(dana, there)
    there.statuses[:] = [status, status]
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    [delivery] = simulator.control.deliveries("pending")
    assert SHORTEST_WAIT <= delivery.due - simulator.state.clock.now() <= LONGEST_WAIT
    simulator.control.advance(SHORTEST_WAIT - 1)
    settle(simulator)
    assert len(there.arrivals) == 1
    for _ in range(2):
        simulator.control.advance(LONGEST_WAIT)
        settle(simulator)
    assert [each.retry for each in there.arrivals] == [None, "1", "2"]
    assert len({each.identifier for each in there.arrivals}) == 1
    assert len({each.raw for each in there.arrivals}) == 1
    assert len({each.headers["authorization"] for each in there.arrivals}) == 3
    [delivery] = simulator.control.deliveries()
    assert (delivery.state, delivery.answers) == ("delivered", [status, status, 204])


def test_after_five_retries_the_event_is_lost(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    there.statuses[:] = [503] * 10
    move(dana, "SUP-1", REVIEW)
    for _ in range(8):
        settle(simulator)
        simulator.control.advance(LONGEST_WAIT)
    assert len(there.arrivals) == 6
    [delivery] = simulator.control.deliveries()
    assert (delivery.state, delivery.reason) == ("lost", "no success in 5 retries")


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 410, 422])
def test_any_other_answer_loses_the_event(simulator: Simulator, dana: Api, there: Receiver, status: int) -> None:
    listen(dana, there)
    there.statuses[:] = [status]
    move(dana, "SUP-1", REVIEW)
    settle(simulator)
    simulator.control.advance(LONGEST_WAIT)
    settle(simulator)
    assert len(there.arrivals) == 1
    [delivery] = simulator.control.deliveries("lost")
    assert delivery.reason == f"{status} is not retried"


def test_no_connection_and_no_answer_in_time_are_retried(simulator: Simulator, dana: Api) -> None:
    with receiver() as there:
        listen(dana, there)
        there.free.clear()
        simulator.control.set_delivery_timeout(0.05)
        move(dana, "SUP-1", REVIEW)
        settle(simulator)
    simulator.control.advance(LONGEST_WAIT)
    settle(simulator)
    [delivery] = simulator.control.deliveries("pending")
    assert delivery.answers == [0, 0]


def test_a_server_delivers_by_itself_while_the_receiver_calls_back(there: Receiver) -> None:
    """The thread of the server sends; links lead to where the registrar reached the simulator."""
    with Simulator(demo_world(), Clock.stopped()).serve() as simulator:
        driver = Driver(simulator)
        dana = Api(driver, driver.connect()["access_token"])
        listen(dana, there)
        there.free.clear()
        move(dana, "SUP-1", REVIEW)
        with pytest.raises(TimeoutError, match="jira:issue_updated of SUP-1"):
            simulator.control.settle_deliveries(timeout=0.05)
        assert dana.get("/issue/SUP-1?fields=status")["fields"]["status"]["name"] == "In Review"
        there.free.set()
        settle(simulator)
        there.statuses[:] = [503]
        move(dana, "SUP-1", SEND_BACK)
        settle(simulator)
        simulator.control.advance(LONGEST_WAIT)
        settle(simulator)
    assert there.statuses_told == [("SUP-1", "In Review"), ("SUP-1", "In Progress"), ("SUP-1", "In Progress")]


def test_a_stopped_server_delivers_no_more_and_may_start_again(there: Receiver) -> None:
    simulator = Simulator(demo_world(), Clock.stopped())
    with simulator.serve():
        driver = Driver(simulator)
        dana = Api(driver, driver.connect()["access_token"])
        listen(dana, there)
    move(dana, "SUP-1", REVIEW)
    assert [each.state for each in simulator.control.deliveries()] == ["pending"]
    with simulator.serve():
        settle(simulator)
    assert len(there.arrivals) == 1
