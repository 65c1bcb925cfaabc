"""Creates issues with a marker each, and reads what a ticket needs to know that is made of one."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import IssueCreation
from helpdesk_core.testing.tracker.client import Client, Query, only, segment
from helpdesk_core.testing.tracker.moves import issue_of, options_of, shaped
from helpdesk_core.testing.tracker.texts import from_tracker, to_tracker
from helpdesk_core.testing.tracker.told import Told, clean
from helpdesk_core.values import (
    ArrivedRequest,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FoundIssue,
    IssueRequest,
    OptionsRequest,
    RecentRequest,
)

SENDABLE: Final = frozenset({"text", "option", "person"})
FOUND: Final = 20
LONGEST_TITLE: Final = 255


class TrackerCreation(IssueCreation):
    """The new issues of one workspace."""

    client: ClassVar[type[Client]] = Client

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        """Read the form. A project or kind that is hidden is one where nothing can be created."""
        path = f"projects/{segment(request.project.id)}/kinds/{segment(request.kind_id)}/form"
        with only("no_permission", gone="no_permission", kind="no_permission"):
            told = self.client.of(request.connection).get(path)
        return tuple(map(self.field_of, told.items("fields")))

    def field_of(self, told: Told) -> CreateField:
        """Read a field. One that we cannot send has no shape."""
        shape = told.text("type")
        return CreateField(
            id=told.text("id"),
            name=told.text("name"),
            required=told.flag("required"),
            options=options_of(told),
            searchable=shape == "person",
            shape=shape if shape in SENDABLE else "",
        )

    def options(self, request: OptionsRequest) -> tuple[FieldOption, ...]:
        """Find people; nothing else is searched for."""
        if request.field.shape != "person":
            return ()
        told = self.client.of(request.connection).get("people", {"words": clean(request.text)})
        return tuple(FieldOption(id=each.text("id"), name=each.text("name")) for each in told.items())[:FOUND]

    def create(self, request: CreateRequest) -> CreatedIssue:
        """Create an issue with its marker, by one call."""
        with only("field_required", "no_permission", "kind"):
            told = self.client.of(request.connection).post("issues", self.payload_of(request))
        return CreatedIssue(id=told.text("id"), key=told.text("key"), url=told.address("url"))

    def payload_of(self, request: CreateRequest) -> dict[str, Any]:
        """Return what is sent."""
        return {
            "project": request.project.id,
            "kind": request.kind_id,
            "title": self.title_of(request),
            "body": to_tracker(request.body, request.author),
            "external_id": request.marker,
            "fields": {
                each.field.id: shaped(each.field.shape, each.value) for each in request.fields if each.value.strip()
            },
        }

    def title_of(self, request: CreateRequest) -> str:
        """Return a title on one line, which is never empty or too long."""
        return " ".join(clean(request.title).split())[:LONGEST_TITLE] or "Without a title"

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        """Read what the account created lately; nothing is believed only if the tracker knows us."""
        client = self.client.of(request.connection)
        found = tuple(map(self.found_of, client.pages("issues", self.recent_query(request))))
        if not found:
            self.prove(client)  # else an issue would be created twice
        return found

    def recent_query(self, request: RecentRequest) -> Query:
        """Ask for our own issues of some minutes in one project."""
        project, minutes = clean(request.project_id), str(max(request.minutes, 1))
        return {"by": "me", "project": project, "created_within": minutes}

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        """Read which issues of one kind there are, oldest first, to the last page."""
        client = self.client.of(request.connection)
        found = dict.fromkeys(each.text("id") for each in client.pages("issues", self.arrived_query(request)))
        if not found:
            self.prove(client)
        return tuple(found)

    def arrived_query(self, request: ArrivedRequest) -> Query:
        """Ask for those of some minutes, or for all that are not done."""
        query = {"project": clean(request.project_id), "kind": clean(request.kind_id), "order": "created"}
        if request.minutes is None:
            return query | {"state": "open"}
        return query | {"created_within": str(max(request.minutes, 1))}

    def prove(self, client: Client) -> None:
        """Make one call that only a good token passes: a stranger is shown empty lists."""
        client.me()

    def describe(self, request: IssueRequest) -> FoundIssue:
        """Read an issue, by one call."""
        with only("gone", "no_permission"):
            told = self.client.of(request.connection).get(f"issues/{segment(request.issue_id)}")
        return self.found_of(told)

    def found_of(self, told: Told) -> FoundIssue:
        """Read an issue with what a ticket needs to know. A marker counts on our own issues only."""
        reporter, is_ours = told.inner("reporter"), told.flag("mine")
        return FoundIssue(
            issue=issue_of(told),
            marker=told.maybe("external_id") if is_ours else "",
            ours=is_ours,
            body=from_tracker(told.maybe("body")),
            reporter=reporter.maybe("name"),
            reporter_email=reporter.maybe("email"),
            created_at=told.moment("created_at"),
        )

    def delete(self, request: IssueRequest) -> None:
        """Delete an issue; one that is gone already is no error."""
        try:
            with only("no_permission", "gone"):
                self.client.of(request.connection).send("DELETE", f"issues/{segment(request.issue_id)}")
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
