"""Between rows and the pure rules: which comments of a ticket are on its issue too."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.conversation.deciding import Known
from helpdesk_core.conversation.models import Carried
from helpdesk_core.sync.models import Link


def known(session: Session, link: Link) -> list[Known]:
    """Return the comments of a link's ticket that are on its issue too, or on their way."""
    rows = session.scalars(
        select(Carried).where(
            Carried.ticket_id == link.ticket_id,
            Carried.connection_id == link.connection_id,
            Carried.issue_id == link.issue_id,
        )
    )
    return [
        Known(
            comment_id=row.comment_id,
            remote_id=row.remote_id,
            marker=row.marker,
            text=row.text,
            edition=row.edition,
            refused=row.refused,
            gone=row.gone,
        )
        for row in rows
    ]


def new_row(link: Link, comment_id: int) -> Carried:
    """Return the row of a comment that is to be on both sides."""
    return Carried(
        comment_id=comment_id, ticket_id=link.ticket_id, connection_id=link.connection_id, issue_id=link.issue_id
    )


def row_of(session: Session, link: Link, comment_id: int) -> Carried:
    """Return the row of a comment that is on both sides, or on its way."""
    found = find_row(session, link, comment_id)
    assert found is not None, "a comment is announced before it is carried"
    return found


def find_row(session: Session, link: Link, comment_id: int) -> Carried | None:
    """Return the row of a comment, locked; None: it was never to be carried to this issue."""
    query = select(Carried).where(
        Carried.comment_id == comment_id,
        Carried.connection_id == link.connection_id,
        Carried.issue_id == link.issue_id,
    )
    return session.scalars(query.with_for_update()).first()
