"""Issuing to many branches in the background: nothing twice after a crash, and each branch stands for itself."""

import datetime as dt

import pytest
from sqlmodel import select

from audit.db.models import Finding, Job, Notice
from audit.errors import RoundsError
from audit.jobs import work
from audit.services import clock, jobs
from audit.services.installation import Installation
from audit.services.loop import drafting
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop


class Killed(BaseException):
    """The worker ends here, as if the process had been killed."""


@pytest.fixture
def loop(city: City) -> Loop:
    """Drafts of three branches in one round; those of the last lack something."""
    loop = enter_the_loop(city)
    loop.draft()
    loop.draft("A02", organisation_id=city.organisations["yuzhong"])
    loop.draft("A03", organisation_id=city.organisations["fuling"], requirement_zh="")
    return loop


def asked(loop: Loop, house: Installation) -> int:
    names = ("jiangbei", "yuzhong", "fuling")
    numbers = [loop.city.organisations[name] for name in names]
    params = {"round_id": loop.field.round_id, "organisation_ids": numbers, "since": clock.now().isoformat()}
    return work.submit(house, loop.city.fang, "issue_notices", params)


def numbers(loop: Loop) -> list[str]:
    with loop.db.read() as session:
        return list(session.exec(select(Notice.number).order_by(Notice.number)).all())


def test_what_one_branch_lacks_holds_back_only_that_branch(loop: Loop, house: Installation) -> None:
    job_id = asked(loop, house)
    work.run(house, job_id)
    job = jobs.look(loop.db, loop.city.fang, job_id)
    assert [row["findings"] for row in job.result["issued"]] == [1, 1]
    assert [(row["code"], row["params"]) for row in job.result["failed"]] == [("required", {"field": "requirement_zh"})]
    assert [loop.read(number).state for number in loop.made] == ["issued", "issued", "draft"]


def test_after_a_kill_the_rest_goes_out_and_nothing_twice(
    loop: Loop, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first notice; before the restart another visit of that branch was accepted."""
    job_id = asked(loop, house)
    calls = []

    def die(_self: jobs.Progress, share: float, _step: str = "") -> None:
        calls.append(share)
        if len(calls) == 2:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(jobs.Progress, "__call__", die)
        with pytest.raises(Killed):
            work.run(house, job_id)
    assert len(numbers(loop)) == 1
    later = loop.draft("A04")
    with loop.db.write() as session:
        row = session.get_one(Job, job_id)
        assert row.state == "running"
        row.beat_at = clock.now() - jobs.SILENT - dt.timedelta(seconds=1)
        session.add(row)
    assert jobs.waiting(loop.db) == [job_id]
    work.run(house, job_id)
    job = jobs.look(loop.db, loop.city.fang, job_id)
    assert (job.state, len(job.result["issued"]), len(numbers(loop))) == ("done", 2, 2)
    assert loop.read(later).state == "draft", "nobody looked at it before it was asked for"


def test_a_job_that_is_stopped_leaves_the_rest_as_drafts(
    loop: Loop, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = asked(loop, house)
    go_on = jobs.Progress.__call__

    def stop(self: jobs.Progress, share: float, step: str = "") -> None:
        if share:
            jobs.cancel(loop.db, loop.city.fang, job_id)
        go_on(self, share, step)

    monkeypatch.setattr(jobs.Progress, "__call__", stop)
    work.run(house, job_id)
    assert jobs.look(loop.db, loop.city.fang, job_id).state == "cancelled"
    assert [loop.read(number).state for number in loop.made] == ["issued", "draft", "draft"]


def test_only_the_approver_issues_and_only_the_department_sees_drafts(loop: Loop, house: Installation) -> None:
    params = {"round_id": loop.field.round_id, "organisation_ids": [1], "since": clock.now().isoformat()}
    job_id = work.submit(house, loop.city.wang, "issue_notices", params)
    work.run(house, job_id)
    assert jobs.look(loop.db, loop.city.wang, job_id).error_code == "forbidden"
    for name in ("mei", "lin", "luo", "adam"):
        assert refusal(lambda who=name: drafting.places(loop.db, loop.city.actors[who])).code == "forbidden"
    assert [place.drafts for place in drafting.places(loop.db, loop.city.wang)] == [1, 1, 1]


def test_the_preview_counts_by_severity_and_changes_nothing(loop: Loop) -> None:
    loop.draft("A05", "critical")
    where = [loop.city.organisations[name] for name in ("jiangbei", "yuzhong", "fuling")]
    with clock.stopped(loop.at):
        found = drafting.going_out(loop.db, loop.city.fang, loop.field.round_id, where)
    told = [(severity, count, at.date().isoformat(), guess) for severity, count, at, guess in found.due]
    assert told == [("critical", 1, "2026-11-25", False), ("minor", 3, "2026-12-11", False)]
    assert (found.branches, found.findings, found.lacking) == (3, 4, 1)
    with loop.db.read() as session:
        assert set(session.exec(select(Finding.state)).all()) == {"draft"}
    with pytest.raises(RoundsError, match="forbidden"):
        drafting.going_out(loop.db, loop.city.mei, loop.field.round_id, where)
