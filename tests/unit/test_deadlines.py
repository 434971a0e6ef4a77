"""Deadlines by hand-worked vectors, and the fair clock."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.domain import deadlines
from audit.errors import RoundsError
from audit.services.calendar import WorkingDays

FILE = json.loads((Path(__file__).parent.parent / "vectors" / "deadlines.json").read_text("utf-8"))
OFFICIAL = WorkingDays({})
D = dt.date


def at(text: str) -> dt.datetime:
    """An instant in Shanghai."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=deadlines.ZONE)


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(RoundsError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize("severity", FILE["working_days"])
@pytest.mark.parametrize("vector", FILE["vectors"], ids=[vector["issued"] for vector in FILE["vectors"]])
@pytest.mark.parametrize("hour", ["00:00", "17:59", "18:01", "23:59"])
def test_the_due_date_is_the_hand_worked_one_at_any_hour_of_the_day(vector: Any, severity: str, hour: str) -> None:
    found = deadlines.due(at(f"{vector['issued']}T{hour}"), severity, OFFICIAL)
    assert found == at(f"{vector['due'][severity]}T18:00")


def test_the_day_is_counted_in_shanghai() -> None:
    late = dt.datetime(2026, 2, 12, 16, 30, tzinfo=dt.UTC)  # 0:30 on the 13th
    assert deadlines.due(late, "critical", OFFICIAL) == at("2026-02-25T18:00")


def test_an_override_of_the_calendar_counts() -> None:
    calendar = WorkingDays({D(2026, 2, 14): False, D(2026, 2, 16): True})
    # 14 Feb is off now, the 16th is worked: 1 = 16, 2 = 24, 3 = 25
    assert deadlines.due(at("2026-02-13T09:00"), "critical", calendar) == at("2026-02-25T18:00")
    assert deadlines.add_days(D(2026, 2, 13), 1, calendar) == D(2026, 2, 16)


def test_beyond_the_published_years_weekdays_stand_in_and_the_date_says_so() -> None:
    issued = at("2026-12-30T10:00")
    found = deadlines.due(issued, "critical", OFFICIAL)
    # 1 = Thu 31 Dec, 2 = Fri 1 Jan 2027 (nobody has published that it is off), 3 = Mon 4 Jan
    assert found == at("2027-01-04T18:00")
    assert deadlines.is_estimated(issued, found, OFFICIAL)
    assert not deadlines.is_estimated(at("2026-12-01T10:00"), at("2026-12-31T18:00"), OFFICIAL)
    told = WorkingDays({D(2027, 1, day): day > 3 for day in range(1, 6)})
    assert deadlines.due(issued, "critical", told) == at("2027-01-05T18:00")
    assert not deadlines.is_estimated(issued, at("2027-01-05T18:00"), told)


def test_a_calendar_without_working_days_is_refused_and_hangs_nothing() -> None:
    class Never:
        def is_working(self, day: dt.date) -> bool:
            return False

        is_estimated = is_working

    assert refused(lambda: deadlines.due(at("2026-02-13T09:00"), "minor", Never())) == "invalid"


@pytest.mark.parametrize(
    ("severity", "until"), [("critical", "2026-11-23"), ("major", "2026-11-24"), ("minor", "2026-11-24")]
)
def test_a_branch_may_object_for_two_working_days_one_when_it_is_critical(severity: str, until: str) -> None:
    friday = at("2026-11-20T15:00")
    due_at = deadlines.due(friday, severity, OFFICIAL)
    assert deadlines.objection_until(friday, severity, due_at, OFFICIAL) == at(f"{until}T18:00")


def test_a_branch_may_object_no_longer_than_until_it_is_due() -> None:
    friday = at("2026-11-20T15:00")
    assert deadlines.objection_until(friday, "major", at("2026-11-23T18:00"), OFFICIAL) == at("2026-11-23T18:00")


def test_a_notice_counts_as_acknowledged_after_one_working_day() -> None:
    assert deadlines.deemed_at(at("2026-11-20T15:00"), OFFICIAL) == at("2026-11-23T18:00")


@pytest.mark.parametrize(
    ("day", "code"),
    [("2026-11-20", "due.past"), ("2026-11-19", "due.past"), ("2026-11-22", "due.not_working"),
     ("2028-01-03", "due.too_far")],
)  # fmt: skip
def test_past_weekend_and_far_dates_are_no_due_dates(day: str, code: str) -> None:
    now = at("2026-11-20T15:00")
    assert refused(lambda: deadlines.stated_due(D.fromisoformat(day), now, OFFICIAL)) == code


def test_an_extension_is_asked_before_the_due_date_for_a_later_working_day() -> None:
    now, due_at = at("2026-11-20T15:00"), at("2026-11-25T18:00")
    assert deadlines.extended(D(2026, 11, 27), due_at, now, OFFICIAL) == at("2026-11-27T18:00")
    assert refused(lambda: deadlines.extended(D(2026, 11, 25), due_at, now, OFFICIAL)) == "extension.not_later"
    assert refused(lambda: deadlines.extended(D(2026, 11, 28), due_at, now, OFFICIAL)) == "due.not_working"
    assert refused(lambda: deadlines.extended(D(2026, 11, 27), due_at, due_at, OFFICIAL)) == "extension.late"


def test_what_the_department_took_is_given_back_to_the_branch() -> None:
    due_at = at("2026-11-25T18:00")
    # objected Friday, answered Tuesday: Monday and Tuesday were taken, 25 → 27 Nov
    moved = deadlines.due_after_pause(due_at, at("2026-11-20T15:00"), at("2026-11-24T10:00"), OFFICIAL)
    assert moved == at("2026-11-27T18:00")
    late = deadlines.due_after_pause(at("2026-11-20T18:00"), at("2026-11-24T09:00"), at("2026-11-24T10:00"), OFFICIAL)
    assert late == at("2026-11-25T18:00"), "at least until the next working day"


def test_days_left_are_working_days_and_negative_once_it_is_over() -> None:
    left = [
        deadlines.days_left(at(f"2026-11-{day}T12:00"), at("2026-11-23T18:00"), OFFICIAL) for day in (19, 20, 23, 24)
    ]
    assert left == [2, 1, 0, -1]


def test_the_fair_clock_parts_the_branchs_time_from_the_departments() -> None:
    changes = [
        (at("2026-11-19T12:00"), "issued"),
        (at("2026-11-20T00:00"), "rectifying"),  # Thursday noon to midnight: 12 h with the department
        (at("2026-11-23T06:00"), "submitted"),  # Friday 24 h and Monday 6 h with the branch; the weekend is nobody's
        (at("2026-11-23T09:00"), "closed"),  # 3 h with the department
    ]
    branch, department = deadlines.fair_clock(changes, at("2026-12-30T00:00"), OFFICIAL)
    assert (branch / 3600, department / 3600) == (30, 15)


def test_time_that_runs_backwards_counts_nothing() -> None:
    assert deadlines.working_seconds(at("2026-11-20T12:00"), at("2026-11-20T11:00"), OFFICIAL) == 0
