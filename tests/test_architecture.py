"""Who may import whom, and how modules look. The rules are the tables; the code below them only reads modules.

Every import counts, wherever it stands: at the top, in a function, or for type checkers only.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES = 300

# ── the layers of the core: a module imports its own layer and those above it in this table ─────────────────────────

LAYERS = {
    "errors": "helpdesk_core.errors",
    "values": "helpdesk_core.values helpdesk_core.values.*",
    "facets": "helpdesk_core.facets helpdesk_core.facets.*",
    "hookspecs": "helpdesk_core helpdesk_core.hookspecs",
    "integrations": "helpdesk_core.integrations",
    "ground": (
        "helpdesk_core.db helpdesk_core.vault helpdesk_core.outbound helpdesk_core.host helpdesk_core.config "
        "helpdesk_core.formatting helpdesk_core.grades helpdesk_core.tally helpdesk_core.models helpdesk_core.schema "
        "helpdesk_core.migrations* helpdesk_core.jobs helpdesk_core.jobs.* *.models"
    ),
    "views": "*.views *.views.* *.*_views *.forms",
    "services": "helpdesk_core.*.* helpdesk_core.accounts helpdesk_core.tickets helpdesk_core.connections "
    "helpdesk_core.mapping helpdesk_core.sync helpdesk_core.channels helpdesk_core.health "
    "helpdesk_core.conversation helpdesk_core.operations helpdesk_core.authoring",
    "app": "helpdesk_core.app",
    "cli": "helpdesk_core.cli",
}
"""Layer → its modules. A module belongs to the first layer that fits; `ORDER` has them from the bottom up."""
ORDER = (
    *("errors", "values", "facets", "hookspecs", "integrations", "ground"),
    *("services", "views", "app", "cli"),
)

# ── rules beside the layers ─────────────────────────────────────────────────────────────────────────────────────────

AUTHOR_API = "helpdesk_core helpdesk_core.hookspecs helpdesk_core.facets helpdesk_core.values helpdesk_core.errors"
PURE = "helpdesk_core.mapping.board helpdesk_core.mapping.cards helpdesk_core.mapping.documents "
PURE += "helpdesk_core.mapping.gestures helpdesk_core.mapping.suggestions helpdesk_core.mapping.wording "
PURE += "helpdesk_core.mapping.drift "
PURE += "helpdesk_core.mapping.paths helpdesk_core.mapping.routes helpdesk_core.mapping.judgement "
PURE += "helpdesk_core.mapping.exchange helpdesk_core.mapping.exchange_nodes helpdesk_core.mapping.exchange_reading "
PURE += "helpdesk_core.mapping.exchange_writing helpdesk_core.mapping.matching helpdesk_core.mapping.resemblance "
PURE += "helpdesk_core.mapping.verdict_words helpdesk_core.mapping.verdicts "
PURE += "helpdesk_core.mapping.captions helpdesk_core.mapping.flow helpdesk_core.mapping.geometry "
PURE += "helpdesk_core.mapping.layout helpdesk_core.mapping.lettering helpdesk_core.mapping.picture "
PURE += "helpdesk_core.sync.merge helpdesk_core.sync.progress helpdesk_core.sync.wording "
PURE += "helpdesk_core.conversation.deciding helpdesk_core.channels.fields"
PAGES = "*.views *.views.* *.*_views *.forms helpdesk_core.app helpdesk_core.cli helpdesk_core.host"
DEMO = "plugins.demo plugins.demo.*"
SIMULATOR = "plugins.jira.simulator plugins.jira.simulator.*"
KIT = "helpdesk_core.testing helpdesk_core.testing.* helpdesk_core.pytest_plugin"
REMOTES = "plugins.jira.testing helpdesk_core.testing.tracker.testing"
"""What acts at the other end of the contracts: it knows the kit and the remote system, and no plugin knows it."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`who` never imports `never`, except `but`; modules in `free` may. All are patterns with spaces between them.

    The pattern `*` stands for everything but the standard library.
    """

    name: str
    who: str
    never: str
    breach: tuple[str, str]
    """An import that breaks it: proves that the rule bites."""
    but: str = ""
    free: str = ""

    def forbids(self, module: str, imported: str) -> bool:
        """Whether `module` may not import `imported`."""
        if not fits(module, self.who) or fits(module, self.free) or fits(imported, self.but):
            return False
        return not is_standard(imported) if self.never == "*" else fits(imported, self.never)


RULES = (
    Rule(
        name="the core knows no plugin",
        who="helpdesk_core*",
        never="plugins plugins.*",
        breach=("helpdesk_core.cli", "plugins.registry"),
    ),
    Rule(
        name="only the composition root knows both sides",
        who="plugins.*",
        never="helpdesk_core*",
        but=AUTHOR_API,
        free=f"plugins.registry {DEMO} {REMOTES}",
        breach=("plugins.jira.gateway", "helpdesk_core.db"),
    ),
    Rule(
        name="a plugin takes the author API, its few libraries and the standard library",
        who="plugins.jira.*",
        never="*",
        but=f"{AUTHOR_API} plugins.jira.* requests requests.* wtforms wtforms.* authlib.* joserfc joserfc.* "
        "marklas marklas.* mistune mistune.*",
        free=f"{SIMULATOR} {REMOTES}",
        breach=("plugins.jira.card", "flask"),
    ),
    Rule(
        name="Authlib stands in one module",
        who="*",
        never="authlib authlib.*",
        free="plugins.jira.oauth",
        breach=("plugins.jira.client", "authlib.oauth2"),
    ),
    Rule(
        name="joserfc stands in one module",
        who="plugins.jira.*",
        never="joserfc joserfc.*",
        free=f"plugins.jira.webhooks {SIMULATOR}",
        breach=("plugins.jira.deliveries", "joserfc.jwt"),
    ),
    Rule(
        name="the layout library stands in one module",
        who="*",
        never="grandalf grandalf.*",
        free="helpdesk_core.mapping.layout",
        breach=("helpdesk_core.mapping.picture", "grandalf.layouts"),
    ),
    Rule(
        name="what trusts the text that it converts stands behind one that does not",
        who="*",
        never="marklas marklas.* mistune mistune.*",
        free="plugins.jira.text.*",
        breach=("plugins.jira.adf", "marklas"),
    ),
    Rule(
        name="the simulator is an independent reading of Atlassian's documents: no core",
        who=SIMULATOR,
        never="helpdesk_core*",
        breach=("plugins.jira.simulator.tokens", "helpdesk_core.values"),
    ),
    Rule(
        name="the simulator is an independent reading of Atlassian's documents: no client",
        who=SIMULATOR,
        never="plugins.*",
        but=SIMULATOR,
        breach=("plugins.jira.simulator.tokens", "plugins.jira.oauth"),
    ),
    Rule(
        name="the plugin does not know its simulator",
        who="plugins.jira.*",
        never=SIMULATOR,
        free=f"{SIMULATOR} {REMOTES}",
        breach=("plugins.jira.oauth", "plugins.jira.simulator.tokens"),
    ),
    Rule(
        name="services, models and pure modules know no Flask",
        who="helpdesk_core.*",
        never="flask flask.* flask_*",
        free=PAGES,
        breach=("helpdesk_core.tickets.service", "flask_login"),
    ),
    Rule(
        name="the host takes one name of Flask: current_app",
        who="helpdesk_core.host",
        never="flask_* flask.*",
        breach=("helpdesk_core.host", "flask_login"),
    ),
    Rule(
        name="pure modules do no I/O",
        who=PURE,
        never="sqlalchemy* flask* requests* time os io pathlib random secrets socket subprocess urllib.request logging",
        breach=("helpdesk_core.mapping.board", "sqlalchemy.orm"),
    ),
    Rule(
        name="pure modules know only values, errors and one another",
        who=PURE,
        never="helpdesk_core*",
        but=f"helpdesk_core.values helpdesk_core.errors {PURE}",
        breach=("helpdesk_core.mapping.board", "helpdesk_core.mapping.models"),
    ),
    Rule(
        name="the settings are read where a program starts",
        who="*",
        never="helpdesk_core.config",
        free=f"helpdesk_core.app helpdesk_core.cli plugins.registry {DEMO} "
        "helpdesk_core.operations.doctor helpdesk_core.operations.installation helpdesk_core.authoring.commands",
        breach=("helpdesk_core.connections.service", "helpdesk_core.config"),
    ),
    Rule(
        name="the engine stands behind its seam",
        who="*",
        never="dbos dbos.*",
        free="helpdesk_core.jobs.client helpdesk_core.jobs.worker helpdesk_core.jobs.tidying",
        breach=("helpdesk_core.sync.service", "dbos"),
    ),
    Rule(
        name="only the wiring of a program imports the engine",
        who="helpdesk_core.*",
        never="helpdesk_core.jobs.client helpdesk_core.jobs.worker helpdesk_core.jobs.tidying",
        free="helpdesk_core.jobs.* helpdesk_core.app helpdesk_core.cli",
        breach=("helpdesk_core.sync.service", "helpdesk_core.jobs.client"),
    ),
    Rule(
        name="the engine's seam knows no concern",
        who="helpdesk_core.jobs*",
        never="helpdesk_core.accounts* helpdesk_core.tickets* helpdesk_core.connections* helpdesk_core.mapping* "
        "helpdesk_core.sync*",
        breach=("helpdesk_core.jobs.work", "helpdesk_core.sync.models"),
    ),
    Rule(
        name="accounts know no other concern",
        who="helpdesk_core.accounts*",
        never="helpdesk_core.tickets* helpdesk_core.connections* helpdesk_core.mapping* helpdesk_core.sync*",
        breach=("helpdesk_core.accounts.service", "helpdesk_core.tickets.models"),
    ),
    Rule(
        name="tickets know neither connections nor the mapping",
        who="helpdesk_core.tickets*",
        never="helpdesk_core.connections* helpdesk_core.mapping* helpdesk_core.sync*",
        breach=("helpdesk_core.tickets.service", "helpdesk_core.mapping.service"),
    ),
    Rule(
        name="connections know neither tickets nor the mapping",
        who="helpdesk_core.connections*",
        never="helpdesk_core.tickets* helpdesk_core.mapping* helpdesk_core.sync*",
        breach=("helpdesk_core.connections.service", "helpdesk_core.mapping.models"),
    ),
    Rule(
        name="health looks at every concern, and none knows it",
        who="helpdesk_core.*",
        never="helpdesk_core.health*",
        free="helpdesk_core.health* helpdesk_core.operations* helpdesk_core.app helpdesk_core.cli helpdesk_core.models",
        breach=("helpdesk_core.sync.holds", "helpdesk_core.health.resuming"),
    ),
    Rule(
        name="operations look at every concern, and none knows them",
        who="helpdesk_core.*",
        never="helpdesk_core.operations*",
        free="helpdesk_core.operations* helpdesk_core.authoring.commands helpdesk_core.app helpdesk_core.cli",
        breach=("helpdesk_core.sync.service", "helpdesk_core.operations.results"),
    ),
    Rule(
        name="what speaks to Prometheus stands in operations",
        who="*",
        never="prometheus_client prometheus_client.*",
        free="helpdesk_core.operations.metrics helpdesk_core.operations.families",
        breach=("helpdesk_core.sync.deliveries", "prometheus_client"),
    ),
    Rule(
        name="the contract kit takes the author API, the registry, the session and pytest",
        who=KIT,
        never="*",
        but=f"{AUTHOR_API} {KIT} helpdesk_core.integrations helpdesk_core.outbound "
        "pytest requests* urllib3 werkzeug.* wtforms* bs4",
        breach=("helpdesk_core.testing.desk", "helpdesk_core.db"),
    ),
    Rule(
        name="nothing that runs in a helpdesk needs the contract kit",
        who="helpdesk_core* plugins*",
        never=KIT,
        free=f"{KIT} {REMOTES}",
        breach=("helpdesk_core.cli", "helpdesk_core.testing"),
    ),
    Rule(
        name="the model plugin is written as anybody's: the author API and two libraries",
        who="helpdesk_core.testing.tracker*",
        never="*",
        but=f"{AUTHOR_API} helpdesk_core.testing.tracker* requests requests.* wtforms wtforms.*",
        free=REMOTES,
        breach=("helpdesk_core.testing.tracker.gateway", "helpdesk_core.integrations"),
    ),
    Rule(
        name="the imaginary tracker knows no helpdesk",
        who="helpdesk_core.testing.tracker.remote* helpdesk_core.testing.tracker.service",
        never="helpdesk_core* wtforms*",
        but="helpdesk_core.testing.tracker.remote*",
        breach=("helpdesk_core.testing.tracker.service", "helpdesk_core.values"),
    ),
    Rule(
        name="the model plugin knows its tracker by what it answers only",
        who="helpdesk_core.testing.tracker.*",
        never="helpdesk_core.testing.tracker.remote* helpdesk_core.testing.tracker.service",
        free="helpdesk_core.testing.tracker.remote* helpdesk_core.testing.tracker.service "
        f"helpdesk_core.testing.tracker.connected {REMOTES}",
        breach=("helpdesk_core.testing.tracker.gateway", "helpdesk_core.testing.tracker.remote.state"),
    ),
)

BANNED_NAMES = {
    f"{name}{plural}" for name in ("util", "helper", "common", "manager", "handler") for plural in ("", "s")
}
ENVIRONMENT_READER = "helpdesk_core.config"
CLOCKS = {"now", "utcnow", "today"}

# ── reading modules ─────────────────────────────────────────────────────────────────────────────────────────────────


def fits(name: str, patterns: str) -> bool:
    """Whether `name` fits one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


def is_standard(name: str) -> bool:
    """Whether `name` is the standard library's, or the type checkers' own."""
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names | {"_typeshed"}


@cache
def modules() -> dict[str, Path]:
    """Return our modules by their dotted names."""
    files = [file for package in ("helpdesk_core", "plugins") for file in sorted((ROOT / package).rglob("*.py"))]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def tree(module: str) -> ast.Module:
    """Parse a module."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """Return what a module imports, as modules: `from a import b` is a.b where that is a module of ours, else a."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(origin), names=names, level=0):
                parts = {f"{origin}.{alias.name}" for alias in names}
                found |= {part if part in modules() else origin for part in parts}
            case ast.ImportFrom():
                pytest.fail(f"{module}, line {node.lineno}: name the whole module instead of a relative import")
    return frozenset(found)


def layer(module: str) -> str | None:
    """Return the layer of a module of the core; None for the contract kit, which stands beside the layers."""
    if fits(module, KIT):
        return None
    return next((name for name, patterns in LAYERS.items() if fits(module, patterns)), None)


def of_the_core(names: list[str] | frozenset[str]) -> list[str]:
    return [name for name in names if fits(name, "helpdesk_core helpdesk_core.*") and layer(name)]


# ── the tests ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_modules_are_found():
    assert {"helpdesk_core.facets", "helpdesk_core.tickets.service", "plugins.registry"} <= set(modules())


def test_every_module_of_the_core_has_a_layer():
    core = [name for name in modules() if fits(name, "helpdesk_core helpdesk_core.*")]
    assert [name for name in core if layer(name) is None and not fits(name, KIT)] == []
    assert set(ORDER) == set(LAYERS)


def test_imports_go_down_the_layers():
    upward = [
        f"{module} ({layer(module)}) imports {imported} ({layer(imported)})"
        for module in of_the_core(list(modules()))
        for imported in of_the_core(imports(module))
        if ORDER.index(layer(imported)) > ORDER.index(layer(module))
    ]
    assert upward == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_kept(rule):
    broken = [
        f"{module} imports {imported}"
        for module in modules()
        for imported in sorted(imports(module))
        if rule.forbids(module, imported)
    ]
    assert broken == [], rule.name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_bites(rule):
    assert rule.forbids(*rule.breach)


def test_pure_modules_know_no_clock_and_open_nothing():
    calls = [
        f"{module}, line {node.lineno}"
        for module in modules()
        if fits(module, PURE)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS)
            or (isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input"})
        )
    ]
    assert calls == []


def test_one_module_reads_the_environment():
    readers = {
        module
        for module in modules()
        for node in ast.walk(tree(module))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and node.names[0].name in {"environ", "getenv"})
    }
    assert readers <= {ENVIRONMENT_READER}


def test_no_module_is_named_for_nothing_or_like_the_standard_library():
    last = {module: module.rsplit(".", 1)[-1] for module in modules()}
    assert [module for module, name in last.items() if name in BANNED_NAMES or name in sys.stdlib_module_names] == []


def test_modules_are_short_or_say_why_they_are_not():
    silent = [
        f"{module}: {len(file.read_text(encoding='utf-8').splitlines())} lines"
        for module, file in modules().items()
        if len(file.read_text(encoding="utf-8").splitlines()) > MAX_LINES
        and f"{MAX_LINES} lines" not in (ast.get_docstring(tree(module)) or "")
    ]
    assert silent == []


def test_every_module_says_why_it_exists():
    assert [module for module in modules() if tree(module).body and not ast.get_docstring(tree(module))] == []
