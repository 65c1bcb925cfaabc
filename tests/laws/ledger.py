"""The five laws, watched step by step. It has a memory of its own and believes no reason that it has not checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from helpdesk_core.mapping.board import Leave, Move, SameAs
from helpdesk_core.sync import progress
from helpdesk_core.sync.merge import Conflict, InSync, MoveRemote, Policy, Reason, SetLocal, Stopped, Winner
from helpdesk_core.sync.progress import Memory, Step

if TYPE_CHECKING:
    from tests.laws.world import Issue, Link, Stay, World


class Law(IntEnum):
    SETTLED_IS_SETTLED = 1
    NO_PING_PONG = 2
    NO_SELF_REVERSAL = 3
    NOTHING_LOST = 4
    ONCE_IN_EFFECT = 5


class Broken(AssertionError):
    """A law is broken."""

    def __init__(self, law: Law, how: str) -> None:
        super().__init__(f"law {law.value} ({law.name.lower().replace('_', ' ')}): {how}")
        self.law = law


def hold(law: Law, condition: object, how: str) -> None:
    if not condition:
        raise Broken(law, how)


@dataclass(eq=False)
class Account:
    """What the ledger knows of one link."""

    ticket: str | None
    remote: str
    """Both as they were when they were last settled, noted, or chosen by a person."""
    asked: set[str] = field(default_factory=set)
    """What the present move asked for."""
    made_for: tuple[str, int] | None = None
    """The ticket's status and change for which it is."""
    causes: set[object] = field(default_factory=set)
    """Every change that has had its planned move."""
    acts: int = 0
    """Decisions of people on this link."""
    followed: set[Stay] = field(default_factory=set)
    """Every stay of the issue that has changed the ticket."""
    done: set[str] = field(default_factory=set)
    """Statuses that a hop of ours reached, since anybody else changed anything."""
    refused: set[object] = field(default_factory=set)
    """Refused hops that nobody has done anything about."""
    edited: bool = False
    """Board, policy or workflow were edited since the last decision. Nobody is told of that."""
    decided_by: Stay | None = None
    """The stay that a person saw who decided."""
    taken: Stay | None = None
    """The last stay of the issue to which somebody else brought it."""


class Ledger:
    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts: dict[Link, Account] = {}

    # ── reading the board, independently ──

    def placed(self, link: Link, remote: str) -> str | None:
        board = self.world.board_at(link.issue)
        return next((key for key, cards in board.columns.items() if remote in cards), None)

    def end_of(self, link: Link, key: str) -> list[str]:
        """The column and those that it is the same as."""
        chain, heads = [key], self.world.board_at(link.issue).heads
        while isinstance(head := heads[chain[-1]], SameAs) and head.key not in chain:
            chain.append(head.key)
        return chain

    def agree(self, link: Link, key: str, remote: str) -> bool:
        ignored = self.world.board_at(link.issue).ignored
        return remote not in ignored and self.placed(link, remote) in self.end_of(link, key)

    def cards(self, link: Link, key: str) -> tuple[str, ...] | None:
        """Where the issue goes; None: it is left."""
        end, board = self.end_of(link, key)[-1], self.world.board_at(link.issue)
        head = board.heads[end]
        if isinstance(head, Leave):
            return None
        return board.columns.get(end, ()) if isinstance(head, Move) else ()

    # ── what happens ──

    def started(self, link: Link) -> None:
        """A person linked, or decided."""
        base, old = link.memory.base, self.accounts.get(link)
        fresh = Account(ticket=base.ticket, remote=base.remote)
        if old:
            fresh.asked, fresh.causes, fresh.followed = old.asked, old.causes, old.followed
            fresh.acts, fresh.taken = old.acts + 1, old.taken
        fresh.decided_by = link.seen
        self.accounts[link] = fresh

    def mended(self, link: Link) -> None:
        """A person pressed Retry, or edited what a refusal may hang on."""
        account = self.accounts[link]
        account.acts += 1
        account.edited = True
        account.refused.clear()
        account.done.clear()

    def entered(self, issue: Issue) -> None:
        for link, account in self.accounts.items():
            if link.issue is issue and issue.stay.by is not link:
                account.taken = issue.stay
                account.done.clear()
                account.refused.clear()

    def hopping(self, link: Link, hop: str) -> None:
        """A hop is being carried out."""
        account = self.accounts[link]
        hold(Law.ONCE_IN_EFFECT, hop not in account.done, f"the issue is moved to {hop} twice for one change")
        account.done.add(hop)

    def refused(self, link: Link, stay: Stay, step: Step) -> None:
        account = self.accounts[link]
        way = (account.made_for, stay.status, step.hop)
        hold(Law.SETTLED_IS_SETTLED, way not in account.refused, f"{way} was refused and is asked for again")
        if link.memory == step.memory and link.issue.stay is stay:
            account.refused.add(way)
            account.asked.discard(str(step.hop))

    def arrived(self, link: Link, step: Step) -> None:
        """A hop that ends a move was confirmed, and that is stored."""
        account = self.accounts[link]
        if link.memory.base.remote == step.hop and account.made_for:
            ticket = account.made_for[0]
            self._settle(account, ticket, str(step.hop))
            self._stays_settled(link, ticket, str(step.hop))

    def decided(self, link: Link, stay: Stay, step: Step) -> None:
        """A decision was made and is being stored."""
        account, decision = self.accounts[link], step.decision
        account.edited = False
        local, remote, policy = link.ticket.status, stay.status, self.world.policy_of(link)
        mine = remote == account.remote or remote in account.asked
        if not mine:
            account.asked.clear()
        if self.agree(link, local, remote):
            hold(Law.SETTLED_IS_SETTLED, isinstance(decision, InSync), f"they agree, and yet {decision}")
        match decision:
            case InSync():
                self._check_in_sync(link, account, decision.reason, remote, policy)
            case SetLocal():
                self._check_set(link, account, decision, stay, policy)
            case MoveRemote():
                self._check_move(link, account, decision, stay, policy)
                account.asked.add(str(step.hop))
            case Conflict():
                changed = account.ticket != local and account.remote != remote
                hold(Law.NOTHING_LOST, changed and policy.winner is Winner.ASK, "a conflict that is none")
            case Stopped():
                self._check_stop(link, decision, local)
        self._note(link, account, step, stay, policy, mine=mine)
        if isinstance(decision, InSync | SetLocal):
            self._stays_settled(link, decision.status if isinstance(decision, SetLocal) else local, remote, step.memory)

    def at_rest(self, link: Link) -> None:
        """Everything was delivered and worked off: laws 1 and 4 as people would see them."""
        account = self.accounts[link]
        if account.edited:
            return
        local, remote = link.ticket.status, link.issue.stay.status
        step = self._again(link.memory, link, local, remote)
        hold(Law.SETTLED_IS_SETTLED, step.hop is None, f"at rest it still moves: {step.decision}")
        hold(Law.SETTLED_IS_SETTLED, not isinstance(step.decision, SetLocal), f"at rest: {step.decision}")
        hold(Law.SETTLED_IS_SETTLED, step.memory == link.memory, "repeated, it writes")
        as_settled = (account.ticket, account.remote) == (local, remote)
        needs_attention = isinstance(link.shown, Stopped | Conflict)
        hold(
            Law.NOTHING_LOST,
            as_settled or self.agree(link, local, remote) or needs_attention,
            f"ticket {local} and issue {remote} differ, and the page says {link.shown}",
        )

    # ── what each reason claims ──

    def _check_in_sync(self, link: Link, account: Account, reason: Reason, remote: str, policy: Policy) -> None:
        local, ignored = link.ticket.status, self.world.board_at(link.issue).ignored
        unplaced = self.placed(link, remote) is None and account.ticket == local
        claims = {
            Reason.AGREE: self.agree(link, local, remote),
            Reason.UNTOUCHED: (account.ticket, account.remote) == (local, remote),
            Reason.LEAVE: self.cards(link, local) is None,
            Reason.DRIVEN_REMOTELY: not policy.outward,
            Reason.NEW: unplaced and remote not in ignored,
            Reason.IGNORED: unplaced and remote in ignored,
            Reason.NOT_FOLLOWED: not policy.inward and account.ticket == local,
        }
        hold(Law.NOTHING_LOST, claims[reason], f"{reason} is claimed, and is not so")

    def _check_set(self, link: Link, account: Account, decision: SetLocal, stay: Stay, policy: Policy) -> None:
        local = link.ticket.status
        hold(Law.NO_SELF_REVERSAL, stay.by is not link, f"the ticket is set to {decision.status} by its own move")
        hold(Law.NOTHING_LOST, stay.status != account.remote, "the ticket is overwritten, and the issue never changed")
        hold(
            Law.NOTHING_LOST,
            policy.inward and self.placed(link, stay.status) == decision.status,
            "the board says otherwise",
        )
        if account.ticket != local and policy.outward:
            hold(Law.NOTHING_LOST, policy.winner is Winner.REMOTE, "the ticket's change is overwritten")
        reopens = local in policy.closed and decision.status not in policy.closed
        hold(Law.NOTHING_LOST, policy.may_reopen or not reopens, "a closed ticket is reopened")
        assert account.decided_by
        hold(Law.NOTHING_LOST, stay.number >= account.decided_by.number, "a person decided by a later look")
        hold(Law.NO_PING_PONG, stay not in account.followed, "one change of the issue changes the ticket twice")
        account.followed.add(stay)

    def _check_move(self, link: Link, account: Account, decision: MoveRemote, stay: Stay, policy: Policy) -> None:
        local, remote = link.ticket.status, stay.status
        as_settled = (account.ticket, account.remote) == (local, remote)
        hold(Law.SETTLED_IS_SETTLED, not as_settled, "a link moves on which nothing changed")
        hold(
            Law.NOTHING_LOST, policy.outward and decision.targets == self.cards(link, local), "the board says otherwise"
        )
        means_nothing = self.placed(link, remote) is None or not policy.inward
        known = remote == account.remote or remote in account.asked or stay.by is link
        overrules = policy.winner is Winner.HELPDESK
        hold(Law.NOTHING_LOST, known or means_nothing or overrules, f"the issue's change to {remote} is overruled")
        made_for = (local, link.ticket.changes_for(link))
        if account.made_for != made_for:
            self._charge(account, link)
            account.done.clear()
        account.made_for = made_for

    def _charge(self, account: Account, link: Link) -> None:
        """Find a change that has not had its move yet: the ticket's last, a person's decision, or the issue's last."""
        for cause in (("ticket", link.ticket.changes_for(link)), ("person", account.acts), account.taken):
            if cause is not None and cause not in account.causes:
                account.causes.add(cause)
                return
        raise Broken(Law.NO_PING_PONG, "one change causes two planned moves")

    def _check_stop(self, link: Link, decision: Stopped, local: str) -> None:
        if decision.reason is Reason.REOPEN_REFUSED:
            hold(Law.NOTHING_LOST, local in self.world.policy_at(link.issue).closed, "nothing would be reopened")

    # ── the ledger's own memory ──

    def _note(self, link: Link, account: Account, step: Step, stay: Stay, policy: Policy, *, mine: bool) -> None:
        decision, local, remote = step.decision, link.ticket.status, stay.status
        match decision:
            case InSync(reason=Reason.NEW | Reason.IGNORED | Reason.NOT_FOLLOWED):
                self._settle(account, account.ticket, remote)
            case InSync():
                self._settle(account, local, remote)
            case SetLocal(status=status):
                self._settle(account, status, remote)
            case _ if not mine and (self.placed(link, remote) is None or not policy.inward):
                account.remote = remote

    def _settle(self, account: Account, ticket: str | None, remote: str) -> None:
        account.ticket, account.remote = ticket, remote
        account.asked.clear()
        account.refused.clear()
        account.made_for = None

    def _stays_settled(self, link: Link, local: str, remote: str, memory: Memory | None = None) -> None:
        """After a decision is carried out, merging again says that there is nothing to do."""
        step = self._again(memory or link.memory, link, local, remote)
        hold(Law.SETTLED_IS_SETTLED, isinstance(step.decision, InSync), f"carried out, and then: {step.decision}")

    def _again(self, memory: Memory, link: Link, local: str, remote: str) -> Step:
        world = self.world
        return progress.next_step(
            memory,
            local,
            remote,
            board=world.board_at(link.issue),
            policy=world.policy_of(link),
            route=world.workflow_at(link.issue).route,
        )
