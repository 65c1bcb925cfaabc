"""Changes of what an issue needs at its creation, made by an administrator while the simulator runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plugins.jira.simulator.changes import ChangeError, change_project
from plugins.jira.simulator.create_field_files import read_create_field
from plugins.jira.simulator.create_fields import Option
from plugins.jira.simulator.reading import Node
from plugins.jira.simulator.state import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.jira.simulator.create_fields import CreateField
    from plugins.jira.simulator.state import LiveSite
    from plugins.jira.simulator.world import IssueType, Project

FIRST_COMPONENT = 10000


def set_create_field(live: LiveSite, project: Project, kind: IssueType, field: CreateField) -> None:
    """Let a type of issue ask for this field, in the place of one with its key, from now on."""
    fields = {each.key: each for each in kind.fields} | {field.key: field}
    changed = replace(kind, fields=tuple(fields.values()))
    types = tuple(changed if each.id == kind.id else each for each in project.issue_types)
    change_project(live, project.key, lambda found: replace(found, issue_types=types))


def remove_create_field(live: LiveSite, project: Project, kind: IssueType, key: str) -> None:
    kept = tuple(each for each in kind.fields if each.key != key)
    if len(kept) == len(kind.fields):
        known = ", ".join(each.key for each in kind.fields) or "none"
        raise ChangeError(f'{kind.name} of {project.key} has no field "{key}" of its own; it has {known}')
    types = tuple(replace(each, fields=kept) if each.id == kind.id else each for each in project.issue_types)
    change_project(live, project.key, lambda found: replace(found, issue_types=types))


def read(project: Project, key: str, members: dict[str, Any], accounts: Collection[str]) -> CreateField:
    """The field that these members of a world file describe."""
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in members.items()}
    return read_create_field(key, Node(told, key, "set_create_field"), project.components, accounts)


def set_components(live: LiveSite, key: str, names: Collection[str]) -> None:
    """Let a project have these components; those that it has already keep their ids."""
    project = live.project(key)
    if project is None:
        raise UnknownNameError(f'the site {live.site.name} has no project "{key}"')
    known = {each.name: each for each in project.components}
    taken = [int(each.id) for found in live.site.projects for each in found.components]
    following = max(taken, default=FIRST_COMPONENT - 1) + 1
    new = [name for name in names if name not in known]
    known |= {name: Option(str(following + index), name) for index, name in enumerate(new)}
    change_project(live, key, lambda found: replace(found, components=tuple(known[name] for name in names)))
