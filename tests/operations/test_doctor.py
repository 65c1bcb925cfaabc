"""`helpdesk doctor` as the real command: each thing that can be wrong is named, with its cure and an exit code."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests
from alembic import command as alembic
from click.testing import CliRunner
from sqlalchemy import create_engine

from helpdesk_core.app import make_host
from helpdesk_core.cli import command
from helpdesk_core.db import Database
from helpdesk_core.grades import MARKS, Grade
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.operations import findings
from helpdesk_core.operations.doctor import examine
from helpdesk_core.operations.results import Finding, Result, grade_of
from helpdesk_core.schema import alembic_config, revisions
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault
from plugins.registry import build_registry
from tests.core.test_registry import Site, site  # noqa: F401 - pytest finds the fixture by name
from tests.databases import all_tables
from tests.operations.conftest import CLIENT_SECRET, answering, connect_jira, opened

HELPDESK = Path(sys.executable).with_name("helpdesk")
PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
WHOLE = {"client_id": "an-id", "client_secret": Secret(CLIENT_SECRET)}


def told(answer, finding: Finding, **blanks: object) -> bool:
    """Whether an answer has the lines of a finding, with the cure below."""
    result = finding.result(**blanks)
    cure = f"\n    {result.cure}" if result.cure else ""
    return f"{MARKS[result.standing]} {result.check}: {result.words}{cure}\n" in answer.stdout


def marks(answer) -> dict[str, str]:
    """Return the mark of each check; of several lines the last one."""
    return {check: mark for mark, check in re.findall(r"^(\S) ([^:]+):", answer.stdout, flags=re.MULTILINE)}


# ── before anything is there ──────────────────────────────────────────────────────────────────────────────────────────


def test_on_a_fresh_machine_it_says_what_to_do_first_and_makes_nothing(doctor, tmp_path):
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.NOTHING_YET, directory=tmp_path / "data")
    assert "`helpdesk init` first" in answer.stdout
    assert not (tmp_path / "data").exists()


def test_an_empty_data_directory_stays_empty(doctor, tmp_path):
    (tmp_path / "data").mkdir()
    assert doctor().exit_code == 2
    assert list((tmp_path / "data").iterdir()) == []


def test_a_wrong_variable_is_named_and_hides_only_what_it_is_about(doctor, installed):
    answer = doctor(HELPDESK_BASE_URL="helpdesk.example")
    assert answer.exit_code == 2
    assert "✗ settings: HELPDESK_BASE_URL is 'helpdesk.example'" in answer.stdout
    seen = marks(answer)
    assert (seen["answer"], seen["public address"]) == ("?", "?")
    assert (seen["schema"], seen["admins"], seen["set-up"]) == ("✓", "✓", "✓")


# ── keys and files ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_that_is_none_is_named_by_its_number(doctor, installed):
    good = installed.keys[0].reveal()
    answer = doctor(HELPDESK_KEYS=f"{good},no-key-at-all")
    assert answer.exit_code == 2
    assert told(answer, findings.KEY_UNUSABLE, number=2, count=2, place="HELPDESK_KEYS")
    assert (marks(answer)["schema"], marks(answer)["stored secrets"]) == ("✓", "?")
    assert "no-key-at-all" not in answer.output


def test_a_key_that_opens_nothing_is_told_with_what_stays_shut(doctor, installed):
    connect_jira(**WHOLE)
    answer = doctor(HELPDESK_KEYS=Vault.new_key().reveal())
    assert answer.exit_code == 2
    kinds = "1 of the set-up forms, 1 of the credentials"
    assert told(answer, findings.SECRETS_SHUT, shut=2, count=2, kinds=kinds, place="HELPDESK_KEYS")
    assert "✗ set-up" not in answer.stdout, "it is not known whether anything lacks"


def test_with_the_old_key_behind_the_new_one_all_opens(doctor, installed):
    connect_jira(**WHOLE)
    answer = doctor(HELPDESK_KEYS=f"{Vault.new_key().reveal()},{installed.keys[0].reveal()}")
    assert told(answer, findings.SECRETS_OK, count=2)


def test_lost_key_files_are_named_and_not_made_anew(doctor, installed):
    for name in ("keys", "session-key"):
        (installed.data_dir / name).unlink()
    answer = doctor()
    assert answer.exit_code == 2
    for name in ("keys", "session-key"):
        assert told(answer, findings.KEY_FILE_MISSING, file=installed.data_dir / name)
    assert told(answer, findings.KEYS_NONE, place=installed.data_dir / "keys")
    assert told(answer, findings.SESSION_KEY_NONE, place=installed.data_dir / "session-key")


def test_key_files_that_others_may_read_are_a_warning(doctor, installed):
    (installed.data_dir / "keys").chmod(0o644)
    answer = doctor()
    assert answer.exit_code == 1
    assert told(answer, findings.KEY_FILE_OPEN, file=installed.data_dir / "keys", mode="644")


def test_an_empty_key_file_is_named(doctor, installed):
    (installed.data_dir / "keys").write_text("")
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.KEY_FILE_UNREADABLE, file=installed.data_dir / "keys")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look and write everywhere")
def test_a_directory_of_another_user_is_not_taken_for_a_fresh_one(doctor, installed):
    installed.data_dir.chmod(0o000)
    try:
        answer = CliRunner().invoke(command, ("doctor",), obj=build_registry)
    finally:
        installed.data_dir.chmod(0o700)
    assert answer.exit_code == 2
    assert told(answer, findings.DIRECTORY_UNWRITABLE, directory=installed.data_dir)
    assert told(answer, findings.KEY_FILE_UNREADABLE, file=installed.data_dir / "keys")
    assert told(answer, findings.DATABASE_UNWRITABLE, file=installed.data_dir / "helpdesk.db")


def test_a_session_key_that_could_be_guessed_is_a_warning(doctor, installed):
    answer = doctor(HELPDESK_SESSION_KEY="short-but-mine")
    assert answer.exit_code == 1
    assert told(answer, findings.SESSION_KEY_SHORT, length=14, least=32, place="HELPDESK_SESSION_KEY")


# ── the database ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_postgresql_that_does_not_listen_is_named_without_its_password(doctor, installed):
    answer = doctor(HELPDESK_DATABASE_URL="postgresql://bob:s3cret@127.0.0.1:1/helpdesk")
    assert answer.exit_code == 2
    assert told(answer, findings.DATABASE_REFUSED, place="127.0.0.1:1")
    assert {marks(answer)[check] for check in ("schema", "stored secrets", "admins", "set-up")} == {"?"}


def test_an_sqlite_file_in_a_missing_directory_is_named_and_the_directory_not_made(doctor, installed, tmp_path):
    answer = doctor(HELPDESK_DATABASE_URL=f"sqlite:///{tmp_path}/gone/helpdesk.db")
    assert answer.exit_code == 2
    assert told(answer, findings.DATABASE_NO_DIRECTORY, directory=tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


def test_a_missing_sqlite_file_is_named_and_not_made(doctor, installed):
    (installed.data_dir / "helpdesk.db").unlink()
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.DATABASE_NO_FILE, file=installed.data_dir / "helpdesk.db")


def test_a_file_that_is_no_database_is_named(doctor, installed):
    file = installed.data_dir / "helpdesk.db"
    file.write_text("this is a letter, and no database at all. " * 100)
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.DATABASE_BROKEN, place=file, error="file is not a database")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://bob:s3cret@h/x", "HELPDESK_DATABASE_URL names 'mysql'."),
        ("postgresql://bob:s3cret@h:port/x", "HELPDESK_DATABASE_URL is no address of a database."),
        ("sqlite://", "HELPDESK_DATABASE_URL names no file"),
    ],
)
def test_an_address_that_is_none_is_named(doctor, installed, url, words):
    answer = doctor(HELPDESK_DATABASE_URL=url)
    assert answer.exit_code == 2
    assert f"✗ database: {words}" in answer.stdout


def test_a_missing_driver_is_named_with_how_to_install_it(doctor, installed, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    answer = doctor(HELPDESK_DATABASE_URL="postgresql://bob:s3cret@h/x")
    assert answer.exit_code == 2
    assert "pip install 'helpdesk[postgresql]'" in answer.stdout


def test_a_database_behind_says_how_many_migrations_are_missing(doctor, installed):
    with opened() as host:
        alembic.downgrade(alembic_config(host.database), revisions()[-3])
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.SCHEMA_BEHIND, missing=2, all=len(revisions()), revision=revisions()[-3])
    assert (marks(answer)["stored secrets"], marks(answer)["set-up"]) == ("✓", "?")


def test_a_database_ahead_asks_for_a_newer_program(doctor, installed):
    _execute(installed, "UPDATE alembic_version SET version_num = '9999'")
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.SCHEMA_AHEAD, revision="9999", last=revisions()[-1])


def test_a_check_that_breaks_hides_no_other(doctor, installed):
    _execute(installed, "INSERT INTO alembic_version VALUES ('another')")
    answer = doctor()
    assert answer.exit_code == 1
    assert told(answer, findings.BROKE, check="schema", fault="CommandError")
    assert marks(answer)["plugins"] == "✓"


def test_an_empty_database_asks_for_init(doctor, installed):
    file = installed.data_dir / "helpdesk.db"
    file.unlink()
    file.touch()
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.SCHEMA_MISSING)


def test_missing_tables_of_the_job_engine_are_named(doctor, installed):
    _execute(installed, "DROP TABLE job_process")
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.JOBS_MISSING, tables="job_process")


def test_without_an_active_admin_it_says_how_to_make_one(doctor, installed):
    _execute(installed, 'UPDATE "user" SET active = 0')
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.ADMINS_NONE)


@pytest.mark.postgres
def test_on_postgresql_the_same_is_looked_at(doctor, installed, postgres_url):
    answer = doctor(HELPDESK_DATABASE_URL=postgres_url)
    assert told(answer, findings.SCHEMA_MISSING), answer.output
    _fill(postgres_url)
    answer = doctor(HELPDESK_DATABASE_URL=postgres_url)
    assert "✓ database: PostgreSQL answers" in answer.stdout
    assert {marks(answer)[check] for check in ("schema", "job engine", "stored secrets", "set-up")} == {"✓"}
    assert told(answer, findings.ADMINS_NONE)
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA dbos CASCADE")
    engine.dispose()
    answer = doctor(HELPDESK_DATABASE_URL=postgres_url)
    assert told(answer, findings.JOBS_MISSING, tables="workflow_status")


@pytest.mark.postgres
def test_a_name_that_postgresql_does_not_know_is_named(doctor, installed, postgres_url):
    answer = doctor(HELPDESK_DATABASE_URL=re.sub(r"/test_\w+", "/nowhere", postgres_url))
    assert answer.exit_code == 2
    assert "has no such database or no such user.\n    Make the database (createdb nowhere)" in answer.stdout


# ── the public address ────────────────────────────────────────────────────────────────────────────────────────────────


def test_while_nothing_runs_all_else_may_be_well(doctor, installed, environ):
    answer = doctor()
    assert answer.exit_code == 3
    assert told(answer, findings.ANSWER_REFUSED, url=environ["HELPDESK_BASE_URL"])
    assert told(answer, findings.ADDRESS_ENOUGH, url=environ["HELPDESK_BASE_URL"])


@pytest.mark.parametrize(
    ("status", "body", "headers", "finding", "blanks"),
    [
        (200, "<h1>It works!</h1>", {}, findings.ANSWER_STRANGER, {}),
        (200, '{"instance": 7}', {}, findings.ANSWER_STRANGER, {}),
        (404, "no", {}, findings.ANSWER_STRANGER, {}),
        (200, '{"instance": "another"}', {}, findings.ANSWER_OTHER, {}),
        (502, "bad gateway", {}, findings.ANSWER_BEHIND, {"status": 502}),
        (
            301,
            "",
            {"Location": "https://help.example/healthz?token=s3cret"},
            findings.ANSWER_ELSEWHERE,
            {"location": "https://help.example/healthz"},
        ),
    ],
)
def test_whoever_else_answers_at_the_public_address_is_told(doctor, installed, status, body, headers, finding, blanks):
    with answering(status, body, **headers) as url:
        answer = doctor(HELPDESK_BASE_URL=url)
    assert answer.exit_code == 2
    assert told(answer, finding, url=url, **blanks)


def test_a_host_without_an_address_is_told(doctor, installed):
    answer = doctor(HELPDESK_BASE_URL="https://bob:s3cret@helpdesk.invalid")
    assert answer.exit_code == 2
    assert (
        "✗ answer: https://helpdesk.invalid cannot be reached from here: the host name has no address." in answer.stdout
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", "it is this machine's own"),
        ("https://127.0.0.1:1", "it is this machine's own"),
        ("http://helpdesk.invalid", "it is not https"),
    ],
)
def test_once_something_is_connected_an_address_that_the_internet_does_not_reach_is_a_warning(
    doctor, installed, url, reason
):
    connect_jira(**WHOLE)
    answer = doctor(HELPDESK_BASE_URL=url)
    assert answer.exit_code in {1, 2}, "nobody answers at an invalid name"
    assert told(answer, findings.ADDRESS_SHUT, url=url, reason=reason)


# ── plugins ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_client_secret_is_trouble_once_something_is_connected(doctor, installed):
    answer = doctor(HELPDESK_JIRA_CLIENT_ID="an-id")
    assert told(answer, findings.SET_UP_LATER, title="Jira")
    connect_jira()
    answer = doctor(HELPDESK_JIRA_CLIENT_ID="an-id")
    assert answer.exit_code == 2
    connections, variable = "1 connection belongs", "HELPDESK_JIRA_CLIENT_SECRET"
    assert told(
        answer,
        findings.SET_UP_OPEN,
        title="Jira",
        fields="client_secret",
        connections=connections,
        variables=variable,
    )


def test_a_quarantined_plugin_is_named_with_its_distribution_and_the_reason(doctor, installed, site: Site):  # noqa: F811
    site.install("acme-helpdesk", module="acme_broken", code="raise RuntimeError('no luck')", acme="acme_broken")
    answer = doctor()
    assert answer.exit_code == 1
    reason = "acme_broken could not be imported: RuntimeError: no luck"
    assert told(
        answer,
        findings.PLUGIN_REFUSED,
        key="acme",
        origin="acme-helpdesk 1.5",
        reason=reason,
        distribution="acme-helpdesk",
    )


def test_connections_without_their_plugin_are_named(doctor, installed):
    connect_jira(**WHOLE)
    _execute(installed, "UPDATE connection SET integration = 'gone'")
    answer = doctor()
    assert answer.exit_code == 2
    assert told(answer, findings.PLUGIN_NEEDED, connections="1 connection belongs", key="gone")


# ── all is well ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_is_well_while_the_helpdesk_serves_and_metrics_are_for_this_machine(doctor, installed, environ):
    url = environ["HELPDESK_BASE_URL"]
    process = subprocess.Popen(
        [HELPDESK, "run", "--port", url.rpartition(":")[2]], env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        _wait_for(url)
        answer = doctor()
        assert answer.exit_code == 0, answer.stdout
        assert set(marks(answer).values()) == {"✓"}
        assert json.loads(doctor("--json").stdout)["standing"] == "ok"
        assert "helpdesk_build_info" in requests.get(f"{url}/metrics", timeout=10).text
        for header in ("X-Forwarded-For", "Forwarded"):
            passed_on = requests.get(f"{url}/metrics", headers={header: "for=203.0.113.7"}, timeout=10)
            assert passed_on.status_code == 403, "the server must not hide that a proxy passed it on"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


# ── for machines and other concerns ───────────────────────────────────────────────────────────────────────────────────


def test_machines_get_every_result_and_the_worst_standing(doctor, installed):
    answer = doctor("--json", HELPDESK_SESSION_KEY="short-but-mine")
    assert answer.exit_code == 1
    report = json.loads(answer.stdout)
    assert report["standing"] == "warning"
    warned = [result for result in report["results"] if result["standing"] == "warning"]
    assert [result["check"] for result in warned] == ["session key"]
    assert all(set(result) == {"check", "standing", "words", "cure"} for result in report["results"])


def test_further_checks_are_made_and_a_broken_one_hides_no_other(installed):
    def broken(_host):
        yield Result(check="first", standing=Grade.OK, words="Well.")
        msg = "a text with s3cret"
        raise RuntimeError(msg)

    def sound(host):
        with host.database.read():
            yield Result(check="second", standing=Grade.WARNING, words=f"{len(tuple(host.registry))} there.")

    results = list(examine(IntegrationRegistry(), make_host, (broken, sound)))
    assert [(each.check, each.standing) for each in results[-3:]] == [
        ("first", Grade.OK),
        ("further checks", Grade.UNKNOWN),
        ("second", Grade.WARNING),
    ]
    assert "RuntimeError" in results[-2].words
    assert "s3cret" not in str(results)


def test_further_checks_wait_for_a_database_that_is_fit(installed):
    _execute(installed, "UPDATE alembic_version SET version_num = '9999'")
    results = list(examine(IntegrationRegistry(), make_host, (lambda _host: pytest.fail("must not be asked"),)))
    assert (results[-1].check, results[-1].standing) == ("further checks", Grade.UNKNOWN)


def test_what_is_wrong_outweighs_what_is_not_known():
    ranks = [Grade.OK, Grade.UNKNOWN, Grade.WARNING, Grade.TROUBLE]
    results = [Result(check="x", standing=standing, words="") for standing in ranks]
    assert [grade_of(results[: count + 1]) for count in range(4)] == ranks


# ── the document ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_document_has_every_finding_with_its_cure_and_no_other():
    listed = [finding for finding in vars(findings).values() if isinstance(finding, Finding)]
    expected = [row(finding) for finding in listed if finding.standing is not Grade.OK]
    table = [line for line in PAGE.splitlines() if re.match(r"\| [!✗?] \|", line)]
    assert table == expected


def test_the_document_has_the_exit_codes():
    codes = {
        "all is well": 0,
        "a warning": 1,
        "trouble": 2,
        "nothing is wrong, but something could not be looked at": 3,
    }
    for words, code in codes.items():
        assert f"| {code} | {words} |" in PAGE


def row(finding: Finding) -> str:
    """Return a finding as a row of the table, its blanks in italics."""
    cells = [re.sub(r"{(\w+)}", r"*\1*", cell) for cell in (finding.check, finding.words, finding.cure)]
    return f"| {MARKS[finding.standing]} | {' | '.join(cells)} |".replace("|  |", "| |")


def _execute(installed, statement: str) -> None:
    with closing(sqlite3.connect(installed.data_dir / "helpdesk.db")) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(statement)
        connection.commit()


def _fill(url: str) -> None:
    database = Database(url)
    all_tables(database)
    database.dispose()


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            requests.get(f"{url}/healthz", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing answers at {url}")
