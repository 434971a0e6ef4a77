"""The permission table and its one decider, enumerated: permission × role × scope × own or foreign."""

import pytest

from audit.domain.permissions import (
    ANYWHERE,
    OF_THE_CITY,
    PERMISSIONS,
    ROLES,
    Actor,
    Granted,
    Role,
    Scope,
    Where,
    authorise,
    authorise_somewhere,
    may,
    may_somewhere,
)
from audit.errors import RoundsError

OWN = Where(organisation_id=1, outlet_id=11, in_team=True, season_id=5)
FOREIGN = Where(organisation_id=2, outlet_id=22, in_team=False, season_id=6)
SCOPE_IDS = {Scope.BRANCH: 1, Scope.OUTLET: 11, Scope.SEASON: 5}
EVERYWHERE = {Scope.CITY, Scope.SYSTEM}
CASES = [
    (permission, role, scope)
    for permission in PERMISSIONS
    for role, (_, _, scopes) in ROLES.items()
    for scope in scopes
]


def _holder(role: Role, scope: Scope) -> Actor:
    return Actor(1, "somebody", grants=(Granted(role, scope, SCOPE_IDS.get(scope)),))


def _answer(actor: Actor, permission: str, where: Where) -> str:
    try:
        authorise(actor, permission, where)
    except RoundsError as error:
        return error.code
    return "yes"


@pytest.mark.parametrize(("permission", "role", "scope"), CASES)
def test_a_role_may_what_its_row_says_and_only_where_its_scope_is(permission: str, role: Role, scope: Scope) -> None:
    actor = _holder(role, scope)
    if role not in PERMISSIONS[permission].roles:
        assert (_answer(actor, permission, OWN), _answer(actor, permission, FOREIGN)) == ("forbidden", "forbidden")
    elif scope in EVERYWHERE:
        assert (_answer(actor, permission, OWN), _answer(actor, permission, FOREIGN)) == ("yes", "yes")
    else:
        assert (_answer(actor, permission, OWN), _answer(actor, permission, FOREIGN)) == ("yes", "not_found")


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_whoever_has_no_grant_may_nothing(permission: str) -> None:
    nobody = Actor(1, "nobody")
    assert _answer(nobody, permission, OWN) == "forbidden"
    assert not may_somewhere(nobody, permission)
    with pytest.raises(RoundsError, match="forbidden"):
        authorise_somewhere(nobody, permission)


def test_an_unknown_permission_denies_even_the_administrator() -> None:
    administrator = _holder(Role.ADMINISTRATOR, Scope.SYSTEM)
    assert _answer(administrator, "everything.do", ANYWHERE) == "forbidden"


def test_the_administrator_takes_no_business_decision() -> None:
    administrator = _holder(Role.ADMINISTRATOR, Scope.SYSTEM)
    for permission in ("visit.conduct", "visit.review", "round.manage", "report.edit", "photo.original", "visit.read"):
        assert not may(administrator, permission, OWN)


def test_several_grants_add_up_and_do_not_mix() -> None:
    """Mei inspects elsewhere and answers for her own branch; neither grant lends the other its scope."""
    mei = Actor(1, "Mei", grants=(Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS), Granted(Role.BRANCH, Scope.BRANCH, 1)))
    assert may(mei, "visit.conduct", Where(organisation_id=2, in_team=True))
    assert not may(mei, "visit.conduct", Where(organisation_id=1, in_team=False))
    assert may(mei, "finding.read", Where(organisation_id=1))
    assert not may(mei, "finding.read", Where(organisation_id=2))


@pytest.mark.parametrize("scope", [Scope.BRANCH, Scope.OUTLET])
def test_a_grant_without_its_place_holds_nowhere(scope: Scope) -> None:
    role = Role.BRANCH if scope is Scope.BRANCH else Role.HALL
    careless = Actor(1, "x", grants=(Granted(role, scope, None),))
    assert not may(careless, "finding.read", ANYWHERE)
    assert not may(careless, "finding.read", OWN)


def test_every_role_has_something_to_do_and_every_permission_a_meaning() -> None:
    used = {role for entry in PERMISSIONS.values() for role in entry.roles}
    assert used == set(Role)
    assert all(entry.meaning and entry.roles for entry in PERMISSIONS.values())


@pytest.mark.parametrize("permission", OF_THE_CITY)
def test_a_leader_of_a_branch_is_not_offered_what_only_the_city_reads(permission: str) -> None:
    branch = Actor(1, "领导", grants=(Granted(Role.LEADER, Scope.BRANCH, 7),))
    city = Actor(2, "领导", grants=(Granted(Role.LEADER, Scope.CITY),))
    assert (may_somewhere(branch, permission), may_somewhere(city, permission)) == (False, True)
    assert may_somewhere(branch, "finding.read")
