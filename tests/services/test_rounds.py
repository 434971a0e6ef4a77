"""Rounds by hand: who may inspect whom, what publishing does, and what may still change afterwards."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import delete, select

from audit.db.models import (
    Account,
    AssignmentMember,
    AssignmentPredecessor,
    ChecklistVersion,
    Organisation,
    Outlet,
    Round,
    Visit,
)
from audit.domain.city import OrganisationKind
from audit.domain.visits import ROUND_STATES, ROUND_TRANSITIONS
from audit.errors import RoundsError
from audit.services import rounds, visits
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.campaigns import CampaignValues, Question, change_campaign, create_campaign, find_campaigns
from tests.factories import City, found_city
from tests.field import DAY, ROUND, Field, add_checklist, plan, take_the_field
from tests.hands import refusal


def draft(city: City) -> tuple[int, int]:
    """(round id, checklist id) of a draft round."""
    return rounds.create_round(city.db, city.wang, ROUND), add_checklist(city.db)


def test_publishing_plans_a_visit_for_every_outlet(city: City) -> None:
    round_id, checklist = draft(city)
    rounds.add_assignment(city.db, city.wang, round_id, plan(city, checklist))
    with city.db.read() as session:
        assert session.exec(select(Visit)).all() == []
    assert rounds.publish_round(city.db, city.wang, round_id, 1) == 2
    with city.db.read() as session:
        found = session.exec(select(Visit)).all()
        assert {(visit.outlet_id, visit.state, visit.planned_on) for visit in found} == {
            (city.outlets["JB01"], "planned", DAY), (city.outlets["JB02"], "planned", DAY)
        }  # fmt: skip
        leaders = session.exec(select(AssignmentMember).where(AssignmentMember.leader)).all()
    assert [leader.account_id for leader in leaders] == [city.lin.account_id]
    assert [row.outlet.code for row in visits.my_visits(city.db, city.zhao)] == ["JB01", "JB02"]
    assert visits.my_visits(city.db, city.chen) == []


def wrong(code: str, **changes: Any) -> Any:
    return pytest.param(changes, code, id=f"{code} {sorted(changes)}")


LATE = DAY + dt.timedelta(days=99)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        wrong("round.own_branch", inspected="yuzhong"),
        wrong("round.own_branch", inspecting="fuling", inspected="yuzhong"),
        wrong("round.own_branch", team=("lin", "zhao"), inspecting="fuling", inspected="yuzhong", outlets=("YZ01",)),
        wrong("invalid", inspected="marketing"),
        wrong("round.team", team=()),
        wrong("round.team", team=("zhao",)),
        wrong("round.team", team=("lin", "lin")),
        wrong("round.not_supervisor", team=("lin", "wang")),
        wrong("round.not_supervisor", team=("lin", "mei")),
        wrong("round.no_outlets", outlets=()),
        wrong("round.no_outlets", outlets=("JB01", "JB01")),
        wrong("round.outlet", outlets=("FL01",)),
        wrong("round.dates", ends_on=DAY - dt.timedelta(days=1)),
        wrong("round.dates", ends_on=LATE),
        wrong("round.dates", planned_on=LATE),
        wrong("round.checklist", status="draft"),
        wrong("round.checklist", status="withdrawn"),
    ],
)
def test_an_assignment_that_may_not_be_is_refused(city: City, changes: dict[str, Any], code: str) -> None:
    changes = dict(changes)
    round_id = rounds.create_round(city.db, city.wang, ROUND)
    checklist = add_checklist(city.db, status=changes.pop("status", "published"))
    planned_on = changes.pop("planned_on", DAY)
    outlets = changes.pop("outlets", ("JB01",))
    organisations = {
        f"{name}_id": city.organisations[changes.pop(name)] for name in ("inspecting", "inspected") if name in changes
    }
    if "team" in changes:
        changes["team"] = tuple(city.actors[name].account_id for name in changes["team"])
    wanted = plan(city, checklist, **organisations, **changes)
    wanted = replace(
        wanted, outlets=tuple(OutletPlan(city.outlets[outlet], checklist, planned_on) for outlet in outlets)
    )
    assert refusal(lambda: rounds.add_assignment(city.db, city.wang, round_id, wanted)).code == code


@pytest.mark.parametrize("kind", OrganisationKind)
def test_every_kind_of_organisation_may_inspect(city: City, kind: OrganisationKind) -> None:
    with city.db.write() as session:
        session.get_one(Organisation, city.organisations["yuzhong"]).kind = kind
    round_id, checklist = draft(city)
    rounds.add_assignment(city.db, city.wang, round_id, plan(city, checklist))
    assert rounds.publish_round(city.db, city.wang, round_id, 1) == 2


def test_what_became_wrong_before_publishing_stops_it(city: City) -> None:
    round_id, checklist = draft(city)
    rounds.add_assignment(city.db, city.wang, round_id, plan(city, checklist))
    for model, key, field, value, code in (
        (Outlet, city.outlets["JB02"], "closed_on", DAY, "round.outlet"),
        (ChecklistVersion, checklist, "status", "withdrawn", "round.checklist"),
        (Account, city.zhao.account_id, "active", False, "round.not_supervisor"),
    ):
        with city.db.write() as session:
            row: Any = session.get_one(model, key)
            before = getattr(row, field)
            setattr(row, field, value)
        assert refusal(lambda: rounds.publish_round(city.db, city.wang, round_id, 1)).code == code
        with city.db.write() as session:
            setattr(session.get_one(model, key), field, before)
    assert rounds.publish_round(city.db, city.wang, round_id, 1) == 2


def test_an_empty_round_is_not_published(city: City) -> None:
    round_id, _ = draft(city)
    assert refusal(lambda: rounds.publish_round(city.db, city.wang, round_id, 1)).code == "round.empty"


def test_codes_are_unique_and_made_when_left_empty(city: City) -> None:
    first, second = (rounds.create_round(city.db, city.wang, ROUND) for _ in range(2))
    with city.db.read() as session:
        codes = [session.get_one(Round, round_id).code for round_id in (first, second)]
    assert codes == ["20261122-cross-inspection", "20261122-cross-inspection-2"]
    taken = replace(ROUND, code=codes[0])
    assert refusal(lambda: rounds.create_round(city.db, city.wang, taken)).code == "round.code_taken"
    assert refusal(lambda: rounds.change_round(city.db, city.wang, second, 1, taken)).code == "round.code_taken"


def test_a_stale_change_is_refused(city: City) -> None:
    round_id, _ = draft(city)
    rounds.change_round(city.db, city.wang, round_id, 1, replace(ROUND, name_zh="改名"))
    again = replace(ROUND, name_zh="又改名")
    assert refusal(lambda: rounds.change_round(city.db, city.wang, round_id, 1, again)).code == "stale"


def test_a_published_assignment_changes_only_in_its_team(city: City) -> None:
    field = take_the_field(city)
    wanted = plan(city, field.checklist_id)
    error = refusal(lambda: rounds.change_assignment(city.db, city.wang, field.assignment_id, 1, wanted))
    assert error.code == "wrong_state"
    assert refusal(lambda: rounds.remove_assignment(city.db, city.wang, field.assignment_id, 1)).code == "wrong_state"
    zhao = city.zhao.account_id
    rounds.change_team(city.db, city.wang, field.assignment_id, 1, [zhao], zhao)
    assert [row.outlet.code for row in visits.my_visits(city.db, city.zhao)] == ["JB01", "JB02"]
    assert visits.my_visits(city.db, city.lin) == []
    mei = city.mei.account_id
    error = refusal(lambda: rounds.change_team(city.db, city.wang, field.assignment_id, 2, [mei], mei))
    assert error.code == "round.not_supervisor"


def test_a_draft_assignment_is_replaced_and_removed(city: City) -> None:
    round_id, checklist = draft(city)
    assignment = rounds.add_assignment(city.db, city.wang, round_id, plan(city, checklist))
    one = plan(city, checklist, outlets=(OutletPlan(city.outlets["JB02"], checklist, DAY),), announced=True)
    rounds.change_assignment(city.db, city.wang, assignment, 1, one)
    rounds.remove_assignment(city.db, city.wang, assignment, 2)
    assert refusal(lambda: rounds.publish_round(city.db, city.wang, round_id, 1)).code == "round.empty"


def test_a_draft_assignment_whose_team_somebody_left_is_removed(city: City) -> None:
    round_id, checklist = draft(city)
    assignment = rounds.add_assignment(city.db, city.wang, round_id, plan(city, checklist))
    with city.db.write() as session:  # as handing over writes it
        row = {"account_id": city.lin.account_id, "successor_id": city.zhao.account_id}
        session.add(AssignmentPredecessor(assignment_id=assignment, **row))
    rounds.remove_assignment(city.db, city.wang, assignment, 1)
    with city.db.read() as session:
        assert session.exec(select(AssignmentPredecessor)).all() == []


def test_an_ad_hoc_visit_is_published_at_once(city: City) -> None:
    checklist = add_checklist(city.db)
    round_id, _ = rounds.plan_ad_hoc_visit(city.db, city.wang, plan(city, checklist))
    with city.db.read() as session:
        row = session.get_one(Round, round_id)
    assert (row.kind, row.state, row.name_zh) == ("ad_hoc", "published", "临时走访 2026-11-22")
    assert len(visits.my_visits(city.db, city.lin)) == 2


def test_a_round_closes_when_every_visit_is_accepted_or_cancelled(city: City) -> None:
    field = take_the_field(city)
    rounds.start_round(city.db, city.wang, field.round_id, 2)
    error = refusal(lambda: rounds.close_round(city.db, city.wang, field.round_id, 3))
    assert (error.code, error.params) == ("round.visits_open", {"count": 2})
    for visit_id in (field.visit_id, field.second_visit_id):
        assert refusal(lambda: rounds.cancel_visit(city.db, city.wang, visit_id, 1, "  ")).code == "required"  # noqa: B023
        rounds.cancel_visit(city.db, city.wang, visit_id, 1, "停业")
    rounds.close_round(city.db, city.wang, field.round_id, 3)
    late = plan(city, field.checklist_id)
    assert refusal(lambda: rounds.add_assignment(city.db, city.wang, field.round_id, late)).code == "wrong_state"


def act(field: Field, name: str, action: str) -> None:
    db, actor = field.db, field.city.actors[name]
    with db.read() as session:
        version = session.get_one(Round, field.round_id).version
    {"publish": rounds.publish_round, "start": rounds.start_round, "close": rounds.close_round}[action](
        db, actor, field.round_id, version
    )


def test_every_round_state_action_and_person_is_decided_as_the_table_says(new_database: Callable[[str], Any]) -> None:
    """4 states × 3 actions × 9 people; only marketing, only along the table."""
    city = found_city(new_database("sqlite"))
    field = take_the_field(city)
    for state in ROUND_STATES:
        for action in ("publish", "start", "close"):
            for name in city.actors:
                with city.db.write() as session:
                    session.get_one(Round, field.round_id).state = state
                    session.exec(delete(Visit))  # else a running round could not be closed
                target = {(row.source, row.action): row.target for row in ROUND_TRANSITIONS}.get((state, action))
                try:
                    act(field, name, action)
                    code = ""
                except RoundsError as error:
                    code = error.code
                wanted = "forbidden" if name != "wang" else "" if target else "wrong_state"
                assert code == wanted, (state, action, name)
                with city.db.read() as session:
                    assert session.get_one(Round, field.round_id).state == (state if code else target)


MANAGE: tuple[Callable[[City, AssignmentPlan], object], ...] = (
    lambda city, plan: rounds.create_round(city.db, city.lin, ROUND),
    lambda city, plan: rounds.add_assignment(city.db, city.lin, 1, plan),
    lambda city, plan: rounds.plan_ad_hoc_visit(city.db, city.mei, plan),
    lambda city, plan: rounds.cancel_visit(city.db, city.lin, 1, 1, "x"),
    lambda city, plan: rounds.change_team(city.db, city.adam, 1, 1, [1], 1),
)


@pytest.mark.parametrize("number", range(len(MANAGE)))
def test_only_marketing_keeps_rounds(city: City, number: int) -> None:
    field = take_the_field(city)
    assert refusal(lambda: MANAGE[number](city, plan(city, field.checklist_id))).code == "forbidden"


def test_campaigns_are_kept_by_marketing_and_their_questions_checked(city: City) -> None:
    given = CampaignValues("5G畅享", DAY, DAY, (Question("Q1", "门口有海报"), Question("Q2", "会介绍", "Can explain")))
    campaign_id = create_campaign(city.db, city.wang, given)
    change_campaign(city.db, city.wang, campaign_id, 1, replace(given, name_en="5G"))
    assert refusal(lambda: change_campaign(city.db, city.wang, campaign_id, 1, given)).code == "stale"
    assert [(row.name_en, len(row.questions)) for row in find_campaigns(city.db, city.lin).rows] == [("5G", 2)]
    twice = replace(given, questions=(Question("Q1", "甲"), Question("Q1", "乙")))
    assert refusal(lambda: create_campaign(city.db, city.wang, twice)).code == "campaign.questions"
    assert refusal(lambda: create_campaign(city.db, city.lin, given)).code == "forbidden"
