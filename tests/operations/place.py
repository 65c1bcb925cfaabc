"""A helpdesk connected with a simulated Jira, on which the real commands work too: one database, one key, real time."""

from __future__ import annotations

import json
from dataclasses import dataclass

from click.testing import CliRunner, Result
from sqlalchemy import select

from helpdesk_core.cli import command
from helpdesk_core.connections.models import Credential
from helpdesk_core.db import Database
from helpdesk_core.health import work as health_work
from helpdesk_core.host import utc_now
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.sync.listening import ask_to_listen
from helpdesk_core.sync.work import register
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from plugins.registry import build_registry
from tests.sync.stand import Stand, connect, make_host, settings_for

BASE_URL = "https://help.example.com"


@dataclass(frozen=True)
class Place:
    """Both sides, and the variables with which a command finds this helpdesk."""

    stand: Stand
    jobs: MemoryJobs
    environ: dict[str, str]

    def run(self, *arguments: str) -> Result:
        """Give a command. Whatever it finds: no traceback, and no secret shown."""
        answer = CliRunner().invoke(command, arguments, obj=build_registry, env=self.environ)
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        assert [secret for secret in self.secrets() if secret in answer.output] == []
        return answer

    def secrets(self) -> set[str]:
        """Return all that must not be told: the key, the app's secret, and the tokens that are stored now."""
        host = self.stand.host
        with host.database.read() as session:
            kept = [json.loads(host.vault.open(sealed)) for sealed in session.scalars(select(Credential.sealed))]
        tokens = {each[name] for each in kept for name in ("access_token", "refresh_token")}
        return {*tokens, self.stand.simulator.state.app.client_secret, self.environ["HELPDESK_KEYS"]}


def make_place(url: str, data_dir: str, simulator: Simulator, work: Work) -> Place:
    """Connect the site, use a project, save a board, and subscribe, as a helpdesk that runs does by itself."""
    key = Vault.new_key()
    settings = settings_for(simulator)
    jobs = MemoryJobs(work, utc_now)
    host = make_host(
        database=Database(url),
        jobs=jobs,
        key=key,
        registry=build_registry(),
        jira=settings,
        now=utc_now,
        base_url=BASE_URL,
    )
    register(work, host)
    health_work.register(work, host)
    stand = connect(host, simulator)
    with host.database.write() as session:
        ask_to_listen(jobs, session, stand.connection_id)
    jobs.run_all()
    stand.calls()
    environ = {
        "HELPDESK_DATA_DIR": data_dir,
        "HELPDESK_DATABASE_URL": url,
        "HELPDESK_BASE_URL": BASE_URL,
        "HELPDESK_KEYS": key.reveal(),
        **{f"HELPDESK_JIRA_{name.upper()}": value for name, value in settings.items()},
    }
    return Place(stand, jobs, environ)
