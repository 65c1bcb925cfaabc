"""Searching by JQL and fetching by id: what is found, in which pages, and how late (facts §2.9)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Clock, Simulator, demo_world
from tests.simulator.driving import BOT, DANA, Api, Driver
from tests.simulator.test_issues import DOCUMENT, new

if TYPE_CHECKING:
    from plugins.jira.simulator import World

MINUTE = 60.0
BAD_TOKEN = "The provided next page token is invalid or expired."


def search(api: Api, jql: str, **body: Any) -> dict[str, Any]:
    answer = api("POST", "/search/jql", {"jql": jql, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def keys(api: Api, jql: str, **body: Any) -> list[str]:
    return [issue["key"] for issue in search(api, jql, fields=["key"], **body)["issues"]]


def refusal(api: Api, jql: str) -> str:
    answer = api("POST", "/search/jql", {"jql": jql})
    assert answer.status_code == 400, answer.text
    messages: list[str] = answer.get_json()["errorMessages"]
    assert len(messages) == 1
    return messages[0]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = PLAT", {"PLAT-1", "PLAT-2"}),
        ("project = 'Platform'", {"PLAT-1", "PLAT-2"}),
        ('project in (10001, "WEB")', {"PLAT-1", "PLAT-2", "WEB-1", "WEB-2"}),
        ("key = sup-1", {"SUP-1"}),
        ("issuekey in (SUP-1, SUP-2)", {"SUP-1", "SUP-2"}),
        ("id in (10001, 10002)", {"SUP-1", "SUP-2"}),
        ("project = SUP AND status = 3", {"SUP-1"}),
        ("project = SUP AND status in (3, Closed)", {"SUP-1", "SUP-4"}),
        ('status = "in progress"', {"SUP-1", "WEB-1"}),
        ("project = SUP and issuetype = Task", {"SUP-2"}),
        ("project = SUP and type in (10001)", {"SUP-2"}),
        ("project = SUP AND statusCategory = Done", {"SUP-4"}),
        ("project = 10000 AND issuetype = 10001 AND statusCategory != Done", {"SUP-2"}),
        ("project = 10000 AND statusCategory != Done", {"SUP-1", "SUP-2", "SUP-3"}),
        ("project = SUP AND NOT status = Closed", {"SUP-1", "SUP-2", "SUP-3"}),
        ("project = SUP AND status NOT IN (Closed, 3)", {"SUP-2", "SUP-3"}),
        ("project = SUP AND status != Closed", {"SUP-1", "SUP-2", "SUP-3"}),
        ("key = SUP-1 OR key = SUP-2 AND status = Closed", {"SUP-1"}),
        ("(key = SUP-1 OR key = SUP-2) AND status = Open", {"SUP-2"}),
        ('summary ~ "pdf invoice"', {"SUP-1"}),
        ('text ~ "attachment zero"', {"SUP-1"}),
        ('summary ~ "attachment"', set()),
        ("text ~ 'certif*'", {"PLAT-1"}),
        ("assignee is EMPTY AND project = WEB", {"WEB-1", "WEB-2"}),
        ("assignee != EMPTY", set()),
        ("resolution is not EMPTY", set()),
    ],
)
def test_finds_by_its_fields(bot: Api, jql: str, found: set[str]) -> None:
    assert set(keys(bot, jql)) == found


def test_get_and_post_find_the_same(bot: Api) -> None:
    posted = search(bot, "project = SUP", fields=["summary", "status"])
    assert bot.get("/search/jql?jql=project+%3D+SUP&fields=summary,status") == posted
    assert set(posted["issues"][0]["fields"]) == {"summary", "status"}


def test_by_itself_a_search_gives_ids_alone(bot: Api) -> None:
    assert search(bot, "key = SUP-1") == {"issues": [{"id": "10001"}], "isLast": True}


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("", "Unbounded JQL queries are not allowed here."),
        ("ORDER BY updated DESC", "Unbounded JQL queries are not allowed here."),
        ("colour = red", "Field 'colour' does not exist"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("project = SUP AND issuetype = 99999", "The value '99999' does not exist for the field 'issuetype'."),
        ("project = HR", "The value 'HR' does not exist for the field 'project'."),
        ("status = Nowhere", "The value 'Nowhere' does not exist for the field 'status'."),
        ("key = SUP-99", "An issue with key 'SUP-99' does not exist for field 'key'."),
        ("id in (10001, 1)", "A value with ID '1' does not exist for the field 'id'."),
        ("updated >= yesterday", "Date value 'yesterday' for field 'updated' is invalid."),
        ("status > 3", "The operator '>' is not supported by the 'status' field."),
        ("updated ~ 3", "The operator '~' is not supported by the 'updated' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("project", "Expecting operator but the query ended unexpectedly."),
        ("project = SUP status = 3", "Expecting either 'OR' or 'AND' but got 'status'. (line 1, character 15)"),
        ("(project = SUP", "Expecting ')' but the query ended unexpectedly."),
        ("project in SUP", "Expecting either a value, list or function but got 'SUP'."),
        ("project = 'SUP", "The quoted string has not been completed. (line 1, character 11)"),
        ("project = SUP ORDER BY colour", "Not able to sort using field 'colour'."),
        ("project = SUP ORDER updated", "Expecting 'BY'"),
        ("assignee = membersOf()", "Unable to find JQL function 'membersOf()'."),
        ("status = currentUser()", "A value provided by the function 'currentUser' is invalid for the field 'status'."),
        ("creator = currentUser", "The value 'currentUser' does not exist for the field 'creator'."),
        ("creator = currentUser(1)", "Expecting ')' but got '1'."),
        ("issue.property[helpdesk].ticket = 7", "Field 'issue.property[helpdesk].ticket' does not exist"),
        ("summary ~ ''", "is not allowed to be empty."),
    ],
)
def test_refuses_a_wrong_query_in_words(bot: Api, jql: str, message: str) -> None:
    assert message in refusal(bot, jql)


def test_what_is_hidden_is_not_found(bot: Api, dana: Api) -> None:
    fields = {"project": {"key": "HR"}, "issuetype": {"id": "10001"}, "summary": "Secret plan"}
    key = dana("POST", "/issue", {"fields": fields}).get_json()["key"]
    assert keys(dana, "text ~ secret") == [key]
    assert keys(bot, "text ~ secret") == []


def test_nobody_finds_nothing_and_hears_no_error(driver: Driver) -> None:
    driver.simulator.control.mask_invalid_tokens()
    nobody = Api(driver, "expired")
    assert search(nobody, "project = NOPE") == {"issues": [], "isLast": True}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("key", ["SUP-1", "SUP-2", "SUP-3", "SUP-4"]),
        ("key DESC", ["SUP-4", "SUP-3", "SUP-2", "SUP-1"]),
        ("updated DESC, key ASC", ["SUP-2", "SUP-3", "SUP-1", "SUP-4"]),
        ("updated", ["SUP-4", "SUP-1", "SUP-3", "SUP-2"]),
        ("created ASC, key ASC", ["SUP-1", "SUP-2", "SUP-3", "SUP-4"]),
    ],
)
def test_orders_by_several_fields(simulator: Simulator, bot: Api, order: str, expected: list[str]) -> None:
    for seconds, key in ((1, "SUP-3"), (0, "SUP-2")):
        simulator.control.advance(10 * seconds)
        simulator.control.edit_issue("acme", key, DANA, summary=f"Touched {key}")
    assert keys(bot, f"project = SUP ORDER BY {order}") == expected


class TestDates:
    def test_a_time_ago_is_counted_back_from_now(self, clock: Clock, bot: Api) -> None:
        clock.advance(20 * MINUTE)
        bot("POST", "/issue", new())
        clock.advance(16 * MINUTE)
        bot("POST", "/issue", new())
        assert keys(bot, "created >= -15m") == ["SUP-6"]
        assert keys(bot, "created >= '-17m' AND created < -1m") == ["SUP-5"]
        assert len(keys(bot, "updated >= '-1h 10m'")) == 12
        assert keys(bot, "updated >= 1d") == []

    @pytest.mark.parametrize(("zone", "found"), [("Europe/Berlin", True), ("UTC", False), ("Asia/Tokyo", True)])
    def test_a_moment_is_read_in_the_time_zone_of_the_account(self, zone: str, found: bool) -> None:
        """The clock stands at 2026-05-28 20:26:40 UTC; an issue made then is asked for by 21:00."""
        driver = Driver(Simulator(zoned(zone), Clock.stopped(1_780_000_000.0)))
        api = Api(driver, driver.connect(BOT)["access_token"])
        bot_key = api("POST", "/issue", new()).get_json()["key"]
        assert (bot_key in keys(api, 'created >= "2026-05-28 21:00"')) is found
        assert (bot_key in keys(api, "created >= '2026/05/28 21:00'")) is found

    def test_a_day_begins_at_its_midnight(self, bot: Api) -> None:
        assert len(keys(bot, 'updated >= "1970-01-01"')) == 10
        assert keys(bot, "updated >= 2026-05-29") == []


class TestPages:
    def test_pages_follow_each_other_by_token_until_there_is_none(self, bot: Api) -> None:
        jql, seen, token = "project in (SUP, PLAT) ORDER BY key", [], None
        for _ in range(3):
            more = {} if token is None else {"nextPageToken": token}
            page = search(bot, jql, maxResults=2, fields=["key"], **more)
            seen += [issue["key"] for issue in page["issues"]]
            token = page.get("nextPageToken")
            assert page["isLast"] is (token is None)
        assert (seen, token) == (["PLAT-1", "PLAT-2", "SUP-1", "SUP-2", "SUP-3", "SUP-4"], None)

    def test_a_page_may_be_shorter_than_asked(self, simulator: Simulator, bot: Api) -> None:
        simulator.control.shorten_search_pages(1)
        page = search(bot, "project = SUP", maxResults=50)
        assert (len(page["issues"]), page["isLast"]) == (1, False)
        simulator.control.shorten_search_pages(None)
        assert search(bot, "project = SUP")["isLast"] is True

    def test_a_token_is_good_for_its_query_and_its_account_and_a_week(
        self, clock: Clock, driver: Driver, bot: Api, dana: Api
    ) -> None:
        def answer(api: Api, jql: str, token: str) -> Any:
            return api("POST", "/search/jql", {"jql": jql, "nextPageToken": token})

        token = search(bot, "project = SUP", maxResults=1)["nextPageToken"]
        for api, jql, sent in (
            (bot, "project = SUP", "x"),
            (dana, "project = SUP", token),
            (bot, "key = SUP-1", token),
        ):
            refused = answer(api, jql, sent)
            assert (refused.status_code, refused.get_json()["errorMessages"]) == (400, [BAD_TOKEN])
        assert answer(bot, "project = SUP", token).status_code == 200
        clock.advance(7 * 24 * 3600)
        later = Api(driver, driver.connect(BOT)["access_token"])
        assert answer(later, "project = SUP", token).status_code == 400

    def test_only_ids_and_keys_come_in_large_pages(self) -> None:
        driver = Driver(Simulator(demo_world()))
        api = Api(driver, driver.connect()["access_token"])
        live = driver.state.site("acme")
        project = live.project("SUP")
        assert project is not None
        for number in range(150):
            issue = live.add_issue(project, project.issue_types[0], f"Number {number}", 1.0)
            live.index.put(issue, 1.0)
        assert len(search(api, "project = SUP", maxResults=5000)["issues"]) == 154
        assert len(search(api, "project = SUP", maxResults=5000, fields=["status"])["issues"]) == 100


class TestLag:
    def test_a_search_sees_a_move_later_than_a_read(self, simulator: Simulator, clock: Clock, bot: Api) -> None:
        simulator.control.search_lag(30)
        clock.advance(60)
        simulator.control.transition("acme", "SUP-1", "In Review", DANA)
        clock.advance(29)
        stale = search(bot, "key = SUP-1 AND status = 'In Progress'", fields=["status", "updated"])["issues"][0]
        fresh = bot.get("/issue/SUP-1?fields=status,updated")
        assert stale["fields"]["status"]["name"] == "In Progress"
        assert fresh["fields"]["status"]["name"] == "In Review"
        assert stale["fields"]["updated"] < fresh["fields"]["updated"]
        assert keys(bot, "updated >= -5m AND status = 'In Review' AND key = SUP-1") == []
        clock.advance(1)
        assert keys(bot, "updated >= -5m AND status = 'In Review' AND key = SUP-1") == ["SUP-1"]

    def test_a_new_issue_is_found_late_and_a_deleted_one_still(
        self, simulator: Simulator, clock: Clock, bot: Api
    ) -> None:
        simulator.control.search_lag(30)
        key = bot("POST", "/issue", new(labels=["marker"])).get_json()["key"]
        assert keys(bot, "labels = marker") == []
        assert keys(bot, f"key = {key}") == []
        bot("DELETE", "/issue/SUP-2")
        assert "SUP-2" in keys(bot, "project = SUP")
        clock.advance(30)
        assert keys(bot, "labels = marker") == [key]
        assert "SUP-2" not in keys(bot, "project = SUP")

    def test_what_has_arrived_is_found_oldest_first_and_in_its_first_minutes_late(
        self, simulator: Simulator, clock: Clock, bot: Api
    ) -> None:
        jql = "project = 10000 AND issuetype = 10001 AND created >= -5m ORDER BY created ASC"
        clock.advance(600)
        simulator.control.search_lag(30)
        first = simulator.control.create_issue("acme", "SUP", "Task", "It hums", DANA)
        clock.advance(20)
        second = simulator.control.create_issue("acme", "SUP", "Task", "It hums again", BOT)
        assert keys(bot, jql) == []
        clock.advance(10)
        assert keys(bot, jql) == [first]
        clock.advance(20)
        assert keys(bot, jql) == [first, second]
        clock.advance(4 * 60 + 15)
        assert keys(bot, jql) == [second]

    def test_issues_to_reconcile_are_seen_as_they_are(self, simulator: Simulator, bot: Api) -> None:
        simulator.control.search_lag(30)
        created = bot("POST", "/issue", new()).get_json()
        simulator.control.transition("acme", "SUP-1", "In Review", DANA)
        reconciled = [int(created["id"]), 10001]
        assert set(keys(bot, "status in (Open, 'In Review') AND project = SUP", reconcileIssues=reconciled)) == {
            "SUP-1",
            "SUP-2",
            created["key"],
        }

    def test_only_so_many_can_be_reconciled(self, bot: Api) -> None:
        body = {"jql": "project = SUP", "reconcileIssues": list(range(51))}
        assert bot("POST", "/search/jql", body).status_code == 400

    def test_a_lag_into_the_future_is_refused(self, simulator: Simulator) -> None:
        with pytest.raises(ValueError, match="positive"):
            simulator.control.search_lag(-1)


class TestBulkFetch:
    def test_gives_what_is_seen_by_ascending_id(self, bot: Api) -> None:
        wanted = ["10003", "SUP-1", "10001", "99999", "NOPE-1"]
        found = bot("POST", "/issue/bulkfetch", {"issueIdsOrKeys": wanted, "fields": ["status"]}).get_json()
        assert [issue["id"] for issue in found["issues"]] == ["10001", "10003"]
        assert set(found["issues"][0]["fields"]) == {"status"}

    def test_is_fresh_where_a_search_is_not(self, simulator: Simulator, bot: Api) -> None:
        simulator.control.search_lag(30)
        simulator.control.transition("acme", "SUP-1", "In Review", DANA)
        found = bot("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["10001"]}).get_json()["issues"][0]["fields"]
        assert found["status"]["name"] == "In Review"
        assert "summary" in found

    @pytest.mark.parametrize("wanted", [[], [str(number) for number in range(101)]])
    def test_takes_one_to_a_hundred(self, bot: Api, wanted: list[str]) -> None:
        assert bot("POST", "/issue/bulkfetch", {"issueIdsOrKeys": wanted}).status_code == 400

    def test_leaves_hidden_issues_out(self, simulator: Simulator, bot: Api) -> None:
        simulator.control.hide_project("acme", "SUP", BOT)
        answer = bot("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["10001", "WEB-1"]}).get_json()
        assert [issue["key"] for issue in answer["issues"]] == ["WEB-1"]


def test_a_search_can_bring_properties_and_the_changelog(simulator: Simulator, bot: Api) -> None:
    bot("PUT", "/issue/SUP-1/properties/helpdesk", {"ticket": 7})
    simulator.control.edit_issue("acme", "SUP-1", DANA, description="New words", labels=("a",))
    found = search(bot, "text ~ words", fields=["labels"], properties=["helpdesk"], expand="changelog")["issues"][0]
    assert (found["fields"], found["properties"]) == ({"labels": ["a"]}, {"helpdesk": {"ticket": 7}})
    assert found["changelog"]["total"] == 1
    assert bot.get("/issue/SUP-1")["fields"]["description"] != DOCUMENT


def zoned(zone: str) -> World:
    """The demo, where everybody lives in this time zone."""
    world = demo_world()
    return replace(world, accounts=tuple(replace(account, time_zone=zone) for account in world.accounts))
