"""Sixth chapter: channels. Tickets become issues and issues become tickets by rule; one channel is all one way.

It is walked where the fourth is. Whoever creates issues at Jira does so on the simulator's pages, as a person would.
"""

from __future__ import annotations

import time
from typing import Final

from plugins.demo.browsing import Browser, text_of
from plugins.demo.chapters.keeping import PERSON, change, open_ticket, standing, wait_until
from plugins.demo.stage import Stage, check, check_says

BUGS: Final = ("SUP", "Bug")
STORIES: Final = ("WEB", "Story")
FROM_HERE: Final = "The invoice arrives twice"
FROM_THERE: Final = "The nightly build is red"
ONLY_IN: Final = "Search finds nothing since today"
CREATE: Final = "createIssue"


def make_channel(stage: Stage) -> str:
    """Make a channel, and send a test ticket from the form"""
    _choose_place(stage, BUGS)
    stage.backstage.let("reset_calls")
    stage.browser.submit("Send a test ticket", {"Name": "Bugs"})
    check_says(stage.browser, "It is deleted again. Nothing is saved yet.")
    counts = stage.backstage.counts()
    check("Created and deleted", (counts.get(CREATE), counts.get("deleteIssue")), (1, 1))
    stage.browser.submit("Save")
    check_says(stage.browser, "“Bugs” is on: what is created from now on is touched.")
    return "a test issue was created with the channel’s values and deleted again; then the channel was saved"


def become_issue(stage: Stage) -> str:
    """Add a ticket, and see it become an issue by itself"""
    stage.backstage.let("reset_calls")
    _add_ticket(stage, FROM_HERE)
    wait_until(stage, lambda: _in_step(stage), "the ticket has an issue and is in step")
    check("How often one was created", stage.backstage.counts().get(CREATE), 1)
    return "nobody asked for it; it was created once, and is in step"


def become_ticket(stage: Stage) -> str:
    """Let somebody create an issue at Jira, and see it become a ticket"""
    _create_at_jira(stage, BUGS, FROM_THERE)
    stage.ticket = ticket_about(stage, FROM_THERE)
    check("The link", standing(stage), "In step")
    time.sleep(1)
    for title in (FROM_THERE, FROM_HERE):
        check(f"Tickets about “{title}”", len(_tickets_about(stage, title)), 1)
    return "one ticket for it; none for the issue that was made of a ticket"


def only_listen(stage: Stage) -> str:
    """Make a channel that only listens, and count what is written at Jira"""
    browser = stage.browser
    _choose_place(stage, STORIES)
    ways = ("New issues become tickets", "Tickets follow their issues", "Comments of the issue come to the ticket")
    browser.submit("Save", {"Name": "Stories", **{_only(browser, way): True for way in ways}})
    check_says(browser, "“Stories” is on")
    stage.backstage.let("reset_calls")
    _create_at_jira(stage, STORIES, ONLY_IN)
    stage.ticket = ticket_about(stage, ONLY_IN)
    change(stage, "Waiting")
    open_ticket(stage)
    browser.submit("Add comment", {"Your comment": "We look into it."})
    with stage.new_browser() as person:
        _open_issue(stage, person, _key(stage))
        person.submit("Comment", {"Add a comment": "Reproduced."})
    wait_until(stage, lambda: "Reproduced." in _ticket_text(stage), "the comment stands on the ticket")
    time.sleep(1)
    check("What was written at Jira", stage.backstage.writes(), [])
    return "the issue became a ticket and its comment came; a changed status and a reply stayed here: no write"


STEPS: Final = (make_channel, become_issue, become_ticket, only_listen)


# ── what the steps share ──────────────────────────────────────────────────────────────────────────────────────────────


def _choose_place(stage: Stage, kind: tuple[str, str]) -> None:
    browser = stage.browser
    browser.open(stage.url("/settings/channels"))
    browser.follow("Add a channel")
    offered = [text_of(option) for option in browser.all("#where option")]
    where = next(name for name in offered if all(word in name.split() for word in kind))
    browser.submit("Go on", {"Project and kind of issue": where})


def _only(browser: Browser, words: str) -> str:
    """Return the label of a way whose words another one's begin with."""
    labels = [text_of(label) for label in browser.all("label.form-check-label")]
    return next(label for label in labels if label == words)


def _add_ticket(stage: Stage, title: str) -> None:
    stage.browser.open(stage.url("/tickets/new"))
    stage.browser.submit("Add ticket", {"Title": title, "Requester": "Rae"})
    stage.ticket = stage.browser.place.rsplit("/", 1)[1]


def _in_step(stage: Stage) -> bool:
    open_ticket(stage)
    return stage.browser.has("[data-standing]") and standing(stage) == "In step"


def _create_at_jira(stage: Stage, kind: tuple[str, str], title: str) -> None:
    board = f"{stage.cast.atlassian_url}/sites/{stage.cast.site.name}/boards/{kind[0]}"
    with stage.new_browser() as person:
        _open_as_person(person, board)
        person.follow(kind[1])
        person.submit("Create", {"Summary": title})


def _open_issue(stage: Stage, person: Browser, key: str) -> None:
    _open_as_person(person, f"{stage.cast.atlassian_url}/sites/{stage.cast.site.name}/browse/{key}")


def _open_as_person(person: Browser, address: str) -> None:
    person.open(address)
    if "Pick who you are" in person.text:
        person.submit("Sign in", {"Pick who you are to work here": PERSON})
        person.open(address)


def _tickets_about(stage: Stage, title: str) -> list[str]:
    stage.browser.open(stage.url(f"/tickets?q={title.replace(' ', '+')}"))
    links = [link for link in stage.browser.all("a[href^='/tickets/']") if text_of(link) == title]
    return [str(link["href"]).rsplit("/", 1)[1] for link in links]


def ticket_about(stage: Stage, title: str) -> str:
    """Find the only ticket with this title, and wait for it where it is still to come."""
    found: list[str] = []

    def there() -> bool:
        found[:] = _tickets_about(stage, title)
        return bool(found)

    wait_until(stage, there, f"there is a ticket about “{title}”")
    check(f"Tickets about “{title}”", len(found), 1)
    return found[0]


def _ticket_text(stage: Stage) -> str:
    open_ticket(stage)
    return stage.browser.text


def _key(stage: Stage) -> str:
    open_ticket(stage)
    return text_of(stage.browser.one("[data-panel] a.fw-semibold"))
