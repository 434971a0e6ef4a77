"""documents: the number of the one that stands in their place (a contest's result that was corrected)"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("document", sa.Column("superseded_by", sa.String(length=100), nullable=False, server_default=""))
