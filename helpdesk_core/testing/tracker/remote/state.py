"""The tracker's whole state under one lock, its clock, and what it sends to those who ordered it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from helpdesk_core.testing.tracker.remote.records import Consent, Grant, Issue, Person, Site
from helpdesk_core.testing.tracker.remote.seeding import acme, beta

CLIENT_ID: Final = "helpdesk-app"
CLIENT_SECRET: Final = "app-key-0123456789abcdef"  # noqa: S105  # of an imaginary system
SCOPES: Final = ("read", "write", "orders")
HOUR: Final = timedelta(hours=1)
ORDER_LIFETIME: Final = timedelta(days=30)
BOT: Final = "a-1"
"""The account that connects."""
ANN: Final = "a-2"
"""Somebody else who works there."""


def _people() -> dict[str, Person]:
    named = {BOT: "Helpdesk Bot", ANN: "Ann Lee", "a-3": "Bo Sand"}
    people = [Person(id_, name, f"{name.split()[0].lower()}@tracker.test") for id_, name in named.items()]
    people += [Person(f"a-{number}", f"Person {number}", "") for number in range(4, 40)]
    return {each.id: each for each in people}


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass
class Remote:
    """What the tracker knows. Every change happens while the lock is held."""

    now: Callable[[], datetime] = utc_now
    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    sites: dict[str, Site] = field(default_factory=lambda: {"w-1": acme(), "w-2": beta()})
    people: dict[str, Person] = field(default_factory=_people)
    grants: list[Grant] = field(default_factory=list, repr=False)
    consents: dict[str, Consent] = field(default_factory=dict, repr=False)
    is_consent_denied: bool = False
    """What the person in front of the consent page answers."""
    granted_sites: tuple[str, ...] = ("w-1", "w-2")
    """Which workspaces the next consent or API token reaches."""
    masks_strangers: bool = False
    """Whether lists answer a bad token with nothing instead of 401, as some systems do."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Every request that arrived, as method and path."""
    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list, repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    numbers: count[int] = field(default_factory=lambda: count(1), repr=False)

    def new_id(self, prefix: str) -> str:
        """Give out an id that nobody has."""
        return f"{prefix}-{next(self.numbers)}"

    def new_grant(self, site_ids: tuple[str, ...], *, is_api_token: bool = False) -> Grant:
        """Let somebody in."""
        grant = Grant(f"access-{next(self.numbers)}-sesame", BOT, site_ids, SCOPES)
        if not is_api_token:
            grant.refresh = f"refresh-{next(self.numbers)}-sesame"
            grant.ends_at = self.now() + HOUR
        self.grants.append(grant)
        return grant

    def grant_of(self, token: str) -> Grant | None:
        """Find who bears a token that is still good."""
        found = next((each for each in self.grants if token and each.access == token), None)
        return found if found and (found.ends_at is None or found.ends_at > self.now()) else None

    def forget_ended_orders(self, site: Site) -> None:
        """Let standing orders end by themselves."""
        for order in [each for each in site.orders.values() if each.ends_at <= self.now()]:
            del site.orders[order.id]

    def tell(self, site: Site, issue: Issue, event: str) -> None:
        """Send a delivery for each standing order that wants to know."""
        self.forget_ended_orders(site)
        for order in site.orders.values():
            if issue.project_id in order.project_ids:
                told = {
                    "delivery": self.new_id("d"),
                    "workspace": site.id,
                    "order": order.id,
                    "event": event,
                    "issue": issue.id,
                    "status": issue.status_id,
                }
                body = json.dumps(told).encode()
                self.sent.append((self.sign(body), body))

    def sign(self, body: bytes, at: datetime | None = None) -> dict[str, str]:
        """Return the headers of a delivery. The moment is signed with the body, so that nobody can make it younger."""
        moment = str(int((at or self.now()).timestamp()))
        key = self.client_secret.encode()
        signature = hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {
            "content-type": "application/json",
            "x-tracker-timestamp": moment,
            "x-tracker-signature": signature,
        }
