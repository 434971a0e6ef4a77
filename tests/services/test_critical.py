"""A critical finding goes out the same day: who hears that one waits, and where it stands first."""

import pytest
from sqlmodel import select

from audit.db.models import Finding, Message, Visit
from audit.notify.texts import letter
from audit.services import overview, submission, visits
from audit.services.loop import drafts
from audit.services.messages import inbox
from tests.field import Field
from tests.hands import Hands
from tests.looping import Loop
from tests.telling import forget, told

CRITICAL = ("critical_found", "critical_ahead", "critical_ready")


def heard(field: Field) -> list[tuple[str, str]]:
    """(name, code) of what was told of critical findings."""
    return [(name, code) for name, code in told(Loop(field)) if code in CRITICAL]


def waiting(field: Field) -> int:
    return overview.waiting(field.db, field.city.wang)["critical_to_review"]


def accept(field: Field) -> None:
    visits.accept_visit(field.db, field.city.wang, field.visit_id, field.visit().version)


def test_marketing_and_the_approver_hear_at_once_and_again_when_it_can_be_issued(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A02="fail", A03="fail")
    field.submit()
    assert heard(field) == [("wang", "critical_found"), ("fang", "critical_ahead")]
    assert waiting(field) == 1
    with field.db.read() as session:
        rows = session.exec(select(Message).where(Message.code == "critical_found")).all()
    assert [(row.urgent, row.params["count"]) for row in rows] == [(True, 1)]
    assert letter("zh_CN", "critical_found", rows[0].params).title == "观音桥营业厅发现重大问题 1 项"
    item = inbox.find(field.db, field.city.wang).rows[0]
    assert (item.place, item.subject_id) == ("review", field.visit_id)
    forget(Loop(field))
    accept(field)
    assert heard(field) == [("fang", "critical_ready")]
    assert inbox.find(field.db, field.city.fang).rows[0].place == "drafts"
    assert waiting(field) == 0


def test_one_that_marketing_makes_critical_is_told_and_one_that_was_is_not_told_again(
    field: Field, hands: Hands
) -> None:
    field.fill(hands, field.city.lin, A03="fail")
    field.submit()
    accept(field)
    forget(Loop(field))
    for change, said in (
        ({"severity": "critical"}, [("fang", "critical_ready")]),
        ({"observation": "台席无人"}, []),
        ({"severity": "major"}, []),
    ):
        with field.db.read() as session:
            draft = session.exec(select(Finding)).one()
        drafts.change_draft(field.db, field.city.wang, draft.id or 0, draft.version, **change)
        assert heard(field) == said
        forget(Loop(field))


@pytest.mark.parametrize("ratings", [{}, {"A03": "fail"}, {"A01": "fail", "A03": "partial"}])
def test_nobody_is_alarmed_without_one(field: Field, hands: Hands, ratings: dict[str, str]) -> None:
    field.fill(hands, field.city.lin, **ratings)
    field.submit()
    accept(field)
    assert heard(field) == []
    assert waiting(field) == 0


def test_what_is_only_partly_in_order_is_as_critical_as_its_item(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A02="partial")
    field.submit()
    assert heard(field) == [("wang", "critical_found"), ("fang", "critical_ahead")]
    assert waiting(field) == 1


def test_what_is_recalled_waits_no_more_and_is_told_again_when_it_comes_again(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A02="fail")
    field.submit()
    told(Loop(field))
    submission.recall(field.db, field.city.lin, field.visit_id)
    assert waiting(field) == 0
    field.submit()
    assert heard(field) == [("wang", "critical_found"), ("fang", "critical_ahead")] * 2


@pytest.mark.parametrize("accepted", [False, True])
def test_one_that_a_late_answer_brings_is_told_too(field: Field, hands: Hands, accepted: bool) -> None:
    field.fill(hands, field.city.lin, A02="later", A03="later")
    field.submit()
    if accepted:
        accept(field)
    assert heard(field) == []
    field.rate(field.city.lin, "A02", "fail", note="补测不合格")
    ready = [("wang", "critical_ready"), ("fang", "critical_ready")]
    found = [("wang", "critical_found"), ("fang", "critical_ahead")]
    assert sorted(heard(field)) == sorted(ready if accepted else found)
    forget(Loop(field))
    field.rate(field.city.lin, "A03", "fail", note="另一项")
    assert heard(field) == [], "the other one was told of before"


def test_the_review_list_has_it_first(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A02="fail")
    with field.db.write() as session:  # another visit was handed in before
        other = session.get_one(Visit, field.second_visit_id)
        other.state = "submitted"
    field.submit()
    with field.db.write() as session:
        session.get_one(Visit, field.second_visit_id).submitted_at = field.visit().submitted_at.replace(year=2020)
    rows = visits.find_visits(field.db, field.city.wang, states=("submitted",)).rows
    assert [(row.visit.id, row.critical) for row in rows] == [(field.visit_id, 1), (field.second_visit_id, 0)]
    with field.db.write() as session:
        session.exec(select(Finding)).one().severity = "major"
    rows = visits.find_visits(field.db, field.city.wang, states=("submitted",)).rows
    assert [row.visit.id for row in rows] == [field.second_visit_id, field.visit_id]
