"""The judgement, the picture, the preview, undoing and a project's own board, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey


def base_of(demo) -> str:
    return f"{demo.helpdesk_url}/settings/integrations/jira/1"


def put(page: Page, card: str, lane: str) -> None:
    """Move a card by the bar below the board, and wait until it is there."""
    page.locator(f'[data-card][data-name="{card}"] input[type="checkbox"]').first.check()
    page.locator("select#to").select_option(label=lane)
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(f'[data-lane-name="{lane}"] [data-card][data-name="{card}"]')).to_have_count(1)


@pytest.fixture
def page(new_page, demo):
    page = new_page()
    journey.connect(page, demo, "SUP")
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator('[data-lane-name="New"] [data-card]')).to_have_count(0)
    return page


def test_a_gap_shows_at_once_and_is_saved_by_consent_only(page, demo):
    expect(page.locator("[data-gap]")).to_have_count(0)
    put(page, "In Review", "New")
    expect(page.locator('[data-gap="new"]')).to_contain_text("In Review: nobody has said what it means")
    journey.follow(page.get_by_role("button", name="Review and save"))
    page.get_by_role("button", name="Save the mapping").click()
    assert page.evaluate("document.querySelector('#although').validity.valueMissing"), "the browser asks for the tick"
    expect(page.get_by_role("heading", level=1, name="Review and save")).to_be_visible()
    journey.save_reviewed(page)
    expect(page.get_by_text("The mapping is saved as version 1.")).to_be_visible()


def test_the_judgement_and_the_picture_tell_the_same_of_a_workflow(page, demo):
    journey.follow(page.get_by_role("button", name="Review and save"))
    journey.save_reviewed(page)
    page.goto(f"{base_of(demo)}/mapping/moves")
    journey.follow(page.get_by_role("button", name="Read workflows anew"))
    page.goto(f"{base_of(demo)}/mapping/judgement")
    expect(page.locator("[data-no-gaps]")).to_be_visible()
    journey.follow(page.locator('[data-verdict*="Bug"] a').first)
    judged = page.locator(".verdict tbody th").all_inner_texts()
    assert "In Review" in judged
    expect(page.locator('td[data-level="free"]').first).to_contain_text("move")
    journey.follow(page.get_by_role("link", name="Look at the picture"))
    drawn = page.locator("svg[role=img]").first
    expect(drawn).to_be_visible()
    box = drawn.bounding_box()
    assert box
    assert min(box["width"], box["height"]) > 100
    words = drawn.evaluate("svg => svg.textContent")
    assert all(name.split()[0] in words for name in judged), words


def test_the_preview_comes_true_and_undo_goes_back(page, demo):
    journey.follow(page.get_by_role("button", name="Review and save"))
    journey.save_reviewed(page)
    journey.link(page, demo, 1, "SUP-1")
    expect(page.locator('[data-standing="in_step"]')).to_be_visible()
    page.goto(f"{base_of(demo)}/mapping")
    put(page, "In Progress", "Waiting")
    journey.follow(page.get_by_role("button", name="Review and save"))
    expect(page.get_by_label(re.compile("1 ticket would change"))).to_be_checked()
    effect = page.locator('[data-effect="tickets"]')
    effect.locator("summary").click()
    expect(effect).to_contain_text("(SUP-1)")
    expect(effect).to_contain_text("In Progress → Waiting")
    journey.save_reviewed(page)
    expect(page.get_by_text("Tickets follow their issues now.")).to_be_visible()
    journey.wait_until_ticket(page, demo, 1, "Waiting")
    page.goto(f"{base_of(demo)}/mapping/versions/1")
    journey.follow(page.get_by_role("button", name="Go back to version 1"))
    page.goto(f"{base_of(demo)}/mapping")
    assert journey.lane_of(page, "In Progress") == "In Progress"


def test_a_project_has_a_board_of_its_own(page, demo):
    page.locator("select#project").select_option(index=1)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("[data-override]")).to_be_visible()
    put(page, "In Review", "Waiting")
    expect(page.locator('[data-card][data-name="In Review"]')).to_contain_text(re.compile("differs"))
    page.goto(f"{base_of(demo)}/mapping")
    assert journey.lane_of(page, "In Review") != "Waiting", "the default is as it was"
    journey.follow(page.get_by_role("button", name="Review and save"))
    expect(page.get_by_text("Only in SUP: In Review is in Waiting.")).to_be_visible()
