"""Moves that the remote system refused when they were tried, so that the judgement can announce them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    op.create_table(
        "mapping_rejection",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("kind_id", sa.String(length=255), nullable=False),
        sa.Column("from_id", sa.String(length=255), nullable=False),
        sa.Column("to_id", sa.String(length=255), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_mapping_rejection_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "connection_id", "project_id", "kind_id", "from_id", "to_id", name=op.f("pk_mapping_rejection")
        ),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("mapping_rejection")
