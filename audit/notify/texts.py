"""What a message says, in the language of whoever reads it. The English text is the message id."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.i18n import aside, format_date, format_due, pick, translator


def N_(text: str) -> str:
    """Mark a text for the catalogue where it is listed."""
    return text


# fmt: off
TEXTS: dict[str, tuple[str, str]] = {
    # code                  title                                                       what else it says
    "visits_planned":      (N_("Visits are planned for you: {round}"),                  ""),
    "team_joined":         (N_("You are in the team that visits {branch}"),             N_("Round: {round}")),
    "team_left":           (N_("You are no longer in the team that visits {branch}"),   N_("Round: {round}")),
    "visit_cancelled":     (N_("The visit of {outlet} is cancelled"),                   N_("Reason: {said}")),
    "visit_replanned":     (N_("The visit of {outlet} is on another day: {day}"),       ""),
    "visit_submitted":     (N_("The visit of {outlet} is to be reviewed"),              N_("By {who}")),
    "visit_returned":      (N_("The visit of {outlet} was sent back"),                  N_("{who}: {said}")),
    "visit_accepted":      (N_("The visit of {outlet} was accepted"),                   ""),
    "visits_announced":    (N_("Visits are announced: {round}"),                        N_("{inspecting} comes to these places:")),  # noqa: E501
    "visit_announced":     (N_("A visit of {outlet} is announced: {day}"),              N_("{inspecting} comes.")),
    "announced_cancelled": (N_("The announced visit of {outlet} is called off: {day}"), ""),
    "announced_replanned": (N_("The announced visit of {outlet} is on another day: {day}"), N_("{inspecting} comes.")),
    "critical_found":      (N_("Critical findings at {outlet}: {count}"),               N_("Review the visit today: they go out the same day.")),  # noqa: E501
    "critical_ahead":      (N_("Critical findings at {outlet}: {count}"),               N_("Marketing reviews the visit; then they are yours to issue, the same day.")),  # noqa: E501
    "critical_ready":      (N_("Critical findings to issue today, {outlet}: {count}"),  N_("The visit is accepted. They go out as a supplement, without waiting for the round.")),  # noqa: E501
    "notice_issued":       (N_("Rectification notice {number}: {count} to rectify"),      N_("Acknowledge it within one working day. Round: {round}")),  # noqa: E501
    "notice_unled":        (N_("{branch} has a notice and nobody who answers it: {number}"), N_("No active account holds the branch's service lead. Give the role to somebody: until then nobody rectifies, and the time runs.")),  # noqa: E501
    "notice_acknowledged": (N_("{branch} has acknowledged notice {number}"),            ""),
    "notice_deemed":       (N_("Notice {number} counts as acknowledged"),               N_("Nobody of {branch} acknowledged it in time; the time to rectify is running.")),  # noqa: E501
    "objected":            (N_("{branch} objects: {finding}"),                          N_("Reason: {said}")),
    "objection_upheld":    (N_("The objection was turned down: {finding}"),             N_("Due {due}. {said}")),
    "objection_adjusted":  (N_("The finding was adjusted after the objection: {finding}"), N_("Due {due}. {said}")),
    "objection_granted":   (N_("The finding was withdrawn after the objection: {finding}"), N_("{who}: {said}")),
    "support_asked":       (N_("{branch} asks for support: {finding}"),                 N_("What is needed: {said}")),
    "support_answered":    (N_("The request for support is answered: {finding}"),       N_("Due {due}. {said}")),
    "extension_asked":     (N_("{branch} asks for an extension: {finding}"), N_("Until {day}. Reason: {said}")),
    "extension_granted":   (N_("The extension is granted: {finding}"),                  N_("Due {due}")),
    "extension_denied":    (N_("The extension is denied: {finding}"),                   N_("{who}: {said}")),
    "delegated":           (N_("You are asked to rectify: {finding}"),                  N_("By {who}. Due {due}")),
    "delegation_revoked":  (N_("You need not rectify any more: {finding}"),             N_("By {who}")),
    "handed_over":         (N_("A hall has written its answer: {finding}"),             N_("Look at it and submit it. Due {due}. {outlet}")),  # noqa: E501
    "taken_up":            (N_("The hall goes on writing: {finding}"),                  N_("It had handed over its answer. Wait until it does so again. {outlet}")),  # noqa: E501
    "submitted":           (N_("{branch} has rectified: {finding}"),                    N_("To be reviewed. {outlet}")),
    "returned":            (N_("The rectification was returned: {finding}"),            N_("Due {due}. {said}")),
    "reinspection_asked":  (N_("You are asked to look again: {finding}"),               N_("{outlet}, {day}")),
    "reinspection_planned": (N_("Somebody will look again: {finding}"),                 N_("{outlet}, {day}")),
    "reinspection_passed": (N_("Passed on the spot: {finding}"),                        N_("{who}: {said}")),
    "reinspection_failed": (N_("Failed on the spot: {finding}"),                        N_("Due {due}. {said}")),
    "closed":              (N_("Accepted and closed: {finding}"),                       N_("{outlet}")),
    "reopened":            (N_("Reopened: {finding}"),                                  N_("Due {due}. {said}")),
    "verified":            (N_("A later visit has verified: {finding}"),                N_("{outlet}")),
    "mentioned":           (N_("{who} mentions you: {finding}"),                        N_("{said}")),
    "commented":           (N_("{who} comments: {finding}"),                            N_("{said}")),
    "commented_by_link":   (N_("{who}, in the hall by link, comments: {finding}"),      N_("{said}")),
    "overdue":             (N_("Overdue: {finding}"),                             N_("It was due {due}. {outlet}")),
    "escalated":           (N_("A leader is asked to look: {finding}"),                 N_("{branch}, {outlet}. It was due {due}, working days over: {count}. Proposed: {proposal}")),  # noqa: E501
    "escalation_accepted": (N_("{proposal}, a leader has decided: {finding}"),          N_("{who}: {said}")),
    "escalation_declined": (N_("{proposal}, a leader has declined it: {finding}"),      N_("{who}: {said}")),
    # Many of one day as one message: its code and _many. The lines stand below.
    "delegated_many":      (N_("You are asked to rectify: {many} findings"),            ""),
    "submitted_many":      (N_("Rectifications to review: {many}"),                     ""),
    "closed_many":         (N_("Accepted and closed: {many} findings"),                 ""),
    "verified_many":       (N_("Later visits have verified {many} findings"),           ""),
    "overdue_many":        (N_("Overdue: {many} findings"),                             N_("They were due {due}.")),
    "escalated_many":      (N_("A leader is asked to look: {many} findings"),           N_("Proposed: {proposal}")),
    "day":                 (N_("Your day: {count} to rectify, {news} news"),            ""),
    "day_reminders":       (N_("Your day: {count} to rectify"),                         ""),
    "day_news":            (N_("Your day: {news} news"),                                ""),
    "test":                (N_("A test message of Rounds"),                             N_("{who} has asked for it. Messages will arrive here.")),  # noqa: E501
}
# A line of the day's summary, by the reminder.
REMINDERS = {
    "overdue": N_("Past due"), "today": N_("Due today at 18:00"), "one_day": N_("Due on the next working day"),
    "two_days": N_("Due in two working days"),
}
PROPOSALS = {
    "supervise": N_("Supervision"), "circular": N_("Naming in the circular"), "interview": N_("Interview"),
    "": N_("nothing yet"),
}
NEWS = N_("News")
FIRST = 15  # lines of a message about many: a group robot takes 2,048 bytes
PARTS = ("lines", "told", "days", "gathered")  # of a summary, among its params: not words of a sentence
# fmt: on


@dataclass(frozen=True)
class Letter:
    """A message as it is read."""

    title: str
    body: str


def letter(locale: str, code: str, params: Mapping[str, Any]) -> Letter:
    """The text of a message. `params`: a pair is Chinese and English; `due` is an instant and `day` a day, in ISO."""
    _ = translator(locale)
    words = _Words({name: _told(locale, name, value) for name, value in params.items() if name not in PARTS})
    if code == "day" and not (params.get("count") and params.get("news")):
        code = "day_reminders" if params.get("count") else "day_news"
    many = params.get("many", 1)
    title, body = TEXTS[f"{code}_many" if many > 1 else code]
    told, lines = _(body).format_map(words).strip() if body else "", _summary(locale, params)
    if not lines:  # a colon before nothing: who has nothing to say said nothing
        told = told.strip(" :：")
    return Letter(_(title).format_map(words), "\n".join([*filter(None, [told]), *lines]))


def in_short(locale: str, code: str, params: Mapping[str, Any]) -> str:
    """What a message says where the finding it is about is known already; for a reminder, which one."""
    if code in REMINDERS:
        return translator(locale)(REMINDERS[code])
    return letter(locale, code, {**params, "finding": "", "many": 1}).title.strip(" :：")


def _summary(locale: str, params: Mapping[str, Any]) -> list[str]:
    """The lines of a day's summary: under each reminder what it is about, then the titles of the news.

    Of visits that are announced: each outlet with its day. Of many findings: the first ones, and how many more.
    """
    _ = translator(locale)
    days = params.get("days", ())
    lines = [f"· {aside(locale, pick(locale, *names), _told(locale, 'day', day))}" for *names, day in days]
    many = params.get("many", 1)
    if many > 1:
        shown = params.get("gathered", ())[:FIRST]
        lines += [_line(locale, *line[:4]) for line in shown]
        lines += [_("… and {count} more").format(count=many - len(shown))] if many > len(shown) else []
    for code, title in REMINDERS.items():
        about = [line for line in params.get("lines", ()) if line[0] == code]
        if about:
            lines += [_(title), *(_line(locale, *line[1:5]) for line in about)]
    news = params.get("told", ())
    if news:
        lines += [_(NEWS), *(f"· {letter(locale, code, facts).title}" for code, facts in news)]
    return lines


def _line(locale: str, zh: str, en: str, place_zh: str, place_en: str) -> str:
    """A finding in a list: what it is about and where."""
    return f"· {aside(locale, pick(locale, zh, en), pick(locale, place_zh, place_en))}"


class _Words(dict[str, str]):
    """A missing fact is left out of the sentence: better a shorter message than none."""

    def __missing__(self, _key: str) -> str:
        return ""


def _told(locale: str, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return pick(locale, str(value[0]), str(value[1]))
    if name == "proposal":
        return translator(locale)(PROPOSALS.get(str(value), str(value)))
    if name == "due":
        return format_due(locale, dt.datetime.fromisoformat(str(value)))
    if name == "day":
        return format_date(locale, dt.date.fromisoformat(str(value)))
    return str(value)
