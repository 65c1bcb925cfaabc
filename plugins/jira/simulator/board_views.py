"""What the pages for people show: boards as columns of cards, and issues with their history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import commenting, field_values, moves
from plugins.jira.simulator.comment_shapes import is_public, shown_comments
from plugins.jira.simulator.documents import plain_text, text_document
from plugins.jira.simulator.transitions import open_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.state import Comment, Issue, RemoteLink
    from plugins.jira.simulator.world import Project, Status, Transition

COMMENT: Final = "comment"


@dataclass(frozen=True, slots=True)
class Button:
    """A transition that is open to the person; `asks` where something must be filled in first."""

    id: str
    name: str
    target: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Card:
    key: str
    summary: str
    kind: str
    buttons: list[Button]


@dataclass(frozen=True, slots=True)
class Column:
    status: Status
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Asked:
    """A field on the page before a move; `options` are pairs of value and words, if there is a choice."""

    key: str
    name: str
    required: bool
    options: list[tuple[str, str]]


def projects(caller: Caller) -> list[Project]:
    """What the person sees; a visitor who is nobody (yet), or no member, looks from outside at all."""
    member = caller.account is not None and caller.live.site.member(caller.account.id) is not None
    return caller.visible_projects() if member else list(caller.live.site.projects)


def issues_by_project(caller: Caller, found: Iterable[Project]) -> dict[str, list[Card]]:
    cards: dict[str, list[Card]] = {project.id: [] for project in found}
    for issue in caller.live.issues.values():
        if issue.project_id in cards:
            cards[issue.project_id].append(card(caller, issue))
    return cards


def columns(caller: Caller, project: Project) -> list[Column]:
    """A column for each status, in the order of the workflows."""
    made = {status.id: Column(status, []) for status in project.statuses()}
    for issue in caller.live.issues.values():
        if issue.project_id == project.id:
            made[issue.status_id].cards.append(card(caller, issue))
    return list(made.values())


def card(caller: Caller, issue: Issue) -> Card:
    kind = caller.live.type_of(issue)
    return Card(caller.live.key_of(issue), issue.summary, kind.name, buttons(caller, issue))


def buttons(caller: Caller, issue: Issue) -> list[Button]:
    workflow = caller.live.type_of(issue).workflow
    found = []
    for move in open_to(caller, issue):
        target = workflow.status(move.target)
        asks = any(field.required for field in asked_fields(caller, issue, move))
        found.append(Button(move.id, move.name, target.name if target else move.target, asks))
    return found


def asked_fields(caller: Caller, issue: Issue, move: Transition) -> list[Asked]:
    """The fields of the move's screen that mean something here, and a comment."""
    announced = moves.announced_fields(caller.live.type_of(issue).workflow, move)
    found = [
        Asked(key, str(field["name"]), bool(field["required"]), _options(field))
        for key, field in announced.items()
        if field["required"] or field["schema"]["type"] != "user"
    ]
    demanded = [each.field for each in move.validators if each.field]
    more = [name for name in demanded if move.screen and name not in {*announced, COMMENT}]
    found += [Asked(name, name[:1].upper() + name[1:], required=True, options=[]) for name in more]
    found.append(Asked(COMMENT, "Comment", required=COMMENT in demanded, options=[]))
    return found


def body_of(caller: Caller, issue: Issue, move: Transition, form: Mapping[str, str]) -> dict[str, Any]:
    """The form as the body of the REST call that Jira's own page would send."""
    fields: dict[str, Any] = {}
    update: dict[str, Any] = {}
    for asked in asked_fields(caller, issue, move):
        given = form.get(f"field-{asked.key}", "").strip()
        if not given:
            continue
        if asked.key == COMMENT:
            update[COMMENT] = [{"add": {"body": text_document(given)}}]
        else:
            fields[asked.key] = {"id": given} if asked.options else given
    return {"transition": {"id": move.id}, "fields": fields, "update": update}


def issue(caller: Caller, found: Issue) -> dict[str, Any]:
    live, accounts = caller.live, caller.state.accounts
    project = live.project_of(found)
    return {
        "issue": found,
        "key": live.key_of(found),
        "project": project,
        "kind": live.type_of(found),
        "status": live.status_of(found),
        "description": plain_text(found.description),
        "reporter": accounts[live.creator_of(found)].name,
        "created": moment(found.created),
        "updated": moment(found.updated),
        "buttons": buttons(caller, found),
        "more": _more(caller, found),
        "comments": [_comment(caller, found, each) for each in shown_comments(caller, found)],
        "may_comment": caller.may("ADD_COMMENTS", project),
        "restrictions": commenting.choices(caller, found),
        "has_customers": project.type == "service_desk",
        "links": [_link(link) for link in found.remote_links],
        "history": [
            {"author": accounts[change.author].name, "at": moment(change.at), "items": change.items}
            for change in reversed(found.changelog)
        ],
    }


def _more(caller: Caller, found: Issue) -> list[tuple[str, str]]:
    """The further fields that have a value: names and words."""
    names = {field.key: field.name for field in caller.live.type_of(found).fields}
    filled = {key: value for key, value in found.more.items() if value not in (None, [])}
    return [(names.get(key, key), field_values.words(caller, value)) for key, value in filled.items()]


def _comment(caller: Caller, found: Issue, comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "author": caller.state.accounts[comment.author].name,
        "at": moment(comment.created),
        "edited": moment(comment.updated) if comment.updated != comment.created else "",
        "text": plain_text(comment.body),
        "restricted": comment.visibility,
        "internal": not is_public(caller.live.project_of(found), comment),
        "may_edit": commenting.may(caller, found, comment, "EDIT"),
        "may_delete": commenting.may(caller, found, comment, "DELETE"),
    }


def _link(link: RemoteLink) -> dict[str, Any]:
    """A remote link as Jira shows it: struck through where the thing is resolved."""
    address, status = str(link.target["url"]), link.target.get("status")
    return {
        "title": link.target["title"],
        "summary": link.target.get("summary") or "",
        "url": address if address.startswith(("https://", "http://")) else None,
        "relationship": link.relationship or "links to",
        "application": link.application.get("name") or "",
        "resolved": isinstance(status, dict) and status.get("resolved") is True,
    }


def moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _options(field: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["id"], each.get("name") or each.get("value", "")) for each in field.get("allowedValues") or ()]
