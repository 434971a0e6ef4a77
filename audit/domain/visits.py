"""Visits and rounds as tables: which action leads from which state to which, and who may do it.

Pages derive their buttons from these tables, services decide by them, tests enumerate them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audit.domain.checklist import Checklist, Item, visible_items
from audit.domain.permissions import Role
from audit.errors import RoundsError

ROUND_KINDS = ("cross_inspection", "third_party", "dial_test", "reception_day", "ad_hoc")
REINSPECTION = "reinspection"  # the kind of round that a look on the spot makes by itself; nobody plans it
ROUND_STATES = ("draft", "published", "running", "closed")
VISIT_STATES = ("planned", "open", "submitted", "returned", "accepted", "cancelled")
LOOKED = ("pass", "fail")  # how an item of a re-inspection is rated
SIGNATURE_STATES = ("signed", "refused", "absent", "covert")


@dataclass(frozen=True)
class Transition:
    """`action` leads from `source` to `target`. `leader_only`: of a team only its leader may do it."""

    action: str
    source: str
    target: str
    role: Role
    leader_only: bool = False


_S, _M = Role.SUPERVISOR, Role.MARKETING

# fmt: off
VISIT_TRANSITIONS: tuple[Transition, ...] = (
    #           action     from         to           by
    Transition("open",    "planned",   "open",      _S),
    Transition("open",    "returned",  "open",      _S),
    Transition("submit",  "open",      "submitted", _S, leader_only=True),
    Transition("conclude", "open",     "accepted",  _S, leader_only=True),  # a re-inspection: its findings go to review
    Transition("recall",  "submitted", "open",      _S, leader_only=True),  # until marketing opened it
    Transition("accept",  "submitted", "accepted",  _M),
    Transition("return",  "submitted", "returned",  _M),                    # with a comment
    Transition("cancel",  "planned",   "cancelled", _M),                    # with a reason
    Transition("cancel",  "open",      "cancelled", _M),
)
ROUND_TRANSITIONS: tuple[Transition, ...] = (
    Transition("publish", "draft",     "published", _M),
    Transition("start",   "published", "running",   _M),  # also happens by itself when the first visit is opened
    Transition("close",   "running",   "closed",    _M),  # once every visit is accepted or cancelled
)
# fmt: on


def is_due(state: str, planned_on: dt.date, today: dt.date) -> bool:
    """Whether a visit that is still to be made stands under "today": its day has come, or it was begun before."""
    return state != "planned" or planned_on <= today


def next_state(transitions: Sequence[Transition], state: str, action: str) -> str:
    """The state an action leads to. Raises `wrong_state`."""
    for transition in transitions:
        if (transition.action, transition.source) == (action, state):
            return transition.target
    raise RoundsError("wrong_state", state=state)


def actions(transitions: Sequence[Transition], state: str, role: Role) -> tuple[str, ...]:
    """What a role may do with a thing in this state."""
    return tuple(entry.action for entry in transitions if entry.source == state and entry.role is role)


@dataclass(frozen=True)
class AttachedPhoto:
    """A photo as far as rules look at it: the subject it is attached to, and its role (evidence, before, after, …)."""

    uuid: str
    attached_to: str
    role: str


@dataclass(frozen=True)
class Gaps:
    """What a visit still lacks before it may be submitted; item codes in order."""

    unanswered: tuple[str, ...]
    missing_photos: tuple[str, ...]
    missing_reasons: tuple[str, ...]
    missing_dates: tuple[str, ...]
    missing_signature: bool
    missing_questions: tuple[str, ...] = ()  # subjects: no answer, or N/A without a reason
    missing_notes: tuple[str, ...] = ()  # of a re-inspection: failed, and nothing said about it

    def __bool__(self) -> bool:
        lists = (
            self.unanswered, self.missing_photos, self.missing_reasons, self.missing_dates, self.missing_questions,
            self.missing_notes,
        )  # fmt: skip
        return any(lists) or self.missing_signature

    def to_json(self) -> dict[str, Any]:
        """The parameters of `visit.incomplete`."""
        return {
            "unanswered": list(self.unanswered),
            "missing_photos": list(self.missing_photos),
            "missing_reasons": list(self.missing_reasons),
            "missing_dates": list(self.missing_dates),
            "missing_signature": self.missing_signature,
            "missing_questions": list(self.missing_questions),
            "missing_notes": list(self.missing_notes),
        }


def gaps(
    checklist: Checklist,
    answers: Mapping[str, Mapping[str, Any]],
    photos: Iterable[AttachedPhoto],
    signature: Mapping[str, Any] | None,
    questions: Mapping[str, Mapping[str, Any]] | None = None,
) -> Gaps:
    """What is missing: ratings, reasons of N/A, dates of later, photos that the items ask for, the signature.

    `questions`: subject → body of each question on a current campaign, empty without an answer. A hall that takes no
    part in a campaign is N/A with a reason in the note.

    An item's photo rule: `always` wants one for pass, partial and fail; `on_fail` for fail. A correction on the spot
    wants a photo before and one after it. `photos` are those that were not removed.
    """
    photos = tuple(photos)
    answered = {code: answer.get("rating") for code, answer in answers.items()}
    shown = visible_items(checklist, answered)

    def lacking(rating: str, field: str) -> tuple[str, ...]:
        rated = (item.code for item in shown if answered.get(item.code) == rating)
        return tuple(code for code in rated if not str(answers[code].get(field) or "").strip())

    return Gaps(
        unanswered=tuple(item.code for item in shown if not answered.get(item.code)),
        missing_photos=tuple(item.code for item in shown if _photo_missing(item, answers.get(item.code, {}), photos)),
        missing_reasons=lacking("na", "reason"),
        missing_dates=lacking("later", "later_on"),
        missing_signature=not _signature_complete(signature, photos),
        missing_questions=tuple(name for name, body in (questions or {}).items() if not _question_answered(body)),
    )


def looked_gaps(
    checklist: Checklist,
    answers: Mapping[str, Mapping[str, Any]],
    photos: Iterable[AttachedPhoto],
    signature: Mapping[str, Any] | None,
) -> Gaps:
    """Like `gaps`, for a re-inspection: every item is passed or failed, and what failed says why."""
    found = gaps(checklist, answers, photos, signature)
    codes = [item.code for item in checklist.items()]
    rated = {code: answers.get(code, {}).get("rating") for code in codes}
    silent = (code for code in codes if rated[code] == "fail" and not str(answers[code].get("note") or "").strip())
    return replace(
        found,
        unanswered=tuple(code for code in codes if rated[code] not in LOOKED),
        missing_reasons=(),
        missing_dates=(),
        missing_notes=tuple(silent),
    )


def _question_answered(body: Mapping[str, Any]) -> bool:
    rating = body.get("rating")
    return bool(rating) and (rating != "na" or bool(str(body.get("note") or "").strip()))


def _photo_missing(item: Item, answer: Mapping[str, Any], photos: Sequence[AttachedPhoto]) -> bool:
    rating = answer.get("rating")
    roles = [photo.role for photo in photos if photo.attached_to == f"item:{item.code}"]
    if answer.get("corrected_on_spot") and rating in ("partial", "fail"):
        return "after" not in roles or not {"before", "evidence"} & set(roles)
    asked = (item.photo == "always" and rating in ("pass", "partial", "fail")) or (
        item.photo == "on_fail" and rating == "fail"
    )
    return asked and not roles


def _signature_complete(signature: Mapping[str, Any] | None, photos: Sequence[AttachedPhoto]) -> bool:
    if not signature or signature.get("status") not in SIGNATURE_STATES:
        return False
    if signature["status"] != "signed":
        return True
    drawn = any(photo.uuid == signature.get("photo_uuid") for photo in photos)
    return drawn and bool((signature.get("name") or "").strip())
