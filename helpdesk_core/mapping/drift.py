"""Says what changed at the remote system under a board in force: what was known, beside what was read. Pure.

A rename is no change: cards are known by their ids. Nothing here changes a board, a ticket or an issue; `drifting`
keeps what is found, and `mending` is what admins do about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from helpdesk_core.mapping.board import Board, Place, Tray
from helpdesk_core.mapping.judgement import Judgement, Way
from helpdesk_core.mapping.paths import FieldRequired, Plan, ThroughDone, Unknown
from helpdesk_core.values import RemoteStatus, StatusCategory, Transition, Workflow

Pair = tuple[str, str]
"""From which status to which."""

# ── statuses ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A placed status as an admin last saw it."""

    name: str
    category: StatusCategory
    project_id: str | None = None
    """The project that owns it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the remote system shows now."""

    statuses: Mapping[str, RemoteStatus]
    """Every status that any answer names."""
    projects: frozenset[str]
    in_use: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Whether it can be told what is missing: a site without any status or project is one that does not answer."""
        return bool(self.statuses and self.projects)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusDrift:
    """What became of the statuses on a board."""

    vanished: Mapping[str, Known | None]
    """None: nobody ever knew more than the id."""
    recategorized: Mapping[str, tuple[StatusCategory, StatusCategory]]
    """From which category to which."""
    projects: Mapping[str, tuple[str, ...]]
    """Projects that are not there any more, with the placed statuses that went with them."""


def placed(board: Board) -> frozenset[str]:
    """Return every status that a board places somewhere, by default or in a project."""
    changes = (change.placements for change in board.overrides.values())
    return board.placed.union(
        remote for placements in changes for remote, place in placements.items() if place is not Tray.NEW
    )


def moved(old: Board, new: Board) -> frozenset[str]:
    """Return the statuses that `new` places and that stood somewhere else in `old`: an admin looked at these."""
    return frozenset(remote for remote in placed(new) if _places(old, remote) != _places(new, remote))


def status_drift(board: Board, known: Mapping[str, Known], seen: Seen) -> StatusDrift:
    """Compare the placed statuses with what was read.

    A project that is gone takes the statuses that it owns along, and is one thing to look at, not fifty.
    """
    on_board = placed(board)
    owners = {remote: known[remote].project_id for remote in sorted(on_board & known.keys())}
    hidden = {owner for owner in (*owners.values(), *seen.in_use) if owner and owner not in seen.projects}
    gone = [remote for remote in sorted(on_board) if remote not in seen.statuses and owners.get(remote) not in hidden]
    categories = {
        remote: (known[remote].category, seen.statuses[remote].category)
        for remote in sorted(on_board & known.keys() & seen.statuses.keys())
        if owners[remote] not in hidden
    }
    return StatusDrift(
        vanished={remote: known.get(remote) for remote in gone},
        recategorized={remote: pair for remote, pair in categories.items() if pair[0] is not pair[1]},
        projects={id_: tuple(remote for remote, owner in owners.items() if owner == id_) for id_ in sorted(hidden)},
    )


def _places(board: Board, remote: str) -> tuple[Place, Mapping[str, Place]]:
    changes = board.overrides.items()
    return board.inbound(remote), {id_: each.placements[remote] for id_, each in changes if remote in each.placements}


# ── moves ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class LostWay:
    """A way that a board needs and that is worse than before."""

    ticket_status: str
    target: str
    now: Way
    """What is left of it; `now.start` is from where."""


def united(one: Workflow, other: Workflow) -> Workflow:
    """Return all that either of two workflows knows."""
    steps = {(s.from_id, s.transition.id, s.transition.to_id): s for s in (*one.steps, *other.steps)}
    return Workflow(
        status_ids=tuple(dict.fromkeys((*one.status_ids, *other.status_ids))),
        steps=tuple(steps.values()),
        explored=one.explored | other.explored,
    )


def within(workflow: Workflow, status_ids: Collection[str]) -> Workflow:
    """Return what is left of a workflow without the statuses that are gone: these are told by themselves."""
    there = frozenset(status_ids)
    return replace(
        workflow,
        status_ids=tuple(each for each in workflow.status_ids if each in there),
        steps=tuple(s for s in workflow.steps if s.from_id in there and s.transition.to_id in there),
        explored=workflow.explored & there,
    )


def gone_moves(before: Workflow, after: Workflow, looked_into: Collection[str]) -> dict[Pair, Transition]:
    """Return the moves that are gone, among the statuses that a fresh reading looked into.

    A move that was made anew, or got another name, leads where it led and is not gone.
    """
    left = {(step.from_id, step.transition.to_id) for step in after.steps}
    return {
        pair: step.transition
        for step in before.steps
        if (pair := (step.from_id, step.transition.to_id)) not in left and step.from_id in looked_into
    }


def lost_ways(before: Judgement, after: Judgement, gone: Collection[Pair]) -> dict[Pair, tuple[LostWay, ...]]:
    """Return the moves among `gone` that a board used and now misses, each with the ways that are worse without it."""
    found: dict[Pair, list[LostWay]] = {}
    for ticket_status, target, was, now in _same_ways(before, after):
        for pair in _pairs(was):
            if pair in gone and _badness(now) > _badness(was):
                found.setdefault(pair, []).append(LostWay(ticket_status=ticket_status, target=target, now=now))
    return {pair: tuple(ways) for pair, ways in found.items()}


def _same_ways(before: Judgement, after: Judgement) -> Iterator[tuple[str, str, Way, Way]]:
    goals = {goal.key: goal for goal in after.goals}
    for goal in before.goals:
        ways = {way.start: way for way in goals[goal.key].ways} if goal.key in goals else {}
        for way in goal.ways:
            if goal.target is not None and way.start in ways:
                yield goal.key, goal.target, way, ways[way.start]


def _pairs(way: Way) -> tuple[Pair, ...]:
    hops = way.outcome.hops if isinstance(way.outcome, Plan | FieldRequired) else ()
    return tuple((hop.from_id, hop.to_id) for hop in hops)


def _badness(way: Way) -> tuple[int, int]:
    """Order ways: one that works before one that asks, that before none, and a short one before a long one."""
    match way.outcome:
        case Plan():
            return 0, len(_pairs(way))
        case FieldRequired():
            return 1, len(_pairs(way))
        case ThroughDone():
            return 2, 0
        case Unknown():
            return 3, 0
        case _:
            return 4, 0
