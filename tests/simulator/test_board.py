"""The pages on which a person works as somebody in Jira would, without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from plugins.jira.simulator import Simulator, world_from_workflow
from tests.simulator.delivering import create, listen, settle
from tests.simulator.driving import BOT, DANA, SAM, Api, Driver
from tests.simulator.test_issues import VALIDATED

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.simulator.receiving import Receiver

BOARD = "/sites/acme/boards/SUP"
REVIEW = "/sites/acme/browse/SUP-1/transitions/61"
APPROVE = "/sites/acme/browse/SUP-1/transitions/81"


def page(driver: Driver, path: str, status: int = 200) -> BeautifulSoup:
    answer = driver.browser.get(path)
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def act_as(driver: Driver, email: str, back: str = BOARD) -> TestResponse:
    form = {"account": driver.state.account(email).id, "back": back}
    return driver.browser.post("/sites/acme/person", data=form)


def board(driver: Driver, path: str = BOARD) -> dict[str, list[str]]:
    """The keys in each column, by the column's name."""
    columns = page(driver, path).select(".column")
    return {words(each.h2).rsplit(" ", 1)[0]: [card["id"] for card in each.select(".issue")] for each in columns}


def buttons(found: BeautifulSoup, key: str) -> list[str]:
    group = found.find(attrs={"aria-label": f"Move {key}"})
    return [words(each) for each in group.select("button, a")] if group else []


def words(tag: Any) -> str:
    return re.sub(r"\s+", " ", tag.get_text()).strip()


def test_a_board_has_a_column_for_each_status(driver: Driver) -> None:
    found = board(driver)
    assert list(found)[:4] == ["Open", "In Analysis", "Waiting for Customer", "In Progress"]
    assert (found["In Progress"], found["Open"], found["Resolved"]) == (["SUP-1"], ["SUP-2"], [])


def test_who_is_nobody_looks_on(driver: Driver) -> None:
    found = page(driver, BOARD)
    assert not found.select(".moves")
    assert "Create an issue" not in found.text
    assert driver.browser.post(REVIEW).status_code == 409
    assert driver.browser.post(BOARD, data={"summary": "x", "issue_type": "10001"}).status_code == 403
    assert board(driver)["In Progress"] == ["SUP-1"]


def test_a_person_picks_who_to_be_and_comes_back(driver: Driver) -> None:
    answer = act_as(driver, DANA)
    assert (answer.status_code, answer.headers["Location"]) == (303, BOARD)
    assert "You are Dana Admin" in page(driver, BOARD).text
    assert act_as(driver, BOT, back="https://elsewhere.example/").headers["Location"] == "/sites/acme"
    driver.browser.post("/sites/acme/person", data={"account": ""})
    assert "Pick who you are" in page(driver, BOARD).text


def test_signing_in_at_atlassian_is_the_same(driver: Driver) -> None:
    driver.sign_in(BOT)
    assert "You are Helpdesk Bot" in page(driver, BOARD).text


def test_a_deactivated_account_cannot_be_picked(driver: Driver) -> None:
    driver.simulator.control.set_active(BOT, active=False)
    act_as(driver, BOT)
    assert "Pick who you are" in page(driver, BOARD).text


def test_buttons_are_the_transitions_open_now(driver: Driver) -> None:
    act_as(driver, DANA)
    found = page(driver, BOARD)
    assert buttons(found, "SUP-1") == ["Ask the customer", "Hand over for review"]
    assert buttons(found, "SUP-2") == ["Accept", "Decline…"]
    form = found.find("form", action=REVIEW)
    assert form is not None
    assert form["method"] == "post"


def test_a_button_moves_the_issue_and_leads_back_to_the_board(driver: Driver) -> None:
    act_as(driver, DANA)
    answer = driver.browser.post(REVIEW, data={"back": "board"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BOARD}#SUP-1")
    assert board(driver)["In Review"] == ["SUP-1"]
    late = driver.browser.post(REVIEW)
    assert late.status_code == 409
    assert "not open any more" in late.text


def test_the_screen_asks_for_what_it_requires(driver: Driver) -> None:
    act_as(driver, DANA)
    driver.browser.post(REVIEW)
    form = page(driver, APPROVE)
    select = form.find("select", attrs={"name": "field-resolution"})
    assert select is not None
    assert select.has_attr("required")
    assert [words(each) for each in select.select("option")][:2] == ["Done", "Won't Do"]
    refused = driver.browser.post(APPROVE, data={"field-comment": "Looks good"})
    assert refused.status_code == 400
    alert = BeautifulSoup(refused.text, "html.parser").find(attrs={"role": "alert"})
    assert words(alert) == "Resolution is required."
    assert "Looks good" in refused.text
    done = driver.browser.post(APPROVE, data={"field-resolution": "10002", "back": "issue"})
    assert done.headers["Location"] == "/sites/acme/browse/SUP-1"
    assert "Resolution: Duplicate" in page(driver, "/sites/acme/browse/SUP-1").text


def test_what_a_validator_demands_is_asked_for_too() -> None:
    driver = Driver(Simulator(world_from_workflow(VALIDATED)))
    driver.browser.post("/sites/real/person", data={"account": driver.state.account(DANA).id})
    key = "REAL-1"
    [way] = page(driver, "/sites/real/boards/REAL").select(f"#{key} .moves a")
    fields = {tag["name"] for tag in page(driver, str(way["href"])).select("[required]")}
    path = str(way["href"]).partition("?")[0]
    live = driver.state.site("real")
    issue = live.issue(key)
    assert issue is not None
    before = issue.status_id
    assert driver.browser.post(path).status_code == 400
    answer = driver.browser.post(path, data=dict.fromkeys(fields, "10000"))
    assert answer.status_code == 303, answer.text
    assert issue.status_id != before


def test_people_see_and_may_only_what_they_see_and_may_at_jira(driver: Driver) -> None:
    act_as(driver, BOT)
    assert "People Team" not in page(driver, "/sites/acme").text
    page(driver, "/sites/acme/boards/HR", 404)
    act_as(driver, DANA)
    assert "People Team" in page(driver, "/sites/acme").text
    driver.sign_in(SAM)
    outside = page(driver, BOARD)
    assert "no member of acme" in outside.text
    assert not outside.select(".moves")


def test_a_person_creates_an_issue(driver: Driver) -> None:
    act_as(driver, DANA)
    assert driver.browser.post(BOARD, data={"summary": " ", "issue_type": "10001"}).status_code == 400
    answer = driver.browser.post(BOARD, data={"summary": "Stapler <b>jams</b>", "issue_type": "10002"})
    key = answer.headers["Location"].partition("#")[2]
    assert key in board(driver)["Open"]
    assert "Stapler <b>jams</b>" in page(driver, f"/sites/acme/browse/{key}").get_text()


def test_an_issue_page_tells_its_history(driver: Driver, dana: Api) -> None:
    text = {"type": "paragraph", "content": [{"type": "text", "text": "It hums."}]}
    key = create(dana, description={"type": "doc", "version": 1, "content": [text]}, labels=["helpdesk"])
    before = page(driver, f"/sites/acme/browse/{key}")
    assert "Nothing has changed" in before.text
    assert "It hums." in before.text
    act_as(driver, BOT)
    driver.browser.post(f"/sites/acme/browse/{key}/transitions/11")
    row = page(driver, f"/sites/acme/browse/{key}").select("tbody tr")[0]
    assert "Helpdesk Bot" in row.text
    assert "status: Open → In Analysis" in words(row)


def test_webhooks_hear_of_a_persons_move(driver: Driver, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    act_as(driver, BOT)
    driver.browser.post(REVIEW)
    settle(driver.simulator)
    assert there.statuses_told == [("SUP-1", "In Review")]
    assert there.arrivals[0].body["user"]["displayName"] == "Helpdesk Bot"


@pytest.mark.parametrize(
    "path",
    [
        "/sites/nowhere/boards/SUP",
        "/sites/acme/boards/NOPE",
        "/sites/acme/browse/SUP-99",
        "/sites/acme/browse/SUP-99/transitions/61",
        "/sites/acme/boards/SUP/create/10010",
        "/sites/acme/boards/NOPE/create/10001",
    ],
)
def test_what_is_not_there_is_a_404(driver: Driver, path: str) -> None:
    page(driver, path, 404)


@pytest.mark.parametrize(
    "path",
    [
        *("/sites/acme", BOARD, f"{BOARD}/create/10001"),
        *("/sites/acme/browse/SUP-2", "/sites/acme/browse/SUP-2/transitions/21"),
    ],
)
def test_every_control_has_a_name_and_every_page_one_heading(driver: Driver, path: str) -> None:
    act_as(driver, DANA)
    driver.simulator.control.comment("acme", "SUP-2", DANA, "It hums.")
    found = page(driver, path)
    assert len(found.select("h1")) == 1
    ids = [tag["id"] for tag in found.select("[id]")]
    assert len(ids) == len(set(ids))
    for control in found.select("input:not([type=hidden]), select, textarea"):
        assert found.find("label", attrs={"for": control["id"]}), control
    assert all(words(each) for each in found.select("button, a"))
    assert not found.select("script")
