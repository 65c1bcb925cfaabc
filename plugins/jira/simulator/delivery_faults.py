"""Scripted trouble with deliveries: what a receiver must live with, at will.

A fault hits deliveries in the order in which they arise, one fault a delivery. Twice, late, out of
order and never are what Atlassian's documents warn of (facts §3.3); the others are what somebody
else might send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plugins.jira.simulator.faults import FaultError

EFFECTS: Final = {
    "twice": "delivered, and delivered once more under the same identifier",
    "late": "delivered `seconds` later",
    "out-of-order": "held back until the next delivery is through",
    "never": "not delivered at all",
    "bad-signature": "signed with another secret",
    "expired-token": "its token ended an hour ago",
    "huge-body": "its description fills `size` bytes",
    "broken-json": "its body breaks off in the middle",
    "unknown-site": "of a site and of webhooks that nobody knows",
}
USUAL_SECONDS: Final = 60.0
USUAL_SIZE: Final = 24_000_000  # Atlassian drops what is larger than 25 MB


@dataclass(slots=True)
class DeliveryFault:
    """The first `skip` deliveries pass, the next `times` are hit (None: all)."""

    effect: str
    times: int | None = 1
    skip: int = 0
    seconds: float = USUAL_SECONDS
    size: int = USUAL_SIZE

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            known = ", ".join(EFFECTS)
            raise FaultError(f'no effect on deliveries is called "{self.effect}": write one of {known}')


class DeliveryFaults:
    """The faults that wait for deliveries."""

    def __init__(self) -> None:
        self._waiting: list[DeliveryFault] = []

    def add(self, fault: DeliveryFault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self) -> DeliveryFault | None:
        for fault in self._waiting:
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault
        return None
