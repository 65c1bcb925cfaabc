"""How a link or a connection stands, in the words and colours that every page and command uses for it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.host import Host
from helpdesk_core.sync.models import Link, LinkState


class Standing(Enum):
    """The state of a link as its badge says it: a word, and Bootstrap's colour beside it."""

    IN_STEP = ("In step", "success")
    WAITING = ("Waiting", "info")
    STOPPED = ("Stopped", "warning")
    CONFLICT = ("Conflict", "warning")
    GONE = ("Gone", "danger")
    PAUSED = ("Paused", "secondary")

    def __init__(self, word: str, colour: str) -> None:
        self.word = word
        self.colour = colour


_STANDINGS: Final = {
    LinkState.IN_STEP: Standing.IN_STEP,
    LinkState.WAITING: Standing.WAITING,
    LinkState.STOPPED: Standing.STOPPED,
    LinkState.CONFLICT: Standing.CONFLICT,
    LinkState.GONE: Standing.GONE,
}


def standing_of(link: Link, connection: Connection) -> Standing:
    """Return how a link stands; nothing happens on a paused connection, whatever its links wait for."""
    return Standing.PAUSED if connection.paused_at else _STANDINGS[LinkState(link.state)]


def obstacle(host: Host, session: Session, connection: Connection) -> str:
    """Say why nothing is brought in step on a connection now, in one sentence for agents. Empty: nothing hinders it."""
    if connection.integration not in host.registry:
        return "Its plugin is not installed any more: changes are stored and will be brought in step once it is back."
    title = host.registry.get(connection.integration).card.title
    if connection.state == ConnectionState.DISCONNECTED:
        return f"{title} · {connection.workspace_name} is disconnected. An admin can connect it again."
    if not is_enabled(session, connection.integration):
        return f"{title} is switched off: changes are stored and will be brought in step once an admin switches it on."
    if connection.paused_at:
        by = connection.paused_by_name
        return f"Paused by {by}: changes are stored and will be brought in step on resuming."
    if connection.state == ConnectionState.REAUTHORIZE:
        return (
            f"{title} does not accept the helpdesk's sign-in any more: changes are stored and will be brought in step "
            "once an admin has authorized it again."
        )
    return ""
