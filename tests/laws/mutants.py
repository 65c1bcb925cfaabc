"""Ways to get it wrong. Each is the production code with one function, rule or predicate exchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from helpdesk_core.mapping.board import Tray
from helpdesk_core.sync import merge, progress
from helpdesk_core.sync.merge import Base, Case, Conflict, Reason
from helpdesk_core.sync.progress import Attempt, Memory
from tests.laws import stories
from tests.laws.ledger import Law
from tests.laws.world import World

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    name: str
    breaks: frozenset[Law]
    """The laws of which it breaks one; which one is met first hangs on the history."""
    patch: Patch
    story: Callable[[], World] | None = None
    """The history in which it shows. None: random ones meet it soon."""


MUTANTS: list[Mutant] = []


def mutant(name: str, *breaks: Law, story: Callable[[], World] | None = None) -> Callable[[Patch], Patch]:
    def register(patch: Patch) -> Patch:
        MUTANTS.append(Mutant(name, frozenset(breaks), patch, story))
        return patch

    return register


# ── those that the issue names ────────────────────────────────────────────────────────────────────────────────────────


@mutant("no own hops", Law.NO_SELF_REVERSAL, Law.NOTHING_LOST)
def no_own_hops(patch):
    patch.setattr(progress, "hop_asked", lambda memory, hop: memory)


@mutant("agreement ignores same as", Law.SETTLED_IS_SETTLED)
def agreement_ignores_same_as(patch):
    patch.setattr(Case, "agrees", property(lambda case: case.board.inbound(case.remote) == case.local))


@mutant("unplaced counts as a change", Law.NOTHING_LOST)
def unplaced_counts_as_a_change(patch):
    def meaning(case: Case) -> str | None:
        place = case.board.inbound(case.remote)
        return ("open" if isinstance(place, Tray) else place) if case.policy.inward else None

    patch.setattr(Case, "meaning", property(meaning))


@mutant("base stored before the act", Law.NOTHING_LOST, Law.SETTLED_IS_SETTLED)
def base_stored_before_the_act(patch):
    right = progress.hop_asked

    def hop_asked(memory: Memory, hop: str) -> Memory:
        assert memory.attempt
        return replace(right(memory, hop), base=Base(memory.attempt.ticket, hop))

    patch.setattr(progress, "hop_asked", hop_asked)


@mutant("agreeing changes are a conflict", Law.SETTLED_IS_SETTLED, Law.NOTHING_LOST)
def agreeing_changes_are_a_conflict(patch):
    agreement, *others = merge.RULES

    def only_one_changed(case: Case):
        if case.ticket_changed and not case.ours:
            return Conflict(reason=Reason.BOTH_CHANGED, base=case.base)
        return agreement(case)

    patch.setattr(merge, "RULES", (only_one_changed, *others))


@mutant("a late mapping edit moves an agreeing link", Law.SETTLED_IS_SETTLED)
def a_late_mapping_edit_moves_an_agreeing_link(patch):
    patch.setattr(Case, "untouched", property(lambda case: False))


# ── others that would be easy to make ─────────────────────────────────────────────────────────────────────────────────


@mutant("what was moved back is asked for again", Law.NO_PING_PONG, story=stories.an_automation_moves_every_hop_back)
def quarrels(patch):
    right = progress._attempt
    patch.setattr(progress, "_attempt", lambda *known: replace(right(*known), passed=frozenset()))


@mutant("what was refused is asked for again", Law.SETTLED_IS_SETTLED)
def insists(patch):
    right = progress._attempt
    patch.setattr(progress, "_attempt", lambda *known: replace(right(*known), refusal=None))


@mutant("a refused hop stays ours", Law.NOTHING_LOST, story=stories.somebody_goes_where_we_were_refused)
def refused_stays_ours(patch):
    right = progress.refused

    def refused(memory, step, remote, *reason):
        after = right(memory, step, remote, *reason)
        return replace(after, memory=replace(after.memory, own=memory.own))

    patch.setattr(progress, "refused", refused)


@mutant(
    "own outlives that somebody else takes over",
    Law.NOTHING_LOST,
    story=stories.somebody_takes_over_and_returns_to_where_we_were,
)
def own_outlives_a_take_over(patch):
    patch.setattr(progress, "let_go", lambda memory, remote: memory)


@mutant("a conflict is stored as settled", Law.NOTHING_LOST)
def conflict_settles(patch):
    *others, both = merge.RULES

    def settles(case: Case):
        decision = both(case)
        return replace(decision, base=case.here) if isinstance(decision, Conflict) else decision

    patch.setattr(merge, "RULES", (*others, settles))


@mutant("a refused reopening is stored as settled", Law.NOTHING_LOST)
def refused_reopening_settles(patch):
    right = merge._follow_issue

    def follow_issue(case: Case, reason: Reason):
        decision = right(case, reason)
        return replace(decision, base=case.here) if isinstance(decision, merge.Stopped) else decision

    patch.setattr(merge, "_follow_issue", follow_issue)


@mutant("Jira may reopen any ticket", Law.NOTHING_LOST)
def reopens(patch):
    right = merge._follow_issue
    patch.setattr(
        merge,
        "_follow_issue",
        lambda case, reason: right(replace(case, policy=replace(case.policy, may_reopen=True)), reason),
    )


@mutant("an issue with two tickets follows both", Law.NOTHING_LOST)
def two_tickets_drive(patch):
    right = merge._follow_ticket
    patch.setattr(
        merge,
        "_follow_ticket",
        lambda case, reason: right(replace(case, policy=replace(case.policy, outward=True)), reason),
    )


@mutant(
    "a delivery is dropped while an older look is under way",
    Law.NOTHING_LOST,
    Law.SETTLED_IS_SETTLED,
    story=stories.an_issue_returns_while_it_is_looked_at,
)
def hint_during_a_look(patch):
    right = progress.needs_reading
    patch.setattr(progress, "needs_reading", lambda *known, busy: right(*known, busy=False))


@mutant(
    "a look decides that is older than a person's decision",
    Law.NOTHING_LOST,
    story=stories.a_person_decides_after_a_look,
)
def trusts_an_old_look(patch):
    patch.setattr(progress, "overtaken", lambda memory, then: False)


@mutant(
    "a person's decision during a hop is overwritten",
    Law.NOTHING_LOST,
    Law.SETTLED_IS_SETTLED,
    story=stories.a_person_decides_before_a_hop_is_answered,
)
def overwrites_a_decision(patch):
    right = progress.answered
    patch.setattr(progress, "answered", lambda memory, step: right(step.memory, step))


@mutant(
    "a stop forgets how far the move came",
    Law.SETTLED_IS_SETTLED,
    Law.NO_PING_PONG,
    Law.NO_SELF_REVERSAL,
    Law.NOTHING_LOST,
)
def stop_forgets_own(patch):
    right = progress._move

    def move(*known):
        step = right(*known)
        return step if step.hop else replace(step, memory=replace(step.memory, own=frozenset(), attempt=None))

    patch.setattr(progress, "_move", move)


@mutant(
    "a person's choice forgets what is on its way",
    Law.NO_SELF_REVERSAL,
    story=stories.a_person_decides_while_a_hop_is_on_its_way,
)
def choice_forgets_own(patch):
    patch.setattr(progress, "chosen", lambda memory, *known: progress.linked(*known))


@mutant("every look is a new attempt", Law.NO_PING_PONG, Law.SETTLED_IS_SETTLED)
def always_a_new_attempt(patch):
    patch.setattr(progress, "_attempt", lambda memory, local, remote: Attempt(ticket=local))
