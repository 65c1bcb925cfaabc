"""Second chapter: projects are chosen, and ticket statuses are mapped to Jira's on the board."""

from __future__ import annotations

from bs4 import Tag

from plugins.demo.browsing import text_of
from plugins.demo.cast import Cast, JiraProject
from plugins.demo.chapters.moving import open_board
from plugins.demo.pages import (
    CATEGORY_WORDS,
    Board,
    card_box,
    cards_of,
    lane_of,
    lane_part,
    messages,
    read_board,
)
from plugins.demo.stage import Stage, StepFailed, check, check_says

NEW, CLOSED, LEAVE = "New", "Closed", "leave"


def choose_projects(stage: Stage) -> str:
    """Choose the projects in use"""
    browser = stage.browser
    browser.open(stage.connection_url("/projects"))
    listed = {str(row["data-project"]): text_of(row.select_one(".project-key") or row) for row in _live_rows(stage)}
    check("The projects offered", set(listed.values()), {project.key for project in stage.cast.site.projects})
    browser.submit("Use these projects")
    check_says(browser, "Tick at least one project")
    wanted = {project.key for project in projects_in_use(stage.cast)}
    boxes = [browser.one(f"#project-{identity}") for identity, key in listed.items() if key in wanted]
    browser.submit("Use these projects", tick=boxes)
    check_says(browser, f"{len(wanted)} project{'' if len(wanted) == 1 else 's'} in use.")
    return f"{', '.join(sorted(wanted))} of {len(listed)} that {stage.cast.atlassian.name} can see"


def compare_statuses(stage: Stage) -> str:
    """Find every status of these projects on the board, and no other"""
    board = read_board(stage.browser)
    true = {
        (status.id, status.name.casefold(), CATEGORY_WORDS[status.category])
        for project in projects_in_use(stage.cast)
        for status in project.statuses
    }
    found = {(identity, card.name.casefold(), card.category) for card in cards_of(board) for identity in card.ids}
    check("The statuses on the board", found, true)
    check("Statuses that somebody placed already", _placed(board), set())
    check("The ticket statuses", [lane.name for lane in board][1:-1], _columns(stage))
    return f"{len(true)} statuses by id, name and category; all are New"


def accept_suggestion(stage: Stage) -> str:
    """Accept the suggested mapping"""
    browser = stage.browser
    browser.submit("Suggest")
    board = read_board(browser)
    placed, rest = _placed(board), {i for card in lane_of(board, NEW).cards for i in card.ids}
    told = {s.id for project in projects_in_use(stage.cast) for s in project.statuses if s.category != "undefined"}
    check("Statuses with a category that were left New", told & rest, set())
    reasons = browser.all(".card-reason")
    if placed and not reasons:
        raise StepFailed("the suggestion gives no reasons")
    rows = [lane for lane in board[1:-1] if lane.cards]
    shown = ", ".join(f"{lane.name} {len(lane.cards)}" for lane in rows)
    left = f"; {len(rest)} without a hint stay New" if rest else ""
    return f"{len(placed)} placed with {len(reasons)} reasons: {shown}{left}"


def move_cards(stage: Stage) -> str:
    """Move cards to another column"""
    browser, target = stage.browser, stage.cast.custom_status
    browser.submit("Move", {"Ticked cards: move to": target}, within=browser.one("[data-move-bar]"))
    check_says(browser, "Nothing is ticked.")
    before = read_board(browser)
    chosen = cards_of(before)[-2:]
    boxes = [card_box(browser, card) for card in chosen]
    browser.submit("Move", {"Ticked cards: move to": target}, tick=boxes, within=browser.one("[data-move-bar]"))
    after = read_board(browser)
    check(f"The cards in {target}", lane_of(after, target).cards, (*lane_of(before, target).cards, *chosen))
    check("The number of cards", len(cards_of(after)), len(cards_of(before)))
    return f"{' and '.join(card.name for card in chosen)} to {target}"


def reorder_cards(stage: Stage) -> str:
    """Change the order in a column, and so where issues go"""
    browser, target = stage.browser, stage.cast.custom_status
    cards = lane_of(read_board(browser), target).cards
    if len(cards) > 1:
        browser.submit(f"Move {cards[-1].name} up", within=lane_part(browser, target))
        cards = (*cards[:-2], cards[-1], cards[-2])
    check(f"The order in {target}", lane_of(read_board(browser), target).cards, cards)
    first = browser.one("[data-card]", lane_part(browser, target))
    check("The card to which issues go", first.get("data-name"), cards[0].name)
    if not browser.all(".here-badge", first):
        raise StepFailed(f"{cards[0].name} is first in {target}, but does not say that issues go there")
    return f"{cards[0].name} is first in {target} now"


def choose_head(stage: Stage) -> str:
    """Say what happens to the issue of a closed ticket"""
    browser = stage.browser
    before = lane_of(read_board(browser), CLOSED).head
    if before == LEAVE:
        raise StepFailed(f"{CLOSED} says “{LEAVE}” before anybody chose it")
    column = lane_part(browser, CLOSED)
    choice = browser.one("select[data-head]", column)
    browser.submit("Set", {str(choice["aria-label"]): LEAVE}, within=column)
    check(f"The head of {CLOSED}", lane_of(read_board(browser), CLOSED).head, LEAVE)
    return f"{CLOSED}: {LEAVE} the issue alone (before: {before.replace('same:', 'same as ')})"


def save(stage: Stage) -> str:
    """Review the changes and what they leave open, and save the mapping"""
    browser = stage.browser
    stage.board = read_board(browser)
    browser.submit("Review and save")
    check("The page", browser.heading, "Review and save")
    changes = int(str(browser.one("[data-changes]")["data-changes"]))
    if not changes or not browser.has("[data-save]"):
        raise StepFailed(f"there is nothing to save, though the board was changed: {messages(browser)}")
    gaps = browser.all("[data-gap]")
    if gaps:  # to save them without a word is refused
        browser.submit("Save the mapping", expect=409)
        check_says(browser, "The mapping has gaps.")
    browser.submit("Save the mapping", tick=browser.all("#although"))
    check_says(browser, "The mapping is saved as version 1.")
    browser.open(stage.connection_url("/mapping/versions"))
    check("The versions", [v.get("data-version") for v in browser.all("[data-version]")], ["1"])
    check_says(browser, stage.cast.admin.name)
    return f"version 1 with {changes} changes, all in words; {len(gaps) or 'no'} gaps were agreed to by name"


def reload(stage: Stage) -> str:
    """Look at it from another browser, and compare"""
    other = stage.new_browser()
    stage.sign_in(other, stage.cast.admin)
    other.open(stage.connection_url("/mapping"))
    check("The board", read_board(other), stage.board)
    check("Unsaved changes", len(other.all("[data-changes]")), 0)
    check("The board in the first browser", open_board(stage), stage.board)
    return f"the same {len(cards_of(stage.board))} cards in {len(stage.board)} lanes, nothing left to save"


def projects_in_use(cast: Cast) -> tuple[JiraProject, ...]:
    """Leave one project out where there are several: its own statuses must not be on the board."""
    projects = cast.site.projects
    return projects[:-1] or projects


def _live_rows(stage: Stage) -> list[Tag]:
    rows = []
    for group in stage.browser.all("[data-group]"):
        if text_of(stage.browser.one("h2", group)) != "Archived":
            rows += stage.browser.all("[data-project]", group)
    return rows


def _placed(board: Board) -> set[str]:
    return {identity for lane in board if lane.name != NEW for card in lane.cards for identity in card.ids}


def _columns(stage: Stage) -> list[str]:
    return ["Open", "In Progress", "Waiting", stage.cast.custom_status, "Done", CLOSED]
