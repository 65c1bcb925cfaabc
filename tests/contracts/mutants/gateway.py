"""Mistakes with issues: how they are read, found and linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

import requests

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.tracker.client import Client, Query, only, segment
from helpdesk_core.testing.tracker.gateway import KEY, TrackerGateway
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    ChangedRequest,
    ConnectionView,
    FindRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OpenIssue,
    Transition,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
TELLS = "test_gateway_fetch_tells_an_issue"
LEAVES_OUT = "test_gateway_fetch_leaves_out_what_is_gone"
OPEN = "test_gateway_open_tells_issue_and_moves"
OPEN_GONE = "test_gateway_open_of_what_is_gone_is_refused"
KNOWS = "test_gateway_find_knows_key_and_address"
NONSENSE = "test_gateway_find_of_nonsense_is_no_error"
SHORT_AND_WHOLE = "test_gateway_find_is_short_and_changed_is_whole"
ONCE = "test_gateway_link_back_stands_once"
OPENED: Final = WeakKeyDictionary[requests.Session, dict[str, Issue]]()


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(TELLS)
class ProjectByKey(TrackerGateway):
    """It names an issue's project by the key."""

    def issue_of(self, told: Told) -> Issue:
        found = super().issue_of(told)
        return replace(found, project_id=found.key.partition("-")[0])


@BED.plant(TELLS)
class KindByName(TrackerGateway):
    """It tells an issue's kind by its name."""

    def issue_of(self, told: Told) -> Issue:
        found = super().issue_of(told)
        return replace(found, kind_id=found.kind_id.title())


@BED.plant(TELLS)
class KeyBeforeTitle(TrackerGateway):
    """It puts the key before the title."""

    def issue_of(self, told: Told) -> Issue:
        found = super().issue_of(told)
        return replace(found, title=f"{found.key} {found.title}")


@BED.plant(TELLS)
class HalfAnAddress(TrackerGateway):
    """It tells an address without its beginning, and takes it back in a search."""

    def issue_of(self, told: Told) -> Issue:
        found = super().issue_of(told)
        return replace(found, url=f"/issues/{found.key}")

    def key_in(self, text: str, connection: ConnectionView) -> str:
        return super().key_in(text.removeprefix("/issues/"), connection)


@BED.plant("test_gateway_fetch_is_fresh")
class Remembers(TrackerGateway):
    """It spares a call where it has read an issue before."""

    def open(self, request: IssueRequest) -> OpenIssue:
        found = super().open(request)
        OPENED.setdefault(request.connection.http, {})[found.issue.id] = found.issue
        return found

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        known = OPENED.get(request.connection.http, {})
        return tuple(known.get(each.id, each) for each in super().fetch(request))


@BED.plant(LEAVES_OUT)
class AllOrNothing(TrackerGateway):
    """It refuses the whole reading where one issue is gone."""

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        found = super().fetch(request)
        if len(found) < len(set(request.issue_ids)):
            raise Rejected("An issue is gone.", cure="Unlink it.", code="gone")
        return found


@BED.plant(LEAVES_OUT)
class Tombstones(TrackerGateway):
    """It puts an empty issue in the place of one that is gone."""

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        found = {each.id: each for each in super().fetch(request)}
        empty = Issue(id="", key="", title="(deleted)", url="", project_id="", kind_id="", status_id="")
        return tuple(found.get(each, replace(empty, id=each)) for each in request.issue_ids)


@BED.plant("test_gateway_fetch_asks_for_many_at_once")
class OneByOne(TrackerGateway):
    """It asks for each issue by a call of its own."""

    def batches(self, issue_ids: Iterable[str]) -> Iterator[list[str]]:
        return ([each] for each in issue_ids)


@BED.plant("test_gateway_fetch_of_nothing_asks_nobody")
class AsksForNothing(TrackerGateway):
    """It makes a call to read no issue at all."""

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        if not request.issue_ids:
            self.prove(self.client.of(request.connection))
        return super().fetch(request)


@BED.plant(OPEN)
class MoveTwice(TrackerGateway):
    """It tells a move once for each screen."""

    def open_issue_of(self, told: Told) -> OpenIssue:
        found = super().open_issue_of(told)
        return replace(found, transitions=(*found.transitions, *found.transitions))


@BED.plant(OPEN)
class AnotherTitle(TrackerGateway):
    """It tells an issue in another way when it opens it."""

    def open_issue_of(self, told: Told) -> OpenIssue:
        found = super().open_issue_of(told)
        return replace(found, issue=replace(found.issue, title=found.issue.title.upper()))


@BED.plant(OPEN_GONE)
class GoneIsRefused(TrackerGateway):
    """It has one code for all that the tracker refuses when an issue is opened."""

    def open(self, request: IssueRequest) -> OpenIssue:
        with only():
            return super().open(request)


@BED.plant(OPEN_GONE)
class OpensNothing(TrackerGateway):
    """It takes an issue that is gone for one without moves."""

    def open(self, request: IssueRequest) -> OpenIssue:
        try:
            return super().open(request)
        except Rejected:
            nothing = Issue(
                id=request.issue_id, key="?", title="?", url="?", project_id="", kind_id="", status_id="unknown"
            )
            return OpenIssue(issue=nothing, transitions=(), may_transition=False)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(KNOWS)
class WordsOnly(TrackerGateway):
    """It searches for words only."""

    def key_in(self, text: str, connection: ConnectionView) -> str:
        return ""


@BED.plant(KNOWS)
class KeysOnly(TrackerGateway):
    """It does not know the address of an issue."""

    def key_in(self, text: str, connection: ConnectionView) -> str:
        return text.upper() if KEY.fullmatch(text) else ""


@BED.plant(KNOWS)
class LiteralKeys(TrackerGateway):
    """It stumbles over a blank before the key."""

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        return super().find(request) if request.text == request.text.strip() else ()


@BED.plant("test_gateway_find_knows_words_of_the_title")
class NoWords(TrackerGateway):
    """It finds keys, and no words."""

    def with_words(self, client: Client, text: str) -> tuple[Issue, ...]:
        return ()


@BED.plant(NONSENSE)
class NonsenseIsRefused(TrackerGateway):
    """It lets the tracker's refusal of a search through."""

    def with_words(self, client: Client, text: str) -> tuple[Issue, ...]:
        return self.listed(client, {"words": text})


@BED.plant(NONSENSE)
class BlankFindsAll(TrackerGateway):
    """A blank search finds whatever is there."""

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        if request.text.strip():
            return super().find(request)
        return self.listed(self.client.of(request.connection), {})[:5]


@BED.plant(SHORT_AND_WHOLE)
class FindsAll(TrackerGateway):
    """It finds everything to the last page."""

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        found = super().find(request)
        if len(found) < 20:
            return found
        pages = self.client.of(request.connection).pages("issues", {"words": request.text})
        return tuple(map(self.issue_of, pages))


@BED.plant(SHORT_AND_WHOLE)
class ChangedFirstPage(TrackerGateway):
    """It names what changed on the first page."""

    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        client = self.client.of(request.connection)
        self.prove(client)
        return tuple(each.text("id") for each in client.get("issues", self.changed_query(request)).items())


@BED.plant("test_gateway_changed_names_what_was_moved")
class OnlyNewOnes(TrackerGateway):
    """It names issues that still stand where they began."""

    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        client = self.client.of(request.connection)
        self.prove(client)
        pages = client.pages("issues", self.changed_query(request))
        return tuple(each.text("id") for each in pages if each.text("status") == "todo")


@BED.plant("test_gateway_changed_asks_for_these_projects_only")
class AllProjects(TrackerGateway):
    """It names what changed in any project."""

    def changed_query(self, request: ChangedRequest) -> Query:
        return {name: value for name, value in super().changed_query(request).items() if name != "project"}


# ── linking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(ONCE)
class LinkByTitle(TrackerGateway):
    """It knows a link by the ticket's title, which changes."""

    def link_name(self, request: LinkBackRequest) -> str:
        return segment(f"{request.ticket_id} {request.ticket_title}")


@BED.plant(ONCE)
class LinkOfTheSolved(TrackerGateway):
    """It puts a second link where the ticket is solved."""

    def link_name(self, request: LinkBackRequest) -> str:
        return f"ticket-{request.ticket_id}{'-solved' if request.solved else ''}"


@BED.plant("test_gateway_open_tells_issue_and_moves")
class Nowhere(TrackerGateway):
    """It tells where a move leads by the status' name."""

    def transition_of(self, told: Told) -> Transition:
        found = super().transition_of(told)
        return replace(found, to_id="On hold") if found.to_id == "hold" else found
