"""The order and the numbers of a notice and of the answers to it, and the numbers of documents."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from pydantic import ValidationError

from audit.config import Settings
from audit.domain.findings import STATES
from audit.domain.papers import Answer, Demand, arranged, by_item, in_order, objections
from audit.domain.reports import PhotoRef, Shortcoming, Words
from audit.i18n import format_due

EVENING = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)


def demand(finding_id: int, item: str, severity: str, photos: int = 1) -> Demand:
    finding = Shortcoming(
        number=0,
        outlet=Words(f"{finding_id}厅", ""),
        item_code=item,
        clause=Words(item, ""),
        kind="nonconformity",
        severity=severity,
        observation="",
        requirement=Words("", ""),
        criterion=Words("", ""),
        evidence_kind="photo",
        working_days=7,
        photos=tuple(PhotoRef(uuid.UUID(int=finding_id * 100 + place), 4, 3) for place in range(photos)),
    )
    return Demand(f"F-{finding_id}", finding)


def test_the_same_item_stands_together_the_most_severe_item_first_and_numbers_run_through() -> None:
    given = [
        demand(1, "B02", "minor"),
        demand(2, "A01", "minor", 2),
        demand(3, "B02", "critical"),
        demand(4, "A01", "major"),
    ]
    found = arranged(given)
    assert [(one.reference, one.finding.number) for one in found] == [("F-1", 1), ("F-3", 2), ("F-2", 3), ("F-4", 4)]
    assert [[photo.number for photo in one.finding.photos] for one in found] == [[1], [2], [3, 4], [5]]
    assert [[one.reference for one in group] for group in by_item(found)] == [["F-1", "F-3"], ["F-2", "F-4"]]
    assert arranged([]) == ()


def test_objections_are_told_by_their_last_instant_the_earliest_first() -> None:
    one, two, three = arranged([demand(1, "A01", "major"), demand(2, "A01", "major"), demand(3, "A02", "major")])
    later = EVENING + dt.timedelta(days=1)
    told = [
        replace(one, objection_until=later),
        replace(two, objection_until=EVENING),
        replace(three, objection_until=later),
    ]
    assert objections(told) == [(EVENING, [2]), (later, [1, 3])]
    assert objections([one]) == []


def test_the_answers_follow_the_notice_and_number_their_figures() -> None:
    first, second = arranged([demand(1, "A01", "major"), demand(2, "A02", "major")])
    photo = first.finding.photos[0]
    answers = in_order(
        [
            Answer(second.reference, second.finding, "submitted", before=(photo,), after=(photo,)),
            Answer(first.reference, first.finding, "submitted", after=(photo,), others=(photo,)),
        ]
    )
    assert [answer.finding.number for answer in answers] == [1, 2]
    assert [photo.number for answer in answers for photo in (*answer.before, *answer.after, *answer.others)] == [
        1,
        2,
        3,
        4,
    ]


@pytest.mark.parametrize("state", STATES)
def test_an_answer_is_finished_once_it_is_submitted_and_settled_too_when_withdrawn(state: str) -> None:
    told = Answer("F-1", demand(1, "A01", "major").finding, state, completed_on=EVENING.date())
    assert told.finished == (state in {"submitted", "reinspection", "closed", "verified"})
    assert told.settled == (told.finished or state == "withdrawn")


def test_an_issued_report_gets_its_number_by_the_pattern_of_the_settings() -> None:
    assert Settings().report_number.format(year=2026, serial=12) == "渝移市〔2026〕12号"


@pytest.mark.parametrize(
    "pattern", ["", "渝移市12号", "〔{year}〕号", "{serial}{year}", "{year}{serial}{month}", "{year!r}{serial}"]
)
def test_a_pattern_that_would_give_no_number_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        Settings(report_number=pattern)


@pytest.mark.parametrize(
    ("locale", "text"), [("zh_CN", "2026年11月20日（周五）18:00"), ("en", "Fri 20 Nov 2026, 18:00")]
)
def test_a_due_date_is_written_with_its_weekday_in_shanghai(locale: str, text: str) -> None:
    assert format_due(locale, EVENING) == text
    assert format_due(locale, None) == ""
