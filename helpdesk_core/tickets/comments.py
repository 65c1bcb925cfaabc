"""The conversation on a ticket: saying something, changing the words, taking them back, hiding them from the requester.

Words that somebody else wrote are theirs: a person changes what they wrote themselves, an admin what any person wrote,
and an integration what it brought. So nobody changes here a copy whose original is elsewhere. Knows no Flask.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.tickets.models import MAX_TEXT, Comment, EventKind, Ticket, Visibility, Who
from helpdesk_core.tickets.observing import CommentObserver
from helpdesk_core.tickets.writing import record, signature, text_of

LARGEST_ID: Final = 2**63 - 1
"""Beyond it the database's driver raises instead of finding nothing."""

DELETED: Final = "{name} deleted this comment, so it cannot be changed any more. Write a new one instead."
ELSEWHERE: Final = (
    "This comment was not written here: it is a copy, and what was changed on it would not reach the original. "
    "Change it where it was written, or write a comment of your own."
)
SOMEBODY_ELSES: Final = "Only {name}, who wrote this comment, or an admin may change it. Write one of your own instead."
NOT_ITS_OWN: Final = "{by} may change only comments that it brought itself, and this one is not."


def add_comment(
    session: Session,
    ticket: Ticket,
    body: str,
    *,
    visibility: Visibility,
    by: Who,
    now: datetime,
    source: str = "",
    observers: Iterable[CommentObserver] = (),
) -> Comment:
    """Say something on a ticket.

    Args:
        session: a writing session.
        ticket: a ticket of this session; its row is locked.
        body: what to say.
        visibility: who may read it.
        by: who says it; for what an integration brings, the name of who wrote it there.
        now: when.
        source: the key of the integration that brings it; empty: it is written here.
        observers: packages that must know of it; the application passes them.

    Raises:
        Refused: the text is missing or too long.
    """
    by_id, by_name = signature(by)
    text = text_of(body, "comment", MAX_TEXT)
    session.refresh(ticket, ["updated_at"], with_for_update={"key_share": True})
    comment = Comment(
        ticket_id=ticket.id, visibility=visibility, body=text, by_id=by_id, by_name=by_name, at=now, source=source
    )
    session.add(comment)
    _changed(session, ticket, comment, observers, now=now)
    return comment


def get_comment(session: Session, number: int, comment_id: int) -> Comment:
    """Return a comment of the ticket with this number.

    Raises:
        NotFound: this ticket has no such comment.
    """
    found = session.get(Comment, comment_id) if 0 < comment_id <= LARGEST_ID else None
    if found is None or found.ticket_id != number:
        msg = f"Ticket {number} has no such comment."
        raise NotFound(msg)
    return found


def refusal(comment: Comment, *, by: Who, source: str = "") -> str:
    """Say why somebody may not change a comment, and what they can do instead; empty: they may.

    Args:
        comment: the comment.
        by: a person, or the name of something that acts by itself.
        source: the key of the integration that acts; empty where none does.
    """
    if comment.is_deleted:
        return DELETED.format(name=comment.deleted_by_name)
    return _not_allowed(comment, by=by, source=source)


def edit_comment(
    session: Session,
    comment: Comment,
    body: str,
    *,
    by: Who,
    now: datetime,
    source: str = "",
    observers: Iterable[CommentObserver] = (),
) -> bool:
    """Give a comment other words. Of two who edit at once the last one's words stay.

    Args:
        session: a writing session.
        comment: a comment of this session. It is read anew under a lock, after its ticket's row is locked.
        body: the new words.
        by: who edits it.
        now: when.
        source: the key of the integration that edits what it brought.
        observers: packages that must know of it; the application passes them.

    Returns:
        Whether anything changed: the same words are no change.

    Raises:
        Refused: it was deleted, others wrote it, or the text is missing or too long.
    """
    text = text_of(body, "comment", MAX_TEXT)
    ticket = _hold(session, comment)
    _check(comment, by=by, source=source)
    if comment.body == text:
        return False
    comment.body, comment.edited_at, comment.edited_by_name = text, now, signature(by)[1]
    _changed(session, ticket, comment, observers, now=now)
    return True


def make_internal(
    session: Session,
    comment: Comment,
    *,
    by: Who,
    now: datetime,
    source: str = "",
    observers: Iterable[CommentObserver] = (),
) -> bool:
    """Hide a public reply from the requester, and write down that it was not always hidden.

    There is no way back: what was meant for colleagues must not become public by a slip. Write a new reply instead.

    Args:
        session: a writing session.
        comment: a comment of this session. It is read anew under a lock, after its ticket's row is locked.
        by: who hides it.
        now: when.
        source: the key of the integration that hides what it brought.
        observers: packages that must know of it; the application passes them.

    Returns:
        Whether anything changed: it may be an internal note already.

    Raises:
        Refused: it was deleted, or others wrote it.
    """
    ticket = _hold(session, comment)
    _check(comment, by=by, source=source)
    if comment.is_internal:
        return False
    comment.visibility = Visibility.INTERNAL
    reason = f"{comment.by_name} wrote it as a public reply."
    before, after = Visibility.PUBLIC.value, Visibility.INTERNAL.value
    record(session, ticket, EventKind.VISIBILITY, before=before, after=after, by=by, now=now, reason=reason)
    _changed(session, ticket, comment, observers, now=now)
    return True


def delete_comment(
    session: Session,
    comment: Comment,
    *,
    by: Who,
    now: datetime,
    source: str = "",
    observers: Iterable[CommentObserver] = (),
) -> bool:
    """Take a comment back: its words are gone for good, and that it was there is still told.

    Args:
        session: a writing session.
        comment: a comment of this session. It is read anew under a lock, after its ticket's row is locked.
        by: who deletes it.
        now: when.
        source: the key of the integration that deletes what it brought.
        observers: packages that must know of it; the application passes them.

    Returns:
        Whether anything changed: what was deleted before stays deleted by whom it was.

    Raises:
        Refused: others wrote it.
    """
    ticket = _hold(session, comment)
    if reason := _not_allowed(comment, by=by, source=source):
        raise Refused(reason)
    if comment.is_deleted:
        return False
    comment.body, comment.deleted_at, comment.deleted_by_name = "", now, signature(by)[1]
    _changed(session, ticket, comment, observers, now=now)
    return True


def _hold(session: Session, comment: Comment) -> Ticket:
    """Lock a comment's ticket and then the comment, as `add_comment` does, and read both anew."""
    ticket = session.get_one(Ticket, comment.ticket_id)
    session.refresh(ticket, ["updated_at"], with_for_update={"key_share": True})
    session.refresh(comment, with_for_update={"key_share": True})
    return ticket


def _check(comment: Comment, *, by: Who, source: str) -> None:
    if reason := refusal(comment, by=by, source=source):
        raise Refused(reason)


def _not_allowed(comment: Comment, *, by: Who, source: str) -> str:
    """Say why these words are not for `by` to change, whether they are deleted or not."""
    if isinstance(by, str):
        own = comment.by_id is None and comment.source == source
        return "" if own else NOT_ITS_OWN.format(by=by)
    if comment.by_id is None:
        return ELSEWHERE
    return "" if by.is_admin or comment.by_id == by.id else SOMEBODY_ELSES.format(name=comment.by_name)


def _changed(
    session: Session, ticket: Ticket, comment: Comment, observers: Iterable[CommentObserver], *, now: datetime
) -> None:
    """Store a change and tell those who must know of it, before the transaction ends."""
    ticket.updated_at = now
    session.flush()
    for observe in observers:
        observe(session, comment, now=now)
