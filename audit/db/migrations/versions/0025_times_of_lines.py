"""message lines: when each finding of a gathered message was told of; empty for those of before"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("message_line", sa.Column("at", sa.DateTime(timezone=True), nullable=True))
