"""Fifth chapter: a ticket gets an issue of its own, and people on both sides talk. What is internal stays.

It is walked where the fourth is, and whoever speaks at Jira does so on the simulator's issue page, as a person would.
"""

from __future__ import annotations

import time
from typing import Final

from plugins.demo.browsing import Browser, text_of
from plugins.demo.chapters.keeping import PERSON, open_ticket, panel, standing, wait_until
from plugins.demo.stage import Stage, StepFailed, check, check_says

TITLE: Final = "The export leaves out the last month"
KIND: Final = ("SUP", "Bug")
REPLY: Final = "We can see it too, and are looking into it."
NOTE: Final = "Between us: their contract ends in March."
ANSWER: Final = "Mended in the build of tonight."
CREATE: Final = "createIssue"


def create_issue(stage: Stage) -> str:
    """Create an issue from a ticket"""
    browser = stage.browser
    browser.open(stage.url("/tickets/new"))
    browser.submit("Add ticket", {"Title": TITLE, "Requester": "Rae"})
    stage.ticket = browser.place.rsplit("/", 1)[1]
    stage.backstage.let("reset_calls")
    open_ticket(stage)
    browser.follow("Create an issue", within=panel(stage))
    offered = [text_of(option) for option in browser.all("#where option")]
    where = next(name for name in offered if all(word in name for word in KIND))
    browser.submit("Go on", {"Project and kind of issue": where})
    browser.submit("Create the issue")
    check_says(browser, "is being created")
    wait_until(stage, lambda: _is_linked(stage), "the issue is in step")
    check("How often one was created", stage.backstage.counts().get(CREATE), 1)
    return f"{_key(stage)} was created once, and is in step"


def open_ways(stage: Stage) -> str:
    """Say what of the conversation travels"""
    browser = stage.browser
    browser.open(stage.connection_url("/sync"))
    check_says(browser, "Internal notes never leave the helpdesk.")
    wanted: dict[str, str | bool] = {
        "Public replies are written on the issue": True,
        "Come as internal notes": True,
    }
    browser.submit("Save", wanted)
    check_says(browser, "Saved.")
    return "public replies go to the issue, its comments come as internal notes"


def reply(stage: Stage) -> str:
    """Reply on the ticket, and keep a note to ourselves"""
    browser = stage.browser
    for words, who in ((NOTE, "Internal note"), (REPLY, "Public reply")):
        open_ticket(stage)
        option = next(name for name in _ways(browser) if name.startswith(who))
        browser.submit("Add comment", {"Your comment": words, option: True})
    with stage.new_browser() as person:
        wait_until(stage, lambda: REPLY in _issue_page(stage, person), "the reply stands on the issue")
        if NOTE in person.text:
            raise StepFailed("the internal note stands on the issue")
    return "the reply stands on the issue with its author's name; the note does not"


def hear_answer(stage: Stage) -> str:
    """Let somebody answer at Jira, and read it on the ticket"""
    with stage.new_browser() as person:
        _issue_page(stage, person)
        person.submit("Comment", {"Add a comment": ANSWER})
    wait_until(stage, lambda: _has_answer(stage), "the answer stands on the ticket")
    time.sleep(1)
    open_ticket(stage)
    found = [text_of(card) for card in stage.browser.all("li") if ANSWER in text_of(card)]
    check("How often the answer stands on the ticket", len(found), 1)
    for word in (PERSON, "Internal note"):
        if word not in found[0]:
            raise StepFailed(f"the answer is not marked “{word}”: {found[0]}")
    return f"once, as an internal note by {PERSON}"


STEPS: Final = (create_issue, open_ways, reply, hear_answer)


def _is_linked(stage: Stage) -> bool:
    open_ticket(stage)
    return stage.browser.has("[data-standing]") and standing(stage) == "In step"


def _key(stage: Stage) -> str:
    open_ticket(stage)
    return text_of(stage.browser.one("a.fw-semibold", panel(stage)))


def _ways(browser: Browser) -> list[str]:
    return [text_of(label) for label in browser.all("label.form-check-label")]


def _has_answer(stage: Stage) -> bool:
    open_ticket(stage)
    return ANSWER in stage.browser.text


def _issue_page(stage: Stage, person: Browser) -> str:
    """Open the issue's page at the simulated Jira, signed in; return what it says."""
    address = f"{stage.cast.atlassian_url}/sites/{stage.cast.site.name}/browse/{_key(stage)}"
    person.open(address)
    if "Pick who you are" in person.text:
        person.submit("Sign in", {"Pick who you are to work here": PERSON})
        person.open(address)
    return person.text
