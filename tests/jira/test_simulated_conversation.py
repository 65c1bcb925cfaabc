"""The conversation over real HTTP with the simulated Atlassian, which is an independent reading of the documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.outbound import new_session
from helpdesk_core.values import (
    CommentsRequest,
    ConnectionView,
    EditRequest,
    PostRequest,
    RemoteComment,
    WithdrawRequest,
)
from plugins.jira.conversation import JiraConversation
from plugins.jira.simulator import Simulator, demo_world
from plugins.jira.simulator.world import MEMBER_ROLE
from plugins.jira.vocabulary import JiraStatusVocabulary
from tests.jira.test_simulated import CALLBACK_URL, connect, settings_for, view_of

conversation = JiraConversation()
BOT, DANA = "helpdesk-bot@acme.example", "dana@acme.example"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """The demo, where SUP is a service project: its comments may be internal."""
    world = demo_world(CALLBACK_URL)
    acme = world.sites[0]
    projects = tuple(replace(each, type="service_desk") if each.key == "SUP" else each for each in acme.projects)
    with Simulator(replace(world, sites=(replace(acme, projects=projects), *world.sites[1:]))).serve() as running:
        yield running


@pytest.fixture
def view(simulator: Simulator) -> Iterator[ConnectionView]:
    with new_session() as http:
        yield view_of(connect(simulator, http), settings_for(simulator), http)


def test_the_service_project_is_known_as_one(view: ConnectionView) -> None:
    serving = {each.key for each in JiraStatusVocabulary().read(view).projects if each.serves_requesters}
    assert serving == {"SUP"}


@pytest.fixture
def issue_id(simulator: Simulator) -> str:
    found = simulator.state.site("acme").issue("SUP-2")
    assert found is not None
    return found.id


def read(view: ConnectionView, issue_id: str) -> tuple[RemoteComment, ...]:
    return conversation.read(CommentsRequest(connection=view, issue_id=issue_id))


def post(view: ConnectionView, issue_id: str, body: str = "It *hums*.", marker: str = "m-1") -> RemoteComment:
    request = PostRequest(connection=view, issue_id=issue_id, marker=marker, author="Ann Lee", body=body)
    return conversation.post(request)


def test_what_is_written_is_found_again_by_its_marker(
    view: ConnectionView, simulator: Simulator, issue_id: str
) -> None:
    simulator.control.comment("acme", "SUP-2", DANA, "Since when?")
    simulator.control.reset_calls()
    posted = post(view, issue_id)
    assert simulator.control.counts() == {"addComment": 1}
    theirs, ours = read(view, issue_id)
    assert simulator.control.counts() == {"addComment": 1, "getComments": 1}
    assert ours == posted
    assert (ours.marker, ours.body, ours.internal) == ("m-1", "**Ann Lee** wrote:\n\nIt *hums*.", False)
    assert (theirs.marker, theirs.body, theirs.author, theirs.internal) == ("", "Since when?", "Dana Admin", False)
    assert ours.created_at >= theirs.created_at


def test_a_lost_answer_is_found_again_and_nothing_is_written_twice(
    view: ConnectionView, simulator: Simulator, issue_id: str
) -> None:
    simulator.control.fault("addComment", "lose-answer")
    with pytest.raises(TemporarilyUnavailable):
        post(view, issue_id, marker="m-lost")
    assert [one.marker for one in read(view, issue_id)] == ["m-lost"]
    assert simulator.control.counts()["addComment"] == 1


def test_many_comments_take_a_call_for_each_hundred(view: ConnectionView, simulator: Simulator, issue_id: str) -> None:
    made = [simulator.control.comment("acme", "SUP-2", DANA, f"{number}.") for number in range(101)]
    simulator.control.reset_calls()
    assert [one.id for one in read(view, issue_id)] == made
    assert simulator.control.counts() == {"getComments": 2}


def test_restricted_and_internal_comments_are_internal(
    view: ConnectionView, simulator: Simulator, issue_id: str
) -> None:
    simulator.control.comment("acme", "SUP-2", DANA, "Customers see this.")
    simulator.control.comment("acme", "SUP-2", DANA, "They do not see this.", internal=True)
    assert [one.internal for one in read(view, issue_id)] == [False, True]
    simulator.control.comment("acme", "SUP-2", BOT, "For us.", visibility={"type": "role", "value": MEMBER_ROLE})
    assert [one.internal for one in read(view, issue_id)] == [False, True, True]


def test_an_edit_keeps_the_marker_and_tells_that_the_text_is_another(
    view: ConnectionView, simulator: Simulator, issue_id: str
) -> None:
    posted = post(view, issue_id)
    simulator.control.advance(1)
    edited = conversation.edit(
        EditRequest(connection=view, issue_id=issue_id, comment_id=posted.id, author="Ann Lee", body="It roars.")
    )
    assert (edited.id, edited.marker, edited.body) == (posted.id, "m-1", "**Ann Lee** wrote:\n\nIt roars.")
    assert edited.updated_at > posted.updated_at
    assert read(view, issue_id) == (edited,)


def test_a_comment_is_withdrawn_once(view: ConnectionView, simulator: Simulator, issue_id: str) -> None:
    posted = post(view, issue_id)
    request = WithdrawRequest(connection=view, issue_id=issue_id, comment_id=posted.id)
    conversation.withdraw(request)
    assert read(view, issue_id) == ()
    conversation.withdraw(request)
    simulator.control.delete_issue("acme", "SUP-2", BOT)
    conversation.withdraw(request)


def test_missing_permissions_are_told_apart_from_what_is_gone(
    view: ConnectionView, simulator: Simulator, issue_id: str
) -> None:
    posted = post(view, issue_id)
    again = EditRequest(connection=view, issue_id=issue_id, comment_id=posted.id, author="Ann Lee", body="x")
    away = WithdrawRequest(connection=view, issue_id=issue_id, comment_id=posted.id)
    simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS"], "SUP")
    for act in (
        lambda: post(view, issue_id),
        lambda: conversation.edit(again),
        lambda: conversation.withdraw(away),
    ):
        with pytest.raises(Rejected) as caught:
            act()
        assert caught.value.code == "no_permission"
    simulator.control.delete_issue("acme", "SUP-2", BOT)
    for act in (lambda: post(view, issue_id), lambda: conversation.edit(again), lambda: read(view, issue_id)):
        with pytest.raises(Rejected) as caught:
            act()
        assert caught.value.code == "gone"


def test_an_expired_token_is_never_taken_for_an_issue_that_is_gone(
    view: ConnectionView, simulator: Simulator, issue_id: str
) -> None:
    simulator.control.mask_invalid_tokens()
    simulator.control.expire_access_tokens()
    for act in (lambda: read(view, issue_id), lambda: post(view, issue_id)):
        with pytest.raises(AuthorizationLost):
            act()


@pytest.mark.parametrize(
    "body",
    [
        "<div>\nhidden?\n</div>",
        "# Heading\n\n- one\n  - two\n\n> quote\n\n```\ncode\n```\n\n|a|b|\n|-|-|\n|1|2|",
        "[press](javascript:alert(1))",
        "x" * 40_000,
        "",
    ],
)
def test_whatever_is_typed_jira_takes_it(view: ConnectionView, issue_id: str, body: str) -> None:
    post(view, issue_id, body)
    (found,) = read(view, issue_id)
    assert found.body.startswith("**Ann Lee** wrote:")
