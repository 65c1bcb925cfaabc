"""Metrics for Prometheus, read from the database when they are asked for.

Nothing is counted in a process: several web and worker processes, and one that was just restarted, tell the same. The
families are functions, so that other concerns can add theirs; what is here stands in `families`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from helpdesk_core.host import Host
from helpdesk_core.operations import families

Family: TypeAlias = Callable[[Host, Session], Iterator[Metric]]
"""Reads some metrics. Names begin with ``helpdesk_``; labels are ``integration`` and ``connection``, an id: names are
not public."""

FAMILIES: Final[tuple[Family, ...]] = (
    families.connections,
    families.links,
    families.deliveries,
    families.listening,
    families.credentials,
    families.jobs,
    families.program,
)


class _Collector:
    """Reads all families in one session."""

    def __init__(self, host: Host, read: Sequence[Family]) -> None:
        self._host = host
        self._read = read

    def collect(self) -> Iterator[Metric]:
        with self._host.database.read() as session:
            for family in self._read:
                yield from family(self._host, session)


def expose(host: Host, accept: str, further: Sequence[Family] = ()) -> tuple[bytes, str]:
    """Return all metrics in the format that `accept` asks for, and its content type."""
    registry = CollectorRegistry()
    registry.register(_Collector(host, (*FAMILIES, *further)))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
