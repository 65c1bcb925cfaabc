"""A person creates an issue on a page that asks for every field of its type."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from plugins.jira.simulator import Simulator
from tests.simulator.create_fields import DANA_ID, EVERY_KIND, world_with
from tests.simulator.driving import BOT, DANA, Api, Driver
from tests.simulator.test_board import BOARD, act_as, page, words

CREATE = f"{BOARD}/create/10001"
FORM = {
    "summary": "It hums",
    "field-components": ["10000", "10001"],
    "field-labels": "loud old",
    "field-description": "Very loud.",
    "field-assignee": DANA_ID,
    "field-priority": "2",
    "field-customfield_10201": "1020101",
    "field-customfield_10203": DANA_ID,
    "field-customfield_10206": "12.5",
    "field-customfield_10207": "2026-11-24",
}


@pytest.fixture
def driver() -> Driver:
    made = Driver(Simulator(world_with(**EVERY_KIND)))
    act_as(made, DANA)
    return made


def api(driver: Driver) -> Api:
    return Api(driver, driver.connect(BOT)["access_token"])


def test_the_board_leads_to_a_page_for_each_type(driver: Driver) -> None:
    links = {words(each): each["href"] for each in page(driver, BOARD).select("details p a")}
    assert links == {"Task": CREATE, "Bug": f"{BOARD}/create/10002"}


def test_the_page_offers_every_field_and_what_may_be_chosen(driver: Driver) -> None:
    found = page(driver, CREATE)
    names = {each["name"] for each in found.select("form[action$='/create/10001'] [name]")}
    assert names == {"summary", *(f"field-{key}" for key in EVERY_KIND)}
    required = {each["name"] for each in found.select("[required]")}
    told = {f"field-{key}" for key, field in EVERY_KIND.items() if field.get("required")}
    assert required == {"summary"} | told
    assert words(found.select_one("#field-priority [selected]")) == "Medium"
    text = found.find(id="field-customfield_10204")
    assert text is not None
    assert text["value"] == "none"


def test_a_person_creates_an_issue_with_its_fields(driver: Driver) -> None:
    answer = driver.browser.post(CREATE, data=FORM)
    assert answer.status_code == 303, answer.text
    key = answer.headers["Location"].partition("#")[2]
    fields = api(driver).get(f"/issue/{key}")["fields"]
    assert [each["name"] for each in fields["components"]] == ["Shop", "Billing"]
    assert (fields["labels"], fields["priority"]["name"]) == (["loud", "old"], "High")
    assert fields["description"]["content"][0]["content"][0]["text"] == "Very loud."
    assert fields["assignee"]["displayName"] == fields["customfield_10203"]["displayName"] == "Dana Admin"
    assert (fields["customfield_10201"]["value"], fields["customfield_10206"]) == ("High", 12.5)
    assert fields["reporter"]["displayName"] == "Dana Admin"
    shown = page(driver, f"/sites/acme/browse/{key}").get_text()
    assert all(text in shown for text in ("Shop, Billing", "Impact", "Very loud.", "2026-11-24"))


def test_what_is_missing_is_told_and_what_was_filled_in_stays(driver: Driver) -> None:
    answer = driver.browser.post(CREATE, data=FORM | {"field-customfield_10203": "", "field-customfield_10206": "ten"})
    assert answer.status_code == 400
    found = BeautifulSoup(answer.text, "html.parser")
    told = {words(each) for each in found.select("[role=alert]")}
    assert told == {"Responsible is required.", "Operation value must be a number"}
    assert words(found.select_one("#field-priority [selected]")) == "High"
    assert [words(each) for each in found.select("#field-components [selected]")] == ["Shop", "Billing"]


def test_the_short_form_asks_for_more_where_a_type_demands_it(driver: Driver) -> None:
    answer = driver.browser.post(BOARD, data={"summary": "It hums", "issue_type": "10001"})
    assert answer.status_code == 400
    assert "Components is required." in answer.text
    assert 'value="It hums"' in answer.text
    assert driver.browser.post(BOARD, data={"summary": "It hums", "issue_type": "10002"}).status_code == 303


def test_who_may_not_create_is_refused(driver: Driver) -> None:
    driver.browser.post("/sites/acme/person", data={"account": ""})
    assert driver.browser.post(CREATE, data=FORM).status_code == 403
