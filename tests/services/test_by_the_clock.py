"""What is due by the clock: caught up by the next worker that lives, done once, and begun again when one was killed."""

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import time_machine
from huey import crontab

from audit.jobs.by_the_clock import BY_THE_CLOCK
from audit.services import clock, heads
from audit.services.daily import PATIENCE, due_day, once_a_day
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from tests.factories import City

AT = dt.time(2, 20)
MORNING = dt.datetime(2026, 11, 20, 0, 30, tzinfo=dt.UTC)  # 8:30 in Shanghai: the office PC is switched on
EVENING = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)  # and off
DAY = dt.timedelta(days=1)


def at(instant: dt.datetime) -> time_machine.travel:
    """The clock stands there, for threads, too."""
    return time_machine.travel(instant, tick=False)


def side_by_side(act: Callable[[], object], times: int = 6) -> list[object]:
    """What many workers get that begin at one moment."""
    ready = threading.Barrier(times)

    def one(_number: int) -> object:
        ready.wait()
        return act()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def happen(house: Installation) -> None:
    """Something stands in the history."""
    with unit_of_work(house.db, None) as work:
        work.record("test.wrote", "test", 1)


def lines(house: Installation) -> list[str]:
    """What the files of heads say: folder, day, number of events."""
    return [f"{one.file.parent.name} {one.day} {one.seq}" for one in heads.read(house.settings)]  # type: ignore[union-attr]


def test_nothing_hangs_on_one_minute_of_the_day() -> None:
    office_hours = [dt.datetime(2026, 11, 20, 1, minute, tzinfo=dt.UTC) for minute in range(60)]
    rare = [name for name, minutes, _ in BY_THE_CLOCK if sum(map(crontab(minute=minutes), office_hours)) < 11]
    assert rare == []


def test_every_act_of_the_clock_may_be_done_again_at_once(city: City, house: Installation) -> None:
    for name, _, act in (*BY_THE_CLOCK, *BY_THE_CLOCK):
        act(house)
        assert name


@pytest.mark.parametrize(
    ("utc", "day"),
    [("15:49", "2026-11-19"), ("15:50", "2026-11-20"), ("16:00", "2026-11-20"), ("00:30", "2026-11-19")],
)
def test_a_day_is_due_from_its_hour_in_shanghai_until_the_next_ones(utc: str, day: str) -> None:
    with clock.stopped(dt.datetime.fromisoformat(f"2026-11-20T{utc}:00+00:00")):
        assert due_day(dt.time(23, 50)).isoformat() == day


def test_a_head_that_no_worker_lived_to_note_is_noted_in_the_morning_and_once(
    city: City, house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.settings, "heads", str(tmp_path / "share"))
    happen(house)
    for evening in (False, True, True):
        with at(EVENING if evening else MORNING):
            assert len(heads.note(house.db, house.settings)) == (0 if evening else 2)
    happen(house)
    with at(MORNING + 3 * DAY):  # two days on which nobody switched it on: one line closes them all
        heads.note(house.db, house.settings)
        heads.note(house.db, house.settings)
    days = ("2026-11-19 1", "2026-11-22 2")
    assert lines(house) == [f"{folder} {day}" for folder in ("heads", "share") for day in days]


def test_a_folder_that_could_not_be_reached_gets_its_line_later_and_the_other_no_second_one(
    city: City, house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.write_text("no folder")
    monkeypatch.setattr(house.settings, "heads", str(share))
    with at(MORNING):
        with pytest.raises(OSError, match="share"):
            heads.note(house.db, house.settings)
        share.unlink()
        (noted,) = heads.note(house.db, house.settings)
    assert (noted.file.parent, lines(house)) == (share, ["heads 2026-11-19 0", "share 2026-11-19 0"])


def test_many_workers_note_one_head(city: City, house: Installation) -> None:
    with at(MORNING):
        written = side_by_side(lambda: len(heads.note(house.db, house.settings)))
    assert (sum(map(int, map(str, written))), len(lines(house))) == (1, 1)


def test_what_is_due_once_a_day_is_caught_up_and_not_done_twice(house: Installation) -> None:
    done: list[dt.datetime] = []
    for instant in (MORNING, MORNING, EVENING, MORNING + DAY, EVENING + DAY, MORNING + 5 * DAY):
        with at(instant):
            before = len(done)
            told = once_a_day(house.db, "x", AT, lambda: done.append(clock.now()))
            assert told == (len(done) > before)
    assert done == [MORNING, MORNING + DAY, MORNING + 5 * DAY]


def test_many_workers_do_it_once(house: Installation) -> None:
    done: list[int] = []
    with at(MORNING):
        side_by_side(lambda: once_a_day(house.db, "x", AT, lambda: done.append(1)))
    assert done == [1]


def test_what_failed_or_was_killed_is_begun_again_after_a_while(house: Installation) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    with at(MORNING), pytest.raises(ZeroDivisionError):
        once_a_day(house.db, "x", AT, fail)
    with at(MORNING + PATIENCE):
        assert not once_a_day(house.db, "x", AT, lambda: done.append(1)), "somebody may still be at it"
    with at(MORNING + PATIENCE + dt.timedelta(seconds=1)):
        assert once_a_day(house.db, "x", AT, lambda: done.append(1))
    assert done == [1]
