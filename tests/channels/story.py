"""A channel under everything at once: people on both sides, every kind of fault, workers killed with -9.

Afterwards every ticket has exactly one issue and every issue exactly one ticket, and what was said stands once on each
side. As in `tests.chaos`, the helpdesk's pages and the simulator run in the test's process, workers in their own, and
nothing is mocked. Jira's search lags behind by three seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random

from sqlalchemy import func, select

from helpdesk_core.app import make_ready
from helpdesk_core.channels import saving
from helpdesk_core.channels.asking import targets
from helpdesk_core.channels.looking import ask_to_look
from helpdesk_core.channels.models import UNFINISHED, Arrival, ArrivalState, Channel, Creation, Way
from helpdesk_core.channels.saving import Draft
from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation.models import Talk
from helpdesk_core.db import Database
from helpdesk_core.jobs.client import DbosJobs
from helpdesk_core.sync.links import set_policy
from helpdesk_core.sync.merge import Policy, Winner
from helpdesk_core.sync.models import DeliveryState, Link, Listening, StoredDelivery
from helpdesk_core.sync.polling import ask_to_poll
from helpdesk_core.vault import Vault
from plugins.jira.simulator import Simulator
from plugins.registry import build_registry
from tests.channels.judging import judge
from tests.channels.traffic import WHOLE, Traffic
from tests.chaos.story import DELIVERY_FAULTS, FAULTS, compared, free_port, late, pages, until
from tests.chaos.workers import Workers
from tests.sync.stand import PROJECT, SITE, Stand, connect, make_host, make_world, settings_for

LAG_S = 3.0
TASK = "10001"
CAUSE = "customfield_10300"
OUR_FAULTS = (
    *FAULTS,
    ("createIssue", "lose-answer", {}),
    ("createIssue", "drop", {}),
    ("createIssue", "503-html", {}),
    ("createIssue", "429", {"headers": {"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"}}),
    ("addComment", "lose-answer", {}),
    ("addComment", "502", {}),
    ("addComment", "429", {"headers": {"Retry-After": "1", "RateLimit-Reason": "jira-per-issue-on-write"}}),
    ("updateComment", "lose-answer", {}),
    ("deleteComment", "lose-answer", {}),
    ("getComments", "503-html", {}),
    ("getComments", "slow", {"seconds": 0.5}),
    ("createOrUpdateRemoteIssueLink", "lose-answer", {}),
    ("searchAndReconsileIssuesUsingJqlPost", "500", {}),
    ("token.refresh_token", "503-html", {}),
)
BETWEEN = {"fault": 10, "lost creation": 25, "kill": 50, "expiry": 130, "look": 200}
"""How many acts lie between two of these."""


def live_through(backend: str, url: str, slots: tuple[str, ...], plan: dict[str, int] = WHOLE) -> str:
    """Let everything happen on one database; return a line that says how it went."""
    key, base_url = Vault.new_key(), f"http://127.0.0.1:{free_port()}"
    with Simulator(make_world()).serve() as simulator:
        simulator.control.search_lag(LAG_S)
        database = Database(url)
        host = make_host(
            database=database,
            jobs=DbosJobs(database),
            key=key,
            registry=build_registry(),
            jira=settings_for(simulator),
            now=lambda: datetime.now(UTC),
            base_url=base_url,
        )
        make_ready(host)
        stand = connect(host, simulator)
        orders = {"database_url": url, "key": key.reveal(), "jira": settings_for(simulator), "base_url": base_url}
        random = Random(backend)
        traffic = Traffic(stand, random, plan)
        try:
            with pages(host), Workers(orders, slots) as workers:
                channel = begin(stand)
                tumult(stand, workers, traffic, channel, random)
                calm(stand, channel)
                report = judge(stand, traffic)
        finally:
            host.jobs.close()
            database.dispose()
        assert workers.killed >= sum(plan.values()) // 60  # some may have ended by themselves
        what = f"{traffic.pairs} tickets and issues, {traffic.comments} comments, {workers.killed} kills"
        return f"{backend}: {what}: {report}"


def begin(stand: Stand) -> int:
    """Add a channel that does everything both ways."""
    host = stand.host
    with host.database.write() as session:
        set_policy(session, stand.connection_id, Policy(winner=Winner.REMOTE))
        task = next(each for each in targets(session, stand.connection_id) if each.kind.id == TASK)
    draft = Draft(name="Tasks", where=task, creates=Way.BOTH, status=Way.BOTH, comments=Way.BOTH, public=False)
    return saving.add(host, stand.connection_id, draft, by="Dana").id


def tumult(stand: Stand, workers: Workers, traffic: Traffic, channel: int, random: Random) -> None:
    """Let people do everything, while everything that can go wrong does."""
    control = stand.simulator.control
    restarting: list[str] = []
    acts = traffic.acts()
    for number, act in enumerate(acts):
        act()
        if number % BETWEEN["fault"] == 0:
            match, effect, members = random.choice(OUR_FAULTS)
            control.fault(match, effect, times=random.randint(1, 3), **members)
            control.delivery_fault(random.choice(DELIVERY_FAULTS), times=2, **late(random))
        if number % BETWEEN["lost creation"] == 0:
            for match in ("createIssue", "addComment"):
                control.fault(match, "lose-answer")
        if number % BETWEEN["expiry"] == 60:
            # not one that was just renewed: that would mean to the helpdesk that the grant is lost
            control.expire_access_tokens(older_than=3)
        if number % BETWEEN["look"] == 100:
            look(stand, channel)
        if number % BETWEEN["kill"] == 30:
            for slot in restarting:
                workers.ready(slot)
            restarting = [random.choice(workers.slots)]
            workers.kill(restarting[0])
            workers.start(restarting[0])
        if number == len(acts) // 3:
            traffic.needs = {CAUSE: "Heat"}
            control.set_create_field(SITE, PROJECT, "Task", CAUSE, name="Cause", type="text", required=True)
        if number == len(acts) * 2 // 3:
            until(lambda: trouble(stand, channel), "the channel said what Jira demands", lambda: explain(stand))
            assert "Cause is required" in trouble(stand, channel)
            traffic.needs = {}
            control.remove_create_field(SITE, PROJECT, "Task", CAUSE)
            assert saving.mended(stand.host, channel)
        time.sleep(random.random() * 0.05)
    for slot in restarting:
        workers.ready(slot)


def look(stand: Stand, channel: int) -> None:
    """Have looked for what no delivery told of, as the schedule does each minute."""
    with stand.host.database.write() as session:
        ask_to_look(stand.host.jobs, session, session.get_one(Channel, channel))
        ask_to_poll(stand.host.jobs, session, stand.connection_id)


def calm(stand: Stand, channel: int) -> None:
    """End all faults, let the search catch up, look at everything once, and wait until nothing is left to do."""
    control = stand.simulator.control
    control.clear_faults()
    control.clear_delivery_faults()
    if trouble(stand, channel):  # an answer from before it was mended: an admin sees that, and says again that it is
        saving.mended(stand.host, channel)
    until(lambda: unfinished(stand) == {}, "all that was known was done", lambda: explain(stand))
    time.sleep(LAG_S)
    began = datetime.now(UTC)

    def looked() -> bool:
        with stand.host.database.read() as session:
            at, polled = session.get_one(Channel, channel).looked_at, session.get_one(Listening, stand.connection_id)
        if at and polled.polled_at and min(at, polled.polled_at) >= began:
            return True
        look(stand, channel)
        return False

    until(looked, "everything was looked for", lambda: explain(stand))
    until(lambda: unfinished(stand) == {}, "nothing was left to do", lambda: explain(stand))
    until(lambda: compared(stand), "all links could be compared", lambda: explain(stand))
    until(lambda: unfinished(stand) == {}, "no link was waiting", lambda: explain(stand))


def unfinished(stand: Stand) -> dict[str, int]:
    """Count what the helpdesk still has to do, by what it is."""
    questions = {
        "deliveries": select(func.count()).where(StoredDelivery.state == DeliveryState.WAITING),
        "creations": select(func.count()).where(Creation.state.in_(UNFINISHED)),
        "arrivals": select(func.count()).where(Arrival.state == ArrivalState.WAITING),
        "links": select(func.count()).where(Link.wanted > Link.done),
        "talks": select(func.count()).where(Talk.wanted > Talk.done),
    }
    with stand.host.database.read() as session:
        counts = {what: session.scalar(question) or 0 for what, question in questions.items()}
    return {what: count for what, count in counts.items() if count}


def trouble(stand: Stand, channel: int) -> str:
    with stand.host.database.read() as session:
        return session.get_one(Channel, channel).trouble


def explain(stand: Stand) -> str:
    with stand.host.database.read() as session:
        creations = session.scalars(select(Creation).where(Creation.state.in_(UNFINISHED))).all()
        state = session.get_one(Connection, stand.connection_id).trouble
        channels = [each.trouble for each in session.scalars(select(Channel))]
        jobs = stand.host.jobs.counts(session, prefix=f"connection/{stand.connection_id}/")
    said = [f"creation {one.id} {one.state}: {one.sentence}" for one in creations]
    return "; ".join([state, *channels, str(unfinished(stand)), str(jobs), *said])
