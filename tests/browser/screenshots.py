"""`make screenshots`: renews the pictures in docs/images from a fresh demo, so that no document shows old pages."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page

from plugins.demo.serving import Running, running
from plugins.jira.simulator import World, demo_world, large_world
from tests.browser import journey
from tests.browser import test_channels as channels
from tests.browser.chromium import INSTALL, chromium, find_chromium

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
DESKTOP: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
SHORT: Final = {"width": 1440, "height": 560}
TALL: Final = {"width": 1440, "height": 1180}
SERVICE: Final = (
    *("Open", "In Analysis", "Waiting for Customer", "In Progress", "In Review"),
    *("Resolved", "Rejected", "Closed", "Reopened"),
)
"""The statuses of the demo's project SUP."""


def main() -> None:
    """Take a picture of each page that the documents show; of some stories only, where their names are given."""
    executable = find_chromium()
    if executable is None:
        sys.exit(INSTALL)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with chromium(executable) as browser:
        for name, (make_world, take_pictures) in STORIES.items():
            if name in (sys.argv[1:] or STORIES):
                with fresh(make_world()) as demo:
                    take_pictures(browser, demo)


@contextmanager
def fresh(world: World) -> Iterator[Running]:
    """Run a fresh demo of `world`."""
    with tempfile.TemporaryDirectory() as folder, running(world, Path(folder), preset_app=True) as demo:
        yield demo


def take_story(browser: Browser, demo: Running) -> None:
    """Connect and map, in light; then the pages that matter most in dark and on a phone."""
    page = open_page(browser)
    journey.sign_in(page, demo)
    take(page, "tickets")
    journey.open_integrations(page)
    take(page, "integrations-before")
    journey.start_connecting(page)
    take(page, "consent")
    journey.consent(page)
    take(page, "integrations")
    page.goto(f"{demo.helpdesk_url}/settings/integrations/jira/1")
    take(page, "connection")
    page.goto(f"{demo.helpdesk_url}/settings/integrations/jira/setup")
    take(page, "set-up")
    page.goto(f"{demo.helpdesk_url}/settings/integrations/jira/1/projects")
    take(page, "projects")
    journey.choose_projects(page, "SUP", "PLAT", "WEB", "MOB")
    page.get_by_role("button", name="Suggest").click()
    page.locator("[data-changes]").wait_for()
    page.goto(page.url)
    take(page, "board-light")
    address, cookies = page.url, page.context.cookies()
    for name, options in {
        "board-dark": {"color_scheme": "dark", "viewport": DESKTOP},
        "board-phone": {"viewport": PHONE},
    }.items():
        other = open_page(browser, **options)
        other.context.add_cookies(cookies)
        other.goto(address)
        take(other, name)
        other.context.close()
    page.get_by_role("button", name="Review and save").click()
    take(page, "review")
    journey.save_reviewed(page)
    for name, path in {"ticket": "/tickets/1", "statuses": "/settings/statuses"}.items():
        page.goto(f"{demo.helpdesk_url}{path}")
        take(page, name)
    take_keeping_in_step(browser, page, demo)


def take_keeping_in_step(browser: Browser, page: Page, demo: Running) -> None:
    """Link a ticket, let it stop and be mended, and show where that is told."""
    connection = f"{demo.helpdesk_url}/settings/integrations/jira/1"
    journey.find_issues(page, demo, 1, "SUP")
    take(page, "find-issue")
    journey.choose_where_to_create(page, demo, 2)
    take(page, "create-issue")
    journey.link(page, demo, 1, "SUP-1")
    journey.wait_until_standing(page, demo, 1, "in_step")
    take(page, "ticket-linked")
    journey.change_status(page, demo, 1, "Closed")
    journey.wait_until_standing(page, demo, 1, "stopped")
    take(page, "ticket-stopped")
    phone = open_page(browser, viewport=PHONE, color_scheme="dark")
    phone.context.add_cookies(page.context.cookies())
    phone.goto(page.url)
    phone.locator("[data-panel]").first.scroll_into_view_if_needed()
    take(phone, "ticket-phone")
    phone.context.close()
    page.goto(f"{connection}/mapping/moves")
    page.get_by_role("button", name="Read workflows anew").click()
    for name, path in {"moves": "/mapping/moves", "keeping-in-step": "/sync", "activity": "/activity"}.items():
        page.goto(f"{connection}{path}")
        take(page, name)
    take_workflow(browser, page, demo)
    take_judgement(browser, page, demo)
    take_channels(page, demo)


def take_workflow(browser: Browser, page: Page, demo: Running) -> None:
    """Let an issue walk through its whole workflow, so that all of it is seen; then show it, and a ticket's way."""
    moves = f"{demo.helpdesk_url}/settings/integrations/jira/1/mapping/moves"
    for status in SERVICE:
        demo.simulator.control.transition("acme", "SUP-3", status, channels.PERSON)
        page.goto(moves)
        page.get_by_role("button", name="Read workflows anew").click()
    page.get_by_role("link", name="See the workflows as pictures").click()
    page.get_by_role("link", name="Bug of SUP").click()
    address = page.url
    page.goto(moves)
    page.get_by_label("Resolution, when an issue enters Resolved").select_option(index=1)
    page.get_by_label("To reach Closed an issue must pass Resolved. Allow?").check()
    page.get_by_role("button", name="Save").click()
    tall = open_page(browser, viewport=TALL)
    tall.context.add_cookies(page.context.cookies())
    tall.goto(address)
    take(tall, "workflow")
    tall.goto(f"{demo.helpdesk_url}/tickets/1")
    tall.get_by_text("Where the issue is in its workflow").click()
    tall.locator("[data-whereabouts]").scroll_into_view_if_needed()
    take(tall, "ticket-workflow")
    tall.context.close()


def take_judgement(browser: Browser, page: Page, demo: Running) -> None:
    """Show every way through a workflow, and what a change of the board would do and leave open."""
    base = f"{demo.helpdesk_url}/settings/integrations/jira/1/mapping"
    journey.link(page, demo, 3, "SUP-4")
    tall = open_page(browser, viewport=TALL)
    tall.context.add_cookies(page.context.cookies())
    tall.goto(f"{base}/judgement")
    tall.locator('[data-verdict*="SUP"][data-verdict*="Bug"] a').first.click()
    take(tall, "judgement")
    tall.goto(base)
    shown = tall.locator("[data-lane]", has=tall.locator("[data-card]")).first
    shown.wait_for()
    for name in ("Closed", "In Review"):
        tall.locator(f'[data-card][data-name="{name}"] input[type="checkbox"]').first.check()
    tall.locator("select#to").select_option(label="New")
    tall.get_by_role("button", name="Move", exact=True).click()
    tall.locator("[data-changes]").wait_for()
    for name in ("In Progress", "Open"):
        tall.locator(f'[data-card][data-name="{name}"] input[type="checkbox"]').first.check()
    tall.locator("select#to").select_option(label="Waiting")
    tall.get_by_role("button", name="Move", exact=True).click()
    tall.wait_for_timeout(500)
    tall.goto(f"{base}/review")
    for closed in tall.locator("[data-effect] summary").all():
        closed.click()
    take(tall, "review-effect")
    tall.goto(base)
    tall.get_by_role("button", name="Discard").click()
    tall.context.close()


def take_channels(page: Page, demo: Running) -> None:
    """Make a channel, talk on a ticket that became an issue, and let a field become required."""
    channels.choose_place(page, demo)
    page.get_by_label("Name", exact=True).fill("Bugs of customers")
    page.get_by_role("button", name="Send a test ticket").click()
    take(page, "channel")
    page.get_by_role("button", name="Save").click()
    key = channels.add_ticket(page, demo, "The invoice arrives twice")
    page.get_by_label("Your comment").fill("We see it too. It will be mended **tonight**.")
    page.get_by_role("button", name="Add comment").click()
    demo.simulator.control.comment("acme", key, channels.PERSON, "Found it: the queue sends each job twice.")
    while not page.get_by_text("Found it").count():
        page.wait_for_timeout(200)
        page.reload()
    take(page, "conversation")
    channels.wait_for_attention(page, demo)
    page.goto(f"{demo.helpdesk_url}/settings/channels")
    take(page, "channels")
    page.get_by_role("link", name="Bring over a backlog").click()
    page.get_by_role("button", name="Count in Jira").click()
    take(page, "backlog")


def take_health(browser: Browser, demo: Running) -> None:
    """Let a project be hidden and a permission be missing while an agent works, and show what is said of both."""
    page = open_page(browser, viewport=TALL)
    journey.connect(page, demo, "SUP", "PLAT", "WEB", "MOB")
    journey.save_mapping(page)
    journey.link(page, demo, 1, "SUP-1")
    journey.wait_until_standing(page, demo, 1, "in_step")
    journey.wait_until_well(page, demo)
    demo.simulator.control.hide_project("acme", "WEB", journey.ACCOUNT[0])
    journey.take_away(demo, "SUP", "TRANSITION_ISSUES")
    journey.change_status(page, demo, 1, "Waiting")
    journey.wait_until_standing(page, demo, 1, "stopped")
    health = f"{demo.helpdesk_url}/settings/integrations/jira/1/health"
    page.goto(health)
    page.get_by_role("button", name="Look now").click()
    page.locator('[data-standing="trouble"]').first.wait_for()
    page.goto(f"{health}?project=HR")
    take(page, "health")
    page.set_viewport_size(SHORT)
    page.goto(f"{demo.helpdesk_url}/settings/repairs")
    take(page, "repairs")


def take_large_site(browser: Browser, demo: Running) -> None:
    """Choose projects on a site of 500 projects and 2,000 statuses, and show their board."""
    page = open_page(browser)
    journey.sign_in(page, demo)
    journey.open_integrations(page)
    journey.start_connecting(page, ("bot@acme.example", "bot-password"))
    journey.consent(page, "large")
    page.get_by_role("link", name="Projects", exact=True).click()
    take(page, "large-projects")
    page.get_by_label("Search by key or name").fill("7")
    page.get_by_role("button", name="Tick all found").click()
    page.get_by_role("button", name="Use these projects").click()
    take(page, "large-board")


def open_page(browser: Browser, **options: object) -> Page:
    """Open a page in a context of its own, at a desktop's size unless said otherwise."""
    page = browser.new_context(**{"viewport": DESKTOP, **options}).new_page()
    page.set_default_timeout(20_000)
    return page


def take(page: Page, name: str) -> None:
    """Save a picture of what is seen, once all of it is there."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


STORIES: Final = {
    "story": (demo_world, take_story),
    "health": (demo_world, take_health),
    "large": (large_world, take_large_site),
}
"""Which pictures can be taken by themselves, each story in a world of its own."""

if __name__ == "__main__":
    main()
