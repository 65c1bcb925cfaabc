"""What an admin reads when connecting fails: for each code one title, one sentence and one button.

The table is complete by construction: a code without an entry is an error when this module is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from helpdesk_core.values import FailureCode


class NextStep(Enum):
    """The one button under a failure."""

    TRY_AGAIN = "Connect again"
    MEND_SET_UP = "Check the set-up"
    SEE_INTEGRATIONS = "Back to Integrations"
    OPEN_CONNECTION = "Open the connection"


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What is shown for one code. `{name}` stands for the integration's title."""

    title: str
    sentence: str
    step: NextStep


def _explain(title: str, sentence: str, step: NextStep) -> Explanation:
    return Explanation(title=title, sentence=sentence, step=step)


EXPLANATIONS: Final[dict[FailureCode, Explanation]] = {
    FailureCode.CONSENT_DENIED: _explain(
        "You did not agree",
        "The permissions were declined at {name}, so nothing was connected. Connect again and choose Authorize.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.STATE_MISSING: _explain(
        "This way back is not known",
        "The address came without the mark that belongs to your click on Connect. Start from the card.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.STATE_UNKNOWN: _explain(
        "This way back is not known",
        "The address does not belong to any click on Connect here. Start from the card.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.STATE_EXPIRED: _explain(
        "That took too long",
        "For safety a click on Connect is good for 15 minutes. Nothing was changed.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.STATE_USED: _explain(
        "This way back was used already",
        "Each click on Connect can be finished once. See on the card whether it has worked, or connect again.",
        NextStep.SEE_INTEGRATIONS,
    ),
    FailureCode.STATE_FOREIGN: _explain(
        "Another admin started this",
        "The click on Connect was somebody else's, so it cannot be finished as you. Start your own.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.NOT_ADMIN: _explain(
        "Only admins connect integrations",
        "You are signed in as an agent. Ask an admin of this helpdesk to connect {name}.",
        NextStep.SEE_INTEGRATIONS,
    ),
    FailureCode.CODE_REFUSED: _explain(
        "The sign-in could not be completed",
        "{name} refused the one-time code: it was used, or it is too old. Connect again.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.CLIENT_REFUSED: _explain(
        "The app's credentials are wrong",
        "{name} does not accept the client id and secret entered here. Copy them again from the app's settings.",
        NextStep.MEND_SET_UP,
    ),
    FailureCode.ANSWER_UNREADABLE: _explain(
        "The answer made no sense",
        "{name} answered with something that is not a sign-in. Nothing was changed; connect again in a while.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.SCOPE_MISSING: _explain(
        "A permission is missing",
        "The app was not granted all it needs. Tick the missing permissions in the app's settings, then connect again.",
        NextStep.MEND_SET_UP,
    ),
    FailureCode.NO_WORKSPACE: _explain(
        "Nothing to connect",
        "The account that you chose reaches no {name} {workspace}. Sign in at {name} with one that does.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.NO_ACCESS: _explain(
        "The account has no access",
        "{name} let the account sign in, but refuses it inside the {workspace}. Give it access, then connect again.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.WRONG_WORKSPACE: _explain(
        "That is another {workspace}",
        "Re-authorizing must return to the same {workspace}; nothing was changed. Choose it again at {name}.",
        NextStep.OPEN_CONNECTION,
    ),
    FailureCode.ALREADY_CONNECTED: _explain(
        "It is connected already",
        "That {workspace} has a connection here, which was left as it is. To renew its sign-in, choose Re-authorize.",
        NextStep.OPEN_CONNECTION,
    ),
    FailureCode.REMOTE_UNAVAILABLE: _explain(
        "{name} cannot answer now",
        "This is an outage or a busy moment, not a refusal. Nothing was changed; connect again in a few minutes.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.REMOTE_REFUSED: _explain(
        "{name} refused",
        "{name} understood and said no. Its own words stand below; mend that, then connect again.",
        NextStep.TRY_AGAIN,
    ),
    FailureCode.PLUGIN_FAILED: _explain(
        "The plugin broke",
        "The fault is in the {name} plugin, not in what you did. Nothing was changed; tell its makers.",
        NextStep.SEE_INTEGRATIONS,
    ),
}

if missing := set(FailureCode) - set(EXPLANATIONS):
    msg = f"failures without an explanation: {sorted(missing)}"
    raise RuntimeError(msg)


def explain(code: FailureCode, *, name: str, workspace_word: str) -> Explanation:
    """Return what to show for `code`, with the integration's own words filled in."""
    plain = EXPLANATIONS[code]
    return Explanation(
        title=plain.title.format(name=name, workspace=workspace_word),
        sentence=plain.sentence.format(name=name, workspace=workspace_word),
        step=plain.step,
    )
