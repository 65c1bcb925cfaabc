"""Mistakes with deliveries and standing orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

import requests

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.tracker.ordering import StandingOrder, orders_of, remove
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.testing.tracker.webhooks import TrackerWebhooks
from helpdesk_core.values import About, Delivery, Notice, Secret, SubscribeRequest, Subscription
from tests.contracts.mutants.planting import Bed

BED = Bed()
TOLD = "test_webhooks_a_change_is_told"
FORGED = "test_webhooks_a_forged_delivery_is_refused"
GARBAGE = "test_webhooks_garbage_is_refused"
REPEATED = "test_webhooks_a_repetition_bears_the_same_id"
RENEWED = "test_webhooks_renewing_keeps_the_order"
ENDED = "test_webhooks_unsubscribing_ends_deliveries"
SESSIONS: Final[list[requests.Session]] = []


@BED.plant(TOLD)
class NoOrder(TrackerWebhooks):
    """It does not say by which order a delivery came."""

    def notice_of(self, told: Told, about: About) -> Notice:
        return replace(super().notice_of(told, about), subscription_ids=())


@BED.plant(TOLD)
class WorkspaceByName(TrackerWebhooks):
    """It names the workspace as people call it."""

    def notice_of(self, told: Told, about: About) -> Notice:
        return replace(super().notice_of(told, about), workspace_hint="Acme")


@BED.plant(TOLD)
class NoWorkspace(TrackerWebhooks):
    """It does not say in which workspace something changed."""

    def notice_of(self, told: Told, about: About) -> Notice:
        return replace(super().notice_of(told, about), workspace_hint="")


@BED.plant("test_webhooks_receiving_asks_nobody")
class AsksOnReceiving(TrackerWebhooks):
    """It keeps a session in order to read the issue at once."""

    def subscribe(self, request: SubscribeRequest) -> Subscription:
        SESSIONS[:] = [request.connection.http]
        return super().subscribe(request)

    def notice_of(self, told: Told, about: About) -> Notice:
        for each in SESSIONS:
            each.get("https://tracker.test/workspaces").close()
        return super().notice_of(told, about)


@BED.plant(FORGED)
class BelievesAll(TrackerWebhooks):
    """It checks no signature."""

    def check_signature(self, delivery: Delivery) -> None:
        """Believe everybody."""

    def check_age(self, delivery: Delivery) -> None:
        """Believe everybody."""


@BED.plant(FORGED)
class BelievesASignature(TrackerWebhooks):
    """It only looks whether there is a signature."""

    def check_signature(self, delivery: Delivery) -> None:
        if not delivery.headers.get("x-tracker-signature"):
            super().check_signature(delivery)


@BED.plant(FORGED)
class BelievesWithoutASignature(TrackerWebhooks):
    """It checks a signature where there is one."""

    def check_signature(self, delivery: Delivery) -> None:
        if delivery.headers.get("x-tracker-signature"):
            super().check_signature(delivery)

    def check_age(self, delivery: Delivery) -> None:
        if delivery.headers.get("x-tracker-signature"):
            super().check_age(delivery)


@BED.plant(FORGED)
class OwnWordForForged(TrackerWebhooks):
    """It refuses a forged delivery by a code of its own."""

    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        try:
            return super().receive(delivery)
        except Rejected as refusal:
            raise Rejected(refusal.reason, cure=refusal.cure, code="unreadable") from None


@BED.plant(GARBAGE)
class ReadsBeforeItChecks(TrackerWebhooks):
    """It reads the body before it checks the signature, and fails over garbage."""

    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        json.loads(delivery.body)
        return super().receive(delivery)


@BED.plant(GARBAGE)
class RepeatsGarbage(TrackerWebhooks):
    """It repeats in its refusal what was sent."""

    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        try:
            return super().receive(delivery)
        except Rejected as refusal:
            reason = f"{refusal.reason} It said {delivery.body.decode(errors='replace')}."
            raise Rejected(reason, cure=refusal.cure, code=refusal.code) from None


@BED.plant(REPEATED)
class NewIdEachTime(TrackerWebhooks):
    """It makes up an id for each arrival."""

    def notice_of(self, told: Told, about: About) -> Notice:
        return replace(super().notice_of(told, about), delivery_id=str(uuid4()))


@BED.plant(REPEATED)
class IssueForDelivery(TrackerWebhooks):
    """It knows a delivery by the issue of which it tells."""

    def notice_of(self, told: Told, about: About) -> Notice:
        found = super().notice_of(told, about)
        return replace(found, delivery_id=found.issue_id)


@BED.plant(REPEATED)
class NoDeliveryId(TrackerWebhooks):
    """It gives no id to a delivery."""

    def notice_of(self, told: Told, about: About) -> Notice:
        return replace(super().notice_of(told, about), delivery_id="")


@BED.plant("test_webhooks_subscribing_again_leaves_one_order")
class CleansUpLate(TrackerWebhooks):
    """It removes strays only when the tracker says that there are too many."""

    def subscribe(self, request: SubscribeRequest) -> Subscription:
        client = self.client.of(request.connection)
        try:
            return self.placed(client, request)
        except Rejected:
            remove(client, orders_of(client))
            return self.placed(client, request)


@BED.plant(RENEWED)
class RenewsByANewOne(TrackerWebhooks):
    """It places another order in place of renewing, and gives that one's id."""

    def renew(self, request: SubscribeRequest) -> Subscription | None:
        kept = super().renew(request)
        return kept and self.subscribe(replace(request, known_ids=()))


@BED.plant(RENEWED)
class RenewsTheEnded(TrackerWebhooks):
    """It refuses where the order has ended, in place of saying so."""

    def renew(self, request: SubscribeRequest) -> Subscription | None:
        kept = super().renew(request)
        if kept is None:
            raise Rejected("The order has ended.", cure="Subscribe anew.", code="gone")
        return kept


@BED.plant(RENEWED)
class RenewsForAMinute(TrackerWebhooks):
    """It tells another end than the tracker's."""

    def renew(self, request: SubscribeRequest) -> Subscription | None:
        kept = super().renew(request)
        return kept and replace(kept, expires_at=kept.expires_at and kept.expires_at - timedelta(days=29))


@BED.plant(ENDED)
class UnsubscribesOnce(TrackerWebhooks):
    """It fails where nothing is ordered any more."""

    def at_address(self, orders: Sequence[StandingOrder], request: SubscribeRequest) -> list[StandingOrder]:
        if not (found := super().at_address(orders, request)):
            raise Rejected("Nothing is ordered.", cure="Subscribe first.", code="gone")
        return found


@BED.plant(ENDED)
class UnsubscribesTheKnown(TrackerWebhooks):
    """It removes the order that the helpdesk remembers, and no forgotten one at the same address."""

    def at_address(self, orders: Sequence[StandingOrder], request: SubscribeRequest) -> list[StandingOrder]:
        return [each for each in orders if each.id in request.known_ids]


@BED.plant(FORGED)
class AnySecret(TrackerWebhooks):
    """It checks the signature by the secret of its own test system."""

    def check_signature(self, delivery: Delivery) -> None:
        here = {**delivery.settings, "client_secret": Secret("app-key-0123456789abcdef")}
        super().check_signature(replace(delivery, settings=here))


@BED.plant("test_errors_refused_credentials_are_told")
class BelievesNoOrders(TrackerWebhooks):
    """It believes that nothing is ordered, which is what the tracker tells strangers."""

    def unsubscribe(self, request: SubscribeRequest) -> None:
        client = self.client.of(request.connection)
        remove(client, self.at_address(orders_of(client), request))
