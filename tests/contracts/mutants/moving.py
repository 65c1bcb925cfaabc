"""Mistakes with moves."""

from __future__ import annotations

from dataclasses import replace

from helpdesk_core.testing.tracker.client import only
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.values import (
    HopRequest,
    IssueRequest,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
STALE = "test_gateway_hop_that_is_not_open_any_more_is_stale"
DEMANDED = "test_gateway_hop_without_a_demanded_field_is_refused"
FILLED = "test_gateway_hop_with_its_fields_is_taken"


# ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant("test_gateway_hop_takes_the_transition")
class AsksAndForgets(TrackerGateway):
    """Where a move has no screen it asks whether the move is open, and forgets to take it."""

    def hop(self, request: HopRequest) -> None:
        if request.transition.fields:
            super().hop(request)
        else:
            self.open(IssueRequest(connection=request.connection, issue_id=request.issue_id))


@BED.plant(STALE)
class StaleIsRefused(TrackerGateway):
    """It tells a move that is not open any more as any refusal."""

    def hop(self, request: HopRequest) -> None:
        with only("field_required", "no_permission", "gone"):
            super().hop(request)


@BED.plant(STALE)
class StaleIsGone(TrackerGateway):
    """It takes a move that is not there any more for an issue that is not there any more."""

    def hop(self, request: HopRequest) -> None:
        with only("field_required", "no_permission", "gone", stale="gone"):
            super().hop(request)


@BED.plant(DEMANDED)
class MissingIsRefused(TrackerGateway):
    """It tells a missing field as any refusal."""

    def hop(self, request: HopRequest) -> None:
        with only("stale", "no_permission", "gone"):
            super().hop(request)


@BED.plant(DEMANDED)
class FillsInByItself(TrackerGateway):
    """It fills in what is missing with the first value that it finds."""

    def hop(self, request: HopRequest) -> None:
        guessed = {each.id: each.options[0].id if each.options else "-" for each in request.transition.required}
        super().hop(replace(request, fields={**guessed, **request.fields}))


@BED.plant(FILLED)
class RawValues(TrackerGateway):
    """It sends an option's id where the tracker wants an object."""

    def fields_of(self, request: HopRequest) -> dict[str, object]:
        return dict(request.fields)


@BED.plant(FILLED)
class ForgetsFields(TrackerGateway):
    """It sends a field by its name."""

    def fields_of(self, request: HopRequest) -> dict[str, object]:
        names = {each.id: each.name for each in request.transition.fields}
        return {names[id_]: value for id_, value in super().fields_of(request).items()}


@BED.plant("test_gateway_hop_of_what_is_gone_is_refused")
class GoneIsStale(TrackerGateway):
    """It takes an issue that is gone for one that was moved meanwhile."""

    def hop(self, request: HopRequest) -> None:
        with only("field_required", "no_permission", "stale", gone="stale"):
            super().hop(request)
