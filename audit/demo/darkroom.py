"""Making photos in several processes: drawn, put into the store, and taken in by the real intake.

Workers are started anew (`spawn`), so that nothing of the parent, such as WeasyPrint's leniency with truncated
pictures, comes along. Orders are worked off in their sequence and a little ahead of whoever asks for them.
"""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audit.demo.shots import Order, begin, make
from audit.photos.intake import Intake

AHEAD = 60  # photos that may wait in memory, some 150 KB each


class Darkroom:
    """The worker processes; `orders` are known in advance and taken in their sequence."""

    def __init__(self, pool: ProcessPoolExecutor, orders: Iterable[Order]) -> None:
        self._pool = pool
        self._orders = iter(orders)
        self._waiting: deque[tuple[str, Future[Intake]]] = deque()

    def take(self, uuid: str) -> Intake:
        """The next photo, which must be the one of this UUID."""
        while len(self._waiting) < AHEAD and (order := next(self._orders, None)):
            self._waiting.append((order.shot.uuid, self._pool.submit(make, order)))
        name, future = self._waiting.popleft()
        if name != uuid:
            raise LookupError(f"photo {uuid} was asked for, {name} is next")
        return future.result()


@contextmanager
def darkroom(orders: Iterable[Order], workers: int, photo_store: str, home: Path) -> Iterator[Darkroom]:
    """A darkroom for these orders, closed at the end of the block."""
    start: Any = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, start, begin, (photo_store, home)) as pool:
        try:
            yield Darkroom(pool, orders)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
