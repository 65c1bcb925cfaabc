"""The tracker's plugin creates issues and carries comments, each with its marker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.service import ANN
from helpdesk_core.values import (
    ArrivedRequest,
    CommentsRequest,
    CreateFieldsRequest,
    CreateRequest,
    EditRequest,
    FieldValue,
    IssueRequest,
    OptionsRequest,
    PostRequest,
    RecentRequest,
    WithdrawRequest,
)
from tests.testing.tracker_world import ACME, World

CREATION, TALK = TrackerCreation(), TrackerConversation()


@pytest.fixture
def world():
    return World()


def refusal(call, *args):
    with pytest.raises(Rejected) as refused:
        call(*args)
    return refused.value.code


def fields(world, kind="bug"):
    request = CreateFieldsRequest(connection=world.connection, project=ACME, kind_id=kind)
    return {each.id: each for each in CREATION.fields(request)}


def creation(world, **more):
    usual = {
        "project": ACME,
        "kind_id": "task",
        "marker": "m-1",
        "title": "Printer",
        "body": "It <b>burns</b>",
        "author": "Cy *Dee*",
    }
    return CreateRequest(connection=world.connection, **(usual | more))


def about(world, issue_id):
    return IssueRequest(connection=world.connection, issue_id=issue_id)


def recent(world):
    return CREATION.recent(RecentRequest(connection=world.connection, project_id="p-1", minutes=10))


# ── creating ──


def test_the_form_says_what_is_demanded_and_what_cannot_be_sent(world):
    assert [each.id for each in fields(world).values() if each.required] == ["severity"]
    assert [each.id for each in fields(world)["severity"].options] == ["bad", "mild"]
    assert fields(world)["owner"].searchable
    assert fields(world, "task")["picture"].shape == ""
    world.tracker.forbid("create")
    assert refusal(fields, world) == "no_permission"
    world.tracker.forbid("browse")
    assert refusal(fields, world) == "no_permission"


def test_people_are_found_by_their_letters(world):
    owner, severity = fields(world)["owner"], fields(world)["severity"]
    request = OptionsRequest(connection=world.connection, project=ACME, field=owner, text="ann")
    assert [(each.id, each.name) for each in CREATION.options(request)] == [(ANN, "Ann Lee")]
    assert len(CREATION.options(replace(request, text="person"))) == 20
    assert CREATION.options(replace(request, text="\ud800")) == ()
    assert CREATION.options(replace(request, field=severity)) == ()


def test_an_issue_is_created_with_its_marker_by_one_call(world):
    world.asked()
    made = CREATION.create(creation(world))
    assert world.asked() == [("POST", "/w/w-1/issues")]
    kept = world.tracker.issue(made.id)
    assert (kept.external_id, kept.title, made.key) == ("m-1", "Printer", kept.key)
    assert kept.body == "**Cy \\*Dee\\*** wrote:\n\nIt &lt;b&gt;burns&lt;/b&gt;"
    described = CREATION.describe(about(world, made.id))
    assert (described.marker, described.ours, described.created_at) == ("m-1", True, world.moment)
    assert described.body.endswith("It <b>burns</b>")
    assert recent(world) == (described,)


def test_fields_are_sent_as_they_must_be(world):
    known = fields(world)
    values = {"severity": "bad", "owner": ANN, "priority": " "}
    given = tuple(FieldValue(field=known[name], value=value) for name, value in values.items())
    made = CREATION.create(creation(world, kind_id="bug", fields=given))
    assert world.tracker.issue(made.id).values == {"severity": {"option": "bad"}, "owner": {"person": ANN}}


def test_refused_creations_have_their_names_and_create_nothing(world):
    assert refusal(CREATION.create, creation(world, kind_id="none")) == "kind"
    assert refusal(CREATION.create, creation(world, kind_id="bug")) == "field_required"
    assert refusal(CREATION.create, creation(world, project=replace(ACME, id="p-999"))) == "refused"
    world.tracker.forbid("create")
    assert refusal(CREATION.create, creation(world)) == "no_permission"
    assert recent(world) == ()


def test_a_lost_answer_leaves_the_marker_to_be_found(world):
    world.tracker.lost_answers = 1
    world.asked()
    with pytest.raises(TemporarilyUnavailable):
        CREATION.create(creation(world))
    assert len(world.asked()) == 1
    assert [each.marker for each in recent(world)] == ["m-1"]


def test_recent_names_only_our_own_of_these_minutes(world):
    CREATION.create(creation(world, marker="old"))
    world.later(minutes=20)
    world.tracker.add_issue("By Ann")
    for number in range(25):
        CREATION.create(creation(world, marker=f"m-{number}"))
    assert {each.marker for each in recent(world)} == {f"m-{number}" for number in range(25)}


def test_what_arrived_is_told_oldest_first(world):
    ids = []
    for number in range(25):
        ids.append(world.tracker.add_issue(f"Number {number}"))
        world.later(minutes=1)
    world.tracker.add_issue("A bug", kind="bug")
    world.tracker.add_issue("Elsewhere", project="p-2")
    world.tracker.move(ids[2], "done")
    request = ArrivedRequest(connection=world.connection, project_id="p-1", kind_id="task")
    assert list(CREATION.arrived(request)) == [each for each in ids if each != ids[2]]
    assert list(CREATION.arrived(replace(request, minutes=24))) == ids[1:]


def test_nothing_is_believed_only_of_one_who_is_known(world):
    world.tracker.revoke_tokens(masked=True)
    request = ArrivedRequest(connection=world.connection, project_id="p-1", kind_id="task")
    for call in (lambda: recent(world), lambda: CREATION.arrived(request)):
        with pytest.raises(AuthorizationLost):
            call()


def test_others_issues_have_no_marker(world):
    id_ = world.tracker.add_issue("Printer", body="Help")
    described = CREATION.describe(about(world, id_))
    assert (described.marker, described.ours, described.reporter) == ("", False, "Ann Lee")
    assert (described.body, described.reporter_email) == ("Help", "ann@tracker.test")
    assert refusal(CREATION.describe, about(world, "i-none")) == "gone"


def test_deleting_twice_is_harmless(world):
    made = CREATION.create(creation(world))
    world.tracker.forbid("delete")
    assert refusal(CREATION.delete, about(world, made.id)) == "no_permission"
    world.tracker.allow("delete")
    CREATION.delete(about(world, made.id))
    CREATION.delete(about(world, made.id))
    assert recent(world) == ()


# ── talking ──


@pytest.fixture
def issue_id(world):
    return world.tracker.add_issue("Printer")


def read(world, issue_id, **more):
    return TALK.read(CommentsRequest(connection=world.connection, issue_id=issue_id, **more))


def posting(world, issue_id, marker="m-1", body="Try <this>"):
    return PostRequest(connection=world.connection, issue_id=issue_id, marker=marker, author="Cy", body=body)


def editing(world, issue_id, comment_id):
    return EditRequest(
        connection=world.connection, issue_id=issue_id, comment_id=comment_id, author="Cy", body="Try that"
    )


def withdrawal(world, issue_id, comment_id):
    return WithdrawRequest(connection=world.connection, issue_id=issue_id, comment_id=comment_id)


def test_comments_are_read_oldest_first_to_the_last_page(world, issue_id):
    ids = [world.tracker.say(issue_id, f"Number {number}", internal=number == 3) for number in range(45)]
    posted = TALK.post(posting(world, issue_id))
    found = read(world, issue_id)
    assert [each.id for each in found] == [*ids, posted.id]
    assert [each.id for each in found if each.internal] == [ids[3]]
    assert [each.marker for each in found if each.marker] == ["m-1"]
    assert {each.author for each in found} == {"Ann Lee", "Helpdesk Bot"}
    assert read(world, issue_id, own_only=True) == (posted,)


def test_a_comment_says_who_wrote_it_and_is_made_safe(world, issue_id):
    world.asked()
    posted = TALK.post(posting(world, issue_id))
    assert len(world.asked()) == 1
    assert world.tracker.issue(issue_id).comments[posted.id].text == "**Cy** wrote:\n\nTry &lt;this&gt;"
    assert posted.body == "**Cy** wrote:\n\nTry <this>"
    assert read(world, issue_id) == (posted,)


def test_an_edit_keeps_the_marker_and_changes_the_edition(world, issue_id):
    posted = TALK.post(posting(world, issue_id))
    edited = TALK.edit(editing(world, issue_id, posted.id))
    assert (edited.id, edited.marker) == (posted.id, "m-1")
    assert edited.edition != posted.edition
    assert edited.body.endswith("Try that")
    assert read(world, issue_id) == (edited,)


def test_what_is_not_there_or_not_ours_is_gone(world, issue_id):
    posted, said = TALK.post(posting(world, issue_id)), world.tracker.say(issue_id, "Hello")
    other = world.tracker.add_issue("Other")
    TALK.withdraw(withdrawal(world, issue_id, posted.id))
    TALK.withdraw(withdrawal(world, issue_id, posted.id))
    assert refusal(TALK.edit, editing(world, issue_id, posted.id)) == "gone"
    assert refusal(TALK.edit, editing(world, issue_id, said)) == "gone"
    assert refusal(TALK.edit, editing(world, other, said)) == "gone"
    assert refusal(TALK.withdraw, withdrawal(world, issue_id, said)) == "no_permission"
    assert [each.body for each in read(world, issue_id)] == ["Hello"]
    world.tracker.delete(issue_id)
    assert refusal(read, world, issue_id) == "gone"
    assert refusal(TALK.post, posting(world, issue_id)) == "gone"
    TALK.withdraw(withdrawal(world, issue_id, said))


def test_a_missing_permission_and_a_lost_answer_are_told_apart(world, issue_id):
    world.tracker.lost_answers = 1
    with pytest.raises(TemporarilyUnavailable):
        TALK.post(posting(world, issue_id))
    assert [each.marker for each in read(world, issue_id)] == ["m-1"]
    world.tracker.forbid("comment")
    assert refusal(TALK.post, posting(world, issue_id, "m-2")) == "no_permission"
    assert refusal(TALK.edit, editing(world, issue_id, read(world, issue_id)[0].id)) == "no_permission"


@pytest.mark.parametrize("visibility", ["team", "", "EVERYONE", "somebody"])
def test_only_what_is_known_to_be_public_is_public(world, issue_id, visibility):
    id_ = world.tracker.say(issue_id, "Hush")
    world.tracker.issue(issue_id).comments[id_].visibility = visibility
    assert read(world, issue_id)[0].internal
