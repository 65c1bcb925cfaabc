"""Routes through a workflow's graph, by status id, and how free they are of done statuses. Pure.

This is the search behind `paths`, which says what its answers mean. One search from a target backwards finds the best
route from *every* status, so judging a target costs no more than planning one move. The best route asks for least, then
is the shortest, then misses the fewest fields; what is still equal is decided by the ids passed, so the same graph
gives the same route whatever order it was read in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from typing import NamedTuple


def natural(id_: str) -> tuple[int, str]:
    """Order ids as people would: 9 before 10. Jira's are numbers, other systems' may be words."""
    return len(id_), id_


class Route(NamedTuple):
    """A way from one status to the target. Routes compare by how good they are: the smaller, the better."""

    asks: int = 0
    """Statuses passed that somebody would have to allow."""
    hops: int = 0
    missing: int = 0
    """Required fields on the way for which there is no default."""
    order: tuple[tuple[int, str], ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The statuses entered, the target last."""
        return tuple(id_ for _, id_ in self.order)

    def after(self, entered: str, *, asks: int, missing: int) -> Route:
        """Return this route with one more hop in front, which enters its first status."""
        return Route(self.asks + asks, self.hops + 1, self.missing + missing, (natural(entered), *self.order))


class Routes(NamedTuple):
    """The best routes to one target, by the status in which they begin."""

    standing: dict[str, Route]
    """For an issue that stands there: it may leave a done status by any move."""
    passing: dict[str, Route]
    """For an issue on its way through: from a done status only on to done ones."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Which status can follow which, and which of them are done."""

    moves: Mapping[str, Mapping[str, int]]
    """From → to → how many required fields that move lacks."""
    done: frozenset[str]
    _back: dict[str, dict[str, int]] = field(init=False, repr=False, default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        for source, ways in self.moves.items():
            for target, missing in ways.items():
                self._back[target][source] = missing

    def routes(self, target: str, tolls: Mapping[str, int], *, anyhow: bool = False) -> Routes:
        """Find the best route to `target` from every status, by Dijkstra's algorithm.

        A route passes only through statuses that `tolls` names; each number says how much passing it asks. Having
        entered a done status, it goes on through done ones to its end, unless `anyhow`.
        """
        routes = Routes({}, {})
        waiting = [(Route(), target)]
        while waiting:
            route, here = heappop(waiting)
            if here in routes.passing:
                continue
            routes.passing[here] = route
            for source, missing in self._back.get(here, {}).items():
                longer = route.after(here, asks=tolls.get(here, 0) if here != target else 0, missing=missing)
                routes.standing[source] = min(longer, routes.standing.get(source, longer))
                if source in tolls and (anyhow or here in self.done or source not in self.done):
                    heappush(waiting, (longer, source))
        return routes

    def reachable(self, start: str, *, runs: bool = False) -> Iterator[str]:
        """Yield `start` and what can be entered from it without passing a done status, nearest first.

        With `runs`, also what a run of done statuses leads on to, as long as it stays done.
        """
        seen, waiting = {start}, [start]
        for here in waiting:  # grows while it is walked
            yield here
            crossing = here in self.done and here != start
            if crossing and not runs:
                continue
            for following in sorted(self.moves.get(here, {}), key=natural):
                if following not in seen and (following in self.done or not crossing):
                    seen.add(following)
                    waiting.append(following)


class Ways:
    """The routes to one target, from those free of done statuses to those that no rule would let pass."""

    def __init__(self, graph: Graph, statuses: Iterable[str], target: str, allowed: frozenset[str]) -> None:
        self._graph = graph
        self._target = target
        self._open = dict.fromkeys((id_ for id_ in statuses if id_ not in graph.done), 0)
        self._allowed = dict.fromkeys(graph.done & allowed, 0)
        self._asking = dict.fromkeys(graph.done, 1)

    def free(self, current: str, *, underway: bool) -> Route | None:
        """Return the route to take: past all done statuses, and only where there is none, through allowed ones."""
        if underway and current in self._graph.done and (begun := self.allowed.passing.get(current)):
            return begun
        return self.clean.standing.get(current) or self.allowed.standing.get(current)

    @cached_property
    def clean(self) -> Routes:
        """Through no done status."""
        return self._graph.routes(self._target, self._open)

    @cached_property
    def allowed(self) -> Routes:
        """Ending in a run of done statuses that are all allowed."""
        return self._graph.routes(self._target, self._open | self._allowed)

    @cached_property
    def allowable(self) -> Routes:
        """Ending in a run of done statuses, of which as few as can be are still to be allowed."""
        return self._graph.routes(self._target, self._asking | self._open | self._allowed)

    @cached_property
    def anyhow(self) -> Routes:
        """Through as few done statuses as can be, in whatever order."""
        return self._graph.routes(self._target, self._asking | self._open, anyhow=True)
