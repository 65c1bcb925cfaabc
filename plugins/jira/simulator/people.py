"""Who am I, what may I do, who can be given an issue, and what is this site (facts §2.10).

Not confirmed, and decided here: without the permission to assign issues nobody is found, and no error
told; words of a query are compared with the beginnings of a name's words and of the address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import shapes
from plugins.jira.simulator.app_access import demand_access
from plugins.jira.simulator.clock import jira_time
from plugins.jira.simulator.field_values import assignable
from plugins.jira.simulator.gateway import Answer, Caller, number, operation
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.world import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.jira.simulator.world import Account, Project


def myself(caller: Caller) -> Answer:
    """`GET /myself` (recorded nango-get-myself); never for nobody, so it unmasks a dead token."""
    account = caller.signed_in()
    return 200, shapes.full_user(caller.live, account) | {
        "locale": account.locale,
        "groups": {"size": 1, "items": []},
        "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    }


def server_info(caller: Caller) -> Answer:
    """`GET /serverInfo`: needs no scope, and answers nobody as well."""
    url = shapes.site_url(caller.live.site)
    now = jira_time(caller.state.clock.now())
    return 200, {
        "baseUrl": url,
        "displayUrl": url,
        "displayUrlServicedeskHelpCenter": url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100275,
        "buildDate": now,
        "serverTime": now,
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "Jira",
        "defaultLocale": {"locale": "en_US"},
    }


def my_permissions(caller: Caller) -> Answer:
    """`GET /mypermissions`: `permissions` must be given, and each must be known."""
    asked = [name for name in request.args.get("permissions", "").split(",") if name]
    if not asked:
        raise JiraRefusalError(400, "The 'permissions' query parameter is required.")
    unknown = {name: "Unrecognized permission" for name in asked if name not in PERMISSIONS}
    if unknown:
        raise JiraRefusalError(400, errors=unknown)
    project, narrowed = _project_asked_for(caller)
    answer: dict[str, Any] = {}
    for name in asked:
        identity, title, kind = PERMISSIONS[name]
        have = (
            caller.may(name, project)
            if narrowed or kind == "GLOBAL"
            else any(caller.may(name, each) for each in caller.live.site.projects)
        )
        answer[name] = {
            "id": identity,
            "key": name,
            "name": title,
            "type": kind,
            "description": title,
            "havePermission": have,
        }
    return 200, {"permissions": answer}


def assignable_users(caller: Caller) -> Answer:
    """`GET /user/assignable/search`: by `project`, or the project of an issue (recorded atlascode-bts-1-…)."""
    asked = request.args
    if ("query" in asked) == ("accountId" in asked):
        raise JiraRefusalError(400, ONE_OF_QUERY)
    project = _assigning_project(caller)
    start, size = max(number("startAt", 0), 0), number("maxResults", USERS)
    people = [caller.state.accounts[each] for each in assignable(caller, project)]
    if not caller.may("ASSIGN_ISSUES", project):
        people = []
    found = [each for each in people if _is_meant(each, asked)]
    page = found[start : start + min(max(size, 0), MOST_USERS)]
    return 200, [shapes.full_user(caller.live, each) for each in page]


def _is_meant(account: Account, asked: Mapping[str, str]) -> bool:
    if "accountId" in asked:
        return account.id == asked["accountId"]
    begun = asked["query"].strip().lower()
    name = account.name.lower()
    return any(each.startswith(begun) for each in (name, account.email.lower(), *name.split()))


def _assigning_project(caller: Caller) -> Project:
    """The project that the query names, itself or by an issue."""
    if "project" in request.args:
        found = caller.live.project(request.args["project"])
    else:
        wanted = request.args.get("issueKey") or request.args.get("issueId")
        if wanted is None:
            raise JiraRefusalError(400, NO_PLACE)
        issue = caller.live.issue(wanted)
        found = caller.live.project_of(issue) if issue else None
    if found is None or not caller.may("BROWSE_PROJECTS", found):
        raise JiraRefusalError(404, ISSUE_UNSEEN if "project" not in request.args else NO_PROJECT)
    demand_access(caller, found)
    return found


def _project_asked_for(caller: Caller) -> tuple[Project | None, bool]:
    """The project that the query narrows the question to, and whether it does so."""
    for name in ("projectKey", "projectId"):
        if wanted := request.args.get(name):
            found = caller.live.project(wanted)
            if found is None or not caller.may("BROWSE_PROJECTS", found):
                raise JiraRefusalError(404, f"No project could be found with key '{wanted}'.")
            return found, True
    for name in ("issueKey", "issueId"):
        if wanted := request.args.get(name):
            issue = caller.live.issue(wanted)
            owner = caller.live.project_of(issue) if issue else None
            if owner is None or not caller.may("BROWSE_PROJECTS", owner):
                raise JiraRefusalError(404, ISSUE_UNSEEN)
            return owner, True
    return None, False


USERS: Final = 50
MOST_USERS: Final = 1000
ONE_OF_QUERY: Final = "Either the query or the accountId must be given, and not both."
NO_PLACE: Final = "Either project, issueKey or issueId must be given."
NO_PROJECT: Final = "No project could be found with the given id or key."
ISSUE_UNSEEN: Final = "Issue does not exist or you do not have permission to see it."
OPERATIONS: Final = (
    operation("getCurrentUser", "GET", "/myself", myself, "read:jira-user"),
    operation("getServerInfo", "GET", "/serverInfo", server_info),
    operation("getMyPermissions", "GET", "/mypermissions", my_permissions, "read:jira-work"),
    operation("findAssignableUsers", "GET", "/user/assignable/search", assignable_users, "read:jira-user"),
)
