"""What changed at the remote system under a board: found once, cleared when it changes back, and mended by a button."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select

from helpdesk_core.connections.integration_settings import set_enabled
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping import drafts, mending, rereading
from helpdesk_core.mapping.baselines import known_statuses
from helpdesk_core.mapping.board import Board, Leave, Move, Override, SameAs
from helpdesk_core.mapping.drift import Known
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.gestures import place, remove_remote
from helpdesk_core.mapping.models import DriftItem, StatusBaseline, VersionKind
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.service import replace_ticket_status
from helpdesk_core.mapping.versions import add_version, latest, read_names
from helpdesk_core.mapping.vocabulary import choose_projects
from helpdesk_core.mapping.workflows import read_workflows, renew_workflows
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.service import create_status
from helpdesk_core.values import Evidence, Step, SystemStatus, Transition, Workflow
from tests.core.mapping_world import DONE, GOING, NEW, FakeWorkflows, acme, admit, connect, shared
from tests.databases import KINDS

BOARD = Board(
    columns={"open": ("1",), "in_progress": ("2", "3"), "done": ("4",)},
    ignored=frozenset({"5"}),
    overrides={"11": Override(placements={"6": "waiting"})},
)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def vocabulary():
    return acme()


@pytest.fixture
def workflows():
    return FakeWorkflows(in_project={"10": graph(("1", "2"), ("2", "3"), ("3", "4"), ("4", "1"), ("4", "5"))})


@pytest.fixture
def registry(vocabulary, workflows):
    return admit(IntegrationRegistry(), vocabulary, workflows)


def graph(*pairs, explored="12345"):
    steps = (
        Step(
            from_id=start,
            transition=Transition(id=f"{start}{end}", name=f"To {end}", to_id=end),
            evidence=Evidence.KNOWN,
        )
        for start, end in pairs
    )
    return Workflow(status_ids=tuple("12345"), steps=tuple(steps), explored=frozenset(explored))


class Site:
    """A connection with a board, and a remote system that somebody changes."""

    def __init__(self, host, admin, vocabulary, connection_id):
        self.host, self.admin, self.vocabulary, self.id = host, admin, vocabulary, connection_id

    def delete(self, *ids):
        """Take statuses away."""
        self.vocabulary.statuses = [s for s in self.vocabulary.statuses if s.id not in ids]
        for known in self.vocabulary.in_project.values():
            known[:] = [id_ for id_ in known if id_ not in ids]

    def change(self, id_, **members):
        """Change a status."""
        self.vocabulary.statuses = [replace(s, **members) if s.id == id_ else s for s in self.vocabulary.statuses]

    def reread(self):
        return rereading.reread(self.host, self.id)

    def items(self):
        with self.host.database.read() as session:
            return [(item.kind, item.subject) for item in open_items(session, self.id)]

    def save(self, board, *, kind=VersionKind.SAVED):
        with self.host.database.write() as session:
            seen, now = latest(session, self.id).number, self.host.now()
            return add_version(session, self.id, board, seen=seen, by=self.admin, now=now, kind=kind)

    def board(self):
        with self.host.database.read() as session:
            return latest(session, self.id).board

    def baselines(self):
        with self.host.database.read() as session:
            return known_statuses(session, self.id)

    def mend(self, mend, subject, *args):
        with self.host.database.write() as session:
            (item,) = [each for each in open_items(session, self.id) if each.subject == subject]
            return mend(session, self.id, item.id, *args, by=self.admin, now=self.host.now())

    def accept(self):
        with self.host.database.write() as session:
            mending.accept(session, self.id, [item.id for item in open_items(session, self.id)])


@pytest.fixture
def site(host, admin, vocabulary):
    site = Site(host, admin, vocabulary, connect(host, admin))
    refresh_vocabulary(host, site.id)
    with host.database.write() as session:
        choose_projects(session, site.id, ["10", "11"])
    read_details(host, site.id)
    site.save(BOARD)
    return site


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_saving_a_board_keeps_what_is_placed_anywhere(site):
    assert site.baselines().keys() == set("123456")
    assert site.baselines()["6"] == Known(name="Blocked", category=GOING)
    site.save(remove_remote(BOARD, "2"))
    assert site.baselines().keys() == set("13456")


def test_a_board_that_is_older_than_baselines_is_compared_with_what_was_read_before(site, host):
    with host.database.write() as session:
        session.execute(delete(StatusBaseline))
    site.change("2", category=DONE)
    site.delete("3")
    site.reread()
    assert site.items() == [("category", "2"), ("vanished", "3")]


def test_forgetting_the_connection_takes_everything_away(site, host):
    site.delete("2")
    site.reread()
    with host.database.write() as session:
        session.delete(session.get_one(Connection, site.id))
    with host.database.read() as session:
        assert [session.scalar(select(func.count()).select_from(m)) for m in (DriftItem, StatusBaseline)] == [0, 0]


# ── statuses ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_status_that_vanished_is_told_once_and_cleared_when_it_returns(site, clock):
    there = site.vocabulary.statuses
    projects = {key: list(ids) for key, ids in site.vocabulary.in_project.items()}
    site.delete("2", "5", "6", "9")
    site.reread()
    assert site.items() == [("vanished", "2"), ("vanished", "5"), ("vanished", "6")], "9 is on no board"
    clock.advance(hours=4)
    site.reread()
    assert len(site.items()) == 3
    site.vocabulary.statuses, site.vocabulary.in_project = there, projects
    site.reread()
    assert site.items() == []


def test_a_status_that_only_the_list_misses_is_still_there(site):
    site.vocabulary.statuses = [s for s in site.vocabulary.statuses if s.id != "2"]
    refresh_vocabulary(site.host, site.id)
    assert site.items() == [], "the detail of a project names it, as it was read last"
    site.delete("2")
    read_details(site.host, site.id, again=True)
    assert site.items() == [("vanished", "2")], "whoever read it"


def test_a_rename_is_no_item_and_the_latest_name_is_kept(site):
    site.change("2", name="Coding")
    site.reread()
    assert site.items() == []
    assert site.baselines()["2"].name == "Coding"
    site.delete("2")
    site.reread()
    with site.host.database.read() as session:
        assert read_names(session, site.id).remote("2") == "Coding"


def test_a_changed_category_is_told_until_it_changes_back(site):
    site.change("2", category=DONE)
    site.reread()
    assert site.items() == [("category", "2")]
    site.change("2", category=GOING)
    site.reread()
    assert site.items() == []


def test_a_category_that_changed_twice_is_told_as_it_is_now(site, host, clock):
    site.change("2", category=DONE)
    site.reread()
    clock.advance(hours=4)
    site.change("2", category=NEW)
    site.reread()
    with host.database.read() as session:
        (item,) = open_items(session, site.id)
    assert (item.about, item.found_at) == ({"before": GOING, "after": NEW}, clock())


def test_accepting_a_category_makes_it_the_baseline(site):
    site.change("2", category=DONE)
    site.reread()
    site.accept()
    assert site.items() == []
    site.reread()
    assert site.items() == []
    assert site.baselines()["2"].category is DONE


def test_a_save_clears_the_category_of_what_it_moves_and_of_nothing_else(site):
    site.change("1", category=DONE)
    site.change("2", category=DONE)
    site.reread()
    site.save(place(site.board(), None, ["2"], "done"))
    assert site.items() == [("category", "1")]
    site.reread()
    assert site.items() == [("category", "1")]


def test_a_save_by_nobody_clears_no_category(site, host):
    with host.database.write() as session:
        status = create_status(session, name="At work", system=SystemStatus.IN_PROGRESS)
    site.save(place(site.board(), None, ["2"], status.key))
    site.change("2", category=DONE)
    site.reread()
    with host.database.write() as session:
        replace_ticket_status(session, status.key, "waiting", by="The helpdesk", now=host.now())
    assert site.board().inbound("2") == "waiting"
    assert site.items() == [("category", "2")]


def test_saving_a_board_without_it_clears_a_vanished_status(site):
    site.delete("2")
    site.reread()
    site.save(place(site.board(), None, ["2"], "waiting"))
    assert site.items() == [("vanished", "2")], "it still lies on the board"
    site.save(remove_remote(site.board(), "2"))
    assert site.items() == []
    site.reread()
    assert site.items() == []


@pytest.mark.parametrize("missing", ["statuses", "projects"])
def test_an_empty_answer_tells_nothing(site, missing):
    setattr(site.vocabulary, missing, [])
    site.reread()
    assert site.items() == []


def test_a_hidden_project_is_one_item(site, host):
    with host.database.write() as session:
        choose_projects(session, site.id, ["10", "11", "20"])
    read_details(host, site.id)
    site.save(replace(site.board(), columns={**BOARD.columns, "waiting": ("201", "202", "203")}))
    with host.database.write() as session:
        choose_projects(session, site.id, ["10", "11"])
    projects = site.vocabulary.projects
    site.delete("201", "202", "203")
    site.vocabulary.projects = [p for p in projects if p.id not in {"20", "11"}]
    site.reread()
    assert site.items() == [("project", "11"), ("project", "20")]
    assert site.vocabulary.calls[-2:] == ["read", "project WEB"], "what is not there is not asked for"
    site.accept()
    site.reread()
    assert site.items() == []
    site.vocabulary.projects = [p for p in projects if p.id != "20"]
    site.reread()
    site.vocabulary.projects = [p for p in projects if p.id not in {"20", "11"}]
    site.reread()
    assert site.items() == [("project", "11")], "it was back, and is gone again"


# ── moves ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def explored(site, host):
    """The site, with the workflow of WEB read."""
    read_workflows(host, site.id, "10")
    assert site.items() == []
    return site


def test_a_move_that_the_board_needs_is_told_once_and_cleared_when_it_returns(explored, host, workflows):
    whole = workflows.in_project["10"]
    workflows.in_project["10"] = graph(("1", "2"), ("2", "3"), ("4", "1"), ("4", "5"))
    renew_workflows(host)
    assert explored.items() == [("move", "10/1/3/4")]
    renew_workflows(host)
    assert explored.items() == [("move", "10/1/3/4")]
    with host.database.read() as session:
        (item,) = open_items(session, explored.id)
        ways = {(way["ticket_status"], way["start"]) for way in item.about["ways"]}
    assert ways == {(key, start) for key in ("done", "closed") for start in "123"}
    workflows.in_project["10"] = whole
    renew_workflows(host)
    assert explored.items() == []


def test_a_category_that_changed_too_hides_no_lost_way(explored, host, workflows):
    """Judged by the new category, the way from 1 to Done was closed before; so the move would not be missed."""
    explored.change("2", category=DONE)
    explored.reread()
    workflows.in_project["10"] = graph(("2", "3"), ("3", "4"), ("4", "1"), ("4", "5"))
    renew_workflows(host)
    assert explored.items() == [("category", "2"), ("move", "10/1/1/2")]
    with host.database.read() as session:
        (_, item) = open_items(session, explored.id)
        assert {"done", "closed", "in_progress"} == {way["ticket_status"] for way in item.about["ways"]}


def test_a_move_that_no_way_takes_may_go(explored, host, workflows):
    workflows.in_project["10"] = graph(("1", "2"), ("2", "3"), ("3", "4"), ("4", "1"))
    renew_workflows(host)
    assert explored.items() == [], "5 is ignored"


def test_a_move_beside_which_there_is_a_way_as_good_may_go(explored, host, workflows):
    explored.save(Board(columns={"open": ("1",), "done": ("4",)}, ignored=frozenset("235")))
    both = [("1", "2"), ("1", "3"), ("2", "4"), ("3", "4"), ("4", "1")]
    for gone in both[:2]:
        workflows.in_project["10"] = graph(*both)
        renew_workflows(host)
        workflows.in_project["10"] = graph(*(pair for pair in both if pair != gone))
        renew_workflows(host)
        assert explored.items() == [], gone


def test_the_moves_of_a_status_that_vanished_are_no_items_of_their_own(explored, host, workflows):
    explored.delete("3")
    workflows.in_project["10"] = replace(graph(("1", "2"), ("4", "1"), explored="1245"), status_ids=tuple("1245"))
    explored.reread()
    renew_workflows(host)
    assert explored.items() == [("vanished", "3")]


def test_a_move_that_another_one_replaces_is_not_missed(explored, host, workflows):
    steps = workflows.in_project["10"].steps
    renamed = [replace(s, transition=replace(s.transition, id="x" + s.transition.id, name="Other")) for s in steps]
    workflows.in_project["10"] = replace(workflows.in_project["10"], steps=tuple(renamed))
    renew_workflows(host)
    assert explored.items() == []


def test_what_a_reading_did_not_look_into_is_not_missed(explored, host, workflows):
    workflows.in_project["10"] = graph(("1", "2"), ("2", "3"), ("4", "1"), ("4", "5"), explored="1245")
    renew_workflows(host)
    assert explored.items() == []


def test_a_move_that_was_seen_is_not_told_again(explored, host, workflows):
    workflows.in_project["10"] = graph(("1", "2"), ("2", "3"), ("4", "1"))
    renew_workflows(host)
    explored.accept()
    renew_workflows(host)
    assert explored.items() == []


def test_a_board_that_needs_the_move_no_more_clears_it(explored, host, workflows):
    workflows.in_project["10"] = graph(("1", "2"), ("2", "3"), ("4", "1"), ("3", "1"), ("2", "1"))
    renew_workflows(host)
    assert explored.items() == [("move", "10/1/3/4")]
    explored.save(replace(explored.board(), heads={"waiting": SameAs("open")}))
    assert explored.items() == [("move", "10/1/3/4")], "that changed something else"
    explored.save(replace(explored.board(), heads={"done": Leave(), "closed": Leave()}))
    assert explored.items() == []


def test_a_move_of_a_project_that_is_not_used_any_more_is_cleared(explored, host, workflows):
    workflows.in_project["10"] = graph(("1", "2"), ("2", "3"), ("4", "1"))
    renew_workflows(host)
    with host.database.write() as session:
        choose_projects(session, explored.id, ["11"])
    read_details(host, explored.id)
    assert explored.items() == []


# ── when it is read ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_schedule_reads_each_working_connection_once(site, host, work):
    register(work, host)
    site.vocabulary.calls.clear()
    host.jobs.tick("mapping.vocabulary")
    host.jobs.run("schedule:mapping.vocabulary")
    rereading.watch(host)
    host.jobs.run_all()
    assert site.vocabulary.calls == ["read", "project API", "project WEB"]


def test_an_unknown_status_is_looked_for_once_and_a_known_one_is_not(site, host):
    def notice(*ids):
        for status_id in ids:
            with host.database.write() as session:
                rereading.notice_status(host.jobs, session, site.id, status_id)
        with host.database.read() as session:
            return host.jobs.counts(session, prefix=f"connection/{site.id}/").unfinished

    assert notice("1", "9", "203") == 0, "known, placed or not"
    assert notice("404", "404", "405") == 1


@pytest.mark.parametrize("why", ["paused", "lost", "off"])
def test_a_connection_that_may_not_be_asked_is_not_read(site, host, work, admin, why):
    register(work, host)
    rereading.watch(host)
    with host.database.write() as session:
        connection = session.get_one(Connection, site.id)
        if why == "paused":
            connection.paused_at, connection.paused_by_name = host.now(), "Dana"
        elif why == "lost":
            connection.state = ConnectionState.REAUTHORIZE
        else:
            set_enabled(session, "acme", enabled=False)
    site.vocabulary.calls.clear()
    host.jobs.run_all()
    rereading.watch(host)
    assert host.jobs.run_all() == 0
    assert site.vocabulary.calls == []


def test_workflows_are_read_anew_where_statuses_came_or_went(site, host, work, workflows):
    register(work, host)
    rereading.watch(host)
    host.jobs.run_all()
    assert workflows.calls == []
    site.vocabulary.statuses.append(shared("7", "Paused", NEW))
    site.vocabulary.in_project["10"].append("7")
    rereading.watch(host)
    host.jobs.run_all()
    assert workflows.calls == ["WEB", "API"]


def test_trouble_with_one_project_keeps_no_other_from_being_read(site, caplog):
    site.vocabulary.trouble_with["11"] = Rejected("No such project.", cure="Choose another.")
    site.delete("3")
    site.reread()
    assert "API: No such project." in caplog.text
    assert site.items() == [("vanished", "3")]


@pytest.mark.parametrize("error", [TemporarilyUnavailable("Down."), AuthorizationLost("Lost.")])
def test_trouble_with_everything_leaves_all_as_it_was(site, error, caplog):
    site.vocabulary.trouble = error
    assert site.reread() is None
    assert "not read" in caplog.text
    assert site.items() == []


# ── mending ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_replacement_takes_place_and_order_everywhere(site, admin, host):
    def change(draft):
        return drafts.Draft(board=place(draft.board, None, ["9"], "waiting"), based_on=draft.based_on)

    with host.database.write() as session:
        drafts.edit_draft(session, site.id, admin.id, change, now=host.now())
    site.delete("2")
    site.reread()
    version = site.mend(mending.replace_vanished, "2", "6")
    assert (version.kind, version.author_name) == (VersionKind.MENDED, admin.name)
    assert "In Dev moved from In Progress to New." in version.changes, "by its name"
    assert site.board().columns == {"open": ("1",), "in_progress": ("6", "3"), "done": ("4",)}
    assert site.board().overrides == {"11": Override(placements={"6": "waiting"})}, "API places it on purpose"
    with host.database.read() as session:
        draft = drafts.open_draft(session, site.id, admin.id)
    assert (draft.based_on, draft.board.columns["waiting"], draft.board.inbound("6")) == (2, ("9",), "in_progress")
    assert site.items() == []


def test_a_replacement_must_be_there(site):
    site.delete("2", "3")
    site.reread()
    for nothing in ("", "3", "404"):
        with pytest.raises(Refused, match="Choose the status"):
            site.mend(mending.replace_vanished, "2", nothing)
    assert site.board() == BOARD


def test_taking_a_card_off_refuses_to_lead_nowhere(site):
    site.save(replace(BOARD, heads={"closed": SameAs("waiting"), "waiting": SameAs("open"), "open": SameAs("done")}))
    site.save(replace(site.board(), heads={"waiting": SameAs("done"), "done": Move()}))
    site.delete("4")
    site.reread()
    with pytest.raises(Refused, match="no card lies in Done"):
        site.mend(mending.take_off, "4")
    assert site.items() == [("vanished", "4")]


def test_what_was_settled_meanwhile_is_not_found(site, host):
    site.delete("2")
    site.reread()
    with host.database.read() as session:
        (item,) = open_items(session, site.id)
    site.mend(mending.take_off, "2")
    with host.database.write() as session, pytest.raises(NotFound):
        mending.take_off(session, site.id, item.id, by="x", now=host.now())


def test_a_vanished_status_cannot_be_waved_through(site):
    site.delete("2")
    site.reread()
    with pytest.raises(Refused, match="replace its card"):
        site.accept()
    assert site.items() == [("vanished", "2")]
