"""The searches of the lists around the closed loop, and lists that are longer than a page."""

import datetime as dt

import pytest

from audit.services import clock, values
from audit.services.loop import conversation, delegating, escalating, issuing, linked, reading, together
from audit.services.messages import inbox
from audit.services.messages.relay import relay_all
from tests.factories import City
from tests.looping import Loop, enter_the_loop

LATER = dt.datetime(2026, 11, 30, 11, tzinfo=dt.UTC)


@pytest.fixture
def loop(city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """Three critical findings in two halls, overdue; the light boxes twice."""
    loop = enter_the_loop(city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    boxes = {"clause_zh": "灯箱完好", "clause_en": "Light boxes are whole"}
    loop.draft("A01", "critical", observation="灯箱破损", **boxes)
    loop.draft("A01", "critical", outlet_id=city.outlets["JB02"], **boxes)
    loop.draft("A02", "critical", clause_zh="地面 100% 清洁", clause_en="Floor is clean")
    loop.issue()
    relay_all(city.db)
    return loop


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", [1, 2, 3]), ("灯箱", [1, 2]), ("破损", [1]), ("LIGHT boxes", [1, 2]), ("红旗河沟", [2]), ("jb02", [2]),
        ("江北 清洁", [3]), ("A02", [3]), ("100%", [3]), ("1_0", []), ("nowhere", []), ("\0", []),
    ],
)  # fmt: skip
def test_a_proposal_is_found_by_its_finding_and_its_place(loop: Loop, search: str, found: list[int]) -> None:
    escalating.escalate(loop.db, LATER)
    rows = escalating.find(loop.db, loop.city.luo, search=search).rows
    assert sorted({row.finding.id for row in rows}) == found


def test_a_message_is_found_by_what_its_reader_is_shown(loop: Loop) -> None:
    mei, chen = loop.city.mei, loop.city.chen
    (item,) = inbox.find(loop.db, mei).rows
    for word in (item.title[:4], item.body[:6].lower()):
        assert [one.id for one in inbox.find(loop.db, mei, search=word).rows] == [item.id]
        assert inbox.find(loop.db, chen, search=word).total == 0, "nobody searches another's messages"
    assert inbox.find(loop.db, mei, search=f"{item.title[:4]} nowhere").rows == ()
    assert inbox.find(loop.db, mei, topic="round", search=item.title[:4]).rows == ()


def test_a_search_among_messages_is_paged_too(loop: Loop) -> None:
    for number in range(5):
        conversation.say(loop.db, loop.city.wang, loop.made[0], f"请尽快 {number}", [loop.city.mei.account_id])
    relay_all(loop.db)
    assert inbox.find(loop.db, loop.city.mei).total == 6
    pages = [inbox.find(loop.db, loop.city.mei, page=page, size=2, search="王镕") for page in (1, 2, 3, 9)]
    assert [(found.total, found.page, len(found.rows)) for found in pages] == [
        (5, 1, 2),
        (5, 2, 2),
        (5, 3, 1),
        (5, 3, 1),
    ]
    shown = [item.id for found in pages[:3] for item in found.rows]
    assert shown == sorted(shown, reverse=True)


def test_items_to_be_answered_together_are_found_and_paged(loop: Loop) -> None:
    mei = loop.city.mei
    issuing.acknowledge(loop.db, mei, loop.read(loop.made[0]).notice_id or 0)
    for outlet in ("JB01", "JB02"):
        place = {"outlet_id": loop.city.outlets[outlet], "organisation_id": loop.city.organisations["jiangbei"]}
        asked = {"issued_at": loop.at, "due_at": loop.at, "state_since": loop.at, "state": "rectifying"}
        loop.draft("B01", clause_zh="工牌佩戴", clause_en="Badges worn", **place, **asked)
    assert together.groups(loop.db, mei).total == 2
    for search, clause in (("灯箱", "灯箱完好"), ("badges", "工牌佩戴"), ("b01", "工牌佩戴")):
        assert [group.clause_zh for group in together.groups(loop.db, mei, search).rows] == [clause]
    assert together.groups(loop.db, mei, "地面").rows == (), "a single finding is answered alone"
    second = together.groups(loop.db, mei, page=2, size=1)
    assert (second.total, second.pages, len(second.rows)) == (2, 2, 1)


def test_what_halls_handed_over_is_counted_beyond_the_first_page(loop: Loop) -> None:
    mei = loop.city.mei
    issuing.acknowledge(loop.db, mei, loop.read(loop.made[0]).notice_id or 0)
    for finding_id in loop.made:
        link = delegating.make_link(loop.db, mei, finding_id, dt.timedelta(days=1))
        given = {"correction": "已更换", "responsible": "胡堃", "completed_on": loop.at.date()}
        given |= dict.fromkeys(("cause", "corrective_action", "horizontal_check"), "x")
        linked.keep(loop.db, link.token, "10.0.0.1", given, {})
        linked.hand_over(loop.db, link.token, "10.0.0.1")
    pages = [reading.handed_over(loop.db, mei, page, 2) for page in (1, 2)]
    assert [(found.total, found.pages) for found in pages] == [(3, 2), (3, 2)]
    assert sorted(row.finding.id or 0 for found in pages for row in found.rows) == loop.made


@pytest.mark.parametrize(
    ("search", "texts", "fits"),
    [
        ("", (), True), ("a", ("", "xAy"), True), ("a b", ("B", "A"), True), ("a c", ("B", "A"), False),
        ("%", ("100%",), True), ("_", ("a",), False), ("  灯 箱 ", ("灯箱",), True),
    ],
)  # fmt: skip
def test_texts_that_no_column_holds_are_searched_like_columns(search: str, texts: tuple[str, ...], fits: bool) -> None:
    assert values.reads_as(search, *texts) == fits
