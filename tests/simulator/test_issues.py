"""Creating, reading and moving issues (facts §2.6, §2.7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, demo_world, world_from_workflow
from plugins.jira.simulator.world import MEMBER_PERMISSIONS
from tests.simulator.commenting import document
from tests.simulator.driving import Api, Driver

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

DOCUMENT = {"type": "doc", "version": 1, "content": []}


def new(**fields: Any) -> dict[str, Any]:
    known = {"project": {"key": "SUP"}, "issuetype": {"id": "10001"}, "summary": "It broke"}
    return {"fields": {name: value for name, value in (known | fields).items() if value != ""}}


def move(api: Api, key: str, transition: str, **body: Any) -> TestResponse:
    return api("POST", f"/issue/{key}/transitions", {"transition": {"id": transition}, **body})


def status(api: Api, key: str) -> str:
    return str(api.get(f"/issue/{key}?fields=status")["fields"]["status"]["name"])


def test_a_new_issue_stands_in_the_initial_status(bot: Api) -> None:
    answer = bot("POST", "/issue", new(description=DOCUMENT, labels=["from-helpdesk"]))
    assert answer.status_code == 201
    created = answer.get_json()
    fields = bot.get(f"/issue/{created['id']}")["fields"]
    assert fields["status"]["name"] == "Open"
    assert fields["description"] == DOCUMENT
    assert fields["labels"] == ["from-helpdesk"]
    assert fields["reporter"]["displayName"] == "Helpdesk Bot"
    assert bot.get(f"/issue/{created['key'].lower()}")["id"] == created["id"]


def test_properties_sent_with_the_creation_are_read_back(bot: Api) -> None:
    body = new() | {"properties": [{"key": "helpdesk", "value": {"ticket": 7}}]}
    key = bot("POST", "/issue", body).get_json()["key"]
    assert bot.get(f"/issue/{key}?properties=helpdesk")["properties"] == {"helpdesk": {"ticket": 7}}


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"project": ""}, {"project": "Specify a valid project ID or key"}),
        ({"project": {"key": "HR"}}, {"project": "Specify a valid project ID or key"}),
        ({"issuetype": ""}, {"issuetype": "Specify an issue type"}),
        ({"issuetype": {"id": "1"}}, {"issuetype": "Specify a valid issue type"}),
        ({"summary": ""}, {"summary": "You must specify a summary of the issue."}),
        (
            {"status": {"id": "3"}},
            {"status": "Field 'status' cannot be set. It is not on the appropriate screen, or unknown."},
        ),
    ],
)
def test_refuses_to_create(bot: Api, fields: dict[str, Any], errors: dict[str, str]) -> None:
    answer = bot("POST", "/issue", new(**fields))
    assert (answer.status_code, answer.get_json()) == (400, {"errorMessages": [], "errors": errors})


def test_a_description_must_be_a_document(bot: Api) -> None:
    answer = bot("POST", "/issue", new(description="plain text"))
    assert "Atlassian Document" in answer.get_json()["errors"]["description"]


def test_only_json_objects_are_read(driver: Driver, bot: Api) -> None:
    assert bot("POST", "/issue", [1]).status_code == 400
    assert bot("POST", "/issue").status_code == 415


@pytest.mark.parametrize("path", ["/issue/SUP-99", "/issue/12345", "/issue/SUP-99/transitions"])
def test_an_unknown_or_hidden_issue_is_a_404(bot: Api, path: str) -> None:
    answer = bot("GET", path)
    assert answer.status_code == 404
    assert answer.get_json() == {
        "errorMessages": ["Issue does not exist or you do not have permission to see it."],
        "errors": {},
    }


def test_fields_can_be_chosen(bot: Api) -> None:
    def names(query: str) -> set[str]:
        return set(bot.get(f"/issue/SUP-1?{query}")["fields"])

    assert names("fields=summary,status") == {"summary", "status"}
    assert "summary" not in names("fields=-summary")
    assert "status" in names("fields=*all,-summary")
    assert len(names("")) > 10


def test_transitions_are_those_open_now(bot: Api) -> None:
    found = bot.get("/issue/SUP-1/transitions")["transitions"]
    assert {(each["name"], each["to"]["name"]) for each in found} == {
        ("Ask the customer", "Waiting for Customer"),
        ("Hand over for review", "In Review"),
    }
    assert all("fields" not in each for each in found)
    assert bot.get("/issue/SUP-1/transitions?transitionId=61")["transitions"][0]["id"] == "61"
    assert bot.get("/issue/SUP-1/transitions?transitionId=999")["transitions"] == []
    assert bot.get("/issue/SUP-1?expand=transitions")["transitions"] == found


def test_fields_of_a_screen_come_with_the_expand_only(bot: Api) -> None:
    move(bot, "SUP-1", "61")
    found = bot.get("/issue/SUP-1/transitions?expand=transitions.fields")["transitions"]
    fields = {each["name"]: each["fields"] for each in found}
    assert fields["Send back"] == {}
    assert fields["Approve"]["resolution"]["required"] is True


def test_walks_to_closed_through_resolved(bot: Api) -> None:
    assert move(bot, "SUP-1", "61").status_code == 204
    refused = move(bot, "SUP-1", "81")
    assert refused.get_json()["errors"] == {"resolution": "Resolution is required."}
    answer = move(bot, "SUP-1", "81", fields={"resolution": {"name": "Won't Do"}})
    assert (answer.status_code, answer.data) == (204, b"")
    assert move(bot, "SUP-1", "91").status_code == 204
    fields = bot.get("/issue/SUP-1")["fields"]
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("Closed", "Won't Do")
    move(bot, "SUP-1", "101")
    assert bot.get("/issue/SUP-1")["fields"]["resolution"] is None


def test_a_move_that_is_not_open_is_refused(bot: Api) -> None:
    answer = move(bot, "SUP-1", "91")
    assert answer.status_code == 400
    assert "not valid for the current state" in answer.get_json()["errorMessages"][0]
    assert status(bot, "SUP-1") == "In Progress"


def test_a_move_without_a_transition_is_refused(bot: Api) -> None:
    answer = bot("POST", "/issue/SUP-1/transitions", {})
    assert answer.get_json()["errorMessages"] == ["Missing 'transition' identifier"]


def test_fields_off_the_screen_are_refused_by_name(bot: Api) -> None:
    for field in ("resolution", "assignee"):
        answer = move(bot, "SUP-1", "61", fields={field: {"name": "Done"}})
        message = f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."
        assert answer.get_json() == {"errorMessages": [], "errors": {field: message}}


def test_a_field_cannot_stand_in_fields_and_update(bot: Api) -> None:
    move(bot, "SUP-1", "61")
    twice = {"fields": {"resolution": {"name": "Done"}}, "update": {"resolution": []}}
    assert "resolution" in move(bot, "SUP-1", "81", **twice).get_json()["errors"]


def test_an_unknown_resolution_is_refused(bot: Api) -> None:
    move(bot, "SUP-1", "61")
    answer = move(bot, "SUP-1", "81", fields={"resolution": {"name": "Maybe"}})
    assert "resolution" in answer.get_json()["errors"]


VALIDATED: dict[str, Any] = {
    "name": "Validated",
    "statuses": [
        {"id": "1", "name": "Open", "category": "new"},
        {"id": "2", "name": "Shut", "category": "done"},
    ],
    "initial": "1",
    "transitions": [
        {
            "id": "11",
            "name": "Shut it",
            "from": ["1"],
            "to": "2",
            "screen": True,
            "required_fields": ["comment", "customfield_1"],
        }
    ],
}


def test_a_validator_is_not_announced_and_speaks_in_messages() -> None:
    driver = Driver(Simulator(world_from_workflow(VALIDATED)))
    api = Api(driver, driver.connect(sites=("real",))["access_token"], "real")
    listed = api.get("/issue/REAL-1/transitions?expand=transitions.fields")["transitions"]
    assert set(listed[0]["fields"]) == {"resolution"}
    given = {"resolution": {"name": "Done"}}
    refused = move(api, "REAL-1", "11", fields=given).get_json()
    assert refused["errorMessages"] == [
        "Field Comment is required.",
        "Field Customfield_1 is required.",
    ]
    whole = given | {"customfield_1": "yes"}
    comment = {"comment": [{"add": {"body": document("Because.")}}]}
    assert move(api, "REAL-1", "11", fields=whole, update=comment).status_code == 204


def test_without_the_permission_there_are_no_moves_and_no_error() -> None:
    world = demo_world()
    acme = world.sites[0]
    members = tuple(
        replace(member, everywhere=MEMBER_PERMISSIONS - {"TRANSITION_ISSUES", "CREATE_ISSUES"})
        for member in acme.members
    )
    acme = replace(acme, members=members)
    driver = Driver(Simulator(replace(world, sites=(acme, *world.sites[1:]))))
    api = Api(driver, driver.connect()["access_token"])
    assert api.get("/issue/SUP-1/transitions")["transitions"] == []
    assert move(api, "SUP-1", "61").status_code == 400
    refused = api("POST", "/issue", new()).get_json()["errors"]["project"]
    assert "permission to create" in refused
