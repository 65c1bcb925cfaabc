"""What people do to issues in Jira itself, past the REST API, and how late the search sees it.

An issue changed here leaves the traces that it leaves over REST (`history.py`), and its person needs
no permission: what an administrator or a bulk change brings about can be played as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import changes, history, issues
from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.documents import text_document
from plugins.jira.simulator.gateway import Caller
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.jira.simulator.state import Issue, LiveSite, State
    from plugins.jira.simulator.world import IssueType, Project

EDITABLE: Final = ("summary", "description", "labels")


class IssueControl:
    """The part of `Control` that acts on issues. Issues go by id or key, statuses by id or name."""

    _state: State

    def transition(self, site: str, issue: str, status: str, account: str) -> None:
        """Bring an issue into any status of its workflow, as this person."""
        with self._state.lock:
            live = self._state.site(site)
            found = issue_of(live, issue)
            status_id = _status_id(live.type_of(found), status)
            history.set_status(live, found, status_id, **self._who(account))

    def create_issue(self, site: str, project: str, issue_type: str, summary: str, account: str, **fields: Any) -> str:
        """Create an issue with these fields, as a request would send them; its key.

        The person needs the permission, and the fields are what the type demands: Jira's page insists
        on both. A `description` may be plain words.
        """
        with self._state.lock:
            live = self._state.site(site)
            found = project_of(live, project)
            place = {"project": {"id": found.id}, "issuetype": {"id": type_of(found, issue_type).id}}
            if isinstance(fields.get("description"), str):
                fields["description"] = text_document(fields["description"])
            told = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
            caller = Caller(self._state, live, self._state.account(account))
            try:
                issue = issues.place(caller, told | place | {"summary": summary}, {})
            except JiraRefusalError as refusal:
                raise ChangeError(" ".join(refusal.words)) from refusal
            return live.key_of(issue)

    def edit_issue(self, site: str, issue: str, account: str, **values: Any) -> None:
        """Set the `summary`, `description` (a text will do) or `labels`."""
        unknown = sorted(set(values) - set(EDITABLE))
        if unknown:
            raise ChangeError(f'"{unknown[0]}" cannot be edited: write one of {", ".join(EDITABLE)}')
        if isinstance(values.get("description"), str):
            values["description"] = text_document(values["description"])
        if "labels" in values:
            values["labels"] = list(values["labels"])
        with self._state.lock:
            live = self._state.site(site)
            history.edit(live, issue_of(live, issue), **self._who(account), **values)

    def move_issue(
        self,
        site: str,
        issue: str,
        account: str,
        *,
        project: str | None = None,
        issue_type: str | None = None,
        status: str | None = None,
    ) -> None:
        """Move to another project, change the type, or both. Without words, what can stay stays."""
        with self._state.lock:
            live = self._state.site(site)
            found = issue_of(live, issue)
            target = project_of(live, project) if project else live.project_of(found)
            kind = type_of(target, issue_type or live.type_of(found).name)
            if status is not None:
                status_id = _status_id(kind, status)
            else:
                status_id = found.status_id if kind.workflow.status(found.status_id) else kind.workflow.initial
            history.relocate(live, found, target, kind, status_id, **self._who(account))

    def delete_issue(self, site: str, issue: str, account: str) -> None:
        with self._state.lock:
            live = self._state.site(site)
            history.delete(live, issue_of(live, issue), **self._who(account))

    def search_lag(self, seconds: float) -> None:
        """From now on a search sees a change of an issue only so long after it happened."""
        if seconds < 0:
            raise ChangeError("a search cannot see the future: give a positive number of seconds")
        with self._state.lock:
            for live in self._state.sites.values():
                live.index.lag = seconds

    def shorten_search_pages(self, most: int | None) -> None:
        """Let a page of a search hold so many issues at most, whatever was asked; None: as asked."""
        with self._state.lock:
            for live in self._state.sites.values():
                live.index.page_limit = most

    def switch_issue_linking(self, site: str, *, on: bool) -> None:
        with self._state.lock:
            changes.switch_issue_linking(self._state.site(site), on=on)

    def set_permissions(
        self, site: str, account: str, permissions: Collection[str], project: str | None = None
    ) -> None:
        """All that a member may do: in one project (by key), or wherever nothing else is said."""
        with self._state.lock:
            live = self._state.site(site)
            changes.set_permissions(live, self._state.account(account).id, permissions, project)

    def _who(self, account: str) -> dict[str, Any]:
        return {"account": self._state.account(account).id, "now": self._state.clock.now()}


def issue_of(live: LiveSite, id_or_key: str) -> Issue:
    found = live.issue(id_or_key)
    if found is None:
        raise UnknownNameError(f'the site {live.site.name} has no issue "{id_or_key}"')
    return found


def project_of(live: LiveSite, id_or_key: str) -> Project:
    found = live.project(id_or_key)
    if found is None:
        raise UnknownNameError(f'the site {live.site.name} has no project "{id_or_key}"')
    return found


def type_of(project: Project, id_or_name: str) -> IssueType:
    for kind in project.issue_types:
        if id_or_name in (kind.id, kind.name):
            return kind
    known = ", ".join(kind.name for kind in project.issue_types)
    raise ChangeError(f'{project.key} has no issue type "{id_or_name}": write one of {known}')


def _status_id(kind: IssueType, id_or_name: str) -> str:
    for status in kind.workflow.statuses:
        if id_or_name in (status.id, status.name):
            return status.id
    known = ", ".join(status.name for status in kind.workflow.statuses)
    raise ChangeError(f'the workflow of {kind.name} has no status "{id_or_name}": write one of {known}')
