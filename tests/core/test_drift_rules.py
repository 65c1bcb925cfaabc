"""The pure rules of drift: what is placed, what counts as gone, and how a board is rearranged."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from helpdesk_core.mapping.board import Board, Override, Tray
from helpdesk_core.mapping.drift import Seen, gone_moves, placed, status_drift, united, within
from helpdesk_core.mapping.gestures import place, remove_remote, replace_remote
from tests.core.mapping_world import DONE, shared
from tests.core.test_drift import graph


def test_what_is_placed_in_a_project_alone_is_placed_and_what_is_new_there_is_not():
    board = Board(columns={"open": ("1",)}, overrides={"p": Override(placements={"1": Tray.NEW, "2": Tray.IGNORED})})
    assert placed(board) == {"1", "2"}
    assert placed(Board(overrides={"p": Override(placements={"1": Tray.NEW})})) == frozenset()


def test_what_nobody_ever_knew_can_vanish_and_cannot_change_its_category():
    board = Board(columns={"open": ("1", "2")})
    seen = Seen(statuses={"2": shared("2", "Two", DONE)}, projects=frozenset({"p"}), in_use=frozenset())
    found = status_drift(board, {}, seen)
    assert (dict(found.vanished), dict(found.recategorized), dict(found.projects)) == ({"1": None}, {}, {})


def test_the_moves_of_a_status_that_is_gone_are_not_gone_moves():
    before, after = graph(("1", "2"), ("2", "3"), ("1", "3")), graph(("1", "3"))
    after = replace(after, status_ids=("1", "3"))
    assert set(gone_moves(before, after, "123")) == {("1", "2"), ("2", "3")}
    assert gone_moves(within(before, after.status_ids), after, "123") == {}


def test_a_status_that_nobody_looked_into_misses_no_move():
    before, after = graph(("1", "2"), ("2", "3")), graph(explored="1")
    assert gone_moves(before, after, after.explored).keys() == {("1", "2")}


def test_what_either_of_two_workflows_knows_is_known():
    both = united(graph(("1", "2"), explored="1"), graph(("1", "2"), ("2", "3"), explored="2"))
    assert both == graph(("1", "2"), ("2", "3"), explored="12")


PLACES = st.sampled_from(["open", "done", Tray.IGNORED, Tray.NEW])
STATUSES = st.sampled_from("123456")


@st.composite
def boards(draw):
    board = Board()
    for _ in range(draw(st.integers(0, 12))):
        project = draw(st.sampled_from([None, None, "p", "q"]))
        board = place(board, project, [draw(STATUSES)], draw(PLACES), before=draw(STATUSES))
    return board


@given(board=boards(), old=STATUSES, new=STATUSES)
def test_a_replacement_stands_exactly_where_the_other_stood(board, old, new):
    if old == new:
        return
    done = replace_remote(board, old, new)
    assert old not in placed(done)
    for project in (None, "p", "q"):
        before, after = board.layer(project), done.layer(project)
        on_purpose = project and new in board.overrides.get(project, Override()).placements
        if before.inbound(old) is Tray.NEW or (on_purpose and old not in board.overrides[project].placements):
            assert after.inbound(new) == before.inbound(new)
            continue
        assert after.inbound(new) == before.inbound(old)
        for key, ids in before.columns.items():
            swapped = tuple(new if each == old else each for each in ids if each != new)
            assert after.columns.get(key, ()) == swapped, "and in its order"


@given(board=boards(), old=STATUSES)
def test_what_is_taken_off_is_nowhere_and_all_else_stays(board, old):
    done = remove_remote(board, old)
    assert old not in placed(done)
    for project in (None, "p", "q"):
        for other in set("123456") - {old}:
            assert done.layer(project).inbound(other) == board.layer(project).inbound(other)
