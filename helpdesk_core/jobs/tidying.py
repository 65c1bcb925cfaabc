"""Deletes finished jobs: DBOS keeps every one for ever, three rows each."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dbos import DBOSClient

from helpdesk_core.jobs.tables import DONE

BATCH: Final = 500
"""Rows per transaction: on SQLite nobody else writes meanwhile."""


def delete_finished(dbos: DBOSClient, *, before: datetime) -> int:
    """Delete what ended well before this moment, and return how much that was.

    What ended badly stays: that is a fault of the program, which `Counts.broken` shows.
    """
    deleted = 0
    while ids := _finished(dbos, before):
        dbos.delete_workflows(ids)
        deleted += len(ids)
    return deleted


def _finished(dbos: DBOSClient, before: datetime) -> list[str]:
    found = dbos.list_workflows(
        status=DONE, completed_before=before.isoformat(), limit=BATCH, load_input=False, load_output=False
    )
    return [one.workflow_id for one in found]
