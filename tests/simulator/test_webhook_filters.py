"""The JQL of webhooks: which is registered, and which issues it fits (facts §3.1)."""

from __future__ import annotations

import pytest

from plugins.jira.simulator.webhook_filters import FilterError, read_filter

ISSUE = {
    "issuekey": frozenset({"10001", "sup-1"}),
    "project": frozenset({"10000", "sup", "customer support"}),
    "issuetype": frozenset({"10002", "bug"}),
    "status": frozenset({"3", "in progress"}),
    "reporter": frozenset({"account-ann"}),
}


@pytest.mark.parametrize(
    "jql",
    [
        "project = SUP",
        "project IN (10000, 'WEB')",
        'project = "Customer Support"',
        "project != EMPTY",
        "project != null",
        "key = sup-1 AND issuetype = Bug",
        "type NOT IN (Task, Story)",
        'status = "In Progress"',
        "status = 3",
        "assignee = EMPTY",
        "assignee != account-bob",
        "assignee IN (account-bob, EMPTY)",
        "reporter = account-ann",
        "project = WEB OR status = 3 AND issuetype = bug",
        "NOT project = WEB",
        "(project = WEB OR project = SUP) AND NOT (status = 5 OR status = 6)",
        "cf[10010] = EMPTY",
    ],
)
def test_fits(jql: str) -> None:
    assert read_filter(jql).fits(ISSUE)


@pytest.mark.parametrize(
    "jql",
    [
        "project = WEB",
        "project = EMPTY",
        "project NOT IN (SUP)",
        "status != 'in progress'",
        "assignee = account-bob",
        "reporter = EMPTY",
        "(project = WEB OR project = SUP) AND status = 5",
        "NOT NOT project = WEB",
        "issue.property[helpdesk].ticket = 7",
    ],
)
def test_does_not_fit(jql: str) -> None:
    assert not read_filter(jql).fits(ISSUE)


@pytest.mark.parametrize(
    ("jql", "words"),
    [
        ("", "Empty JQL search not supported"),
        ("  ", "Empty JQL search not supported"),
        ("project is not EMPTY", "Operator is not is unsupported"),
        ("project is EMPTY", "Operator is is unsupported"),
        ("summary ~ printer", "Operator ~ is unsupported"),
        ("issuekey > SUP-1", "Operator > is unsupported"),
        ("status was 3", "Operator was is unsupported"),
        ("watchCount = 3", "The clause watchCount is unsupported"),
        ("labels IN (a)", "The clause labels is unsupported"),
        ("assignee = currentUser()", "The function currentUser is unsupported"),
        ("project = SUP ORDER BY created", "Expecting the end of the query but got 'ORDER'"),
        ("project IN SUP", "Expecting '(' but got 'SUP'"),
        ("project IN (SUP", "the query ends"),
        ("project IN ()", "Expecting a value but got ')'"),
        ("project = 'SUP", "reserved JQL character"),
        ("project =", "the query ends"),
    ],
)
def test_is_refused_in_words(jql: str, words: str) -> None:
    with pytest.raises(FilterError, match=r".") as caught:
        read_filter(jql)
    assert words in str(caught.value)
