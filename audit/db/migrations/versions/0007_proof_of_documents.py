"""documents: number, time of issue, and the chain head they carry"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("document", sa.Column("number", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("document", sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("chain_seq", sa.Integer(), nullable=True))
    op.add_column("document", sa.Column("chain_sha256", sa.String(length=64), nullable=False, server_default=""))
    op.create_index("ix_document_number", "document", ["number"])
    op.create_index("ix_document_sha256", "document", ["sha256"])
