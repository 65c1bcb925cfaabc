"""Finds out how a connection stands at the tracker: the account, then each project, then what may be done in it.

The order is that of causes: where the account is kept out nothing is said of projects, and where a project is hidden
or archived nothing is said of permissions in it, so that one cause is blamed once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import HealthChecks
from helpdesk_core.testing.tracker import findings as say
from helpdesk_core.testing.tracker.client import Client, only, segment
from helpdesk_core.testing.tracker.told import Told, clean
from helpdesk_core.values import (
    ConnectionView,
    Examination,
    Finding,
    HealthRequest,
    ProbeRequest,
    RemoteProject,
    Standing,
    Workspace,
)


class TrackerHealth(HealthChecks):
    """Looks after one workspace. It only reads."""

    client: ClassVar[type[Client]] = Client

    def examine(self, request: HealthRequest) -> Examination:
        """Look at the account by one call, and at each project by one more."""
        client = self.client.of(request.connection)
        try:
            me = client.me()
        except Rejected as refusal:
            found = (say.no_access(refusal.reason), *self.unknown(request))
            return Examination(findings=found)
        workspace = self.renamed(me, request.connection)
        if me.flag("locked"):
            return Examination(findings=(say.locked(me.text("name")), *self.unknown(request)), workspace=workspace)
        found = (say.account(me.text("name")), *self.overview(client, request), *self.projects(client, request))
        return Examination(findings=found, workspace=workspace)

    def renamed(self, me: Told, connection: ConnectionView) -> Workspace | None:
        """Return the workspace where it has got another name or address."""
        told = me.inner("workspace")
        now = Workspace(id=connection.workspace.id, name=told.text("name"), url=told.address("url"))
        return now if now != connection.workspace else None

    def overview(self, client: Client, request: HealthRequest) -> Iterator[Finding]:
        """Count all projects, while a person waits for the answer."""
        if request.thorough:
            found = list(client.pages("projects"))
            yield say.overview(len(found), sum(each.flag("archived") for each in found))

    def projects(self, client: Client, request: HealthRequest) -> Iterator[Finding]:
        """Look at each project."""
        for project in request.projects:
            told = self.project(client, project.id)
            if told is None:
                yield say.hidden(project)
                yield from self.unknown_permissions(project)
            elif told.flag("archived"):
                yield say.archived(project)
                yield from self.unknown_permissions(project)
            else:
                yield say.seen(project)
                yield from self.permissions(told, request, project)

    def project(self, client: Client, project_id: str) -> Told | None:
        """Read one project; None: it is gone or hidden."""
        try:
            with only("gone", no_permission="gone"):
                return client.get(f"projects/{segment(project_id)}")
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
            return None

    def permissions(self, told: Told, request: HealthRequest, project: RemoteProject) -> Iterator[Finding]:
        """Look at what the account may do in a project. What nobody needs now is no trouble."""
        has = told.texts("may")
        for each in say.NEEDS:
            if each.permission in has or each.feature not in request.features:
                yield say.permission(project, each)
            else:
                yield say.permission_missing(project, each, request.connection)

    def unknown(self, request: HealthRequest) -> Iterator[Finding]:
        """Say that nothing is known of what would have been looked at."""
        if request.thorough:
            yield say.overview_unknown()
        for project in request.projects:
            yield say.seen(project, Standing.UNKNOWN)
            yield from self.unknown_permissions(project)

    def unknown_permissions(self, project: RemoteProject) -> Iterator[Finding]:
        """Say that nothing is known of the permissions in a project."""
        return (say.permission(project, each, Standing.UNKNOWN) for each in say.NEEDS)

    def probe(self, request: ProbeRequest) -> Finding:
        """Look for one project by its key, and say whether it can be used."""
        key = say.key_in(clean(request.text))
        if not key:
            return say.not_a_key()
        client = self.client.of(request.connection)
        found = [each for each in client.get("projects", {"key": key}).items() if each.text("key") == key]
        told = self.project(client, found[0].text("id")) if found else None
        if told is None:
            client.me()  # a stranger is shown nothing either
            return say.absent_or_hidden(key)
        if told.flag("archived"):
            return say.probed_archived(key)
        has = told.texts("may")
        missing = [each for each in say.NEEDS if each.permission not in has and each.feature in request.features]
        return say.usable_in_part(key, missing) if missing else say.usable(key)
