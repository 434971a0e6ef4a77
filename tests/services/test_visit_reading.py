"""Who may read which visit in which state: by its number and in the list alike, on both databases."""

from collections.abc import Callable

import pytest

from audit.db.models import Visit
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.domain.visits import VISIT_STATES
from audit.errors import RoundsError
from audit.services.visit_reading import BEGUN, find_readable_visits, readable_rounds, readable_states, surroundings
from audit.services.visits import get_visit
from tests.factories import City
from tests.field import Field

ALWAYS, ONCE_ACCEPTED, NEVER = VISIT_STATES, ("accepted",), ()


def granted(role: Role, scope: Scope, of: Callable[[City], int] | None = None) -> Callable[[City], Actor]:
    """A person with one role in one place."""
    return lambda city: Actor(4711, "–", grants=(Granted(role, scope, of(city) if of else None),))


# fmt: off
READERS: dict[str, tuple[Callable[[City], Actor], tuple[str, ...], str]] = {
    #                                    who                                         reads visit in   refusal otherwise
    "team leader":              (lambda city: city.lin,                              ALWAYS,          "not_found"),
    "team member":              (lambda city: city.zhao,                             ALWAYS,          "not_found"),
    "supervisor of others":     (lambda city: city.chen,                             NEVER,           "not_found"),
    "marketing":                (lambda city: city.wang,                             ALWAYS,          "not_found"),
    "approver":                 (lambda city: city.fang,                             ALWAYS,          "not_found"),
    "leader of the city":       (lambda city: city.luo,                              ALWAYS,          "not_found"),
    "branch lead":              (lambda city: city.mei,                              ONCE_ACCEPTED,   "not_found"),
    "hall manager":             (lambda city: city.hu,                               ONCE_ACCEPTED,   "not_found"),
    "administrator":            (lambda city: city.adam,                             NEVER,           "forbidden"),
    "leader of the branch":     (granted(Role.LEADER, Scope.BRANCH, lambda city: city.organisations["jiangbei"]),
                                                                                     ONCE_ACCEPTED,   "not_found"),
    "leader of another branch": (granted(Role.LEADER, Scope.BRANCH, lambda city: city.organisations["fuling"]),
                                                                                     NEVER,           "not_found"),
    "lead of another branch":   (granted(Role.BRANCH, Scope.BRANCH, lambda city: city.organisations["fuling"]),
                                                                                     NEVER,           "not_found"),
    "manager of another hall":  (granted(Role.HALL, Scope.OUTLET, lambda city: city.outlets["JB02"]),
                                                                                     NEVER,           "not_found"),
    "organiser":                (granted(Role.ORGANISER, Scope.SEASON),              NEVER,           "forbidden"),
    "judge":                    (granted(Role.JUDGE, Scope.SEASON),                  NEVER,           "forbidden"),
    "nobody":                   (lambda _city: Actor(4712, "–"),                     NEVER,           "forbidden"),
}
# fmt: on


def refused(act: Callable[[], object]) -> str:
    try:
        act()
    except RoundsError as error:
        return error.code
    return ""


def test_every_role_is_enumerated() -> None:
    assert len(Role) == 9
    assert {"team leader", "branch lead", "hall manager", "marketing", "approver", "leader of the city", "organiser",
            "judge", "administrator"} <= READERS.keys()  # fmt: skip


@pytest.mark.parametrize("who", READERS)
def test_a_visit_is_read_by_those_permitted_and_the_list_says_the_same(field: Field, who: str) -> None:
    person, states, otherwise = READERS[who]
    actor = person(field.city)
    for state in VISIT_STATES:
        with field.db.write() as session:
            session.get_one(Visit, field.visit_id).state = state
        code = "" if state in states else otherwise
        assert refused(lambda: get_visit(field.db, actor, field.visit_id)) == code, state
        assert refused(lambda: surroundings(field.db, actor, field.visit_id)) == code, state
        if otherwise == "forbidden":
            assert refused(lambda: find_readable_visits(field.db, actor)) == "forbidden"
            assert refused(lambda: readable_rounds(field.db, actor)) == "forbidden"
            continue
        listed = {row.visit.id for row in find_readable_visits(field.db, actor).rows}
        assert (field.visit_id in listed) == (state in states and state in BEGUN), state
        assert bool(readable_rounds(field.db, actor)) == bool(listed), state


def test_two_roles_give_what_either_gives(field: Field) -> None:
    """A supervisor who also leads the service of the inspected branch, and is in no team: once accepted only."""
    both = (Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS), Granted(Role.BRANCH, Scope.BRANCH,
            field.city.organisations["jiangbei"]))  # fmt: skip
    actor = Actor(field.city.chen.account_id, "–", grants=both)
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = "submitted"
    assert find_readable_visits(field.db, actor).total == 0
    assert refused(lambda: get_visit(field.db, actor, field.visit_id)) == "not_found"
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = "accepted"
    assert [row.visit.id for row in find_readable_visits(field.db, actor).rows] == [field.visit_id]


def test_the_list_is_searched_filtered_and_paged(field: Field) -> None:
    wang = field.city.wang
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = "accepted"
        session.get_one(Visit, field.second_visit_id).state = "submitted"

    def found(*given: object, **more: int) -> list[int]:
        return [row.visit.id for row in find_readable_visits(field.db, wang, *given, **more).rows]  # type: ignore[arg-type]

    assert found() == [field.second_visit_id, field.visit_id]
    assert found("观音桥") == [field.visit_id]
    assert found("jiangbei hongqi") == [field.second_visit_id]
    assert found("100%") == []
    assert found("", "submitted") == [field.second_visit_id]
    assert found("", "planned") == []
    assert found("", "", field.round_id) == [field.second_visit_id, field.visit_id]
    assert found("", "", field.round_id + 1) == []
    assert found(page=2, size=1) == [field.visit_id]
    assert [row.id for row in readable_rounds(field.db, wang)] == [field.round_id]


def test_those_of_a_place_are_offered_no_other_state_to_filter_by(field: Field) -> None:
    assert readable_states(field.city.mei) == readable_states(field.city.hu) == ("accepted",)
    assert readable_states(field.city.luo) == readable_states(field.city.lin) == BEGUN


def test_whoever_may_see_the_visit_sees_the_record_of_its_meeting(field: Field) -> None:
    told = {"opinion": "无异议", "agreed": "两周内整改", "participants": [{"name": "梅芳", "role": "服务主管"}]}
    field.write(field.city.lin, "communication", told, visit_id=None)
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = "accepted"
    seen = {name: surroundings(field.db, field.city.actors[name], field.visit_id).communication
            for name in ("lin", "zhao", "wang", "fang", "luo", "mei", "hu")}  # fmt: skip
    assert {name for name, body in seen.items() if body == told} == set(seen)
