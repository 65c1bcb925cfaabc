"""What the statuses of Roundup's templates mean for tickets. Pure.

Roundup knows no categories of statuses: a status is a name and a place in an order, and each tracker has its own. So
names are all that tells; one that neither equals a ticket status' name nor is known here is left to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from helpdesk_core.values import RemoteStatus, Suggestion, SuggestRequest, SystemStatus, TicketStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a name is known to mean."""

    system: SystemStatus
    reason: str
    comes_last: bool = False


OPEN, DOING, WAITING, DONE = SystemStatus.OPEN, SystemStatus.IN_PROGRESS, SystemStatus.WAITING, SystemStatus.DONE
KNOWN: Final = {
    "unread": Known(system=OPEN, reason="In Roundup it is the first status: nobody has looked at the issue yet."),
    "new": Known(system=OPEN, reason="It is the first status of Roundup's development template."),
    "open": Known(system=OPEN, reason="It is what Roundup's development template calls what is to be done."),
    "in progress": Known(system=DOING, reason="Somebody works on it."),
    "chatting": Known(
        system=DOING,
        reason="Roundup sets it by itself when people talk about the issue; work is not sent there.",
        comes_last=True,
    ),
    "testing": Known(system=DOING, reason="The work is being tested, so it is not done yet.", comes_last=True),
    "need eg": Known(system=WAITING, reason="The issue waits for an example from whoever reported it."),
    "pending": Known(system=WAITING, reason="Roundup's development template asks for feedback by it."),
    "deferred": Known(system=WAITING, reason="The issue was put off.", comes_last=True),
    "languishing": Known(system=WAITING, reason="Nobody takes the issue up.", comes_last=True),
    "resolved": Known(system=DONE, reason="It is how an issue ends in Roundup's classic template."),
    "closed": Known(system=DONE, reason="It is how an issue ends in Roundup's development template."),
    "done cbb": Known(
        system=DONE, reason="It is done, but could be better (“done-cbb”); work is not sent there.", comes_last=True
    ),
}
"""By name, from ``initial_data.py`` of the classic and devel templates and from trackers made of them."""


def suggestions(request: SuggestRequest) -> Iterable[Suggestion]:
    """Propose by the same name, then by what a name is known to mean."""
    by_name = {folded(ticket.name): ticket for ticket in request.tickets}
    by_key = {ticket.key: ticket for ticket in request.tickets}
    for remote in request.remote:
        if same := by_name.get(folded(remote.name)):
            yield _by_same_name(remote, same)
        elif (known := KNOWN.get(folded(remote.name))) and (home := by_key.get(known.system)):
            yield Suggestion(
                remote_id=remote.id, ticket_status=home.key, reason=known.reason, comes_last=known.comes_last
            )


def _by_same_name(remote: RemoteStatus, same: TicketStatus) -> Suggestion:
    return Suggestion(remote_id=remote.id, ticket_status=same.key, reason="It has the same name.")


def is_over(name: str) -> bool:
    """Whether an issue of this status is known to be done."""
    known = KNOWN.get(folded(name))
    return known is not None and known.system is DONE


def folded(name: str) -> str:
    """Return a name as it is compared: ``need-eg``, ``Need EG`` and ``need_eg`` are one."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
