"""The statuses that a ticket can have: five that every helpdesk has, and those that admins put under them.

Deleting one moves tickets, so it stands in `helpdesk_core.tickets.service`. Knows no Flask.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from itertools import count
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.tickets.models import MAX_STATUS_NAME, CustomStatus, Ticket
from helpdesk_core.values import SystemStatus, TicketStatus

SYSTEM_STATUSES: Final = {
    system.value: TicketStatus(key=system.value, name=name, system=system)
    for system, name in (
        (SystemStatus.OPEN, "Open"),
        (SystemStatus.IN_PROGRESS, "In Progress"),
        (SystemStatus.WAITING, "Waiting"),
        (SystemStatus.DONE, "Done"),
        (SystemStatus.CLOSED, "Closed"),
    )
}
"""Key → status, in the order in which a ticket passes through them."""


class Direction(StrEnum):
    """Where to move a custom status among its siblings."""

    UP = "up"
    DOWN = "down"


def list_statuses(session: Session) -> list[TicketStatus]:
    """Return all statuses in order: each system status, and right after it the custom ones under it."""
    custom = session.scalars(select(CustomStatus).order_by(CustomStatus.position, CustomStatus.key))
    under: dict[SystemStatus, list[TicketStatus]] = {system: [] for system in SystemStatus}
    for row in custom:
        under[SystemStatus(row.system)].append(row.status)
    return [status for system in SYSTEM_STATUSES.values() for status in (system, *under[system.system])]


def get_status(session: Session, key: str, *, hold: bool = False) -> TicketStatus:
    """Return the status with this key.

    Args:
        session: any session; a writing one for `hold`.
        key: a system status' or a custom status' key.
        hold: keep others from deleting it before the transaction ends (on PostgreSQL; SQLite has one writer).

    Raises:
        NotFound: there is none.
    """
    if system := SYSTEM_STATUSES.get(key):
        return system
    if row := session.get(CustomStatus, key, with_for_update={"read": True} if hold else None):
        return row.status
    msg = f"There is no ticket status {key!r}. It may have been deleted meanwhile: reload the page and choose again."
    raise NotFound(msg)


def get_custom_status(session: Session, key: str) -> CustomStatus:
    """Return a custom status for changing it.

    Raises:
        Refused: it is a system status.
        NotFound: there is none.
    """
    if key in SYSTEM_STATUSES:
        msg = f"{SYSTEM_STATUSES[key].name} is one of the five statuses of every helpdesk: it stays as it is."
        raise Refused(msg)
    if row := session.get(CustomStatus, key, with_for_update=True):
        return row
    msg = f"There is no ticket status {key!r}. It may have been deleted meanwhile."
    raise NotFound(msg)


def count_by_status(session: Session) -> dict[str, int]:
    """Return how many tickets have each status, by key; a status without tickets counts 0."""
    used = session.execute(select(Ticket.status, func.count()).group_by(Ticket.status))
    return {status.key: 0 for status in list_statuses(session)} | {row[0]: row[1] for row in used}


def create_status(session: Session, *, name: str, system: SystemStatus) -> TicketStatus:
    """Add a custom status as the last one under `system`.

    Raises:
        Refused: the name is empty, too long or taken.
    """
    name = _free_name(session, name)
    row = CustomStatus(key=_free_key(session, name), name=name, system=system, position=len(_siblings(session, system)))
    session.add(row)
    session.flush()
    return row.status


def rename_status(session: Session, key: str, name: str) -> TicketStatus:
    """Give a custom status another name. Its key stays, so mappings and bookmarks stay true.

    Raises:
        Refused: it is a system status, or the name is empty, too long or taken.
        NotFound: there is none.
    """
    row = get_custom_status(session, key)
    row.name = _free_name(session, name, but=key)
    session.flush()
    return row.status


def move_status(session: Session, key: str, direction: Direction) -> TicketStatus:
    """Swap a custom status with its neighbour; at the end of the row nothing happens.

    Raises:
        Refused: it is a system status.
        NotFound: there is none.
    """
    row = get_custom_status(session, key)
    siblings = _siblings(session, row.system)
    here = siblings.index(row)
    there = here - 1 if direction is Direction.UP else here + 1
    if 0 <= there < len(siblings):
        siblings[here], siblings[there] = siblings[there], siblings[here]
    for position, sibling in enumerate(siblings):
        sibling.position = position
    session.flush()
    return row.status


def _siblings(session: Session, system: SystemStatus) -> list[CustomStatus]:
    under = select(CustomStatus).where(CustomStatus.system == system)
    return list(session.scalars(under.order_by(CustomStatus.position, CustomStatus.key).with_for_update()))


def _free_name(session: Session, name: str, *, but: str = "") -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_STATUS_NAME:
        msg = f"A status needs a name of at most {MAX_STATUS_NAME} characters."
        raise Refused(msg)
    for status in list_statuses(session):
        if status.key != but and status.name.casefold() == name.casefold():
            msg = f"There is a status called {status.name} already. Choose another name."
            raise Refused(msg)
    return name


def _free_key(session: Session, name: str) -> str:
    """Make a readable key, such as waiting-for-vendor: it shows in addresses and exported mappings."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain)) or "status"
    taken = {status.key for status in list_statuses(session)}
    return next(key for n in count(1) if (key := slug if n == 1 else f"{slug}-{n}") not in taken)
