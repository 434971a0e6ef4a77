"""The papers of the closed loop as frozen values: what a branch is asked (整改通知书), and what it answers (整改报告).

Both tell of findings in the words of the visit report (`reports.Shortcoming`). Services fill them, `exports` lays them
out.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import TypeVar

from audit.domain.events import Head
from audit.domain.findings import SEVERITIES
from audit.domain.reports import Issue, PhotoRef, Shortcoming, Words

ANSWERED = ("submitted", "reinspection", "closed", "verified")
SETTLED = (*ANSWERED, "withdrawn")  # states of a finding of which the branch owes nothing any more


@dataclass(frozen=True)
class Demand:
    """One finding as the branch is asked to rectify it. `finding.due_at` is stated once the notice is issued."""

    reference: str  # the finding's own number, under which it is found everywhere
    finding: Shortcoming
    due_estimated: bool = False  # a day on the way is not published yet
    objection_until: dt.datetime | None = None
    direct: str = ""  # 直接责任人
    managing: str = ""  # 管理责任人


@dataclass(frozen=True)
class Notice:
    """整改通知书: what one branch has to rectify after one round. `demands` come from `arranged`.

    `supplement`: 0 is the round's notice; 1, 2, … went out before or after it, before it with critical findings only.
    """

    branch: Words
    round: Words
    inspecting: Words
    operator: Words
    starts_on: dt.date
    ends_on: dt.date
    demands: tuple[Demand, ...]
    object_to: Words  # who decides an objection
    contact: str  # whom to ask, with a way to reach them
    address: str  # where the branch signs in
    supplement: int = 0
    deemed_at: dt.datetime | None = None  # from then on it counts as acknowledged
    head: Head | None = None  # of the history when the content was read
    issue: Issue | None = None

    @property
    def draft(self) -> bool:
        """Whether it still is a 草稿."""
        return self.issue is None

    @property
    def urgent(self) -> bool:
        """Whether it is a supplement of critical findings, which wait for nothing."""
        return self.supplement > 0 and all(demand.finding.severity == "critical" for demand in self.demands)

    def photos(self) -> Iterator[PhotoRef]:
        """Every photo in the order of the numbers."""
        for demand in self.demands:
            yield from _shown(demand.finding)


@dataclass(frozen=True)
class Proof:
    """A file that supports an answer: named, not shown."""

    name: str
    kind: str  # photo | pdf | word | excel | scan
    proves: str  # photo | training_record | retest
    sha256: str


@dataclass(frozen=True)
class Answer:
    """What the branch did about one finding. `finding.number` is that of the notice; its own photos are not shown."""

    reference: str
    finding: Shortcoming
    state: str
    cycle: int = 1
    cause: str = ""
    correction: str = ""
    corrective_action: str = ""
    horizontal_check: str = ""  # 举一反三
    responsible: str = ""
    completed_on: dt.date | None = None
    unfinished: str = ""  # why it is not done yet; empty when it is
    before: tuple[PhotoRef, ...] = ()
    after: tuple[PhotoRef, ...] = ()
    others: tuple[PhotoRef, ...] = ()
    proofs: tuple[Proof, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether the branch says that it is done, and has submitted it."""
        return self.state in ANSWERED

    @property
    def settled(self) -> bool:
        """Whether the branch owes nothing more: it is done, or the finding was withdrawn."""
        return self.state in SETTLED


@dataclass(frozen=True)
class RectificationReport:
    """整改报告: a branch's answers in a round. `issue` carries who submitted it and when; a draft has none.

    `notices`: number and time of issue, the round's own first; findings of further ones are counted on.
    """

    branch: Words
    round: Words
    operator: Words
    notices: tuple[tuple[str, dt.datetime], ...]
    answers: tuple[Answer, ...]  # from `in_order`
    prepared_by: str
    reviewer: str  # 分公司审核人
    as_of: dt.datetime
    head: Head | None = None  # of the history when the content was read
    issue: Issue | None = None

    @property
    def draft(self) -> bool:
        """Whether it still is a 草稿."""
        return self.issue is None

    @property
    def complete(self) -> bool:
        """Whether every finding is answered."""
        return all(answer.settled for answer in self.answers)

    def photos(self) -> Iterator[PhotoRef]:
        """Every photo in the order of the document."""
        for answer in self.answers:
            yield from (*answer.before, *answer.after, *answer.others)


Told = TypeVar("Told", Demand, Answer)


def arranged(demands: Iterable[Demand]) -> tuple[Demand, ...]:
    """The demands in the order of the notice, with findings and figures numbered from 1.

    What concerns the same item stands together, the item with the most severe finding first; within an item the order
    given stays.
    """
    groups: dict[tuple[str, Words], list[Demand]] = {}
    for demand in demands:
        groups.setdefault(_item(demand), []).append(demand)
    worst = {item: max(SEVERITIES.index(demand.finding.severity) for demand in group) for item, group in groups.items()}
    order = sorted(groups, key=lambda item: (-worst[item], item[0]))
    figures = count(1)
    return tuple(
        replace(
            demand,
            finding=replace(
                demand.finding,
                number=number,
                photos=_numbered(demand.finding.photos, figures),
                before=_numbered(demand.finding.before, figures),
                after=_numbered(demand.finding.after, figures),
            ),
        )
        for number, demand in enumerate((demand for item in order for demand in groups[item]), start=1)
    )


def in_order(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """The answers in the order of the notice, with their figures numbered from 1."""
    figures = count(1)
    return tuple(
        replace(
            answer,
            before=_numbered(answer.before, figures),
            after=_numbered(answer.after, figures),
            others=_numbered(answer.others, figures),
        )
        for answer in sorted(answers, key=lambda answer: answer.finding.number)
    )


def by_item(told: Iterable[Told]) -> list[list[Told]]:
    """Neighbours that concern the same item, together."""
    return [list(group) for _, group in groupby(told, key=_item)]


def objections(demands: Iterable[Demand]) -> list[tuple[dt.datetime, list[int]]]:
    """Until when the branch may object to which numbers, the earliest first; empty while nothing is issued."""
    numbers: dict[dt.datetime, list[int]] = {}
    for demand in demands:
        if demand.objection_until:
            numbers.setdefault(demand.objection_until, []).append(demand.finding.number)
    return sorted(numbers.items())


def _numbered(photos: Sequence[PhotoRef], figures: Iterator[int]) -> tuple[PhotoRef, ...]:
    return tuple(replace(photo, number=next(figures)) for photo in photos)


def _item(told: Demand | Answer) -> tuple[str, Words]:
    return told.finding.item_code, told.finding.clause


def _shown(finding: Shortcoming) -> tuple[PhotoRef, ...]:
    return (*finding.photos, *finding.before, *finding.after)
