"""Ticket statuses: five that stand, custom ones under them, and Settings › Statuses."""

from __future__ import annotations

import pytest

from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.mapping.service import on_status_deleted
from helpdesk_core.tickets import service
from helpdesk_core.tickets.observing import EXTENSION, Observers
from helpdesk_core.values import SystemStatus

VENDOR = "waiting-for-vendor"


@pytest.fixture
def vendor(host):
    """A custom status under Waiting."""
    with host.database.write() as session:
        return service.create_status(session, name="Waiting for vendor", system=SystemStatus.WAITING)


@pytest.fixture
def vendor_ticket(host, vendor) -> int:
    """The number of a ticket that has the custom status."""
    with host.database.write() as session:
        ticket = service.create_ticket(
            session, title="T", body="", requester_name="Rae", status=vendor.key, by="Seed", now=host.now()
        )
        return ticket.id


@pytest.fixture
def admin_client(signed_in, admin):
    return signed_in(admin)


def names(host) -> list[str]:
    with host.database.read() as session:
        return [status.name for status in service.list_statuses(session)]


def test_every_helpdesk_has_the_five_in_their_order(host):
    assert names(host) == ["Open", "In Progress", "Waiting", "Done", "Closed"]


def test_a_custom_status_stands_right_after_its_system_status(host, vendor):
    with host.database.write() as session:
        service.create_status(session, name="Triage", system=SystemStatus.OPEN)
        service.create_status(session, name=" Waiting  for customer ", system=SystemStatus.WAITING)
    assert names(host) == [
        *("Open", "Triage", "In Progress", "Waiting", "Waiting for vendor", "Waiting for customer", "Done", "Closed")
    ]
    assert (vendor.key, vendor.system, vendor.is_custom) == (VENDOR, SystemStatus.WAITING, True)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "Waiting for vendor", "WAITING FOR VENDOR", "in progress"])
def test_a_name_that_is_empty_too_long_or_taken_is_refused(host, vendor, name):
    with host.database.write() as session, pytest.raises(Refused):
        service.create_status(session, name=name, system=SystemStatus.OPEN)
    with host.database.write() as session:
        other = service.create_status(session, name="Other", system=SystemStatus.OPEN)
        with pytest.raises(Refused):
            service.rename_status(session, other.key, name)


@pytest.mark.parametrize(
    ("given", "key"),
    [("Übergabe!", "ubergabe"), ("待機", "status"), ("待機中", "status-2"), ("Open?", "open-2")],
)
def test_a_key_is_readable_and_free(host, given, key):
    with host.database.write() as session:
        if key == "status-2":
            service.create_status(session, name="待機", system=SystemStatus.OPEN)
        assert service.create_status(session, name=given, system=SystemStatus.OPEN).key == key


def test_renaming_keeps_the_key_and_allows_a_change_of_case(host, vendor):
    with host.database.write() as session:
        assert service.rename_status(session, VENDOR, "WAITING for vendor").key == VENDOR
        assert service.rename_status(session, VENDOR, "Vendor").name == "Vendor"


def test_moving_swaps_neighbours_and_stops_at_the_ends(host):
    with host.database.write() as session:
        a, b, c = (service.create_status(session, name=n, system=SystemStatus.DONE).key for n in "ABC")
        service.move_status(session, c, service.Direction.UP)
        service.move_status(session, a, service.Direction.UP)
        service.move_status(session, b, service.Direction.DOWN)
        service.move_status(session, a, service.Direction.DOWN)
    assert names(host)[4:-1] == ["C", "A", "B"]


@pytest.mark.parametrize("key", [system.value for system in SystemStatus])
def test_a_system_status_cannot_be_renamed_moved_or_deleted(host, key):
    with host.database.write() as session:
        for change in (
            lambda: service.rename_status(session, key, "Other"),
            lambda: service.move_status(session, key, service.Direction.UP),
            lambda: service.delete_status(session, key, replacement="open", by="x", now=host.now()),
        ):
            with pytest.raises(Refused, match="stays as it is"):
                change()
    assert len(names(host)) == 5


def test_a_status_that_nobody_uses_is_deleted_without_a_replacement(host, vendor):
    with host.database.write() as session:
        assert service.delete_status(session, VENDOR, replacement=None, by="Dana", now=host.now()) == 0
    assert len(names(host)) == 5


def test_deleting_a_status_in_use_needs_a_replacement(host, vendor_ticket):
    with host.database.write() as session, pytest.raises(Refused, match="still in use: 1"):
        service.delete_status(session, VENDOR, replacement=None, by="Dana", now=host.now())
    assert len(names(host)) == 6


@pytest.mark.parametrize(("replacement", "error"), [(VENDOR, Refused), ("lost", NotFound)])
def test_a_replacement_is_another_status_that_exists(host, vendor_ticket, replacement, error):
    with host.database.write() as session, pytest.raises(error):
        service.delete_status(session, VENDOR, replacement=replacement, by="Dana", now=host.now())


def test_deleting_moves_the_tickets_and_says_why_in_their_history(host, vendor_ticket):
    with host.database.write() as session:
        assert service.delete_status(session, VENDOR, replacement="waiting", by="Dana", now=host.now()) == 1
    with host.database.read() as session:
        ticket = service.get_ticket(session, vendor_ticket)
        (event,) = service.read_history(session, ticket)
        assert service.count_by_status(session)["waiting"] == 1
    assert (ticket.status, event.before, event.after) == ("waiting", "Waiting for vendor", "Waiting")
    assert event.reason == "The status Waiting for vendor was deleted."


def test_an_observer_sees_the_deletion_in_the_same_transaction(host, vendor_ticket):
    seen = []

    def observe(session, *, deleted, replacement, by, now):
        seen.append((deleted.key, replacement and replacement.key, by, service.count_by_status(session)["done"]))

    with host.database.write() as session:
        service.delete_status(session, VENDOR, replacement="done", by="Dana", now=host.now(), observers=[observe])
    assert seen == [(VENDOR, "done", "Dana", 1)]


def test_an_observer_that_objects_keeps_the_status_and_its_tickets(host, app, admin_client, vendor_ticket):
    def object_to_it(session, **_):
        raise Refused("A board needs it.")

    app.extensions[EXTENSION] = Observers(status_deleted=(object_to_it,))
    answer = admin_client.post(f"/settings/statuses/{VENDOR}/delete", data={"replacement": "done"})
    assert "A board needs it." in answer.text
    with host.database.read() as session:
        assert service.get_ticket(session, vendor_ticket).status == VENDOR
        assert service.count_by_status(session) == {
            "open": 0,
            "in_progress": 0,
            "waiting": 0,
            VENDOR: 1,
            "done": 0,
            "closed": 0,
        }


def test_the_mapping_takes_part_in_every_deletion(app):
    assert on_status_deleted in app.extensions[EXTENSION].status_deleted


def test_an_agent_cannot_change_statuses(signed_in, agent, vendor):
    client = signed_in(agent)
    for address in ("/settings/statuses", f"/settings/statuses/{VENDOR}"):
        assert client.get(address).status_code == 403
    for form in ("", f"/{VENDOR}/rename", f"/{VENDOR}/move", f"/{VENDOR}/delete"):
        assert client.post(f"/settings/statuses{form}").status_code == 403


def test_an_admin_adds_renames_moves_and_deletes(host, admin_client, vendor):
    client = admin_client
    client.post("/settings/statuses", data={"name": "Waiting for parts", "system": "waiting"})
    client.post(f"/settings/statuses/{VENDOR}/rename", data={"name": "Vendor"})
    answer = client.post(f"/settings/statuses/{VENDOR}/move", data={"direction": "down"})
    assert answer.location == f"/settings/statuses#{VENDOR}"
    assert names(host)[2:5] == ["Waiting", "Waiting for parts", "Vendor"]
    answer = client.post(
        f"/settings/statuses/{VENDOR}/delete", data={"replacement": "waiting-for-parts"}, follow_redirects=True
    )
    assert "Vendor is deleted; tickets that got another status: 0." in answer.text
    assert "Vendor" not in names(host)


def test_the_page_proposes_the_system_status_as_replacement(admin_client, vendor_ticket):
    text = admin_client.get(f"/settings/statuses/{VENDOR}").text
    assert "in use by 1 ticket." in text
    assert '<option selected value="waiting">Waiting</option>' in text
    assert f'value="{VENDOR}"' not in text


@pytest.mark.parametrize(
    ("form", "data", "answered"),
    [
        ("", {"name": "open", "system": "open"}, (200, "There is a status called Open already")),
        ("", {"name": "", "system": "open"}, (200, "Enter a name.")),
        ("", {"name": "New", "system": "lost"}, (200, "Not a valid choice")),
        (f"/{VENDOR}/rename", {"name": "Done"}, (200, "There is a status called Done already")),
        (f"/{VENDOR}/move", {"direction": "sideways"}, (400, "")),
        (f"/{VENDOR}/delete", {"replacement": VENDOR}, (200, "Not a valid choice")),
        (f"/{VENDOR}/delete", {}, (200, "Not a valid choice")),
        ("/done/rename", {"name": "Over"}, (409, "stays as it is")),
        ("/done/delete", {"replacement": "open"}, (409, "stays as it is")),
        ("/lost/rename", {"name": "Over"}, (404, "no ticket status")),
        ("/lost/delete", {"replacement": "open"}, (404, "no ticket status")),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_a_bad_entry_is_named_and_changes_nothing(host, admin_client, form, data, answered):
    before = names(host)
    answer = admin_client.post(f"/settings/statuses{form}", data=data)
    status, message = answered
    assert answer.status_code == status
    assert message in answer.text
    assert names(host) == before
