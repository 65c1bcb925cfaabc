"""Drift with the real plugin: somebody changes a running Jira, and the next scheduled read tells it, once.

No ticket is changed by it, and mending clears it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.mapping import mending
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.drift_words import ShownItem, show_items
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.gestures import remove_remote
from helpdesk_core.mapping.models import ProjectInUse, VocabularySnapshot
from helpdesk_core.mapping.versions import add_version, latest, list_versions, read_names
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync.effects import live
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Ticket, TicketEvent
from tests.sync.stand import ANALYSIS, BOT, IN_PROGRESS, PROJECT, RESOLVED, REVIEW, SITE, WAITING, Stand

pytestmark = pytest.mark.judgement

TASK, WORKFLOW = "10001", "Acme service workflow"


@dataclass
class Watched:
    """A stand with a linked ticket in each of three statuses, and what an admin sees of it."""

    stand: Stand
    jobs: MemoryJobs

    @property
    def connection_id(self) -> int:
        return self.stand.connection_id

    def read(self) -> None:
        """Let the moments of both schedules come, and only what these begin be done: nobody polls or looks."""
        for schedule in ("mapping.vocabulary", "mapping.workflows"):
            self.jobs.tick(schedule)
            self.jobs.run(f"schedule:{schedule}")
            for key in self.jobs.runnable():
                self.jobs.run(key)

    def items(self) -> list[ShownItem]:
        with self.stand.host.database.read() as session:
            stored, names = read_stored(session, self.connection_id), read_names(session, self.connection_id)
            rows, pairs = open_items(session, self.connection_id), live(session, self.connection_id)
            return list(show_items(rows, stored=stored, names=names, live=pairs, product="Jira"))

    def titles(self) -> list[str]:
        return [item.title for item in self.items()]

    def board(self) -> Board:
        with self.stand.host.database.read() as session:
            return latest(session, self.connection_id).board

    def versions(self) -> int:
        with self.stand.host.database.read() as session:
            return len(list_versions(session, self.connection_id))

    def mend(self, mend, *args) -> None:
        with self.stand.host.database.write() as session:
            dana = session.scalars(select(User)).one()
            mend(session, self.connection_id, *args, by=dana, now=self.stand.host.now())

    def accept(self) -> None:
        ids = [id_ for item in self.items() for id_ in item.ids]
        with self.stand.host.database.write() as session:
            mending.accept(session, self.connection_id, ids)

    def helpdesk(self) -> list[object]:
        """All that a change of Jira's must not change by itself."""
        with self.stand.host.database.read() as session:
            tickets = session.execute(select(Ticket.id, Ticket.status, Ticket.updated_at).order_by(Ticket.id))
            links = session.execute(select(Link.id, Link.state, Link.wanted, Link.remote_status).order_by(Link.id))
            return [tickets.all(), session.execute(select(TicketEvent.id)).all(), links.all()]

    def key_of(self, link_id: int) -> str:
        return self.stand.row(link_id).issue_key

    def jira(self) -> dict[str, str]:
        """Say in which status each task of the project is."""
        site = self.stand.simulator.state.site(SITE)
        keys = {site.key_of(issue): issue for issue in site.issues.values() if issue.type_id == TASK}
        return {key: issue.status_id for key, issue in keys.items() if key.startswith(f"{PROJECT}-")}


@pytest.fixture
def watched(stand, jobs) -> Watched:
    watched = Watched(stand, jobs)
    for ticket, status in (("waiting", WAITING), ("in_progress", REVIEW), ("done", RESOLVED)):
        stand.link(stand.ticket(ticket), next(key for key, here in watched.jira().items() if here == status))
    jobs.run_all()
    watched.read()
    assert watched.items() == [], "nothing has changed yet"
    return watched


@pytest.fixture
def unmoved(watched):
    """Whatever a test does at Jira, no ticket and no link of the helpdesk is changed by the reading or the mending."""
    before = watched.helpdesk()
    yield
    assert watched.helpdesk() == before


def test_a_deleted_status_is_told_and_replaced_in_one_step(watched, stand, unmoved):
    stand.simulator.control.delete_status(SITE, WAITING, ANALYSIS)
    issues = watched.jira()
    watched.read()
    (item,) = watched.items()
    assert (item.kind, item.title) == ("vanished", "Waiting for Customer is gone")
    assert [each.words for each in item.touched] == ["1 linked ticket in Waiting for Customer"]
    assert WAITING not in {option.value for option in item.replacements}
    assert watched.board().columns["waiting"] == (WAITING,), "the board is an admin's"
    watched.read()
    assert [each.ids for each in watched.items()] == [item.ids], "it is told once"

    watched.mend(mending.replace_vanished, item.ids[0], REVIEW)
    assert watched.items() == []
    assert watched.board().columns["waiting"] == (REVIEW,)
    assert watched.board().columns["in_progress"] == (IN_PROGRESS, ANALYSIS)
    watched.read()
    assert watched.items() == []
    assert watched.jira() == issues, "nobody moved an issue"


def test_a_deleted_status_is_taken_off_the_board(watched, stand, unmoved):
    stand.simulator.control.delete_status(SITE, REVIEW, IN_PROGRESS)
    watched.read()
    vanished = [item for item in watched.items() if item.kind == "vanished"]
    assert [item.title for item in vanished] == ["In Review is gone"]
    watched.mend(mending.take_off, vanished[0].ids[0])
    watched.read()
    assert watched.board().columns["in_progress"] == (IN_PROGRESS, ANALYSIS)
    assert watched.titles() == []


def test_a_rename_changes_only_the_shown_name(watched, stand, unmoved):
    stand.simulator.control.rename_status(SITE, WAITING, "On hold")
    watched.read()
    assert watched.items() == []
    assert watched.versions() == 1
    with stand.host.database.read() as session:
        assert read_names(session, stand.connection_id).remote(WAITING) == "On hold"
    stand.simulator.control.delete_status(SITE, WAITING, ANALYSIS)
    watched.read()
    assert watched.titles() == ["On hold is gone"], "it is missed by its latest name"


def test_a_changed_category_is_told_and_accepted_in_one_step(watched, stand, unmoved):
    stand.simulator.control.recategorize_status(SITE, WAITING, "done")
    watched.read()
    (item,) = watched.items()
    assert item.title == "Waiting for Customer counts as Done now"
    assert "as In progress when its card was placed" in item.words
    assert [each.words for each in item.touched] == ["1 linked ticket in Waiting for Customer"]
    watched.read()
    assert len(watched.items()) == 1
    watched.accept()
    watched.read()
    assert watched.items() == [], "it counts as done from now on"
    stand.simulator.control.recategorize_status(SITE, WAITING, "indeterminate")
    watched.read()
    assert watched.titles() == ["Waiting for Customer counts as In progress now"]


def test_a_category_that_changed_back_is_cleared(watched, stand, unmoved):
    stand.simulator.control.recategorize_status(SITE, WAITING, "done")
    watched.read()
    assert len(watched.items()) == 1
    stand.simulator.control.recategorize_status(SITE, WAITING, "indeterminate")
    watched.read()
    assert watched.items() == []


def test_a_removed_move_is_told_with_what_it_was_needed_for(watched, stand, unmoved):
    stand.simulator.control.remove_transition(SITE, WORKFLOW, "Approve")
    watched.read()
    (item,) = watched.items()
    assert (item.kind, item.title) == ("move", "The move “Approve” to Resolved is gone")
    assert "The mapping needs it for Done and Closed." in item.words
    assert item.words.startswith("SUP Task")
    assert any(detail.startswith("To Done, from In Review: No way") for detail in item.details), item.details
    touched = ["1 linked ticket in Waiting for Customer", "1 linked ticket in In Review"]
    assert [each.words for each in item.touched] == touched, "an issue in Resolved lacks nothing"
    watched.read()
    assert [each.ids for each in watched.items()] == [item.ids], "it is told once"
    watched.accept()
    watched.read()
    assert watched.items() == [], "it was seen"


def test_a_removed_move_is_told_although_an_issue_taught_it_before(watched, stand, jobs):
    stand.simulator.control.remove_transition(SITE, WORKFLOW, "Approve")
    link = watched.helpdesk()[2][1]
    stand.want(link.id)
    jobs.run_all()
    watched.read()
    assert watched.titles() == ["The move “Approve” to Resolved is gone"]


def test_a_move_that_nothing_uses_may_go(watched, stand, unmoved):
    stand.simulator.control.remove_transition(SITE, WORKFLOW, "Decline")
    watched.read()
    assert watched.items() == [], "Rejected is the target of no ticket status"


def test_a_hidden_project_is_one_item(watched, stand, unmoved):
    stand.simulator.control.hide_project(SITE, PROJECT, BOT)
    watched.read()
    (item,) = watched.items()
    assert (item.kind, item.title) == ("project", "SUP Customer Support is gone or hidden")
    watched.accept()
    watched.read()
    assert watched.items() == [], "it was seen"
    stand.simulator.control.show_project(SITE, PROJECT, BOT)
    watched.read()
    stand.simulator.control.hide_project(SITE, PROJECT, BOT)
    watched.read()
    assert len(watched.items()) == 1, "it went a second time"


def test_an_empty_answer_says_nothing(watched, stand, unmoved):
    stand.simulator.control.fault("getStatuses", "answer", status=200, body="[]", times=None)
    watched.read()
    assert watched.items() == []


def test_an_unknown_status_has_everything_read_soon_and_once_a_minute(watched, stand, jobs, clock):
    _forget(watched, REVIEW)
    stand.calls()
    link = next(row for row in watched.helpdesk()[2] if row.remote_status == WAITING)
    stand.move(watched.key_of(link.id), ANALYSIS)
    stand.move(watched.key_of(link.id), IN_PROGRESS)
    _look(stand, jobs, link.id)
    assert stand.calls().get("getStatuses", 0) == 0, "In Progress is known"
    stand.move(watched.key_of(link.id), REVIEW)
    _look(stand, jobs, link.id)
    job = f"connection/{stand.connection_id}/vocabulary"
    assert stand.calls().get("getStatuses", 0) == 0, "everything was read this very minute"
    with stand.host.database.read() as session:
        assert jobs.counts(session, prefix=job).unfinished == 1
    clock.advance(minutes=1)
    jobs.wake(job)
    jobs.run_all()
    assert stand.calls()["getStatuses"] == 1
    with stand.host.database.read() as session:
        assert REVIEW in read_stored(session, stand.connection_id).all_statuses


def test_linking_an_issue_in_an_unknown_status_has_everything_read_soon(watched, stand, jobs):
    _forget(watched, REVIEW)
    key = next(key for key, here in watched.jira().items() if here == REVIEW)
    stand.link(stand.ticket(), key)
    with stand.host.database.read() as session:
        assert jobs.counts(session, prefix=f"connection/{stand.connection_id}/vocabulary").unfinished == 1


def _look(stand: Stand, jobs: MemoryJobs, link_id: int) -> None:
    stand.want(link_id)
    jobs.run_all()


def _forget(watched: Watched, status_id: str) -> None:
    """Make a status one that came into being after the last reading."""
    with watched.stand.host.database.write() as session:
        dana, saved = session.scalars(select(User)).one(), latest(session, watched.connection_id)
        board, now = remove_remote(saved.board, status_id), watched.stand.host.now()
        add_version(session, watched.connection_id, board, seen=saved.number, by=dana, now=now)
        snapshot = session.get_one(VocabularySnapshot, watched.connection_id)
        (project,) = session.scalars(select(ProjectInUse))
        for row, name in ((snapshot, "vocabulary"), (project, "detail")):
            document = dict(getattr(row, name))
            document["statuses"] = [each for each in document["statuses"] if each["id"] != status_id]
            setattr(row, name, document)
