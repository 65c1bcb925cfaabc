"""New issues in both directions: each is created once, and known again, however answers are lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from losing import Losing
from tracker import PERSON, Template, Tracker, serving

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ArrivedRequest,
    ConnectionView,
    CreatedIssue,
    CreateFieldsRequest,
    CreateRequest,
    FieldValue,
    FoundIssue,
    IssueRequest,
    RecentRequest,
    RemoteProject,
)
from helpdesk_roundup.connect import workspace_at
from helpdesk_roundup.creation import RoundupIssueCreation

CREATION = RoundupIssueCreation()
PROJECT = RemoteProject(id="issue", key="ISSUE", name="Acme")
MARKER = "hd-12-0a1b2c"


@pytest.fixture
def losing() -> Losing:
    """What loses answers."""
    return Losing()


@pytest.fixture
def tracker(template: Template, tmp_path: Path, losing: Losing) -> Iterator[Tracker]:
    """A tracker whose answers can be lost."""
    with serving(template, tmp_path / "tracker", losing) as running:
        yield running


def request(connection: ConnectionView, **other: object) -> CreateRequest:
    asked = CreateRequest(
        connection=connection,
        project=PROJECT,
        kind_id="issue",
        marker=MARKER,
        title="The printer\nis on fire",
        body="# Help\n\n*Please*",
        author="Eve Roe",
    )
    return replace(asked, **other)  # type: ignore[arg-type]  # each test names fields that there are


def create(connection: ConnectionView, **other: object) -> CreatedIssue:
    return CREATION.create(request(connection, **other))


def recent(connection: ConnectionView) -> tuple[FoundIssue, ...]:
    return CREATION.recent(RecentRequest(connection=connection, project_id="issue", minutes=5))


def arrived(connection: ConnectionView, minutes: int | None) -> tuple[str, ...]:
    return CREATION.arrived(ArrivedRequest(connection=connection, project_id="issue", kind_id="issue", minutes=minutes))


def test_an_issue_is_created_with_its_text_and_found_by_its_marker(
    tracker: Tracker, connection: ConnectionView
) -> None:
    made = create(connection)
    assert (made.key, made.url) == (f"issue{made.id}", f"{tracker.url}issue{made.id}")
    assert tracker.issues() == {made.id: "The printer is on fire"}
    assert tracker.messages(made.id) == ["Eve Roe wrote:\n\n# Help\n\n*Please*"]
    assert tracker.status_of(made.id) == "unread"
    (found,) = recent(connection)
    assert (found.issue.id, found.marker, found.ours, found.reporter) == (made.id, MARKER, True, "Acme Helpdesk")
    assert found == CREATION.describe(IssueRequest(connection=connection, issue_id=made.id))


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("carried_out", [True, False])
def test_a_lost_answer_never_makes_a_second_issue(
    tracker: Tracker, connection: ConnectionView, losing: Losing, number: int, carried_out: bool
) -> None:
    losing.lose(number, carried_out=carried_out)
    with pytest.raises(TemporarilyUnavailable):
        create(connection)
    is_there = number == 2 and carried_out
    assert [one.marker for one in recent(connection)] == ([MARKER] if is_there else [])
    made = create(connection)
    assert tracker.issues() == {made.id: "The printer is on fire"}
    assert len(tracker.all_messages()) == 1
    assert [one.marker for one in recent(connection)] == [MARKER]


def test_the_priority_can_be_chosen(tracker: Tracker, connection: ConnectionView) -> None:
    (field,) = CREATION.fields(CreateFieldsRequest(connection=connection, project=PROJECT, kind_id="issue"))
    assert [option.name for option in field.options] == ["critical", "urgent", "bug", "feature", "wish"]
    assert not field.required
    made = create(connection, fields=(FieldValue(field=field, value=field.options[1].id),))
    with tracker.acting() as db:
        assert db.priority.get(db.issue.get(made.id, "priority"), "name") == "urgent"
    with pytest.raises(Rejected) as caught:
        create(connection, marker="another", fields=(FieldValue(field=field, value="999"),))
    assert caught.value.code == "refused"


def test_a_demand_of_the_trackers_own_is_told_in_its_words(tracker: Tracker, connection: ConnectionView) -> None:
    (tracker.home / "detectors" / "demanding.py").write_text(
        "from roundup.exceptions import Reject\n"
        "def check(db, cl, nodeid, newvalues):\n"
        "    if not newvalues.get('priority'):\n"
        "        raise Reject('Required issue property priority not supplied')\n"
        "def init(db):\n"
        "    db.issue.audit('create', check)\n"
    )
    with serving(Template(tracker.home), tracker.home.parent / "again") as strict:
        there = replace(connection, workspace=workspace_at(strict.url))
        with pytest.raises(Rejected) as caught:
            create(there)
        assert caught.value.code == "field_required"
        assert "priority not supplied" in caught.value.reason
        (field,) = CREATION.fields(CreateFieldsRequest(connection=there, project=PROJECT, kind_id="issue"))
        made = create(there, fields=(FieldValue(field=field, value="1"),))
        assert strict.messages(made.id) == ["Eve Roe wrote:\n\n# Help\n\n*Please*"]
        assert len(strict.all_messages()) == 1


@pytest.mark.parametrize("other", [{"kind_id": "bug"}, {"project": replace(PROJECT, id="bug")}])
def test_another_kind_is_refused(connection: ConnectionView, other: dict[str, object]) -> None:
    with pytest.raises(Rejected) as caught:
        create(connection, **other)
    assert caught.value.code == "kind"


def test_issues_of_people_are_described_and_no_markers(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One", "chatting", "It `fails` <b>now</b>")
    tracker.say(issue_id, "Later", by="bob")
    found = CREATION.describe(IssueRequest(connection=connection, issue_id=issue_id))
    assert (found.marker, found.ours, found.reporter) == ("", False, "Ann Lee")
    assert found.body == "It \\`fails\\` \\<b>now\\</b>"
    assert found.created_at is not None
    assert found.created_at.tzinfo is not None
    bare = tracker.add_issue("Bare")
    tracker.say(bare, "Later", by="bob")
    assert CREATION.describe(IssueRequest(connection=connection, issue_id=bare)).body == ""
    tracker.delete_issue(bare)
    with pytest.raises(Rejected) as caught:
        CREATION.describe(IssueRequest(connection=connection, issue_id=bare))
    assert caught.value.code == "gone"


def test_what_is_not_ours_is_not_recent(tracker: Tracker, connection: ConnectionView) -> None:
    tracker.add_issue("One", "unread", "Text")
    assert recent(connection) == ()
    with pytest.raises(AuthorizationLost):
        recent(replace(connection, settings={**connection.settings, "login": PERSON + "x"}))


@pytest.mark.parametrize("timezone", ["", "9", "-10"])
def test_issues_that_arrived(tracker: Tracker, connection: ConnectionView, timezone: str) -> None:
    if timezone:
        tracker.set_user(timezone=timezone)
    old, done, fresh = (tracker.add_issue(name, status) for name, status in
                        (("Old", "deferred"), ("Done", "resolved"), ("Fresh", "unread")))  # fmt: skip
    gone = tracker.add_issue("Gone")
    tracker.delete_issue(gone)
    with tracker.acting("admin") as db:
        db.sql("update _issue set _creation = strftime('%Y%m%d%H%M%S.000', 'now', '-31 minutes') where id = ?", (old,))
    tracker.say(old, "Active, but not new")
    assert arrived(connection, 30) == (done, fresh)
    assert arrived(connection, 60) == (old, done, fresh)
    assert arrived(connection, None) == (old, fresh)
    other = ArrivedRequest(connection=connection, project_id="issue", kind_id="bug", minutes=5)
    assert CREATION.arrived(other) == ()


def test_an_issue_without_a_status_is_not_done(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One")
    with tracker.acting("admin") as db:
        db.sql("update _issue set _status = null where id = ?", (issue_id,))
    assert arrived(connection, None) == (issue_id,)
    assert CREATION.describe(IssueRequest(connection=connection, issue_id=issue_id)).issue.status_id == ""


def test_a_test_issue_is_deleted_where_the_account_may(tracker: Tracker, connection: ConnectionView) -> None:
    made = create(connection)
    with pytest.raises(Rejected) as caught:
        CREATION.delete(IssueRequest(connection=connection, issue_id=made.id))
    assert caught.value.code == "no_permission"
    assert "retire" in caught.value.reason
    tracker.set_user(roles="Admin")
    CREATION.delete(IssueRequest(connection=connection, issue_id=made.id))
    assert tracker.issues() == {}
    CREATION.delete(IssueRequest(connection=connection, issue_id=made.id))
