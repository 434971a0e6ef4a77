"""A person leaves: what hangs on the account, to whom it may go, and that nothing stays behind."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import col, select

from audit.db.models import (
    Account,
    AssignmentMember,
    Delegation,
    Escalation,
    Event,
    Finding,
    Grant,
    Revision,
    Round,
    Visit,
)
from audit.domain.findings import OPEN_STATES, STATES
from audit.domain.permissions import OPERATOR, Actor, Granted, Role, Scope
from audit.services import accounts, belongings, clock, leaving
from audit.services.accounts import AccountValues
from audit.services.bootstrap import bootstrap
from audit.services.leaving import HAND_BACK, Line
from audit.services.loop import delegating, escalating, reviewing
from audit.services.loop.reach import finding_for
from audit.services.revisions import receive
from audit.services.sign_in import actor_from, actor_of, open_session
from tests.factories import City
from tests.hands import Hands, refusal
from tests.looping import Loop, enter_the_loop

TUESDAY = dt.date(2026, 11, 24)


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def newcomer(city: City, organisation: str, *grants: Granted, name: str = "he") -> Actor:
    """Another person, with these grants."""
    values = AccountValues(name, "何静", "He Jing", city.organisations[organisation])
    made = accounts.create_account(city.db, OPERATOR, values, grants, with_password=False)
    with city.db.read() as session:
        return actor_from(session, session.get_one(Account, made.account_id))


def account(city: City, actor: Actor) -> Account:
    with city.db.read() as session:
        return session.get_one(Account, actor.account_id)


def give(city: City, leaver: Actor, targets: dict[str, int | None], deactivate: bool = True) -> list[Line]:
    version = account(city, leaver).version
    return leaving.hand_over(city.db, city.adam, leaver.account_id, version, targets, deactivate)


def hanging(city: City, actor: Actor) -> list[str]:
    with city.db.read() as session:
        return [thing.kind for thing in belongings.of_account(session, actor.account_id)]


def end(city: City, actor: Actor) -> None:
    accounts.deactivate(city.db, city.adam, actor.account_id, account(city, actor).version)


def with_everything(loop: Loop) -> dict[str, int]:
    """Something of every kind: Lin's round and re-inspection, Wang's review, Hu's delegation, Mei's branch."""
    city, made = loop.city, {}
    made["look"] = loop.submitted(item="A01")
    people = [city.lin.account_id, city.zhao.account_id]
    loop.do(city.wang, made["look"], "request_reinspection", team=people, planned_on=TUESDAY)
    made["review"] = loop.submitted(item="A02")
    with clock.stopped(loop.at):
        reviewing.open_for_review(loop.db, city.wang, made["review"])
        made["delegated"] = loop.rectifying(item="A03")
        delegating.delegate(loop.db, city.mei, made["delegated"], city.hu.account_id, "请拍照")
    return made


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("lin", ["assignments", "reinspections"]), ("zhao", ["assignments", "reinspections"]), ("chen", []),
        ("mei", ["responsibilities"]), ("hu", ["delegations"]),
        ("wang", ["reviews", "reviews", "responsibilities"]), ("fang", ["responsibilities"]), ("luo", []),
    ],
)  # fmt: skip
def test_what_hangs_on_a_person_is_found_and_holds_the_account(loop: Loop, name: str, kinds: list[str]) -> None:
    with_everything(loop)
    actor = loop.city.actors[name]
    assert hanging(loop.city, actor) == kinds
    if kinds:
        error = refusal(lambda: end(loop.city, actor))
        assert (error.code, error.params["count"]) == ("account.open_work", len(kinds))
        assert account(loop.city, actor).active
    else:
        end(loop.city, actor)


def test_a_supervisor_hands_over_rounds_and_looks_in_one_step(loop: Loop) -> None:
    city, made = loop.city, with_everything(loop)
    targets = {"assignments": city.chen.account_id, "reinspections": city.chen.account_id}
    seen = leaving.preview(city.db, city.adam, city.lin.account_id, targets)
    assert [(line.thing.kind, line.thing.leads, line.error) for line in seen] == [
        ("assignments", True, None), ("reinspections", True, None),
    ]  # fmt: skip
    assert hanging(city, city.lin) == ["assignments", "reinspections"], "a preview keeps nothing"
    session_id = open_session(city.db, city.lin.account_id, "10.0.0.1")
    give(city, city.lin, targets)
    assert actor_of(city.db, session_id) is None
    assert (account(city, city.lin).active, hanging(city, city.lin)) == (False, [])
    with city.db.read() as session:
        members = session.exec(
            select(AssignmentMember).where(AssignmentMember.assignment_id == loop.field.assignment_id)
        ).all()
        finding_for(session, city.chen, "finding.reinspect", made["look"])
        assert belongings.orphans(session) == []
        verbs = session.exec(select(Event.verb).order_by(col(Event.seq).desc()).limit(6)).all()
    assert {member.account_id: member.leader for member in members} == {
        city.chen.account_id: True, city.zhao.account_id: False,
    }  # fmt: skip
    assert {"account.deactivated", "account.handed_over", "assignment.team_changed", "visit.look_changed"} <= set(verbs)


def test_a_successor_who_is_in_the_team_already_takes_the_lead(loop: Loop) -> None:
    city = loop.city
    give(city, city.lin, {"assignments": city.zhao.account_id})
    with city.db.read() as session:
        members = session.exec(
            select(AssignmentMember).where(AssignmentMember.assignment_id == loop.field.assignment_id)
        ).all()
    assert [(member.account_id, member.leader) for member in members] == [(city.zhao.account_id, True)]


def test_what_cannot_go_to_somebody_is_told_and_nothing_is_half_done(loop: Loop) -> None:
    city = loop.city
    with_everything(loop)
    supervisor = Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS)
    own = newcomer(city, "jiangbei", supervisor)
    gone = newcomer(city, "fuling", supervisor, name="gone")
    end(city, gone)

    def told(targets: dict[str, int | None], leaver: Actor = city.lin) -> list[str]:
        lines = leaving.preview(city.db, city.adam, leaver.account_id, targets)
        return [line.error.code if line.error else "" for line in lines]

    whom = {"chen": city.chen.account_id, "own": own.account_id, "gone": gone.account_id}
    assert told({}) == ["leaving.nobody"] * 2
    assert told({"assignments": whom["own"], "reinspections": whom["own"]}) == ["round.own_branch", "finding.team"]
    assert told({"assignments": whom["gone"], "reinspections": city.lin.account_id}) == ["leaving.unable"] * 2
    assert told({"assignments": city.wang.account_id, "reinspections": 0}) == [
        "round.not_supervisor", "leaving.unable",
    ]  # fmt: skip
    assert told({"reviews": city.chen.account_id, "responsibilities": city.chen.account_id}, city.wang) == [
        "leaving.role", "leaving.role", "leaving.elsewhere",
    ]  # fmt: skip
    assert told({"delegations": city.mei.account_id}, city.hu) == ["delegation.account"]
    mixed = {"assignments": whom["chen"], "reinspections": whom["own"]}
    assert told(mixed) == ["", "finding.team"]
    assert refusal(lambda: give(city, city.lin, mixed)).code == "finding.team"
    assert (account(city, city.lin).active, hanging(city, city.lin)) == (True, ["assignments", "reinspections"])


def test_one_thing_may_go_to_another_person_than_its_kind(loop: Loop) -> None:
    city = loop.city
    other = newcomer(city, "fuling", Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS))
    key = f"assignments:{loop.field.assignment_id}"
    lines = give(city, city.lin, {"assignments": city.mei.account_id, key: other.account_id})
    assert [line.target_id for line in lines] == [other.account_id]


def test_a_hall_managers_delegations_go_to_a_colleague_or_back_to_the_branch(loop: Loop) -> None:
    city, made = loop.city, with_everything(loop)
    hall = Granted(Role.HALL, Scope.OUTLET, city.outlets["JB01"])
    colleague = newcomer(city, "jiangbei", hall)
    give(city, city.hu, {"delegations": colleague.account_id})
    with city.db.read() as session:
        finding_for(session, colleague, "finding.fill", made["delegated"])
        rows = session.exec(select(Delegation).order_by(col(Delegation.id))).all()
    assert [(row.account_id, row.revoked_at is None, row.note) for row in rows] == [
        (city.hu.account_id, False, "请拍照"), (colleague.account_id, True, "请拍照"),
    ]  # fmt: skip
    give(city, colleague, {"delegations": HAND_BACK})
    with city.db.read() as session:
        assert [row.revoked_at is None for row in session.exec(select(Delegation)).all()] == [False, False]


def test_reviews_and_sole_responsibility_go_to_those_who_may(loop: Loop) -> None:
    city, made = loop.city, with_everything(loop)
    marketing = newcomer(city, "marketing", Granted(Role.MARKETING, Scope.CITY))
    give(city, city.wang, {"reviews": marketing.account_id})
    assert {loop.read(made[name]).reviewer_id for name in ("look", "review")} == {marketing.account_id}
    lead = newcomer(city, "jiangbei", name="lead")
    give(city, city.mei, {"responsibilities": lead.account_id})
    with city.db.read() as session:
        grants = session.exec(select(Grant).where(Grant.account_id == lead.account_id)).all()
        fresh = actor_from(session, session.get_one(Account, lead.account_id))
    assert [(grant.role, grant.scope_id) for grant in grants] == [("branch", city.organisations["jiangbei"])]
    loop.write(fresh, made["delegated"])


def test_whoever_put_it_right_does_not_take_over_its_review(loop: Loop) -> None:
    city, made = loop.city, with_everything(loop)
    roles = (Granted(Role.MARKETING, Scope.CITY), Granted(Role.BRANCH, Scope.BRANCH, city.organisations["jiangbei"]))
    both = newcomer(city, "fuling", *roles)
    loop.do(city.wang, made["review"], "return", comment="重拍", due_on=dt.date(2026, 12, 1))
    loop.write(both, made["review"])
    lines = leaving.preview(city.db, city.adam, city.wang.account_id, {"reviews": both.account_id})
    codes = {line.thing.id: line.error.code if line.error else "" for line in lines if line.thing.kind == "reviews"}
    assert codes == {made["look"]: "", made["review"]: "finding.own_rectification"}


@pytest.mark.parametrize("name", ["lin", "mei", "wang", "fang", "luo"])
def test_only_an_administrator_moves_people(city: City, name: str) -> None:
    actor = city.actors[name]
    for call in (
        lambda: leaving.preview(city.db, actor, city.lin.account_id, {}),
        lambda: leaving.hand_over(city.db, actor, city.lin.account_id, 1, {}),
        lambda: leaving.candidates(city.db, actor, city.lin.account_id, "assignments"),
        lambda: leaving.listed_orphans(city.db, actor),
    ):
        assert refusal(call).code == "forbidden"


def test_twice_and_too_late_are_refused(loop: Loop) -> None:
    city = loop.city
    version = account(city, city.lin).version
    give(city, city.lin, {"assignments": city.chen.account_id})
    again = {"assignments": city.zhao.account_id}
    code = refusal(lambda: leaving.hand_over(city.db, city.adam, city.lin.account_id, version, again)).code
    assert code == "stale"
    assert refusal(lambda: leaving.preview(city.db, city.adam, 999, {})).code == "not_found"
    assert refusal(lambda: give(city, city.adam, {})).code == "account.last_administrator"


def test_what_hangs_on_a_deactivated_account_is_listed_and_can_still_be_moved(loop: Loop) -> None:
    city = loop.city
    with city.db.write() as session:
        row = session.get_one(Account, city.lin.account_id)
        row.active = False
        session.add(row)
    assert [(found.name, count) for found, count in leaving.listed_orphans(city.db, city.adam)] == [("林晓", 1)]
    give(city, city.lin, {"assignments": city.chen.account_id})
    assert leaving.listed_orphans(city.db, city.adam) == []


def test_a_round_that_is_over_holds_nobody(loop: Loop) -> None:
    with loop.db.write() as session:
        for visit in session.exec(select(Visit)).all():
            visit.state = "accepted"
            session.add(visit)
    assert hanging(loop.city, loop.city.lin) == []


def test_a_draft_round_is_handed_over_too(city: City) -> None:
    loop = enter_the_loop(city)
    with city.db.write() as session:
        for visit in session.exec(select(Visit)).all():
            session.delete(visit)
        round_ = session.get_one(Round, loop.field.round_id)
        round_.state = "draft"
        session.add(round_)
    assert hanging(city, city.lin) == ["assignments"]


def test_what_the_leavers_tablet_still_holds_comes_by_the_successor_under_the_leavers_name(
    loop: Loop, hands: Hands
) -> None:
    city, field = loop.city, loop.field
    second = replace(field, visit_id=field.second_visit_id, made=[], sent_photos={})
    kept = second.record("item:A01", {"rating": "fail", "note": "灯箱不亮"})
    known = second.record("item:A02", {"rating": "pass"})
    receive(city.db, city.lin, known)  # its receipt never reached the tablet
    give(city, city.lin, {"assignments": city.chen.account_id})
    assert refusal(lambda: receive(city.db, city.chen, replace(kept, author_id=city.zhao.account_id))).code == (
        "not_found"
    )
    assert refusal(lambda: receive(city.db, city.zhao, replace(kept, author_id=city.lin.account_id))).code == (
        "not_found"
    )
    for record in (kept, known):
        receipt = receive(city.db, city.chen, replace(record, author_id=city.lin.account_id))
        assert receipt.created == (record is kept)
    with city.db.read() as session:
        rows = session.exec(select(Revision).where(Revision.visit_id == second.visit_id)).all()
        event = session.exec(
            select(Event).where(Event.verb == "revision.received").order_by(col(Event.seq).desc())
        ).first()
    assert {row.account_id for row in rows} == {city.lin.account_id}
    assert event
    assert (event.account_id, event.data["author_id"]) == (city.chen.account_id, city.lin.account_id)
    told = bootstrap(city.db, city.chen)["predecessors"]
    assert told == [{"id": city.lin.account_id, "name": "林晓", "assignments": [field.assignment_id]}]
    assert bootstrap(city.db, city.zhao)["predecessors"] == []


def test_a_kind_is_offered_to_those_who_hold_its_role(loop: Loop) -> None:
    city = loop.city

    def names(kind: str, leaver: Actor) -> list[str]:
        return [one.sign_in_name for one in leaving.candidates(city.db, city.adam, leaver.account_id, kind)]

    assert sorted(names("assignments", city.lin)) == ["chen", "zhao"]
    assert names("reviews", city.wang) == []
    assert names("responsibilities", city.mei) == ["hu"]


def test_whoever_was_delegated_a_finding_stays_until_it_is_closed(loop: Loop) -> None:
    """In every state after the draft: what is submitted may come back."""
    city, hu = loop.city, loop.city.hu
    finding_id = loop.rectifying()
    with clock.stopped(loop.at):
        delegating.delegate(loop.db, city.mei, finding_id, hu.account_id, "请拍照")
    held = {}
    for state in STATES:
        with loop.db.write() as session:
            session.get_one(Finding, finding_id).state = state
        held[state] = hanging(city, hu)
    assert held == {state: ["delegations"] * (state in OPEN_STATES and state != "draft") for state in STATES}
    accounts.deactivate(city.db, city.adam, hu.account_id, account(city, hu).version)
    assert delegating.delegations(city.db, city.mei, finding_id)[0].revoked_at, "of what is closed none stays"


def test_a_leader_of_the_city_stays_while_nobody_else_could_decide_what_is_proposed(loop: Loop) -> None:
    city, finding_id = loop.city, loop.rectifying(severity="critical")
    escalating.escalate(loop.db, loop.at + dt.timedelta(days=11))
    with loop.db.read() as session:
        proposal = session.exec(select(Escalation).where(Escalation.proposal == "supervise")).one()
    jiangbei = Granted(Role.LEADER, Scope.BRANCH, city.organisations["jiangbei"])
    newcomer(city, "jiangbei", jiangbei)  # decides nothing
    (line,) = leaving.preview(city.db, city.adam, city.luo.account_id, {})
    assert (line.thing.kind, line.thing.role, line.thing.count) == ("responsibilities", "leader", 1)
    error = refusal(lambda: end(city, city.luo))
    assert (error.code, error.params["count"]) == ("account.open_work", 1)
    with loop.db.write() as session:
        session.get_one(Finding, finding_id).state = "closed"
    assert hanging(city, city.luo) == []
    with loop.db.write() as session:
        session.get_one(Finding, finding_id).state = "rectifying"
    escalating.decide(loop.db, city.luo, proposal.id or 0, accept=True)
    end(city, city.luo)


def test_nothing_is_reopened_for_a_branch_in_which_nobody_answers(loop: Loop) -> None:
    city, finding_id = loop.city, loop.submitted()
    loop.do(city.wang, finding_id, "accept")
    end(city, city.mei)
    again = {"reason": "又坏了", "due_on": dt.date(2026, 12, 1)}
    error = refusal(lambda: loop.do(city.wang, finding_id, "reopen", **again))
    assert (error.code, loop.read(finding_id).state) == ("finding.no_lead", "closed")
    newcomer(city, "jiangbei", Granted(Role.BRANCH, Scope.BRANCH, city.organisations["jiangbei"]))
    assert loop.do(city.wang, finding_id, "reopen", **again).state == "rectifying"


@pytest.mark.parametrize(
    ("name", "kept", "code"),
    [
        ("lin", [Granted(Role.BRANCH, Scope.BRANCH, 1)], "account.open_role"),
        ("mei", [], "account.open_role"),
        ("hu", [Granted(Role.HALL, Scope.OUTLET, 1)], "account.open_role"),  # of another hall
        ("wang", [Granted(Role.APPROVER, Scope.CITY)], "account.open_role"),
        ("chen", [], ""),
        ("luo", [], ""),
    ],
)
def test_a_role_on_which_open_work_hangs_is_not_taken_away(
    loop: Loop, name: str, kept: list[Granted], code: str
) -> None:
    with_everything(loop)
    city, actor = loop.city, loop.city.actors[name]

    def change(*grants: Granted) -> None:
        version = account(city, actor).version
        accounts.set_grants(city.db, city.adam, actor.account_id, version, grants)

    change(*actor.grants, Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS))
    if not code:
        change(*kept)
        return
    count = len(hanging(city, actor))
    error = refusal(lambda: change(*kept))
    assert (error.code, error.params["count"], error.params["role"]) == (code, count, str(actor.grants[0].role))
    assert set(actor.grants) <= set(_grants(city, actor)), "nothing is half done"


def test_the_lead_may_go_once_another_one_answers_for_the_branch(loop: Loop) -> None:
    city, _ = loop.city, loop.rectifying()
    jiangbei = Granted(Role.BRANCH, Scope.BRANCH, city.organisations["jiangbei"])
    newcomer(city, "jiangbei", jiangbei)
    accounts.set_grants(city.db, city.adam, city.mei.account_id, account(city, city.mei).version, [])
    assert _grants(city, city.mei) == ()


def _grants(city: City, actor: Actor) -> tuple[Granted, ...]:
    with city.db.read() as session:
        return accounts.grants_of(session, actor.account_id)
