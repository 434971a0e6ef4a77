"""Nobody judges their own branch or their own work; a look on the spot; findings put right on the spot."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from audit.db.models import Finding
from audit.services import clock
from audit.services.loop import reviewing
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop

LATER = dt.date(2026, 12, 1)
JUDGED: dict[str, dict[str, Any]] = {"accept": {}, "return": {"comment": "不符", "due_on": LATER}}


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


@pytest.mark.parametrize("action", JUDGED)
def test_nobody_judges_the_branch_they_belong_to(loop: Loop, action: str) -> None:
    finding_id = loop.submitted()
    own = replace(loop.city.wang, organisation_id=loop.city.organisations["jiangbei"])
    assert refusal(lambda: loop.do(own, finding_id, action, **JUDGED[action])).code == "finding.own_branch"
    assert loop.read(finding_id).state == "submitted"
    loop.do(loop.city.wang, finding_id, action, **JUDGED[action])


@pytest.mark.parametrize("part", ["answer", "evidence"])
def test_nobody_reviews_what_they_put_right(loop: Loop, part: str) -> None:
    """One person holds both roles: what they wrote or proved for the branch, somebody else reviews."""
    both = replace(loop.city.wang, grants=(*loop.city.wang.grants, *loop.city.mei.grants))
    finding_id = loop.rectifying()
    writer, prover = (both, loop.city.mei) if part == "answer" else (loop.city.mei, both)
    loop.write(writer, finding_id)
    loop.prove(prover, finding_id)
    loop.do(loop.city.mei, finding_id, "submit")
    assert refusal(lambda: loop.do(both, finding_id, "accept")).code == "finding.own_rectification"
    outcome = reviewing.many(loop.db, both, "accept", [(finding_id, loop.read(finding_id).version)])[0]
    assert outcome.error is not None
    assert outcome.error.code == "finding.own_rectification"
    assert loop.read(finding_id).state == "submitted"


def test_whoever_wrote_is_not_forgotten_when_somebody_else_saves_after_them(loop: Loop) -> None:
    both = replace(loop.city.wang, grants=(*loop.city.wang.grants, *loop.city.mei.grants))
    finding_id = loop.rectifying()
    version = loop.write(both, finding_id)
    loop.write(loop.city.mei, finding_id, version, correction="已更换灯箱并清洁")
    loop.prove(loop.city.mei, finding_id)
    loop.do(loop.city.mei, finding_id, "submit")
    assert refusal(lambda: loop.do(both, finding_id, "accept")).code == "finding.own_rectification"


def test_a_look_on_the_spot_that_passes_comes_back_for_review(loop: Loop) -> None:
    lin, wang = loop.city.lin, loop.city.wang
    finding_id = loop.submitted()
    due_at = loop.read(finding_id).due_at
    asked = {"team": [lin.account_id], "planned_on": dt.date(2026, 11, 24)}
    assert loop.do(wang, finding_id, "request_reinspection", **asked).state == "reinspection"
    assert refusal(lambda: loop.do(lin, finding_id, "pass", comment="已更换")).code == "required"
    loop.prove(lin, finding_id, "reinspection")
    passed = loop.do(lin, finding_id, "pass", comment="已更换")
    assert (passed.state, passed.cycle, passed.due_at) == ("submitted", 1, due_at)
    assert refusal(lambda: loop.do(lin, finding_id, "fail", comment="再看", due_on=LATER)).code == "not_found"
    assert loop.do(wang, finding_id, "accept").state == "closed"


@pytest.mark.parametrize(("action", "state", "cycle"), [("accept", "closed", 1), ("return", "rectifying", 2)])
def test_what_was_put_right_on_the_spot_travels_on_from_submitted(
    loop: Loop, action: str, state: str, cycle: int
) -> None:
    finding_id = loop.draft(state="submitted", corrected_on_spot=True, issued_at=loop.at)
    with clock.stopped(loop.at):
        opened: Finding = reviewing.open_for_review(loop.db, loop.city.wang, finding_id)
    assert opened.review_opened_at == loop.at
    done = loop.do(loop.city.wang, finding_id, action, **JUDGED[action])
    assert (done.state, done.cycle, done.issued_at, done.notice_id) == (state, cycle, loop.at, None)
    if state == "rectifying":
        loop.write(loop.city.mei, finding_id)
        loop.prove(loop.city.mei, finding_id)
        assert loop.do(loop.city.mei, finding_id, "submit").state == "submitted"
