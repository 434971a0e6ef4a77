"""Background jobs: done once, watched by their owner only, cancelled, taken up again after a crash."""

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Iterator
from subprocess import PIPE
from typing import Any

import pytest
import time_machine
from sqlmodel import col, select, update

from audit.config import PROJECT
from audit.db.models import Account, Event, Job
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.jobs import living, work
from audit.services import jobs
from audit.services.installation import Installation
from tests.factories import City

SIGNS_ON = """
import pathlib, sys
from audit.jobs import living
print(living.sign_on(pathlib.Path(sys.argv[1])), flush=True)
input()
"""
done: list[str] = []


def _note(_house: Installation, actor: Actor, params: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
    progress(0.5, "half way")
    done.append(params["what"])
    if params["what"] == "refused":
        raise RoundsError("not_found")
    if params["what"] == "broken":
        raise ZeroDivisionError
    return {"by": actor.name}


@pytest.fixture(autouse=True)
def note_kind() -> Iterator[None]:
    """A kind of job that only takes a note."""
    done.clear()
    work.KINDS["note"] = _note
    yield
    del work.KINDS["note"]


def test_a_job_is_done_as_the_person_who_asked_for_it(city: City, house: Installation) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": "a"})
    assert jobs.look(city.db, city.lin, job_id).state == "queued"
    work.run(house, job_id)
    job = jobs.look(city.db, city.lin, job_id)
    assert (job.state, job.progress, job.result, done) == ("done", 1.0, {"by": "林晓"}, ["a"])


def test_a_job_is_nobody_elses_to_see_or_to_cancel(city: City, house: Installation) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": "a"})
    for verb in (jobs.look, jobs.cancel):
        with pytest.raises(RoundsError, match="not_found"):
            verb(city.db, city.chen, job_id)


def test_of_eight_workers_one_does_the_job(city: City, house: Installation) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": "once"})
    threads = [threading.Thread(target=work.run, args=(house, job_id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["once"]


@pytest.mark.parametrize(("what", "code"), [("refused", "not_found"), ("broken", "internal")])
def test_a_job_that_fails_says_why(city: City, house: Installation, what: str, code: str) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": what})
    work.run(house, job_id)
    job = jobs.look(city.db, city.lin, job_id)
    assert (job.state, job.error_code) == ("failed", code)


def test_a_cancelled_job_is_not_started_and_a_running_one_stops_at_its_next_sign_of_life(
    city: City, house: Installation
) -> None:
    waiting = work.submit(house, city.lin, "note", {"what": "never"})
    jobs.cancel(city.db, city.lin, waiting)
    work.run(house, waiting)
    running = work.submit(house, city.lin, "note", {"what": "stopped"})
    assert jobs.claim(city.db, running)
    jobs.cancel(city.db, city.lin, running)
    with pytest.raises(jobs.Cancelled):
        jobs.Progress(city.db, running)(0.7)
    jobs.finish(city.db, running, {"too": "late"})
    assert jobs.look(city.db, city.lin, running).state == "cancelled"
    assert done == []


def test_a_job_whose_worker_died_is_taken_up_again_and_one_at_work_is_not(city: City, house: Installation) -> None:
    start = dt.datetime(2026, 11, 20, 1, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        died = work.submit(house, city.lin, "note", {"what": "again"})
        jobs.claim(city.db, died)
    with time_machine.travel(start + dt.timedelta(seconds=89), tick=False):
        assert jobs.waiting(city.db) == []
    with time_machine.travel(start + dt.timedelta(seconds=91), tick=False):
        assert jobs.waiting(city.db) == [died]
        work.run(house, died)
    assert done == ["again"]


def test_cancelling_what_is_over_is_no_error_and_nothing_that_happened(city: City, house: Installation) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": "a"})
    work.run(house, job_id)
    jobs.cancel(city.db, city.lin, job_id)
    assert states(city, job_id) == ["done"]
    with city.db.read() as session:
        assert session.exec(select(Event).where(Event.verb == "job.cancelled")).all() == []


def test_a_job_that_ends_every_worker_is_given_up_and_says_so(city: City, house: Installation) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": "deadly"})
    for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
        claimed = jobs.claim(city.db, job_id, f"worker {attempt}")
        assert claimed
        assert claimed[0].attempts == attempt
        queued = jobs.waiting(city.db, dead=[f"worker {attempt}"])
        assert queued == ([job_id] if attempt < jobs.MOST_ATTEMPTS else [])
    job = jobs.look(city.db, city.lin, job_id)
    assert (job.state, job.error_code, job.result) == ("failed", "job.given_up", {"params": {"count": 3}})
    assert job.finished_at
    assert jobs.claim(city.db, job_id, "another") is None


def test_whoever_lost_the_grants_meanwhile_acts_without_them(city: City, house: Installation) -> None:
    job_id = work.submit(house, city.lin, "note", {"what": "a"})
    with city.db.write() as session:
        session.exec(update(Account).where(col(Account.id) == city.lin.account_id).values(active=False))
    claimed = jobs.claim(city.db, job_id)
    assert claimed
    assert claimed[1].grants == ()


def test_an_unknown_kind_is_refused(city: City, house: Installation) -> None:
    with pytest.raises(RoundsError, match="invalid"):
        work.submit(house, city.lin, "rm -rf", {})


def test_what_a_dead_worker_left_behind_is_taken_up_at_once_and_a_living_ones_is_not(
    city: City, house: Installation
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SIGNS_ON, str(house.settings.home)], cwd=PROJECT, stdin=PIPE, stdout=PIPE, text=True
    ) as other:
        assert other.stdout
        name = other.stdout.readline().strip()
        left = work.submit(house, city.lin, "note", {"what": "left"})
        assert jobs.claim(city.db, left, name)
        house.worker = living.sign_on(house.settings.home)
        mine = work.submit(house, city.lin, "note", {"what": "mine"})
        assert jobs.claim(city.db, mine, house.worker)
        elsewhere = work.submit(house, city.lin, "note", {"what": "elsewhere"})
        assert jobs.claim(city.db, elsewhere, "a worker of another machine")
        work.wake_left_behind(house)
        assert states(city, left, mine, elsewhere) == ["running"] * 3, "all of them live, or nothing is known of them"
        other.kill()
        other.wait()
    assert living.dead(house.settings.home) == [name]
    work.wake_left_behind(house)
    assert states(city, left, mine, elsewhere) == ["queued", "running", "running"]
    assert living.dead(house.settings.home) == [], "its name is forgotten once its jobs are queued"
    work.run(house, left)
    assert (states(city, left), done) == (["done"], ["left"])


def states(city: City, *numbers: int) -> list[str]:
    return [jobs.look(city.db, city.lin, number).state for number in numbers]


def test_the_time_left_is_counted_from_the_first_step_that_took_real_work(city: City, house: Installation) -> None:
    """A job that goes on after a crash runs through what is done already at once."""
    job_id = jobs.ask(city.db, city.lin, "note", {})
    with time_machine.travel(dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC), tick=False) as clock:
        jobs.claim(city.db, job_id)
        tell = jobs.Progress(city.db, job_id)

        def left(after: float, finished: int) -> float | None:
            clock.shift(after)
            tell(finished / 36, f"{finished}/36")
            return jobs.seconds_left(jobs.look(city.db, city.lin, job_id))

        assert [left(0, 0), *(left(0.05, finished) for finished in range(1, 21))] == [None] * 21
        assert left(5, 20) is None, "a sign of life, and nothing done"
        assert left(5, 21) == pytest.approx(150)
        assert left(0.1, 22) == pytest.approx(10.1 / 2 * 14), "two that end together are two"
        with city.db.write() as session:
            session.exec(update(Job).values(state="queued"))
        jobs.claim(city.db, job_id)
        tell = jobs.Progress(city.db, job_id)
        assert (left(0, 0), left(4, 1)) == (None, pytest.approx(140))
