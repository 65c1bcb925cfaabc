"""Metrics for Prometheus, read from the database when they are asked for.

What a process has counted is written down first, so several web and worker processes, and one that was just restarted,
tell the same. The families are functions, so that other concerns can add theirs; what is here stands in `families`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Thread
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from helpdesk_core.connections.contact import write_all_down
from helpdesk_core.host import Host
from helpdesk_core.operations import families

log = logging.getLogger(__name__)

PATIENCE_S: Final = 2.0
"""How long reading waits for writing: Prometheus gives up after 10 s, and a busy database keeps a writer for 30."""

WRITER: Final = "metrics-writer"
"""The name of the thread that writes."""

Family: TypeAlias = Callable[[Host, Session], Iterator[Metric]]
"""Reads some metrics. Names begin with ``helpdesk_``; labels are ``integration`` and ``connection``, an id: names are
not public."""

FAMILIES: Final[tuple[Family, ...]] = (
    families.connections,
    families.links,
    families.deliveries,
    families.listening,
    families.credentials,
    families.calls,
    families.contacts,
    families.health,
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


def settle(host: Host) -> None:
    """Have written down what this process has counted. Where the database is busy that goes on while reading begins."""
    if host.tally.connections():
        writing = Thread(target=_write_down, args=(host,), name=WRITER, daemon=True)
        writing.start()
        writing.join(PATIENCE_S)


def expose(host: Host, accept: str, further: Sequence[Family] = ()) -> tuple[bytes, str]:
    """Return all metrics in the format that `accept` asks for, and its content type."""
    registry = CollectorRegistry()
    registry.register(_Collector(host, (*FAMILIES, *further)))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _write_down(host: Host) -> None:
    try:
        write_all_down(host)
    except SQLAlchemyError as error:  # reading says what is wrong with the database
        log.warning("what was counted is not written down: %s", type(error).__name__)
