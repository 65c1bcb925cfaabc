"""Boards in words: what differs between two of them, and why one is not saved. Pure.

The sentences stand on the review page, in the history, and before somebody who would save over another's work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from helpdesk_core.mapping.board import (
    Board,
    Fault,
    Head,
    Leave,
    Move,
    Override,
    Place,
    Problem,
    ResolvedBoard,
    SameAs,
    Tray,
)
from helpdesk_core.values import TicketStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What to call things. An id without a name is shown as it is."""

    statuses: tuple[TicketStatus, ...]
    remotes: Mapping[str, str] = field(default_factory=dict)
    projects: Mapping[str, str] = field(default_factory=dict)

    def place(self, place: Place) -> str:
        """Name a column or tray."""
        if isinstance(place, Tray):
            return place.value.capitalize()
        return next((status.name for status in self.statuses if status.key == place), place)

    def remote(self, remote_id: str) -> str:
        """Name a remote status."""
        return self.remotes.get(remote_id, f"status {remote_id}")

    def project(self, project_id: str) -> str:
        """Name a project."""
        return self.projects.get(project_id, f"project {project_id}")


def head_words(head: Head | None, names: Names) -> str:
    """Say what happens to an issue, as the board's heads say it."""
    match head:
        case Move():
            return "move to the first card here"
        case SameAs(key):
            return f"same as {names.place(key)}"
        case Leave() | None:
            return "leave the issue where it is"


def differences(old: Board, new: Board, names: Names) -> list[str]:
    """Say in sentences what `new` does that `old` did not. Empty exactly when the two are equal."""
    sentences = [
        *_moved({r: (old.inbound(r), new.inbound(r)) for r in sorted(old.placed | new.placed)}, names),
        *_reordered(old.columns, new.columns, names),
        *_heads_changed(old, new, names),
    ]
    for project_id in sorted({*old.overrides, *new.overrides}, key=names.project):
        before, after = (board.overrides.get(project_id, Override()) for board in (old, new))
        sentences += [f"Only in {names.project(project_id)}: {s}" for s in _overrides_changed(before, after, names)]
    return sentences


def moved_words(cards: Iterable[str], to: Place, names: Names) -> str:
    """Say that cards were moved: "In Review moved to Waiting"."""
    return f"{listed(dict.fromkeys(names.remote(card) for card in cards))} moved to {names.place(to)}."


def listed(words: Iterable[str], most: int = 5) -> str:
    """Join words as people do: "A, B and C", or "A, B, C, D, E and 7 more"."""
    words = list(words)
    if len(words) > most + 1:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def problem_words(problem: Problem, names: Names) -> str:
    """Say why a board is not saved, and the cure."""
    first, *others = (names.place(key) for key in problem.keys)
    end = others[-1] if others else first
    match problem.fault:
        case Fault.CIRCLE if not others:
            said = f"{first} is the same as itself. Choose what really happens to the issue at {first}."
        case Fault.CIRCLE:
            circle = "".join(f", which is the same as {name}" for name in [*others[1:], first])
            said = (
                f"{first} is the same as {others[0]}{circle}: a circle. "
                f"Choose something else than “same as” for {listed([first, *others]).replace(' and ', ' or ')}."
            )
        case Fault.DEAD_END:
            said = (
                f"{first} is the same as {end}, but no card lies in {end} to which an issue could move. "
                f"Put a card into {end}, or let {end} leave the issue where it is."
            )
        case Fault.GONE:
            said = f"{first} is the same as a ticket status that does not exist any more. Choose another one."
    return f"Only in {names.project(problem.project_id)}: {said}" if problem.project_id else said


def _moved(places: Mapping[str, tuple[Place, Place]], names: Names) -> Iterator[str]:
    """One sentence for all statuses of a name that went the same way."""
    ways: dict[tuple[str, Place, Place], int] = defaultdict(int)
    for remote, (source, target) in places.items():
        if source != target:
            ways[names.remote(remote), source, target] += 1
    for (name, source, target), count in ways.items():
        several = f" ({count} of that name)" if count > 1 else ""
        yield f"{name}{several} moved from {names.place(source)} to {names.place(target)}."


def _reordered(old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]], names: Names) -> Iterator[str]:
    for key in sorted({*old, *new}):
        before, after = old.get(key, ()), new.get(key, ())
        stayed = set(before) & set(after)
        if [r for r in before if r in stayed] != [r for r in after if r in stayed]:
            order = listed(dict.fromkeys(names.remote(remote) for remote in after))
            yield f"The order in {names.place(key)} is now {order}."
        elif after[:1] != before[:1] and stayed:
            yield f"The first card in {names.place(key)} is now {names.remote(after[0])}."


def _heads_changed(old: Board, new: Board, names: Names) -> Iterator[str]:
    before, after = (_resolved(board, names) for board in (old, new))
    keys = dict.fromkeys([*after.heads, *sorted({*old.heads, *new.heads})])
    for key in keys:
        was, now = before.heads.get(key, old.heads.get(key)), after.heads.get(key, new.heads.get(key))
        if was != now:
            yield f"{names.place(key)}: {head_words(now, names)} (before: {head_words(was, names)})."
        elif old.heads.get(key) != new.heads.get(key):
            by = "chosen by hand" if key in new.heads else "by default"
            yield f"{names.place(key)}: {head_words(now, names)}, now {by}."


def _overrides_changed(old: Override, new: Override, names: Names) -> Iterator[str]:
    if old and not new:
        yield "follows the default again."
        return
    for remote in sorted({*old.placements, *new.placements}):
        if old.placements.get(remote) != (place := new.placements.get(remote)):
            yield f"{names.remote(remote)} is {'as by default' if place is None else f'in {names.place(place)}'}."
    for key in sorted({*old.order, *new.order}):
        if old.order.get(key) != (order := new.order.get(key)):
            said = listed(dict.fromkeys(names.remote(remote) for remote in order)) if order else "as by default"
            yield f"the order in {names.place(key)} is {said}."
    for key in sorted({*old.heads, *new.heads}):
        if old.heads.get(key) != (head := new.heads.get(key)):
            yield f"{names.place(key)}: {head_words(head, names) if head else 'as by default'}."


def _resolved(board: Board, names: Names) -> ResolvedBoard:
    return board.resolve(None, names.statuses)
