"""Which days are worked, so that a tablet can tell how many of them are left until something is due."""

import datetime as dt

import chinese_calendar

FRIDAY = 4


def between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The working days from `first` to `last`, both included."""
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if is_worked(day)]


def is_worked(day: dt.date) -> bool:
    """Whether a day is worked: by the official calendar, and Monday to Friday in years it does not know yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() <= FRIDAY
