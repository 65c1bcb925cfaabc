"""What the tests of the tracker share: a clock, a connection, and short ways to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from helpdesk_core.testing.tracker import Tracker, connection_to, settings_of
from helpdesk_core.testing.tracker.service import answer
from helpdesk_core.values import (
    ConnectCallback,
    ConnectRequest,
    Delivery,
    RemoteProject,
    Secret,
    SubscribeRequest,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALLBACK = "https://desk.example/callback?x=1"
HOOK = "https://desk.example/webhooks/tracker"
ACME = RemoteProject(id="p-1", key="ACME", name="Acme")


class World:
    """A tracker with a clock that only a test moves, and a connection to it."""

    def __init__(self):
        self.moment = NOON
        self.tracker = Tracker(now=lambda: self.moment)
        self.connection = connection_to(self.tracker)
        self.settings = settings_of(self.tracker)

    def later(self, **span):
        self.moment += timedelta(**span)

    def asked(self):
        """Take the calls since the last time."""
        taken, self.tracker.calls[:] = list(self.tracker.calls), []
        return taken

    def begin(self, state="st&te=1"):
        return ConnectRequest(
            callback_url=CALLBACK,
            state=Secret(state),
            settings=self.settings,
            http=self.tracker.session(),
            now=self.moment,
        )

    def callback(self, query=None, form=None, kept=None):
        return ConnectCallback(
            callback_url=CALLBACK,
            settings=self.settings,
            http=self.tracker.session(),
            now=self.moment,
            query={name: Secret(text) if name in {"code", "state"} else text for name, text in (query or {}).items()},
            form={name: Secret(text) for name, text in (form or {}).items()},
            kept=kept or {},
        )

    def subscription(self, *known, projects=("p-1",), url=HOOK):
        return SubscribeRequest(connection=self.connection, url=url, project_ids=projects, known_ids=known)

    def delivery(self, headers, body, settings=None):
        return Delivery(
            headers=headers, body=body, settings=self.settings if settings is None else settings, now=self.moment
        )

    def answers(self, status, body=b"", headers=None):
        """Let every request be answered so."""
        self.tracker.interfere = lambda request: answer(request, status, body, headers)

    def orders(self):
        return self.tracker.sites["w-1"].orders
