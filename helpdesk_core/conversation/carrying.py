"""Carries one link's conversation on: reads what was said there if there is a reason, and writes what was said here.

That a comment is asked for is stored with its marker before the request. If the answer is lost, the comments there are
read and the marker is found, or it was not written and is asked for again. Knows no Flask.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import terms_of
from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation.deciding import Edit, Outgoing, Post, Said, Terms, Withdraw, digest, outgoing
from helpdesk_core.conversation.models import Talk
from helpdesk_core.conversation.rows import find_row, known, new_row, row_of
from helpdesk_core.conversation.taking_in import take_in
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import Conversation
from helpdesk_core.host import Host
from helpdesk_core.jobs import RetryLater
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.links import record
from helpdesk_core.sync.models import Happening, Link
from helpdesk_core.sync.waiting import pause_after
from helpdesk_core.tickets.models import Comment
from helpdesk_core.values import (
    CommentsRequest,
    ConnectionView,
    EditRequest,
    PostRequest,
    RemoteComment,
    WithdrawRequest,
)

T = TypeVar("T")

WHILE_PAUSED: Final = timedelta(minutes=1)


def carry(host: Host, link_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Carry a conversation on, as far as that can be done now: the handler of its job."""
    with host.database.read() as session:
        found = _load(host, session, link_id)
    if found is None:
        return None
    if not found.works:
        return RetryLater(after=WHILE_PAUSED, reason="the connection does not work now")
    try:
        _Turn(host, found).run()
    except TemporarilyUnavailable as error:
        return RetryLater(after=pause_after(error, attempt), reason=str(error))
    except (AuthorizationLost, Refused, NotFound) as error:
        return RetryLater(after=WHILE_PAUSED, reason=str(error))
    except Rejected as error:
        _tell(host, link_id, f"The comments could not be read. {error.reason}", error.cure)
    _finish(host, found)
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    link: Link
    works: bool
    facet: Conversation
    terms: Terms
    wanted: int
    reading: bool


class _Turn:
    """One run. No transaction is open while the remote system is asked."""

    def __init__(self, host: Host, task: _Task) -> None:
        self._host, self._task, self._link = host, task, task.link

    def run(self) -> None:
        if self._task.reading or self._uncertain():
            comments = self._put("read_comments", self._read)
            take_in(self._host, self._link, comments, self._task.terms)
        for step in self._steps():
            try:
                self._perform(step)
            except Rejected as error:
                self._refused(step, error)

    def _read(self, view: ConnectionView) -> tuple[RemoteComment, ...]:
        return self._task.facet.read(CommentsRequest(connection=view, issue_id=self._link.issue_id))

    def _uncertain(self) -> bool:
        with self._host.database.read() as session:
            return any(each.outward and not each.remote_id and not each.refused for each in known(session, self._link))

    def _steps(self) -> list[Outgoing]:
        with self._host.database.read() as session:
            return outgoing(_said(session, self._link), known(session, self._link), self._task.terms)

    def _perform(self, step: Outgoing) -> None:
        match step:
            case Post(said=said):
                if marker := self._announce(said):
                    self._stored(said, self._put("post", lambda view: self._post(view, said, marker)))
            case Edit(said=said, remote_id=remote_id):
                self._stored(said, self._put("edit", lambda view: self._edit(view, said, remote_id)))
            case Withdraw(comment_id=comment_id, remote_id=remote_id):
                self._put("withdraw", lambda view: self._withdraw(view, remote_id))
                with self._host.database.write() as session:
                    row_of(session, self._link, comment_id).gone = True

    def _announce(self, said: Said) -> str:
        """Store that a comment is asked for; empty: it was made internal or deleted this moment, and does not leave."""
        with self._host.database.write() as session:
            comment = session.get(Comment, said.id, with_for_update={"key_share": True}, populate_existing=True)
            if comment is None or comment.is_internal or comment.is_deleted:
                return ""
            carried = find_row(session, self._link, said.id)
            if carried is None:
                carried = new_row(self._link, said.id)
                session.add(carried)
            # random, because another helpdesk may be connected with the same remote system, and count from one too;
            # kept, because an earlier try may have left something behind there that is found by it
            carried.marker = carried.marker or f"hd-comment-{said.id}-{secrets.token_hex(12)}"
            carried.refused, carried.text = "", digest(said.text)
            return carried.marker

    def _post(self, view: ConnectionView, said: Said, marker: str) -> RemoteComment:
        issue_id = self._link.issue_id
        request = PostRequest(connection=view, issue_id=issue_id, marker=marker, author=said.author, body=said.text)
        return self._task.facet.post(request)

    def _edit(self, view: ConnectionView, said: Said, remote_id: str) -> RemoteComment:
        return self._task.facet.edit(
            EditRequest(
                connection=view,
                issue_id=self._link.issue_id,
                comment_id=remote_id,
                author=said.author,
                body=said.text,
            )
        )

    def _withdraw(self, view: ConnectionView, remote_id: str) -> None:
        self._task.facet.withdraw(WithdrawRequest(connection=view, issue_id=self._link.issue_id, comment_id=remote_id))

    def _stored(self, said: Said, remote: RemoteComment) -> None:
        with self._host.database.write() as session:
            carried = row_of(session, self._link, said.id)
            carried.remote_id, carried.text, carried.original = remote.id, digest(said.text), remote.original

    def _refused(self, step: Outgoing, error: Rejected) -> None:
        comment_id = step.comment_id if isinstance(step, Withdraw) else step.said.id
        with self._host.database.write() as session:
            carried = row_of(session, self._link, comment_id)
            if isinstance(step, Withdraw) or error.code == "gone":
                carried.gone = True
            else:
                carried.refused = digest(step.said.text)
        what = "taken back from" if isinstance(step, Withdraw) else "carried to"
        _tell(self._host, self._link.id, f"A reply could not be {what} the issue. {error.reason}", error.cure)

    def _put(self, operation: str, question: Callable[[ConnectionView], T]) -> T:
        return put(self._host, self._link.connection_id, operation, question)


def _said(session: Session, link: Link) -> list[Said]:
    rows = session.scalars(select(Comment).where(Comment.ticket_id == link.ticket_id).order_by(Comment.id))
    return [
        Said(
            id=row.id,
            text=row.body,
            author=row.by_name,
            at=row.at,
            public=not row.is_internal and not row.is_deleted,
            from_here=not row.source and row.by_id is not None,
        )
        for row in rows
    ]


def _load(host: Host, session: Session, link_id: int) -> _Task | None:
    link, talk = session.get(Link, link_id), session.get(Talk, link_id)
    terms = terms_of(session, link) if link else None
    if link is None or talk is None or terms is None or talk.done >= talk.wanted:
        return None
    key = session.get_one(Connection, link.connection_id).integration
    facet = host.registry.get(key).conversation if key in host.registry else None
    if facet is None:
        return None
    return _Task(
        link=link,
        works=backlog.works(session, link.connection_id),
        facet=facet,
        terms=terms,
        wanted=talk.wanted,
        reading=talk.reading,
    )


def _finish(host: Host, task: _Task) -> None:
    """Note which wish is fulfilled; what was wished meanwhile is a job of its own, and has to read if it was to."""
    with host.database.write() as session:
        talk = session.get(Talk, task.link.id, with_for_update=True)
        if talk is not None:
            talk.done = max(talk.done, task.wanted)
            talk.reading = talk.reading and talk.wanted > task.wanted


def _tell(host: Host, link_id: int, sentence: str, cure: str) -> None:
    with host.database.write() as session:
        if link := session.get(Link, link_id):
            record(session, link, Happening.STOPPED, sentence, cure=cure, now=host.now())
