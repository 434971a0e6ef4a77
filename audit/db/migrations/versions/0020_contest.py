"""the contest: seasons, contestants, skills, quiz, votes, cases and ideas

Ballots, their names, the panel's ballots and the versions of a season's rules refuse to be changed, as the history does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0014"

REFUSAL = "this record is append-only"
APPEND_ONLY = ("ballot", "ballot_name", "panel_ballot", "season_rules")


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("difficulty", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("text_zh", sa.String(length=1000), nullable=False),
        sa.Column("text_en", sa.String(length=1000), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("right_options", sa.JSON(), nullable=False),
        sa.Column("explanation_zh", sa.String(length=2000), nullable=False),
        sa.Column("explanation_en", sa.String(length=2000), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_question_difficulty", "question", ["difficulty"])
    op.create_table(
        "season",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_season_state", "season", ["state"])
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("subject_sha256", sa.String(length=64), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_one_time_code_expires_at", "one_time_code", ["expires_at"])
    op.create_index("ix_one_time_code_subject", "one_time_code", ["purpose", "subject_sha256", "expires_at"])
    op.create_table(
        "quiz_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("season_id", "week"),
    )
    op.create_table(
        "scoreboard_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_scoreboard_snapshot_season", "scoreboard_snapshot", ["season_id", "taken_at"])
    op.create_table(
        "contestant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("outlet_id", sa.Integer(), sa.ForeignKey("outlet.id"), nullable=True),
        sa.Column("employee_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("story_zh", sa.String(length=2000), nullable=False),
        sa.Column("story_en", sa.String(length=2000), nullable=False),
        sa.Column("photo_sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("ineligible", sa.String(length=400), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("season_id", "employee_number"),
    )
    op.create_index("ix_contestant_account_id", "contestant", ["account_id"])
    op.create_index("ix_contestant_employee_number", "contestant", ["employee_number"])
    op.create_index("ix_contestant_organisation", "contestant", ["season_id", "organisation_id"])
    op.create_index("ix_contestant_photo_sha256", "contestant", ["photo_sha256"])
    op.create_index("ix_contestant_thumbnail_sha256", "contestant", ["thumbnail_sha256"])
    op.create_table(
        "season_rules",
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("season_id", "rules_version"),
    )
    op.create_table(
        "contest_tally",
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("central_count", sa.Integer(), nullable=False),
        sa.Column("central_sum", sa.Integer(), nullable=False),
        sa.Column("branch_count", sa.Integer(), nullable=False),
        sa.Column("branch_sum", sa.Integer(), nullable=False),
        sa.Column("quiz_sum", sa.Integer(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("bonus", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contestant_id"),
    )
    op.create_index("ix_contest_tally_season_id", "contest_tally", ["season_id"])
    op.create_table(
        "contestant_sign_in",
        sa.Column("id_sha256", sa.String(length=64), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id_sha256"),
    )
    op.create_index("ix_contestant_sign_in_contestant_id", "contestant_sign_in", ["contestant_id"])
    op.create_index("ix_contestant_sign_in_ends_at", "contestant_sign_in", ["ends_at"])
    op.create_table(
        "contribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=6000), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("review", sa.String(length=1000), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contribution_contestant_id", "contribution", ["contestant_id"])
    op.create_index("ix_contribution_list", "contribution", ["season_id", "kind", "state"])
    op.create_index("ix_contribution_recount", "contribution", ["season_id", "contestant_id", "points"])
    op.create_table(
        "panel_ballot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("season_id", "contestant_id", "account_id"),
    )
    op.create_table(
        "quiz_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("paper_id", sa.Integer(), sa.ForeignKey("quiz_paper.id"), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contestant_id", "day", "number"),
    )
    op.create_index("ix_quiz_attempt_season", "quiz_attempt", ["season_id"])
    op.create_index("ix_quiz_attempt_week", "quiz_attempt", ["contestant_id", "week", "number", "score"])
    op.create_table(
        "quiz_week",
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("best", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contestant_id", "week"),
    )
    op.create_index("ix_quiz_week_board", "quiz_week", ["season_id", "week"])
    op.create_table(
        "skill_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contestant_id", "day", "source"),
    )
    op.create_index("ix_skill_score_recount", "skill_score", ["season_id", "contestant_id", "source", "points"])
    op.create_table(
        "voter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("season_id", "identity"),
    )
    op.create_table(
        "ballot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("voter_id", sa.Integer(), sa.ForeignKey("voter.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("receipt", sa.String(length=32), nullable=False),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt"),
        sa.UniqueConstraint("voter_id", "day"),
    )
    op.create_index("ix_ballot_device", "ballot", ["season_id", "device", "cast_at"])
    op.create_index("ix_ballot_network", "ballot", ["season_id", "network", "cast_at"])
    op.create_index("ix_ballot_season", "ballot", ["season_id", "cast_at"])
    op.create_table(
        "contribution_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), sa.ForeignKey("contribution.id"), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contribution_comment_contribution_id", "contribution_comment", ["contribution_id"])
    op.create_table(
        "contribution_photo",
        sa.Column("contribution_id", sa.Integer(), sa.ForeignKey("contribution.id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("contribution_id", "position"),
    )
    op.create_index("ix_contribution_photo_picture_sha256", "contribution_photo", ["picture_sha256"])
    op.create_index("ix_contribution_photo_thumbnail_sha256", "contribution_photo", ["thumbnail_sha256"])
    op.create_table(
        "quiz_answer",
        sa.Column("attempt_id", sa.Integer(), sa.ForeignKey("quiz_attempt.id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), sa.ForeignKey("question.id"), nullable=False),
        sa.Column("chosen", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("after_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "position"),
    )
    op.create_index("ix_quiz_answer_recount", "quiz_answer", ["attempt_id", "points"])
    op.create_table(
        "repost",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("contribution_id", sa.Integer(), sa.ForeignKey("contribution.id"), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_repost_contribution_id", "repost", ["contribution_id"])
    op.create_index("ix_repost_season", "repost", ["season_id", "seen_on"])
    op.create_table(
        "ballot_name",
        sa.Column("ballot_id", sa.Integer(), sa.ForeignKey("ballot.id"), nullable=False),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=False),
        sa.PrimaryKeyConstraint("ballot_id", "contestant_id"),
    )
    op.create_index("ix_ballot_name_contestant", "ballot_name", ["contestant_id", "ballot_id"])
    op.create_table(
        "quarantine",
        sa.Column("ballot_id", sa.Integer(), sa.ForeignKey("ballot.id"), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.String(length=400), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), sa.ForeignKey("account.id"), nullable=True),
        sa.PrimaryKeyConstraint("ballot_id"),
    )
    op.create_index("ix_quarantine_season_id", "quarantine", ["season_id"])
    op.create_table(
        "vote_token",
        sa.Column("jti", sa.String(length=32), nullable=False),
        sa.Column("season_id", sa.Integer(), sa.ForeignKey("season.id"), nullable=False),
        sa.Column("transaction_sha256", sa.String(length=64), nullable=False),
        sa.Column("outlet_id", sa.Integer(), sa.ForeignKey("outlet.id"), nullable=True),
        sa.Column("contestant_id", sa.Integer(), sa.ForeignKey("contestant.id"), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ballot_id", sa.Integer(), sa.ForeignKey("ballot.id"), nullable=True),
        sa.PrimaryKeyConstraint("jti"),
        sa.UniqueConstraint("transaction_sha256"),
    )
    op.create_index("ix_vote_token_ballot_id", "vote_token", ["ballot_id"])
    op.create_index("ix_vote_token_season_id", "vote_token", ["season_id"])

    refuse_changes()


def refuse_changes() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION contest_refuses() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            inline = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            body = inline if sqlite else "FOR EACH ROW EXECUTE FUNCTION contest_refuses()"
            op.execute(f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} {body}")
