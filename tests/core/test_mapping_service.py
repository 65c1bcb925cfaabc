"""Reading, choosing, drafting, saving and undoing, on a real database and a fake integration."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping import drafts, models, service
from helpdesk_core.mapping.board import Board, Leave, SameAs, Targets, Tray
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.following import set_taking_up
from helpdesk_core.mapping.gestures import choose_head, place
from helpdesk_core.mapping.models import VersionKind
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.versions import SavedMeanwhile, latest, list_versions, version_board
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored
from helpdesk_core.tickets.service import create_status, delete_status, list_statuses
from helpdesk_core.values import SystemStatus
from tests.core.mapping_world import acme, admit, connect
from tests.databases import KINDS


@pytest.fixture(params=KINDS)
def kind(request):
    """Both kinds of database: savers must not overtake each other on either."""
    return request.param


@pytest.fixture
def vocabulary():
    return acme()


@pytest.fixture
def registry(vocabulary):
    return admit(IntegrationRegistry(), vocabulary)


@pytest.fixture
def connection(host, admin):
    return connect(host, admin)


@pytest.fixture
def chosen(host, connection):
    """The connection, with two company-managed and three team-managed projects in use."""
    refresh_vocabulary(host, connection)
    with host.database.write() as session:
        choose_projects(session, connection, ["10", "11", "20", "21", "22"])
    read_details(host, connection)
    return connection


def stored(host, connection):
    with host.database.read() as session:
        return read_stored(session, connection)


def edit(host, connection, user, change):
    with host.database.write() as session:
        return drafts.edit_draft(
            session,
            connection,
            user.id,
            lambda draft: Draft(board=change(draft.board), based_on=draft.based_on, reasons=draft.reasons),
            now=host.now(),
        )


def save(host, connection, user, seen):
    with host.database.write() as session:
        return service.save_draft(session, connection, user, seen=seen, now=host.now())


def put(*cards, to):
    return lambda board: place(board, None, cards, to)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_vocabulary_is_read_in_one_call_and_details_only_for_projects_in_use(host, connection, vocabulary, clock):
    refresh_vocabulary(host, connection)
    with host.database.write() as session:
        choose_projects(session, connection, ["10", "20"])
    read_details(host, connection)
    assert vocabulary.calls == ["read", "project MOB", "project WEB"]
    found = stored(host, connection)
    assert found.read_at == clock()
    assert {s.name for s in found.statuses_in_use} == {
        *("To Do", "In Dev", "In Review", "Done", "Won't Do"),
        *("Backlog", "Testing", "Shipped"),
    }


def test_what_an_older_version_stored_of_projects_is_still_read(host, connection):
    refresh_vocabulary(host, connection)
    before = stored(host, connection)
    with host.database.write() as session:
        snapshot = session.get_one(models.VocabularySnapshot, connection)
        older = [
            {name: each[name] for name in ("id", "key", "name", "owns_statuses", "archived")}
            for each in snapshot.vocabulary["projects"]
        ]
        snapshot.vocabulary = {**snapshot.vocabulary, "projects": older}
    assert stored(host, connection) == before
    assert not any(project.serves_requesters for project in before.projects)


def test_what_was_read_survives_when_the_remote_system_is_down(host, chosen, vocabulary):
    before = stored(host, chosen)
    vocabulary.trouble = TemporarilyUnavailable("Acme cannot answer now.")
    with pytest.raises(TemporarilyUnavailable):
        refresh_vocabulary(host, chosen)
    with pytest.raises(TemporarilyUnavailable):
        read_details(host, chosen, again=True)
    assert stored(host, chosen) == before


def test_reading_details_goes_on_where_it_stopped_and_names_the_project(host, connection, vocabulary):
    refresh_vocabulary(host, connection)
    vocabulary.trouble_with["20"] = Rejected("It may not be seen.", cure="Ask its admin.")
    with host.database.write() as session:
        choose_projects(session, connection, ["11", "20", "10"])
    with pytest.raises(Rejected, match=r"MOB: It may not be seen\. Ask its admin\."):
        read_details(host, connection)
    found = stored(host, connection)
    assert [used.project.key for used in found.unread] == ["MOB", "WEB"]
    assert "201" in {s.id for s in found.statuses_in_use}, "of an unread project its own statuses are known"
    vocabulary.trouble_with.clear()
    vocabulary.calls.clear()
    read_details(host, connection)
    assert vocabulary.calls == ["project MOB", "project WEB"]


def test_a_request_reads_a_pages_worth_of_projects_and_says_what_is_left(host, chosen, vocabulary, monkeypatch, clock):
    monkeypatch.setattr("helpdesk_core.mapping.reading.READ_AT_ONCE", 3)
    vocabulary.calls.clear()
    clock.advance(hours=1)
    assert read_details(host, chosen, again=True) == 2
    clock.advance(hours=1)
    assert read_details(host, chosen, again=True) == 2
    first, then = vocabulary.calls[:3], vocabulary.calls[3:]
    assert set(then) - set(first) == {"project OPS", "project WEB"}, "those read longest ago come first"
    assert read_details(host, chosen) == 0


def test_a_project_that_vanished_stays_in_use_and_keeps_its_name(host, chosen, vocabulary):
    vocabulary.projects = [project for project in vocabulary.projects if project.id != "10"]
    refresh_vocabulary(host, chosen)
    gone = next(used for used in stored(host, chosen).in_use if used.project.id == "10")
    assert gone.project.name == "Web shop"
    assert gone.detail is not None


def test_dropping_a_project_keeps_the_details_of_the_others(host, chosen, vocabulary):
    with host.database.write() as session:
        choose_projects(session, chosen, ["10"])
    vocabulary.calls.clear()
    read_details(host, chosen)
    assert vocabulary.calls == []
    assert [used.project.key for used in stored(host, chosen).in_use] == ["WEB"]


def test_an_unknown_connection_is_not_found(host):
    with pytest.raises(NotFound):
        refresh_vocabulary(host, 99)


# ── suggesting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_suggestion_fills_what_is_new_with_reasons(host, chosen, vocabulary):
    with host.database.read() as session:
        draft = Draft(board=place(Board(), None, ["6"], "waiting"), based_on=0)
        found = service.suggest(draft, vocabulary, read_stored(session, chosen), tuple(list_statuses(session)))
    assert found.board.inbound("6") == "waiting"
    assert found.board.columns["done"][0] == "4", "the card named like its column comes first"
    assert found.board.inbound("1") == "open"
    assert found.reasons["4"] == "It has the same name."
    assert found.board.inbound("9") is Tray.NEW, "no project in use has it"


# ── drafts and versions ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_kept_until_it_is_saved(host, chosen, admin):
    edit(host, chosen, admin, put("1", to="open"))
    edit(host, chosen, admin, put("4", "5", to="done"))
    with host.database.read() as session:
        assert latest(session, chosen).number == 0
        assert drafts.open_draft(session, chosen, admin.id).board.columns == {"open": ("1",), "done": ("4", "5")}
    version = save(host, chosen, admin, seen=0)
    assert (version.number, version.kind, version.author_name) == (1, VersionKind.SAVED, "Dana Admin")
    assert "To Do moved from New to Open." in version.changes
    with host.database.read() as session:
        assert service.resolved_board(session, chosen).outbound("closed") == Targets(("4", "5"))
        assert session.scalar(select(func.count()).select_from(models.BoardDraft)) == 0


def test_a_draft_without_changes_is_not_kept(host, chosen, admin):
    edit(host, chosen, admin, put("1", to="open"))
    edit(host, chosen, admin, put("1", to=Tray.NEW))
    with host.database.read() as session:
        assert session.scalar(select(func.count()).select_from(models.BoardDraft)) == 0


def test_drafts_of_two_admins_are_apart(host, chosen, admin, agent):
    edit(host, chosen, admin, put("1", to="open"))
    with host.database.read() as session:
        assert drafts.open_draft(session, chosen, agent.id).board == Board()


def test_saving_over_somebody_elses_version_needs_to_be_on_purpose(host, chosen, admin, agent):
    edit(host, chosen, admin, put("1", to="open"))
    edit(host, chosen, agent, put("1", to="waiting"))
    save(host, chosen, agent, seen=0)
    with pytest.raises(SavedMeanwhile, match="Alex Agent saved this board meanwhile") as refused:
        save(host, chosen, admin, seen=0)
    assert refused.value.changes[0] == "To Do moved from New to Waiting."
    with host.database.read() as session:
        assert drafts.open_draft(session, chosen, admin.id).board.inbound("1") == "open", "the edit stays"
    version = save(host, chosen, admin, seen=1)
    assert "To Do moved from Waiting to Open." in version.changes


def test_of_many_savers_at_once_exactly_one_wins(host, chosen, admin, agent):
    edit(host, chosen, admin, put("1", to="open"))
    edit(host, chosen, agent, put("1", to="waiting"))
    outcomes, start = [], threading.Barrier(2)

    def attempt(user):
        start.wait()
        try:
            outcomes.append(save(host, chosen, user, seen=0).number)
        except SavedMeanwhile:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt, args=(user,)) for user in (admin, agent)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [1, "refused"]


def test_a_board_in_which_same_as_leads_nowhere_is_not_saved(host, chosen, admin):
    with host.database.read() as session:
        statuses = list_statuses(session)

    def circle(board):
        board = choose_head(board, None, "open", SameAs("waiting"), statuses)
        return choose_head(board, None, "waiting", SameAs("open"), statuses)

    edit(host, chosen, admin, circle)
    with pytest.raises(Refused, match="a circle"):
        save(host, chosen, admin, seen=0)
    with host.database.read() as session:
        assert list_versions(session, chosen) == []


def test_nothing_to_save_is_said(host, chosen, admin):
    with pytest.raises(Refused, match="nothing to save"):
        save(host, chosen, admin, seen=0)


def test_undo_is_a_new_version_equal_to_the_old_one(host, chosen, admin):
    edit(host, chosen, admin, put("1", to="open"))
    save(host, chosen, admin, seen=0)
    edit(host, chosen, admin, put("1", to="waiting"))
    save(host, chosen, admin, seen=1)
    with host.database.write() as session:
        version = service.undo(session, chosen, 1, seen=2, by=admin, now=host.now())
    assert (version.number, version.kind, version.restores) == (3, VersionKind.UNDO, 1)
    with host.database.read() as session:
        assert version_board(session, chosen, 3) == version_board(session, chosen, 1)
    with host.database.write() as session, pytest.raises(SavedMeanwhile):
        service.undo(session, chosen, 2, seen=2, by=admin, now=host.now())
    with host.database.write() as session, pytest.raises(NotFound):
        service.undo(session, chosen, 77, seen=3, by=admin, now=host.now())


# ── what other parts of the helpdesk do ─────────────────────────────────────────────────────────────────────────────


def custom(host, name="Waiting for vendor"):
    with host.database.write() as session:
        return create_status(session, name=name, system=SystemStatus.WAITING)


def test_deleting_a_custom_status_rewrites_boards_and_drafts(host, chosen, admin, agent):
    vendor = custom(host)
    edit(host, chosen, admin, put("6", to=vendor.key))
    save(host, chosen, admin, seen=0)
    edit(host, chosen, agent, put("3", to=vendor.key))
    with host.database.write() as session:
        delete_status(
            session,
            vendor.key,
            replacement="waiting",
            by=admin,
            now=host.now(),
            observers=[service.on_status_deleted],
        )
    with host.database.read() as session:
        version = list_versions(session, chosen)[0]
        assert (version.number, version.kind) == (2, VersionKind.REPLACED)
        assert latest(session, chosen).board.columns == {"waiting": ("6",)}
        draft = drafts.open_draft(session, chosen, agent.id)
        assert draft.board.columns == {"waiting": ("6", "3")}
        assert draft.based_on == 2, "their own change is no conflict"
        assert service.resolved_board(session, chosen).inbound("6") == "waiting"
    with host.database.write() as session, pytest.raises(Refused, match="was deleted"):
        service.undo(session, chosen, 1, seen=2, by=admin, now=host.now())


def test_a_status_that_a_board_uses_is_not_deleted_without_a_replacement(host, chosen, admin):
    vendor, spare = custom(host), custom(host, "Spare")
    edit(host, chosen, admin, put("6", to=vendor.key))
    save(host, chosen, admin, seen=0)
    with host.database.write() as session:
        arguments = {"replacement": None, "by": admin, "now": host.now()}
        with pytest.raises(Refused, match="used in a status mapping"):
            service.on_status_deleted(session, deleted=vendor, **arguments)
        service.on_status_deleted(session, deleted=spare, **arguments)


def test_forgetting_a_connection_deletes_all_that_the_mapping_kept(host, chosen, admin):
    edit(host, chosen, admin, put("1", to="open"))
    save(host, chosen, admin, seen=0)
    edit(host, chosen, admin, put("2", to="open"))
    with host.database.write() as session:
        set_taking_up(session, chosen, on=True, now=host.now())
        session.delete(session.get_one(Connection, chosen))
    with host.database.read() as session:
        tables = (models.VocabularySnapshot, models.ProjectInUse, models.BoardVersion, models.BoardDraft)
        for table in (*tables, models.MappingSetting):
            assert session.scalar(select(func.count()).select_from(table)) == 0, table


def test_reconnecting_needs_nothing_of_the_mapping(host, chosen, vocabulary):
    """A refused connection can still be looked at: nothing here reads the remote system unasked."""
    vocabulary.trouble = AuthorizationLost("The saved sign-in was refused.")
    vocabulary.calls.clear()
    with host.database.read() as session:
        assert service.resolved_board(session, chosen).heads["waiting"] == Leave()
        assert len(read_stored(session, chosen).in_use) == 5
    assert vocabulary.calls == []
