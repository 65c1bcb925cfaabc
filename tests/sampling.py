"""How long the generated runs are: whole where they are asked for, a sample of each in `make test`.

Chaos, laws and tours find rare faults by sheer number, and take most of the time of all tests. Whoever changes what
they watch runs them whole: `make soak`, or `pytest -m laws` and the like. `make test` says `--sample`, and then each of
them runs shorter, so that everything is still tried within minutes. See docs/decisions/0011.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line ask for samples."""
    parser.addoption("--sample", action="store_true", help="run the long generated runs shorter, as `make test` does")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the whole of a long run has."""
    if config.getoption("sample"):
        left_out = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if not item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def sampled(pytestconfig: pytest.Config) -> bool:
    """Whether only a sample of each long run is asked for."""
    return bool(pytestconfig.getoption("sample"))
