"""Moving an issue through its workflow over REST: what is open now, and taking it (facts §2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import commenting, history, moves, shapes
from plugins.jira.simulator.arguments import list_at, listed, object_at
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.issue_access import visible
from plugins.jira.simulator.refusals import JiraRefusalError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Issue
    from plugins.jira.simulator.world import Transition

IN_BOTH: Final = "Field '{}' cannot appear in both 'fields' and 'update'"


def transitions(caller: Caller, id_or_key: str) -> Answer:
    """`GET /issue/{idOrKey}/transitions`: only what is open now; an unknown id lists nothing."""
    issue = visible(caller, id_or_key)
    found = transition_shapes(
        caller,
        issue,
        with_fields="transitions.fields" in listed("expand"),
        unavailable=request.args.get("includeUnavailableTransitions") == "true",
    )
    if wanted := request.args.get("transitionId"):
        found = [each for each in found if each["id"] == wanted]
    return 200, {"expand": "transitions", "transitions": found}


def move(caller: Caller, id_or_key: str) -> Answer:
    """`POST /issue/{idOrKey}/transitions`: 204 and nothing else, or a 400 that says why."""
    issue = visible(caller, id_or_key)
    body = body_object()
    wanted = object_at(body, "transition").get("id")
    if wanted is None:
        raise JiraRefusalError(400, "Missing 'transition' identifier")
    chosen = next((each for each in open_to(caller, issue) if each.id == str(wanted)), None)
    if chosen is None:
        raise JiraRefusalError(
            400,
            "It seems that you have tried to perform a workflow operation "
            f"({wanted}) that is not valid for the current state of this issue "
            f"({caller.live.key_of(issue)}).",
        )
    take(caller, issue, chosen, body)
    return 204, None


def take(caller: Caller, issue: Issue, chosen: Transition, body: dict[str, Any]) -> None:
    """Take this transition with these fields, or raise Jira's refusal."""
    fields, update = object_at(body, "fields"), object_at(body, "update")
    twice = {name: IN_BOTH.format(name) for name in fields if name in update}
    if twice:
        raise JiraRefusalError(400, errors=twice)
    workflow = caller.live.type_of(issue).workflow
    given = {**fields, **{name: _set_value(update[name]) for name in update if name != "comment"}}
    refused = moves.refusal(workflow, chosen, given, comment=bool(update.get("comment")), may=_may(caller, issue))
    if refused is not None:
        messages, errors = refused
        raise JiraRefusalError(400, *messages, errors=errors)
    drafts = [commenting.draft(caller, issue, each) for each in _added(update)]
    values = moves.taken_values(workflow, chosen, given)
    resolution = values.get("resolution")
    issue.more |= {name: value for name, value in values.items() if name.startswith("customfield_")}
    history.set_status(
        caller.live,
        issue,
        chosen.target,
        account=caller.signed_in().id,
        now=caller.state.clock.now(),
        resolution=resolution,
    )
    for each in drafts:
        commenting.add(caller, issue, each)


def open_to(caller: Caller, issue: Issue) -> list[Transition]:
    """Open moves; without the permission there are none, and no error either (facts §2.7)."""
    return [move for move, available in _found(caller, issue) if available]


def transition_shapes(
    caller: Caller, issue: Issue, *, with_fields: bool, unavailable: bool = False
) -> list[dict[str, Any]]:
    workflow = caller.live.type_of(issue).workflow
    found = []
    for each, available in _found(caller, issue):
        if not available and not unavailable:
            continue
        target = workflow.status(each.target)
        assert target is not None, "loading checks that every transition leads to a status"
        shape: dict[str, Any] = {
            "id": each.id,
            "name": each.name,
            "to": shapes.status_in_issue(caller.live.site, target),
            "hasScreen": each.screen,
            "isGlobal": each.sources is None,
            "isInitial": False,
            "isAvailable": available,
            "isConditional": each.conditional,
            "isLooped": False,
        }
        if with_fields:
            shape["fields"] = moves.announced_fields(workflow, each)
        found.append(shape)
    return found


def _found(caller: Caller, issue: Issue) -> list[tuple[Transition, bool]]:
    """The moves from here, and whether their conditions let this caller pass."""
    may = _may(caller, issue)
    if not may("TRANSITION_ISSUES"):
        return []
    leaving = moves.open_moves(caller.live.type_of(issue).workflow, issue.status_id)
    return [(each, moves.conditions_met(each, may)) for each in leaving]


def _added(update: dict[str, Any]) -> list[dict[str, Any]]:
    """The comments that a move brings along: `{"comment": [{"add": {"body": …}}]}`."""
    steps = [step for step in list_at(update, "comment") if isinstance(step, dict)]
    return [object_at(step, "add") for step in steps if "add" in step]


def _set_value(steps: Any) -> Any:
    """What the operations of `update` set a field to: `[{"set": …}]`."""
    found = (
        [step["set"] for step in steps if isinstance(step, dict) and "set" in step] if isinstance(steps, list) else []
    )
    return found[-1] if found else None


def _may(caller: Caller, issue: Issue) -> moves.May:
    project = caller.live.project_of(issue)
    return lambda permission: caller.may(permission, project)


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
OPERATIONS: Final = (
    operation("getTransitions", "GET", "/issue/<id_or_key>/transitions", transitions, READ),
    operation("doTransition", "POST", "/issue/<id_or_key>/transitions", move, WRITE),
)
