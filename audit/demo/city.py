"""Build the demo city: found it, plan its rounds, and let everything happen in order.

The same seed and the same day give the same city: every name, rating, UUID and time comes from seeded sources and from
`today`; pictures depend on Pillow and the system's fonts besides.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Account, Visit
from audit.demo import clockwork, contest, player, references
from audit.demo.acts import Act, Means
from audit.demo.bulk import one_transaction, seldom_collected, without_sync
from audit.demo.calendar import RUNNING, instant, weekday_from
from audit.demo.cast import Cast, cast
from audit.demo.darkroom import darkroom
from audit.demo.founding import City, found
from audit.demo.notices import Notices, Seen
from audit.demo.pictures.canvas import seeded
from audit.demo.plan import PlannedAssignment, PlannedVisit, plan_rounds
from audit.demo.player import Tablet
from audit.demo.script import Guests, Place, Script, Writer, late_answer, meeting
from audit.demo.shots import hasty_documents, hasty_store
from audit.demo.texts import read
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import clock, rounds
from audit.services.calendar import get_calendar

FOUNDED_BEFORE = dt.timedelta(days=200)
SMALL, WHOLE = 4, 36  # branches
CLOSED_AFTER = dt.timedelta(days=5)
LAST_REVIEW = dt.time(17, 20)  # before the day the city is built for
LATER_SHARE = 0.03  # of visits leave one item for the evening
Progress = Callable[[str, int, int], None]  # what is under way, done, of how many


@dataclass(frozen=True)
class Built:
    """What a city has, for the result line."""

    branches: int
    accounts: int
    visits: int
    photos: int


class Chronicle:
    """Everything that happens in the city, as acts in order of time."""

    def __init__(self, city: City, parts: Cast, seed: int, today: dt.date) -> None:
        self.city, self.parts = city, parts
        self.seed, self.today = seed, today
        self.acts: list[Act] = []
        self.seen: list[Seen] = []

    def assignment(self, planned: PlannedAssignment) -> None:
        """The visits of one assignment, its exit meeting, and marketing's review."""
        for visit in planned.visits:
            if visit.fate != "planned":
                self._visit(planned, visit)
        if planned.finished:
            self._meeting(planned)

    def _visit(self, planned: PlannedAssignment, visit: PlannedVisit) -> None:
        rng = seeded("visit", self.seed, planned.wave.number, visit.hall.code)
        hall = visit.hall
        assert self.city.checklist is not None
        place = Place(hall.code, hall.at, hall.manager.name.zh, hall.absent)
        writer = Writer(rng, self.city.checklist, place, visit.starts_at)
        quality = planned.inspected.quality + planned.wave.number + rng.gauss(0, 4.2)
        tablet = Tablet(planned.id, visit.id, (planned.team[0].actor, planned.team[1].actor), visit.starts_at)
        if visit.fate == "part":
            script = writer.part(quality, 0.45)
            self._play(tablet, script)
            return
        campaigns = self.city.running_campaigns(visit.starts_at.date())
        later = rng.random() < LATER_SHARE
        critical = visit.id in self.parts.critical
        script = writer.whole(quality, campaigns, later=later, covert=rng.random() < 0.04, critical=critical)
        self._play(tablet, script, hand_in=True)
        if later and planned.wave.number != RUNNING:
            self._late_answer(planned, visit, script)
        self._review(planned, visit, script, rng)

    def _review(self, planned: PlannedAssignment, visit: PlannedVisit, script: Script, rng: random.Random) -> None:
        """Marketing looks at the visit on the next weekday, or the evening before the day the city is built for."""
        day = weekday_from(visit.starts_at.date(), 1)
        at = instant(day, dt.time(10, rng.randrange(60)))
        comment = rng.choice(read("phrases")["returned"])
        urgent = visit.id == self.parts.urgent
        if day >= self.today or urgent:
            at = instant(weekday_from(self.today, -1), LAST_REVIEW)
        marketing = self.city.staff["marketing"].actor
        accepted = visit.fate == "accepted" or urgent
        if accepted:
            self.acts.append(Act(at, lambda db, _: player.accept(db, marketing, visit.id, at)))
        elif visit.fate == "returned":
            self.acts.append(Act(at, lambda db, _: player.send_back(db, marketing, visit.id, comment, at)))
        self.seen.append(Seen(planned, visit, script, at if accepted else None))

    def _late_answer(self, planned: PlannedAssignment, visit: PlannedVisit, script: Script) -> None:
        standing = next(entry for entry in script.entries if entry.body.get("rating") == "later")
        evening = instant(visit.starts_at.date() + dt.timedelta(days=1), dt.time(19, 30))
        assert self.city.checklist is not None
        place = Place(visit.hall.code, visit.hall.at, visit.hall.manager.name.zh)
        writer = Writer(seeded("late", self.seed, visit.hall.code), self.city.checklist, place, evening)
        answer = late_answer(writer, standing)
        team = (planned.team[0].actor, planned.team[1].actor)
        by_leader = (team[standing.by], team[1 - standing.by])
        tablet = Tablet(planned.id, visit.id, by_leader, evening)
        self._play(tablet, answer)

    def _meeting(self, planned: PlannedAssignment) -> None:
        at = instant(planned.ends_on, dt.time(17, 0))
        branch = planned.inspected
        place = Place(branch.branch.code, branch.branch.seat, branch.head.name.zh)
        assert self.city.checklist is not None
        rng = seeded("meeting", self.seed, planned.wave.number, branch.branch.code)
        writer = Writer(rng, self.city.checklist, place, at)
        leader, mate = (person.name.zh for person in planned.team)
        managers = tuple((hall.manager.name.zh, "营业厅经理") for hall in branch.halls[:2])
        guests = Guests(((leader, "巡检组长"), (mate, "巡检员")), ((branch.head.name.zh, "服务主管"), *managers))
        script = meeting(writer, guests)
        tablet = Tablet(planned.id, None, (planned.team[0].actor, planned.team[1].actor), at)
        self._play(tablet, script)

    def _play(self, tablet: Tablet, script: Script, *, hand_in: bool = False) -> None:
        """A script as one act, which ends with the visit's submission or leaves it open."""

        def play(db: Database, means: Means) -> None:
            manifest = player.play(db, means.photos, means.room, tablet, script)
            if hand_in:
                player.hand_in(db, tablet, manifest, script.entries[-1].minute + 5)

        self.acts.append(Act(tablet.start, play, tuple(player.orders(script, tablet.start))))


def tell(db: Database, city: City, seed: int, today: dt.date) -> list[Act]:
    """Plan the rounds, and tell everything that happens in them, in order of time."""
    round_ids, planned = plan_rounds(db, city, today)
    parts, calendar = cast(planned), get_calendar(db)
    chronicle = Chronicle(city, parts, seed, today)
    for assignment in planned:
        chronicle.assignment(assignment)
    acts = [*chronicle.acts, *Notices(city, parts, calendar, seed, today, round_ids).tell(chronicle.seen)]
    acts += _closings(city, round_ids, planned)
    acts += clockwork.acts(calendar, planned[0].wave.starts_on, today)
    return sorted(acts, key=lambda act: act.at)


def holds_anybody(db: Database) -> bool:
    """Whether anybody has an account in this database."""
    with db.read() as session:
        return session.exec(select(Account.id).limit(1)).first() is not None


def build(
    db: Database,
    photo_store: str,
    home: Path,
    *,
    seed: int = 1,
    today: dt.date,
    size: int = WHOLE,
    workers: int = 2,
    progress: Progress = lambda _what, _done, _total: None,
) -> Built:
    """Fill an empty database and photo store (`photo_store`, `home`: as in the settings) with the demo city.

    `size`: how many branches, at least 3; `workers`: processes that draw photos. Raises `demo.not_empty`.
    """
    if holds_anybody(db):
        raise RoundsError("demo.not_empty")
    store = hasty_store(photo_store, home)
    with without_sync(db), seldom_collected():
        progress("founding", 0, 1)
        founded_at = instant(today, dt.time(9, 0)) - FOUNDED_BEFORE
        with clock.stopped(founded_at):
            city = found(db, seed, today, size)
            references.attach(db, store, city, seed, founded_at)
        acts = tell(db, city, seed, today)
        orders = [order for act in acts for order in act.orders]
        documents = hasty_documents(photo_store, home)
        with darkroom(orders, workers, photo_store, home) as room:
            means = Means(store, documents, room)
            for number, act in enumerate(acts):
                with clock.stopped(act.at), one_transaction(db) as joined:
                    act.play(joined, means)
                progress("days", number + 1, len(acts))
        clockwork.read_old(db, get_calendar(db), today)
        progress("contest", 0, 1)
        contest.play(db, store, city, seed, today)
        progress("contest", 1, 1)
    with db.read() as session:
        counts = [len(session.exec(select(model.id)).all()) for model in (Account, Visit)]
    return Built(len(city.ring), counts[0], counts[1], len(orders))


def _closings(city: City, round_ids: dict[int, int], planned: list[PlannedAssignment]) -> Iterator[Act]:
    """Each finished round is closed some days after its end."""
    marketing = city.staff["marketing"].actor
    for wave in dict.fromkeys(assignment.wave for assignment in planned):
        if wave.number != RUNNING:
            round_id = round_ids[wave.number]
            yield Act(instant(wave.ends_on + CLOSED_AFTER, dt.time(16, 0)), partial(_close, marketing, round_id))


def _close(marketing: Actor, round_id: int, db: Database, _means: Means) -> None:
    with db.read() as session:
        version = rounds.find(session, round_id).version
    rounds.close_round(db, marketing, round_id, version)
