"""Handing a visit in: only complete, only by the leader, once; findings follow; recall and review."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select, update

from audit.db.models import Event, Finding, FindingPhoto, Outlet, Round, Visit
from audit.domain.city import HALLS, OutletKind
from audit.domain.permissions import Actor
from audit.domain.visits import VISIT_STATES, VISIT_TRANSITIONS, actions
from audit.errors import RoundsError
from audit.services import submission, visits
from audit.services.bootstrap import bootstrap
from audit.services.campaigns import CampaignValues, Question, create_campaign
from audit.services.revisions import receive
from audit.services.rounds import cancel_visit
from tests.factories import found_city
from tests.field import DAY, Field, new_uuid, take_the_field
from tests.hands import Hands, refusal


def findings_of(field: Field) -> list[Finding]:
    with field.db.read() as session:
        return list(session.exec(select(Finding).where(Finding.visit_id == field.visit_id).order_by(Finding.id)).all())


def test_a_complete_visit_is_scored_and_its_findings_drafted(field: Field, hands: Hands) -> None:
    lin = field.city.lin
    field.fill(hands, lin, A01="partial", A03="fail")
    field.write(lin, f"highlight:{new_uuid()}", {"text": "微笑服务到位", "item_code": "B02"})
    result = field.submit()
    # A (2×½ + 2 + 0)/10 = 0.3; B 4/4 = 1 (B03 is not asked); 100 × (60×0.3 + 40×1)/100 = 58.00
    assert (result.state, result.score["total"], result.score["provisional"]) == ("submitted", "58.00", [])
    assert result.findings == {"nonconformity": 1, "improvement": 1, "highlight": 1}
    improvement, fail, highlight = findings_of(field)
    assert (improvement.item_code, improvement.kind, improvement.severity) == ("A01", "improvement", "major"), (
        "the item's severity"
    )
    assert (fail.item_code, fail.kind, fail.severity, fail.state) == ("A03", "nonconformity", "major", "draft")
    assert (fail.clause_zh, fail.requirement_en, fail.criterion_zh) == ("检查项A03", "Put A03 right", "A03合格")
    assert (fail.section_code, fail.evidence_kind, fail.cycle) == ("A", "photo", 1)
    assert fail.organisation_id == field.city.organisations["jiangbei"]
    assert (highlight.kind, highlight.observation, highlight.requirement_zh) == ("highlight", "微笑服务到位", "")
    with field.db.read() as session:
        links = session.exec(select(FindingPhoto)).all()
    assert [link.finding_id for link in links] == [fail.id]
    visit = field.visit()
    assert (visit.total, visit.provisional, visit.submitted_by) == (58.0, False, lin.account_id)


def test_submitting_again_answers_the_same_and_changes_nothing(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A01="fail")
    first = field.submit()
    assert field.submit() == first
    assert len(findings_of(field)) == 1


def test_a_failed_critical_item_caps_the_total(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A02="fail")
    result = field.submit()
    # A 8/10 = 0.8, B 1: 48 + 40 = 88.00, capped
    assert (result.score["total"], result.score["raw"], result.score["capped_by"]) == ("59.99", "88.00", ["A02"])
    assert findings_of(field)[0].severity == "critical"


def test_only_the_leader_may_submit_and_recall(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    assert refusal(lambda: field.submit(field.city.zhao)).code == "visit.leader_only"
    field.submit()
    assert refusal(lambda: submission.recall(field.db, field.city.zhao, field.visit_id)).code == "visit.leader_only"


def test_what_is_missing_is_named(field: Field) -> None:
    lin = field.city.lin
    field.rate(lin, "A02", "na")
    field.rate(lin, "A03", "fail")
    field.rate(lin, "B01", "later")
    field.rate(lin, "B02", "fail", corrected_on_spot=True)
    error = refusal(field.submit)
    assert (error.code, error.params) == (
        "visit.incomplete",
        {
            "unanswered": ["A01", "B03"],
            "missing_photos": ["A03", "B02"],
            "missing_reasons": ["A02"],
            "missing_dates": ["B01"],
            "missing_signature": True,
            "missing_questions": [],
            "missing_notes": [],
        },
    )
    assert field.visit().state == "open"
    assert findings_of(field) == []


def test_questions_on_a_current_campaign_are_answered_or_the_hall_takes_no_part_for_a_reason(
    field: Field, hands: Hands
) -> None:
    lin, wang = field.city.lin, field.city.wang
    questions = (Question("Q1", "店员能说清档位吗？"), Question("Q2", "物料齐全吗？"))
    last_month = DAY - dt.timedelta(days=30)
    campaign = create_campaign(field.db, wang, CampaignValues("全家享套餐", DAY, DAY, questions))
    create_campaign(field.db, wang, CampaignValues("已结束", last_month, last_month, questions))
    field.fill(hands, lin)
    asked = [f"campaign:{campaign}:{code}" for code in ("Q1", "Q2")]
    error = refusal(field.submit)
    assert (error.code, error.params["missing_questions"]) == ("visit.incomplete", asked)
    field.write(lin, asked[0], {"rating": "pass"})
    field.write(lin, asked[1], {"rating": "na", "note": " "})
    assert refusal(field.submit).params["missing_questions"] == asked[1:]
    field.write(lin, asked[1], {"rating": "na", "note": "本厅不参与"}, bases=field.heads(asked[1]))
    assert field.submit().state == "submitted"


@pytest.mark.parametrize("kind", OutletKind)
def test_halls_alone_are_asked_about_campaigns(field: Field, hands: Hands, kind: OutletKind) -> None:
    create_campaign(field.db, field.city.wang, CampaignValues("全家享套餐", DAY, DAY, (Question("Q1", "问？"),)))
    with field.db.write() as session:
        session.get_one(Outlet, field.city.outlets["JB01"]).kind = kind
    field.fill(hands, field.city.lin)
    if kind in HALLS:
        assert refusal(field.submit).params["missing_questions"] == ["campaign:1:Q1"]
    else:
        assert field.submit().state == "submitted"
    shown = {row["id"]: row["campaigns"] for row in bootstrap(field.db, field.city.lin)["visits"]}
    assert [bool(shown[number]) for number in (field.visit_id, field.second_visit_id)] == [kind in HALLS, True]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda field: field.made.append("00000000-0000-4000-8000-000000000000"), "missing_revisions"),
        (lambda field: field.made.pop(), "unknown_revisions"),
        (lambda field: field.sent_photos.update({"00000000-0000-4000-8000-000000000001": "0" * 64}), "missing_photos"),
        (lambda field: field.sent_photos.update(dict.fromkeys(field.sent_photos, "0" * 64)), "differing_photos"),
    ],
    ids=["a revision not here", "a revision the tablet has not seen", "a photo not here", "a photo of other bytes"],
)
def test_an_incomplete_manifest_is_refused(
    field: Field, hands: Hands, change: Callable[[Field], object], named: str
) -> None:
    field.fill(hands, field.city.lin)
    change(field)
    error = refusal(field.submit)
    assert error.code == "visit.manifest_incomplete"
    assert [name for name, values in error.params.items() if values] == [named]
    assert field.visit().state == "open"


def test_a_photo_that_was_announced_but_never_sent_is_missing(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    absent = new_uuid()
    field.write(field.city.zhao, f"photo:{absent}", {"attached_to": "item:A01"})
    assert refusal(field.submit).params["missing_photos"] == [absent]
    field.write(field.city.zhao, f"photo:{absent}", {"attached_to": "item:A01", "removed": True},
                bases=field.heads(f"photo:{absent}"))  # fmt: skip
    assert field.submit().state == "submitted"


def test_a_disagreement_stops_submission_until_the_leader_chooses(field: Field, hands: Hands) -> None:
    lin, zhao = field.city.lin, field.city.zhao
    field.fill(hands, lin)
    base = field.heads("item:A01")
    field.write(lin, "item:A01", {"rating": "pass"}, bases=base)
    field.write(zhao, "item:A01", {"rating": "fail"}, bases=base)
    error = refusal(field.submit)
    assert (error.code, error.params) == ("visit.conflict", {"subjects": ["item:A01"]})
    field.write(lin, "item:A01", {"rating": "partial"}, bases=field.heads("item:A01"))
    assert field.submit().findings == {"improvement": 1}


def test_recall_takes_the_drafts_back_and_submitting_again_makes_them_once(field: Field, hands: Hands) -> None:
    lin = field.city.lin
    field.fill(hands, lin, A01="fail", A03="fail")
    field.submit()
    assert submission.recall(field.db, lin, field.visit_id).state == "open"
    assert submission.recall(field.db, lin, field.visit_id).state == "open"
    assert findings_of(field) == []
    with field.db.read() as session:
        assert session.exec(select(FindingPhoto)).all() == []
    assert (field.visit().score, field.visit().total) == (None, None)
    field.rate(lin, "A01", "pass")
    assert field.submit().findings == {"nonconformity": 1}


def test_once_marketing_looked_there_is_no_recall(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    field.submit()
    visits.open_for_review(field.db, field.city.wang, field.visit_id)
    assert refusal(lambda: submission.recall(field.db, field.city.lin, field.visit_id)).code == "visit.under_review"


def test_a_returned_visit_is_mended_and_its_drafts_keep_their_identity(field: Field, hands: Hands) -> None:
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, A01="fail", A03="fail", B02="partial")
    field.submit()
    before = {row.item_code: row.id for row in findings_of(field)}
    visits.send_back_visit(field.db, wang, field.visit_id, field.visit().version, "请补充A03照片")
    assert (field.visit().state, field.visit().returned_comment) == ("returned", "请补充A03照片")
    field.rate(lin, "A03", "fail", note="灯箱破损")
    assert field.visit().state == "open"
    field.rate(lin, "A01", "pass")
    field.photo(hands, lin, "item:A03", seed=7)
    field.submit()
    after = {row.item_code: row for row in findings_of(field)}
    assert {code: row.id for code, row in after.items()} == {"A03": before["A03"], "B02": before["B02"]}
    assert (after["A03"].observation, after["A03"].version, after["B02"].version) == ("灯箱破损", 2, 1)
    with field.db.read() as session:
        assert [link.finding_id for link in session.exec(select(FindingPhoto)).all()] == [before["A03"]] * 2


def test_a_finding_that_was_issued_meanwhile_is_left_alone(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A02="fail")
    field.submit()
    with field.db.write() as session:
        session.exec(select(Finding)).one().state = "issued"
    visits.send_back_visit(field.db, field.city.wang, field.visit_id, field.visit().version, "重查")
    field.rate(field.city.lin, "A02", "pass")
    assert field.submit().findings == {"nonconformity": 1}
    assert findings_of(field)[0].state == "issued"


def test_what_was_corrected_on_the_spot_enters_the_loop_as_submitted(field: Field, hands: Hands) -> None:
    lin = field.city.lin
    field.fill(hands, lin, B02="partial")
    field.rate(lin, "B02", "partial", corrected_on_spot=True)
    field.photo(hands, lin, "item:B02", "before", seed=4)
    field.photo(hands, lin, "item:B02", "after", seed=5)
    field.submit()
    finding = findings_of(field)[0]
    assert (finding.state, finding.corrected_on_spot, finding.kind) == ("submitted", True, "improvement")
    with field.db.read() as session:
        assert sorted(link.role for link in session.exec(select(FindingPhoto)).all()) == ["after", "before"]


def test_an_answer_that_waited_while_the_round_was_closed_is_refused(field: Field, hands: Hands) -> None:
    """On PostgreSQL the row waited for is read anew, the rows joined with it are not."""
    lin, codes = field.city.lin, []
    field.fill(hands, lin, A03="later")
    field.submit()
    late = field.record("item:A03", {"rating": "fail"}, bases=field.heads("item:A03"))
    waiting = threading.Thread(target=lambda: codes.append(refusal(lambda: receive(field.db, lin, late)).code))
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id, with_for_update=True)
        session.exec(update(Round).values(state="closed"))
        session.flush()
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
    waiting.join(10)
    assert codes == ["visit.not_open"]


def test_a_stale_review_is_refused(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    field.submit()
    seen = visits.open_for_review(field.db, field.city.wang, field.visit_id).row.visit.version
    visits.send_back_visit(field.db, field.city.wang, field.visit_id, seen, "重查")
    assert refusal(lambda: visits.accept_visit(field.db, field.city.wang, field.visit_id, seen)).code == "wrong_state"
    empty = refusal(lambda: visits.send_back_visit(field.db, field.city.wang, field.visit_id, seen, " "))
    assert empty.code == "required"


def test_accepting_with_an_old_version_is_refused(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    old = field.submit().version
    visits.open_for_review(field.db, field.city.wang, field.visit_id)
    assert refusal(lambda: visits.accept_visit(field.db, field.city.wang, field.visit_id, old)).code == "stale"


def test_every_step_is_in_the_history(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    field.submit()
    visits.accept_visit(field.db, field.city.wang, field.visit_id, field.visit().version)
    with field.db.read() as session:
        verbs = session.exec(select(Event.verb).where(Event.subject_kind == "visit").order_by(Event.seq)).all()
    steps = [verb for verb in verbs if not verb.endswith("received")]
    assert steps == ["visit.opened", "visit.submitted", "visit.accepted"]
    assert verbs.count("revision.received") == len(field.made)
    assert verbs.count("photo.received") == 1


def act(field: Field, actor: Actor, action: str) -> None:
    db, visit_id, version = field.db, field.visit_id, field.visit().version
    match action:
        case "open":
            visits.open_visit(db, actor, visit_id)
        case "submit":
            submission.submit(db, actor, visit_id, field.manifest())
        case "recall":
            submission.recall(db, actor, visit_id)
        case "accept":
            visits.accept_visit(db, actor, visit_id, version)
        case "return":
            visits.send_back_visit(db, actor, visit_id, version, "意见")
        case "cancel":
            cancel_visit(db, actor, visit_id, version, "门店停业")


CAST = ("lin", "zhao", "chen", "mei", "hu", "wang", "fang", "luo", "adam")
ACTIONS = ("open", "submit", "recall", "accept", "return", "cancel")
# Doing it again is no error: state → actions that answer as they did the first time.
AGAIN = {"open": ("open", "recall"), "submitted": ("submit",), "accepted": ("submit",)}


def test_every_state_action_and_person_is_decided_as_the_table_says(new_database: Any, hands: Hands) -> None:
    """6 states × 6 actions × 9 people: allowed exactly where the table has a row and the person its role and team."""
    field = take_the_field(found_city(new_database("sqlite")))
    field.fill(hands, field.city.lin)
    filled = field.visit().model_dump(exclude={"id"})

    def put(state: str) -> None:
        with field.db.write() as session:
            row = session.get_one(Visit, field.visit_id)
            for name, value in filled.items():
                setattr(row, name, value)
            row.state = state

    wrong = []
    for state in VISIT_STATES:
        for action in ACTIONS:
            for name in CAST:
                put(state)
                entry = next((row for row in VISIT_TRANSITIONS if (row.source, row.action) == (state, action)), None)
                by = next(row for row in VISIT_TRANSITIONS if row.action == action)
                team = ("lin",) if by.leader_only else ("lin", "zhao")
                person = {"supervisor": team, "marketing": ("wang",)}[by.role]
                expected = name in person and (entry is not None or action in AGAIN.get(state, ()))
                before = field.visit()
                try:
                    act(field, field.city.actors[name], action)
                    allowed, code = True, ""
                except RoundsError as error:
                    allowed, code = False, error.code
                if allowed != expected:
                    wrong.append((state, action, name, code))
                if not allowed:
                    assert field.visit() == before
                    foreign = name not in ("lin", "zhao") and by.role == "supervisor"
                    other = name != "wang" and by.role == "marketing"
                    if foreign or other:
                        assert code in ("not_found", "forbidden"), (state, action, name, code)
                elif entry:
                    assert field.visit().state == entry.target
    assert wrong == []
    assert actions(VISIT_TRANSITIONS, "submitted", by.role)
