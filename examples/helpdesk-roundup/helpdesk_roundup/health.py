"""Finds out what the connecting account may do in a tracker. Changes nothing.

REST tells no permissions. But Roundup looks at them before it looks at an ETag, so a change that carries a false ETag
is refused either way, and how tells which: 403 where the permission is missing, 412 where it is there.
"""

from __future__ import annotations

from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import HealthChecks
from helpdesk_core.values import (
    Examination,
    Feature,
    Finding,
    HealthRequest,
    ProbeRequest,
    Remedy,
    Standing,
)
from helpdesk_roundup.answers import Json, identifier, link, links
from helpdesk_roundup.client import RoundupClient
from helpdesk_roundup.vocabulary import ISSUES, project_of, statuses

NEVER: Final = '"no ETag of any item"'
CURE: Final = "Let the tracker's administrator give the account's role this permission (schema.py)."


class RoundupHealthChecks(HealthChecks):
    """How one tracker stands."""

    def examine(self, request: HealthRequest) -> Examination:
        """Look at the account, at what it sees, and at what it may change on one issue."""
        client = RoundupClient.of(request.connection)
        try:
            me = client.myself()
        except Rejected as refusal:
            return Examination(findings=(_refused_account(refusal), *_unknown(request)))
        account = Finding(check="account", title=ACCOUNT, cause=f"It acts as {me.get('username')}.")
        if not any(project.id == ISSUES for project in request.projects):
            return Examination(findings=(account,))
        return Examination(findings=(account, *_permissions(client, request)))

    def probe(self, request: ProbeRequest) -> Finding:
        """Say that a tracker is one project, and whether that is what was typed."""
        RoundupClient.of(request.connection).myself()
        project, text = project_of(request.connection), " ".join(request.text.split())
        address = request.connection.workspace.url.rstrip("/")
        if text.rstrip("/").casefold() in {each.casefold() for each in (project.key, project.name, address)}:
            cause, remedy = f"{project.key} is the whole tracker, and can be used.", Remedy.REFRESH_PROJECTS
            return Finding(check="probe", title=project.key, code="usable", cause=cause, remedy=remedy)
        return Finding(
            check="probe",
            title=text[:100] or "No project",
            standing=Standing.TROUBLE,
            code="absent",
            cause=f"A Roundup tracker has no projects: all of it is one here, which is called {project.key}.",
            cure=f"Choose {project.key}. Another tracker is connected beside this one.",
        )


ACCOUNT: Final = "The account can use Roundup"
CHECKS: Final = (
    ("permission.read", "Issues and statuses can be seen", Feature.READ),
    ("permission.move", "Issues can be moved", Feature.MOVE),
    ("permission.comment", "Messages can be put on issues", Feature.COMMENT),
)


def _refused_account(refusal: Rejected) -> Finding:
    return Finding(
        check="account",
        title=ACCOUNT,
        standing=Standing.TROUBLE,
        code=refusal.code,
        cause=refusal.reason,
        cure=refusal.cure,
    )


def _unknown(request: HealthRequest) -> list[Finding]:
    if not any(project.id == ISSUES for project in request.projects):
        return []
    return [_finding(check, title, Standing.UNKNOWN) for check, title, _ in CHECKS]


def _permissions(client: RoundupClient, request: HealthRequest) -> list[Finding]:
    (read, title, _), *changes = CHECKS
    try:
        statuses(client)
        issue = next(iter(client.first("issue", {"@fields": "status,messages", "@sort": "-activity"}, 1)), None)
    except Rejected as refusal:
        found = _finding(read, title, Standing.TROUBLE, refusal)
        return [found, *(_finding(check, title, Standing.UNKNOWN) for check, title, _ in changes)]
    findings = [_finding(read, title, Standing.OK)]
    for check, title, feature in changes if issue else ():  # in an empty tracker there is nothing to ask by
        missing = _tried(client, issue, feature) if issue and feature in request.features else None
        findings.append(_finding(check, title, Standing.TROUBLE if missing else Standing.OK, missing))
    return findings


def _tried(client: RoundupClient, issue: Json, feature: Feature) -> Rejected | None:
    """Ask for a change to what is there already, under an ETag that no item has."""
    status, messages = link(issue, "status"), links(issue, "messages")
    change: Json = {"status": status} if feature is Feature.MOVE and status else {"messages": ",".join(messages)}
    try:
        client.change("issue", identifier(issue), change, NEVER)
    except Rejected as refusal:
        return refusal if refusal.code == "no_permission" else None
    return None


def _finding(check: str, title: str, standing: Standing, refusal: Rejected | None = None) -> Finding:
    return Finding(
        check=check,
        title=title,
        standing=standing,
        code="permission_missing" if refusal else "",
        cause=refusal.reason if refusal else "",
        cure=CURE if refusal else "",
        project_id=ISSUES,
    )
