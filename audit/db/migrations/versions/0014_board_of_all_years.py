"""the figures of all years from an index; which worker has a job"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    told = ["due_at", "kind", "cycle", "repeat", "answered_at", "created_at", "branch_seconds", "department_seconds"]
    for old, name, key in (  # the new ones begin with the same columns
        ("register", "organisation", "organisation_id"),
        ("section", "section", "section_code"),
        ("round_state", "round", "round_id"),
    ):
        op.drop_index(f"ix_finding_{old}", "finding")
        op.create_index(f"ix_finding_by_{name}", "finding", [key, "state", *told])
    op.create_index("ix_visit_checklist_version_id", "visit", ["checklist_version_id"])
    op.add_column("job", sa.Column("worker", sa.String(32), nullable=False, server_default=""))
