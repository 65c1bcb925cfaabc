"""Projects, statuses and issue types as an account sees them (facts §2.1-2.5)."""

from __future__ import annotations

import pytest

from plugins.jira.simulator import Simulator, large_world
from tests.simulator.driving import BOT, Api, Driver


def keys(api: Api, query: str = "") -> list[str]:
    return [project["key"] for project in api.get(f"/project/search?{query}")["values"]]


def test_lists_live_projects_by_key(dana: Api) -> None:
    assert keys(dana) == ["FAC", "HR", "MOB", "PLAT", "SUP", "WEB"]


def test_hides_what_the_account_may_not_browse(bot: Api) -> None:
    assert "HR" not in keys(bot)
    for path in ("/project/HR", "/project/HR/statuses", "/project/NOPE"):
        key = path.split("/")[2]
        answer = bot("GET", path)
        assert answer.status_code == 404
        assert answer.get_json() == {
            "errorMessages": [f"No project could be found with key '{key}'."],
            "errors": {},
        }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("query=mob", ["MOB"]),
        ("query=website", ["WEB"]),
        ("keys=SUP&keys=WEB", ["SUP", "WEB"]),
        ("id=10000", ["SUP"]),
        ("status=archived", ["OLD"]),
        ("status=archived&status=live&query=int", ["OLD"]),
        ("typeKey=business", ["FAC", "HR"]),
        ("orderBy=-key", ["WEB", "SUP", "PLAT", "MOB", "HR", "FAC"]),
        ("orderBy=name", ["SUP", "FAC", "MOB", "HR", "PLAT", "WEB"]),
        ("orderBy=owner&maxResults=1", ["FAC"]),
        ("action=edit", ["FAC", "HR", "MOB", "PLAT", "SUP", "WEB"]),
    ],
)
def test_filters_and_orders(dana: Api, query: str, expected: list[str]) -> None:
    assert keys(dana, query) == expected


def test_action_asks_for_the_permission(bot: Api) -> None:
    assert keys(bot, "action=edit") == []
    assert "SUP" in keys(bot, "action=create")


@pytest.mark.parametrize("query", ["orderBy=colour", "action=fly"])
def test_refuses_unknown_orders_and_actions(dana: Api, query: str) -> None:
    answer = dana("GET", f"/project/search?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["errorMessages"]


def test_pages_until_the_last(dana: Api) -> None:
    first = dana.get("/project/search?maxResults=4")
    assert (first["startAt"], first["maxResults"], first["total"], first["isLast"]) == (
        *(0, 4, 6),
        False,
    )
    assert first["self"].startswith("https://api.atlassian.com/ex/jira/")
    assert first["nextPage"].startswith("https://api.atlassian.com/ex/jira/")
    last = dana.get("/project/search?maxResults=4&startAt=4")
    assert (last["isLast"], len(last["values"])) == (True, 2)
    assert "nextPage" not in last


def test_a_page_holds_a_hundred_at_most() -> None:
    driver = Driver(Simulator(large_world(projects=120, statuses=500)))
    api = Api(driver, driver.connect(sites=("large",))["access_token"], "large")
    page = api.get("/project/search?maxResults=500")
    assert (page["maxResults"], len(page["values"]), page["isLast"]) == (100, 100, False)


def test_kinds_of_projects(dana: Api) -> None:
    found = {project["key"]: project for project in dana.get("/project/search")["values"]}
    assert (found["SUP"]["style"], found["SUP"]["simplified"]) == ("classic", False)
    assert (found["WEB"]["style"], found["WEB"]["simplified"]) == ("next-gen", True)
    assert found["FAC"]["projectTypeKey"] == "business"
    archived = dana.get("/project/search?status=archived")["values"]
    assert archived[0]["archived"] is True


def test_expand_adds_description_lead_and_issue_types(dana: Api) -> None:
    page = dana.get("/project/search?keys=SUP&expand=description,lead,issueTypes")
    found = page["values"][0]
    assert found["description"] == "What customers report"
    assert found["lead"]["displayName"] == "Dana Admin"
    assert [kind["name"] for kind in found["issueTypes"]] == ["Task", "Bug"]
    assert dana.get("/project/SUP")["issueTypes"] == found["issueTypes"]


def test_statuses_of_a_project_are_grouped_by_issue_type(dana: Api) -> None:
    groups = dana.get("/project/PLAT/statuses")
    assert [group["name"] for group in groups] == ["Task", "Bug", "Subtask"]
    assert [group["subtask"] for group in groups] == [False, False, True]
    assert groups[0]["statuses"][0]["name"] == "Backlog"
    assert groups[1]["statuses"][0]["name"] == "Open"


def test_company_managed_projects_share_statuses(dana: Api) -> None:
    def ids(key: str) -> set[str]:
        groups = dana.get(f"/project/{key}/statuses")
        return {status["id"] for group in groups for status in group["statuses"]}

    assert "3" in ids("SUP") & ids("PLAT")
    assert ids("WEB").isdisjoint(ids("MOB"))
    assert all("scope" not in s for s in dana.get("/project/SUP/statuses")[0]["statuses"])


def test_team_managed_statuses_carry_their_project(dana: Api) -> None:
    web = dana.get("/project/WEB")
    for status in dana.get("/project/WEB/statuses")[0]["statuses"]:
        assert status["scope"] == {"type": "PROJECT", "project": {"id": web["id"]}}


def test_status_lists_each_once_and_scoped_ones_where_seen(driver: Driver, dana: Api) -> None:
    ids = [status["id"] for status in dana.get("/status")]
    assert len(ids) == len(set(ids))
    mobile = {s["id"] for s in dana.get("/project/MOB/statuses")[0]["statuses"]}
    assert mobile <= set(ids)
    driver.simulator.control.hide_project("acme", "MOB", BOT)
    bot = Api(driver, driver.connect(BOT)["access_token"])
    assert mobile.isdisjoint({status["id"] for status in bot.get("/status")})


def test_one_status_by_id_or_first_of_its_name(dana: Api) -> None:
    assert dana.get("/status/10100")["name"] == "In Analysis"
    assert dana.get("/status/in progress")["id"] == "3"
    assert dana("GET", "/status/nothing").status_code == 404


def test_the_four_categories(dana: Api) -> None:
    found = {(each["id"], each["key"]) for each in dana.get("/statuscategory")}
    assert found == {(1, "undefined"), (2, "new"), (4, "indeterminate"), (3, "done")}


def test_issue_types_of_the_site_and_of_a_project(dana: Api) -> None:
    names = [kind["name"] for kind in dana.get("/issuetype")]
    assert names.count("Task") == 4  # one shared, one for each team-managed project
    web = dana.get("/project/WEB")["id"]
    kinds = dana.get(f"/issuetype/project?projectId={web}")
    assert [kind["scope"]["project"]["id"] for kind in kinds] == [web, web]
    assert dana("GET", "/issuetype/project?projectId=1").status_code == 404
