"""How connections stand, for people and machines on the command line: the same checks that the health page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState, Contact
from helpdesk_core.formatting import plainly
from helpdesk_core.grades import MARKS, Grade, worst
from helpdesk_core.health import repairs
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.host import Host
from helpdesk_core.values import Severity, Standing

GRADES: Final = {Standing.OK: Grade.OK, Standing.UNKNOWN: Grade.UNKNOWN, Standing.TROUBLE: Grade.TROUBLE}
NOT_ASKED: Final = "not_asked"
"""The code that says: the plugin could not be asked for this report."""
NOT_KNOWN: Final = "Not known, because of something else."


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One check."""

    check: str
    title: str
    standing: Grade
    cause: str = ""
    cure: str = ""
    code: str = ""
    project_id: str = ""
    waits: str = ""
    """What waits because of it."""
    url: str = ""
    since: str = ""
    """Since when it stands so, as ISO 8601 has it."""


NEVER: Final = Told(
    check="look", title="It was looked at", standing=Grade.UNKNOWN, code="never_looked", cause="Never yet."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """How one connection stands."""

    id: int
    integration: str
    """Its key."""
    title: str
    """What the integration calls itself, or its key where it is not installed."""
    workspace: str
    skipped: str = ""
    """Why nothing is said of it, in one sentence; empty: something is."""
    looked_at: datetime | None = None
    """As of when that is known."""
    checks: tuple[Told, ...] = field(default=())

    @property
    def standing(self) -> Grade:
        """How the connection stands, which is as its worst check does."""
        return worst(each.standing for each in self.checks)


def grade_of(row: HealthCheck) -> Grade:
    """Return how bad it is what was found."""
    grade = GRADES[Standing(row.standing)]
    return Grade.WARNING if grade is Grade.TROUBLE and row.severity == Severity.WARNING else grade


def skipped(host: Host, session: Session, connection: Connection) -> str:
    """Say why a connection is not looked at; empty: it is."""
    if connection.state == ConnectionState.DISCONNECTED:
        return "it is disconnected."
    if connection.integration not in host.registry:
        return f"the integration {connection.integration} is not installed."
    if not is_enabled(session, connection.integration):
        return f"{host.registry.get(connection.integration).card.title} is switched off."
    return ""


def report_on(host: Host, session: Session, connection: Connection, *, asked_at: datetime | None = None) -> Report:
    """Return how a connection stands by what is stored.

    Args:
        host: the collaborators.
        session: a reading session.
        connection: the connection.
        asked_at: when its plugin was to be asked for this report; None: it was not.
    """
    why = skipped(host, session, connection)
    items = [] if why else [item for _, some in repairs.sections(host, session, connection.id) for item in some]
    checks = [_told(item) for item in items] or ([] if why else [NEVER])
    if not why and asked_at and worst(each.standing for each in checks) is not Grade.TROUBLE:
        checks += _unasked(host, session, connection, asked_at)
    installed = connection.integration in host.registry
    return Report(
        id=connection.id,
        integration=connection.integration,
        title=host.registry.get(connection.integration).card.title if installed else connection.integration,
        workspace=connection.workspace_name,
        skipped=why,
        looked_at=max((item.row.looked_at for item in items), default=None),
        checks=tuple(checks),
    )


def lines(report: Report, *, everything: bool) -> Iterator[str]:
    """Tell a report to a person: a heading, what is not well, and what helps; with `everything` what is well too."""
    yield f"{report.title} · {report.workspace} (connection {report.id})"
    if report.skipped:
        yield f"  Skipped: {report.skipped}"
        return
    for each in _shown(report, everything=everything):
        yield f"{MARKS[each.standing]} {_one_line(f'{each.title}: {each.cause}' if each.cause else each.title)}"
        yield from (f"    {_one_line(words)}" for words in (each.cure, each.url, each.waits) if words)
    if report.standing is Grade.OK:
        yield "All is well."


def for_machines(reports: Sequence[Report], *, everything: bool) -> dict[str, Any]:
    """Tell all reports to a machine."""
    return {
        "standing": worst(each.standing for each in reports),
        "connections": [
            {
                "id": each.id,
                "integration": each.integration,
                "workspace": each.workspace,
                "standing": each.standing,
                "skipped": each.skipped,
                "looked_at": each.looked_at.isoformat() if each.looked_at else None,
                "checks": [asdict(check) for check in _shown(each, everything=everything)],
            }
            for each in reports
        ],
    }


def _shown(report: Report, *, everything: bool) -> list[Told]:
    return [each for each in report.checks if everything or each.standing is not Grade.OK]


def _told(item: repairs.Item) -> Told:
    row, grade = item.row, grade_of(item.row)
    bad = item.is_trouble
    return Told(
        check=row.check,
        title=row.title,
        standing=grade,
        cause=row.cause or (NOT_KNOWN if grade is Grade.UNKNOWN else ""),
        cure=row.cure if bad else "",
        code=row.code,
        project_id=row.project_id,
        waits=item.waits,
        url=row.url if bad else "",
        since=row.since.isoformat(),
    )


def _unasked(host: Host, session: Session, connection: Connection, asked_at: datetime) -> Iterator[Told]:
    """Say that a plugin could not be asked and no check tells why, as while a limit lasts: all else is older."""
    integration = host.registry.get(connection.integration)
    contact = session.get(Contact, connection.id)
    examined_at = contact.examined_at if contact else None
    if integration.health_checks is None or (examined_at is not None and examined_at >= asked_at):
        return
    before = f"what it said {plainly(examined_at)} stands here" if examined_at else "it never was before"
    yield Told(
        check="look",
        title=f"{integration.card.title} is asked",
        standing=Grade.UNKNOWN,
        code=NOT_ASKED,
        cause=f"It could not be asked now; {before}.",
        cure="Try again in some minutes; `helpdesk --verbose connections check` tells the reason.",
    )


def _one_line(words: str) -> str:
    return " ".join(words.split())
