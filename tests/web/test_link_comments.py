"""A hall manager without an account talks with the branch through a link: bounded, told to whom it concerns, by that
link alone.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.db.models import Comment, Delegation, Event, Finding, Message
from audit.domain.findings import OPEN_STATES, STATES
from audit.errors import RoundsError
from audit.services import clock
from audit.services.installation import Installation
from audit.services.loop import conversation, delegating, replies
from audit.services.loop.linked import MOST_SAID, SAID_LIMIT
from audit.services.messages import relay
from tests.factories import City
from tests.field import new_uuid, picture
from tests.looping import Loop, enter_the_loop

Browsers = Callable[..., TestClient]
Phone = Callable[[int], TestClient]
DAY = dt.timedelta(days=1)


@pytest.fixture
def loop(city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = enter_the_loop(city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


@pytest.fixture
def phone(loop: Loop, house: Installation, sign_in_as: Browsers) -> Phone:
    """A maker of phones that hold a link to a finding for a day."""

    def make(finding_id: int) -> TestClient:
        made = sign_in_as(None)
        token = delegating.make_link(loop.db, loop.city.mei, finding_id, DAY).token
        made.headers.update({"X-Rounds-Link": token, "Accept-Language": "zh-CN"})
        return made

    return make


def said(phone: TestClient, text: Any = "灯箱缺货，下周到", name: Any = "胡堃") -> str:
    """The code of a refusal, "" for none."""
    answer = phone.post("/link/comments", json={"name": name, "text": text})
    return "" if answer.status_code == 204 else str(answer.json()["code"])


def answer(loop: Loop, finding_id: int, text: str, phone: TestClient | None = None, **more: Any) -> str:
    """Mei comments, and the holder of a phone's link reads it there; the code of a refusal, "" for none."""
    city, token = loop.city, phone.headers["X-Rounds-Link"] if phone else ""
    with loop.db.read() as session:
        link = select(Delegation.id).where(Delegation.token_sha256 == delegating.stored(token))
        listener = session.exec(link).first()
    try:
        conversation.say(loop.db, more.pop("by", city.mei), finding_id, text, listener=listener, **more)
    except RoundsError as error:
        return error.code
    return ""


def comments(loop: Loop) -> list[Comment]:
    with loop.db.read() as session:
        return list(session.exec(select(Comment).order_by(col(Comment.id))).all())


def test_a_comment_stands_in_the_timeline_under_the_name_and_branch_and_marketing_are_told(
    loop: Loop, phone: Phone
) -> None:
    finding_id = loop.rectifying()
    relay.relay(loop.db)
    hall = phone(finding_id)
    assert [said(hall) for _ in range(2)] == ["", ""], "the same again, because the answer was lost"
    (row,) = comments(loop)
    assert (row.account_id, row.name, row.text, row.finding_id) == (None, "胡堃", "灯箱缺货，下周到", finding_id)
    entry = next(one for one in conversation.history(loop.db, loop.city.wang, finding_id) if one.verb == "comment")
    assert (entry.account_id, entry.name, entry.text) == (None, "胡堃", "灯箱缺货，下周到")
    assert entry.data == {"delegation_id": row.delegation_id}
    assert "灯箱缺货，下周到" in hall.get("/link/finding").text
    relay.relay(loop.db)
    with loop.db.read() as session:
        told = session.exec(select(Message).where(Message.code == "commented_by_link")).all()
        assert {one.account_id for one in told} == {loop.city.mei.account_id, loop.city.wang.account_id}
        assert {(one.params["who"], one.params["said"]) for one in told} == {("胡堃", "灯箱缺货，下周到")}
        event = session.exec(select(Event).where(Event.verb == "finding.commented_by_link")).one()
        assert (event.account_id, event.data["delegation_id"]) == (None, row.delegation_id)
        assert "胡堃" not in str(event.data)
    conversation.say(loop.db, loop.city.mei, finding_id, "已知悉")
    assert "已知悉" not in hall.get("/link/finding").text, "what others say is not the holder's to read"


REFUSED: tuple[tuple[Any, Any, str], ...] = (
    (" ", "胡堃", "required"), ("好", "", "required"), ("字" * (SAID_LIMIT + 1), "胡堃", "too_long"),
    ("页" * 400_000, "胡堃", "too_long"), ("好", "名" * 61, "too_long"), ("a\0b", "胡堃", "invalid"),
    ("好", "a\x07", "invalid"), (7, "胡堃", "invalid"), (None, "胡堃", "invalid"),
)  # fmt: skip


def test_what_is_no_comment_is_refused(loop: Loop, phone: Phone) -> None:
    hall = phone(loop.rectifying())
    for text, name, code in REFUSED:
        assert said(hall, text, name) == code
    assert comments(loop) == []


def test_markup_stays_text_and_nothing_is_lost_of_it(loop: Loop, phone: Phone) -> None:
    hall, text = phone(loop.rectifying()), "<script>x</script> =1+1 😀 \u202eعربي"
    assert said(hall, text, "<b>胡</b>") == ""
    assert (comments(loop)[0].text, comments(loop)[0].name) == (text, "<b>胡</b>")
    page = hall.get("/link/finding").text
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt; =1+1 😀" in page


def test_one_link_is_slowed_down_and_ends_while_another_goes_on(loop: Loop, phone: Phone) -> None:
    finding_id = loop.rectifying()
    hall, other = phone(finding_id), phone(finding_id)
    codes = [said(hall, f"第{number}条") for number in range(7)]
    assert codes[:5] == [""] * 5
    assert codes[5:] != ["", ""]
    assert "signin.throttled" in codes
    assert said(other, "另一位") == ""
    for number in range(7, 40):
        loop.at += dt.timedelta(minutes=20)
        said(hall, f"第{number}条")
    mine = [row for row in comments(loop) if row.text != "另一位"]
    assert len(mine) == MOST_SAID
    loop.at += dt.timedelta(hours=1)
    assert said(hall, "再一条") == "delegation.said_enough"
    assert "say_text" not in hall.get("/link/finding").text


def test_a_comment_is_made_only_while_the_finding_is_open(loop: Loop, phone: Phone) -> None:
    finding_id = loop.rectifying()
    for state in STATES:
        hall, before = phone(finding_id), len(comments(loop))
        _let(loop, finding_id, state)
        assert said(hall) == ("" if state in OPEN_STATES else "wrong_state"), state
        assert len(comments(loop)) == before + (state in OPEN_STATES)
        assert ("say_text" in hall.get("/link/finding").text) == (state in OPEN_STATES)
        _let(loop, finding_id, "rectifying")


def _let(loop: Loop, finding_id: int, state: str) -> None:
    with loop.db.write() as session:
        session.get_one(Finding, finding_id).state = state


def test_an_expired_revoked_or_guessed_link_says_nothing(loop: Loop, phone: Phone) -> None:
    finding_id = loop.rectifying()
    expired, revoked, guessed = (phone(finding_id) for _ in range(3))
    guessed.headers["X-Rounds-Link"] = "A" * 43
    delegating.revoke(loop.db, loop.city.mei, delegating.delegations(loop.db, loop.city.mei, finding_id)[1].id or 0)
    assert [said(one) for one in (revoked, guessed)] == ["delegation.link"] * 2
    loop.at += DAY
    assert said(expired) == "delegation.link"
    for origin in ("https://evil.example", "null", ""):
        expired.headers["Origin"] = origin
        assert said(expired) == "origin"
    assert comments(loop) == []


def test_the_holder_reads_what_the_branch_answers_to_this_link_and_nothing_else(loop: Loop, phone: Phone) -> None:
    finding_id, foreign = loop.rectifying(), loop.rectifying(item="A02")
    hall, other, elsewhere = phone(finding_id), phone(finding_id), phone(foreign)
    assert (said(hall, "可以先挂横幅吗？"), said(other, "另一位问")) == ("", "")
    assert answer(loop, finding_id, "可以，先报备", hall) == ""
    assert answer(loop, finding_id, "只给市场部看：胡经理很忙") == ""
    conversation.say(loop.db, loop.city.wang, finding_id, "市场部说的")
    conversation.say(loop.db, loop.city.lin, finding_id, "督导说的")
    page = hall.get("/link/finding").text
    assert page.index("可以先挂横幅吗？") < page.index("可以，先报备")
    for unseen in ("另一位问", "只给市场部看", "市场部说的", "督导说的", "梅芳", "王镕", "林晓"):
        assert unseen not in page, unseen
    for one in (other, elsewhere):
        assert "可以，先报备" not in one.get("/link/finding").text
    entries = [one for one in conversation.history(loop.db, loop.city.wang, finding_id) if one.verb == "comment"]
    assert [("delegation_id" in one.data, one.account_id is None) for one in entries] == [
        (True, True), (True, True), (True, False), (False, False), (False, False), (False, False),
    ]  # fmt: skip
    assert 'value="胡堃"' in page, "the name given before stands in the form again"


def test_an_answer_does_not_use_up_what_the_holder_may_say(loop: Loop, phone: Phone) -> None:
    finding_id = loop.rectifying()
    hall = phone(finding_id)
    for number in range(MOST_SAID + 1):
        assert answer(loop, finding_id, f"回复 {number}", hall) == ""
    assert said(hall) == ""
    assert answer(loop, finding_id, "灯箱缺货，下周到", hall) == ""
    assert said(hall) == "", (
        "the same words again, after an answer between them, are said once more or once: never lost"
    )
    assert "say_text" in hall.get("/link/finding").text


def test_only_who_answers_for_the_branch_answers_by_a_link_that_opens(loop: Loop, phone: Phone) -> None:
    finding_id, foreign = loop.rectifying(), loop.rectifying(item="A02")
    hall, elsewhere, revoked = phone(finding_id), phone(foreign), phone(finding_id)
    city = loop.city
    own = delegating.delegate(loop.db, city.mei, finding_id, city.hu.account_id)
    delegating.revoke(loop.db, city.mei, delegating.delegations(loop.db, city.mei, finding_id)[1].id or 0)
    for actor in (city.wang, city.fang, city.hu, city.lin):
        assert answer(loop, finding_id, "x", hall, by=actor) == "forbidden", actor.name
    assert answer(loop, finding_id, "x", hall, by=city.luo) == "forbidden"
    assert answer(loop, finding_id, "x", elsewhere) == "not_found", "the link of another finding"
    assert answer(loop, finding_id, "x", revoked) == "delegation.ended"
    for number in (own, 0, 10**6):
        with pytest.raises(RoundsError, match="not_found"):
            conversation.say(loop.db, city.mei, finding_id, "x", listener=number)
    assert len(replies.listeners(loop.db, city.mei, finding_id)) == 1
    loop.at += DAY
    assert replies.listeners(loop.db, city.mei, finding_id) == []
    assert answer(loop, finding_id, "x", hall) == "delegation.ended"
    assert comments(loop) == []


def test_who_spoke_last_by_link_is_the_one_who_asks(loop: Loop, phone: Phone) -> None:
    finding_id = loop.rectifying()
    first, second = phone(finding_id), phone(finding_id)

    def asking() -> list[tuple[str, bool]]:
        return [(one.name, one.asks) for one in replies.listeners(loop.db, loop.city.mei, finding_id)]

    assert asking() == [("", False), ("", False)]
    assert said(first, "一", "甲") == ""
    assert asking() == [("", False), ("甲", True)]
    assert said(second, "二", "乙") == ""
    assert asking() == [("乙", True), ("甲", False)]
    assert answer(loop, finding_id, "答", second) == ""
    assert asking() == [("乙", False), ("甲", False)]


def test_photos_of_an_answer_are_seen_by_its_link_and_by_no_other(
    loop: Loop, phone: Phone, sign_in_as: Browsers
) -> None:
    finding_id = loop.rectifying()
    hall, other, mei = phone(finding_id), phone(finding_id), sign_in_as(loop.city.mei)
    answered, kept = new_uuid(), new_uuid()
    for number, uuid in enumerate((answered, kept)):
        sent = mei.put(
            f"/api/v1/findings/{finding_id}/evidence/{uuid}", content=picture(number + 3), params={"subject": "comment"}
        )
        assert sent.status_code == 200, sent.text
    assert answer(loop, finding_id, "照这样拍", hall, photos=[answered]) == ""
    assert answer(loop, finding_id, "给市场部", photos=[kept]) == ""
    assert answered in hall.get("/link/finding").text
    assert hall.get(f"/link/photos/{answered}/report").headers["content-type"] == "image/jpeg"
    for one, uuid in ((hall, kept), (other, answered)):
        assert uuid not in one.get("/link/finding").text
        assert one.get(f"/link/photos/{uuid}/report").status_code == 404
    assert hall.delete(f"/link/evidence/{answered}").status_code == 404


def test_answers_are_gone_from_a_link_that_ended(loop: Loop, phone: Phone) -> None:
    finding_id = loop.rectifying()
    revoked, expired = phone(finding_id), phone(finding_id)
    for one in (revoked, expired):
        assert answer(loop, finding_id, "请重拍门头", one) == ""
    delegating.revoke(loop.db, loop.city.mei, delegating.delegations(loop.db, loop.city.mei, finding_id)[1].id or 0)
    assert "请重拍门头" in expired.get("/link/finding").text
    loop.at += DAY
    for one in (revoked, expired):
        dead = one.get("/link/finding")
        assert (dead.status_code, dead.json()["code"], "请重拍门头" in dead.text) == (404, "delegation.link", False)
