"""What a form post of the board page does to a draft. Knows no Flask: views hand over the fields.

One post may carry several things at once, because without JavaScript the whole board is one form: heads that were
changed meanwhile, and the button that was pressed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from helpdesk_core.errors import Refused
from helpdesk_core.mapping.board import Place
from helpdesk_core.mapping.cards import group_of
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.gestures import choose_head, follow_default, place
from helpdesk_core.mapping.page import Lane, Scope, read_head, read_place
from helpdesk_core.mapping.wording import Names, head_words, moved_words


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """The fields of the board's form."""

    do: str
    """The button: move, up:ID, down:ID, heads, follow, review."""
    cards: tuple[str, ...] = ()
    """group:ID for all statuses on a card, single:ID for one."""
    to: str = ""
    before: str = ""
    """The card in front of which they go; empty: at the end."""
    heads: Mapping[str, str] = field(default_factory=dict)
    """Ticket status → the head chosen, of those that differ from what the page showed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edited:
    """A draft after a post."""

    draft: Draft
    said: tuple[str, ...] = ()
    """What was done, in sentences, for the page to announce."""
    focus: str = ""
    """The card to go on with."""


def apply_post(draft: Draft, post: Post, *, lanes: Collection[Lane], names: Names, scope: Scope) -> Edited:
    """Apply a post to a draft.

    Args:
        draft: the draft before.
        post: the fields.
        lanes: the board as it is shown before; groups are read from it.
        names: what to call things.
        scope: which board is edited.

    Raises:
        Refused: nothing was ticked, or the post names what does not exist.
    """
    edited = _choose_heads(Edited(draft=draft), post, names, scope)
    match post.do.partition(":")[0]:
        case "move":
            return _move(edited, post, lanes, names, scope)
        case "up" | "down":
            return _shift(edited, post, lanes, names, scope)
        case "follow" if scope.project_id:
            followed = replace(edited.draft, board=follow_default(edited.draft.board, scope.project_id))
            said = f"{names.project(scope.project_id)} follows the default again."
            return Edited(draft=followed, said=(*edited.said, said))
        case _:
            return edited


def _choose_heads(edited: Edited, post: Post, names: Names, scope: Scope) -> Edited:
    known = {status.key for status in names.statuses}
    for key, value in post.heads.items():
        head = read_head(value)
        if head is None or key not in known:
            msg = "The page is older than the ticket statuses. Reload it and choose again."
            raise Refused(msg)
        board = choose_head(edited.draft.board, scope.project_id, key, head, names.statuses)
        said = f"{names.place(key)}: {head_words(head, names)}."
        edited = Edited(draft=replace(edited.draft, board=board), said=(*edited.said, said))
    return edited


def _move(edited: Edited, post: Post, lanes: Collection[Lane], names: Names, scope: Scope) -> Edited:
    target = _target(post.to, names)
    chosen = [remote for value in post.cards for remote in _statuses(value, lanes)]
    if not chosen:
        msg = "Nothing is ticked. Tick the cards to move, then choose where to."
        raise Refused(msg)
    board = place(edited.draft.board, scope.project_id, chosen, target, before=post.before or None)
    return Edited(
        draft=_without_reasons(replace(edited.draft, board=board), chosen),
        said=(*edited.said, moved_words(chosen, target, names)),
        focus=chosen[0],
    )


def _shift(edited: Edited, post: Post, lanes: Collection[Lane], names: Names, scope: Scope) -> Edited:
    direction, _, card_id = post.do.partition(":")
    lane = next((lane for lane in lanes if any(card.id == card_id for card in lane.cards)), None)
    target = read_place(lane.value) if lane else None
    if lane is None or not isinstance(target, str):
        msg = "This card lies in no column any more. Reload the page and try again."
        raise Refused(msg)
    ids = [card.id for card in lane.cards]
    position = ids.index(card_id)
    wanted = position + (-1 if direction == "up" else 1)
    if not 0 <= wanted < len(ids):
        return edited
    rest = [other for other in ids if other != card_id]
    before = rest[wanted] if wanted < len(rest) else None
    cards = lane.cards[position].ids
    board = place(edited.draft.board, scope.project_id, cards, target, before=before)
    said = f"{names.remote(card_id)} is number {wanted + 1} of {len(ids)} in {lane.name}."
    return Edited(draft=replace(edited.draft, board=board), said=(*edited.said, said), focus=card_id)


def _target(value: str, names: Names) -> Place:
    target = read_place(value)
    if target is None or (isinstance(target, str) and target not in {status.key for status in names.statuses}):
        msg = "Choose where to move the cards."
        raise Refused(msg)
    return target


def _statuses(value: str, lanes: Collection[Lane]) -> tuple[str, ...]:
    kind, _, remote = value.partition(":")
    cards = [card for lane in lanes for card in lane.cards]
    shown = {known for card in cards for known in card.ids}
    if remote not in shown:
        msg = "A ticked card is not on the board any more. Reload the page and try again."
        raise Refused(msg)
    return group_of(remote, cards) if kind == "group" else (remote,)


def _without_reasons(draft: Draft, moved: Collection[str]) -> Draft:
    # A suggestion's reason does not explain where a person put the card afterwards.
    return replace(draft, reasons={r: why for r, why in draft.reasons.items() if r not in moved})
