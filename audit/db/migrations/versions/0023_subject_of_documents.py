"""documents: whom or what one is about, beside the organisation (the person named on a certificate)"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("document", sa.Column("subject", sa.String(length=160), nullable=False, server_default=""))
