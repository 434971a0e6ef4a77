"""Build the demo city: found it, plan its rounds, and let everything happen in order.

The same seed and the same day give the same city: every name, rating, UUID and time comes from seeded sources and from
`today`; pictures depend on Pillow and the system's fonts besides.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Account, Visit
from audit.demo import answers, contest, player, references, shots
from audit.demo.bulk import one_transaction, without_sync
from audit.demo.calendar import RUNNING, instant, weekday_from
from audit.demo.darkroom import Darkroom, darkroom
from audit.demo.founding import City, found
from audit.demo.pictures.canvas import seeded
from audit.demo.plan import PlannedAssignment, PlannedVisit, plan_rounds
from audit.demo.player import Tablet
from audit.demo.script import Guests, Place, Script, Writer, late_answer, meeting
from audit.demo.shots import hasty_store
from audit.demo.texts import read
from audit.errors import RoundsError
from audit.photos.store import PhotoStore
from audit.services import clock, rounds

FOUNDED_BEFORE = dt.timedelta(days=200)
SMALL, WHOLE = 4, 36  # branches
LATER_SHARE = 0.03  # of visits leave one item for the evening
Progress = Callable[[str, int, int], None]  # what is under way, done, of how many


@dataclass(frozen=True)
class Built:
    """What a city has, for the result line."""

    branches: int
    accounts: int
    visits: int
    photos: int


@dataclass
class Act:
    """Something that happens: when, the script to play (its photos are known in advance), and what to do."""

    at: dt.datetime
    tablet: Tablet | None
    script: Script | None
    play: Callable[[Database, PhotoStore, Darkroom], None]


class Chronicle:
    """Everything that happens in the city, as acts in order of time."""

    def __init__(self, city: City, seed: int, today: dt.date) -> None:
        self.city = city
        self.seed = seed
        self.today = today
        self.acts: list[Act] = []

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
            self._act(visit.starts_at, tablet, script, lambda db, store, room: _part(db, store, room, tablet, script))
            return
        campaigns = self.city.running_campaigns(visit.starts_at.date())
        later = rng.random() < LATER_SHARE
        script = writer.whole(quality, campaigns, later=later, covert=rng.random() < 0.04)
        self._act(visit.starts_at, tablet, script, lambda db, store, room: _whole(db, store, room, tablet, script))
        if later and planned.wave.number != RUNNING:
            self._late_answer(planned, visit, script)
        reviewed = instant(weekday_from(visit.starts_at.date(), 1), dt.time(10, rng.randrange(60)))
        marketing = self.city.staff["marketing"].actor
        if visit.fate == "accepted":
            self._act(reviewed, None, None, lambda db, *_: player.accept(db, marketing, visit.id, reviewed))
        elif visit.fate == "returned":
            comment = rng.choice(read("phrases")["returned"])
            self._act(reviewed, None, None, lambda db, *_: player.send_back(db, marketing, visit.id, comment, reviewed))

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
        self._act(evening, tablet, answer, lambda db, store, room: _part(db, store, room, tablet, answer))

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
        self._act(at, tablet, script, lambda db, store, room: _part(db, store, room, tablet, script))

    def _act(
        self,
        at: dt.datetime,
        tablet: Tablet | None,
        script: Script | None,
        play: Callable[[Database, PhotoStore, Darkroom], None],
    ) -> None:
        self.acts.append(Act(at, tablet, script, play))


def _part(db: Database, store: PhotoStore, room: Darkroom, tablet: Tablet, script: Script) -> None:
    player.play(db, store, room, tablet, script)


def _whole(db: Database, store: PhotoStore, room: Darkroom, tablet: Tablet, script: Script) -> None:
    manifest = player.play(db, store, room, tablet, script)
    player.hand_in(db, tablet, manifest, script.entries[-1].minute + 5)


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
    with without_sync(db):
        progress("founding", 0, 1)
        founded_at = instant(today, dt.time(9, 0)) - FOUNDED_BEFORE
        with clock.stopped(founded_at):
            city = found(db, seed, today, size)
            references.attach(db, store, city, seed, founded_at)
        round_ids, planned = plan_rounds(db, city, today)
        chronicle = Chronicle(city, seed, today)
        for assignment in planned:
            chronicle.assignment(assignment)
        acts = sorted(chronicle.acts, key=lambda act: act.at)
        orders = [
            order for act in acts if act.script and act.tablet for order in player.orders(act.script, act.tablet.start)
        ]
        with darkroom(orders, workers, photo_store, home) as room:
            for number, act in enumerate(acts):
                with one_transaction(db) as joined:
                    act.play(joined, store, room)
                progress("visits", number + 1, len(acts))
        _close_rounds(db, city, round_ids, planned)
        shots.begin(photo_store, home)
        finished = [round_ids[number] for number in sorted(round_ids) if number != RUNNING]
        answers.play(db, store, city, seed, today, finished)
        progress("contest", 0, 1)
        contest.play(db, store, city, seed, today)
        progress("contest", 1, 1)
    with db.read() as session:
        counts = [len(session.exec(select(model.id)).all()) for model in (Account, Visit)]
    return Built(len(city.ring), counts[0], counts[1], len(orders))


def _close_rounds(db: Database, city: City, round_ids: dict[int, int], planned: list[PlannedAssignment]) -> None:
    waves = {assignment.wave.number: assignment.wave for assignment in planned}
    for number, round_id in round_ids.items():
        if number == RUNNING:
            continue
        moment = instant(waves[number].ends_on + dt.timedelta(days=5), dt.time(16, 0))
        with clock.stopped(moment), one_transaction(db) as joined, joined.read() as session:
            version = rounds.find(session, round_id).version
            rounds.close_round(joined, city.staff["marketing"].actor, round_id, version)
