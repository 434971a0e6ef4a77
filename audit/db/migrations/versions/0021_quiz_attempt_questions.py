"""an attempt keeps the questions it was drawn: amended rules change nothing of what was asked

Attempts whose time is up are found by an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("quiz_attempt", sa.Column("questions", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_quiz_attempt_open", "quiz_attempt", ["finished_at", "ends_at"])
