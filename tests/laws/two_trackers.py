"""One ticket, linked with an issue in each of two remote systems: boards, policies and workflows of their own.

What either of them tells changes the ticket, and the other follows the ticket, by the same rules as where a person had
changed it. So the five laws must hold for each link as they do where it is the only one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from helpdesk_core.mapping.board import ResolvedBoard
from helpdesk_core.sync.merge import Policy
from helpdesk_core.sync.progress import Follow
from tests.laws.machine import Histories, boards, keys, policies, remotes, workflow_of, workflows
from tests.laws.production import Planned, Production
from tests.laws.world import Issue, Link, Stay, Ticket, Workflow, World

AUTOMATED = 0
"""The side whose issues automations move on. Where both sides' answer each other, no helpdesk between them can rest."""

quiet = st.builds(lambda seed: _quiet(workflow_of(seed)), st.integers(0, 2**32))


def _quiet(workflow: Workflow) -> Workflow:
    return Workflow(moves=workflow.moves, refused=workflow.refused, absent=workflow.absent)


@dataclass
class Side:
    """What one remote system has."""

    board: ResolvedBoard
    policy: Policy
    workflow: Workflow


@dataclass
class TwoTrackers(World):
    """A world whose issues are on two sides; the first side's board, policy and workflow are those of `World`."""

    second: Side = field(kw_only=True)

    def board_at(self, issue: Issue) -> ResolvedBoard:
        return self.second.board if issue.side else self.board

    def policy_at(self, issue: Issue) -> Policy:
        return self.second.policy if issue.side else self.policy

    def workflow_at(self, issue: Issue) -> Workflow:
        return self.second.workflow if issue.side else self.workflow

    def may_link(self, ticket: Ticket, issue: Issue) -> bool:
        """A ticket has one link at most on each side."""
        return all((each.ticket, each.issue.side) != (ticket, issue.side) for each in self.links)

    def edit(self, what: ResolvedBoard | Policy | Workflow, position: int) -> list[Link]:
        """Edit it on one of the sides."""
        here = position % 2
        match what:
            case ResolvedBoard() if here:
                self.second.board = what
            case Policy() if here:
                self.second.policy = what
            case Workflow() if here:
                self.second.workflow = _quiet(what)
            case _:
                self.store(what)
        links = [link for link in self.links if link.issue.side == here]
        self.edited(links)
        return links


@dataclass
class TwoTrackersOnRows(TwoTrackers, Production):
    """The same over the production's rows and services: two connections."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.store_policy(self.second.policy, 1)
        self.second.workflow = Planned.of(self.second.workflow)

    def edit(self, what: ResolvedBoard | Policy | Workflow, position: int) -> list[Link]:
        links = super().edit(what, position)
        self.store_policy(self.second.policy, 1)
        self.second.workflow = Planned.of(self.second.workflow)
        return links


class HistoriesOfTwo(Histories):
    """Every run is one history, in which each of two tickets begins with an issue on both sides."""

    make = TwoTrackers

    @initialize(
        here=st.builds(Side, boards, policies, workflows),
        there=st.builds(Side, boards, policies, quiet),
        start=st.tuples(keys, keys),
        standing=st.lists(remotes, min_size=4, max_size=4),
    )
    def begin(self, here, there, start, standing):
        type(self).count += 1
        self.world = self.make(
            board=here.board,
            policy=here.policy,
            workflow=here.workflow,
            second=there,
            tickets=[Ticket(key) for key in start],
            issues=[Issue(Stay(status), number % 2) for number, status in enumerate(standing)],
        )
        for number, issue in enumerate(self.world.issues):
            self.world.link(self.world.tickets[number // 2], issue, Follow.TICKET_FOLLOWS)


class HistoriesOfTwoOnSQLite(HistoriesOfTwo):
    """The same over the production's rows and services."""

    make = TwoTrackersOnRows
