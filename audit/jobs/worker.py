"""The worker process: takes jobs from the queue until it is stopped, and does what is due by the clock."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from huey import crontab

from audit.jobs import living, messenger
from audit.jobs.by_the_clock import BY_THE_CLOCK
from audit.jobs.queue import queue
from audit.jobs.work import tasks, wake_left_behind
from audit.services.installation import Installation


def serve(house: Installation) -> None:
    """Work until SIGTERM or SIGINT. Jobs that a dead worker left behind are woken at the start and every minute.

    Raises at once what would only be met in a thread: a database that cannot be used, a store that is away.
    """
    house.make_all()
    house.worker = living.sign_on(house.settings.home)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    found = queue(house.settings)
    tasks(house)
    for name, minutes, act in BY_THE_CLOCK:
        found.periodic_task(crontab(minute=minutes), name=name)(_bound(act, house))
    messenger.start(house)
    wake_left_behind(house)
    house.renderer.prepare()
    found.create_consumer(workers=2, worker_type="thread", periodic=True, max_delay=0.5, initial_delay=0.1).run()


def _bound(act: Callable[[Installation], object], house: Installation) -> Callable[[], None]:
    def act_here() -> None:
        act(house)

    return act_here


def end_with_input() -> None:
    """End this process when standard input ends: the launcher holds the other end, and the system closes it for it."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
