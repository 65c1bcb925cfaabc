"""Comments are told to webhooks: what is sent of them, and to whom (facts §3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.commenting import comment, document
from tests.simulator.delivering import ALL_EVENTS, COMMENT_EVENTS, create, listen, move, settle
from tests.simulator.driving import BOT, DANA, Api
from tests.simulator.recordings import FOLDER, read, recordings, shape_differences

if TYPE_CHECKING:
    from plugins.jira.simulator import Clock, Simulator
    from tests.simulator.receiving import Arrival, Receiver

ADMINISTRATORS = {"type": "role", "value": "Administrator"}


def told(there: Receiver) -> list[str]:
    return [arrival.body["webhookEvent"] for arrival in there.arrivals]


@pytest.fixture
def arrivals(simulator: Simulator, dana: Api, bot: Api, there: Receiver, clock: Clock) -> list[Arrival]:
    """What Dana's webhook hears when the bot writes, edits and deletes a comment."""
    listen(dana, there, events=COMMENT_EVENTS)
    made = comment(bot, "It hums.", properties=[{"key": "helpdesk", "value": 7}])
    clock.advance(60)
    path = f"/issue/SUP-1/comment/{made['id']}"
    assert dana("PUT", path, {"body": document("It roars.")}).status_code == 200
    assert bot("DELETE", path).status_code == 204
    settle(simulator)
    return there.arrivals


def test_a_comment_is_told_from_its_beginning_to_its_end(arrivals: list[Arrival]) -> None:
    created, edited, deleted = (arrival.body for arrival in arrivals)
    assert [each["webhookEvent"] for each in (created, edited, deleted)] == COMMENT_EVENTS
    assert [each["comment"]["body"] for each in (created, edited, deleted)] == ["It hums.", "It roars.", "It roars."]
    assert created["comment"]["author"]["displayName"] == "Helpdesk Bot"
    assert edited["comment"]["updateAuthor"]["displayName"] == "Dana Admin"
    assert edited["comment"]["updated"] > edited["comment"]["created"]
    assert edited["timestamp"] == created["timestamp"] + 60_000


def test_it_tells_little_of_its_issue_and_of_people(arrivals: list[Arrival]) -> None:
    body = arrivals[0].body
    assert set(body) == {"timestamp", "webhookEvent", "comment", "issue", "matchedWebhookIds"}
    assert body["issue"]["key"] == "SUP-1"
    wanted = {"summary", "issuetype", "project", "assignee", "priority", "status"}
    assert set(body["issue"]["fields"]) == wanted
    assert body["comment"]["self"].startswith("http://localhost/sites/acme/rest/api/2/issue/10001/comment/")
    assert "@acme.example" not in arrivals[0].raw.decode()
    assert "properties" not in body["comment"]


def test_it_is_signed_as_who_acted(simulator: Simulator, arrivals: list[Arrival]) -> None:
    secret = simulator.state.app.client_secret
    actors = [arrival.token(secret).claims["sub"] for arrival in arrivals]
    bot, dana = simulator.state.account(BOT).id, simulator.state.account(DANA).id
    assert actors == [bot, dana, bot]
    assert len({arrival.identifier for arrival in arrivals}) == 3


@pytest.mark.skipif(not recordings(), reason=f"no recordings in {FOLDER}; name their folder in HELPDESK_RECORDED")
@pytest.mark.recorded
@pytest.mark.parametrize(
    ("event", "name"), [(0, "created-mention-user"), (1, "updated"), (2, "deleted")], ids=COMMENT_EVENTS
)
def test_it_has_the_shape_of_the_recording(arrivals: list[Arrival], event: int, name: str) -> None:
    recorded = read(FOLDER / f"mattermost-webhook-cloud-comment-{name}.json")["body"]
    differences = [*shape_differences(recorded, arrivals[event].body)]
    people = ("comment.author", "comment.updateAuthor")
    gone = {f"{who}.{what}: recorded, but absent from the simulator" for who in people for what in GONE}
    assert [each for each in differences if each not in gone] == []


GONE = ("name", "key", "emailAddress")  # user names are gone from the Cloud, and deliveries tell no addresses


def test_only_who_asked_for_comments_hears_of_them(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there, events=[*ALL_EVENTS, "comment_created"], fieldIdsFilter=["status"])
    made = comment(dana)
    dana("DELETE", f"/issue/SUP-1/comment/{made['id']}")
    settle(simulator)
    assert told(there) == ["comment_created"]


def test_the_filter_is_asked_of_the_issue(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there, events=COMMENT_EVENTS, jqlFilter="project = WEB")
    comment(dana)
    comment(dana, key="WEB-1")
    settle(simulator)
    assert [arrival.body["issue"]["key"] for arrival in there.arrivals] == ["WEB-1"]


def test_a_restricted_comment_is_told_to_those_who_see_it(
    simulator: Simulator, dana: Api, bot: Api, there: Receiver
) -> None:
    hers = listen(dana, there, events=COMMENT_EVENTS)
    listen(bot, there, events=COMMENT_EVENTS)
    comment(dana, "Costs.", visibility=ADMINISTRATORS)
    settle(simulator)
    [arrival] = there.arrivals
    assert arrival.body["matchedWebhookIds"] == [hers]
    assert arrival.body["comment"]["visibility"]["value"] == "Administrator"


def test_issues_are_told_without_their_comments(simulator: Simulator, dana: Api, there: Receiver) -> None:
    key = create(dana)
    comment(dana, "Secret.", key)
    listen(dana, there)
    dana("PUT", f"/issue/{key}", {"fields": {"summary": "Other"}})
    dana("DELETE", f"/issue/{key}")
    settle(simulator)
    assert told(there) == ["jira:issue_updated", "jira:issue_deleted"]
    assert all("comment" not in arrival.body["issue"]["fields"] for arrival in there.arrivals)
    assert not any("Secret." in arrival.raw.decode() for arrival in there.arrivals)


def test_a_transition_with_a_comment_tells_of_both(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there, events=[*ALL_EVENTS, *COMMENT_EVENTS])
    move(dana, "SUP-1", "61", update={"comment": [{"add": {"body": document("Look.")}}]})
    settle(simulator)
    assert sorted(told(there)) == ["comment_created", "jira:issue_updated"]


@pytest.mark.parametrize("effect", ["twice", "huge-body", "broken-json", "unknown-site", "never"])
def test_trouble_hits_comments_too(simulator: Simulator, dana: Api, there: Receiver, effect: str) -> None:
    listen(dana, there, events=COMMENT_EVENTS)
    more: dict[str, Any] = {"size": 100_000} if effect == "huge-body" else {}
    simulator.control.delivery_fault(effect, **more)
    comment(dana)
    settle(simulator)
    assert len(there.arrivals) == {"twice": 2, "never": 0}.get(effect, 1)
    if effect == "huge-body":
        assert len(there.arrivals[0].raw) >= 99_000
