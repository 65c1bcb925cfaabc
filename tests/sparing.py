"""What each test would make again, made once for all tests of a process.

Almost every test makes an application and a database of its own, so that none sees what another left behind. Most of
the time went into what does not differ between them: these fixtures share it, and nothing that a test could change.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import CodeType

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine, event
from werkzeug.routing import Rule
from werkzeug.security import generate_password_hash

from helpdesk_core import db
from helpdesk_core.accounts import service as accounts


class CompiledTemplates(BytecodeCache):
    """Jinja looks a template up by its file and its content, so a compiled one is never taken for another."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in a millisecond: what a strong hash costs is Werkzeug's business, not these tests'."""
    monkeypatch.setattr(accounts, "generate_password_hash", partial(generate_password_hash, method="pbkdf2:sha256:1"))


@pytest.fixture(autouse=True, scope="session")
def compiled_templates() -> Iterator[None]:
    """Compile each template once for all applications."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": CompiledTemplates()})
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_routes() -> Iterator[None]:
    """Compile each route once for all applications: Werkzeug writes two functions for each of our 76, which took most
    of the time in which an application is made. They know their route by an argument, and nothing of its application.
    """
    compile_builder = Rule._compile_builder
    builders: dict[object, object] = {}

    def once(rule: Rule, append_unknown: bool = True) -> object:
        key = (rule.rule, *rule._trace, repr(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(autouse=True, scope="session")
def sqlite_at_ease() -> Iterator[None]:
    """Let all engines of SQLite share what SQL they compiled, and leave it to the system when it writes to the disk: no
    test outlives a loss of power.
    """
    make_engine = db._sqlite_engine
    model = create_engine("sqlite://", query_cache_size=5000)
    model.connect().close()  # a dialect gets to know its database by the first connection

    def engine_at_ease(url: str) -> Engine:
        engine = make_engine(url)
        # what was compiled is kept by dialect, and each engine would have its own
        engine.dialect, engine._compiled_cache = model.dialect, model._compiled_cache
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "_sqlite_engine", engine_at_ease)
        yield
    model.dispose()
