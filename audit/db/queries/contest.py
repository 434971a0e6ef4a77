"""What counts in a season, from the rows themselves: the full recount as one statement.

The statement is plain enough for SQLite, PostgreSQL and DuckDB alike. Attempts are read in the order of
`ix_quiz_attempt_recount`, so that nothing of them is sorted, and of each its answers from `ix_quiz_answer_recount`:
those of a week lie together, and answers of attempts that do not count are not read at all (sorted by contestant and
week: 0.49 s of CPU; in the order of contestants, whose answers lie all over: 0.35 s; so: 0.29 s). Sums stay integers.
"""

from sqlalchemy import bindparam, text
from sqlmodel import Session

from audit.domain.contest.rules import QuizRules

COUNTED = ("central_count", "central_sum", "branch_count", "branch_sum", "quiz_sum", "votes", "bonus")

WEEKLY = """
    SELECT a.contestant_id, a.week, MAX((SELECT SUM(points) FROM quiz_answer WHERE attempt_id = a.id)) AS best
    FROM quiz_attempt a
    WHERE a.season_id = :season AND a.number <= :attempts_a_day AND a.week BETWEEN 1 AND :weeks AND a.void = ''
    GROUP BY a.week, a.contestant_id
"""

RECOUNT = f"""
WITH weekly AS ({WEEKLY}), ranked AS (
    SELECT contestant_id, best, ROW_NUMBER() OVER (PARTITION BY contestant_id ORDER BY best DESC) AS place FROM weekly
), quiz AS (
    SELECT contestant_id, SUM(best) AS quiz_sum FROM ranked WHERE place <= :best_weeks GROUP BY contestant_id
), marked AS (
    SELECT contestant_id, source, COUNT(*) AS days, SUM(points) AS total
    FROM skill_score WHERE season_id = :season GROUP BY contestant_id, source
), skill AS (
    SELECT contestant_id,
           SUM(CASE WHEN source = 'central' THEN days ELSE 0 END) AS central_count,
           SUM(CASE WHEN source = 'central' THEN total ELSE 0 END) AS central_sum,
           SUM(CASE WHEN source = 'branch' THEN days ELSE 0 END) AS branch_count,
           SUM(CASE WHEN source = 'branch' THEN total ELSE 0 END) AS branch_sum
    FROM marked GROUP BY contestant_id
), voted AS (
    SELECT n.contestant_id, COUNT(*) AS votes
    FROM ballot b JOIN ballot_name n ON n.ballot_id = b.id LEFT JOIN quarantine q ON q.ballot_id = b.id
    WHERE b.season_id = :season AND (q.ballot_id IS NULL OR q.decision = 'count')
    GROUP BY n.contestant_id
), earned AS (
    SELECT contestant_id, SUM(points) AS bonus FROM contribution WHERE season_id = :season GROUP BY contestant_id
)
SELECT c.id,
       CAST(COALESCE(skill.central_count, 0) AS BIGINT) AS central_count,
       CAST(COALESCE(skill.central_sum, 0) AS BIGINT) AS central_sum,
       CAST(COALESCE(skill.branch_count, 0) AS BIGINT) AS branch_count,
       CAST(COALESCE(skill.branch_sum, 0) AS BIGINT) AS branch_sum,
       CAST(COALESCE(quiz.quiz_sum, 0) AS BIGINT) AS quiz_sum,
       CAST(COALESCE(voted.votes, 0) AS BIGINT) AS votes,
       CAST(COALESCE(earned.bonus, 0) AS BIGINT) AS bonus
FROM contestant c
LEFT JOIN skill ON skill.contestant_id = c.id
LEFT JOIN quiz ON quiz.contestant_id = c.id
LEFT JOIN voted ON voted.contestant_id = c.id
LEFT JOIN earned ON earned.contestant_id = c.id
WHERE c.season_id = :season
ORDER BY c.id
"""

# What one vote or one attempt adds to the tallies, in as few and as plain statements as can be: people wait for them.
ADD_VOTES = text("UPDATE contest_tally SET votes = votes + :by WHERE contestant_id IN :contestants").bindparams(
    bindparam("contestants", expanding=True)
)
SET_SKILLS = text(
    "UPDATE contest_tally SET central_count = :central_count, central_sum = :central_sum,"
    " branch_count = :branch_count, branch_sum = :branch_sum WHERE contestant_id = :contestant"
)
SET_WEEK = text("""
INSERT INTO quiz_week (contestant_id, week, season_id, best)
SELECT :contestant, :week, :season, COALESCE(MAX(score), 0) FROM quiz_attempt
WHERE season_id = :season AND week = :week AND contestant_id = :contestant AND number <= :attempts_a_day AND void = ''
ON CONFLICT (contestant_id, week) DO UPDATE SET best = excluded.best
""")
SUM_WEEKS = text("""
UPDATE contest_tally SET quiz_sum = (
    SELECT SUM(best) FROM (
        SELECT best FROM quiz_week WHERE contestant_id = :contestant ORDER BY best DESC LIMIT :best_weeks
    ) AS counted
) WHERE contestant_id = :contestant
""")


def parameters(season_id: int, rules: QuizRules) -> dict[str, int]:
    """What `RECOUNT` is to be asked with."""
    return {
        "season": season_id,
        "attempts_a_day": rules.attempts_a_day,
        "weeks": rules.weeks,
        "best_weeks": rules.best_weeks,
    }


def recount(session: Session, season_id: int, rules: QuizRules) -> list[tuple[int, ...]]:
    """Contestant's id and the figures of `COUNTED` for everybody in the season, from the rows that count."""
    # SQLModel's sessions want their own selects; this is the one statement that is shared with another engine.
    rows = session.connection().execute(text(RECOUNT), parameters(season_id, rules))
    return [tuple(map(int, row)) for row in rows]


def recount_weeks(session: Session, season_id: int, rules: QuizRules) -> dict[tuple[int, int], int]:
    """(contestant's id, week) → best counted attempt, from the answers."""
    rows = session.connection().execute(text(WEEKLY), parameters(season_id, rules))
    return {(contestant_id, week): int(best or 0) for contestant_id, week, best in rows}
