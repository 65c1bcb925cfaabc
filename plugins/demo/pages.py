"""Reads the helpdesk's and Atlassian's pages into plain values that can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import Tag

from plugins.demo.browsing import Browser, PageError, text_of

CATEGORY_WORDS = {"new": "To do", "indeterminate": "In progress", "done": "Done", "undefined": "No category"}
"""Jira's keys → the helpdesk's words for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JiraCard:
    """Jira's card in Settings › Integrations."""

    state: str
    lines: dict[str, str]
    """Connection → what its line says."""
    buttons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A card of the board: one Jira status, or several of one name."""

    name: str
    category: str
    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A column or a tray of the board."""

    place: str
    name: str
    head: str
    """What happens to the issue: move, leave, same:… ; empty for a tray."""
    cards: tuple[Card, ...]


Board = tuple[Lane, ...]


def read_card(browser: Browser) -> JiraCard:
    """Read Jira's card from the page that is open."""
    card = jira_card(browser)
    lines = {str(line["data-connection"]): text_of(line) for line in browser.all("[data-connection]", card)}
    buttons = tuple(text_of(button) for button in browser.all("form button", card))
    return JiraCard(state=str(card["data-state"]), lines=lines, buttons=buttons)


def jira_card(browser: Browser) -> Tag:
    """Find Jira's card, to press a button in it."""
    return browser.one('[data-integration="jira"]')


def read_board(browser: Browser) -> Board:
    """Read the mapping board from the page that is open."""
    return tuple(_lane(browser, lane) for lane in browser.all("[data-lane]"))


def lane_of(board: Board, name: str) -> Lane:
    """Find a lane by what people call it."""
    for lane in board:
        if lane.name == name:
            return lane
    raise PageError(f"the board has no lane “{name}”; there are {', '.join(lane.name for lane in board)}")


def cards_of(board: Board) -> list[Card]:
    """Return all cards, in the board's order."""
    return [card for lane in board for card in lane.cards]


def card_box(browser: Browser, card: Card) -> Tag:
    """Find the box that ticks a card."""
    return browser.one(f'[data-card="{card.ids[0]}"] input[value="group:{card.ids[0]}"]')


def lane_part(browser: Browser, name: str) -> Tag:
    """Find the part of the page that shows a lane."""
    return browser.one(f'[data-lane-name="{name}"]')


def checklist_scopes(browser: Browser) -> frozenset[str]:
    """Return the permissions that the set-up form tells the operator to tick."""
    found = (re.match(r"Jira API › (\S+): ", text_of(item)) for item in browser.all("main li"))
    return frozenset(match[1] for match in found if match)


def consent_scopes(browser: Browser) -> frozenset[str]:
    """Return the permissions that Atlassian's consent page names."""
    return frozenset(text_of(code) for code in browser.all("form li code"))


def messages(browser: Browser) -> str:
    """Return what the helpdesk says on top of the page about what was just done."""
    return " ".join(text_of(message) for message in browser.all("main > .alert"))


def _lane(browser: Browser, lane: Tag) -> Lane:
    chosen = browser.all("select[data-head] option[selected]", lane)
    return Lane(
        place=str(lane["data-lane"]),
        name=str(lane["data-lane-name"]),
        head=str(chosen[0]["value"]) if chosen else "",
        cards=tuple(_card(browser, card) for card in browser.all("[data-card]", lane)),
    )


def _card(browser: Browser, card: Tag) -> Card:
    singles = [str(box["value"]).removeprefix("single:") for box in browser.all('input[value^="single:"]', card)]
    return Card(
        name=str(card["data-name"]),
        category=text_of(browser.one(".card-about", card)).partition(" · ")[0],
        ids=tuple(singles) or (str(card["data-card"]),),
    )
