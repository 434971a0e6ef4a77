"""delegations: when, and in which cycle, the hall handed its answer over to the branch"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("delegation", sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delegation", sa.Column("handed_over_cycle", sa.Integer(), nullable=True))
