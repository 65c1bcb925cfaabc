"""`helpdesk connections check` as the real command, against the simulator: what is wrong, what mends it, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helpdesk_core.connections.contact import write_all_down
from helpdesk_core.connections.models import Connection, ConnectionState, Contact, Credential, IntegrationSetting
from helpdesk_core.connections.service import forget
from helpdesk_core.grades import Grade
from helpdesk_core.host import utc_now
from helpdesk_core.operations.repair_items import check_connections
from helpdesk_core.operations.results import Result
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from plugins.jira.simulator.world import MEMBER_PERMISSIONS
from tests.core.linking_world import change_connection
from tests.databases import NewDatabase, all_tables
from tests.operations.place import Place, make_place
from tests.sync.stand import BOT, PROJECT, SITE, make_world

HEADING = "Jira · acme (connection 1)\n"


@pytest.fixture
def place(new_database: NewDatabase, tmp_path: Path, work) -> Iterator[Place]:
    with Simulator(make_world()).serve() as simulator:
        made = make_place(new_database("sqlite", all_tables), str(tmp_path / "data"), simulator, work)
        yield made
        made.stand.host.database.dispose()


@pytest.fixture
def without_moves(place: Place) -> Place:
    """Let somebody take the permission to move issues from the account."""
    left = sorted(set(MEMBER_PERMISSIONS) - {"TRANSITION_ISSUES"})
    place.stand.simulator.control.set_permissions(SITE, BOT, left, PROJECT)
    return place


def costs(place: Place) -> int:
    """Return how many calls are on record, with those that the stand's own process has counted."""
    write_all_down(place.stand.host)
    with place.stand.host.database.read() as session:
        return session.get_one(Contact, 1).calls


def doctors(place: Place) -> list[Result]:
    return list(check_connections(place.stand.host))


def test_all_is_well_after_connecting(place):
    answer = place.run("connections", "check")
    assert (answer.exit_code, answer.stdout) == (0, f"{HEADING}All is well.\n")
    assert [(each.standing, each.words) for each in doctors(place)] == [
        (Grade.OK, "Jira, connection 1: nothing needs to be repaired.")
    ]


def test_what_is_well_is_told_on_demand(place):
    answer = place.run("connections", "check", "1", "--all")
    assert answer.exit_code == 0
    assert "✓ The account can use Jira: It acts as " in answer.stdout
    assert answer.stdout.endswith("All is well.\n")
    assert {line[0] for line in answer.stdout.splitlines()[1:-1]} == {"✓"}


def test_a_revoked_grant_is_trouble_and_its_cure_is_to_authorize_again(place):
    place.stand.simulator.control.revoke_grant(BOT)
    place.stand.simulator.control.expire_access_tokens()
    answer = place.run("connections", "check")
    assert answer.exit_code == 2
    assert "✗ The authorization holds: " in answer.stdout
    assert "\n    Re-authorize: mapping, links and waiting work are kept.\n" in answer.stdout
    assert "\n? Jira answers: Not known, because of something else.\n" in answer.stdout
    (result,) = doctors(place)
    assert result.standing is Grade.TROUBLE
    assert result.cure.endswith("are kept. See Settings › Repairs, or run `helpdesk connections check`.")


def test_a_missing_permission_is_trouble_with_the_page_that_mends_it_and_what_waits(without_moves):
    stand = without_moves.stand
    ticket = stand.ticket()
    stand.link(ticket, "SUP-2")
    stand.change(ticket, "waiting")
    without_moves.jobs.run_all()
    answer = without_moves.run("connections", "check")
    assert answer.exit_code == 2, answer.stdout
    assert answer.stdout.startswith(f"{HEADING}✗ “Transition issues” in SUP: In SUP Helpdesk Bot lacks the permission")
    assert "\n    Let an administrator of the project give it to the account" in answer.stdout
    assert "/plugins/servlet/project-config/SUP/permissions\n" in answer.stdout
    assert "\n    1 link waits for it.\n" in answer.stdout


def test_what_was_mended_is_found_by_the_next_check(without_moves):
    assert without_moves.run("connections", "check").exit_code == 2
    without_moves.stand.simulator.control.set_permissions(SITE, BOT, MEMBER_PERMISSIONS, PROJECT)
    assert without_moves.run("connections", "check", "--stored").exit_code == 2
    assert without_moves.run("connections", "check").exit_code == 0


def test_an_old_consent_is_a_warning(place):
    with place.stand.host.database.write() as session:
        session.get_one(Credential, 1).consented_at = utc_now() - timedelta(days=301)
    answer = place.run("connections", "check")
    assert answer.exit_code == 1
    assert "! The consent is fresh: Somebody last agreed at Atlassian 301 days ago" in answer.stdout
    assert "    Re-authorize while all works" in answer.stdout
    (result,) = doctors(place)
    assert result.standing is Grade.WARNING


def test_what_is_stored_is_told_without_a_call(without_moves):
    before = without_moves.run("connections", "check")
    without_moves.stand.calls()
    answer = without_moves.run("connections", "check", "--stored")
    assert without_moves.stand.calls() == {}
    assert (answer.exit_code, answer.stdout) == (before.exit_code, before.stdout)


def test_what_was_never_looked_at_is_not_known(place):
    answer = place.run("connections", "check", "--stored")
    assert answer.exit_code == 3
    assert answer.stdout == f"{HEADING}? It was looked at: Never yet.\n"
    assert [(each.standing, each.words) for each in doctors(place)] == [
        (Grade.OK, "Jira, connection 1 was not looked at yet.")
    ], "a new installation is not blamed"


def test_json_has_the_same_and_tells_no_secret(without_moves):
    answer = without_moves.run("connections", "check", "--json")
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["standing"]) == (2, "trouble")
    (connection,) = told["connections"]
    assert (connection["id"], connection["integration"], connection["workspace"]) == (1, "jira", "acme")
    (check,) = connection["checks"]
    assert (check["check"], check["code"], check["standing"]) == ("permission.move", "permission_missing", "trouble")
    assert check["cause"]
    assert check["cure"]
    everything = json.loads(without_moves.run("connections", "check", "--json", "--all", "--stored").stdout)
    assert {each["standing"] for each in everything["connections"][0]["checks"]} == {"ok", "trouble"}


def test_an_outage_is_trouble_that_passes_by_itself(place):
    place.stand.simulator.control.fault("*", "503-html", times=None)
    answer = place.run("connections", "check")
    assert answer.exit_code == 2
    assert "✗ Jira answers: " in answer.stdout
    assert "goes on by itself" in answer.stdout


def test_a_spent_budget_is_a_warning_and_then_nothing_new_is_known(place):
    assert place.run("connections", "check").exit_code == 0
    place.stand.simulator.control.set_limits(points=1)
    answer = place.run("connections", "check")
    assert answer.exit_code == 1, answer.output
    assert "! Jira's budget of calls lasts: Jira asks for no more calls for a while." in answer.stdout
    assert "? Jira is asked: It could not be asked now; what it said " in answer.stdout
    assert "All is well." not in answer.stdout


def test_credentials_that_no_key_opens_are_not_taken_for_well(place):
    assert place.run("connections", "check").exit_code == 0
    other = replace(place, environ=place.environ | {"HELPDESK_KEYS": Vault.new_key().reveal()})
    answer = other.run("connections", "check")
    assert answer.exit_code == 3
    assert "? Jira is asked: It could not be asked now" in answer.stdout


def test_a_paused_connection_is_looked_at_as_any_other(place):
    change_connection(place.stand.host, 1, paused_at=utc_now(), paused_by_name="Dana")
    answer = place.run("connections", "check")
    assert (answer.exit_code, answer.stdout) == (0, f"{HEADING}All is well.\n")


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("disconnected", "it is disconnected."),
        ("off", "Jira is switched off."),
        ("missing", "the integration acme-tracker is not installed."),
    ],
)
def test_connections_without_work_are_skipped(place, why, words):
    host = place.stand.host
    if why == "disconnected":
        change_connection(host, 1, state=ConnectionState.DISCONNECTED)
    elif why == "missing":
        change_connection(host, 1, integration="acme-tracker")
    else:
        with host.database.write() as session:
            session.add(IntegrationSetting(key="jira", enabled=False))
    answer = place.run("connections", "check")
    assert answer.exit_code == 0
    assert answer.stdout.endswith(f"(connection 1)\n  Skipped: {words}\n")
    assert place.stand.calls() == {}
    assert doctors(place) == []


def test_without_a_connection_it_says_so(place):
    with place.stand.host.database.write() as session:
        connection = session.get_one(Connection, 1)
        connection.state = ConnectionState.DISCONNECTED
        forget(session, connection, typed_name=connection.workspace_name)
    answer = place.run("connections", "check")
    assert (answer.exit_code, answer.stdout) == (0, "There is no connection yet. Connect in Settings › Integrations.\n")
    assert json.loads(place.run("connections", "check", "--json").stdout) == {"standing": "ok", "connections": []}


def test_what_cannot_be_looked_at_is_no_warning(place, tmp_path):
    answer = place.run("connections", "check", "77")
    assert answer.exit_code == 3
    assert answer.stderr == (
        "Error: There is no connection with the id 77. `helpdesk connections list` tells the ids.\n"
    )
    nowhere = replace(place, environ=place.environ | {"HELPDESK_DATABASE_URL": f"sqlite:///{tmp_path}/nothing.db"})
    assert nowhere.run("connections", "check").exit_code == 3


def test_what_a_command_cost_is_written_down_when_it_ends(place):
    before = costs(place)
    assert place.run("connections", "check").exit_code == 0
    assert costs(place) - before == sum(place.stand.calls().values())
