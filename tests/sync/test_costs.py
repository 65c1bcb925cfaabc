"""What keeping in step costs, in calls that the simulated Jira counts."""

from __future__ import annotations

from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.sync.models import LinkState
from helpdesk_core.sync.polling import poll
from helpdesk_core.sync.progress import Follow
from helpdesk_core.sync.reconciling import reconcile
from tests.sync.stand import ANALYSIS, IN_PROGRESS, OPEN, RESOLVED, WAITING, Stand


def linked(stand: Stand, jobs: MemoryJobs, key: str, status: str = "open") -> tuple[int, int]:
    """Link a fresh ticket with an issue, and forget what that cost."""
    ticket = stand.ticket(status)
    link = stand.link(ticket, key)
    jobs.run_all()
    stand.calls()
    return ticket, link


def test_linking_is_one_call_and_showing_the_ticket_on_the_issue_one_more(stand, jobs):
    ticket = stand.ticket()
    link = stand.link(ticket, "SUP-2")
    assert stand.calls() == {"getIssue": 1}
    assert stand.row(link).state == LinkState.IN_STEP
    jobs.run(f"connection/{stand.connection_id}/link-back/{link}")
    assert stand.calls() == {"createOrUpdateRemoteIssueLink": 1}


def test_a_direct_move_is_one_read_and_one_write(stand, jobs):
    ticket, link = linked(stand, jobs, "SUP-3", "waiting")
    stand.change(ticket, "in_progress")
    stand.move("SUP-3", IN_PROGRESS)
    jobs.run_all()
    stand.calls()
    stand.change(ticket, "waiting")
    jobs.run_all()
    assert stand.calls() == {"getIssue": 1, "doTransition": 1}
    assert stand.row(link).state == LinkState.IN_STEP


def test_several_hops_are_a_read_and_a_write_each(stand, jobs):
    ticket, link = linked(stand, jobs, "SUP-2")
    stand.change(ticket, "done")
    jobs.run_all()
    assert stand.issue("SUP-2").status_id == RESOLVED
    assert stand.calls() == {"getIssue": 4, "doTransition": 4}  # over analysis, progress and review
    row = stand.row(link)
    assert (row.state, row.base_ticket, row.base_remote, row.own) == (LinkState.IN_STEP, "done", RESOLVED, [])
    assert "In Analysis" in row.sentence


def test_a_change_at_jira_is_one_read(stand, jobs):
    ticket, link = linked(stand, jobs, "SUP-2")
    stand.move("SUP-2", ANALYSIS)
    stand.want(link)
    jobs.run_all()
    assert stand.calls() == {"getIssue": 1}
    assert stand.status_of(ticket) == "in_progress"


def test_a_new_link_whose_issue_must_move_does_so(stand, jobs):
    ticket = stand.ticket("waiting")
    link = stand.link(ticket, "SUP-2", Follow.ISSUE_FOLLOWS)
    assert stand.row(link).state == LinkState.WAITING
    jobs.run_all()
    assert stand.issue("SUP-2").status_id == WAITING
    assert stand.row(link).state == LinkState.IN_STEP


def test_two_tickets_on_one_issue_are_driven_by_it(stand, jobs):
    first, one = linked(stand, jobs, "SUP-2")
    second, two = linked(stand, jobs, "SUP-2")
    stand.change(first, "in_progress")
    jobs.run_all()
    assert stand.issue("SUP-2").status_id == OPEN
    assert stand.row(one).reason == "driven_remotely"
    stand.move("SUP-2", WAITING)
    stand.want(one)
    stand.want(two)
    jobs.run_all()
    assert (stand.status_of(first), stand.status_of(second)) == ("waiting", "waiting")


def test_a_poll_is_one_search_and_one_read_for_a_hundred_issues(stand, jobs):
    linked(stand, jobs, "SUP-2")
    ticket, _ = linked(stand, jobs, "SUP-3", "waiting")
    stand.move("SUP-3", IN_PROGRESS)
    poll(stand.host, stand.connection_id)
    assert stand.calls() == {"searchAndReconsileIssuesUsingJqlPost": 1, "bulkFetchIssues": 1}
    jobs.run_all()
    assert stand.status_of(ticket) == "in_progress"


def test_a_comparison_of_all_links_is_one_read_for_a_hundred_issues(stand, jobs):
    linked(stand, jobs, "SUP-2")
    linked(stand, jobs, "SUP-3", "waiting")
    last = list(reconcile(stand.host, stand.connection_id))[-1]
    assert (last.done, last.total, last.differing) == (2, 2, 0)
    assert stand.calls() == {"bulkFetchIssues": 1}
