"""Says a judgement in words: gaps, round trips, and how issues get from one status to another. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk_core.mapping.judgement import Gap, GapKind, Goal, RoundTrip, Subject, Way
from helpdesk_core.mapping.paths import FieldRequired, Hop, NoPath, Plan, ThroughDone, Unknown
from helpdesk_core.mapping.wording import Names, listed
from helpdesk_core.values import Evidence


def gap_words(gap: Gap, names: Names, product: str) -> str:
    """Say what a board leaves open."""
    match gap.kind:
        case GapKind.NOWHERE:
            status = names.place(gap.subject)
            return f"{status} leads nowhere: no card of the column that it goes by exists in the workflow."
        case GapKind.CUT_OFF:
            status, target = names.place(gap.subject), names.remote(gap.target)
            return f"{status} cannot be reached: the workflow has no way to {target} that the helpdesk may take."
        case GapKind.NEW:
            return f"{names.remote(gap.subject)} is New: nobody has said what this {product} status means for a ticket."


def subject_words(subjects: Iterable[Subject]) -> str:
    """Name kinds of issues: "SUP Bug and Task, WEB Story"."""
    kinds: dict[str, list[str]] = {}
    for subject in subjects:
        kinds.setdefault(subject.project.key, []).append(subject.kind.name)
    return listed((f"{key} {listed(of)}" for key, of in kinds.items()), most=8)


def trip_words(trip: RoundTrip, names: Names) -> str:
    """Say when a ticket status comes back as another one."""
    status = names.place(trip.key)
    if trip.target is None:
        return (
            f"A ticket in {status} leaves its issue where it is. As soon as somebody moves that issue, the ticket "
            "becomes what the issue’s new status means."
        )
    return (
        f"A ticket in {status} sends its issue to {names.remote(trip.target)}, which means "
        f"{names.place(trip.becomes or '')}. It stays {status} until the issue leaves that and comes back; then it "
        f"becomes {names.place(trip.becomes or '')}."
    )


def goal_words(goal: Goal, names: Names) -> str:
    """Say where issues go when a ticket gets a status."""
    if goal.leaves:
        return "the issue stays"
    return f"to {names.remote(goal.target)}" if goal.target else "nowhere"


def short_words(way: Way) -> str:
    """Say in a word or two how far it is, for a table."""
    match way.outcome:
        case Plan(hops=hops):
            far = "1 move" if len(hops) == 1 else f"{len(hops)} moves"
            return f"{far}, refused before" if way.rejected else far
        case FieldRequired():
            return "needs a value"
        case ThroughDone(asked=asked):
            return "to be allowed" if asked else "never"
        case Unknown():
            return "not known"
        case _:
            return "no way"


def way_words(way: Way, names: Names) -> str:
    """Say how an issue gets there, or why it does not."""
    match way.outcome:
        case Plan(hops=hops):
            said = f"{_moves(hops, names)}."
        case FieldRequired(hops=hops, missing=missing):
            asked = listed(dict.fromkeys(f"{each.field.name} on “{each.transition.name}”" for each in missing))
            said = f"{_moves(hops, names)}, which demands {asked}."
        case ThroughDone(asked=asked, crossed=crossed):
            said = _through_done(asked, crossed, names)
        case Unknown(unexplored=unexplored):
            said = f"Not known: nobody has looked yet where issues go from {_called(unexplored, names)}."
        case NoPath(reachable=reachable):
            instead = f"it can only reach {_called(reachable, names)}" if reachable else "nothing can be reached"
            said = f"No way: from here {instead}."
        case _:
            said = "No way."
    refused = f" When it was tried, the answer was: {' '.join(way.rejected)}" if way.rejected else ""
    return f"{said}{_evidence(way)}{refused}"


def _moves(hops: tuple[Hop, ...], names: Names) -> str:
    steps = [f"by “{hop.transition.name}” to {names.remote(hop.to_id)}" for hop in hops]
    said = ", then ".join(steps)
    return f"B{said[1:]}" if len(steps) > 1 else f"By “{hops[0].transition.name}”"  # names keep their capitals


def _through_done(asked: tuple[str, ...], crossed: tuple[str, ...], names: Names) -> str:
    if asked:
        return f"Only by passing {_called(asked, names)}, which is done already. Nobody has allowed that."
    return f"Never: it would pass {_called(crossed, names)} and leave done again."


def _evidence(way: Way) -> str:
    match way.evidence:
        case Evidence.KNOWN:
            return " Read from the workflow."
        case Evidence.LEARNT:
            return f" Seen on {listed(way.seen_on)}." if way.seen_on else " Seen on an issue."
        case _:
            return ""


def _called(ids: Iterable[str], names: Names) -> str:
    return listed(dict.fromkeys(names.remote(each) for each in ids))
