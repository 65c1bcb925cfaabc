"""Whether the database is fit for this version: what `/readyz` answers, and what the doctor finds about it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from helpdesk_core.db import Database
from helpdesk_core.jobs import tables
from helpdesk_core.schema import revision_of, revisions

log = logging.getLogger(__name__)


class Obstacle(StrEnum):
    """Why a process cannot do its work, as a stable name for machines."""

    DATABASE_UNREACHABLE = "database_unreachable"
    SCHEMA_MISSING = "schema_missing"
    SCHEMA_BEHIND = "schema_behind"
    SCHEMA_AHEAD = "schema_ahead"
    JOB_TABLES_MISSING = "job_tables_missing"


REASONS = {
    Obstacle.DATABASE_UNREACHABLE: "The database cannot be reached. `helpdesk doctor` says more.",
    Obstacle.SCHEMA_MISSING: "The database is empty. Run `helpdesk init`.",
    Obstacle.SCHEMA_BEHIND: "The database is of an earlier version. Run `helpdesk init`.",
    Obstacle.SCHEMA_AHEAD: "The database is of a later version. Update the program.",
    Obstacle.JOB_TABLES_MISSING: "The job engine's tables are missing. Run `helpdesk init`.",
}
"""What a machine is told; without names and addresses, since anybody may ask."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """Where a database's schema stands among the migrations that this version knows."""

    revision: str | None
    """The migration that was run last."""
    missing: int
    """How many of ours have not run; 0 also where the revision is unknown to us."""
    known: bool
    """Whether the revision is one of ours; no: a later version has been here."""

    @property
    def obstacle(self) -> Obstacle | None:
        """Why this version cannot work on it."""
        if self.revision is None:
            return Obstacle.SCHEMA_MISSING
        if not self.known:
            return Obstacle.SCHEMA_AHEAD
        return Obstacle.SCHEMA_BEHIND if self.missing else None


def read_schema(session: Session) -> Schema:
    """Look where the schema stands."""
    revision, ours = revision_of(session), revisions()
    if revision is None:
        return Schema(revision=None, missing=len(ours), known=True)
    if revision not in ours:
        return Schema(revision=revision, missing=0, known=False)
    return Schema(revision=revision, missing=len(ours) - 1 - ours.index(revision), known=True)


def find_obstacle(database: Database) -> Obstacle | None:
    """Return why this process cannot do its work now; None where it can."""
    try:
        with database.read() as session:
            if obstacle := read_schema(session).obstacle:
                return obstacle
            return Obstacle.JOB_TABLES_MISSING if tables.missing(session) else None
    except SQLAlchemyError as error:
        log.warning("the database cannot be reached: %s", type(error.__cause__ or error).__name__)
        return Obstacle.DATABASE_UNREACHABLE
