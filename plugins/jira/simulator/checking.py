"""What must hold between the parts of a site, beyond each part being well formed.

Jira could not hold such a site, so a simulator that accepted it would teach wrong things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugins.jira.simulator.reading import Node
    from plugins.jira.simulator.world import IssueType, Project, Site, Status


def check_site(node: Node, site: Site) -> None:
    """Raise WorldError unless ids are unique, shared things agree and scopes do not overlap."""
    statuses: dict[str, tuple[Status, Project]] = {}
    types: dict[str, tuple[IssueType, Project]] = {}
    seen: set[str] = set()
    projects = node.optional("projects")
    for item, project in zip(projects.items() if projects else (), site.projects, strict=True):
        for taken in (f"key {project.key}", f"id {project.id}"):
            if taken in seen:
                raise item.error(f"the {taken} is taken by an earlier project: write another")
            seen.add(taken)
        for status in project.statuses():
            _check_status(item, status, project, statuses)
        for kind in project.issue_types:
            _check_type(item, kind, project, types)


def _check_status(node: Node, status: Status, project: Project, seen: dict[str, tuple[Status, Project]]) -> None:
    first, owner = seen.setdefault(status.id, (status, project))
    if owner is project:
        return
    if project.team_managed or owner.team_managed:
        raise node.error(
            f'status id {status.id} ("{status.name}") is used by {owner.key} and {project.key}, '
            "but a team-managed project shares its statuses with nobody: give it ids of its own"
        )
    if status != first:
        raise node.error(
            f'status id {status.id} is "{first.name}" ({first.category}) in {owner.key} and '
            f'"{status.name}" ({status.category}) here: one id is one status on a site, '
            "so give one of them another id, or put the projects on different sites"
        )


def _check_type(node: Node, kind: IssueType, project: Project, seen: dict[str, tuple[IssueType, Project]]) -> None:
    first, owner = seen.setdefault(kind.id, (kind, project))
    if owner is project:
        if kind is not first:
            raise node.error(f"issue type id {kind.id} stands twice in {project.key}")
        return
    if project.team_managed or owner.team_managed or kind.name != first.name:
        raise node.error(
            f'issue type id {kind.id} is "{first.name}" of {owner.key} already: '
            f'give "{kind.name}" of {project.key} another id'
        )
