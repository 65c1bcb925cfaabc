"""Who can be given an issue of a project: asked for by project or issue, found by name (facts §1.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.simulator.driving import BOT, DANA, Api, Driver

if TYPE_CHECKING:
    from plugins.jira.simulator import Simulator

SEARCH = "/user/assignable/search"


def names(api: Api, query: str) -> list[str]:
    return [each["displayName"] for each in api.get(f"{SEARCH}?{query}")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("project=SUP&query=", ["Helpdesk Bot", "Dana Admin"]),
        ("project=10000&query=DA", ["Dana Admin"]),
        ("issueKey=SUP-1&query=admin", ["Dana Admin"]),
        ("issueId=10001&query=helpdesk-bot@", ["Helpdesk Bot"]),
        ("project=SUP&query=sam", []),
        ("project=HR&query=", ["Dana Admin"]),
        ("project=SUP&query=&maxResults=1", ["Helpdesk Bot"]),
        ("project=SUP&query=&startAt=1", ["Dana Admin"]),
    ],
)
def test_finds_those_who_see_the_project(dana: Api, query: str, found: list[str]) -> None:
    assert names(dana, query) == found


def test_finds_an_account_by_its_id(simulator: Simulator, bot: Api) -> None:
    account = simulator.state.account(DANA).id
    assert names(bot, f"project=SUP&accountId={account}") == ["Dana Admin"]
    assert names(bot, f"project=SUP&accountId={account[:5]}") == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("project=SUP", 400),
        ("project=SUP&query=a&accountId=b", 400),
        ("query=a", 400),
        ("project=HR&query=", 404),
        ("issueKey=SUP-99&query=", 404),
    ],
)
def test_refuses_what_names_no_place_or_nobody(bot: Api, query: str, status: int) -> None:
    answer = bot("GET", f"{SEARCH}?{query}")
    assert answer.status_code == status
    assert answer.get_json()["errorMessages"]


def test_a_deactivated_account_is_given_nothing(simulator: Simulator, dana: Api) -> None:
    simulator.control.set_active(BOT, active=False)
    assert names(dana, "project=SUP&query=") == ["Dana Admin"]


def test_who_may_not_assign_finds_nobody(simulator: Simulator, bot: Api) -> None:
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS"])
    assert names(bot, "project=SUP&query=") == []


def test_it_needs_a_scope_of_its_own(driver: Driver) -> None:
    api = Api(driver, driver.connect(scopes=["read:jira-work"])["access_token"])
    assert api("GET", f"{SEARCH}?project=SUP&query=").status_code == 401


def test_components_of_a_project_are_listed(bot: Api) -> None:
    found = bot.get("/project/SUP/components")
    assert [each["name"] for each in found] == ["Shop", "Billing", "Customer accounts"]
    assert len({each["id"] for each in found}) == 3
    assert bot.get("/project/WEB/components") == []
    assert bot("GET", "/project/HR/components").status_code == 404
