"""The judgement beside the board, on its pages, at saving and on the command line; and the choice at saving."""

from __future__ import annotations

import re
from contextlib import nullcontext
from html import unescape

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping.commands import make_group
from helpdesk_core.mapping.versions import latest
from helpdesk_core.sync.applying import KIND, apply_choice
from helpdesk_core.sync.effects import live
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import create_ticket
from helpdesk_core.values import TransitionField, Workflow
from tests.core.mapping_world import FakeWorkflows, acme, admit, connect, consent
from tests.core.test_moves_page import RESOLUTION, Page, step

NOTHING = TransitionField(id="nothing", name="Nothing", required=True)
LINE = Workflow(
    status_ids=("1", "2", "3", "4", "5"),
    steps=(step("1", "2"), step("2", "3"), step("3", "4"), step("4", "1"), step("1", "5"), step("5", "1")),
    explored=frozenset("12345"),
)
"""A circle, and a way to Won't Do."""
ASKING = Workflow(
    status_ids=("1", "2", "4", "5", "6"),
    steps=(step("1", "2"), step("2", "4", RESOLUTION), step("4", "1"), step("4", "5"), step("2", "6", NOTHING)),
    explored=frozenset("12456"),
)
"""Done demands a resolution, and is on the only way to Won't Do; a field that Blocked demands is on no chosen way."""


@pytest.fixture
def registry():
    vocabulary = acme()
    vocabulary.in_project["11"].append("5")
    return admit(IntegrationRegistry(), vocabulary, FakeWorkflows(in_project={"10": LINE, "11": ASKING}))


@pytest.fixture
def connection(host, admin):
    return connect(host, admin)


@pytest.fixture
def dana(signed_in, admin, connection):
    """An admin who uses the project WEB alone, of which everything is known."""
    page = Page(signed_in(admin), connection)
    page.get("/projects")
    page.post("/projects", do="save", project=["10"])
    page.post("/mapping/moves/refresh")
    return page


def linked(host, connection, *, local: str, remote: str, number: int) -> int:
    """Link a ticket in one status with an issue in another; both are at rest."""
    with host.database.write() as session:
        ticket = create_ticket(
            session, title=f"T{number}", body="", requester_name="Rae", status=local, by="Kim", now=host.now()
        )
        session.add(
            Link(
                ticket_id=ticket.id,
                connection_id=connection,
                issue_id=str(number),
                issue_key=f"WEB-{number}",
                issue_title="",
                issue_url=f"http://acme.test/WEB-{number}",
                project_id="10",
                kind_id="1",
                remote_status=remote,
                base_ticket=local,
                base_remote=remote,
                state=LinkState.IN_STEP,
                state_since=host.now(),
                wanted_at=host.now(),
                created_at=host.now(),
            )
        )
        return ticket.id


def gaps_on(page: str) -> list[str]:
    return re.findall(r'data-gap="([^"]+)"', page)


def seen_on(page: str) -> str:
    return re.search(r'name="seen" value="(\d+)"', page)[1]


def version(host, connection) -> int:
    with host.database.read() as session:
        return latest(session, connection).number


def place(dana, remote: str, to: str) -> str:
    return dana.post("/mapping", do="move", card=f"single:{remote}", to=to)


def test_a_gap_is_told_beside_the_board_with_the_tickets_in_it(dana, host, connection):
    linked(host, connection, local="open", remote="3", number=1)
    dana.post("/mapping", do="suggest")
    assert gaps_on(dana.get("/mapping")) == []
    page = place(dana, "3", "tray:new")
    assert gaps_on(page) == ["new"]
    assert "In Review" in page
    assert f"{dana.base}/links?issue=3" in page
    assert "1 linked ticket now" in page
    listed = dana.get("/links?issue=3")
    assert "1 ticket whose issue is in In Review" in listed
    assert "WEB-1" in listed
    assert "0 tickets whose issue is in Done" in dana.get("/links?issue=4")


def test_saving_a_gap_wants_a_tick_that_names_it(dana, host, connection):
    dana.post("/mapping", do="suggest")
    place(dana, "3", "tray:new")
    page = dana.get("/mapping/review")
    assert re.findall(r'name="gap" value="([^"]+)"', page) == ["new:3"]
    for refused in ({}, {"although": "1"}, {"gap": "new:3"}, {"although": "1", "gap": "new:4"}):
        answer = dana.client.post(f"{dana.base}/mapping/review", data={"seen": seen_on(page), **refused})
        assert answer.status_code == 409
        assert "The mapping has gaps." in unescape(answer.text)
        assert version(host, connection) == 0
    assert "saved as version 1" in dana.post("/mapping/review", seen=seen_on(page), **consent(page))


def test_a_gap_that_came_into_being_after_the_page_was_shown_is_not_agreed_to(dana, host, connection):
    dana.post("/mapping", do="suggest")
    place(dana, "3", "tray:new")
    page = dana.get("/mapping/review")
    place(dana, "5", "tray:new")
    answer = dana.client.post(f"{dana.base}/mapping/review", data={"seen": seen_on(page), **consent(page)})
    assert answer.status_code == 409
    assert version(host, connection) == 0
    assert "saved as version 1" in dana.post("/mapping/review", seen="0", **consent(dana.get("/mapping/review")))


def test_going_back_to_a_version_with_gaps_wants_the_tick_too(dana, host, connection):
    dana.post("/mapping", do="suggest")
    place(dana, "3", "tray:new")
    dana.post("/mapping/review", seen="0", **consent(dana.get("/mapping/review")))
    place(dana, "3", "column:waiting")
    dana.post("/mapping/review", seen="1")
    page = dana.get("/mapping/versions/1")
    assert consent(page) == {"although": "1", "gap": ["new:3"]}
    assert "The mapping has gaps." in dana.post("/mapping/versions/1", seen="2")
    assert version(host, connection) == 2
    assert "saved as version 3" in dana.post("/mapping/versions/1", seen="2", **consent(page))


def test_each_workflow_has_a_page_with_every_way(dana):
    dana.post("/mapping", do="suggest")
    page = dana.get("/mapping/judgement")
    assert 'data-verdict="WEB Task"' in page
    assert "data-no-gaps" in page
    verdict = dana.get("/mapping/judgement/10/1")
    assert "2 moves" in verdict
    assert "By “To 2” to In Dev, then by “To 3” to In Review, then by “To 4” to Done." in verdict
    assert "No way: from here it can only reach" in verdict or "Never: it would pass" in verdict
    for unknown in ("/mapping/judgement/10/9", "/mapping/judgement/99/1"):
        assert dana.client.get(dana.base + unknown).status_code == 404


def test_what_moves_ask_is_answered_on_the_judgement(dana, host, connection):
    dana.get("/projects")
    dana.post("/projects", do="save", project=["11"])
    dana.post("/mapping/moves/refresh")
    dana.post("/mapping", do="suggest")
    place(dana, "6", "tray:ignored")
    place(dana, "5", "column:closed")
    page = dana.get("/mapping/judgement")
    assert re.findall(r'name="field:([^"]+)"', page) == ["4:resolution"], "only what a chosen way demands"
    assert "To reach Won't Do an issue must pass Done. Allow?" in page
    assert re.search(r'name="allowed" value="5:4"[^>]* checked', page), "suggested: Done before Closed"
    answers = {"field:4:resolution": "r1", "offered": "5:4", "allowed": "5:4", "back": "judgement"}
    answered = dana.post("/mapping/moves", **answers)
    assert "2 changes saved." in answered
    assert "What this mapping would do" in answered, "it leads back"
    assert "data-questions" not in answered


@pytest.fixture
def apart(dana, host, connection):
    """Return the review page of a board by which two tickets and their issues do not agree any more."""
    dana.post("/mapping", do="suggest")
    page = dana.get("/mapping/review")
    assert "No linked ticket and no issue is touched" in page
    dana.post("/mapping/review", seen="0", **consent(page))
    linked(host, connection, local="in_progress", remote="3", number=1)
    linked(host, connection, local="in_progress", remote="2", number=2)
    linked(host, connection, local="closed", remote="3", number=3)
    place(dana, "3", "column:waiting")
    return dana.get("/mapping/review")


def tickets(host) -> dict[str, str]:
    with host.database.read() as session:
        return {each.title: each.status for each in session.scalars(select(Ticket)) if each.title.startswith("T")}


def test_the_review_says_which_tickets_and_issues_would_change(apart):
    assert re.findall(r'data-effect="(\w+)" data-count="(\d+)"', apart) == [
        *(("tickets", "1"), ("issues", "1"), ("stops", "1"))
    ]
    assert "1 ticket would change" in apart
    assert "1 issue would move, and Acme mails whoever watches them" in apart
    assert re.search(r'value="tickets" checked', apart)
    assert "(WEB-1): T1 · In Progress → Waiting" in apart
    assert "(WEB-3): T3 · In Review → Done" in apart, "a closed ticket sends its issue where Closed says"


@pytest.mark.parametrize(
    ("choice", "moved"),
    [
        ("tickets", {"T1": "waiting", "T2": "in_progress", "T3": "closed"}),
        ("leave", {"T1": "in_progress", "T2": "in_progress", "T3": "closed"}),
        ("", {"T1": "in_progress", "T2": "in_progress", "T3": "closed"}),
    ],
)
def test_what_was_chosen_is_done_and_no_more(apart, dana, host, work, choice, moved):
    work.handles(KIND)(lambda job: apply_choice(host, job))
    before = tickets(host)
    answer = dana.post("/mapping/review", seen=seen_on(apart), choice=choice, **consent(apart))
    assert "saved as version 2" in answer
    assert tickets(host) == before, "it is work, not part of the request"
    for key in [key for key in host.jobs.runnable() if key.endswith("/apply")]:
        host.jobs.run(key)
    assert tickets(host) == moved


def test_an_unknown_choice_is_refused_and_nothing_is_saved(apart, dana, host, connection):
    answer = dana.client.post(
        f"{dana.base}/mapping/review", data={"seen": seen_on(apart), "choice": "all", **consent(apart)}
    )
    assert answer.status_code == 409
    assert "Choose what becomes of linked tickets and issues." in answer.text
    assert version(host, connection) == 1


def test_the_command_judges_what_is_in_force(dana, host, connection):
    group = make_group(lambda _context: nullcontext(host), live)

    def check(*more):
        return CliRunner().invoke(group, ["check", "--connection", str(connection), *more])

    linked(host, connection, local="open", remote="3", number=1)
    dana.post("/mapping", do="suggest")
    place(dana, "3", "tray:new")
    page = dana.get("/mapping/review")
    dana.post("/mapping/review", seen="0", **consent(page))
    answer = check()
    assert answer.exit_code == 1
    first = answer.output.splitlines()[0]
    assert first.startswith("gap  In Review is New")
    assert first.endswith("WEB Task. 1 linked ticket now.")
    assert "By “To 2”" not in answer.output
    assert "By “To 2”" in check("--ways").output
    place(dana, "3", "column:waiting")
    dana.post("/mapping/review", seen="1", **consent(dana.get("/mapping/review")))
    assert check().exit_code == 0
    assert check().output.startswith("No gaps.\nWEB Task: ")
    assert CliRunner().invoke(group, ["check", "--connection", "99"]).exit_code == 1
