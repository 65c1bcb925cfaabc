"""Rules by which a site moves an issue on (or back) after a move: Jira's automation.

They run at once after the change that sets them off and go through the same `history`, under the
account they are told to act as. Their own changes set off none, as is usual at Jira ("allow rule
trigger" is off), and are delivered in the flow `Secondary`. Where no transition to the wanted
status is open, a rule does nothing and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.jira.simulator import history, moves

if TYPE_CHECKING:
    from plugins.jira.simulator.history import Event
    from plugins.jira.simulator.state import Issue, LiveSite
    from plugins.jira.simulator.world import Automation, Status


@dataclass(slots=True)
class Rule:
    """An automation at work; `left` counts down to none, None is for ever."""

    automation: Automation
    left: int | None

    def hears(self, live: LiveSite, event: Event) -> bool:
        project = live.project_of(event.issue)
        entered = any(item.field == "status" for item in event.items)
        return (
            self.left != 0
            and entered
            and project.key == self.automation.project
            and _is_called(live.status_of(event.issue), self.automation.when_status)
        )


class Automations:
    """Listens to the changes of every site and runs the site's rules."""

    def __init__(self) -> None:
        self.running = False

    def __call__(self, live: LiveSite, event: Event) -> None:
        if self.running or event.kind != history.UPDATED:
            return
        self.running = True
        try:
            for rule in live.rules:
                if rule.hears(live, event) and _move(live, live.issues[event.issue.id], rule, event.at):
                    rule.left = rule.left if rule.left is None else rule.left - 1
                    return
        finally:
            self.running = False


def _move(live: LiveSite, issue: Issue, rule: Rule, now: float) -> bool:
    workflow = live.type_of(issue).workflow
    for move in moves.open_moves(workflow, issue.status_id):
        target = workflow.status(move.target)
        if target is not None and _is_called(target, rule.automation.then_transition_to):
            account = rule.automation.by or live.site.members[0].account
            history.set_status(live, issue, target.id, account=account, now=now)
            return True
    return False


def _is_called(status: Status, name: str) -> bool:
    return name == status.id or name.lower() == status.name.lower()
