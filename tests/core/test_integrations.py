"""Admission: every kind of broken plugin is quarantined by name, and the good ones go on working."""

from __future__ import annotations

from types import ModuleType

import pytest

from helpdesk_core import hookimpl
from helpdesk_core.errors import NotFound
from helpdesk_core.facets import ConnectFlow, StatusVocabulary
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.values import Account, Failed, FailureCode, ProjectDetail, SettingsCard, Vocabulary

ACME = Origin(distribution="acme-helpdesk", version="2.0")
OTHER = Origin(distribution="other-helpdesk", version="1.0")


class Flow(ConnectFlow):
    def begin(self, request):
        return Failed(code=FailureCode.REMOTE_REFUSED)

    def complete(self, callback):
        return Failed(code=FailureCode.REMOTE_REFUSED)

    def verify(self, connection):
        return Account(id="1", name="Bot")


class Statuses(StatusVocabulary):
    def read(self, connection):
        return Vocabulary(projects=(), statuses=())

    def project(self, request):
        return ProjectDetail(project_id="1", kinds=(), statuses=())


def helpdesk_settings_card():
    return SettingsCard(title="Acme", summary="")


def helpdesk_connect_flow():
    return Flow()


def helpdesk_status_vocabulary():
    return Statuses()


GOOD = (helpdesk_settings_card, helpdesk_connect_flow, helpdesk_status_vocabulary)


def plugin_with(*hooks, without: str = "", **marks) -> ModuleType:
    """Make a plugin module: a good one, where no hook replaces or leaves out one of the good ones."""
    module = ModuleType("acme_plugin")
    for hook in (*GOOD, *hooks):
        if hook.__name__ != without:
            # A copy: the mark of `hookimpl` stays on a function, and the good hooks are shared by all tests.
            fresh = type(hook)(hook.__code__, hook.__globals__, hook.__name__, hook.__defaults__, hook.__closure__)
            setattr(module, hook.__name__, hookimpl(**(marks if hook in hooks else {}))(fresh))
    return module


def named(name: str, function):
    """Return `function` as the hook `name`."""
    function.__name__ = name
    return function


def returning(value):
    return lambda: value


def raising(error: BaseException):
    def hook():
        raise error

    return hook


def still_abstract():
    return ConnectFlow()


def old_style_wrapper():
    yield


@pytest.fixture
def registry():
    return IntegrationRegistry()


def test_a_good_plugin_is_admitted_with_its_facets_under_its_key(registry):
    registry.admit("acme", plugin_with(), ACME)
    acme = registry.get("acme")
    assert (acme.key, acme.card.title, str(acme.origin)) == ("acme", "Acme", "acme-helpdesk 2.0")
    assert isinstance(acme.connect_flow, Flow)
    assert isinstance(acme.status_vocabulary, Statuses)
    assert acme.hooks == ("helpdesk_settings_card", "helpdesk_connect_flow", "helpdesk_status_vocabulary")
    assert ([one.key for one in registry], "acme" in registry, registry.quarantined) == (["acme"], True, ())


CARD = "helpdesk_settings_card"
FLOW = "helpdesk_connect_flow"
BROKEN = {
    "a required hook is missing": (
        plugin_with(without=FLOW),
        "It does not implement the required hook helpdesk_connect_flow.",
    ),
    "a hook is misspelt": (
        plugin_with(named("helpdesk_conect_flow", returning(None))),
        "pluggy refused it: unknown hook 'helpdesk_conect_flow'",
    ),
    "a hook returns another type": (
        plugin_with(named(CARD, returning("a card"))),
        "Its hook helpdesk_settings_card must return a SettingsCard, not str.",
    ),
    "a hook returns nothing": (
        plugin_with(named(FLOW, returning(None))),
        "Its hook helpdesk_connect_flow must return a ConnectFlow, not NoneType.",
    ),
    "a hook returns the class, not an object of it": (
        plugin_with(named(FLOW, returning(Flow))),
        "Its hook helpdesk_connect_flow must return a ConnectFlow, not ABCMeta.",
    ),
    "a hook raises": (
        plugin_with(named(FLOW, raising(ValueError("no\n  luck")))),
        "It raised ValueError while it was admitted: no luck.",
    ),
    "a hook ends the program": (
        plugin_with(named(FLOW, raising(SystemExit()))),
        "It raised SystemExit while it was admitted: without a word.",
    ),
    "a facet is abstract still": (
        plugin_with(named(FLOW, still_abstract)),
        "It raised TypeError while it was admitted: Can't instantiate abstract class",
    ),
    "a hook asks for arguments": (
        plugin_with(named(FLOW, lambda config: Flow())),
        "pluggy refused it:",
    ),
    "a hook is a wrapper": (
        plugin_with(named(FLOW, old_style_wrapper), wrapper=True),
        "It must implement the hook helpdesk_connect_flow once, and not as a wrapper.",
    ),
    "a hook is implemented twice": (
        plugin_with(named("another_flow", returning(None)), specname=FLOW),
        "It must implement the hook helpdesk_connect_flow once, and not as a wrapper.",
    ),
    "its card has no title": (
        plugin_with(named(CARD, returning(SettingsCard(title=" ", summary="")))),
        "Its settings card has no title.",
    ),
    "its card has a field of another type": (
        plugin_with(named(CARD, returning(SettingsCard(title="A", summary="", prerequisites="none")))),
        "The field prerequisites of its settings card must be tuple, not str.",
    ),
    "it is no module": (Flow(), "Its entry point must name a module, not a Flow."),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_quarantined_by_name_and_the_others_go_on(registry, kind):
    broken, reason = BROKEN[kind]
    registry.admit("before", plugin_with(), OTHER)
    registry.admit("acme", broken, ACME)
    registry.admit("after", plugin_with(), OTHER)
    (quarantined,) = registry.quarantined
    assert (quarantined.key, quarantined.origin) == ("acme", ACME)
    assert quarantined.reason.startswith(reason), quarantined.reason
    assert "\n" not in quarantined.reason
    assert [one.key for one in registry] == ["before", "after"]
    assert "acme" not in registry


@pytest.mark.parametrize("key", ["", "a", "Acme", "1acme", "acme_tracker", "acme/x", "../x", "x" * 32, "acme\n"])
def test_a_key_that_cannot_stand_in_an_address_is_refused(registry, key):
    registry.admit(key, plugin_with(), ACME)
    (quarantined,) = registry.quarantined
    assert "must be 2 to 31 lower-case letters" in quarantined.reason
    assert list(registry) == []


def test_a_clash_names_both_distributions_and_leaves_the_earlier_one_working(registry):
    registry.admit("acme", plugin_with(), ACME)
    first = registry.get("acme")
    registry.admit("acme", plugin_with(named(CARD, raising(ValueError("never asked")))), OTHER)
    (quarantined,) = registry.quarantined
    assert "already taken by acme-helpdesk 2.0; other-helpdesk 1.0 claims it too" in quarantined.reason
    assert quarantined.origin == OTHER
    assert registry.get("acme") is first


def test_a_key_whose_first_claimant_was_refused_goes_to_the_next(registry):
    registry.admit("acme", plugin_with(without=FLOW), OTHER)
    registry.admit("acme", plugin_with(), ACME)
    assert registry.get("acme").origin == ACME
    assert [one.origin for one in registry.quarantined] == [OTHER]


def test_one_module_cannot_be_two_integrations(registry):
    module = plugin_with()
    registry.admit("acme", module, ACME)
    registry.admit("acme-two", module, OTHER)
    (quarantined,) = registry.quarantined
    assert quarantined.reason.startswith("Its module acme_plugin is the integration 'acme' already.")
    assert "acme" in registry


def test_a_module_that_was_refused_can_be_admitted_once_it_is_mended(registry):
    module = plugin_with(without=FLOW)
    registry.admit("acme", module, ACME)
    module.helpdesk_connect_flow = plugin_with().helpdesk_connect_flow
    registry.admit("acme", module, ACME)
    assert "acme" in registry


def test_asking_for_an_integration_that_is_not_there_says_which_are(registry):
    registry.admit("acme", plugin_with(), ACME)
    with pytest.raises(NotFound, match=r"no integration called 'roundup'\. Installed: acme"):
        registry.get("roundup")


def test_a_quarantine_is_logged_with_the_distribution(registry, caplog):
    registry.admit("acme", plugin_with(without=FLOW), ACME)
    assert "integration acme (acme-helpdesk 2.0) is quarantined: It does not implement" in caplog.text
