"""What people do to a board: put cards somewhere, choose a head, let a project follow the default again. Pure.

Every gesture takes a project id; None means the default. In a project only what then differs is kept, so later changes
of the default reach all the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from helpdesk_core.mapping.board import (
    Board,
    Head,
    Leave,
    Override,
    Place,
    SameAs,
    Tray,
    problems,
    rearranged,
)
from helpdesk_core.values import TicketStatus


def place(
    board: Board, project_id: str | None, cards: Collection[str], to: Place, *, before: str | None = None
) -> Board:
    """Put `cards`, in the order given, into a column or tray.

    Args:
        board: the board before.
        project_id: the project in which to do so; None: by default.
        cards: remote status ids; taken from wherever they are.
        to: the ticket status' key, or a tray.
        before: the card in front of which they go; None, or a card that is not there: at the end.
    """
    cards = tuple(dict.fromkeys(cards))
    flat = _placed(board.layer(project_id), cards, to, before)
    if project_id is None:
        return replace(board, columns=flat.columns, ignored=flat.ignored)
    change = board.overrides.get(project_id, Override())
    return _with_override(board, project_id, _difference(board, flat, change.heads))


def choose_head(board: Board, project_id: str | None, key: str, head: Head, statuses: Iterable[TicketStatus]) -> Board:
    """Choose what happens to issues at the column `key`; what would hold anyway is not written down."""
    without = _with_heads(board, project_id, {k: v for k, v in _heads(board, project_id).items() if k != key})
    if without.resolve(project_id, statuses).heads.get(key) == head:
        return without
    return _with_heads(without, project_id, {**_heads(without, project_id), key: head})


def follow_default(board: Board, project_id: str) -> Board:
    """Drop all that a project does differently."""
    return _with_override(board, project_id, Override())


def differing_cards(board: Board, project_id: str) -> frozenset[str]:
    """Return the remote statuses that stand elsewhere, or in another order, in this project than by default."""
    change = board.overrides.get(project_id, Override())
    return frozenset(change.placements).union(*change.order.values())


def replace_status(board: Board, key: str, replacement: str, statuses: Iterable[TicketStatus]) -> Board:
    """Take the ticket status `key` out of the board; `replacement` gets its cards and those who were the same as it.

    Args:
        board: the board before.
        key: the ticket status that goes.
        replacement: the ticket status that takes its place.
        statuses: the ticket statuses, with or without `key`.

    Returns:
        A board without `key` that can be saved: a head that would lead nowhere now, leaves the issue where it is.
    """
    remaining = tuple(status for status in statuses if status.key != key)
    columns = {k: ids for k, ids in board.columns.items() if k != key}
    columns[replacement] = (*columns.get(replacement, ()), *board.columns.get(key, ()))
    replaced = Board(
        columns=columns,
        ignored=board.ignored,
        heads=_heads_replaced(board.heads, key, replacement),
        overrides={pid: _override_replaced(change, key, replacement) for pid, change in board.overrides.items()},
    )
    return _mended(replaced, remaining)


def replace_remote(board: Board, old: str, new: str) -> Board:
    """Put the remote status `new` where `old` stands, by default and in each project, and take `old` off the board.

    Where `old` stands nowhere, and where a project places `new` on purpose but not `old`, `new` stays where it is.
    """
    default = _swapped(board.layer(None), old, new)
    overrides = {
        project_id: _difference(default, _swapped_in(board, project_id, old, new), change.heads)
        for project_id, change in board.overrides.items()
    }
    return replace(default, overrides=overrides)


def remove_remote(board: Board, old: str) -> Board:
    """Take a remote status off the board, by default and in each project."""
    default = _removed(board.layer(None), old)
    overrides = {
        project_id: _difference(default, _removed(board.layer(project_id), old), change.heads)
        for project_id, change in board.overrides.items()
    }
    return replace(default, overrides=overrides)


def _swapped_in(board: Board, project_id: str, old: str, new: str) -> Board:
    placements = board.overrides[project_id].placements
    flat = board.layer(project_id)
    return _removed(flat, old) if new in placements and old not in placements else _swapped(flat, old, new)


def _swapped(flat: Board, old: str, new: str) -> Board:
    if flat.inbound(old) is Tray.NEW:
        return flat
    without = _removed(flat, new)
    columns = {key: tuple(new if each == old else each for each in ids) for key, ids in without.columns.items()}
    return replace(
        without, columns=columns, ignored=frozenset(new if each == old else each for each in without.ignored)
    )


def _removed(flat: Board, gone: str) -> Board:
    columns = {key: tuple(each for each in ids if each != gone) for key, ids in flat.columns.items()}
    return replace(flat, columns=columns, ignored=flat.ignored - {gone})


def _placed(flat: Board, cards: tuple[str, ...], to: Place, before: str | None) -> Board:
    moving = frozenset(cards)
    columns = {key: tuple(remote for remote in ids if remote not in moving) for key, ids in flat.columns.items()}
    ignored = flat.ignored.difference(cards)
    if to is Tray.IGNORED:
        ignored = ignored.union(cards)
    elif isinstance(to, str):
        present = columns.get(to, ())
        at = present.index(before) if before in present else len(present)
        columns[to] = (*present[:at], *cards, *present[at:])
    return replace(flat, columns=columns, ignored=ignored)


def _difference(board: Board, flat: Board, heads: Mapping[str, Head]) -> Override:
    """Return the override that makes `flat` of the default."""
    everything = board.placed | flat.placed
    placements = {r: flat.inbound(r) for r in sorted(everything) if flat.inbound(r) != board.inbound(r)}
    natural = rearranged(board, placements)
    order = {key: ids for key, ids in flat.columns.items() if ids != natural.get(key, ())}
    return Override(placements=placements, order=order, heads=heads)


def _heads(board: Board, project_id: str | None) -> Mapping[str, Head]:
    return board.heads if project_id is None else board.overrides.get(project_id, Override()).heads


def _with_heads(board: Board, project_id: str | None, heads: Mapping[str, Head]) -> Board:
    if project_id is None:
        return replace(board, heads=heads)
    return _with_override(board, project_id, replace(board.overrides.get(project_id, Override()), heads=heads))


def _with_override(board: Board, project_id: str, change: Override) -> Board:
    return replace(board, overrides={**board.overrides, project_id: change})


def _heads_replaced(heads: Mapping[str, Head], key: str, replacement: str) -> dict[str, Head]:
    renamed = {k: SameAs(replacement) if head == SameAs(key) else head for k, head in heads.items() if k != key}
    return {k: head for k, head in renamed.items() if head != SameAs(k)}


def _override_replaced(change: Override, key: str, replacement: str) -> Override:
    order = {k: ids for k, ids in change.order.items() if k != key}
    if moved := change.order.get(key):
        order[replacement] = (*order.get(replacement, ()), *moved)
    return Override(
        placements={remote: replacement if place == key else place for remote, place in change.placements.items()},
        order=order,
        heads=_heads_replaced(change.heads, key, replacement),
    )


def _mended(board: Board, statuses: tuple[TicketStatus, ...]) -> Board:
    # Each round turns one *same as* into *leave*, so this ends.
    while found := problems(board, statuses):
        board = _with_heads(
            board,
            found[0].project_id,
            {**_heads(board, found[0].project_id), found[0].keys[0]: Leave()},
        )
    return board
