"""Projects that an administrator creates and deletes, and types of issues that a project gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator
from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.state import UnknownNameError
from tests.simulator.create_fields import world_with
from tests.simulator.delivering import create, listen, settle
from tests.simulator.driving import BOT, DANA, Api, Driver
from tests.simulator.test_control import act

if TYPE_CHECKING:
    from plugins.jira.simulator import Clock
    from tests.simulator.receiving import Receiver


def keys(api: Api) -> list[str]:
    return [project["key"] for project in api.get("/project/search")["values"]]


def found(api: Api, jql: str) -> list[str]:
    answer = api("POST", "/search/jql", {"jql": jql, "fields": ["*all"]})
    assert answer.status_code == 200, answer.text
    return sorted(issue["key"] for issue in answer.get_json()["issues"])


def test_a_deleted_project_is_gone_with_its_issues(driver: Driver, dana: Api) -> None:
    assert act(driver, "delete_project", site="acme", key="SUP") == 200
    assert "SUP" not in keys(dana)
    for path in ("/project/SUP", "/project/10000", "/project/SUP/statuses", "/issue/SUP-1", "/issue/10001"):
        assert dana("GET", path).status_code == 404, path
    assert dana("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["SUP-1", "PLAT-1"]}).get_json()["issues"]
    assert not [key for key in found(dana, "created >= -15m") if key.startswith("SUP-")]
    assert dana("POST", "/search/jql", {"jql": "project = SUP"}).status_code == 400
    assert dana("GET", "/data-policy/project?ids=10000").status_code == 400
    assert driver.browser.get("/sites/acme/boards/SUP").status_code == 404
    assert "Customer Support" not in driver.browser.get("/sites/acme").text


def test_no_webhook_hears_of_a_deleted_project(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    simulator.control.delete_project("acme", "SUP")
    settle(simulator)
    assert there.arrivals == []


def test_a_search_that_lags_does_not_find_a_deleted_project(simulator: Simulator, dana: Api, clock: Clock) -> None:
    simulator.control.search_lag(60)
    simulator.control.move_issue("acme", "SUP-1", DANA, project="PLAT")
    simulator.control.delete_project("acme", "SUP")
    assert found(dana, "issuetype = Bug") == ["MOB-1", "PLAT-2"], (
        "what was in SUP is not found before it is indexed anew"
    )
    assert dana.get("/issue/SUP-1")["key"] == "PLAT-3", "and who was moved out of it in time still goes by the old key"
    clock.advance(61)
    assert found(dana, "issuetype = Bug") == ["MOB-1", "PLAT-2", "PLAT-3"]


def test_a_project_of_the_same_key_is_another_one(driver: Driver, simulator: Simulator, bot: Api) -> None:
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS"], "OLD")
    simulator.control.block_app("acme", "OLD")
    simulator.control.delete_project("acme", "OLD")
    arguments = {"site": "acme", "key": "OLD", "name": "Old again", "like": "SUP"}
    made = driver.client.post("/_simulator/create_project", json=arguments).get_json()
    assert made == {"done": "create_project", "made": "10007"}, "10006 was the one that is gone"
    assert bot.get("/project/OLD")["id"] == "10007"
    assert bot.get("/data-policy") == {"anyContentBlocked": False}
    permissions = bot.get("/mypermissions?permissions=CREATE_ISSUES&projectKey=OLD")["permissions"]
    assert permissions["CREATE_ISSUES"]["havePermission"]


def test_a_new_project_has_the_types_workflows_and_components_of_another(simulator: Simulator, bot: Api) -> None:
    assert simulator.control.create_project("acme", "NEW", "New support", "SUP") == "10007"
    old, new = bot.get("/project/SUP"), bot.get("/project/NEW")
    assert (new["name"], new["style"], new["simplified"]) == ("New support", "classic", False)
    assert [kind["id"] for kind in new["issueTypes"]] == [kind["id"] for kind in old["issueTypes"]]
    assert bot.get("/project/NEW/statuses") == bot.get("/project/SUP/statuses")
    assert [each["name"] for each in new["components"]] == [each["name"] for each in old["components"]]
    assert not {each["id"] for each in new["components"]} & {each["id"] for each in old["components"]}
    assert create(bot, "NEW") == "NEW-1"
    assert found(bot, "project = NEW") == ["NEW-1"]


def test_a_hidden_project_can_be_the_pattern_of_one_that_all_see(simulator: Simulator, bot: Api) -> None:
    simulator.control.create_project("acme", "OPEN", "Open to all", "HR")
    assert "OPEN" in keys(bot)
    assert "HR" not in keys(bot)


def test_a_default_component_is_the_new_projects_own() -> None:
    driver = Driver(Simulator(world_with(components={"required": True, "default": ["Shop"]})))
    api = Api(driver, driver.connect()["access_token"])
    driver.simulator.control.create_project("acme", "NEW", "New support", "SUP")
    own = {each["id"] for each in api.get("/project/NEW/components")}
    shown: list[dict[str, Any]] = api.get(f"/issue/{create(api, 'NEW')}")["fields"]["components"]
    assert [each["name"] for each in shown] == ["Shop"]
    assert {each["id"] for each in shown} <= own


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"key": "new"}, "no project key"),
        ({"key": "N"}, "no project key"),
        ({"key": "SUP"}, "already"),
        ({"name": "platform"}, "no other project"),
        ({"name": " "}, "no other project"),
        ({"like": "WEB"}, "team-managed"),
        ({"like": "NOPE"}, "no project"),
        ({"site": "nowhere"}, "no site"),
    ],
)
def test_mistakes_about_a_new_project_are_named(driver: Driver, changed: dict[str, str], words: str) -> None:
    right = {"site": "acme", "key": "NEW", "name": "New support", "like": "SUP"}
    answer = driver.client.post("/_simulator/create_project", json=right | changed)
    assert answer.status_code == 400
    assert words in answer.get_json()["error"]


def test_a_type_is_taken_out_of_one_project(driver: Driver, simulator: Simulator, dana: Api) -> None:
    assert act(driver, "remove_issue_type", site="acme", project="PLAT", issue_type="Subtask") == 200
    assert [kind["name"] for kind in dana.get("/project/PLAT")["issueTypes"]] == ["Task", "Bug"]
    assert [kind["name"] for kind in dana.get("/project/PLAT/statuses")] == ["Task", "Bug"]
    simulator.control.create_project("acme", "NEW", "New support", "SUP")
    simulator.control.remove_issue_type("acme", "NEW", "10001")
    fields = {"project": {"key": "NEW"}, "issuetype": {"id": "10001"}, "summary": "It hums"}
    refused = dana("POST", "/issue", {"fields": fields})
    assert refused.get_json()["errors"] == {"issuetype": "Specify a valid issue type"}
    assert create(dana, "SUP", "10001"), "other projects keep the type"
    types = [kind["id"] for kind in dana.get("/issue/createmeta/NEW/issuetypes")["issueTypes"]]
    assert types == ["10002"]


def test_a_type_with_issues_stays(simulator: Simulator, dana: Api, clock: Clock) -> None:
    simulator.control.search_lag(60)
    with pytest.raises(ChangeError, match="SUP has 1 issues of the type Task: move or delete them before"):
        simulator.control.remove_issue_type("acme", "SUP", "Task")
    simulator.control.move_issue("acme", "SUP-2", DANA, issue_type="Bug")
    simulator.control.remove_issue_type("acme", "SUP", "Task")
    assert "SUP-2" not in found(dana, "project = SUP"), "what the search knew of it is no more"
    clock.advance(61)
    assert "SUP-2" in found(dana, "project = SUP")
    for issue in found(dana, "project = SUP"):
        simulator.control.delete_issue("acme", issue, DANA)
    with pytest.raises(ChangeError, match="the only issue type"):
        simulator.control.remove_issue_type("acme", "SUP", "Bug")


def test_mistakes_are_named(driver: Driver, simulator: Simulator) -> None:
    assert act(driver, "delete_project", site="acme", key="NOPE") == 400
    assert act(driver, "delete_project", site="acme") == 400
    assert act(driver, "remove_issue_type", site="acme", project="NOPE", issue_type="Bug") == 400
    with pytest.raises(UnknownNameError, match='no project "NOPE"'):
        simulator.control.delete_project("acme", "NOPE")
    with pytest.raises(ChangeError, match="write one of Task, Bug"):
        simulator.control.remove_issue_type("acme", "SUP", "Epic")
