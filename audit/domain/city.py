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
