"""Statuses: what a tracker has, and what their names are taken for."""

from __future__ import annotations

import pytest
from tracker import STATUSES, Tracker

from helpdesk_core.errors import Rejected
from helpdesk_core.values import (
    ConnectionView,
    ProjectRequest,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
)
from helpdesk_roundup.vocabulary import RoundupStatusVocabulary

VOCABULARY = RoundupStatusVocabulary()
SYSTEM = tuple(
    TicketStatus(key=one.value, name=one.value.replace("_", " ").title(), system=one) for one in SystemStatus
)


def test_a_tracker_is_one_project_with_its_statuses_in_order(tracker: Tracker, connection: ConnectionView) -> None:
    read = VOCABULARY.read(connection)
    (project,) = read.projects
    assert (project.id, project.key, project.name) == ("issue", "ISSUE", connection.workspace.name)
    assert tuple(status.name for status in read.statuses) == STATUSES
    assert {status.category for status in read.statuses} == {StatusCategory.UNDEFINED}
    detail = VOCABULARY.project(ProjectRequest(connection=connection, project=project))
    assert detail.statuses == read.statuses
    assert detail.kinds[0].status_ids == tuple(status.id for status in read.statuses)


def test_new_retired_and_reordered_statuses_are_seen(tracker: Tracker, connection: ConnectionView) -> None:
    with tracker.acting("admin") as db:
        db.status.retire(db.status.lookup("testing"))
        db.status.create(name="Blocked ✓", order=1.5)
    assert [one.name for one in VOCABULARY.read(connection).statuses][:3] == ["unread", "Blocked ✓", "deferred"]
    assert "testing" not in {one.name for one in VOCABULARY.read(connection).statuses}


def test_another_project_is_refused(connection: ConnectionView) -> None:
    elsewhere = RemoteProject(id="bug", key="BUG", name="Bugs")
    with pytest.raises(Rejected) as caught:
        VOCABULARY.project(ProjectRequest(connection=connection, project=elsewhere))
    assert caught.value.code == "gone"


def suggested(*names: str, tickets: tuple[TicketStatus, ...] = SYSTEM) -> dict[str, tuple[str | None, bool]]:
    remote = tuple(RemoteStatus(id=name, name=name) for name in names)
    found = VOCABULARY.suggest(SuggestRequest(remote=remote, tickets=tickets))
    return {one.remote_id: (one.ticket_status, one.comes_last) for one in found if one.reason}


def test_the_classic_statuses_are_known() -> None:
    assert suggested(*STATUSES) == {
        "unread": ("open", False),
        "deferred": ("waiting", True),
        "chatting": ("in_progress", True),
        "need-eg": ("waiting", False),
        "in-progress": ("in_progress", False),
        "testing": ("in_progress", True),
        "done-cbb": ("done", True),
        "resolved": ("done", False),
    }


def test_a_name_wins_over_what_is_known_and_the_unknown_is_left_out() -> None:
    custom = TicketStatus(key="custom-7", name="Need EG", system=SystemStatus.WAITING)
    found = suggested("need-eg", "Closed", "frobnicated", "in-progress", tickets=(*SYSTEM, custom))
    assert found == {
        "need-eg": ("custom-7", False),
        "Closed": ("closed", False),
        "in-progress": ("in_progress", False),
    }


def test_nothing_is_suggested_where_there_is_no_home() -> None:
    assert suggested("resolved", tickets=tuple(one for one in SYSTEM if one.key != "done")) == {}
