"""Judges a connection's board, a draft or the one in force, for every kind of issue in use. Knows no Flask.

It works on what was read before and makes no call, so it can stand beside the board with every card that is moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.judgement import (
    Findings,
    Gap,
    GapKind,
    Judgement,
    OpenGap,
    Rejections,
    Subject,
    Verdict,
    gaps_of,
    judge,
)
from helpdesk_core.mapping.observing import LivePair
from helpdesk_core.mapping.paths import Terms
from helpdesk_core.mapping.rejections import rejections
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.mapping.workflows import known_workflow, terms
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import TicketStatus, Workflow


def read_subjects(session: Session, connection_id: int, stored: Stored) -> list[Subject]:
    """Return every kind of issue of the projects in use, as far as these were read."""
    return [
        Subject(
            project=used.project,
            kind=kind,
            workflow=known_workflow(session, connection_id, used.project.id, kind.id),
        )
        for used in stored.in_use
        for kind in (used.detail.kinds if used.detail else ())
    ]


def judge_board(
    session: Session,
    connection_id: int,
    board: Board,
    *,
    live: tuple[LivePair, ...] = (),
    stored: Stored | None = None,
) -> Findings:
    """Judge a board for all kinds of issues in use.

    Args:
        session: a reading session.
        connection_id: whose board.
        board: the board to judge.
        live: where the linked tickets and their issues are now.
        stored: what was read of the remote system, if the caller has it already.
    """
    stored = stored or read_stored(session, connection_id)
    statuses = tuple(list_statuses(session))
    judge_one = _Judge(board, statuses, terms(session, connection_id, stored), rejections(session, connection_id))
    judgements = [judge_one(subject) for subject in read_subjects(session, connection_id, stored)]
    return Findings(
        verdicts=_grouped(judgements),
        gaps=tuple(
            OpenGap(gap=gap, subjects=subjects, tickets=_count(gap, subjects, live))
            for gap, subjects in gaps_of(judgements).items()
        ),
        unread=tuple(used.project.key for used in stored.unread),
    )


class _Judge:
    """Judges subjects one by one; those that share workflow and board are judged once."""

    def __init__(
        self,
        board: Board,
        statuses: tuple[TicketStatus, ...],
        on_terms: Terms,
        rejected: Mapping[tuple[str, str], Rejections],
    ) -> None:
        self._board = board
        self._statuses = statuses
        self._terms = on_terms
        self._rejected = rejected
        self._default = board.resolve(None, statuses)
        self._known: dict[Workflow, Judgement] = {}

    def __call__(self, subject: Subject) -> Judgement:
        rejected = self._rejected.get((subject.project.id, subject.kind.id))
        if rejected or subject.project.id in self._board.overrides:
            board = self._board.resolve(subject.project.id, self._statuses)
            return judge(subject, board, self._statuses, self._terms, rejected)
        if (known := self._known.get(subject.workflow)) is None:
            known = judge(subject, self._default, self._statuses, self._terms)
            self._known[subject.workflow] = known
        return replace(known, subject=subject)


def _grouped(judgements: list[Judgement]) -> tuple[Verdict, ...]:
    """Put together what is judged alike: an admin reads one table for fifty projects that share a workflow."""
    groups: list[list[Judgement]] = []
    for judgement in judgements:
        alike = (group for group in groups if _alike(group[0], judgement))
        group = next(alike, None)
        if group is None:
            groups.append([judgement])
        else:
            group.append(judgement)
    return tuple(Verdict(judgement=group[0], subjects=tuple(each.subject for each in group)) for group in groups)


def _alike(one: Judgement, other: Judgement) -> bool:
    if one.subject.workflow != other.subject.workflow:
        return False
    return one.goals is other.goals or (one.goals, one.gaps) == (other.goals, other.gaps)


def _count(gap: Gap, subjects: tuple[Subject, ...], live: tuple[LivePair, ...]) -> int:
    where = {(subject.project.id, subject.kind.id) for subject in subjects}
    return sum(
        pair.tickets
        for pair in live
        if (pair.project_id, pair.kind_id) in where
        and gap.subject == (pair.remote_status if gap.kind is GapKind.NEW else pair.ticket_status)
    )
