"""Rate limits: points by the hour, bursts by the second, writes by the issue (facts §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Clock, Simulator, WorldError, demo_world, parse_world
from plugins.jira.simulator.world import Limits
from tests.simulator.driving import BOT, Api, Driver
from tests.simulator.test_issues import move, new
from tests.simulator.test_worlds import changed

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

HALF_PAST = 1_780_000_200.0  # 2026-05-28 20:30:00 UTC


@pytest.fixture
def clock() -> Clock:
    return Clock.stopped(HALF_PAST)


def statuses(api: Api, times: int, method: str, path: str, body: Any = None) -> list[int]:
    return [api(method, path, body).status_code for _ in range(times)]


def reason(answer: TestResponse) -> str:
    return answer.headers["RateLimit-Reason"]


class TestPoints:
    @pytest.mark.parametrize(
        ("method", "path", "body", "points"),
        [
            ("GET", "/issue/SUP-1", None, 2),
            ("GET", "/issue/SUP-99", None, 1),
            ("GET", "/project/search?maxResults=3", None, 4),
            ("GET", "/issue/SUP-1/transitions", None, 3),
            ("GET", "/statuscategory", None, 5),
            ("GET", "/myself", None, 3),
            ("GET", "/mypermissions?permissions=BROWSE_PROJECTS,ADD_COMMENTS", None, 5),
            ("POST", "/search/jql", {"jql": "project = SUP"}, 5),
            ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["SUP-1", "SUP-2"]}, 3),
            ("POST", "/issue", new(), 1),
            ("POST", "/issue/SUP-1/transitions", {"transition": {"id": "61"}}, 1),
            ("PUT", "/issue/SUP-1/properties/x", 1, 1),
            ("DELETE", "/issue/SUP-1", None, 1),
        ],
    )
    def test_a_call_costs(self, simulator: Simulator, bot: Api, method: str, path: str, body: Any, points: int) -> None:
        bot(method, path, body)
        assert simulator.control.points() == points

    def test_when_the_hour_is_used_up_everything_waits_for_the_next(
        self, simulator: Simulator, driver: Driver, clock: Clock, bot: Api
    ) -> None:
        simulator.control.set_limits(points=4)
        assert statuses(bot, 3, "GET", "/issue/SUP-1") == [200, 200, 429]
        answer = bot("POST", "/issue", new())
        assert (answer.status_code, reason(answer)) == (429, "jira-quota-global-based")
        assert answer.headers["Retry-After"] == "1800"
        assert answer.headers["X-RateLimit-Reset"] == "2026-05-28T21:00:00Z"
        assert answer.get_json()["errorMessages"]
        clock.advance(1799)
        assert bot("GET", "/issue/SUP-1").status_code == 429
        clock.advance(1)
        assert bot("GET", "/issue/SUP-1").status_code == 200
        assert simulator.control.points() == 2

    def test_the_app_shares_its_points_over_all_sites(self, simulator: Simulator, driver: Driver, bot: Api) -> None:
        simulator.control.set_limits(points=2)
        bot.get("/issue/SUP-1")
        beta = Api(driver, driver.connect(BOT, sites=("beta",))["access_token"], "beta")
        assert beta("GET", "/issue/OPS-1").status_code == 429

    def test_an_app_of_the_second_tier_has_points_for_each_site(
        self, simulator: Simulator, driver: Driver, bot: Api
    ) -> None:
        simulator.control.set_limits(points=2, points_per="site")
        assert statuses(bot, 2, "GET", "/issue/SUP-1") == [200, 429]
        assert reason(bot("GET", "/issue/SUP-1")) == "jira-quota-tenant-based"
        beta = Api(driver, driver.connect(BOT, sites=("beta",))["access_token"], "beta")
        assert beta("GET", "/issue/OPS-1").status_code == 200
        assert (simulator.control.points("beta"), simulator.control.points()) == (2, 4)

    def test_answers_tell_what_is_left(self, simulator: Simulator, bot: Api) -> None:
        simulator.control.set_limits(points=10)
        first = bot("GET", "/issue/SUP-1").headers
        assert first["RateLimit-Policy"] == '"global-app-quota";q=10;w=3600'
        assert first["RateLimit"] == '"global-app-quota";r=8;t=1800'
        assert "X-RateLimit-NearLimit" not in first
        simulator.control.spend_points("beta", 5)
        assert bot("GET", "/issue/SUP-1").headers["X-RateLimit-NearLimit"] == "true"

    def test_points_are_told_and_spent_over_http(self, driver: Driver, bot: Api) -> None:
        driver.client.post("/_simulator/spend_points", json={"site": "acme", "points": 65_000})
        assert bot("GET", "/issue/SUP-1").status_code == 429
        assert driver.client.get("/_simulator/calls").get_json()["points"] == 65_000


class TestBursts:
    @pytest.mark.parametrize(
        ("method", "path", "body", "most"),
        [
            ("GET", "/issue/SUP-1", None, 150),
            ("GET", "/issue/SUP-1/changelog", None, 200),
            ("GET", "/myself", None, 100),
            ("POST", "/search/jql", {"jql": "key = SUP-1"}, 100),
        ],
    )
    def test_so_many_calls_fit_into_a_second(
        self, clock: Clock, bot: Api, method: str, path: str, body: Any, most: int
    ) -> None:
        found = statuses(bot, most + 1, method, path, body)
        assert (set(found[:-1]), found[-1]) == ({200}, 429)
        answer = bot(method, path, body)
        assert (reason(answer), answer.headers["Retry-After"]) == ("jira-burst-based", "1")
        clock.advance(1)
        assert bot(method, path, body).status_code == 200

    def test_each_endpoint_and_each_site_is_counted_for_itself(
        self, simulator: Simulator, driver: Driver, bot: Api
    ) -> None:
        simulator.control.set_limits(burst_get=1)
        assert statuses(bot, 2, "GET", "/status") == [200, 429]
        assert bot("GET", "/statuscategory").status_code == 200
        beta = Api(driver, driver.connect(BOT, sites=("beta",))["access_token"], "beta")
        assert beta("GET", "/status").status_code == 200

    def test_accounts_share_a_burst(self, simulator: Simulator, bot: Api, dana: Api) -> None:
        simulator.control.set_limits(burst_get=1)
        assert [bot("GET", "/status").status_code, dana("GET", "/status").status_code] == [200, 429]

    def test_a_refused_call_does_nothing_and_costs_nothing(self, simulator: Simulator, bot: Api) -> None:
        simulator.control.set_limits(burst_post=1)
        assert statuses(bot, 2, "POST", "/issue", new()) == [201, 429]
        assert bot("GET", "/issue/SUP-6").status_code == 404
        assert simulator.control.points() == 2


class TestWritesToOneIssue:
    def test_twenty_fit_into_two_seconds(self, clock: Clock, bot: Api) -> None:
        place = "/issue/SUP-1/properties/x"
        found = statuses(bot, 21, "PUT", place, 1)
        assert (set(found[:-1]), found[-1]) == ({201, 200}, 429)
        refused = move(bot, "10001", "61")  # by any name, and whatever is written
        assert (reason(refused), refused.headers["Retry-After"]) == ("jira-per-issue-on-write", "2")
        assert bot("PUT", "/issue/SUP-2/properties/x", 1).status_code == 201
        assert bot("GET", place).status_code == 200
        clock.advance(2)
        assert bot("PUT", place, 1).status_code == 200

    def test_a_hundred_fit_into_thirty_seconds(self, clock: Clock, bot: Api) -> None:
        for _ in range(5):
            assert 429 not in statuses(bot, 20, "PUT", "/issue/SUP-1/properties/x", 1)
            clock.advance(2)
        answer = bot("PUT", "/issue/SUP-1/properties/x", 1)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "20")
        clock.advance(20)
        assert bot("PUT", "/issue/SUP-1/properties/x", 1).status_code == 200


def test_a_refusal_may_be_a_page(simulator: Simulator, bot: Api) -> None:
    simulator.control.set_limits(points=0, html=True)
    answer = bot("GET", "/status")
    assert (answer.status_code, answer.mimetype) == (429, "text/html")
    assert "Retry-After" in answer.headers


def test_limits_can_be_switched_off(simulator: Simulator, bot: Api) -> None:
    simulator.control.set_limits(burst_get=None, points=None)
    assert set(statuses(bot, 101, "GET", "/statuscategory")) == {200}
    assert "RateLimit" not in bot("GET", "/statuscategory").headers


def test_only_known_limits_can_be_set(driver: Driver) -> None:
    assert driver.client.post("/_simulator/set_limits", json={"speed": 1}).status_code == 400


def test_a_world_tells_its_limits() -> None:
    assert demo_world().limits == Limits()
    assert parse_world(changed("limits", "none")).limits == Limits.none()
    told = parse_world(changed("limits", {"points": 100, "points_per": "site", "html": True})).limits
    assert (told.points, told.points_per, told.html, told.burst_get) == (100, "site", True, 100)
    for wrong in ({"speed": 1}, {"points": "many"}, {"points_per": "day"}, "few"):
        with pytest.raises(WorldError, match="limits"):
            parse_world(changed("limits", wrong))
