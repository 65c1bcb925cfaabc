"""Decisions in words: what happened to a link, and what mends it. Pure.

A sentence stands on the ticket's page, in the activity of a connection and in `helpdesk sync explain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from helpdesk_core.sync.merge import Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What to call things."""

    product: str
    """The remote system."""
    ticket: str
    """The name of the ticket's status."""
    remote: str
    """The name of the issue's status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A decision as people read it."""

    sentence: str
    cure: str = ""
    """What a person can do. Empty: nothing needs to be done."""


MOVES: Final = "What moves need"
"""The page of a connection where fields get values, and done statuses may be allowed to be passed."""

_RETRY: Final = "then press Retry."

_WORDS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.AGREE: ("The ticket ({ticket}) and the issue ({remote}) are in step.", ""),
    Reason.UNTOUCHED: ("Neither side has changed since they were last in step.", ""),
    Reason.LEAVE: ("By the mapping, a ticket in {ticket} leaves the issue where it is.", ""),
    Reason.DRIVEN_REMOTELY: ("This issue is driven in {product}, so it stays in {remote}.", ""),
    Reason.NEW: ("The ticket keeps its status, because nobody has placed {remote} on the mapping yet.", ""),
    Reason.IGNORED: ("The ticket keeps its status, because the mapping ignores {remote}.", ""),
    Reason.NOT_FOLLOWED: ("The ticket keeps its status, because tickets do not follow {product} here.", ""),
    Reason.TICKET_CHANGED: ("The ticket is in {ticket}, so the issue moves.", ""),
    Reason.ISSUE_CHANGED: ("The issue went to {remote}, so the ticket follows.", ""),
    Reason.HELPDESK_WINS: ("Both sides changed. The helpdesk is followed here, so the issue moves.", ""),
    Reason.REMOTE_WINS: ("Both sides changed. {product} is followed here, so the ticket changes.", ""),
    Reason.BOTH_CHANGED: (
        "Both sides changed: the ticket is in {ticket}, the issue in {remote}.",
        "Choose which one holds.",
    ),
    Reason.REOPEN_REFUSED: (
        "The issue was reopened ({remote}), but {product} may not reopen a closed ticket here.",
        "Reopen the ticket, or keep both as they are.",
    ),
    Reason.NO_CARD: (
        "The mapping names no status to which the issue of a ticket in {ticket} goes.",
        f"Put a card into that column, or choose “leave the issue where it is”; {_RETRY}",
    ),
    Reason.NO_PATH: (
        "The issue is in {remote}, and its workflow does not lead from there to where it should go.",
        f"Move it in {{product}}, map {{ticket}} to a status that can be reached, or change the workflow; {_RETRY}",
    ),
    Reason.THROUGH_DONE: (
        "The only way from {remote} passes statuses that mean done.",
        f"Allow them under “{MOVES}”, or move the issue in {{product}}; {_RETRY}",
    ),
    Reason.FIELD_REQUIRED: (
        "The workflow asks for a field on the way, and nobody has said what to put into it.",
        f"Enter a value under “{MOVES}”; {_RETRY}",
    ),
    Reason.UNKNOWN: (
        "Nobody has seen yet whether the workflow leads from {remote} to where the issue should go.",
        f"Read the workflows anew under “{MOVES}”; {_RETRY}",
    ),
    Reason.NO_PERMISSION: (
        "The account that connects the helpdesk may not move this issue.",
        f"Give it the permission to transition issues in this project; {_RETRY}",
    ),
    Reason.REJECTED: (
        "{product} refused to move the issue on from {remote}.",
        f"Move it in {{product}}, or mend what it names; {_RETRY}",
    ),
    Reason.MOVED_BACK: (
        "The issue was on its way, and somebody or an automation in {product} moved it back to {remote}.",
        "Find out who did, then press Retry, or choose which side holds.",
    ),
    Reason.CIRCLING: (
        "The issue went to {remote}, but the ticket stays in {ticket}: the trackers in which it is linked answer each "
        "other in a circle.",
        "Find the automations that undo each other and mend one, then press Retry, or choose which side holds.",
    ),
}


def explain(reason: Reason, subject: Subject) -> Explanation:
    """Say a decision in one sentence, and what mends it where it needs mending."""
    sentence, cure = (
        text.format(product=subject.product, ticket=subject.ticket, remote=subject.remote) for text in _WORDS[reason]
    )
    return Explanation(sentence=sentence, cure=cure)
