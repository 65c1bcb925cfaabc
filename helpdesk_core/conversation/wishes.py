"""The wish to carry a conversation on: who tells of it, and the job that it becomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import terms_of
from helpdesk_core.conversation.models import Talk
from helpdesk_core.db import insert_if_new
from helpdesk_core.jobs import Jobs
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Comment

KIND: Final = "conversation.carry"


class CommentChanged:
    """Observes tickets: what a person said, changed or took back is a reason to carry the conversation on."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def __call__(self, session: Session, comment: Comment, *, now: datetime) -> None:  # noqa: ARG002 - the observers' form
        """Want the conversations of the ticket's links carried on."""
        links = session.scalars(select(Link).where(Link.ticket_id == comment.ticket_id).order_by(Link.id)).all()
        want(self._jobs, session, links, reading=False)


def want_reading(jobs: Jobs, session: Session, connection_id: int, issue_ids: Collection[str]) -> None:
    """Have the comments of some issues read, where they are to come to tickets."""
    of_these = select(Link).where(Link.connection_id == connection_id, Link.issue_id.in_(issue_ids)).order_by(Link.id)
    want(jobs, session, session.scalars(of_these).all(), reading=True)


def want_all(jobs: Jobs, session: Session, link: Link) -> None:
    """Have all that was said on both sides carried, whichever way an admin wants it carried at all."""
    session.flush()
    for reading in (True, False):
        want(jobs, session, [link], reading=reading)


def want(jobs: Jobs, session: Session, links: Iterable[Link], *, reading: bool) -> None:
    """Have the conversations of some links carried on, where an admin wants that at all.

    Args:
        jobs: the engine.
        session: the transaction that gives the reason.
        links: whose conversations.
        reading: whether something may have been said at the remote system.
    """
    for link in links:
        terms = terms_of(session, link)
        if terms is None or not (terms.inward if reading else terms.outward):
            continue
        insert_if_new(session, Talk, link_id=link.id, wanted=0, done=0, reading=False)
        talk = session.get(Talk, link.id, with_for_update=True, populate_existing=True)
        assert talk is not None, "it was just added"
        talk.wanted += 1
        talk.reading = talk.reading or reading
        session.flush()
        enqueue(jobs, session, link)


def enqueue(jobs: Jobs, session: Session, link: Link) -> None:
    """Have one link's conversation carried on, up to its latest wish."""
    jobs.enqueue(session, KIND, key_of(link), link.id, seq=session.get_one(Talk, link.id).wanted)


def key_of(link: Link) -> str:
    """Return the key by which the engine keeps one conversation's jobs in order."""
    return f"connection/{link.connection_id}/talk/{link.id}"
