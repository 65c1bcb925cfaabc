"""The board's laws, over random histories of gestures (property-based)."""

from __future__ import annotations

import json
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from helpdesk_core.mapping.board import Board, Leave, Move, SameAs, Targets, Tray, problems
from helpdesk_core.mapping.documents import from_document, to_document
from helpdesk_core.mapping.gestures import choose_head, follow_default, place, replace_status
from helpdesk_core.mapping.suggestions import fill
from helpdesk_core.mapping.wording import Names, differences
from helpdesk_core.values import RemoteStatus, Suggestion, SystemStatus, TicketStatus

STATUSES = (
    *(TicketStatus(key=system.value, name=system.name, system=system) for system in SystemStatus),
    TicketStatus(key="vendor", name="Vendor", system=SystemStatus.WAITING),
    TicketStatus(key="review", name="Review", system=SystemStatus.IN_PROGRESS),
)
KEYS = [status.key for status in STATUSES]
REMOTES = list("abcdefgh")
NAMES = Names(statuses=STATUSES, remotes={r: f"Remote {r}" for r in REMOTES})

keys = st.sampled_from(KEYS)
projects = st.sampled_from([None, "P", "Q"])
places = st.one_of(keys, st.sampled_from(Tray))
heads = st.one_of(st.just(Move()), st.just(Leave()), st.builds(SameAs, keys))
cards = st.lists(st.sampled_from(REMOTES), min_size=1, max_size=3, unique=True)


class Put(NamedTuple):
    """A gesture with cards."""

    project: str | None
    cards: list[str]
    to: object
    before: str | None

    def on(self, board: Board) -> Board:
        return place(board, self.project, self.cards, self.to, before=self.before)


class Choose(NamedTuple):
    """A gesture at a head."""

    project: str | None
    key: str
    head: object

    def on(self, board: Board) -> Board:
        return choose_head(board, self.project, self.key, self.head, STATUSES)


puts = st.builds(Put, projects, cards, places, st.one_of(st.none(), st.sampled_from(REMOTES)))
chooses = st.builds(Choose, projects, keys, heads)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    board = Board()
    for gesture in draw(st.lists(st.one_of(puts, chooses), max_size=14)):
        board = gesture.on(board)
    return board


def everywhere(board: Board, project: str | None) -> list[str]:
    flat = board.layer(project)
    return [*flat.ignored, *(remote for ids in flat.columns.values() for remote in ids)]


@given(boards(), projects)
def test_a_status_stands_in_at_most_one_place(board, project):
    placed = everywhere(board, project)
    assert len(placed) == len(set(placed))


@given(boards(), puts)
def test_a_move_puts_the_cards_there_and_loses_none(board, put):
    after = put.on(board)
    flat, was = after.layer(put.project), board.layer(put.project)
    for card in put.cards:
        assert flat.inbound(card) == put.to
    for other in set(REMOTES) - set(put.cards):
        assert flat.inbound(other) == was.inbound(other)
    if isinstance(put.to, str):
        column = list(flat.columns[put.to])
        assert [r for r in column if r in put.cards] == put.cards
        assert [r for r in column if r not in put.cards] == [
            r for r in was.columns.get(put.to, ()) if r not in put.cards
        ]


@given(boards(), puts)
def test_a_move_in_a_project_touches_no_other_board(board, put):
    if put.project is None:
        return
    after = put.on(board)
    for other in {None, "P", "Q"} - {put.project}:
        assert after.layer(other) == board.layer(other)


@given(boards(), puts)
def test_moving_twice_is_moving_once(board, put):
    once = put.on(board)
    if put.before not in put.cards:
        assert put.on(once) == once


@given(boards())
def test_where_nothing_differs_a_project_s_board_is_the_default(board):
    for project in ("P", "Q", "never heard of"):
        followed = follow_default(board, project)
        assert followed.resolve(project, STATUSES) == followed.resolve(None, STATUSES)


@given(boards(), chooses)
def test_a_chosen_head_holds(board, choose):
    after = choose.on(board)
    assert after.resolve(choose.project, STATUSES).heads[choose.key] == choose.head


@given(boards())
def test_a_document_brings_the_board_back(board):
    document = json.loads(json.dumps(to_document(board)))
    assert from_document(document) == board
    assert from_document(document).layer("P") == board.layer("P")


@given(boards(), boards())
def test_words_are_silent_exactly_when_boards_are_equal(old, new):
    assert bool(differences(old, new, NAMES)) == (old != new)
    assert differences(old, old, NAMES) == []


@given(boards(), puts)
def test_words_name_every_card_that_moved(board, put):
    after = put.on(board)
    if put.project is None:
        text = " ".join(differences(board, after, NAMES))
        for card in put.cards:
            if board.inbound(card) != put.to:
                assert f"Remote {card} moved" in text


def leads_somewhere(board: Board, project: str | None, key: str) -> bool:
    """An independent reading of the law: walk at most as many steps as there are columns."""
    flat, start, steps = board.resolve(project, STATUSES), key, 0
    while isinstance(flat.heads.get(key), SameAs):
        key, steps = flat.heads[key].key, steps + 1
        if steps > len(KEYS):
            return False
    return start == key or flat.heads[key] == Leave() or bool(flat.columns.get(key))


@given(boards())
def test_problems_are_found_exactly_where_same_as_leads_nowhere(board):
    sound = all(leads_somewhere(board, project, key) for project in (None, *board.overrides) for key in KEYS)
    assert (problems(board, STATUSES) == ()) == sound


@given(boards(), keys)
def test_outbound_leads_to_cards_of_the_chain_or_nowhere(board, key):
    rules = board.resolve(None, STATUSES)
    match rules.outbound(key):
        case Targets(ids):
            assert all(rules.agrees(key, remote) for remote in ids)
        case Leave():
            assert Leave() in rules.heads.values()


@given(boards(), st.sampled_from(["vendor", "review"]), st.sampled_from(SystemStatus))
def test_a_replaced_status_is_gone_and_no_card_is_lost(board, key, replacement):
    after = replace_status(board, key, replacement.value, STATUSES)
    remaining = [status for status in STATUSES if status.key != key]
    assert f'"{key}"' not in json.dumps(to_document(after))
    assert problems(after, remaining) == ()
    for project in (None, "P", "Q"):
        was, now = board.layer(project), after.layer(project)
        for remote in REMOTES:
            expected = replacement.value if was.inbound(remote) == key else was.inbound(remote)
            assert now.inbound(remote) == expected


suggestions = st.builds(
    Suggestion, remote_id=st.sampled_from(REMOTES), ticket_status=st.one_of(st.none(), keys), reason=st.just("Why.")
)


@given(boards(), st.lists(suggestions, max_size=8))
def test_suggestions_move_nothing_that_was_placed(board, asked):
    remotes = [RemoteStatus(id=r, name=r) for r in REMOTES]
    filled = fill(board, asked, remotes=remotes, statuses=STATUSES)
    for r in REMOTES:
        if board.inbound(r) is not Tray.NEW:
            assert filled.board.inbound(r) == board.inbound(r)
        else:
            assert (filled.board.inbound(r) is Tray.NEW) == (r not in filled.reasons)
    assert filled.board.overrides == board.overrides
