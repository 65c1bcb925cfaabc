"""Projects, statuses and the suggestion: in few calls, by ids, and with a reason for each proposal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost
from helpdesk_core.values import (
    ProjectRequest,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    StatusCategory,
    Suggestion,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
)
from plugins.jira.vocabulary import CATEGORIES, JiraStatusVocabulary
from tests.jira.atlassian import EXPIRED_401, MYSELF, REST, SHARED, SITES_URL, connection

vocabulary = JiraStatusVocabulary()
WORKFLOWS = sorted((SHARED / "data" / "workflows").glob("*.json"))
SYSTEM = tuple(
    TicketStatus(key=system.value, name=system.value.replace("_", " ").title(), system=system)
    for system in SystemStatus
)
CUSTOM = TicketStatus(key="custom-1", name="In Review", system=SystemStatus.IN_PROGRESS)


def status(status_id: str, name: str, category: object = "new", **members: object) -> dict[str, Any]:
    return {"id": status_id, "name": name, "statusCategory": {"id": 2, "key": category, "name": "?"}, **members}


def site(requests_mock: Mocker, projects: list[dict[str, Any]], statuses: list[dict[str, Any]]) -> None:
    requests_mock.get(f"{REST}/project/search", json={"values": projects, "isLast": True})
    requests_mock.get(f"{REST}/status", json=statuses)


def suggest(name: str, category: StatusCategory, tickets: tuple[TicketStatus, ...] = SYSTEM) -> Suggestion | None:
    remote = RemoteStatus(id="7", name=name, category=category)
    return next(iter(vocabulary.suggest(SuggestRequest(remote=(remote,), tickets=tickets))), None)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_read_tells_owned_from_shared_statuses_and_live_from_archived_projects(requests_mock: Mocker) -> None:
    owned = status("10001", "To Do", scope={"type": "PROJECT", "project": {"id": "10007"}})
    shared = status("3", "In Progress", "indeterminate", scope={"type": "GLOBAL"})
    site(
        requests_mock,
        [
            {"id": "10000", "key": "SUP", "name": "Support", "style": "classic", "simplified": False},
            {"id": "10007", "key": "WEB", "name": "Web", "style": "next-gen", "archived": True, "new": {"x": 1}},
        ],
        [owned, shared, owned],
    )
    found = vocabulary.read(connection())
    assert found.projects == (
        RemoteProject(id="10000", key="SUP", name="Support"),
        RemoteProject(id="10007", key="WEB", name="Web", owns_statuses=True, archived=True),
    )
    assert found.statuses == (
        RemoteStatus(id="10001", name="To Do", category=StatusCategory.NEW, project_id="10007"),
        RemoteStatus(id="3", name="In Progress", category=StatusCategory.IN_PROGRESS),
    )
    assert requests_mock.call_count == 2


@pytest.mark.parametrize(
    ("told", "serves"),
    [("service_desk", True), ("software", False), ("business", False), ("product_discovery", False), (None, False)],
)
def test_only_a_service_project_tells_who_may_read_a_comment(requests_mock: Mocker, told: object, serves: bool) -> None:
    site(requests_mock, [{"id": "1", "key": "A", "projectTypeKey": told}], [status("1", "Open")])
    (found,) = vocabulary.read(connection()).projects
    assert found.serves_requesters is serves


@pytest.mark.parametrize(
    "odd",
    [
        {"statusCategory": None},
        {"statusCategory": {}},
        {"statusCategory": {"key": None}},
        {"statusCategory": {"key": "undefined"}},
        {"statusCategory": {"key": "in-flight"}},
        {"statusCategory": "new"},
        {"scope": None},
        {"scope": {"project": None}},
    ],
)
def test_optional_members_may_be_missing_or_null(requests_mock: Mocker, odd: dict[str, object]) -> None:
    site(requests_mock, [{"id": 1, "key": "A"}], [{"id": 7, "name": "Odd", **odd}])
    found = vocabulary.read(connection())
    assert found.statuses == (RemoteStatus(id="7", name="Odd"),)
    assert found.projects == (RemoteProject(id="1", key="A", name="A"),)


def test_an_empty_site_is_believed_only_after_jira_said_who_we_are(requests_mock: Mocker) -> None:
    site(requests_mock, [], [])
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    assert vocabulary.read(connection()).projects == ()
    assert requests_mock.call_count == 3


@pytest.mark.parametrize(
    ("projects", "statuses"), [([], []), ([], [status("1", "Open")]), ([{"id": "1", "key": "A"}], [])]
)
def test_an_empty_list_to_a_stranger_is_a_lost_authorization(
    requests_mock: Mocker, projects: list[Any], statuses: list[Any]
) -> None:
    """Recorded: masked-401-as-empty-200."""
    site(requests_mock, projects, statuses)
    requests_mock.get(f"{REST}/myself", status_code=401, text="Client must be authenticated to access this resource.")
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    with pytest.raises(AuthorizationLost):
        vocabulary.read(connection())


def test_a_projects_kinds_keep_the_order_of_their_statuses(requests_mock: Mocker) -> None:
    bug = {"id": "1", "name": "Bug", "statuses": [status("10", "To Do"), status("11", "Done", "done")]}
    task = {"id": "2", "name": "Task", "statuses": [status("11", "Done", "done"), status("12", "Dropped", "done")]}
    requests_mock.get(f"{REST}/project/10000/statuses", json=[bug, task])
    project = RemoteProject(id="10000", key="SUP", name="Support")
    detail = vocabulary.project(ProjectRequest(connection=connection(), project=project))
    assert detail.project_id == "10000"
    assert detail.kinds == (
        RemoteKind(id="1", name="Bug", status_ids=("10", "11")),
        RemoteKind(id="2", name="Task", status_ids=("11", "12")),
    )
    assert [found.id for found in detail.statuses] == ["10", "11", "12"]


# ── suggesting ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "category", "expected", "reason"),
    [
        ("in  progress", StatusCategory.IN_PROGRESS, "in_progress", "same name"),
        ("Closed", StatusCategory.DONE, "closed", "same name"),
        ("Open", StatusCategory.UNDEFINED, "open", "same name"),
        ("Done", StatusCategory.IN_PROGRESS, "done", "though Jira counts it as In Progress"),
        ("Open", StatusCategory.DONE, "open", "though Jira counts it as Done"),
        ("Blocked", StatusCategory.NEW, "waiting", "waits for somebody"),
        ("ON HOLD", StatusCategory.IN_PROGRESS, "waiting", "waits for somebody"),
        ("Waiting for customer", StatusCategory.UNDEFINED, "waiting", "waits for somebody"),
        ("Waiting for Triage", StatusCategory.IN_PROGRESS, "in_progress", "In Progress"),
        ("Blocked", StatusCategory.DONE, "done", "Done"),
        ("Backlog", StatusCategory.NEW, "open", "To Do"),
        ("Won't Do", StatusCategory.DONE, "done", "Done"),
        ("Rejected", StatusCategory.DONE, "done", "Done"),
        ("À faire", StatusCategory.NEW, "open", "To Do"),
    ],
)
def test_each_proposal_has_its_reason(name: str, category: StatusCategory, expected: str, reason: str) -> None:
    proposal = suggest(name, category)
    assert proposal is not None
    assert (proposal.remote_id, proposal.ticket_status) == ("7", expected)
    assert reason in proposal.reason


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("Won't Do", True),
        ("Won’t fix", True),
        ("Closed - Rejected", True),
        ("CANCELED", True),
        ("Duplicate", True),
        ("Done", False),
        ("Resolved", False),
        ("Validated", False),
    ],
)
def test_a_done_status_that_says_no_comes_last(name: str, last: bool) -> None:
    proposal = suggest(name, StatusCategory.DONE)
    assert proposal is not None
    assert proposal.comes_last is last
    elsewhere = suggest(name, StatusCategory.NEW)
    assert elsewhere is not None
    assert not elsewhere.comes_last


def test_a_custom_status_of_the_same_name_comes_first() -> None:
    proposal = suggest("In review", StatusCategory.IN_PROGRESS, (*SYSTEM, CUSTOM))
    assert proposal is not None
    assert proposal.ticket_status == "custom-1"


def test_what_neither_name_nor_category_tells_is_left_out() -> None:
    assert suggest("Inventory", StatusCategory.UNDEFINED) is None


def test_nothing_is_proposed_that_the_helpdesk_does_not_have() -> None:
    assert suggest("Blocked", StatusCategory.NEW, ()) is None


@pytest.mark.skipif(not WORKFLOWS, reason=f"no real workflows in {SHARED / 'data' / 'workflows'}")
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_status_with_a_category_of_a_real_workflow_gets_a_proposal(path: Path) -> None:
    statuses = json.loads(path.read_text(encoding="utf-8"))["statuses"]
    remote = tuple(
        RemoteStatus(
            id=str(item["id"]),
            name=item["name"],
            category=CATEGORIES.get(item["category"] or "", StatusCategory.UNDEFINED),
        )
        for item in statuses
    )
    proposals = {found.remote_id: found for found in vocabulary.suggest(SuggestRequest(remote=remote, tickets=SYSTEM))}
    for found in remote:
        if found.category is not StatusCategory.UNDEFINED:
            assert found.id in proposals, found.name
        if found.category is StatusCategory.DONE:
            assert proposals[found.id].ticket_status in {"done", "closed"}, found.name
