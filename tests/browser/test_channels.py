"""Settings › Channels and the conversation on a ticket's page, in a browser and by axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from plugins.jira.simulator import Simulator
from tests.browser import journey
from tests.browser.test_accessibility import DESKTOP, PHONE, check, check_opened

PLACE = "SUP Customer Support · Bug"
PERSON = "dana@acme.example"


@pytest.mark.parametrize("options", [pytest.param(DESKTOP, marks=pytest.mark.soak), PHONE], ids=["desktop", "phone"])
def test_a_channel_and_its_conversation(new_page, demo, options):
    page = new_page(**options)
    problems: dict[str, list[str]] = {}
    journey.connect(page, demo, "SUP", "WEB")
    journey.save_mapping(page)
    make_a_channel(page, demo, problems)
    key = talk(page, demo, problems)
    assert len(comments(demo.simulator, key)) == 2
    mend_the_channel(page, demo, problems)
    bring_over(page, demo, problems)
    assert problems == {}


def test_without_javascript(new_page, demo):
    page = new_page(java_script_enabled=False)
    journey.connect(page, demo, "SUP")
    journey.save_mapping(page)
    choose_place(page, demo)
    page.get_by_label("Name", exact=True).fill("Bugs")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Bugs” is on")).to_be_visible()
    assert add_ticket(page, demo, "It hums").startswith("SUP-")


def choose_place(page: Page, demo) -> None:
    page.goto(f"{demo.helpdesk_url}/settings/channels")
    page.get_by_role("link", name="Add a channel").click()
    page.get_by_label("Project and kind of issue").select_option(label=PLACE)
    journey.follow(page.get_by_role("button", name="Go on"))


def make_a_channel(page: Page, demo, problems) -> None:
    """By keyboard where a form is sent: Enter in the name saves, and nothing else."""
    page.goto(f"{demo.helpdesk_url}/settings/channels")
    check(page, problems, "no channel yet")
    choose_place(page, demo)
    check(page, problems, "a new channel")
    page.get_by_label("Name", exact=True).fill("Bugs")
    page.get_by_role("button", name="Send a test ticket").click()
    expect(page.get_by_text("It is deleted again. Nothing is saved yet.")).to_be_visible()
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_text("“Bugs” is on")).to_be_visible()
    check(page, problems, "a channel")


def talk(page: Page, demo, problems) -> str:
    """Say something on both sides of a ticket that became an issue; return the issue's key."""
    key = add_ticket(page, demo, "The invoice arrives twice")
    expect(page.locator("[data-readers]")).to_contain_text(f"also written on {key} in Jira")
    page.get_by_label("Your comment").fill("We look into it.")
    page.get_by_role("button", name="Add comment").click()
    demo.simulator.control.comment("acme", key, PERSON, "It is the printer.")
    answer = page.get_by_role("article").filter(has_text="It is the printer.")
    while not answer.count() or len(comments(demo.simulator, key)) < 2:
        page.wait_for_timeout(200)
        page.reload()
    expect(answer).to_contain_text("Internal note")
    check_opened(page, problems, "a ticket with a conversation")
    return key


def mend_the_channel(page: Page, demo, problems) -> None:
    """A field becomes required: the ticket waits, everybody is told, and the form mends it."""
    wait_for_attention(page, demo)
    waiting = page.get_by_role("link", name="Mend the channel")
    check(page, problems, "a ticket that waits for its channel")
    ticket = page.url
    page.goto(f"{demo.helpdesk_url}/settings/integrations")
    expect(page.get_by_text("The channel “Bugs” needs attention.")).to_be_visible()
    check(page, problems, "an integration whose channel needs attention")
    journey.follow(waiting)
    check(page, problems, "a channel that needs attention")
    page.get_by_role("link", name="Fill in what is demanded").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Components is demanded. Choose a value.")).to_be_visible()
    check(page, problems, "a channel with a demanded field left empty")
    page.get_by_label("Components").select_option(label="Web")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 waiting ticket gets its issue now.")).to_be_visible()
    page.goto(ticket)
    wait_for_issue(page)


def wait_for_attention(page: Page, demo) -> None:
    """Let a field become required, and wait until a new ticket says that it waits."""
    control = demo.simulator.control
    control.set_components("acme", "SUP", ["Web", "Mobile"])
    control.set_create_field("acme", "SUP", "Bug", "components", required=True)
    page.goto(f"{demo.helpdesk_url}/tickets/new")
    page.get_by_label("Title").fill("It waits")
    page.get_by_label("Requester", exact=True).fill("Rae")
    page.get_by_role("button", name="Add ticket").click()
    waiting = page.get_by_role("link", name="Mend the channel")
    while not waiting.count():
        page.wait_for_timeout(200)
        page.reload()


def bring_over(page: Page, demo, problems) -> None:
    page.goto(f"{demo.helpdesk_url}/settings/channels")
    journey.follow(page.get_by_role("link", name="Bring over a backlog"))
    check(page, problems, "a backlog")
    page.get_by_role("button", name="Count in Jira").click()
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_text("are brought over, a few at a time.")).to_be_visible()
    check(page, problems, "a backlog that is brought over")
    done = page.get_by_text("Brought over by")
    while not done.count():
        page.wait_for_timeout(200)
        page.reload()


def add_ticket(page: Page, demo, title: str) -> str:
    """Add a ticket and wait for its issue; return the issue's key."""
    page.goto(f"{demo.helpdesk_url}/tickets/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Requester", exact=True).fill("Rae")
    page.get_by_role("button", name="Add ticket").click()
    return wait_for_issue(page)


def wait_for_issue(page: Page) -> str:
    key = page.locator("[data-panel] a.fw-semibold")
    while not key.count():
        page.wait_for_timeout(200)
        page.reload()
    return key.inner_text()


def comments(simulator: Simulator, key: str) -> list:
    return simulator.state.site("acme").issue(key).comments
