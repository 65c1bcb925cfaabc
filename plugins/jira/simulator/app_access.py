"""App access rules: what an organization's data security policies keep the app out of (facts §2.13).

Two calls tell an app that it is kept out of something, and answer even then. Which others a rule on a project reaches
is told by Atlassian's OpenAPI document (`x-atlassian-data-security-policy`): issues, their comments, links and
properties, and people to assign. What a project is called, its types and its statuses stay open, as
https://developer.atlassian.com/cloud/jira/platform/data-security-policy-developer-guide promises.

Not confirmed, and decided here: the status and words of a refusal; that a rule on a whole site leaves nothing but the
two calls; that ids may be left out, which asks for nothing; that a number in `ids` that is none is refused as an
unknown project is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plugins.jira.simulator.arguments import listed
from plugins.jira.simulator.gateway import Answer, Caller, operation
from plugins.jira.simulator.refusals import BlockedAppError, JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.world import Project

MOST_IDS: Final = 50
ONLY_APPS: Final = "Only apps can access this resource."
UNAVAILABLE: Final = "Invalid request: some projects are not available or do not exist."
TOO_MANY: Final = f"Invalid request: at most {MOST_IDS} project IDs can be given."


def of_site(caller: Caller) -> Answer:
    """`GET /data-policy`: whether anything at all of this site is kept from the app."""
    _demand_app(caller)
    return 200, {"anyContentBlocked": caller.live.blocked or bool(caller.live.blocked_projects)}


def of_projects(caller: Caller) -> Answer:
    """`GET /data-policy/project`: the same for each of some projects, by their ids."""
    _demand_app(caller)
    wanted = list(dict.fromkeys(listed("ids")))
    if len(wanted) > MOST_IDS:
        raise JiraRefusalError(400, TOO_MANY)
    seen = {project.id: project for project in caller.visible_projects() if project.id.isdecimal()}
    if not seen.keys() >= set(wanted):
        raise JiraRefusalError(400, UNAVAILABLE)
    return 200, {
        "projectDataPolicies": [
            {"id": int(each), "dataPolicy": {"anyContentBlocked": caller.live.blocks(seen[each])}} for each in wanted
        ]
    }


def demand_access(caller: Caller, project: Project) -> None:
    """Refuse the app what it is kept out of. A person's own doings do not come by here."""
    if caller.live.blocks(project):
        raise BlockedAppError(f"the project {project.key}")


def _demand_app(caller: Caller) -> None:
    """Whose token is not valid is nobody, and so no app either."""
    if caller.account is None:
        raise JiraRefusalError(401, ONLY_APPS)


READ: Final = "read:jira-work"
OPERATIONS: Final = (
    operation("getPolicy", "GET", "/data-policy", of_site, READ),
    operation("getPolicies", "GET", "/data-policy/project", of_projects, READ),
)
