"""What an admin chooses for the conversations of one connection. Nothing is carried before somebody chose it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import terms_of
from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation.models import ConversationSetting
from helpdesk_core.host import Host
from helpdesk_core.sync.links import links_of_ticket
from helpdesk_core.tickets.models import Ticket


class Inward(StrEnum):
    """What becomes of comments of the issue."""

    NOT = "not"
    NOTES = "notes"
    PUBLIC = "public"


def chosen(session: Session, connection_id: int) -> tuple[bool, Inward]:
    """Return whether public replies go to the issue, and what becomes of comments of the issue."""
    row = session.get(ConversationSetting, connection_id)
    if row is None or not row.inward:
        return row is not None and row.outward, Inward.NOT
    return row.outward, Inward.PUBLIC if row.public else Inward.NOTES


def choose(session: Session, connection_id: int, *, outward: bool, inward: Inward, now: datetime) -> None:
    """Store what was chosen. It concerns what is said from now on, and edits of what was carried."""
    before = session.get(ConversationSetting, connection_id)
    went, came = (before.outward, before.inward) if before else (False, False)
    session.merge(
        ConversationSetting(
            connection_id=connection_id,
            outward=outward,
            inward=inward is not Inward.NOT,
            public=inward is Inward.PUBLIC,
            outward_since=before.outward_since if before and went else now,
            inward_since=before.inward_since if before and came else now,
        )
    )


def readers(host: Host, session: Session, ticket: Ticket) -> list[str]:
    """Return the issues on which a public reply on a ticket is written too, as people call them."""
    found = []
    for link in links_of_ticket(session, ticket.id):
        terms, key = terms_of(session, link), session.get_one(Connection, link.connection_id).integration
        integration = host.registry.get(key) if key in host.registry else None
        if terms and terms.outward and integration and integration.conversation:
            found.append(f"{link.issue_key} in {integration.card.title}")
    return found
