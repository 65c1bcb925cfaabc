"""The ticket list: filters, pages, and a fixed number of queries."""

from __future__ import annotations

import pytest
from sqlalchemy import event, insert, text

from helpdesk_core.tickets.listing import PAGE_SIZE, TicketFilter, list_tickets
from helpdesk_core.tickets.models import Ticket

SAMPLE = [
    ("Printer on fire", "Third floor", "Rae Ray", "rae@acme.example", "open", None),
    ("Mail is slow", "100% of it_all", "Kim", "", "waiting", 1),
    ("Printer has no paper", "Ground floor", "Lee", "lee@acme.example", "done", 1),
]


def add_tickets(host, rows):
    columns = ("title", "body", "requester_name", "requester_email", "status", "assignee_id")
    shared = {"created_by_name": "Seed", "created_at": host.now(), "updated_at": host.now()}
    with host.database.write() as session:
        session.execute(insert(Ticket), [dict(zip(columns, row, strict=True)) | shared for row in rows])


@pytest.fixture
def sample(host, admin):
    add_tickets(host, SAMPLE)


@pytest.fixture
def many(host, admin, agent):
    """Ten thousand tickets, as a helpdesk of some years has them."""
    statuses = ("open", "waiting", "closed")
    people = (None, 1, 2)
    add_tickets(host, [(f"T{n}", "", "Rae", "", statuses[n % 3], people[n // 3 % 3]) for n in range(10_000)])


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (TicketFilter(), [3, 2, 1]),
        (TicketFilter(statuses=frozenset({"open", "done"})), [3, 1]),
        (TicketFilter(statuses=frozenset({"deleted-long-ago"})), []),
        (TicketFilter(assignee_id=1), [3, 2]),
        (TicketFilter(unassigned=True), [1]),
        (TicketFilter(text="PRINTER floor"), [3, 1]),
        (TicketFilter(text="printer third"), [1]),
        (TicketFilter(text="rae@acme"), [1]),
        (TicketFilter(text="#2"), [2]),
        (TicketFilter(text="3"), [3]),
        (TicketFilter(text="#" + "9" * 40), []),
        (TicketFilter(text="100%"), [2]),
        (TicketFilter(text="it_all"), [2]),
        (TicketFilter(text="it%all"), []),
        (TicketFilter(text="' OR 1=1 --"), []),
        (TicketFilter(text="\x00"), [3, 2, 1]),
        (TicketFilter(text="printer", statuses=frozenset({"done"}), assignee_id=1), [3]),
    ],
)
def test_a_filter_leaves_the_tickets_that_fit(host, sample, wanted, numbers):
    with host.database.read() as session:
        page = list_tickets(session, wanted)
    assert [ticket.id for ticket in page.tickets] == numbers
    assert page.total == len(numbers)


def test_all_pages_together_hold_every_ticket_once(host, admin):
    add_tickets(host, [(f"T{n}", "", "Rae", "", "open", None) for n in range(PAGE_SIZE * 2 + 1)])
    with host.database.read() as session:
        pages = [list_tickets(session, TicketFilter(), page=number) for number in (1, 2, 3)]
    numbers = [ticket.id for page in pages for ticket in page.tickets]
    assert numbers == list(range(PAGE_SIZE * 2 + 1, 0, -1))
    assert [len(page.tickets) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 1]
    assert {(page.total, page.pages) for page in pages} == {(PAGE_SIZE * 2 + 1, 3)}


@pytest.mark.parametrize(("asked", "given"), [(-5, 1), (0, 1), (2, 1), (10**30, 1)])
def test_a_page_that_does_not_exist_is_the_nearest_one_that_does(host, sample, asked, given):
    with host.database.read() as session:
        assert list_tickets(session, TicketFilter(), page=asked).number == given


def test_the_list_of_nothing_is_one_empty_page(host):
    with host.database.read() as session:
        page = list_tickets(session, TicketFilter())
    assert (page.tickets, page.total, page.pages) == ((), 0, 1)


def test_the_page_shows_what_the_filters_leave_and_keeps_them(signed_in, agent, sample):
    answer = signed_in(agent).get("/tickets?q=printer&status=open&status=waiting")
    assert "Printer on fire" in answer.text
    assert "Printer has no paper" not in answer.text
    assert 'value="printer"' in answer.text
    assert 'value="open" id="status-open" checked' in answer.text


def test_mine_are_the_tickets_assigned_to_me(signed_in, admin, sample):
    client = signed_in(admin)
    assert "Mail is slow" in client.get("/tickets?assignee=me").text
    assert "Printer on fire" not in client.get("/tickets?assignee=me").text
    assert "Mail is slow" not in client.get("/tickets?assignee=nobody").text
    assert "Mail is slow" in client.get(f"/tickets?assignee={admin.id}").text


@pytest.mark.parametrize(
    "query",
    [
        *("page=x", "page=-1", f"page={10**30}", f"assignee={10**30}", "assignee=٣", "assignee=%27"),
        *("status=%00", "status=" + "y" * 900, "q=%00", "q=" + "x" * 900),
        *("_external=1", "endpoint=x", "_anchor=x&_scheme=javascript"),
    ],
)
def test_a_mangled_address_shows_a_list_all_the_same(signed_in, agent, sample, query):
    assert signed_in(agent).get(f"/tickets?{query}").status_code == 200


def test_steps_to_other_pages_keep_the_filters(signed_in, agent, many):
    text = signed_in(agent).get("/tickets?q=t&status=open&status=waiting&page=2").text
    for label, page in (("Previous", 1), ("Next", 3), ("Last", 267)):
        assert f'href="/?page={page}&amp;q=t&amp;status=open&amp;status=waiting">{label}<' in text
    assert 'aria-current="page"><span class="page-link">Page 2<' in text


def test_the_number_of_queries_does_not_grow_with_the_tickets(host, signed_in, agent, many):
    statements: list[str] = []
    client = signed_in(agent)
    event.listen(host.database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    client.get("/tickets")
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) <= 8, selects


@pytest.mark.parametrize(
    ("condition", "index"),
    [("status IN ('open', 'waiting')", "ix_ticket_status_id"), ("assignee_id = 1", "ix_ticket_assignee_id_id")],
)
def test_counting_ten_thousand_tickets_reads_an_index_only(host, many, condition, index):
    plan = text(f"EXPLAIN QUERY PLAN SELECT count(*) FROM ticket WHERE {condition}")
    with host.database.read() as session:
        steps = " ".join(row.detail for row in session.execute(plan))
    assert f"USING COVERING INDEX {index}" in steps
