"""The doctor's checks of the database: whether it can be reached, and is fit for this version. They make no file.

An SQLite file that is missing is not opened, because opening would make it. What a driver says is told by its first
line at most, with the password taken out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from helpdesk_core.db import Database
from helpdesk_core.errors import Misconfigured
from helpdesk_core.jobs import tables
from helpdesk_core.operations import findings
from helpdesk_core.operations.readiness import Obstacle, Schema, read_schema
from helpdesk_core.operations.results import Finding, Result
from helpdesk_core.schema import revisions

PATIENCE_S: Final = 5
SAID: Final[dict[str, Finding]] = {
    "refused": findings.DATABASE_REFUSED,
    "no such file or directory": findings.DATABASE_REFUSED,
    "resolve host": findings.DATABASE_NO_HOST,
    "translate host name": findings.DATABASE_NO_HOST,
    "timeout": findings.DATABASE_SILENT,
    "authentication failed": findings.DATABASE_SIGN_IN,
    "no password supplied": findings.DATABASE_SIGN_IN,
    "does not exist": findings.DATABASE_NO_NAME,
}
"""What PostgreSQL's driver says → what it means."""


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database; None for any other, and where the address cannot be read."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return None
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def check_file(file: Path) -> Result | None:
    """Say why an SQLite file cannot be opened; None where it can."""
    directory = file.absolute().parent
    if not os.access(directory, os.F_OK):
        return findings.DATABASE_NO_DIRECTORY.result(directory=directory)
    if not os.access(directory, os.W_OK | os.X_OK):  # before the file is looked for, which would not be found
        return findings.DATABASE_UNWRITABLE.result(file=file)
    if not file.is_file():
        return findings.DATABASE_NO_FILE.result(file=file)
    return None if os.access(file, os.W_OK) else findings.DATABASE_UNWRITABLE.result(file=file)


def patient(url: str) -> str:
    """Return the address with an end to waiting for PostgreSQL. An address that cannot be read stays as it is."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return url
    if address.get_backend_name() == "postgresql" and "connect_timeout" not in address.query:
        address = address.update_query_dict({"connect_timeout": str(PATIENCE_S)})
    return address.render_as_string(hide_password=False)


def open_database(url: str) -> tuple[Database | None, Result]:
    """Reach the database; give it, or None, and what was found.

    The caller disposes of it.
    """
    file = sqlite_file(url)
    if file and (problem := check_file(file)):
        return None, problem
    try:
        database = Database(url)
    except Misconfigured as error:
        return None, findings.DATABASE_ADDRESS.result(error=error)
    address = database.engine.url
    if address.get_backend_name() == "sqlite" and file is None:
        return None, findings.DATABASE_IN_MEMORY.result()
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        database.dispose()
        return None, _why(error, address)
    kind = "SQLite" if file else "PostgreSQL"
    return database, findings.DATABASE_OK.result(kind=kind, place=_place(address))


def check_schema(database: Database) -> tuple[Schema, Result]:
    """Look where the schema stands among the migrations."""
    with database.read() as session:
        schema = read_schema(session)
    finding = {
        None: findings.SCHEMA_OK,
        Obstacle.SCHEMA_MISSING: findings.SCHEMA_MISSING,
        Obstacle.SCHEMA_BEHIND: findings.SCHEMA_BEHIND,
        Obstacle.SCHEMA_AHEAD: findings.SCHEMA_AHEAD,
    }[schema.obstacle]
    ours = revisions()
    return schema, finding.result(missing=schema.missing, all=len(ours), revision=schema.revision, last=ours[-1])


def check_job_tables(database: Database) -> Iterator[Result]:
    """Look whether the job engine's tables are there."""
    with database.read() as session:
        missing = tables.missing(session)
    yield findings.JOBS_MISSING.result(tables=", ".join(missing)) if missing else findings.JOBS_OK.result()


def _why(error: SQLAlchemyError, address: URL) -> Result:
    said = str(getattr(error, "orig", None) or type(error).__name__)
    finding = next((means for words, means in SAID.items() if words in said.lower()), findings.DATABASE_BROKEN)
    if address.get_backend_name() == "sqlite":
        finding = findings.DATABASE_BROKEN
    return finding.result(
        place=_place(address),
        seconds=PATIENCE_S,
        user=address.username or "this user",
        name=address.database or "helpdesk",
        error=_without_password(said, address).strip().split("\n")[0].rstrip("."),
    )


def _place(address: URL) -> str:
    if address.get_backend_name() == "sqlite":
        return address.database or ""
    host = address.host or str(address.query.get("host", "the local socket"))
    return f"{host}:{address.port}" if address.port else host


def _without_password(said: str, address: URL) -> str:
    """Take the password out: no driver shows it, and none has promised not to."""
    hidden = {str(address.password or ""), str(address.query.get("password", ""))} - {""}
    for secret in hidden:
        said = said.replace(secret, "…")
    return said
