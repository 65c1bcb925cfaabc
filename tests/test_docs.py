"""The documents say what the code does: exact signatures, all fields, examples that run, links that lead somewhere."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest

from helpdesk_core import errors, facets, hookspecs, values
from helpdesk_core.integrations import IntegrationRegistry, Origin

ROOT = Path(__file__).parents[1]
HOOKS_PAGE = (ROOT / "docs" / "plugins" / "hooks.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

CODE_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
PARTS = ("**When:**", "**Return:**", "**Errors:**", "**Since:**", "```python")


def signature(name: str, function) -> str:
    """Return a signature as it is written, without the quotes of annotations that are kept as text."""
    return f"{name}{inspect.signature(function)}".replace("'", "")


def own(module: ModuleType, kind: type) -> list[type]:
    """Return the public classes that a module defines."""
    defined = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and f"{value.__module__}.".startswith(f"{module.__name__}.")
    ]
    return [one for one in defined if issubclass(one, kind) and not one.__name__.startswith("_")]


HOOKS = {
    signature(name, hook): hook
    for name, hook in vars(hookspecs).items()
    if name.startswith("helpdesk_") and callable(hook)
}
METHODS = {
    signature(f"{facet.__name__}.{name}", method): method
    for facet in own(facets, object)
    for name, method in vars(facet).items()
    if inspect.isfunction(method) and not name.startswith("_")
}
VALUES = own(values, object)


def sections(page: str) -> dict[str, str]:
    """Return the text under each heading of third rank, by the heading's words without back-ticks."""
    parts = re.split(r"^### (.+)$|^## .+$", page, flags=re.MULTILINE)
    return {heading.strip("`"): text for heading, text in zip(parts[1::2], parts[2::2], strict=True) if heading}


SECTIONS = sections(HOOKS_PAGE)


@pytest.mark.parametrize("expected", [*HOOKS, *METHODS])
def test_every_hook_and_facet_method_is_documented_with_its_exact_signature(expected):
    assert expected in SECTIONS, f"docs/plugins/hooks.md needs the heading: ### `{expected}`"
    assert [part for part in PARTS if part not in SECTIONS[expected]] == []


def test_nothing_is_documented_that_does_not_exist():
    known = {*HOOKS, *METHODS, *(value.__name__ for value in VALUES), "SettingsMap"}
    assert set(SECTIONS) - known == set()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_every_value_is_documented_with_its_fields(value):
    text = SECTIONS[value.__name__]
    told = set(re.findall(r"^- `([^`]+)`", text, flags=re.MULTILINE))
    if issubclass(value, Enum):
        assert told == {member.name for member in value}
    elif is_dataclass(value):
        expected = {f"{field.name}: {field.type}" for field in fields(value)}
        properties = {name: member.fget for name, member in vars(value).items() if isinstance(member, property)}
        assert told == expected | {f"{name}: {read.__annotations__['return']}" for name, read in properties.items()}
    else:
        methods = [name for name, member in vars(value).items() if inspect.isfunction(member) and name[0] != "_"]
        assert told == {signature(name, getattr(value, name)).replace("(self)", "()") for name in methods}


@pytest.mark.parametrize("family", errors.IntegrationError.__subclasses__(), ids=lambda family: family.__name__)
def test_every_family_of_errors_is_documented(family):
    assert f"| `{family.__name__}(" in HOOKS_PAGE


def test_the_smallest_plugin_of_the_documents_is_admitted():
    module = ModuleType("smallest_plugin")
    exec(compile(CODE_BLOCK.findall(HOOKS_PAGE)[0], "docs/plugins/hooks.md", "exec"), module.__dict__)
    registry = IntegrationRegistry()
    registry.admit("acme", module, Origin(distribution="helpdesk-acme"))
    assert registry.quarantined == ()
    assert registry.get("acme").card.title == "Acme"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_are_python(page):
    for block in CODE_BLOCK.findall(page.read_text(encoding="utf-8")):
        compile(block, str(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)  # code is no link
    broken = [target for target in LINK.findall(text) if not leads(page, target)]
    assert broken == []


def leads(page: Path, target: str) -> bool:
    """Whether a link of `page` finds its file, and the heading in it. Other sites are not asked."""
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or file.suffix != ".md" or anchor in anchors(file))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ── the reference's examples ──────────────────────────────────────────────────────────────────────────────────────────

YOURS = {
    *("address", "batches", "bearer", "check", "delete", "every_page", "exchange", "get"),
    *("issue", "kinds", "may_comment", "me", "move", "old", "post", "project"),
    *("put", "quote", "remove", "remove_strays", "secret", "standing_in", "status", "statuses"),
    *("to_comment", "to_found", "urlencode", "workspaces_of", "credentials_from", "ClientForm", "TOKEN_URL"),
}
"""What an example takes from the author's own modules."""


def api_names() -> dict[str, object]:
    names: dict[str, object] = {"hookimpl": hookspecs.hookimpl, "Iterable": Iterable}
    for module in (errors, facets, values):
        names |= {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return names


def examples_of(page: str) -> list[str]:
    return CODE_BLOCK.findall(page)[1:]  # the first is the smallest plugin, which is admitted above


@pytest.mark.parametrize("example", examples_of(HOOKS_PAGE), ids=lambda text: text.split("(")[0].split()[-1])
def test_an_example_of_the_reference_runs_and_fits_the_values(example):
    """It is executed, so its annotations exist; every name in it is the API's or the author's, every field is one."""
    known = api_names()
    stands_in = dict.fromkeys(re.findall(r"\bAcme\w+", example), object)
    exec(compile(example, "docs/plugins/hooks.md", "exec", dont_inherit=True), known | stands_in)
    tree = ast.parse(example)
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    taken = loaded - bound - known.keys() - stands_in.keys() - vars(builtins).keys() - STANDARD
    assert taken - YOURS == set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        value = known.get(call.func.id)
        if is_dataclass(value):
            given = {keyword.arg for keyword in call.keywords}
            assert given <= {field.name for field in fields(value)}, f"{call.func.id} has no such field"
            needed = {f.name for f in fields(value) if f.default is MISSING and f.default_factory is MISSING}
            assert needed <= given, f"{call.func.id} needs {needed - given}"


STANDARD = {"datetime", "hmac", "json"}
"""Modules and names of the standard library that examples use without importing them."""
