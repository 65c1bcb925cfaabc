"""A board as plain JSON, with a format version, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from helpdesk_core.mapping.board import Board, Head, Leave, Move, Override, Place, SameAs, Tray

FORMAT: Final = 1

Document = dict[str, Any]
"""What `json.dumps` takes."""


def to_document(board: Board) -> Document:
    """Return `board` as plain JSON; equal boards give equal documents."""
    return {
        "format": FORMAT,
        "columns": {key: list(ids) for key, ids in sorted(board.columns.items())},
        "ignored": sorted(board.ignored),
        "heads": _heads_out(board.heads),
        "overrides": {project: _override_out(change) for project, change in sorted(board.overrides.items())},
    }


def from_document(document: Mapping[str, Any]) -> Board:
    """Return the board that `to_document` was given.

    Raises:
        ValueError: the document has another format, or places a status twice.
    """
    if document.get("format") != FORMAT:
        msg = f"The board has format {document.get('format')!r}; this version of the helpdesk reads format {FORMAT}."
        raise ValueError(msg)
    return Board(
        columns={key: tuple(ids) for key, ids in document["columns"].items()},
        ignored=frozenset(document["ignored"]),
        heads=_heads_in(document["heads"]),
        overrides={project: _override_in(change) for project, change in document["overrides"].items()},
    )


def _override_out(change: Override) -> Document:
    return {
        "placements": {remote: _place_out(place) for remote, place in sorted(change.placements.items())},
        "order": {key: list(ids) for key, ids in sorted(change.order.items())},
        "heads": _heads_out(change.heads),
    }


def _override_in(document: Mapping[str, Any]) -> Override:
    return Override(
        placements={remote: _place_in(place) for remote, place in document["placements"].items()},
        order={key: tuple(ids) for key, ids in document["order"].items()},
        heads=_heads_in(document["heads"]),
    )


def _place_out(place: Place) -> Document:
    return {"tray": place.value} if isinstance(place, Tray) else {"column": place}


def _place_in(document: Mapping[str, str]) -> Place:
    return Tray(document["tray"]) if "tray" in document else document["column"]


def _heads_out(heads: Mapping[str, Head]) -> Document:
    return {key: _head_out(head) for key, head in sorted(heads.items())}


def _heads_in(document: Mapping[str, Any]) -> dict[str, Head]:
    return {key: _head_in(head) for key, head in document.items()}


def _head_out(head: Head) -> Document:
    match head:
        case SameAs(key):
            return {"do": "same as", "status": key}
        case Leave():
            return {"do": "leave"}
        case Move():
            return {"do": "move"}


def _head_in(document: Mapping[str, str]) -> Head:
    match document["do"]:
        case "same as":
            return SameAs(document["status"])
        case "leave":
            return Leave()
        case "move":
            return Move()
        case other:
            msg = f"{other!r} is not something that can happen to an issue: move, same as, or leave."
            raise ValueError(msg)
