"""The tables. One file a subject; this page gathers them so that `metadata` is complete."""

from audit.db.models.accounts import Account, Grant, SignIn, Throttle
from audit.db.models.checklists import Campaign, ChecklistVersion, ReferencePhoto
from audit.db.models.city import Organisation, Outlet
from audit.db.models.findings import Finding, FindingPhoto
from audit.db.models.history import ChainHead, Event
from audit.db.models.jobs import Document, Job, ReportDraft
from audit.db.models.loop import (
    Comment,
    Delegation,
    Evidence,
    Extension,
    Notice,
    NumberSeries,
    Objection,
    Rectification,
    Reinspection,
    ReinspectionMember,
    Seen,
    SupportRequest,
    WorkingDay,
)
from audit.db.models.messages import (
    Channel,
    Delivery,
    Escalation,
    Message,
    MessageLine,
    MessageSettings,
    RelayPosition,
)
from audit.db.models.rounds import Assignment, AssignmentMember, AssignmentOutlet, AssignmentPredecessor, Round
from audit.db.models.visits import Photo, Revision, Visit

__all__ = [
    "Account",
    "Assignment",
    "AssignmentMember",
    "AssignmentOutlet",
    "AssignmentPredecessor",
    "Campaign",
    "ChainHead",
    "Channel",
    "ChecklistVersion",
    "Comment",
    "Delegation",
    "Delivery",
    "Document",
    "Escalation",
    "Event",
    "Evidence",
    "Extension",
    "Finding",
    "FindingPhoto",
    "Grant",
    "Job",
    "Message",
    "MessageLine",
    "MessageSettings",
    "Notice",
    "NumberSeries",
    "Objection",
    "Organisation",
    "Outlet",
    "Photo",
    "Rectification",
    "ReferencePhoto",
    "Reinspection",
    "ReinspectionMember",
    "RelayPosition",
    "ReportDraft",
    "Revision",
    "Round",
    "Seen",
    "SignIn",
    "SupportRequest",
    "Throttle",
    "Visit",
    "WorkingDay",
]
