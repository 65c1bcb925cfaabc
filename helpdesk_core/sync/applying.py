"""Carries out what an admin chose when a board was saved: tickets follow, or issues are moved, link by link.

It runs as a job of its own, because a connection may have ten thousand links. Each link is judged anew in its own
transaction, by the board that is then in force, so the job may be killed and begin again: what is done agrees, and is
passed over.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.errors import NotFound
from helpdesk_core.host import Host
from helpdesk_core.jobs import Job, Jobs, Queue
from helpdesk_core.mapping.observing import Choice
from helpdesk_core.mapping.versions import latest
from helpdesk_core.sync import linking
from helpdesk_core.sync.effects import Pair, Part, pairs
from helpdesk_core.sync.merge import MoveRemote, Stopped
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets.models import Who

KIND: Final = "sync.apply_board"
NOTE: Final = "The mapping was edited."


class ApplyBoard:
    """Has an admin's choice carried out soon; `create_app` hands it to the mapping."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def __call__(self, session: Session, connection_id: int, choice: Choice, by: Who) -> None:
        """Enqueue it, in the transaction that saves the board."""
        if choice is Choice.LEAVE:
            return
        name = by if isinstance(by, str) else by.name
        key, version = f"connection/{connection_id}/apply", latest(session, connection_id).number
        self._jobs.enqueue(
            session, KIND, key, connection_id, choice.value, name, seq=max(version, 1), queue=Queue.BACKGROUND
        )


def apply_choice(host: Host, job: Job) -> None:
    """Do the work of one job."""
    connection_id, choice, by = job.args
    assert isinstance(connection_id, int), "connections are enqueued by their number"
    carry_out(host, connection_id, Choice(str(choice)), by=str(by))


def carry_out(host: Host, connection_id: int, choice: Choice, *, by: str) -> int:
    """Let tickets follow, or issues be moved, wherever the board in force calls both sides out of step.

    Moves that an earlier board stopped are tried again.

    Returns:
        How many links were touched.
    """
    with host.database.read() as session:
        board = latest(session, connection_id).board
        todo = [
            (row.id, what, (pair.local, pair.remote))
            for row, pair in pairs(session, connection_id, board)
            if (what := _what(pair, choice))
        ]
    return sum(_act(host, link_id, what, seen, by) for link_id, what, seen in todo)


def _what(pair: Pair, choice: Choice) -> Follow | Part | None:
    if pair.part is Part.STOPPED:
        return Part.STOPPED
    if choice is Choice.TICKETS:
        return Follow.TICKET_FOLLOWS if pair.ticket_would_be else None
    moves = pair.differs and isinstance(pair.chosen_for_issue, MoveRemote | Stopped)
    return Follow.ISSUE_FOLLOWS if moves and choice is Choice.ISSUES else None


def _act(host: Host, link_id: int, what: Follow | Part, seen: tuple[str, str], by: str) -> bool:
    try:
        if isinstance(what, Follow):
            return linking.choose(host, link_id, what, by=by, note=NOTE, seen=seen)
        linking.retry(host, link_id, by=by)
    except NotFound:  # unlinked meanwhile
        return False
    return True
