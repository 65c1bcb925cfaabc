"""Mistakes with new issues."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.tracker.client import Query, only
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    ArrivedRequest,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FoundIssue,
    IssueRequest,
    RecentRequest,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
FIELDS = "test_creation_fields_can_be_filled_in"
WHOLE = "test_creation_makes_a_whole_issue"
MARKER = "test_creation_is_known_by_its_marker"
FOUND = "test_creation_is_found_after_a_lost_answer"
OTHERS = "test_creation_describes_what_others_made"
GONE = "test_creation_describe_of_what_is_gone_is_refused"
KIND = "test_creation_of_an_unknown_kind_is_refused"
DEMANDED = "test_creation_without_a_demanded_field_is_refused"
ARRIVED = "test_creation_arrived_names_new_issues"
DELETED = "test_creation_is_deleted_once_and_for_all"


@BED.plant(FIELDS)
class AsksForTheTitle(TrackerCreation):
    """It tells the title as one more field."""

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        return (CreateField(id="title", name="Title", shape="text"), *super().fields(request))


@BED.plant(FIELDS)
class FieldTwice(TrackerCreation):
    """It tells a field once for each screen."""

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        return tuple(each for each in super().fields(request) for _ in range(2 if each.id == "priority" else 1))


@BED.plant(FIELDS)
class NamelessOption(TrackerCreation):
    """It tells choices by their ids alone."""

    def field_of(self, told: Told) -> CreateField:
        found = super().field_of(told)
        return replace(found, options=tuple(FieldOption(id=each.id, name="") for each in found.options))


@BED.plant(WHOLE)
class NoAuthor(TrackerCreation):
    """It does not say who asked for help."""

    def payload_of(self, request: CreateRequest) -> dict[str, Any]:
        return super().payload_of(replace(request, author="The helpdesk"))


@BED.plant(WHOLE)
class NoText(TrackerCreation):
    """It forgets the text."""

    def payload_of(self, request: CreateRequest) -> dict[str, Any]:
        return super().payload_of(replace(request, body=""))


@BED.plant(WHOLE)
class AddressByHttp(TrackerCreation):
    """It leads an agent to the new issue by http."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        made = super().create(request)
        return replace(made, url=made.url.replace("https", "http"))


@BED.plant(WHOLE)
class NoKey(TrackerCreation):
    """It gives the new issue no key."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        return replace(super().create(request), key="")


@BED.plant(MARKER)
class DescribesWithoutAMarker(TrackerCreation):
    """It gives the marker back in a list, and not where one issue is read."""

    def describe(self, request: IssueRequest) -> FoundIssue:
        return replace(super().describe(request), marker="")


@BED.plant(MARKER)
class NothingIsOurs(TrackerCreation):
    """It does not know its own issues."""

    def describe(self, request: IssueRequest) -> FoundIssue:
        return replace(super().describe(request), ours=False)


@BED.plant(FOUND)
class MarksEverything(TrackerCreation):
    """It looks through everybody's issues, and takes the id for a marker where there is none."""

    def recent_query(self, request: RecentRequest) -> Query:
        return {name: value for name, value in super().recent_query(request).items() if name != "by"}

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        return tuple(replace(each, marker=each.marker or each.issue.id) for each in super().recent(request))


@BED.plant(OTHERS)
class AllIsOurs(TrackerCreation):
    """It takes every issue for its own."""

    def describe(self, request: IssueRequest) -> FoundIssue:
        return replace(super().describe(request), ours=True)


@BED.plant(OTHERS)
class NoReporter(TrackerCreation):
    """It does not say who reported an issue."""

    def describe(self, request: IssueRequest) -> FoundIssue:
        return replace(super().describe(request), reporter="")


@BED.plant(OTHERS)
class NaiveMoment(TrackerCreation):
    """It tells when an issue was made without a time zone."""

    def describe(self, request: IssueRequest) -> FoundIssue:
        found = super().describe(request)
        return replace(found, created_at=found.created_at and found.created_at.replace(tzinfo=None))


@BED.plant(GONE)
class DescribesNothing(TrackerCreation):
    """It has one code for all that the tracker refuses when an issue is described."""

    def describe(self, request: IssueRequest) -> FoundIssue:
        with only():
            return super().describe(request)


@BED.plant(KIND)
class KindIsRefused(TrackerCreation):
    """It tells an unknown kind as any refusal."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        with only("field_required", "no_permission"):
            return super().create(request)


@BED.plant(KIND)
class AnyKind(TrackerCreation):
    """It takes another kind where the project does not have this one."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        try:
            return super().create(request)
        except Rejected as refusal:
            if refusal.code != "kind":
                raise
            return super().create(replace(request, kind_id="task"))


@BED.plant(DEMANDED)
class MissingIsRefused(TrackerCreation):
    """It tells a missing field as any refusal."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        with only("kind", "no_permission"):
            return super().create(request)


@BED.plant(DEMANDED)
class DemandsNothing(TrackerCreation):
    """It does not say which fields are demanded."""

    def field_of(self, told: Told) -> CreateField:
        return replace(super().field_of(told), required=False)


@BED.plant(DEMANDED)
class DemandsTooMuch(TrackerCreation):
    """It calls a field demanded that may be left out."""

    def field_of(self, told: Told) -> CreateField:
        found = super().field_of(told)
        return replace(found, required=found.required or found.id == "priority")


@BED.plant(ARRIVED)
class OnlyLately(TrackerCreation):
    """It names nothing where no minutes are given."""

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        found = super().arrived(request)
        return () if request.minutes is None else found


@BED.plant(ARRIVED)
class OnlyOurs(TrackerCreation):
    """It names the issues that it made itself."""

    def arrived_query(self, request: ArrivedRequest) -> Query:
        return {**super().arrived_query(request), "by": "me"}


@BED.plant(ARRIVED)
class ArrivedFirstPage(TrackerCreation):
    """It names the issues of the first page."""

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        return super().arrived(request)[:20]


@BED.plant(ARRIVED)
class NewestFirst(TrackerCreation):
    """It names the newest first."""

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        return super().arrived(request)[::-1]


@BED.plant("test_creation_arrived_asks_for_one_kind")
class AllKinds(TrackerCreation):
    """It names issues of all kinds."""

    def arrived_query(self, request: ArrivedRequest) -> Query:
        return {name: value for name, value in super().arrived_query(request).items() if name != "kind"}


@BED.plant(DELETED)
class DeletesOnce(TrackerCreation):
    """It fails where an issue is gone already."""

    def delete(self, request: IssueRequest) -> None:
        self.describe(request)
        super().delete(request)


@BED.plant(DELETED)
class DeletesNothing(TrackerCreation):
    """It looks whether an issue is there, and leaves it."""

    def delete(self, request: IssueRequest) -> None:
        try:
            self.describe(request)
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
