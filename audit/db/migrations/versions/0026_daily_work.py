"""what is done once a day: for which day it was done last, and who is at it"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "daily_work",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_for", sa.Date(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
