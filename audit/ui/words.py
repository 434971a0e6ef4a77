"""The product's codes in words: one table a group. The English text is the message id; a missing code shows itself."""

from collections.abc import Mapping

from audit.domain.city import ORGANISATION_KINDS, OUTLET_KINDS
from audit.domain.findings import SEVERITY_NAMES
from audit.domain.loop import STAGE_NAMES, STAGE_STATES, STATE_NAMES
from audit.domain.permissions import ROLES
from audit.i18n import pick, translator
from audit.tokens import GRADES, RATINGS, SEVERITIES, STAGES


def N_(text: str) -> str:
    """Mark a text for the catalogue where it is listed; it is translated where it is shown."""
    return text


# fmt: off
WORDS: dict[str, dict[str, str]] = {
    "state": {
        "open": N_("Open"), "closed": N_("Closed"), "active": N_("Active"), "inactive": N_("Deactivated"),
        "draft": N_("Draft"), "published": N_("Published"), "running": N_("Running"), "withdrawn": N_("Withdrawn"),
        "planned": N_("Planned"), "submitted": N_("Submitted"), "returned": N_("Sent back"),
        "accepted": N_("Accepted"), "cancelled": N_("Cancelled"), "later": N_("Later"),
    },
    "visit": {
        "planned": N_("Planned"), "open": N_("In progress"), "submitted": N_("To be reviewed"),
        "returned": N_("Sent back"), "accepted": N_("Accepted"), "cancelled": N_("Cancelled"),
    },
    "round": {
        "draft": N_("Draft"), "published": N_("Published"), "running": N_("Running"), "closed": N_("Closed"),
    },
    "round_kind": {
        "cross_inspection": N_("Cross-inspection"), "third_party": N_("Third-party survey"),
        "dial_test": N_("Dial test"), "reception_day": N_("Customer reception day"), "ad_hoc": N_("Ad-hoc visit"),
        "reinspection": N_("Re-inspection"),
    },
    "rating": {
        "pass": N_("Pass"), "partial": N_("Partly"), "fail": N_("Fail"), "na": N_("Not applicable"),
        "later": N_("Later"), "none": N_("Not answered"),
    },
    "grade": {
        "excellent": N_("Excellent"), "good": N_("Good"), "qualified": N_("Qualified"), "failed": N_("Below standard"),
    },
    "scope": {
        "city": N_("Whole city"), "branch": N_("Branch"), "outlet": N_("Outlet"),
        "assignments": N_("Own assignments"), "season": N_("Season"), "system": N_("System"),
    },
    "verb": {
        "organisation.created": N_("Created"), "organisation.changed": N_("Changed"),
        "organisation.closed": N_("Closed"), "organisation.reopened": N_("Reopened"),
        "outlet.created": N_("Created"), "outlet.changed": N_("Changed"), "outlet.moved": N_("Moved"),
        "outlet.closed": N_("Closed"), "outlet.reopened": N_("Reopened"),
        "account.created": N_("Created"), "account.changed": N_("Changed"), "account.granted": N_("Roles changed"),
        "account.deactivated": N_("Deactivated"), "account.activated": N_("Activated"),
        "account.password_reset": N_("Password reset"), "account.password_changed": N_("Password changed"),
        "account.session_ended": N_("Session ended"),
    },
    "evidence_kind": {
        "photo": N_("Photo"), "training_record": N_("Training record"), "retest": N_("Re-test"),
    },
    "language": {"zh": N_("Chinese"), "en": N_("English"), "both": N_("Chinese and English")},
    "document": {
        "notice": N_("Rectification notice"), "visit_report": N_("Visit report"),
        "rectification": N_("Rectification report"), "rectification_draft": N_("Rectification report (draft)"),
        "visit_report_draft": N_("Visit report (draft)"),
    },
    "finding": {
        "nonconformity": N_("Nonconformity"), "improvement": N_("Improvement"), "highlight": N_("Highlight"),
    },
    "finding_action": {
        "merge": N_("Merge"), "withdraw": N_("Withdraw"), "issue": N_("Issue"), "acknowledge": N_("Acknowledge"),
        "object": N_("Object"), "uphold": N_("Uphold"), "adjust": N_("Adjust"), "overrule": N_("Withdraw the finding"),
        "request_support": N_("Ask the city for support"), "answer": N_("Answer the request"),
        "submit": N_("Submit the rectification"), "recall": N_("Take the submission back"),
        "return": N_("Return to the branch"), "request_reinspection": N_("Have it re-inspected"),
        "cancel_reinspection": N_("Call the re-inspection off"),
        "pass": N_("Passed on the spot"), "fail": N_("Failed on the spot"), "accept": N_("Accept and close"),
        "reopen": N_("Reopen"), "deem_acknowledged": N_("Counted as acknowledged"), "verify": N_("Verified"),
    },
    "finding_event": {
        "finding.merge": N_("Merged into another"), "finding.withdraw": N_("Draft withdrawn"),
        "finding.issue": N_("Issued"), "finding.acknowledge": N_("Acknowledged"), "finding.object": N_("Objected"),
        "finding.uphold": N_("Objection turned down"), "finding.adjust": N_("Finding adjusted"),
        "finding.overrule": N_("Finding withdrawn"), "finding.request_support": N_("Support of the city asked for"),
        "finding.answer": N_("Request for support answered"), "finding.submit": N_("Rectification submitted"),
        "finding.recall": N_("Submission taken back"), "finding.return": N_("Returned to the branch"),
        "finding.request_reinspection": N_("Re-inspection asked for"),
        "finding.cancel_reinspection": N_("Re-inspection called off"), "finding.pass": N_("Passed on the spot"),
        "finding.fail": N_("Failed on the spot"), "finding.accept": N_("Accepted and closed"),
        "finding.reopen": N_("Finding reopened"), "finding.deem_acknowledged": N_("Counted as acknowledged"),
        "finding.verify": N_("Verified"), "rectification.saved": N_("Wrote on the answer"),
        "finding.review_opened": N_("Review begun"), "finding.photos_late": N_("Photos added that came late"),
        "finding.repeated": N_("Marked as a repeat"),
        "finding.delegated": N_("Delegated to the hall"), "finding.link_given": N_("Link given out"),
        "finding.handed_over": N_("Handed over by the hall"), "finding.taken_up": N_("Taken up again by the hall"),
        "finding.delegation_revoked": N_("Delegation taken back"), "evidence.added": N_("Evidence added"),
        "evidence.removed": N_("Evidence taken back"), "extension.asked": N_("Extension asked for"),
        "extension.granted": N_("Extension granted"), "extension.denied": N_("Extension denied"),
        "finding.merge_undone": N_("No longer merged: the draft that was kept is gone"),
        "finding.overdue": N_("Has become overdue"), "finding.escalated": N_("Escalated to the leaders"),
        "escalation.accepted": N_("A leader accepted the proposal"),
        "escalation.declined": N_("A leader declined the proposal"),
    },
    "proposal": {
        "supervise": N_("Supervision"), "circular": N_("Naming in the circular"), "interview": N_("Interview"),
    },
    "topic": {
        "finding": N_("Findings"), "notice": N_("Notices"), "visit": N_("Visits"), "round": N_("Rounds"),
        "day": N_("Summaries of the day"),
    },
    "message": {"unread": N_("Unread"), "read": N_("Read")},
    "delivery": {
        "unread": N_("Unread"), "read": N_("Read"), "waiting": N_("On its way"), "sent": N_("Sent"),
        "failed": N_("Given up"), "dropped": N_("Not sent: the channel was removed"),
    },
    "sending_error": {
        "unreachable": N_("The other side could not be reached, or refused."),
        "refused": N_("The other side refused (status {status})."),
        "impossible": N_("This channel cannot be used any more: its settings have changed."),
    },
    "timing": {
        "overdue": N_("Past due"), "soon": N_("Due within 2 working days"), "on_time": N_("Answered by the due time"),
        "late": N_("Answered late or overdue"), "age_3": N_("Open up to 3 working days"),
        "age_7": N_("Open 4 to 7 working days"), "age_15": N_("Open 8 to 15 working days"),
        "age_more": N_("Open over 15 working days"),
    },
    "age": {"age_3": N_("up to 3"), "age_7": N_("4 to 7"), "age_15": N_("8 to 15"), "age_more": N_("over 15")},
    "mark": {
        "repeat": N_("Repeats"), "first_pass": N_("Passed at the first go"), "sent_back": N_("Sent back before"),
        "closed": N_("Closed after an answer"),
    },
    "waits": {
        "rectification": N_("Rectifications"), "objection": N_("Objections raised"),
        "support": N_("Requests for support"), "extension": N_("Extensions"),
    },
    "order": {"due": N_("By due time"), "newest": N_("Newest first"), "severity": N_("By severity")},
    "group": {"organisation": N_("By branch"), "section": N_("By section"), "round": N_("By round")},
    "signature": {
        "signed": N_("Signed"), "refused": N_("Refused to sign"), "absent": N_("Duty manager absent"),
        "covert": N_("Unannounced visit"),
    },
    "season_state": {
        "draft": N_("Draft"), "running": N_("Running"), "frozen": N_("Frozen"), "closed": N_("Closed"),
    },
    "season_step": {
        "start": N_("Start the season"), "freeze": N_("Freeze the scoreboard"), "thaw": N_("Let the scoreboard move"),
        "close": N_("Close the season"), "reopen": N_("Reopen the season"),
    },
    "leg": {
        "skill": N_("Skills"), "quiz": N_("Quiz"), "votes": N_("Votes"), "cases": N_("Cases and golden ideas"),
        "bonus": N_("Bonus"),
    },
    "lacking": {
        "skill": N_("Skill score"), "quiz": N_("Quiz points"), "votes": N_("Votes"), "photo": N_("Photo"),
        "contact": N_("Phone or e-mail for the code"), "phone": N_("Phone in the roster"),
    },
    "score_source": {"central": N_("Skill centre"), "branch": N_("Own branch")},
    "contribution_kind": {"case": N_("Case"), "idea": N_("Golden idea")},
    "contribution_state": {
        "submitted": N_("To be reviewed"), "returned": N_("Sent back"), "refused": N_("Not taken"),
        "published": N_("Published"), "adopted": N_("Adopted"),
    },
    "held_view": {"waiting": N_("Waiting for a decision"), "decided": N_("Decided"), "slips": N_("Vote slips")},
    "held_decide": {"count": N_("Count the votes …"), "discard": N_("Discard the votes …")},
    "held_decision": {"count": N_("Votes counted"), "discard": N_("Votes discarded")},
    "signal": {
        "device": N_("Many from one device"), "network": N_("Many from one network"),
        "burst": N_("A burst for one name"), "name_outlet": N_("One hall's slips, mostly for one name"),
        "name_network": N_("One network, mostly for one name"), "fresh": N_("New devices alone for one name"),
        "own_phone": N_("For oneself, by the own phone"),
    },
    "voter_kind": {
        "transaction": N_("By a served transaction"), "phone": N_("By phone number"), "employee": N_("As an employee"),
    },
    "contest_document": {"scoreboard": N_("Scoreboard"), "certificates": N_("Certificates")},
    "review_step": {
        "publish": N_("Publish"), "return": N_("Send back"), "refuse": N_("Do not take"), "adopt": N_("Adopt"),
        "retract": N_("Take back to review"),
    },
    "difficulty": {"easy": N_("Easy"), "medium": N_("Medium"), "hard": N_("Hard")},
    "advice": {
        "few": N_("too few answers"), "easy": N_("too easy"), "hard": N_("too hard"), "weak": N_("hardly tells apart"),
        "negative": N_("those who know more get it wrong"), "": N_("fine"),
        "struck": N_("struck: full marks for everybody"),
    },
    "photo_role": {
        "before": N_("Before"), "after": N_("After"), "evidence": N_("Evidence"), "overview": N_("Overview"),
    },
    "captured": {
        "camera": N_("taken in the form"), "gallery": N_("date of the file"), "exif": N_("from the photo"),
        "device": N_("by the tablet's clock"),
    },
}
FIELDS = {
    "code": N_("Code (unique)"), "kind": N_("Kind"), "name_zh": N_("Chinese name"), "name_en": N_("English name"),
    "zone": N_("Zone"), "latitude": N_("Latitude"), "longitude": N_("Longitude"), "organisation": N_("Organisation"),
    "organisation_id": N_("Organisation"), "address_zh": N_("Chinese address"), "address_en": N_("English address"),
    "sign_in_name": N_("Sign-in name"), "name": N_("Name"), "person_en": N_("Name in English"),
    "employee_number": N_("Employee number"),
    "phone": N_("Phone"), "email": N_("E-mail"), "locale": N_("Language"), "grants": N_("Roles"),
    "closed_on": N_("Closed on"), "comment": N_("Comment"), "starts_on": N_("First day"), "ends_on": N_("Last day"),
    "members": N_("Team"), "leader": N_("Leader"), "outlets": N_("Outlets"), "reason": N_("Reason"),
    "materials_zh": N_("Materials (Chinese)"), "materials_en": N_("Materials (English)"),
    "talking_points_zh": N_("Talking points (Chinese)"), "talking_points_en": N_("Talking points (English)"),
    "questions": N_("Questions"), "checklist_version_id": N_("Checklist"),
    "inspecting_id": N_("Inspecting organisation"), "inspected_id": N_("Inspected organisation"),
    "na_items": N_("Items that never apply here, with reason"),
    "planned_on": N_("Day"),
    "severity": N_("Severity"), "requirement": N_("Requirement"), "criterion": N_("Acceptance criterion"),
    "requirement_zh": N_("Requirement (Chinese)"), "requirement_en": N_("Requirement (English)"),
    "criterion_zh": N_("Acceptance criterion (Chinese)"), "criterion_en": N_("Acceptance criterion (English)"),
    "evidence_kind": N_("Evidence asked for"), "observation": N_("What was seen"),
    "merged_into": N_("The draft that is kept"), "due_on": N_("Due date"), "day": N_("Day"),
    "evidence": N_("Evidence"), "photos": N_("Photos"),
    "need": N_("What is needed"), "interim_measure": N_("Measure until then"), "owner": N_("Who sees to it"),
    "new_day": N_("New due date"), "team": N_("Who re-inspects"),
    "correction": N_("What was put right"), "cause": N_("Cause"),
    "corrective_action": N_("So that it does not happen again"), "horizontal_check": N_("Check of the other halls"),
    "channel_address": N_("E-mail address"), "channel_key": N_("Address of the robot (webhook) or its key"),
    "channel_token": N_("Address of the robot (webhook) or its token"), "channel_url": N_("Address (https://…)"),
    "channel_sign": N_("Secret for signing (SEC…), where the robot has one"), "proposal": N_("Proposal"),
    "digest_hour": N_("Time of the day's summary"),
    "responsible": N_("Responsible person"), "completed_on": N_("Completed on"), "text": N_("Comment"),
    "points": N_("Points"), "ineligible": N_("Why this person cannot become a star"),
    "complaints": N_("Upheld complaints"), "story_zh": N_("Story (Chinese)"), "story_en": N_("Story (English)"),
    "outlet_id": N_("Outlet"), "outlet": N_("Outlet"), "channel": N_("Channel"), "count": N_("How many"),
    "address": N_("Address"), "grade": N_("Class"), "title": N_("Title"), "rules": N_("Rules"), "week": N_("Week"),
    "text_zh": N_("Question text"), "text_en": N_("Question text (English)"), "options": N_("Options"),
    "topic": N_("Topic"), "explanation_zh": N_("Explanation"), "explanation_en": N_("Explanation (English)"),
}
# What a state looks like: sign and colour; the word always stands beside it.
LOOKS: dict[str, Mapping[str, tuple[str, str]]] = {
    "visit": {
        "planned": (RATINGS["na"][0], "○"), "open": (RATINGS["later"][0], "◐"),
        "submitted": (STAGES["communicate"][0], "▶"), "returned": (RATINGS["fail"][0], "↩"),
        "accepted": (RATINGS["pass"][0], "✓"), "cancelled": (RATINGS["na"][0], "✕"),
    },
    "round": {
        "draft": (RATINGS["na"][0], "○"), "published": (RATINGS["later"][0], "▷"),
        "running": (RATINGS["partial"][0], "◐"), "closed": (RATINGS["pass"][0], "✓"),
    },
    "rating": RATINGS,
    "grade": GRADES,
    "finding_state": {
        state: STAGES[stage] for stage, states in STAGE_STATES.items() for state in states
    },
    "severity": SEVERITIES,
    "stage": STAGES,
    "message": {"unread": (STAGES["communicate"][0], "●"), "read": (RATINGS["na"][0], "")},
    "delivery": {
        "unread": (STAGES["communicate"][0], "●"), "read": (RATINGS["pass"][0], "✓"),
        "waiting": (RATINGS["later"][0], "◐"), "sent": (RATINGS["pass"][0], "✓"),
        "failed": (RATINGS["fail"][0], "✕"), "dropped": (RATINGS["na"][0], "✕"),
    },
    "state": {"closed": (RATINGS["na"][0], "✕"), "inactive": (RATINGS["na"][0], "✕")},
    "season_state": {
        "draft": (RATINGS["na"][0], "○"), "running": (RATINGS["pass"][0], "▶"), "frozen": (RATINGS["later"][0], "❄"),
        "closed": (RATINGS["na"][0], "✓"),
    },
    "held_decision": {"count": (RATINGS["pass"][0], "✓"), "discard": (RATINGS["na"][0], "✕")},
    "contribution_state": {
        "submitted": (RATINGS["partial"][0], "▶"), "returned": (RATINGS["fail"][0], "↩"),
        "refused": (RATINGS["na"][0], "✕"), "published": (RATINGS["later"][0], "✓"),
        "adopted": (RATINGS["pass"][0], "★"),
    },
}
# fmt: on
BILINGUAL: dict[str, Mapping[str, tuple[str, str]]] = {
    "organisation_kind": {str(kind): words for kind, words in ORGANISATION_KINDS.items()},
    "outlet_kind": {str(kind): words for kind, words in OUTLET_KINDS.items()},
    "role": {str(role): words[:2] for role, words in ROLES.items()},
    "severity": SEVERITY_NAMES,
    "finding_state": STATE_NAMES,
    "stage": STAGE_NAMES,
}


def word(locale: str, group: str, code: str) -> str:
    """The word for a code in a language; the code itself when no table knows it."""
    if group in BILINGUAL:
        pair = BILINGUAL[group].get(code)
        return pick(locale, *pair) if pair else code
    text = WORDS[group].get(code)
    return translator(locale)(text) if text else code


def field_label(locale: str, code: str) -> str:
    """The label of a field by its code; codes that no form has are shown as they are."""
    return translator(locale)(FIELDS[code]) if code in FIELDS else code


def look(group: str, code: str) -> tuple[str, str]:
    """Colour and sign of a state; grey and none when it has no look of its own."""
    return LOOKS.get(group, {}).get(code, (RATINGS["na"][0], ""))
