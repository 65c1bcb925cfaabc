"""Workflows: what is told of moves agrees with the moves that are open."""

from __future__ import annotations

from collections import Counter

import pytest

from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.values import Evidence, Workflow, WorkflowRequest


class WorkflowsContract(Contract):
    """A workflow tells what was read or seen, and marks what nobody has seen as not explored."""

    hook = "helpdesk_workflows"

    @reads("Workflows.read", "Workflow")
    def test_workflows_stay_within_their_statuses(self, desk: Desk) -> None:
        """Every step leads from a status of the workflow to one, and none is told twice."""
        workflow = _workflow(desk)
        known = {*workflow.status_ids, *desk.kind.status_ids}
        ends = {end for step in workflow.steps for end in (step.from_id, step.transition.to_id)}
        times = Counter((step.from_id, step.transition.id, step.transition.to_id) for step in workflow.steps)
        assert ends <= known, f"steps lead to statuses that the workflow does not have: {ends - known}"
        assert [step for step, count in times.items() if count > 1] == [], "these steps are told twice"

    @reads("Workflows.read", "Workflow")
    def test_workflows_explored_is_asked_for(self, desk: Desk) -> None:
        """`explored` names statuses of the workflow, and nothing else."""
        workflow = _workflow(desk)
        strange = workflow.explored - {*workflow.status_ids}
        assert strange == set(), f"explored, but not of the workflow: {strange}"

    @reads("Workflows.read", "Step")
    def test_workflows_learnt_steps_say_where(self, desk: Desk) -> None:
        """A learnt step names the issue whose answer showed it; the helpdesk shows that to whoever doubts it."""
        desk.seed()
        unseen = [step for step in _workflow(desk).steps if step.evidence is Evidence.LEARNT and not step.seen_on]
        assert unseen == [], "learnt steps do not say on which issue they were seen"

    @reads("Workflows.read", "TicketGateway.open")
    def test_workflows_agree_with_open_moves(self, desk: Desk) -> None:
        """From an explored status lead at least the moves that are open to an issue there."""
        if desk.integration.ticket_gateway is None:
            pytest.skip("The plugin does not implement helpdesk_ticket_gateway.")
        told = desk.open(desk.seed())
        if told.issue.kind_id not in {kind.id for kind in desk.detail.kinds}:
            pytest.skip("The issue's kind is no kind of the project: see test_gateway_fetch_tells_an_issue.")
        workflow = _workflow(desk, told.issue.kind_id)
        if told.issue.status_id not in workflow.explored:
            pytest.skip("Where a fresh issue stands is not explored, so steps may be missing.")
        drawn = {step.transition.to_id for step in workflow.steps if step.from_id == told.issue.status_id}
        # Statuses that the project does not have are the affair of test_gateway_open_tells_issue_and_moves.
        missing = {each.to_id for each in told.transitions} & {each.id for each in desk.detail.statuses} - drawn
        assert missing == set(), f"moves are open that the workflow, though explored, does not have: {missing}"


def _workflow(desk: Desk, kind_id: str = "") -> Workflow:
    kinds = {kind.id: kind for kind in desk.detail.kinds}
    kind = kinds[kind_id] if kind_id else desk.kind
    return desk.workflows.read(
        WorkflowRequest(connection=desk.connection, project=desk.project, kind_id=kind.id, status_ids=kind.status_ids)
    )
