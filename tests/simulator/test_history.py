"""Every change of an issue leaves its traces, and whoever listens hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugins.jira.simulator import history
from tests.simulator.driving import BOT, Api, Driver
from tests.simulator.test_issues import move, new

if TYPE_CHECKING:
    from plugins.jira.simulator import Simulator
    from plugins.jira.simulator.history import Event
    from plugins.jira.simulator.state import LiveSite


@pytest.fixture
def heard(simulator: Simulator) -> list[Event]:
    """What the site acme tells its listeners."""
    events: list[Event] = []
    simulator.state.site("acme").listeners.append(lambda live, event: events.append(event))
    return events


def test_a_creation_and_a_move_over_rest_are_told(driver: Driver, bot: Api, heard: list[Event]) -> None:
    bot("POST", "/issue", new())
    driver.state.clock.advance(60)
    move(bot, "SUP-5", "11")
    created, moved = heard
    account = driver.state.account(BOT).id
    assert (created.kind, created.key, created.account, created.items) == ("created", "SUP-5", account, ())
    assert (moved.kind, moved.account, moved.at - created.at) == ("updated", account, 60)
    assert [(item.field, item.old, item.new) for item in moved.items] == [("status", "1", "10100")]


def test_what_listeners_hear_stays_as_it_was(bot: Api, heard: list[Event]) -> None:
    bot("POST", "/issue", new(labels=["a"]))
    move(bot, "SUP-5", "11")
    assert [event.issue.status_id for event in heard] == ["1", "10100"]


def test_a_listener_can_change_the_issue_in_turn(driver: Driver, bot: Api, heard: list[Event]) -> None:
    def automation(live: LiveSite, event: Event) -> None:
        if event.issue.status_id == "10100":
            issue = live.issues[event.issue.id]
            history.set_status(live, issue, "3", account=event.account, now=event.at)

    bot("POST", "/issue", new())
    driver.state.site("acme").listeners.append(automation)
    move(bot, "SUP-5", "11")
    assert bot.get("/issue/SUP-5")["fields"]["status"]["id"] == "3"
    assert [event.items[0].new for event in heard[1:]] == ["10100", "3"]


def test_times_of_status_and_resolution_are_kept_apart_from_other_changes(driver: Driver, bot: Api) -> None:
    issue = driver.state.site("acme").issue("SUP-1")
    assert issue is not None
    live, account = driver.state.site("acme"), driver.state.account(BOT).id
    now = driver.state.clock.now()
    history.set_status(live, issue, "5", account=account, now=now + 10)
    history.edit(live, issue, account=account, now=now + 20, summary="Another", labels=[])
    assert (issue.status_changed, issue.resolved, issue.updated) == (now + 10, now + 10, now + 20)
    assert [[item.field for item in change.items] for change in issue.changelog] == [
        ["resolution", "status"],
        ["summary"],
    ]
    history.set_status(live, issue, "4", account=account, now=now + 30)
    assert (issue.resolution, issue.resolved) == (None, None)


def test_a_loop_touches_the_issue_and_leaves_no_entry(driver: Driver, heard: list[Event]) -> None:
    live = driver.state.site("acme")
    issue = live.issue("SUP-1")
    assert issue is not None
    history.set_status(live, issue, issue.status_id, account="x", now=issue.updated + 5)
    assert (issue.changelog, heard[0].change, heard[0].kind) == ([], None, "updated")


def test_a_deleted_issue_gives_its_number_to_nobody(driver: Driver, bot: Api, heard: list[Event]) -> None:
    first = bot("POST", "/issue", new()).get_json()
    live = driver.state.site("acme")
    history.delete(live, live.issues[first["id"]], account="x", now=1.0)
    second = bot("POST", "/issue", new()).get_json()
    assert (heard[1].kind, heard[1].key) == ("deleted", first["key"])
    assert second["id"] != first["id"]
    assert second["key"] != first["key"]
