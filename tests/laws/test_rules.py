"""Each rule of the merge, by example. The laws say what must never happen; these say what does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk_core.mapping.board import Board, Leave, SameAs
from helpdesk_core.sync.merge import (
    Base,
    Conflict,
    InSync,
    MoveRemote,
    Policy,
    Reason,
    SetLocal,
    Stopped,
    Winner,
    merge,
)
from helpdesk_core.sync.progress import Follow, created_in, created_out, linked, needs_reading
from helpdesk_core.sync.wording import Subject, explain
from tests.laws.machine import STATUSES

pytestmark = pytest.mark.laws

BOARD = Board(
    columns={"open": ("todo",), "in_progress": ("doing", "review"), "done": ("done", "wont_do")},
    ignored=frozenset({"triage"}),
    heads={"waiting": Leave(), "closed": SameAs("done"), "vendor": SameAs("archived"), "archived": SameAs("vendor")},
).resolve(None, STATUSES)
START = Base("open", "todo")
ASK, HELPDESK, REMOTE = (Policy(winner=winner) for winner in (Winner.ASK, Winner.HELPDESK, Winner.REMOTE))


def decide(local: str, remote: str, *, base: Base = START, own: str = "", policy: Policy = ASK):
    return merge(base, frozenset(own.split()), local, remote, board=BOARD, policy=policy)


def moves(*targets: str, reason: Reason = Reason.TICKET_CHANGED, base: Base = START) -> MoveRemote:
    return MoveRemote(reason=reason, base=base, targets=targets)


def follows(status: str, remote: str, reason: Reason = Reason.ISSUE_CHANGED) -> SetLocal:
    return SetLocal(reason=reason, base=Base(status, remote), status=status)


def in_sync(reason: Reason, ticket: str | None, remote: str) -> InSync:
    return InSync(reason=reason, base=Base(ticket, remote))


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        # 1: both agree
        (decide("in_progress", "review"), in_sync(Reason.AGREE, "in_progress", "review")),
        (decide("closed", "wont_do"), in_sync(Reason.AGREE, "closed", "wont_do")),
        # 2: nobody else moved the issue
        (decide("open", "triage", base=Base("open", "triage")), in_sync(Reason.UNTOUCHED, "open", "triage")),
        (decide("open", "doing", base=Base("open", "doing")), in_sync(Reason.UNTOUCHED, "open", "doing")),
        (decide("done", "todo"), moves("done", "wont_do")),
        (decide("closed", "doing", own="doing", policy=REMOTE), moves("done", "wont_do")),
        (decide("open", "doing", own="doing"), moves("todo")),
        (decide("waiting", "todo"), in_sync(Reason.LEAVE, "waiting", "todo")),
        (decide("vendor", "todo"), Stopped(reason=Reason.NO_CARD, base=START)),
        # 3: where the issue went means nothing
        (decide("open", "triage"), in_sync(Reason.IGNORED, "open", "triage")),
        (decide("open", "unheard_of"), in_sync(Reason.NEW, "open", "unheard_of")),
        (decide("done", "triage"), moves("done", "wont_do", base=Base("open", "triage"))),
        # 4: only the issue changed
        (decide("open", "doing"), follows("in_progress", "doing")),
        (
            decide("closed", "doing", base=Base("closed", "done")),
            Stopped(reason=Reason.REOPEN_REFUSED, base=Base("closed", "done")),
        ),
        (
            decide("closed", "doing", base=Base("closed", "done"), policy=Policy(may_reopen=True)),
            follows("in_progress", "doing"),
        ),
        # 5: both changed
        (decide("done", "doing"), Conflict(reason=Reason.BOTH_CHANGED, base=START)),
        (decide("done", "doing", policy=HELPDESK), moves("done", "wont_do", reason=Reason.HELPDESK_WINS)),
        (decide("done", "doing", policy=REMOTE), follows("in_progress", "doing", Reason.REMOTE_WINS)),
        (decide("closed", "doing", policy=REMOTE), Stopped(reason=Reason.REOPEN_REFUSED, base=START)),
        # one way only
        (decide("done", "todo", policy=ASK.shared()), in_sync(Reason.DRIVEN_REMOTELY, "done", "todo")),
        (decide("done", "doing", policy=ASK.shared()), follows("in_progress", "doing")),
        (decide("open", "doing", policy=Policy(inward=False)), in_sync(Reason.NOT_FOLLOWED, "open", "doing")),
        (
            decide("done", "doing", policy=Policy(inward=False)),
            moves("done", "wont_do", base=Base("open", "doing")),
        ),
    ],
)
def test_the_first_rule_that_fits_decides(decision, expected):
    assert decision == expected


def test_links_begin_as_people_say():
    assert linked("open", "doing", BOARD).ticket == "in_progress"
    assert linked("closed", "wont_do", BOARD).ticket == "closed"
    assert linked("open", "triage", BOARD).memory.base == Base("open", "triage")
    assert linked("open", "doing", BOARD, Follow.NEITHER).memory.base == Base("open", "doing")
    issue_follows = linked("done", "doing", BOARD, Follow.ISSUE_FOLLOWS)
    assert decide(issue_follows.ticket, "doing", base=issue_follows.memory.base) == moves(
        "done", "wont_do", base=Base(None, "doing")
    )


def test_created_ones_begin_in_step_or_move():
    made = created_out("todo")
    assert made.own == {"todo"}
    assert decide("open", "todo", base=made.base) == in_sync(Reason.AGREE, "open", "todo")
    assert isinstance(decide("done", "todo", base=made.base), MoveRemote)
    assert created_in("review", BOARD, "open").ticket == "in_progress"
    assert created_in("triage", BOARD, "open").ticket == "open"


def test_a_delivery_that_tells_nothing_new_costs_no_call():
    memory = linked("open", "todo", BOARD).memory
    assert not needs_reading(memory, "open", "todo", busy=False)
    assert needs_reading(memory, "open", "todo", busy=True)
    assert needs_reading(memory, "open", "doing", busy=False)
    assert needs_reading(memory, "done", "todo", busy=False)
    assert needs_reading(memory, "open", None, busy=False)
    assert needs_reading(replace(memory, own=frozenset({"doing"})), "open", "todo", busy=False)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_and_every_stop_has_a_cure(reason):
    said = explain(reason, Subject(product="Jira", ticket="Done", remote="{braces}"))
    assert said.sentence.endswith(".")
    assert "{product}" not in f"{said.sentence}{said.cure}"
    stops = list(Reason)[list(Reason).index(Reason.BOTH_CHANGED) :]
    assert bool(said.cure) == (reason in stops)
