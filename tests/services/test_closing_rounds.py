"""A round closes only with final scores; and a visit that nobody has begun may get another day."""

import datetime as dt

import pytest
from sqlmodel import select

from audit.db.models import Assignment, Event, Visit
from audit.services import rounds, visits
from tests.field import DAY, ROUND, Field
from tests.hands import Hands, refusal


def accepted(field: Field, hands: Hands, **ratings: str) -> None:
    """The first visit submitted with these ratings and accepted; the second one called off."""
    field.fill(hands, field.city.lin, **ratings)
    field.submit()
    visits.accept_visit(field.db, field.city.wang, field.visit_id, field.visit().version)
    rounds.cancel_visit(field.db, field.city.wang, field.second_visit_id, 1, "停业")


def close(field: Field, let_go: bool = False) -> None:
    version = rounds_version(field)
    rounds.close_round(field.db, field.city.wang, field.round_id, version, let_go=let_go)


def rounds_version(field: Field) -> int:
    with field.db.read() as session:
        return rounds.find(session, field.round_id).version


def test_items_still_to_be_answered_keep_a_round_open_and_are_named(field: Field, hands: Hands) -> None:
    accepted(field, hands, A03="later", B02="later")
    error = refusal(lambda: close(field))
    assert (error.code, error.params) == ("round.items_later", {"count": 1, "visits": "观音桥营业厅 (A03, B02)"})
    pending = rounds.pending_items(field.db, field.city.luo, field.round_id)
    assert [(one.outlet.code, one.codes) for one in pending] == [("JB01", ("A03", "B02"))]
    field.rate(field.city.lin, "A03", "pass")
    assert refusal(lambda: close(field)).params["visits"] == "观音桥营业厅 (B02)"
    field.rate(field.city.lin, "B02", "pass")
    close(field)
    assert field.visit().provisional is False


def test_items_let_go_make_the_score_final_as_it_stands(field: Field, hands: Hands) -> None:
    accepted(field, hands, A01="fail", A03="later")
    # A (0 + 2)/4 = 0.5 without A03, B 1: 30 + 40 = 70.00
    assert (field.visit().total, field.visit().provisional) == (70.0, True)
    close(field, let_go=True)
    visit = field.visit()
    assert (visit.total, visit.provisional, visit.score["provisional"]) == (70.0, False, [])
    with field.db.read() as session:
        event = session.exec(select(Event).where(Event.verb == "visit.items_let_go")).one()
    assert (event.account_id, event.data) == (field.city.wang.account_id, {"codes": ["A03"]})
    assert refusal(lambda: field.rate(field.city.lin, "A03", "pass")).code == "visit.not_open"


@pytest.mark.parametrize("name", ["lin", "fang", "luo", "mei", "adam"])
def test_only_marketing_lets_items_go_or_moves_a_visit(field: Field, name: str) -> None:
    actor = field.city.actors[name]
    act = refusal(lambda: rounds.close_round(field.db, actor, field.round_id, 2, let_go=True))
    assert act.code == "forbidden"
    assert refusal(lambda: rounds.replan_visit(field.db, actor, field.visit_id, 1, DAY)).code == "forbidden"
    if name in ("lin", "mei", "adam"):
        assert refusal(lambda: rounds.pending_items(field.db, actor, field.round_id)).code == "forbidden"


def test_another_day_widens_the_assignments_dates(field: Field) -> None:
    day = ROUND.ends_on
    rounds.replan_visit(field.db, field.city.wang, field.visit_id, 1, day)
    with field.db.read() as session:
        assignment = session.get_one(Assignment, field.assignment_id)
        event = session.exec(select(Event).where(Event.verb == "visit.replanned")).one()
    assert (field.visit().planned_on, assignment.starts_on, assignment.ends_on) == (day, DAY, day)
    assert event.data == {"planned_on": [str(DAY), str(day)]}
    rounds.replan_visit(field.db, field.city.wang, field.visit_id, 2, day)  # nothing differs, nothing happens
    assert field.visit().version == 2


def test_a_day_outside_the_round_or_an_old_version_is_refused(field: Field) -> None:
    for day in (DAY - dt.timedelta(days=1), ROUND.ends_on + dt.timedelta(days=1)):
        error = refusal(lambda: rounds.replan_visit(field.db, field.city.wang, field.visit_id, 1, day))  # noqa: B023
        assert error.code == "round.dates"
    assert refusal(lambda: rounds.replan_visit(field.db, field.city.wang, field.visit_id, 9, DAY)).code == "stale"
    assert refusal(lambda: rounds.replan_visit(field.db, field.city.wang, 999, 1, DAY)).code == "not_found"


@pytest.mark.parametrize("state", ["open", "submitted", "returned", "accepted", "cancelled"])
def test_only_a_planned_visit_gets_another_day(field: Field, state: str) -> None:
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = state
    error = refusal(lambda: rounds.replan_visit(field.db, field.city.wang, field.visit_id, 1, DAY))
    assert (error.code, error.params) == ("wrong_state", {"state": state})
