"""The tracker's plugin reads, finds and moves issues, takes deliveries, and knows how its connection stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.webhooks import TrackerWebhooks
from helpdesk_core.values import (
    About,
    ChangedRequest,
    Feature,
    FindRequest,
    HealthRequest,
    HopRequest,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    ProbeRequest,
    Remedy,
    RemoteProject,
    Secret,
    Standing,
)
from tests.testing.tracker_world import ACME, HOOK, World

GATEWAY, WEBHOOKS, HEALTH = TrackerGateway(), TrackerWebhooks(), TrackerHealth()


@pytest.fixture
def world():
    return World()


def opened(world, issue_id):
    return GATEWAY.open(IssueRequest(connection=world.connection, issue_id=issue_id))


def hop(world, issue_id, to, fields=None):
    (transition,) = [each for each in opened(world, issue_id).transitions if each.to_id == to]
    return HopRequest(connection=world.connection, issue_id=issue_id, transition=transition, fields=fields or {})


def found(world, text):
    return [each.id for each in GATEWAY.find(FindRequest(connection=world.connection, text=text))]


def refusal(call, *args):
    with pytest.raises(Rejected) as refused:
        call(*args)
    return refused.value.code


# ── reading ──


def test_many_issues_are_fetched_in_few_calls(world):
    ids = [world.tracker.add_issue(f"Number {number}") for number in range(150)]
    world.tracker.delete(ids[3])
    world.asked()
    fetched = GATEWAY.fetch(IssuesRequest(connection=world.connection, issue_ids=(*ids, ids[0], "i-none")))
    assert [each.id for each in fetched] == [each for each in ids if each != ids[3]]
    assert len(world.asked()) == 2
    assert GATEWAY.fetch(IssuesRequest(connection=world.connection, issue_ids=())) == ()
    assert world.asked() == []


def test_that_all_is_gone_is_believed_only_of_one_who_is_known(world):
    request = IssuesRequest(connection=world.connection, issue_ids=("i-none",))
    assert GATEWAY.fetch(request) == ()
    changed = ChangedRequest(connection=world.connection, project_ids=("p-1",), minutes=5)
    assert GATEWAY.changed(changed) == ()
    world.tracker.revoke_tokens(masked=True)
    for call, asked in ((GATEWAY.fetch, request), (GATEWAY.changed, changed)):
        with pytest.raises(AuthorizationLost):
            call(asked)


def test_open_is_one_call_and_tells_a_dead_end_from_a_missing_permission(world):
    id_ = world.tracker.add_issue("Printer", status="review")
    world.asked()
    told = opened(world, id_)
    assert world.asked() == [("GET", f"/w/w-1/issues/{id_}")]
    accept = next(each for each in told.transitions if each.to_id == "done")
    assert [each.id for each in accept.required] == ["resolution"]
    assert told.may_transition is None
    world.tracker.move(id_, "dropped")
    world.tracker.issue(id_).kind_id = "bug"
    assert (opened(world, id_).transitions, opened(world, id_).may_transition) == ((), True)
    world.tracker.forbid("move")
    assert opened(world, id_).may_transition is False


def test_a_deleted_or_hidden_issue_is_gone(world):
    id_ = world.tracker.add_issue("Printer")
    world.tracker.forbid("browse")
    assert refusal(opened, world, id_) == "gone"
    assert refusal(opened, world, "..") == "gone"


def test_an_issue_is_found_by_key_address_and_words(world):
    id_ = world.tracker.add_issue("The printer burns")
    world.tracker.add_issue("The printer again")
    issue = opened(world, id_).issue
    assert found(world, issue.key.lower()) == found(world, f" {issue.url}?x=1 ") == [id_]
    assert found(world, "burns PRINTER") == [id_]
    assert len(found(world, "printer")) == 2


@pytest.mark.parametrize(
    "text", ["", "  ", "!?", "ACME-999", "x" * 5000, "\0", "\ud800", "https://[", "'; --", "%", "ß-1"]
)
def test_nonsense_finds_nothing(world, text):
    assert found(world, text) == []


def test_at_most_twenty_are_found(world):
    for number in range(30):
        world.tracker.add_issue(f"Printer {number}")
    assert len(found(world, "printer")) == 20


def test_changes_are_read_to_the_last_page_and_of_some_projects_only(world):
    old = world.tracker.add_issue("Old")
    world.later(minutes=30)
    ids = {world.tracker.add_issue(f"Number {number}") for number in range(45)}
    world.tracker.add_issue("Elsewhere", project="p-2")
    request = ChangedRequest(connection=world.connection, project_ids=("p-1",), minutes=10)
    assert set(GATEWAY.changed(request)) == ids
    world.tracker.rename(old, "Old and changed")
    assert set(GATEWAY.changed(request)) == ids | {old}
    assert len(GATEWAY.changed(replace(request, project_ids=("p-1", "p-2")))) == 47
    assert GATEWAY.changed(replace(request, project_ids=())) == ()


# ── moving ──


def test_a_move_is_taken_once(world):
    id_ = world.tracker.add_issue("Printer")
    request = hop(world, id_, "doing")
    GATEWAY.hop(request)
    assert world.tracker.issue(id_).status_id == "doing"
    assert refusal(GATEWAY.hop, request) == "stale"


def test_a_required_field_is_told_and_nothing_changes(world):
    id_ = world.tracker.add_issue("Printer", status="review")
    assert refusal(GATEWAY.hop, hop(world, id_, "done")) == "field_required"
    assert refusal(GATEWAY.hop, hop(world, id_, "done", {"resolution": " "})) == "field_required"
    assert world.tracker.issue(id_).status_id == "review"
    GATEWAY.hop(hop(world, id_, "done", {"resolution": "fixed", "note": "Text", "foreign": "left out"}))
    assert world.tracker.issue(id_).values == {"resolution": {"option": "fixed"}, "note": "Text"}


def test_a_lost_answer_is_no_refusal_and_nothing_is_sent_twice(world):
    id_ = world.tracker.add_issue("Printer")
    request = hop(world, id_, "doing")
    world.asked()
    world.tracker.lost_answers = 1
    with pytest.raises(TemporarilyUnavailable):
        GATEWAY.hop(request)
    assert [method for method, _ in world.asked()] == ["POST"]
    assert world.tracker.issue(id_).status_id == "doing"


def test_refused_moves_have_their_names(world):
    id_ = world.tracker.add_issue("Printer")
    request = hop(world, id_, "doing")
    world.tracker.forbid("move")
    assert refusal(GATEWAY.hop, request) == "no_permission"
    world.tracker.delete(id_)
    assert refusal(GATEWAY.hop, request) == "gone"


def test_a_ticket_stands_on_its_issue_once(world):
    id_ = world.tracker.add_issue("Printer")
    request = LinkBackRequest(
        connection=world.connection,
        issue_id=id_,
        ticket_id=7,
        ticket_title="Help",
        ticket_url="https://desk.example/tickets/7",
        solved=False,
    )
    for each in (request, request, replace(request, ticket_title="Help!", solved=True)):
        GATEWAY.link_back(each)
    (link,) = world.tracker.issue(id_).links.values()
    assert (link.title, link.done, link.url) == ("#7 Help!", True, request.ticket_url)


# ── deliveries ──


def test_deliveries_tell_what_happened(world):
    made = WEBHOOKS.subscribe(world.subscription())
    id_ = world.tracker.add_issue("Printer")
    world.tracker.move(id_, "doing")
    world.tracker.say(id_, "Hello")
    world.tracker.add_issue("Elsewhere", project="p-2")
    notices = [WEBHOOKS.receive(world.delivery(*each))[0] for each in world.tracker.deliveries()]
    assert [each.about for each in notices] == [About.NEW_ISSUE, About.ISSUE, About.COMMENTS]
    assert [each.status_id for each in notices] == ["todo", "doing", "doing"]
    assert {(each.issue_id, each.workspace_hint, each.subscription_ids) for each in notices} == {
        (id_, "w-1", (made.id,))
    }
    assert len({each.delivery_id for each in notices}) == 3


def test_a_repetition_bears_the_same_id(world):
    WEBHOOKS.subscribe(world.subscription())
    world.tracker.add_issue("Printer")
    ((headers, body),) = world.tracker.deliveries()
    world.later(hours=1)
    assert refusal(WEBHOOKS.receive, world.delivery(headers, body)) == "unverified"
    (again,) = WEBHOOKS.receive(world.delivery(world.tracker.sign(body), body))
    assert again.delivery_id in body.decode()


def test_what_is_not_signed_is_not_read(world):
    body = b'{"delivery": '
    headers = world.tracker.sign(body)
    assert refusal(WEBHOOKS.receive, world.delivery(headers, body)) == "unreadable"
    younger = headers | {"x-tracker-timestamp": str(int(headers["x-tracker-timestamp"]) + 1)}
    other = {"client_id": "helpdesk-app", "client_secret": Secret("other")}
    for delivery in (
        world.delivery({}, body),
        world.delivery(younger, body),
        world.delivery(headers, body + b" "),
        world.delivery(headers | {"x-tracker-signature": "\ud800é"}, body),
        world.delivery(headers | {"x-tracker-timestamp": "\ud800é"}, body),
        world.delivery(headers, body, other),
        world.delivery(headers, body, {}),
    ):
        assert refusal(WEBHOOKS.receive, delivery) == "unverified"


def test_other_events_say_nothing(world):
    body = b'{"delivery": "d", "event": "project.renamed"}'
    assert WEBHOOKS.receive(world.delivery(world.tracker.sign(body), body)) == ()


def test_one_standing_order_is_kept_and_strays_go(world):
    first = WEBHOOKS.subscribe(world.subscription())
    stray = WEBHOOKS.subscribe(world.subscription(first.id, url="https://old.example/hook"))
    assert set(world.orders()) == {stray.id}
    second = WEBHOOKS.subscribe(world.subscription())
    assert set(world.orders()) == {second.id}
    assert WEBHOOKS.subscribe(world.subscription(second.id)).id == second.id
    third = WEBHOOKS.subscribe(world.subscription(second.id, projects=("p-1", "p-2")))
    assert set(world.orders()) == {third.id} != {second.id}


def test_a_standing_order_ends_unless_it_is_renewed(world):
    made = WEBHOOKS.subscribe(world.subscription())
    world.tracker.new_grant(("w-1",))
    for grant in world.tracker.grants:
        grant.ends_at = None
    world.later(days=20)
    renewed = WEBHOOKS.renew(world.subscription(made.id))
    assert renewed.id == made.id
    assert renewed.expires_at > made.expires_at
    world.later(days=31)
    assert WEBHOOKS.renew(world.subscription(made.id)) is None
    assert WEBHOOKS.renew(world.subscription()) is None


def test_unsubscribing_twice_is_harmless(world):
    made = WEBHOOKS.subscribe(world.subscription())
    WEBHOOKS.unsubscribe(world.subscription(made.id))
    WEBHOOKS.unsubscribe(world.subscription(made.id))
    assert world.orders() == {}


def test_an_address_that_cannot_be_reached_is_named(world):
    assert refusal(WEBHOOKS.subscribe, world.subscription(url=HOOK.replace("https", "http"))) == "address_unsuitable"


# ── health ──


def examine(world, **more):
    return HEALTH.examine(
        HealthRequest(
            connection=world.connection,
            now=world.moment,
            consented_at=world.moment,
            projects=(ACME, RemoteProject(id="p-2", key="OPS", name="Operations")),
            **more,
        )
    )


def standings(examination):
    assert len({(each.check, each.project_id) for each in examination.findings}) == len(examination.findings)
    return {(each.check, each.project_id): (each.standing.value, each.code) for each in examination.findings}


def test_a_healthy_connection_is_well_and_only_read(world):
    examination = examine(world, thorough=True)
    assert {each.standing for each in examination.findings} == {Standing.OK}
    assert examination.workspace is None
    assert {method for method, _ in world.asked()} == {"GET"}


@pytest.mark.parametrize("permission", ["move", "create", "comment", "listen"])
def test_a_missing_permission_is_named_where_it_is_needed(world, permission):
    well = standings(examine(world))
    world.tracker.forbid(permission)
    assert standings(examine(world)) == well | {
        (f"permission.{permission}", "p-1"): ("trouble", f"{permission}_missing")
    }
    assert standings(examine(world, features=frozenset({Feature.READ}))) == well


@pytest.mark.parametrize("code", ["project_hidden", "project_archived"])
def test_a_lost_project_is_blamed_once(world, code):
    if code == "project_hidden":
        world.tracker.forbid("browse")
    else:
        world.tracker.archive("p-1")
    found_ = standings(examine(world))
    assert found_["project", "p-1"] == ("trouble", code)
    assert {value[0] for key, value in found_.items() if key[1] == "p-1"} == {"trouble", "unknown"}
    assert found_["permission.move", "p-2"] == ("ok", "")


@pytest.mark.parametrize("code", ["account_locked", "no_access"])
def test_a_lost_account_is_blamed_once(world, code):
    checks = set(standings(examine(world, thorough=True)))
    if code == "account_locked":
        world.tracker.lock_account()
    else:
        world.tracker.shut_out("w-1")
    found_ = standings(examine(world, thorough=True))
    assert set(found_) == checks
    assert found_.pop(("account", "")) == ("trouble", code)
    assert {standing for standing, _ in found_.values()} == {"unknown"}


def test_health_raises_outages_and_tells_a_new_name(world):
    world.tracker.rename_workspace("w-1", "Acme & Sons")
    assert examine(world).workspace.name == "Acme & Sons"
    world.answers(500)
    with pytest.raises(TemporarilyUnavailable):
        examine(world)
    world.tracker.interfere = None
    world.tracker.revoke_tokens()
    with pytest.raises(AuthorizationLost):
        examine(world)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("acme", "usable"),
        (" ACME-7 ", "usable"),
        ("https://tracker.test/w/w-1/issues/ACME-7", "usable"),
        ("OLD", "project_archived"),
        ("NONE", "absent_or_hidden"),
        ("OPS", "usable_in_part"),
        ("", "not_a_key"),
        ("https://[", "not_a_key"),
        ("\ud800", "not_a_key"),
    ],
)
def test_a_probe_says_why(world, text, code):
    world.tracker.forbid("comment", "p-2")
    finding = HEALTH.probe(ProbeRequest(connection=world.connection, text=text))
    assert finding.code == code
    assert (finding.standing is Standing.OK) == (code == "usable")
    assert finding.cure or finding.remedy is Remedy.REFRESH_PROJECTS


def test_a_session_without_the_tracker_reaches_nothing(world):
    def cut(_request):
        msg = f"https://tracker.test/?token={world.connection.credentials.access_token.reveal()}"
        raise requests.ConnectionError(msg)

    world.tracker.interfere = cut
    with pytest.raises(TemporarilyUnavailable) as lost:
        opened(world, "i-1")
    assert world.connection.credentials.access_token.reveal() not in str(lost.value)
    assert lost.value.__suppress_context__
