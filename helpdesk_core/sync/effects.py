"""Says exactly which tickets and issues an edited board would change, before it is saved. Makes no call; no Flask.

`Pair` decides for one link by the very rules that will carry it out (`merge`, `paths`), so the preview cannot say
one thing and keeping in step do another. `applying` carries out what the admin chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from helpdesk_core.channels.models import Channel
from helpdesk_core.channels.rules import in_direction
from helpdesk_core.mapping.board import Board, ResolvedBoard, Targets
from helpdesk_core.mapping.judgement import landing
from helpdesk_core.mapping.judging import read_subjects
from helpdesk_core.mapping.observing import Effect, IssueChange, LivePair, TicketChange
from helpdesk_core.mapping.paths import Plan, Planner, Terms
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.mapping.workflows import EMPTY, terms
from helpdesk_core.sync.links import memory_of, policy_of
from helpdesk_core.sync.merge import Base, Decision, MoveRemote, Policy, Reason, SetLocal, Stopped, merge
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import Memory
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import list_statuses

STOPPED_BY_THE_BOARD: Final = frozenset(
    {Reason.NO_CARD, Reason.NO_PATH, Reason.THROUGH_DONE, Reason.FIELD_REQUIRED, Reason.UNKNOWN}
)
"""Why a move stops that another board may let go on."""


class Part(Enum):
    """How a link takes part when a board is put into force."""

    AT_REST = "at rest"
    """Nothing is under way; where the new board calls it out of step, the admin's choice holds."""
    STOPPED = "stopped"
    """A move was stopped by the board in force; it is tried again by the new one."""
    ALONE = "alone"
    """It is looked at anyhow, or a person must decide about it: it is left alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One link as the rules see it."""

    local: str
    remote: str
    memory: Memory
    part: Part
    board: ResolvedBoard
    """The new board of the issue's project."""
    policy: Policy

    @property
    def differs(self) -> bool:
        """Whether nothing is under way, and the new board calls both sides out of step: the admin's choice holds."""
        return self.part is Part.AT_REST and not self.board.agrees(self.local, self.remote)

    @property
    def ticket_would_be(self) -> str | None:
        """The status that the ticket gets if tickets follow; None: it stays."""
        place, closed = self.board.inbound(self.remote), self.policy.closed
        if not self.differs or not isinstance(place, str) or not self.policy.inward:
            return None
        reopens = self.local in closed and place not in closed
        return None if reopens and not self.policy.may_reopen else place

    @property
    def chosen_for_issue(self) -> Decision:
        """What is decided once the admin has chosen that issues are moved."""
        return self._decided(Base(None, self.remote), frozenset())

    @property
    def again(self) -> Decision:
        """What is decided when a stopped move is tried again."""
        return self._decided(self.memory.base, self.memory.own)

    def _decided(self, base: Base, own: frozenset[str]) -> Decision:
        return merge(base, own, self.local, self.remote, board=self.board, policy=self.policy)


def part_of(state: str, reason: str, *, busy: bool) -> Part:
    """Say how a link takes part, by how it stands."""
    if busy:
        return Part.ALONE
    if state == LinkState.STOPPED and reason in STOPPED_BY_THE_BOARD:
        return Part.STOPPED
    return Part.AT_REST if state == LinkState.IN_STEP else Part.ALONE


# ── all links of a connection ─────────────────────────────────────────────────────────────────────────────────────────


def live(session: Session, connection_id: int) -> tuple[LivePair, ...]:
    """Count the linked tickets of a connection by where both sides are now."""
    what = (Link.project_id, Link.kind_id, Ticket.status, Link.remote_status)
    query = select(*what, func.count()).join(Ticket, Ticket.id == Link.ticket_id)
    rows = session.execute(query.where(Link.connection_id == connection_id).group_by(*what)).all()
    return tuple(
        LivePair(project_id=project, kind_id=kind, ticket_status=local, remote_status=remote, tickets=count)
        for project, kind, local, remote, count in rows
    )


def preview(session: Session, connection_id: int, board: Board) -> Effect:
    """Say what putting `board` into force would change, by each choice."""
    planners = _Planners(session, connection_id)
    tickets: list[TicketChange] = []
    issues: list[IssueChange] = []
    retried: list[IssueChange | TicketChange] = []
    kept = 0
    for row, pair in pairs(session, connection_id, board):
        if pair.part is Part.STOPPED:
            retried += _changes(row, pair, planners, pair.again)
        after, moves = pair.ticket_would_be, _moves(row, pair, planners)
        tickets += [_ticket_change(row, after)] if after else []
        issues += moves
        kept += pair.differs and not after and not moves
    return Effect(tickets=tuple(tickets), issues=tuple(issues), retried=tuple(retried), kept=kept)


def pairs(session: Session, connection_id: int, board: Board) -> Iterator[tuple[Row[Any], Pair]]:
    """Yield every link of a connection as the rules see it under `board`, in the order of the links' ids."""
    statuses = tuple(list_statuses(session))
    default = board.resolve(None, statuses)
    boards = {id_: board.resolve(id_, statuses) for id_ in board.overrides}
    policy = policy_of(session, connection_id)
    for row in session.execute(_rows(connection_id)):
        directed = in_direction(policy, row.way) if row.way else policy
        yield (
            row,
            Pair(
                local=row.status,
                remote=row.remote_status,
                memory=memory_of(cast(Link, row)),
                part=part_of(row.state, row.reason, busy=row.wanted > row.done),
                board=boards.get(row.project_id, default),
                policy=directed.shared() if row.sharing > 1 else directed,
            ),
        )


def _rows(connection_id: int) -> Any:
    """Select only what is looked at: there may be ten thousand links, and the page waits."""
    sharing = func.count().over(partition_by=Link.issue_id).label("sharing")
    columns = (Link.id, Link.ticket_id, Link.issue_key, Link.project_id, Link.kind_id, Link.remote_status)
    memory = (Link.base_ticket, Link.base_remote, Link.own, Link.attempt, Link.decided)
    state = (Link.state, Link.reason, Link.wanted, Link.done)
    return (
        select(*columns, *memory, *state, Ticket.title, Ticket.status, Channel.status.label("way"), sharing)
        .join(Ticket, Ticket.id == Link.ticket_id)
        .outerjoin(Channel, (Channel.id == Ticket.channel_id) & (Channel.connection_id == connection_id))
        .where(Link.connection_id == connection_id)
        .order_by(Link.id)
    )


# ── where an issue would end ──────────────────────────────────────────────────────────────────────────────────────────


class _Planners:
    """A planner for each kind of issue, made when it is asked for."""

    def __init__(self, session: Session, connection_id: int) -> None:
        stored = read_stored(session, connection_id)
        subjects = read_subjects(session, connection_id, stored)
        self._workflows = {(each.project.id, each.kind.id): each.workflow for each in subjects}
        self._terms: Terms = terms(session, connection_id, stored)
        self._made: dict[tuple[str, str], Planner] = {}

    def of(self, project_id: str, kind_id: str) -> Planner:
        key = project_id, kind_id
        if key not in self._made:
            self._made[key] = Planner(self._workflows.get(key, EMPTY), self._terms)
        return self._made[key]


def _changes(row: Row[Any], pair: Pair, planners: _Planners, decision: Decision) -> list[IssueChange | TicketChange]:
    """Return what a decision about a link changes, if anything."""
    match decision:
        case SetLocal(status=status):
            return [_ticket_change(row, status)]
        case MoveRemote(targets=targets):
            outcome = planners.of(row.project_id, row.kind_id).plan(pair.remote, Targets(targets))
            if isinstance(outcome, Plan):
                return [_issue_change(row, landing(outcome, pair.local, pair.board))]
            return [_issue_change(row, pair.remote, stops=outcome.reason.value)]
        case Stopped(reason=reason):
            return [_issue_change(row, pair.remote, stops=reason.value)]
        case _:
            return []


def _moves(row: Row[Any], pair: Pair, planners: _Planners) -> list[IssueChange]:
    if not pair.differs:
        return []
    changes = _changes(row, pair, planners, pair.chosen_for_issue)
    return [change for change in changes if isinstance(change, IssueChange)]


def _ticket_change(row: Row[Any], after: str) -> TicketChange:
    return TicketChange(
        ticket_id=row.ticket_id, title=row.title, issue_key=row.issue_key, before=row.status, after=after
    )


def _issue_change(row: Row[Any], after: str, *, stops: str = "") -> IssueChange:
    return IssueChange(
        ticket_id=row.ticket_id,
        title=row.title,
        issue_key=row.issue_key,
        before=row.remote_status,
        after=after,
        stops=stops,
    )
