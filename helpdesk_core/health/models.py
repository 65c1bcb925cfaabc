"""What was last found about each connection; what is in trouble is what Settings asks an admin to mend."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db import Base


class HealthCheck(Base):
    """How one thing stood when it was last looked at. With trouble it is a repair item, until the trouble is gone."""

    __tablename__ = "health_check"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    check: Mapped[str] = mapped_column(String(100), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    """Empty: it is about the whole connection."""
    title: Mapped[str] = mapped_column(Text)
    standing: Mapped[str] = mapped_column(String(10))
    """A `values.Standing`."""
    code: Mapped[str] = mapped_column(String(50))
    cause: Mapped[str] = mapped_column(Text)
    cure: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(10))
    """A `values.Severity`."""
    remedy: Mapped[str] = mapped_column(String(30))
    """A `remedies.Button`."""
    url: Mapped[str] = mapped_column(Text)
    own: Mapped[bool]
    """Whether the helpdesk knows it by itself, without asking the plugin."""
    since: Mapped[datetime]
    """Since when it stands so."""
    looked_at: Mapped[datetime]
