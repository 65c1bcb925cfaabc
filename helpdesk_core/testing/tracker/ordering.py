"""Standing orders at the tracker, as the plugin sees them: listing and removing what is ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.tracker.client import Client, segment
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import Subscription


@dataclass(frozen=True)
class StandingOrder:
    """One standing order."""

    id: str
    url: str
    project_ids: frozenset[str]
    ends_at: datetime

    def subscription(self) -> Subscription:
        """Return it as the helpdesk knows it."""
        return Subscription(id=self.id, expires_at=self.ends_at)


def order_of(told: Told) -> StandingOrder:
    """Read a standing order."""
    return StandingOrder(told.text("id"), told.text("url"), told.texts("projects"), told.moment("ends_at"))


def orders_of(client: Client) -> tuple[StandingOrder, ...]:
    """List all that is ours."""
    return tuple(order_of(each) for each in client.pages("orders"))


def remove(client: Client, orders: Iterable[StandingOrder]) -> None:
    """Remove standing orders; one that has ended meanwhile is no error."""
    for order in orders:
        try:
            client.send("DELETE", f"orders/{segment(order.id)}")
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
