"""`Contract`: the base of all contract classes, and the guard that nobody weakens one without saying so.

A contract class holds the rules of one hook, a test each. A plugin's author subclasses `IntegrationContract`, which is
all of them, and overrides two fixtures: `plugin` and `remote`. Which rules apply is decided by what the plugin
implements, and by nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any, ClassVar, Final, TypeVar

import pytest

from helpdesk_core.integrations import Integration, IntegrationRegistry, Origin
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.remote import Remote

TestFunction = TypeVar("TestFunction", bound=Callable[..., None])

KIT: Final = "helpdesk_core.testing."
YOURS: Final = frozenset({"plugin", "remote"})
"""The fixtures that an author overrides; everything else of a contract stays as it is."""
WEAKENING: Final = frozenset({"skip", "skipif", "xfail"})


class ContractWeakened(TypeError):
    """A contract was changed where it may not be."""


def reads(*where: str) -> Callable[[TestFunction], TestFunction]:
    """Say with which parts of the author API a rule deals: a failure points there."""

    def note(function: TestFunction) -> TestFunction:
        function.reads = where  # type: ignore[attr-defined]  # a note beside the function, for the report
        return function

    return note


def subjects(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the parts of the author API with which a rule deals."""
    return getattr(function, "reads", ())


class Contract:
    """Rules that a plugin must keep. Subclasses in the kit hold the rules of one hook."""

    hook: ClassVar[str] = ""
    """The hook that the rules are about; a plugin that does not implement it is not asked. Empty: all plugins."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not cls.__module__.startswith(KIT):
            _guard(cls)

    @pytest.fixture
    def plugin(self) -> ModuleType:
        """Override it: the plugin's module, which its entry point names."""
        pytest.fail("Override the fixture `plugin`: return your plugin's module.", pytrace=False)

    @pytest.fixture
    def remote(self) -> Iterator[Remote]:
        """Override it: your `Remote`, a fresh one for each test."""
        pytest.fail("Override the fixture `remote`: return your Remote, a fresh one for each test.", pytrace=False)

    @pytest.fixture
    def registry(self, plugin: ModuleType) -> IntegrationRegistry:
        """The plugin, admitted or quarantined as the helpdesk does it."""
        registry = IntegrationRegistry()
        registry.admit(KEY, plugin, Origin(distribution=plugin.__name__))
        return registry

    @pytest.fixture
    def integration(self, registry: IntegrationRegistry) -> Integration:
        """The plugin's facets."""
        if registry.quarantined:  # the registration contract fails by the reason; here it would only repeat itself
            pytest.skip("The plugin is not admitted: see the registration contract.")
        return registry.get(KEY)

    @pytest.fixture
    def desk(self, integration: Integration, remote: Remote) -> Iterator[Desk]:
        """The helpdesk's side, not connected yet."""
        desk = Desk(integration, remote)
        yield desk
        desk.http.close()

    @pytest.fixture(autouse=True)
    def _asked_only_what_is_implemented(self, request: pytest.FixtureRequest, registry: IntegrationRegistry) -> None:
        contract = home_of(type(self), request.function.__name__)
        if contract and contract.hook and not registry.quarantined and contract.hook not in registry.get(KEY).hooks:
            pytest.skip(f"The plugin does not implement {contract.hook}.")


KEY: Final = "contract"
"""The key under which the contracts admit a plugin: a facet never needs to know its own."""


def home_of(cls: type, test: str) -> type[Contract] | None:
    """Return the contract class of the kit that holds a rule; None: it is a test of the author's own."""
    holding = (each for each in cls.__mro__ if test in vars(each) and issubclass(each, Contract))
    return next((each for each in holding if each.__module__.startswith(KIT)), None)


def _guard(cls: type[Contract]) -> None:
    """Refuse what would weaken a contract, and put the kit's own rule where an author expects it to fail."""
    if marks := [mark.name for mark in marks_of(cls) if mark.name in WEAKENING]:
        raise ContractWeakened(_refusal(cls, f"is marked {marks[0]} as a whole"))
    if not vars(cls).get("__test__", True):
        raise ContractWeakened(_refusal(cls, "is kept from being collected"))
    for name, value in list(vars(cls).items()):
        inherited = next((vars(base)[name] for base in cls.__mro__[1:] if name in vars(base)), None)
        if name in YOURS or name.startswith("__") or inherited is None or not _is_of_a_contract(cls, name):
            continue
        if not isinstance(inherited, FunctionType) or not name.startswith("test_"):
            raise ContractWeakened(_refusal(cls, f"overrides {name}, which is the contracts' own"))
        if not (mark := _expected_failure(value)):
            raise ContractWeakened(_refusal(cls, f"overrides {name}"))
        setattr(cls, name, mark(_again(inherited)))


def fault_of(cls: type[Contract]) -> str:
    """Say how a contract was changed after its class was made; empty: it was not."""
    for owner in cls.__mro__:
        if owner.__module__.startswith(KIT) or not issubclass(owner, Contract):
            continue
        for name, value in vars(owner).items():
            if name in YOURS or name.startswith("__") or not _is_of_a_contract(owner, name):
                continue
            rule = next((vars(base)[name] for base in owner.__mro__[1:] if name in vars(base)), None)
            if not isinstance(value, FunctionType) or value.__code__ is not getattr(rule, "__code__", None):
                return f"overrides {name}"
    return ""


def _is_of_a_contract(cls: type, name: str) -> bool:
    return any(name in vars(base) for base in cls.__mro__[1:] if issubclass(base, Contract))


def marks_of(target: object) -> list[pytest.Mark]:
    """Return the marks that stand on a class or function itself."""
    own = vars(target).get("pytestmark", [])
    marks: list[Any] = list(own) if isinstance(own, list | tuple) else [own]
    return [getattr(each, "mark", each) for each in marks]


def _expected_failure(value: object) -> pytest.MarkDecorator | None:
    """Return the mark with which a rule may be expected to fail: strict, and with a reason."""
    marks = marks_of(value) if isinstance(value, FunctionType) else []
    if [mark.name for mark in marks] != ["xfail"] or not is_honest(marks[0]):
        return None
    return pytest.mark.xfail(strict=True, reason=marks[0].kwargs["reason"])


def is_honest(mark: pytest.Mark) -> bool:
    """Whether an expected failure is strict, unconditional and says why."""
    return (
        mark.name == "xfail"
        and not mark.args
        and set(mark.kwargs) == {"strict", "reason"}
        and mark.kwargs["strict"] is True
        and bool(str(mark.kwargs["reason"]).strip())
    )


def _again(rule: FunctionType) -> FunctionType:
    """Copy a rule, so that a mark on the copy does not mark it for everybody."""
    copy = FunctionType(rule.__code__, rule.__globals__, rule.__name__, rule.__defaults__, rule.__closure__)
    copy.__dict__.update(rule.__dict__)
    copy.__kwdefaults__, copy.__doc__ = rule.__kwdefaults__, rule.__doc__
    copy.__module__, copy.__qualname__ = rule.__module__, rule.__qualname__
    copy.__annotations__ = rule.__annotations__
    return copy


def _refusal(cls: type, what: str) -> str:
    return (
        f"{cls.__name__} ({getattr(sys.modules.get(cls.__module__), '__file__', cls.__module__)}) {what}. "
        "A contract is not weakened in silence: override only the fixtures `plugin` and `remote`. Where a rule cannot "
        "be kept, override its test with the one mark @pytest.mark.xfail(strict=True, reason=...): the rule itself "
        "runs, and is told as an expected failure with your reason."
    )
