"""Which issues a caller sees, and what the caller may do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.jira.simulator.app_access import demand_access
from plugins.jira.simulator.people import ISSUE_UNSEEN
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.state import Issue


def may_browse(caller: Caller, issue: Issue) -> bool:
    """Whether the account sees the issue, be it kept from the app or not."""
    return caller.may("BROWSE_PROJECTS", caller.live.project_of(issue))


def sees(caller: Caller, issue: Issue) -> bool:
    """Whether what finds many issues shows this one: what is kept from the app is left out there."""
    return may_browse(caller, issue) and not caller.live.blocks(caller.live.project_of(issue))


def visible(caller: Caller, id_or_key: str) -> Issue:
    """The issue; where there is none, or none to be seen, the same 404 (facts §2.6); 403 where the app is kept out."""
    issue = caller.live.issue(id_or_key)
    if issue is None or not may_browse(caller, issue):
        raise JiraRefusalError(404, ISSUE_UNSEEN)
    demand_access(caller, caller.live.project_of(issue))
    return issue


def demand(caller: Caller, issue: Issue, permission: str, message: str, status: int = 403) -> None:
    """Refuse a caller without this permission in the issue's project."""
    if not caller.may(permission, caller.live.project_of(issue)):
        raise JiraRefusalError(status, message)
