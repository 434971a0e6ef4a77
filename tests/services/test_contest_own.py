"""Nobody decides, marks or counts what concerns the own person: enumerated over every verb that changes what counts."""

import datetime as dt
import io
from collections.abc import Callable, Iterator

import pytest
import time_machine
import xlsxwriter
from sqlmodel import col, select, update

from audit.db.models import Account, Contestant, Contribution, Event, Grant, QuizAttempt, Season, SkillScore
from audit.domain.contest.season import Source
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services.contest import (
    attempts,
    comments,
    contestants,
    contributions,
    heaps,
    quarantines,
    roster,
    scoreboard,
    skills,
)
from audit.services.contest.contestants import ContestantValues
from audit.services.contest.heaps import Heap
from audit.services.contest.sign_in import ContestantSession
from tests.contesting import IN_SEASON, Contest, attempt, found_contest, tallies_differ, vote
from tests.factories import City
from tests.hands import refusal

CASES_OPEN = dt.datetime(2026, 8, 4, 2, 0, tzinfo=dt.UTC)


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    with time_machine.travel(CASES_OPEN, tick=False):
        made = found_contest(city)
        yield made
        assert tallies_differ(made) == []


def person(
    contest: Contest, role: Role, place: int | None = None, home: str = "marketing", linked: bool = False
) -> Actor:
    """An account with a grant, which is the contestant at a place: linked by the roster, or made later and written
    otherwise."""
    scope = Scope.BRANCH if role is Role.BRANCH else Scope.SEASON
    home_id = contest.city.organisations[home]
    granted = Granted(role, scope, home_id if role is Role.BRANCH else None)
    number = None if place is None or linked else f" e{place:04}"
    with contest.db.write() as session:
        row = Account(
            sign_in_name=f"{role}-{place}-{home}-{linked}", name="本人", organisation_id=home_id,
            employee_number=number, created_at=CASES_OPEN,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(Grant(account_id=row.id or 0, role=role, scope_kind=scope, scope_id=granted.scope_id))
        if place is not None and linked:
            session.exec(update(Contestant).where(col(Contestant.id) == contest.ids[place]).values(account_id=row.id))
    return Actor(row.id or 0, "本人", grants=(granted,), organisation_id=home_id)


def skill_sheet(number: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("技能成绩")
        sheet.write_row(0, 0, ["工号", "日期", "得分"])
        sheet.write_row(1, 0, [number, "2026-08-03", "99"])
    return out.getvalue()


def a_case(contest: Contest, place: int) -> int:
    me = ContestantSession(contest.ids[place], contest.season_id, "")
    return contributions.submit(contest.db, me, "case", "题", "文")


def a_comment(contest: Contest, place: int) -> int:
    number = a_case(contest, place)
    with contest.db.write() as session:
        session.exec(update(Contribution).where(col(Contribution.id) == number).values(state="published"))
    comments.comment(contest.db, ContestantSession(contest.ids[place], contest.season_id, ""), number, "好")
    return comments.comments_of(contest.db, number)[0].id


def handed_in(contest: Contest, place: int) -> int:
    number = attempt(contest, contest.ids[place], [1])
    with contest.db.write() as session:
        session.exec(update(QuizAttempt).values(finished_at=CASES_OPEN))
    return number


def frozen(contest: Contest) -> None:
    with contest.db.write() as session:
        session.exec(update(Season).values(state="frozen"))


def imported(contest: Contest, actor: Actor, place: int) -> None:
    """A file's refusals stand in its outcome."""
    outcome = skills.import_scores(contest.db, actor, contest.season_id, skill_sheet(f"E{place:04}"), dry_run=False)
    for row in outcome.errors:
        raise row.error


def changed(contest: Contest, actor: Actor, place: int) -> None:
    row = contestants.get_contestant(contest.db, actor, contest.ids[place])
    told = ContestantValues("E9999", row.name, row.organisation_id)  # another number would make them another person
    roster.amend(contest.db, actor, row.id, row.version, told)


# fmt: off
Verb = Callable[[Contest, Actor, int], object]
VERBS: dict[str, tuple[Role, Verb]] = {
    "a skill score": (Role.JUDGE, lambda c, a, p: skills.enter_score(c.db, a, c.ids[p], CASES_OPEN.date(), "99")),
    "a skill score by the branch": (
        Role.BRANCH, lambda c, a, p: skills.enter_score(c.db, a, c.ids[p], CASES_OPEN.date(), "99")),
    "skill scores from a file": (Role.ORGANISER, imported),
    "an own case": (Role.JUDGE, lambda c, a, p: contributions.review(c.db, a, a_case(c, p), 1, "publish")),
    "a comment on it": (Role.JUDGE, lambda c, a, p: comments.set_hidden(c.db, a, a_comment(c, p), True)),
    "an attempt": (Role.ORGANISER, lambda c, a, p: attempts.void(c.db, a, handed_in(c, p), "代答")),
    "eligibility": (Role.ORGANISER, lambda c, a, p: contestants.set_eligibility(c.db, a, c.ids[p], 1, "", 1)),
    "withdrawal": (Role.ORGANISER, lambda c, a, p: contestants.withdraw(c.db, a, c.ids[p], 1)),
    "the roster": (Role.ORGANISER, changed),
    "a held ballot": (
        Role.ORGANISER,
        lambda c, a, p: quarantines.decide(c.db, a, c.season_id, [vote(c, [c.ids[p]], "")], "count", "x")),
    "a panel ballot": (
        Role.JUDGE,
        lambda c, a, p: (frozen(c), scoreboard.cast_panel_ballot(c.db, a, c.season_id, c.ids[p]))),
}
# fmt: on


def done_by(contest: Contest, actor: Actor) -> list[str]:
    """What the history says of somebody."""
    with contest.db.read() as session:
        return list(session.exec(select(Event.verb).where(Event.account_id == actor.account_id)).all())


@pytest.mark.parametrize("linked", [True, False], ids=["linked by the roster", "account made later"])
@pytest.mark.parametrize("what", VERBS)
def test_nobody_deals_with_themselves(contest: Contest, what: str, linked: bool) -> None:
    role, verb = VERBS[what]
    home = "jiangbei" if role is Role.BRANCH else "marketing"
    me = person(contest, role, 1, home, linked)
    assert refusal(lambda: verb(contest, me, 1)).code == "contest.own"
    assert done_by(contest, me) == []


@pytest.mark.parametrize("what", [name for name in VERBS if name != "a panel ballot"])
def test_and_everybody_with_others(contest: Contest, what: str) -> None:
    role, verb = VERBS[what]
    me = person(contest, role, 4, "jiangbei" if role is Role.BRANCH else "marketing")
    verb(contest, me, 1)
    assert len(done_by(contest, me)) == 1


# fmt: off
SOURCES = (
    # who marks a contestant of Jiangbei             is
    (Role.ORGANISER, "marketing", Source.CENTRAL),
    (Role.JUDGE,     "marketing", Source.CENTRAL),
    (Role.JUDGE,     "yuzhong",   Source.CENTRAL),
    (Role.JUDGE,     "jiangbei",  Source.BRANCH),  # marks for the own organisation are normalised, whatever the grant
    (Role.ORGANISER, "jiangbei",  Source.BRANCH),
    (Role.BRANCH,    "jiangbei",  Source.BRANCH),
)
# fmt: on


@pytest.mark.parametrize(("role", "home", "expected"), SOURCES)
def test_whoever_belongs_to_the_organisation_marks_for_it(
    contest: Contest, role: Role, home: str, expected: Source
) -> None:
    skills.enter_score(contest.db, person(contest, role, None, home), contest.ids[1], CASES_OPEN.date(), "90")
    imported(contest, person(contest, role, 7, home), 1)
    with contest.db.read() as session:
        assert session.exec(select(SkillScore.source)).all() == [expected] * 2


def test_somebody_with_a_branch_and_a_season_marks_the_branch_as_the_branch(contest: Contest) -> None:
    both = Actor(
        contest.ou.account_id, "两职", organisation_id=contest.city.organisations["marketing"],
        grants=(Granted(Role.JUDGE, Scope.SEASON), Granted(Role.BRANCH, Scope.BRANCH, _home(contest))),
    )  # fmt: skip
    skills.enter_score(contest.db, both, contest.ids[1], CASES_OPEN.date(), "90")
    skills.enter_score(contest.db, both, contest.ids[0], CASES_OPEN.date(), "90")
    with contest.db.read() as session:
        found = session.exec(select(SkillScore.source).order_by(col(SkillScore.id))).all()
    assert found == [Source.BRANCH, Source.CENTRAL]


def _home(contest: Contest) -> int:
    return contest.city.organisations["jiangbei"]


def test_a_heap_leaves_out_the_ballots_that_name_oneself(contest: Contest) -> None:
    me = person(contest, Role.ORGANISER, 1)
    with time_machine.travel(IN_SEASON, tick=False):
        mine, others = vote(contest, [contest.ids[1], contest.ids[0]], ""), vote(contest, [contest.ids[0]], "")
        seen = heaps.look(contest.db, me, contest.season_id, Heap())
        assert (seen.count, seen.own, seen.until) == (1, 1, others)
        assert heaps.decide(contest.db, me, contest.season_id, Heap(), max(mine, others), "count", "查过") == 1
    assert _waits(contest) == {"burst": 1}


def _waits(contest: Contest) -> dict[str, int]:
    return quarantines.waiting(contest.db, contest.ou, contest.season_id)
