"""Mistakes by which connections and threads get into each other's way."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.values import (
    ConnectionView,
    CreateField,
    CreateFieldsRequest,
    Examination,
    HealthRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    OpenIssue,
    Vocabulary,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
KEEPS = "test_sharing_facets_keep_nothing"
LATEST: Final[dict[str, tuple[str, ...]]] = {}


@BED.plant(KEEPS)
class KeepsTheIssue(TrackerGateway):
    """It keeps the issue that was opened last."""

    latest: OpenIssue | None = None

    def open(self, request: IssueRequest) -> OpenIssue:
        self.latest = super().open(request)
        return self.latest


@BED.plant(KEEPS)
class KeepsForms(TrackerCreation):
    """It keeps forms in a dictionary of its class, for all connections alike."""

    forms: ClassVar[dict[str, tuple[CreateField, ...]]] = {}

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        found = super().fields(request)
        self.forms[request.connection.http.headers["User-Agent"] + str(id(request.connection))] = found
        return found


class Session:
    """What an author makes of a connection once, and keeps."""

    connection: ConnectionView | None = None


@BED.plant(KEEPS)
class KeepsTheConnection(TrackerStatuses):
    """It keeps the connection in an object that it made at the start."""

    def __init__(self) -> None:
        self.session = Session()

    def read(self, connection: ConnectionView) -> Vocabulary:
        self.session.connection = connection
        return super().read(connection)


@BED.plant(KEEPS)
class CountsItsCalls(TrackerHealth):
    """It counts how often it was asked."""

    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times: Any = 0

    def examine(self, request: HealthRequest) -> Examination:
        self.times += 1
        return super().examine(request)


@BED.plant("test_sharing_threads_get_their_own_answers")
class MixesUp(TrackerGateway):
    """It notes for which issues it asks, and looks there for what it asked when the answer comes."""

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        LATEST["asked"] = request.issue_ids
        found = {each.id: each for each in super().fetch(request)}
        return tuple(found[each] for each in LATEST["asked"] if each in found)
