"""The engine, its sessions and the column types: everything that differs between SQLite and PostgreSQL.

SQLAlchemy's defaults lose updates on SQLite: the driver begins a transaction late, so two threads read the same row
and the second write wins without a word. Here a writing transaction takes SQLite's write lock at once (``BEGIN
IMMEDIATE``), readers run beside it thanks to WAL, and a waiting writer waits up to 30 s instead of failing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    URL,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from helpdesk_core.errors import Misconfigured

BUSY_TIMEOUT_MS: Final = 30_000
READ_ONLY: Final = "helpdesk_read_only"
LAST_USED: Final = "helpdesk_last_used"
TRUSTED_S: Final = 5.0
"""How long a connection to PostgreSQL is taken to be alive after it was used; then it is asked before it is used."""

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a migration can drop it on both databases."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware point in time, stored as UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value!r} has no time zone: pass an aware datetime"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all mapped classes."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class Database:
    """One database: its engine, and the two kinds of session.

    Args:
        url: an SQLAlchemy address, ``sqlite:///file`` or ``postgresql://…``.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = self._sessions_with({READ_ONLY: True})
        postgresql = self.engine.dialect.name == "postgresql"
        alone = {"isolation_level": "AUTOCOMMIT"} if postgresql else {}
        self._glances = self._sessions_with({READ_ONLY: True, **alone})
        self._single = self._sessions_with(alone) if postgresql else None
        # Where there is one writer at a time, threads that wait here get their turn at once. SQLite lets each sleep for
        # up to 0.1 s before it looks again.
        self._turn = threading.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that commits at the end of the block and rolls back on an exception.

        Make no call to a remote system inside: on SQLite the block holds the only write lock.
        """
        with self._turn, self._sessions.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading. It never waits for writers, and what it changes is thrown away."""
        with self._readers() as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """Open a session for one query. On PostgreSQL it begins no transaction, which spares two trips of three.

        Change nothing in it: there it would be stored.
        """
        with self._glances() as session:
            yield session

    @contextmanager
    def write_once(self) -> Iterator[Session]:
        """Open a session for statements that each stand alone, and are stored at once. On PostgreSQL no transaction is
        begun and ended around them, which spares two trips of three; elsewhere this is `write`.
        """
        with self.write() if self._single is None else self._single() as session:
            yield session

    def _sessions_with(self, options: Mapping[str, object]) -> sessionmaker[Session]:
        return sessionmaker(self.engine.execution_options(**options), expire_on_commit=False)

    def dispose(self) -> None:
        """Close all connections of the pool."""
        self.engine.dispose()


def insert_or_update(session: Session, model: type[Base], key: Mapping[str, object], **values: object) -> None:
    """Write a row, whether it is there or not, and whoever writes it at the same moment."""
    statement = _insert(session.get_bind().dialect.name)(model).values(**key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def insert_if_new(session: Session, model: type[Base], **values: object) -> bool:
    """Add a row unless one like it is there by a unique constraint; tell whether it was added."""
    statement = _insertion(session.get_bind().dialect.name, model)
    return len(session.execute(statement, [values]).all()) == 1


def _insert(dialect: str) -> Callable[..., Any]:
    """Return the database's own INSERT, which both spell alike where a row is there already."""
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


@cache
def _insertion(dialect: str, model: type[Base]) -> Any:
    """Return the INSERT that leaves alone what is there. To make it takes longer than the database needs for it."""
    table = model.__table__  # the class would take SQLAlchemy's long way, by which objects are made of what returns
    return _insert(dialect)(table).on_conflict_do_nothing().returning(*table.primary_key)


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # its text may hold a part of the password
        msg = (
            "HELPDESK_DATABASE_URL is no address of a database. Use sqlite:///path/to/file or "
            "postgresql://user@host/name, and write special characters of a password encoded, such as %40 for @."
        )
        raise Misconfigured(msg) from None
    match address.get_backend_name():
        case "sqlite":
            return _sqlite_engine(url)
        case "postgresql":
            return _postgres_engine(address.set(drivername="postgresql+psycopg"))
        case other:
            msg = f"HELPDESK_DATABASE_URL names {other!r}. Use sqlite:///path/to/file or postgresql://user@host/name."
            raise Misconfigured(msg)


def _postgres_engine(address: URL) -> Engine:
    try:
        engine = create_engine(address, hide_parameters=True)
    except ModuleNotFoundError as error:
        msg = "PostgreSQL's driver is not installed. Install it: pip install 'helpdesk[postgresql]'"
        raise Misconfigured(msg) from error

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        # as pool_pre_ping does, but not before each of a hundred queries a second
        if time.monotonic() - record.info.get(LAST_USED, 0.0) < TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect of an engine has its driver
            raise DisconnectionError from error

    @event.listens_for(engine, "checkin")
    def note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[LAST_USED] = time.monotonic()

    return engine


def _sqlite_engine(url: str) -> Engine:
    if file := make_url(url).database:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    # hide_parameters: an error's text must not carry what a ticket or a sealed secret says
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # docs/decisions/0003: an acknowledged change survives power loss
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
