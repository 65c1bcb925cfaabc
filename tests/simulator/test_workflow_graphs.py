"""Reading the graph of workflows, as an administrator's app may (facts §2.12)."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.jira.simulator import Simulator, world_from_workflow
from tests.simulator.driving import ALL_SCOPES, BOT, DANA, Api, Driver

PAIR = {"projectAndIssueTypes": [{"projectId": "10000", "issueTypeId": "10002"}]}
EDGES: dict[str, Any] = {
    "name": "Edges",
    "statuses": [
        {"id": "1", "name": "Open", "category": "new"},
        {"id": "2", "name": "Odd", "category": None},
    ],
    "initial": "1",
    "transitions": [
        {"id": "1", "name": "There", "from": ["1"], "to": "2", "conditions": [{"permission": "CLOSE_ISSUES"}]},
        {"id": "2", "name": "Anywhere", "from": "any", "to": "1", "screen": True, "required_fields": ["comment"]},
        {"id": "3", "name": "Loop", "from": ["2"], "to": "2", "validators": [{"permission": "EDIT_ISSUES"}]},
    ],
}


def workflow_of(api: Api, project: str, issue_type: str) -> dict[str, Any]:
    body = {"projectAndIssueTypes": [{"projectId": project, "issueTypeId": issue_type}]}
    found = api("POST", "/workflows", body).get_json()["workflows"]
    assert len(found) == 1
    one: dict[str, Any] = found[0]
    return one


def test_the_whole_graph_of_a_project_and_type_is_read(dana: Api) -> None:
    answer = dana("POST", "/workflows", PAIR).get_json()
    workflow = answer["workflows"][0]
    categories = {status["name"]: status["statusCategory"] for status in answer["statuses"]}
    assert categories["In Progress"] == "IN_PROGRESS"
    assert categories["Closed"] == "DONE"
    initial, first = workflow["transitions"][:2]
    assert (initial["type"], initial["toStatusReference"]) == ("INITIAL", "1")
    assert (first["id"], first["type"], first["toStatusReference"]) == ("11", "DIRECTED", "10100")
    assert [link["fromStatusReference"] for link in first["links"]] == ["1", "4"]


def test_a_graph_says_what_its_moves_demand() -> None:
    driver = Driver(Simulator(world_from_workflow(EDGES)))
    site = driver.state.sites[next(iter(driver.state.sites))].site
    driver.simulator.control.set_permissions(site.name, DANA, ["ADMINISTER", "BROWSE_PROJECTS"])
    api = Api(driver, driver.connect(DANA, sites=("real",))["access_token"], "real")
    workflow = workflow_of(api, "10000", "10001")
    initial, there, anywhere, loop = workflow["transitions"]
    assert initial["id"] not in {"1", "2", "3"}
    assert there["conditions"]["conditions"][0]["parameters"] == {"permissionKeys": "CLOSE_ISSUES"}
    assert (anywhere["type"], anywhere["links"]) == ("GLOBAL", [])
    assert anywhere["validators"][0]["parameters"]["fieldsRequired"] == "comment"
    assert anywhere["transitionScreen"]["ruleKey"] == "system:transition-screen"
    assert loop["validators"][0]["parameters"] == {"permissionKey": "EDIT_ISSUES"}


def test_a_search_is_paged_filtered_and_expanded(dana: Api) -> None:
    page = dana.get("/workflows/search?maxResults=2")
    assert (len(page["values"]), page["isLast"]) == (2, False)
    assert "transitions" not in page["values"][0]
    expanded = dana.get("/workflows/search?expand=values.transitions&projectId=10002")
    assert [workflow["scope"] for workflow in expanded["values"]] == [{"type": "PROJECT", "project": {"id": "10002"}}]
    assert expanded["values"][0]["transitions"]
    scopes = {each["scope"]["type"] for each in dana.get("/workflows/search?scope=GLOBAL")["values"]}
    assert scopes == {"GLOBAL"}
    named = dana.get("/workflows/search?queryString=service")["values"]
    assert [each["name"] for each in named] == ["Acme service workflow"]
    assert dana.get("/workflows/search?isActive=false")["values"] == []
    names = [each["name"].lower() for each in dana.get("/workflows/search?orderBy=-name")["values"]]
    assert names == sorted(names, reverse=True)


def test_workflows_are_found_by_name_and_by_id_too(dana: Api) -> None:
    one = workflow_of(dana, "10000", "10001")
    for body in ({"workflowIds": [one["id"]]}, {"workflowNames": [one["name"]]}):
        assert dana("POST", "/workflows", body).get_json()["workflows"] == [one]
    assert dana("POST", "/workflows", {"workflowNames": ["x"]}).get_json() == {"workflows": [], "statuses": []}


def test_schemes_map_types_to_workflows_of_classic_projects(dana: Api) -> None:
    found = dana.get("/workflowscheme/project?projectId=10001&projectId=10002")["values"]
    assert [each["projectIds"] for each in found] == [["10001"]]
    mapping = found[0]["workflowScheme"]["issueTypeMappings"]
    assert mapping["10002"] == "Acme service workflow"
    assert dana("GET", "/workflowscheme/project").status_code == 400


def test_a_member_reads_no_graph(bot: Api) -> None:
    assert bot("GET", "/workflows/search").status_code == 401
    assert bot("POST", "/workflows", PAIR).status_code == 401
    assert "errorMessages" in bot("POST", "/workflows", PAIR).get_json()
    assert bot("GET", "/workflowscheme/project?projectId=10000").status_code == 403


def test_a_projects_administrator_reads_that_projects_own_workflow(simulator: Simulator, bot: Api) -> None:
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS", "ADMINISTER_PROJECTS"], "WEB")
    assert len(bot.get("/workflows/search")["values"]) == 1
    assert workflow_of(bot, "10002", "10010")["scope"]["type"] == "PROJECT"
    assert bot("POST", "/workflows", PAIR).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("GET", "/workflows/search"), ("POST", "/workflows")])
def test_without_the_scope_the_gateway_refuses(driver: Driver, method: str, path: str) -> None:
    scopes = [scope for scope in ALL_SCOPES if scope != "manage:jira-configuration"]
    api = Api(driver, driver.connect(DANA, scopes=scopes)["access_token"])
    answer = api(method, path, PAIR if method == "POST" else None)
    assert (answer.status_code, answer.get_json()) == (
        401,
        {"code": 401, "message": "Unauthorized; scope does not match"},
    )
