"""re-inspections as visits: under which code a finding stands on the form; whose place in a team somebody took"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("reinspection", sa.Column("item_code", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "assignment_predecessor",
        sa.Column("assignment_id", sa.Integer(), sa.ForeignKey("assignment.id"), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("successor_id", sa.Integer(), sa.ForeignKey("account.id"), primary_key=True),
    )
    op.create_index("ix_assignment_predecessor_successor_id", "assignment_predecessor", ["successor_id"])
