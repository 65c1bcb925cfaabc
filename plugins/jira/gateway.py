"""Reads Jira's issues and takes them through their workflow, one transition at a time.

A status cannot be set at Jira, only reached by a transition that is open from the present one (``jira-cloud-api.md``
§2.7). The search index lags behind (§2.9), so it only ever says which issues to look at; what is true comes from
``bulkfetch`` and from the issue itself.
"""

from __future__ import annotations

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import TicketGateway
from helpdesk_core.values import (
    ChangedRequest,
    ConnectionView,
    FieldOption,
    FindRequest,
    HopRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OpenIssue,
    Transition,
    TransitionField,
)
from plugins.jira.backlinks import show_ticket
from plugins.jira.errors import renamed
from plugins.jira.fields import transition_body
from plugins.jira.finding import FOUND, key_in, words_query
from plugins.jira.hops import refusals_of
from plugins.jira.issue_client import JiraIssueClient
from plugins.jira.issue_payloads import FieldPayload, IssuePayload, TransitionPayload


class JiraTicketGateway(TicketGateway):
    """The issues of one Jira site."""

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        """Read many issues, a hundred in one call."""
        client = JiraIssueClient.of(request.connection)
        found = client.issues(list(dict.fromkeys(request.issue_ids)))
        if request.issue_ids and not found:
            client.myself()  # the endpoint is open to strangers, who see nothing (facts §2.9; masked-401-as-empty-200)
        return tuple(issue_of(payload, request.connection) for payload in found)

    def open(self, request: IssueRequest) -> OpenIssue:
        """Read an issue with its transitions in one call; a second one only where there are none."""
        client = JiraIssueClient.of(request.connection)
        with renamed(not_found="gone"):
            told = client.open_issue(request.issue_id)
            # to an account that may not transition, Jira answers with the same empty list as at a dead end (§2.7)
            may = None if told["transitions"] else client.may("TRANSITION_ISSUES", told["issue"]["id"])
        return OpenIssue(
            issue=issue_of(told["issue"], request.connection),
            transitions=tuple(transition_of(payload) for payload in told["transitions"]),
            may_transition=may,
        )

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        """Find by key or address, then by words."""
        client, text = JiraIssueClient.of(request.connection), " ".join(request.text.split())
        key = key_in(text, request.connection.workspace.url)
        found = client.issues([key]) if key else []
        query = words_query(text)
        if query and len(found) < FOUND:
            found += [issue for issue in _searched(client, query) if issue["id"] not in {one["id"] for one in found}]
        return tuple(issue_of(payload, request.connection) for payload in found[:FOUND])

    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        """Search for what changed lately.

        One project that is gone makes Jira refuse the whole query; the others must not go unwatched for it.
        """
        client = JiraIssueClient.of(request.connection)
        projects = [project_id for project_id in request.project_ids if project_id.isdecimal()]
        minutes = max(request.minutes, 1)
        try:
            return tuple(client.search_ids(_changed_query(projects, minutes))) if projects else ()
        except Rejected as refusal:
            if refusal.code != "invalid" or len(projects) < 2:  # noqa: PLR2004 - one project is no use to divide
                raise
            return _changed_by_project(client, projects, minutes, refusal)

    def hop(self, request: HopRequest) -> None:
        """Take a transition, with values for fields of its screen only: Jira refuses any other (facts §2.7)."""
        on_screen = {field.id: field for field in request.transition.fields}
        fields = [(on_screen[name], value) for name, value in request.fields.items() if name in on_screen]
        body = transition_body(request.transition.id, fields)
        with renamed(not_found="gone"):
            JiraIssueClient.of(request.connection).transition(request.issue_id, body, refusals_of(request.transition))

    def link_back(self, request: LinkBackRequest) -> None:
        """Show the ticket on the issue."""
        with renamed(not_found="gone"):
            show_ticket(JiraIssueClient.of(request.connection), request)


def address_of(key: str, connection: ConnectionView) -> str:
    """Return where people find an issue. Made here, because sites are renamed and answers hold the gateway's own."""
    return f"{connection.workspace.url.rstrip('/')}/browse/{key}"


def issue_of(payload: IssuePayload, connection: ConnectionView) -> Issue:
    """Return an issue."""
    return Issue(
        id=payload["id"],
        key=payload["key"],
        title=payload["summary"],
        url=address_of(payload["key"], connection),
        project_id=payload["project_id"],
        kind_id=payload["type_id"],
        status_id=payload["status_id"],
    )


def transition_of(payload: TransitionPayload) -> Transition:
    """Return a transition with its screen."""
    return Transition(
        id=payload["id"],
        name=payload["name"],
        to_id=payload["to_id"],
        fields=tuple(_field(field) for field in payload["fields"]),
    )


def _field(payload: FieldPayload) -> TransitionField:
    return TransitionField(
        id=payload["id"],
        name=payload["name"],
        required=payload["required"],
        options=tuple(FieldOption(id=option["id"], name=option["name"]) for option in payload["options"]),
        shape=payload["shape"],
    )


def _searched(client: JiraIssueClient, query: str) -> list[IssuePayload]:
    try:
        return client.search(query, FOUND)
    except Rejected as refusal:
        if refusal.code != "invalid":
            raise
        return []  # words that Jira's search does not understand find nothing


def _changed_query(projects: list[str], minutes: int) -> str:
    """Relative, because absolute times are read in the account's own time zone (facts §2.9)."""
    return f"project in ({', '.join(projects)}) AND updated >= -{minutes}m ORDER BY updated"


def _changed_by_project(
    client: JiraIssueClient, projects: list[str], minutes: int, refusal: Rejected
) -> tuple[str, ...]:
    found: list[str] = []
    refused = 0
    for project_id in projects:
        try:
            found += client.search_ids(_changed_query([project_id], minutes))
        except Rejected as error:
            if error.code != "invalid":
                raise
            refused += 1
    if refused == len(projects):
        raise refusal
    return tuple(dict.fromkeys(found))
