"""findings: working time with the branch and with the department, when they were answered, indexes of the register"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("branch_seconds", "department_seconds"):
        op.add_column("finding", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("finding", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_finding_register", "finding", ["organisation_id", "state", "due_at"])
    op.create_index("ix_finding_round_state", "finding", ["round_id", "state"])
