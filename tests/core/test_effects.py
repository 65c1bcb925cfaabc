"""Who takes part when an edited board is put into force; and what is carried out never overrules what was not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk_core.errors import Rejected
from helpdesk_core.mapping.board import Board, Leave, Override, SameAs
from helpdesk_core.mapping.observing import Choice
from helpdesk_core.mapping.rejections import TriedMove, forget, rejections, remember
from helpdesk_core.mapping.versions import add_version, latest
from helpdesk_core.sync import applying
from helpdesk_core.sync.applying import ApplyBoard, carry_out
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.effects import Pair, Part, live, part_of, preview
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.merge import Base, MoveRemote, Policy, Reason, SetLocal
from helpdesk_core.sync.models import LinkState
from helpdesk_core.sync.progress import Memory
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import change_status
from helpdesk_core.values import SystemStatus, TicketStatus
from tests.core.linking_world import connect, link_issue, map_statuses, read_link
from tests.databases import KINDS

STATUSES = tuple(TicketStatus(key=s.value, name=s.value, system=s) for s in SystemStatus)
BOARD = Board(columns={"open": ("todo",), "in_progress": ("doing",), "done": ("done",)}, ignored=frozenset({"lost"}))


def pair(local, remote, *, board=BOARD, policy=None, part=Part.AT_REST, base=None):
    return Pair(
        local=local,
        remote=remote,
        memory=Memory(base=base or Base(local, remote)),
        part=part,
        board=board.resolve(None, STATUSES),
        policy=policy or Policy(),
    )


@pytest.mark.parametrize(
    ("state", "reason", "busy", "part"),
    [
        (LinkState.IN_STEP, "agree", False, Part.AT_REST),
        (LinkState.IN_STEP, "agree", True, Part.ALONE),
        (LinkState.STOPPED, "no_card", False, Part.STOPPED),
        (LinkState.STOPPED, "no_path", False, Part.STOPPED),
        (LinkState.STOPPED, "through_done", False, Part.STOPPED),
        (LinkState.STOPPED, "no_path", True, Part.ALONE),
        (LinkState.STOPPED, "rejected", False, Part.ALONE),
        (LinkState.STOPPED, "reopen_refused", False, Part.ALONE),
        (LinkState.CONFLICT, "both_changed", False, Part.ALONE),
        (LinkState.GONE, "gone", False, Part.ALONE),
        (LinkState.WAITING, "unavailable", False, Part.ALONE),
    ],
)
def test_who_takes_part(state, reason, busy, part):
    assert part_of(state, reason, busy=busy) is part


@pytest.mark.parametrize(
    ("local", "remote", "policy", "would_be"),
    [
        ("open", "todo", Policy(), None),
        ("open", "doing", Policy(), "in_progress"),
        ("open", "lost", Policy(), None),
        ("open", "unheard-of", Policy(), None),
        ("open", "doing", Policy(inward=False), None),
        ("closed", "doing", Policy(), None),
        ("closed", "doing", Policy(may_reopen=True), "in_progress"),
        ("closed", "done", Policy(), None),
    ],
    ids=["agree", "follows", "ignored", "new", "tickets do not follow", "closed", "may reopen", "closed is like done"],
)
def test_what_a_ticket_becomes(local, remote, policy, would_be):
    assert pair(local, remote, policy=policy).ticket_would_be == would_be


def test_a_link_that_is_left_alone_gives_nothing():
    alone = pair("open", "doing", part=Part.ALONE)
    assert not alone.differs
    assert alone.ticket_would_be is None


def test_where_an_issue_is_sent_is_what_the_rules_decide():
    assert isinstance(pair("done", "todo").chosen_for_issue, MoveRemote)
    assert pair("done", "todo", policy=Policy(outward=False)).chosen_for_issue.reason is Reason.DRIVEN_REMOTELY
    left = replace(BOARD, heads={"done": Leave()})
    assert pair("done", "todo", board=left).chosen_for_issue.reason is Reason.LEAVE


def test_a_stopped_move_is_decided_anew_from_what_it_remembers():
    stopped = pair("done", "todo", part=Part.STOPPED, base=Base("open", "todo"))
    assert isinstance(stopped.again, MoveRemote)
    moved_on = pair("open", "doing", part=Part.STOPPED, base=Base("open", "todo"))
    assert isinstance(moved_on.again, SetLocal)


# ── carried out ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def acme(host, work, gateway):
    """A connection with a board and one link: the ticket is open, and the issue is to do."""
    register(work, host)
    connection_id = connect(host)
    map_statuses(host, connection_id)
    gateway.add("1", "todo")
    gateway.statuses |= {"todo", "doing", "done", "lost"}
    link_issue(host, connection_id, "1")
    host.jobs.run_all()
    return connection_id


def save(host, connection_id, board, choice=Choice.LEAVE):
    with host.database.write() as session:
        seen = latest(session, connection_id).number
        add_version(session, connection_id, board, seen=seen, by="Dana", now=host.now())
        ApplyBoard(host.jobs)(session, connection_id, choice, "Dana")


def change_ticket(host, status):
    with host.database.write() as session:
        ticket = session.get_one(Ticket, 1)
        change_status(session, ticket, status, by="Kim", now=host.now(), observers=(TicketChanged(host.jobs),))


def ticket_status(host):
    with host.database.read() as session:
        return session.get_one(Ticket, 1).status


SWAPPED = Board(columns={"open": ("doing",), "in_progress": ("todo",), "done": ("done",)})


@pytest.mark.parametrize("kind", KINDS)
def test_tickets_follow_and_the_history_says_why(host, acme):
    save(host, acme, SWAPPED, Choice.TICKETS)
    assert ticket_status(host) == "open"
    host.jobs.run_all()
    assert ticket_status(host) == "in_progress"
    assert read_link(host, 1).state == LinkState.IN_STEP
    assert carry_out(host, acme, Choice.TICKETS, by="Dana") == 0, "what is done is passed over"


@pytest.mark.parametrize("kind", KINDS)
def test_issues_are_moved(host, acme, gateway):
    save(host, acme, SWAPPED, Choice.ISSUES)
    host.jobs.run_all()
    assert gateway.issues["1"].status_id == "doing"
    assert ticket_status(host) == "open"


def test_left_as_they_are_nothing_is_even_looked_at(host, acme, gateway):
    gateway.calls.clear()
    save(host, acme, SWAPPED)
    host.jobs.run_all()
    assert not gateway.calls
    assert ticket_status(host) == "open"


def test_a_change_between_the_judgement_and_the_act_is_not_overruled(host, acme, monkeypatch):
    """An agent solves the ticket while the choice is carried out: the ticket must not be set back."""
    choose = applying.linking.choose

    def meanwhile(*arguments, **options):
        change_ticket(host, "done")
        return choose(*arguments, **options)

    monkeypatch.setattr(applying.linking, "choose", meanwhile)
    save(host, acme, SWAPPED)
    assert carry_out(host, acme, Choice.TICKETS, by="Dana") == 0
    host.jobs.run_all()
    assert ticket_status(host) == "done"
    assert read_link(host, 1).state == LinkState.IN_STEP


def test_several_tickets_on_one_issue_do_not_move_it(host, acme, gateway):
    link_issue(host, acme, "1")
    host.jobs.run_all()
    with host.database.read() as session:
        effect = preview(session, acme, SWAPPED)
    assert [change.ticket_id for change in effect.tickets] == [1, 2]
    assert effect.issues == ()
    save(host, acme, SWAPPED, Choice.ISSUES)
    host.jobs.run_all()
    assert gateway.issues["1"].status_id == "todo"


def test_what_stays_apart_whatever_is_chosen_is_counted(host, acme):
    with host.database.write() as session:
        set_policy(session, acme, Policy(inward=False, outward=False))
    with host.database.read() as session:
        effect = preview(session, acme, SWAPPED)
    assert (effect.tickets, effect.issues, effect.kept) == ((), (), 1)


def test_a_project_is_judged_by_its_own_board(host, acme):
    board = replace(SWAPPED, overrides={"p-1": Override(placements={"todo": "open", "doing": "in_progress"})})
    with host.database.read() as session:
        assert not preview(session, acme, board)
        assert preview(session, acme, SWAPPED)


def test_live_tickets_are_counted_by_where_both_sides_are(host, acme, gateway):
    gateway.add("2", "todo")
    link_issue(host, acme, "2")
    with host.database.read() as session:
        (found,) = live(session, acme)
    assert (found.project_id, found.ticket_status, found.remote_status, found.tickets) == ("p-1", "open", "todo", 2)


# ── what was refused is remembered ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_move_is_remembered_until_it_succeeds(host, acme, gateway):
    gateway.hop_errors["doing"] = Rejected("Tell why.", cure="Tell it.", code="invalid")
    change_ticket(host, "in_progress")
    host.jobs.run_all()
    with host.database.read() as session:
        assert dict(rejections(session, acme)) == {("p-1", "k-1"): {("todo", "doing"): "Tell why."}}
    del gateway.hop_errors["doing"]
    change_ticket(host, "open")
    host.jobs.run_all()
    change_ticket(host, "in_progress")
    host.jobs.run_all()
    assert gateway.issues["1"].status_id == "doing"
    with host.database.read() as session:
        assert dict(rejections(session, acme)) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_a_move_is_the_last_answer(host, acme):
    move = TriedMove(acme, "p-1", "k-1", "a", "b")
    with host.database.write() as session:
        remember(session, move, "First.", now=host.now())
        remember(session, move, "Second.", now=host.now())
    with host.database.write() as session:
        assert rejections(session, acme)["p-1", "k-1"] == {("a", "b"): "Second."}
        forget(session, move)
        forget(session, move)
    with host.database.read() as session:
        assert ("p-1", "k-1") not in rejections(session, acme)


def test_same_as_shares_a_column():
    board = replace(BOARD, heads={"waiting": SameAs("in_progress")})
    assert not pair("waiting", "doing", board=board).differs
    assert pair("waiting", "todo", board=board).differs
