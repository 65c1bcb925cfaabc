"""Remote links and entity properties (facts §2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.driving import BOT, Api

if TYPE_CHECKING:
    from plugins.jira.simulator import Simulator

LINK: dict[str, Any] = {
    "globalId": "helpdesk=1&ticket=7",
    "application": {"type": "example.helpdesk", "name": "Helpdesk"},
    "relationship": "is the work of",
    "object": {"url": "https://helpdesk.example/tickets/7", "title": "Ticket 7", "summary": "It hums"},
}
LINKS = "/issue/SUP-1/remotelink"
BY_ID = f"{LINKS}?globalId=helpdesk%3D1%26ticket%3D7"


def test_the_same_global_id_updates_and_empties_what_is_not_told(bot: Api) -> None:
    created = bot("POST", LINKS, LINK)
    updated = bot("POST", LINKS, {"globalId": LINK["globalId"], "object": {"url": "https://x.example", "title": "T"}})
    assert (created.status_code, updated.status_code) == (201, 200)
    assert created.get_json()["id"] == updated.get_json()["id"]
    assert isinstance(created.get_json()["id"], int)
    link = bot.get(BY_ID)
    assert link["object"]["title"] == "T"
    assert "summary" not in link["object"]
    assert "relationship" not in link
    assert link["application"] == {}
    assert bot.get(LINKS) == [link]


def test_without_a_global_id_every_link_is_a_new_one(bot: Api) -> None:
    body = {"object": LINK["object"]}
    assert [bot("POST", LINKS, body).status_code for _ in range(2)] == [201, 201]
    assert len(bot.get(LINKS)) == 2


def test_links_are_changed_and_removed_by_either_id(bot: Api) -> None:
    first = bot("POST", LINKS, LINK).get_json()["id"]
    second = bot("POST", LINKS, {"object": LINK["object"]}).get_json()["id"]
    assert bot("PUT", f"{LINKS}/{second}", {"object": {"url": "https://x.example", "title": "New"}}).status_code == 204
    assert bot.get(f"{LINKS}/{second}")["object"]["title"] == "New"
    assert bot("DELETE", f"{LINKS}/{second}").status_code == 204
    assert bot("DELETE", BY_ID).status_code == 204
    assert bot("DELETE", BY_ID).status_code == 404
    assert bot("GET", f"{LINKS}/{first}").status_code == 404
    assert bot("GET", f"/issue/SUP-2/remotelink/{first}").status_code == 404
    assert bot("DELETE", LINKS).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"object": {"title": "T"}}, "url"),
        ({**LINK, "globalId": "x" * 256}, "globalId"),
    ],
)
def test_a_link_needs_a_title_and_an_address(bot: Api, body: dict[str, Any], field: str) -> None:
    answer = bot("POST", LINKS, body)
    assert answer.status_code == 400
    assert field in answer.get_json()["errors"]


def test_where_issue_linking_is_off_nothing_goes(simulator: Simulator, bot: Api) -> None:
    simulator.control.switch_issue_linking("acme", on=False)
    answers = [bot("GET", LINKS), bot("POST", LINKS, LINK), bot("DELETE", BY_ID)]
    assert {answer.status_code for answer in answers} == {403}
    assert answers[0].get_json()["errorMessages"]
    simulator.control.switch_issue_linking("acme", on=True)
    assert bot("POST", LINKS, LINK).status_code == 201


def test_linking_needs_its_permission_and_reading_does_not(simulator: Simulator, bot: Api) -> None:
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS", "EDIT_ISSUES"])
    assert bot("POST", LINKS, LINK).status_code == 403
    assert bot.get(LINKS) == []


def test_a_link_that_comes_or_goes_stands_in_the_history(bot: Api) -> None:
    for _ in range(2):  # the second only changes it
        bot("POST", LINKS, LINK)
    bot("DELETE", BY_ID)
    items = [item for change in bot.get("/issue/SUP-1/changelog")["values"] for item in change["items"]]
    assert {item["field"] for item in items} == {"RemoteIssueLink"}
    assert [(item["from"], item["to"]) for item in items] == [(None, "10000"), ("10000", None)]


def test_a_property_is_written_read_and_removed(bot: Api) -> None:
    place = "/issue/SUP-1/properties/helpdesk"
    assert bot("GET", place).status_code == 404
    assert bot("PUT", place, {"ticket": 7}).status_code == 201
    assert bot("PUT", place, [1, None]).status_code == 200
    assert bot.get(place) == {"key": "helpdesk", "value": [1, None]}
    assert [each["key"] for each in bot.get("/issue/SUP-1/properties")["keys"]] == ["helpdesk"]
    assert bot("DELETE", place).status_code == 204
    assert bot("DELETE", place).status_code == 404


def test_a_property_is_no_part_of_the_history(bot: Api) -> None:
    before = bot.get("/issue/SUP-1")["fields"]["updated"]
    bot("PUT", "/issue/SUP-1/properties/helpdesk", 1)
    assert bot.get("/issue/SUP-1")["fields"]["updated"] == before
    assert bot.get("/issue/SUP-1/changelog")["total"] == 0


def test_a_property_is_short_and_needs_the_permission_to_edit(simulator: Simulator, bot: Api) -> None:
    assert bot("PUT", "/issue/SUP-1/properties/helpdesk", "x" * 32_767).status_code == 400
    assert bot("PUT", "/issue/SUP-1/properties/" + "k" * 256, 1).status_code == 400
    assert bot("PUT", "/issue/SUP-1/properties/helpdesk").status_code == 400
    bot("PUT", "/issue/SUP-1/properties/helpdesk", 1)
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS"])
    assert bot("PUT", "/issue/SUP-1/properties/helpdesk", 2).status_code == 403
    assert bot("DELETE", "/issue/SUP-1/properties/helpdesk").status_code == 404
    assert bot.get("/issue/SUP-1/properties/helpdesk")["value"] == 1
