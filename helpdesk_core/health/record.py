"""Keeps what was found, by connection and check: since when it stands so, and a log line when trouble comes and goes.

Rows that are in trouble are the repair items of Settings. They close by themselves: whoever finds that a cause is gone
stores that, and the row says so. Knows no Flask.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.values import Finding, Remedy, Severity, Standing

log = logging.getLogger(__name__)

FRESH: Final = timedelta(hours=1)
"""For how long it is not written down again that nothing has changed."""
LONGEST: Final = {"check": 100, "code": 50, "project_id": 255}
"""Characters of what a plugin may name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """A trouble that is gone."""

    check: str
    project_id: str
    code: str
    """What it was."""
    own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What a look has changed."""

    opened: tuple[HealthCheck, ...] = ()
    closed: tuple[Closed, ...] = ()
    """In trouble before, and well now: what waited for it can go on."""


def store(
    session: Session,
    connection_id: int,
    findings: Iterable[Finding],
    *,
    own: bool,
    projects: Collection[str] | None = None,
    now: datetime,
) -> Changed:
    """Keep what was found, in place of what was found before.

    Args:
        session: a writing session.
        connection_id: where.
        findings: what was found.
        own: whether the helpdesk knows it by itself, or its plugin has found it.
        projects: the projects that were looked at; what was found of others before stays. None: all.
        now: when.
    """
    if session.get(Connection, connection_id, with_for_update={"key_share": True}) is None:  # two looks may end at once
        return Changed()
    rows = list(session.scalars(select(HealthCheck).where(HealthCheck.connection_id == connection_id)))
    before = {(row.check, row.project_id): row for row in rows if row.own is own}
    taken = {(row.check, row.project_id): row for row in rows if row.own is not own}
    opened: list[HealthCheck] = []
    closed: list[Closed] = []
    for key, finding in _by_key(connection_id, findings).items():
        if not own and key in taken:
            log.warning("connection %s: the plugin's check %s is named as one of the helpdesk's", connection_id, key[0])
            continue
        row = before.pop(key, None) or taken.get(key)
        was = _trouble(row) if row else None
        if row is None:
            row = HealthCheck(connection_id=connection_id, check=key[0], project_id=key[1], own=own, since=now)
            session.add(row)
        elif (row.standing, row.code) != (finding.standing, finding.code):
            row.since = now
        row.own = own
        _fill(row, finding, now)
        if finding.standing is Standing.TROUBLE and was is None:
            opened.append(row)
        if finding.standing is Standing.OK and was is not None:
            closed.append(was)
    for (_, project_id), row in before.items():
        if projects is None or project_id in projects:
            closed += [was] if (was := _trouble(row)) else []
            session.delete(row)
    _tell(connection_id, opened, closed)
    return Changed(opened=tuple(opened), closed=tuple(closed))


def is_stored(session: Session, connection_id: int, findings: Collection[Finding], *, now: datetime) -> bool:
    """Whether just this was found before, and not long ago; of nothing there is nothing to store.

    What is said of things that are well changes with every answer. It is not worth a transaction each minute.
    """
    query = select(HealthCheck).where(HealthCheck.connection_id == connection_id, HealthCheck.own)
    rows = list(session.scalars(query))
    if not findings:
        return True
    before = {_but_words(finding_of(row)) for row in rows if now - row.looked_at < FRESH}
    return before == {_but_words(each) for each in findings}


def _but_words(finding: Finding) -> Finding:
    return replace(finding, cause="") if finding.standing is Standing.OK else finding


def finding_of(row: HealthCheck) -> Finding:
    """Return what a row says, to be stored again."""
    return Finding(
        check=row.check,
        title=row.title,
        standing=Standing(row.standing),
        code=row.code,
        cause=row.cause,
        cure=row.cure,
        severity=Severity(row.severity),
        remedy=Remedy(row.remedy),
        project_id=row.project_id,
        url=row.url,
    )


def rows_of(session: Session, connection_id: int) -> list[HealthCheck]:
    """Return all that was found on a connection, in the order in which it was stored first."""
    query = select(HealthCheck).where(HealthCheck.connection_id == connection_id)
    return sorted(session.scalars(query), key=lambda row: (row.project_id, row.check))


def troubles(session: Session, connection_id: int | None = None) -> list[HealthCheck]:
    """Return what is in trouble, the worst first and then the oldest; of one connection, or of all."""
    query = select(HealthCheck).where(HealthCheck.standing == Standing.TROUBLE)
    if connection_id is not None:
        query = query.where(HealthCheck.connection_id == connection_id)
    return sorted(session.scalars(query), key=lambda row: (row.severity, row.since, row.connection_id, row.check))


def _trouble(row: HealthCheck) -> Closed | None:
    """Return the trouble of a row, to be told when it is gone."""
    if row.standing != Standing.TROUBLE:
        return None
    return Closed(check=row.check, project_id=row.project_id, code=row.code, own=row.own)


def _by_key(connection_id: int, findings: Iterable[Finding]) -> dict[tuple[str, str], Finding]:
    """Return findings by what tells them apart. Of two that a plugin named alike the one in trouble counts."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.check[: LONGEST["check"]], finding.project_id[: LONGEST["project_id"]])
        if key in found:
            log.warning("connection %s: the check %s was named twice", connection_id, key[0])
        if key not in found or finding.standing is Standing.TROUBLE:
            found[key] = finding
    return found


def _fill(row: HealthCheck, finding: Finding, now: datetime) -> None:
    kept = asdict(finding)
    row.looked_at = now
    row.title, row.cause, row.cure, row.url = kept["title"], kept["cause"], kept["cure"], kept["url"]
    row.code = finding.code[: LONGEST["code"]]
    row.standing, row.severity, row.remedy = finding.standing.value, finding.severity.value, finding.remedy.value


def _tell(connection_id: int, opened: list[HealthCheck], closed: list[Closed]) -> None:
    for row in opened:
        log.warning("connection %s: %s: %s", connection_id, row.code or row.check, row.cause)
    for each in closed:
        log.warning("connection %s: %s is well again", connection_id, each.check)
