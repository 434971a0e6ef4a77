"""served transactions: what a slip's transaction is called, sealed with the season's key"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("vote_slip", sa.Column("sealed", sa.Text(), nullable=False, server_default=""))
