"""Work that must not be lost: the seam to the durable job engine.

Services know `Jobs` and what stands beside it here. The engine itself, DBOS Transact, is known to `jobs.client` and
`jobs.worker` alone, which only the wiring of a program imports (importing DBOS takes 0.4 s); `jobs.memory` is a twin
without a database for unit and law tests. What the engine promises, and what it leaves to its users:
docs/decisions/0008.
"""

from helpdesk_core.jobs.seam import Counts, Job, Jobs, Json, Queue, RetryLater
from helpdesk_core.jobs.work import Failed, Handler, Work

__all__ = ["Counts", "Failed", "Handler", "Job", "Jobs", "Json", "Queue", "RetryLater", "Work"]
