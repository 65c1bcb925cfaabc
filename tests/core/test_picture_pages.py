"""The pages with pictures of workflows, and the picture in a ticket's panel: read without JavaScript."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.versions import add_version
from helpdesk_core.mapping.vocabulary import read_stored, store_detail
from helpdesk_core.mapping.workflows import set_default, store_workflow
from helpdesk_core.sync.linking import link
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.merge import Policy
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import Follow
from helpdesk_core.sync.work import register
from helpdesk_core.values import Evidence, RemoteKind, Step, Transition, TransitionField, Workflow
from tests.core import linking_world, mapping_world
from tests.core.fake_tracker import BETA
from tests.core.mapping_world import FakeWorkflows, acme, admit

HOSTILE = "<script>alert('x')</script>"
RESOLUTION = TransitionField(id="resolution", name="Resolution <b>", required=True)


def step(from_id, to_id, name="", *fields, evidence=Evidence.KNOWN, seen_on=""):
    move = Transition(id=f"{from_id}>{to_id}", name=name or f"To {to_id}", to_id=to_id, fields=fields)
    return Step(from_id=from_id, transition=move, evidence=evidence, seen_on=seen_on)


WEB = Workflow(
    status_ids=("1", "2", "3", "4", "5"),
    steps=(step("1", "2", HOSTILE), step("2", "4", "Finish", RESOLUTION), step("4", "5"), step("3", "4")),
    explored=frozenset("1245"),
)


class Pages:
    """Somebody at the pages of one connection."""

    def __init__(self, client, base):
        self.client = client
        self.base = base

    def text(self, path):
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def soup(self, path):
        return BeautifulSoup(self.text(path), "html.parser")


def words(tag):
    return " ".join(tag.get_text(" ").replace("\N{NO-BREAK SPACE}", " ").split())


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestSettings:
    @pytest.fixture
    def registry(self):
        vocabulary = acme()
        vocabulary.statuses[1] = replace(vocabulary.statuses[1], name=f"In Dev {HOSTILE}")
        return admit(IntegrationRegistry(), vocabulary, FakeWorkflows(in_project={"10": WEB}))

    @pytest.fixture
    def connection(self, host, admin):
        return mapping_world.connect(host, admin)

    @pytest.fixture
    def dana(self, signed_in, admin, connection, host):
        pages = Pages(signed_in(admin), f"/settings/integrations/acme/{connection}")
        pages.client.get(f"{pages.base}/projects")
        pages.client.post(f"{pages.base}/projects", data={"do": "save", "project": ["10", "11"]})
        pages.client.post(f"{pages.base}/mapping/moves/refresh")
        board = Board(columns={"open": ("1",), "in_progress": ("2",), "done": ("4",)}, ignored=frozenset({"3"}))
        with host.database.write() as session:
            add_version(session, connection, board, seen=0, by="Dana", now=host.now())
        return pages

    def test_the_workflows_are_listed_and_found(self, dana):
        for path in ("/mapping", "/mapping/moves"):
            assert f'href="{dana.base}/mapping/workflows"' in dana.text(path)
        page = dana.soup("/mapping/workflows")
        links = {words(a): a["href"] for a in page.select("main section a")}
        assert links == {
            "Task of API": f"{dana.base}/mapping/workflows/11/1",
            "Task of WEB": f"{dana.base}/mapping/workflows/10/1",
        }
        assert "seen on issues" not in words(page.main)
        assert "read: 4 of 5 statuses" in words(page.main)

    def test_kinds_that_share_a_workflow_are_listed_together(self, dana, host, connection):
        with host.database.write() as session:
            (used,) = [each for each in read_stored(session, connection).in_use if each.project.id == "10"]
            more = (
                RemoteKind(id=i, name=n, status_ids=("1", "2", "3", "4", "5")) for i, n in (("2", "Bug"), ("3", "Epic"))
            )
            detail = replace(used.detail, kinds=(*used.detail.kinds, *more))
            store_detail(session, connection, "10", detail, now=host.now())
            store_workflow(session, connection, "10", "2", WEB, now=host.now())
        links = [words(a) for a in dana.soup("/mapping/workflows").select("main section a")]
        assert links == ["Task of API", "Task and Bug of WEB", "Epic of WEB"]
        assert "Bug has the same." in words(dana.soup("/mapping/workflows/10/1").main)

    def test_the_picture_says_what_the_mapping_makes_of_each_status(self, dana):
        page = dana.soup("/mapping/workflows/10/1")
        svg = page.select_one("svg.picture")
        assert svg["role"] == "img"
        assert [words(svg.select_one(f"#{id_}")) for id_ in svg["aria-labelledby"].split()] == [
            "Workflow of WEB Task",
            "5 statuses and 4 moves. The table below says all of it in words.",
        ]
        states = {each.title.get_text(): each for each in svg.select("g.state")}
        assert "Ticket: Open" in words(states["To Do"])
        assert "place-ignored" in states["In Review"]["class"]
        assert "? not looked into" in words(states["In Review"])
        assert states["Won't Do"].select_one(".hatched")["fill"] == "url(#workflow-hatch)"
        assert "⚠ no way out" in words(states["Won't Do"])
        scroller = page.select_one(".picture-scroll")
        assert (scroller["tabindex"], scroller["role"]) == ("0", "group")

    def test_the_table_says_the_same(self, dana):
        states, moves = dana.soup("/mapping/workflows/10/1").select("details table")
        assert [words(row) for row in states.select("tbody tr")][2] == "In Review Ignored not looked into"
        assert [words(row) for row in moves.select("tbody tr")] == [
            f"To Do {HOSTILE} In Dev {HOSTILE} – the workflow",
            f"In Dev {HOSTILE} Finish Done Resolution <b> the workflow",
            "In Review To 4 Done – the workflow",
            "Done To 5 Won't Do – the workflow",
        ]

    def test_names_are_words_and_never_markup(self, dana):
        for path in ("/mapping/workflows", "/mapping/workflows/10/1"):
            text = dana.text(path)
            assert "<script>alert" not in text
            assert not re.search(r"\sstyle=", text), "the pages' policy forbids style attributes"
        assert "&lt;script&gt;alert" in dana.text("/mapping/workflows/10/1")

    def test_a_default_takes_away_what_a_move_needs(self, dana, host, connection):
        assert "needs Resolution" in words(dana.soup("/mapping/workflows/10/1").svg)
        with host.database.write() as session:
            set_default(session, connection, "4", "resolution", "As agreed")
        assert "needs Resolution" not in words(dana.soup("/mapping/workflows/10/1").svg)

    def test_what_nobody_has_looked_into_is_drawn_as_such(self, dana):
        svg = dana.soup("/mapping/workflows/11/1").select_one("svg.picture")
        assert len(svg.select("g.state.unexplored")) == 4

    @pytest.mark.parametrize("path", ["10/99", "99/1", "20/1", "<script>/1"])
    def test_unknown_ids_are_told_in_words(self, dana, path):
        answer = dana.client.get(f"{dana.base}/mapping/workflows/{path}")
        assert answer.status_code == 404
        assert "no such kind of issue" in answer.text or "not in use" in answer.text

    def test_a_connection_that_is_not_there_has_no_workflows(self, dana):
        assert dana.client.get("/settings/integrations/acme/99/mapping/workflows").status_code == 404
        assert dana.client.get("/settings/integrations/acme/99/mapping/workflows/10/1").status_code == 404

    def test_without_projects_the_page_says_where_to_choose_them(self, signed_in, admin, connection):
        pages = Pages(signed_in(admin), f"/settings/integrations/acme/{connection}")
        assert "No projects are in use yet." in pages.text("/mapping/workflows")

    def test_the_pages_are_for_admins(self, signed_in, agent, connection):
        client = signed_in(agent)
        for path in ("", "/10/1"):
            answer = client.get(f"/settings/integrations/acme/{connection}/mapping/workflows{path}")
            assert answer.status_code == 403


# ── a ticket ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestTicket:
    @pytest.fixture
    def acme(self, host, work):
        register(work, host)
        connection_id = linking_world.connect(host)
        linking_world.map_statuses(host, connection_id)
        return connection_id

    @pytest.fixture
    def linked(self, host, gateway, acme):
        """A ticket in step with an issue in To Do, from which only Doing leads on to Shipped."""
        gateway.add("1", "todo")
        gateway.moves = {"todo": ("doing",), "doing": ("done", "todo"), "done": ("todo",)}
        link_id = linking_world.link_issue(host, acme, "1")
        host.jobs.run_all()
        gateway.calls.clear()
        return link_id

    @pytest.fixture
    def kim(self, signed_in, agent):
        return Pages(signed_in(agent), "/tickets/1")

    def know(self, host, link_id, *steps, explored=("todo", "doing", "done")):
        link = linking_world.read_link(host, link_id)
        workflow = Workflow(status_ids=("todo", "doing", "done"), steps=steps, explored=frozenset(explored))
        with host.database.write() as session:
            store_workflow(session, link.connection_id, link.project_id, link.kind_id, workflow, now=host.now())

    def change(self, kim, status):
        assert kim.client.post("/tickets/1/status", data={"status": status}).status_code == 302

    def shown(self, kim):
        return kim.soup("").select_one("[data-whereabouts]")

    def here(self, kim):
        return [words(each.title) for each in self.shown(kim).select("svg g.state.here")]

    def path(self, kim):
        rows = self.shown(kim).select("details table")[1].select("tbody tr")
        return [words(row) for row in rows if row.select_one(".badge")]

    ALL = (step("todo", "doing", "Start"), step("doing", "done", "Ship"), step("done", "todo", "Reopen"))

    def test_what_nobody_knows_is_not_shown(self, kim, host, acme, gateway):
        gateway.add("1", "todo")
        gateway.moves = {}
        linking_world.link_issue(host, acme, "1")
        assert self.shown(kim) is None

    def test_an_issue_in_step_has_its_place_and_no_way(self, kim, host, linked):
        self.know(host, linked, *self.ALL)
        assert words(self.shown(kim).p) == "P-1-1 is in To Do."
        assert not self.shown(kim).has_attr("open")
        assert self.here(kim) == ["To Do"]
        assert self.path(kim) == []

    def test_a_ticket_that_changed_shows_the_way(self, kim, host, linked, gateway):
        self.know(host, linked, *self.ALL)
        self.change(kim, "done")
        assert words(self.shown(kim).p) == "P-1-1 is in To Do, and is to get to Shipped over Doing."
        assert self.path(kim) == [
            "To Do Start planned Doing – the workflow",
            "Doing Ship planned Shipped – the workflow",
        ]
        assert len(self.shown(kim).select("svg path.line.on-path")) == 2
        assert not gateway.calls, "nothing is asked for a picture"

    def test_a_way_of_one_move_names_nothing_between(self, kim, host, linked):
        self.know(host, linked, *self.ALL)
        self.change(kim, "in_progress")
        assert words(self.shown(kim).p) == "P-1-1 is in To Do, and is to get to Doing."

    @pytest.mark.parametrize(
        ("steps", "explored", "said"),
        [
            ([step("todo", "doing")], ("todo", "doing"), "No way leads there."),
            ([step("todo", "doing")], ("todo",), "Nobody has seen a way there yet."),
            ([step("todo", "done", "Ship", RESOLUTION)], ("todo",), "The way needs Resolution <b>."),
        ],
        ids=["no path", "unknown", "field"],
    )
    def test_where_no_way_may_be_taken_it_says_why(self, kim, host, linked, steps, explored, said):
        self.know(host, linked, *steps, explored=explored)
        self.change(kim, "done")
        assert words(self.shown(kim).p) == f"P-1-1 is in To Do, and should get to Shipped. {said}"
        assert self.path(kim) == []
        assert [words(each.title) for each in self.shown(kim).select("g.state.goal")] == ["Shipped"]
        assert self.here(kim) == ["To Do"]

    def test_a_way_through_done_is_said(self, kim, host, linked, acme):
        self.know(host, linked, step("todo", "lost"), step("lost", "done"), explored=("todo", "lost", "done"))
        self.change(kim, "done")
        assert "Every way that is known passes Lost, which counts as done." in words(self.shown(kim).p)

    def test_a_workflow_without_a_card_of_the_column_says_so(self, kim, host, linked, acme):
        self.know(host, linked, *self.ALL)
        with host.database.write() as session:
            board = Board(columns={"open": ("todo",), "in_progress": ("doing",), "done": ("lost",)})
            add_version(session, acme, board, seen=1, by="Dana", now=host.now())
        self.change(kim, "done")
        assert words(self.shown(kim).p) == "P-1-1 is in To Do. No status of its workflow stands for Done."
        assert self.here(kim) == ["To Do"]

    def test_a_stopped_link_still_shows_where_it_should_get(self, kim, host, linked, gateway):
        gateway.moves = {"todo": ("doing",), "doing": ("todo",), "done": ()}
        self.know(host, linked, step("todo", "doing"), step("doing", "todo"))
        self.change(kim, "done")
        host.jobs.run_all()
        assert linking_world.read_link(host, linked).state == LinkState.STOPPED
        assert "and should get to Shipped. No way leads there." in words(self.shown(kim).p)
        self.know(host, linked, *self.ALL)
        said = "P-1-1 is in To Do, and by what is known now it could get to Shipped over Doing."
        assert words(self.shown(kim).p) == said

    def test_where_issues_do_not_follow_tickets_no_way_is_shown(self, kim, host, linked, acme):
        self.know(host, linked, *self.ALL)
        with host.database.write() as session:
            set_policy(session, acme, Policy(outward=False))
        self.change(kim, "done")
        assert words(self.shown(kim).p) == "P-1-1 is in To Do."

    def test_the_ticket_follows_the_issue_so_no_way_is_shown(self, kim, host, linked, gateway):
        self.know(host, linked, *self.ALL)
        with host.database.write() as session:
            session.get_one(Link, linked).remote_status = "doing"
        assert words(self.shown(kim).p) == "P-1-1 is in Doing."
        assert self.here(kim) == ["Doing"]

    @pytest.mark.parametrize(("state", "there"), [(LinkState.GONE, False), (LinkState.CONFLICT, True)])
    def test_a_gone_issue_is_nowhere_and_in_a_conflict_nothing_is_planned(self, kim, host, linked, state, there):
        self.know(host, linked, *self.ALL)
        self.change(kim, "done")
        with host.database.write() as session:
            session.get_one(Link, linked).state = state
        assert (self.shown(kim) is not None) is there
        if there:
            assert self.path(kim) == []

    def test_names_are_words_and_never_markup(self, kim, host, linked):
        self.know(host, linked, step("todo", "doing", HOSTILE))
        text = kim.text("")
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text

    def test_pictures_of_one_page_share_no_ids(self, kim, host, linked, gateway):
        second = linking_world.connect(host, BETA)
        linking_world.map_statuses(host, second)
        gateway.add("2", "todo")
        with host.database.write() as session:
            ticket = session.scalars(select(Link)).one().ticket_id
        link(host, ticket_id=ticket, connection_id=second, issue_id="2", follow=Follow.NEITHER, by="Kim")
        host.jobs.run_all()
        page = kim.soup("")
        assert len(page.select("[data-whereabouts] svg.picture")) == 2
        ids = [each["id"] for each in page.select("svg.picture [id]")]
        assert len(ids) == len(set(ids))
