"""Issue creation: what is made of a ticket is found again by its marker, and nothing is made twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import pytest

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.asking import refusal_of
from helpdesk_core.testing.connected import is_safe
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import AUTHOR, Desk
from helpdesk_core.values import ArrivedRequest, CreatedIssue, FoundIssue, RecentRequest

MINUTES: Final = 5
MORE_THAN_A_PAGE: Final = 25


class IssueCreationContract(Contract):
    """Issues are created whole, with their marker, and described so that a ticket can be made of one."""

    hook = "helpdesk_issue_creation"

    @reads("IssueCreation.fields", "CreateField")
    def test_creation_fields_can_be_filled_in(self, desk: Desk) -> None:
        """`fields` tells each field and each choice once, by id and name; title and text are not among them."""
        for kind in desk.detail.kinds:
            fields = desk.create_fields(kind)
            times = Counter(each.id for each in fields)
            told = [(each.id, each.name) for each in fields]
            told += [(option.id, option.name) for each in fields for option in each.options]
            assert [id_ for id_, count in times.items() if count > 1] == [], "these fields are told twice"
            assert all(name.strip() for _, name in told), "a field or a choice has no name"
            assert all(id_ for id_, _ in told), "a field or a choice has no id"
            assert not times.keys() & {"title", "summary", "description"}, "title and description are asked for apart"

    @reads("IssueCreation.create", "CreateRequest")
    def test_creation_makes_a_whole_issue(self, desk: Desk) -> None:
        """`create` makes one issue with the title, the text and the name of who asked for help."""
        title = desk.name("Printer")
        made = _create(desk, title, "m-whole", "It *hums* since noon.")
        assert made.id, "the new issue has no id"
        assert made.key, "the new issue has no key"
        assert is_safe(made.url), f"an agent would be led to {made.url!r}"
        assert desk.remote.issues_titled(title) == 1
        told = _describe(desk, made.id)
        assert (told.issue.title, told.issue.project_id) == (title, desk.project.id)
        assert told.issue.kind_id == desk.kind.id
        assert "since noon" in told.body, f"the text is not there: {told.body!r}"
        assert AUTHOR in told.body, "all calls act as one account, so the text must say who asked for help"

    @reads("IssueCreation.describe", "FoundIssue")
    def test_creation_is_known_by_its_marker(self, desk: Desk) -> None:
        """`describe` gives the marker back: by it the helpdesk knows its own issue and makes no ticket of it."""
        made = _create(desk, desk.name(), "m-known")
        told = _describe(desk, made.id)
        assert (told.marker, told.ours) == ("m-known", True)

    @reads("IssueCreation.recent", "RecentRequest")
    def test_creation_is_found_after_a_lost_answer(self, desk: Desk) -> None:
        """`recent` names what we created lately in a project, with its marker, and nobody else's."""
        theirs = desk.seed()
        made = _create(desk, desk.name(), "m-recent")
        desk.remote.settle()
        asked = RecentRequest(connection=desk.connection, project_id=desk.project.id, minutes=MINUTES)
        found = {each.issue.id: each.marker for each in desk.creation.recent(asked)}
        assert found.get(made.id) == "m-recent", f"recent does not tell of {made.key} with its marker: {found}"
        assert not found.get(theirs), "an issue of somebody else has a marker of ours"

    @reads("IssueCreation.describe", "FoundIssue")
    def test_creation_describes_what_others_made(self, desk: Desk) -> None:
        """An issue of another person has no marker, is not ours, and says who reported it."""
        title = desk.name()
        told = _describe(desk, desk.seed(title))
        assert (told.issue.title, told.marker, told.ours) == (title, "", False)
        assert told.reporter.strip(), "it does not say who reported it"
        assert told.created_at is None or told.created_at.tzinfo, "created_at must be aware (UTC)"

    @reads("IssueCreation.describe")
    def test_creation_describe_of_what_is_gone_is_refused(self, desk: Desk) -> None:
        """`describe` of a deleted issue is `Rejected` with the code `gone`."""
        issue_id = desk.seed()
        desk.remote.delete_issue(issue_id)
        with pytest.raises(Rejected) as refusal:
            _describe(desk, issue_id)
        assert refusal.value.code == "gone"

    @reads("IssueCreation.create")
    def test_creation_of_an_unknown_kind_is_refused(self, desk: Desk) -> None:
        """A kind that the project does not have is `Rejected` with the code `kind`: the channel asks for another."""
        title = desk.name()
        asked = replace(desk.create_request(title, "m-kind"), kind_id="90909090")
        with pytest.raises(Rejected) as refusal:
            desk.creation.create(asked)
        assert refusal.value.code == "kind"
        assert desk.remote.issues_titled(title) == 0

    @reads("IssueCreation.create", "CreateField")
    def test_creation_without_a_demanded_field_is_refused(self, desk: Desk) -> None:
        """Without a field that is `required` creating is `Rejected` with the code `field_required`.

        With those that are `required`, and no others, an issue of every kind is created.
        """
        for kind in desk.detail.kinds:
            if all(each.shape for each in desk.create_fields(kind) if each.required):
                desk.creation.create(desk.create_request(desk.name(), f"m-{kind.id}", kind=kind))
        demanding = [kind for kind in desk.detail.kinds if any(each.required for each in desk.create_fields(kind))]
        if not demanding:
            pytest.skip("No kind of issue demands a field.")
        title = desk.name()
        asked = desk.create_request(title, "m-bare", kind=demanding[0])
        with pytest.raises(Rejected) as refusal:
            desk.creation.create(replace(asked, fields=()))
        assert refusal.value.code == "field_required"
        assert desk.remote.issues_titled(title) == 0
        desk.creation.create(asked)
        assert desk.remote.issues_titled(title) == 1, "with its field filled in it is not created"

    @reads("IssueCreation.arrived", "ArrivedRequest")
    def test_creation_arrived_names_new_issues(self, desk: Desk) -> None:
        """`arrived` names new issues of a kind, whoever made them: lately, or all that are not done.

        The oldest comes first, and the last page is read too.
        """
        seeded = [desk.seed() for _ in range(MORE_THAN_A_PAGE)]
        kind_id = _describe(desk, seeded[0]).issue.kind_id
        desk.remote.settle()
        for minutes in (MINUTES, None):
            named = [each for each in desk.creation.arrived(_arrived(desk, kind_id, minutes)) if each in seeded]
            assert set(named) == set(seeded), f"{len(set(named))} of {len(seeded)} are named with minutes={minutes}"
            assert named == seeded, "the oldest must come first"

    @reads("IssueCreation.arrived", "ArrivedRequest")
    def test_creation_arrived_asks_for_one_kind(self, desk: Desk) -> None:
        """Issues of another kind are not named: another channel, or none, makes tickets of them."""
        issue_id = desk.seed()
        kind_id = _describe(desk, issue_id).issue.kind_id
        others = [kind.id for kind in desk.detail.kinds if kind.id != kind_id]
        if not others:
            pytest.skip("The project has one kind of issue.")
        desk.remote.settle()
        assert issue_id not in desk.creation.arrived(_arrived(desk, others[0], MINUTES))

    @reads("IssueCreation.delete")
    def test_creation_is_deleted_once_and_for_all(self, desk: Desk) -> None:
        """`delete` removes an issue that was made for a test; one that is gone already is no error.

        Where the account may not delete it, that is `Rejected` as `no_permission` or `refused`: then a person must.
        """
        title = desk.name()
        made = _create(desk, title, "m-gone")
        refused = refusal_of(lambda: desk.creation.delete(desk.request(made.id)))
        assert refused in {"", "no_permission", "refused"}, f"it is refused as {refused}"
        if not refused:
            assert desk.remote.issues_titled(title) == 0
            desk.creation.delete(desk.request(made.id))


def _create(desk: Desk, title: str, marker: str, body: str = "It hums.") -> CreatedIssue:
    return desk.creation.create(desk.create_request(title, marker, body))


def _describe(desk: Desk, issue_id: str) -> FoundIssue:
    return desk.creation.describe(desk.request(issue_id))


def _arrived(desk: Desk, kind_id: str, minutes: int | None) -> ArrivedRequest:
    return ArrivedRequest(connection=desk.connection, project_id=desk.project.id, kind_id=kind_id, minutes=minutes)
