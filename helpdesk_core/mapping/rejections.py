"""Remembers which moves were refused when they were tried, until one of the same kind succeeds. Knows no Flask.

What a validator demands stands in no workflow that can be read. So the first refusal cannot be foreseen; from then on
the judgement announces it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.db import insert_or_update
from helpdesk_core.mapping.judgement import Rejections
from helpdesk_core.mapping.models import MoveRejection


class TriedMove(NamedTuple):
    """A move of an issue of some kind from one status to another."""

    connection_id: int
    project_id: str
    kind_id: str
    from_id: str
    to_id: str


def remember(session: Session, move: TriedMove, words: str, *, now: datetime) -> None:
    """Keep what the remote system said when it refused a move."""
    insert_or_update(session, MoveRejection, move._asdict(), words=words, at=now)


def forget(session: Session, move: TriedMove) -> None:
    """Forget that a move was ever refused, because it was carried out."""
    if row := session.get(MoveRejection, tuple(move)):
        session.delete(row)


def rejections(session: Session, connection_id: int) -> Mapping[tuple[str, str], Rejections]:
    """Return what was refused on a connection, by project and kind."""
    found: dict[tuple[str, str], dict[tuple[str, str], str]] = defaultdict(dict)
    for row in session.scalars(select(MoveRejection).where(MoveRejection.connection_id == connection_id)):
        found[row.project_id, row.kind_id][row.from_id, row.to_id] = row.words
    return found
