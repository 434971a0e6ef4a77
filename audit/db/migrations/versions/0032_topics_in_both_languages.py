"""questions: the topic in both languages"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("question", sa.Column("topic_en", sa.String(length=60), nullable=False, server_default=""))
