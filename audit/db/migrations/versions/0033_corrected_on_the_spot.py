"""corrected on the spot: shown to the branch since the acceptance, numbered where it was sent back"""

from itertools import count

import sqlalchemy as sa

from alembic import op

revision = "0033"
down_revision = "0032"

SHOWN = """
UPDATE finding SET issued_at = (SELECT visit.accepted_at FROM visit WHERE visit.id = finding.visit_id)
WHERE corrected_on_spot AND issued_at IS NULL AND state NOT IN ('draft', 'merged', 'withdrawn')
AND visit_id IN (SELECT id FROM visit WHERE state = 'accepted')
"""
SENT_BACK = """
SELECT finding.id, round.code, organisation.code,
       (SELECT count(number) FROM finding AS known
        WHERE known.round_id = finding.round_id AND known.organisation_id = finding.organisation_id)
FROM finding JOIN round ON round.id = finding.round_id JOIN organisation ON organisation.id = finding.organisation_id
WHERE finding.corrected_on_spot AND finding.number IS NULL AND finding.cycle > 1 ORDER BY finding.id
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.execute(sa.text(SHOWN))
    numbers: dict[tuple[str, str], count[int]] = {}
    for finding_id, round_code, branch_code, taken in connection.execute(sa.text(SENT_BACK)).all():
        place = next(numbers.setdefault((round_code, branch_code), count(taken + 1)))
        number = f"{round_code}-{branch_code}-{place:03}"
        connection.execute(
            sa.text("UPDATE finding SET number = :number WHERE id = :id"), {"number": number, "id": finding_id}
        )
