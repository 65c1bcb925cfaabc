"""Adding and changing comments by Jira's rules: for its REST calls, its transitions and its pages.

Sources of the refusals: facts §2.8, and public threads in which live answers are quoted (the lack of
ADD_COMMENTS is a 400 that begins with the person's name; a document in which nothing stands is an empty
comment; a role that one does not hold is an error at `commentLevel`).
Not confirmed, and decided here: the words about unknown roles and groups and about editing; an edit
without `visibility` keeps it, with null it lifts it; the properties of an edit join those there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import history
from plugins.jira.simulator.arguments import list_at
from plugins.jira.simulator.comment_shapes import belongs, identifier, known_names, names_of, shown
from plugins.jira.simulator.documents import TOO_LONG, is_document, is_empty, is_too_long
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import Comment, Visibility

if TYPE_CHECKING:
    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.state import Issue, LiveSite

NOT_VALID: Final = "Comment body is not valid!"
EMPTY: Final = "Comment body can not be empty!"
MAY_NOT_COMMENT: Final = "{}, you do not have the permission to comment on this issue."
MAY_NOT_EDIT: Final = "You do not have permission to edit comment with id: {}"
MAY_NOT_DELETE: Final = "You do not have permission to delete comment with id: {}"
NO_VISIBILITY: Final = "The visibility must name a role or a group."
KINDS: Final = {"role": "project role", "group": "group"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a request wants a comment to be, found to be right."""

    body: Any
    visibility: Visibility | None
    properties: dict[str, Any]


def draft(caller: Caller, issue: Issue, given: dict[str, Any]) -> Draft:
    """A new comment that this caller may write, or Jira's refusal."""
    messages = []
    if not caller.may("ADD_COMMENTS", caller.live.project_of(issue)):
        messages.append(MAY_NOT_COMMENT.format(caller.signed_in().name))
    return _draft(caller, issue, given, messages)


def add(caller: Caller, issue: Issue, wanted: Draft) -> Comment:
    account, now = caller.signed_in().id, caller.state.clock.now()
    return write(caller.live, issue, wanted, account=account, now=now)


def write(live: LiveSite, issue: Issue, wanted: Draft, *, account: str, now: float) -> Comment:
    """Write a comment down as it is, whoever may do so."""
    number = str(live.next_comment)
    live.next_comment += 1
    comment = Comment(
        id=number,
        author=account,
        body=wanted.body,
        created=now,
        updated=now,
        update_author=account,
        visibility=wanted.visibility,
        properties=wanted.properties,
    )
    history.add_comment(live, issue, comment, account=account, now=now)
    return comment


def edit(caller: Caller, issue: Issue, comment: Comment, given: dict[str, Any]) -> Comment:
    messages = [] if may(caller, issue, comment, "EDIT") else [MAY_NOT_EDIT.format(comment.id)]
    wanted = _draft(caller, issue, given, messages)
    account, now = caller.signed_in().id, caller.state.clock.now()
    changed = replace(
        comment,
        body=wanted.body,
        visibility=wanted.visibility if "visibility" in given else comment.visibility,
        properties=comment.properties | wanted.properties,
        updated=now,
        update_author=account,
    )
    history.edit_comment(caller.live, issue, changed, account=account, now=now)
    return changed


def delete(caller: Caller, issue: Issue, comment: Comment) -> None:
    if not may(caller, issue, comment, "DELETE"):
        raise JiraRefusalError(400, MAY_NOT_DELETE.format(comment.id))
    account, now = caller.signed_in().id, caller.state.clock.now()
    history.delete_comment(caller.live, issue, comment, account=account, now=now)


def may(caller: Caller, issue: Issue, comment: Comment, what: str) -> bool:
    """Whether the caller may EDIT or DELETE this comment: any, or being its author."""
    project = caller.live.project_of(issue)
    own = caller.account is not None and caller.account.id == comment.author
    return caller.may(f"{what}_ALL_COMMENTS", project) or (own and caller.may(f"{what}_OWN_COMMENTS", project))


def found(caller: Caller, issue: Issue, comment_id: str) -> Comment:
    """The issue's comment; one that is hidden is not there (recorded in public tests of Jira's API)."""
    for each in issue.comments:
        if each.id == comment_id and shown(caller, issue, each):
            return each
    raise JiraRefusalError(404, f"Can not find a comment for the id: {comment_id}.")


def visibility_of(caller: Caller, issue: Issue, given: Any) -> Visibility | None:
    """The restriction that a request names by name or identifier; its author must be among those who see."""
    if given is None:
        return None
    kind = given.get("type") if isinstance(given, dict) else None
    if kind not in ("role", "group"):
        raise JiraRefusalError(400, errors={"visibility": NO_VISIBILITY})
    project = caller.live.project_of(issue)
    wanted = str(given.get("identifier") or given.get("value") or "")
    known = [Visibility(kind, name) for name in sorted(known_names(caller.live, project, kind))]
    chosen = next((each for each in known if wanted in (each.value, identifier(caller.live, each))), None)
    if chosen is None:
        raise JiraRefusalError(400, errors={"commentLevel": f"The {KINDS[kind]} '{wanted}' does not exist."})
    member = caller.live.site.member(caller.signed_in().id)
    if member is None or not belongs(member, project, chosen):
        words = f"You are currently not a member of the {KINDS[kind]}: {chosen.value}."
        raise JiraRefusalError(400, errors={"commentLevel": words})
    return chosen


def choices(caller: Caller, issue: Issue) -> list[Visibility]:
    """To whom the caller may restrict a comment on this issue."""
    member = caller.live.site.member(caller.account.id) if caller.account else None
    if member is None:
        return []
    project = caller.live.project_of(issue)
    return [Visibility(kind, name) for kind in KINDS for name in sorted(names_of(member, project, kind))]


def _draft(caller: Caller, issue: Issue, given: dict[str, Any], messages: list[str]) -> Draft:
    wrong = _wrong(given.get("body"))
    if messages or wrong:
        raise JiraRefusalError(400, *messages, errors={"comment": wrong} if wrong else {})
    properties = [each for each in list_at(given, "properties") if isinstance(each, dict)]
    return Draft(
        given["body"],
        visibility_of(caller, issue, given.get("visibility")),
        {str(each.get("key")): each.get("value") for each in properties},
    )


def _wrong(body: Any) -> str | None:
    if body is None:
        return EMPTY
    if not is_document(body):
        return NOT_VALID
    if is_empty(body):
        return EMPTY
    return TOO_LONG if is_too_long(body) else None
