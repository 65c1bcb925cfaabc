"""The webhook receiver: told of changes by whom it can believe, once, and to nobody's delay."""

from __future__ import annotations

from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.connected import utc_now
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.remote import Arrived
from helpdesk_core.values import Delivery, Notice, Secret, SettingsMap

UNHEARD_OF: Final = "q7-unheard-of"
GARBAGE: Final = (b"", b"{", b"null", b"[1]", f'{{"{UNHEARD_OF}": true}}'.encode(), b"\xff\xfe")


class WebhookReceiverContract(Contract):
    """Deliveries of the remote system are understood, everybody else's are refused, and orders leave no strays."""

    hook = "helpdesk_webhook_receiver"

    # ── receive ──

    @reads("WebhookReceiver.receive", "Notice")
    def test_webhooks_a_change_is_told(self, desk: Desk) -> None:
        """When somebody moves an issue, a delivery comes, and says which issue, where, and by which order."""
        order = desk.receiver.subscribe(desk.order())
        issue_id, notices = _move_and_hear(desk)
        told = [each for each in notices if each.issue_id == issue_id]
        assert told, f"no notice tells of the issue {issue_id}"
        assert all(order.id in each.subscription_ids for each in told), "a notice does not name its order"
        hint, workspace = told[0].workspace_hint, desk.connection.workspace
        assert hint == workspace.id or (hint and workspace.url.startswith(hint)), f"the workspace is not told by {hint}"

    @reads("WebhookReceiver.receive")
    def test_webhooks_receiving_asks_nobody(self, desk: Desk) -> None:
        """The sender waits for the answer, so reading a delivery makes no call."""
        desk.receiver.subscribe(desk.order())
        arrived = _deliveries_of_a_move(desk)[1]
        before = len(desk.line.sent)
        _hear(desk, arrived)
        assert len(desk.line.sent) == before, "receive asked the remote system"

    @reads("WebhookReceiver.receive", "Rejected")
    def test_webhooks_a_forged_delivery_is_refused(self, desk: Desk) -> None:
        """Without its proof, or proved by another secret, a delivery is `Rejected` with the code `unverified`."""
        desk.receiver.subscribe(desk.order())
        for headers, body in _deliveries_of_a_move(desk)[1]:
            bare = {name: value for name, value in headers.items() if name in {"content-type", "content-length"}}
            assert _refusal(desk, (bare, body)) == "unverified", "a delivery without a proof was believed"
            foreign = {name: _other(value) for name, value in desk.connection.settings.items()}
            assert _refusal(desk, (headers, body), foreign) == "unverified", "the proof of another secret was believed"

    @reads("WebhookReceiver.receive", "Rejected")
    def test_webhooks_garbage_is_refused(self, desk: Desk) -> None:
        """What cannot be read is `Rejected` as `unreadable` (or `unverified`), and nothing of it is repeated."""
        desk.receiver.subscribe(desk.order())
        headers, _ = _deliveries_of_a_move(desk)[1][0]
        for body in GARBAGE:
            refused = _refused(desk, (headers, body))
            code = refused.code if refused else ""
            assert code in {"unreadable", "unverified", ""}, f"{body!r} was refused as {code}"
            assert UNHEARD_OF not in str(refused), "the refusal repeats what was sent"

    @reads("Notice")
    def test_webhooks_a_repetition_bears_the_same_id(self, desk: Desk) -> None:
        """A delivery that comes twice has one id, so that it is taken once; another change has another."""
        desk.receiver.subscribe(desk.order())
        issue_id = desk.seed()
        begun, there = desk.remote.status_of(issue_id), desk.a_move(issue_id).to_id
        desk.remote.move_issue(issue_id, there)
        first = list(desk.remote.deliveries())
        assert first, "somebody moved an issue of the project, and no delivery came"
        twice = [{each.delivery_id for each in _hear(desk, first)} for _ in range(2)]
        assert twice[0] == twice[1], "the same delivery has another id each time"
        assert all(twice[0]), "a delivery has no id"
        desk.remote.move_issue(issue_id, begun)
        second = {each.delivery_id for each in _hear(desk, list(desk.remote.deliveries())[len(first) :])}
        assert second, "somebody moved the issue back, and no delivery came"
        assert not (second & twice[0]), "two changes came under one id"

    # ── orders ──

    @reads("WebhookReceiver.subscribe", "SubscribeRequest")
    def test_webhooks_subscribing_again_leaves_one_order(self, desk: Desk) -> None:
        """Subscribing anew, with the old order known or forgotten, leaves one: else each change comes twice."""
        known = desk.receiver.subscribe(desk.order())
        desk.receiver.subscribe(desk.order(known.id))
        desk.receiver.subscribe(desk.order())
        issue_id, notices = _move_and_hear(desk)
        told = [each.delivery_id for each in notices if each.issue_id == issue_id and not _is_new(each)]
        assert len(told) == 1, f"one move came in {len(told)} deliveries"

    @reads("WebhookReceiver.renew", "Subscription")
    def test_webhooks_renewing_keeps_the_order(self, desk: Desk) -> None:
        """`renew` moves the end on, or says None where the remote system does not know the order any more."""
        order = desk.receiver.subscribe(desk.order())
        renewed = desk.receiver.renew(desk.order(order.id))
        assert renewed is not None, "an order that stands is not known"
        assert renewed.id == order.id
        assert renewed.expires_at is None or renewed.expires_at > utc_now()
        ends = (order.expires_at, renewed.expires_at)
        assert ends[0] is None or ends[1] is None or ends[1] >= ends[0], "it ends earlier than before it was renewed"
        desk.receiver.unsubscribe(desk.order(order.id))
        assert desk.receiver.renew(desk.order(order.id)) is None, "an order that was removed was renewed"

    @reads("WebhookReceiver.unsubscribe")
    def test_webhooks_unsubscribing_ends_deliveries(self, desk: Desk) -> None:
        """After `unsubscribe` nothing is delivered, also by a forgotten order; that nothing was ordered is no error."""
        order = desk.receiver.subscribe(desk.order())
        for known in ((), (order.id,)):
            desk.receiver.unsubscribe(desk.order(*known))
            assert _deliveries_of_a_move(desk, demand=False)[1] == [], "a delivery came after unsubscribing"

    @reads("ConnectFlow.revoke")
    def test_webhooks_revoking_ends_deliveries(self, desk: Desk) -> None:
        """Disconnecting leaves no order behind: nobody would remove it any more."""
        issue_id = desk.seed()
        there = desk.a_move(issue_id).to_id
        desk.receiver.subscribe(desk.order())
        desk.flow.revoke(desk.connection)
        desk.remote.move_issue(issue_id, there)
        assert list(desk.remote.deliveries()) == [], "a delivery came after disconnecting"


def _move_and_hear(desk: Desk) -> tuple[str, list[Notice]]:
    issue_id, arrived = _deliveries_of_a_move(desk)
    return issue_id, _hear(desk, arrived)


def _deliveries_of_a_move(desk: Desk, *, demand: bool = True) -> tuple[str, list[Arrived]]:
    """Let somebody create an issue and move it; return all deliveries so far."""
    issue_id = desk.seed()
    desk.remote.move_issue(issue_id, desk.a_move(issue_id).to_id)
    arrived = list(desk.remote.deliveries())
    assert arrived or not demand, "somebody moved an issue of the project, and no delivery came"
    return issue_id, arrived


def _hear(desk: Desk, arrived: list[Arrived]) -> list[Notice]:
    return [notice for each in arrived for notice in desk.receiver.receive(_delivery(desk, each))]


def _delivery(desk: Desk, arrived: Arrived, settings: SettingsMap | None = None) -> Delivery:
    headers, body = arrived
    taken = desk.connection.settings if settings is None else settings
    return Delivery(headers=headers, body=body, settings=taken, now=utc_now())


def _refusal(desk: Desk, arrived: Arrived, settings: SettingsMap | None = None) -> str:
    """Return the code with which a delivery is refused; empty where it is taken."""
    refused = _refused(desk, arrived, settings)
    return refused.code if refused else ""


def _refused(desk: Desk, arrived: Arrived, settings: SettingsMap | None = None) -> Rejected | None:
    try:
        desk.receiver.receive(_delivery(desk, arrived, settings))
    except Rejected as refused:
        return refused
    return None


def _other(value: str | Secret) -> str | Secret:
    return Secret("a-secret-of-somebody-else") if isinstance(value, Secret) else value


def _is_new(notice: Notice) -> bool:
    return notice.about.value == "new_issue"
