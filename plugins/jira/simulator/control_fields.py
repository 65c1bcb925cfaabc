"""What an administrator of Jira changes about the creation of issues: its fields, and components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import field_changes
from plugins.jira.simulator.control_issues import project_of, type_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.jira.simulator.state import State


class FieldControl:
    """The part of `Control` that decides what an issue needs at its creation."""

    _state: State

    def set_create_field(self, site: str, project: str, issue_type: str, field: str, **members: Any) -> None:
        """Let a type ask for a field: `set_create_field("acme", "SUP", "Task", "components", required=True)`.

        `members` are all those of a world file; a field that was there already is replaced.
        """
        with self._state.lock:
            live = self._state.site(site)
            found = project_of(live, project)
            made = field_changes.read(found, field, members, self._state.accounts)
            field_changes.set_create_field(live, found, type_of(found, issue_type), made)

    def remove_create_field(self, site: str, project: str, issue_type: str, field: str) -> None:
        with self._state.lock:
            live = self._state.site(site)
            found = project_of(live, project)
            field_changes.remove_create_field(live, found, type_of(found, issue_type), field)

    def set_components(self, site: str, project: str, names: Collection[str]) -> None:
        """Let a project have these components and no others."""
        with self._state.lock:
            field_changes.set_components(self._state.site(site), project, list(names))
