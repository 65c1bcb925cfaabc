"""What health says: each cause in one sentence, with who mends it and where. ``docs/troubleshooting.md`` shows them."""

from __future__ import annotations

from typing import Final

from helpdesk_core.values import Feature, Finding, Remedy, RemoteProject, Severity, Standing
from plugins.jira.needs import DOING, OF_SCOPE, ProjectPermission

CONSENT_LASTS: Final = 365
"""Days. Told by Atlassian's staff in 2022 and not mentioned since (facts §1.4): warned of, and not relied on."""
APP_RULES: Final = "https://admin.atlassian.com"
"""Where an organization's administrators keep its data security policies."""


def site_gone() -> Finding:
    """Return that the token is good and does not reach the site."""
    return Finding(
        check="site",
        title="The site is reached",
        standing=Standing.TROUBLE,
        code="site_gone",
        cause="The authorization is good, but it does not reach this Jira site any more: somebody removed the app from "
        "the site, the account lost it, or the site is gone.",
        cure="If the site is still there, re-authorize with an account that can use it; if not, disconnect.",
        remedy=Remedy.REAUTHORIZE,
    )


def no_access(said: str, url: str) -> Finding:
    """Return that the account is refused inside the site."""
    return Finding(
        check="account",
        title="The account can use Jira",
        standing=Standing.TROUBLE,
        code="no_access",
        cause=f"The connected account is refused on this site: it was removed, or has no Jira licence any more. {said}",
        cure="Let an administrator of the site give the account access to Jira again, or re-authorize with another "
        "account.",
        remedy=Remedy.REAUTHORIZE,
        url=url,
    )


def app_blocked() -> Finding:
    """Return that a rule of the organization keeps the app out of the whole site."""
    return Finding(
        check="policy",
        title="No rule of the organization blocks the app",
        standing=Standing.TROUBLE,
        code="app_blocked",
        cause="A data security policy of the organization keeps this app out of the site.",
        cure="Let an administrator of the Atlassian organization allow the app under Security › Data security "
        "policies; re-authorizing does not help.",
        url=APP_RULES,
    )


def consent_ages(days: int) -> Finding:
    """Return that the consent is nearly a year old."""
    ends = f"in {CONSENT_LASTS - days} days" if days < CONSENT_LASTS else "at any time"
    return Finding(
        check="consent",
        title="The consent is fresh",
        standing=Standing.TROUBLE,
        code="consent_old",
        severity=Severity.WARNING,
        cause=f"Somebody last agreed at Atlassian {days} days ago; after {CONSENT_LASTS} days Atlassian may end it.",
        cure=f"Re-authorize while all works: it may stop {ends}.",
        remedy=Remedy.REAUTHORIZE,
    )


def scope_missing(scope: str, lost: list[Feature], severity: Severity) -> Finding:
    """Return that a scope was not granted which features in use need."""
    without = OF_SCOPE.get(scope) or _listed([DOING[each] for each in lost])
    return Finding(
        check=f"scope.{scope}",
        title=f"The app may use {scope}",
        standing=Standing.TROUBLE,
        code="scope_missing",
        severity=severity,
        cause=f"The app was not granted the permission (scope) {scope}, so {without}.",
        cure="Tick it for the app in Atlassian's developer console under Permissions › Jira API, then re-authorize: a "
        "consent given earlier never gains a scope.",
        remedy=Remedy.REAUTHORIZE,
    )


def scope_refused(said: str) -> Finding:
    """Return that the gateway refuses for want of a scope although all were granted."""
    return Finding(
        check="scopes",
        title="The app's permissions are in force",
        standing=Standing.TROUBLE,
        code="scope_refused",
        cause=f"All permissions were granted, and Atlassian refuses all the same. {said}",
        cure="Compare the app's permissions in Atlassian's developer console with the set-up page, then re-authorize.",
        remedy=Remedy.REAUTHORIZE,
    )


def workflows_unreadable(*, has_scope: bool) -> Finding:
    """Return that whole workflows are wanted and cannot be read."""
    why = (
        "the connected account is no Jira administrator"
        if has_scope
        else "the scope manage:jira-configuration was not granted"
    )
    return Finding(
        check="workflows",
        title="Whole workflows can be read",
        standing=Standing.TROUBLE,
        code="workflows_unreadable",
        severity=Severity.WARNING,
        cause=f"Whole workflows cannot be read, because {why}. Moves are learnt from issues instead.",
        cure="Give the account “Administer Jira” and the scope, or switch reading whole workflows off in the set-up.",
        remedy=Remedy.MEND_SET_UP,
    )


# ── projects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def project_hidden(project: RemoteProject, account: str, url: str) -> Finding:
    """Return that a project in use is not there for the account."""
    return Finding(
        check="project",
        title=f"{project.key} can be seen",
        standing=Standing.TROUBLE,
        code="hidden_or_gone",
        project_id=project.id,
        cause=f"{project.key} {project.name} was deleted, or {account} may not see it: Jira answers the same to both.",
        cure=f"Ask an administrator of the project: {account} needs the permission “Browse projects” there. If it was "
        "deleted, choose another project.",
        url=url,
    )


def project_blocked(project: RemoteProject) -> Finding:
    """Return that a rule of the organization keeps the app out of a project."""
    return Finding(
        check="project",
        title=f"{project.key} can be seen",
        standing=Standing.TROUBLE,
        code="project_blocked",
        project_id=project.id,
        cause=f"A data security policy of the organization keeps this app out of {project.key} {project.name}.",
        cure="Let an administrator of the Atlassian organization allow the app there under Security › Data security "
        "policies; permissions in Jira and re-authorizing do not help.",
        url=APP_RULES,
    )


def permission_missing(project: RemoteProject, missing: ProjectPermission, account: str, url: str) -> Finding:
    """Return that the account lacks a permission that is needed in a project."""
    return Finding(
        check=missing.check,
        title=f"“{missing.name}” in {project.key}",
        standing=Standing.TROUBLE,
        code="permission_missing",
        severity=missing.severity,
        project_id=project.id,
        cause=f"In {project.key} {account} lacks the permission “{missing.name}”, so {missing.without}.",
        cure="Let an administrator of the project give it to the account; re-authorizing does not help.",
        url=url,
    )


def none_visible(account: str) -> Finding:
    """Return that the account sees no project at all."""
    return Finding(
        check="projects",
        title="Projects can be seen",
        standing=Standing.TROUBLE,
        code="none_visible",
        cause=f"{account} sees no project of this site.",
        cure="Let a Jira administrator give the account the permission “Browse projects” in the projects to be used, "
        "then refresh.",
        remedy=Remedy.REFRESH_PROJECTS,
    )


def all_archived(count: int) -> Finding:
    """Return that no project is active."""
    return Finding(
        check="projects",
        title="Projects can be seen",
        standing=Standing.TROUBLE,
        code="all_archived",
        cause=f"All {count} projects that the account sees are archived, and nobody can change issues there.",
        cure="Restore one in Jira, or let an administrator show the account an active one, then refresh.",
        remedy=Remedy.REFRESH_PROJECTS,
    )


# ── a project that somebody looks for ─────────────────────────────────────────────────────────────────────────────────


def not_a_key(text: str) -> Finding:
    """Return that what was typed cannot be a project's key."""
    return Finding(
        check="probe",
        title="The project",
        standing=Standing.TROUBLE,
        code="not_a_key",
        cause=f"“{text}” is no key of a project: keys have two to ten letters, digits or underlines, such as SUP.",
        cure="Copy it from the address of the project or of one of its issues in Jira.",
    )


def absent_or_hidden(key: str, account: str, site: str) -> Finding:
    """Return that a project is not there for the account."""
    return Finding(
        check="probe",
        title=key,
        standing=Standing.TROUBLE,
        code="absent_or_hidden",
        cause=f"On {site} there is no project {key}, or {account} may not see it: Jira answers the same to both.",
        cure=f"Ask somebody who sees it in Jira, or a Jira administrator: {account} needs the permission “Browse "
        "projects” there.",
    )


def kept_out(key: str, said: str) -> Finding:
    """Return that Jira refuses the app, and not the account, in a project."""
    return Finding(
        check="probe",
        title=key,
        standing=Standing.TROUBLE,
        code="project_blocked",
        cause=f"Jira keeps the app out of {key}. {said}",
        cure="Let an administrator of the Atlassian organization look under Security › Data security policies.",
        url=APP_RULES,
    )


def archived(key: str, name: str) -> Finding:
    """Return that a project is archived."""
    return Finding(
        check="probe",
        title=f"{key} {name}",
        standing=Standing.TROUBLE,
        code="archived",
        severity=Severity.WARNING,
        cause=f"{key} {name} is archived: it can be read, and nobody can change its issues.",
        cure="Let a Jira administrator restore it, or use another project.",
    )


def in_part(key: str, name: str, missing: list[ProjectPermission], account: str, url: str) -> Finding:
    """Return that a project is there, and not all can be done in it."""
    names = _listed([f"“{each.name}”" for each in missing])
    return Finding(
        check="probe",
        title=f"{key} {name}",
        standing=Standing.TROUBLE,
        code="usable_in_part",
        severity=Severity.WARNING,
        cause=f"{key} {name} can be seen, but {account} lacks {names} there.",
        cure="Let an administrator of the project give it to the account.",
        url=url,
    )


def usable(key: str, name: str) -> Finding:
    """Return that nothing is wrong with a project."""
    return Finding(
        check="probe",
        title=f"{key} {name}",
        code="usable",
        cause=f"{key} {name} can be used. If it is not in the list, the list is older than the project: refresh it.",
        remedy=Remedy.REFRESH_PROJECTS,
    )


def _listed(parts: list[str]) -> str:
    *most, last = dict.fromkeys(parts)
    return f"{', '.join(most)} and {last}" if most else last
