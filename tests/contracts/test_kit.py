"""The kit itself: it is not weakened in silence, it says what to do, and what it demands of an author stays small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import helpdesk_core.errors
import helpdesk_core.facets
import helpdesk_core.hookspecs
import helpdesk_core.testing.tracker.testing  # here, because pytester forgets what is first imported within a run
import helpdesk_core.values
from helpdesk_core.hookspecs import ENTRY_POINT_GROUP
from helpdesk_core.testing import IntegrationContract
from helpdesk_core.testing.contract import subjects
from helpdesk_core.testing.installed import REMOTES

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
RULE = "test_card_lines_are_said"
HEAD = """
import pytest
from dataclasses import replace
from helpdesk_core.testing import IntegrationContract, Remote
from helpdesk_core.testing.tracker import build_plugin
from helpdesk_core.testing.tracker.card import CARD
from helpdesk_core.testing.tracker.testing import TrackerRemote

def fixtures(**facets):
    @pytest.fixture
    def plugin(self):
        return build_plugin(**facets)
    @pytest.fixture
    def remote(self):
        with TrackerRemote() as remote:
            yield remote
    return plugin, remote
"""
SOUND = "    plugin, remote = fixtures()\n"
BLANK = "    plugin, remote = fixtures(settings_card=replace(CARD, workspace_word=''))\n"


@pytest.fixture
def run(pytester, monkeypatch):
    """Run an author's test file with the kit's own pytest plugin alone; `-k` narrows it to some rules."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    alone = ("-p", "helpdesk_core.pytest_plugin", "-p", "no:cacheprovider", "-ra", "--assert=plain")

    def run(body: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_acme=f"{HEAD}\n{body}")
        return pytester.runpytest_inprocess(*alone, *options)

    return run


def said(result: pytest.RunResult) -> str:
    """What pytest printed, on one line."""
    return " ".join(f"{result.stdout.str()} {result.stderr.str()}".split())


# ── weakened when the class is made ─────────────────────────────────────────────────────────────────────────────────

OVERRIDES = {
    "a rule": (f"    def {RULE}(self): pass", f"overrides {RULE}"),
    "desk": ("    @pytest.fixture\n    def desk(self): return None", "overrides desk"),
    "integration": ("    @pytest.fixture\n    def integration(self): return None", "overrides integration"),
    "hook": ("    hook = 'helpdesk_nothing'", "overrides hook"),
    "not collected": ("    __test__ = False", "is kept from being collected"),
    "skipped rule": (f"    @pytest.mark.skip(reason='later')\n    def {RULE}(self): pass", f"overrides {RULE}"),
    "without reason": (f"    @pytest.mark.xfail(strict=True)\n    def {RULE}(self): pass", f"overrides {RULE}"),
    "blank reason": (
        f"    @pytest.mark.xfail(strict=True, reason=' ')\n    def {RULE}(self): pass",
        f"overrides {RULE}",
    ),
    "not strict": (
        f"    @pytest.mark.xfail(strict=False, reason='odd')\n    def {RULE}(self): pass",
        f"overrides {RULE}",
    ),
    "on condition": (
        f"    @pytest.mark.xfail(True, strict=True, reason='odd')\n    def {RULE}(self): pass",
        f"overrides {RULE}",
    ),
    "set to nothing": (f"    {RULE} = None", f"overrides {RULE}"),
    "guarding fixture": (
        "    @pytest.fixture(autouse=True)\n    def _asked_only_what_is_implemented(self): pass",
        "overrides _asked_only_what_is_implemented",
    ),
}


@pytest.mark.parametrize("how", OVERRIDES)
def test_an_override_is_refused_when_the_class_is_made(run, how):
    code, words = OVERRIDES[how]
    result = run(f"class TestAcme(IntegrationContract):\n{SOUND}{code}\n")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert words in said(result)
    assert "override only the fixtures `plugin` and `remote`" in said(result)


@pytest.mark.parametrize("mark", ["skip(reason='x')", "skipif(True, reason='x')", "xfail(strict=True, reason='x')"])
def test_a_class_of_rules_is_not_marked_as_a_whole(run, mark):
    own = run(f"class TestAcme(IntegrationContract):\n{SOUND}    pytestmark = pytest.mark.{mark}\n")
    assert own.ret == pytest.ExitCode.INTERRUPTED
    assert "as a whole" in said(own)


# ── weakened afterwards ─────────────────────────────────────────────────────────────────────────────────────────────

AFTERWARDS = {
    "a mark of the class": (f"@pytest.mark.skip(reason='x')\nclass TestAcme(IntegrationContract):\n{SOUND}", "skip"),
    "a mark of the module": (
        f"pytestmark = pytest.mark.skip(reason='x')\nclass TestAcme(IntegrationContract):\n{SOUND}",
        "is marked skip",
    ),
    "a rule replaced": (
        f"class TestAcme(IntegrationContract):\n{SOUND}\nTestAcme.{RULE} = lambda self: None",
        f"overrides {RULE}",
    ),
    "a rule removed": (
        f"class TestAcme(IntegrationContract):\n{SOUND}\nTestAcme.{RULE} = None",
        f"overrides {RULE}",
    ),
    "a fixture replaced": (
        f"class TestAcme(IntegrationContract):\n{SOUND}\n"
        "TestAcme.desk = pytest.fixture(lambda self: pytest.skip('none'))",
        "overrides desk",
    ),
    "a skip of the class by set": (
        f"class TestAcme(IntegrationContract):\n{SOUND}\nTestAcme.pytestmark = [pytest.mark.skip(reason='x')]",
        "is marked skip",
    ),
}


@pytest.mark.parametrize("how", AFTERWARDS)
def test_what_is_weakened_afterwards_is_refused_at_collection(run, how):
    code, words = AFTERWARDS[how]
    result = run(code)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in said(result)


def test_a_rule_that_is_replaced_in_the_kit_is_refused(pytester):
    replaced = "from helpdesk_core.testing import SettingsCardContract\n"
    replaced += f"SettingsCardContract.{RULE} = lambda self: None\nclass TestAcme(IntegrationContract):\n{SOUND}"
    pytester.makepyfile(test_acme=f"{HEAD}\n{replaced}")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-k", RULE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "stands in place of a rule of the SettingsCardContract" in said(result)


# ── what an author may do ───────────────────────────────────────────────────────────────────────────────────────────

HONEST = f"    @pytest.mark.xfail(strict=True, reason='Acme has no word')\n    def {RULE}(self): pass\n"


def test_an_expected_failure_runs_the_rule_and_tells_the_reason(run):
    result = run(f"class TestAcme(IntegrationContract):\n{BLANK}{HONEST}", "-k", "card")
    result.assert_outcomes(passed=4, xfailed=1)
    assert "Acme has no word" in said(result)


def test_an_expected_failure_of_a_rule_that_is_kept_is_a_failure(run):
    result = run(f"class TestAcme(IntegrationContract):\n{SOUND}{HONEST}", "-k", RULE)
    result.assert_outcomes(failed=1)
    assert "[XPASS(strict)]" in said(result)


def test_an_expected_failure_of_one_author_is_none_of_another(run):
    classes = f"class TestAcme(IntegrationContract):\n{BLANK}{HONEST}\nclass TestZeta(IntegrationContract):\n{BLANK}"
    run(classes, "-k", RULE).assert_outcomes(failed=1, xfailed=1)


def test_an_author_may_add_tests(run):
    own = "    def test_acme_is_reached(self, desk):\n        assert desk.connection\n"
    run(f"class TestAcme(IntegrationContract):\n{SOUND}{own}", "-k", "acme_is_reached").assert_outcomes(passed=1)


def test_an_authors_own_tests_may_be_skipped(run):
    own = "    @pytest.mark.skip(reason='x')\n    def test_acme_is_slow(self): pass\n"
    run(f"class TestAcme(IntegrationContract):\n{SOUND}{own}", "-k", "acme_is").assert_outcomes(skipped=1)


# ── what applies ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_implemented_is_skipped_by_name(run):
    lacking = "    plugin, remote = fixtures(conversation=None)\n"
    result = run(
        f"class TestAcme(IntegrationContract):\n{lacking}", "-k", "test_conversation or losses_leave_one_comment"
    )
    assert "failed" not in result.parseoutcomes()
    assert "passed" not in result.parseoutcomes()
    assert "The plugin does not implement helpdesk_conversation." in said(result)


def test_what_is_implemented_fails_where_the_remote_lacks_the_method(run):
    lacking = (
        "class Lacking(TrackerRemote):\n"
        "    back_links = Remote.back_links\n"
        "class TestAcme(IntegrationContract):\n"
        "    plugin, _ = fixtures()\n"
        "    @pytest.fixture\n"
        "    def remote(self):\n"
        "        with Lacking() as remote:\n"
        "            yield remote\n"
    )
    result = run(lacking, "-k", "link_back_stands_once")
    result.assert_outcomes(failed=1)
    assert "Write back_links() of your Remote" in said(result)


@pytest.mark.parametrize("fixture", ["plugin", "remote"])
def test_a_fixture_that_is_not_overridden_says_so(run, fixture):
    other = {"plugin": "remote", "remote": "plugin"}[fixture]
    kept = f"    {other} = fixtures()[{['plugin', 'remote'].index(other)}]\n"
    result = run(f"class TestAcme(IntegrationContract):\n{kept}", "-k", "test_gateway_fetch_is_fresh")
    result.assert_outcomes(errors=1)
    assert f"Override the fixture `{fixture}`" in said(result)


def test_a_failure_says_rule_hook_and_where_to_read_on(run):
    result = run(f"class TestAcme(IntegrationContract):\n{BLANK}", "-k", RULE)
    told = said(result)
    assert "helpdesk contract" in told
    assert f"Rule {RULE}, of the SettingsCardContract" in told
    assert "Section, the word for a workspace and every prerequisite are said, none is blank." in told
    assert "Hook helpdesk_settings_card" in told
    assert "python -m pydoc helpdesk_core.hookspecs.helpdesk_settings_card" in told


# ── what the rules say of themselves ────────────────────────────────────────────────────────────────────────────────

RULES = {name: getattr(IntegrationContract, name) for name in dir(IntegrationContract) if name.startswith("test_")}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_tells_what_it_demands_and_where_to_read_on(rule):
    assert (RULES[rule].__doc__ or "").strip(), "it has no docstring"
    where = subjects(RULES[rule])
    assert where, "it does not say with what it deals"
    assert [name for name in where if not _exists(name)] == [], "it leads to what there is not"


def _exists(name: str) -> bool:
    facet, _, method = name.partition(".")
    if method:
        return hasattr(getattr(helpdesk_core.facets, facet, None), method)
    places = (helpdesk_core.hookspecs, helpdesk_core.values, helpdesk_core.errors)
    return any(hasattr(place, name) for place in places)


def test_where_to_read_on_is_found_by_pydoc():
    from helpdesk_core.pytest_plugin import _spoken  # noqa: PLC0415 - the kit's pytest plugin is not imported by tests

    names = {_spoken(name) for rule in RULES.values() for name in subjects(rule)}
    script = "import pydoc, sys\nfor name in sys.argv[1:]: assert pydoc.locate(name) is not None, name\n"
    subprocess.run([sys.executable, "-c", script, *sorted(names)], check=True, cwd=ROOT)


# ── installed plugins ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_key_is_told_with_those_that_there_are(pytester):
    result = pytester.runpytest_subprocess("--helpdesk-integration=nosuch", "-p", "no:cacheprovider", "-k", "admitted")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert f"No installed distribution announces nosuch in the group {ENTRY_POINT_GROUP}." in said(result)
    assert "jira" in said(result)


def test_a_key_that_two_distributions_claim_is_told_with_both(pytester, monkeypatch):
    for name in ("acme-one", "acme-two"):
        info = pytester.mkdir(f"{name.replace('-', '_')}-1.5.dist-info")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\nacme = {name.replace('-', '_')}\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    result = pytester.runpytest_subprocess("--helpdesk-integration=acme", "-p", "no:cacheprovider", "-k", "admitted")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "acme is claimed by acme-one 1.5 and by acme-two 1.5: uninstall one of them." in said(result)


def test_a_plugin_without_a_remote_is_tested_as_far_as_that_goes(pytester, monkeypatch):
    info = pytester.mkdir("acme_one-1.5.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-one\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\nacme = helpdesk_core.testing.tracker.plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    result = pytester.runpytest_subprocess("--helpdesk-integration=acme", "-p", "no:cacheprovider", "-ra")
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["passed"] >= 8
    assert f"no distribution announces one in the group {REMOTES} as acme" in said(result)


def helpdesk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the helpdesk in some folder."""
    command = [sys.executable, "-c", "from plugins.registry import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_runs_the_contracts_of_an_installed_plugin(tmp_path):
    ran = helpdesk(tmp_path, "plugins", "check", "jira", "-k", "card")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"5 passed, \d+ deselected", ran.stdout)


def test_the_command_says_what_is_installed(tmp_path):
    ran = helpdesk(tmp_path, "plugins", "check", "nosuch")
    assert ran.returncode != 0
    assert "No installed distribution announces an integration called nosuch. Installed: jira" in ran.stderr
    assert "Traceback" not in ran.stderr


# ── what it costs an author ─────────────────────────────────────────────────────────────────────────────────────────

OURS = {"test_kit.py", "test_mutants.py"}


def contracts_in(file: Path) -> list[ast.ClassDef]:
    """Return the classes of a file that hold a plugin to all contracts."""
    classes = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ClassDef))
    return [each for each in classes if "IntegrationContract" in map(ast.unparse, each.bases)]


CONTRACT_FILES = [
    file
    for folder in (ROOT / "tests" / "contracts", ROOT / "examples")
    for file in sorted(folder.rglob("test_*.py"))
    if file.name not in OURS and contracts_in(file)
]
HARNESSES = [
    ROOT / "helpdesk_core" / "testing" / "tracker" / "testing.py",
    ROOT / "plugins" / "jira" / "testing.py",
    *sorted((ROOT / "examples").rglob("remote.py")),
]


@pytest.mark.parametrize("file", CONTRACT_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_contract_file_is_short_and_overrides_two_fixtures(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 40
    for cls in contracts_in(file):
        held = [node for node in cls.body if not isinstance(node, ast.Expr)]
        assert {getattr(node, "name", ast.dump(node)) for node in held} == {"plugin", "remote"}


def test_contract_files_are_found():
    assert {"test_jira.py", "test_tracker.py", "test_contracts.py"} <= {file.name for file in CONTRACT_FILES}
    assert len(HARNESSES) >= 3


@pytest.mark.parametrize("file", HARNESSES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_an_author_writes_for_the_other_end_is_short(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 150
