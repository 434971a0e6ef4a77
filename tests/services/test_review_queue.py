"""Marketing's queue: what waits, one thing with all around it, the next one, and photos that were shown before."""

import datetime as dt
from typing import Any

import pytest

from audit.db.models import Photo, Visit
from audit.domain.register import Filters
from audit.services import clock, register
from audit.services.loop import extending, issuing, review_queue, reviewing
from audit.services.loop.review_queue import Case, Place
from audit.services.photo_reuse import find_evidence_reuse
from tests.factories import City
from tests.hands import Hands, hands, intake, refusal  # noqa: F401
from tests.looping import FRIDAY, Loop, enter_the_loop

ANSWERS = Filters(waits="rectification")


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def case(loop: Loop, finding_id: int, actor: Any = None) -> Case:
    with clock.stopped(loop.at):
        return review_queue.case(loop.db, actor or loop.city.wang, finding_id)


def place(loop: Loop, finding_id: int, filters: Filters = ANSWERS, at: dt.datetime | None = None) -> Place:
    with clock.stopped(at or loop.at):
        return review_queue.place(loop.db, loop.city.wang, filters, finding_id)


def returned(loop: Loop, finding_id: int) -> None:
    due_on = (loop.at + dt.timedelta(days=7)).date()
    loop.do(loop.city.wang, finding_id, "return", comment="照片看不清", due_on=due_on)


def everything(loop: Loop) -> dict[str, int]:
    """One thing of each kind that waits, and one that waits for the branch."""
    found = {name: loop.draft(item=name) for name in ("rectification", "objection", "support", "extension", "branch")}
    notice_id = loop.issue().notice_id
    mei = loop.city.mei
    loop.prove(mei, found["objection"], "objection")
    loop.do(mei, found["objection"], "object", reason="当日停电")
    with clock.stopped(loop.at):
        issuing.acknowledge(loop.db, mei, notice_id or 0)
        day = (loop.at + dt.timedelta(days=28)).date()
        number = found["extension"]
        extending.ask_extension(loop.db, mei, number, loop.read(number).version, day, "等待配件")
    loop.do(mei, found["support"], "request_support", need="更换门头", interim_measure="先清洁")
    loop.write(mei, found["rectification"])
    loop.prove(mei, found["rectification"])
    loop.do(mei, found["rectification"], "submit")
    return found


def test_each_thing_waits_under_its_own_name_and_is_found_there(loop: Loop) -> None:
    found = everything(loop)
    branch = found.pop("branch")
    with clock.stopped(loop.at):
        assert review_queue.counts(loop.db, loop.city.wang) == dict.fromkeys(found, 1)
        for code, number in found.items():
            rows = register.find(loop.db, loop.city.wang, Filters(waits=code)).rows
            assert [line.finding_id for line in rows] == [number], code
            assert case(loop, number).waits == code
        assert register.find(loop.db, loop.city.wang, Filters(waits="nonsense")).total == 0
    assert case(loop, branch).waits == ""
    loop.do(loop.city.wang, found["objection"], "uphold", comment="属实")
    loop.do(loop.city.wang, found["support"], "answer", comment="已安排", owner="渠道部")
    with clock.stopped(loop.at):
        number = found["extension"]
        extending.decide_extension(loop.db, loop.city.wang, number, loop.read(number).version, True)
        left = review_queue.counts(loop.db, loop.city.wang)
    assert left == {"rectification": 1, "objection": 0, "support": 0, "extension": 0}


@pytest.mark.parametrize("name", ["lin", "mei", "hu", "luo", "fang", "adam", "chen"])
def test_the_queue_is_marketings_alone(loop: Loop, name: str) -> None:
    number, actor = loop.submitted(), loop.city.actors[name]
    for ask in (
        lambda: review_queue.counts(loop.db, actor),
        lambda: review_queue.place(loop.db, actor, ANSWERS, number),
        lambda: review_queue.case(loop.db, actor, number),
        lambda: review_queue.shots(loop.db, actor, [number]),
        lambda: review_queue.versions(loop.db, actor, [number]),
        lambda: find_evidence_reuse(loop.db, actor, number),
    ):
        assert refusal(ask).code == "forbidden"
    assert loop.read(number).review_opened_at is None, "a refused look opens nothing"


def test_what_is_missing_is_not_found(loop: Loop) -> None:
    assert refusal(lambda: review_queue.case(loop.db, loop.city.wang, 999)).code == "not_found"
    assert refusal(lambda: find_evidence_reuse(loop.db, loop.city.wang, 999)).code == "not_found"


def test_the_next_one_follows_in_the_lists_order_and_after_the_last_comes_the_first(loop: Loop) -> None:
    minor, critical, major = (loop.submitted(item=one, severity=one) for one in ("minor", "critical", "major"))
    assert place(loop, critical) == Place(1, 3, major)
    assert place(loop, major) == Place(2, 3, minor)
    assert place(loop, minor) == Place(3, 3, critical)
    loop.do(loop.city.wang, major, "accept")
    assert place(loop, critical) == Place(1, 2, minor)
    assert place(loop, major) == Place(None, 2, critical)
    narrow = Filters(waits="rectification", severity="minor")
    assert place(loop, minor, narrow) == Place(1, 1, None)
    assert place(loop, minor, Filters(waits="objection")) == Place(None, 0, None)


def test_a_case_holds_the_earlier_answers_with_the_reason_they_came_back(loop: Loop) -> None:
    number = loop.submitted(severity="major")
    returned(loop, number)
    loop.write(loop.city.mei, number, correction="已重新拍摄", cause="x", corrective_action="y", horizontal_check="z")
    loop.prove(loop.city.mei, number)
    loop.do(loop.city.mei, number, "submit")
    found = case(loop, number)
    assert found.view.answer.values["correction"] == "已重新拍摄"
    (before,) = found.earlier
    assert (before.number, before.values["correction"], before.verb) == (1, "已更换灯箱", "finding.return")
    assert (before.reason, before.by, len(before.evidence)) == ("照片看不清", "王镕", 1)
    assert found.proposed == dt.date(2026, 12, 1), "seven working days from Friday the 20th"


def test_the_first_look_is_noted_and_the_second_reviewer_reads_who_is_at_it(loop: Loop) -> None:
    number = loop.submitted()
    assert case(loop, number).opened_by is None
    version = loop.read(number).version
    second = loop.city.wang.__class__(loop.city.fang.account_id, "方敏", grants=loop.city.wang.grants)
    assert case(loop, number, second).opened_by == ("王镕", FRIDAY)
    assert loop.read(number).version == version, "a second look changes nothing"
    loop.do(loop.city.wang, number, "accept")
    late = case(loop, number, second)
    assert (late.waits, late.last) == ("", ("王镕", FRIDAY))
    assert refusal(lambda: loop.do(second, number, "accept")).code == "wrong_state"


def test_many_are_previewed_and_accepted_and_the_preview_leaves_no_trace(loop: Loop) -> None:
    good, bad = loop.submitted(item="A01"), loop.rectifying(item="A02")
    chosen = review_queue.versions(loop.db, loop.city.wang, [good, bad])
    with clock.stopped(loop.at):
        tried = reviewing.preview(loop.db, loop.city.wang, "accept", chosen)
    assert [(one.finding_id, one.error and one.error.code) for one in tried] == [(good, None), (bad, "wrong_state")]
    assert loop.read(good).state == "submitted"
    with clock.stopped(loop.at):
        reviewing.many(loop.db, loop.city.wang, "accept", chosen, comment="整改到位")
    assert (loop.read(good).state, loop.read(bad).state) == ("closed", "rectifying")


# -- photos that were shown before

HASH, OTHER = "0123456789abcdef", "fedcba9876543210"


def near(bits: int) -> str:
    """`HASH` with so many bits flipped, spread over its parts."""
    value = int(HASH, 16)
    for bit in range(bits):
        value ^= 1 << (bit * 11 % 64)
    return f"{value:016x}"


def given(loop: Loop, number: int, **values: Any) -> str:
    shot = {"sha256": f"{number:064d}", "report_sha256": "b" * 64, "phash": HASH, "dhash": HASH, **values}
    return loop.prove(loop.city.mei, number, **shot)


def submitted(loop: Loop, **values: Any) -> tuple[int, str]:
    number = loop.rectifying(**values.pop("finding", {}))
    loop.write(loop.city.mei, number)
    uuid = given(loop, number, **values)
    loop.do(loop.city.mei, number, "submit")
    return number, uuid


def second_hall(loop: Loop) -> dict[str, int]:
    """Where a finding of the team's other visit stands, which is accepted too."""
    with loop.db.write() as session:
        visit = session.get_one(Visit, loop.field.second_visit_id)
        visit.state = "accepted"
        session.add(visit)
    return {"outlet_id": loop.city.outlets["JB02"], "visit_id": loop.field.second_visit_id}


def odd(loop: Loop, number: int) -> dict[str, list[tuple[str, str, bool]]]:
    found = find_evidence_reuse(loop.db, loop.city.wang, number)
    return {uuid: [(twin.photo.uuid, twin.kind, twin.exact) for twin in twins] for uuid, twins in found.items()}


def stand(loop: Loop, state: str) -> None:
    with loop.db.write() as session:
        visit = session.get_one(Visit, loop.field.visit_id)
        visit.state = state
        session.add(visit)


def fingerprint(loop: Loop, uuid: str, phash: str) -> None:
    with loop.db.write() as session:
        photo = session.get_one(Photo, uuid)
        photo.phash, photo.dhash = phash, HASH
        session.add(photo)


@pytest.mark.parametrize(("bits", "alike"), [(0, True), (6, True), (7, False)])
def test_after_that_looks_like_before_is_flagged_within_the_bounds(
    loop: Loop, hands: Hands, bits: int, alike: bool  # noqa: F811
) -> None:  # fmt: skip
    stand(loop, "open")
    before = loop.field.photo(hands, loop.city.lin, "item:A01", role="before")
    stand(loop, "accepted")
    fingerprint(loop, before, near(bits))
    number, after = submitted(loop)
    assert odd(loop, number) == ({after: [(before, "before_after", False)]} if alike else {})


def test_the_same_picture_from_another_hall_or_visit_is_flagged(loop: Loop) -> None:
    elsewhere = second_hall(loop)
    hall, shown = submitted(loop, finding={"item": "A02", **elsewhere}, sha256="c" * 64, phash=OTHER)
    later, again = submitted(loop, finding={"item": "A03", "visit_id": loop.field.second_visit_id}, phash=near(4))
    number, mine = submitted(loop, sha256="c" * 64)
    assert sorted(odd(loop, number)[mine], key=str) == sorted(
        [(shown, "outlet", True), (again, "visit", False)], key=str
    )
    assert odd(loop, hall)[shown][0][1:] == ("outlet", True)
    assert {kind for _uuid, kind, _exact in odd(loop, later)[again]} == {"visit"}


def test_an_earlier_answers_picture_is_flagged_and_a_second_shot_of_this_answer_is_not(loop: Loop) -> None:
    number, first = submitted(loop)
    given_twice = loop.rectifying(item="A05")
    loop.write(loop.city.mei, given_twice)
    for _ in range(2):
        given(loop, given_twice, phash=OTHER, dhash=OTHER)
    loop.do(loop.city.mei, given_twice, "submit")
    assert odd(loop, given_twice) == {}
    returned(loop, number)
    loop.write(loop.city.mei, number)
    second = given(loop, number)
    loop.do(loop.city.mei, number, "submit")
    assert odd(loop, number) == {second: [(first, "answer", True)]}


def test_papers_and_photos_without_a_fingerprint_are_left_in_peace(loop: Loop) -> None:
    elsewhere = second_hall(loop)
    submitted(loop, finding={"item": "A02", **elsewhere}, sha256="d" * 64, phash="", dhash="")
    number, _uuid = submitted(loop, phash="", dhash="")
    assert odd(loop, number) == {}


@pytest.mark.parametrize("waits", ["rectification", "objection", "support", "extension"])
def test_each_queue_is_narrowed_to_what_is_past_its_day_and_what_soon_is(loop: Loop, waits: str) -> None:
    number = everything(loop)[waits]
    due = loop.read(number).due_at
    assert due is not None
    hour = dt.timedelta(hours=1)
    for now, found in ((due - dt.timedelta(days=8), []), (due - hour, ["soon"]), (due + hour, ["overdue"])):
        asked = {code: Filters(waits=waits, timing=code) for code in ("overdue", "soon")}
        told = [code for code, one in asked.items() if place(loop, number, one, now).position]
        assert told == found


def test_one_sealed_scan_for_two_halls_is_no_reuse_and_hides_no_photo_that_is_one(loop: Loop) -> None:
    scan = {"kind": "scan", "sha256": f"{7:064d}", "role": "other"}
    here, there = loop.rectifying(), loop.rectifying(**second_hall(loop))
    shots = []
    for number in (here, there):
        loop.write(loop.city.mei, number)
        given(loop, number, **scan)
        shots.append(given(loop, number, phash=near(0), sha256=f"{8:064d}"))
        loop.do(loop.city.mei, number, "submit")
    assert odd(loop, there) == {shots[1]: [(shots[0], "outlet", True)]}
