"""Announced visits are told to whoever answers for the place; an unannounced one is hidden from them everywhere."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import col, select

from audit.db.models import Account, Grant, Message, Round, Visit
from audit.domain.permissions import Actor, Role, Scope
from audit.domain.visits import VISIT_STATES
from audit.notify.texts import letter
from audit.services import announced, clock, overview, rounds, visit_reading, visits
from audit.services.access import assignment_for, check_meeting
from audit.services.messages import channels, inbox, outbox
from audit.services.messages.relay import relay_all
from audit.services.sign_in import actor_from
from tests.factories import NOW, City
from tests.field import DAY, ROUND, Field, add_checklist, plan, take_the_field
from tests.hands import refusal
from tests.looping import Loop
from tests.telling import forget, receiver, settings_for, told

PLACE = ("mei", "hu")  # the service lead of the branch, and the manager of its first hall
OTHERS = ("chen", "zhao", "luo", "fang", "adam")


def published(city: City, known: bool) -> Field:
    """A round in which Lin and Zhao visit both halls of Jiangbei, published on the 20th for the 22nd."""
    round_id, checklist_id = rounds.create_round(city.db, city.wang, ROUND), add_checklist(city.db)
    wanted = plan(city, checklist_id, announced=known)
    assignment_id = rounds.add_assignment(city.db, city.wang, round_id, wanted)
    assert told(Loop(Field(city, checklist_id, round_id, assignment_id, 0, 0))) == [], "a draft is told to nobody"
    rounds.publish_round(city.db, city.wang, round_id, 1)
    with city.db.read() as session:
        first, second = session.exec(select(Visit.id).order_by(Visit.outlet_id)).all()
    return Field(city, checklist_id, round_id, assignment_id, first or 0, second or 0)


def heard(field: Field) -> list[tuple[str, str]]:
    """(name, code) of what the place was told."""
    return [(name, code) for name, code in told(Loop(field)) if name in PLACE]


def coming(field: Field, name: str, day: dt.date = DAY) -> list[tuple[str, dt.date]]:
    with clock.stopped(dt.datetime.combine(day, dt.time(4), dt.UTC)):
        return [(one.outlet.code, one.planned_on) for one in announced.coming(field.db, field.city.actors[name])]


def test_publishing_tells_the_branch_of_all_its_visits_and_a_hall_of_its_own(city: City) -> None:
    field = published(city, True)
    assert heard(field) == [("mei", "visits_announced"), ("hu", "visit_announced")]
    with field.db.read() as session:
        rows = {row.code: row.params for row in session.exec(select(Message)).all()}
    assert letter("zh_CN", "visits_announced", rows["visits_announced"]).body.split("\n") == [
        "渝中分公司将走访：", "· 观音桥营业厅（2026年11月22日）", "· 红旗河沟合作厅（2026年11月22日）",
    ]  # fmt: skip
    assert letter("en", "visit_announced", rows["visit_announced"]).title == (
        "A visit of Guanyinqiao hall is announced: 22 Nov 2026"
    )
    item = inbox.find(field.db, city.hu).rows[0]
    assert (item.urgent, item.place) == (True, "home")
    both = [("JB01", DAY), ("JB02", DAY)]
    assert (coming(field, "mei"), coming(field, "hu")) == (both, both[:1])
    assert not [name for name, code in told(Loop(field)) if name in OTHERS and "announced" in code]


def test_the_branch_s_group_hears_of_it_outside(city: City) -> None:
    with receiver() as web:
        config = settings_for(web)
        channels.add(city.db, city.mei, config, "webhook", {"url": web.url()}, city.organisations["jiangbei"])
        field = published(city, True)
        told(Loop(field))
        assert outbox.send_due(field.db, config) == 1
        assert web.titles == ["走访预告：第四季度交叉巡检"]


def test_an_unannounced_visit_is_hidden_from_the_place_everywhere(city: City) -> None:
    field = published(city, False)
    late = replace(plan(city, field.checklist_id), team=(city.lin.account_id,))
    rounds.add_assignment(city.db, city.wang, field.round_id, late)
    rounds.plan_ad_hoc_visit(city.db, city.wang, late)
    rounds.replan_visit(city.db, city.wang, field.visit_id, 1, DAY + dt.timedelta(days=1))
    rounds.cancel_visit(city.db, city.wang, field.second_visit_id, 1, "停业")
    visits.open_visit(city.db, city.lin, field.visit_id)
    assert heard(field) == []
    for name in PLACE:
        actor = city.actors[name]
        assert coming(field, name) == []
        assert visit_reading.find_readable_visits(city.db, actor).total == 0
        assert visit_reading.readable_rounds(city.db, actor) == []
        for number in (field.visit_id, field.second_visit_id):
            assert refusal(lambda: visits.get_visit(city.db, actor, number)).code == "not_found"  # noqa: B023
        with city.db.read() as session:
            for reach in (assignment_for, check_meeting):
                wanted = (session, actor, "visit.read", field.assignment_id)
                assert refusal(lambda: reach(*wanted)).code == "not_found"  # noqa: B023


def test_an_announced_visit_is_read_by_the_place_only_once_it_is_accepted(city: City) -> None:
    field = published(city, True)
    for name in PLACE:
        assert refusal(lambda: visits.get_visit(city.db, city.actors[name], field.visit_id)).code == "not_found"  # noqa: B023


def chief(city: City, organisation: str) -> Actor:
    """A leader of a branch."""
    with city.db.write() as session:
        row = Account(sign_in_name=f"gm.{organisation}", name="领导", created_at=NOW)
        session.add(row)
        session.flush()
        session.add(Grant(account_id=row.id or 0, role=Role.LEADER, scope_kind=Scope.BRANCH,
                          scope_id=city.organisations[organisation]))  # fmt: skip
        session.flush()
        return actor_from(session, row)


def letters(field: Field, actor: Actor) -> list[tuple[str, bool]]:
    """(code, urgent) of what somebody found in their inbox, in order."""
    relay_all(field.db)
    with field.db.read() as session:
        query = select(Message).where(Message.account_id == actor.account_id).order_by(col(Message.id))
        return [(row.code, row.urgent) for row in session.exec(query).all()]


def test_the_leaders_of_the_branch_hear_of_it_in_their_summary_and_those_of_another_hear_nothing(city: City) -> None:
    own, foreign = chief(city, "jiangbei"), chief(city, "fuling")
    with receiver() as web:
        config = settings_for(web)
        channels.add(city.db, own, config, "webhook", {"url": web.url()})
        field = published(city, True)
        later = DAY + dt.timedelta(days=1)
        rounds.replan_visit(city.db, city.wang, field.visit_id, 1, later)
        rounds.cancel_visit(city.db, city.wang, field.second_visit_id, 1, "内部原因")
        calm = [("visits_announced", False), ("announced_replanned", False), ("announced_cancelled", False)]
        assert letters(field, own) == calm
        assert outbox.send_due(field.db, config) == 0, "nothing goes outside before the day's summary"
    assert letters(field, foreign) == letters(field, city.luo) == []
    with clock.stopped(dt.datetime.combine(DAY, dt.time(4), dt.UTC)):
        assert [(one.outlet.code, one.planned_on) for one in announced.coming(city.db, own)] == [("JB01", later)]
        assert announced.coming(city.db, foreign) == announced.coming(city.db, city.luo) == []


def test_an_unannounced_visit_is_hidden_from_the_leaders_of_the_branch_too(city: City) -> None:
    own = chief(city, "jiangbei")
    field = published(city, False)
    rounds.plan_ad_hoc_visit(city.db, city.wang, plan(city, field.checklist_id))
    rounds.replan_visit(city.db, city.wang, field.visit_id, 1, DAY + dt.timedelta(days=1))
    rounds.cancel_visit(city.db, city.wang, field.second_visit_id, 1, "停业")
    assert letters(field, own) == []
    assert announced.coming(city.db, own) == []
    assert refusal(lambda: visits.get_visit(city.db, own, field.visit_id)).code == "not_found"
    assert visit_reading.find_readable_visits(city.db, own).total == 0
    with city.db.read() as session:
        wanted = (session, own, "visit.read", field.assignment_id)
        assert refusal(lambda: assignment_for(*wanted)).code == "not_found"
    assert "rounds" not in overview.waiting(city.db, own)


@pytest.mark.parametrize("name", ["lin", "wang", "fang", "adam"])
def test_nobody_but_those_who_answer_for_a_place_asks_what_is_coming(city: City, name: str) -> None:
    field = published(city, True)
    assert refusal(lambda: coming(field, name)).code == "forbidden"


def test_what_is_added_later_or_ad_hoc_is_announced_once(city: City) -> None:
    field = take_the_field(city)
    forget(Loop(field))
    known = plan(city, field.checklist_id, announced=True)
    rounds.add_assignment(city.db, city.wang, field.round_id, known)
    assert heard(field) == [("mei", "visits_announced"), ("hu", "visit_announced")]
    forget(Loop(field))
    rounds.plan_ad_hoc_visit(city.db, city.wang, known)
    assert heard(field) == [("mei", "visits_announced"), ("hu", "visit_announced")]


def test_a_team_that_joins_a_running_round_hears_of_its_visits_and_an_ad_hoc_one_once(city: City) -> None:
    field = take_the_field(city)
    forget(Loop(field))
    rounds.add_assignment(city.db, city.wang, field.round_id, plan(city, field.checklist_id))
    planned = [("lin", "visits_planned"), ("zhao", "visits_planned")]
    assert told(Loop(field)) == planned
    forget(Loop(field))
    rounds.plan_ad_hoc_visit(city.db, city.wang, plan(city, field.checklist_id))
    assert told(Loop(field)) == planned


def test_another_day_and_calling_off_are_told_where_the_visit_was_announced(city: City) -> None:
    field = published(city, True)
    forget(Loop(field))
    later = DAY + dt.timedelta(days=3)
    rounds.replan_visit(city.db, city.wang, field.visit_id, 1, later)
    assert heard(field) == [("mei", "announced_replanned"), ("hu", "announced_replanned")]
    assert coming(field, "hu") == [("JB01", later)]
    forget(Loop(field))
    rounds.cancel_visit(city.db, city.wang, field.second_visit_id, 1, "内部原因")
    assert heard(field) == [("mei", "announced_cancelled")], "Hu does not manage that hall"
    with field.db.read() as session:
        message = session.exec(select(Message).where(Message.account_id == city.mei.account_id)).one()
    said = letter("zh_CN", message.code, message.params)
    assert said.title == "走访取消：红旗河沟合作厅，原定 2026年11月22日"
    assert "内部原因" not in said.body
    assert coming(field, "mei") == [("JB01", later)]


@pytest.mark.parametrize(
    ("state", "shown"),
    [(state, state in ("planned", "open")) for state in VISIT_STATES],
)
def test_only_what_is_still_to_come_is_shown(city: City, state: str, shown: bool) -> None:
    field = published(city, True)
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = state
    assert bool(coming(field, "hu")) == shown
    assert coming(field, "hu", DAY + dt.timedelta(days=1)) == [], "its day is over"


def test_a_foreign_branch_sees_nothing(city: City) -> None:
    field = published(city, True)
    with field.db.read() as session:
        assert session.get_one(Round, field.round_id).state == "published"
    foreign = replace(city.mei, grants=(replace(city.mei.grants[0], scope_id=city.organisations["fuling"]),))
    assert announced.coming(field.db, foreign) == []
