"""Says why no way was planned, with the names that people know: which fields, which statuses, what can be reached."""

from __future__ import annotations

from helpdesk_core.mapping.paths import FieldRequired, NoCard, NoPath, NoPermission, Refusal, ThroughDone, Unknown
from helpdesk_core.sync.links import Names


def details(refusal: Refusal, names: Names) -> str:
    """Return a sentence that goes on where `wording.explain` ends; empty where nothing is to be added."""
    match refusal:
        case FieldRequired(missing=missing):
            asked = [f"{each.field.name} (on “{each.transition.name}”)" for each in missing]
            return f"It asks for {_listed(asked)}."
        case ThroughDone(crossed=crossed, asked=asked_for):
            again = "" if asked_for else " and leave done again"
            return f"It would pass {_called(asked_for or crossed, names)}{again}."
        case NoPath(target=target, reachable=reachable):
            instead = f"It can reach {_called(reachable, names)}" if reachable else "Nothing can be reached from here"
            return f"It should go to {names.remote(target)}. {instead}."
        case Unknown(target=target, unexplored=unexplored):
            where = _called(unexplored, names)
            return f"It should go to {names.remote(target)}. Nobody has looked yet where issues go from {where}."
        case NoCard(wanted=wanted):
            return f"None of these exists in its workflow: {_called(wanted, names)}."
        case NoPermission():
            return ""


def _listed(words: list[str]) -> str:
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} and {last}" if most else last


def _called(ids: tuple[str, ...], names: Names) -> str:
    return _listed([names.remote(each) for each in ids])
