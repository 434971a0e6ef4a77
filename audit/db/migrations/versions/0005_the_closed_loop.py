"""the closed loop: notices, answers, requests, working days"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INDEXED = ("closed_at", "issued_at", "merged_into", "notice_id", "repeat_of", "reviewer_id")


def finding_columns() -> tuple[sa.Column, ...]:
    """Added in place: making the table anew would delete what refers to it on SQLite."""
    instant = sa.DateTime(timezone=True)
    return (
        sa.Column("due_estimated", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("notice_id", sa.Integer(), sa.ForeignKey("notice.id"), nullable=True),
        sa.Column("issued_at", instant, nullable=True),
        sa.Column("acknowledged_at", instant, nullable=True),
        sa.Column("state_since", instant, nullable=True),
        sa.Column("review_opened_at", instant, nullable=True),
        sa.Column("reviewer_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("closed_at", instant, nullable=True),
        sa.Column("repeat_of", sa.Integer(), sa.ForeignKey("finding.id"), nullable=True),
        sa.Column("merged_into", sa.Integer(), sa.ForeignKey("finding.id"), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False, server_default=""),
    )


def upgrade() -> None:
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "working_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("supplement", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("deemed", sa.Boolean(), nullable=False),
        sa.Column("notice_document_id", sa.Integer(), nullable=True),
        sa.Column("report_document_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["issued_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["notice_document_id"], ["document.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["report_document_id"], ["document.id"]),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("round_id", "organisation_id", "supplement"),
    )
    op.create_index("ix_notice_organisation_id", "notice", ["organisation_id"])
    op.create_index("ix_notice_round_id", "notice", ["round_id"])

    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_comment_finding_id", "comment", ["finding_id"])

    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("token_sha256", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.ForeignKeyConstraint(["given_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_index("ix_delegation_account_id", "delegation", ["account_id"])
    op.create_index("ix_delegation_finding_id", "delegation", ["finding_id"])
    op.create_index(
        "ix_delegation_standing",
        "delegation",
        ["finding_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL AND account_id IS NOT NULL"),
        postgresql_where=sa.text("revoked_at IS NULL AND account_id IS NOT NULL"),
    )

    op.create_table(
        "evidence",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("proves", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=False),
        sa.Column("report_sha256", sa.String(length=64), nullable=False),
        sa.Column("phash", sa.String(length=16), nullable=False),
        sa.Column("dhash", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.PrimaryKeyConstraint("uuid"),
    )
    op.create_index("ix_evidence_finding", "evidence", ["finding_id", "cycle"])
    op.create_index("ix_evidence_report_sha256", "evidence", ["report_sha256"])
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.create_index("ix_evidence_thumbnail_sha256", "evidence", ["thumbnail_sha256"])

    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("new_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding_id", "cycle"),
    )
    op.create_index("ix_extension_finding_id", "extension", ["finding_id"])

    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.ForeignKeyConstraint(["raised_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding_id"),
    )
    op.create_table(
        "rectification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("correction", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("corrective_action", sa.String(), nullable=False),
        sa.Column("horizontal_check", sa.String(), nullable=False),
        sa.Column("responsible", sa.String(length=60), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.ForeignKeyConstraint(["saved_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["submitted_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding_id", "cycle"),
    )
    op.create_index("ix_rectification_finding_id", "rectification", ["finding_id"])

    op.create_table(
        "reinspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reinspection_finding_id", "reinspection", ["finding_id"])
    op.create_index("ix_reinspection_visit_id", "reinspection", ["visit_id"])

    op.create_table(
        "seen",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.PrimaryKeyConstraint("finding_id", "account_id"),
    )
    op.create_table(
        "support_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("interim_measure", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_support_request_finding_id", "support_request", ["finding_id"])

    op.create_table(
        "reinspection_member",
        sa.Column("reinspection_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["reinspection_id"], ["reinspection.id"]),
        sa.PrimaryKeyConstraint("reinspection_id", "account_id"),
    )
    op.create_index("ix_reinspection_member_account_id", "reinspection_member", ["account_id"])
    for column in finding_columns():
        op.add_column("finding", column, inline_references=True)
    for name in INDEXED:
        op.create_index(f"ix_finding_{name}", "finding", [name])
    op.create_index("ix_finding_number", "finding", ["number"], unique=True)
