"""Decides what becomes of a ticket and its issue, from what both are and what they were when last in step. Pure.

`merge` is the only place that decides; ticket changes, deliveries, polls and replays all end here. `docs/sync-laws.md`
tells the rules to people and names the laws that they keep; `progress` stores what is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from helpdesk_core.mapping.board import Leave, ResolvedBoard, Tray
from helpdesk_core.values import SystemStatus


class Winner(StrEnum):
    """Who is followed when both sides changed."""

    HELPDESK = "helpdesk"
    REMOTE = "remote"
    ASK = "ask"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What an admin chose for a connection, as far as statuses are concerned."""

    winner: Winner = Winner.ASK
    may_reopen: bool = False
    """Whether a change of the issue may reopen a ticket that is closed."""
    inward: bool = True
    """Whether tickets follow issues."""
    outward: bool = True
    """Whether issues follow tickets."""
    closed: frozenset[str] = frozenset({SystemStatus.CLOSED.value})
    """The ticket statuses that count as closed: Closed, and the custom statuses under it."""

    def shared(self) -> Policy:
        """Return the policy for an issue with several tickets: status flows in to all of them, and out from none."""
        return replace(self, outward=False)


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides were when they were last in step."""

    ticket: str | None
    """None: they never were, and the issue follows the ticket."""
    remote: str


class Reason(StrEnum):
    """Why something was decided, as stored and shown. `wording.explain` says it to people."""

    # in step
    AGREE = "agree"
    UNTOUCHED = "untouched"
    LEAVE = "leave"
    DRIVEN_REMOTELY = "driven_remotely"
    NEW = "new"
    IGNORED = "ignored"
    NOT_FOLLOWED = "not_followed"
    # something moves
    TICKET_CHANGED = "ticket_changed"
    ISSUE_CHANGED = "issue_changed"
    HELPDESK_WINS = "helpdesk_wins"
    REMOTE_WINS = "remote_wins"
    # a person must act
    BOTH_CHANGED = "both_changed"
    REOPEN_REFUSED = "reopen_refused"
    NO_CARD = "no_card"
    # what planning and carrying out a move can meet
    NO_PATH = "no_path"
    THROUGH_DONE = "through_done"
    FIELD_REQUIRED = "field_required"
    UNKNOWN = "unknown"
    NO_PERMISSION = "no_permission"
    REJECTED = "rejected"
    MOVED_BACK = "moved_back"
    # where a ticket has several links
    CIRCLING = "circling"


# ── decisions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decided:
    reason: Reason
    base: Base
    """To be stored together with the decision. That of a move is stored when the issue has arrived."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InSync(_Decided):
    """There is nothing to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveRemote(_Decided):
    """The issue is to move to the first of `targets` that its workflow has."""

    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SetLocal(_Decided):
    """The ticket gets `status`, in the transaction that stores `base`."""

    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped(_Decided):
    """What should happen cannot. Both sides stay as they are until a person acts or something changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict(_Decided):
    """Both sides changed, and the agent chooses on the ticket. Both stay as they are."""


Decision = InSync | MoveRemote | SetLocal | Stopped | Conflict


# ── what the rules look at ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Both sides, as they are and as they were."""

    base: Base
    own: frozenset[str] = field(default_factory=frozenset)
    """The remote statuses that an unfinished move of ours has asked for or passed."""
    local: str
    remote: str
    board: ResolvedBoard
    policy: Policy

    @property
    def agrees(self) -> bool:
        """Whether both sides are in step by the board."""
        return self.board.agrees(self.local, self.remote)

    @property
    def ticket_changed(self) -> bool:
        """Whether the ticket is not what it was."""
        return self.local != self.base.ticket

    @property
    def untouched(self) -> bool:
        """Whether both sides are what they were; then not even an edited board moves anything."""
        return not self.ticket_changed and self.remote == self.base.remote

    @property
    def ours(self) -> bool:
        """Whether the issue is where it was, or where nobody but a move of ours brought it."""
        return self.remote == self.base.remote or self.remote in self.own

    @property
    def meaning(self) -> str | None:
        """The ticket status that the issue's status asks for; None: none."""
        place = self.board.inbound(self.remote)
        return place if isinstance(place, str) and self.policy.inward else None

    @property
    def why_meaningless(self) -> Reason:
        """Why the issue's status asks nothing of the ticket."""
        match self.board.inbound(self.remote):
            case Tray.NEW:
                return Reason.NEW
            case Tray.IGNORED:
                return Reason.IGNORED
            case _:
                return Reason.NOT_FOLLOWED

    @property
    def here(self) -> Base:
        """The base of two sides that are settled as they are."""
        return Base(self.local, self.remote)


# ── the rules: the first that fits decides ────────────────────────────────────────────────────────────────────────────


def _in_agreement(case: Case) -> Decision | None:
    """Rule 1: both sides agree, however they came to."""
    return InSync(reason=Reason.AGREE, base=case.here) if case.agrees else None


def _only_ours(case: Case) -> Decision | None:
    """Rule 2: nobody else moved the issue, so it follows the ticket."""
    if not case.ours:
        return None
    if case.untouched:
        return InSync(reason=Reason.UNTOUCHED, base=case.base)
    return _follow_ticket(case, Reason.TICKET_CHANGED)


def _meaningless(case: Case) -> Decision | None:
    """Rule 3: where the issue went asks nothing of the ticket, so it is no change against which the ticket's counts."""
    if case.meaning is not None:
        return None
    noted = replace(case, base=Base(case.base.ticket, case.remote))
    if noted.ticket_changed:
        return _follow_ticket(noted, Reason.TICKET_CHANGED)
    return InSync(reason=case.why_meaningless, base=noted.base)


def _only_theirs(case: Case) -> Decision | None:
    """Rule 4: only the issue changed, or the issue alone drives; so the ticket follows."""
    if case.ticket_changed and case.policy.outward:
        return None
    return _follow_issue(case, Reason.ISSUE_CHANGED)


def _both(case: Case) -> Decision | None:
    """Rule 5: both changed, and the admin chose who is followed."""
    match case.policy.winner:
        case Winner.HELPDESK:
            return _follow_ticket(case, Reason.HELPDESK_WINS)
        case Winner.REMOTE:
            return _follow_issue(case, Reason.REMOTE_WINS)
        case Winner.ASK:
            return Conflict(reason=Reason.BOTH_CHANGED, base=case.base)


def _follow_ticket(case: Case, reason: Reason) -> Decision:
    if not case.policy.outward:
        return InSync(reason=Reason.DRIVEN_REMOTELY, base=case.here)
    outbound = case.board.outbound(case.local)
    if isinstance(outbound, Leave):
        return InSync(reason=Reason.LEAVE, base=case.here)
    if not outbound.ids:
        return Stopped(reason=Reason.NO_CARD, base=case.base)
    return MoveRemote(reason=reason, base=case.base, targets=outbound.ids)


def _follow_issue(case: Case, reason: Reason) -> Decision | None:
    if (status := case.meaning) is None:
        return None
    closed = case.policy.closed
    if case.local in closed and status not in closed and not case.policy.may_reopen:
        return Stopped(reason=Reason.REOPEN_REFUSED, base=case.base)  # the base stays: so does the attention mark
    return SetLocal(reason=reason, base=Base(status, case.remote), status=status)


RULES: Final[tuple[Callable[[Case], Decision | None], ...]] = (
    _in_agreement,
    _only_ours,
    _meaningless,
    _only_theirs,
    _both,
)


def merge(
    base: Base, own: frozenset[str], local: str, remote: str, *, board: ResolvedBoard, policy: Policy
) -> Decision:
    """Decide, by the first rule that fits. `board` is the one of the issue's project."""
    case = Case(base=base, own=own, local=local, remote=remote, board=board, policy=policy)
    return next(decision for rule in RULES if (decision := rule(case)))
