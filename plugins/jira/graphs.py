"""Reads a workflow as ``POST /workflows`` shows it into edges between status ids. Pure.

A workflow speaks of its statuses by references, which the list beside it translates into ids. A global transition leads
from every status; an initial one only makes issues, and is left out. Shapes: ``jira-cloud-api.md`` §2.12 and the
schemas ``JiraWorkflow`` and ``WorkflowTransitions`` of the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from helpdesk_core.values import Transition
from plugins.jira.payloads import Json, as_object, member, need, read_all, text


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """A workflow."""

    status_ids: tuple[str, ...]
    edges: tuple[tuple[str, Transition], ...]
    """Pairs of the status from which a transition leads, and the transition."""
    screens: tuple[tuple[str, str], ...]
    """Ids of the transitions that show a screen, each with the status to which it leads."""


def read_graph(body: Json) -> Graph | None:
    """Read the one workflow that was asked for; None where the answer holds none."""
    workflows = read_all(body.get("workflows"), as_object)
    if not workflows:
        return None
    ids = {need(item, "statusReference"): need(item, "id") for item in read_all(body.get("statuses"), as_object)}
    listed = read_all(workflows[0].get("statuses"), as_object)
    statuses = tuple(ids[name] for item in listed if (name := need(item, "statusReference")) in ids)
    edges: list[tuple[str, Transition]] = []
    screens: list[tuple[str, str]] = []
    for item in read_all(workflows[0].get("transitions"), as_object):
        to_id = ids.get(text(item, "toStatusReference"))
        if item.get("type") == "INITIAL" or to_id is None:
            continue  # without a target: a global transition that leads to where the issue stands already
        transition = Transition(id=need(item, "id"), name=text(item, "name") or need(item, "id"), to_id=to_id)
        edges += [(from_id, transition) for from_id in _sources(item, ids, statuses) if from_id != to_id]
        if member(item, "transitionScreen"):
            screens.append((transition.id, to_id))
    return Graph(status_ids=statuses, edges=tuple(edges), screens=tuple(screens))


def _sources(item: Json, ids: dict[str, str], statuses: tuple[str, ...]) -> Iterator[str]:
    if item.get("type") == "GLOBAL":
        yield from statuses
        return
    links = item.get("links")
    for link in read_all(links if links is not None else [], as_object):
        if (from_id := ids.get(text(link, "fromStatusReference"))) is not None:
            yield from_id
