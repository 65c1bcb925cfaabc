"""What an administrator of Jira does to whole projects, and to the types of issues in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.jira.simulator import project_changes
from plugins.jira.simulator.control_issues import project_of, type_of

if TYPE_CHECKING:
    from plugins.jira.simulator.state import State


class ProjectControl:
    """The part of `Control` that makes, unmakes and narrows projects. Those that are there go by key or id."""

    _state: State

    def delete_project(self, site: str, key: str) -> None:
        """Delete a project with its issues; no webhook hears of it."""
        with self._state.lock:
            live = self._state.site(site)
            project_changes.delete_project(live, project_of(live, key))

    def create_project(self, site: str, key: str, name: str, like: str) -> str:
        """Create a company-managed project with the types and workflows of the project `like`; its id."""
        with self._state.lock:
            live = self._state.site(site)
            return project_changes.create_project(live, key, name, project_of(live, like)).id

    def remove_issue_type(self, site: str, project: str, issue_type: str) -> None:
        """Take a type (its name or id) out of a project that has no issue of it."""
        with self._state.lock:
            live = self._state.site(site)
            found = project_of(live, project)
            project_changes.remove_issue_type(live, found, type_of(found, issue_type))
