"""Workflows in few words: `1>2 2>3 1>3!resolution` is three moves, of which the last demands a field."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from helpdesk_core.mapping.paths import Hop, Outcome, Plan, Terms
from helpdesk_core.values import (
    Evidence,
    FieldOption,
    Issue,
    OpenIssue,
    StatusCategory,
    Step,
    Transition,
    TransitionField,
    Workflow,
)

RESOLUTIONS = (FieldOption(id="10000", name="Done"), FieldOption(id="10001", name="Won't Do"))


def screen_field(id_: str, *, required: bool = True) -> TransitionField:
    """A field on a screen; the resolution lists its values, as Jira's does."""
    options = RESOLUTIONS if id_ == "resolution" else ()
    return TransitionField(id=id_, name=id_.title(), required=required, options=options)


def moves(text: str) -> tuple[Step, ...]:
    """Read moves: `from>to`, then fields of the screen: `!required`, `?optional`. Transitions are numbered from 1."""
    return tuple(_move(number, word) for number, word in enumerate(text.split(), start=1))


def _move(number: int, word: str) -> Step:
    way, *required = word.split("!")
    way, *optional = way.split("?")
    from_id, to_id = way.split(">")
    fields = (*(screen_field(id_) for id_ in required), *(screen_field(id_, required=False) for id_ in optional))
    transition = Transition(id=str(number), name=f"Move {number}", to_id=to_id, fields=fields)
    return Step(from_id=from_id, transition=transition, evidence=Evidence.LEARNT)


def workflow(text: str, *, more: Collection[str] = (), unexplored: Collection[str] = ()) -> Workflow:
    """Make a workflow of these moves; `more` are statuses without any."""
    steps = moves(text)
    ids = dict.fromkeys([*(id_ for step in steps for id_ in (step.from_id, step.transition.to_id)), *more])
    return Workflow(status_ids=tuple(ids), steps=steps, explored=frozenset(ids) - set(unexplored))


def terms(
    done: Collection[str] = (),
    defaults: Mapping[tuple[str, str], str] | None = None,
    crossable: Mapping[str, Collection[str]] | None = None,
) -> Terms:
    """Make terms in which only `done` have a category."""
    return Terms(
        categories=dict.fromkeys(done, StatusCategory.DONE),
        defaults=defaults or {},
        crossable={target: frozenset(ids) for target, ids in (crossable or {}).items()},
    )


def opened(flow: Workflow, status_id: str, *, may_transition: bool | None = None) -> OpenIssue:
    """An issue that stands in a status of this workflow, as the remote system answers it."""
    issue = Issue(id="1", key="WEB-1", title="It broke", url="", project_id="1", kind_id="1", status_id=status_id)
    own = tuple(step.transition for step in flow.steps if step.from_id == status_id)
    return OpenIssue(issue=issue, transitions=own, may_transition=may_transition)


def statuses(hops: Collection[Hop]) -> tuple[str, ...]:
    """The statuses that these hops touch, from the first."""
    hops = tuple(hops)
    return (hops[0].from_id, *(hop.to_id for hop in hops)) if hops else ()


def way(outcome: Outcome) -> tuple[str, ...]:
    """The statuses of a plan."""
    assert isinstance(outcome, Plan), outcome
    return statuses(outcome.hops)
