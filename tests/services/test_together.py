"""The same finding in several halls answered together: one text, each with its own photo, each submitted by itself."""

import dataclasses
import datetime as dt

import pytest
from sqlmodel import col, select

from audit.db.models import Event, Finding
from audit.domain.permissions import Granted, Role, Scope
from audit.services import clock
from audit.services.loop import delegating, issuing, linked, reading, rectifying, reviewing, together
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop

CLAUSE = {"clause_zh": "门头完好", "clause_en": "Sign intact"}
HERE = "10.0.0.1"


@pytest.fixture
def loop(city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = enter_the_loop(city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


@pytest.fixture
def halls(loop: Loop) -> list[int]:
    """The same item in two halls of Jiangbei, the second severe; and another item, and a foreign branch's."""
    first = loop.draft(**CLAUSE)
    second = loop.draft(severity="major", outlet_id=loop.city.outlets["JB02"], **CLAUSE)
    loop.draft(item="A02", clause_zh="地面清洁")
    foreign = {"organisation_id": loop.city.organisations["fuling"], "outlet_id": loop.city.outlets["FL01"]}
    loop.draft(state="rectifying", issued_at=loop.at, due_at=loop.at, state_since=loop.at, **foreign, **CLAUSE)
    loop.rectifying(item="A03")
    return [second, first]


def test_findings_of_one_item_are_found_together_in_order_of_due_time(loop: Loop, halls: list[int]) -> None:
    mei = loop.city.mei
    (group,) = together.groups(loop.db, mei).rows
    assert (group.count, group.clause_zh) == (2, "门头完好")
    found = together.parts(loop.db, mei, group.finding_id)
    assert [part.row.finding.id for part in found] == halls
    assert [part.lacking for part in found] == [
        ("correction", "responsible", "completed_on", "cause", "corrective_action", "horizontal_check", "evidence"),
        ("correction", "responsible", "completed_on", "evidence"),
    ]


def test_one_text_is_written_into_all_and_each_is_submitted_once_it_lacks_nothing(loop: Loop, halls: list[int]) -> None:
    mei, (second, first) = loop.city.mei, halls
    for name, value in (("correction", "已更换灯箱"), ("responsible", "梅芳"), ("completed_on", loop.at.date())):
        seen = {part.row.finding.id or 0: part.answer.values[name] for part in together.parts(loop.db, mei, first)}
        together.write(loop.db, mei, {name: value}, {one: {name: stood} for one, stood in seen.items()})
    loop.prove(mei, first)
    loop.prove(mei, second, role="before")
    parts = {part.row.finding.id: part for part in together.parts(loop.db, mei, first)}
    assert parts[first].lacking == ()
    assert parts[second].lacking == ("cause", "corrective_action", "horizontal_check", "evidence")
    assert together.common([part.answer for part in parts.values()], "correction") == "已更换灯箱"
    chosen = [(number, loop.read(number).version) for number in halls]
    assert [one.error and one.error.code for one in reviewing.preview(loop.db, mei, "submit", chosen)] == [
        "required", None,
    ]  # fmt: skip
    assert loop.read(first).state == "rectifying"
    outcomes = reviewing.many(loop.db, mei, "submit", chosen)
    assert [one.error and one.error.code for one in outcomes] == ["required", None]
    assert (loop.read(first).state, loop.read(second).state) == ("submitted", "rectifying")
    twice = reviewing.many(loop.db, mei, "submit", chosen)
    assert [one.error and one.error.code for one in twice] == ["required", "stale"]
    assert [part.row.finding.id for part in together.parts(loop.db, mei, second)] == [second]


def before(*numbers: int, **stood: str) -> dict[int, dict[str, str]]:
    """Nothing, or this, stood in the fields of these answers."""
    return {number: {"correction": "", **stood} for number in numbers}


def test_when_one_was_changed_meanwhile_none_is_written(loop: Loop, halls: list[int]) -> None:
    mei, (second, first) = loop.city.mei, halls
    rectifying.keep(loop.db, mei, second, {"correction": "厅里写的"}, {})
    refused = refusal(lambda: together.write(loop.db, mei, {"correction": "共用"}, before(first, second)))
    assert refused.code == "stale"
    assert rectifying.answer_of(loop.db, mei, first).values["correction"] == ""
    both = {"responsible": "梅芳", "correction": "共用"}
    assert refusal(lambda: together.write(loop.db, mei, both, before(first, second, responsible=""))).code == "stale"
    assert rectifying.answer_of(loop.db, mei, first).values["responsible"] == "", "of several fields none is written"
    together.write(loop.db, mei, {"correction": "共用"}, before(first, second) | {second: {"correction": "厅里写的"}})
    assert rectifying.answer_of(loop.db, mei, second).values["correction"] == "共用"


def test_nobody_writes_into_what_is_not_theirs(loop: Loop, halls: list[int]) -> None:
    with loop.db.read() as session:
        query = select(Finding.id).where(Finding.organisation_id == loop.city.organisations["fuling"])
        foreign = session.exec(query.order_by(col(Finding.id))).first() or 0
    mei = loop.city.mei
    refused = refusal(lambda: together.write(loop.db, mei, {"correction": "x"}, before(halls[1], foreign)))
    assert refused.code == "not_found"
    assert rectifying.answer_of(loop.db, mei, halls[1]).values["correction"] == ""
    assert refusal(lambda: together.parts(loop.db, mei, foreign)).code == "not_found"
    for name in ("wang", "hu", "lin", "adam"):
        actor = loop.city.actors[name]
        assert refusal(lambda a=actor: together.groups(loop.db, a)).code == "forbidden"
        refused = refusal(lambda a=actor: together.write(loop.db, a, {"correction": "x"}, before(halls[0])))
        assert refused.code == "forbidden"
    refused = refusal(lambda: together.write(loop.db, mei, {"state": "closed"}, {halls[0]: {"state": ""}}))
    assert refused.code == "invalid"
    many = before(*range(1, 300))
    assert refusal(lambda: together.write(loop.db, mei, {"correction": "x"}, many)).code == "finding.too_many"


def test_what_a_hall_handed_over_stands_on_the_branchs_list_until_it_is_submitted(loop: Loop, halls: list[int]) -> None:
    mei, first = loop.city.mei, halls[1]
    link = delegating.make_link(loop.db, mei, first, dt.timedelta(days=1))
    assert reading.handed_over(loop.db, mei).rows == ()
    given = {"correction": "已更换", "responsible": "胡堃", "completed_on": loop.at.date()}
    linked.keep(loop.db, link.token, HERE, given, {})
    linked.hand_over(loop.db, link.token, HERE)
    assert [row.finding.id for row in reading.handed_over(loop.db, mei).rows] == [first]
    linked.take_up(loop.db, link.token, HERE)
    assert reading.handed_over(loop.db, mei).rows == ()
    linked.hand_over(loop.db, link.token, HERE)
    loop.prove(mei, first)
    loop.do(mei, first, "submit")
    assert reading.handed_over(loop.db, mei).rows == ()
    assert refusal(lambda: linked.take_up(loop.db, link.token, HERE)).code == "wrong_state"


def test_a_manager_with_an_account_hands_over_once_and_nobody_else_does(loop: Loop, halls: list[int]) -> None:
    mei, hu = loop.city.mei, loop.city.hu
    mine = next(one for one in halls if loop.read(one).outlet_id == loop.city.outlets["JB01"])
    assert refusal(lambda: delegating.hand_over(loop.db, hu, mine)).code == "not_found"
    delegating.delegate(loop.db, mei, mine, hu.account_id)
    assert refusal(lambda: delegating.hand_over(loop.db, hu, mine)).params == {"field": "correction"}
    assert refusal(lambda: delegating.hand_over(loop.db, mei, mine)).code == "not_found", "the branch submits"
    assert refusal(lambda: delegating.hand_over(loop.db, loop.city.wang, mine)).code == "forbidden"
    rectifying.keep(
        loop.db, hu, mine, {"correction": "已更换", "responsible": "胡堃", "completed_on": loop.at.date()}, {}
    )
    for _again in range(2):
        delegating.hand_over(loop.db, hu, mine)
    assert [row.finding.id for row in reading.handed_over(loop.db, mei).rows] == [mine]
    with loop.db.read() as session:
        told = select(Event).where(Event.verb == "finding.handed_over", Event.subject_id == str(mine))
        assert [event.account_id for event in session.exec(told).all()] == [hu.account_id]
    loop.prove(mei, mine)
    loop.do(mei, mine, "submit")
    delegating.hand_over(loop.db, hu, mine)
    assert reading.handed_over(loop.db, mei).rows == ()


def test_one_file_for_all_is_one_blob_and_a_piece_of_evidence_of_each(loop: Loop, halls: list[int]) -> None:
    for number in halls:
        loop.prove(
            loop.city.mei, number, kind="pdf", media_type="application/pdf", proves="training_record", role="other"
        )
    parts = together.parts(loop.db, loop.city.mei, halls[0])
    given = [part.answer.evidence for part in parts]
    assert [len(one) for one in given] == [1, 1]
    assert len({one[0].sha256 for one in given}) == 1
    assert len({one[0].uuid for one in given}) == 2


def test_what_is_to_be_fixed_first_is_what_is_due_first(loop: Loop) -> None:
    made = [loop.draft(item=f"A0{place}", severity=severity) for place, severity in
            enumerate(("minor", "critical", "major", "minor"), 1)]  # fmt: skip
    notice_id = loop.issue().notice_id
    issuing.acknowledge(loop.db, loop.city.mei, notice_id or 0)
    found = reading.to_fix(loop.db, loop.city.mei)
    assert [row.finding.id for row in found.rows] == [made[1], made[2], made[0]]
    assert found.total == 4


def test_what_was_begun_is_listed_with_what_it_lacks_and_what_was_not_begun_or_is_foreign_is_not(
    loop: Loop, halls: list[int]
) -> None:
    mei, (second, first) = loop.city.mei, halls
    assert together.begun(loop.db, mei) == []
    loop.write(mei, second)
    loop.prove(mei, first)
    found = {one.row.finding.id: one.lacking for one in together.begun(loop.db, mei)}
    assert found == {
        second: ("cause", "corrective_action", "horizontal_check", "evidence"),
        first: ("correction", "responsible", "completed_on"),
    }
    assert list(found) == [second, first], "in order of due time"
    loop.write(mei, first)
    assert [one.lacking for one in together.begun(loop.db, mei)][1] == ()
    foreign = dataclasses.replace(mei, grants=(Granted(Role.BRANCH, Scope.BRANCH, loop.city.organisations["fuling"]),))
    assert together.begun(loop.db, foreign) == []
    for name in ("wang", "hu", "lin", "adam"):
        assert refusal(lambda a=loop.city.actors[name]: together.begun(loop.db, a)).code == "forbidden"
    loop.do(mei, first, "submit")
    assert [one.row.finding.id for one in together.begun(loop.db, mei)] == [second]


def test_after_a_return_an_answer_counts_as_begun_once_something_is_written_anew(loop: Loop) -> None:
    number, mei = loop.submitted(), loop.city.mei
    loop.do(loop.city.wang, number, "return", comment="不清楚", due_on=dt.date(2026, 12, 1))
    assert together.begun(loop.db, mei) == []
    uuid = loop.prove(mei, number)
    (found,) = together.begun(loop.db, mei)
    assert found.lacking == (), "the texts of before stand, the photo is new"
    rectifying.remove_evidence(loop.db, mei, uuid)
    assert together.begun(loop.db, mei) == []
