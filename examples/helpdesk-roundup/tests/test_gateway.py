"""Issues: reading, finding and moving them in a real tracker that other people use at the same time."""

from __future__ import annotations

import threading

import pytest
from tracker import BOT, Tracker

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.values import (
    ChangedRequest,
    ConnectionView,
    FindRequest,
    HopRequest,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OpenIssue,
    Transition,
)
from helpdesk_roundup import client as client_module
from helpdesk_roundup.client import RoundupClient
from helpdesk_roundup.gateway import RoundupTicketGateway

GATEWAY = RoundupTicketGateway()


def opened(connection: ConnectionView, issue_id: str) -> OpenIssue:
    return GATEWAY.open(IssueRequest(connection=connection, issue_id=issue_id))


def to(seen: OpenIssue, name: str) -> Transition:
    return next(one for one in seen.transitions if one.name == name)


def hop(connection: ConnectionView, issue_id: str, transition: Transition) -> None:
    GATEWAY.hop(HopRequest(connection=connection, issue_id=issue_id, transition=transition))


def test_issues_are_fetched_without_the_retired(tracker: Tracker, connection: ConnectionView) -> None:
    ids = tuple(tracker.add_issue(f"Number {n}") for n in range(3))
    tracker.delete_issue(ids[1])
    found = GATEWAY.fetch(IssuesRequest(connection=connection, issue_ids=(*ids, "999", "nonsense", ids[0])))
    assert [one.id for one in found] == [ids[0], ids[2]]
    assert (found[0].key, found[0].title) == (f"issue{ids[0]}", "Number 0")
    assert found[0].url == f"{tracker.url}issue{ids[0]}"
    assert found[0].status_id == "1"


def test_that_all_is_gone_is_not_believed_of_a_stranger(tracker: Tracker, connect) -> None:
    with pytest.raises(AuthorizationLost):
        GATEWAY.fetch(IssuesRequest(connection=connect(tracker.url, password="wrong"), issue_ids=("1",)))


def test_each_other_status_is_open(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One", "chatting")
    seen = opened(connection, issue_id)
    assert [one.name for one in seen.transitions] == [
        "unread", "deferred", "need-eg", "in-progress", "testing", "done-cbb", "resolved",
    ]  # fmt: skip
    assert {one.to_id for one in seen.transitions}.isdisjoint({seen.issue.status_id})
    hop(connection, issue_id, to(seen, "in-progress"))
    assert tracker.status_of(issue_id) == "in-progress"


@pytest.mark.parametrize("change", ["moved", "said", "retitled"])
def test_a_move_that_was_planned_before_a_change_is_stale(
    tracker: Tracker, connection: ConnectionView, change: str
) -> None:
    issue_id = tracker.add_issue("One", "chatting")
    seen = opened(connection, issue_id)
    if change == "moved":
        tracker.move_issue(issue_id, "resolved")
    elif change == "said":
        tracker.say(issue_id, "By the way")
    else:
        tracker.retitle(issue_id, "Another")
    stands = tracker.status_of(issue_id)
    with pytest.raises(Rejected) as caught:
        hop(connection, issue_id, to(seen, "testing"))
    assert caught.value.code == "stale"
    assert tracker.status_of(issue_id) == stands
    hop(connection, issue_id, to(opened(connection, issue_id), "testing"))
    assert tracker.status_of(issue_id) == "testing"


def test_a_move_is_good_once(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One", "chatting")
    planned = to(opened(connection, issue_id), "testing")
    hop(connection, issue_id, planned)
    with pytest.raises(Rejected) as caught:
        hop(connection, issue_id, planned)
    assert caught.value.code == "stale"


def test_of_two_moves_at_once_each_that_is_refused_is_not_taken(tracker: Tracker, connection: ConnectionView) -> None:
    """Roundup compares the ETag and writes in two steps: of two moves within that moment both may be taken, one over
    the other. What is refused is never taken.
    """
    issue_id = tracker.add_issue("One", "chatting")
    seen = opened(connection, issue_id)
    ended: dict[str, str] = {}

    def move(name: str) -> None:
        try:
            hop(connection, issue_id, to(seen, name))
        except Rejected as refusal:
            ended[name] = refusal.code
        except TemporarilyUnavailable:
            ended[name] = "unknown"
        else:
            ended[name] = "moved"

    threads = [threading.Thread(target=move, args=(name,)) for name in ("testing", "resolved")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 2
    assert set(ended.values()) <= {"moved", "stale", "unknown"}
    assert ended[tracker.status_of(issue_id)] in {"moved", "unknown"}


def test_a_retired_issue_is_gone_though_roundup_still_gives_it(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One", "chatting")
    planned = to(opened(connection, issue_id), "testing")
    tracker.delete_issue(issue_id)
    for attempt in (lambda: opened(connection, issue_id), lambda: hop(connection, issue_id, planned)):
        with pytest.raises(Rejected) as caught:
            attempt()
        assert caught.value.code == "gone"
    assert tracker.status_of(issue_id) == "chatting"


@pytest.mark.parametrize("issue_id", ["999", "", "x", "1/../../user/1", "²"])
def test_what_is_no_issue_is_gone(connection: ConnectionView, issue_id: str) -> None:
    with pytest.raises(Rejected) as caught:
        opened(connection, issue_id)
    assert caught.value.code == "gone"


def test_a_status_that_was_retired_meanwhile_or_a_missing_permission(
    tracker: Tracker, connection: ConnectionView
) -> None:
    issue_id = tracker.add_issue("One", "chatting")
    planned = to(opened(connection, issue_id), "testing")
    with pytest.raises(Rejected) as caught:
        hop(connection, issue_id, Transition(id=planned.id.replace("6@", "77@"), name="x", to_id="77"))
    assert caught.value.code == "refused"
    assert "77" in caught.value.reason
    with pytest.raises(Rejected) as caught:
        hop(connection, issue_id, Transition(id="11", name="of Jira", to_id="6"))
    assert caught.value.code == "stale"


def test_what_a_person_means_is_found(tracker: Tracker, connection: ConnectionView) -> None:
    first = tracker.add_issue("The printer is on fire")
    second = tracker.add_issue("Fire in the 100% printer_room of issue1")
    third = tracker.add_issue("Nothing")

    def found(text: str) -> list[str]:
        return [one.id for one in GATEWAY.find(FindRequest(connection=connection, text=text))]

    assert found(f"issue{third}") == [third]
    assert found(f" #{third} ") == [third]
    assert found(f"ISSUE {third}") == [third]
    assert found("1") == ["1", second]  # its number first, then the titles that say 1
    assert found(f"{tracker.url}issue{third}?@ok=x") == [third]
    assert found(f"https://elsewhere.example/issue{third}") == []
    assert found("printer FIRE") == [second, first]
    assert found("100%") == [second]
    assert found("r_r") == [second]
    assert found("999999999999999") == []
    for nothing in ("", "   ", "%", "issue", "unheard of", "\x00", "-", "x" * 5000):
        assert found(nothing) in ([], [second]), nothing


def test_at_most_twenty_are_found(tracker: Tracker, connection: ConnectionView) -> None:
    with tracker.acting() as db:
        for n in range(25):
            db.issue.create(title=f"Many {n}")
    assert len(GATEWAY.find(FindRequest(connection=connection, text="many"))) == 20


@pytest.mark.parametrize("timezone", ["", "9", "-10"])
def test_what_changed_lately_whatever_the_accounts_time_zone(
    tracker: Tracker, connection: ConnectionView, timezone: str
) -> None:
    if timezone:
        tracker.set_user(BOT, timezone=timezone)
    old, new = tracker.add_issue("Old"), tracker.add_issue("New")
    with tracker.acting("admin") as db:
        db.sql("update _issue set _activity = strftime('%Y%m%d%H%M%S.000', 'now', '-31 minutes') where id = ?", (old,))

    def changed(minutes: int) -> tuple[str, ...]:
        return GATEWAY.changed(ChangedRequest(connection=connection, project_ids=("issue",), minutes=minutes))

    assert changed(30) == (new,)
    assert changed(45) == (old, new)
    # Roundup itself read the date, and did not pass over it: then all that is older would travel, too
    client = RoundupClient.of(connection)
    client.myself()
    which, _ = client.since(30)
    assert [told["id"] for told in client.collection("issue", {"activity": which})] == [new]
    tracker.say(old, "Again")
    assert changed(1) == (old, new)
    assert GATEWAY.changed(ChangedRequest(connection=connection, project_ids=("bug",), minutes=60)) == ()


def test_without_the_servers_time_too_many_are_named_and_none_too_few(
    tracker: Tracker, connection: ConnectionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untold(_text: str) -> None:
        raise ValueError

    monkeypatch.setattr(client_module, "parsedate_to_datetime", untold)
    ancient, new = tracker.add_issue("Ancient"), tracker.add_issue("New")
    with tracker.acting("admin") as db:
        db.sql("update _issue set _activity = strftime('%Y%m%d%H%M%S.000', 'now', '-3 days') where id = ?", (ancient,))
    assert GATEWAY.changed(ChangedRequest(connection=connection, project_ids=("issue",), minutes=5)) == (new,)


def test_lists_are_read_to_the_last_page(
    tracker: Tracker, connection: ConnectionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PAGE", 4)
    ids = [tracker.add_issue(f"Number {n}") for n in range(11)]
    assert list(GATEWAY.changed(ChangedRequest(connection=connection, project_ids=("issue",), minutes=9))) == ids
    found = GATEWAY.fetch(IssuesRequest(connection=connection, issue_ids=tuple(ids)))
    assert [one.id for one in found] == ids


def test_a_ticket_is_named_once_and_its_issue_stays_where_it_is(tracker: Tracker, connection: ConnectionView) -> None:
    issue_id = tracker.add_issue("One", "resolved", "It fails")

    def name(title: str, *, solved: bool = False) -> None:
        url = "https://desk.example/tickets/7"
        GATEWAY.link_back(
            LinkBackRequest(
                connection=connection, issue_id=issue_id, ticket_id=7, ticket_title=title, ticket_url=url, solved=solved
            )
        )

    name("Printer")
    name("Printer")
    assert tracker.messages(issue_id)[1:] == ["Helpdesk ticket #7: Printer\nhttps://desk.example/tickets/7"]
    name("Big\nprinter", solved=True)
    assert tracker.messages(issue_id)[1:] == [
        "Helpdesk ticket #7: Big printer (solved)\nhttps://desk.example/tickets/7"
    ]
    assert tracker.status_of(issue_id) == "resolved"
