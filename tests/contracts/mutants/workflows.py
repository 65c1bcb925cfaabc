"""Mistakes with what can follow what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from helpdesk_core.testing.tracker.client import Client
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from helpdesk_core.values import Evidence, Step, Workflow, WorkflowRequest
from tests.contracts.mutants.planting import Bed

BED = Bed()
WITHIN = "test_workflows_stay_within_their_statuses"
AGREE = "test_workflows_agree_with_open_moves"


@BED.plant(WITHIN)
class StepsFromElsewhere(TrackerWorkflows):
    """It lets a move from everywhere begin in statuses that this kind of issue does not have."""

    def steps_of(self, edge: Told, request: WorkflowRequest) -> Iterator[Step]:
        yield from super().steps_of(edge, replace(request, status_ids=(*request.status_ids, "blocked")))


@BED.plant(WITHIN)
class StepTwice(TrackerWorkflows):
    """It tells a step once for each screen."""

    def steps_of(self, edge: Told, request: WorkflowRequest) -> Iterator[Step]:
        for step in super().steps_of(edge, request):
            yield from (step, step)


@BED.plant("test_workflows_explored_is_asked_for")
class ExploredElsewhere(TrackerWorkflows):
    """It calls statuses explored that this kind of issue does not have."""

    def read(self, request: WorkflowRequest) -> Workflow:
        found = super().read(request)
        return replace(found, explored=found.explored | {"blocked"})


@BED.plant("test_workflows_learnt_steps_say_where")
class LearntFromNobody(TrackerWorkflows):
    """It learns from issues, and does not say from which."""

    def known(self, client: Client, request: WorkflowRequest) -> Workflow:
        found = self.learnt(client, request)
        return replace(found, steps=tuple(replace(each, seen_on="") for each in found.steps))


@BED.plant(AGREE)
class NoWaysFromEverywhere(TrackerWorkflows):
    """It leaves out moves that begin everywhere."""

    def steps_of(self, edge: Told, request: WorkflowRequest) -> Iterator[Step]:
        return super().steps_of(edge, request) if edge.maybe("from") else iter(())


@BED.plant(AGREE)
class Backwards(TrackerWorkflows):
    """It confuses from and to."""

    def steps_of(self, edge: Told, request: WorkflowRequest) -> Iterator[Step]:
        for step in super().steps_of(edge, request):
            turned = replace(step.transition, to_id=step.from_id)
            yield Step(from_id=step.transition.to_id, transition=turned, evidence=Evidence.KNOWN)
