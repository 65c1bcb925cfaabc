"""Obeys limits: `put` is how keeping in step asks a facet, and waits where the remote system asked for a pause.

A refusal that concerns more than one question, such as a wrong client secret, makes work wait too: given up one by
one, a hundred links would have to be retried by hand after one mistake was mended. A few minutes later it is tried
again, and within seconds after health has found that the cause is gone: a job that the engine has put off cannot be
woken, so it comes often and looks here, which costs no call.

A pause concerns one call, one operation or a whole connection (`errors.Extent`), never another connection. It is kept
in the database, because web and worker processes share one budget.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.connections.calls import ask
from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.sync.models import Hold
from helpdesk_core.values import ConnectionView

T = TypeVar("T")

EVERYTHING: Final = "*"
UNTOLD: Final = {Extent.OPERATION: timedelta(seconds=10), Extent.CONNECTION: timedelta(minutes=1)}
"""How long to pause where the remote system did not say."""
REFUSED: Final = timedelta(minutes=5)
"""How long to pause after a refusal: a person must act, and may forget to say so here."""
LOOK: Final = timedelta(seconds=15)
"""How soon work that waits for a person comes to see whether the pause was released."""


def put(host: Host, connection_id: int, operation: str, question: Callable[[ConnectionView], T]) -> T:
    """Ask a facet on behalf of a connection, as `connections.calls.ask` does, unless a pause holds it up.

    Args:
        host: the collaborators.
        connection_id: on whose behalf.
        operation: the facet's method: what a limit of one endpoint holds up.
        question: the call.

    Raises:
        TemporarilyUnavailable: also while a pause lasts; `retry_after` says how much longer, or, after a refusal,
            when to see whether it was released.
        IntegrationError: as `ask` does.
    """
    with host.database.read() as session:
        found = _holds(session, connection_id, operation)
    hold = next((each for each in found if each.until > host.now()), None)
    if hold is not None:
        left = hold.until - host.now()
        raise TemporarilyUnavailable(
            hold.reason, retry_after=(min(left, LOOK) if hold.refused else left).total_seconds()
        )
    try:
        answer = ask(host, connection_id, question)
    except TemporarilyUnavailable as error:
        obey(host, connection_id, operation, error)
        raise
    except Rejected as refusal:
        if refusal.extent is Extent.CALL:
            raise
        _hold(host, connection_id, operation, refusal.extent, wait=REFUSED, reason=str(refusal), refused=True)
        raise TemporarilyUnavailable(str(refusal), retry_after=LOOK.total_seconds(), extent=refusal.extent) from refusal
    if any(each.refused for each in found):
        _forget(host, connection_id, [each.operation for each in found if each.refused])
    return answer


def obey(host: Host, connection_id: int, operation: str, error: TemporarilyUnavailable) -> None:
    """Pause what an outage or a limit concerns, as long as the remote system asks for; of one call nothing."""
    if error.extent is not Extent.CALL:
        wait = UNTOLD[error.extent] if error.retry_after is None else timedelta(seconds=error.retry_after)
        _hold(host, connection_id, operation, error.extent, wait=wait, reason=str(error))


def held(session: Session, connection_id: int, *, now: datetime) -> Hold | None:
    """Return the pause of a whole connection, while it lasts."""
    hold = session.get(Hold, (connection_id, EVERYTHING))
    return hold if hold and hold.until > now else None


def release(session: Session, connection_id: int) -> None:
    """Forget the pauses after refusals, because a person has mended the cause."""
    session.execute(delete(Hold).where(Hold.connection_id == connection_id, Hold.refused))


def _holds(session: Session, connection_id: int, operation: str) -> list[Hold]:
    """Return the pauses that concern an operation, the longest first; also those that are over."""
    query = select(Hold).where(Hold.connection_id == connection_id, Hold.operation.in_((operation, EVERYTHING)))
    return list(session.scalars(query.order_by(Hold.until.desc())))


def _forget(host: Host, connection_id: int, operations: list[str]) -> None:
    """Forget refusals whose cause is gone: what they concerned was answered."""
    with host.database.write() as session:
        session.execute(
            delete(Hold).where(Hold.connection_id == connection_id, Hold.operation.in_(operations), Hold.refused)
        )


def _hold(
    host: Host,
    connection_id: int,
    operation: str,
    extent: Extent,
    *,
    wait: timedelta,
    reason: str,
    refused: bool = False,
) -> None:
    what = EVERYTHING if extent is Extent.CONNECTION else operation
    with host.database.write() as session:
        key = {"connection_id": connection_id, "operation": what}
        insert_or_update(session, Hold, key, until=host.now() + wait, reason=reason, refused=refused)
