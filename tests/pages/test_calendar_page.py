"""The calendar page: a day is entered, listed, and removed; a due date counts it."""

import datetime as dt

from audit.services import calendar
from tests.factories import City
from tests.pages.conftest import Visit, texts
from tests.pages.test_review_page import in_dialog

NEW_YEAR = dt.date(2026, 12, 31)


def test_a_day_off_is_entered_and_counts(visit_page: Visit, page_city: City) -> None:
    at = visit_page("wang", "calendar_days.py", year=2026)
    assert "本年度未登记日期" in texts(at)
    next(one for one in at.button if one.label == "登记日期…").click().run()
    at.date_input[0].set_value(NEW_YEAR)
    in_dialog(at, "登记日期…", "保存")
    assert calendar.get_calendar(page_city.db).is_working(NEW_YEAR), "a reason is asked for"
    at.text_input[0].set_value("盘点")
    in_dialog(at, "登记日期…", "保存")
    assert not at.exception
    assert not calendar.get_calendar(page_city.db).is_working(NEW_YEAR)
    told = texts(visit_page("wang", "calendar_days.py", year=2026))
    assert "2026年12月31日" in told
    assert "盘点" in told
    assert "休息日" in told
    assert "盘点" not in texts(visit_page("wang", "calendar_days.py", year=2025))


def test_a_year_whose_holidays_nobody_published_says_so(visit_page: Visit) -> None:
    assert "are marked as estimated" in texts(visit_page("adam", "calendar_days.py", "en", year=2028))
    assert "are marked as estimated" not in texts(visit_page("adam", "calendar_days.py", "en", year=2025))
