"""What is on its way to the receivers, and when it is sent again: the queue without the network.

Policy after facts §3.3: up to five retries, on 408, 409, 425, 429, any 5xx and where no answer
came; any other answer but 2xx loses the event. A retry waits 5 to 15 minutes at random by the
simulator's clock (the span is not confirmed), so a test with a stopped clock advances it.

Its lock is its own, and nothing is called while it is held: the sender must be able to post while
somebody changes the world, and the receiver may call back meanwhile.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plugins.jira.simulator.clock import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.jira.simulator.delivery_faults import DeliveryFault

PENDING: Final = "pending"
SENDING: Final = "sending"
HELD: Final = "held"
DELIVERED: Final = "delivered"
LOST: Final = "lost"
FINISHED: Final = (DELIVERED, LOST)

RETRIES: Final = 5
RETRIED: Final = {408, 409, 425, 429}
FIRST_SERVER_ERROR: Final = 500
NO_ANSWER: Final = 0
SHORTEST_WAIT: Final = 5 * MINUTE
LONGEST_WAIT: Final = 15 * MINUTE
KEPT: Final = 2000
USUAL_TIMEOUT: Final = 10.0  # of a single try, in real seconds; not confirmed


@dataclass(slots=True, eq=False)
class Delivery:
    """One event on its way to one URL. `answers` are the statuses of its tries, 0 for none."""

    identifier: str
    cloud_id: str
    site: str
    site_url: str
    url: str
    event: str
    key: str
    account: str
    webhook_ids: tuple[int, ...]
    flow: str
    body: bytes = field(repr=False)
    due: float
    state: str = PENDING
    answers: list[int] = field(default_factory=list)
    fault: DeliveryFault | None = None
    reason: str = ""
    withdrawn: str = ""
    repeats: int = 0
    retries: int = 0
    number: int = 0

    @property
    def effect(self) -> str | None:
        return self.fault.effect if self.fault else None


class Outbox:
    """All deliveries of the running world, the oldest first."""

    def __init__(self) -> None:
        self.timeout = USUAL_TIMEOUT
        self._deliveries: list[Delivery] = []
        self._numbered = 0
        self._changed = threading.Condition()
        self._closed = False

    def add(self, delivery: Delivery, fault: DeliveryFault | None = None) -> None:
        with self._changed:
            self._numbered += 1
            delivery.number, delivery.fault = self._numbered, fault
            _apply(delivery)
            self._deliveries.append(delivery)
            self._forget()
            self._changed.notify_all()

    def all(self) -> list[Delivery]:
        with self._changed:
            return list(self._deliveries)

    def release(self) -> None:
        """Let go of what is held back."""
        with self._changed:
            for each in self._deliveries:
                if each.state == HELD:
                    each.state = PENDING
            self._changed.notify_all()

    def withdraw(self, fits: Callable[[Delivery], bool], reason: str) -> None:
        """Give up what is not through yet; what is being sent now gets no further try."""
        with self._changed:
            for each in self._deliveries:
                if each.state in FINISHED or not fits(each):
                    continue
                each.withdrawn, each.repeats = reason, 0
                if each.state != SENDING:
                    each.state, each.reason = LOST, reason
                    self._after(each)
            self._changed.notify_all()

    def wake(self) -> None:
        """Look again at what is due: the clock was advanced."""
        with self._changed:
            self._changed.notify_all()

    def open(self) -> None:
        with self._changed:
            self._closed = False

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take_due(self, now: float) -> Delivery | None:
        """The delivery that has been due for longest, marked as being sent."""
        with self._changed:
            return self._take(now)

    def wait_for_due(self, now: Callable[[], float]) -> Delivery | None:
        """The same, but wait for one; None where the outbox is closed."""
        with self._changed:
            while not self._closed:
                if (found := self._take(now())) is not None:
                    return found
                self._changed.wait(self._until_next(now()))
            return None

    def answered(self, delivery: Delivery, status: int, now: float) -> None:
        """Write down the answer to a try and decide how it goes on."""
        with self._changed:
            delivery.answers.append(status)
            if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
                delivery.state = DELIVERED
            elif not _is_retried(status):
                delivery.state, delivery.reason = LOST, f"{status} is not retried"
            elif delivery.withdrawn:
                delivery.state, delivery.reason = LOST, delivery.withdrawn
            elif delivery.retries >= RETRIES:
                delivery.state, delivery.reason = LOST, f"no success in {RETRIES} retries"
            else:
                delivery.retries += 1
                delivery.state = PENDING
                delivery.due = now + secrets.SystemRandom().uniform(SHORTEST_WAIT, LONGEST_WAIT)
            self._after(delivery)
            self._changed.notify_all()

    def wait_until_settled(self, now: Callable[[], float], timeout: float) -> bool:
        """Wait until nothing is due any more and nothing is being sent."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._is_settled(now()):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def _take(self, now: float) -> Delivery | None:
        due = [each for each in self._deliveries if each.state == PENDING and each.due <= now]
        if not due:
            return None
        found = min(due, key=lambda each: (each.due, each.number))
        found.state = SENDING
        return found

    def _until_next(self, now: float) -> float | None:
        waits = [each.due - now for each in self._deliveries if each.state == PENDING]
        return min(*waits, threading.TIMEOUT_MAX) if waits else None

    def _is_settled(self, now: float) -> bool:
        return not any(
            each.state == SENDING or (each.state == PENDING and each.due <= now) for each in self._deliveries
        )

    def _after(self, delivery: Delivery) -> None:
        """A delivery that came through twice, and those that waited for a later one."""
        if delivery.state == DELIVERED and delivery.repeats:
            delivery.repeats -= 1
            delivery.state = PENDING
        if delivery.state in FINISHED:
            for each in self._deliveries:
                if each.state == HELD and each.url == delivery.url and each.number < delivery.number:
                    each.state = PENDING

    def _forget(self) -> None:
        if len(self._deliveries) > KEPT:
            oldest = next((each for each in self._deliveries if each.state in FINISHED), None)
            if oldest is not None:
                self._deliveries.remove(oldest)


def _apply(delivery: Delivery) -> None:
    """What a fault changes about when a delivery is sent; its looks are changed by the sender."""
    if delivery.effect == "never":
        delivery.state, delivery.reason = LOST, "never sent, by a scripted fault"
    elif delivery.effect == "out-of-order":
        delivery.state = HELD
    elif delivery.effect == "twice":
        delivery.repeats = 1
    elif delivery.effect == "late" and delivery.fault is not None:
        delivery.due += delivery.fault.seconds


def _is_retried(status: int) -> bool:
    return status == NO_ANSWER or status in RETRIED or status >= FIRST_SERVER_ERROR
