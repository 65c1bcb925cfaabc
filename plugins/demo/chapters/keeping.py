"""Fourth chapter: a ticket and an issue are linked, and stay in step through what people, Jira and outages do.

It needs an issue whose workflow is known, so it is walked on the demo's own world; on any other the story is told
without it. Whoever moves issues at Jira does so on the simulator's board page, as a person would.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bs4 import Tag

from plugins.demo.browsing import Browser, text_of
from plugins.demo.stage import Stage, StepFailed, check, check_says

ISSUE: Final = "SUP-1"
"""In the demo's world: a bug that is in progress, in a workflow with a required resolution."""
PERSON: Final = "Dana Admin"
"""Who works at the simulated Jira."""
LINK_BACK: Final = "createOrUpdateRemoteIssueLink"
PATIENCE_S: Final = 30.0
MOVES: Final = {
    "Ask the customer": "Waiting for Customer",
    "Customer answered": "In Analysis",
    "Start work": "In Progress",
    "Hand over for review": "In Review",
    "Send back": "In Progress",
    "Approve": "Resolved",
    "Confirm": "Closed",
    "Reopen": "Reopened",
    "Accept": "In Analysis",
}
"""The moves of this workflow by name → the status that they enter."""
ALLOW: Final = "To reach Closed an issue must pass Resolved. Allow?"
RESOLUTION: Final = "Resolution, when an issue enters Resolved"


def link(stage: Stage) -> str:
    """Link a ticket with an issue, and let the ticket follow"""
    browser = stage.browser
    browser.open(stage.url("/tickets/new"))
    browser.submit("Add ticket", {"Title": "The invoice is empty", "Requester": "Rae"})
    stage.ticket = browser.place.rsplit("/", 1)[1]
    stage.backstage.let("reset_calls")
    browser.submit("Find", {"Key, address or words": ISSUE})
    browser.submit("Link", within=browser.one(f'[data-issue="{ISSUE}"]'))
    check("The link", standing(stage), "In step")
    check("The ticket", status(stage), "In Progress")
    wait_until(stage, lambda: stage.backstage.counts().get(LINK_BACK) == 1, "the issue shows the ticket")
    return f"{ISSUE} is In Progress, and now the ticket is too; the issue shows the ticket"


def follow(stage: Stage) -> str:
    """Move the issue on Jira's board, and see the ticket follow"""
    wait_until(stage, lambda: "not ordered" not in _text(stage, "/sync"), "deliveries are ordered")
    _go(stage, "Ask the customer")
    check("The ticket", status(stage), "Waiting")
    _go(stage, "Customer answered", "Start work", "Hand over for review", "Send back", "Hand over for review")
    _go(stage, "Approve", "Confirm", "Reopen", "Accept", "Start work")
    check("The ticket", status(stage), "In Progress")
    return "over eight statuses, to Closed and back: the ticket followed within seconds, by signed deliveries"


def outlive_outage(stage: Stage) -> str:
    """Let Jira be down while the ticket changes"""
    soon = {"Retry-After": "2"}  # a Jira that does not say when is left alone for longer
    stage.backstage.let("fault", match="getIssue", effect="503-html", times=None, headers=soon)
    change(stage, "Waiting")
    wait_until(stage, lambda: "tries again by itself" in _panel_text(stage), "the panel says that Jira is down")
    check("The link", standing(stage), "Waiting")
    stage.backstage.let("clear_faults")
    wait_until_at(stage, "Waiting for Customer")
    _go(stage, "Customer answered", "Start work")
    return "the panel said so, nothing was lost, and the issue moved when Jira was back"


def mend_stop(stage: Stage) -> str:
    """Meet a status without an allowed path, mend it, and try again"""
    change(stage, f"– {stage.cast.custom_status}")
    wait_until(stage, lambda: standing(stage) == "Stopped", "the link is stopped")
    said = _panel_text(stage)
    if "It would pass Resolved" not in said or "What helps" not in said:
        raise StepFailed(f"the panel does not say why and what helps: {said}")
    browser = stage.browser
    browser.open(stage.connection_url("/mapping/moves"))
    browser.submit("Save", {ALLOW: True, RESOLUTION: "Done"})
    open_ticket(stage)
    browser.submit("Retry", within=panel(stage))
    wait_until_at(stage, "Closed")
    return "the way to Closed passes Resolved, which asks for a resolution: both said on one page, retried, carried out"


def move_over_two(stage: Stage) -> str:
    """Solve the ticket: its issue moves over two transitions, with a required resolution"""
    _go(stage, "Reopen", "Accept", "Start work")
    wait_until(stage, lambda: status(stage) == "In Progress", "the ticket is in progress again")
    stage.backstage.let("reset_calls")
    change(stage, "Done")
    wait_until_at(stage, "Resolved")
    check("Moves at Jira", stage.backstage.counts().get("doTransition"), 2)
    check_says(stage.browser, "by way of In Review")
    return "over In Review to Resolved, and the screen's resolution was filled in"


def pause(stage: Stage) -> str:
    """Pause the connection, change the ticket, and resume"""
    browser = stage.browser
    browser.open(stage.connection_url("/sync"))
    browser.submit("Pause")
    stage.backstage.let("reset_calls")
    change(stage, f"– {stage.cast.custom_status}")
    time.sleep(1.5)
    check("Moves while paused", stage.backstage.counts().get("doTransition", 0), 0)
    check("The link", standing(stage), "Paused")
    browser.open(stage.connection_url("/sync"))
    check_says(browser, "1 link and")  # and perhaps Jira's late word of an earlier move
    browser.submit("Resume")
    wait_until_at(stage, "Closed")
    return "nothing was written meanwhile; one link waited, and was drained"


STEPS: Final = (link, follow, outlive_outage, mend_stop, move_over_two, pause)


# ── what the steps share ──────────────────────────────────────────────────────────────────────────────────────────────


def change(stage: Stage, name: str) -> None:
    """Give the ticket another status, as an agent does."""
    open_ticket(stage)
    stage.browser.submit("Change", {"Status": name})


def status(stage: Stage) -> str:
    """Read the ticket's status."""
    open_ticket(stage)
    return text_of(stage.browser.one('select[name="status"] option[selected]'))


def standing(stage: Stage) -> str:
    """Read how the link stands."""
    open_ticket(stage)
    return text_of(stage.browser.one("[data-standing]", panel(stage)))


def _standing_and_badge(stage: Stage) -> tuple[str, str]:
    """Read, from one and the same page, how the link stands and which status the issue has."""
    open_ticket(stage)
    link, issue = (stage.browser.one(f"[data-{what}]", panel(stage)) for what in ("standing", "remote-status"))
    return text_of(link), text_of(issue)


def _panel_text(stage: Stage) -> str:
    open_ticket(stage)
    return text_of(panel(stage))


def panel(stage: Stage) -> Tag:
    """Return the connection's section of the ticket that is open."""
    return stage.browser.one(f'[data-panel="{stage.connection}"]')


def open_ticket(stage: Stage) -> None:
    """Open the ticket that the story is about."""
    stage.browser.open(stage.url(f"/tickets/{stage.ticket}"))


def _text(stage: Stage, page: str) -> str:
    stage.browser.open(stage.connection_url(page))
    return stage.browser.text


def _go(stage: Stage, *moves: str) -> None:
    """Let somebody move the issue at Jira, and wait after each move until the helpdesk has heard of it."""
    with stage.new_browser() as person:
        for move in moves:
            _move(stage, person, move)
            wait_until_at(stage, MOVES[move])


def _move(stage: Stage, person: Browser, name: str) -> None:
    """Press a move on the issue's page at the simulated Jira."""
    address = f"{stage.cast.atlassian_url}/sites/{stage.cast.site.name}/browse/{ISSUE}"
    person.open(address)
    if "Pick who you are" in person.text:
        person.submit("Sign in", {"Pick who you are to work here": PERSON})
        person.open(address)
    if any(name in text_of(link) for link in person.all("a.button")):  # its screen asks for something
        person.follow(name)
    person.submit(name)


def wait_until_at(stage: Stage, name: str) -> None:
    """Wait until both sides are in step, with the issue in this status."""
    at_rest = ("In step", name)
    wait_until(stage, lambda: _standing_and_badge(stage) == at_rest, f"the issue is in step at {name}")


def wait_until(stage: Stage, condition: Callable[[], bool], what: str) -> None:
    """Wait for what happens by itself.

    Raises:
        StepFailed: it does not.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise StepFailed(f"waited in vain until {what}; the panel says: {_panel_text(stage)}")
        time.sleep(0.1)
