"""When somebody last said that a channel was mended."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    with op.batch_alter_table("channel") as batch:
        batch.add_column(sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("channel") as batch:
        batch.drop_column("mended_at")
