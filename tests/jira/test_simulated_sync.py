"""Keeping in step over real HTTP: issues opened and moved, and deliveries that the simulated Atlassian really makes.

As in `test_simulated`, the other side is an independent reading of the same documents.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.outbound import new_session
from helpdesk_core.values import (
    About,
    CommentsRequest,
    ConnectionView,
    CreateRequest,
    Delivery,
    HopRequest,
    IssueRequest,
    Notice,
    OpenIssue,
    PostRequest,
    RemoteProject,
    Secret,
    SubscribeRequest,
    Transition,
)
from plugins.jira.connect import JiraConnectFlow
from plugins.jira.conversation import JiraConversation
from plugins.jira.creation import JiraIssueCreation
from plugins.jira.gateway import JiraTicketGateway
from plugins.jira.simulator import Simulator, demo_world
from plugins.jira.webhooks import JiraWebhookReceiver
from tests.jira.test_simulated import CALLBACK_URL, connect, settings_for, view_of

gateway, receiver = JiraTicketGateway(), JiraWebhookReceiver()

OPEN, ANALYSIS, IN_PROGRESS, REVIEW, RESOLVED, CLOSED = "1", "10100", "3", "10102", "5", "6"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_world(CALLBACK_URL)).serve() as running:
        yield running


@pytest.fixture
def view(simulator: Simulator) -> Iterator[ConnectionView]:
    with new_session() as http:
        yield view_of(connect(simulator, http), settings_for(simulator), http)


def id_of(simulator: Simulator, key: str) -> str:
    found = simulator.state.site("acme").issue(key)
    assert found is not None
    return found.id


def look(view: ConnectionView, issue_id: str) -> OpenIssue:
    return gateway.open(IssueRequest(connection=view, issue_id=issue_id))


def take(view: ConnectionView, issue_id: str, to_id: str, **fields: str) -> Transition:
    """Take the transition that leads there, as a hop of the helpdesk's does."""
    chosen = next(one for one in look(view, issue_id).transitions if one.to_id == to_id)
    gateway.hop(HopRequest(connection=view, issue_id=issue_id, transition=chosen, fields=fields))
    return chosen


# ── opening and moving ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_is_opened_in_one_call_and_taken_over_several_hops(view: ConnectionView, simulator: Simulator) -> None:
    issue_id = id_of(simulator, "SUP-2")
    simulator.control.reset_calls()
    told = look(view, issue_id)
    assert simulator.control.counts() == {"getIssue": 1}
    assert (told.issue.key, told.issue.status_id, told.issue.title) == ("SUP-2", OPEN, "Change of delivery address")
    assert told.issue.url.endswith("/browse/SUP-2")
    for status_id in (ANALYSIS, IN_PROGRESS, REVIEW):
        take(view, issue_id, status_id)
        assert look(view, issue_id).issue.status_id == status_id


def test_a_screen_is_filled_in_with_an_option_that_jira_named(view: ConnectionView, simulator: Simulator) -> None:
    issue_id = id_of(simulator, "SUP-1")
    take(view, issue_id, REVIEW)
    approve = next(one for one in look(view, issue_id).transitions if one.to_id == RESOLVED)
    (resolution,) = (one for one in approve.fields if one.id == "resolution")
    assert resolution.options
    take(view, issue_id, RESOLVED, resolution=resolution.options[0].id)
    assert look(view, issue_id).issue.status_id == RESOLVED
    take(view, issue_id, CLOSED)
    assert look(view, issue_id).issue.status_id == CLOSED


def test_a_transition_that_is_not_open_any_more_is_stale(view: ConnectionView, simulator: Simulator) -> None:
    issue_id = id_of(simulator, "SUP-2")
    accept = take(view, issue_id, ANALYSIS)
    with pytest.raises(Rejected, match="not valid for the current state") as caught:
        gateway.hop(HopRequest(connection=view, issue_id=issue_id, transition=accept))
    assert caught.value.code == "stale"


def test_an_issue_that_nobody_has_is_gone(view: ConnectionView) -> None:
    with pytest.raises(Rejected) as caught:
        look(view, "999999")
    assert caught.value.code == "gone"


def test_an_issue_that_is_hidden_is_gone(view: ConnectionView, simulator: Simulator) -> None:
    simulator.control.hide_project("acme", "SUP", "helpdesk-bot@acme.example")
    with pytest.raises(Rejected) as caught:
        look(view, id_of(simulator, "SUP-1"))
    assert caught.value.code == "gone"


def test_an_issue_that_an_expired_token_does_not_see_is_not_gone(view: ConnectionView, simulator: Simulator) -> None:
    simulator.control.mask_invalid_tokens()
    simulator.control.expire_access_tokens()
    with pytest.raises(AuthorizationLost):
        look(view, id_of(simulator, "SUP-1"))


def test_a_missing_permission_is_told_from_a_dead_end() -> None:
    world = demo_world(CALLBACK_URL)
    acme = world.sites[0]
    members = tuple(replace(member, everywhere=member.everywhere - {"TRANSITION_ISSUES"}) for member in acme.members)
    world = replace(world, sites=(replace(acme, members=members), *world.sites[1:]))
    with Simulator(world).serve() as simulator, new_session() as http:
        view = view_of(connect(simulator, http), settings_for(simulator), http)
        told = look(view, id_of(simulator, "SUP-2"))
    assert (told.transitions, told.may_transition) == ((), False)


@pytest.mark.parametrize(
    ("reason", "extent"),
    [
        ("jira-quota-global-based", Extent.CONNECTION),
        ("jira-burst-based", Extent.OPERATION),
        ("jira-per-issue-on-write", Extent.CALL),
    ],
)
def test_three_limits_hold_up_three_extents_and_nothing_was_moved(
    view: ConnectionView, simulator: Simulator, reason: str, extent: Extent
) -> None:
    issue_id = id_of(simulator, "SUP-2")
    headers = {"Retry-After": "7", "RateLimit-Reason": reason}
    simulator.control.fault("doTransition", "429-html", headers=headers)
    with pytest.raises(TemporarilyUnavailable) as caught:
        take(view, issue_id, ANALYSIS)
    assert (caught.value.extent, caught.value.retry_after) == (extent, 7)
    assert look(view, issue_id).issue.status_id == OPEN


def test_a_lost_answer_is_an_outage_after_which_the_issue_tells(view: ConnectionView, simulator: Simulator) -> None:
    issue_id = id_of(simulator, "SUP-2")
    simulator.control.fault("doTransition", "lose-answer")
    with pytest.raises(TemporarilyUnavailable):
        take(view, issue_id, ANALYSIS)
    assert look(view, issue_id).issue.status_id == ANALYSIS


# ── webhooks ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Mailbox:
    """An address of this machine that takes deliveries as the helpdesk's page would, and keeps them."""

    url: str = ""
    arrived: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def notices(self, view: ConnectionView, now: datetime | None = None) -> list[Notice]:
        moment = now or datetime.now(UTC)
        return [
            notice
            for headers, body in self.arrived
            for notice in receiver.receive(Delivery(headers=headers, body=body, settings=view.settings, now=moment))
        ]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.arrived.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_port}/webhooks/jira"
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


def order(view: ConnectionView, simulator: Simulator, box: Mailbox, *known: str, keys: str = "SUP") -> SubscribeRequest:
    projects = [simulator.state.site("acme").project(key) for key in keys.split()]
    ids = tuple(project.id for project in projects if project)
    return SubscribeRequest(connection=view, url=box.url, project_ids=ids, known_ids=known)


def test_a_move_is_told_and_proved(view: ConnectionView, simulator: Simulator, mailbox: Mailbox) -> None:
    subscription = receiver.subscribe(order(view, simulator, mailbox))
    issue_id, elsewhere = id_of(simulator, "SUP-2"), id_of(simulator, "PLAT-1")
    take(view, issue_id, ANALYSIS)
    take(view, elsewhere, IN_PROGRESS)
    simulator.control.settle_deliveries()
    (notice,) = mailbox.notices(view)
    assert (notice.issue_id, notice.status_id, notice.event) == (issue_id, ANALYSIS, "jira:issue_updated")
    assert notice.subscription_ids == (subscription.id,)
    assert notice.workspace_hint == view.workspace.id
    assert notice.delivery_id == mailbox.arrived[0][0]["x-atlassian-webhook-identifier"]


def test_new_issues_and_comments_are_told_by_what_they_are(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    receiver.subscribe(order(view, simulator, mailbox))
    acme, dana = simulator.control, "dana@acme.example"
    issue_id = id_of(simulator, acme.create_issue("acme", "SUP", "Task", "New", dana))
    comment_id = acme.comment("acme", "SUP-2", dana, "Since when?")
    acme.edit_comment("acme", comment_id, dana, "For how long?")
    acme.delete_comment("acme", comment_id, dana)
    acme.settle_deliveries()
    told = [(one.issue_id, one.about, one.event) for one in mailbox.notices(view)]
    commented = id_of(simulator, "SUP-2")
    assert sorted(told) == sorted(
        [
            (issue_id, About.NEW_ISSUE, "jira:issue_created"),
            (commented, About.COMMENTS, "comment_created"),
            (commented, About.COMMENTS, "comment_updated"),
            (commented, About.COMMENTS, "comment_deleted"),
        ]
    )


def test_an_issue_that_somebody_creates_on_the_board_is_told_as_new_whoever_it_is(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    receiver.subscribe(order(view, simulator, mailbox))
    bot = simulator.control.create_issue("acme", "SUP", "Task", "By hand, as the helpdesk", "helpdesk-bot@acme.example")
    board = f"{simulator.url}/sites/acme/boards/SUP"
    dana = next(each.id for each in simulator.state.accounts.values() if each.email == "dana@acme.example")
    with requests.Session() as browser:
        browser.post(f"{simulator.url}/sites/acme/person", data={"account": dana}, timeout=10)
        browser.post(board, data={"summary": "From the board", "issue_type": "10001"}, timeout=10)
        browser.post(f"{board}/create/10001", data={"summary": "From its page"}, timeout=10)
    simulator.control.settle_deliveries()
    told = {one.issue_id for one in mailbox.notices(view) if one.about is About.NEW_ISSUE}
    issues = simulator.state.site("acme").issues
    new = {"From the board", "From its page", "By hand, as the helpdesk"}
    assert {issues[each].summary for each in told} == new
    assert id_of(simulator, bot) in told


def test_our_own_comments_and_issues_are_told_too_and_bear_their_markers(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    """What is ours comes back as everybody's does; by its marker it is known before anything is made of it."""
    receiver.subscribe(order(view, simulator, mailbox))
    creation, conversation = JiraIssueCreation(), JiraConversation()
    project = simulator.state.site("acme").project("SUP")
    assert project is not None
    made = creation.create(
        CreateRequest(
            connection=view,
            project=RemoteProject(id=project.id, key="SUP", name=project.name),
            kind_id="10001",
            marker="m-issue",
            title="Printer",
            body="Loud.",
            author="Ann",
        )
    )
    conversation.post(PostRequest(connection=view, issue_id=made.id, marker="m-1", author="Ann", body="Very."))
    simulator.control.settle_deliveries()
    notices = {one.about: one for one in mailbox.notices(view)}
    assert notices.keys() == {About.NEW_ISSUE, About.COMMENTS}
    new = creation.describe(IssueRequest(connection=view, issue_id=notices[About.NEW_ISSUE].issue_id))
    assert (new.issue.key, new.marker) == (made.key, "m-issue")
    commented = CommentsRequest(connection=view, issue_id=notices[About.COMMENTS].issue_id)
    assert [one.marker for one in conversation.read(commented)] == ["m-1"]


def test_a_delivery_is_refused_with_another_secret_or_too_late(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    receiver.subscribe(order(view, simulator, mailbox))
    take(view, id_of(simulator, "SUP-2"), ANALYSIS)
    simulator.control.settle_deliveries()
    stranger = replace(view, settings={**view.settings, "client_secret": Secret("a-secret-of-another-app")})
    for refused in (
        lambda: mailbox.notices(stranger),
        lambda: mailbox.notices(view, datetime.now(UTC) + timedelta(minutes=10)),
    ):
        with pytest.raises(Rejected) as caught:
            refused()
        assert caught.value.code == "unverified"
    previous = {**stranger.settings, "client_secret_previous": view.settings["client_secret"]}
    assert mailbox.notices(replace(stranger, settings=previous))


def test_orders_are_kept_changed_renewed_and_removed(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    first = receiver.subscribe(order(view, simulator, mailbox))
    again = receiver.subscribe(order(view, simulator, mailbox, first.id))
    assert again.id == first.id
    second = receiver.subscribe(order(view, simulator, mailbox, first.id, keys="SUP PLAT"))
    assert second.id != first.id
    webhooks = simulator.state.site("acme").webhooks
    assert [str(webhook.id) for webhook in webhooks] == [second.id]
    renewed = receiver.renew(order(view, simulator, mailbox, second.id))
    assert renewed is not None
    assert renewed.expires_at is not None
    assert renewed.expires_at - datetime.now(UTC) > timedelta(days=29)
    assert receiver.renew(order(view, simulator, mailbox, first.id)) is None
    receiver.unsubscribe(order(view, simulator, mailbox, second.id))
    assert simulator.state.site("acme").webhooks == []
    assert JiraConnectFlow().revoke(view).removed == ()


def test_strays_at_another_address_do_not_block_a_new_order(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    """One address for each app, at most five: a former address of this helpdesk must not lock it out (facts §5)."""
    receiver.subscribe(replace(order(view, simulator, mailbox), url="http://127.0.0.1:9/former"))
    assert receiver.subscribe(order(view, simulator, mailbox))
    assert [webhook.url for webhook in simulator.state.site("acme").webhooks] == [mailbox.url]


def test_jiras_words_are_told_where_it_takes_no_order(
    view: ConnectionView, simulator: Simulator, mailbox: Mailbox
) -> None:
    with pytest.raises(Rejected, match="does not exist") as caught:
        receiver.subscribe(replace(order(view, simulator, mailbox), project_ids=("999",)))
    assert caught.value.code == "webhook_refused"
