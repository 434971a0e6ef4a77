"""Who may inspect, and by which checklists, as the tables say it for every kind of round and outlet."""

import pytest

from audit.domain.checklist import KINDS
from audit.domain.city import (
    HALLS,
    INSPECTED_KINDS,
    USUAL_INSPECTORS,
    USUAL_LISTS,
    OrganisationKind,
    OutletKind,
    checklist_kinds,
    inspecting_kinds,
)
from audit.domain.visits import ROUND_KINDS


@pytest.mark.parametrize("kind", ROUND_KINDS)
def test_every_kind_of_organisation_may_inspect_and_the_usual_one_stands_first(kind: str) -> None:
    kinds = inspecting_kinds(kind)
    assert sorted(kinds) == sorted(OrganisationKind)
    assert kinds[0] == {"third_party": "third_party", "ad_hoc": "department"}.get(kind, "branch")


@pytest.mark.parametrize("round_kind", ["", *ROUND_KINDS])
@pytest.mark.parametrize("outlet", OutletKind)
def test_an_outlet_has_its_kinds_of_checklist_and_a_round_presets_one(outlet: OutletKind, round_kind: str) -> None:
    if outlet in HALLS:
        wanted = ("reception", "hall") if round_kind == "reception_day" else ("hall", "reception")
    else:
        wanted = (outlet.value,)
    assert checklist_kinds(outlet, round_kind) == wanted


def test_the_tables_name_only_what_there_is() -> None:
    assert {kind for outlet in OutletKind for kind in checklist_kinds(outlet)} == set(KINDS)
    assert USUAL_INSPECTORS.keys() | USUAL_LISTS.keys() <= set(ROUND_KINDS)
    assert set(INSPECTED_KINDS) < set(OrganisationKind)
