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
LEARNT: Final = ("Ask the customer", "Customer answered", "Start work", "Hand over for review", "Send back")
"""A round trip over the statuses between which the issue is going to be moved."""


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
    _wait(stage, lambda: stage.backstage.counts().get(LINK_BACK) == 1, "the issue shows the ticket")
    return f"{ISSUE} is In Progress, and now the ticket is too; the issue shows the ticket"


def follow(stage: Stage) -> str:
    """Move the issue on Jira's board, and see the ticket follow"""
    _wait(stage, lambda: "not ordered" not in _text(stage, "/sync"), "deliveries are ordered")
    with stage.new_browser() as person:
        _move(stage, person, LEARNT[0])
        _wait(stage, lambda: status(stage) == "Waiting", "the ticket waits for the customer")
        for move, wanted in zip(LEARNT[1:], ("In Analysis", "In Progress", "In Review", "In Progress"), strict=True):
            _move(stage, person, move)
            _wait(stage, lambda wanted=wanted: _issue_badge(stage) == wanted, f"the panel says {wanted}")  # type: ignore[misc]  # mypy cannot infer the default's type
    check("The ticket", status(stage), "In Progress")
    return "waited for the customer, went on, and came back from review, all within seconds by signed deliveries"


def move_over_two(stage: Stage) -> str:
    """Solve the ticket: the issue moves over two transitions with a required resolution"""
    browser = stage.browser
    browser.open(stage.connection_url("/mapping/moves"))
    field = _field(browser, "Resolution", "Resolved")
    option = next(o for o in browser.all("option", field) if o.get("value"))
    browser.submit("Save", {_label(browser, field): text_of(option)})
    stage.backstage.let("reset_calls")
    change(stage, "Done")
    _wait(stage, lambda: standing(stage) == "In step" and _issue_badge(stage) == "Resolved", "the issue is resolved")
    check("Moves at Jira", stage.backstage.counts().get("doTransition"), 2)
    check_says(browser, "by way of In Review")
    return f"over In Review to Resolved, with the resolution {text_of(option)}"


def outlive_outage(stage: Stage) -> str:
    """Let Jira be down while the ticket is opened again"""
    stage.backstage.let("fault", match="getIssue", effect="503-html", times=None)
    change(stage, "Open")
    _wait(stage, lambda: "tries again by itself" in _panel_text(stage), "the panel says that Jira is down")
    check("The link", standing(stage), "Waiting")
    stage.backstage.let("clear_faults")
    _wait(stage, lambda: standing(stage) == "In step" and _issue_badge(stage) == "Reopened", "it has caught up")
    return "the panel said so, nothing was lost, and the issue was reopened when Jira was back"


def mend_stop(stage: Stage) -> str:
    """Meet a status without an allowed path, mend it, and try again"""
    change(stage, stage.cast.custom_status)
    _wait(stage, lambda: standing(stage) == "Stopped", "the link is stopped")
    said = _panel_text(stage)
    if "Resolved" not in said or "What helps" not in said:
        raise StepFailed(f"the panel does not say why and what helps: {said}")
    browser = stage.browser
    browser.open(stage.connection_url("/mapping/moves"))
    box = next(label for label in browser.all("label") if "Closed" in text_of(label) and "Resolved" in text_of(label))
    browser.submit("Save", {text_of(box): True})
    _open(stage)
    browser.submit("Retry", within=_panel(stage))
    _wait(stage, lambda: standing(stage) == "In step" and _issue_badge(stage) == "Closed", "the issue is closed")
    return "the way to Closed passes Resolved: allowed on the mapping, retried, and carried out"


def pause(stage: Stage) -> str:
    """Pause the connection, change the ticket, and resume"""
    browser = stage.browser
    browser.open(stage.connection_url("/sync"))
    browser.submit("Pause")
    stage.backstage.let("reset_calls")
    change(stage, "Open")
    time.sleep(1.5)
    check("Moves while paused", stage.backstage.counts().get("doTransition", 0), 0)
    check("The link", standing(stage), "Paused")
    browser.open(stage.connection_url("/sync"))
    check_says(browser, "1 link and 0 deliveries")
    browser.submit("Resume")
    _wait(stage, lambda: standing(stage) == "In step" and _issue_badge(stage) == "Reopened", "it has caught up")
    return "nothing was written meanwhile; one link waited, and was drained"


STEPS: Final = (link, follow, move_over_two, outlive_outage, mend_stop, pause)


# ── what the steps share ──────────────────────────────────────────────────────────────────────────────────────────────


def change(stage: Stage, name: str) -> None:
    """Give the ticket another status, as an agent does."""
    _open(stage)
    stage.browser.submit("Change", {"Status": name})


def status(stage: Stage) -> str:
    """Read the ticket's status."""
    _open(stage)
    return text_of(stage.browser.one('select[name="status"] option[selected]'))


def standing(stage: Stage) -> str:
    """Read how the link stands."""
    _open(stage)
    return text_of(stage.browser.one("[data-standing]", _panel(stage)))


def _issue_badge(stage: Stage) -> str:
    _open(stage)
    return text_of(stage.browser.one("[data-remote-status]", _panel(stage)))


def _panel_text(stage: Stage) -> str:
    _open(stage)
    return text_of(_panel(stage))


def _panel(stage: Stage) -> Tag:
    return stage.browser.one(f'[data-panel="{stage.connection}"]')


def _open(stage: Stage) -> None:
    stage.browser.open(stage.url(f"/tickets/{stage.ticket}"))


def _text(stage: Stage, page: str) -> str:
    stage.browser.open(stage.connection_url(page))
    return stage.browser.text


def _move(stage: Stage, person: Browser, name: str) -> None:
    """Press a move on the issue's page at the simulated Jira, as the account that administers the site."""
    address = f"{stage.cast.atlassian_url}/sites/{stage.cast.site.name}/browse/{ISSUE}"
    person.open(address)
    if "Pick who you are" in person.text:
        person.submit("Sign in", {"Pick who you are to work here": PERSON})
        person.open(address)
    if link_to := [a for a in person.all("a.button") if name in text_of(a)]:
        person.follow(text_of(link_to[0]))
        person.submit(name)
    else:
        person.submit(name)


def _field(browser: Browser, name: str, entered: str) -> Tag:
    for label in browser.all("label"):
        if name in text_of(label) and entered in text_of(label):
            return browser.one(f'[id="{label["for"]}"]')
    raise StepFailed(f"the moves page offers no {name} for {entered}")


def _label(browser: Browser, field: Tag) -> str:
    return text_of(browser.one(f'label[for="{field["id"]}"]'))


def _wait(stage: Stage, condition: Callable[[], bool], what: str) -> None:
    """Wait for what happens by itself.

    Raises:
        StepFailed: it does not.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise StepFailed(f"waited in vain until {what}; the panel says: {_panel_text(stage)}")
        time.sleep(0.2)
