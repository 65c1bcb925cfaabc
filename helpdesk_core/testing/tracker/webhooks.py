"""Takes the tracker's deliveries, and looks after the standing order for them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import ClassVar, Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import WebhookReceiver
from helpdesk_core.testing.tracker.client import Client, segment
from helpdesk_core.testing.tracker.ordering import StandingOrder, order_of, orders_of, remove
from helpdesk_core.testing.tracker.signing import read
from helpdesk_core.testing.tracker.told import Told, Unreadable
from helpdesk_core.values import About, Delivery, Notice, SubscribeRequest, Subscription

OLDEST: Final = 300
"""Seconds by which a delivery may be old, or our clocks differ."""
ABOUT: Final = {
    "issue.created": About.NEW_ISSUE,
    "issue.changed": About.ISSUE,
    "comment.written": About.COMMENTS,
    "comment.edited": About.COMMENTS,
    "comment.deleted": About.COMMENTS,
}


class TrackerWebhooks(WebhookReceiver):
    """The deliveries of all workspaces, and the standing order of one."""

    client: ClassVar[type[Client]] = Client

    # ── deliveries ──

    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        """Verify, then read."""
        self.check_signature(delivery)
        self.check_age(delivery)
        try:
            return self.notices_of(Told.of(delivery.body))
        except Unreadable:
            raise Rejected(
                "A delivery of the tracker cannot be read.", cure="Update the plugin.", code="unreadable"
            ) from None

    def check_signature(self, delivery: Delivery) -> None:
        """Refuse what is not signed with the client secret: the moment and the body, letter by letter."""
        secret = read(delivery.settings, "client_secret")
        moment = delivery.headers.get("x-tracker-timestamp", "")
        signature = delivery.headers.get("x-tracker-signature", "")
        signed = moment.encode("utf-8", "replace") + b"." + delivery.body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        is_right = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
        if not secret or not is_right:
            raise unverified("it is not signed with the client secret of this app")

    def check_age(self, delivery: Delivery) -> None:
        """Refuse what was sent long ago: somebody may have kept it."""
        moment = delivery.headers.get("x-tracker-timestamp", "")
        if not (moment.isascii() and moment.isdecimal() and len(moment) < 12):  # noqa: PLR2004  # seconds of 3000 years
            raise unverified("it does not say when it was sent")
        if abs(delivery.now.timestamp() - int(moment)) > OLDEST:
            raise unverified("it is too old")

    def notices_of(self, told: Told) -> tuple[Notice, ...]:
        """Say what a delivery means; what we do not know is about something else."""
        event = told.text("event")
        return (self.notice_of(told, ABOUT[event]),) if event in ABOUT else ()

    def notice_of(self, told: Told, about: About) -> Notice:
        """Read a notice."""
        return Notice(
            delivery_id=told.text("delivery"),
            workspace_hint=told.text("workspace"),
            subscription_ids=(told.text("order"),),
            issue_id=told.text("issue"),
            status_id=told.maybe("status") or None,
            event=told.text("event"),
            about=about,
        )

    # ── the standing order ──

    def subscribe(self, request: SubscribeRequest) -> Subscription:
        """Remove strays; then keep the order that is as wanted, or place another and remove the old one after it."""
        client = self.client.of(request.connection)
        known, strays = self.sorted_out(orders_of(client), request)
        remove(client, strays)
        for order in known:
            if order.project_ids == frozenset(request.project_ids) and (kept := self.renewed(client, order.id)):
                remove(client, [each for each in known if each.id != order.id])
                return kept
        made = self.placed(client, request)
        remove(client, known)
        return made

    def sorted_out(
        self, orders: Sequence[StandingOrder], request: SubscribeRequest
    ) -> tuple[list[StandingOrder], list[StandingOrder]]:
        """Tell what the helpdesk remembers at this address from strays."""
        known = [each for each in orders if each.id in request.known_ids and each.url == request.url]
        return known, [each for each in orders if each not in known]

    def placed(self, client: Client, request: SubscribeRequest) -> Subscription:
        """Place one standing order for all projects."""
        projects = list(dict.fromkeys(request.project_ids))
        if not projects:
            reason = "No project is in use, so there is nothing to be told of."
            raise Rejected(reason, cure="Choose a project first.", code="no_project")
        return order_of(client.post("orders", {"url": request.url, "projects": projects})).subscription()

    def renew(self, request: SubscribeRequest) -> Subscription | None:
        """Extend the first standing order that the tracker still knows."""
        client = self.client.of(request.connection)
        renewed = (self.renewed(client, each) for each in request.known_ids)
        return next((each for each in renewed if each), None)

    def renewed(self, client: Client, order_id: str) -> Subscription | None:
        """Extend one standing order; None: the tracker does not know it any more."""
        try:
            return order_of(client.post(f"orders/{segment(order_id)}/renewal", {})).subscription()
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
            return None

    def unsubscribe(self, request: SubscribeRequest) -> None:
        """Remove all that is ours at this address."""
        client = self.client.of(request.connection)
        found = orders_of(client)
        if not found:
            client.me()  # a stranger is shown an empty list, and the orders of ours would stay
        remove(client, self.at_address(found, request))

    def at_address(self, orders: Sequence[StandingOrder], request: SubscribeRequest) -> list[StandingOrder]:
        """Return the orders that lead to this address, or that the helpdesk remembers."""
        return [each for each in orders if each.url == request.url or each.id in request.known_ids]


def unverified(why: str) -> Rejected:
    """Refuse a delivery; the reason never repeats what was sent."""
    return Rejected(
        f"A delivery was not accepted: {why}.",
        cure="If the tracker's own deliveries are refused, compare the client secrets.",
        code="unverified",
    )
