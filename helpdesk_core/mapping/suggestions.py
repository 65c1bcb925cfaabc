"""Filling the New tray with what the plugin suggests. What a person placed is never moved. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helpdesk_core.mapping.board import Board, Place, Tray
from helpdesk_core.mapping.gestures import place
from helpdesk_core.values import RemoteStatus, StatusCategory, Suggestion, TicketStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A board with suggestions taken, and why each card went where it is."""

    board: Board
    reasons: Mapping[str, str]
    """Remote status id → the plugin's sentence."""


def fill(
    board: Board,
    suggestions: Iterable[Suggestion],
    *,
    remotes: Iterable[RemoteStatus],
    statuses: Iterable[TicketStatus],
    weight: Mapping[str, int] | None = None,
) -> Filled:
    """Place every New status for which there is a suggestion.

    The first card of a column is where issues go, so cards come in the order: same name as the column, then the most
    used, then as the plugin said them; and after all others those that the plugin wants last.

    Args:
        board: the board before; only its default is filled.
        suggestions: the plugin's; those for unknown statuses are left out.
        remotes: the remote statuses that may be placed.
        statuses: the ticket statuses.
        weight: remote status id → in how many projects it is used.
    """
    names = {remote.id: remote.name.casefold() for remote in remotes}
    columns = {status.key: status.name.casefold() for status in statuses}
    wanted = [
        s
        for s in {s.remote_id: s for s in suggestions}.values()
        if s.remote_id in names and board.inbound(s.remote_id) is Tray.NEW and _exists(s, columns)
    ]
    wanted.sort(
        key=lambda s: (
            s.comes_last,
            names[s.remote_id] != columns.get(s.ticket_status or ""),
            -(weight or {}).get(s.remote_id, 0),
        )
    )
    for target in dict.fromkeys(map(_target, wanted)):
        board = place(board, None, [s.remote_id for s in wanted if _target(s) == target], target)
    return Filled(board=board, reasons={s.remote_id: s.reason for s in wanted})


def like_others(board: Board, remotes: Iterable[RemoteStatus]) -> Filled:
    """Place every New team-managed status where all others of its name and category already are.

    A new project mostly brings statuses that somebody has placed for other projects: that decision holds for them too.
    Where the others lie in several places, or none is placed, a person has to say.
    """
    places: dict[tuple[str, StatusCategory], set[Place]] = defaultdict(set)
    new: list[RemoteStatus] = []
    for remote in remotes:
        if remote.project_id is None:
            continue
        if (where := board.inbound(remote.id)) is Tray.NEW:
            new.append(remote)
        else:
            places[remote.name.casefold(), remote.category].add(where)
    going: dict[Place, list[str]] = defaultdict(list)
    for remote in new:
        others = places[remote.name.casefold(), remote.category]
        if len(others) == 1:
            going[next(iter(others))].append(remote.id)
    for target, ids in going.items():
        board = place(board, None, ids, target)
    reason = "The others of this name are here."
    return Filled(board=board, reasons={remote_id: reason for ids in going.values() for remote_id in ids})


def _exists(suggestion: Suggestion, columns: Mapping[str, str]) -> bool:
    return suggestion.ticket_status is None or suggestion.ticket_status in columns


def _target(suggestion: Suggestion) -> Place:
    return Tray.IGNORED if suggestion.ticket_status is None else suggestion.ticket_status
