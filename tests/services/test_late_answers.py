"""Items that were to be answered later: answered after submission, with the items that such an answer makes visible."""

from typing import Any

import pytest
from sqlmodel import select

from audit.db.models import Finding, FindingPhoto
from audit.services import rounds, visits
from audit.services.loop import conversation, drafts
from audit.services.loop.moving import apply
from tests.field import Field
from tests.hands import Hands, refusal


def findings_of(field: Field) -> list[Finding]:
    with field.db.read() as session:
        return list(session.exec(select(Finding).where(Finding.visit_id == field.visit_id).order_by(Finding.id)).all())


def test_an_item_rated_later_is_answered_after_submission(field: Field, hands: Hands) -> None:
    lin = field.city.lin
    field.fill(hands, lin, A03="later")
    result = field.submit()
    assert (result.score["total"], result.score["provisional"]) == ("100.00", ["later"])
    assert field.visit().provisional
    assert refusal(lambda: field.rate(lin, "A01", "fail")).code == "visit.not_open"
    field.rate(lin, "A03", "fail", note="补测不合格")
    # A (2 + 2 + 0)/10 = 0.4, B 1: 24 + 40 = 64.00
    visit = field.visit()
    assert (visit.state, visit.total, visit.provisional) == ("submitted", 64.0, False)
    assert [row.item_code for row in findings_of(field)] == ["A03"]
    assert refusal(lambda: field.rate(lin, "A03", "pass")).code == "visit.not_open"
    field.photo(hands, lin, "item:A03", seed=9)
    with field.db.read() as session:
        assert len(session.exec(select(FindingPhoto)).all()) == 1


@pytest.mark.parametrize(
    ("body", "field_name"),
    [
        ({"rating": None}, "rating"),
        ({"note": "只写备注"}, "rating"),
        ({"rating": "na"}, "reason"),
        ({"rating": "na", "reason": " "}, "reason"),
        ({"rating": "later"}, "later_on"),
    ],
)
def test_an_answer_that_comes_late_is_whole_by_itself(
    field: Field, hands: Hands, body: dict[str, Any], field_name: str
) -> None:
    """Nobody asks for what is missing once the visit is submitted, so a rating cannot be taken away then."""
    field.fill(hands, field.city.lin, A03="later")
    field.submit()
    refused = refusal(lambda: field.write(field.city.lin, "item:A03", body, bases=field.heads("item:A03")))
    assert (refused.code, refused.params["field"]) == ("revision.field", field_name)
    assert field.visit().provisional
    field.rate(field.city.lin, "A03", "later", later_on="2026-12-05")
    field.rate(field.city.lin, "A03", "na", reason="已拆除")
    assert field.visit().score["provisional"] == ["na"]  # A03 has 6 of 14 points


def test_what_a_late_answer_makes_visible_is_answered_too_and_until_then_the_score_is_provisional(
    field: Field, hands: Hands
) -> None:
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, B02="later")
    field.submit()
    assert refusal(lambda: field.rate(lin, "B03", "pass")).code == "visit.not_open"
    detail = visits.open_for_review(field.db, wang, field.visit_id)
    visits.accept_visit(field.db, wang, field.visit_id, detail.row.visit.version)
    field.rate(lin, "B02", "fail")
    # A 1; B 2 of 4 = 1/2 while B03, asked because B02 failed, has no answer: 60 + 20
    found = field.visit().score or {}
    assert (found["total"], found["provisional"], found["later"]) == ("80.00", ["later"], ["B03"])
    assert field.visit().provisional is True
    [pending] = rounds.pending_items(field.db, wang, field.round_id)
    assert pending.codes == ("B03",)
    field.photo(hands, lin, "item:B03", seed=7)
    field.rate(lin, "B03", "later", later_on="2026-12-02")
    assert (field.visit().score or {})["later"] == ["B03"]
    field.rate(lin, "B03", "fail")
    # B 2 of 6: 60 + 40/3
    found = field.visit().score or {}
    assert (found["total"], found["provisional"], found["later"]) == ("73.33", [], [])
    assert [row.item_code for row in findings_of(field)] == ["B02", "B03"]
    assert refusal(lambda: field.rate(lin, "B03", "pass")).code == "visit.not_open"


def test_a_later_item_is_answered_even_after_acceptance(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, B02="later", A03="na")
    field.submit()
    assert field.visit().score["provisional"] == ["na", "later"]
    visits.accept_visit(field.db, field.city.wang, field.visit_id, field.visit().version)
    assert field.visit().score["provisional"] == ["later"]
    field.rate(field.city.zhao, "B02", "pass")
    assert (field.visit().score["provisional"], field.visit().provisional) == ([], False)


def photos_of(field: Field, finding_id: int) -> set[str]:
    with field.db.read() as session:
        linked = select(FindingPhoto.photo_uuid).where(FindingPhoto.finding_id == finding_id)
        return set(session.exec(linked).all())


def accepted_with_a_late_finding(field: Field, hands: Hands) -> tuple[Finding, Finding]:
    """Drafts of A03, answered late, and of A01, once marketing has accepted the visit."""
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, A01="fail", A03="later")
    field.submit()
    visits.accept_visit(field.db, wang, field.visit_id, field.visit().version)
    field.rate(lin, "A03", "fail", note="灯箱破损")
    first, late = findings_of(field)
    return late, first


def test_a_photo_that_comes_late_leaves_the_words_that_marketing_chose(field: Field, hands: Hands) -> None:
    late, _ = accepted_with_a_late_finding(field, hands)
    number, wang = late.id or 0, field.city.wang
    chosen = {"severity": "minor", "requirement_zh": "本周更换", "criterion_zh": "亮灯", "evidence_kind": "retest",
              "observation": "灯箱不亮"}  # fmt: skip
    drafts.change_draft(field.db, wang, number, late.version, **chosen)
    uuid = field.photo(hands, field.city.lin, "item:A03", seed=9)
    _, after = findings_of(field)
    assert {name: getattr(after, name) for name in chosen} == chosen
    assert photos_of(field, number) == {uuid}
    (told,) = [one for one in conversation.history(field.db, wang, number) if one.verb == "finding.photos_late"]
    assert (told.name, told.data["photos"]) == ("林晓", [uuid])


def test_a_photo_that_comes_late_joins_those_that_a_merge_brought(field: Field, hands: Hands) -> None:
    late, first = accepted_with_a_late_finding(field, hands)
    before = field.photo(hands, field.city.lin, "item:A03", seed=9)
    late, _ = reversed(findings_of(field))
    apply(field.db, field.city.wang, first.id or 0, "merge", first.version, merged_into=late.id)
    moved = findings_of(field)[1]
    assert moved.observation == "灯箱破损\nA01 检查项A01", "a fault without words is named by its item"
    again = field.photo(hands, field.city.lin, "item:A03", seed=11)
    assert findings_of(field)[1].observation == moved.observation
    assert photos_of(field, late.id or 0) == {before, again}


def test_a_photo_that_comes_late_for_a_merged_draft_goes_to_the_one_that_is_kept(field: Field, hands: Hands) -> None:
    late, first = accepted_with_a_late_finding(field, hands)
    apply(field.db, field.city.wang, late.id or 0, "merge", late.version, merged_into=first.id)
    uuid = field.photo(hands, field.city.lin, "item:A03", seed=9)
    kept, merged = findings_of(field)
    assert (kept.observation, merged.state) == ("A03 检查项A03：灯箱破损", "merged")
    assert photos_of(field, kept.id or 0) == {uuid}
    with field.db.write() as session:
        session.get_one(Finding, kept.id).state = "issued"
    field.photo(hands, field.city.lin, "item:A03", seed=11)
    assert photos_of(field, kept.id or 0) == {uuid}, "what was issued is left as it is"
