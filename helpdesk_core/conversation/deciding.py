"""Which comments go where. Pure, because this is where an internal note would leak.

Two rules stand above all others: what is not public here does not leave, and nothing that comes in becomes public
unless an admin said so *and* everybody who sees the issue may read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from helpdesk_core.values import RemoteComment


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What holds for one link's conversation."""

    outward: bool = False
    inward: bool = False
    public: bool = False
    outward_since: datetime
    """From when on replies are carried: since the ticket and the issue were linked, or an admin chose it later."""
    inward_since: datetime
    """From when on comments of the issue are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A comment of the ticket."""

    id: int
    text: str
    author: str
    at: datetime
    public: bool
    """Whether the requester may read it, and it is not deleted."""
    from_here: bool
    """Whether it was written here, by a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A comment that is on both sides, or on its way."""

    comment_id: int
    remote_id: str = ""
    marker: str = ""
    text: str = ""
    edition: str = ""
    refused: str = ""
    gone: bool = False

    @property
    def outward(self) -> bool:
        """Whether it went from here to there."""
        return bool(self.marker)


# ── from here to there ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """Write a comment there."""

    said: Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Give a comment there the words that it has here now."""

    said: Said
    remote_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdraw:
    """Delete a comment there, because it is not public here any more."""

    comment_id: int
    remote_id: str


Outgoing: TypeAlias = Post | Edit | Withdraw


def outgoing(said: Iterable[Said], known: Iterable[Known], terms: Terms) -> list[Outgoing]:
    """Say what to do there, in the order in which it was said."""
    if not terms.outward:
        return []
    there = {each.comment_id: each for each in known}
    steps = (_outgoing(one, there.get(one.id), terms) for one in sorted(said, key=lambda each: each.id))
    return [step for step in steps if step is not None]


def _outgoing(said: Said, known: Known | None, terms: Terms) -> Outgoing | None:
    if not said.from_here:
        return None
    if known is None:
        return Post(said=said) if said.public and said.at >= terms.outward_since else None
    return _following(said, known) if known.outward and not known.gone else None


def _following(said: Said, known: Known) -> Outgoing | None:
    """Say what to do about a comment that went there, or was to."""
    if not said.public:
        return Withdraw(comment_id=said.id, remote_id=known.remote_id) if known.remote_id else None
    if known.refused == digest(said.text):
        return None
    if not known.remote_id:
        return Post(said=said)
    return Edit(said=said, remote_id=known.remote_id) if known.text != digest(said.text) else None


# ── from there to here ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeIn:
    """Add what was said there."""

    remote: RemoteComment
    public: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Follow what was edited there; `hide`: it is not for everybody there any more."""

    comment_id: int
    remote: RemoteComment
    hide: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeBack:
    """Delete the copy of what was deleted there."""

    comment_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognize:
    """A comment there is the one that we asked for."""

    comment_id: int
    remote: RemoteComment


@dataclass(frozen=True, kw_only=True, slots=True)
class Lose:
    """Somebody deleted there what went from here. It stays here, and is not written again."""

    comment_id: int


Incoming: TypeAlias = TakeIn | Change | TakeBack | Recognize | Lose


def incoming(remote: Iterable[RemoteComment], known: Iterable[Known], terms: Terms) -> list[Incoming]:
    """Say what to do here, given all comments there and all that are known."""
    remote, known = list(remote), list(known)
    by_id = {each.remote_id: each for each in known if each.remote_id}
    by_marker = {each.marker: each for each in known if each.marker}
    steps: list[Incoming] = []
    for each in remote:
        if each.marker:
            ours = by_marker.get(each.marker)
            if ours and not ours.remote_id:
                steps.append(Recognize(comment_id=ours.comment_id, remote=each))
        elif terms.inward:
            steps += _incoming(each, by_id.get(each.id), terms)
    there = {each.id for each in remote}
    lost = [each for each in known if each.remote_id and each.remote_id not in there and not each.gone]
    steps += [Lose(comment_id=each.comment_id) for each in lost if each.outward]
    steps += [TakeBack(comment_id=each.comment_id) for each in lost if not each.outward and terms.inward]
    return steps


def _incoming(remote: RemoteComment, known: Known | None, terms: Terms) -> list[Incoming]:
    if known is None:
        if remote.created_at < terms.inward_since:
            return []
        return [TakeIn(remote=remote, public=terms.public and not remote.internal)]
    if known.outward or known.edition == edition_of(remote):
        return []
    return [Change(comment_id=known.comment_id, remote=remote, hide=remote.internal)]


def edition_of(remote: RemoteComment) -> str:
    """Return what differs whenever a remote comment was changed, who may read it included."""
    edition = remote.edition or remote.updated_at.isoformat()
    return f"{edition} {'internal' if remote.internal else 'open'}"


def digest(text: str) -> str:
    """Return a short stand-in for a text, by which a change is noticed."""
    return hashlib.sha256(text.encode()).hexdigest()
