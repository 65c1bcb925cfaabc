"""What a link remembers, and how its memory grows while a decision is carried out. Pure.

The order is what makes it safe against lost answers and kill -9: `next_step` says what to store *before* a request is
sent, `answered` and `refused` what to store after it. Whoever carries steps out stores them, and adds nothing. The
property tests in `tests/laws` drive these very functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from helpdesk_core.mapping.board import ResolvedBoard
from helpdesk_core.sync import merge as merging
from helpdesk_core.sync.merge import Base, Conflict, Decision, InSync, MoveRemote, Policy, Reason, SetLocal, Stopped


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A hop that the remote system refused. It is not asked for again before something changes."""

    at: str
    to: str
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A move under way, or stopped half-way."""

    ticket: str
    """The ticket status for which it is made."""
    passed: frozenset[str] = field(default_factory=frozenset)
    """Where the issue has been seen to arrive. To ask for one of these again would be to quarrel with whoever moved it
    back."""
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What a link remembers between two looks at both sides."""

    base: Base
    own: frozenset[str] = field(default_factory=frozenset)
    """The remote statuses that our unfinished move has asked for or passed."""
    attempt: Attempt | None = None
    decided: int = 0
    """How often a person decided on this link. What was read before a decision must not overrule it."""


# ── how a link begins, and how a person decides ───────────────────────────────────────────────────────────────────────


class Follow(StrEnum):
    """Who follows whom, where a person decides: on linking, in a conflict, on applying an edited board."""

    TICKET_FOLLOWS = "ticket_follows"
    ISSUE_FOLLOWS = "issue_follows"
    NEITHER = "neither"


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What to store, in one transaction with the ticket's status."""

    ticket: str
    memory: Memory


def linked(local: str, remote: str, board: ResolvedBoard, follow: Follow = Follow.TICKET_FOLLOWS) -> Start:
    """Begin a link. Relinking is linking: of an earlier link nothing is remembered."""
    if follow is Follow.ISSUE_FOLLOWS:
        return Start(ticket=local, memory=Memory(base=Base(None, remote)))
    ticket = local
    if follow is Follow.TICKET_FOLLOWS and not board.agrees(local, remote):
        place = board.inbound(remote)
        ticket = place if isinstance(place, str) else local
    return Start(ticket=ticket, memory=Memory(base=Base(ticket, remote)))


def chosen(memory: Memory, local: str, remote: str, board: ResolvedBoard, follow: Follow) -> Start:
    """Let a person decide on a link that is there. Only what a request on its way may still reach stays ours."""
    start = linked(local, remote, board, follow)
    seen = memory.attempt.passed if memory.attempt else frozenset()
    return replace(start, memory=replace(start.memory, own=memory.own - seen, decided=memory.decided + 1))


def created_out(initial: str) -> Memory:
    """Begin the link of a ticket with the issue that was created for it."""
    return Memory(base=Base(None, initial), own=frozenset({initial}))


def created_in(remote: str, board: ResolvedBoard, otherwise: str) -> Start:
    """Begin the link of an issue with the ticket that is created for it; `otherwise`: its status if nothing says."""
    return linked(otherwise, remote, board)


def retried(memory: Memory) -> Memory:
    """Forget what stopped the move, because a person mended it."""
    return replace(memory, attempt=None)


# ── one step ──────────────────────────────────────────────────────────────────────────────────────────────────────────


Route = Callable[[str, tuple[str, ...], bool], str | Reason]
"""(Where the issue is, its targets, whether a move of ours brought it there) → the status to ask for, or why not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What was decided, and what to store before anything else is done."""

    memory: Memory
    decision: Decision
    hop: str | None = None
    """The remote status to ask for, once `memory` is stored."""


def overtaken(memory: Memory, then: Memory) -> bool:
    """Whether a person decided between then and now. A look at the issue that was taken before must be taken again.

    `then` is what the link remembered before a request, `memory` what it remembers in the transaction after.
    """
    return memory.decided != then.decided


Turns = Callable[[], int]
"""How often in a row, and lately, the ticket followed one of its links while no person did anything. Asked where it is
about to do so again; 0 where it has one link, whose rules see by themselves that nothing goes round."""

ROUND: Final = 12
"""After so many turns a ticket follows nobody before a person acts: its trackers answer each other in a circle."""


def no_turns() -> int:
    """Stand in for a ticket with one link."""
    return 0


def next_step(
    memory: Memory,
    local: str,
    remote: str,
    *,
    board: ResolvedBoard,
    policy: Policy,
    route: Route,
    turns: Turns = no_turns,
) -> Step:
    """Decide, and plan one hop if the issue is to move.

    `memory` and `local` are read in the transaction that stores the step, and `remote` was read before it: see
    `overtaken`. A `SetLocal` is carried out in that same transaction. After a hop, read the issue and come back, unless
    `arrived` says that it is there.
    """
    memory = let_go(memory, remote)
    decision = merging.merge(memory.base, memory.own, local, remote, board=board, policy=policy)
    match decision:
        case SetLocal() if turns() >= ROUND:
            return Step(memory=memory, decision=Stopped(reason=Reason.CIRCLING, base=memory.base))
        case InSync() | SetLocal():
            return Step(memory=settled(memory, decision.base), decision=decision)
        case Stopped() | Conflict():
            return Step(memory=replace(memory, base=decision.base), decision=decision)
        case MoveRemote():
            return _move(replace(memory, base=decision.base), local, remote, decision, route)


def _move(memory: Memory, local: str, remote: str, decision: MoveRemote, route: Route) -> Step:
    attempt = _attempt(memory, local, remote)
    underway = replace(memory, attempt=attempt)
    hop = route(remote, decision.targets, remote in memory.own)
    if not isinstance(hop, Reason):
        hop = _objection(attempt, remote, hop) or hop
    if isinstance(hop, Reason):
        return Step(memory=underway, decision=Stopped(reason=hop, base=memory.base))
    return Step(memory=hop_asked(underway, hop), decision=decision, hop=hop)


def _attempt(memory: Memory, local: str, remote: str) -> Attempt:
    """The attempt for this ticket status, with what the present look at the issue adds to it."""
    attempt = memory.attempt if memory.attempt and memory.attempt.ticket == local else Attempt(ticket=local)
    return replace(attempt, passed=attempt.passed | ({remote} & memory.own))


def _objection(attempt: Attempt, remote: str, hop: str) -> Reason | None:
    """Why not to ask for a hop that could be asked for."""
    if hop in attempt.passed:
        return Reason.MOVED_BACK
    if (refusal := attempt.refusal) and (refusal.at, refusal.to) == (remote, hop):
        return refusal.reason
    return None


def let_go(memory: Memory, remote: str) -> Memory:
    """Let go of the issue if somebody else took it elsewhere: whoever brings it back to where we were is not us."""
    ours = remote in memory.own or remote == memory.base.remote
    return memory if ours else replace(memory, own=frozenset())


def hop_asked(memory: Memory, hop: str) -> Memory:
    """What to store before a hop is asked for: from now on the issue may be there because of us."""
    return replace(memory, own=memory.own | {hop})


def settled(memory: Memory, base: Base) -> Memory:
    """What to store when both sides are settled: whatever was under way is over."""
    return replace(memory, base=base, own=frozenset(), attempt=None)


# ── after a hop ───────────────────────────────────────────────────────────────────────────────────────────────────────


def arrived(step: Step) -> bool:
    """Whether a hop that was carried out ends the move, so that nothing needs to be read again."""
    return isinstance(step.decision, MoveRemote) and step.hop in step.decision.targets


def answered(memory: Memory, step: Step) -> Memory:
    """What to store after a hop that the remote system confirmed. `memory` is what the link remembers by now.

    The new base names the status for which the move was made; the ticket may have got another one meanwhile. Where a
    person decided meanwhile, the decision stays: that the issue is where we asked it to be, the next look recognizes.
    """
    attempt = memory.attempt
    if overtaken(memory, step.memory) or attempt is None or step.hop is None:
        return memory
    if arrived(step):
        return settled(memory, Base(attempt.ticket, step.hop))
    return replace(memory, attempt=replace(attempt, passed=attempt.passed | {step.hop}))


def refused(memory: Memory, step: Step, remote: str, reason: Reason = Reason.REJECTED) -> Step:
    """What to store and record after a hop from `remote` that the remote system refused for good.

    A refused status is not ours: whoever brings the issue there is somebody else.
    """
    stopped = Stopped(reason=reason, base=memory.base)
    if overtaken(memory, step.memory) or memory.attempt is None or step.hop is None:
        return Step(memory=memory, decision=stopped)
    attempt = replace(memory.attempt, refusal=Refusal(at=remote, to=step.hop, reason=reason))
    return Step(memory=replace(memory, own=memory.own - {step.hop}, attempt=attempt), decision=stopped)


# ── hints ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def needs_reading(memory: Memory, local: str, hinted: str | None, *, busy: bool) -> bool:
    """Whether a delivery that says the issue is in `hinted` is a reason to read the issue.

    `busy`: a look at the issue is wanted or under way. It may have been taken before the change of which the delivery
    tells, so that what is remembered now, and agrees, is about to be overwritten with what is older.
    """
    return busy or memory.own != frozenset() or memory.base != Base(local, hinted or "")
