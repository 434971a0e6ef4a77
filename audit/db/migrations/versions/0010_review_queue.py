"""what ten years of findings are listed, counted, reviewed and compared by: indexes"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_finding_queue", "finding", ["state", "due_at", "id"])
    op.create_index("ix_finding_created", "finding", ["created_at"])
    op.create_index("ix_finding_section", "finding", ["section_code"])
    over = "(CASE WHEN state IN ('closed', 'verified', 'withdrawn', 'merged') THEN 1 ELSE 0 END)"
    order = [sa.text(over), sa.text("(due_at IS NULL)"), "due_at", sa.text("id DESC")]
    told = ["kind", "state", "severity", "organisation_id", "round_id", "section_code", "repeat", "cycle", "created_at"]
    op.create_index("ix_finding_list", "finding", [*order, *told, "issued_at", "answered_at"])
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL reads its rows as fast, and takes no long text in an index
        op.create_index(
            "ix_finding_search", "finding", ["item_code", "outlet_id", "organisation_id", "number", "observation"]
        )
    open_requests = sa.text("granted IS NULL")
    op.create_index(
        "ix_extension_open", "extension", ["finding_id", "cycle"],
        sqlite_where=open_requests, postgresql_where=open_requests,
    )  # fmt: skip
    for table in ("photo", "evidence"):
        for start in (1, 5, 9, 13):
            op.create_index(f"ix_{table}_phash_{start}", table, [sa.text(f"substr(phash, {start}, 4)")])
