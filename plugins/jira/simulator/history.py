"""Everything that ever happens to an issue happens here: one place for changelog, index, listeners.

REST calls, `Control` and whatever else acts on issues call these functions and never write to an
issue themselves. So a person's move on the board and an app's move over REST leave the same traces:
a changelog entry with its author (facts §2.6), a new `updated`, an entry for the search index
(which shows it later, facts §2.9), and an `Event` for every listener of the site. One change passes
this by, as it does in Jira: issues whose status an administrator deletes are told to nobody.

A comment touches `updated` and leaves no entry in the changelog, whether it comes, changes or goes.

Not confirmed, and decided here: just that about comments (recorded servers did write down their end);
a move to another project is told as items `Key`, `project`,
`issuetype` and `status`; a loop back to the same status touches `updated` and leaves no entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator.documents import plain_text

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Comment, Issue, LiveSite
    from plugins.jira.simulator.world import IssueType, Project

CREATED: Final = "created"
UPDATED: Final = "updated"
DELETED: Final = "deleted"
COMMENTED: Final = "comment_created"
COMMENT_EDITED: Final = "comment_updated"
COMMENT_DELETED: Final = "comment_deleted"
USUAL_RESOLUTION: Final = {"id": "10000", "name": "Done"}


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a changelog entry; `old` and `new` are ids, None where a field has none."""

    field: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None
    field_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A changelog entry: who changed what, at once, and when."""

    id: str
    author: str
    at: float
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What listeners hear. `issue` is a copy: as it stands afterwards, or stood before its end."""

    kind: str
    issue: Issue
    key: str
    account: str
    at: float
    change: Change | None = None
    comment: Comment | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        return self.change.items if self.change else ()


def create(live: LiveSite, issue: Issue, *, account: str, now: float) -> None:
    """Make known an issue that was added and filled."""
    issue.creator = account
    _tell(live, Event(CREATED, _write_down(live, issue, now), live.key_of(issue), account, now))


def set_status(
    live: LiveSite,
    issue: Issue,
    status_id: str,
    *,
    account: str,
    now: float,
    resolution: dict[str, str] | None = None,
) -> None:
    """Bring the issue into a status of its workflow: the only way to change one.

    A done status brings a resolution (the given one, the one it has, or "Done"), any other takes
    it away.
    """
    old = live.status_of(issue)
    before = issue.resolution
    if old.id != status_id:
        issue.status_id = status_id
        issue.status_changed = now
    new = live.status_of(issue)
    issue.resolution = (resolution or issue.resolution or dict(USUAL_RESOLUTION)) if new.category == "done" else None
    if issue.resolution != before:
        issue.resolved = now if issue.resolution else None
    items = []
    if issue.resolution != before:
        items.append(_resolution_item(before, issue.resolution))
    if old.id != new.id:
        items.append(Item("status", old.id, old.name, new.id, new.name, "status"))
    update(live, issue, items, account=account, now=now)


def edit(live: LiveSite, issue: Issue, *, account: str, now: float, **values: Any) -> None:
    """Set the summary, description or labels; what stays the same leaves no trace."""
    items = []
    for name, value in values.items():
        old = getattr(issue, name)
        if old != value:
            setattr(issue, name, value)
            items.append(Item(name, None, _as_text(old), None, _as_text(value), name))
    update(live, issue, items, account=account, now=now)


def relocate(
    live: LiveSite,
    issue: Issue,
    project: Project,
    kind: IssueType,
    status_id: str,
    *,
    account: str,
    now: float,
) -> None:
    """Move the issue to a project and type: the id stays, the old key goes on leading to it."""
    old_key, old_project = live.key_of(issue), live.project_of(issue)
    old_kind, old_status = live.type_of(issue), live.status_of(issue)
    items = []
    if project.id != old_project.id:
        issue.former_keys.append(old_key)
        issue.project_id, issue.number = project.id, live.next_number(project)
        items.append(Item("Key", None, old_key, None, live.key_of(issue)))
        items.append(Item("project", old_project.id, old_project.name, project.id, project.name, "project"))
    if kind.id != old_kind.id:
        items.append(Item("issuetype", old_kind.id, old_kind.name, kind.id, kind.name, "issuetype"))
    issue.type_id, issue.status_id = kind.id, status_id
    new_status = live.status_of(issue)
    if new_status.id != old_status.id:
        issue.status_changed = now
        items.append(Item("status", old_status.id, old_status.name, new_status.id, new_status.name, "status"))
    update(live, issue, items, account=account, now=now)


def update(live: LiveSite, issue: Issue, items: list[Item], *, account: str, now: float) -> None:
    """Write down what has changed in an issue. Everything above ends here."""
    change = None
    if items:
        change = Change(str(live.next_change), account, now, tuple(items))
        live.next_change += 1
        issue.changelog.append(change)
    issue.updated = now
    _tell(live, Event(UPDATED, _write_down(live, issue, now), live.key_of(issue), account, now, change))


def delete(live: LiveSite, issue: Issue, *, account: str, now: float) -> None:
    key, copy = live.key_of(issue), snapshot(issue)
    del live.issues[issue.id]
    live.index.drop(issue.id, now)
    _tell(live, Event(DELETED, copy, key, account, now))


def add_comment(live: LiveSite, issue: Issue, comment: Comment, *, account: str, now: float) -> None:
    issue.comments.append(comment)
    _tell_of_comment(live, issue, COMMENTED, comment, account=account, now=now)


def edit_comment(live: LiveSite, issue: Issue, comment: Comment, *, account: str, now: float) -> None:
    """Put a changed comment into the place of the one with its id."""
    issue.comments = [comment if each.id == comment.id else each for each in issue.comments]
    _tell_of_comment(live, issue, COMMENT_EDITED, comment, account=account, now=now)


def delete_comment(live: LiveSite, issue: Issue, comment: Comment, *, account: str, now: float) -> None:
    issue.comments = [each for each in issue.comments if each.id != comment.id]
    _tell_of_comment(live, issue, COMMENT_DELETED, comment, account=account, now=now)


def reindex(live: LiveSite, issue: Issue, now: float) -> None:
    """Let the search see what is no part of the history: properties."""
    _write_down(live, issue, now)


def snapshot(issue: Issue) -> Issue:
    """The issue as it is now, for those who look at it later."""
    return replace(
        issue,
        labels=list(issue.labels),
        properties=dict(issue.properties),
        more=dict(issue.more),
        remote_links=list(issue.remote_links),
        comments=list(issue.comments),
        changelog=list(issue.changelog),
        former_keys=list(issue.former_keys),
    )


def _write_down(live: LiveSite, issue: Issue, now: float) -> Issue:
    copy = snapshot(issue)
    live.index.put(copy, now)
    return copy


def _tell_of_comment(live: LiveSite, issue: Issue, kind: str, comment: Comment, *, account: str, now: float) -> None:
    issue.updated = now
    copy = _write_down(live, issue, now)
    _tell(live, Event(kind, copy, live.key_of(issue), account, now, comment=comment))


def _tell(live: LiveSite, event: Event) -> None:
    for listener in tuple(live.listeners):
        listener(live, event)


def _resolution_item(old: dict[str, str] | None, new: dict[str, str] | None) -> Item:
    before, after = old or {}, new or {}
    return Item("resolution", before.get("id"), before.get("name"), after.get("id"), after.get("name"), "resolution")


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return " ".join(value)
    return plain_text(value) if isinstance(value, dict) else value
