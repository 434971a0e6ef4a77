"""What waits, on the pages: critical findings stand first, announced visits have their day, many are told as one."""

import datetime as dt

import pytest
from sqlmodel import select

from audit.db.models import Assignment, Finding, Visit
from audit.services import clock
from audit.services.loop import escalating
from audit.services.messages import inbox
from audit.services.messages.relay import relay_all
from tests.factories import City
from tests.looping import enter_the_loop
from tests.pages.conftest import Visit as Open
from tests.pages.conftest import texts
from tests.pages.test_pages import planned

# fmt: off
SAID = {
    #         on Today                               in the list             the halls
    "zh_CN": ("其中 1 次走访有重大问题，须当日签发。", "重大问题 2 项",        "观音桥营业厅", "红旗河沟合作厅"),
    "en":    ("1 with critical findings",             "Critical findings: 2", "Guanyinqiao hall", "Hongqihegou"),
}
# fmt: on


@pytest.mark.parametrize("locale", SAID)
def test_critical_findings_are_counted_on_today_and_stand_first_in_review(
    visit_page: Open, page_city: City, locale: str
) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        first, second = session.exec(select(Visit).order_by(Visit.id)).all()
        for minute, row in enumerate((first, second)):
            row.state, row.submitted_at = "submitted", dt.datetime(2026, 11, 20, 2, minute, tzinfo=dt.UTC)
        second_id, outlet = second.id or 0, second.outlet_id
    with page_city.db.read() as session:
        round_id = session.exec(select(Assignment.round_id)).one()
    today, mark, *halls = SAID[locale]
    assert today not in texts(visit_page("wang", "home.py", locale))
    assert mark not in texts(visit_page("wang", "review.py", locale))
    with page_city.db.write() as session:
        for code in ("A01", "A02"):
            session.add(Finding(
                round_id=round_id, visit_id=second_id, outlet_id=outlet, subject=f"item:{code}", item_code=code,
                organisation_id=page_city.organisations["jiangbei"], kind="nonconformity", severity="critical",
                created_at=clock.now(),
            ))  # fmt: skip
    assert today in texts(visit_page("wang", "home.py", locale))
    told = texts(visit_page("wang", "review.py", locale))
    halls = (
        ("观音桥营业厅", "红旗河沟合作厅") if locale == "zh_CN" else ("Guanyinqiao hall", "Hongqihegou franchised hall")
    )
    assert told.index(halls[1]) < told.index(mark) < told.index(halls[0])


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("name", ["mei", "hu"])
def test_today_shows_the_day_of_an_announced_visit_and_nothing_of_another(
    visit_page: Open, page_city: City, name: str, announced: bool
) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        session.exec(select(Assignment)).one().announced = announced
        for row in session.exec(select(Visit)).all():
            row.planned_on = clock.today() + dt.timedelta(days=2)
    told = texts(visit_page(name, "home.py"))
    assert ("走访预告" in told) is announced
    assert ("渝中分公司" in told) is announced
    assert ("观音桥营业厅" in told) is announced
    assert ("红旗河沟合作厅" in told) is (announced and name == "mei")


def test_today_names_the_next_six_and_counts_the_rest(visit_page: Open, page_city: City) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        session.exec(select(Assignment)).one().announced = True
        row = session.exec(select(Visit).order_by(Visit.id)).first()
        assert row
        given = (row.assignment_id, row.outlet_id, row.checklist_version_id)
        for day in range(1, 9):
            session.add(Visit(assignment_id=given[0], outlet_id=given[1], checklist_version_id=given[2],
                              planned_on=dt.date(2199, 1, day)))  # fmt: skip
    told = texts(visit_page("hu", "home.py"))
    assert told.count("观音桥营业厅") == 6
    assert "另有 2 次，至 2199年1月8日。" in told


def test_many_that_are_overdue_are_one_line_that_opens_to_all_of_them(visit_page: Open, page_city: City) -> None:
    loop = enter_the_loop(page_city)
    due = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)
    for number in range(60):
        loop.draft(state="rectifying", issued_at=loop.at, due_at=due, number=f"{number}", clause_zh=f"第{number}项")
    with clock.stopped(due + dt.timedelta(minutes=5)):
        escalating.escalate(page_city.db)
        relay_all(page_city.db)
    assert texts(visit_page("mei", "messages.py")).count("已逾期 60 项") == 1
    number = inbox.find(page_city.db, page_city.mei).rows[0].id
    told = texts(visit_page("mei", "messages.py", id=number))
    assert "第49项" in told
    assert "第50项" not in told
    assert "另有 10 项，请在检查发现列表中查看。" in told
    assert inbox.unread(page_city.db, page_city.mei) == 0
