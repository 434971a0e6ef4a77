"""jobs: how often a worker has taken one, so that a job that ends its worker is given up"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("job", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
