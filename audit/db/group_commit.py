"""Group commit: what arrives while one transaction is being committed is written by the next one, all together.

A commit waits for the disk, and on SQLite everybody waits for it in turn. Whoever gets the turn takes along all that
waits; nobody is answered before the common commit is on the disk. One request at a time is written at once and alone.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from audit.db.engine import Database

_Item = TypeVar("_Item")


@dataclass
class _Waiting(Generic[_Item]):
    """An item on its way. `outcome`: what the act made of it, or the failure of the whole transaction."""

    item: _Item
    done: bool = False
    outcome: Any = None


class Together(Generic[_Item]):
    """Items of one kind, written to one database. `act` writes many and says of each what came of it.

    An outcome that is an exception is raised for its own item alone; what `act` itself raises, or the commit, is raised
    for every item of the transaction, of which nothing is kept.
    """

    def __init__(self, db: Database, act: Callable[[Session, Sequence[_Item]], Sequence[Any]]) -> None:
        self._db = db
        self._act = act
        self._turn = threading.Lock()
        self._queue: list[_Waiting[_Item]] = []
        self._guard = threading.Lock()

    def write(self, item: _Item) -> Any:
        """Write one item; returns its outcome once it is committed, or raises it."""
        mine = _Waiting(item)
        with self._guard:
            self._queue.append(mine)
        with self._turn:
            if not mine.done:
                self._write_all()
        if isinstance(mine.outcome, BaseException):
            raise mine.outcome
        return mine.outcome

    def _write_all(self) -> None:
        with self._guard:
            batch, self._queue = self._queue, []
        try:
            with self._db.write() as session:
                outcomes = self._act(session, [one.item for one in batch])
        except BaseException as error:
            outcomes = [error] * len(batch)
        for one, outcome in zip(batch, outcomes, strict=True):
            one.outcome, one.done = outcome, True
