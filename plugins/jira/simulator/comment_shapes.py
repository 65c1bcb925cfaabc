"""A comment as JSON, and who is shown it (recorded nango-add-comment; facts §2.8).

A comment may be restricted to a project role or a group; to everybody else it is not there at all.
A comment of a service project is internal where the property `sd.public.comment` says so; apps set it
with the comment. In any other project `jsdPublic` is true, as the OpenAPI document tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import shapes
from plugins.jira.simulator.clock import jira_time
from plugins.jira.simulator.world import ADMINISTRATOR_ROLE, MEMBER_ROLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.state import Comment, Issue, LiveSite, Visibility
    from plugins.jira.simulator.world import Member, Project

SERVICE_VISIBILITY: Final = "sd.public.comment"


def shown(caller: Caller, issue: Issue, comment: Comment) -> bool:
    """Whether somebody who sees the issue sees this comment, too."""
    if comment.visibility is None:
        return True
    member = caller.live.site.member(caller.account.id) if caller.account else None
    return member is not None and belongs(member, caller.live.project_of(issue), comment.visibility)


def shown_comments(caller: Caller, issue: Issue) -> list[Comment]:
    return [each for each in issue.comments if shown(caller, issue, each)]


def belongs(member: Member, project: Project, visibility: Visibility) -> bool:
    return visibility.value in names_of(member, project, visibility.type)


def names_of(member: Member, project: Project, kind: str) -> frozenset[str]:
    """The roles in a project, or the groups, of a member."""
    return member.roles_in(project) if kind == "role" else member.groups


def known_names(live: LiveSite, project: Project, kind: str) -> set[str]:
    """The roles or groups that there are: those of all members, and the two that `getProject` names."""
    found = {MEMBER_ROLE, ADMINISTRATOR_ROLE} if kind == "role" else set()
    return found.union(*(names_of(member, project, kind) for member in live.site.members))


def identifier(live: LiveSite, visibility: Visibility) -> str:
    """A role is identified by its name, a group by an id of its own."""
    if visibility.type == "role":
        return visibility.value
    return shapes.stable_uuid(live.site, "group", visibility.value)


def is_public(project: Project, comment: Comment) -> bool:
    told = comment.properties.get(SERVICE_VISIBILITY)
    internal = isinstance(told, dict) and told.get("internal") is True
    return project.type != "service_desk" or not internal


def comment_shape(caller: Caller, issue: Issue, comment: Comment, expand: Collection[str] = ()) -> dict[str, Any]:
    live, accounts = caller.live, caller.state.accounts
    shape: dict[str, Any] = {
        "self": shapes.rest_url(live.site, f"/issue/{issue.id}/comment/{comment.id}"),
        "id": comment.id,
        "author": shapes.full_user(live, accounts[comment.author]),
        "body": comment.body,
        "updateAuthor": shapes.full_user(live, accounts[comment.update_author]),
        "created": jira_time(comment.created),
        "updated": jira_time(comment.updated),
        "jsdPublic": is_public(live.project_of(issue), comment),
    }
    if comment.visibility is not None:
        told = {"type": comment.visibility.type, "value": comment.visibility.value}
        shape["visibility"] = told | {"identifier": identifier(live, comment.visibility)}
    if "properties" in expand:
        shape["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
    return shape


def comments_field(caller: Caller, issue: Issue) -> dict[str, Any]:
    """`fields.comment`: all that the caller is shown, as one page (recorded nango-get-issue)."""
    found = [comment_shape(caller, issue, each) for each in shown_comments(caller, issue)]
    return {
        "comments": found,
        "self": shapes.rest_url(caller.live.site, f"/issue/{issue.id}/comment"),
        "maxResults": len(found),
        "total": len(found),
        "startAt": 0,
    }
