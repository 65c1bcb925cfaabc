"""New statuses that are placed without asking: which, when, and what it never touches."""

from __future__ import annotations

import threading

import pytest

from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping import drafts, models, service
from helpdesk_core.mapping.board import Board, Tray
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.following import set_taking_up, take_up, takes_up
from helpdesk_core.mapping.gestures import place
from helpdesk_core.mapping.models import VersionKind
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.versions import SavedMeanwhile, latest, list_versions, versions_since
from helpdesk_core.mapping.vocabulary import choose_projects
from tests.core.mapping_world import GOING, acme, admit, connect, owned
from tests.databases import KINDS


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def vocabulary():
    return acme()


@pytest.fixture
def registry(vocabulary):
    return admit(IntegrationRegistry(), vocabulary)


class Admin:
    """Somebody with a connection who saves boards and chooses projects."""

    def __init__(self, host, user, connection):
        self.host, self.user, self.connection = host, user, connection

    def choose(self, *projects):
        with self.host.database.write() as session:
            choose_projects(session, self.connection, projects)
        read_details(self.host, self.connection)

    def tick(self, *, on=True):
        with self.host.database.write() as session:
            return set_taking_up(session, self.connection, on=on, now=self.host.now())

    def edit(self, change):
        def change_draft(draft):
            return Draft(board=change(draft.board), based_on=draft.based_on)

        with self.host.database.write() as session:
            drafts.edit_draft(session, self.connection, self.user.id, change_draft, now=self.host.now())

    def put(self, *cards, to, project=None):
        self.edit(lambda board: place(board, project, cards, to))

    def save(self, *, seen=None):
        seen = len(self.versions()) if seen is None else seen
        with self.host.database.write() as session:
            return service.save_draft(session, self.connection, self.user, seen=seen, now=self.host.now())

    def board(self) -> Board:
        with self.host.database.read() as session:
            return latest(session, self.connection).board

    def versions(self):
        with self.host.database.read() as session:
            return list_versions(session, self.connection)


@pytest.fixture
def dana(host, admin):
    """Dana, with the statuses of MOB placed and those of OPS and LAB not known yet."""
    dana = Admin(host, admin, connect(host, admin))
    refresh_vocabulary(host, dana.connection)
    dana.choose("20")
    dana.put("201", to="open")
    dana.put("202", to="waiting")
    dana.put("203", to=Tray.IGNORED)
    dana.save()
    return dana


def test_unasked_nothing_is_placed(dana, host):
    dana.choose("20", "21")
    with host.database.read() as session:
        assert not takes_up(session, dana.connection)
    assert len(dana.versions()) == 1


def test_the_statuses_of_a_new_project_go_where_the_others_of_their_name_are(dana):
    assert dana.tick() is None, "nothing is New yet"
    dana.choose("20", "21", "10")
    version = dana.versions()[0]
    assert (version.number, version.kind, version.author_name) == (2, VersionKind.FOLLOWED, "The helpdesk")
    assert version.author_id is None
    assert version.changes == [
        "Backlog moved from New to Open.",
        "Testing moved from New to Waiting.",
        "Shipped moved from New to Ignored.",
    ]
    assert dana.board().columns == {"open": ("201", "211"), "waiting": ("202", "212")}
    assert dana.board().inbound("1") is Tray.NEW, "shared statuses are for a person"


def test_what_is_new_already_is_taken_up_when_it_is_ticked(dana):
    dana.choose("20", "21")
    assert dana.tick().number == 2
    assert dana.board().inbound("212") == "waiting"
    dana.tick(on=False)
    dana.choose("20", "21", "22")
    assert len(dana.versions()) == 2


def test_a_status_that_a_known_project_gets_is_taken_up_once_it_is_read(dana, host, vocabulary):
    dana.tick()
    vocabulary.statuses.append(owned("204", "testing", GOING, "20"))
    vocabulary.in_project["20"].append("204")
    for _ in range(2):
        refresh_vocabulary(host, dana.connection)
        read_details(host, dana.connection, again=True)
    assert dana.board().inbound("204") == "waiting"
    assert len(dana.versions()) == 2, "the second time there was nothing to take up"


def test_of_a_project_that_cannot_be_read_yet_its_own_statuses_are_taken_up(dana, vocabulary):
    dana.tick()
    vocabulary.trouble_with["21"] = TemporarilyUnavailable("Acme cannot answer now.")
    with pytest.raises(TemporarilyUnavailable):
        dana.choose("20", "21")
    assert dana.board().inbound("212") == "waiting"


def test_no_name_that_lies_in_several_places_or_another_category_is_followed(dana, vocabulary):
    dana.choose("20", "21")
    dana.put("212", to="in_progress")
    dana.save()
    vocabulary.statuses = [s for s in vocabulary.statuses if s.id != "221"] + [owned("221", "Backlog", GOING, "22")]
    refresh_vocabulary(dana.host, dana.connection)
    dana.tick()
    dana.choose("20", "21", "22")
    board = dana.board()
    assert board.inbound("222") is Tray.NEW, "Testing lies in Waiting and in In Progress"
    assert board.inbound("221") is Tray.NEW, "this Backlog has another category"
    assert board.inbound("223") is Tray.IGNORED


def test_what_a_person_put_back_or_undid_stays_new(dana, host):
    dana.choose("20", "21")
    dana.tick()
    dana.put("211", to=Tray.NEW)
    dana.save()
    refresh_vocabulary(host, dana.connection)
    assert dana.board().inbound("211") is Tray.NEW
    with host.database.write() as session:
        service.undo(session, dana.connection, 1, seen=3, by=dana.user, now=host.now())
    refresh_vocabulary(host, dana.connection)
    assert [version.kind for version in dana.versions()[:2]] == [VersionKind.UNDO, VersionKind.SAVED]
    assert dana.board().inbound("212") is Tray.NEW


def test_what_a_person_placed_in_its_own_project_alone_stays_so(dana):
    dana.choose("20", "21")
    dana.put("212", to="done", project="21")
    dana.save()
    dana.tick()
    assert dana.board().inbound("211") == "open"
    assert dana.board().inbound("212") is Tray.NEW
    assert dana.board().layer("21").inbound("212") == "done"


def test_an_open_draft_stays_and_sees_the_newer_version(dana, host):
    dana.tick()
    dana.put("202", to="in_progress")
    dana.choose("20", "21")
    with host.database.read() as session:
        draft = drafts.open_draft(session, dana.connection, dana.user.id)
        newer = versions_since(session, dana.connection, draft.based_on)
    assert draft.board.inbound("202") == "in_progress"
    assert [version.kind for version in newer] == [VersionKind.FOLLOWED]
    with pytest.raises(SavedMeanwhile, match="The helpdesk saved this board meanwhile"):
        dana.save(seen=1)
    assert dana.save(seen=2).number == 3


def test_taking_up_and_a_saver_at_once_lose_nothing(dana, host):
    """Whoever comes second sees the first: the helpdesk adds to the newer board, a person is asked."""
    dana.choose("20", "21")
    with host.database.write() as session:
        session.add(models.MappingSetting(connection_id=dana.connection, takes_up=True))
    dana.put("203", to="done")
    start, saved = threading.Barrier(2), []

    def follow():
        start.wait()
        with host.database.write() as session:
            take_up(session, dana.connection, now=host.now())

    def save():
        start.wait()
        try:
            saved.append(dana.save(seen=1))
        except SavedMeanwhile:
            saved.append(None)

    threads = [threading.Thread(target=work) for work in (follow, save)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dana.board().inbound("212") == "waiting"
    assert dana.board().inbound("203") == ("done" if saved[0] else Tray.IGNORED)
    assert [version.number for version in dana.versions()] == ([3, 2, 1] if saved[0] else [2, 1])
