"""From the badge to the button that mends it, in a real browser: desktop and phone, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import journey
from tests.browser.test_accessibility import DESKTOP, PHONE, check, check_opened

NARROW = {"width": 320, "height": 640}
"""As WCAG 2.1 asks for reflow (1.4.10)."""


def health_of(demo) -> str:
    return f"{demo.helpdesk_url}/settings/integrations/jira/1/health"


def trouble(page: Page, check_name: str) -> Locator:
    """Return what stands of a check that is in trouble."""
    return page.locator(f'[data-check="{check_name}"][data-standing="trouble"]')


def look(page: Page, demo) -> None:
    """Press Look now on the health page."""
    page.goto(health_of(demo))
    journey.follow(page.get_by_role("button", name="Look now"))


def connect(page: Page, demo) -> None:
    """Connect, map, and link a ticket that is in step; all is well."""
    journey.connect(page, demo, "SUP", "PLAT", "WEB")
    journey.save_mapping(page)
    journey.link(page, demo, 1, "SUP-1")
    journey.wait_until_standing(page, demo, 1, "in_step")
    journey.wait_until_well(page, demo)


def lose_permission(page: Page, demo) -> None:
    """Let an agent's change meet a permission that the account has lost, and let that be found."""
    journey.take_away(demo, "SUP", "TRANSITION_ISSUES")
    journey.change_status(page, demo, 1, "Waiting")
    journey.wait_until_standing(page, demo, 1, "stopped")
    look(page, demo)


@pytest.mark.parametrize(
    "options",
    [DESKTOP, {**PHONE, "java_script_enabled": False}],
    ids=["on a desktop with scripts", "on a phone without"],
)
def test_from_the_badge_to_the_button_that_mends_it(new_page, demo, options):
    page = new_page(**options)
    connect(page, demo)
    lose_permission(page, demo)
    page.goto(f"{demo.helpdesk_url}/tickets")
    settings = page.get_by_role("link", name="Settings")
    expect(settings).to_contain_text("1 need attention")
    journey.follow(settings)
    expect(page.locator('[data-integration="jira"]')).to_have_attribute("data-state", "needs_attention")
    journey.follow(page.get_by_role("link", name="Repairs"))
    expect(trouble(page, "permission.move")).to_contain_text("“Transition issues”")
    journey.follow(page.get_by_role("link", name="Jira · acme"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 needs attention")
    item = trouble(page, "permission.move")
    expect(item).to_contain_text("1 link waits for it.")
    assert is_on_top(item), "what needs attention stands before all else"
    journey.take_away(demo, "SUP")
    journey.follow(item.get_by_role("button", name="Look again"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("All is well")
    expect(page.locator('[data-standing="trouble"]')).to_have_count(0)
    expect(page.get_by_role("navigation", name="Main")).not_to_contain_text("need attention")
    journey.wait_until_standing(page, demo, 1, "in_step")
    expect(page.locator("[data-remote-status]")).to_have_text("Waiting for Customer")


def is_on_top(item: Locator) -> bool:
    """Whether no other check stands above this one."""
    return bool(item.evaluate("item => document.querySelector('main [data-check]') === item"))


def test_by_keyboard_alone(new_page, demo):
    """Every stop shows where the focus is; sections open, and the button is pressed, by keys."""
    page = new_page(**DESKTOP)
    connect(page, demo)
    demo.simulator.control.hide_project("acme", "WEB", journey.ACCOUNT[0])
    look(page, demo)
    item = trouble(page, "project")
    tab_to(page, item.get_by_role("link", name="Open the page where it is mended"))
    tab_to(page, item.get_by_role("link", name="Choose the projects in use"))
    tab_to(page, item.get_by_role("button", name="Look again"))
    section = page.locator('[data-section="Projects"]')
    expect(section).not_to_have_attribute("open", "")
    tab_to(page, section.locator("summary"))
    page.keyboard.press("Enter")
    expect(section.locator('[data-key="PLAT"]').first).to_be_visible()
    tab_to(page, page.get_by_label("Its key, or its address in Jira"))
    page.keyboard.type("web")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator('[data-probe="absent_or_hidden"]')).to_contain_text("“Browse projects”")
    demo.simulator.control.show_project("acme", "WEB", journey.ACCOUNT[0])
    tab_to(page, item.get_by_role("button", name="Look again"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("All is well")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the focus is there; it must be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("target => target === document.activeElement"):
            shown = target.evaluate("target => getComputedStyle(target).outlineStyle")
            shadow = target.evaluate("target => getComputedStyle(target).boxShadow")
            assert (shown, shadow) != ("none", "none"), "nothing shows that the focus is here"
            return
    pytest.fail("Tab does not lead there")


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_violation_and_no_sideways_scrolling(new_page, demo, options):
    page = new_page(**options)
    problems: dict[str, list[str]] = {}
    connect(page, demo)
    for size in (options["viewport"], NARROW):
        page.set_viewport_size(size)
        check_opened(page, problems, f"all is well at {size}")
    page.goto(f"{demo.helpdesk_url}/settings/repairs")
    expect(page.locator("[data-nothing]")).to_be_visible()
    check(page, problems, "no repairs")
    demo.simulator.control.hide_project("acme", "PLAT", journey.ACCOUNT[0])
    lose_permission(page, demo)
    expect(page.locator('[data-standing="trouble"]')).to_have_count(2)
    for size in (options["viewport"], NARROW):
        page.set_viewport_size(size)
        page.goto(f"{health_of(demo)}?project=PLAT")
        check_opened(page, problems, f"trouble at {size}")
        page.goto(f"{demo.helpdesk_url}/settings/repairs")
        check(page, problems, f"repairs at {size}")
    demo.simulator.control.change_app(client_secret="another-secret")
    demo.simulator.control.expire_access_tokens()
    look(page, demo)
    expect(trouble(page, "answers").get_by_role("link", name="Check the set-up")).to_be_visible()
    check_opened(page, problems, "a wrong secret")
    assert problems == {}
