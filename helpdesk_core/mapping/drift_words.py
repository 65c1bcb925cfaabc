"""What the page “What changed” shows of drift, in words, with the linked tickets that it touches. Knows no Flask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from helpdesk_core.mapping.cards import CATEGORY_WORDS
from helpdesk_core.mapping.models import DriftItem, DriftKind
from helpdesk_core.mapping.observing import LivePair
from helpdesk_core.mapping.page import Option
from helpdesk_core.mapping.vocabulary import Stored
from helpdesk_core.mapping.wording import Names, listed
from helpdesk_core.values import RemoteStatus, StatusCategory

MOST_WAYS: Final = 8
"""How many ways an item spells out; the judgement shows them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Touched:
    """Linked tickets whose issues are in a status."""

    status_id: str
    name: str
    tickets: int

    @property
    def words(self) -> str:
        """How many, and where."""
        return f"{self.tickets} linked ticket{'' if self.tickets == 1 else 's'} in {self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownItem:
    """One thing that changed; the same move of several kinds of issues is one."""

    ids: tuple[int, ...]
    kind: str
    title: str
    words: str
    details: tuple[str, ...] = ()
    touched: tuple[Touched, ...] = ()
    replacements: tuple[Option, ...] = ()
    since: datetime

    @property
    def key(self) -> str:
        """A word for ids within the page."""
        return f"item-{self.ids[0]}"


def show_items(
    rows: Iterable[DriftItem], *, stored: Stored, names: Names, live: tuple[LivePair, ...], product: str
) -> tuple[ShownItem, ...]:
    """Make what is shown of open items.

    Args:
        rows: the items.
        stored: what was read of the remote system.
        names: what to call things; also statuses that are gone.
        live: where linked tickets and their issues are now.
        product: what the integration calls itself.
    """
    groups: dict[object, list[DriftItem]] = {}
    for row in rows:
        groups.setdefault(_group(row), []).append(row)
    shown = _Shown(stored, names, live, product)
    return tuple(shown.item(group) for group in groups.values())


def _group(row: DriftItem) -> object:
    """Return what several rows share that are one thing to an admin: projects and kinds share workflows."""
    return (row.about["name"], row.about["to"]) if row.kind == DriftKind.MOVE else row.id


@dataclass(frozen=True, slots=True)
class _Shown:
    stored: Stored
    names: Names
    live: tuple[LivePair, ...]
    product: str

    def item(self, rows: list[DriftItem]) -> ShownItem:
        match rows[0].kind:
            case DriftKind.VANISHED:
                return self._vanished(rows[0])
            case DriftKind.CATEGORY:
                return self._category(rows[0])
            case DriftKind.PROJECT:
                return self._project(rows[0])
            case DriftKind.MOVE:
                return self._move(rows)

    def _vanished(self, row: DriftItem) -> ShownItem:
        name = row.about["name"]
        return ShownItem(
            ids=(row.id,),
            kind=row.kind,
            title=f"{name} is gone",
            words=f"{self.product} has no status “{name}” any more, but its card lies on the board. "
            "Choose which status takes its place there, or take the card off.",
            touched=self._touched([row.subject], {row.subject: name}),
            replacements=self._replacements(row.subject, name, row.about["category"]),
            since=row.found_at,
        )

    def _category(self, row: DriftItem) -> ShownItem:
        name = self.names.remote(row.subject)
        before, after = (CATEGORY_WORDS[StatusCategory(row.about[which])] for which in ("before", "after"))
        return ShownItem(
            ids=(row.id,),
            kind=row.kind,
            title=f"{name} counts as {after} now",
            words=f"{self.product} counted “{name}” as {before} when its card was placed, and now counts it as "
            f"{after}. The card lies where it lay: look whether it still belongs there.",
            touched=self._touched([row.subject]),
            since=row.found_at,
        )

    def _project(self, row: DriftItem) -> ShownItem:
        name = row.about["name"] or f"project {row.subject}"
        remotes = row.about["statuses"]
        cards = (
            f" {len(remotes)} of its statuses {'lies' if len(remotes) == 1 else 'lie'} on the board." if remotes else ""
        )
        return ShownItem(
            ids=(row.id,),
            kind=row.kind,
            title=f"{name} is gone or hidden",
            words=f"{self.product} does not show the project to the helpdesk’s account any more.{cards} "
            "Give the account its permission back, or use the project no more.",
            touched=self._touched(remotes),
            since=row.found_at,
        )

    def _move(self, rows: list[DriftItem]) -> ShownItem:
        about = rows[0].about
        name, to = about["name"], self.names.remote(about["to"])
        sources = list(dict.fromkeys(row.about["from"] for row in rows))
        ways = {(way["ticket_status"], way["start"], way["now"]): None for row in rows for way in row.about["ways"]}
        tickets = listed(dict.fromkeys(self.names.place(ticket_status) for ticket_status, _, _ in ways))
        return ShownItem(
            ids=tuple(row.id for row in rows),
            kind=rows[0].kind,
            title=f"The move “{name}” to {to} is gone",
            words=f"{_where(rows)}: the workflow does not lead from {listed(map(self.names.remote, sources))} to {to} "
            f"any more. The mapping needs it for {tickets}.",
            details=_ways(ways, self.names),
            touched=self._touched(list(dict.fromkeys(start for _, start, _ in ways)), among=_places(rows)),
            since=min(row.found_at for row in rows),
        )

    def _touched(
        self,
        status_ids: list[str],
        called: Mapping[str, str] | None = None,
        *,
        among: frozenset[tuple[str, str]] | None = None,
    ) -> tuple[Touched, ...]:
        counts = {
            id_: sum(
                pair.tickets
                for pair in self.live
                if pair.remote_status == id_ and (among is None or (pair.project_id, pair.kind_id) in among)
            )
            for id_ in status_ids
        }
        names = called or {}
        return tuple(
            Touched(status_id=id_, name=names.get(id_) or self.names.remote(id_), tickets=count)
            for id_, count in counts.items()
            if count
        )

    def _replacements(self, gone: str, name: str, category: str) -> tuple[Option, ...]:
        """Offer every status that is there, and preselect the one of the same name and category, if there is one."""
        statuses = sorted(self.stored.all_statuses.values(), key=lambda each: (each.name.casefold(), each.id))
        alike = [s.id for s in statuses if (s.name.casefold(), s.category.value) == (name.casefold(), category)]
        return tuple(
            Option(value=each.id, label=self._label(each), chosen=alike == [each.id])
            for each in statuses
            if each.id != gone
        )

    def _label(self, status: RemoteStatus) -> str:
        owner = f" · {self.names.project(status.project_id)}" if status.project_id else ""
        return f"{status.name} · {CATEGORY_WORDS[status.category]}{owner}"


def _where(rows: list[DriftItem]) -> str:
    kinds: dict[str, dict[str, None]] = {}
    for row in rows:
        kinds.setdefault(row.about["project_key"], {})[row.about["kind_name"]] = None
    return listed(f"{key} {listed(of)}" for key, of in kinds.items())


def _places(rows: list[DriftItem]) -> frozenset[tuple[str, str]]:
    return frozenset((row.about["project_id"], row.about["kind_id"]) for row in rows)


def _ways(ways: Iterable[tuple[str, str, str]], names: Names) -> tuple[str, ...]:
    told = [f"To {names.place(ticket_status)}, from {names.remote(start)}: {now}" for ticket_status, start, now in ways]
    more = [f"And {len(told) - MOST_WAYS} more."] if len(told) > MOST_WAYS + 1 else []
    return (*(told[:MOST_WAYS] if more else told), *more)
