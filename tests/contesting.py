"""A small season in the small city: Ou runs it, Ju and Ke judge it, and contestants play for three organisations."""

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from audit.config import settings
from audit.db.models import (
    Account,
    Ballot,
    BallotName,
    Contribution,
    Grant,
    Quarantine,
    Question,
    QuizAnswer,
    QuizAttempt,
    QuizPaper,
    Voter,
)
from audit.domain.contest.rules import Rules, StarRules, default_rules
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import clock
from audit.services.contest import contestants, seasons, tallies
from audit.services.contest.contestants import ContestantValues
from audit.services.contest.seasons import SeasonValues
from audit.services.work import unit_of_work
from tests.factories import NOW, City

IN_SEASON = dt.datetime(2026, 10, 6, 2, 0, tzinfo=dt.UTC)  # votes, quiz and skills are open
DAY = IN_SEASON.date()
HOMES = ("yuzhong", "jiangbei", "service")


@dataclass
class Contest:
    """The season, its people and its rules; `ids` are the contestants, of each organisation in turn."""

    city: City
    season_id: int
    ids: list[int]
    rules: Rules
    ou: Actor
    ju: Actor
    ke: Actor

    @property
    def db(self) -> Any:
        return self.city.db


def found_contest(
    city: City, people: int = 9, stars: tuple[int, int, int, int] = (5, 1, 1, 0), **rules: Any
) -> Contest:
    """A running season with so many contestants; `stars`: total, base, proportional, threshold."""
    roles = {"ou": Role.ORGANISER, "ju": Role.JUDGE, "ke": Role.JUDGE}
    actors = [member(city, name, role) for name, role in roles.items()]
    ruled = replace(default_rules(), stars=StarRules(*stars), **rules)
    season_id = seasons.create_season(
        city.db, actors[0], SeasonValues("2026", "微笑天使", "Smiling Angel", ruled.to_json())
    )
    with unit_of_work(city.db, actors[0]) as work:
        ids = [
            contestants.insert(
                work,
                season_id,
                ContestantValues(f"E{number:04}", f"选手{number}", city.organisations[HOMES[number % len(HOMES)]]),
            )
            for number in range(people)
        ]
    _papers(city, season_id, ruled.quiz.weeks)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings(), "vote_key", SecretStr("a secret outside the database"))
        patched.setattr(settings(), "code_channel", "text messages")
        seasons.move_season(city.db, actors[0], season_id, 1, "start")
    return Contest(city, season_id, ids, ruled, *actors)


def found_decided_contest(city: City) -> Contest:
    """The same; five have points, so that nobody shares a place at the last seat."""
    made = found_contest(city)
    for place, id_ in enumerate(made.ids[:5]):
        contribute(made, id_, "idea", 500 - 50 * place)
    return made


def _papers(city: City, season_id: int, weeks: int) -> None:
    with city.db.write() as session:
        question = Question(
            code="Q1",
            kind="single",
            difficulty="easy",
            text_zh="问",
            options=[],
            right=[],
            created_at=NOW,
            retired_at=NOW,
        )
        session.add(question)
        session.flush()
        session.add_all(
            QuizPaper(season_id=season_id, week=week, seed=1, questions=[question.id or 0], drawn_at=NOW)
            for week in range(weeks + 1)
        )


def member(city: City, name: str, role: Role) -> Actor:
    """Somebody of the marketing department with a role in every season."""
    marketing = city.organisations["marketing"]
    with city.db.write() as session:
        names = {"name": name.title(), "name_en": f"Ms {name.title()}"}
        account = Account(sign_in_name=name, organisation_id=marketing, created_at=NOW, **names)
        session.add(account)
        session.flush()
        session.add(Grant(account_id=account.id or 0, role=role, scope_kind=Scope.SEASON))
    return Actor(account.id or 0, name.title(), grants=(Granted(role, Scope.SEASON),), organisation_id=marketing)


def attempt(contest: Contest, contestant_id: int, points: list[int], day: dt.date = DAY, void: str = "") -> int:
    """An attempt with answers worth these hundredths, over and counted."""
    with unit_of_work(contest.db, None) as work:
        session, week = work.session, contest.rules.week_of(day)
        papers = select(QuizPaper).where(QuizPaper.season_id == contest.season_id, QuizPaper.week == week)
        paper = session.exec(papers).one()
        taken = len(session.exec(select(QuizAttempt.id).where(*_of_day(contestant_id, day))).all())
        row = QuizAttempt(
            season_id=contest.season_id,
            contestant_id=contestant_id,
            paper_id=paper.id or 0,
            week=week,
            day=day,
            number=taken + 1,
            seed=1,
            started_at=work.now,
            ends_at=work.now,
            finished_at=work.now,
            score=sum(points),
            void=void,
        )
        tallies.hold(session, [contestant_id])
        session.add(row)
        session.flush()
        session.add_all(
            QuizAnswer(attempt_id=row.id, position=position, question_id=paper.questions[0], points=worth, after_ms=900)
            for position, worth in enumerate(points)
        )
        session.flush()
        tallies.count_week(session, contest.rules.quiz, contest.season_id, contestant_id, week)
        return row.id or 0


def _of_day(contestant_id: int, day: dt.date) -> tuple[Any, Any]:
    return QuizAttempt.contestant_id == contestant_id, QuizAttempt.day == day


def vote(contest: Contest, contestant_ids: list[int], held: str | None = None) -> int:
    """A new voter's ballot; `held` None: counts; else quarantined with this decision ("" is none yet)."""
    with unit_of_work(contest.db, None) as work:
        session = work.session
        word = secrets.token_hex(16)
        voter = Voter(season_id=contest.season_id, kind="phone", identity=word, created_at=work.now)
        session.add(voter)
        session.flush()
        ballot = Ballot(season_id=contest.season_id, voter_id=voter.id, day=DAY, receipt=word, cast_at=work.now)
        session.add(ballot)
        session.flush()
        session.add_all(BallotName(ballot_id=ballot.id, contestant_id=id_) for id_ in contestant_ids)
        if held is not None:
            session.add(
                Quarantine(
                    ballot_id=ballot.id, season_id=contest.season_id, reason="burst", held_at=work.now, decision=held
                )
            )
        session.flush()
        if held in (None, "count"):
            tallies.count_votes(session, contestant_ids)
        return ballot.id or 0


def contribute(contest: Contest, contestant_id: int, kind: str, points: int) -> None:
    """A case or idea that gives these hundredths."""
    with unit_of_work(contest.db, None) as work:
        work.session.add(
            Contribution(
                season_id=contest.season_id,
                contestant_id=contestant_id,
                kind=kind,
                state="published",
                title="题",
                text="文",
                points=points,
                submitted_at=clock.now(),
            )
        )
        work.session.flush()
        tallies.count_bonus(work.session, contestant_id)


def tallies_differ(contest: Contest) -> list[tuple[int, str, int, int]]:
    """Where the tallies differ from the recount: nowhere, it is hoped."""
    with contest.db.read(steady=True) as session:
        return tallies.differences(session, contest.season_id, contest.rules.quiz)
