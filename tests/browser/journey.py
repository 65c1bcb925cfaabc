"""What an admin does in the browser, as functions that journeys, accessibility run and screenshots share."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from plugins.demo.seeding import ADMIN
from plugins.demo.serving import Running
from plugins.jira.simulator.world import MEMBER_PERMISSIONS

ACCOUNT = ("helpdesk-bot@acme.example", "bot-password")


def follow(target: Locator) -> None:
    """Click what leads to another page, and wait for that page: a click alone does not."""
    with target.page.expect_navigation():
        target.click()


def sign_in(page: Page, demo: Running) -> None:
    """Sign in at the helpdesk as the admin."""
    page.goto(f"{demo.helpdesk_url}/sign-in")
    page.get_by_label("E-mail address").fill(ADMIN.email)
    page.get_by_label("Password").fill(ADMIN.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Settings")).to_be_visible()


def open_integrations(page: Page) -> None:
    """Go to Settings › Integrations by its links."""
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Integrations", level=1)).to_be_visible()


def start_connecting(page: Page, account: tuple[str, str] = ACCOUNT) -> None:
    """Click Connect on Jira's card and sign in at Atlassian, up to the consent page."""
    page.locator('[data-integration="jira"]').get_by_role("button", name="Connect").click()
    page.locator('input[name="email"]').fill(account[0])
    page.locator('input[name="password"]').fill(account[1])
    page.locator('form:has(input[name="password"]) button').first.click()
    expect(page.locator('select[name="site"]')).to_be_visible()


def consent(page: Page, site: str = "acme") -> None:
    """Choose the site and authorize."""
    options = page.locator('select[name="site"] option')
    label = next(text for text in options.all_inner_texts() if site in text)
    page.locator('select[name="site"]').select_option(label=label)
    follow(page.get_by_role("button", name="Authorize"))


def choose_projects(page: Page, *keys: str) -> None:
    """Tick projects by key and go on to the board."""
    for key in keys:
        page.locator(".project-row", has=page.locator(f'.project-key:text-is("{key}")')).get_by_role("checkbox").check()
    page.get_by_role("button", name="Use these projects").click()
    expect(page.get_by_role("heading", name="Status mapping", level=1)).to_be_visible()


def connect(page: Page, demo: Running, *projects: str) -> None:
    """Do all of it: sign in, connect acme, choose projects; ends on the board."""
    sign_in(page, demo)
    open_integrations(page)
    start_connecting(page)
    consent(page)
    expect(page.locator('[data-integration="jira"]')).to_have_attribute("data-state", "connected")
    page.get_by_role("link", name="Projects", exact=True).click()
    choose_projects(page, *projects)


def save_reviewed(page: Page) -> None:
    """Agree to the gaps that the review names, if any, and save."""
    if page.locator("#although").count():
        page.locator("#although").check()
    follow(page.get_by_role("button", name="Save", exact=False).first)


def save_mapping(page: Page) -> None:
    """Take the suggestions on the board, and save them."""
    page.get_by_role("button", name="Suggest").click()
    page.locator("[data-changes]").wait_for()
    follow(page.get_by_role("button", name="Review and save"))
    save_reviewed(page)
    expect(page.get_by_role("heading", name="Status mapping", level=1)).to_be_visible()


def find_issues(page: Page, demo: Running, ticket: int, words: str) -> None:
    """Look for issues on a ticket's panel."""
    page.goto(f"{demo.helpdesk_url}/tickets/{ticket}")
    page.get_by_label("Key, address or words").fill(words)
    follow(page.get_by_role("button", name="Find"))


def link(page: Page, demo: Running, ticket: int, key: str) -> None:
    """Link a ticket with an issue; where they do not agree, the ticket follows."""
    find_issues(page, demo, ticket, key)
    page.locator(f'[data-issue="{key}"]').get_by_role("button", name="Link").click()
    expect(page.locator("[data-standing]")).to_be_visible()


def choose_where_to_create(page: Page, demo: Running, ticket: int) -> None:
    """Go from a ticket's panel to the form that asks for what creating an issue demands."""
    page.goto(f"{demo.helpdesk_url}/tickets/{ticket}")
    page.get_by_role("link", name="Create an issue").click()
    page.get_by_label("Project and kind of issue").select_option(label="SUP Customer Support · Bug")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Create the issue")).to_be_visible()


def change_status(page: Page, demo: Running, ticket: int, status: str) -> None:
    """Give a ticket another status."""
    page.goto(f"{demo.helpdesk_url}/tickets/{ticket}")
    page.get_by_label("Status", exact=True).select_option(label=status)
    follow(page.get_by_role("button", name="Change"))


def wait_until_standing(page: Page, demo: Running, ticket: int, standing: str) -> None:
    """Load a ticket again and again until its link stands like that."""
    while True:
        page.goto(f"{demo.helpdesk_url}/tickets/{ticket}")
        if page.locator(f'[data-standing="{standing}"]').count():
            return
        page.wait_for_timeout(200)


def wait_until_ticket(page: Page, demo: Running, ticket: int, status: str) -> None:
    """Load a ticket again and again until it has a status."""
    while True:
        page.goto(f"{demo.helpdesk_url}/tickets/{ticket}")
        if page.locator("select#status option:checked, [name=status] option:checked").first.inner_text() == status:
            return
        page.wait_for_timeout(200)


def wait_until_well(page: Page, demo: Running) -> None:
    """Look at the connection again and again until all is known and well: deliveries are subscribed a moment later."""
    while True:
        page.goto(f"{demo.helpdesk_url}/settings/integrations/jira/1/health")
        follow(page.get_by_role("button", name="Look now"))
        if not page.locator('[data-standing="trouble"], [data-standing="unknown"]').count():
            return
        page.wait_for_timeout(200)


def take_away(demo: Running, project: str, *permissions: str) -> None:
    """Let the account have all of a member's permissions in a project but these."""
    left = sorted(MEMBER_PERMISSIONS - set(permissions))
    demo.simulator.control.set_permissions("acme", ACCOUNT[0], left, project)


def lane_of(page: Page, name: str) -> str:
    """Return the column or tray in which the card of this name lies."""
    lane = page.locator("[data-lane]", has=page.locator(f'[data-card][data-name="{name}"]'))
    return lane.first.get_attribute("data-lane-name") or ""


def cards_of(page: Page, lane: str) -> list[str]:
    """Return the names of the cards in a column, in order."""
    cards = page.locator(f'[data-lane-name="{lane}"] [data-card]')
    return [card.get_attribute("data-name") or "" for card in cards.all()]


def board(page: Page) -> dict[str, list[str]]:
    """Return the whole board: column → names of its cards."""
    page.wait_for_load_state()  # its heading shows before the rest of it has come
    names = [lane.get_attribute("data-lane-name") or "" for lane in page.locator("[data-lane]").all()]
    return {name: cards_of(page, name) for name in names}


def only_card_of(page: Page, lane: str) -> str:
    """Return the name of a card in this column that no other card on the board shares."""
    names = [name for cards in board(page).values() for name in cards]
    return next(name for name in cards_of(page, lane) if names.count(name) == 1)
