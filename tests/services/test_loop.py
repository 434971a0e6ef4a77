"""The closed loop as people go round it: the whole way, who is refused, and two who act at once."""

import datetime as dt
import itertools
import threading
from dataclasses import replace

import pytest
from sqlmodel import func, select

from audit.db.models import Document, Event, Finding, Notice
from audit.domain.findings import STATES
from audit.domain.loop import ACTIONS, FINDING_TRANSITIONS
from audit.domain.permissions import Granted, Role, Scope
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import (
    conversation,
    delegating,
    drafts,
    extending,
    issuing,
    linked,
    reading,
    rectifying,
    reviewing,
)
from audit.services.loop.moving import apply
from audit.services.loop.reach import actions_of, finding_for
from tests.factories import City
from tests.hands import refusal
from tests.looping import FRIDAY, Loop, enter_the_loop

SEASON_ROLES = (Role.ORGANISER, Role.JUDGE)
MONDAY, TUESDAY, WEDNESDAY = (FRIDAY + dt.timedelta(days=days) for days in (3, 4, 5))


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def due(finding: Finding) -> str:
    return finding.due_at.strftime("%m-%d %H:%M") if finding.due_at else ""


def test_a_finding_goes_round_with_a_return_until_it_is_closed(loop: Loop) -> None:
    mei, wang = loop.city.mei, loop.city.wang
    finding_id = loop.submitted(severity="critical")
    assert due(loop.read(finding_id)) == "11-25 10:00", "three working days after Friday, 18:00 in Shanghai"
    with clock.stopped(loop.at):
        reviewing.open_for_review(loop.db, wang, finding_id)
    assert refusal(lambda: loop.do(mei, finding_id, "recall")).code == "finding.under_review"
    loop.do(wang, finding_id, "return", comment="照片看不清", due_on=dt.date(2026, 11, 30))
    returned = loop.read(finding_id)
    assert (returned.state, returned.cycle, due(returned)) == ("rectifying", 2, "11-30 10:00")
    assert refusal(lambda: loop.do(mei, finding_id, "submit")).code == "required"
    with clock.stopped(loop.at):
        kept = rectifying.answer_of(loop.db, mei, finding_id)
    assert (kept.version, kept.values["correction"], kept.evidence) == (0, "已更换灯箱", ())
    loop.prove(mei, finding_id)  # the words of the first answer stand, and are those of the second
    loop.do(mei, finding_id, "submit")
    closed = loop.do(wang, finding_id, "accept")
    assert (closed.state, closed.closed_at, closed.cycle) == ("closed", loop.at, 2)
    verbs = [entry.verb for entry in conversation.history(loop.db, mei, finding_id)]
    assert [verb for verb in verbs if not verb.startswith("evidence")] == [
        "finding.issue", "finding.acknowledge", "rectification.saved", "finding.submit", "finding.review_opened",
        "finding.return", "finding.submit", "finding.accept",
    ]  # fmt: skip
    reopened = loop.do(wang, finding_id, "reopen", reason="再次损坏", due_on=dt.date(2026, 12, 1))
    assert (reopened.state, reopened.cycle, reopened.closed_at) == ("rectifying", 3, None)


# Who acts for which role on a finding of Jiangbei, and who has that role elsewhere. The others have no action at all.
OWN = {"branch": "mei", "marketing": "wang", "approver": "fang"}
FOREIGN = {"branch": ("gu",), "supervisor": ("lin", "zhao", "chen")}  # nobody was asked to look on the spot


@pytest.mark.parametrize("state", STATES)
def test_an_action_is_done_only_in_its_state_and_by_its_role(loop: Loop, state: str) -> None:
    """Every action × everybody in one state: refused by role, by place, or by state."""
    city, people = loop.city, dict(loop.city.actors)
    elsewhere = Granted(Role.BRANCH, Scope.BRANCH, city.organisations["fuling"])
    people["gu"] = replace(city.chen, grants=(elsewhere,))
    people |= {role.value: replace(city.luo, grants=(Granted(role, Scope.SEASON),)) for role in SEASON_ROLES}
    finding_id = loop.draft(state=state, issued_at=FRIDAY, due_at=WEDNESDAY, state_since=FRIDAY)
    for action, name in itertools.product((*ACTIONS, "delete", "ISSUE"), people):
        told = refusal_by_table(state, action, name)
        if told:  # those without want nothing that could be lacking; they are tried above
            code = refusal(lambda a=action, n=name: loop.do(people[n], finding_id, a)).code
            assert code == told, (action, name)
    assert loop.read(finding_id).state == state
    assert loop.read(finding_id).version == 1


def refusal_by_table(state: str, action: str, name: str) -> str:
    """What somebody is told who supplies nothing; "" where that is no refusal."""
    steps = [step for step in FINDING_TRANSITIONS if step.action == action]
    if not steps:
        return "invalid"
    role = steps[0].role
    if role and name in FOREIGN.get(role, ()):
        return "not_found"
    if role is None or OWN.get(role) != name:
        return "forbidden"
    if action in ("issue", "acknowledge"):
        return "invalid"
    if state not in [step.source for step in steps]:
        return "wrong_state"
    return "" if action in ("accept", "recall") else "required"


def test_a_notice_is_issued_once_and_what_comes_later_is_a_supplement(loop: Loop) -> None:
    first, critical = loop.draft(), loop.draft("A02", "critical")
    loop.draft("B01", kind="highlight")
    alone = loop.issue(only_critical=True)
    assert (alone.created, alone.finding_ids, loop.notice(alone.notice_id).supplement) == (True, (critical,), 1)
    assert len(alone.document_ids) == 1, "the visit report waits for the round's own notice"
    rest = loop.issue()
    assert (rest.finding_ids, loop.notice(rest.notice_id).supplement) == ((first,), 0)
    assert len(rest.document_ids) == 2
    assert loop.issue() == issuing.Issued(rest.notice_id, rest.number, (first,), rest.document_ids, created=False)
    assert (alone.number, rest.number) == ("渝移市整改〔2026〕1号", "渝移市整改〔2026〕2号")
    assert loop.read(critical).number is not None
    assert loop.read(critical).number != loop.read(first).number
    late = loop.draft("A03")
    supplement = loop.issue()
    assert (supplement.finding_ids, len(supplement.document_ids)) == ((late,), 1), "no visit was accepted since"
    with loop.db.read() as session:
        assert session.exec(select(func.count()).select_from(Notice)).one() == 3


def test_where_nothing_is_to_be_rectified_the_report_goes_out_alone(loop: Loop) -> None:
    loop.draft("B01", kind="highlight")
    alone = loop.issue()
    assert (alone.notice_id, alone.number, alone.created) == (None, "渝移市〔2026〕1号", True)
    assert loop.issue() == issuing.Issued(None, alone.number, (), alone.document_ids)
    with loop.db.read() as session:
        assert session.exec(select(Notice)).all() == []
        assert [row.kind for row in session.exec(select(Document)).all()] == ["visit_report"]
    nobody = issuing.issue(loop.db, loop.city.fang, loop.field.round_id, loop.city.organisations["fuling"])
    assert nobody == issuing.Issued(), "nobody has visited Fuling"
    assert refusal(lambda: loop.issue(language="fr")).code == "invalid"
    assert refusal(lambda: issuing.issue(loop.db, loop.city.wang, loop.field.round_id, 1)).code == "forbidden"


def test_a_draft_that_lacks_a_requirement_holds_its_notice_back_as_a_whole(loop: Loop) -> None:
    good, bad = loop.draft(), loop.draft("A02", requirement_zh="")
    assert refusal(loop.issue).params == {"field": "requirement_zh"}
    assert loop.read(good).state == "draft"
    with loop.db.read() as session:
        assert session.exec(select(Notice)).all() == []
    drafts.change_draft(loop.db, loop.city.wang, bad, 1, requirement_zh="请整改", severity="major")
    assert refusal(lambda: drafts.change_draft(loop.db, loop.city.wang, bad, 1, observation="x")).code == "stale"
    assert loop.issue().finding_ids == (good, bad)


def test_a_notice_counts_as_acknowledged_after_one_working_day(loop: Loop) -> None:
    finding_id = loop.draft()
    notice_id = loop.issue().notice_id
    assert issuing.due_acts(loop.db, MONDAY + dt.timedelta(hours=7, minutes=59)) == 0
    assert issuing.due_acts(loop.db, MONDAY + dt.timedelta(hours=8)) == 1
    assert issuing.due_acts(loop.db, MONDAY + dt.timedelta(hours=9)) == 0
    assert (loop.read(finding_id).state, loop.notice(notice_id).deemed) == ("rectifying", True)


def test_after_a_return_new_evidence_is_enough_where_the_texts_still_hold(loop: Loop) -> None:
    finding_id = loop.submitted()
    loop.do(loop.city.wang, finding_id, "return", comment="请补拍", due_on=dt.date(2026, 11, 30))
    before = rectifying.answer_of(loop.db, loop.city.mei, finding_id)
    assert (before.version, rectifying.lacking(before)) == (0, ("evidence",))
    assert refusal(lambda: loop.do(loop.city.mei, finding_id, "submit")).params == {"field": "evidence"}
    loop.prove(loop.city.mei, finding_id)
    assert loop.do(loop.city.mei, finding_id, "submit").state == "submitted"
    after = rectifying.answer_of(loop.db, loop.city.mei, finding_id)
    assert (after.version, after.values) == (1, before.values), "the second answer stands by itself"
    loop.do(loop.city.mei, finding_id, "recall")


def test_a_notice_waits_for_its_own_branch_until_it_is_acknowledged(loop: Loop) -> None:
    loop.draft()
    notice_id = loop.issue().notice_id or 0
    assert [row.id for row in issuing.to_acknowledge(loop.db, loop.city.mei)] == [notice_id]
    other = Granted(Role.BRANCH, Scope.BRANCH, loop.city.organisations["fuling"])
    assert issuing.to_acknowledge(loop.db, replace(loop.city.mei, grants=(other,))) == []
    assert refusal(lambda: issuing.to_acknowledge(loop.db, loop.city.wang)).code == "forbidden"
    issuing.acknowledge(loop.db, loop.city.mei, notice_id)
    assert issuing.to_acknowledge(loop.db, loop.city.mei) == []


def test_the_branch_sees_a_finding_once_it_is_issued_and_others_never(loop: Loop) -> None:
    finding_id = loop.draft()
    for name in ("mei", "hu"):
        assert _reach(loop, name, finding_id) == "not_found"
    loop.issue()
    seen = {name: _reach(loop, name, finding_id) for name in loop.city.actors}
    assert seen == {
        "lin": "yes", "zhao": "yes", "chen": "not_found", "mei": "yes", "hu": "not_found", "wang": "yes",
        "fang": "yes", "luo": "yes", "adam": "forbidden",
    }  # fmt: skip
    delegating.delegate(loop.db, loop.city.mei, finding_id, loop.city.hu.account_id)
    assert _reach(loop, "hu", finding_id) == "yes"
    with clock.stopped(loop.at), loop.db.read() as session:
        access = finding_for(session, loop.city.mei, "finding.read", finding_id)
        assert actions_of(session, loop.city.mei, access) == ("acknowledge", "object")
        assert actions_of(session, loop.city.hu, access) == actions_of(session, loop.city.chen, access) == ()


def _reach(loop: Loop, name: str, finding_id: int) -> str:
    with loop.db.read() as session:
        try:
            finding_for(session, loop.city.actors[name], "finding.read", finding_id)
        except RoundsError as error:
            return error.code
    return "yes"


def test_an_objection_is_decided_and_the_departments_time_given_back(loop: Loop) -> None:
    mei, wang, fang = loop.city.mei, loop.city.wang, loop.city.fang
    upheld, adjusted, gone = (loop.draft(item, "major") for item in ("A01", "A02", "A03"))
    loop.issue()
    for finding_id in (upheld, adjusted, gone):
        assert refusal(lambda f=finding_id: loop.do(mei, f, "object", reason="已修")).params == {"field": "evidence"}
        loop.prove(mei, finding_id, "objection")
        loop.do(mei, finding_id, "object", reason="检查当天已报修")
    loop.at = TUESDAY
    assert due(loop.do(wang, upheld, "uphold", comment="照片为证")) == "12-03 10:00"  # 1 Dec and two working days
    lighter = loop.do(wang, adjusted, "adjust", comment="情节轻微", severity="minor")
    assert (lighter.severity, due(lighter)) == ("minor", "12-15 10:00")  # 11 Dec and two working days
    assert loop.do(fang, gone, "overrule", comment="检查有误").state == "withdrawn"
    loop.prove(mei, upheld, "objection")
    assert refusal(lambda: loop.do(mei, upheld, "object", reason="再次")).code == "objection.once"
    late = loop.rectifying(item="B01")
    loop.at = WEDNESDAY + dt.timedelta(days=2)
    loop.prove(mei, late, "objection")
    assert refusal(lambda: loop.do(mei, late, "object", reason="x")).code == "objection.late"


def test_an_objection_is_offered_only_while_it_would_be_taken(loop: Loop) -> None:
    mei, finding_id = loop.city.mei, loop.rectifying()

    def offered() -> bool:
        with clock.stopped(loop.at):
            return "object" in reading.view(loop.db, mei, finding_id).actions

    assert offered()
    begun, loop.at = loop.at, loop.at + dt.timedelta(days=5)
    assert not offered(), "two working days are over"
    loop.at = begun
    loop.prove(mei, finding_id, "objection")
    loop.do(mei, finding_id, "object", reason="停电所致")
    loop.do(loop.city.wang, finding_id, "uphold", comment="维持")
    assert not offered(), "it was raised before"


def test_support_pauses_the_branchs_time_and_an_extension_is_granted_once(loop: Loop) -> None:
    mei, wang = loop.city.mei, loop.city.wang
    finding_id = loop.rectifying(severity="critical")
    loop.do(mei, finding_id, "request_support", need="更换大屏", interim_measure="张贴告示")
    loop.at = TUESDAY
    answered = loop.do(wang, finding_id, "answer", comment="已安排", owner="工程部")
    assert (answered.state, due(answered)) == ("rectifying", "11-27 10:00")
    with clock.stopped(loop.at):
        version = answered.version
        asked = extending.ask_extension(loop.db, mei, finding_id, version, dt.date(2026, 12, 2), "配件未到")
        assert (
            refusal(
                lambda: extending.ask_extension(loop.db, mei, finding_id, asked.version, dt.date(2026, 12, 3), "x")
            ).code
            == "extension.once"
        )
        assert refusal(lambda: extending.decide_extension(loop.db, wang, finding_id, version, True)).code == "stale"
        granted = extending.decide_extension(loop.db, wang, finding_id, asked.version, True)
        assert due(granted) == "12-02 10:00"
        assert (
            refusal(lambda: extending.decide_extension(loop.db, wang, finding_id, granted.version, True)).code
            == "extension.none"
        )


def test_an_extension_is_decided_only_while_the_branch_still_waits_for_it(loop: Loop) -> None:
    mei, wang, finding_id = loop.city.mei, loop.city.wang, loop.rectifying(severity="critical")
    with clock.stopped(loop.at):
        extending.ask_extension(
            loop.db, mei, finding_id, loop.read(finding_id).version, dt.date(2026, 12, 2), "配件未到"
        )
    loop.write(mei, finding_id, cause="年久", corrective_action="每日巡查", horizontal_check="已查")
    loop.prove(mei, finding_id)
    loop.do(mei, finding_id, "submit")
    for state in ("submitted", "closed"):
        stood = loop.read(finding_id)
        at = (finding_id, stood.version)
        assert refusal(lambda a=at: extending.decide_extension(loop.db, wang, *a, True)).code == "wrong_state"
        assert (loop.read(finding_id).due_at, loop.read(finding_id).state) == (stood.due_at, state)
        if state == "submitted":
            loop.do(wang, finding_id, "accept")


def test_whoever_holds_a_link_writes_that_one_answer_until_it_expires(loop: Loop) -> None:
    finding_id = loop.rectifying()
    here, given = "10.0.0.9", {"correction": "厅内已处理"}
    with clock.stopped(loop.at):
        link = delegating.make_link(loop.db, loop.city.mei, finding_id, dt.timedelta(hours=2))
        assert linked.keep(loop.db, link.token, here, given, {}) == loop.at
        assert refusal(lambda: linked.look(loop.db, link.token + "x", here)).code == "delegation.link"
    with clock.stopped(loop.at + dt.timedelta(hours=2)):
        assert refusal(lambda: linked.keep(loop.db, link.token, here, given, given)).code == "delegation.link"
    with clock.stopped(loop.at):
        delegating.revoke(loop.db, loop.city.mei, link.delegation_id)
        assert refusal(lambda: linked.look(loop.db, link.token, "10.0.0.8")).code == "delegation.link"
        assert rectifying.answer_of(loop.db, loop.city.mei, finding_id).values["correction"] == "厅内已处理"


def test_a_reinspection_is_done_by_whom_it_was_given_to_and_never_by_the_own_branch(loop: Loop) -> None:
    finding_id, wang, lin = loop.submitted(), loop.city.wang, loop.city.lin
    wanted = {"planned_on": TUESDAY.date()}
    for team in ([loop.city.mei.account_id], [lin.account_id, loop.city.hu.account_id], [999]):
        code = refusal(lambda t=team: loop.do(wang, finding_id, "request_reinspection", team=t, **wanted)).code
        assert code == "finding.team"
    loop.do(wang, finding_id, "request_reinspection", team=[lin.account_id], **wanted)
    assert refusal(lambda: loop.do(loop.city.zhao, finding_id, "pass", comment="好")).code == "not_found"
    assert refusal(lambda: loop.do(lin, finding_id, "pass", comment="好")).params == {"field": "photos"}
    loop.prove(lin, finding_id, "reinspection")
    failed = loop.do(lin, finding_id, "fail", comment="仍不亮", due_on=dt.date(2026, 11, 30))
    assert (failed.state, failed.cycle) == ("rectifying", 2)


def test_many_are_accepted_at_once_and_a_preview_keeps_nothing(loop: Loop) -> None:
    ready, other = loop.submitted(), loop.rectifying(item="A02")
    chosen = [(ready, loop.read(ready).version), (other, loop.read(other).version), (999, 1)]
    for attempt in (reviewing.preview, reviewing.many):
        codes = [one.error.code if one.error else "" for one in attempt(loop.db, loop.city.wang, "accept", chosen)]
        assert codes == ["", "wrong_state", "not_found"]
        assert loop.read(ready).state == ("submitted" if attempt is reviewing.preview else "closed")


def test_of_twenty_who_review_at_once_one_wins_and_the_others_learn_the_state(loop: Loop) -> None:
    finding_id, results = loop.submitted(), []
    version, start = loop.read(finding_id).version, threading.Barrier(20)

    def review(number: int) -> None:
        start.wait()
        fields = {} if number % 2 else {"comment": "重做", "due_on": dt.date(2027, 1, 4)}
        try:
            apply(loop.db, loop.city.wang, finding_id, "accept" if number % 2 else "return", version, **fields)
            results.append("won")
        except RoundsError as error:
            results.append((error.code, error.params["state"]))

    threads = [threading.Thread(target=review, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    final = loop.read(finding_id)
    assert results.count("won") == 1
    assert results.count(("stale", final.state)) == 19
    assert final.version == version + 1
    with loop.db.read() as session:
        verbs = session.exec(select(Event.verb).where(Event.subject_id == str(finding_id))).all()
    assert sum(verb in ("finding.accept", "finding.return") for verb in verbs) == 1


def test_a_comment_reaches_only_those_who_may_read(loop: Loop) -> None:
    finding_id = loop.rectifying()
    conversation.say(loop.db, loop.city.mei, finding_id, "请看附件", mentions=[loop.city.wang.account_id])
    code = refusal(
        lambda: conversation.say(loop.db, loop.city.mei, finding_id, "x", mentions=[loop.city.chen.account_id])
    ).code
    assert code == "invalid"
    assert refusal(lambda: conversation.say(loop.db, loop.city.chen, finding_id, "x")).code == "not_found"
    assert refusal(lambda: conversation.say(loop.db, loop.city.mei, finding_id, "字" * 4001)).code == "too_long"
    conversation.see(loop.db, loop.city.wang, finding_id)
    conversation.see(loop.db, loop.city.wang, finding_id)
    assert [one.name for one in conversation.seen_by(loop.db, loop.city.mei, finding_id)] == ["王镕"]
