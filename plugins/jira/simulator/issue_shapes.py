"""An issue as JSON, for reading it, searching it and telling of it (recorded nango-get-issue).

Search and webhooks give issues as they were: then `issue` is a copy of `history.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import field_values, shapes, transitions
from plugins.jira.simulator.clock import jira_time
from plugins.jira.simulator.comment_shapes import comments_field

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.history import Change, Item
    from plugins.jira.simulator.state import Issue
    from plugins.jira.simulator.world import Project

EXPAND: Final = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
EVERYTHING: Final = {"*all", "*navigable"}
MOST_HISTORIES: Final = 100


def issue_shape(
    caller: Caller,
    issue: Issue,
    *,
    fields: Sequence[str] = ("*all",),
    expand: Collection[str] = (),
    properties: Sequence[str] = (),
) -> dict[str, Any]:
    """The issue with the fields, expands and properties that were asked for."""
    shape: dict[str, Any] = {
        "expand": EXPAND,
        "id": issue.id,
        "self": shapes.rest_url(caller.live.site, f"/issue/{issue.id}"),
        "key": caller.live.key_of(issue),
        "fields": chosen(fields_of(caller, issue), fields),
    }
    if properties:
        shape["properties"] = {
            name: value for name, value in issue.properties.items() if name in properties or "*all" in properties
        }
    if "transitions" in expand or "transitions.fields" in expand:
        with_fields = "transitions.fields" in expand
        shape["transitions"] = transitions.transition_shapes(caller, issue, with_fields=with_fields)
    if "changelog" in expand:
        shape["changelog"] = _histories(caller, issue)
    return shape


def fields_of(caller: Caller, issue: Issue) -> dict[str, Any]:
    live = caller.live
    project, kind, status = live.project_of(issue), live.type_of(issue), live.status_of(issue)
    creator = caller.state.accounts[live.creator_of(issue)]
    return {
        "statuscategorychangedate": jira_time(issue.status_changed or issue.created),
        "issuetype": shapes.issue_type(live.site, kind),
        "project": project_in_issue(caller, project),
        "description": issue.description,
        "status": shapes.status_in_issue(live.site, status),
        "statusCategory": shapes.category(live.site, status.category),
        "resolution": _resolution(caller, issue),
        "resolutiondate": jira_time(issue.resolved) if issue.resolved else None,
        "summary": issue.summary,
        "labels": issue.labels,
        "creator": shapes.full_user(live, creator),
        "reporter": shapes.full_user(live, creator),
        "assignee": None,
        "created": jira_time(issue.created),
        "updated": jira_time(issue.updated),
        "subtasks": [],
        "components": [],
        "fixVersions": [],
        "attachment": [],
        "comment": comments_field(caller, issue),
        **field_values.shown(caller, issue),
    }


def chosen(fields: dict[str, Any], asked: Sequence[str]) -> dict[str, Any]:
    """The fields asked for: names, `*all`, and `-name` to leave one out."""
    without = {name[1:] for name in asked if name.startswith("-")}
    everything = bool(EVERYTHING & set(asked)) or len(without) == len(asked)
    return {name: value for name, value in fields.items() if name not in without and (everything or name in asked)}


def change_shape(caller: Caller, change: Change) -> dict[str, Any]:
    """One entry of a changelog (recorded nango-get-issue-changelog)."""
    return {
        "id": change.id,
        "author": shapes.full_user(caller.live, caller.state.accounts[change.author]),
        "created": jira_time(change.at),
        "items": [item_shape(item) for item in change.items],
    }


def item_shape(item: Item) -> dict[str, Any]:
    shape: dict[str, Any] = {"field": item.field, "fieldtype": "jira"}
    if item.field_id:
        shape["fieldId"] = item.field_id
    values = {"from": item.old, "fromString": item.old_text, "to": item.new, "toString": item.new_text}
    return shape | values


def _histories(caller: Caller, issue: Issue) -> dict[str, Any]:
    """`expand=changelog`: newest first, unlike the call of its own."""
    newest = issue.changelog[::-1][:MOST_HISTORIES]
    return {
        "startAt": 0,
        "maxResults": len(newest),
        "total": len(issue.changelog),
        "histories": [change_shape(caller, change) for change in newest],
    }


def project_in_issue(caller: Caller, project: Project) -> dict[str, Any]:
    shape = shapes.project(caller.live, project)
    wanted = ("self", "id", "key", "name", "projectTypeKey", "simplified", "avatarUrls")
    return {name: shape[name] for name in wanted}


def _resolution(caller: Caller, issue: Issue) -> dict[str, Any] | None:
    if issue.resolution is None:
        return None
    link = shapes.rest_url(caller.live.site, f"/resolution/{issue.resolution['id']}")
    return {"self": link, "description": "", **issue.resolution}
