"""The main job in a real browser: Connect → consent → site → projects → board, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from plugins.demo.serving import running
from plugins.jira.simulator import large_world
from tests.browser import journey
from tests.browser.test_accessibility import check


def test_with_drag_and_drop(new_page, demo):
    page = new_page()
    journey.connect(page, demo, "SUP", "WEB", "MOB")
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator('[data-lane-name="New"] [data-card]')).to_have_count(0)
    card = journey.only_card_of(page, "In Progress")

    page.locator(f'[data-card][data-name="{card}"]').first.drag_to(page.locator('[data-lane-name="Waiting"]'))
    expect(page.locator(f'[data-lane-name="Waiting"] [data-card][data-name="{card}"]')).to_have_count(1)
    expect(page.locator("[data-announce]")).to_contain_text(card)

    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review")
    journey.save_reviewed(page)
    expect(page.get_by_role("heading", name="Status mapping", level=1)).to_be_visible()
    saved = journey.board(page)
    assert card in saved["Waiting"]
    page.reload()
    assert journey.board(page) == saved


def test_by_keyboard_alone(new_page, demo):
    page = new_page()
    journey.connect(page, demo, "SUP")
    page.get_by_role("button", name="Suggest").press("Enter")
    expect(page.locator('[data-lane-name="New"] [data-card]')).to_have_count(0)
    card = journey.only_card_of(page, "Open")
    box = page.locator(f'[data-card][data-name="{card}"] input[type="checkbox"]').first
    box.focus()
    box.press("Shift+ArrowRight")
    expect(page.locator(f'[data-lane-name="In Progress"] [data-card][data-name="{card}"]')).to_have_count(1)
    focused = page.evaluate("document.activeElement.closest('[data-card]')?.dataset.name")
    assert focused == card, "the focus stays with the card that was moved"


def test_without_javascript(new_page, demo):
    page = new_page(java_script_enabled=False)
    journey.connect(page, demo, "SUP", "WEB")
    page.get_by_role("button", name="Suggest").click()
    assert journey.cards_of(page, "New") == []
    card = journey.only_card_of(page, "In Progress")
    page.locator(f'[data-card][data-name="{card}"] input[type="checkbox"]').first.check()
    page.locator("select#to").select_option(label="Waiting")
    page.get_by_role("button", name="Move", exact=True).click()
    assert journey.lane_of(page, card) == "Waiting"
    journey.follow(page.get_by_role("button", name="Review and save"))
    journey.save_reviewed(page)
    saved = journey.board(page)
    assert card in saved["Waiting"]
    page.reload()
    assert journey.board(page) == saved


def test_declining_at_atlassian_leads_back_with_one_button(new_page, demo):
    page = new_page()
    journey.sign_in(page, demo)
    journey.open_integrations(page)
    journey.start_connecting(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="You did not agree")).to_be_visible()
    page.get_by_role("button", name="Connect again").click()
    journey.consent(page)
    expect(page.locator('[data-integration="jira"]')).to_have_attribute("data-state", "connected")


@pytest.fixture
def large_site(tmp_path):
    """A demo whose Jira site has more projects than one request reads."""
    with running(large_world(projects=100, statuses=300), tmp_path / "large", preset_app=True, works=False) as here:
        yield here


def test_many_projects_are_read_on_by_themselves_with_progress(new_page, large_site):
    page, asked = new_page(), []

    def hold_the_second(route: Route) -> None:
        asked.append(route)
        if len(asked) != 2:
            route.continue_()

    page.route("**/projects/read", hold_the_second)
    journey.sign_in(page, large_site)
    journey.open_integrations(page)
    journey.start_connecting(page, ("bot@acme.example", "bot-password"))
    journey.consent(page, "large")
    page.get_by_role("link", name="Projects", exact=True).click()
    page.get_by_role("button", name="Tick all found").click()
    page.get_by_role("button", name="Use these projects").click()

    status, bar = page.get_by_role("status"), page.get_by_role("progressbar", name="Projects read")
    expect(status.filter(has_text="Reading projects: 80 of 100")).to_be_visible()
    expect(bar).to_have_js_property("value", 80)
    expect(page.get_by_role("button", name="Read the others now")).to_be_hidden()
    problems: dict[str, list[str]] = {}
    check(page, problems)
    assert problems == {}
    while len(asked) < 2:
        page.wait_for_timeout(10)
    asked[1].continue_()
    expect(status.filter(has_text="All 100 projects are read.")).to_be_visible()
    expect(bar).to_have_js_property("value", 100)
    expect(page.get_by_text("not read yet")).to_have_count(0)
    page.reload()
    expect(bar).to_be_hidden()
