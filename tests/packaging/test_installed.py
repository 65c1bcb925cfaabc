"""What somebody has who installs the wheels: the plugins, the kit, the example's own suite, and a way to begin."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from tests.packaging.conftest import EXAMPLE, ROOT, Environment

pytestmark = pytest.mark.packaging

CARDS = """
    import re
    from helpdesk_core.accounts.models import Role
    from helpdesk_core.accounts.service import create_user
    from helpdesk_core.app import create_app, make_host, make_ready
    from helpdesk_core.config import Settings
    from helpdesk_core.values import Secret
    from plugins.registry import build_registry

    host = make_host(Settings.from_env(), build_registry())
    make_ready(host)
    with host.database.write() as session:
        create_user(
            session, email="a@b.example", name="Ann", password=Secret("correct horse"), role=Role.ADMIN, now=host.now()
        )
    app = create_app(host, session_key="only for tests")
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    client.post("/sign-in", data={"email": "a@b.example", "password": "correct horse"})
    print(client.get("/settings/integrations").text)
"""


def test_the_source_tree_is_not_there(environment: Environment):
    told = environment.run("python", "-c", "import helpdesk_core; print(helpdesk_core.__file__)").stdout
    assert Path(told.strip()).is_relative_to(environment.folder)
    assert str(ROOT) not in told


def test_plugins_are_listed(environment: Environment):
    told = environment.run("helpdesk", "plugins", "list").stdout
    assert re.search(
        r"^jira  installed  helpdesk 0\.\d+\.\d+  helpdesk_settings_card .*helpdesk_health_checks$", told, re.MULTILINE
    )
    assert re.search(r"^roundup  installed  helpdesk-roundup 0\.\d+\.\d+  helpdesk_settings_card ", told, re.MULTILINE)


def test_the_kit_checks_the_bundled_plugin(environment: Environment, sampled: bool):
    chosen = ("-k", "registration or card or statuses or secrecy") if sampled else ()
    checked = environment.run("helpdesk", "plugins", "check", "jira", "-q", *chosen)
    assert checked.returncode == 0, checked.stdout[-3000:]
    assert int(passed(checked.stdout)) >= (15 if sampled else 100)


def test_the_kit_checks_a_plugin_whose_remote_nobody_announces(environment: Environment):
    checked = environment.run("helpdesk", "plugins", "check", "roundup", "-q", "-k", "registration or card or connect")
    assert checked.returncode == 0, checked.stdout[-3000:]
    assert int(passed(checked.stdout)) >= 8
    assert "no distribution announces one in the group helpdesk.remotes as roundup" in checked.stdout


def test_the_examples_own_suite_passes(environment: Environment, sampled: bool, tmp_path):
    suite = tmp_path / "helpdesk-roundup"
    suite.mkdir()
    shutil.copytree(EXAMPLE / "tests", suite / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "pyproject.toml", suite)
    chosen = ("tests/test_plugin.py", "tests/test_connect.py", "tests/test_vocabulary.py") if sampled else ()
    run = environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen, cwd=suite)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert int(passed(run.stdout)) >= (20 if sampled else 300)


def test_a_plugin_that_was_just_begun_is_installed_and_leads_its_author_on(environment: Environment):
    begun = environment.run("helpdesk", "plugins", "new", "acme")
    assert begun.returncode == 0, begun.stderr
    folder = environment.home / "helpdesk-acme"
    (command,) = re.findall(r"python -m pip install (.+)", begun.stdout)
    environment.pip(*command.replace("'", "").split(), cwd=folder)

    assert re.search(
        r"^acme  installed  helpdesk-acme 0\.1\.0 ", environment.run("helpdesk", "plugins", "list").stdout, re.MULTILINE
    )
    page = environment.run("python", "-c", dedent(CARDS)).stdout
    assert "Keep tickets and Acme items in step." in page
    assert "/settings/integrations/acme/connect" in page

    kept = environment.run("pytest", "-q", "-k", "registration or card", cwd=folder)
    assert kept.returncode == 0, kept.stdout[-3000:]
    assert passed(kept.stdout) == "8"
    first = environment.run("pytest", "-x", cwd=folder)
    assert first.returncode == 1
    assert (
        "Write AcmeConnectFlow.begin in helpdesk_acme/connect.py: return ShowForm(form=..., title=...)" in first.stdout
    )
    assert "Rule     test_connect_" in first.stdout
    assert "Read on  docs/plugins/hooks.md under `ConnectFlow.begin`" in first.stdout


def passed(told: str) -> str:
    """Return how many tests passed."""
    found = re.search(r"(\d+) passed", told)
    assert found, told[-2000:]
    return found[1]
