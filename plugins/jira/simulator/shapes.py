"""Jira's JSON for the things of a world, shaped like the recorded nango-* answers.

`self` links point at `https://api.atlassian.com/ex/jira/<cloudid>`, as recorded: following them
blindly from here leads nowhere, just as a client must not follow them in earnest. Pictures and
`baseUrl` point at the site.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import request

if TYPE_CHECKING:
    from plugins.jira.simulator.state import LiveSite
    from plugins.jira.simulator.world import Account, IssueType, Project, Site, Status

# Fixed in every Jira (facts §2.4): key -> (id, colour, name)
CATEGORIES: Final[dict[str, tuple[int, str, str]]] = {
    "undefined": (1, "medium-gray", "No Category"),
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}
PROJECT_EXPAND: Final = "description,lead,issueTypes,url,projectKeys,permissions,insight"
SIZES: Final = ("48x48", "24x24", "16x16", "32x32")
NAMESPACE: Final = uuid.UUID("7f3b7d0e-5f5c-4f51-9f3e-2a5a1a3e6c11")


def site_url(site: Site) -> str:
    """The site's own address; one without is served by the simulator under `/sites/<name>`."""
    return site.url or f"{request.host_url}sites/{quote(site.name, safe='')}"


def rest_url(site: Site, path: str) -> str:
    return f"https://api.atlassian.com/ex/jira/{site.id}/rest/api/3{path}"


def avatars(site: Site, kind: str, number: str) -> dict[str, str]:
    base = f"{site_url(site)}/rest/api/3/universal_avatar/view/type/{kind}/avatar/{number}"
    return {size: f"{base}?size={size}" for size in SIZES}


def stable_uuid(site: Site, *parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join((site.id, *parts))))


def category(site: Site, key: str) -> dict[str, Any]:
    number, colour, name = CATEGORIES[key]
    return {
        "self": rest_url(site, f"/statuscategory/{number}"),
        "id": number,
        "key": key,
        "colorName": colour,
        "name": name,
    }


def status(site: Site, found: Status, project: Project | None = None) -> dict[str, Any]:
    """A status; `project` is the team-managed project that owns it, if one does."""
    shape = {
        "self": rest_url(site, f"/status/{found.id}"),
        "description": "",
        "iconUrl": f"{site_url(site)}/images/icons/statuses/generic.png",
        "name": found.name,
        "untranslatedName": found.name,
        "id": found.id,
        "statusCategory": category(site, found.category),
    }
    if project is not None and project.team_managed:
        shape["scope"] = scope(project)
    return shape


def status_in_issue(site: Site, found: Status) -> dict[str, Any]:
    """The shorter form inside issues and transitions (recorded nango-list-transitions)."""
    shape = status(site, found)
    del shape["untranslatedName"]
    return shape


def scope(project: Project) -> dict[str, Any]:
    return {"type": "PROJECT", "project": {"id": project.id}}


def issue_type(site: Site, kind: IssueType) -> dict[str, Any]:
    icon = 10300 + len(kind.name)
    base = f"{site_url(site)}/rest/api/2/universal_avatar/view/type/issuetype/avatar/{icon}"
    return {
        "self": rest_url(site, f"/issuetype/{kind.id}"),
        "id": kind.id,
        "description": kind.description,
        "iconUrl": f"{base}?size=medium",
        "name": kind.name,
        "subtask": kind.subtask,
        "avatarId": icon,
        "hierarchyLevel": kind.level,
    }


def user(live: LiveSite, account: Account) -> dict[str, Any]:
    return {
        "self": rest_url(live.site, f"/user?accountId={quote(account.id)}"),
        "accountId": account.id,
        "avatarUrls": avatars(live.site, "user", "10100"),
        "displayName": account.name,
        "active": account.active,
    }


def full_user(live: LiveSite, account: Account) -> dict[str, Any]:
    return user(live, account) | {
        "accountType": account.type,
        "emailAddress": account.email,
        "timeZone": account.time_zone,
    }


def project(live: LiveSite, found: Project) -> dict[str, Any]:
    """A project as `project/search` lists it (recorded nango-projects)."""
    identity = stable_uuid(live.site, "project", found.id)
    shape = {
        "expand": PROJECT_EXPAND,
        "self": rest_url(live.site, f"/project/{found.id}"),
        "id": found.id,
        "key": found.key,
        "name": found.name,
        "avatarUrls": avatars(live.site, "project", "10400"),
        "projectTypeKey": found.type,
        "simplified": found.team_managed,
        "style": found.style,
        "isPrivate": False,
        "properties": {},
        "entityId": identity,
        "uuid": identity,
    }
    return shape | {"archived": True} if found.archived else shape
