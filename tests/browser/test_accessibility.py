"""No WCAG 2.1 AA violation by axe-core on any page: in light on a desktop, and in dark on a phone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from plugins.demo.seeding import AGENTS
from tests.browser import journey

AXE = Axe().axe_script
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # of what is right, axe need not describe every place: half of its time
    "preload": {"assets": ["media"]},  # no rule asked for here wants a copy of all style sheets
}
KINDS_OF_DRIFT = {"vanished", "category", "move", "project"}
DESKTOP = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "reduced_motion": "reduce"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "reduced_motion": "reduce"}
"""Both sizes and both colour schemes, in two walks and not in four. Reduced motion: no colour is still on its way."""


def check(page: Page, problems: dict[str, list[str]], name: str = "") -> None:
    """Run axe-core on the page as it is, and look for sideways scrolling of the page."""
    found = violations(page)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
        found.append("the page scrolls sideways")
    if found:
        problems[name or re.sub(r"^https?://[^/]+", "", page.url)] = found


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):  # half a megabyte, so once for a page
        page.evaluate(AXE)
    return [
        f"{violation['id']}: {node['html'][:160]} — {node.get('failureSummary', '')[:200]}"
        for violation in page.evaluate("options => axe.run(options).then(results => results.violations)", RULES)
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("options", [pytest.param(DESKTOP, marks=pytest.mark.soak), PHONE], ids=["desktop", "phone"])
def test_every_page(new_page, demo, options):
    page = new_page(**options)
    problems: dict[str, list[str]] = {}
    walk_through_connecting(page, demo, problems)
    walk_through_the_rest(page, demo, problems)
    assert problems == {}


def walk_through_connecting(page: Page, demo, problems) -> None:
    page.goto(f"{demo.helpdesk_url}/sign-in")
    check(page, problems)
    journey.sign_in(page, demo)
    check(page, problems)
    journey.open_integrations(page)
    check(page, problems, "integrations before connecting")
    page.goto(f"{demo.helpdesk_url}/settings/integrations/jira/setup")
    check(page, problems)
    journey.open_integrations(page)
    journey.follow(page.locator('[data-integration="jira"]').get_by_role("button", name="Connect"))
    check(page, problems, "Atlassian's sign-in")
    page.go_back()
    journey.start_connecting(page)
    check(page, problems, "Atlassian's consent")
    journey.follow(page.get_by_role("button", name="Cancel"))
    check(page, problems)
    journey.follow(page.get_by_role("button", name="Connect again"))
    journey.consent(page)
    check(page, problems, "integrations connected")


def walk_through_the_rest(page: Page, demo, problems) -> None:
    journey.follow(page.get_by_role("link", name="Projects", exact=True))
    check(page, problems)
    journey.choose_projects(page, "SUP", "WEB", "MOB")
    check(page, problems, "board before suggesting")
    page.get_by_role("button", name="Suggest").click()
    page.locator("[data-changes]").wait_for()
    check(page, problems, "board with suggestions")
    journey.follow(page.get_by_role("button", name="Review and save"))
    check(page, problems, "review")
    journey.save_reviewed(page)
    walk_through_a_conversation(page, demo, problems)
    walk_through_keeping_in_step(page, demo, problems)
    base = f"{demo.helpdesk_url}/settings/integrations/jira/1"
    walk_through_importing(page, base, problems)
    paths = ["", "/mapping?project=", "/mapping?all=1", "/mapping/versions", "/mapping/versions/1", "/disconnect"]
    for address in [f"{base}{path}" for path in paths] + [f"{demo.helpdesk_url}{path}" for path in OTHER_PAGES]:
        page.goto(address)
        check(page, problems)
    walk_through_the_judgement(page, base, problems)
    walk_through_health(page, demo, base, problems)
    walk_through_what_changed(page, demo, base, problems)
    demo.simulator.control.revoke_grant(journey.ACCOUNT[0])
    page.goto(f"{base}/projects")
    journey.follow(page.get_by_role("button", name="Refresh"))
    check(page, problems, "projects after the grant was revoked")
    page.goto(f"{demo.helpdesk_url}/settings/integrations")
    check(page, problems, "integrations in trouble")
    page.goto(f"{base}/disconnect")
    journey.follow(page.get_by_role("button", name="Disconnect"))
    check(page, problems, "disconnected")
    page.goto(base)
    check(page, problems, "a disconnected connection")


def walk_through_the_judgement(page: Page, base: str, problems) -> None:
    """Gaps and workflows, every way through one of them, the linked tickets, and a review that asks what becomes."""
    page.goto(f"{base}/mapping/judgement")
    check(page, problems)
    journey.follow(page.locator("[data-verdict] a").first)
    check_opened(page, problems, "every way through a workflow")
    page.goto(f"{base}/links")
    check(page, problems)
    page.goto(f"{base}/mapping")
    for box in page.locator('[data-lane-name="Closed"] [data-card] input[type="checkbox"]').all():
        box.check()
    page.locator("select#to").select_option(label="New")
    page.get_by_role("button", name="Move", exact=True).click()
    page.locator("[data-changes]").wait_for()
    check(page, problems, "a board with gaps")
    journey.follow(page.get_by_role("button", name="Review and save"))
    check_opened(page, problems, "a review with gaps")
    page.goto(f"{base}/mapping")
    page.get_by_role("button", name="Discard").click()


def walk_through_what_changed(page: Page, demo, base: str, problems) -> None:
    """Nothing, then an item of each kind, on every page that tells of them; and one that was mended."""
    page.goto(f"{base}/mapping/drift")
    check(page, problems, "nothing has changed")
    control = demo.simulator.control
    control.remove_transition("acme", "Mobile app board", "Done")
    control.delete_status("acme", "10101", "10100")
    control.recategorize_status("acme", "3", "done")
    control.hide_project("acme", "WEB", journey.ACCOUNT[0])
    journey.follow(page.get_by_role("button", name="Read anew"))
    found = page.locator("[data-drift]")
    for _ in range(100):
        if found.count() == len(KINDS_OF_DRIFT):
            break
        page.wait_for_timeout(100)
        page.reload()
    assert {each.get_attribute("data-drift") for each in found.all()} == KINDS_OF_DRIFT
    check(page, problems, "what changed")
    for address in (f"{base}/mapping", base, f"{demo.helpdesk_url}/settings/integrations"):
        page.goto(address)
        check(page, problems, f"{address} after something changed")
    page.goto(f"{base}/mapping/drift")
    journey.follow(page.get_by_role("button", name="Take it off the board"))
    check(page, problems, "what changed, mended")
    control.show_project("acme", "WEB", journey.ACCOUNT[0])


def walk_through_health(page: Page, demo, base: str, problems) -> None:
    """All is well, then two kinds of trouble, on the pages that tell of them; and a project that somebody looks for."""
    health, repairs, control = f"{base}/health", f"{demo.helpdesk_url}/settings/repairs", demo.simulator.control
    page.goto(health)
    journey.follow(page.get_by_role("button", name="Look now"))
    check_opened(page, problems, "health")
    page.goto(repairs)
    check(page, problems, "repairs")
    control.hide_project("acme", "MOB", journey.ACCOUNT[0])
    journey.take_away(demo, "SUP", "TRANSITION_ISSUES")
    page.goto(health)
    journey.follow(page.get_by_role("button", name="Look now"))
    check_opened(page, problems, "health in trouble")
    for name, asked in {"hidden": "MOB", "usable": "WEB", "no key": "?"}.items():
        page.get_by_label("Its key, or its address in Jira").fill(asked)
        journey.follow(page.get_by_role("button", name="Find out why"))
        check(page, problems, f"a project that is {name}")
    page.goto(repairs)
    check(page, problems, "repairs with items")
    control.show_project("acme", "MOB", journey.ACCOUNT[0])
    journey.take_away(demo, "SUP")
    page.goto(health)
    journey.follow(page.get_by_role("button", name="Look now"))


def walk_through_importing(page: Page, base: str, problems) -> None:
    """A file that changes something, and one with a line that does not fit, each beside what is here."""
    text = page.request.get(f"{base}/mapping/export.yaml").text()
    card = next(line for line in text.splitlines(keepends=True) if line.startswith("    - {id: "))
    for name, changed in {
        "an import": text.replace(card, ""),
        "a refused import": text.replace(card, "    - {name: Nowhere, category: new}\n"),
    }.items():
        page.goto(f"{base}/mapping/versions")
        file = {"name": "mapping.yaml", "mimeType": "application/yaml", "buffer": changed.encode()}
        page.get_by_label("Mapping as YAML").set_input_files([file])
        journey.follow(page.get_by_role("button", name="Look at what it means here"))
        check(page, problems, name)


def walk_through_a_conversation(page: Page, demo, problems) -> None:
    """A reply that was edited and one that was deleted, a note that was a reply, all menus opened, and the form."""
    for words in ("Wrong word", "Wrong ticket", "Wrong ears"):
        page.goto(f"{demo.helpdesk_url}/tickets/3")
        page.get_by_label("Your comment").fill(words)
        journey.follow(page.get_by_role("button", name="Add comment"))
    comment_of(page, "Wrong word").get_by_text("Change").click()
    journey.follow(comment_of(page, "Wrong word").get_by_role("link", name="Edit"))
    check(page, problems, "editing a comment")
    page.get_by_label("The comment").fill("  ")
    journey.follow(page.get_by_role("button", name="Save"))
    check(page, problems, "a refused edit")
    page.get_by_label("The comment").fill("Edited")
    journey.follow(page.get_by_role("button", name="Save"))
    for words, way in (("Wrong ticket", "Delete"), ("Wrong ears", "Make internal")):
        comment_of(page, words).get_by_text("Change").click()
        comment_of(page, words).get_by_text(way).first.click()
        journey.follow(comment_of(page, words).get_by_role("button", name=way))
    check_opened(page, problems, "a ticket whose comments changed")


def comment_of(page: Page, words: str) -> Locator:
    """Return the comment with these words."""
    return page.get_by_role("article").filter(has_text=words)


def walk_through_keeping_in_step(page: Page, demo, problems) -> None:
    """Find, link, be in step and be stopped, the settings, the activity; with everything opened that can be."""
    base = f"{demo.helpdesk_url}/settings/integrations/jira/1"
    page.goto(f"{demo.helpdesk_url}/tickets/1")
    check(page, problems, "a ticket that can be linked")
    journey.find_issues(page, demo, 1, "nothing-like-that")
    check(page, problems, "no issue found")
    journey.find_issues(page, demo, 1, "the")
    check(page, problems, "issues found")
    journey.choose_where_to_create(page, demo, 2)
    check(page, problems, "what creating an issue demands")
    journey.follow(page.get_by_role("button", name="Create the issue"))
    check(page, problems, "an issue is being created")
    journey.link(page, demo, 1, "SUP-1")
    check(page, problems, "a linked ticket")
    journey.change_status(page, demo, 1, "Closed")
    journey.wait_until_standing(page, demo, 1, "stopped")
    assert page.locator("[data-whereabouts] svg").count() == 1
    check_opened(page, problems, "a ticket whose link is stopped")
    page.goto(f"{base}/activity")
    check_opened(page, problems, "activity")
    page.goto(f"{base}/activity?ticket=x")
    check(page, problems, "activity of no number")
    page.goto(f"{base}/mapping/moves")
    journey.follow(page.get_by_role("button", name="Read workflows anew"))
    check_opened(page, problems, "what moves need")
    journey.follow(page.get_by_role("link", name="See the workflows as pictures"))
    check(page, problems, "the workflows")
    journey.follow(page.get_by_role("link", name="Bug of SUP"))
    check_opened(page, problems, "a workflow as a picture")
    page.goto(f"{base}/sync")
    check(page, problems, "keeping in step")
    journey.follow(page.get_by_role("button", name="Pause"))
    check(page, problems, "paused")
    for address in ("/tickets/1", "/tickets/2", "/settings/integrations", "/settings/integrations/jira/1/activity"):
        page.goto(f"{demo.helpdesk_url}{address}")
        check(page, problems, f"{address} while paused")
    page.goto(f"{base}/sync")
    journey.follow(page.get_by_role("button", name="Resume"))


def check_opened(page: Page, problems: dict[str, list[str]], name: str) -> None:
    """Check a page with all that it keeps behind a click."""
    closed = page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    check(page, problems, name)


OTHER_PAGES = (
    "/tickets",
    "/tickets?status=open&q=printer",
    "/tickets/new",
    "/tickets/1",
    "/settings/statuses",
    "/settings/people",
    "/settings/people/2",
    "/nowhere",
)


def test_an_agent_gets_no_settings(new_page, demo):
    page = new_page()
    page.goto(f"{demo.helpdesk_url}/sign-in")
    page.get_by_label("E-mail address").fill(AGENTS[0].email)
    page.get_by_label("Password").fill(AGENTS[0].password)
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("link", name="Settings").count() == 0
