"""Issuing to many branches in the background: nothing twice after a crash, and each branch stands for itself."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
from sqlmodel import col, select

from audit.db.models import Document, Event, Finding, Job, Notice
from audit.domain.deadlines import add_days, day_of
from audit.errors import RoundsError
from audit.i18n import format_due
from audit.jobs import work
from audit.services import clock, jobs, papers, proof
from audit.services.calendar import get_calendar
from audit.services.installation import Installation
from audit.services.loop import drafting, extending, issuing
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop
from tests.papers import lay_fonts_ready


class Killed(BaseException):
    """The worker ends here, as if the process had been killed."""


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One branch after the other, so that it is known who was issued to when the job ended."""
    monkeypatch.setenv("ROUNDS_REPORT_WORKERS", "1")


@pytest.fixture
def loop(city: City, house: Installation) -> Loop:
    """Drafts of three branches in one round; those of the last lack something."""
    lay_fonts_ready(house)
    loop = enter_the_loop(city)
    loop.draft()
    loop.draft("A02", **loop.visited("yuzhong", "YZ01"))
    loop.draft("A03", requirement_zh="", **loop.visited("fuling", "FL01"))
    return loop


def asked(loop: Loop, house: Installation) -> int:
    names = ("jiangbei", "yuzhong", "fuling")
    numbers = [loop.city.organisations[name] for name in names]
    params = {"round_id": loop.field.round_id, "organisation_ids": numbers, "since": clock.now().isoformat()}
    return work.submit(house, loop.city.fang, "issue_notices", params)


def files(loop: Loop) -> list[tuple[str, str, bool]]:
    """The issued documents: kind, number, whether the file is made."""
    with loop.db.read() as session:
        rows = session.exec(
            select(Document).where(col(Document.issued_at).is_not(None)).order_by(Document.number)
        ).all()
        return sorted((row.kind, row.number, bool(row.sha256)) for row in rows)


def numbers(loop: Loop) -> list[str]:
    with loop.db.read() as session:
        return list(session.exec(select(Notice.number).order_by(Notice.number)).all())


def test_what_one_branch_lacks_holds_back_only_that_branch(loop: Loop, house: Installation) -> None:
    job_id = asked(loop, house)
    work.run(house, job_id)
    job = jobs.look(loop.db, loop.city.fang, job_id)
    assert [(row["findings"], len(row["documents"])) for row in job.result["issued"]] == [(1, 2), (1, 2)]
    assert files(loop) == [
        ("notice", "渝移市整改〔2026〕1号", True), ("notice", "渝移市整改〔2026〕2号", True),
        ("visit_report", "渝移市〔2026〕1号", True), ("visit_report", "渝移市〔2026〕2号", True),
    ]  # fmt: skip
    numbers = [row["organisation_id"] for row in job.result["issued"]]
    assert [one.code for one in drafting.unanswered(loop.db, loop.city.fang, numbers)] == ["yuzhong"]
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
    assert [made for *_, made in files(loop)] == [True] * 4


def test_what_the_same_person_issued_otherwise_meanwhile_is_not_the_jobs_work(loop: Loop) -> None:
    """ "Issue to all" waits for a worker; the approver sends one branch's critical finding from a second tab."""
    urgent = loop.draft("A05", "critical")
    where, at = (loop.field.round_id, loop.city.organisations["jiangbei"]), clock.now()
    assert issuing.issue(loop.db, loop.city.fang, *where, only_critical=True).finding_ids == (urgent,)
    rest = issuing.issue(loop.db, loop.city.fang, *where, asked=at)
    assert (rest.created, rest.finding_ids, len(rest.document_ids)) == (True, (loop.made[0],), 2)
    assert loop.read(loop.made[0]).state == "issued"


def test_of_two_jobs_each_does_what_it_was_asked_and_nothing_when_begun_again(loop: Loop) -> None:
    loop.draft("A05", "critical")
    where = (loop.field.round_id, loop.city.organisations["jiangbei"])
    full, urgent = clock.now(), clock.now() + dt.timedelta(seconds=5)

    def go(**options: Any) -> issuing.Issued:
        return issuing.issue(loop.db, loop.city.fang, *where, **options)

    first = go(only_critical=True, asked=urgent)
    rest = go(asked=full)
    assert first.created
    assert (rest.created, len(rest.finding_ids), len(rest.document_ids)) == (True, 1, 2)
    later = loop.draft("A04")
    for options, before in (({"asked": full}, rest), ({"asked": urgent, "only_critical": True}, first)):
        assert go(**options) == replace(before, created=False)
    assert loop.read(later).state == "draft"


def test_a_report_that_went_out_alone_is_the_work_of_the_job_that_asked_for_it(loop: Loop) -> None:
    loop.visited("service", "YZ01")
    where = (loop.field.round_id, loop.city.organisations["service"])
    at = clock.now()
    alone = issuing.issue(loop.db, loop.city.fang, *where, asked=at)
    assert (alone.created, alone.notice_id, len(alone.document_ids)) == (True, None, 1)
    later = loop.draft("A04", **loop.visited("service", "YZ01"))
    assert issuing.issue(loop.db, loop.city.fang, *where, asked=at) == replace(alone, created=False)
    assert loop.read(later).state == "draft"
    assert issuing.issue(loop.db, loop.city.fang, *where, asked=at + dt.timedelta(seconds=1)).finding_ids == (later,)


def test_killed_between_issue_and_document_only_the_document_is_made(
    loop: Loop, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    job_id = asked(loop, house)
    with monkeypatch.context() as patched:
        patched.setattr(papers, "lay_out", die)
        with pytest.raises(Killed):
            work.run(house, job_id)
    before = files(loop)
    assert [made for *_, made in before] == [False, False]
    assert proof.issued(loop.db, before[0][1], "test") == [], "what is not made cannot be held against anything"
    assert papers.missing(loop.db, loop.city.fang, loop.field.round_id)
    with loop.db.write() as session:
        session.get_one(Job, job_id).state = "queued"
    work.run(house, job_id)
    after = files(loop)
    assert len(after) == 4
    assert {row[:2] for row in before} <= {row[:2] for row in after}
    assert {made for *_, made in after} == {True}
    with loop.db.read() as session:
        happened = [row.verb for row in session.exec(select(Event)).all()]
    assert (happened.count("document.made"), happened.count("notice.issued")) == (4, 2)


def test_a_document_that_could_not_be_made_is_named_and_made_later_as_it_was_issued(
    loop: Loop, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise RoundsError("storage_full")

    job_id = asked(loop, house)
    with monkeypatch.context() as patched:
        patched.setattr(papers, "lay_out", full)
        work.run(house, job_id)
    job = jobs.look(loop.db, loop.city.fang, job_id)
    assert [row["code"] for row in job.result["failed"]] == ["storage_full", "storage_full", "required"]
    assert [loop.read(number).state for number in loop.made] == ["issued", "issued", "draft"]
    finding = loop.read(loop.made[0])
    issuing.acknowledge(loop.db, loop.city.mei, finding.notice_id or 0)
    asked_day = days_after(loop, finding.due_at, 3)
    extending.ask_extension(loop.db, loop.city.mei, loop.made[0], loop.read(loop.made[0]).version, asked_day, "等配件")
    extending.decide_extension(loop.db, loop.city.wang, loop.made[0], loop.read(loop.made[0]).version, True, "")
    assert loop.read(loop.made[0]).due_at != finding.due_at
    again = work.submit(house, loop.city.fang, "make_documents", {"round_id": loop.field.round_id})
    work.run(house, again)
    assert jobs.look(loop.db, loop.city.fang, again).result == {"made": 4, "failed": []}
    (paper, *_) = papers.listing(loop.db, loop.city.mei, loop.field.round_id, kind="notice")
    told = text_of(house, paper.document)
    assert re.sub(r"\s", "", format_due("zh_CN", finding.due_at)) in told, "the date is the one that was issued"
    assert re.sub(r"\s", "", format_due("zh_CN", loop.read(loop.made[0]).due_at)) not in told
    with loop.db.read() as session:
        sha256 = session.get_one(Document, paper.document.id).sha256
    assert papers.make(house, loop.city.fang, paper.document.id or 0) is False
    with loop.db.read() as session:
        assert session.get_one(Document, paper.document.id).sha256 == sha256


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
    assert [made for *_, made in files(loop)] == [True, True], "what was begun was ended"
    assert [loop.read(number).state for number in loop.made] == ["issued", "draft", "draft"]


def text_of(house: Installation, row: Document) -> str:
    """The text of a document without spaces."""
    with house.documents.as_file(row.sha256) as path:
        pdf = pypdfium2.PdfDocument(path)
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pdf))


def days_after(loop: Loop, at: dt.datetime | None, count: int) -> dt.date:
    assert at
    return add_days(day_of(at), count, get_calendar(loop.db))


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
    assert [one.code for one in found.unled] == ["yuzhong", "fuling"], "nobody answers there"
    with loop.db.read() as session:
        assert set(session.exec(select(Finding.state)).all()) == {"draft"}
    with pytest.raises(RoundsError, match="forbidden"):
        drafting.going_out(loop.db, loop.city.mei, loop.field.round_id, where)
