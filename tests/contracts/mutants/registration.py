"""Mistakes at the door: what the helpdesk would not admit, or could not rely on after a restart."""

from __future__ import annotations

from itertools import count
from types import ModuleType

from helpdesk_core import hookimpl
from helpdesk_core.facets import Conversation
from helpdesk_core.testing.tracker import build_plugin
from helpdesk_core.testing.tracker.card import CARD
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.values import SettingsCard
from tests.contracts.mutants.planting import Bed

BED = Bed()
ADMITTED = "test_registration_it_is_admitted"
ALIKE = "test_registration_hooks_answer_alike_each_time"


def _without_statuses() -> ModuleType:
    return build_plugin(status_vocabulary=None)


def _with_a_class() -> ModuleType:
    return build_plugin(status_vocabulary=TrackerStatuses)


def _with_a_misspelt_hook() -> ModuleType:
    plugin = build_plugin()
    plugin.helpdesk_workflow = hookimpl(lambda: None, specname="helpdesk_workflow")  # type: ignore[attr-defined]
    return plugin


def _with_a_card_of_the_moment() -> ModuleType:
    plugin, times = build_plugin(), count(1)

    def helpdesk_settings_card() -> SettingsCard:
        return SettingsCard(title=CARD.title, summary=f"Keep tickets in step, for the {next(times)}th time.")

    plugin.helpdesk_settings_card = hookimpl(helpdesk_settings_card)  # type: ignore[attr-defined]
    return plugin


def _with_a_class_made_each_time() -> ModuleType:
    plugin = build_plugin()

    def helpdesk_conversation() -> Conversation:
        class Mine(TrackerConversation):
            """Made anew whenever the hook is called."""

        return Mine()

    plugin.helpdesk_conversation = hookimpl(helpdesk_conversation)  # type: ignore[attr-defined]
    return plugin


BED.add_plugin("NoStatuses", "It implements no status vocabulary.", ADMITTED, _without_statuses)
BED.add_plugin("ClassForFacet", "A hook returns the facet's class in place of an object.", ADMITTED, _with_a_class)
BED.add_plugin("MisspeltHook", "A hook's name is misspelt.", ADMITTED, _with_a_misspelt_hook)
BED.add_plugin("CardOfTheMoment", "The card says something else each time.", ALIKE, _with_a_card_of_the_moment)
BED.add_plugin("ClassEachTime", "The facet's class is made within the hook.", ALIKE, _with_a_class_made_each_time)
