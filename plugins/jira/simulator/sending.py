"""Sends what is due over real HTTP: a thread beside the server, or the caller where none runs.

Headers after facts §3.3. Not confirmed, and decided here: deliveries go out one after another;
redirects are not followed and lose the event; the token is signed anew for every try, by the wall
clock, because the receiver's clock is no other (`sign_by("simulator")` takes the simulator's).
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from typing import TYPE_CHECKING, Final

import requests

from plugins.jira.simulator.clock import HOUR
from plugins.jira.simulator.deliveries import NO_ANSWER
from plugins.jira.simulator.signing import bearer_token

if TYPE_CHECKING:
    from plugins.jira.simulator.deliveries import Delivery
    from plugins.jira.simulator.state import State

UNKNOWN_SITE: Final = "https://nobody-knows.atlassian.net"
UNKNOWN_WEBHOOK: Final = 999_999
AGENT: Final = "Atlassian Webhook HTTP Client"
CLOCKS: Final = ("wall", "simulator")


class Sender:
    def __init__(self, state: State) -> None:
        self._state = state
        self._outbox = state.outbox
        self._thread: threading.Thread | None = None
        self.signing_clock = "wall"
        state.clock.listeners.append(self._outbox.wake)

    def start(self) -> None:
        self._outbox.open()
        self._thread = threading.Thread(target=self._run, name="jira-simulator-deliveries", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a try that is under way may take up to its timeout."""
        thread, self._thread = self._thread, None
        self._outbox.close()
        if thread is not None:
            thread.join()

    def settle(self, timeout: float) -> bool:
        """Wait until nothing is due; without a thread, send it all here and now."""
        if self._thread is None:
            while (delivery := self._outbox.take_due(self._state.clock.now())) is not None:
                self._send(delivery)
        return self._outbox.wait_until_settled(self._state.clock.now, timeout)

    def _run(self) -> None:
        while (delivery := self._outbox.wait_for_due(self._state.clock.now)) is not None:
            self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        status = self._post(delivery)
        self._outbox.answered(delivery, status, self._state.clock.now())

    def _post(self, delivery: Delivery) -> int:
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no netrc of this machine
            try:
                with session.post(
                    delivery.url,
                    data=sent_body(delivery),
                    headers=self._headers(delivery),
                    timeout=self._outbox.timeout,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    return answer.status_code
            except requests.RequestException:
                return NO_ANSWER

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._token(delivery)}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": AGENT,
            "X-Atlassian-Webhook-Identifier": delivery.identifier,
            "X-Atlassian-Webhook-Flow": delivery.flow,
        }
        if delivery.retries:
            headers["X-Atlassian-Webhook-Retry"] = str(delivery.retries)
        return headers

    def _token(self, delivery: Delivery) -> str:
        now = time.time() if self.signing_clock == "wall" else self._state.clock.now()
        return bearer_token(
            self._state.app,
            account=delivery.account,
            cloud_id=str(uuid.uuid4()) if delivery.effect == "unknown-site" else delivery.cloud_id,
            now=now - HOUR if delivery.effect == "expired-token" else now,
            secret=secrets.token_hex(32) if delivery.effect == "bad-signature" else None,
        )


def sent_body(delivery: Delivery) -> bytes:
    """The body as it goes out, with what a fault does to it."""
    if delivery.effect == "broken-json":
        return delivery.body[: len(delivery.body) // 2]
    if delivery.effect == "huge-body" and delivery.fault is not None:
        return _filled(delivery.body, delivery.fault.size)
    if delivery.effect == "unknown-site":
        return _of_nobody(delivery)
    return delivery.body


def _filled(body: bytes, size: int) -> bytes:
    content = json.loads(body)
    content["issue"]["fields"]["description"] = ""
    room = size - len(json.dumps(content).encode())
    content["issue"]["fields"]["description"] = "x" * max(room, 0)
    return json.dumps(content).encode()


def _of_nobody(delivery: Delivery) -> bytes:
    content = json.loads(delivery.body.replace(delivery.site_url.encode(), UNKNOWN_SITE.encode()))
    return json.dumps(content | {"matchedWebhookIds": [UNKNOWN_WEBHOOK]}).encode()
