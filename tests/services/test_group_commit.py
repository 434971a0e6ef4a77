"""Group commit: who arrives while another one writes is written with the next; nobody pays for another's mistake."""

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlmodel import Session

from audit.db.engine import Database
from audit.db.group_commit import Together
from audit.errors import RoundsError


def test_what_waits_is_committed_together_and_each_gets_its_own_outcome(sqlite_db: Database) -> None:
    batches: list[int] = []
    inside, go_on = threading.Event(), threading.Event()

    def act(session: Session, items: Sequence[int]) -> list[int | RoundsError]:
        batches.append(len(items))
        if len(batches) == 1:
            inside.set()
            go_on.wait(30)
        return [RoundsError("quiz.over") if item == 3 else item * 10 for item in items]

    writer = Together(sqlite_db, act)
    found: dict[int, object] = {}

    def write(item: int) -> None:
        try:
            found[item] = writer.write(item)
        except RoundsError as error:
            found[item] = error.code

    threads = [threading.Thread(target=write, args=(item,)) for item in range(8)]
    threads[0].start()
    inside.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(writer._queue) < 7:  # all of them wait for the first one
        threading.Event().wait(0.001)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert batches == [1, 7]
    assert found == {item: item * 10 for item in range(8)} | {3: "quiz.over"}


def test_when_the_transaction_fails_nobody_is_told_that_it_was_kept_and_the_next_one_works(db: Database) -> None:
    failing = True

    def act(session: Session, items: Sequence[int]) -> list[int]:
        session.execute(text("INSERT INTO throttle VALUES ('k', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"))
        if failing:
            raise RoundsError("busy")
        return list(items)

    writer = Together(db, act)
    with pytest.raises(RoundsError, match="busy"):
        writer.write(1)
    with db.read() as session:
        assert session.execute(text("SELECT COUNT(*) FROM throttle")).scalar() == 0
    failing = False
    assert writer.write(2) == 2
    with db.read() as session:
        assert session.execute(text("SELECT COUNT(*) FROM throttle")).scalar() == 1
