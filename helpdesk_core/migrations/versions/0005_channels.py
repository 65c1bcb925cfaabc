"""Channels, the issues that arrive, bringing over what was there before, and what issues show of their tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("kind_id", sa.String(length=255), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("creates", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("comments", sa.String(length=10), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("outward_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inward_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), nullable=False),
        sa.Column("trouble_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_channel_connection_id_connection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    with op.batch_alter_table("channel") as batch:
        batch.create_index(
            batch.f("ix_channel_connection_id_project_id_kind_id"), ["connection_id", "project_id", "kind_id"]
        )

    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("marker", sa.String(length=64), nullable=False),
        sa.Column("issue_id", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_trial_connection_id_connection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        sa.UniqueConstraint("marker", name=op.f("uq_trial_marker")),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("handed_on", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_transfer_channel_id_channel"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("channel_id", "way", name=op.f("uq_transfer_channel_id_way")),
    )
    op.create_table(
        "arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_arrival_channel_id_channel"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_arrival_connection_id_connection"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_arrival_ticket_id_ticket"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("connection_id", "issue_id", name=op.f("uq_arrival_connection_id_issue_id")),
    )
    with op.batch_alter_table("arrival") as batch:
        batch.create_index(batch.f("ix_arrival_channel_id"), ["channel_id"])
        batch.create_index(batch.f("ix_arrival_connection_id_state"), ["connection_id", "state"])

    with op.batch_alter_table("conversation_setting") as batch:
        batch.add_column(sa.Column("outward_since", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("inward_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("issue_creation") as batch:
        batch.add_column(sa.Column("channel_id", sa.Integer(), nullable=True))
        batch.create_index(batch.f("ix_issue_creation_channel_id"), ["channel_id"])
        batch.create_foreign_key(
            batch.f("fk_issue_creation_channel_id_channel"), "channel", ["channel_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("link") as batch:
        batch.add_column(sa.Column("shown", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("talks_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("ticket") as batch:
        batch.add_column(sa.Column("channel_id", sa.Integer(), nullable=True))
        batch.create_index(batch.f("ix_ticket_channel_id"), ["channel_id"])
        batch.create_foreign_key(
            batch.f("fk_ticket_channel_id_channel"), "channel", ["channel_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("ticket") as batch:
        batch.drop_constraint(batch.f("fk_ticket_channel_id_channel"), type_="foreignkey")
        batch.drop_index(batch.f("ix_ticket_channel_id"))
        batch.drop_column("channel_id")

    with op.batch_alter_table("link") as batch:
        batch.drop_column("talks_since")
        batch.drop_column("shown")

    with op.batch_alter_table("issue_creation") as batch:
        batch.drop_constraint(batch.f("fk_issue_creation_channel_id_channel"), type_="foreignkey")
        batch.drop_index(batch.f("ix_issue_creation_channel_id"))
        batch.drop_column("channel_id")

    with op.batch_alter_table("conversation_setting") as batch:
        batch.drop_column("inward_since")
        batch.drop_column("outward_since")

    with op.batch_alter_table("arrival") as batch:
        batch.drop_index(batch.f("ix_arrival_connection_id_state"))
        batch.drop_index(batch.f("ix_arrival_channel_id"))

    op.drop_table("arrival")
    op.drop_table("transfer")
    op.drop_table("trial")
    with op.batch_alter_table("channel") as batch:
        batch.drop_index(batch.f("ix_channel_connection_id_project_id_kind_id"))

    op.drop_table("channel")
