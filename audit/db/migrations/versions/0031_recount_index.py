"""quiz attempts: one index that holds all that a recount and a week's tally read, instead of two that do not"""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    recount = ["season_id", "week", "contestant_id", "number", "void", "score"]
    op.create_index("ix_quiz_attempt_recount", "quiz_attempt", recount)
    op.drop_index("ix_quiz_attempt_week", "quiz_attempt")
    op.drop_index("ix_quiz_attempt_season", "quiz_attempt")
