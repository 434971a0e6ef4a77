"""What the documents show, as frozen values: everything is chosen, numbered and computed before the layout sees it.

`audit.services.reports` fills them from the database, `exports` turns them into files. Free text is a plain string, in
the language its writer used; everything the product words itself is a pair (`Words`). Rates and totals are percent or
points with two places, already rounded (`Decimal`); `None` stands for "cannot be told", never for zero.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from audit.domain.events import Head
from audit.domain.scoring import half_up

LANGUAGES = ("zh", "en", "both")
RATINGS = ("pass", "partial", "fail", "na", "later")
# In the order of the document.
FIGURE_PARTS = ("overview", "highlights", "shortcomings", "campaigns", "meeting", "others")
WORKING_DAYS = {"critical": 3, "major": 7, "minor": 15}  # to answer a finding of this severity


@dataclass(frozen=True)
class Words:
    """A text in Chinese and English."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The text in "zh" or "en", or the other one where it is empty."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


@dataclass(frozen=True)
class Shape:
    """An annotation over a photo; corners as shares (0..1) of the upright picture's width and height."""

    type: str  # arrow (from 1 to 2) | box (corners 1 and 2) | text (its baseline begins at 1)
    x1: float
    y1: float
    x2: float = 0.0
    y2: float = 0.0
    text: str = ""
    colour: str = "#c2452d"

    @classmethod
    def of(cls, shape: Mapping[str, Any]) -> "Shape":
        """A shape as a photo's revision holds it."""
        return cls(
            str(shape.get("type", "")),
            x1=float(shape.get("x1") or 0),
            y1=float(shape.get("y1") or 0),
            x2=float(shape.get("x2") or 0),
            y2=float(shape.get("y2") or 0),
            text=str(shape.get("text") or ""),
            colour=str(shape.get("colour") or cls.colour),
        )


@dataclass(frozen=True)
class PhotoRef:
    """A photo in the document. Its bytes come from the caller's resolver, never from here."""

    uuid: UUID
    width: int  # pixels of the derivative
    height: int
    kind: str = "report"  # which derivative: report | thumbnail
    caption: str = ""
    place: Words = field(default_factory=lambda: Words("", ""))
    taken_at: dt.datetime | None = None
    overlay: tuple[Shape, ...] = ()
    number: int = 0  # 图1, 图2, … over the whole document; 0: not a figure (signatures)
    issue: Words = field(default_factory=lambda: Words("", ""))  # stands in for an empty caption
    preset: bool = True  # whether it is shown as long as nobody chose


@dataclass(frozen=True)
class SectionScore:
    """One section of the checklist in one visit: the branch's rate beside the round's city average, in percent."""

    code: str
    title: Words
    weight: int
    rate: Decimal | None
    city: Decimal | None = None


@dataclass(frozen=True)
class Score:
    """A visit's or a branch's result in points of 100."""

    total: Decimal | None
    raw_total: Decimal | None = None  # before the cap of a failed critical item
    grade: str = ""  # excellent | good | qualified | failed; empty without a total
    provisional: bool = False
    capped: bool = False
    city: Decimal | None = None


@dataclass(frozen=True)
class ItemResult:
    """One line of the full checklist."""

    section: str
    code: str
    text: Words
    critical: bool
    points: int
    rating: str | None
    note: str = ""
    reason: str = ""
    photos: int = 0


@dataclass(frozen=True)
class Signature:
    """The duty manager's signature, or why there is none."""

    status: str  # signed | refused | absent | covert; empty: not recorded
    name: str = ""
    note: str = ""
    photo: PhotoRef | None = None


@dataclass(frozen=True)
class VisitPart:
    """One outlet's visit."""

    outlet: Words
    outlet_code: str
    outlet_kind: str
    checklist: Words
    checklist_version: str
    visited_on: dt.date | None
    score: Score
    sections: tuple[SectionScore, ...]
    items: tuple[ItemResult, ...]
    signature: Signature
    remarks: str = ""
    overview: tuple[PhotoRef, ...] = ()

    def count(self, rating: str) -> int:
        """How many items got this rating."""
        return sum(item.rating == rating for item in self.items)


@dataclass(frozen=True)
class Member:
    """One member of the inspecting team."""

    name: str
    leader: bool = False


@dataclass(frozen=True)
class Highlight:
    """Good practice worth telling the others."""

    number: int  # within the document
    outlet: Words
    text: str
    clause: Words | None = None
    photos: tuple[PhotoRef, ...] = ()


@dataclass(frozen=True)
class Shortcoming:
    """A finding: what was seen, what is asked, and how it will be judged."""

    number: int  # within the document
    outlet: Words
    item_code: str
    clause: Words
    kind: str  # nonconformity | improvement
    severity: str  # critical | major | minor
    observation: str
    requirement: Words
    criterion: Words
    evidence_kind: str  # photo | training_record | retest
    working_days: int
    due_at: dt.datetime | None = None  # known once issued
    critical_item: bool = False
    repeat: bool = False
    corrected_on_spot: bool = False
    photos: tuple[PhotoRef, ...] = ()
    before: tuple[PhotoRef, ...] = ()
    after: tuple[PhotoRef, ...] = ()


@dataclass(frozen=True)
class CampaignAnswer:
    """What one outlet showed for one question."""

    outlet: Words
    rating: str | None
    note: str = ""


@dataclass(frozen=True)
class CampaignQuestion:
    """One question about a campaign with each outlet's answer, in the order of the visits."""

    text: Words
    answers: tuple[CampaignAnswer, ...]


@dataclass(frozen=True)
class CampaignPart:
    """A campaign that was running during the visits."""

    name: Words
    starts_on: dt.date | None
    ends_on: dt.date | None
    questions: tuple[CampaignQuestion, ...]
    photos: tuple[PhotoRef, ...] = ()


@dataclass(frozen=True)
class Participant:
    """Somebody at the exit meeting."""

    name: str
    role: str = ""


@dataclass(frozen=True)
class Signed:
    """A signature at the exit meeting; `changed`: the record says something else now than when it was signed."""

    name: str
    photo: PhotoRef | None
    changed: bool = False


@dataclass(frozen=True)
class Communication:
    """The record of the exit meeting with the branch."""

    held_at: dt.datetime | None
    place: str
    participants: tuple[Participant, ...]
    opinion: str
    agreed: str
    signatures: tuple[Signed, ...] = ()
    photos: tuple[PhotoRef, ...] = ()


@dataclass(frozen=True)
class Issue:
    """What an issued document carries; a draft has none of it."""

    number: str
    issued_at: dt.datetime
    signatory: str
    chain_head: str
    verification_url: str
    qr: str = ""  # the verification address as an SVG of ours; it goes into the document as it is


@dataclass(frozen=True)
class VisitReport:
    """走访报告: one branch in one round, all its visits."""

    branch: Words
    round: Words
    round_kind: str
    inspecting: Words
    operator: Words
    starts_on: dt.date
    ends_on: dt.date
    announced: bool
    team: tuple[Member, ...]
    score: Score
    visits: tuple[VisitPart, ...]
    highlights: tuple[Highlight, ...]
    shortcomings: tuple[Shortcoming, ...]
    campaigns: tuple[CampaignPart, ...]
    communication: Communication | None
    remarks: str
    as_of: dt.datetime
    head: Head | None = None  # of the history when the content was read
    issue: Issue | None = None
    other_photos: tuple[PhotoRef, ...] = ()  # of items without a finding

    @property
    def draft(self) -> bool:
        """Whether the document still is a 草稿."""
        return self.issue is None

    def figures(self) -> Iterator[tuple[str, PhotoRef]]:
        """Every figure with the part of the document it stands in (of `FIGURE_PARTS`), in the order of the numbers."""
        for visit in self.visits:
            yield from (("overview", photo) for photo in visit.overview)
        for highlight in self.highlights:
            yield from (("highlights", photo) for photo in highlight.photos)
        for shortcoming in self.shortcomings:
            shown = (*shortcoming.photos, *shortcoming.before, *shortcoming.after)
            yield from (("shortcomings", photo) for photo in shown)
        for campaign in self.campaigns:
            yield from (("campaigns", photo) for photo in campaign.photos)
        if self.communication:
            yield from (("meeting", photo) for photo in self.communication.photos)
        yield from (("others", photo) for photo in self.other_photos)

    def photos(self) -> Iterator[PhotoRef]:
        """Every photo the document shows, figures in the order of their numbers, then signatures."""
        yield from (photo for _, photo in self.figures())
        for visit in self.visits:
            if visit.signature.photo:
                yield visit.signature.photo
        for signed in self.communication.signatures if self.communication else ():
            if signed.photo:
                yield signed.photo


def average(values: Sequence[Decimal | None]) -> Decimal | None:
    """The mean of the values that are known, two places, half up; None when none is."""
    known = [Fraction(value) for value in values if value is not None]
    return half_up(sum(known, Fraction(0)) / len(known), 2) if known else None


def tally(visits: Sequence[VisitPart]) -> Mapping[str, int]:
    """How often each rating was given over all visits; unanswered items are left out."""
    return {rating: sum(visit.count(rating) for visit in visits) for rating in RATINGS}
