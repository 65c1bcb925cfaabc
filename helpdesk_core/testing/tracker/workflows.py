"""Reads the workflow of a kind of issue; where the account may not, learns from issues what it can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import Workflows
from helpdesk_core.testing.tracker.client import Client, segment
from helpdesk_core.testing.tracker.moves import transition_of
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import Evidence, Step, Workflow, WorkflowRequest


class TrackerWorkflows(Workflows):
    """The workflows of one workspace."""

    client: ClassVar[type[Client]] = Client

    def read(self, request: WorkflowRequest) -> Workflow:
        """Read the workflow itself, or else what issues show."""
        client = self.client.of(request.connection)
        try:
            return self.known(client, request)
        except Rejected as refusal:
            if refusal.code != "no_permission":
                raise
        return self.learnt(client, request)

    def known(self, client: Client, request: WorkflowRequest) -> Workflow:
        """Read the workflow; then the ways out of all statuses are known."""
        path = f"projects/{segment(request.project.id)}/kinds/{segment(request.kind_id)}/workflow"
        told = client.get(path)
        steps = (step for edge in told.items("edges") for step in self.steps_of(edge, request))
        return Workflow(status_ids=request.status_ids, steps=tuple(steps), explored=frozenset(request.status_ids))

    def steps_of(self, edge: Told, request: WorkflowRequest) -> Iterator[Step]:
        """Return a step for each status that an edge leads from; one without a beginning leads from all others."""
        transition, source = transition_of(edge), edge.maybe("from")
        starts = (source,) if source else tuple(each for each in request.status_ids if each != transition.to_id)
        for start in starts:
            yield Step(from_id=start, transition=transition, evidence=Evidence.KNOWN)

    def learnt(self, client: Client, request: WorkflowRequest) -> Workflow:
        """Look at one issue in each status, and say of which one it was learnt."""
        query = {"project": request.project.id, "kind": request.kind_id}
        seen: dict[str, str] = {}
        for each in client.get("issues", query).items():
            seen.setdefault(each.text("status"), each.text("id"))
        if not seen:
            client.me()  # a stranger is shown an empty list
        steps, explored = list[Step](), set[str]()
        for issue_id in seen.values():
            told = self.shown_by(client, issue_id)
            if told is None or not told.flag("may_move"):
                continue
            status_id = told.text("status")
            if status_id in explored or status_id not in request.status_ids:
                continue
            explored.add(status_id)
            steps += [
                Step(from_id=status_id, transition=transition_of(move), evidence=Evidence.LEARNT, seen_on=issue_id)
                for move in told.items("moves")
            ]
        return Workflow(status_ids=request.status_ids, steps=tuple(steps), explored=frozenset(explored))

    def shown_by(self, client: Client, issue_id: str) -> Told | None:
        """Read an issue with its moves; None: it was deleted meanwhile."""
        try:
            return client.get(f"issues/{segment(issue_id)}")
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
            return None
