"""Projects that come and go, and types of issues that a project gives up, while the helpdesk is connected.

Not confirmed, and decided here: a project that goes leaves at once, also from a search that lags behind.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plugins.jira.simulator import field_changes
from plugins.jira.simulator.changes import ChangeError, change_project
from plugins.jira.simulator.world import Project

if TYPE_CHECKING:
    from plugins.jira.simulator.create_fields import CreateField
    from plugins.jira.simulator.state import LiveSite
    from plugins.jira.simulator.world import IssueType

KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{1,9}")  # Jira's usual pattern and length


def delete_project(live: LiveSite, project: Project) -> None:
    """A project and its issues are gone, and nobody is told of single issues (facts §3.3)."""
    for issue_id in [each.id for each in live.issues.values() if each.project_id == project.id]:
        del live.issues[issue_id]
    live.index.forget(lambda issue: issue.project_id == project.id)
    live.blocked_projects.discard(project.id)
    live.rules = [rule for rule in live.rules if rule.automation.project != project.key]
    members = tuple(
        replace(each, in_project={key: granted for key, granted in each.in_project.items() if key != project.key})
        for each in live.site.members
    )
    kept = tuple(each for each in live.site.projects if each.id != project.id)
    live.site = replace(live.site, projects=kept, members=members)


def create_project(live: LiveSite, key: str, name: str, like: Project) -> Project:
    """A company-managed project with the types, workflows and components of another; every member sees it."""
    if not KEY.fullmatch(key):
        raise ChangeError(f'"{key}" is no project key: write 2 to 10 capital letters and digits, a letter first')
    if live.project(key):
        raise ChangeError(f'the site {live.site.name} has a project "{key}" already')
    if not name.strip() or any(each.name.lower() == name.lower() for each in live.site.projects):
        raise ChangeError(f'a project cannot be called "{name}": give a name that no other project of the site has')
    if like.team_managed:
        raise ChangeError(f"{like.key} is team-managed, its statuses are its own: name a company-managed project")
    made = Project(id=live.next_project_id(), key=key, name=name, type=like.type, issue_types=like.issue_types)
    live.site = replace(live.site, projects=(*live.site.projects, made))
    field_changes.set_components(live, key, [each.name for each in like.components])
    change_project(live, key, _with_own_components)
    return made


def _with_own_components(project: Project) -> Project:
    """The copied defaults name the components of the project that they come from: name its own."""
    own = {each.name: {"id": each.id, "name": each.name} for each in project.components}

    def changed(field: CreateField) -> CreateField:
        if field.kind != "components" or field.default is None:
            return field
        return replace(field, default=[own[each["name"]] for each in field.default])

    kinds = tuple(replace(kind, fields=tuple(map(changed, kind.fields))) for kind in project.issue_types)
    return replace(project, issue_types=kinds)


def remove_issue_type(live: LiveSite, project: Project, kind: IssueType) -> None:
    """Take a type out of a project. Its issues must have another type, or be gone, before."""
    left = sum(1 for each in live.issues.values() if (each.project_id, each.type_id) == (project.id, kind.id))
    if left:
        raise ChangeError(f"{project.key} has {left} issues of the type {kind.name}: move or delete them before")
    kept = tuple(each for each in project.issue_types if each.id != kind.id)
    if not kept:
        raise ChangeError(f"{kind.name} is the only issue type of {project.key}: a project needs one")
    live.index.forget(lambda issue: (issue.project_id, issue.type_id) == (project.id, kind.id))
    change_project(live, project.key, lambda found: replace(found, issue_types=kept))
