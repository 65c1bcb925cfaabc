"""Joins the rules with the planner: one look at an issue, and which hop to take or why there is none. Pure."""

from __future__ import annotations

from helpdesk_core.mapping.board import Targets
from helpdesk_core.mapping.paths import Hop, Plan, Refusal, Terms, next_hop
from helpdesk_core.sync.merge import Reason
from helpdesk_core.values import OpenIssue, Workflow


class Planning:
    """Plans for one look at one issue. After `next_step`, `hop` or `refusal` says what `route` has found."""

    def __init__(self, graph: Workflow, opened: OpenIssue, terms: Terms) -> None:
        self.graph = graph
        self.opened = opened
        self.hop: Hop | None = None
        self.refusal: Refusal | None = None
        self._terms = terms

    def route(self, _remote: str, targets: tuple[str, ...], underway: bool) -> str | Reason:
        """Answer `progress.next_step`: the status to ask for, or why not."""
        outcome = next_hop(self.graph, self.opened, Targets(targets), self._terms, underway=underway)
        match outcome:
            case Hop():
                self.hop = outcome
                return outcome.to_id
            case None | Plan():  # it is there: the rules then say that both sides agree, and do not ask
                return self.opened.issue.status_id
            case _:
                self.refusal = outcome
                return Reason(outcome.reason.value)
