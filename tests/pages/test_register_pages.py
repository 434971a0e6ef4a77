"""The register and the board: what stands there, how it is narrowed, and where the numbers lead."""

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from audit.db.models import Finding, Round
from audit.domain.register import Filters
from audit.services import clock, register
from tests.factories import City
from tests.looping import FRIDAY, Loop, enter_the_loop
from tests.pages.conftest import Visit, texts

NOW = FRIDAY + dt.timedelta(days=5)  # Wednesday the 25th, ten o'clock


@pytest.fixture
def loop(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """Three findings: one overdue, one that waits for review and was in time, one draft."""
    found = enter_the_loop(page_city)
    over = {"issued_at": FRIDAY, "due_at": NOW - dt.timedelta(hours=16)}  # yesterday at 18:00
    found.draft(state="rectifying", severity="critical", observation="<b>灯箱</b> 不亮", section_code="A", **over)
    answered = {"issued_at": FRIDAY, "due_at": NOW, "answered_at": FRIDAY + dt.timedelta(days=3)}
    found.draft(state="submitted", observation="地面积水", repeat=True, **answered)
    found.draft(observation="台席杂乱")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return found


def drawn(at: AppTest, name: str) -> dict[str, Any]:
    """The data that a component of ours was given."""
    found = [json.loads(one.proto.json) for one in at if getattr(one, "type", "") == "bidi_component"]
    return next(one for one in found if name in one)


def test_the_register_shows_what_is_asked_and_how_much_time_is_left(visit_page: Visit, loop: Loop) -> None:
    told = texts(visit_page("wang", "findings.py"))
    for text in ("<b>灯箱</b> 不亮", "整改中", "重大", "逾期 1 个工作日", "地面积水", "重复发生", "导出 Excel（3 条）"):
        assert text in told, text
    assert "台席杂乱" not in texts(visit_page("mei", "findings.py")), "a draft is not the branch's to see"


def test_the_address_narrows_the_register_and_its_excel_file(visit_page: Visit, loop: Loop) -> None:
    at = visit_page("wang", "findings.py", stage="open", mark="repeat")
    told = texts(at)
    assert ("地面积水" in told, "灯箱" in told) == (True, False)
    links = [one.proto.url for one in at.get("link_button")]
    assert links == ["/documents/workbooks/register.xlsx?stage=open&mark=repeat"]
    next(one for one in at.button if one.label.startswith("✕")).click().run()
    assert "灯箱" in texts(at)
    assert "没有找到" in texts(visit_page("wang", "findings.py", q="无此内容"))


def test_rounds_of_the_same_name_are_told_apart(visit_page: Visit, loop: Loop) -> None:
    """Two visits of one day that were not planned: a tap on anything else must not exchange their rounds."""
    with loop.db.write() as session:
        first = session.get_one(Round, loop.field.round_id)
        later = Round(**first.model_dump(exclude={"id", "code"}), code="again")
        session.add(later)
        session.flush()
        other = later.id or 0
    loop.draft(observation="招牌破损", round_id=other)
    for number, seen, unseen in ((loop.field.round_id, "地面积水", "招牌破损"), (other, "招牌破损", "地面积水")):
        at = visit_page("wang", "findings.py", round=number)
        names = at.selectbox(key="filter_round").options
        assert len(set(names)) == len(names) == 3
        at.selectbox(key="filter_order").select_index(1).run()
        assert at.query_params["round"] == str(number)
        assert (seen in texts(at), unseen in texts(at)) == (True, False)


def test_the_board_counts_the_stages_and_every_number_leads_to_its_rows(visit_page: Visit, loop: Loop) -> None:
    data = drawn(visit_page("wang", "board.py"), "stages")
    told = [(stage["label"], stage["value"], len(stage["cards"])) for stage in data["stages"]]
    assert told == [("检查", "1", 1), ("沟通", "0", 0), ("整改", "1", 1), ("反馈", "1", 1)]
    values = {tile["label"]: (tile["value"], tile["leads"]) for tile in data["tiles"]}
    assert values["已逾期"] == ("1", "timing=overdue&since=2025-11-25")
    assert values["按时整改率"] == ("50%", "timing=late&since=2025-11-25")
    assert values["分公司用时"] == ("–", "mark=closed&since=2025-11-25")
    for tile in data["tiles"]:
        if tile["value"].isdigit():
            query = dict(pair.split("=") for pair in tile["leads"].split("&") if pair)
            at = visit_page("wang", "findings.py", **query)
            rows = drawn(at, "rows")["rows"] if tile["value"] != "0" else ()
            assert len(rows) == int(tile["value"]), tile["label"]


def test_the_board_of_a_branch_is_that_of_its_own_findings(visit_page: Visit, loop: Loop) -> None:
    data = drawn(visit_page("mei", "board.py"), "stages")
    assert [stage["value"] for stage in data["stages"]] == ["0", "0", "1", "1"]
    told = texts(visit_page("chen", "board.py"))
    assert "暂无检查发现" in told
    section = drawn(visit_page("wang", "board.py", view="section", round=loop.field.round_id), "rows")
    assert [column["title"] for column in section["columns"]][:2] == ["板块", "未办结"]
    branch = drawn(visit_page("wang", "board.py"), "rows")
    assert [len(row["cells"]) for row in branch["rows"]] == [len(branch["columns"])]


def figures(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of the one compared group that lead somewhere."""
    (row,) = data["rows"]
    return [cell for cell in row["cells"] if isinstance(cell, dict) and cell["leads"] is not None]


def compared(at: AppTest) -> list[list[dict[str, Any]]]:
    """The cells of the two tables of groups: the figures, and the ages of what is open."""
    found = [json.loads(one.proto.json) for one in at if getattr(one, "type", "") == "bidi_component"]
    return [figures(one) for one in found if "rows" in one]


def test_every_number_of_a_compared_group_leads_to_its_own_rows(visit_page: Visit, loop: Loop) -> None:
    with loop.db.write() as session:
        for row in session.exec(select(Finding)).all():
            row.section_code = "A"
    given = {"issued_at": FRIDAY - dt.timedelta(days=30), "due_at": NOW, "section_code": "A"}
    loop.draft(state="rectifying", **given | {"due_at": NOW - dt.timedelta(days=20)})
    done = {"state": "closed", "closed_at": NOW, "branch_seconds": 60, "department_seconds": 60, **given}
    for cycle, days in ((1, 1), (2, -1)):
        loop.draft(cycle=cycle, answered_at=NOW - dt.timedelta(days=days), **done)
    branch, number = loop.city.organisations["jiangbei"], loop.field.round_id
    assert len(compared(visit_page("wang", "board.py"))) == 1  # the ages only for who asks
    cells, ages = compared(visit_page("wang", "board.py", aged="true"))
    counted = [(cell["figure"], cell["note"]) for cell in cells]
    assert counted == [
        ("江北分公司", "共6项"), ("4", ""), ("2", ""), ("1", ""), ("40%", "2/5"), ("50%", "1/2"), ("0.0 / 0.0", ""),
    ]  # fmt: skip
    assert [cell["figure"] for cell in ages] == ["2", "1"]
    for cell, count in zip((*cells, *ages), (6, 4, 2, 1, 2, 1, 2, 2, 1), strict=True):
        asked = dict(parse_qsl(cell["leads"]))
        filters = Filters(
            organisation_id=int(asked.pop("branch")), since=dt.date.fromisoformat(asked.pop("since")), **asked
        )
        assert register.find(loop.db, loop.city.wang, filters).total == count, cell["leads"]
    for view, other in (("section", "section=A"), ("round", f"round={number}")):
        again = compared(visit_page("wang", "board.py", view=view, aged="true"))
        told = [[sorted(cell["leads"].split("&")) for cell in row] for row in again]
        assert told == [
            [sorted(cell["leads"].replace(f"branch={branch}", other).split("&")) for cell in row]
            for row in (cells, ages)
        ]
