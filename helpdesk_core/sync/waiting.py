"""What becomes of a link while the remote system cannot be asked: it waits, says so, and is tried again by itself."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.jobs import RetryLater
from helpdesk_core.sync.links import record, show
from helpdesk_core.sync.models import NEEDS_A_PERSON, Happening, Link, LinkState

FIRST_S: Final = 2.0
LONGEST_S: Final = 60.0
"""Long enough to leave a remote system in peace, short enough that nobody thinks of doing it by hand."""
SPREAD: Final = (0.7, 1.3)
"""A hundred links that failed together must not come back together."""


def later(host: Host, link_id: int, error: TemporarilyUnavailable, *, attempt: int) -> RetryLater:
    """Let a link wait, and say for how long: what the remote system asked for, else longer with each attempt."""
    sentence = f"{error} The helpdesk tries again by itself; nothing is lost."
    with host.database.write() as session:
        link = session.get(Link, link_id, with_for_update={"key_share": True})
        if link and link.state not in NEEDS_A_PERSON:
            news = (link.state, link.reason) != (LinkState.WAITING, "unavailable")
            show(link, LinkState.WAITING, "unavailable", sentence, now=host.now())
            if news:
                record(session, link, Happening.WAITING, sentence, now=host.now())
    return RetryLater(after=pause_after(error, attempt), reason=str(error))


def pause_after(error: TemporarilyUnavailable, attempt: int) -> timedelta:
    """Return how long to wait before the next attempt."""
    growing = min(LONGEST_S, FIRST_S * 2 ** (min(attempt, 10) - 1))
    asked = error.retry_after or 0.0
    spread = random.uniform(*SPREAD)  # noqa: S311 - spreads load, guards nothing
    return timedelta(seconds=max(asked, 0.0) + spread * (FIRST_S / 2 if asked else growing))
