"""Tells which status can follow which: from the workflow where the account may read it, else from issues.

Reading a workflow takes the scope ``manage:jira-configuration`` and the permission of an administrator
(``jira-cloud-api.md`` §2.12), so few connections can. Everybody else learns: the transitions that one issue shows in
its present status are the ways out of that status. The workflow in turn does not tell which fields a screen demands, so
what it says is completed from issues.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from helpdesk_core.errors import AuthorizationLost, Rejected
from helpdesk_core.facets import Workflows
from helpdesk_core.values import Evidence, Step, Transition, Workflow, WorkflowRequest
from plugins.jira.gateway import transition_of
from plugins.jira.graphs import Graph, read_graph
from plugins.jira.issue_client import JiraIssueClient
from plugins.jira.issue_payloads import OpenPayload
from plugins.jira.scopes import READ_WORKFLOWS

SAMPLE: Final = 50
"""How many issues one search looks at for the statuses that are still missing."""
REFUSALS: Final = frozenset({"invalid", "not_found", "permission_missing", "removed", "scope_missing"})
"""By which Jira says that this account cannot read this workflow; issues can still be asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What one issue showed."""

    from_id: str
    key: str
    transitions: tuple[Transition, ...]
    is_whole: bool


class JiraWorkflows(Workflows):
    """The workflows of one Jira site."""

    def read(self, request: WorkflowRequest) -> Workflow:
        """Read the workflow, or learn it."""
        client = JiraIssueClient.of(request.connection)
        graph = _graph(client, request)
        return _known(client, request, graph) if graph else _learnt(client, request)


def _graph(client: JiraIssueClient, request: WorkflowRequest) -> Graph | None:
    """Read the workflow if the consent and the account allow it.

    To an account without the permission Jira answers 401 here (D4), which everywhere else means a token that is no
    good. ``/myself`` tells: it passes only a good one.
    """
    if READ_WORKFLOWS.scope not in request.connection.credentials.scopes:
        return None
    try:
        return read_graph(client.workflows(request.project.id, request.kind_id))
    except AuthorizationLost:
        client.myself()
        return None
    except Rejected as refusal:
        if refusal.code not in REFUSALS:
            raise
        return None


def _known(client: JiraIssueClient, request: WorkflowRequest, graph: Graph) -> Workflow:
    fields = _screens(client, request, graph)
    steps = (
        Step(from_id=from_id, transition=fields.get(transition.id, transition), evidence=Evidence.KNOWN)
        for from_id, transition in graph.edges
    )
    return Workflow(status_ids=graph.status_ids, steps=tuple(steps), explored=frozenset(graph.status_ids))


def _screens(client: JiraIssueClient, request: WorkflowRequest, graph: Graph) -> dict[str, Transition]:
    """Learn the screens of the transitions that have one, from as few issues as it takes."""
    wanted = dict(graph.screens)
    found: dict[str, Transition] = {}
    if not wanted:
        return found
    asked = replace(request, status_ids=tuple(one for one in graph.status_ids if _leaves(graph, one, wanted)))
    for seen in _look(client, asked):
        shown = {one.id: one for one in seen.transitions if wanted.get(one.id) == one.to_id}
        found.update({transition_id: one for transition_id, one in shown.items() if transition_id not in found})
        if found.keys() >= wanted.keys():
            break
    return found


def _leaves(graph: Graph, status_id: str, wanted: dict[str, str]) -> bool:
    return any(from_id == status_id and transition.id in wanted for from_id, transition in graph.edges)


def _learnt(client: JiraIssueClient, request: WorkflowRequest) -> Workflow:
    steps: list[Step] = []
    explored: set[str] = set()
    for seen in _look(client, request):
        if seen.from_id in explored:
            continue  # the index was behind, and the issue stands where another one was seen already
        steps += [
            Step(from_id=seen.from_id, transition=one, evidence=Evidence.LEARNT, seen_on=seen.key)
            for one in seen.transitions
        ]
        if seen.is_whole:
            explored.add(seen.from_id)
    return Workflow(status_ids=request.status_ids, steps=tuple(steps), explored=frozenset(explored))


def _look(client: JiraIssueClient, request: WorkflowRequest) -> Iterator[Seen]:
    """Ask one issue for each status: one call each, and a search or two to find them."""
    for issue_id in _one_for_each_status(client, request):
        try:
            told = client.open_issue(issue_id)
            yield Seen(
                from_id=told["issue"]["status_id"],
                key=told["issue"]["key"],
                transitions=tuple(transition_of(payload) for payload in told["transitions"]),
                is_whole=_shows_all(client, told),
            )
        except Rejected as refusal:
            if refusal.code != "not_found":  # deleted since the index saw it
                raise


def _shows_all(client: JiraIssueClient, told: OpenPayload) -> bool:
    """Whether these are all ways out: an empty list can also mean that the account may not transition (§2.7)."""
    if told["transitions"]:
        return told["is_whole"]
    return told["is_whole"] and client.may("TRANSITION_ISSUES", told["issue"]["id"])


def _one_for_each_status(client: JiraIssueClient, request: WorkflowRequest) -> Iterator[str]:
    """Find one issue for each status. Every search looks for the statuses still missing, until it finds none of them.

    Yields as it goes, because who asks may have enough before the end.
    """
    missing = list(dict.fromkeys(one for one in request.status_ids if one.isdecimal()))
    while missing:
        query = (
            f"project = {request.project.id} AND issuetype = {request.kind_id} "
            f"AND status in ({', '.join(missing)}) ORDER BY updated DESC"
        )
        found = {issue["status_id"]: issue["id"] for issue in reversed(client.search(query, SAMPLE))}
        chosen = {status_id: found[status_id] for status_id in missing if status_id in found}
        yield from chosen.values()
        missing = [status_id for status_id in missing if status_id not in chosen] if chosen else []
