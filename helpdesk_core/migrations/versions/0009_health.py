"""How connections stand: whether the remote system answers, what calls cost, and what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    op.create_table(
        "contact",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=50), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("refreshes", sa.BigInteger(), nullable=False),
        sa.Column("budget_left", sa.BigInteger(), nullable=True),
        sa.Column("budget_limit", sa.BigInteger(), nullable=True),
        sa.Column("budget_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_contact_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "health_check",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("check", sa.String(length=100), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("remedy", sa.String(length=30), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_health_check_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "check", "project_id", name=op.f("pk_health_check")),
    )
    with op.batch_alter_table("mapping_project") as batch:
        batch.add_column(sa.Column("key", sa.String(length=255), nullable=False, server_default=""))
        batch.add_column(sa.Column("name", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("mapping_project") as batch:
        batch.alter_column("key", server_default=None)
        batch.alter_column("name", server_default=None)
    with op.batch_alter_table("sync_hold") as batch:
        batch.add_column(sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sync_hold") as batch:
        batch.alter_column("refused", server_default=None)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("sync_hold") as batch:
        batch.drop_column("refused")
    with op.batch_alter_table("mapping_project") as batch:
        batch.drop_column("name")
        batch.drop_column("key")
    op.drop_table("health_check")
    op.drop_table("contact")
