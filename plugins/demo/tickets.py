"""The demo's tickets: what people ask a helpdesk of a small web shop, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WAYS: Final = {
    "open": (),
    "in_progress": ("in_progress",),
    "waiting": ("in_progress", "waiting"),
    "done": ("in_progress", "done"),
    "closed": ("in_progress", "done", "closed"),
}
"""How a ticket gets to a system status; to a custom one it goes by way of In Progress."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One comment."""

    by: str
    words: str
    internal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What happened to one ticket."""

    title: str
    body: str
    requester: str
    days_ago: float
    status: str = "open"
    """A system status, or "vendor" for the demo's custom one."""
    assignee: str = ""
    said: tuple[Said, ...] = ()

    @property
    def way(self) -> tuple[str, ...]:
        """The statuses that it passed, in order."""
        return WAYS.get(self.status, ("in_progress", self.status))


def _reply(by: str, words: str) -> Said:
    return Said(by=by, words=words)


def _note(by: str, words: str) -> Said:
    return Said(by=by, words=words, internal=True)


TICKETS: Final = (
    Past(
        title="Invoice PDF is empty",
        body="The invoice attached to order 48213 has zero bytes. I need it for our tax return this week.",
        requester="Maria Lopes",
        days_ago=1.2,
        status="in_progress",
        assignee="Alex",
        said=(
            _reply("Alex", "Thank you for telling us. I can see the same here and asked the developers."),
            _note("Alex", "Happens for all orders with a discount code since Tuesday's release."),
        ),
    ),
    Past(
        title="Cannot sign in after changing my password",
        body="I changed my password yesterday. Since then the shop says that it is wrong, on my phone and on my PC.",
        requester="Jonas Weber",
        days_ago=3,
        status="waiting",
        assignee="Kim",
        said=(_reply("Kim", "Could you tell us whether your new password holds an umlaut, such as ä or ö?"),),
    ),
    Past(
        title="Wrong delivery address on order 48177",
        body="Please send it to the new address: Lindenweg 8, not 3.",
        requester="Aylin Kaya",
        days_ago=0.3,
    ),
    Past(
        title="Refund for order 47950 has not arrived",
        body="You confirmed the refund two weeks ago, but nothing is on my account.",
        requester="Peter Novak",
        days_ago=4.5,
        status="vendor",
        assignee="Alex",
        said=(
            _note("Alex", "Asked the payment provider for the trace number."),
            _reply("Alex", "Our payment provider is looking for the transfer. I write again as soon as they answer."),
        ),
    ),
    Past(
        title="Card payment fails with error 402",
        body="I tried three cards. Each time: “Payment failed (402)”.",
        requester="Chloe Martin",
        days_ago=0.6,
        status="in_progress",
        assignee="Kim",
        said=(_note("Kim", "Only cards with 3-D Secure 1. Platform team knows."),),
    ),
    Past(
        title="Newsletter still comes after unsubscribing",
        body="I clicked on unsubscribe three times this month.",
        requester="Oliver Smith",
        days_ago=9,
        status="done",
        assignee="Alex",
        said=(_reply("Alex", "You are off the list now. I am sorry for the trouble."),),
    ),
    Past(
        title="Search finds nothing for “blue lamp”",
        body="There are blue lamps under Lighting, but the search says that there are none.",
        requester="Hanna Berg",
        days_ago=2,
        status="in_progress",
        assignee="Alex",
    ),
    Past(
        title="How do I change the language?",
        body="The shop is in German since this morning. I would like to have it in English again.",
        requester="Grace Owusu",
        days_ago=6,
        status="closed",
        assignee="Kim",
        said=(_reply("Kim", "At the bottom of each page, on the right, you find a list of languages."),),
    ),
    Past(
        title="App closes when the camera opens",
        body="Pixel 7, Android 16. It closes as soon as I scan a voucher.",
        requester="Luca Rossi",
        days_ago=1.8,
        status="waiting",
        assignee="Kim",
        said=(_reply("Kim", "Which version of the app do you have? You find it under Menu › About."),),
    ),
    Past(
        title="Voucher GIFT-2044 is not accepted",
        body="It was a present and should be good until the end of the year.",
        requester="Sofia Lind",
        days_ago=0.9,
    ),
    Past(
        title="Order arrived damaged",
        body="The box was open and the glass is broken. Photos are attached to my first mail.",
        requester="Tomás Silva",
        days_ago=5,
        status="vendor",
        assignee="Kim",
        said=(_note("Kim", "Claim sent to the carrier, reference 88-1203."),),
    ),
    Past(
        title="Please delete my account",
        body="And all data that you have about me. Thank you.",
        requester="Elif Demir",
        days_ago=12,
        status="closed",
        assignee="Alex",
        said=(
            _note("Alex", "Deleted on the shop, in the newsletter and at the payment provider."),
            _reply("Alex", "Your account and all data are deleted. You get a last mail that confirms it."),
        ),
    ),
    Past(
        title="VAT number is missing on the invoice",
        body="We are a company and need our VAT number on invoice 2214.",
        requester="Ingrid Hansen",
        days_ago=7,
        status="done",
        assignee="Alex",
        said=(_reply("Alex", "The corrected invoice is in your account, under Orders."),),
    ),
    Past(
        title="Images load very slowly",
        body="Each product page takes ten seconds. It was fine last week.",
        requester="Ravi Patel",
        days_ago=0.1,
    ),
    Past(
        title="Two charges for one order",
        body="Order 48190 stands twice on my credit card statement.",
        requester="Emma Brown",
        days_ago=2.6,
        status="vendor",
        assignee="Alex",
        said=(_note("Alex", "The bank shows one as reserved only. It should vanish within three days."),),
    ),
    Past(
        title="Confirmation mail has a typo",
        body="It says “Thank your for you order”.",
        requester="Noah Fischer",
        days_ago=15,
        status="closed",
        assignee="Kim",
        said=(_reply("Kim", "Well spotted, and mended. Thank you!"),),
    ),
    Past(
        title="Delivery is late: order 48102",
        body="It was promised for Monday.",
        requester="Yara Haddad",
        days_ago=3.4,
        status="done",
        assignee="Kim",
        said=(_reply("Kim", "It left the depot this morning and comes today before six."),),
    ),
    Past(
        title="Can I pay by bank transfer?",
        body="I have no credit card.",
        requester="Karl Huber",
        days_ago=8,
        status="closed",
        assignee="Alex",
        said=(_reply("Alex", "Yes: choose “Prepayment” in the last step."),),
    ),
    Past(
        title="Basket is empty after signing in",
        body="I put five things into the basket and signed in, and it was empty.",
        requester="Amina Diallo",
        days_ago=1.1,
        status="in_progress",
        assignee="Kim",
        said=(_note("Kim", "I can repeat it with private windows only."),),
    ),
    Past(
        title="Gift wrap was forgotten",
        body="I paid for it, and the parcel came without.",
        requester="Julia Kowalska",
        days_ago=10,
        status="done",
        assignee="Kim",
        said=(_reply("Kim", "I am sorry. You get the 3.50 back within two days."),),
    ),
    Past(
        title="Which batteries does the desk clock need?",
        body="The manual does not say.",
        requester="Marek Dvorak",
        days_ago=0.4,
        status="waiting",
        assignee="Alex",
        said=(_reply("Alex", "There are two models. Is yours round or square?"),),
    ),
    Past(
        title="Shop says “out of stock”, the app does not",
        body="Article 7731. What is true?",
        requester="Lena Vogel",
        days_ago=0.7,
    ),
    Past(
        title="Phone number cannot be saved",
        body="The form says that +41 79 555 01 23 is not valid.",
        requester="Urs Keller",
        days_ago=2.2,
        status="in_progress",
        assignee="Alex",
    ),
    Past(
        title="Return label does not print",
        body="The page stays white in Firefox.",
        requester="Nina Petrova",
        days_ago=4,
        status="waiting",
        assignee="Alex",
        said=(_reply("Alex", "Does it help to save the label as a file first, and to print that?"),),
    ),
    Past(
        title="Access for our new colleague",
        body="Please add Zoe Laurent to our company account, with the right to order.",
        requester="Ingrid Hansen",
        days_ago=0.2,
    ),
    Past(
        title="Coupons of the spring campaign stopped early",
        body="They should work until Sunday.",
        requester="Oliver Smith",
        days_ago=20,
        status="closed",
        assignee="Kim",
        said=(_note("Kim", "Time zone of the campaign was wrong."), _reply("Kim", "They work again until Sunday.")),
    ),
)
