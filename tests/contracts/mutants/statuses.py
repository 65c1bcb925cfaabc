"""Mistakes with projects and statuses, and with what they may mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from typing import ClassVar

import requests

from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import Client
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    ConnectionView,
    ProjectDetail,
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Suggestion,
    SuggestRequest,
    Vocabulary,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
EVERY = "test_statuses_tell_every_project"
NAMED = "test_statuses_have_ids_and_names"
COMPLETE = "test_statuses_of_a_project_are_complete"
SAME = "test_statuses_mean_the_same_in_both_readings"
UNKNOWN = "test_statuses_of_an_unknown_project_are_refused"
WITHIN = "test_statuses_suggestions_stay_within_what_was_given"
PURE = "test_statuses_suggesting_is_pure"
TIMES = count()
SESSIONS: list[requests.Session] = []


@BED.plant(EVERY)
class FirstPage(TrackerStatuses):
    """It reads the first page of the projects."""

    def projects(self, client: Client) -> tuple[RemoteProject, ...]:
        return tuple(map(self.project_of, client.get("projects").items()))


@BED.plant(EVERY)
class NoArchive(TrackerStatuses):
    """It leaves out archived projects, of which issues may be linked."""

    def projects(self, client: Client) -> tuple[RemoteProject, ...]:
        return tuple(each for each in super().projects(client) if not each.archived)


@BED.plant(NAMED)
class StatusTwice(TrackerStatuses):
    """It tells a shared status once for each project that has it."""

    def statuses(self, client: Client) -> tuple[RemoteStatus, ...]:
        return tuple(each for each in super().statuses(client) for _ in range(1 if each.project_id else 2))


@BED.plant(NAMED)
class NamelessStatus(TrackerStatuses):
    """It drops the names of statuses that one project owns."""

    def statuses(self, client: Client) -> tuple[RemoteStatus, ...]:
        return tuple(replace(each, name="") if each.project_id else each for each in super().statuses(client))


@BED.plant(COMPLETE)
class FirstKindOnly(TrackerStatuses):
    """It tells the statuses of the first kind of issue only."""

    def statuses_of(self, kinds: Iterable[Told]) -> tuple[RemoteStatus, ...]:
        return super().statuses_of(tuple(kinds)[:1])


@BED.plant(COMPLETE)
class KindTwice(TrackerStatuses):
    """It tells a kind of issue once for each board."""

    def project(self, request: ProjectRequest) -> ProjectDetail:
        found = super().project(request)
        return replace(found, kinds=(*found.kinds, found.kinds[-1]))


@BED.plant(COMPLETE)
class KeyForId(TrackerStatuses):
    """It names the project by its key."""

    def project(self, request: ProjectRequest) -> ProjectDetail:
        return replace(super().project(request), project_id=request.project.key)


@BED.plant(COMPLETE)
class NamelessKind(TrackerStatuses):
    """It tells kinds of issue by their ids alone."""

    def kind_of(self, told: Told) -> RemoteKind:
        return replace(super().kind_of(told), name="")


@BED.plant(SAME)
class NoCategories(TrackerStatuses):
    """It forgets the categories when it reads a project."""

    def statuses_of(self, kinds: Iterable[Told]) -> tuple[RemoteStatus, ...]:
        return tuple(replace(each, category=StatusCategory.UNDEFINED) for each in super().statuses_of(kinds))


@BED.plant(SAME)
class LoudNames(TrackerStatuses):
    """It takes the names from the board, where they are written in capitals."""

    def statuses_of(self, kinds: Iterable[Told]) -> tuple[RemoteStatus, ...]:
        return tuple(replace(each, name=each.name.upper()) for each in super().statuses_of(kinds))


@BED.plant(UNKNOWN)
class EmptyProject(TrackerStatuses):
    """It takes a project that is gone for an empty one."""

    def project(self, request: ProjectRequest) -> ProjectDetail:
        try:
            return super().project(request)
        except Rejected:
            return ProjectDetail(project_id=request.project.id, kinds=(), statuses=())


@BED.plant(UNKNOWN)
class GoneIsAnOutage(TrackerStatuses):
    """It takes a project that is gone for an outage."""

    def project(self, request: ProjectRequest) -> ProjectDetail:
        try:
            return super().project(request)
        except Rejected as refusal:
            raise TemporarilyUnavailable(refusal.reason) from None


@BED.plant(UNKNOWN)
class NoCure(TrackerStatuses):
    """It refuses without saying what to do."""

    def project(self, request: ProjectRequest) -> ProjectDetail:
        try:
            return super().project(request)
        except Rejected as refusal:
            raise Rejected(refusal.reason, cure="", code=refusal.code) from None


@BED.plant(WITHIN)
class OwnTicketStatus(TrackerStatuses):
    """It suggests a ticket status that this helpdesk does not have."""

    def suggest(self, request: SuggestRequest) -> Iterator[Suggestion]:
        for each in super().suggest(request):
            yield replace(each, ticket_status="on_hold") if each.remote_id == "hold" else each


@BED.plant(WITHIN)
class OwnRemoteStatus(TrackerStatuses):
    """It suggests something for a status that nobody gave it."""

    def suggest(self, request: SuggestRequest) -> Iterator[Suggestion]:
        yield from super().suggest(request)
        yield Suggestion(remote_id="backlog", ticket_status=None, reason="It is of no concern here.")


@BED.plant(WITHIN)
class TwoSuggestions(TrackerStatuses):
    """It suggests twice for one status, by name and by category."""

    def suggest(self, request: SuggestRequest) -> Iterator[Suggestion]:
        for each in super().suggest(request):
            yield from (each, each)


@BED.plant(WITHIN)
class NoReason(TrackerStatuses):
    """It gives no reason."""

    def suggest(self, request: SuggestRequest) -> Iterator[Suggestion]:
        return (replace(each, reason="") for each in super().suggest(request))


@BED.plant(PURE)
class Wavering(TrackerStatuses):
    """It says something else each time."""

    def suggest(self, request: SuggestRequest) -> Iterator[Suggestion]:
        return (replace(each, reason=f"Suggestion {next(TIMES)}.") for each in super().suggest(request))


@BED.plant(PURE)
class AsksBeforeSuggesting(TrackerStatuses):
    """It keeps a session in order to ask the tracker once more before it suggests."""

    asked: ClassVar[str] = "https://tracker.test/workspaces"

    def read(self, connection: ConnectionView) -> Vocabulary:
        SESSIONS[:] = [connection.http]
        return super().read(connection)

    def suggest(self, request: SuggestRequest) -> Iterator[Suggestion]:
        for each in SESSIONS:
            each.get(self.asked).close()
        yield from super().suggest(request)


@BED.plant("test_statuses_suggestions_help")
class NothingToSuggest(TrackerStatuses):
    """It switches off what the helpdesk suggests by itself, and suggests nothing."""

    def suggest(self, request: SuggestRequest) -> tuple[Suggestion, ...]:
        return ()
