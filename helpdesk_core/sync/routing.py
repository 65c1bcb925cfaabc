"""Finds the connection of a delivery by what the delivery says of its workspace and of the subscription.

One address serves all connections of an integration, and neither hint is sure: a workspace's address changes when it
is renamed, and a subscription's id may mean another one elsewhere. So an id of a workspace is believed, an address is
compared as far as it goes, and the subscription decides what is still open. To err does little harm: a delivery makes
us read an issue again, no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.sync.models import Listening


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A connection to which deliveries may belong."""

    connection: Connection
    subscription_id: str | None

    @property
    def ended(self) -> bool:
        """Whether an admin has disconnected it: nothing is done for it any more."""
        return self.connection.state == ConnectionState.DISCONNECTED


def read_routes(session: Session, integration: str) -> tuple[Route, ...]:
    """Return all connections of an integration with their subscriptions."""
    query = (
        select(Connection, Listening.subscription_id)
        .outerjoin(Listening, Listening.connection_id == Connection.id)
        .where(Connection.integration == integration)
        .order_by(Connection.id)
    )
    return tuple(Route(connection=each, subscription_id=id_) for each, id_ in session.execute(query))


def route(routes: Iterable[Route], hint: str, subscription_ids: Collection[str]) -> Connection | None:
    """Return the connection to which a delivery belongs; None where that cannot be told.

    Args:
        routes: the connections of the integration.
        hint: a workspace's id or the beginning of its address; empty: not told.
        subscription_ids: the subscriptions that the delivery was made for.
    """
    live = [each for each in routes if not each.ended]
    for told in (
        [each for each in live if each.connection.workspace_id == hint],
        [each for each in live if _begins(each.connection.workspace_url, hint)],
    ):
        if told:
            return _only(told) or _only(_subscribed(told, subscription_ids))
    if hint and not _is_address(hint):
        return None  # an id that is none of ours: another helpdesk's workspace
    return _only(_subscribed(live, subscription_ids))  # renamed meanwhile, or not told


def _only(routes: list[Route]) -> Connection | None:
    return routes[0].connection if len(routes) == 1 else None


def _subscribed(routes: list[Route], subscription_ids: Collection[str]) -> list[Route]:
    return [each for each in routes if each.subscription_id in subscription_ids]


def _is_address(hint: str) -> bool:
    return "://" in hint


def _begins(address: str, beginning: str) -> bool:
    """Whether `beginning` leads to the host of `address`, and no part of its path says otherwise."""
    if not _is_address(beginning):
        return False
    (host, path), (named, wanted) = _parts(address), _parts(beginning)
    return host is not None and host == named and path[: len(wanted)] == wanted


def _parts(address: str) -> tuple[str | None, list[str]]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None, []
    return parts.netloc.casefold() or None, [part for part in parts.path.split("/") if part]
