"""What kinds of organisations and outlets a city has."""

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is (单位)."""

    BRANCH = "branch"
    SERVICE_CENTRE = "service_centre"
    DEPARTMENT = "department"
    THIRD_PARTY = "third_party"


class OutletKind(StrEnum):
    """What an outlet is (触点)."""

    OWN_HALL = "own_hall"
    FRANCHISED_HALL = "franchised_hall"
    HOTLINE = "hotline"
    SMS = "sms"
    ONLINE = "online"


# fmt: off
#                                 中文            English
ORGANISATION_KINDS = {
    OrganisationKind.BRANCH:         ("分公司",       "Branch"),
    OrganisationKind.SERVICE_CENTRE: ("客户服务中心", "Customer service centre"),
    OrganisationKind.DEPARTMENT:     ("部门",         "Department"),
    OrganisationKind.THIRD_PARTY:    ("第三方",       "Third party"),
}
OUTLET_KINDS = {
    OutletKind.OWN_HALL:             ("自办厅",       "Own hall"),
    OutletKind.FRANCHISED_HALL:      ("合作厅",       "Franchised hall"),
    OutletKind.HOTLINE:              ("热线",         "Hotline"),
    OutletKind.SMS:                  ("短信营业厅",   "SMS hall"),
    OutletKind.ONLINE:               ("网上营业厅",   "Online hall"),
}
# fmt: on
HALLS = (OutletKind.OWN_HALL, OutletKind.FRANCHISED_HALL)
INSPECTED_KINDS = (OrganisationKind.BRANCH, OrganisationKind.SERVICE_CENTRE)
# Every kind of organisation may inspect. Who usually does, by the kind of round; else branches inspect one another.
USUAL_INSPECTORS = {"third_party": OrganisationKind.THIRD_PARTY, "ad_hoc": OrganisationKind.DEPARTMENT}
# By which kinds of checklist an outlet is visited; and the one that a kind of round asks for where an outlet has it.
HALL_LISTS = ("hall", "reception")
USUAL_LISTS = {"reception_day": "reception"}


def inspecting_kinds(round_kind: str) -> tuple[OrganisationKind, ...]:
    """The kinds of organisations that may inspect in such a round, the usual one first."""
    usual = USUAL_INSPECTORS.get(round_kind, OrganisationKind.BRANCH)
    return (usual, *(kind for kind in OrganisationKind if kind is not usual))


def checklist_kinds(outlet_kind: str, round_kind: str = "") -> tuple[str, ...]:
    """The kinds of checklist for an outlet of this kind, first the one that is preset in such a round."""
    kinds = HALL_LISTS if outlet_kind in HALLS else (outlet_kind,)
    usual = USUAL_LISTS.get(round_kind, "")
    return (usual, *(kind for kind in kinds if kind != usual)) if usual in kinds else kinds
