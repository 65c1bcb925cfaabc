"""Issues that are to be created for tickets, and comments that are carried."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this revision."""
    op.create_table(
        "issue_creation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("kind_id", sa.String(length=255), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("marker", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issue_id", sa.String(length=255), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_issue_creation_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_issue_creation_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_creation")),
        sa.UniqueConstraint("marker", name=op.f("uq_issue_creation_marker")),
    )
    with op.batch_alter_table("issue_creation") as batch:
        batch.create_index(op.f("ix_issue_creation_ticket_id_connection_id"), ["ticket_id", "connection_id"])
        batch.create_index(op.f("ix_issue_creation_connection_id_state"), ["connection_id", "state"])
    op.create_table(
        "conversation_setting",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("outward", sa.Boolean(), nullable=False),
        sa.Column("inward", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_conversation_setting_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_conversation_setting")),
    )
    op.create_table(
        "talk",
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("reading", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_talk_link_id_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_talk")),
    )
    op.create_table(
        "carried_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.String(length=255), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("marker", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=255), nullable=False),
        sa.Column("refused", sa.String(length=64), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("original", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_carried_comment_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_carried_comment_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_carried_comment_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_comment")),
        sa.UniqueConstraint(
            "comment_id",
            "connection_id",
            "issue_id",
            name=op.f("uq_carried_comment_comment_id_connection_id_issue_id"),
        ),
    )
    with op.batch_alter_table("carried_comment") as batch:
        batch.create_index(
            op.f("ix_carried_comment_ticket_id_connection_id_issue_id"), ["ticket_id", "connection_id", "issue_id"]
        )
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("about", sa.String(length=20), nullable=False, server_default="issue"))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("delivery") as batch:
        batch.drop_column("about")
    op.drop_table("carried_comment")
    op.drop_table("talk")
    op.drop_table("conversation_setting")
    op.drop_table("issue_creation")
