"""Whether what is known of the remote system is fresh and still true: projects in use, statuses, drift. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from helpdesk_core.channels.models import Channel
from helpdesk_core.formatting import plainly
from helpdesk_core.health.own import Subject
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.models import DriftKind
from helpdesk_core.mapping.vocabulary import Stored, read_stored
from helpdesk_core.sync.models import Link
from helpdesk_core.values import Finding, Remedy, RemoteProject, Severity, Standing

STALE: Final = timedelta(hours=24)
"""Six readings in a row have failed by then."""


def of_knowledge(subject: Subject) -> Iterator[Finding]:
    """Say how fresh and how true it is what is known."""
    stored = read_stored(subject.session, subject.id)
    yield _in_use(stored)
    for used in stored.in_use:
        yield _archived(subject, used.project)
    yield _vocabulary(subject, stored)
    yield _drift(subject)


def _in_use(stored: Stored) -> Finding:
    title = "Projects are in use"
    if stored.in_use:
        keys = ", ".join(used.project.key for used in stored.in_use[:10])
        return Finding(check="in_use", title=title, cause=f"{len(stored.in_use)}: {keys}.")
    return Finding(
        check="in_use",
        title=title,
        standing=Standing.TROUBLE,
        code="none_in_use",
        severity=Severity.WARNING,
        cause="No project is in use, so no ticket can be linked or mapped.",
        cure="Choose the projects whose issues belong to tickets.",
        remedy=Remedy.CHOOSE_PROJECTS,
    )


def _archived(subject: Subject, project: RemoteProject) -> Finding:
    title = f"{project.key} is active"
    if not project.archived or not _has_work(subject, project.id):
        return Finding(check="archived", title=title, project_id=project.id)
    return Finding(
        check="archived",
        title=title,
        standing=Standing.TROUBLE,
        code="archived",
        severity=Severity.WARNING,
        project_id=project.id,
        cause=f"{project.key} {project.name} is archived: its issues can be read, and nobody can change them.",
        cure=f"Let a {subject.product} administrator restore it, or use another project in its place.",
        remedy=Remedy.CHOOSE_PROJECTS,
    )


def _has_work(subject: Subject, project_id: str) -> bool:
    """Whether tickets are linked there or channels lead there; a project that is used to look something up is fine."""
    linked = select(Link.id).where(Link.connection_id == subject.id, Link.project_id == project_id).limit(1)
    leads = select(Channel.id).where(
        Channel.connection_id == subject.id, Channel.project_id == project_id, Channel.enabled
    )
    return subject.session.scalar(linked) is not None or subject.session.scalar(leads.limit(1)) is not None


def _vocabulary(subject: Subject, stored: Stored) -> Finding:
    title = "Projects and statuses are fresh"
    if stored.read_at is None:
        return Finding(check="vocabulary", title=title, standing=Standing.UNKNOWN, cause="They were never read.")
    words = f"Read {plainly(stored.read_at)}."
    if subject.is_silent or subject.is_blamed():
        return Finding(check="vocabulary", title=title, standing=Standing.UNKNOWN, cause=words)
    if subject.is_idle or subject.now - stored.read_at < STALE:  # while it is paused nobody reads them, as was wished
        return Finding(check="vocabulary", title=title, cause=words)
    return Finding(
        check="vocabulary",
        title=title,
        standing=Standing.TROUBLE,
        code="stale",
        severity=Severity.WARNING,
        cause=f"Projects and statuses were last read {plainly(stored.read_at)}; the readings since then have failed.",
        cure="Refresh them: what goes wrong is said there. Nobody needs to connect again.",
        remedy=Remedy.REFRESH_PROJECTS,
    )


def _drift(subject: Subject) -> Finding:
    title = "Nothing changed under the mapping"
    hidden = {each.project_id for each in subject.troubles if each.check == "project"}
    items = [
        item
        for item in open_items(subject.session, subject.id)
        if not (item.kind == DriftKind.PROJECT and item.subject in hidden)
    ]
    if not items:
        return Finding(check="drift", title=title)
    count = "1 thing" if len(items) == 1 else f"{len(items)} things"
    return Finding(
        check="drift",
        title=title,
        standing=Standing.TROUBLE,
        code="drift",
        severity=Severity.WARNING,
        cause=f"{count} changed in {subject.product} under the status mapping. Nothing moves by itself.",
        cure="Look at each: the tickets that it touches stand there, with what mends it.",
        remedy=Remedy.SEE_CHANGES,
    )
