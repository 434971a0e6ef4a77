"""What workers do by the clock. Each row asks what is due and was not done yet, so that nothing hangs on one minute at
which a worker must live: a computer that is switched off at night catches up in the morning.
"""

import datetime as dt
from collections.abc import Callable

from audit.jobs.work import wake_left_behind
from audit.services import heads
from audit.services.contest import recount_files
from audit.services.contest.attempts import close_lapsed
from audit.services.contest.movement import publish_due
from audit.services.contest.served import forget_expired
from audit.services.daily import once_a_day
from audit.services.document_care import collect_documents
from audit.services.installation import Installation
from audit.services.loop.escalating import escalate
from audit.services.loop.issuing import due_acts
from audit.services.messages.summary import summarise
from audit.services.photo_care import collect_photos

NIGHT = dt.time(2, 20)  # in Shanghai


def closed_loop(house: Installation) -> None:
    """What the rules do in the closed loop, and then the summaries that tell of it."""
    due_acts(house.db)
    escalate(house.db)
    summarise(house.db)


def photos(house: Installation) -> None:
    """Once a day: originals past their retention, and blobs without a row."""
    days = house.settings.originals_days
    once_a_day(house.db, "photos", NIGHT, lambda: collect_photos(house.db, house.photos, days))


def slips(house: Installation) -> None:
    """Once a day: what vote slips that have expired still say of a transaction and a phone."""
    once_a_day(house.db, "slips", NIGHT, lambda: forget_expired(house.db))


def documents(house: Installation) -> None:
    """Once a day: old drafts, and files without a row."""
    once_a_day(house.db, "documents", NIGHT, lambda: collect_documents(house))


# fmt: off
BY_THE_CLOCK: tuple[tuple[str, str, Callable[[Installation], object]], ...] = (
    # name              minutes    what
    ("left_behind",     "*",       wake_left_behind),
    ("lapsed_attempts", "*",       lambda house: close_lapsed(house.db)),
    ("closed_loop",     "*/5",     closed_loop),
    ("head",            "*/5",     lambda house: heads.note(house.db, house.settings)),
    ("photos",          "*/5",     photos),
    ("documents",       "*/5",     documents),
    ("slips",           "*/5",     slips),
    ("recount_files",   "*/2",     recount_files.publish_due),
    ("boards",          "5-55/5",  lambda house: publish_due(house.db)),  # 0:05 at the earliest
)
# fmt: on
