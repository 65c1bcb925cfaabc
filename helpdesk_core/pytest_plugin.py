"""The kit's pytest plugin: `--helpdesk-integration`, what a failure says, and the guard at collection.

It is announced in the entry-point group ``pytest11``, so it is loaded by every pytest run in an environment where the
helpdesk is installed. Therefore it imports nothing of the helpdesk until a contract is met.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Generator
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from helpdesk_core.testing.contract import Contract

CONTRACT_MODULE: Final = "helpdesk_core.testing.contract"
INSTALLED: Final = Path(__file__).parent / "testing" / "installed.py"

pytest.register_assert_rewrite("helpdesk_core.testing")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that tests an installed integration."""
    parser.getgroup("helpdesk").addoption(
        "--helpdesk-integration",
        metavar="KEY",
        help="run the contracts against the installed integration KEY, with the Remote that its distribution announces",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take the contracts of an installed integration in place of the tests of this folder, if one is named."""
    config.addinivalue_line("markers", "contract: a rule that the helpdesk relies on in every plugin")
    if config.getoption("--helpdesk-integration"):
        config.args[:] = [str(INSTALLED)]


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the rules as contracts; refuse those that were weakened after their class was made, or by their module.

    Raises:
        pytest.UsageError: names the first such test.
    """
    if CONTRACT_MODULE not in sys.modules:  # nothing that was collected can be a contract
        return
    from helpdesk_core.testing.contract import fault_of  # noqa: PLC0415 - see the module's docstring

    faults: dict[type[Contract], str] = {}
    for item in items:
        if not (contract := _contract_of(item)):
            continue
        item.add_marker("contract")
        cls = _class_of(item)
        if cls not in faults:
            faults[cls] = fault_of(cls)
        if fault := _weakened(item, contract) or faults[cls]:
            msg = f"{item.nodeid} {fault}. A contract is not weakened in silence: see docs/plugins/contracts.md."
            raise pytest.UsageError(msg)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say beside a failure which rule of which hook was broken, and where to read on."""
    report = yield
    if report.failed and (contract := _contract_of(item)):
        report.sections.append(("helpdesk contract", explain(item, contract)))
    return report


def explain(item: pytest.Item, contract: type[Contract]) -> str:
    """Write what an author needs to know about a rule that was broken."""
    from helpdesk_core.testing.contract import subjects  # noqa: PLC0415 - see the module's docstring

    function: Any = getattr(item, "function", None)
    where = subjects(function)
    lines = [
        f"Rule     {item.name}, of the {contract.__name__}",
        indent(dedent(inspect.getdoc(function) or ""), " " * 9),
        f"Hook     {contract.hook or 'all of them'}",
    ]
    if where:
        pages = ", ".join(f"`{each}`" for each in where)
        lines += [
            f"Read on  docs/plugins/hooks.md under {pages}, or:",
            f"         python -m pydoc {_spoken(where[0])}",
        ]
    return "\n".join(line for line in lines if line.strip())


def _spoken(name: str) -> str:
    from helpdesk_core import errors  # noqa: PLC0415 - see the module's docstring

    if name.startswith("helpdesk_"):
        return f"helpdesk_core.hookspecs.{name}"
    if "." in name:
        return f"helpdesk_core.facets.{name}"
    return f"helpdesk_core.{'errors' if hasattr(errors, name) else 'values'}.{name}"


def _contract_of(item: pytest.Item) -> type[Contract] | None:
    """Return the contract whose rule a test is; None: it is no rule of the kit."""
    if CONTRACT_MODULE not in sys.modules:
        return None
    from helpdesk_core.testing.contract import Contract, home_of  # noqa: PLC0415 - see the module's docstring

    cls = getattr(item, "cls", None)
    if not (isinstance(cls, type) and issubclass(cls, Contract)):
        return None
    return home_of(cls, getattr(item, "originalname", ""))


def _class_of(item: pytest.Item) -> type[Contract]:
    """Return the class of a rule, of which it is known that there is one."""
    cls: type[Contract] = getattr(item, "cls")  # noqa: B009 - only a function's item has it, and mypy knows items only
    return cls


def _weakened(item: pytest.Item, contract: type[Contract]) -> str:
    """Say how a rule was weakened; empty: it was not."""
    from helpdesk_core.testing.contract import KIT, WEAKENING, is_honest  # noqa: PLC0415 - see the module's docstring

    function: Any = getattr(item, "function", None)
    if not str(getattr(function, "__module__", "")).startswith(KIT):
        return f"stands in place of a rule of the {contract.__name__}"
    for mark in item.iter_markers():
        own = mark in getattr(function, "pytestmark", [])
        if mark.name in WEAKENING and not (own and is_honest(mark)):
            return f"is marked {mark.name}"
    return ""
