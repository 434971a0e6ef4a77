"""Corrected on the spot (立行立改): shown without a notice once the visit is accepted; sent back, it is asked for like
any other finding.
"""

import datetime as dt

import pytest

from audit.db.models import Document, Finding
from audit.domain.register import Filters
from audit.services import clock, rectification_reports, register, visits
from audit.services.installation import Installation
from audit.services.loop import reading, reviewing
from tests.factories import City
from tests.field import Field
from tests.hands import Hands, refusal
from tests.looping import Loop, enter_the_loop
from tests.papers import lay_fonts_ready
from tests.services.test_papers import text_of
from tests.services.test_submission import findings_of

BACK = {"comment": "灯箱仍不亮", "due_on": dt.date(2026, 12, 4)}


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def on_the_spot(loop: Loop, **values: object) -> int:
    """As it stands once its visit is accepted."""
    return loop.draft(state="submitted", corrected_on_spot=True, issued_at=loop.at, **values)


def offered(loop: Loop, finding_id: int) -> tuple[str, ...]:
    with clock.stopped(loop.at):
        return reading.view(loop.db, loop.city.mei, finding_id).actions


def test_the_branch_sees_it_from_the_acceptance_on_also_what_was_answered_late(field: Field, hands: Hands) -> None:
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, B02="partial", A03="later")
    field.rate(lin, "B02", "partial", corrected_on_spot=True)
    field.photo(hands, lin, "item:B02", "before", seed=4)
    field.photo(hands, lin, "item:B02", "after", seed=5)
    field.submit()
    assert [row.issued_at for row in findings_of(field)] == [None]
    visits.accept_visit(field.db, wang, field.visit_id, field.visit().version)
    (first,) = findings_of(field)
    assert (first.issued_at, first.number, first.notice_id) == (field.visit().accepted_at, None, None)
    field.rate(lin, "A03", "fail", corrected_on_spot=True)
    shown = {row.item_code: (row.state, row.issued_at is not None) for row in findings_of(field)}
    assert shown == {"B02": ("submitted", True), "A03": ("submitted", True)}


def test_it_ages_on_the_board_like_what_was_issued(loop: Loop) -> None:
    on_the_spot(loop)
    loop.rectifying(item="A02")
    with clock.stopped(loop.at + dt.timedelta(days=40)):
        assert register.overview(loop.db, loop.city.wang, Filters())[0].ages == (0, 0, 0, 2)


def test_sent_back_it_has_the_next_number_and_keeps_it(loop: Loop) -> None:
    loop.draft("A02")
    loop.issue()
    finding_id = on_the_spot(loop)
    back = loop.do(loop.city.wang, finding_id, "return", **BACK)
    prefix, _, place = (loop.read(loop.made[0]).number or "").rpartition("-")
    assert (place, back.number, back.notice_id) == ("001", f"{prefix}-002", None)
    loop.write(loop.city.mei, finding_id)
    loop.prove(loop.city.mei, finding_id)
    loop.do(loop.city.mei, finding_id, "submit")
    assert loop.do(loop.city.wang, finding_id, "return", **BACK).number == back.number
    later = loop.draft("A03")
    loop.issue()
    assert loop.read(later).number == f"{prefix}-003"


def test_a_look_on_the_spot_that_fails_asks_the_branch_too(loop: Loop) -> None:
    finding_id, wang = on_the_spot(loop), loop.city.wang
    team = [loop.city.lin.account_id]
    loop.do(wang, finding_id, "request_reinspection", team=team, planned_on=dt.date(2026, 11, 24))
    loop.prove(loop.city.lin, finding_id, "reinspection")
    assert loop.do(loop.city.lin, finding_id, "fail", **BACK).number


def test_nothing_is_offered_that_is_always_refused(loop: Loop) -> None:
    mei, wang = loop.city.mei, loop.city.wang
    finding_id = on_the_spot(loop)
    assert offered(loop, finding_id) == ()
    assert refusal(lambda: loop.do(mei, finding_id, "recall")).code == "wrong_state"
    loop.do(wang, finding_id, "return", **BACK)
    assert offered(loop, finding_id) == ("request_support", "submit")
    assert refusal(lambda: _object(loop, finding_id)).code == "objection.late"
    loop.write(mei, finding_id)
    loop.prove(mei, finding_id)
    loop.do(mei, finding_id, "submit")
    assert offered(loop, finding_id) == ("recall",)
    with clock.stopped(loop.at):
        reviewing.open_for_review(loop.db, wang, finding_id)
    assert offered(loop, finding_id) == ()
    other = loop.rectifying(item="A02")
    assert "object" in offered(loop, other)
    _object(loop, other)
    loop.do(wang, other, "uphold", comment="照片为证")
    assert "object" not in offered(loop, other), "once"
    third = loop.rectifying(item="A03")
    loop.at += dt.timedelta(days=5)
    assert "object" not in offered(loop, third), "too late"


def test_the_branchs_report_answers_for_it_with_a_notice_and_without(house: Installation, loop: Loop) -> None:
    lay_fonts_ready(house)
    mei, place = loop.city.mei, (loop.field.round_id, loop.city.organisations["jiangbei"])
    finding_id = on_the_spot(loop)
    assert rectification_reports.answerable(loop.db, mei) == []
    assert refusal(lambda: rectification_reports.make(house, mei, *place, "zh")).code == "notice.nothing"
    loop.do(loop.city.wang, finding_id, "return", **BACK)
    (mine,) = rectification_reports.answerable(loop.db, mei)
    assert (mine.answered, mine.asked) == (0, 1)
    loop.write(mei, finding_id)
    loop.prove(mei, finding_id, kind="pdf", filename="报修单.pdf")
    with loop.db.write() as session:
        session.get_one(Finding, finding_id).state = "submitted"
    final = _made(house, rectification_reports.make(house, mei, *place, "zh"))
    assert final.number == f"{(loop.read(finding_id).number or '').rpartition('-')[0]}-R1"
    told = text_of(house, final.id)
    assert "中要求我方整改的问题" in told
    assert "已更换灯箱" in told
    loop.rectifying(item="A02")
    (mine,) = rectification_reports.answerable(loop.db, mei)
    assert (mine.answered, mine.asked) == (1, 2)
    draft = text_of(house, rectification_reports.make(house, mei, *place, "zh"))
    assert "根据《整改通知书》" in draft
    assert "尚未提交整改第1项" in draft


def _object(loop: Loop, finding_id: int) -> None:
    loop.prove(loop.city.mei, finding_id, "objection")
    loop.do(loop.city.mei, finding_id, "object", reason="检查当天已报修")


def _made(house: Installation, number: int) -> Document:
    with house.db.read() as session:
        return session.get_one(Document, number)
