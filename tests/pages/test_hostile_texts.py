"""Hostile texts in every field of a finding, read back from its page, documents, the register and the link's page."""

import datetime as dt
import io
import re

import pypdfium2
import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from audit.db.models import Document
from audit.domain.register import Filters
from audit.services import clock, papers, rectification_reports, register
from audit.services.installation import installation
from audit.services.loop import conversation, delegating, drafts, issuing, rectifying
from audit.services.loop.fields import SEEN_LIMIT
from audit.web.app import create
from audit.web.security import Security
from tests.conftest import nothing_else
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop
from tests.pages.conftest import Visit, texts
from tests.papers import lay_fonts_ready

MARKUP = "<script>alert(1)</script><img src=http://127.0.0.1:9/x>**b** :red[a] $x$ [k](//e.cn) {{ 7*7 }} &amp; =1+1"
SIGNS = "😀🧑‍🤝‍🧑 \u202eمركز\u202c 𠮷"
HOSTILE = f"=SUM(A1) {MARKUP} {SIGNS}"
ANSWER = ("correction", "cause", "corrective_action", "horizontal_check")


@pytest.fixture
def loop(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = enter_the_loop(page_city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    lay_fonts_ready(installation())
    return loop


def printed(document_id: int) -> str:
    """What a document says, without white space."""
    house = installation()
    with house.db.read() as session:
        row = session.get_one(Document, document_id)
    with house.documents.as_file(row.sha256) as path:
        pdf = pypdfium2.PdfDocument(path)
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pdf))


def test_hostile_texts_come_back_as_they_were_written_and_never_as_markup(loop: Loop, visit_page: Visit) -> None:
    city, house = loop.city, installation()
    long = HOSTILE + "长" * (SEEN_LIMIT - len(HOSTILE))
    finding_id = loop.draft(clause_zh="门头完好")
    for given in ({"observation": long + "长"}, {"requirement_zh": "字" * 2001}, {"criterion_zh": "a\0b"}):
        code = refusal(lambda g=given: drafts.change_draft(loop.db, city.wang, finding_id, 1, **g)).code
        assert code in ("too_long", "invalid")
    given = dict.fromkeys(("requirement_zh", "criterion_zh", "requirement_en", "criterion_en"), HOSTILE)
    drafts.change_draft(loop.db, city.wang, finding_id, 1, observation=long, **given)
    issued = loop.issue()
    issuing.acknowledge(loop.db, city.mei, issued.notice_id or 0)
    loop.write(city.mei, finding_id, **dict.fromkeys(ANSWER, HOSTILE), responsible="<b>胡</b>=1+1")
    conversation.say(loop.db, city.mei, finding_id, HOSTILE)

    seen = loop.read(finding_id)
    assert (seen.observation, seen.requirement_zh, seen.criterion_en) == (long, HOSTILE, HOSTILE)
    kept = rectifying.answer_of(loop.db, city.mei, finding_id).values
    assert [kept[name] for name in ANSWER] == [HOSTILE] * 4

    told = texts(visit_page("mei", "findings.py", id=finding_id))
    assert long in told
    assert told.count(HOSTILE) >= 3 + len(ANSWER)

    file = register.as_workbook(loop.db, city.wang, Filters(), "zh_CN")
    cells = [cell for row in load_workbook(io.BytesIO(file.content)).active.iter_rows(min_row=2) for cell in row]  # type: ignore[union-attr]
    assert [cell.data_type for cell in cells if cell.value == long] == ["s"]
    assert [cell for cell in cells if cell.data_type == "f"] == []

    link = delegating.make_link(loop.db, city.mei, finding_id, dt.timedelta(hours=2))
    page = TestClient(Security(nothing_else, web=create()), base_url="http://localhost:8501").get(
        "/link/finding", headers={"X-Rounds-Link": link.token}
    )
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert SIGNS in page.text

    loop.prove(city.mei, finding_id, kind="pdf", filename="签到.pdf", proves="photo", role="after")
    papers.make(house, city.fang, issued.document_ids[-1])
    place = (loop.field.round_id, city.organisations["jiangbei"])
    answered = rectification_reports.make(house, city.mei, *place, "zh")
    for number in (issued.document_ids[-1], answered):
        said = printed(number)
        for part in ("<script>alert(1)</script>", "<imgsrc=http://127.0.0.1:9/x>", "{{7*7}}&amp;=1+1", "=SUM(A1)"):
            assert part in said, (number, part)
    assert printed(issued.document_ids[-1]).count("长") >= SEEN_LIMIT - len(HOSTILE)
