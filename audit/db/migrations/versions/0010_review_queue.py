"""review: what waits for marketing in order of due time, and photos that look alike, through indexes"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_finding_queue", "finding", ["state", "due_at", "id"])
    open_requests = sa.text("granted IS NULL")
    op.create_index(
        "ix_extension_open", "extension", ["finding_id", "cycle"],
        sqlite_where=open_requests, postgresql_where=open_requests,
    )  # fmt: skip
    for table in ("photo", "evidence"):
        for start in (1, 5, 9, 13):
            op.create_index(f"ix_{table}_phash_{start}", table, [sa.text(f"substr(phash, {start}, 4)")])
