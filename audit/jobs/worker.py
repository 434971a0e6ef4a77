"""The worker process: takes jobs from the queue until it is stopped, and does what is due by the clock."""

import logging
import os
import signal
import sys
import threading

from huey import crontab

from audit.jobs import living, messenger
from audit.jobs.queue import queue
from audit.jobs.work import tasks, wake_left_behind
from audit.services import heads
from audit.services.contest.attempts import close_lapsed
from audit.services.contest.movement import publish_due
from audit.services.document_care import collect_documents
from audit.services.installation import Installation
from audit.services.loop.escalating import escalate
from audit.services.loop.issuing import due_acts
from audit.services.messages.summary import summarise
from audit.services.photo_care import collect_photos


def serve(house: Installation) -> None:
    """Work until SIGTERM or SIGINT. Jobs that a dead worker left behind are woken at the start and every minute."""
    house.worker = living.sign_on(house.settings.home)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    found = queue(house.settings)
    tasks(house)

    @found.periodic_task(crontab(minute="*"), name="wake_left_behind")  # type: ignore[untyped-decorator]
    def look_again() -> None:
        wake_left_behind(house)

    @found.periodic_task(crontab(minute="*"), name="close_lapsed_attempts")  # type: ignore[untyped-decorator]
    def close_lapsed_attempts() -> None:
        close_lapsed(house.db)

    @found.periodic_task(crontab(minute="20", hour="18"), name="collect_photos")  # type: ignore[untyped-decorator]
    def collect() -> None:  # 2:20 in Shanghai
        collect_photos(house.db, house.photos, house.settings.originals_days)
        collect_documents(house)

    @found.periodic_task(crontab(minute="50", hour="15"), name="note_head")  # type: ignore[untyped-decorator]
    def note_head() -> None:  # 23:50 in Shanghai: the line of a day stands in the year it belongs to
        heads.note(house.db, house.settings)

    @found.periodic_task(crontab(minute="*/5"), name="act_by_the_clock")  # type: ignore[untyped-decorator]
    def act_by_the_clock() -> None:
        due_acts(house.db)
        escalate(house.db)
        summarise(house.db)

    @found.periodic_task(crontab(minute="5", hour="16-23"), name="publish_boards")  # type: ignore[untyped-decorator]
    def publish_boards() -> None:  # 0:05 in Shanghai, and again each hour until morning
        publish_due(house.db)

    messenger.start(house)
    wake_left_behind(house)
    house.renderer.prepare()
    found.create_consumer(workers=2, worker_type="thread", periodic=True, max_delay=0.5, initial_delay=0.1).run()


def end_with_input() -> None:
    """End this process when standard input ends: the launcher holds the other end, and the system closes it for it."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
