"""Repair items, for pages and commands: what is in trouble, what waits for it, and the button. Knows no Flask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.channels.models import Creation, CreationState
from helpdesk_core.connections.models import Connection
from helpdesk_core.connections.noting import Note
from helpdesk_core.health import record
from helpdesk_core.health.examining import is_looked_after, own_findings
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.health.working import counted, refused_links
from helpdesk_core.host import Host
from helpdesk_core.mapping import drifting
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync import backlog
from helpdesk_core.values import Remedy, Severity, Standing

PASSING: Final = timedelta(minutes=2)
"""Trouble that passes by itself is no item before it has lasted so long: outages of a moment happen every day."""
TOLD_ELSEWHERE: Final = ("authorization", "drift", "channel.")
"""Checks of which their own concern puts a note on every page, at once and by itself."""
SECTIONS: Final = (
    (
        "Connection",
        (
            "authorization",
            "answers",
            "account",
            "site",
            "policy",
            "consent",
            "scope",
            "scopes",
            "workflows",
            "examined",
        ),
    ),
    ("Projects", ("projects", "in_use", "project", "archived", "permission")),
    ("Changes", ("deliveries", "unroutable")),
    ("Work", ("budget", "work", "stopped", "channel")),
    ("Mapping", ("vocabulary", "drift")),
)
"""The sections of a health page with the checks in them, by how their names begin; what none names comes last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One check as it is shown."""

    row: HealthCheck
    waits: str
    """What waits because of it; empty: nothing."""
    project: str = ""
    """The key of the project that it is about; empty: it is about the whole connection."""

    @property
    def is_known(self) -> bool:
        """Whether it could be looked at."""
        return self.row.standing != Standing.UNKNOWN

    @property
    def is_trouble(self) -> bool:
        """Whether a person must act, or wait."""
        return self.row.standing == Standing.TROUBLE

    @property
    def is_severe(self) -> bool:
        """Whether something does not work."""
        return self.row.severity == Severity.ERROR

    @property
    def remedy(self) -> Remedy:
        """The button to offer."""
        return Remedy(self.row.remedy)


def sections(host: Host, session: Session, connection_id: int) -> list[tuple[str, list[Item]]]:
    """Return all that was found on a connection, by section, trouble first."""
    rows = _with_news(host, session, record.rows_of(session, connection_id), connection_id)
    items = _items(session, connection_id, rows)
    items.sort(key=lambda item: (_section(item.row), not item.is_trouble, item.row.project_id, item.row.check))
    return [(name, list(some)) for name, some in groupby(items, key=lambda item: _name(item.row))]


def _with_news(host: Host, session: Session, rows: list[HealthCheck], connection_id: int) -> list[HealthCheck]:
    """Let what is well say the latest that is known of it, which is not stored at once: when Jira last answered."""
    news = {
        (each.check, each.project_id): each.cause
        for each in own_findings(host, session, connection_id)
        if each.standing is Standing.OK
    }
    for row in rows:
        session.expunge(row)
        if row.own and row.standing == Standing.OK:
            row.cause = news.get((row.check, row.project_id), row.cause)
    return rows


def troubles_in(sections: Iterable[tuple[str, list[Item]]]) -> list[Item]:
    """Return what is in trouble, what does not work before warnings; else in the order of the sections."""
    found = [item for _, some in sections for item in some if item.is_trouble]
    return sorted(found, key=lambda item: not item.is_severe)


def open_items(host: Host, session: Session) -> list[tuple[Connection, list[Item]]]:
    """Return the repair items of all connections, the worst first."""
    found = [
        (connection, _items(session, connection.id, rows)) for connection, rows in open_rows(host, session) if rows
    ]
    return sorted(found, key=lambda each: not any(item.is_severe for item in each[1]))


def open_rows(host: Host, session: Session) -> list[tuple[Connection, list[HealthCheck]]]:
    """Return each connection that is looked after with what is in trouble there, the worst first."""
    connections = session.scalars(select(Connection).order_by(Connection.id))
    return [
        (each, [row for row in record.troubles(session, each.id) if _has_lasted(row, host.now())])
        for each in connections
        if is_looked_after(host, session, each)
    ]


def notes(host: Host, session: Session) -> list[Note]:
    """Say on the connections' cards and pages what needs a person; what changed under the mapping is said there too."""
    rows = [row for row in record.troubles(session) if _has_lasted(row, host.now())]
    hidden = {(row.connection_id, row.project_id) for row in rows if row.check == "project"}
    found = drifting.notes(session, hidden)
    rows = [row for row in rows if not row.check.startswith(TOLD_ELSEWHERE)]
    rows.sort(key=lambda row: row.connection_id)
    for connection_id, some in groupby(rows, key=lambda row: row.connection_id):
        its = list(some)
        more = f" And {len(its) - 1} more." if len(its) > 1 else ""
        found.append(
            Note(
                connection_id=connection_id,
                words=f"{its[0].cause}{more}",
                endpoint="health.show",
                action="See what mends it",
                count=len(its),
                is_urgent=any(row.severity == Severity.ERROR for row in its),
            )
        )
    return found


def waiting_for(session: Session, row: HealthCheck) -> str:
    """Say what waits because of a trouble."""
    if row.standing != Standing.TROUBLE or row.severity != Severity.ERROR:
        return ""
    links = len(refused_links(session, row.connection_id, row.project_id))
    query = select(func.count()).where(
        Creation.connection_id == row.connection_id, Creation.state == CreationState.WAITING
    )
    if row.project_id:
        query = query.where(Creation.project_id == row.project_id)
    else:
        links += backlog.count_waiting(session, row.connection_id)
    issues = session.scalar(query) or 0
    parts = [counted(links, "link", "links"), counted(issues, "new issue", "new issues")]
    words = " and ".join(part for part in parts if part)
    return f"{words} wait{'s' if links + issues == 1 else ''} for it." if words else ""


def _items(session: Session, connection_id: int, rows: Iterable[HealthCheck]) -> list[Item]:
    keys = {used.project.id: used.project.key for used in read_stored(session, connection_id).in_use}
    return [
        Item(row=row, waits=waiting_for(session, row), project=keys.get(row.project_id, row.project_id)) for row in rows
    ]


def _has_lasted(row: HealthCheck, now: datetime) -> bool:
    return row.remedy != Remedy.WAIT or now - row.since >= PASSING


def _section(row: HealthCheck) -> int:
    begins = row.check.partition(".")[0]
    return next((number for number, (_, checks) in enumerate(SECTIONS) if begins in checks), len(SECTIONS))


def _name(row: HealthCheck) -> str:
    number = _section(row)
    return SECTIONS[number][0] if number < len(SECTIONS) else "More"
