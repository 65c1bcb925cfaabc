"""The board's rules by example: what a status means, where an issue goes, what is refused."""

from __future__ import annotations

import json

import pytest

from helpdesk_core.mapping.board import Board, Fault, Leave, Move, SameAs, Targets, Tray, problems
from helpdesk_core.mapping.documents import from_document, to_document
from helpdesk_core.mapping.gestures import choose_head, differing_cards, follow_default, place, replace_status
from helpdesk_core.mapping.suggestions import fill, like_others
from helpdesk_core.mapping.wording import Names, differences, listed, moved_words, problem_words
from helpdesk_core.values import RemoteStatus, StatusCategory, Suggestion, SystemStatus, TicketStatus

SYSTEM = tuple(
    TicketStatus(key=system.value, name=name, system=system)
    for system, name in zip(SystemStatus, ("Open", "In Progress", "Waiting", "Done", "Closed"), strict=True)
)
VENDOR = TicketStatus(key="vendor", name="Waiting for vendor", system=SystemStatus.WAITING)
STATUSES = (*SYSTEM, VENDOR)
NAMES = Names(
    statuses=STATUSES,
    remotes={"1": "To Do", "2": "In Dev", "3": "Done", "4": "Won't Do", "5": "In Review", "6": "In Review"},
    projects={"10": "WEB"},
)
BOARD = Board(columns={"open": ("1",), "in_progress": ("2",), "done": ("3", "4")}, ignored=frozenset({"9"}))


def resolved(board: Board, project: str | None = None):
    return board.resolve(project, STATUSES)


def test_a_remote_status_means_its_column_or_lies_in_a_tray():
    rules = resolved(BOARD)
    assert [rules.inbound(remote) for remote in ("2", "9", "unheard of")] == ["in_progress", Tray.IGNORED, Tray.NEW]


def test_issues_go_to_the_first_card_and_later_cards_are_only_named():
    assert resolved(BOARD).outbound("done") == Targets(("3", "4"))


def test_without_a_choice_closed_is_the_same_as_done_and_a_custom_status_as_its_system_status():
    rules = resolved(place(BOARD, None, ["5"], "waiting"))
    assert rules.outbound("closed") == Targets(("3", "4"))
    assert rules.outbound("vendor") == Targets(("5",))


def test_without_cards_and_choice_a_column_leaves_the_issue_where_it_is():
    assert resolved(BOARD).heads["waiting"] == Leave()
    assert resolved(Board()).outbound("closed") == Leave()
    assert problems(Board(), STATUSES) == ()


def test_with_cards_closed_moves_to_its_own():
    assert resolved(place(BOARD, None, ["5"], "closed")).outbound("closed") == Targets(("5",))


def test_both_sides_agree_by_the_column_or_through_same_as():
    rules = resolved(BOARD)
    assert rules.agrees("done", "4")
    assert rules.agrees("closed", "3")
    assert not rules.agrees("done", "1")
    assert not rules.agrees("done", "9")
    assert not resolved(place(BOARD, None, ["5"], "closed")).agrees("done", "5"), "same as has a direction"


def test_agreement_holds_over_several_steps_of_same_as():
    board = choose_head(BOARD, None, "waiting", SameAs("closed"), STATUSES)
    assert resolved(board).agrees("vendor", "3")


def test_a_status_that_is_gone_or_a_circle_leads_nowhere():
    board = Board(heads={"open": SameAs("waiting"), "waiting": SameAs("open")})
    assert resolved(board).outbound("open") == Targets(())
    assert resolved(board).outbound("deleted") == Targets(())


def test_a_status_cannot_stand_in_two_places():
    with pytest.raises(ValueError, match="1 stands in two places"):
        Board(columns={"open": ("1",), "done": ("1",)})


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


def said(board: Board) -> list[str]:
    return [problem_words(problem, NAMES) for problem in problems(board, STATUSES)]


def test_a_circle_is_named_once_with_its_cure():
    board = Board(heads={"open": SameAs("waiting"), "waiting": SameAs("done"), "done": SameAs("open")})
    assert said(board) == [
        "Open is the same as Waiting, which is the same as Done, which is the same as Open: a circle. "
        "Choose something else than “same as” for Open, Waiting or Done."
    ]


def test_same_as_itself_is_a_circle():
    assert said(Board(heads={"open": SameAs("open")})) == [
        "Open is the same as itself. Choose what really happens to the issue at Open."
    ]


def test_same_as_must_not_end_where_nothing_happens():
    board = Board(heads={"done": Move()})
    assert said(board) == [
        "Closed is the same as Done, but no card lies in Done to which an issue could move. "
        "Put a card into Done, or let Done leave the issue where it is."
    ]
    assert said(choose_head(board, None, "done", Leave(), STATUSES)) == []


def test_same_as_a_deleted_status_is_refused():
    (problem,) = problems(Board(heads={"open": SameAs("gone")}), STATUSES)
    assert problem.fault is Fault.GONE
    assert "does not exist any more" in problem_words(problem, NAMES)


def test_a_project_s_own_circle_is_found_and_names_the_project():
    board = choose_head(BOARD, "10", "done", SameAs("closed"), STATUSES)
    assert said(board)[0].startswith("Only in WEB: Done is the same as Closed")


# ── gestures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cards_are_put_before_another_or_last():
    board = place(BOARD, None, ["2", "1"], "done", before="4")
    assert board.columns == {"done": ("3", "2", "1", "4")}
    assert place(board, None, ["3"], "done").columns == {"done": ("2", "1", "4", "3")}
    assert place(board, None, ["3"], Tray.NEW).inbound("3") is Tray.NEW
    assert place(board, None, ["3"], Tray.IGNORED).inbound("3") is Tray.IGNORED


def test_a_head_that_would_hold_anyway_is_not_written_down():
    board = choose_head(BOARD, None, "done", Leave(), STATUSES)
    assert board.heads == {"done": Leave()}
    assert choose_head(board, None, "done", Move(), STATUSES) == BOARD


def test_a_project_keeps_only_what_differs_and_the_default_reaches_the_rest():
    board = place(BOARD, "10", ["5"], "waiting")
    assert board.overrides["10"].placements == {"5": "waiting"}
    assert resolved(board, "10").outbound("waiting") == Targets(("5",))
    assert resolved(board, "11").outbound("waiting") == Leave()
    later = place(board, None, ["1"], "in_progress")
    assert resolved(later, "10").inbound("1") == "in_progress"
    assert follow_default(later, "10") == place(BOARD, None, ["1"], "in_progress")


def test_a_project_may_order_a_column_differently():
    board = place(BOARD, "10", ["4"], "done", before="3")
    assert resolved(board, "10").outbound("done") == Targets(("4", "3"))
    assert resolved(board).outbound("done") == Targets(("3", "4"))
    assert differing_cards(board, "10") == {"3", "4"}
    assert place(board, "10", ["3"], "done", before="4") == BOARD


def test_a_project_may_choose_its_own_head():
    board = choose_head(BOARD, "10", "done", Leave(), STATUSES)
    assert resolved(board, "10").outbound("closed") == Leave()
    assert resolved(board).outbound("done") == Targets(("3", "4"))
    assert choose_head(board, "10", "done", Move(), STATUSES) == BOARD


def test_deleting_a_status_hands_on_its_cards_and_its_followers():
    board = place(BOARD, None, ["5"], "vendor")
    board = choose_head(board, None, "waiting", SameAs("vendor"), STATUSES)
    board = place(board, "10", ["1"], "vendor")
    after = replace_status(board, "vendor", "in_progress", STATUSES)
    assert after.columns["in_progress"] == ("2", "5")
    assert after.heads == {"waiting": SameAs("in_progress")}
    assert resolved(after, "10").inbound("1") == "in_progress"


def test_deleting_a_status_never_leaves_a_circle():
    board = place(BOARD, None, ["5"], "vendor")
    board = choose_head(board, None, "waiting", SameAs("vendor"), STATUSES)
    board = choose_head(board, None, "in_progress", SameAs("waiting"), STATUSES)
    after = replace_status(board, "vendor", "in_progress", STATUSES)
    assert problems(after, SYSTEM) == ()
    assert Leave() in after.heads.values()


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_difference_is_said_in_sentences():
    new = place(BOARD, None, ["2", "5", "6"], "waiting")
    new = place(new, None, ["4"], "done", before="3")
    new = choose_head(new, None, "open", Leave(), STATUSES)
    assert differences(BOARD, new, NAMES) == [
        "In Dev moved from In Progress to Waiting.",
        "In Review (2 of that name) moved from New to Waiting.",
        "The order in Done is now Won't Do and Done.",
        "Open: leave the issue where it is (before: move to the first card here).",
        "In Progress: leave the issue where it is (before: move to the first card here).",
        "Waiting: move to the first card here (before: leave the issue where it is).",
    ]


def test_a_project_s_difference_is_said_with_its_name():
    new = place(BOARD, "10", ["1"], "waiting")
    assert differences(BOARD, new, NAMES) == ["Only in WEB: To Do is in Waiting."]
    assert differences(new, BOARD, NAMES) == ["Only in WEB: follows the default again."]


def test_long_lists_are_cut():
    assert listed(["A"]) == "A"
    assert listed("ABC") == "A, B and C"
    assert listed("ABCDEFGH") == "A, B, C, D, E and 3 more"
    assert moved_words(["5", "6", "1"], "waiting", NAMES) == "In Review and To Do moved to Waiting."


# ── documents and suggestions ───────────────────────────────────────────────────────────────────────────────────────


def test_a_document_of_another_format_is_refused():
    document = json.loads(json.dumps(to_document(BOARD)))
    assert from_document(document) == BOARD
    with pytest.raises(ValueError, match="format 2; this version of the helpdesk reads format 1"):
        from_document({**document, "format": 2})


def suggestion(remote: str, ticket: str | None) -> Suggestion:
    return Suggestion(remote_id=remote, ticket_status=ticket, reason=f"because of {remote}")


def remote(remote_id: str, name: str) -> RemoteStatus:
    return RemoteStatus(id=remote_id, name=name, category=StatusCategory.UNDEFINED)


def test_suggestions_fill_only_what_nobody_placed():
    remotes = [remote("1", "To Do"), remote("7", "Released"), remote("8", "Done"), remote("9", "Parked")]
    asked = [suggestion(r, "done") for r in ("1", "7", "8", "9")]
    filled = fill(BOARD, asked, remotes=remotes, statuses=STATUSES)
    assert filled.board.columns["done"] == ("3", "4", "8", "7"), "the card named like the column comes first"
    assert filled.board.inbound("1") == "open"
    assert filled.board.inbound("9") is Tray.IGNORED
    assert filled.reasons == {"7": "because of 7", "8": "because of 8"}


def test_suggestions_for_what_does_not_exist_are_left_out():
    asked = [suggestion("7", "no such status"), suggestion("unseen", "done"), suggestion("8", None)]
    filled = fill(Board(), asked, remotes=[remote("7", "X"), remote("8", "Y")], statuses=STATUSES)
    assert filled.board == Board(ignored=frozenset({"8"}))


def test_a_new_status_goes_where_all_others_of_its_name_are():
    def team(remote_id: str, name: str, category: StatusCategory = StatusCategory.DONE) -> RemoteStatus:
        return RemoteStatus(id=remote_id, name=name, category=category, project_id=f"project of {remote_id}")

    board = Board(columns={"done": ("a", "b"), "closed": ("c",)}, ignored=frozenset({"i"}))
    remotes = [
        *(team("a", "Shipped"), team("b", "Split"), team("c", "split"), team("i", "Parked")),
        *(team("1", "shipped"), team("2", "Split"), team("3", "Parked"), team("4", "Unheard of")),
        team("5", "Shipped", StatusCategory.NEW),
        remote("6", "Shipped"),
    ]
    filled = like_others(board, remotes)
    assert filled.board == Board(columns={"done": ("a", "b", "1"), "closed": ("c",)}, ignored=frozenset({"i", "3"}))
    assert set(filled.reasons) == {"1", "3"}


def test_the_most_used_status_comes_first():
    asked = [suggestion("7", "done"), suggestion("8", "done")]
    remotes = [remote("7", "X"), remote("8", "Y")]
    filled = fill(Board(), asked, remotes=remotes, statuses=STATUSES, weight={"8": 3, "7": 1})
    assert filled.board.columns["done"] == ("8", "7")
