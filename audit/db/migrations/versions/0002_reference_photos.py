"""reference photos of checklist items"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INDEXED = ("picture_sha256", "thumbnail_sha256")


def upgrade() -> None:
    op.create_table(
        "reference_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checklist_version_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(length=40), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["checklist_version_id"], ["checklist_version.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("checklist_version_id", "item_code"),
    )
    for name in INDEXED:
        op.create_index(f"ix_reference_photo_{name}", "reference_photo", [name])


def downgrade() -> None:
    op.drop_table("reference_photo")
