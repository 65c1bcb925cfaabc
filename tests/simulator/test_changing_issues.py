"""Editing and deleting issues, and the changelog that tells of it (facts §2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, demo_world
from tests.simulator.driving import ALL_SCOPES, BOT, Api, Driver
from tests.simulator.test_issues import DOCUMENT, move, status
from tests.simulator.worlds import without_permissions

if TYPE_CHECKING:
    from collections.abc import Callable


def edit(api: Api, **body: Any) -> Any:
    return api("PUT", "/issue/SUP-1", body)


@pytest.fixture
def limited() -> Callable[..., Api]:
    """Jira as the bot, which lacks the permissions named."""

    def connect(*permissions: str) -> Api:
        driver = Driver(Simulator(without_permissions(demo_world(), *permissions)))
        return Api(driver, driver.connect(BOT, scopes=ALL_SCOPES)["access_token"])

    return connect


def test_sets_summary_description_and_labels(bot: Api) -> None:
    answer = edit(bot, fields={"summary": "Other", "description": DOCUMENT, "labels": ["a", "b"]})
    assert (answer.status_code, answer.data) == (204, b"")
    fields = bot.get("/issue/SUP-1")["fields"]
    assert (fields["summary"], fields["description"], fields["labels"]) == ("Other", DOCUMENT, ["a", "b"])


def test_adds_and_removes_single_labels(bot: Api) -> None:
    edit(bot, fields={"labels": ["a", "b"]})
    edit(bot, update={"labels": [{"remove": "a"}, {"add": "c"}, {"add": "c"}], "summary": [{"set": "New"}]})
    fields = bot.get("/issue/SUP-1?fields=labels,summary")["fields"]
    assert fields == {"labels": ["b", "c"], "summary": "New"}


def test_gives_the_edited_issue_back_when_asked(bot: Api) -> None:
    answer = bot("PUT", "/issue/SUP-1?returnIssue=true", {"fields": {"summary": "New"}})
    assert (answer.status_code, answer.get_json()["fields"]["summary"]) == (200, "New")


def test_a_transition_in_an_edit_is_ignored(bot: Api) -> None:
    before = status(bot, "SUP-1")
    assert edit(bot, fields={"summary": "New"}, transition={"id": "61"}).status_code == 204
    assert status(bot, "SUP-1") == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fields": {"status": {"id": "3"}}}, "status"),
        ({"fields": {"summary": " "}}, "summary"),
        ({"update": {"summary": [{"set": ""}]}}, "summary"),
        ({"fields": {"description": "plain"}}, "description"),
        ({"fields": {"labels": ["two words"]}}, "labels"),
    ],
)
def test_refuses_an_edit_whole(bot: Api, body: dict[str, Any], field: str) -> None:
    body = {**body, "fields": {"labels": ["kept-out"], **body.get("fields", {})}}
    answer = edit(bot, **body)
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == [field]
    assert bot.get("/issue/SUP-1")["fields"]["labels"] == []


def test_an_edit_without_anything_to_edit_is_refused(bot: Api) -> None:
    assert edit(bot).get_json()["errorMessages"] == ["one of 'fields' or 'update' required"]


def test_without_the_permission_no_field_can_be_set(limited: Callable[..., Api]) -> None:
    answer = edit(limited("EDIT_ISSUES"), fields={"summary": "New"})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, ["summary"])


def test_a_deleted_issue_is_gone(bot: Api) -> None:
    assert bot("DELETE", "/issue/SUP-1").status_code == 204
    assert bot("GET", "/issue/SUP-1").status_code == 404
    assert bot("DELETE", "/issue/SUP-1").status_code == 404


def test_deleting_needs_the_permission(limited: Callable[..., Api]) -> None:
    api = limited("DELETE_ISSUES")
    assert api("DELETE", "/issue/SUP-1").status_code == 403
    assert api("GET", "/issue/SUP-1").status_code == 200


def test_the_changelog_tells_status_changes_by_id_and_author(bot: Api, dana: Api) -> None:
    move(bot, "SUP-1", "61")
    move(dana, "SUP-1", "81", fields={"resolution": {"name": "Won't Do"}})
    page = bot.get("/issue/SUP-1/changelog")
    first, second = page["values"]
    assert (page["total"], page["isLast"]) == (2, True)
    assert first["author"]["displayName"] == "Helpdesk Bot"
    assert first["items"] == [
        {
            "field": "status",
            "fieldtype": "jira",
            "fieldId": "status",
            "from": "3",
            "fromString": "In Progress",
            "to": "10102",
            "toString": "In Review",
        }
    ]
    assert second["author"]["displayName"] == "Dana Admin"
    assert [(item["field"], item["to"]) for item in second["items"]] == [("resolution", "10001"), ("status", "5")]


def test_the_changelog_is_paged_oldest_first_and_expanded_newest_first(bot: Api) -> None:
    for summary in "abc":
        edit(bot, fields={"summary": summary})
    page = bot.get("/issue/SUP-1/changelog?startAt=1&maxResults=1")
    assert (page["total"], page["isLast"], page["values"][0]["items"][0]["toString"]) == (3, False, "b")
    expanded = bot.get("/issue/SUP-1?expand=changelog")["changelog"]
    assert [entry["items"][0]["toString"] for entry in expanded["histories"]] == ["c", "b", "a"]
