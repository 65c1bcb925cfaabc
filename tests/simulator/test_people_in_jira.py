"""What people do in Jira itself, past the REST API: moves, edits, deletions, projects and types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator
from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.state import UnknownNameError
from tests.simulator.commenting import document, listed, service_world, text_of
from tests.simulator.driving import BOT, DANA, Api, Driver

if TYPE_CHECKING:
    from plugins.jira.simulator import Clock


def act(driver: Driver, action: str, **arguments: Any) -> int:
    return driver.client.post(f"/_simulator/{action}", json={"site": "acme", **arguments}).status_code


def test_a_person_moves_an_issue_as_an_app_would(driver: Driver, clock: Clock, bot: Api) -> None:
    clock.advance(60)
    arguments = {"issue": "SUP-1", "status": "Closed", "account": DANA}
    assert act(driver, "transition", **arguments) == 200
    issue = bot.get("/issue/SUP-1?expand=changelog")
    assert (issue["fields"]["status"]["name"], issue["fields"]["resolution"]["name"]) == ("Closed", "Done")
    assert issue["fields"]["updated"] > issue["fields"]["created"]
    entry = issue["changelog"]["histories"][0]
    assert entry["author"]["displayName"] == "Dana Admin"
    assert [(item["field"], item["from"], item["to"]) for item in entry["items"]] == [
        ("resolution", None, "10000"),
        ("status", "3", "6"),
    ]


def test_an_edit_takes_plain_words(driver: Driver, bot: Api) -> None:
    arguments = {"summary": "New", "description": "Plain words", "labels": ["a"]}
    assert act(driver, "edit_issue", issue="SUP-1", account=DANA, **arguments) == 200
    fields = bot.get("/issue/SUP-1")["fields"]
    assert (fields["summary"], fields["labels"], fields["description"]["type"]) == ("New", ["a"], "doc")


def test_a_moved_issue_keeps_its_id_and_its_old_key_leads_to_it(driver: Driver, bot: Api) -> None:
    arguments = {"issue": "SUP-1", "project": "WEB", "issue_type": "Story", "account": DANA}
    assert act(driver, "move_issue", **arguments) == 200
    moved = bot.get("/issue/SUP-1?expand=changelog")
    assert (moved["id"], moved["key"]) == ("10001", "WEB-3")
    assert moved["fields"]["project"]["key"] == "WEB"
    assert moved["fields"]["issuetype"]["name"] == "Story"
    assert moved["fields"]["status"]["id"] == "10300"
    items = moved["changelog"]["histories"][0]["items"]
    assert [item["field"] for item in items] == ["Key", "project", "issuetype", "status"]
    assert (items[0]["fromString"], items[0]["toString"]) == ("SUP-1", "WEB-3")
    search = bot("POST", "/search/jql", {"jql": "project = WEB", "fields": ["key"]}).get_json()
    assert "WEB-3" in [issue["key"] for issue in search["issues"]]


def test_a_changed_type_keeps_what_fits(simulator: Simulator, bot: Api) -> None:
    simulator.control.move_issue("acme", "SUP-1", DANA, issue_type="Task")
    fields = bot.get("/issue/SUP-1?fields=status,issuetype,project")["fields"]
    assert (fields["issuetype"]["name"], fields["status"]["name"]) == ("Task", "In Progress")
    simulator.control.move_issue("acme", "SUP-1", DANA, project="PLAT", issue_type="Bug", status="Closed")
    assert bot.get("/issue/10001")["fields"]["status"]["name"] == "Closed"


def test_a_person_creates_an_issue_with_fields(driver: Driver, bot: Api) -> None:
    arguments = {"project": "SUP", "issue_type": "Task", "summary": "It hums", "account": DANA}
    answer = driver.client.post(
        "/_simulator/create_issue",
        json={"site": "acme", **arguments, "description": "Loud.", "components": [{"name": "Shop"}]},
    )
    fields = bot.get(f"/issue/{answer.get_json()['made']}")["fields"]
    assert (fields["summary"], fields["creator"]["displayName"]) == ("It hums", "Dana Admin")
    assert ([each["name"] for each in fields["components"]], fields["priority"]["name"]) == (["Shop"], "Medium")
    assert fields["description"]["type"] == "doc"
    assert act(driver, "create_issue", **arguments, components=[{"name": "Kitchen"}]) == 400


def test_a_person_comments_edits_and_deletes(driver: Driver, clock: Clock, bot: Api) -> None:
    clock.advance(60)
    answer = driver.client.post(
        "/_simulator/comment", json={"site": "acme", "issue": "SUP-1", "account": DANA, "text": "It hums."}
    )
    number = answer.get_json()["made"]
    found = bot.get(f"/issue/SUP-1/comment/{number}")
    assert (text_of(found), found["author"]["displayName"]) == ("It hums.", "Dana Admin")
    assert bot.get("/issue/SUP-1")["fields"]["updated"] == found["created"]
    assert act(driver, "edit_comment", comment=number, account=BOT, text=document("It roars.")) == 200
    found = bot.get(f"/issue/SUP-1/comment/{number}")
    assert (text_of(found), found["updateAuthor"]["displayName"]) == ("It roars.", "Helpdesk Bot")
    assert act(driver, "delete_comment", comment=number, account=DANA) == 200
    assert bot("GET", f"/issue/SUP-1/comment/{number}").status_code == 404


def test_a_person_comments_for_some(bot: Api, dana: Api, simulator: Simulator) -> None:
    restricted = {"type": "role", "value": "Administrator"}
    simulator.control.comment("acme", "SUP-1", BOT, "Costs.", visibility=restricted)
    assert listed(bot) == []
    assert listed(dana)[0]["visibility"]["value"] == "Administrator"
    served = Driver(Simulator(service_world()))
    served.simulator.control.comment("acme", "SUP-1", DANA, "Between us.", internal=True)
    assert listed(Api(served, served.connect()["access_token"]))[0]["jsdPublic"] is False


def test_a_deleted_issue_is_gone(driver: Driver, bot: Api) -> None:
    assert act(driver, "delete_issue", issue="SUP-1", account=DANA) == 200
    assert bot("GET", "/issue/10001").status_code == 404


def test_issue_linking_and_permissions_are_switched(driver: Driver, bot: Api) -> None:
    assert act(driver, "switch_issue_linking", on=False) == 200
    assert bot("GET", "/issue/SUP-1/remotelink").status_code == 403
    assert act(driver, "set_permissions", account=BOT, permissions=["BROWSE_PROJECTS"], project="SUP") == 200
    assert bot.get("/issue/SUP-1/transitions")["transitions"] == []
    assert bot.get("/issue/WEB-1/transitions")["transitions"] != []
    assert act(driver, "set_permissions", account=BOT, permissions=["BROWSE_PROJECTS"]) == 200
    assert bot.get("/issue/WEB-1/transitions")["transitions"] == []


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("transition", {"issue": "SUP-99", "status": "Closed", "account": DANA}),
        ("transition", {"issue": "SUP-1", "status": "Nowhere", "account": DANA}),
        ("transition", {"issue": "SUP-1", "status": "Closed", "account": "who@acme.example"}),
        ("edit_issue", {"issue": "SUP-1", "account": DANA, "status": "3"}),
        ("comment", {"issue": "SUP-99", "account": DANA, "text": "x"}),
        ("comment", {"issue": "SUP-1", "account": DANA, "text": 7}),
        ("comment", {"issue": "SUP-1", "account": DANA, "text": "x", "visibility": "all"}),
        ("edit_comment", {"comment": "1", "account": DANA, "text": "x"}),
        ("delete_comment", {"comment": "1", "account": DANA}),
        ("create_issue", {"project": "NOPE", "issue_type": "Task", "summary": "x", "account": DANA}),
        ("create_issue", {"project": "HR", "issue_type": "Task", "summary": "x", "account": BOT}),
        ("move_issue", {"issue": "SUP-1", "account": DANA, "project": "NOPE"}),
        ("move_issue", {"issue": "SUP-1", "account": DANA, "project": "FAC"}),
        ("set_permissions", {"account": BOT, "permissions": ["FLY"]}),
        ("set_permissions", {"account": BOT, "permissions": [], "project": "NOPE"}),
        ("set_permissions", {"account": "sam@elsewhere.example", "permissions": []}),
    ],
)
def test_mistakes_are_named(driver: Driver, action: str, arguments: dict[str, Any]) -> None:
    assert act(driver, action, **arguments) == 400


def test_the_known_names_are_told(simulator: Simulator) -> None:
    with pytest.raises(ChangeError, match="Open, In Analysis"):
        simulator.control.transition("acme", "SUP-1", "Nowhere", DANA)
    with pytest.raises(UnknownNameError, match="SUP-99"):
        simulator.control.delete_issue("acme", "SUP-99", DANA)
