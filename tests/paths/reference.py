"""Independent searches to hold the planner to. They share no code with it and go about it in other ways.

`paths` lists every simple path, and `is_clean`, `is_run` are the words of the rule: right by being read, and slow.
`distance` and `fewest_crossed` relax forwards until nothing changes: quick enough for real workflows, and themselves
held to the lists by `test_laws`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

Edges = Mapping[str, Collection[str]]
Path = tuple[str, ...]
Cost = tuple[int, ...]


def paths(edges: Edges, start: str, target: str, passed: Path = ()) -> Iterator[Path]:
    """Yield every path from `start` to `target` that enters no status twice."""
    here = (*passed, start)
    for following in edges.get(start, ()):
        if following == target:
            yield (*here, target)
        elif following not in here:
            yield from paths(edges, following, target, here)


def crossed(path: Path, done: Collection[str]) -> Path:
    """The done statuses between the ends of a path. Leaving one in which the issue stands is no crossing."""
    return tuple(status for status in path[1:-1] if status in done)


def is_clean(path: Path, done: Collection[str]) -> bool:
    """Whether a path passes through no done status."""
    return not crossed(path, done)


def is_run(path: Path, done: Collection[str]) -> bool:
    """Whether a path to a done target ends in a run of done statuses, and crosses no others."""
    between = crossed(path, done)
    return bool(between) and path[-1] in done and path[1:-1][-len(between) :] == between


def distance(
    edges: Edges,
    done: Collection[str],
    start: str,
    target: str,
    *,
    missing: Mapping[tuple[str, str], int],
    crossable: Collection[str] = (),
) -> Cost | None:
    """Count the hops of a shortest path that crosses `crossable` at most, in a run, and the fields that it lacks."""
    if crossable and target not in done:
        return None
    best: dict[str, Cost] = {start: (0, 0)}
    changed = True
    while changed:
        changed = False
        for here in [status for status in best if status != target]:
            for following in edges.get(here, ()):
                running = here in done and here != start
                passable = following not in done or following in crossable
                if following != target and (not passable or (running and following not in done)):
                    continue
                cost = (best[here][0] + 1, best[here][1] + missing.get((here, following), 0))
                if following not in best or cost < best[following]:
                    best[following] = cost
                    changed = True
    return best.get(target)


def fewest_crossed(edges: Edges, done: Collection[str], start: str, target: str) -> int | None:
    """Count the done statuses that a path cannot avoid, if all were allowed, in a run or not."""
    best = {start: 0}
    changed = True
    while changed:
        changed = False
        for here in [status for status in best if status != target]:
            for following in edges.get(here, ()):
                cost = best[here] + (following in done and following != target)
                if following not in best or cost < best[following]:
                    best[following] = cost
                    changed = True
    return best.get(target)
