"""Which processes work: one row each, with a beat that grows. Who stops growing is dead, and its work is taken over.

DBOS tells processes apart by a name, and two of one name do the same work twice (proved). So a name is a slot that
one process holds at a time. A beat is a counter, judged by each watcher's own clock: clocks of two machines are never
compared. The table is the engine's housekeeping, made beside DBOS' own tables and not by our migrations.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from helpdesk_core.db import Database
from helpdesk_core.errors import Misconfigured

LOCK: Final = 0x68656C70
"""Of PostgreSQL, held while the table is made: two `CREATE TABLE IF NOT EXISTS` at once would clash."""
STEP: Final = 0.1

processes = Table(
    "job_process",
    MetaData(),
    Column("slot", String(200), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("beat", Integer, nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Process:
    """One row: who holds a slot, and how far its beat has grown."""

    token: str
    beat: int
    host: str
    pid: int

    def is_gone(self) -> bool:
        """Tell whether this machine knows that the process is dead; of another machine nothing is known.

        This process' own number means that an earlier one had it: the first process of a container always has 1.
        """
        if self.host != socket.gethostname() or os.name != "posix":
            return False
        return self.pid == os.getpid() or not _is_alive(self.pid)


class Slot:
    """The slot of this process."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self.name = name
        self._token = secrets.token_hex(8)

    def claim(self, lease: timedelta) -> None:
        """Take the slot. Where its holder may be alive, wait for a beat to tell, for the length of a lease at most.

        Raises:
            Misconfigured: another process holds the slot and is alive.
        """
        first = self.holder()
        deadline = time.monotonic() + lease.total_seconds()
        while not self._try(first, sure=time.monotonic() >= deadline):
            time.sleep(STEP)
            now = self.holder()
            if first and now and (now.token, now.beat) != (first.token, first.beat):
                msg = (
                    f"Process {now.pid} on {now.host} works as {self.name!r} already. Give this one a name of its own."
                )
                raise Misconfigured(msg)
            first = now

    def holder(self) -> Process | None:
        """Return who holds the slot."""
        return read(self._database).get(self.name)

    def beat(self) -> bool:
        """Show that this process is alive. Return False if the slot is another's now."""
        with self._database.engine.begin() as connection:
            mine = processes.c.slot == self.name, processes.c.token == self._token
            if connection.execute(update(processes).where(*mine).values(beat=processes.c.beat + 1)).rowcount:
                return True
        return self._try(None)  # declared dead while this machine slept; nobody else took the slot yet

    def take_over(self, name: str, seen: Process | None) -> bool:
        """Claim a dead process' row, so that one process alone takes its work over. It then looks alive for a lease."""
        return _put(self._database, name, seen, self._token)

    def free(self, name: str | None = None) -> None:
        """Delete the row of this process, or of one whose work it has taken over."""
        with self._database.engine.begin() as connection:
            mine = processes.c.slot == (name or self.name), processes.c.token == self._token
            connection.execute(delete(processes).where(*mine))

    def _try(self, holder: Process | None, *, sure: bool = False) -> bool:
        if holder and not (sure or holder.is_gone()):
            return False
        return _put(self._database, self.name, holder, self._token)


@dataclass(slots=True)
class Watch:
    """Remembers since when each process' beat has not grown, by the clock of the process that watches."""

    lease: timedelta
    _seen: dict[str, tuple[Process, float]] = field(default_factory=dict)

    def dead(self, rows: Mapping[str, Process], now: float) -> dict[str, Process]:
        """Return those whose beat has not grown for a lease. `now` is a time of `time.monotonic`."""
        known = self._seen
        self._seen = {
            name: known[name] if name in known and known[name][0] == row else (row, now) for name, row in rows.items()
        }
        return {name: row for name, (row, since) in self._seen.items() if now - since >= self.lease.total_seconds()}


def read(database: Database) -> dict[str, Process]:
    """Return all slots that are held."""
    with database.read() as session:
        return {row.slot: Process(row.token, row.beat, row.host, row.pid) for row in session.execute(select(processes))}


def prepare(database: Database) -> None:
    """Make the table where it is missing."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        processes.create(connection, checkfirst=True)


def _put(database: Database, name: str, seen: Process | None, token: str) -> bool:
    """Write this process into a slot that is free, or held just as it was seen. Return False if another was first."""
    values: dict[str, str | int] = {"token": token, "host": socket.gethostname(), "pid": os.getpid()}
    try:
        with database.engine.begin() as connection:
            return _write(connection, name, seen, values)
    except IntegrityError:  # free when it was seen, and not any more
        return False


def _write(connection: Connection, name: str, seen: Process | None, values: Mapping[str, str | int]) -> bool:
    if seen is None:
        connection.execute(insert(processes).values(slot=name, beat=1, **values))
        return True
    same = processes.c.slot == name, processes.c.token == seen.token, processes.c.beat == seen.beat
    return connection.execute(update(processes).where(*same).values(beat=seen.beat + 1, **values)).rowcount == 1


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
