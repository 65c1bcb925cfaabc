"""Imports every mapped class, so that `Base.metadata` is whole for migrations and tests."""

from helpdesk_core.accounts import models as accounts
from helpdesk_core.channels import models as channels
from helpdesk_core.connections import models as connections
from helpdesk_core.conversation import models as conversation
from helpdesk_core.db import Base
from helpdesk_core.health import models as health
from helpdesk_core.mapping import models as mapping
from helpdesk_core.sync import models as sync
from helpdesk_core.tickets import models as tickets

__all__ = ["Base", "accounts", "channels", "connections", "conversation", "health", "mapping", "sync", "tickets"]
