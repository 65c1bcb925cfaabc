"""Cards as the board shows them: same-named statuses of team-managed projects in one place are one card. Pure.

A site with 500 team-managed projects has 500 statuses called "In Progress"; nobody wants to place each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helpdesk_core.values import RemoteStatus, StatusCategory

CATEGORY_WORDS = {
    StatusCategory.NEW: "To do",
    StatusCategory.IN_PROGRESS: "In progress",
    StatusCategory.DONE: "Done",
    StatusCategory.UNDEFINED: "No category",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One remote status of a card."""

    id: str
    projects: tuple[str, ...]
    """Keys of the projects in which it occurs, as far as that is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One remote status, or several of one name that go together."""

    name: str
    category: StatusCategory
    members: tuple[Member, ...]
    shared: bool
    """Company-managed: several projects may use it."""
    where: str
    """The projects in words."""
    reason: str = ""
    """Why the suggestion put it here."""
    here: str = ""
    """Which issues go to this card: "here" for all, or "here: WEB" for some; empty: none, and no badge."""
    differs: bool = False
    """Whether it lies elsewhere in this project than by default."""
    gone: bool = False
    """Whether the remote system does not know it any more."""

    @property
    def id(self) -> str:
        """Identifies the card on the page: its first status."""
        return self.members[0].id

    @property
    def ids(self) -> tuple[str, ...]:
        """The remote statuses of the card, in order."""
        return tuple(member.id for member in self.members)

    @property
    def category_words(self) -> str:
        """The category as the remote system's people call it."""
        return CATEGORY_WORDS[self.category]

    @property
    def search_text(self) -> str:
        """What the filter looks at."""
        return " ".join([self.name, self.category_words, *(key for m in self.members for key in m.projects)]).casefold()


def make_cards(
    ids: Iterable[str],
    *,
    statuses: Mapping[str, RemoteStatus],
    keys_of: Mapping[str, tuple[str, ...]],
    in_use: int,
    reasons: Mapping[str, str],
    differing: frozenset[str] = frozenset(),
) -> list[Card]:
    """Make the cards of one place.

    Args:
        ids: the remote statuses, in order.
        statuses: every known remote status by id.
        keys_of: remote status id → keys of the projects in which it occurs.
        in_use: how many projects are in use.
        reasons: remote status id → why it was suggested.
        differing: the statuses that lie elsewhere by default.
    """
    groups: dict[object, list[str]] = {}
    for remote_id in ids:
        groups.setdefault(_group(remote_id, statuses), []).append(remote_id)
    return [
        _card(members, statuses=statuses, keys_of=keys_of, in_use=in_use, reasons=reasons, differing=differing)
        for members in groups.values()
    ]


def group_of(card_id: str, cards: Iterable[Card]) -> tuple[str, ...]:
    """Return all statuses that lie on one card with `card_id`."""
    return next((card.ids for card in cards if card_id in card.ids), (card_id,))


def _group(remote_id: str, statuses: Mapping[str, RemoteStatus]) -> object:
    status = statuses.get(remote_id)
    if status is None or status.project_id is None:
        return remote_id
    return (status.name.casefold(), status.category)


def _card(
    members: list[str],
    *,
    statuses: Mapping[str, RemoteStatus],
    keys_of: Mapping[str, tuple[str, ...]],
    in_use: int,
    reasons: Mapping[str, str],
    differing: frozenset[str],
) -> Card:
    status = statuses.get(members[0]) or RemoteStatus(id=members[0], name=f"Status {members[0]}")
    shown = tuple(Member(id=remote_id, projects=keys_of.get(remote_id, ())) for remote_id in members)
    return Card(
        name=status.name,
        category=status.category,
        members=shown,
        shared=status.project_id is None,
        where=_where(shown, in_use),
        reason=reasons.get(members[0], ""),
        differs=not differing.isdisjoint(members),
        gone=members[0] not in statuses,
    )


def _where(members: tuple[Member, ...], in_use: int) -> str:
    keys = list(dict.fromkeys(key for member in members for key in member.projects))
    if len(members) > 1:
        return "team-managed" if len(keys) == len(members) else f"team-managed: {_keys(keys)}"
    if not keys:
        return "no project in use"
    return f"all {in_use} projects" if len(keys) == in_use > 1 else _keys(keys)


def _keys(keys: list[str], most: int = 4) -> str:
    more = [f"{len(keys) - most} more"] if len(keys) > most + 1 else []
    return ", ".join([*keys[: most if more else None], *more])
