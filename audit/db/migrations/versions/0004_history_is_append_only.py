"""the history refuses to be changed: triggers against UPDATE, DELETE and TRUNCATE

A batch operation on `event` would make the table anew on SQLite, without its triggers: a later migration that needs one
must put them back.
"""

from alembic import op

revision = "0004"
down_revision = "0002"

REFUSAL = "the history is append-only"
ACTS = ("UPDATE", "DELETE")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ACTS:
            op.execute(
                f"CREATE TRIGGER event_refuses_{act.lower()} BEFORE {act} ON event "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION event_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for act in ACTS:
        op.execute(
            f"CREATE TRIGGER event_refuses_{act.lower()} BEFORE {act} ON event "
            "FOR EACH ROW EXECUTE FUNCTION event_refuses()"
        )
    op.execute(
        "CREATE TRIGGER event_refuses_truncate BEFORE TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_refuses()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ACTS:
            op.execute(f"DROP TRIGGER event_refuses_{act.lower()}")
        return
    op.execute("DROP FUNCTION event_refuses() CASCADE")
