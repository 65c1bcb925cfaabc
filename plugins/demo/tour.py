"""`helpdesk demo --tour`: the whole story, walked over HTTP without a person, a printed line for each step.

It looks at nothing but pages and at what reached the simulated Atlassian, and compares both with what is true.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from plugins.demo.browsing import PageError, Watcher
from plugins.demo.cast import Cast
from plugins.demo.chapters import channels, connecting, conversing, health, keeping, lasting, mapping, roles
from plugins.demo.stage import Stage, StepFailed

Step = Callable[[Stage], str]

STORY: Final[tuple[Step, ...]] = (
    connecting.sign_in,
    connecting.find_card,
    connecting.refuse_empty_set_up,
    connecting.set_up_with_mistake,
    connecting.sign_in_at_atlassian,
    connecting.read_consent,
    connecting.learn_of_mistake,
    connecting.connect,
    connecting.read_connection,
    connecting.decline_another,
    mapping.choose_projects,
    mapping.compare_statuses,
    mapping.accept_suggestion,
    mapping.move_cards,
    mapping.reorder_cards,
    mapping.choose_head,
    mapping.save,
    mapping.reload,
    *keeping.STEPS,
    *conversing.STEPS,
    *channels.STEPS,
    lasting.outlive_token,
    lasting.outlive_outage,
    lasting.lose_consent,
    lasting.refuse_other_site,
    lasting.reauthorize,
    *health.STEPS,
    lasting.disconnect,
    lasting.connect_again,
    roles.open_every_page,
    roles.open_as_agent,
)


KEEPING: Final = frozenset({*keeping.STEPS, *conversing.STEPS, *channels.STEPS, health.regain_permission})
"""The steps that need issues whose workflow is known."""


def title_of(step: Step) -> str:
    """Return what a step does, in words."""
    return (step.__doc__ or step.__name__).strip()


def walk(
    cast: Cast, *, say: Callable[[str], None], watcher: Watcher | None = None, story: tuple[Step, ...] = STORY
) -> bool:
    """Walk through the story until its end, or until a step fails.

    Args:
        cast: who and what the tour meets.
        say: takes each printed line.
        watcher: is told every answer that a browser of the tour gets.
        story: the steps.

    Returns:
        Whether all steps went well.
    """
    begun = time.monotonic()
    story = tuple(step for step in story if cast.keeps or step not in KEEPING)
    with Stage(cast, watcher) as stage:
        for number, step in enumerate(story, 1):
            try:
                result = step(stage)
            except (PageError, StepFailed) as failure:
                say(f"✗ {number:02} {title_of(step)}: {failure}")
                return False
            say(f"✓ {number:02} {title_of(step)}: {result}")
    say(f"All {len(story)} steps went well, in {time.monotonic() - begun:.1f} s.")
    return True
