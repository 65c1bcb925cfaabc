"""Health: what the account may do in a real tracker is found out without changing anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from losing import Losing
from tracker import Template, Tracker, serving

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.values import ConnectionView, Feature, HealthRequest, ProbeRequest, RemoteProject, Standing
from helpdesk_roundup.connect import workspace_at
from helpdesk_roundup.health import RoundupHealthChecks

HEALTH = RoundupHealthChecks()
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROJECT = RemoteProject(id="issue", key="ISSUE", name="Acme")


def examined(connection: ConnectionView, **other: object) -> dict[str, tuple[Standing, str]]:
    asked = HealthRequest(connection=connection, now=NOW, consented_at=NOW, projects=(PROJECT,))
    asked = replace(asked, **other)  # type: ignore[arg-type]  # each test names fields that there are
    return {one.check: (one.standing, one.code) for one in HEALTH.examine(asked).findings}


WELL = (Standing.OK, "")
UNKNOWN = (Standing.UNKNOWN, "")
MISSING = (Standing.TROUBLE, "permission_missing")


def test_all_is_well_and_nothing_is_changed(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One", "resolved", "Text")
    assert examined(connection) == {
        "account": WELL,
        "permission.read": WELL,
        "permission.move": WELL,
        "permission.comment": WELL,
    }
    assert (tracker.status_of(issue_id), tracker.messages(issue_id)) == ("resolved", ["Text"])


def test_an_issue_without_messages_tells_too(tracker: Tracker, connection: ConnectionView) -> None:
    tracker.add_issue("Bare")
    assert examined(connection)["permission.comment"] == WELL


def test_an_empty_tracker_tells_no_permissions(tracker: Tracker, connection: ConnectionView) -> None:
    assert examined(connection) == {"account": WELL, "permission.read": WELL}


def test_without_projects_only_the_account_is_looked_at(tracker: Tracker, connection: ConnectionView) -> None:
    assert examined(connection, projects=()) == {"account": WELL}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("db.security.addPermissionToRole('User', 'Edit', cl)", ("permission.move", "permission.comment")),
        ("db.security.addPermissionToRole('User', 'View', cl)", ()),
    ],
)
def test_a_missing_permission_is_named(
    tracker: Tracker, connection: ConnectionView, rule: str, expected: tuple[str, ...]
) -> None:
    tracker.add_issue("One", "chatting", "Text")
    schema = tracker.home / "schema.py"
    schema.write_text(schema.read_text().replace(rule, "pass"))
    with serving(Template(tracker.home), tracker.home.parent / "again", Losing()) as strict:
        found = examined(replace(connection, workspace=workspace_at(strict.url)))
        unused = examined(replace(connection, workspace=workspace_at(strict.url)), features=frozenset({Feature.READ}))
    assert {check for check, stands in found.items() if stands == MISSING} == set(expected or ("permission.read",))
    if not expected:
        assert found["permission.move"] == UNKNOWN
    else:
        assert unused["permission.move"] == WELL


def test_one_cause_is_blamed_once(tracker: Tracker, connection: ConnectionView) -> None:
    tracker.set_user(roles="Anonymous")
    found = examined(connection)
    assert found.pop("account") == (Standing.TROUBLE, "no_permission")
    assert set(found.values()) == {UNKNOWN}
    assert len(found) == 3


def test_a_lost_authorization_is_no_finding(tracker: Tracker, connection: ConnectionView) -> None:
    tracker.disable()
    with pytest.raises(AuthorizationLost):
        examined(connection)


def test_a_missed_project_is_explained(tracker: Tracker, connection: ConnectionView) -> None:
    found = {text: HEALTH.probe(ProbeRequest(connection=connection, text=text)) for text in ("issue", "WEB")}
    assert (found["issue"].standing, found["issue"].code) == (Standing.OK, "usable")
    assert (found["WEB"].standing, found["WEB"].code) == (Standing.TROUBLE, "absent")
    assert "ISSUE" in found["WEB"].cure
