"""`docs/plugins/contracts.md`: the list of all rules, written from the kit itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from helpdesk_core.testing import Contract, IntegrationContract
from helpdesk_core.testing.contract import subjects

PAGE = Path(__file__).parents[2] / "docs" / "plugins" / "contracts.md"
BEGIN, END = "<!-- the rules, written by tests/contracts/test_documents.py -->\n", "<!-- end of the rules -->"
WIDTH = 138

CONTRACTS = [each for each in reversed(IntegrationContract.__bases__) if issubclass(each, Contract)]


def rules_of(contract: type[Contract]) -> dict[str, object]:
    """Return the rules of a contract, by their names, in the order in which they stand there."""
    return {name: rule for name, rule in vars(contract).items() if name.startswith("test_")}


def rules() -> str:
    """Write the rules of all contracts."""
    return "\n".join(line for contract in CONTRACTS for line in _contract(contract))


def written(page: str) -> str:
    """Return the page with its rules as the kit has them."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{rules()}\n{END}{rest.partition(END)[2]}"


def _contract(contract: type[Contract]) -> Iterator[str]:
    yield f"### {contract.__name__}\n"
    about = f"`{contract.hook}`" if contract.hook else "all hooks"
    yield fill(f"{_words(contract)} About {about}.", WIDTH) + "\n"
    for name, rule in rules_of(contract).items():
        yield fill(f"- **`{name}`**: {_words(rule)} {_reading(rule)}", WIDTH, subsequent_indent="  ")
    yield ""


def _words(documented: object) -> str:
    return " ".join((inspect.getdoc(documented) or "").split())


def _reading(rule: object) -> str:
    return f"({', '.join(f'`{each}`' for each in subjects(rule))})"
