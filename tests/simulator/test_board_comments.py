"""A person comments on an issue's page, changes a comment and deletes it, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bs4 import Tag

from plugins.jira.simulator import Simulator
from tests.simulator.commenting import comment, listed, post, service_world, text_of
from tests.simulator.delivering import COMMENT_EVENTS, listen, settle
from tests.simulator.driving import BOT, DANA, SAM, Api, Driver
from tests.simulator.test_board import act_as, page, words

if TYPE_CHECKING:
    from tests.simulator.receiving import Receiver

ISSUE = "/sites/acme/browse/SUP-1"
COMMENTS = f"{ISSUE}/comments"


def comments(driver: Driver) -> list[Tag]:
    return list(page(driver, ISSUE).select("article[id^=comment-]"))


def test_a_person_comments_and_webhooks_hear_of_it(driver: Driver, dana: Api, there: Receiver) -> None:
    listen(dana, there, events=COMMENT_EVENTS)
    act_as(driver, BOT)
    answer = driver.browser.post(COMMENTS, data={"text": "It <b>hums</b>."})
    [made] = listed(dana)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ISSUE}#comment-{made['id']}")
    assert (text_of(made), made["author"]["displayName"]) == ("It <b>hums</b>.", "Helpdesk Bot")
    [shown] = comments(driver)
    assert "It <b>hums</b>." in shown.get_text()
    settle(driver.simulator)
    assert [each.body["webhookEvent"] for each in there.arrivals] == ["comment_created"]


def test_a_restricted_comment_is_shown_to_those_who_may(driver: Driver, bot: Api) -> None:
    act_as(driver, DANA)
    options = [str(each["value"]) for each in page(driver, ISSUE).select("#visibility option")]
    assert options == ["", "role:Administrator", "role:Member"]
    driver.browser.post(COMMENTS, data={"text": "Costs.", "visibility": "role:Administrator"})
    assert "only for the role Administrator" in words(comments(driver)[0])
    act_as(driver, BOT)
    assert comments(driver) == []
    assert listed(bot) == []
    driver.browser.post("/sites/acme/person", data={"account": ""})
    assert comments(driver) == []


def test_an_internal_note_is_for_service_projects() -> None:
    driver = Driver(Simulator(service_world()))
    act_as(driver, DANA)
    assert page(driver, ISSUE).find("select", attrs={"name": "internal"})
    driver.browser.post(COMMENTS, data={"text": "Between us.", "internal": "yes"})
    api = Api(driver, driver.connect()["access_token"])
    assert listed(api)[0]["jsdPublic"] is False
    assert "internal note" in words(comments(driver)[0])


def test_a_comment_is_edited_and_deleted(driver: Driver, bot: Api, dana: Api) -> None:
    made = comment(bot)
    act_as(driver, BOT)
    driver.state.clock.advance(60)
    path = f"{COMMENTS}/{made['id']}"
    assert driver.browser.post(path, data={"text": "It roars.", "action": "edit"}).status_code == 303
    assert text_of(listed(dana)[0]) == "It roars."
    assert "edited" in words(comments(driver)[0])
    assert driver.browser.post(path, data={"action": "delete"}).status_code == 303
    assert comments(driver) == []
    assert driver.browser.post(path, data={"action": "delete"}).status_code == 404


def test_others_comments_are_not_ones_own(driver: Driver, dana: Api) -> None:
    made = comment(dana)
    act_as(driver, BOT)
    assert not comments(driver)[0].select("form")
    answer = driver.browser.post(f"{COMMENTS}/{made['id']}", data={"action": "delete"})
    assert answer.status_code == 400
    assert "do not have permission to delete" in answer.text
    assert driver.browser.post(f"{COMMENTS}/{made['id']}", data={"text": "Mine"}).status_code == 400
    assert text_of(listed(dana)[0]) == "It hums."


def test_what_jira_refuses_is_told(driver: Driver, dana: Api) -> None:
    act_as(driver, DANA)
    answer = driver.browser.post(COMMENTS, data={"text": "  "})
    assert answer.status_code == 400
    assert "Comment body can not be empty!" in answer.text
    answer = driver.browser.post(COMMENTS, data={"text": "Kept.", "visibility": "role:Kings"})
    assert answer.status_code == 400
    assert ">Kept.</textarea>" in answer.text
    driver.simulator.control.set_permissions("acme", DANA, ["BROWSE_PROJECTS"])
    assert not page(driver, ISSUE).select("#visibility")
    assert driver.browser.post(COMMENTS, data={"text": "x"}).status_code == 400
    driver.sign_in(SAM)
    assert driver.browser.post(COMMENTS, data={"text": "x"}).status_code == 400
    assert post(dana).status_code == 400


def test_lines_and_paragraphs_of_a_comment_are_kept(driver: Driver, dana: Api) -> None:
    act_as(driver, DANA)
    driver.browser.post(COMMENTS, data={"text": "It hums.\r\nLoud.\r\n\r\nPlease help."})
    [made] = listed(dana)
    assert made["body"]["content"] == [
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "It hums."},
                {"type": "hardBreak"},
                {"type": "text", "text": "Loud."},
            ],
        },
        {"type": "paragraph", "content": [{"type": "text", "text": "Please help."}]},
    ]
    text = comments(driver)[0].select_one(".text")
    assert text is not None
    assert text.get_text().splitlines() == ["It hums.", "Loud.", "Please help."]


def test_who_is_nobody_cannot_comment(driver: Driver) -> None:
    assert not page(driver, ISSUE).select("#visibility")
    assert driver.browser.post(COMMENTS, data={"text": "x"}).status_code == 403
    assert driver.browser.post(f"{COMMENTS}/1", data={"text": "x"}).status_code == 404
