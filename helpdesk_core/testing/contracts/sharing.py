"""Sharing: one facet serves all connections of all threads, so it keeps nothing and mixes nothing up."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from types import FunctionType
from typing import Any, Final

import pytest
from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter

from helpdesk_core.testing.asking import outcome_of, questions_of
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.contracts.registration import FACETS
from helpdesk_core.testing.desk import Desk
from helpdesk_core.values import IssuesRequest

THREADS: Final = 4
ISSUES: Final = 12
PATIENCE_S: Final = 1
DEPTH: Final = 6
"""How deep within a facet something is looked for that changed."""


class _Meeting(BaseAdapter):
    """Holds each call until every thread has one on its way: so they meet, and not by chance.

    Where threads make different numbers of calls they cannot always meet; then nobody waits any more.
    """

    def __init__(self, meeting: Barrier, adapter: BaseAdapter) -> None:
        super().__init__()
        self._meeting, self._adapter = meeting, adapter

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        # requests passes everything by name; the named parameters would only be handed on
        with suppress(BrokenBarrierError):
            self._meeting.wait(PATIENCE_S)
        return self._adapter.send(request, **options)

    def close(self) -> None:
        self._adapter.close()


def _meeting(session: Session, meeting: Barrier) -> Session:
    for prefix, adapter in list(session.adapters.items()):
        session.mount(prefix, _Meeting(meeting, adapter))
    return session


class SharingContract(Contract):
    """Facets are stateless: all that a call needs comes in its one argument."""

    @reads("ConnectFlow.begin")
    def test_sharing_facets_keep_nothing(self, desk: Desk) -> None:
        """A facet keeps nothing of a question, not in an attribute of its class either.

        What must be kept goes back in the answer, and the helpdesk keeps it.
        """
        facets = [getattr(desk.integration, each) for each in FACETS]
        before = [_kept(facet) for facet in facets]
        for question in questions_of(desk.integration):
            outcome_of(question.prepare(desk))
        changed = [type(facet).__name__ for facet, was in zip(facets, before, strict=True) if _kept(facet) != was]
        assert changed == [], f"these facets changed while they were asked: {', '.join(changed)}"

    @reads("TicketGateway.fetch")
    def test_sharing_threads_get_their_own_answers(self, desk: Desk) -> None:
        """Asked by several threads at once, each with its own session, a facet answers each what it asked."""
        if desk.integration.ticket_gateway is None:
            pytest.skip("The plugin does not implement helpdesk_ticket_gateway.")
        wanted = [desk.seed() for _ in range(ISSUES)]
        _ = desk.connection

        meeting = Barrier(THREADS)

        def ask(issue_id: str) -> list[str]:
            with _meeting(desk.line.tap(desk.remote.http()), meeting) as http:
                asked = IssuesRequest(connection=replace(desk.connection, http=http), issue_ids=(issue_id,))
                return [each.id for each in desk.gateway.fetch(asked)]

        with ThreadPoolExecutor(THREADS) as threads:
            answers = list(threads.map(ask, wanted))
        mixed_up = [(asked, got) for asked, got in zip(wanted, answers, strict=True) if got != [asked]]
        assert mixed_up == [], f"asked and got: {mixed_up}"


def _kept(thing: object, depth: int = DEPTH) -> str:
    """Write down all that an object keeps: its own attributes, those of its class, and what is within them."""
    if isinstance(thing, Mapping):
        return repr([(repr(name), _kept(value, depth - 1)) for name, value in thing.items()]) if depth else ""
    if isinstance(thing, list | tuple | set | frozenset):
        return repr([_kept(each, depth - 1) for each in thing]) if depth else ""
    if not depth or isinstance(thing, type | FunctionType | Session) or type(thing).__module__ == "builtins":
        return repr(thing)
    return f"{type(thing).__name__} {_kept(_attributes(thing), depth - 1)}"


def _attributes(thing: object) -> dict[str, object]:
    classes = [each for each in type(thing).__mro__ if not each.__module__.startswith(("helpdesk_core.facets", "abc"))]
    shared = {
        name: value
        for cls in reversed(classes)
        if cls is not object
        for name, value in vars(cls).items()
        if not name.startswith("__") and isinstance(value, Mapping | list | set)
    }
    slots = {name for cls in classes for name in _slots_of(cls)}
    return shared | {name: getattr(thing, name, None) for name in sorted(slots)} | getattr(thing, "__dict__", {})


def _slots_of(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    named = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(f"_{cls.__name__.lstrip('_')}{each}" if each.startswith("__") else each for each in named)
