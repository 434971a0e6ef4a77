"""Messages as one table: what happened, who is told of it, in which words, at once or in the day's summary.

In the app everybody is told at once. Outside, what is urgent goes out at once too; the rest waits for the one summary
a day that also holds the reminders. What happens to many findings at a time is gathered: one message a person, step and
day. Whoever acted is not told, and of several rules that fit a person the first holds.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """After the event `verb` those of the audience `to` get the message `code`; `urgent`: outside too, at once.

    `gathered`: what a person is told by it on one day comes as one message with a line for each finding.
    """

    verb: str
    to: str
    code: str
    urgent: bool = False
    gathered: bool = False


# Who is meant. The shared ones are told by their place in the house, so their organisation's channels are told too.
AUDIENCES = {
    "branch":       "the service leads of the branch that is asked",
    "marketing":    "the marketing officers",
    "approver":     "the approvers of the marketing department",
    "administrator": "the administrators",
    "reviewer":     "the marketing officer who reviewed it last, or all of them",
    "city_leader":  "the city's leaders",
    "branch_leader": "the leaders of the branch, or the city's where it has none",
    "forewarned":   "the service leads of the branch, where the visit was announced to it",
    "forewarned_leader": "the leaders of the branch, where the visit was announced to it",
    "forewarned_hall": "the managers of the hall, where the visit was announced",
    "hall":         "the hall managers to whom it is delegated",
    "delegate":     "the hall manager whom the event names",
    "delegator":    "who delegated it to a hall, by account or by link",
    "team":         "the team that visits",
    "teams":        "the teams of all visits of a round",
    "joined":       "who came into a team",
    "left":         "who is in a team no more",
    "reinspectors": "who was asked to look again",
    "issuer":       "who issued the notice",
    "mentioned":    "whom a comment mentions",
    "talking":      "who has commented before",
    "addressed":    "whom a step of the escalation names",
}  # fmt: skip
SHARED = ("branch", "forewarned", "marketing")
# Whom a step of the escalation (`loop.ESCALATIONS`) means.
ADDRESSED = {
    "service_lead": ("branch",),
    "deputy_manager": ("branch_leader",),
    "general_manager": ("city_leader", "branch_leader"),
}

# fmt: off
RULES: tuple[Rule, ...] = (
    #    event                            who            message                  outside at once
    Rule("round.published",               "teams",       "visits_planned"),
    Rule("assignment.planned",            "team",        "visits_planned",        urgent=True),
    Rule("assignment.announced",          "branch",      "visits_announced",      urgent=True),
    Rule("assignment.announced",          "forewarned_leader", "visits_announced"),
    Rule("visit.announced",               "forewarned_hall", "visit_announced",   urgent=True),
    Rule("assignment.team_changed",       "joined",      "team_joined",           urgent=True),
    Rule("assignment.team_changed",       "left",        "team_left",             urgent=True),
    Rule("visit.cancelled",               "team",        "visit_cancelled",       urgent=True),
    Rule("visit.cancelled",               "forewarned",  "announced_cancelled",   urgent=True),
    Rule("visit.cancelled",               "forewarned_hall", "announced_cancelled", urgent=True),
    Rule("visit.cancelled",               "forewarned_leader", "announced_cancelled"),
    Rule("visit.replanned",               "team",        "visit_replanned",       urgent=True),
    Rule("visit.replanned",               "forewarned",  "announced_replanned",   urgent=True),
    Rule("visit.replanned",               "forewarned_hall", "announced_replanned", urgent=True),
    Rule("visit.replanned",               "forewarned_leader", "announced_replanned"),
    Rule("visit.submitted",               "marketing",   "visit_submitted"),
    Rule("visit.critical_found",          "marketing",   "critical_found",        urgent=True),
    Rule("visit.critical_found",          "approver",    "critical_ahead",        urgent=True),
    Rule("visit.critical_ready",          "approver",    "critical_ready",        urgent=True),
    Rule("visit.critical_ready",          "marketing",   "critical_ready"),
    Rule("visit.returned",                "team",        "visit_returned",        urgent=True),
    Rule("visit.accepted",                "team",        "visit_accepted"),
    Rule("notice.issued",                 "branch",      "notice_issued",         urgent=True),
    Rule("notice.unled",                  "administrator", "notice_unled",        urgent=True),
    Rule("notice.acknowledged",           "issuer",      "notice_acknowledged"),
    Rule("notice.deemed",                 "branch",      "notice_deemed",         urgent=True),
    Rule("notice.deemed",                 "issuer",      "notice_deemed"),
    Rule("finding.object",                "marketing",   "objected"),
    Rule("finding.uphold",                "branch",      "objection_upheld",      urgent=True),
    Rule("finding.adjust",                "branch",      "objection_adjusted",    urgent=True),
    Rule("finding.overrule",              "branch",      "objection_granted",     urgent=True),
    Rule("finding.request_support",       "marketing",   "support_asked"),
    Rule("finding.answer",                "branch",      "support_answered",      urgent=True),
    Rule("extension.asked",               "reviewer",    "extension_asked",       urgent=True),
    Rule("extension.granted",             "branch",      "extension_granted",     urgent=True),
    Rule("extension.denied",              "branch",      "extension_denied",      urgent=True),
    Rule("finding.delegated",             "delegate",    "delegated",             urgent=True, gathered=True),
    Rule("finding.delegation_revoked",    "delegate",    "delegation_revoked"),
    Rule("finding.handed_over",           "branch",      "handed_over",           urgent=True),
    Rule("finding.taken_up",              "branch",      "taken_up"),
    Rule("finding.submit",                "reviewer",    "submitted",             gathered=True),
    Rule("finding.return",                "branch",      "returned",              urgent=True),
    Rule("finding.return",                "hall",        "returned",              urgent=True),
    Rule("finding.request_reinspection",  "reinspectors", "reinspection_asked",   urgent=True),
    Rule("finding.request_reinspection",  "branch",      "reinspection_planned"),
    Rule("finding.pass",                  "reviewer",    "reinspection_passed"),
    Rule("finding.fail",                  "branch",      "reinspection_failed",   urgent=True),
    Rule("finding.fail",                  "hall",        "reinspection_failed",   urgent=True),
    Rule("finding.fail",                  "reviewer",    "reinspection_failed"),
    Rule("finding.accept",                "branch",      "closed",                gathered=True),
    Rule("finding.accept",                "hall",        "closed",                gathered=True),
    Rule("finding.reopen",                "branch",      "reopened",              urgent=True),
    Rule("finding.reopen",                "hall",        "reopened",              urgent=True),
    Rule("finding.verify",                "branch",      "verified",              gathered=True),
    Rule("finding.commented",             "mentioned",   "mentioned",             urgent=True),
    Rule("finding.commented",             "talking",     "commented"),
    Rule("finding.commented",             "delegator",   "commented"),
    Rule("finding.commented",             "hall",        "commented"),
    Rule("finding.commented_by_link",     "branch",      "commented_by_link",     urgent=True),
    Rule("finding.commented_by_link",     "reviewer",    "commented_by_link"),
    Rule("finding.commented_by_link",     "talking",     "commented_by_link"),
    Rule("finding.overdue",               "branch",      "overdue",               urgent=True, gathered=True),
    Rule("finding.escalated",             "addressed",   "escalated",             urgent=True, gathered=True),
    Rule("escalation.accepted",           "branch",      "escalation_accepted",   urgent=True),
    Rule("escalation.accepted",           "branch_leader", "escalation_accepted", urgent=True),
    Rule("escalation.accepted",           "marketing",   "escalation_accepted"),
    Rule("escalation.declined",           "marketing",   "escalation_declined"),
)
# fmt: on
DAY = "day"  # the code of the day's summary
TEST = "test"  # the code of what "send a test" sends
PLACES = {"finding": "findings", "visit": "my-visits", "round": "my-visits", "notice": "home", "day": "messages"}
CODES_ELSEWHERE = {  # read on another page than their subject's: what a reviewer is told leads to where it is decided
    "visit_submitted": "review",
    "critical_found": "review",
    "notice_unled": "accounts",
    **dict.fromkeys(("critical_ahead", "critical_ready"), "drafts"),
    **dict.fromkeys(("visits_announced", "visit_announced", "announced_cancelled", "announced_replanned"), "home"),
    **dict.fromkeys(
        ("submitted", "objected", "support_asked", "extension_asked", "reinspection_passed"), "rectifications"
    ),
}
LEADING = ("home", "my-visits", "drafts", "accounts")  # pages that show what a message is about among other things
WITH_ID = ("findings", "review", "rectifications")  # pages that show the one thing a message is about

GATHERING = dt.timedelta(minutes=10)  # how long what is gathered waits for more before it goes outside
DIGEST_HOUR = 8  # in Shanghai, for whoever chose none
DIGEST_HOURS = tuple(range(6, 21))
MOST_LINES = 50  # of one message; further ones are counted
RETRY_AFTER = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))


def rules_for(verb: str) -> tuple[Rule, ...]:
    """What an event means for whom; nothing for most of them."""
    return tuple(rule for rule in RULES if rule.verb == verb)


def place_of(code: str, subject_kind: str, many: int = 1) -> str:
    """The page (its address) on which a message leads to its subject; one about many is read among the messages."""
    if many > 1:
        return "messages"
    return CODES_ELSEWHERE.get(code) or PLACES.get(subject_kind, "messages")


def retry_at(now: dt.datetime, attempts: int) -> dt.datetime | None:
    """When to try again after so many failed attempts; None: give up."""
    return now + RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None


def is_digest_due(hour: int, chosen: int | None) -> bool:
    """Whether the day's summary is due at this full hour in Shanghai."""
    return hour >= (DIGEST_HOUR if chosen is None else chosen)
