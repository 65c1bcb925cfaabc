"""What the tracker tells of issues, and how they are made, moved, linked and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from helpdesk_core.testing.tracker.remote.projects import check_values, edge_of, kind_of
from helpdesk_core.testing.tracker.remote.records import Issue, Link
from helpdesk_core.testing.tracker.remote.serving import (
    Call,
    RefusedCall,
    codes,
    demand,
    page,
    project_of,
    visible,
)
from helpdesk_core.testing.tracker.remote.state import Remote

MANY: Final = 100
"""Ids that one call may ask for."""
LONGEST_WORDS: Final = 200


def issues(remote: Remote, call: Call) -> dict[str, Any]:
    """List issues by what is asked, the newest change first, or by age where that is asked."""
    names = ("id", "key", "words", "project", "kind", "by", "state", "changed_within", "created_within", "order")
    asked = call.asked(*names)
    if len(asked.get("id", [])) > MANY:
        raise RefusedCall(codes.bad_request, "too_many", f"Ask for {MANY} ids at most.")
    seen = {each.id for each in visible(call.place())}
    tests = _tests(remote, call)
    found = [
        each for each in call.place().issues.values() if each.project_id in seen and all(fits(each) for fits in tests)
    ]
    is_by_age = call.one("order") == "created"
    found.sort(key=lambda each: each.created_at if is_by_age else each.updated_at, reverse=not is_by_age)
    told = [_issue(remote, call, each) for each in found]
    return {"items": told, "next": None} if "id" in asked else page(call, told)


def _tests(remote: Remote, call: Call) -> list[Callable[[Issue], bool]]:
    """Return what an issue must fit, for each part of the query that is there."""
    asked = call.query
    words = call.one("words").casefold()
    if "words" in asked and (len(words) > LONGEST_WORDS or not any(map(str.isalnum, words))):
        raise RefusedCall(codes.bad_request, "unknown_query", "These are no words to search for.")
    changed, created = call.number("changed_within"), call.number("created_within")
    tests: dict[str, Callable[[Issue], bool]] = {
        "id": lambda issue: issue.id in asked["id"],
        "key": lambda issue: issue.key in asked["key"],
        "words": lambda issue: all(word in f"{issue.title} {issue.body}".casefold() for word in words.split()),
        "project": lambda issue: issue.project_id in asked["project"],
        "kind": lambda issue: issue.kind_id in asked["kind"],
        "by": lambda issue: issue.person_id == call.who(),
        "state": lambda issue: call.place().statuses[issue.status_id].category != "done",
        "changed_within": lambda issue: issue.updated_at >= remote.now() - timedelta(minutes=changed or 0),
        "created_within": lambda issue: issue.created_at >= remote.now() - timedelta(minutes=created or 0),
    }
    return [fits for name, fits in tests.items() if name in asked]


def issue(remote: Remote, call: Call) -> dict[str, Any]:
    """Tell all of one issue, with the moves that are open to the account now."""
    found = issue_of(call)
    project = project_of(call, found.project_id)
    may_move = "move" not in project.forbidden and not project.archived
    edges = kind_of(project, found.kind_id).edges if may_move else ()
    moves = [edge_of(each) for each in edges if each.leads_from(found.status_id)]
    return _issue(remote, call, found) | {"moves": moves, "may_move": may_move}


def create(remote: Remote, call: Call) -> dict[str, Any]:
    """Make an issue."""
    body = call.body("project", "kind", "title")
    project = project_of(call, body["project"])
    demand(project, "create")
    kind = kind_of(project, body["kind"])
    values = check_values(kind.fields, body.get("fields"))
    made = new_issue(remote, call.place().id, project.id, kind.id, body["title"])
    made.body, made.external_id = str(body.get("body", "")), str(body.get("external_id", ""))
    made.person_id, made.values = call.who(), values
    remote.tell(call.place(), made, "issue.created")
    return _issue(remote, call, made)


def new_issue(remote: Remote, site_id: str, project_id: str, kind_id: str, title: str) -> Issue:
    """Make an issue in the first status of its kind; who made it and the rest is filled in by the caller."""
    site, now = remote.sites[site_id], remote.now()
    project = site.projects[project_id]
    project.issued += 1
    made = Issue(
        id=remote.new_id("i"),
        key=f"{project.key}-{project.issued}",
        project_id=project_id,
        kind_id=kind_id,
        status_id=project.kinds[kind_id].status_ids[0],
        title=title,
        body="",
        person_id="",
        created_at=now,
        updated_at=now,
    )
    site.issues[made.id] = made
    return made


def move(remote: Remote, call: Call) -> None:
    """Take one move, if it is open now and its screen is filled in."""
    body, found = call.body("move"), issue_of(call)
    project = project_of(call, found.project_id)
    demand(project, "move")
    edges = [each for each in kind_of(project, found.kind_id).edges if each.leads_from(found.status_id)]
    edge = next((each for each in edges if each.id == body["move"]), None)
    if edge is None:
        raise RefusedCall(codes.conflict, "stale", f"This move is not open to {found.key} now.")
    values = check_values(edge.fields, body.get("fields"))
    found.values |= values
    found.status_id, found.updated_at = edge.target, remote.now()
    remote.tell(call.place(), found, "issue.changed")


def link(_remote: Remote, call: Call) -> None:
    """Show a way back, or renew what is shown under the same name."""
    body, found = call.body("url", "title"), issue_of(call)
    demand(project_of(call, found.project_id), "move")
    found.links[call.names["link"]] = Link(body["url"], body["title"], bool(body.get("done")))


def delete(_remote: Remote, call: Call) -> None:
    """Delete an issue."""
    found = issue_of(call)
    demand(project_of(call, found.project_id), "delete")
    del call.place().issues[found.id]


def issue_of(call: Call) -> Issue:
    """Find the issue of the path, or answer to a hidden one as to one that is not there."""
    found = call.place().issues.get(call.names["issue"])
    if found is None or "browse" in call.place().projects[found.project_id].forbidden:
        raise RefusedCall(codes.not_found, "not_found", "There is no such issue, or you may not see it.")
    return found


def _issue(remote: Remote, call: Call, found: Issue) -> dict[str, Any]:
    person, is_mine = remote.people[found.person_id], found.person_id == call.who()
    return {
        "id": found.id,
        "key": found.key,
        "title": found.title,
        "url": f"{call.place().url}/issues/{found.key}",
        "project": found.project_id,
        "kind": found.kind_id,
        "status": found.status_id,
        "body": found.body,
        "reporter": {"name": person.name, "email": person.email},
        "mine": is_mine,
        "external_id": found.external_id if is_mine else "",
        "created_at": found.created_at.isoformat(),
    }
