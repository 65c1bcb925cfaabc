"""What changed at the remote system: placed statuses as admins last saw them, and what they have to look at."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    op.create_table(
        "mapping_baseline",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("status_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_mapping_baseline_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "status_id", name=op.f("pk_mapping_baseline")),
    )
    op.create_table(
        "mapping_drift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=1100), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_mapping_drift_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping_drift")),
        sa.UniqueConstraint(
            "connection_id", "kind", "subject", name=op.f("uq_mapping_drift_connection_id_kind_subject")
        ),
    )
    op.add_column("mapping_workflow", sa.Column("compared", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("mapping_workflow", "compared")
    op.drop_table("mapping_drift")
    op.drop_table("mapping_baseline")
