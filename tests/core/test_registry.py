"""Discovery for real: distributions on disk announce plugins, good and broken; only `sys.path` is changed."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

import pytest

from helpdesk_core.hookspecs import ENTRY_POINT_GROUP
from plugins.registry import NAMELESS, build_registry, discover

GOOD_PLUGIN = """
    from helpdesk_core import hookimpl
    from tests.core.test_integrations import Flow, Statuses
    from helpdesk_core.values import SettingsCard

    @hookimpl
    def helpdesk_settings_card():
        return SettingsCard(title="Good", summary="")

    @hookimpl
    def helpdesk_connect_flow():
        return Flow()

    @hookimpl
    def helpdesk_status_vocabulary():
        return Statuses()
"""


class Site:
    """A folder on `sys.path` into which a test installs distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def install(self, distribution: str, *, module: str = "", code: str = GOOD_PLUGIN, **entries: str) -> None:
        """Install a distribution with one module and some entry points; `entries` are key=value of our group."""
        lines = [f"[{ENTRY_POINT_GROUP}]", *(f"{key} = {value}" for key, value in entries.items())]
        self.write_metadata(distribution, "\n".join(lines))
        if module:
            (self.folder / f"{module}.py").write_text(dedent(code))

    def write_metadata(self, distribution: str, entry_points_text: str, *, metadata: bool = True) -> None:
        """Write a dist-info folder, with the entry points as they are given."""
        info = self.folder / f"{distribution.replace('-', '_')}-1.5.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(entry_points_text)
        if metadata:
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n")


@pytest.fixture
def site(tmp_path, monkeypatch):
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site.folder))
    before = set(sys.modules)
    yield site
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(site.folder)):
            del sys.modules[name]


def quarantined(registry) -> dict[str, tuple[str, str]]:
    return {plugin.key: (str(plugin.origin), plugin.reason) for plugin in registry.quarantined}


def test_jira_is_found_through_its_entry_point_like_any_other():
    (announced,) = [one for one in discover() if one.key == "jira"]
    assert announced.origin.distribution == "helpdesk"
    assert announced.entry in entry_points(group=ENTRY_POINT_GROUP)
    assert "jira" in build_registry()


def test_a_third_partys_plugin_is_found_and_admitted(site):
    site.install("acme-helpdesk", module="acme_good", acme="acme_good")
    acme = build_registry().get("acme")
    assert str(acme.origin) == "acme-helpdesk 1.5"
    assert acme.card.title == "Good"


BROKEN = {
    "import error": ("import module_that_nobody_has", "ModuleNotFoundError: No module named 'module_that_nobody_has'"),
    "syntax error": ("def broken(:", "SyntaxError: invalid syntax"),
    "raising import": ("raise RuntimeError('at import')", "RuntimeError: at import"),
    "program ended by import": ("raise SystemExit(3)", "SystemExit: 3"),
    "no hook at all": ("", "It does not implement the required hook helpdesk_settings_card."),
    "misspelt hook": (GOOD_PLUGIN.replace("connect_flow", "conect_flow"), "unknown hook 'helpdesk_conect_flow'"),
    "wrong return type": (GOOD_PLUGIN.replace("Flow()", "Flow"), "must return a ConnectFlow, not ABCMeta"),
    "raising hook": (GOOD_PLUGIN.replace("return Flow()", "return 1 / 0"), "It raised ZeroDivisionError"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_quarantined_by_name_and_takes_nobody_with_it(site, kind):
    code, reason = BROKEN[kind]
    site.install("acme-helpdesk", module="acme_broken", code=code, acme="acme_broken")
    site.install("zeta-helpdesk", module="zeta_good", zeta="zeta_good")
    registry = build_registry()
    origin, told = quarantined(registry)["acme"]
    assert origin == "acme-helpdesk 1.5"
    assert reason in told
    assert "\n" not in told
    assert {"jira", "zeta"} <= {integration.key for integration in registry}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("acme_good:helpdesk_connect_flow", "must name a module, not a function"),
        ("acme_good:nothing_here", "AttributeError"),
        ("not a module name", "could not be imported"),
    ],
)
def test_an_entry_point_that_names_no_module_is_quarantined(site, value, reason):
    site.install("acme-helpdesk", module="acme_good", acme=value)
    origin, told = quarantined(build_registry())["acme"]
    assert origin == "acme-helpdesk 1.5"
    assert reason in told


def test_a_bad_key_is_quarantined(site):
    site.install("acme-helpdesk", module="acme_good", ACME="acme_good")
    assert "must be 2 to 31 lower-case letters" in quarantined(build_registry())["ACME"][1]


def test_a_clash_of_two_distributions_names_both_and_the_earlier_one_keeps_the_key(site):
    site.install("beta-helpdesk", module="beta_good", tracker="beta_good")
    site.install("alpha-helpdesk", module="alpha_good", tracker="alpha_good")
    registry = build_registry()
    assert registry.get("tracker").origin.distribution == "alpha-helpdesk"
    origin, told = quarantined(registry)["tracker"]
    assert origin == "beta-helpdesk 1.5"
    assert "already taken by alpha-helpdesk 1.5; beta-helpdesk 1.5 claims it too" in told


def test_nobody_takes_the_key_of_a_bundled_plugin(site):
    site.install("aaa-first-by-name", module="impostor", jira="impostor")
    registry = build_registry()
    assert registry.get("jira").origin.distribution == "helpdesk"
    assert quarantined(registry)["jira"][0] == "aaa-first-by-name 1.5"


def test_two_keys_for_one_module_are_one_integration(site):
    site.install("acme-helpdesk", module="acme_good", acme="acme_good", bcme="acme_good")
    registry = build_registry()
    assert "acme" in registry
    assert "is the integration 'acme' already" in quarantined(registry)["bcme"][1]


def test_a_distribution_that_stands_in_two_folders_is_no_clash(site, tmp_path, monkeypatch):
    """As with a checkout in front of an installed copy: the first folder is what gets imported."""
    site.install("acme-helpdesk", module="acme_good", acme="acme_good")
    behind = Site(tmp_path / "behind")
    behind.install("Acme_Helpdesk", acme="acme_good", old="acme_gone")
    monkeypatch.setattr(sys, "path", [*sys.path, str(behind.folder)])
    registry = build_registry()
    assert "acme" in registry
    assert {"acme", "old"}.isdisjoint(quarantined(registry))


def test_malformed_entry_points_are_quarantined_only_if_they_name_us(site):
    site.write_metadata("acme-helpdesk", f"[{ENTRY_POINT_GROUP}]\nthis is no entry point\n")
    site.write_metadata("stranger", "[console_scripts]\nthis is no entry point\n")
    site.install("zeta-helpdesk", module="zeta_good", zeta="zeta_good")
    registry = build_registry()
    assert quarantined(registry)["acme-helpdesk"] == (
        "acme-helpdesk 1.5",
        "The entry points of its distribution are malformed.",
    )
    assert "stranger" not in quarantined(registry)
    assert "zeta" in registry


def test_the_remains_of_an_uninstalled_distribution_stop_nobody(site):
    for name, key in (("gone-helpdesk", "gone"), ("lost-helpdesk", "lost")):
        site.write_metadata(name, f"[{ENTRY_POINT_GROUP}]\n{key} = module_{key}\n", metadata=False)
    registry = build_registry()
    assert {quarantined(registry)[key][0] for key in ("gone", "lost")} == {NAMELESS}
    assert "jira" in registry
