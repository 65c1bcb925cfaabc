"""What an admin chooses for the conversations of one connection. Nothing is carried before somebody chose it."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from helpdesk_core.conversation.models import ConversationSetting


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


def choose(session: Session, connection_id: int, *, outward: bool, inward: Inward) -> None:
    """Store what was chosen. It concerns what is said from now on, and edits of what was carried."""
    session.merge(
        ConversationSetting(
            connection_id=connection_id,
            outward=outward,
            inward=inward is not Inward.NOT,
            public=inward is Inward.PUBLIC,
        )
    )
