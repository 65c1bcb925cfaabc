"""How connections are looked after: what is stored, who is blamed, when is looked, and what goes on afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk_core.connections import contact
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, ConnectionState, Contact, Credential
from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.health import record, repairs, watching
from helpdesk_core.health import work as health_work
from helpdesk_core.health.examining import AT_ONCE, IN_PASSING, examine, features_of, look_again, note_own
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.mapping.vocabulary import choose_projects, store_vocabulary
from helpdesk_core.sync.models import Hold
from helpdesk_core.values import (
    Credentials,
    Feature,
    Finding,
    Remedy,
    RemoteProject,
    Secret,
    Severity,
    Standing,
    Vocabulary,
    Workspace,
)
from tests.core.channel_world import TASKS
from tests.core.fake_health import trouble, warning
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect
from tests.databases import KINDS

both = pytest.mark.parametrize("kind", KINDS)

OUTAGE = TemporarilyUnavailable("Fake does not answer.")
LOST = AuthorizationLost("Fake refused the token.")
WHOLE = Rejected("The secret is wrong.", cure="Enter it anew.", code="client_refused", extent=Extent.CONNECTION)
SINGLE = Rejected("You may not do this.", cure="Ask Jo.", code="no_permission")


@pytest.fixture
def acme(host, work, health) -> int:
    """Return a connection whose plugin looks after it; no project is in use."""
    health_work.register(work, host)
    return connect(host)


def use(host, connection_id, *keys) -> None:
    """Know projects of these keys, and have all of them in use."""
    projects = tuple(RemoteProject(id=f"id-{key}", key=key, name=key.title()) for key in keys)
    with host.database.write() as session:
        store_vocabulary(session, connection_id, Vocabulary(projects=projects, statuses=()), now=host.now())
        choose_projects(session, connection_id, [project.id for project in projects])


def rows(host, connection_id) -> dict[tuple[str, str], HealthCheck]:
    with host.database.read() as session:
        return {(row.check, row.project_id): row for row in record.rows_of(session, connection_id)}


def bad(host, connection_id) -> dict[str, str]:
    """Return what is in trouble, by the code that tells why."""
    found = rows(host, connection_id).values()
    return {row.check: row.code for row in found if row.standing == Standing.TROUBLE}


def stands(host, connection_id, check, project="") -> str:
    return rows(host, connection_id)[check, project].standing


def said(caplog) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == record.__name__]


# ── what is stored ────────────────────────────────────────────────────────────────────────────────────────────────────


@both
def test_what_was_found_is_kept_with_the_moment_since_when_it_stands_so(host, clock, health, acme):
    use(host, acme, "SUP")
    began = clock()
    examine(host, acme)
    clock.advance(minutes=30)
    health.found = [trouble("account", url="https://acme.example/me", remedy=Remedy.REAUTHORIZE)]
    examine(host, acme)
    row = rows(host, acme)["account", ""]
    assert (row.standing, row.code, row.cause, row.cure) == ("trouble", "bad", "The account is bad.", "Mend it.")
    assert (row.remedy, row.severity, row.url, row.own) == ("reauthorize", "error", "https://acme.example/me", False)
    assert (row.since, row.looked_at) == (began + timedelta(minutes=30), clock())
    clock.advance(minutes=30)
    examine(host, acme)
    row = rows(host, acme)["account", ""]
    assert (row.since, row.looked_at) == (began + timedelta(minutes=30), clock())
    health.found = [trouble("account", code="worse")]
    examine(host, acme)
    assert rows(host, acme)["account", ""].since == clock(), "another cause is another trouble"
    assert rows(host, acme)["project", "id-SUP"].since == began


def test_trouble_is_logged_when_it_opens_and_when_it_closes_and_not_between(host, health, acme, caplog):
    use(host, acme, "SUP")
    health.found = [trouble("account"), trouble("project", project="id-SUP", code="")]
    for _ in range(3):
        examine(host, acme)
    health.found = []
    for _ in range(2):
        examine(host, acme)
    assert said(caplog) == [
        f"connection {acme}: bad: The account is bad.",
        f"connection {acme}: project: The project is bad.",
        f"connection {acme}: account is well again",
        f"connection {acme}: project is well again",
    ]


def test_trouble_that_cannot_be_told_any_more_is_not_well_again(host, health, acme, caplog):
    health.found = [trouble("account")]
    examine(host, acme)
    health.found = [Finding(check="account", title="The account", standing=Standing.UNKNOWN)]
    examine(host, acme)
    assert stands(host, acme, "account") == "unknown"
    assert not any("well again" in line for line in said(caplog))


@both
def test_projects_take_turns_and_those_in_trouble_come_each_time(host, clock, health, acme):
    use(host, acme, "A", "B", "C", "D", "E")
    for _ in range(3):
        examine(host, acme)
        clock.advance(days=1)
    assert IN_PASSING == 2
    assert health.projects == [["A", "B"], ["C", "D"], ["E", "A"]]
    health.found = [trouble("project", project="id-C")]
    examine(host, acme)  # B, C
    clock.advance(minutes=30)
    for _ in range(2):
        examine(host, acme)
        clock.advance(minutes=30)
    assert health.projects[3:] == [["B", "C"], ["C", "D", "A"], ["C", "E", "B"]]


def test_a_person_who_waits_has_many_looked_at_and_not_all_of_hundreds(host, health, acme):
    use(host, acme, *(f"P{number:02}" for number in range(AT_ONCE + 5)))
    examine(host, acme, thorough=True)
    assert len(health.asked[-1].projects) == AT_ONCE
    assert health.asked[-1].thorough


def test_what_was_found_of_projects_whose_turn_it_is_not_stays(host, clock, health, acme):
    use(host, acme, "A", "B", "C")
    health.found = [warning("permission.edit", project="id-A")]
    examine(host, acme, thorough=True)
    for _ in range(3):
        clock.advance(days=1)
        examine(host, acme)
    assert rows(host, acme)["permission.edit", "id-A"].standing == "trouble"
    assert {project for check, project in rows(host, acme) if check == "project"} == {"id-A", "id-B", "id-C"}


@both
def test_what_was_found_of_a_project_that_is_not_in_use_any_more_goes_away(host, health, acme, caplog):
    use(host, acme, "A", "B")
    health.found = [trouble("project", project="id-B")]
    examine(host, acme)
    assert bad(host, acme)["project"] == "bad"
    with host.database.write() as session:
        choose_projects(session, acme, ["id-A"])
    examine(host, acme)
    assert [key for key in rows(host, acme) if key[1] == "id-B"] == []
    assert f"connection {acme}: project is well again" in said(caplog)


def test_what_only_a_thorough_look_finds_stays_with_its_cure_until_the_next(host, health, acme):
    health.found = [trouble("projects", code="none_visible", remedy=Remedy.REFRESH_PROJECTS)]
    examine(host, acme, thorough=True)
    before = rows(host, acme)["projects", ""]
    health.found = []
    examine(host, acme)
    assert health.asked[-1].thorough, "what is in trouble is looked at whatever that costs"
    after = rows(host, acme)["projects", ""]
    assert (after.code, after.cause, after.cure, after.remedy, after.severity) == (
        *("none_visible", before.cause, before.cure, before.remedy, before.severity),
    )
    health.found = [Finding(check="projects", title="Projects", cause="3 found.")]
    examine(host, acme)
    health.found = []
    examine(host, acme)
    assert not health.asked[-1].thorough
    assert rows(host, acme)["projects", ""].cause == "3 found."


def test_a_workspace_that_was_renamed_is_called_so(host, health, acme, caplog):
    health.workspace = Workspace(id="w-1", name="acme2", url="https://acme2.example")
    examine(host, acme)
    with host.database.read() as session:
        connection = session.get_one(Connection, acme)
        assert (connection.workspace_name, connection.workspace_url) == ("acme2", "https://acme2.example")
    assert "what was acme, https://acme.example is acme2, " in caplog.text


def test_of_two_connections_each_is_told_by_itself(host, health, acme):
    beta = connect(host, BETA)
    health.found = [trouble("account")]
    examine(host, acme)
    health.found = []
    examine(host, beta)
    assert "account" in bad(host, acme)
    assert "account" not in bad(host, beta)


def test_a_plugin_is_told_what_the_connection_is_used_for_and_when_somebody_agreed(host, clock, health, world):
    agreed = clock()
    clock.advance(days=3)
    with host.database.read() as session:
        usual = features_of(session, world.acme)
    world.all_in()
    with host.database.read() as session:
        assert features_of(session, world.acme) == usual
    world.open_channel(TASKS)
    examine(host, world.acme)
    assert health.asked[-1].features == frozenset(Feature)
    assert health.asked[-1].consented_at == agreed
    assert health.asked[-1].now == clock()


# ── plugins that do what they should not ──────────────────────────────────────────────────────────────────────────────


def test_a_plugin_that_breaks_hurts_nobody_and_is_not_asked_again_at_once(host, health, acme, caplog):
    health.error = ValueError("a secret")
    examine(host, acme)
    assert "The Fake plugin broke (ValueError)." in caplog.text
    assert "a secret" not in caplog.text
    assert stands(host, acme, "authorization") == "ok"
    assert ("account", "") not in rows(host, acme)
    assert asked_after(host, health, minutes=10) == 0


@both
def test_names_that_are_too_long_are_cut(host, health, acme):
    long = trouble("c" * 150, code="d" * 80, project="")
    health.found = [long]
    examine(host, acme)
    examine(host, acme)
    row = rows(host, acme)["c" * 100, ""]
    assert (row.code, row.cause) == ("d" * 50, long.cause)


@both
def test_of_two_findings_of_one_name_the_one_in_trouble_counts(host, health, acme, caplog):
    well = Finding(check="account", title="The account")
    health.found = [well, trouble("account"), well]
    examine(host, acme)
    assert bad(host, acme)["account"] == "bad"
    assert "the check account was named twice" in caplog.text


@both
def test_a_plugin_cannot_speak_for_the_helpdesk(host, health, acme, caplog):
    health.found = [trouble("authorization"), trouble("account")]
    examine(host, acme)  # nothing of the helpdesk's own is stored yet: its name is taken back
    assert bad(host, acme) == {"account": "bad", "in_use": "none_in_use"}
    examine(host, acme)
    assert bad(host, acme) == {"account": "bad", "in_use": "none_in_use"}
    assert rows(host, acme)["authorization", ""].own
    assert "the plugin's check authorization is named as one of the helpdesk's" in caplog.text


# ── one cause is blamed once ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_outage_is_no_finding_of_the_plugin_and_what_it_found_before_stays(host, clock, health, acme):
    use(host, acme, "SUP")
    health.found = [warning("account")]
    examine(host, acme)
    before = rows(host, acme)["account", ""].looked_at
    clock.advance(minutes=30)
    health.error = OUTAGE
    examine(host, acme)
    assert bad(host, acme) == {"account": "bad", "answers": "unreachable"}
    assert rows(host, acme)["account", ""].looked_at == before
    answers = rows(host, acme)["answers", ""]
    assert (answers.cause, answers.remedy) == (str(OUTAGE), "wait")
    assert (stands(host, acme, "vocabulary"), stands(host, acme, "deliveries")) == ("unknown", "unknown")
    health.error, health.found = None, []
    examine(host, acme)
    assert bad(host, acme) == {}


def test_while_the_authorization_is_lost_nothing_else_is_blamed(host, clock, health, acme):
    use(host, acme, "SUP")
    examine(host, acme)
    clock.advance(days=3)  # long enough for what was read to be old
    health.error = LOST
    examine(host, acme)
    assert bad(host, acme) == {"authorization": "authorization_lost"}
    assert rows(host, acme)["authorization", ""].remedy == "reauthorize"
    for check in ("answers", "vocabulary", "deliveries"):
        assert stands(host, acme, check) == "unknown"


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("client_refused", "mend_set_up"),
        ("setup_needed", "mend_set_up"),
        ("insecure_address", "mend_set_up"),
        ("site_refused", "look_again"),
    ],
)
def test_a_refusal_of_everything_offers_the_set_up_only_where_that_mends_it(host, health, acme, code, remedy):
    health.error = Rejected("No.", cure="Mend it.", code=code, extent=Extent.CONNECTION)
    examine(host, acme)
    answers = rows(host, acme)["answers", ""]
    assert (answers.code, answers.cause, answers.cure, answers.remedy) == (code, "No.", "Mend it.", remedy)


def test_what_the_plugin_has_named_is_not_named_again_by_its_consequence(host, health, acme):
    use(host, acme, "SUP")
    contact.failed(host, acme, Rejected("No.", cure="Mend it.", code="site_refused", extent=Extent.CONNECTION))
    note_own(host, acme)
    assert bad(host, acme) == {"answers": "site_refused"}
    with host.database.write() as session:
        record.store(session, acme, [trouble("account")], own=False, now=host.now())
    note_own(host, acme)
    assert bad(host, acme) == {"account": "bad"}
    assert stands(host, acme, "answers") == "unknown"


def test_a_paused_connection_is_not_blamed_for_what_it_does_not_do(host, clock, acme):
    use(host, acme, "SUP")
    clock.advance(days=2)
    note_own(host, acme)
    assert bad(host, acme) == {"vocabulary": "stale"}
    change_connection(host, acme, paused_at=clock())
    note_own(host, acme)
    assert stands(host, acme, "vocabulary") == "ok"


def test_a_connection_that_was_ended_is_not_looked_after(host, health, acme):
    change_connection(host, acme, state=ConnectionState.DISCONNECTED)
    examine(host, acme)
    look_again(host, acme)
    assert (health.asked, rows(host, acme)) == ([], {})
    examine(host, 999)


@pytest.mark.parametrize(
    ("left", "code"), [(4, "budget_low"), (5, None), (100, None)], ids=["little", "just enough", "all"]
)
def test_a_budget_is_told_before_it_is_spent(host, acme, left, code):
    with host.database.write() as session:
        until = host.now() + timedelta(minutes=20)
        session.add(Contact(connection_id=acme, budget_left=left, budget_limit=100, budget_until=until))
    note_own(host, acme)
    assert bad(host, acme).get("budget") == code


def test_a_spent_budget_passes_by_itself(host, clock, acme):
    with host.database.write() as session:
        until = clock() + timedelta(minutes=20)
        session.add(Hold(connection_id=acme, operation="*", until=until, reason="Spent.", refused=False))
    note_own(host, acme)
    assert bad(host, acme)["budget"] == "budget_spent"
    clock.advance(minutes=20)
    note_own(host, acme)
    assert "budget" not in bad(host, acme)


# ── when is looked ────────────────────────────────────────────────────────────────────────────────────────────────────


def minute(host) -> None:
    """Let a minute's watch come, and what it has enqueued be done."""
    host.now.advance(minutes=1)
    host.jobs.tick("health.watch")
    host.jobs.run_all()


def asked_after(host, health, *, minutes: int) -> int:
    """Return after how many minutes the plugin is asked; 0: not within these."""
    before = len(health.asked)
    for passed in range(1, minutes + 1):
        minute(host)
        if len(health.asked) > before:
            return passed
    return 0


def test_a_new_connection_is_examined_within_a_minute_and_then_daily(host, health, acme):
    assert asked_after(host, health, minutes=2) == 1
    host.now.advance(hours=21, minutes=58)
    assert asked_after(host, health, minutes=1) == 0
    assert asked_after(host, health, minutes=121) > 0
    assert not health.asked[-1].thorough


def test_connections_do_not_fall_on_the_same_minute(host, health, acme):
    beta = connect(host, BETA)
    assert asked_after(host, health, minutes=1) == 1
    assert len(health.asked) == 2
    health.asked.clear()
    host.now.advance(hours=22)
    first = asked_after(host, health, minutes=120)
    assert len(health.asked) == 1
    assert asked_after(host, health, minutes=120 - first) >= 1
    assert {each.connection.workspace.id for each in health.asked} == {"w-1", "w-2"}
    assert beta != acme


def test_many_connections_are_spread_over_two_hours(host):
    early = [watching._early(number) for number in range(1, watching.TURNS + 1)]
    assert len(set(early)) == watching.TURNS
    assert max(early) < watching.SPREAD


def test_after_a_refusal_it_is_looked_after_a_quarter_of_an_hour(host, health, acme):
    minute(host)
    host.now.advance(seconds=30)
    contact.failed(host, acme, SINGLE)
    assert asked_after(host, health, minutes=20) == 15, "after the last look"
    assert asked_after(host, health, minutes=31) == 0, "the refusal was looked at"


def test_while_something_is_in_trouble_it_is_looked_at_each_half_hour_until_it_is_well(host, health, acme):
    health.found = [trouble("account")]
    minute(host)
    assert asked_after(host, health, minutes=31) == 30
    health.found = []
    assert asked_after(host, health, minutes=31) == 30
    assert asked_after(host, health, minutes=31) == 0


def test_what_the_helpdesk_knows_by_itself_is_stored_each_minute_without_a_call(host, health, acme):
    minute(host)
    health.asked.clear()
    contact.failed(host, acme, OUTAGE)
    minute(host)
    assert bad(host, acme)["answers"] == "unreachable"
    assert health.asked == []


def test_while_the_budget_is_spent_nobody_asks_by_the_clock(host, health, acme):
    with host.database.write() as session:
        until = host.now() + timedelta(minutes=10)
        session.add(Hold(connection_id=acme, operation="*", until=until, reason="Spent.", refused=False))
    assert asked_after(host, health, minutes=9) == 0
    assert asked_after(host, health, minutes=2) == 1


def test_while_nothing_answers_it_is_looked_twice_an_hour_and_what_is_well_again_is_noticed(host, health, acme):
    use(host, acme, "SUP")
    minute(host)
    health.error = OUTAGE
    examine(host, acme)
    health.asked.clear()
    for _ in range(120):
        minute(host)
    assert len(health.asked) == 4
    health.error = None
    assert asked_after(host, health, minutes=30) > 0
    assert bad(host, acme) == {}


def test_while_everything_is_refused_it_is_looked_twice_an_hour_too(host, health, acme):
    minute(host)
    health.error = WHOLE
    examine(host, acme)
    health.asked.clear()
    for _ in range(60):
        minute(host)
    assert len(health.asked) == 2


def test_a_limit_that_a_look_meets_is_obeyed(host, health, acme):
    health.error = TemporarilyUnavailable("Spent.", retry_after=600, extent=Extent.CONNECTION, is_outage=False)
    minute(host)
    assert len(health.asked) == 1
    minute(host)
    assert bad(host, acme)["budget"] == "budget_spent"
    health.error = None
    assert asked_after(host, health, minutes=20) == 9
    assert "budget" not in bad(host, acme)


def test_while_everything_is_refused_it_is_looked_whether_the_cause_is_gone(host, health, acme):
    with host.database.write() as session:
        until = host.now() + timedelta(minutes=10)
        session.add(Hold(connection_id=acme, operation="*", until=until, reason="Refused.", refused=True))
    assert asked_after(host, health, minutes=9) == 1


@pytest.mark.parametrize("state", [ConnectionState.DISCONNECTED, ConnectionState.REAUTHORIZE])
def test_who_cannot_be_asked_is_not_asked(host, health, acme, state):
    change_connection(host, acme, state=state)
    assert asked_after(host, health, minutes=3) == 0


def test_a_look_that_waits_is_not_wanted_twice(host, health, acme):
    for _ in range(3):
        watching.watch(host)
    host.jobs.run_all()
    assert len(health.asked) == 1


@pytest.mark.parametrize(("days", "is_renewed"), [(59, False), (61, True)])
def test_an_authorization_that_nobody_uses_is_renewed(host, clock, tracker, acme, days, is_renewed):
    with host.database.write() as session:
        ends = clock() + timedelta(hours=1)
        pair = Credentials(access_token=Secret("old"), refresh_token=Secret("again"), expires_at=ends)
        store_new(host, session, acme, pair)
    change_connection(host, acme, paused_at=clock())
    clock.advance(days=days)
    host.jobs.tick("health.keep_alive")
    host.jobs.run_all()
    assert bool(tracker.refreshed) is is_renewed
    with host.database.read() as session:
        assert (session.get_one(Credential, acme).refreshed_at == clock()) is is_renewed


def test_one_authorization_that_cannot_be_renewed_does_not_keep_others_from_it(host, clock, tracker, acme, caplog):
    connect(host, BETA)
    met = []

    def verify(view):
        met.append(view.workspace.id)
        if view.workspace.id == "w-1":
            raise OUTAGE
        return tracker.account

    tracker.verifies = verify
    clock.advance(days=61)
    watching.keep_alive(host)
    assert met == ["w-1", "w-2"]
    assert f"connection {acme} was idle and could not be asked" in caplog.text


# ── repair items ──────────────────────────────────────────────────────────────────────────────────────────────────────


def notes(host):
    with host.database.read() as session:
        return repairs.notes(host, session)


def test_an_outage_of_a_moment_is_no_item(host, clock, health, acme):
    use(host, acme, "SUP")
    health.error = OUTAGE
    examine(host, acme)
    assert notes(host) == []
    clock.advance(minutes=2)
    (note,) = notes(host)
    assert (note.words, note.is_urgent) == (str(OUTAGE), True)
    with host.database.read() as session:
        ((connection, items),) = repairs.open_items(host, session)
    assert (connection.id, [item.row.check for item in items]) == (acme, ["answers"])


def test_a_note_tells_the_worst_and_counts_the_others(host, health, acme):
    use(host, acme, "SUP")
    health.found = [warning("consent", cause="The consent ages."), trouble("account")]
    examine(host, acme)
    (note,) = notes(host)
    assert (note.words, note.count, note.is_urgent) == ("The account is bad. And 1 more.", 2, True)
    health.found = health.found[:1]
    examine(host, acme)
    (note,) = notes(host)
    assert (note.words, note.count, note.is_urgent) == ("The consent ages.", 1, False)
    health.found = []
    examine(host, acme)
    assert notes(host) == []


def test_what_other_concerns_tell_themselves_is_not_told_twice(host, health, acme):
    use(host, acme, "SUP")
    health.error = LOST
    examine(host, acme)
    assert bad(host, acme) == {"authorization": "authorization_lost"}
    assert notes(host) == []


def test_checks_stand_in_sections_with_trouble_first_and_unknown_ones_last(host, health, acme):
    use(host, acme, "SUP")
    health.found = [trouble("permission.move", project="id-SUP"), Finding(check="weather", title="The weather")]
    examine(host, acme)
    with host.database.read() as session:
        found = [(name, [item.row.check for item in items]) for name, items in repairs.sections(host, session, acme)]
    assert [name for name, _ in found] == ["Connection", "Projects", "Changes", "Work", "Mapping", "More"]
    assert found[1][1][0] == "permission.move"
    assert found[-1][1] == ["weather"]


def test_the_worst_connection_comes_first(host, health, acme):
    beta = connect(host, BETA)
    for connection in (acme, beta):
        use(host, connection, "SUP")
        health.found = [warning("account") if connection == acme else trouble("account")]
        examine(host, connection)
    with host.database.read() as session:
        assert [connection.id for connection, _ in repairs.open_items(host, session)] == [beta, acme]
        worst = record.troubles(session)
    assert [row.severity for row in worst] == [Severity.ERROR, Severity.WARNING]


def test_a_connection_that_is_gone_takes_its_checks_along(host, acme):
    examine(host, acme)
    with host.database.write() as session:
        session.delete(session.get_one(Connection, acme))
    with host.database.write() as session:
        assert session.scalars(select(HealthCheck)).all() == []
        changed = record.store(session, acme, [trouble("account")], own=False, now=host.now())
    assert (changed.opened, changed.closed) == ((), ())
