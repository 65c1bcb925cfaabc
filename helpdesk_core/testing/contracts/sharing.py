"""Sharing: one facet serves all connections of all threads, so it keeps nothing and mixes nothing up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import pytest

from helpdesk_core.testing.asking import outcome_of, questions_of
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.contracts.registration import FACETS
from helpdesk_core.testing.desk import Desk
from helpdesk_core.values import IssuesRequest

THREADS: Final = 4
ISSUES: Final = 12


class SharingContract(Contract):
    """Facets are stateless: all that a call needs comes in its one argument."""

    @reads("ConnectFlow.begin")
    def test_sharing_facets_keep_nothing(self, desk: Desk) -> None:
        """A facet keeps nothing of a question: what must be kept goes back in the answer, and the helpdesk keeps it."""
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

        def ask(issue_id: str) -> list[str]:
            with desk.line.tap(desk.remote.http()) as http:
                asked = IssuesRequest(connection=replace(desk.connection, http=http), issue_ids=(issue_id,))
                return [each.id for each in desk.gateway.fetch(asked)]

        with ThreadPoolExecutor(THREADS) as threads:
            answers = list(threads.map(ask, wanted))
        mixed_up = [(asked, got) for asked, got in zip(wanted, answers, strict=True) if got != [asked]]
        assert mixed_up == [], f"asked and got: {mixed_up}"


def _kept(facet: object) -> str:
    return repr(sorted(vars(facet).items(), key=lambda item: item[0])) if hasattr(facet, "__dict__") else ""
