"""Makes what the board page shows: each column with its cards, head, badges and warning. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from helpdesk_core.mapping.board import Board, Head, Leave, Move, Override, SameAs, Tray
from helpdesk_core.mapping.cards import Card, make_cards
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.gestures import differing_cards
from helpdesk_core.mapping.page import Lane, Option, Scope, head_value, place_value
from helpdesk_core.mapping.vocabulary import Stored
from helpdesk_core.mapping.wording import Names, listed
from helpdesk_core.values import TicketStatus

MANY: Final = 4
"""From how many on projects are counted on a badge instead of named."""


def make_lanes(draft: Draft, stored: Stored, names: Names, counts: Mapping[str, int], scope: Scope) -> tuple[Lane, ...]:
    """Make New, one column for each ticket status, and Ignored."""
    return _Maker(draft, stored, names, counts, scope).lanes()


def count_hidden(draft: Draft, stored: Stored, scope: Scope) -> int:
    """Count the statuses that exist or are placed, and are not shown."""
    everything = {*stored.all_statuses, *draft.board.placed}
    return 0 if scope.everything else len(everything - _in_scope(draft.board, stored, scope))


def _in_scope(board: Board, stored: Stored, scope: Scope) -> set[str]:
    if scope.everything:
        return {*stored.all_statuses, *board.placed}
    if scope.project_id is None:
        return {status.id for status in stored.statuses_in_use}
    chosen = [used for used in stored.in_use if used.project.id == scope.project_id]
    return {status.id for status in replace(stored, in_use=tuple(chosen)).statuses_in_use}


class _Maker:
    def __init__(self, draft: Draft, stored: Stored, names: Names, counts: Mapping[str, int], scope: Scope) -> None:
        self.names, self.counts, self.scope = names, counts, scope
        self.board, self.reasons = draft.board, draft.reasons
        self.rules = draft.board.resolve(scope.project_id, names.statuses)
        self.statuses = stored.all_statuses
        self.shown = _in_scope(draft.board, stored, scope)
        self.in_use = [u for u in stored.in_use if scope.project_id in {None, u.project.id}]
        resolved = {pid: draft.board.resolve(pid, names.statuses) for pid in draft.board.overrides}
        self.projects = [(u, u.status_ids, resolved.get(u.project.id, self.rules)) for u in self.in_use if u.detail]
        self.keys_of = _keys_by_status(stored)
        self.differing = differing_cards(draft.board, scope.project_id) if scope.project_id else frozenset()

    def lanes(self) -> tuple[Lane, ...]:
        new = sorted((remote for remote in self.shown if self.rules.inbound(remote) is Tray.NEW), key=self._by_name)
        ignored = sorted(self.rules.ignored & self.shown, key=self._by_name)
        return (
            Lane(value=place_value(Tray.NEW), name="New", cards=self._cards(new)),
            *(self._column(status) for status in self.names.statuses),
            Lane(value=place_value(Tray.IGNORED), name="Ignored", cards=self._cards(ignored)),
        )

    def _column(self, status: TicketStatus) -> Lane:
        ids = self.rules.columns.get(status.key, ())
        head = self.rules.heads[status.key]
        cards = self._cards(remote for remote in ids if remote in self.shown)
        ways = self._ways(status.key)
        override = self.board.overrides.get(self.scope.project_id or "", Override())
        return Lane(
            value=place_value(status.key),
            name=status.name,
            cards=_with_badges(cards, ways) if isinstance(head, Move) else cards,
            status=status,
            tickets=self.counts.get(status.key, 0),
            heads=self._heads(status, head),
            head_differs=status.key in override.heads,
            warning=_warning(ids, ways) if isinstance(head, Move) else "",
        )

    def _heads(self, status: TicketStatus, chosen: Head) -> tuple[Option, ...]:
        others = [SameAs(other.key) for other in self.names.statuses if other.key != status.key]
        # a head that an import or a deletion left behind is shown as it is, not silently as another one
        every = dict.fromkeys([Move(), Leave(), *others, chosen])
        return tuple(Option(value=head_value(head), label=self._label(head), chosen=head == chosen) for head in every)

    def _label(self, head: Head) -> str:
        match head:  # shorter than `head_words`: seven columns stand side by side
            case Move():
                return "move to first card"
            case Leave():
                return "leave the issue"
            case SameAs(key):
                return f"same as {self.names.place(key)}"

    def _ways(self, key: str) -> dict[str, str | None]:
        """Return, by project key, to which status a move to this column leads; None: nowhere.

        Left out are projects that were not read yet, and those that make no move here by a head of their own.
        """
        return {
            used.project.key: next((remote for remote in rules.columns.get(key, ()) if remote in known), None)
            for used, known, rules in self.projects
            if isinstance(rules.heads[key], Move)
        }

    def _cards(self, ids: Iterable[str]) -> tuple[Card, ...]:
        return tuple(
            make_cards(
                ids,
                statuses=self.statuses,
                keys_of=self.keys_of,
                in_use=len(self.in_use),
                reasons=self.reasons,
                differing=self.differing,
            )
        )

    def _by_name(self, remote_id: str) -> tuple[str, str]:
        status = self.statuses.get(remote_id)
        return (status.name.casefold() if status else "", remote_id)


def _with_badges(cards: tuple[Card, ...], ways: Mapping[str, str | None]) -> tuple[Card, ...]:
    """Mark where issues go. That is the first card that a project has, so projects may differ."""
    if not any(ways.values()):  # no project was read yet, or none has a card here
        return (replace(cards[0], here="here"), *cards[1:]) if cards and not ways else cards
    return tuple(_with_badge(card, ways) for card in cards)


def _with_badge(card: Card, ways: Mapping[str, str | None]) -> Card:
    members = set(card.ids)
    keys = [key for key, target in ways.items() if target in members]
    if not keys:
        return card
    if len(keys) == sum(target is not None for target in ways.values()):
        return replace(card, here="here")
    return replace(card, here=f"here: {', '.join(keys) if len(keys) < MANY else f'{len(keys)} projects'}")


def _warning(ids: tuple[str, ...], ways: Mapping[str, str | None]) -> str:
    if not ids:
        return "No card lies here, so a move would stop."
    stuck = [key for key, target in ways.items() if target is None]
    return f"No card of {listed(stuck, most=3)} lies here, so a move would stop there." if stuck else ""


def _keys_by_status(stored: Stored) -> dict[str, tuple[str, ...]]:
    owners = {project.id: project.key for project in stored.projects}
    keys: dict[str, list[str]] = {}
    for used in stored.in_use:
        for remote in used.status_ids:
            keys.setdefault(remote, []).append(used.project.key)
    for status in stored.statuses:
        if status.project_id in owners and status.id not in keys:
            keys[status.id] = [owners[status.project_id]]
    return {remote: tuple(found) for remote, found in keys.items()}
