"""The doctor's check of connections: what was last found about each and is stored. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.health import record, repairs
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.host import Host
from helpdesk_core.operations import findings
from helpdesk_core.operations.results import Result
from helpdesk_core.values import Severity


def check_connections(host: Host) -> Iterator[Result]:
    """Name the repair items of each connection; of those that are switched off or ended nothing is said."""
    with host.database.read() as session:
        for connection, rows in repairs.open_rows(host, session):
            yield from _check(session, connection, _name(host, connection), rows)


def _check(session: Session, connection: Connection, name: str, rows: list[HealthCheck]) -> Iterator[Result]:
    for row in rows:
        finding = findings.CONNECTION_TROUBLE if row.severity == Severity.ERROR else findings.CONNECTION_WARNING
        result = finding.result(name=name, cause=row.cause, cure=row.cure)
        yield replace(result, cure=result.cure.strip())
    if not rows:
        seen = bool(record.rows_of(session, connection.id))
        yield (findings.CONNECTION_OK if seen else findings.CONNECTION_NEW).result(name=name)


def _name(host: Host, connection: Connection) -> str:
    """Return a name without the workspace's: what the doctor says is shown to others who shall help."""
    return f"{host.registry.get(connection.integration).card.title}, connection {connection.id}"
