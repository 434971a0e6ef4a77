"""Bad input of the loop: buttons pressed twice, foreign findings, days that are no due days, comments of 200 pages.

Refused with a code whose sentence stands in both languages, and nothing changed. Files that lie, bombs and macros stand
in `tests/web/test_evidence`, links in `tests/web/test_link`.
"""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, func, select

from audit.db.models import (
    Comment,
    Delegation,
    Document,
    Event,
    Evidence,
    Extension,
    Finding,
    Job,
    Notice,
    Objection,
    Rectification,
    Reinspection,
    SupportRequest,
    Visit,
)
from audit.domain.loop import ACTIONS
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import (
    conversation,
    delegating,
    extending,
    issuing,
    reading,
    rectifying,
    replies,
    review_queue,
    reviewing,
    together,
)
from audit.services.loop.moving import apply
from audit.web.api.common import LARGEST_ID
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop

DUE = dt.date(2026, 12, 1)
SATURDAY, THURSDAY, NEXT_YEARS = dt.date(2026, 11, 28), dt.date(2026, 11, 19), dt.date(2028, 1, 4)
PAGES = "页" * 400_000  # of 200 pages


@pytest.fixture
def loop(city: City) -> Iterator[Loop]:
    found = enter_the_loop(city)
    with clock.stopped(found.at):
        yield found


def count(loop: Loop, *tables: Any) -> list[int]:
    """How many rows stand in the tables, and how many events."""
    with loop.db.read() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in (*tables, Event)]


# fmt: off
PRESSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    # action        state          who      what is supplied
    "object":          ("rectifying", "mei",  {"reason": "停电所致"}),
    "request_support": ("rectifying", "mei",  {"need": "灯箱", "interim_measure": "横幅"}),
    "submit":          ("ready",      "mei",  {}),
    "recall":          ("submitted",  "mei",  {}),
    "accept":          ("submitted",  "wang", {}),
    "return":          ("submitted",  "wang", {"comment": "不清楚", "due_on": DUE}),
}
# fmt: on


@pytest.mark.parametrize("action", PRESSED)
def test_a_step_whose_button_is_pressed_twice_is_taken_once(loop: Loop, action: str) -> None:
    state, who, fields = PRESSED[action]
    finding_id = loop.submitted() if state == "submitted" else loop.rectifying()
    if state == "ready":
        loop.write(loop.city.mei, finding_id)
        loop.prove(loop.city.mei, finding_id)
    if action == "object":
        loop.prove(loop.city.mei, finding_id, "objection")
    version, actor = loop.read(finding_id).version, loop.city.actors[who]
    assert apply(loop.db, actor, finding_id, action, version, **fields).version == version + 1
    before = count(loop)
    assert refusal(lambda: apply(loop.db, actor, finding_id, action, version, **fields)).code == "stale"
    assert count(loop) == before


def test_what_is_no_step_is_done_once_too(loop: Loop) -> None:
    finding_id, mei = loop.rectifying(), loop.city.mei
    version = loop.read(finding_id).version
    delegating.delegate(loop.db, mei, finding_id, loop.city.hu.account_id)
    extending.ask_extension(loop.db, mei, finding_id, version, DUE + dt.timedelta(days=14), "缺货")
    notice = loop.read(finding_id).notice_id or 0
    before = count(loop, Delegation, Extension)
    delegating.delegate(loop.db, mei, finding_id, loop.city.hu.account_id)
    issuing.acknowledge(loop.db, mei, notice)
    again = refusal(lambda: extending.ask_extension(loop.db, mei, finding_id, version, DUE, "缺货"))
    assert again.code == "stale"
    assert not loop.issue().created, "the same notice once more"
    assert count(loop, Delegation, Extension) == before


KEPT = (
    Rectification, Evidence, Objection, SupportRequest, Comment, Delegation, Extension, Reinspection, Visit, Notice,
    Document, Job,
)  # fmt: skip
FORGED = ("delete", "ISSUE", "", "submit ", "__class__", "删除", "a" * 5000, "submit; DROP TABLE finding")
IDS = (0, -1, 10**9, LARGEST_ID)
VERSIONS = (0, -1, 10**6, LARGEST_ID)


@pytest.mark.parametrize("state", ["rectifying", "submitted", "draft"])
def test_no_action_name_with_a_wrong_id_or_version_does_anything(loop: Loop, state: str) -> None:
    """Every name, known and forged, by everybody, on ids that are nobody's and on versions that never stood."""
    number = {"rectifying": loop.rectifying, "submitted": loop.submitted, "draft": loop.draft}[state]()
    standing, before = loop.read(number), count(loop, *KEPT)
    supplied = {"comment": "x", "reason": "x", "due_on": DUE, "need": "x", "interim_measure": "x", "owner": "x"}
    told = Counter[str]()
    for action, actor in itertools.product((*ACTIONS, *FORGED), loop.city.actors.values()):
        wrong = [(one, 1) for one in IDS] + [(number, standing.version + one) for one in VERSIONS if one]
        for finding_id, version in wrong:
            act = partial(apply, loop.db, actor, finding_id, action, version, **supplied)
            told[refusal(act).code] += 1
    assert set(told) <= {"invalid", "forbidden", "not_found", "stale"}, told
    assert told["stale"] >= len(VERSIONS) - 1, "who may act at all learns that it stands otherwise"
    assert loop.read(number) == standing
    assert count(loop, *KEPT) == before


def reaches(loop: Loop, number: int) -> dict[str, Callable[[Actor], object]]:
    """Every way to one finding, as somebody of another branch tries it who may all of this at home."""
    db = loop.db
    return {
        "view": lambda who: reading.view(db, who, number),
        "history": lambda who: conversation.history(db, who, number),
        "say": lambda who: conversation.say(db, who, number, "请看"),
        "see": lambda who: conversation.see(db, who, number),
        "seen by": lambda who: conversation.seen_by(db, who, number),
        "readers": lambda who: conversation.readers(db, who, number),
        "unsaid": lambda who: conversation.unsaid(db, who, number),
        "listeners": lambda who: replies.listeners(db, who, number),
        "keep": lambda who: rectifying.keep(db, who, number, {"correction": "x"}, {}),
        "answer": lambda who: rectifying.answer_of(db, who, number),
        "parts": lambda who: together.parts(db, who, number),
        "write": lambda who: together.write(db, who, {"correction": "x"}, {number: {}}),
        "delegate": lambda who: delegating.delegate(db, who, number, loop.city.hu.account_id),
        "link": lambda who: delegating.make_link(db, who, number, dt.timedelta(days=1)),
        "delegations": lambda who: delegating.delegations(db, who, number),
        "managers": lambda who: reading.hall_managers(db, who, number),
        "extension": lambda who: extending.ask_extension(db, who, number, 1, DUE, "x"),
        "submit": lambda who: apply(db, who, number, "submit", 1),
    }


def test_a_foreign_finding_is_not_found_by_any_way_and_one_that_does_not_exist_alike(loop: Loop) -> None:
    foreign = loop.draft(**loop.visited("fuling", "FL01")) if "FL01" in loop.city.outlets else 0
    own, mei = loop.rectifying(), loop.city.mei
    with loop.db.write() as session:  # the finding goes to another branch, with all that hangs on it
        session.get_one(Finding, own).organisation_id = loop.city.organisations["fuling"]
    before = count(loop, Comment, Delegation, Extension)
    for number in {own, foreign or own, 10**9}:
        for way, go in reaches(loop, number).items():
            assert refusal(lambda: go(mei)).code == "not_found", (way, number)  # noqa: B023
    assert count(loop, Comment, Delegation, Extension) == before


def test_many_with_a_foreign_one_among_them_say_so_of_that_one_alone(loop: Loop) -> None:
    number = loop.submitted()
    chosen = [(number, loop.read(number).version), (10**9, 1)]
    codes = [one.error.code if one.error else "" for one in reviewing.many(loop.db, loop.city.wang, "accept", chosen)]
    assert codes == ["", "not_found"]
    assert refusal(lambda: review_queue.case(loop.db, loop.city.wang, 10**9)).code == "not_found"


DAYS = {"past": (THURSDAY, "due.past"), "weekend": (SATURDAY, "due.not_working"), "far": (NEXT_YEARS, "due.too_far")}


@pytest.mark.parametrize("kind", DAYS)
def test_a_day_that_is_no_due_day_is_refused_wherever_a_day_is_named(loop: Loop, kind: str) -> None:
    day, code = DAYS[kind]
    number, other, city = loop.submitted(), loop.rectifying(item="A02"), loop.city
    before = count(loop, Extension)
    sent_back = refusal(lambda: loop.do(city.wang, number, "return", comment="不清楚", due_on=day))
    asked = refusal(lambda: extending.ask_extension(loop.db, city.mei, other, loop.read(other).version, day, "缺货"))
    team = [city.lin.account_id]
    assert sent_back.code == code
    assert asked.code in (code, "extension.not_later")
    if kind == "past":  # a hall is looked at on any day that is still to come
        looked = refusal(lambda: loop.do(city.wang, number, "request_reinspection", team=team, planned_on=day))
        assert looked.code == code
    assert count(loop, Extension) == before


def test_two_hundred_pages_are_refused_wherever_something_is_written(loop: Loop) -> None:
    number, waiting, city = loop.rectifying(), loop.submitted(item="A02"), loop.city
    before = count(loop, Comment, Delegation, Extension)
    ways: dict[str, Callable[[], object]] = {
        "comment": lambda: conversation.say(loop.db, city.mei, number, PAGES),
        "answer": lambda: rectifying.keep(loop.db, city.mei, number, {"correction": PAGES}, {}),
        "together": lambda: together.write(loop.db, city.mei, {"cause": PAGES}, {number: {}}),
        "note": lambda: delegating.make_link(loop.db, city.mei, number, dt.timedelta(days=1), PAGES),
        "objection": lambda: loop.do(city.mei, number, "object", reason=PAGES),
        "return": lambda: loop.do(city.wang, waiting, "return", comment=PAGES, due_on=DUE),
        "extension": lambda: extending.ask_extension(
            loop.db, city.mei, number, loop.read(number).version, DUE + dt.timedelta(days=14), PAGES
        ),
    }
    for way, write in ways.items():
        with pytest.raises(RoundsError) as refused:
            write()
        assert refused.value.code == "too_long", way
    assert count(loop, Comment, Delegation, Extension) == before
    with loop.db.read() as session:
        texts = session.exec(select(Comment.text).order_by(col(Comment.id))).all()
    assert texts == []
