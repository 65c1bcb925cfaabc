"""The documents for authors say what the kit does. ``HELPDESK_WRITE_DOCS=1`` renews the list of rules."""

from __future__ import annotations

import inspect
import os

import pytest

from helpdesk_core.testing import Remote
from helpdesk_core.testing.contract import home_of
from tests.contracts.document import CONTRACTS, PAGE, rules_of, written

pytestmark = pytest.mark.contract


def test_the_list_of_rules_is_the_kits_own():
    page = PAGE.read_text(encoding="utf-8")
    expected = written(page)
    if os.environ.get("HELPDESK_WRITE_DOCS"):
        PAGE.write_text(expected, encoding="utf-8")
        page = expected
    assert page == expected, "renew it: HELPDESK_WRITE_DOCS=1 pytest tests/contracts/test_documents.py"


def test_every_method_of_a_remote_is_told_of():
    methods = [name for name in vars(Remote) if not name.startswith("_")]
    table = PAGE.read_text(encoding="utf-8").partition("## What a Remote does")[2].partition("## The rules")[0]
    assert [name for name in methods if f"`{name}" not in table and name != "callback_url"] == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_rules_are_said_in_words(contract):
    for name, rule in rules_of(contract).items():
        assert (inspect.getdoc(rule) or "").endswith("."), f"{name} needs a sentence"
        assert home_of(contract, name) is contract
