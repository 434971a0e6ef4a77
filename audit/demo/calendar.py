"""When things happen in the demo city: three rounds counted from the day it is built for."""

import datetime as dt
from dataclasses import dataclass

from audit.i18n import BUSINESS_ZONE

#         first day, last day of each round, in days from today; the last one is running. No two end less than a month
#         apart, for a round is named after the month it ends in.
WAVES = ((-165, -145), (-28, -18), (-6, 14))
RUNNING = len(WAVES) - 1


def instant(day: dt.date, time: dt.time) -> dt.datetime:
    """An aware instant from a day and the time on the wall in Shanghai."""
    return dt.datetime.combine(day, time, BUSINESS_ZONE).astimezone(dt.UTC)


def weekdays(first: dt.date, last: dt.date) -> list[dt.date]:
    """Monday to Friday, both ends included."""
    days = (first + dt.timedelta(days=step) for step in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def weekday_from(day: dt.date, step: int) -> dt.date:
    """The next weekday after (step 1) or before (step -1) this day."""
    day += dt.timedelta(days=step)
    while day.weekday() >= 5:
        day += dt.timedelta(days=step)
    return day


@dataclass(frozen=True)
class Wave:
    """One round: its dates and names, and the two days on which each place of the ring inspects."""

    number: int
    starts_on: dt.date
    ends_on: dt.date

    @property
    def code(self) -> str:
        return f"{self.ends_on:%Y-%m}"

    @property
    def name_zh(self) -> str:
        return f"{self.ends_on.year}年{self.ends_on.month}月交叉巡检"

    @property
    def name_en(self) -> str:
        return f"Cross-inspection {self.ends_on:%B %Y}"

    def days(self, place: int, places: int) -> tuple[dt.date, dt.date]:
        """The two days of the assignment at this place of the ring; the places are spread over the round."""
        pairs = weekdays(self.starts_on, self.ends_on)
        first = min(place * (len(pairs) - 1) // places, len(pairs) - 2)
        return pairs[first], pairs[first + 1]


def waves(today: dt.date) -> tuple[Wave, ...]:
    """The rounds of a city built for this day."""
    day = dt.timedelta(days=1)
    return tuple(Wave(number, today + first * day, today + last * day) for number, (first, last) in enumerate(WAVES))
