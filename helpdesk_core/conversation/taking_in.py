"""Stores what was said at the remote system: each step of `deciding.incoming`, all in one transaction."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation.deciding import (
    Change,
    Incoming,
    Lose,
    Recognize,
    TakeBack,
    TakeIn,
    Terms,
    edition_of,
    incoming,
)
from helpdesk_core.conversation.rows import known, new_row, row_of
from helpdesk_core.host import Host
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import MAX_TEXT, Comment, Ticket, Visibility
from helpdesk_core.tickets.service import add_comment, delete_comment, edit_comment, make_internal
from helpdesk_core.values import RemoteComment

EMPTY: Final = "(There is no text that can be shown here. Look at the issue.)"
CUT: Final = "…"


def take_in(host: Host, link: Link, remote: tuple[RemoteComment, ...], terms: Terms) -> None:
    """Bring the ticket's copies to what was just read."""
    with host.database.write() as session:
        ticket = session.get(Ticket, link.ticket_id)
        if ticket is None or session.get(Link, link.id) is None:
            return
        session.refresh(ticket, ["status"], with_for_update={"key_share": True})
        source = session.get_one(Connection, link.connection_id).integration
        steps = incoming(remote, known(session, link), terms)
        for step in steps:
            _Storing(host, session, link, ticket, source=source).store(step)


class _Storing:
    """One transaction's view of a ticket."""

    def __init__(self, host: Host, session: Session, link: Link, ticket: Ticket, *, source: str) -> None:
        self._host, self._session, self._link = host, session, link
        self._ticket, self._source = ticket, source

    def store(self, step: Incoming) -> None:
        match step:
            case TakeIn(remote=remote, public=public):
                self._add(remote, public=public)
            case Change(comment_id=comment_id, remote=remote, hide=hide):
                self._change(comment_id, remote, hide=hide)
            case TakeBack(comment_id=comment_id):
                self._delete(comment_id)
            case Recognize(comment_id=comment_id, remote=remote):
                carried = row_of(self._session, self._link, comment_id)
                carried.remote_id, carried.original = remote.id, remote.original
            case Lose(comment_id=comment_id):
                row_of(self._session, self._link, comment_id).gone = True

    def _add(self, remote: RemoteComment, *, public: bool) -> None:
        comment = add_comment(
            self._session,
            self._ticket,
            _words(remote),
            visibility=Visibility.PUBLIC if public else Visibility.INTERNAL,
            by=remote.author,
            now=self._host.now(),
            source=self._source,
        )
        carried = new_row(self._link, comment.id)
        carried.remote_id, carried.edition, carried.original = remote.id, edition_of(remote), remote.original
        self._session.add(carried)
        self._session.flush()

    def _change(self, comment_id: int, remote: RemoteComment, *, hide: bool) -> None:
        comment = self._comment(comment_id)
        now = self._host.now()
        if not comment.is_deleted:
            if hide:
                make_internal(self._session, comment, by=remote.author, now=now, source=self._source)
            edit_comment(self._session, comment, _words(remote), by=remote.author, now=now, source=self._source)
        carried = row_of(self._session, self._link, comment_id)
        carried.edition, carried.original = edition_of(remote), remote.original

    def _delete(self, comment_id: int) -> None:
        comment = self._comment(comment_id)
        delete_comment(self._session, comment, by=comment.by_name, now=self._host.now(), source=self._source)
        row_of(self._session, self._link, comment_id).gone = True

    def _comment(self, comment_id: int) -> Comment:
        return self._session.scalars(select(Comment).where(Comment.id == comment_id)).one()


def _words(remote: RemoteComment) -> str:
    text = remote.body.strip() or EMPTY
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT
