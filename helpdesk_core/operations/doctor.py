"""The doctor: makes all checks of one installation, in an order in which a broken thing hides no more than it must.

Looking makes and changes nothing. A check that needs the database or the keys says that it was not made where these are
broken; what breaks a check itself is a result too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

from sqlalchemy.orm import Session

from helpdesk_core.config import Settings
from helpdesk_core.db import Database
from helpdesk_core.errors import HelpdeskError
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.operations import contents, findings, installation, public_address, set_ups, storage
from helpdesk_core.operations.instance import instance_id
from helpdesk_core.operations.results import Result
from helpdesk_core.vault import Vault

Check: TypeAlias = Callable[[Host], Iterable[Result]]
"""A further check: it is given an installation whose database and keys are fit for work, and opens its own session."""
MakeHost: TypeAlias = Callable[[Settings, IntegrationRegistry], Host]

FURTHER: Final = "further checks"


def examine(registry: IntegrationRegistry, make_host: MakeHost, further: Sequence[Check] = ()) -> Iterator[Result]:
    """Make all checks of the installation that this process' environment names.

    Args:
        registry: the plugins that were found.
        make_host: makes the collaborators; only called where database and keys are fit for work.
        further: what other concerns have to say about it.
    """
    settings, read = installation.read_settings()
    yield read
    if settings is None or installation.is_new(settings, storage.sqlite_file(settings.database_url)):
        if settings:
            yield findings.NOTHING_YET.result(directory=settings.data_dir)
        yield from set_ups.check_plugins(registry, {})
        return
    settings = replace(settings, database_url=storage.patient(settings.database_url))
    yield from installation.check_directory(settings, storage.sqlite_file(settings.database_url))
    yield from installation.check_key_files(settings)
    yield from installation.check_keys(settings)
    yield from installation.check_session_key(settings)
    database, reached = storage.open_database(settings.database_url)
    yield reached
    examination = _Examination(settings=settings, registry=registry, database=database)
    try:
        yield from examination.of_database()
        yield from examination.of_address(known=not read.cure)
        yield from set_ups.check_plugins(registry, examination.connected)
        yield from examination.of_work(make_host, further)
    finally:
        if database:
            database.dispose()


@dataclass(kw_only=True, slots=True)
class _Examination:
    """What has been learnt so far, on which later checks depend."""

    settings: Settings
    registry: IntegrationRegistry
    database: Database | None
    filled: bool = False
    """Whether the database is reached and has our tables, of whichever version."""
    fit: bool = False
    """Whether the database is reached and of this version."""
    counted: bool = False
    connected: Mapping[str, int] = field(default_factory=dict)
    """Integration → connections; empty too where they could not be counted."""

    def of_database(self) -> Iterator[Result]:
        """Check what is stored, as far as it can be read."""
        if self.database is None:
            yield from _not_looked_at("schema")
        else:
            yield from _guarded("schema", self._of_schema(self.database))
        if self.database is None or not self.filled:
            yield from _not_looked_at("job engine", "stored secrets", "admins")
            return
        yield from _guarded("job engine", storage.check_job_tables(self.database))
        if self.has_keys:
            opens = partial(
                contents.check_secrets,
                vault=Vault(self.settings.keys),
                place=installation.place_of_keys(self.settings),
            )
            yield from _guarded("stored secrets", _read(self.database, opens))
        else:
            yield from _not_looked_at("stored secrets")
        yield from _guarded("admins", _read(self.database, contents.check_admins))
        yield from _guarded("connections", _read(self.database, self._count))

    def of_address(self, *, known: bool) -> Iterator[Result]:
        """Check the public address, where it is `known`."""
        if not known:
            yield from _not_looked_at("public address", "answer")
            return
        url = self.settings.base_url
        yield from public_address.check_address(url, nothing_connected=self.counted and not self.connected)
        if self.settings.session_key:
            answer = public_address.check_answer(url, instance_id(self.settings.session_key))
            yield from _guarded("answer", answer)
        else:
            yield from _not_looked_at("answer")

    def of_work(self, make_host: MakeHost, further: Sequence[Check]) -> Iterator[Result]:
        """Make the checks that need everything above to be fit for work."""
        if not (self.fit and self.has_keys):
            yield from _not_looked_at("set-up", *([FURTHER] if further else []))
            return
        with _made(make_host, self.settings, self.registry) as host:
            look = partial(set_ups.check_set_ups, host, connected=self.connected)
            yield from _guarded("set-up", _read(host.database, look))
            for check in further:
                yield from _guarded(FURTHER, _made_by(check, host))

    @property
    def has_keys(self) -> bool:
        """Whether there are encryption keys, and all of them are."""
        return bool(self.settings.keys) and all(map(installation.is_key, self.settings.keys))

    def _of_schema(self, database: Database) -> Iterator[Result]:
        schema, result = storage.check_schema(database)
        self.filled, self.fit = schema.revision is not None, schema.obstacle is None
        self.counted = not self.filled  # in an empty database nothing is connected
        yield result

    def _count(self, session: Session) -> Iterable[Result]:
        self.connected, self.counted = contents.connected(session), True
        return ()


def _not_looked_at(*checks: str) -> Iterator[Result]:
    for check in checks:
        yield findings.NOT_LOOKED_AT.result(check=check)


def _guarded(check: str, results: Iterable[Result]) -> Iterator[Result]:
    """Let a check that breaks be a result. A foreign error's text may hold anything, so only its type is told."""
    try:
        yield from results
    except HelpdeskError as error:
        yield findings.BROKE.result(check=check, fault=error)
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        yield findings.BROKE.result(check=check, fault=type(error).__name__)


def _read(database: Database, look: Callable[[Session], Iterable[Result]]) -> Iterator[Result]:
    """Make a check in a session of its own: on PostgreSQL one that fails would break the next."""
    with database.read() as session:
        yield from look(session)


def _made_by(check: Check, host: Host) -> Iterator[Result]:
    yield from check(host)


@contextmanager
def _made(make_host: MakeHost, settings: Settings, registry: IntegrationRegistry) -> Iterator[Host]:
    host = make_host(settings, registry)
    try:
        yield host
    finally:
        host.database.dispose()
