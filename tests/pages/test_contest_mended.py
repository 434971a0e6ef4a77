"""The organiser mends a wrong key at the question's page: what would change, the reason, and what stands there then."""

import pytest
import time_machine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from audit.db.models import Grant, Question, QuizAttempt
from audit.domain.permissions import Role, Scope
from audit.services import clock, jobs
from audit.services.contest import attempts, served, slips
from audit.services.installation import installation
from tests.contesting import IN_SEASON, found_contest
from tests.factories import City
from tests.pages.conftest import Visit, texts
from tests.quiz import QUIZ_DAY, Play, play
from tests.services.test_contest_rulings import rulings_in


@pytest.fixture
def season(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Play:
    """A season in which Lin answered everything rightly; Wang organises it."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        made = play(page_city)
        attempt_id = attempts.start(made.db, made.lin)
        for position in range(10):
            attempts.answer(made.db, made.lin, attempt_id, position, made.letters(attempt_id, position))
        attempts.finish(made.db, made.lin, attempt_id)
    monkeypatch.setattr(clock, "now", lambda: QUIZ_DAY)
    page_city.actors["organiser"] = made.organiser
    grant(page_city, made)
    return made


def grant(city: City, made: Play) -> None:
    """The organiser's grant as a row: pages look it up."""
    with city.db.write() as session:
        session.add(Grant(account_id=made.organiser.account_id, role=Role.ORGANISER, scope_kind=Scope.SEASON))


def asked(season: Play) -> int:
    """A question that Lin answered."""
    with season.db.read() as session:
        return session.exec(select(QuizAttempt)).one().questions[0]


def press(at: AppTest, opener: str) -> AppTest:
    """Confirm the open dialog; the runner knows of it only while the button that opens it is pressed again."""
    at.button(key=opener).click()
    return at.button(key="rule_yes").click().run()


def test_a_question_is_struck_with_a_reason_after_looking_at_what_changes(visit_page: Visit, season: Play) -> None:
    number = asked(season)
    at = visit_page("organiser", "contest_quiz.py", id=number)
    at.button(key="rule_strike").click().run()
    told = texts(at)
    for text in ("抽到本题的答卷", "得分上升的答卷", "凡抽到本题者"):
        assert text in told, text
    assert press(at, "rule_strike").error, "no ruling without a reason"
    assert rulings_in(season) == {}
    at.text_input[0].set_value("题干有歧义")
    assert not press(at, "rule_strike").error
    assert rulings_in(season)[number].right == []
    at = visit_page("organiser", "contest_quiz.py", id=number)
    told = texts(at)
    assert "题干有歧义" in told
    assert "已作废：抽到本题者均得满分" in told
    assert "rule_strike" not in [one.key for one in at.button], "once is enough"
    assert "已作废：均得满分" in texts(visit_page("organiser", "contest_quiz.py", view="statistics"))


def test_a_question_that_no_paper_has_offers_no_ruling(visit_page: Visit, season: Play) -> None:
    with season.db.read() as session:  # one about a picture that is not there is never drawn
        number = session.exec(select(Question.id).where(Question.kind == "picture")).first()
    at = visit_page("organiser", "contest_quiz.py", id=number)
    assert not at.error
    assert "本赛季判分" not in texts(at)


def test_slips_are_made_at_the_votes_page_and_listed_with_how_many_were_used(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: IN_SEASON)
    contest = found_contest(page_city, people=3)
    page_city.actors["ou"] = contest.ou
    assert "暂无凭条" in texts(visit_page("ou", "contest_votes.py", view="slips"))
    hall = next(iter(page_city.outlets.values()))
    [number] = slips.make(contest.db, contest.ou, contest.season_id, 12, hall)
    told = texts(visit_page("ou", "contest_votes.py", view="slips"))
    assert "12" in told
    assert contest.ou.name in told
    assert "没有找到" in texts(visit_page("ou", "contest_votes.py", view="slips", q="没有这个厅"))
    at = visit_page("ou", "contest_votes.py", view="slips", id=number)
    links = [one.proto.url for one in at.get("link_button")]
    assert links == [f"/documents/slips/{contest.season_id}/{number}.csv"]
    at.button(key="slips_pdf").click().run()
    [job_id] = at.query_params["job"]
    assert "正在排队" in texts(at)
    jobs.claim(contest.db, int(job_id))
    jobs.finish(contest.db, int(job_id), {"sha256": installation().documents.put_bytes(b"%PDF-1.7"), "size": 8})
    at = visit_page("ou", "contest_votes.py", view="slips", id=number, job=job_id)
    links = [one.proto.url for one in at.get("link_button")]
    assert links == [f"/documents/slips/{contest.season_id}/{number}{rest}" for rest in (f"/{job_id}.pdf", ".csv")]
    at = visit_page("ou", "contest_votes.py", view="slips")
    at.button(key="slips_make").click().run()
    at.button(key="slips_make").click()
    assert at.button(key="slips_yes").click().run().error, "a hall or people are needed"
    assert slips.batches(contest.db, contest.ou, contest.season_id).total == 1


def test_a_list_of_served_transactions_is_brought_there_and_its_texts_are_offered(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: IN_SEASON)
    contest = found_contest(page_city, people=3)
    page_city.actors["ou"] = contest.ou
    at = visit_page("ou", "contest_votes.py", view="slips")
    at.button(key="slips_list").click().run()
    assert "每笔业务生成一张凭条" in texts(at)
    assert "/documents/workbooks/templates/served.xlsx" in [one.proto.url for one in at.get("link_button")]
    file = "业务流水号,客户手机\nT-1,13912345678\n".encode()
    served.import_served(contest.db, contest.ou, contest.season_id, file, dry_run=False)
    assert "业务流水清单" in texts(visit_page("ou", "contest_votes.py", view="slips"))
    [batch] = slips.batches(contest.db, contest.ou, contest.season_id).rows
    at = visit_page("ou", "contest_votes.py", view="slips", id=batch.id)
    links = [one.proto.url for one in at.get("link_button")]
    assert links == [f"/documents/slips/{contest.season_id}/{batch.id}.{kind}" for kind in ("xlsx", "csv")]
