"""Where an issue is in its workflow and where it is to go, as a picture and a sentence for agents. Makes no call.

The way shown is the plan by what is known now. Carrying it out asks the issue itself before each move, so what happens
may differ; the panel beside the picture says what did.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from helpdesk_core.mapping.board import Leave, ResolvedBoard, Targets
from helpdesk_core.mapping.flow import Journey
from helpdesk_core.mapping.paths import (
    FieldRequired,
    NoCard,
    NoPath,
    NoPermission,
    Outcome,
    Plan,
    Planner,
    ThroughDone,
    Unknown,
)
from helpdesk_core.mapping.picture import Picture
from helpdesk_core.mapping.pictures import issue_picture
from helpdesk_core.mapping.wording import listed
from helpdesk_core.mapping.workflows import known_workflow, terms
from helpdesk_core.sync.links import Names, policy_for
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.values import Workflow


@dataclass(frozen=True, kw_only=True, slots=True)
class Whereabouts:
    """Where an issue is, and where it is to go."""

    sentence: str
    picture: Picture


def whereabouts(session: Session, link: Link, local: str, board: ResolvedBoard, called: Names) -> Whereabouts | None:
    """Draw where the issue of a link is; None where nothing is known of its workflow, or the issue is gone.

    `local` is the status of the ticket.
    """
    workflow = known_workflow(session, link.connection_id, link.project_id, link.kind_id)
    if link.state == LinkState.GONE or not (workflow.steps or workflow.explored):
        return None
    outcome = _planned(session, link, local, board, workflow)
    return Whereabouts(
        sentence=_words(link, outcome, called, called.ticket(local)),
        picture=issue_picture(
            session, link.connection_id, link.project_id, workflow, _journey(link.remote_status, outcome)
        ),
    )


def _planned(session: Session, link: Link, local: str, board: ResolvedBoard, workflow: Workflow) -> Outcome | None:
    """Plan the move that the link wants; None: it wants none."""
    here, targets = link.remote_status, board.outbound(local)
    changed = link.base_ticket != local or link.attempt is not None
    if not changed or link.state == LinkState.CONFLICT or isinstance(targets, Leave) or board.agrees(local, here):
        return None
    if not policy_for(session, link).outward:
        return None
    planner = Planner(workflow, terms(session, link.connection_id))
    return planner.plan(here, Targets(targets.ids), underway=here in link.own)


def _journey(here: str, outcome: Outcome | None) -> Journey:
    match outcome:
        case Plan(target=target, hops=hops):
            return Journey(here=here, path=(here, *(hop.to_id for hop in hops)), goal=target)
        case None | NoCard() | NoPermission():
            return Journey(here=here)
        case _:
            return Journey(here=here, goal=outcome.target)


def _words(link: Link, outcome: Outcome | None, called: Names, ticket_name: str) -> str:
    """Say it in one sentence."""
    at = f"{link.issue_key} is in {called.remote(link.remote_status)}"
    match outcome:
        case None | NoPermission():
            return f"{at}."
        case NoCard():
            return f"{at}. No status of its workflow stands for {ticket_name}."
        case Plan(target=target, hops=hops):
            # what stopped it may have been mended since: the panel says by what, and offers to try again
            may = ", and by what is known now it could get" if link.state == LinkState.STOPPED else ", and is to get"
            over = f" over {listed(called.remote(hop.to_id) for hop in hops[:-1])}" if len(hops) > 1 else ""
            return f"{at}{may} to {called.remote(target)}{over}."
        case _:
            return f"{at}, and should get to {called.remote(outcome.target)}. {_hindrance(outcome, called)}"


def _hindrance(outcome: NoPath | ThroughDone | FieldRequired | Unknown, called: Names) -> str:
    match outcome:
        case NoPath():
            return "No way leads there."
        case ThroughDone(crossed=crossed):
            done = "counts as done" if len(crossed) == 1 else "count as done"
            return f"Every way that is known passes {listed(map(called.remote, crossed))}, which {done}."
        case FieldRequired(missing=missing):
            return f"The way needs {listed(dict.fromkeys(each.field.name for each in missing))}."
        case Unknown():
            return "Nobody has seen a way there yet."
