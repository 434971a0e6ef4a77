"""The register and the boards' figures: worked out by hand, and every number is the number of its rows."""

import datetime as dt
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from audit.db.models import Finding
from audit.domain.loop import STAGES
from audit.domain.register import AGES, Figures, Filters
from audit.services import clock, register
from audit.services.loop import issuing
from tests.factories import City
from tests.hands import refusal
from tests.looping import FRIDAY, Loop, enter_the_loop

DAY = dt.timedelta(days=1)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (FRIDAY + days * DAY for days in (3, 4, 5, 6))
FULL = 86_400


def november(day: int, hour: int = 18) -> dt.datetime:
    """An hour of Shanghai in November 2026."""
    return dt.datetime(2026, 11, day, hour - 8, tzinfo=dt.UTC)


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


@pytest.fixture
def ledger(loop: Loop) -> Loop:
    """Ten findings, looked at on Wednesday the 25th at ten o'clock."""
    shut = {"state": "closed", "issued_at": november(10, 9), "closed_at": november(25, 9)}
    # 1: answered on the 24th, due on the 25th: in time, at the first go; 2 days with the branch, 1 with the department
    loop.draft(**shut, section_code="A", answered_at=november(24, 9), due_at=november(25), **spent(2, 1))
    # 2: sent back once, answered on the 25th, due on the 24th: late; 6 and 3 days
    loop.draft(**shut, section_code="A", answered_at=november(25, 8), due_at=november(24), cycle=2, **spent(6, 3))
    # 3: verified, in time, at the first go, a repeat; 4 and 5 days
    verified = {**shut, "state": "verified", "answered_at": november(17, 9), "due_at": november(19), "repeat": True}
    loop.draft(**verified, section_code="B", severity="major", **spent(4, 5))
    # 4: asked on the 20th, due on the 24th: overdue, and so late; three working days old (23rd, 24th, 25th)
    loop.draft(state="rectifying", issued_at=november(20, 9), due_at=november(24), severity="critical")
    # 5: asked on the 10th, due tomorrow; 11 working days old (11-13: 3, 16-20: 5, 23-25: 3)
    loop.draft(state="rectifying", issued_at=november(10, 9), due_at=november(26), observation="=1+1 地面积水")
    # 6: answered in time, waits for review; asked on 30 October, 18 working days old (2-20: 15, 23-25: 3)
    old = dt.datetime(2026, 10, 30, 1, tzinfo=dt.UTC)
    loop.draft(state="submitted", issued_at=old, due_at=november(20), answered_at=november(18, 9))
    # 7 to 10: a draft, one withdrawn, one objected to (past its due time, but not the branch's turn), praise
    loop.draft()
    loop.draft(state="withdrawn", issued_at=november(10, 9), repeat=True)
    loop.draft(state="objected", issued_at=november(20, 9), due_at=november(24))
    loop.draft(kind="highlight", severity="")
    loop.at = WEDNESDAY
    return loop


def spent(branch: int, department: int) -> dict[str, int]:
    return {"branch_seconds": branch * FULL, "department_seconds": department * FULL}


def whole(loop: Loop, actor: Any, **filters: Any) -> Figures:
    with clock.stopped(loop.at):
        return register.overview(loop.db, actor, Filters(**filters))[0]


def ids(loop: Loop, actor: Any, **filters: Any) -> list[int]:
    with clock.stopped(loop.at):
        found = register.find(loop.db, actor, Filters(**filters))
    assert len(found.rows) == found.total
    return [loop.made.index(line.finding_id) + 1 for line in found.rows]


def test_the_figures_are_those_worked_out_by_hand(ledger: Loop) -> None:
    found = whole(ledger, ledger.city.wang)
    assert found.stages == {"check": 1, "communicate": 1, "rectify": 2, "feedback": 1, "done": 4}
    assert (found.total, found.open, found.overdue, found.repeats) == (9, 5, 1, 1)
    assert (found.on_time, found.late, found.on_time_share) == (3, 2, 0.6), "1, 3, 6 against 2, 4"
    assert (found.first_pass, found.closed) == (2, 3), "1 and 3 of 1, 2, 3"
    assert found.ages == (2, 0, 1, 1), "4 and 9; none; 5; 6"
    assert (found.branch_days, found.department_days) == (4, 3), "the middle of 2, 4, 6 and of 1, 3, 5"


def test_the_figures_of_a_group_are_of_that_group_alone(ledger: Loop) -> None:
    with clock.stopped(ledger.at):
        by = {group: register.overview(ledger.db, ledger.city.wang, Filters(), group)[1] for group in
              ("section", "organisation", "round")}  # fmt: skip
    assert (by["section"]["A"].total, by["section"]["B"].total, by["section"][""].total) == (2, 1, 6)
    assert (by["section"]["A"].branch_days, by["section"]["A"].department_days) == (4, 2), "between 2 and 6, 1 and 3"
    assert by["section"][""].branch_days is None
    assert by["section"][""].first_pass_share is None
    assert by["organisation"] == {ledger.city.organisations["jiangbei"]: whole(ledger, ledger.city.wang)}
    assert by["round"] == {ledger.field.round_id: whole(ledger, ledger.city.wang)}


@pytest.mark.parametrize("name", ["wang", "mei"])
def test_every_number_is_the_number_of_its_rows(ledger: Loop, name: str) -> None:
    actor = ledger.city.actors[name]
    found = whole(ledger, actor)
    for stage in STAGES:
        assert found.stages[stage] == len(ids(ledger, actor, stage=stage)), stage
    counted = {"overdue": found.overdue, "on_time": found.on_time, "late": found.late}
    counted |= {f"age_{days}": found.ages[place] for place, days in enumerate(AGES)} | {"age_more": found.ages[-1]}
    for timing, number in counted.items():
        assert number == len(ids(ledger, actor, timing=timing)), timing
    for mark, number in {"repeat": found.repeats, "first_pass": found.first_pass, "closed": found.closed}.items():
        assert number == len(ids(ledger, actor, mark=mark)), mark
    assert found.total == len(ids(ledger, actor))
    assert found.open == len(ids(ledger, actor, stage="open"))


def test_the_register_is_narrowed_and_sorted(ledger: Loop) -> None:
    wang = ledger.city.wang
    assert ids(ledger, wang) == [6, 9, 4, 5, 7, 3, 2, 1, 8], "open by due time, then what is over"
    assert ids(ledger, wang, order="newest") == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert ids(ledger, wang, order="severity")[:2] == [4, 6]
    assert ids(ledger, wang, timing="soon") == [5]
    assert ids(ledger, wang, mark="sent_back") == [2]
    assert ids(ledger, wang, section="B", severity="major", state="verified") == [3]
    assert ids(ledger, wang, search="积水 观音桥") == [5]
    assert ids(ledger, wang, search="100%") == []
    assert ids(ledger, wang, timing="nonsense") == ids(ledger, wang, stage="nonsense") == []
    assert ids(ledger, wang, round_id=999) == ids(ledger, wang, organisation_id=999) == []
    with clock.stopped(ledger.at):
        page = register.find(ledger.db, wang, Filters(), page=99, size=4)
    assert (page.page, page.total, [line.severity for line in page.rows]) == (3, 9, ["minor"])


def test_nobody_sees_more_than_their_findings(ledger: Loop) -> None:
    city = ledger.city
    assert ids(ledger, city.mei) == [6, 9, 4, 5, 3, 2, 1, 8], "what was issued to her branch"
    assert ids(ledger, city.hu) == [], "nothing was delegated to the hall"
    assert ids(ledger, city.chen) == []
    assert len(ids(ledger, city.lin)) == 9
    assert whole(ledger, city.mei).total == 8
    for call in (register.find, register.overview):
        assert refusal(lambda c=call: c(ledger.db, city.adam, Filters())).code == "forbidden"  # type: ignore[misc]
    assert refusal(lambda: register.as_workbook(ledger.db, city.adam, Filters(), "en")).code == "forbidden"


def test_time_is_counted_for_whoever_has_the_finding(loop: Loop) -> None:
    mei, wang = loop.city.mei, loop.city.wang
    finding_id = loop.draft()
    notice_id = loop.issue().notice_id
    loop.at = MONDAY  # issued on Friday at ten, received on Monday at ten: 14 + 10 hours, the department's
    with clock.stopped(loop.at):
        issuing.acknowledge(loop.db, mei, notice_id or 0)
    assert clocks(loop.read(finding_id)) == (0, FULL)
    loop.at = WEDNESDAY  # two working days of the branch
    loop.write(mei, finding_id)
    loop.prove(mei, finding_id)
    loop.do(mei, finding_id, "submit")
    submitted = loop.read(finding_id)
    assert (*clocks(submitted), submitted.answered_at) == (2 * FULL, FULL, WEDNESDAY)
    loop.at = THURSDAY
    loop.do(wang, finding_id, "accept")
    assert clocks(loop.read(finding_id)) == (2 * FULL, 2 * FULL)
    loop.at = THURSDAY + 7 * DAY  # nobody was waited for while it was closed
    loop.do(wang, finding_id, "reopen", reason="再次损坏", due_on=dt.date(2026, 12, 10))
    assert clocks(loop.read(finding_id)) == (2 * FULL, 2 * FULL)


def clocks(finding: Finding) -> tuple[int, int]:
    return finding.branch_seconds, finding.department_seconds


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_workbook_has_typed_cells_and_no_live_formula(ledger: Loop, locale: str) -> None:
    with clock.stopped(ledger.at):
        file = register.as_workbook(ledger.db, ledger.city.wang, Filters(stage="rectify"), locale)
    book = load_workbook(io.BytesIO(file.content))
    sheet = book.active
    assert sheet is not None
    assert sheet.title == {"zh_CN": "台账", "en": "Register"}[locale]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.max_row) == ("B2", "A1:U3", 3)
    head = [cell.value for cell in sheet[1]]
    rows = [dict(zip(head, sheet[number], strict=True)) for number in (2, 3)]
    seen, due, state, cycle = {
        "zh_CN": ("检查发现", "整改时限", "状态", "整改次数"), "en": ("Observation", "Due", "State", "Cycle"),
    }[locale]  # fmt: skip
    assert (rows[1][seen].value, rows[1][seen].data_type) == ("=1+1 地面积水", "s")
    assert str(rows[0][due].value) == "2026-11-24 18:00:00"
    assert rows[0][due].data_type == "d"
    assert rows[0][cycle].value == 1
    assert rows[0][state].value == {"zh_CN": "整改中", "en": "Being rectified"}[locale]
    assert file.filename == "rounds-register-2026-11-25.xlsx"
