"""Comments are edited and deleted, and come from integrations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=31), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("edited_by_name", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("deleted_by_name", sa.String(length=100), nullable=False, server_default=""))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_column("deleted_by_name")
        batch_op.drop_column("deleted_at")
        batch_op.drop_column("edited_by_name")
        batch_op.drop_column("edited_at")
        batch_op.drop_column("source")
