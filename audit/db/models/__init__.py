"""The tables. One file a subject; this page gathers them so that `metadata` is complete."""

from audit.db.models.accounts import Account, Grant, SignIn, Throttle
from audit.db.models.checklists import Campaign, ChecklistVersion, ReferencePhoto
from audit.db.models.city import Organisation, Outlet
from audit.db.models.contest import (
    Contestant,
    ContestantSignIn,
    ContestTally,
    OneTimeCode,
    PanelBallot,
    QuizWeek,
    ScoreboardSnapshot,
    Season,
    SeasonRules,
    SkillScore,
)
from audit.db.models.contest_cases import Contribution, ContributionComment, ContributionPhoto, Repost
from audit.db.models.contest_quiz import Question, QuizAnswer, QuizAttempt, QuizPaper
from audit.db.models.contest_votes import Ballot, BallotName, Quarantine, Voter, VoteToken
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
from audit.db.models.rounds import Assignment, AssignmentMember, AssignmentOutlet, Round
from audit.db.models.visits import Photo, Revision, Visit

__all__ = [
    "Account",
    "Assignment",
    "AssignmentMember",
    "AssignmentOutlet",
    "Ballot",
    "BallotName",
    "Campaign",
    "ChainHead",
    "ChecklistVersion",
    "Comment",
    "ContestTally",
    "Contestant",
    "ContestantSignIn",
    "Contribution",
    "ContributionComment",
    "ContributionPhoto",
    "Delegation",
    "Document",
    "Event",
    "Evidence",
    "Extension",
    "Finding",
    "FindingPhoto",
    "Grant",
    "Job",
    "Notice",
    "NumberSeries",
    "Objection",
    "OneTimeCode",
    "Organisation",
    "Outlet",
    "PanelBallot",
    "Photo",
    "Quarantine",
    "Question",
    "QuizAnswer",
    "QuizAttempt",
    "QuizPaper",
    "QuizWeek",
    "Rectification",
    "ReferencePhoto",
    "Reinspection",
    "ReinspectionMember",
    "ReportDraft",
    "Repost",
    "Revision",
    "Round",
    "ScoreboardSnapshot",
    "Season",
    "SeasonRules",
    "Seen",
    "SignIn",
    "SkillScore",
    "SupportRequest",
    "Throttle",
    "Visit",
    "VoteToken",
    "Voter",
    "WorkingDay",
]
