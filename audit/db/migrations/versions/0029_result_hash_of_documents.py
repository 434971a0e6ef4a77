"""documents: the hash of the contest's result that they tell, by which they belong to a recount file"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("document", sa.Column("result_sha256", sa.String(length=64), nullable=False, server_default=""))
