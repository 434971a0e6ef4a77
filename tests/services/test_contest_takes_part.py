"""Whoever plays sees no key before the others and changes none: question bank, papers, statistics, rulings, slips."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from audit.db.models import Account, Contestant, Season
from audit.photos.intake import IntakePool
from audit.services.contest import papers, questions, quiz_statistics, rulings, slips, tokens
from audit.services.installation import Installation
from tests.factories import City
from tests.field import picture
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play
from tests.services.test_contest_rulings import takes_part

Verb = Callable[[Play, int], Any]
# fmt: off
BANK: dict[str, Verb] = {
    "list": lambda p, id_: questions.find_questions(p.db, p.organiser),
    "read": lambda p, id_: questions.get_question(p.db, p.organiser, id_),
    "export": lambda p, id_: questions.export_workbook(p.db, p.organiser, "zh_CN"),
    "export for Moodle": lambda p, id_: questions.export_gift(p.db, p.organiser),
    "import": lambda p, id_: questions.import_gift(p.db, p.organiser, "::N-1:: 问 {=对 ~错}".encode()),
    "import a workbook": lambda p, id_: questions.import_workbook(p.db, p.organiser, b"PK"),
    "retire": lambda p, id_: questions.retire(p.db, p.organiser, id_, 1),
}
OF_SEASON: dict[str, Verb] = {
    "draw": lambda p, id_: papers.draw(p.db, p.organiser, p.season_id, 2),
    "papers": lambda p, id_: papers.find_papers(p.db, p.organiser, p.season_id),
    "statistics": lambda p, id_: quiz_statistics.item_lines(p.db, p.organiser, p.season_id),
    "rulings": lambda p, id_: rulings.rulings_of(p.db, p.organiser, p.season_id, id_),
    "preview": lambda p, id_: rulings.preview(p.db, p.organiser, p.season_id, id_, []),
    "rule": lambda p, id_: rulings.rule(p.db, p.organiser, p.season_id, id_, [], "因"),
    "slips": lambda p, id_: slips.make(p.db, p.organiser, p.season_id, 1, next(iter(p.city.outlets.values()))),
    "tokens": lambda p, id_: tokens.issue(p.db, p.organiser, p.season_id, ["T-1"]),
}
# fmt: on
VERBS = BANK | OF_SEASON


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season whose first paper is drawn."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        made = play(city)
        papers.draw(made.db, made.organiser, made.season_id, 1)
        yield made


def asked(season: Play) -> int:
    """A question of the first paper."""
    other = season.organiser
    [paper, *_] = papers.find_papers(season.db, other, season.season_id)
    return paper.questions[0].id or 0


@pytest.mark.parametrize("by_number", [True, False], ids=["by employee number", "linked by the roster"])
@pytest.mark.parametrize("what", VERBS)
def test_an_organiser_who_plays_is_refused(season: Play, what: str, by_number: bool) -> None:
    number = asked(season)
    takes_part(season, season.organiser.account_id, by_number)
    assert refusal(lambda: VERBS[what](season, number)).code == "contest.takes_part"


@pytest.mark.parametrize("what", [name for name in VERBS if name != "import a workbook"])
def test_who_does_not_play_or_was_withdrawn_is_not(season: Play, what: str) -> None:
    number = asked(season)
    takes_part(season, season.organiser.account_id, by_number=False)
    with season.db.write() as session:
        row = session.get_one(Contestant, season.mei.contestant_id)
        row.withdrawn_at = QUIZ_DAY
        session.add(row)
    VERBS[what](season, number)


@pytest.mark.parametrize(("state", "fine"), [("draft", False), ("frozen", False), ("closed", True)])
@pytest.mark.parametrize("what", ["list", "read", "export"])
def test_the_bank_is_shut_until_the_season_in_which_one_plays_is_closed(
    season: Play, what: str, state: str, fine: bool
) -> None:
    number = asked(season)
    takes_part(season, season.organiser.account_id, by_number=True)
    with season.db.write() as session:
        row = session.get_one(Season, season.season_id)
        row.state = state
        session.add(row)
    if fine:
        VERBS[what](season, number)
    else:
        assert refusal(lambda: VERBS[what](season, number)).code == "contest.takes_part"


def test_a_picture_is_set_by_nobody_who_plays(season: Play, house: Installation, intake: IntakePool) -> None:
    number = asked(season)
    takes_part(season, season.organiser.account_id, by_number=False)
    act = lambda: questions.set_picture(season.db, season.organiser, house.photos, intake, number, picture())  # noqa: E731
    assert refusal(act).code == "contest.takes_part"


def test_another_employee_number_is_another_person(season: Play) -> None:
    with season.db.write() as session:
        account = session.get_one(Account, season.organiser.account_id)
        account.employee_number = "E10020"
        session.add(account)
    assert questions.find_questions(season.db, season.organiser).rows
