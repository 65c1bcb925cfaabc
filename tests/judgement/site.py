"""A helpdesk whose mapping of a real workflow was suggested, judged, answered and saved, as an admin would do it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, inspect, select

from helpdesk_core.accounts.models import User
from helpdesk_core.host import Host
from helpdesk_core.mapping import judging, moves
from helpdesk_core.mapping.board import Board, ResolvedBoard
from helpdesk_core.mapping.drafts import Draft
from helpdesk_core.mapping.judgement import Judgement
from helpdesk_core.mapping.models import MoveAllowance, MoveDefault
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.service import resolved_board, suggest
from helpdesk_core.mapping.versions import add_version, latest
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored
from helpdesk_core.mapping.workflows import read_workflows
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import list_statuses
from plugins.jira.scopes import READ_WORKFLOWS
from plugins.jira.simulator import Simulator, World, world_from_workflow
from plugins.jira.simulator.world import SeededIssue
from tests.sync.stand import SCOPES, connect_site

SITE, PROJECT, BOT, PERSON = "real", "REAL", "bot@acme.example", "dana@acme.example"
ADMINISTERS = frozenset({"ADMINISTER", "ADMINISTER_PROJECTS"})


def world_of(file: dict[str, Any], *, readable: bool, seeds: bool) -> World:
    """Make a world around a workflow.

    Args:
        file: the workflow.
        readable: whether the account may read whole workflows.
        seeds: whether an issue stands in each status, from which its ways out can be learnt.
    """
    world = world_from_workflow(file)
    site = world.sites[0]
    kind = site.projects[0].issue_types[0].id
    issues = [
        SeededIssue(project=PROJECT, issue_type=kind, summary="Seed", status=str(status["id"]))
        for status in file["statuses"]
    ]
    members = tuple(
        replace(each, everywhere=each.everywhere | ADMINISTERS) if readable else each for each in site.members
    )
    app = {"scopes": (*world.app.scopes, READ_WORKFLOWS.scope)} if readable else {}
    kept = (*site.issues, *(issues if seeds else ()))
    return replace(world.with_app(**app), sites=(replace(site, members=members, issues=kept),))


@dataclass
class Mapped:
    """The helpdesk after an admin accepted every suggestion and answered every question."""

    host: Host
    simulator: Simulator
    connection_id: int
    board: Board
    asked: int = 0
    """How many questions were answered: values for fields, and leave to pass done statuses."""

    @property
    def resolved(self) -> ResolvedBoard:
        """The board in force, as the rules ask it."""
        with self.host.database.read() as session:
            return resolved_board(session, self.connection_id)

    def judgement(self) -> Judgement:
        """Judge the board in force for the one kind of issue that there is."""
        with self.host.database.read() as session:
            found = judging.judge_board(session, self.connection_id, latest(session, self.connection_id).board)
        (verdict,) = found.verdicts
        return verdict.judgement

    def unanswered(self) -> Judgement:
        """Judge the board with every answer taken back."""
        with self.host.database.write() as session:
            for model in (MoveDefault, MoveAllowance):
                session.execute(delete(model))
        return self.judgement()


def map_by_suggestion(host: Host, simulator: Simulator, *, readable: bool) -> Mapped:
    """Connect, use the project, suggest, answer what is asked, and save."""
    scopes = (*SCOPES, READ_WORKFLOWS.scope) if readable else SCOPES
    connection_id = connect_site(host, simulator, site=SITE, account=BOT, scopes=scopes)
    refresh_vocabulary(host, connection_id)
    with host.database.write() as session:
        (project,) = read_stored(session, connection_id).projects
        choose_projects(session, connection_id, [project.id])
    read_details(host, connection_id)
    read_workflows(host, connection_id, project.id)
    with host.database.write() as session:
        stored, statuses = read_stored(session, connection_id), tuple(list_statuses(session))
        facet = host.registry.get("jira").status_vocabulary
        board = suggest(Draft(board=Board(), based_on=0), facet, stored, statuses).board
        dana = session.scalars(select(User)).one()
        asked = answer(session, connection_id, board)
        add_version(session, connection_id, board, seen=0, by=dana, now=host.now())
    return Mapped(host, simulator, connection_id, board, asked)


def answer(session: Any, connection_id: int, board: Board) -> int:
    """Give every required field its first value, and allow what is suggested, until nothing more is asked."""
    count = 0
    while True:
        page = moves.read_page(session, connection_id, board)
        values = {each.key: each.value or (each.options[0].id if each.options else "x") for each in page.required}
        allowed = {each.key for each in page.crossings if each.allowed or each.suggested}
        offered = {each.key for each in page.crossings}
        given = moves.Answers(values=values, offered=offered, allowed=allowed)
        changed = moves.save(session, connection_id, given, board)
        session.flush()
        if not changed:
            return count
        count += changed


# ── situations ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Situation:
    """All of a link that decides what happens next."""

    local: str
    remote: str
    memory: str

    @classmethod
    def of(cls, link: Link, ticket: Ticket) -> Situation:
        remembered = (link.base_ticket, link.base_remote, sorted(link.own), link.attempt, link.state, link.reason)
        return cls(ticket.status, link.remote_status, repr(remembered))


def copy_of(mapped: Mapped, link_id: int) -> int:
    """Make a second ticket and issue that stand as a pair does; return the id of their link."""
    with mapped.host.database.write() as session:
        link = session.get_one(Link, link_id)
        ticket = Ticket(**_values(session.get_one(Ticket, link.ticket_id)))
        key, issue_id = new_issue(mapped, link.remote_status)
        session.add(ticket)
        session.flush()
        made = Link(**_values(link) | {"ticket_id": ticket.id, "issue_id": issue_id, "issue_key": key})
        session.add(made)
        session.flush()
        return made.id


def new_issue(mapped: Mapped, status: str | None = None) -> tuple[str, str]:
    """Create an issue in a status, or in the first of its workflow; return its key and id."""
    live, control = mapped.simulator.state.site(SITE), mapped.simulator.control
    key = control.create_issue(SITE, PROJECT, live.site.projects[0].issue_types[0].name, "Walks", PERSON)
    issue = live.issue(key)
    assert issue is not None
    if status is not None and issue.status_id != status:
        control.transition(SITE, key, status, PERSON)
    return key, issue.id


def _values(row: Any) -> dict[str, object]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs if each.key != "id"}
