"""A list on a phone: each row is a card, and none runs over the next."""

import itertools

import pytest
from playwright.sync_api import Browser

from audit.ui.table import CSS, JS, LARGE, ONE_STEP

ROW = {
    "id": 1,
    "cells": [["王喆堃", {"sub": "E1001"}], "渝中分公司", {"chip": "待审核", "sign": "▶", "colour": "#333"}],
}
DRAW = """async ([js, data]) => {
  const draw = (await import(URL.createObjectURL(new Blob([js], { type: 'text/javascript' })))).default;
  draw({ data, parentElement: document, setTriggerValue: () => {} });
  const rows = [...document.querySelectorAll('tbody tr')];
  const box = (one) => one.getBoundingClientRect();
  const lowest = (row) => Math.max(...[...row.children].map((cell) => box(cell).bottom));
  return rows.map((row) => [box(row).top, box(row).bottom, lowest(row)]);
}"""


def test_a_number_keeps_the_heading_of_its_column(chromium: Browser) -> None:
    columns = [{"title": "分公司", "number": False}, {"title": "已逾期", "number": True}]
    rows = [{"id": 1, "cells": ["渝中分公司", {"figure": "3", "leads": None, "note": ""}]}]
    data = {"label": "", "all": "", "columns": columns, "rows": rows, "opens": False, "picked": None}
    for width, shown in ((390, '"已逾期"'), (1024, "none")):
        page = chromium.new_page(viewport={"width": width, "height": 844})
        page.set_content(f"<style>{CSS}</style><div class='rows'></div>")
        page.evaluate(DRAW, [ONE_STEP + LARGE + JS, data])
        told = "(cell) => getComputedStyle(cell, '::before').content"
        assert page.locator("td.n").evaluate(told) == shown
        page.close()


@pytest.mark.parametrize(("opens", "picked"), [(False, None), (True, None), (False, [1])])
def test_no_row_of_a_list_runs_over_the_next(chromium: Browser, opens: bool, picked: list[int] | None) -> None:
    columns = [{"title": title, "number": False} for title in ("选手", "单位", "状态")]
    data = {"label": "", "all": "", "columns": columns, "rows": [ROW] * 3, "opens": opens, "picked": picked}
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_content(f"<style>{CSS}</style><div class='rows'></div>")
    rows = page.evaluate(DRAW, [ONE_STEP + LARGE + JS, data])
    context.close()
    assert all(last <= bottom for _, bottom, last in rows)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(rows))
    assert all(bottom - top >= 48 for top, bottom, _ in rows)


TALLIED = """async ([js, data]) => {
  const draw = (await import(URL.createObjectURL(new Blob([js], { type: 'text/javascript' })))).default;
  draw({ data, parentElement: document, setTriggerValue: () => {} });
  const lines = (text, part) => {
    const holder = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (holder.nextNode() && !holder.currentNode.data.includes(text));
    const start = holder.currentNode.data.indexOf(part);
    range.setStart(holder.currentNode, start);
    range.setEnd(holder.currentNode, start + part.length);
    return new Set([...range.getClientRects()].map((one) => Math.round(one.top))).size;
  };
  return data.asked.map(([text, part]) => lines(text, part));
}"""


def test_dates_stay_whole_and_no_full_stop_stands_alone(chromium: Browser) -> None:
    long = "现场未请客户复述或者签字确认套餐资费的生效时间。"
    cells = [["B08", {"sub": long}], "2026年11月26日 16:20", ["7", {"sub": "拍照：不合格时"}], "很长的内容" * 30]
    asked = [["2026年11月26日 16:20", "2026年11月26日"], ["拍照：不合格时", "拍照：不合格时"], [long, "间。"]]
    columns = [{"title": title, "number": False} for title in "ABCD"]
    rows = [{"id": 1, "cells": cells}]
    data = {"label": "", "all": "", "columns": columns, "rows": rows, "opens": True, "picked": None, "asked": asked}
    context = chromium.new_context(viewport={"width": 700, "height": 900})
    page = context.new_page()
    page.set_content(f"<style>{CSS}</style><div class='rows'></div>")
    assert page.evaluate(TALLIED, [ONE_STEP + LARGE + JS, data]) == [1, 1, 1]
    context.close()
