"""Looks how a connection stands: asks its plugin, adds what the helpdesk knows by itself, and lets waiting work go on.

Only the plugin's part costs calls, and no transaction is open meanwhile. What was found before stays where the plugin
could not be asked: that is told by what the helpdesk knows by itself. Knows no Flask.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import for_issues, for_tickets
from helpdesk_core.connections import contact
from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState, Contact, Credential
from helpdesk_core.conversation.settings import chosen
from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import Extent, HelpdeskError, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import HealthChecks
from helpdesk_core.health import record, resuming
from helpdesk_core.health.hearing import of_hearing
from helpdesk_core.health.knowing import of_knowledge
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.health.own import of_connection, subject_of
from helpdesk_core.health.working import of_work
from helpdesk_core.host import Host
from helpdesk_core.mapping.reading import refresh_vocabulary
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync import holds
from helpdesk_core.sync.links import policy_of
from helpdesk_core.values import (
    ConnectionView,
    Examination,
    Feature,
    Finding,
    HealthRequest,
    Remedy,
    RemoteProject,
    Severity,
    Standing,
)

log = logging.getLogger(__name__)

AT_ONCE: Final = 25
"""Projects of one thorough look: each may cost a call, and a person waits."""
IN_PASSING: Final = 2
"""Projects of a look by the clock: so all get their turn, and a day costs little."""


def examine(host: Host, connection_id: int, *, thorough: bool = False) -> None:
    """Look at all that can be looked at, and store it. Trouble is no exception here.

    Args:
        host: the collaborators.
        connection_id: the connection.
        thorough: a person waits for the answer: many projects are looked at, else a few whose turn it is.
    """
    with host.database.read() as session:
        checks = _checks(host, session, connection_id)
        projects = _whose_turn(session, connection_id, AT_ONCE if thorough else IN_PASSING)
    if checks is not None:
        _ask_plugin(host, connection_id, checks, projects, thorough=thorough)
    contact.write_down(host, connection_id)
    note_own(host, connection_id)


def look_again(host: Host, connection_id: int) -> None:
    """Look at everything anew, also at what was read of projects and statuses: a person has mended something."""
    with suppress(HelpdeskError):  # what goes wrong is found by looking
        refresh_vocabulary(host, connection_id)
    examine(host, connection_id, thorough=True)


def note_own(host: Host, connection_id: int) -> None:
    """Store what the helpdesk knows by itself; no call is made, and nothing is written where nothing has changed."""
    with host.database.read() as session:
        found = own_findings(host, session, connection_id)
        if record.is_stored(session, connection_id, found, now=host.now()):
            return
    with host.database.write() as session:
        found = own_findings(host, session, connection_id)  # once more, in the transaction that stores it
        if not found:
            return
        changed = record.store(session, connection_id, found, own=True, now=host.now())
        resuming.go_on(host, session, connection_id, changed.closed)


def own_findings(host: Host, session: Session, connection_id: int) -> list[Finding]:
    """Return all that the helpdesk knows of a connection by itself; nothing of one that is not looked after."""
    connection = session.get(Connection, connection_id)
    if connection is None or not is_looked_after(host, session, connection):
        return []
    subject = subject_of(host, session, connection)
    return [*of_connection(subject), *of_hearing(subject), *of_work(subject), *of_knowledge(subject)]


def is_looked_after(host: Host, session: Session, connection: Connection) -> bool:
    """Whether anything is to be said of a connection: not of one that was ended, or whose integration is off."""
    return (
        connection.state != ConnectionState.DISCONNECTED
        and connection.integration in host.registry
        and is_enabled(session, connection.integration)
    )


def features_of(session: Session, connection_id: int) -> frozenset[Feature]:
    """Return what a connection is used for now, by what admins chose."""
    features = {Feature.READ, Feature.LISTEN}
    policy = policy_of(session, connection_id)
    channels = (*for_tickets(session), *for_issues(session, connection_id))
    here = [each for each in channels if each.connection_id == connection_id]
    if policy.outward or any(each.status.outward for each in here):
        features.add(Feature.MOVE)
    if any(each.creates.outward for each in here):
        features.add(Feature.CREATE)
    if chosen(session, connection_id)[0] or any(each.comments.outward for each in here):
        features.add(Feature.COMMENT)
    return frozenset(features)


# ── asking the plugin ─────────────────────────────────────────────────────────────────────────────────────────────────


def _checks(host: Host, session: Session, connection_id: int) -> HealthChecks | None:
    connection = session.get(Connection, connection_id)
    if connection is None or not is_looked_after(host, session, connection):
        return None
    return host.registry.get(connection.integration).health_checks


def _whose_turn(session: Session, connection_id: int, most: int) -> tuple[RemoteProject, ...]:
    """Return the projects in use to look at now: those in trouble first, then those not looked at for longest."""
    query = (
        select(HealthCheck.project_id, func.min(HealthCheck.looked_at))
        .where(HealthCheck.connection_id == connection_id, HealthCheck.own.is_(False), HealthCheck.project_id != "")
        .group_by(HealthCheck.project_id)
    )
    looked_at: dict[str, datetime] = {row[0]: row[1] for row in session.execute(query)}
    bad = {row.project_id for row in record.troubles(session, connection_id) if not row.own}
    projects = [used.project for used in read_stored(session, connection_id).in_use]

    def turn(project: RemoteProject) -> tuple[bool, float, str]:
        at = looked_at.get(project.id)
        return project.id not in bad, at.timestamp() if at else 0.0, project.key

    return tuple(sorted(projects, key=turn)[: min(most + len(bad), AT_ONCE)])


def _ask_plugin(
    host: Host, connection_id: int, checks: HealthChecks, projects: tuple[RemoteProject, ...], *, thorough: bool
) -> None:
    with host.database.read() as session:
        row = session.get(Credential, connection_id)
        features = features_of(session, connection_id)
        was_bad = any(each.check == "projects" for each in record.troubles(session, connection_id))
    consented_at = row.consented_at if row else host.now()

    def question(view: ConnectionView) -> Examination:
        request = HealthRequest(
            connection=view,
            now=host.now(),
            consented_at=consented_at,
            projects=projects,
            features=features,
            thorough=thorough or was_bad,
        )
        return _checked(checks.examine(request))

    try:
        found = ask(host, connection_id, question)
    except Rejected as error:
        _note(host, connection_id)
        if error.extent is not Extent.CONNECTION:  # that is told by what we know ourselves, as an outage is
            _store(host, connection_id, Examination(findings=(_not_examined(error),)), ())
    except HelpdeskError as error:
        log.info("connection %s could not be examined: %s", connection_id, error)  # told by what we know ourselves
        if isinstance(error, TemporarilyUnavailable):
            holds.obey(host, connection_id, "examine", error)
    else:
        _store(host, connection_id, found, ["", *(project.id for project in projects)])


def _checked(found: Examination) -> Examination:
    """Refuse what is no examination while the fence around the plugin still stands: it is named, and nothing breaks."""
    for each in found.findings:
        for name, kind in (("standing", Standing), ("severity", Severity), ("remedy", Remedy)):
            if not isinstance(getattr(each, name), kind):
                msg = f"the {name} of a finding is no {kind.__name__}"
                raise TypeError(msg)
    return found


def _not_examined(refusal: Rejected) -> Finding:
    """Say that the plugin's checks were refused, so that nobody takes old findings for new ones."""
    return Finding(
        check="examined",
        title="It can be looked what the account may do",
        standing=Standing.TROUBLE,
        code="not_examined",
        severity=Severity.WARNING,
        cause=f"It could not be looked what the account may do. {refusal.reason}",
        cure=refusal.cure,
    )


def _store(host: Host, connection_id: int, found: Examination, looked_at: Iterable[str]) -> None:
    _note(host, connection_id)
    with host.database.write() as session:
        kept = _kept(session, connection_id, found)
        changed = record.store(
            session,
            connection_id,
            [*found.findings, *kept],
            own=False,
            projects=_without_use(session, connection_id) | set(looked_at),
            now=host.now(),
        )
        connection = session.get(Connection, connection_id)
        if connection is not None and found.workspace is not None:
            _rename(connection, found)
        resuming.go_on(host, session, connection_id, changed.closed)


def _kept(session: Session, connection_id: int, found: Examination) -> list[Finding]:
    """Return what only a thorough look finds, so that one in passing does not take it back."""
    if any(each.check == "projects" for each in found.findings):
        return []
    row = session.get(HealthCheck, (connection_id, "projects", ""))
    if row is None:
        return []
    return [record.finding_of(row)]


def _without_use(session: Session, connection_id: int) -> set[str]:
    """Return the projects of which something was found and that are not in use any more: that is over."""
    query = select(HealthCheck.project_id).where(HealthCheck.connection_id == connection_id).distinct()
    return set(session.scalars(query)) - read_stored(session, connection_id).used_ids - {""}


def _rename(connection: Connection, found: Examination) -> None:
    assert found.workspace is not None, "the caller has looked"
    now = found.workspace
    was = f"{connection.workspace_name}, {connection.workspace_url}"
    log.warning("connection %s: what was %s is %s, %s now", connection.id, was, now.name, now.url)
    connection.workspace_name, connection.workspace_url = now.name, now.url


def _note(host: Host, connection_id: int) -> None:
    """Write down when the plugin was asked."""
    contact.write_down(host, connection_id)
    with host.database.write() as session:
        if session.get(Connection, connection_id) is not None:
            insert_or_update(session, Contact, {"connection_id": connection_id}, examined_at=host.now())
