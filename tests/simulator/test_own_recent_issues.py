"""An app finds what it created lately, and its marks on it: the way out where an answer got lost (facts §2.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.driving import BOT, DANA, Api
from tests.simulator.test_issues import new
from tests.simulator.test_searching import keys, search

if TYPE_CHECKING:
    from plugins.jira.simulator import Clock, Simulator

MINE = "project = SUP AND creator = currentUser() AND created >= -{}m"
MARK = {"key": "helpdesk", "value": {"ticket": 7}}


def created(api: Api, **more: Any) -> str:
    return str(api("POST", "/issue", new() | more).get_json()["key"])


def test_finds_its_own_and_reads_its_marks(simulator: Simulator, clock: Clock, bot: Api, dana: Api) -> None:
    clock.advance(1000)
    created(bot)
    clock.advance(1000)
    marked = created(bot, properties=[MARK])
    plain = created(bot)
    created(dana)
    found = search(bot, MINE.format(15), fields=["key"], properties=["helpdesk"])["issues"]
    assert {each["key"]: each["properties"] for each in found} == {marked: {"helpdesk": {"ticket": 7}}, plain: {}}
    body = {"issueIdsOrKeys": [marked, plain], "fields": ["key"], "properties": ["helpdesk"]}
    fetched = bot("POST", "/issue/bulkfetch", body).get_json()["issues"]
    assert {each["key"]: each["properties"] for each in fetched} == {each["key"]: each["properties"] for each in found}
    assert len(keys(bot, MINE.format(30))) == 3


def test_one_that_was_not_created_is_not_found(simulator: Simulator, bot: Api) -> None:
    simulator.control.advance(1800)
    simulator.control.fault("createIssue", "500")
    assert bot("POST", "/issue", new() | {"properties": [MARK]}).status_code == 500
    assert keys(bot, MINE.format(15)) == []
    key = created(bot, properties=[MARK])
    simulator.control.search_lag(60)
    later = created(bot, properties=[MARK])
    assert keys(bot, MINE.format(15)) == []
    simulator.state.clock.advance(60)
    assert set(keys(bot, MINE.format(15))) == {key, later}


@pytest.mark.parametrize(
    ("jql", "names"),
    [
        ("creator = currentUser()", {"mine"}),
        ("reporter = CURRENTUSER()", {"mine"}),
        ("creator != currentUser()", {"hers"}),
        ("creator in (currentUser(), '{dana}')", {"mine", "hers"}),
        ("reporter = '{dana}'", {"hers"}),
        ("creator is not EMPTY", {"mine", "hers"}),
        ("assignee = currentUser()", set()),
        ("priority = High", set()),
        ("priority = Medium AND priority = 3", {"mine", "hers"}),
    ],
)
def test_who_created_or_reports_an_issue(
    simulator: Simulator, bot: Api, dana: Api, clock: Clock, jql: str, names: set[str]
) -> None:
    clock.advance(1800)
    known = {created(bot): "mine", created(dana): "hers"}
    account = simulator.state.account(DANA).id
    found = keys(bot, f"created >= -5m AND ({jql.format(dana=account)})")
    assert {known[key] for key in found} == names


def test_issues_that_were_there_from_the_start_are_the_first_members(simulator: Simulator, bot: Api) -> None:
    reporter = bot.get("/issue/SUP-1")["fields"]["creator"]["accountId"]
    assert reporter == simulator.state.account(BOT).id
    assert "SUP-1" in keys(bot, "project = SUP AND creator = currentUser()")


def test_a_search_sees_marks_that_come_later(simulator: Simulator, bot: Api, clock: Clock) -> None:
    simulator.control.search_lag(30)
    clock.advance(60)
    bot("PUT", "/issue/SUP-1/properties/helpdesk", {"ticket": 7})

    def marks() -> Any:
        return search(bot, "key = SUP-1", properties=["helpdesk"])["issues"][0]["properties"]

    assert marks() == {}
    clock.advance(30)
    assert marks() == {"helpdesk": {"ticket": 7}}
    bot("DELETE", "/issue/SUP-1/properties/helpdesk")
    clock.advance(30)
    assert marks() == {}
