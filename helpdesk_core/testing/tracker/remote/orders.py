"""Standing orders: to be told of changes at an address, until they end by themselves."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from helpdesk_core.testing.tracker.remote.records import Order
from helpdesk_core.testing.tracker.remote.serving import Call, RefusedCall, codes, demand, page, project_of
from helpdesk_core.testing.tracker.remote.state import ORDER_LIFETIME, Remote

MOST: Final = 5


def orders(remote: Remote, call: Call) -> dict[str, Any]:
    """List the standing orders of the account."""
    call.asked()
    remote.forget_ended_orders(call.place())
    return page(call, [_order(each) for each in call.place().orders.values()])


def place(remote: Remote, call: Call) -> dict[str, Any]:
    """Take a standing order."""
    body, site = call.body("url"), call.place()
    remote.forget_ended_orders(site)
    if urlsplit(body["url"]).scheme != "https":
        raise RefusedCall(codes.unprocessable_entity, "bad_address", "Deliveries go to https addresses only.")
    wanted = body.get("projects")
    if not isinstance(wanted, list) or not wanted:
        raise RefusedCall(codes.unprocessable_entity, "required", "projects is required.", field="projects")
    for id_ in wanted:
        demand(project_of(call, str(id_)), "listen")
    if len(site.orders) >= MOST:
        raise RefusedCall(codes.bad_request, "too_many", f"{MOST} standing orders are the most.")
    made = Order(remote.new_id("o"), body["url"], tuple(map(str, wanted)), remote.now() + ORDER_LIFETIME)
    site.orders[made.id] = made
    return _order(made)


def renew(remote: Remote, call: Call) -> dict[str, Any]:
    """Let a standing order begin its time anew."""
    found = _found(remote, call)
    found.ends_at = remote.now() + ORDER_LIFETIME
    return _order(found)


def cancel(remote: Remote, call: Call) -> None:
    """End a standing order."""
    del call.place().orders[_found(remote, call).id]


def _found(remote: Remote, call: Call) -> Order:
    remote.forget_ended_orders(call.place())
    if call.names["order"] not in call.place().orders:
        raise RefusedCall(codes.not_found, "not_found", "There is no such standing order.")
    return call.place().orders[call.names["order"]]


def _order(order: Order) -> dict[str, Any]:
    projects, ends_at = list(order.project_ids), order.ends_at.isoformat()
    return {"id": order.id, "url": order.url, "projects": projects, "ends_at": ends_at}
