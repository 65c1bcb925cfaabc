"""What the fields of JQL mean: from a parsed query to a test of single issues and an order.

A value that stands for nothing the account can see is an error, not an empty answer: Jira answers
`project = NOPE`, `key = SUP-99` and `id = 1` with 400, so one lost issue spoils a whole list.

An app of the OAuth kind cannot have its properties indexed (only Connect and Forge apps declare that), so
`issue.property[…]` is a field like any that does not exist: properties are read back, not searched.
Not confirmed, and decided here: the words about a function where no person is meant.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from plugins.jira.simulator import shapes
from plugins.jira.simulator.create_fields import PRIORITIES, Person
from plugins.jira.simulator.documents import plain_text
from plugins.jira.simulator.issue_access import may_browse
from plugins.jira.simulator.jql import Both, Clause, Either, Function, JqlError, Negated
from plugins.jira.simulator.jql_dates import moment

if TYPE_CHECKING:
    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.jql import Condition, Order
    from plugins.jira.simulator.state import Issue

Test = Callable[["Issue"], bool]
EQUALITY: Final = ("=", "!=", "in", "not in", "is", "is not")
LIKENESS: Final = ("~", "!~")
COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SYNONYMS: Final = {
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "type": "issuetype",
    "updateddate": "updated",
    "createddate": "created",
}
DATES: Final = ("updated", "created")
AUTHORS: Final = ("creator", "reporter")  # one and the same here: nobody creates an issue for another
PEOPLE: Final = (*AUTHORS, "assignee")
TEXTS: Final = ("text", "summary", "description")
WORD: Final = re.compile(r"\w+\*?")
# What an issue has in a field of single values; None where it has nothing.
VALUES: Final[dict[str, Callable[[Issue], str | None]]] = {
    "key": lambda issue: issue.id,
    "project": lambda issue: issue.project_id,
    "issuetype": lambda issue: issue.type_id,
    "status": lambda issue: issue.status_id,
    "resolution": lambda issue: issue.resolution["id"] if issue.resolution else None,
    "priority": lambda issue: (issue.more.get("priority") or {}).get("id"),
    "assignee": lambda issue: person.account if isinstance(person := issue.more.get("assignee"), Person) else None,
}
# The same on every site: an id, and what else it is called.
FIXED: Final[dict[str, list[tuple[str, ...]]]] = {
    "statuscategory": [(key, str(number), title) for key, (number, _, title) in shapes.CATEGORIES.items()],
    "priority": list(PRIORITIES.items()),
}
SORTED_BY: Final[dict[str, Callable[[Issue], float]]] = {
    "updated": lambda issue: issue.updated,
    "created": lambda issue: issue.created,
    "key": lambda issue: issue.number,
}


class Meaning:
    """The fields as one caller at one moment means them."""

    def __init__(self, caller: Caller, now: float) -> None:
        self._caller = caller
        self._live = caller.live
        self._now = now

    def test(self, condition: Condition) -> Test:
        """Raise JqlError at once where a clause is wrong, whether or not it would be reached."""
        if isinstance(condition, Clause):
            return self._clause(condition)
        if isinstance(condition, Negated):
            inner = self.test(condition.part)
            return lambda issue: not inner(issue)
        parts = [self.test(part) for part in condition.parts]
        if isinstance(condition, Both):
            return lambda issue: all(part(issue) for part in parts)
        assert isinstance(condition, Either)
        return lambda issue: any(part(issue) for part in parts)

    def ordered(self, found: list[Issue], orders: tuple[Order, ...]) -> list[Issue]:
        """As the query says; without a word, the newest first."""
        found = sorted(found, key=lambda issue: int(issue.id), reverse=True)
        for order in reversed(orders):
            name = _field(order.name)
            if name not in SORTED_BY:
                raise JqlError(f"Not able to sort using field '{order.name}'.")
            found.sort(key=SORTED_BY[name], reverse=order.descending)
            if name == "key":
                found.sort(key=lambda issue: self._live.project_of(issue).key, reverse=order.descending)
        return found

    def _clause(self, clause: Clause) -> Test:
        name = _field(clause.name)
        if name in DATES:
            return self._date(clause, name)
        if name in TEXTS:
            return self._words(clause, name)
        if name not in (*VALUES, *AUTHORS, "labels", "statuscategory"):
            raise JqlError(f"Field '{clause.name}' does not exist or you do not have permission to view it.")
        if clause.operator not in EQUALITY:
            raise _unsupported(clause)
        wanted: set[str | None] = set()
        for value in clause.values:
            wanted |= {None} if value is None else self._ids(name, clause.name, value)
        if clause.operator in ("!=", "not in", "is not"):
            unwanted = wanted | {None}  # what is empty is left out here as well
            return lambda issue: not self._has(name, issue) & unwanted
        return lambda issue: bool(self._has(name, issue) & wanted)

    def _has(self, name: str, issue: Issue) -> set[str | None]:
        if name == "labels":
            return {*issue.labels} or {None}
        if name == "statuscategory":
            return {self._live.status_of(issue).category}
        if name in AUTHORS:
            return {self._live.creator_of(issue)}
        return {VALUES[name](issue)}

    def _ids(self, name: str, written: str, value: str) -> set[str | None]:
        """What a value stands for; names count without their case, and a name may be shared."""
        if isinstance(value, Function):
            if name not in PEOPLE:
                raise JqlError(f"A value provided by the function '{value}' is invalid for the field '{written}'.")
            return {self._caller.account.id if self._caller.account else None}
        if name == "key":
            return {self._issue_id(written, value)}
        if name == "labels":
            return {value}
        known = self._known(name)
        found: set[str | None] = {identity for identity, names in known if value.lower() in names}
        if not found:
            raise JqlError(f"The value '{value}' does not exist for the field '{written}'.")
        return found

    def _known(self, name: str) -> list[tuple[str, set[str]]]:
        """The values of a field that this account sees: id, and what each is called."""
        projects = self._caller.visible_projects()
        if name == "project":
            return [(each.id, _calls(each.id, each.key, each.name)) for each in projects]
        if name == "issuetype":
            return [(kind.id, _calls(kind.id, kind.name)) for each in projects for kind in each.issue_types]
        if name == "status":
            return [(status.id, _calls(status.id, status.name)) for each in projects for status in each.statuses()]
        if name in FIXED:
            return [(names[0], _calls(*names)) for names in FIXED[name]]
        if name == "resolution":
            resolutions = {i.resolution["id"]: i.resolution["name"] for i in self._live.issues.values() if i.resolution}
            return [(number, _calls(number, title)) for number, title in resolutions.items()]
        return [(account.id, _calls(account.id)) for account in self._caller.state.accounts.values()]

    def _issue_id(self, written: str, value: str) -> str:
        issue = self._live.issue(value)
        if issue is not None and may_browse(self._caller, issue):
            return issue.id
        if value.isdecimal():
            raise JqlError(f"A value with ID '{value}' does not exist for the field '{written}'.")
        raise JqlError(f"An issue with key '{value}' does not exist for field '{written}'.")

    def _date(self, clause: Clause, name: str) -> Test:
        if clause.operator in ("is", "is not") and clause.values == (None,):
            never_empty = clause.operator == "is not"
            return lambda _: never_empty
        compare = COMPARISONS.get(clause.operator)
        if compare is None:
            raise _unsupported(clause)
        assert self._caller.account is not None, "nobody finds nothing before a query is read"
        zone = self._caller.account.time_zone
        limit = moment(clause.values[0] or "EMPTY", field=clause.name, now=self._now, time_zone=zone)
        return lambda issue: compare(issue.updated if name == "updated" else issue.created, limit)

    def _words(self, clause: Clause, name: str) -> Test:
        if clause.operator in ("is", "is not") and clause.values == (None,):
            filled = clause.operator == "is not"
            return lambda issue: bool(_text(name, issue)) == filled
        if clause.operator not in LIKENESS:
            raise _unsupported(clause)
        wanted = [word.lower() for word in WORD.findall(clause.values[0] or "")]
        if not wanted:
            raise JqlError(f"The text query for field '{clause.name}' is not allowed to be empty.")
        positive = clause.operator == "~"
        return lambda issue: _all_words(wanted, _text(name, issue)) == positive


def _field(written: str) -> str:
    return SYNONYMS.get(written.lower(), written.lower())


def _calls(*names: str) -> set[str]:
    return {name.lower() for name in names}


def _unsupported(clause: Clause) -> JqlError:
    return JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.name}' field.")


def _text(name: str, issue: Issue) -> str:
    description = plain_text(issue.description)
    return {"summary": issue.summary, "description": description}.get(name, f"{issue.summary}\n{description}")


def _all_words(wanted: list[str], text: str) -> bool:
    """Whether every word stands in the text, in any order; `word*` is the beginning of one."""
    there = {word.lower() for word in WORD.findall(text)}
    return all(
        any(each.startswith(word[:-1]) for each in there) if word.endswith("*") else word in there for word in wanted
    )
