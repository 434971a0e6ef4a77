"""The tables. One file a subject; this page gathers them so that `metadata` is complete."""

from audit.db.models.accounts import Account, Grant, SignIn, Throttle
from audit.db.models.checklists import Campaign, ChecklistVersion, ReferencePhoto
from audit.db.models.city import Organisation, Outlet
from audit.db.models.findings import Finding, FindingPhoto
from audit.db.models.history import ChainHead, Event
from audit.db.models.jobs import Document, Job, ReportDraft
from audit.db.models.rounds import Assignment, AssignmentMember, AssignmentOutlet, Round
from audit.db.models.visits import Photo, Revision, Visit

__all__ = [
    "Account",
    "Assignment",
    "AssignmentMember",
    "AssignmentOutlet",
    "Campaign",
    "ChainHead",
    "ChecklistVersion",
    "Document",
    "Event",
    "Finding",
    "FindingPhoto",
    "Grant",
    "Job",
    "Organisation",
    "Outlet",
    "Photo",
    "ReferencePhoto",
    "ReportDraft",
    "Revision",
    "Round",
    "SignIn",
    "Throttle",
    "Visit",
]
