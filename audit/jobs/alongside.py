"""Doing the same with many things, a few at one time, so that the worker processes are never idle."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from audit.errors import RoundsError

BEAT = 5.0  # seconds between two signs of life while nothing ends

log = logging.getLogger("audit.jobs")
Thing = TypeVar("Thing")
Made = TypeVar("Made")


def alongside(
    things: Sequence[Thing], do: Callable[[Thing], Made], workers: int, tell: Callable[[int], None]
) -> list[Made | RoundsError]:
    """`do` each of `things`, at most `workers` at one time; what came of each, in their order.

    What one refuses stands in its place and stops no other; what nobody foresaw goes to the log and is `internal`.
    `tell(done)` is called before the first, after each, and every few seconds; when it raises, what was begun is ended,
    the rest is not begun, and it goes on to the caller.
    """

    def one(thing: Thing) -> Made | RoundsError:
        try:
            return do(thing)
        except RoundsError as error:
            return error
        except Exception:
            log.exception("%s failed", thing)
            return RoundsError("internal")

    found: dict[int, Made | RoundsError] = {}
    running: dict[Future[Made | RoundsError], int] = {}
    waiting = deque(enumerate(things))
    tell(0)
    with ThreadPoolExecutor(workers) as pool:
        while waiting or running:
            while waiting and len(running) < workers:
                place, thing = waiting.popleft()
                running[pool.submit(one, thing)] = place
            ended, _ = wait(running, BEAT, FIRST_COMPLETED)
            found |= {running.pop(future): future.result() for future in ended}
            tell(len(found))
    return [found[place] for place in range(len(things))]
