"""A hall manager without an account comments through a link: bounded, told to whom it concerns, by that link alone."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.db.models import Comment, Event, Finding, Message
from audit.domain.findings import OPEN_STATES, STATES
from audit.services import clock
from audit.services.installation import Installation
from audit.services.loop import conversation, delegating
from audit.services.loop.linked import MOST_SAID, SAID_LIMIT
from audit.services.messages import relay
from tests.factories import City
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
