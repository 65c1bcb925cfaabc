"""Last chapter: every page renders, for those whom it concerns."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from plugins.demo.browsing import Browser
from plugins.demo.stage import Stage, check, check_says

SETTINGS = "/settings"
OWN = re.compile(r"/tickets/\d+/comments/\d+/edit")
"""A comment's page is offered to who wrote it, and to admins."""
OF_A_KIND = 3
"""How many addresses that differ by a number only are opened, such as /tickets/7."""


def open_every_page(stage: Stage) -> str:
    """Open every page as the admin"""
    stage.pages = _walk(stage, stage.browser)
    settings = {page for page in stage.pages if page.startswith(SETTINGS)}
    about = urlsplit(stage.connection_url()).path
    known = {f"{SETTINGS}/people", f"{SETTINGS}/statuses", about, f"{about}/projects", f"{about}/mapping"}
    check("Pages that no link leads to", known - settings, set())
    return f"{len(stage.pages)} pages, {len(settings)} of them settings"


def open_as_agent(stage: Stage) -> str:
    """Open every page as an agent"""
    agent = stage.new_browser()
    stage.sign_in(agent, stage.cast.agent)
    check_says(agent, stage.cast.agent.name)
    seen = _walk(stage, agent)
    check("Settings that an agent is led to", {page for page in seen if page.startswith(SETTINGS)}, set())
    tickets = {page for page in stage.pages if not page.startswith(SETTINGS) and not OWN.fullmatch(page)}
    check("Pages of tickets", {page for page in seen if not OWN.fullmatch(page)}, tickets)
    closed = sorted(page for page in stage.pages if page.startswith(SETTINGS))
    for page in closed:
        agent.open(stage.url(page), expect=403)
        check(f"The words at {page}", agent.heading, "Only for admins")
    return f"{len(seen)} pages of tickets are open, {len(closed)} of settings closed"


def _walk(stage: Stage, browser: Browser) -> set[str]:
    """Follow the links within the helpdesk; each must answer with a page. Of pages of one kind a few stand for all."""
    waiting, seen, kinds = [stage.url("/")], {"/"}, Counter[str]()
    while waiting:
        browser.open(waiting.pop())
        for address in browser.links():
            path = urlsplit(address).path
            kind = re.sub(r"\d+", "#", path)
            if address.startswith(stage.url("/")) and path not in seen and kinds[kind] < OF_A_KIND:
                kinds[kind] += 1
                seen.add(path)
                waiting.append(address)
    return seen
