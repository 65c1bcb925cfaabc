"""Reads issues and takes them through their workflow, one move at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final
from urllib.parse import urlsplit

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import TicketGateway
from helpdesk_core.testing.tracker import moves
from helpdesk_core.testing.tracker.client import ROOT, Client, Query, only, segment
from helpdesk_core.testing.tracker.told import Told, clean
from helpdesk_core.values import (
    ChangedRequest,
    ConnectionView,
    FindRequest,
    HopRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OpenIssue,
    Transition,
)

AT_ONCE: Final = 100
"""Ids that the tracker takes in one call."""
FOUND: Final = 20
LONGEST_WORDS: Final = 200
KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*-[0-9]+")


class TrackerGateway(TicketGateway):
    """The issues of one workspace."""

    client: ClassVar[type[Client]] = Client

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        """Read many issues; that all are gone is believed only if the tracker knows us."""
        if not request.issue_ids:
            return ()
        client = self.client.of(request.connection)
        found = {each.id: each for ids in self.batches(request.issue_ids) for each in self.listed(client, {"id": ids})}
        if not found:
            self.prove(client)
        return tuple(found[id_] for id_ in dict.fromkeys(request.issue_ids) if id_ in found)

    def batches(self, issue_ids: Iterable[str]) -> Iterator[list[str]]:
        """Cut many ids into as few calls as the tracker takes, each id once."""
        ids = [clean(each) for each in dict.fromkeys(issue_ids)]
        return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))

    def listed(self, client: Client, query: Query) -> tuple[Issue, ...]:
        """Read one page of issues."""
        return tuple(map(self.issue_of, client.get("issues", query).items()))

    def prove(self, client: Client) -> None:
        """Make one call that only a good token passes: a stranger is shown empty lists."""
        client.me()

    def open(self, request: IssueRequest) -> OpenIssue:
        """Read an issue with its open moves, in one call."""
        with only("gone", "no_permission"):
            told = self.client.of(request.connection).get(f"issues/{segment(request.issue_id)}")
        return self.open_issue_of(told)

    def open_issue_of(self, told: Told) -> OpenIssue:
        """Read an issue with its moves. Only where there are none it matters whether the account may move it."""
        transitions = tuple(map(self.transition_of, told.items("moves")))
        may_transition = None if transitions else told.flag("may_move")
        return OpenIssue(issue=self.issue_of(told), transitions=transitions, may_transition=may_transition)

    def issue_of(self, told: Told) -> Issue:
        """Read an issue."""
        return moves.issue_of(told)

    def transition_of(self, told: Told) -> Transition:
        """Read a move."""
        return moves.transition_of(told)

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        """Look for a key or address first, then for words."""
        client, text = self.client.of(request.connection), clean(request.text).strip()
        found = dict[str, Issue]()
        if key := self.key_in(text, request.connection):
            found = {each.id: each for each in self.listed(client, {"key": key})}
        if not found and text:
            found = {each.id: each for each in self.with_words(client, text)}
        if text and not found:
            self.prove(client)
        return tuple(found.values())[:FOUND]

    def key_in(self, text: str, connection: ConnectionView) -> str:
        """Return the key that is meant by a key or an address of this workspace; empty: neither is there."""
        beginning = f"{ROOT}/w/{connection.workspace.id}/issues/"
        if text.startswith(beginning):
            text = urlsplit(text[len(beginning) :]).path.strip("/")
        return text.upper() if text.isascii() and KEY.fullmatch(text) else ""

    def with_words(self, client: Client, text: str) -> tuple[Issue, ...]:
        """Search for words. What the tracker takes for no words at all finds nothing."""
        try:
            return self.listed(client, {"words": text[:LONGEST_WORDS]})
        except Rejected as refusal:
            if refusal.code != "refused":
                raise
            return ()

    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        """Read what changed lately, to the last page; nothing is believed only if the tracker knows us."""
        if not request.project_ids:
            return ()
        client = self.client.of(request.connection)
        found = dict.fromkeys(each.text("id") for each in client.pages("issues", self.changed_query(request)))
        if not found:
            self.prove(client)
        return tuple(found)

    def changed_query(self, request: ChangedRequest) -> Query:
        """Ask for some projects, and for some minutes."""
        projects = [clean(each) for each in request.project_ids]
        return {"project": projects, "changed_within": str(max(request.minutes, 1))}

    def hop(self, request: HopRequest) -> None:
        """Take one move, by one call."""
        path = f"issues/{segment(request.issue_id)}/moves"
        body = {"move": request.transition.id, "fields": self.fields_of(request)}
        with only("field_required", "no_permission", "stale", "gone"):
            self.client.of(request.connection).send("POST", path, body=body)

    def fields_of(self, request: HopRequest) -> dict[str, object]:
        """Return the values to send, for fields of the screen only, each as its type demands. Blank is none."""
        shapes = {each.id: each.shape for each in request.transition.fields}
        given = {id_: value for id_, value in request.fields.items() if value.strip() and id_ in shapes}
        return {id_: moves.shaped(shapes[id_], value) for id_, value in given.items()}

    def link_back(self, request: LinkBackRequest) -> None:
        """Show the ticket. The same ticket goes by the same name, so it stands there once."""
        path = f"issues/{segment(request.issue_id)}/links/{segment(self.link_name(request))}"
        with only("gone", "no_permission"):
            self.client.of(request.connection).send("PUT", path, body=self.link_of(request))

    def link_name(self, request: LinkBackRequest) -> str:
        """Return the name under which the tracker keeps the link."""
        return f"ticket-{request.ticket_id}"

    def link_of(self, request: LinkBackRequest) -> dict[str, object]:
        """Return what is shown."""
        title = f"#{request.ticket_id} {clean(request.ticket_title)}"
        return {"url": request.ticket_url, "title": title, "done": request.solved}
