"""The demo city's season: about 60 contestants of the small city, about 2,000 of the whole one, in its fourteenth week.

It is founded and moved on through the services. What thousands of people did (scores, attempts, ballots) is written in
bulk by `contest_play`; then the tallies are counted anew, three times: up to the last two Mondays, when a board was
published, so that it shows who moved, and up to today.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlmodel import Session, and_, col, insert, select

from audit.db.engine import Database
from audit.db.models import Account, Contestant, ContestTally, Grant, Organisation, Outlet
from audit.demo import contest_play, contest_words, questions
from audit.demo.calendar import instant
from audit.demo.contest_play import Player
from audit.demo.founding import City
from audit.demo.people import Name, Names
from audit.demo.pictures import portrait
from audit.demo.pictures.canvas import seeded
from audit.demo.texts import read
from audit.domain.contest.rules import Rules, StarRules, default_rules
from audit.domain.permissions import Actor, Scope
from audit.photos.store import PhotoStore
from audit.photos.worker import examine
from audit.services import clock
from audit.services.contest import papers, scoreboard, seasons, tallies
from audit.services.contest.seasons import SeasonValues
from audit.services.work import unit_of_work

INTO_THE_FINAL = 12  # days, at least: the city is built for a day of the stage in which everything is open
SMALL_BELOW = 10  # branches
PEOPLE = {True: (14, 16), False: (54, 60)}  # small city or not → contestants of a branch, of the service centre
PORTRAITS = {True: 8, False: 60}
FIRST = 3  # contestants on the sign-in page
SMALL_STARS = StarRules(total=8, base=1, proportional=2, threshold=7500)
CENTRE = "centre"
PLAYING = ("hall", "mate")  # personas who are contestants
PHONELESS = 9  # one contestant of so many has no phone in the roster, so that the list of who lacks one has somebody


def rules_for(today: dt.date, small: bool) -> Rules:
    """The default rules with all stages moved, so that today lies in the final; cases can still be handed in there."""
    ruled = default_rules()
    final = next(stage for stage in ruled.stages if "votes" in stage.opens)
    days = (today - final.first).days - INTO_THE_FINAL
    by = dt.timedelta(days=days - days % 7)  # by whole weeks: quiz weeks go on beginning on Mondays
    stages = (
        replace(stage, opens=(*stage.opens, "cases")) if "votes" in stage.opens and not stage.frozen else stage
        for stage in ruled.moved(by).stages
    )
    stars = SMALL_STARS if small else ruled.stars
    return replace(ruled, stages=tuple(stages), stars=stars)


def play(db: Database, store: PhotoStore, city: City, seed: int, today: dt.date) -> int:
    """Make the season and what has happened in it up to today; gives the number of contestants."""
    small = len(city.ring) < SMALL_BELOW
    ruled, organiser = rules_for(today, small), city.staff["organiser"].actor
    with clock.stopped(instant(ruled.stages[0].first, dt.time(8, 30))):
        given = SeasonValues(f"{today:%Y}", f"{today.year}年度“微笑天使”服务明星竞赛", f"Smiling Angel {today.year}")
        season_id = seasons.create_season(db, organiser, replace(given, rules=ruled.to_json()))
        players = _roster(db, organiser, season_id, seed, small)
        questions.seed_bank(db, organiser)
        seasons.move_season(db, organiser, season_id, 1, "start")
    weeks = ruled.week_of(today)
    for week in range(1, weeks + 1):
        with clock.stopped(instant(_monday(ruled, week), dt.time(7, 0))):
            papers.draw(db, organiser, season_id, week, seed * 1000 + week)
    season = contest_play.Season(season_id, ruled, players, seed)
    best = sorted(players[FIRST:], key=lambda player: -player.skill)[: PORTRAITS[small] - FIRST]
    _portraits(db, store, [*players[:FIRST], *best], seed)
    ends = [_monday(ruled, weeks - 1), _monday(ruled, weeks), today + dt.timedelta(days=1)]
    for week, first, end in zip((weeks - 2, weeks - 1, 0), [ruled.stages[0].first, *ends], ends, strict=False):
        with clock.stopped(instant(end, dt.time(0, 30)) if week else instant(today, dt.time(8, 0))):
            contest_play.play(db, season, first, end)
            if week == weeks - 2:
                contest_words.play(db, season, city, today)
            with unit_of_work(db, organiser) as work:
                tallies.rebuild(work.session, season_id, ruled.quiz)
                work.record("season.counted", "season", season_id)
            if week:
                scoreboard.publish_week(db, organiser, season_id, week)
    return len(players)


def _monday(ruled: Rules, week: int) -> dt.date:
    """The first day of a quiz week."""
    first = next(stage.first for stage in ruled.stages if "quiz" in stage.opens)
    return first + dt.timedelta(days=7 * (week - 1))


def _roster(db: Database, organiser: Actor, season_id: int, seed: int, small: bool) -> list[Player]:
    """Contestants of every branch and of the service centre, in bulk; the first ones stand on the sign-in page."""
    with unit_of_work(db, organiser) as work:
        session = work.session
        rows, skills = _people(session, season_id, seed, small)
        session.execute(insert(Contestant), rows)
        found = session.exec(
            select(Contestant.id, Organisation.code, Organisation.zone)
            .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
            .where(Contestant.season_id == season_id)
            .order_by(col(Contestant.employee_number))
        ).all()
        session.execute(insert(ContestTally), [{"contestant_id": row[0], "season_id": season_id} for row in found])
        work.record("contestant.roster_founded", "season", season_id, count=len(rows))
    return [Player(id_ or 0, code, zone, able) for (id_, code, zone), able in zip(found, skills, strict=True)]


def _people(session: Session, season_id: int, seed: int, small: bool) -> tuple[list[dict[str, Any]], list[float]]:
    """The rows of all contestants, and what each is able to."""
    rng, stories = seeded("contestants", seed), read("contest")["stories"]
    branch_people, centre_people = PEOPLE[small]
    taking_part = select(Organisation).where(col(Organisation.kind).in_(("branch", "service_centre")))
    halls: dict[int, list[int]] = {}
    for hall_id, owner_id in session.exec(select(Outlet.id, Outlet.organisation_id)).all():
        halls.setdefault(owner_id, []).append(hall_id or 0)
    names = _fresh(Names(seeded("contest names", seed)), set(session.exec(select(Account.name)).all()))
    rows: list[dict[str, Any]] = []
    skills: list[float] = []
    for owner in session.exec(taking_part.order_by(col(Organisation.id))).all():
        number = centre_people if owner.code == CENTRE else round(branch_people * rng.uniform(0.7, 1.3))
        level = rng.gauss(82, 2.5)
        for _ in range(number):
            name, story = next(names), rng.choice(stories).format(years=rng.randint(3, 22))
            zh, _bar, en = story.partition(" | ")
            skills.append(min(98.0, rng.gauss(level, 6)))
            employee = f"E{len(rows) + 1001}"
            rows.append(
                {
                    "season_id": season_id, "code": f"{rng.getrandbits(60):015x}", "account_id": None,
                    "organisation_id": owner.id, "outlet_id": rng.choice(halls[owner.id or 0]),
                    "employee_number": employee, "email": f"{employee.lower()}@example.com",
                    "phone": f"139{len(rows) + 1001:08}" if len(rows) % PHONELESS else "",
                    "name": name.zh, "name_en": name.en,
                    "story_zh": zh, "story_en": en, "complaints": int(rng.random() < 0.02),
                }
            )  # fmt: skip
    for account, hall in _with_accounts(session):
        told = {"name": account.name, "name_en": account.name_en, "employee_number": account.employee_number}
        phone, code = f"139{len(rows) + 1001:08}", f"{rng.getrandbits(60):015x}"
        whose = {"account_id": account.id, "organisation_id": account.organisation_id, "phone": phone}
        place = hall or rng.choice(halls[account.organisation_id or 0])
        email = f"{account.sign_in_name}@example.com"
        rows.append(rows[-1] | told | whose | {"outlet_id": place, "code": code, "email": email, "complaints": 0})
        skills.append(88.0)
    return rows, skills


def _with_accounts(session: Session) -> list[tuple[Account, int | None]]:
    """Personas who play too, with the hall that they manage: they vote as employees, and can sign in to the contest.

    Their numbers come after all others in order, as their rows do.
    """
    query: Any = (
        select(Account, Grant.scope_id)
        .outerjoin(Grant, and_(col(Grant.account_id) == col(Account.id), col(Grant.scope_kind) == Scope.OUTLET))
        .where(col(Account.sign_in_name).in_(PLAYING))
        .order_by(col(Account.employee_number))
    )
    return list(session.exec(query).all())


def _fresh(names: Names, taken: set[str]) -> Iterator[Name]:
    """Names that nobody of the city has yet."""
    while True:
        name = names.next()
        if name.zh not in taken:
            yield name


def _portraits(db: Database, store: PhotoStore, players: list[Player], seed: int) -> None:
    """A picture for each of these contestants."""
    drawn = {player.id: examine(portrait(player.id, seed), [], "")[1:] for player in players}
    with db.write() as session:
        for id_, (thumbnail, report) in drawn.items():
            row = session.get_one(Contestant, id_)
            row.thumbnail_sha256, row.photo_sha256 = store.put_bytes(thumbnail), store.put_bytes(report)
            session.add(row)
