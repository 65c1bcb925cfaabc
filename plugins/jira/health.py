"""Finds out how a Jira site stands for the connecting account: app, account, organization's rules, projects.

The order is that of causes: where the site is not reached nothing is said of projects, and where a project is hidden
nothing is said of permissions in it, so that one cause is blamed once. Three kinds of refusal that look alike are told
apart (``jira-cloud-api.md`` §2.13): a scope that the app lacks, a permission that the account lacks, and a rule of the
organization that keeps the app out, which only ``/data-policy`` tells.

What it costs, in Jira's points: 3 for the account, 2 for the rules, 11 for each project (two for each permission), 2
more where whole workflows are to be read. A thorough look reads the list of projects twice besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import HealthChecks
from helpdesk_core.values import (
    ConnectionView,
    Examination,
    Feature,
    Finding,
    HealthRequest,
    ProbeRequest,
    RemoteProject,
    Severity,
    Standing,
    Workspace,
)
from plugins.jira import findings as say
from plugins.jira.health_client import JiraHealthClient
from plugins.jira.needs import (
    ADMINISTER,
    BROWSE,
    HARMLESS,
    PERMISSIONS,
    SCOPES,
    ProjectPermission,
    page_of_permissions,
)
from plugins.jira.probing import probe
from plugins.jira.scopes import READ_WORKFLOWS
from plugins.jira.settings import wants_workflows

OLD: Final = 300
"""Days after which a consent is to be renewed, long before its year is over."""
TITLES: Final = {"account": "The account can use Jira", "policy": "No rule of the organization blocks the app"}
LOCKED_OUT: Final = frozenset({"permission_missing", "not_found", "site_refused", "site_gone"})
"""What the site says to an account that has no place in it, or to an app that is kept out."""
SHOWN: Final = 8
"""How many project keys a sentence names."""


class JiraHealthChecks(HealthChecks):
    """Looks after one Jira site."""

    def examine(self, request: HealthRequest) -> Examination:
        """Look at what the app was granted, the account, the organization's rules, and the projects asked about."""
        client = JiraHealthClient.of(request.connection)
        of_app = [_consent(request), *_scopes(request)]
        workspace = _workspace(client, request.connection)
        if workspace is None:
            return Examination(findings=(*of_app, say.site_gone(), *_unknown(request, "account", "policy")))
        named = workspace if workspace != request.connection.workspace else None
        look = _Look(client, request, _site(request.connection, workspace))
        return Examination(findings=(*of_app, *look.findings()), workspace=named)

    def probe(self, request: ProbeRequest) -> Finding:
        """Say why a project is not in the list."""
        return probe(request)


def _consent(request: HealthRequest) -> Finding:
    days = (request.now - request.consented_at).days
    if days >= OLD:
        return say.consent_ages(days)
    return Finding(check="consent", title="The consent is fresh", cause=f"Somebody last agreed {days} days ago.")


def _scopes(request: HealthRequest) -> Iterator[Finding]:
    granted = request.connection.credentials.scopes
    for scope, features in SCOPES.items():
        lost = [each for each in Feature if each in features & request.features]
        if scope in granted or not lost:
            yield Finding(check=f"scope.{scope}", title=f"The app may use {scope}")
        else:
            severity = Severity.WARNING if scope in HARMLESS else Severity.ERROR
            yield say.scope_missing(scope, lost, severity)


def _workspace(client: JiraHealthClient, connection: ConnectionView) -> Workspace | None:
    """Return the site as it is called now; None: the token does not reach it."""
    return next((each for each in client.sites().jira if each.id == connection.workspace.id), None)


def _site(connection: ConnectionView, now: Workspace) -> Finding:
    before = connection.workspace
    renamed = f"It was called {before.name} before." if before.name != now.name else ""
    return Finding(check="site", title="The site is reached", cause=f"{now.name}, {now.url}. {renamed}".strip())


def _unknown(request: HealthRequest, *checks: str) -> Iterator[Finding]:
    """Say that nothing is known of what could not be looked at."""
    for check in checks:
        yield Finding(check=check, title=TITLES[check], standing=Standing.UNKNOWN)
    for project in request.projects:
        yield Finding(
            check="project", title=f"{project.key} can be seen", standing=Standing.UNKNOWN, project_id=project.id
        )
        yield from _unknown_permissions(project)


def _unknown_permissions(project: RemoteProject) -> Iterator[Finding]:
    for each in PERMISSIONS:
        yield replace(_given(project, each), standing=Standing.UNKNOWN)


def _given(project: RemoteProject, permission: ProjectPermission, cause: str = "") -> Finding:
    title = f"“{permission.name}” in {project.key}"
    return Finding(check=permission.check, title=title, project_id=project.id, cause=cause)


@dataclass(frozen=True)
class _Look:
    """One look at a site that is reached."""

    client: JiraHealthClient
    request: HealthRequest
    site: Finding

    def findings(self) -> Iterator[Finding]:
        """Look at the account, then at the rules and the projects."""
        yield self.site
        try:
            account = self.client.myself()["displayName"]
        except Rejected as refusal:
            if refusal.code in LOCKED_OUT:
                yield from self._locked_out(refusal)
                return
            if refusal.code != "scope_missing":
                raise
            if all(map(self._may, SCOPES)):
                yield say.scope_refused(refusal.reason)
                yield from _unknown(self.request, "account", "policy")
                return
            account = "the account"
            yield Finding(check="account", title=TITLES["account"], standing=Standing.UNKNOWN)
        else:
            yield Finding(check="account", title=TITLES["account"], cause=f"It acts as {account}.")
        yield from self._projects(account)

    def _locked_out(self, refusal: Rejected) -> Iterator[Finding]:
        """Tell an account without access from an app that is kept out."""
        if refusal.code == "permission_missing" and self._is_blocked():
            yield say.app_blocked()
            yield from _unknown(self.request, "account")
            return
        yield say.no_access(refusal.reason, self.request.connection.workspace.url)
        yield from _unknown(self.request, "policy")

    def _is_blocked(self) -> bool:
        try:
            return self.client.blocks_content()
        except Rejected:
            return False

    def _projects(self, account: str) -> Iterator[Finding]:
        """Look at all projects together, where that is asked for, and at each one by itself."""
        try:
            if self.request.thorough:
                overview = self._overview(account)
                yield overview
                if overview.standing is Standing.TROUBLE:  # it names the cause of what would be said of each project
                    yield from _unknown(self.request, "policy")
                    return
            seen = {project.id: self._permissions_in(project) for project in self.request.projects}
            blocked = self.client.blocked([id_ for id_, has in seen.items() if BROWSE.key in has])  # 400 to hidden ones
        except Rejected as refusal:
            if refusal.code != "scope_missing":
                raise
            yield from _unknown(self.request, "policy")  # what the scopes lack is told by themselves
            return
        yield Finding(check="policy", title=TITLES["policy"])
        for project in self.request.projects:
            if project.id in blocked:
                yield say.project_blocked(project)
                yield from _unknown_permissions(project)
            else:
                yield from self._permissions(project, seen[project.id], account)
        if wants_workflows(self.request.connection.settings):
            yield from self._workflows(next(iter(seen.values()), frozenset()))

    def _permissions_in(self, project: RemoteProject) -> frozenset[str]:
        """Ask what the account may do in a project; nothing: it is hidden or gone."""
        wanted = wants_workflows(self.request.connection.settings) and project is self.request.projects[0]
        names = [each.key for each in PERMISSIONS] + [ADMINISTER] * wanted
        try:
            return self.client.permissions(project.id, names)
        except Rejected as refusal:
            if refusal.code != "not_found":
                raise
            return frozenset()

    def _hidden(self, project: RemoteProject, account: str) -> Iterator[Finding]:
        yield say.project_hidden(project, account, self._page_of(project))
        yield from _unknown_permissions(project)

    def _permissions(self, project: RemoteProject, has: frozenset[str], account: str) -> Iterator[Finding]:
        if BROWSE.key not in has:
            yield from self._hidden(project, account)
            return
        yield Finding(check="project", title=f"{project.key} can be seen", project_id=project.id)
        for each in PERMISSIONS:
            if each.key in has:
                yield _given(project, each)
            elif each.feature in self.request.features:
                yield say.permission_missing(project, each, account, self._page_of(project))
            else:
                yield _given(project, each, "It is missing, and nothing here needs it now.")

    def _workflows(self, has: frozenset[str]) -> Iterator[Finding]:
        """Say whether whole workflows can be read, by what was asked with the first project."""
        title, has_scope = "Whole workflows can be read", self._may(READ_WORKFLOWS.scope)
        if not has:
            yield Finding(check="workflows", title=title, standing=Standing.UNKNOWN)
        elif ADMINISTER in has and has_scope:
            yield Finding(check="workflows", title=title)
        else:
            yield say.workflows_unreadable(has_scope=has_scope)

    def _may(self, scope: str) -> bool:
        return scope in self.request.connection.credentials.scopes

    def _overview(self, account: str) -> Finding:
        """Count all projects that the account sees."""
        projects = self.client.projects()
        active = [each for each in projects if not each["archived"]]
        if not projects:
            return say.none_visible(account)
        if not active:
            return say.all_archived(len(projects))
        creatable = self.client.creatable()
        without = [each["key"] for each in active if each["id"] not in creatable]
        words = f"{len(projects)} found: {len(active)} active, {len(projects) - len(active)} archived."
        if without:
            some = ", ".join(without[:SHOWN]) + (f" and {len(without) - SHOWN} more" if len(without) > SHOWN else "")
            words += f" Without “Create issues”: {some}."
        return Finding(check="projects", title="Projects can be seen", cause=words)

    def _page_of(self, project: RemoteProject) -> str:
        return page_of_permissions(self.request.connection, project.key)
