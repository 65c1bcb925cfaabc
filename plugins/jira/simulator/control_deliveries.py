"""The part of `Control` that is about deliveries and automations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plugins.jira.simulator.automations import Rule
from plugins.jira.simulator.delivery_faults import USUAL_SECONDS, USUAL_SIZE, DeliveryFault
from plugins.jira.simulator.sending import CLOCKS
from plugins.jira.simulator.state import UnknownNameError
from plugins.jira.simulator.world import Automation

if TYPE_CHECKING:
    from plugins.jira.simulator.deliveries import Delivery
    from plugins.jira.simulator.sending import Sender
    from plugins.jira.simulator.state import LiveSite, State


class DeliveryControl:
    _state: State
    _sender: Sender

    def delivery_fault(
        self,
        effect: str,
        times: int | None = 1,
        *,
        skip: int = 0,
        seconds: float = USUAL_SECONDS,
        size: int = USUAL_SIZE,
    ) -> None:
        """Script trouble for the next deliveries: `delivery_fault("late", seconds=300)`.

        `seconds` is for `late`, `size` (in bytes) for `huge-body`; `times=None` means: until
        `clear_delivery_faults()`.
        """
        fault = DeliveryFault(effect, times, skip, seconds, size)
        with self._state.lock:
            self._state.delivery_faults.add(fault)

    def clear_delivery_faults(self) -> None:
        """Forget the faults that wait, and let go of what `out-of-order` holds back."""
        with self._state.lock:
            self._state.delivery_faults.clear()
        self._state.outbox.release()

    def deliveries(self, state: str | None = None) -> list[Delivery]:
        """All deliveries, the oldest first: pending, sending, held, delivered or lost."""
        return [each for each in self._state.outbox.all() if state is None or each.state == state]

    def settle_deliveries(self, timeout: float = 10.0) -> None:
        """Wait until no delivery is due. Retries and late ones become due by `advance`.

        Raises:
            TimeoutError: something is still due after `timeout` seconds.
        """
        if not self._sender.settle(timeout):
            open_ones = [f"{each.event} of {each.key}" for each in self.deliveries() if each.state != "delivered"]
            raise TimeoutError(f"not settled after {timeout} seconds: {', '.join(open_ones)}")

    def set_delivery_timeout(self, seconds: float) -> None:
        """How long a receiver may take, in real seconds."""
        self._state.outbox.timeout = seconds

    def sign_by(self, clock: str) -> None:
        """By which clock tokens of deliveries are signed: `wall` (usual) or `simulator`."""
        if clock not in CLOCKS:
            raise ValueError(f'no clock is called "{clock}": write one of {", ".join(CLOCKS)}')
        self._sender.signing_clock = clock

    def add_automation(
        self,
        site: str,
        project: str,
        *,
        when_status: str,
        then_transition_to: str,
        by: str | None = None,
        times: int | None = None,
    ) -> None:
        """Let an issue that enters `when_status` be moved on to another status (ids or names)."""
        with self._state.lock:
            live = self._state.site(site)
            _check_statuses(live, project, (when_status, then_transition_to))
            account = self._state.account(by).id if by else None
            made = Automation(project, when_status, then_transition_to, account, times)
            live.rules.append(Rule(made, times))

    def clear_automations(self, site: str | None = None) -> None:
        """Forget the automations of a site, or of all."""
        with self._state.lock:
            for live in [self._state.site(site)] if site else self._state.sites.values():
                live.rules.clear()


def _check_statuses(live: LiveSite, key: str, names: tuple[str, ...]) -> None:
    project = next((each for each in live.site.projects if each.key == key), None)
    if project is None:
        known = ", ".join(each.key for each in live.site.projects)
        raise UnknownNameError(f'the site {live.site.name} has no project "{key}"; it has {known}')
    known_names = {name for status in project.statuses() for name in (status.id, status.name.lower())}
    for name in names:
        if name.lower() not in known_names:
            known = ", ".join(status.name for status in project.statuses())
            raise UnknownNameError(f'the project {key} has no status "{name}"; it has {known}')


def delivery_shape(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON, its body as it was made before any fault."""
    names = ("identifier", "site", "url", "event", "key", "account", "flow", "state", "effect", "reason")
    shape: dict[str, Any] = {name: getattr(delivery, name) for name in names}
    return shape | {
        "webhooks": list(delivery.webhook_ids),
        "answers": list(delivery.answers),
        "retries": delivery.retries,
        "due": delivery.due,
        "body": json.loads(delivery.body),
    }
