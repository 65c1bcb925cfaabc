"""A whole tour, with everything logged, shows no secret anywhere but where OAuth itself puts one into an address."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select

from helpdesk_core.models import Base
from plugins.demo.cast import Cast
from plugins.demo.program import HURRY
from plugins.demo.seeding import ADMIN, AGENTS
from plugins.demo.serving import DATABASE, Running, running
from plugins.demo.tour import walk
from plugins.demo.worlds import make_cast
from plugins.jira.simulator import demo_world
from tests.demo.conftest import assert_every_step_is_told

pytestmark = pytest.mark.tour

LONG_ENOUGH = 10


@dataclass
class Witness:
    """Remembers every answer that a browser got, and every secret that existed at that moment."""

    here: Running
    answers: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)

    def __call__(self, answer: requests.Response) -> None:
        self.answers.append((str(answer.request.url), answer.text + str(dict(answer.headers))))
        with self.here.simulator.state.lock:
            grants = self.here.simulator.state.grants
            self.tokens |= {*grants._access, *grants._refresh}
            self.codes |= set(grants._codes)
            self.states |= {pending.state for pending in self.here.simulator.state.pending.values()}


@dataclass(frozen=True)
class Toured:
    """What a tour left behind."""

    witness: Witness
    cast: Cast
    lines: list[str]
    log: list[str]
    reprs: list[str]
    stored: bytes
    keys: set[str]

    @property
    def passwords(self) -> set[str]:
        return {person.password for person in (ADMIN, *AGENTS)}

    @property
    def secrets(self) -> set[str]:
        own = {self.cast.client_secret, self.cast.atlassian.password, *self.passwords, *self.keys}
        return own | self.witness.tokens | self.witness.codes | self.witness.states


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Toured:
    """Walk once, with every logger of the process at DEBUG."""
    folder, world = tmp_path_factory.mktemp("tour"), demo_world()
    recorder = _Recorder()
    root, database = logging.getLogger(), logging.getLogger("sqlalchemy")  # which stays silent if not asked by name
    levels = root.level, database.level
    root.setLevel(logging.DEBUG)
    database.setLevel(logging.INFO)
    root.addHandler(recorder)
    try:
        with running(world, folder, pace=HURRY) as here:
            cast, witness, lines = make_cast(here, world), Witness(here), list[str]()
            assert walk(cast, say=lines.append, watcher=witness), lines[-1]
            reprs = [repr(here), repr(here.host), repr(here.host.vault), repr(cast), *_rows(here)]
            stored = b"".join(file.read_bytes() for file in sorted(folder.glob(f"{DATABASE}*")))
    finally:
        root.removeHandler(recorder)
        root.setLevel(levels[0])
        database.setLevel(levels[1])
    keys = {*(folder / "keys").read_text().split(), (folder / "session-key").read_text()}
    return Toured(witness, cast, lines, recorder.lines, reprs, stored, keys)


class _Recorder(logging.Handler):
    """Formats every record at once, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {self.format(record)}")


def _rows(here: Running) -> list[str]:
    with here.host.database.read() as session:
        mapped = [mapper.class_ for mapper in Base.registry.mappers]
        return [repr(vars(row)) for kind in mapped for row in session.scalars(select(kind))]


def test_the_witness_saw_what_it_should(toured: Toured) -> None:
    """Without this, the tests below could pass for want of anything to find."""
    witness = toured.witness
    assert len(witness.states) == 6, "each way to Atlassian had a state of its own"
    assert len(witness.codes) == 5, "each consent that was given brought a code"
    assert len(witness.tokens) == 12, "six pairs: three connections, two refreshes, one re-authorization"
    assert all(len(secret) >= LONG_ENOUGH for secret in toured.secrets)
    assert any("code=" in url and "state=" in url for url, _ in witness.answers)
    loggers = {line.split()[0] for line in toured.log}
    assert loggers >= {
        "urllib3.connectionpool",
        "plugins.jira.simulator.server",
        "helpdesk_core.connections.credentials",
        "sqlalchemy.engine.Engine",  # with the parameters of every statement
    }
    assert any("/integrations/jira/callback" in line for line in toured.log), "the browser's own calls are logged"


def test_no_log_line_shows_a_secret(toured: Toured) -> None:
    _assert_hidden(toured.secrets, toured.log)


def test_the_tour_tells_every_step(toured: Toured) -> None:
    assert_every_step_is_told(toured.lines)


def test_no_line_that_the_tour_prints_shows_a_secret(toured: Toured) -> None:
    _assert_hidden(toured.secrets, toured.lines)


def test_no_repr_shows_a_secret(toured: Toured) -> None:
    _assert_hidden(toured.secrets, toured.reprs)


def test_no_page_of_the_helpdesk_shows_a_secret(toured: Toured) -> None:
    here = toured.cast.helpdesk_url
    pages = [body for url, body in toured.witness.answers if url.startswith(here)]
    # A redirect's header leads on to Atlassian with the state: that is the address which OAuth asks for.
    _assert_hidden(toured.secrets - toured.witness.states, pages)
    _assert_hidden(toured.witness.states, [page for page in pages if "/authorize?" not in page])
    assert len([page for page in pages if "/authorize?" in page]) < len(pages) / 5


def test_no_page_of_atlassian_shows_what_is_the_helpdesks_own(toured: Toured) -> None:
    pages = [body for url, body in toured.witness.answers if url.startswith(toured.cast.atlassian_url)]
    hidden = {toured.cast.client_secret, *toured.passwords, *toured.keys, *toured.witness.tokens}
    _assert_hidden(hidden, pages)  # its sign-in page tells the simulated accounts' passwords on purpose


def test_addresses_hold_a_secret_only_where_oauth_puts_it(toured: Toured) -> None:
    allowed = toured.witness.codes | toured.witness.states
    for url, _ in toured.witness.answers:
        parts = urlsplit(url)
        if url.startswith(toured.cast.callback_url):
            may = allowed  # the way back: code and state
        elif url.startswith(toured.cast.atlassian_url) and parts.path in {"/authorize", "/login"}:
            may = toured.witness.states  # the way there, and Atlassian's sign-in on that way
        else:
            may = set()
        _assert_hidden(toured.secrets - may, [url])
        assert not may or set(parse_qs(parts.query)) <= {*_AUTHORIZE, "code", "error", "error_description", "continue"}


def test_the_database_files_hold_no_secret_in_the_clear(toured: Toured) -> None:
    assert b"dana@helpdesk.example" in toured.stored, "these are the right files"
    for secret in toured.secrets:
        assert secret.encode() not in toured.stored


_AUTHORIZE = {"audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt"}


def _assert_hidden(secrets: Iterable[str], texts: Iterable[str]) -> None:
    secrets = list(secrets)
    for text in texts:
        shown = [secret for secret in secrets if secret in text]
        assert not shown, f"{len(shown)} secrets stand in: {_blotted(text, shown)[:500]}"


def _blotted(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "█")
    at = max(text.find("█") - 200, 0)
    return text[at:]


def test_the_data_folder_can_be_read_by_its_owner_only_where_it_holds_keys(tmp_path: Path) -> None:
    with running(demo_world(), tmp_path):
        assert {file.stat().st_mode & 0o077 for file in (tmp_path / "keys", tmp_path / "session-key")} == {0}
