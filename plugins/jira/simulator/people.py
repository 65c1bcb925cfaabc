"""Who am I, what may I do, and what is this site (facts §2.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import shapes
from plugins.jira.simulator.clock import jira_time
from plugins.jira.simulator.gateway import Answer, Caller, operation
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.world import PERMISSIONS

if TYPE_CHECKING:
    from plugins.jira.simulator.world import Project


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
        number, title, kind = PERMISSIONS[name]
        have = (
            caller.may(name, project)
            if narrowed or kind == "GLOBAL"
            else any(caller.may(name, each) for each in caller.live.site.projects)
        )
        answer[name] = {
            "id": number,
            "key": name,
            "name": title,
            "type": kind,
            "description": title,
            "havePermission": have,
        }
    return 200, {"permissions": answer}


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


ISSUE_UNSEEN: Final = "Issue does not exist or you do not have permission to see it."
OPERATIONS: Final = (
    operation("getCurrentUser", "GET", "/myself", myself, "read:jira-user"),
    operation("getServerInfo", "GET", "/serverInfo", server_info),
    operation("getMyPermissions", "GET", "/mypermissions", my_permissions, "read:jira-work"),
)
