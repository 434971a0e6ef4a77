"""Revisions: kept once, answered alike, refused where they do not belong — also when they arrive all at once."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import func, select

from audit.db.models import AssignmentMember, Campaign, Event, Outlet, Revision, Round, Visit
from audit.domain.revisions import TEXT_LIMIT
from audit.errors import RoundsError
from audit.services import clock, visits
from audit.services.access import AHEAD
from audit.services.bootstrap import CALENDAR, assignment_json, assignment_tag, bootstrap, visit_json
from audit.services.calendar import set_day
from audit.services.campaigns import CampaignValues, Question, create_campaign
from audit.services.revisions import Receipt, receive
from audit.services.rounds import cancel_visit, plan_ad_hoc_visit
from tests.field import CHECKLIST, DAY, Field, add_checklist, new_uuid, plan
from tests.hands import Hands, refusal

PASS = {"rating": "pass"}


def together(count: int, act: Callable[[int], object]) -> list[object]:
    """What `count` threads get that start at the same moment: results and refusals."""
    gate, got = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        gate.wait()
        try:
            got[number] = act(number)
        except RoundsError as error:
            got[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_the_first_answer_opens_the_visit_and_starts_the_round(field: Field) -> None:
    receipt = field.write(field.city.zhao, "item:A01", {"rating": "fail", "note": "灯箱=1+1<b>\u202e😀"})
    assert receipt.created
    with field.db.read() as session:
        row = session.exec(select(Revision)).one()
        assert row.body["note"] == "灯箱=1+1<b>\u202e😀"
        assert (row.account_id, row.device) == (field.city.zhao.account_id, "test")
        assert session.get_one(Round, field.round_id).state == "running"
    assert (field.visit().state, field.visit().version) == ("open", 2)


def test_the_same_record_again_gets_the_same_receipt(field: Field) -> None:
    record = field.record("item:A01", PASS)
    first, again = receive(field.db, field.city.lin, record), receive(field.db, field.city.lin, record)
    assert (first.created, again.created) == (True, False)
    assert (first.uuid, first.received_at, first.sha256) == (again.uuid, again.received_at, again.sha256)


def test_a_lost_receipt_is_given_again_after_submission(field: Field, hands: Hands) -> None:
    record = field.record("remarks", {"text": "整体良好"})
    receive(field.db, field.city.lin, record)
    field.made.append(record.uuid)
    field.fill(hands, field.city.lin)
    field.submit()
    assert receive(field.db, field.city.lin, record).created is False


@pytest.mark.parametrize(
    "change",
    [{"body": {"rating": "fail"}}, {"subject": "item:A02"}, {"bases": (new_uuid(),)},
     {"device_at": dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC)}],
    ids=["body", "subject", "bases", "time"],
)  # fmt: skip
def test_another_record_under_the_same_uuid_is_refused(field: Field, change: dict[str, Any]) -> None:
    record = field.record("item:A01", PASS)
    receive(field.db, field.city.lin, record)
    assert refusal(lambda: receive(field.db, field.city.lin, replace(record, **change))).code == "revision.uuid_reused"


def test_a_team_mate_cannot_take_over_a_uuid(field: Field) -> None:
    record = field.record("item:A01", PASS)
    receive(field.db, field.city.lin, record)
    assert refusal(lambda: receive(field.db, field.city.zhao, record)).code == "revision.uuid_reused"


def test_ten_at_once_are_kept_once(field: Field) -> None:
    record = field.record("item:A01", PASS)
    got = together(10, lambda _: receive(field.db, field.city.lin, record))
    assert all(isinstance(receipt, Receipt) for receipt in got)
    assert sorted(receipt.created for receipt in got) == [False] * 9 + [True]  # type: ignore[union-attr]
    with field.db.read() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 1
        assert session.exec(select(func.count()).where(Event.verb == "revision.received")).one() == 1


def test_ten_different_ones_at_once_under_one_uuid_keep_one(field: Field) -> None:
    record = field.record("item:A01", PASS)
    others = [replace(record, body={"rating": "pass", "note": str(n)}) for n in range(10)]
    got = together(10, lambda n: receive(field.db, field.city.lin, others[n]))
    assert sum(isinstance(receipt, Receipt) for receipt in got) == 1
    assert {error.code for error in got if isinstance(error, RoundsError)} == {"revision.uuid_reused"}


def test_answers_against_submission_leave_no_answer_out_of_the_score(field: Field, hands: Hands) -> None:
    """Either the answer was in time and submission refuses its manifest, or it came too late and is refused."""
    field.fill(hands, field.city.lin)
    late = field.record("item:A01", {"rating": "fail"}, bases=field.heads("item:A01"))
    got = together(2, lambda n: field.submit() if n else receive(field.db, field.city.zhao, late))
    refused = [error.code for error in got if isinstance(error, RoundsError)]
    assert refused in (["visit.not_open"], ["visit.manifest_incomplete"])


@pytest.mark.parametrize("name", ["chen", "mei", "hu", "wang", "fang", "luo", "adam"])
def test_nobody_outside_the_team_writes_or_reads(field: Field, name: str) -> None:
    actor = field.city.actors[name]
    wanted = "not_found" if name == "chen" else "forbidden"
    assert refusal(lambda: field.write(actor, "item:A01", PASS)).code == wanted
    assert refusal(lambda: visit_json(field.db, actor, field.visit_id)).code == wanted
    assert refusal(lambda: field.write(actor, "communication", {}, visit_id=None)).code == wanted
    assert field.visit().state == "planned"


def test_a_visit_of_another_assignment_is_not_found(field: Field) -> None:
    assert refusal(lambda: field.write(field.city.lin, "item:A01", PASS, assignment_id=99)).code == "not_found"
    assert refusal(lambda: field.write(field.city.lin, "item:A01", PASS, visit_id=9999)).code == "not_found"


def test_who_left_the_team_writes_no_more(field: Field) -> None:
    with field.db.write() as session:
        session.delete(session.get_one(AssignmentMember, (field.assignment_id, field.city.zhao.account_id)))
    assert refusal(lambda: field.write(field.city.zhao, "item:A01", PASS)).code == "not_found"
    assert bootstrap(field.db, field.city.zhao)["visits"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"uuid": "A"}, "revision.field"),
        ({"bases": ("x",)}, "revision.field"),
        ({"bases": (new_uuid(),) * 51}, "revision.field"),
        ({"device_at": dt.datetime(2026, 11, 22)}, "revision.device_time"),  # noqa: DTZ001
        ({"device_at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}, "revision.device_time"),
        ({"subject": "item:" + "x" * 200}, "too_long"),
        ({"body": {"rating": "pass", "note": "字" * (TEXT_LIMIT + 1)}}, "too_long"),
        ({"body": {"rating": "pass", "note": float("nan")}}, "revision.field"),
        ({"body": {"note": "\x00"}}, "revision.text_character"),
        ({"body": {"note": "\udfff"}}, "revision.text_character"),
        ({"body": {"x": "y" * 500_000}}, "too_long"),
        ({"subject": "campaign:999999999999:Q"}, "revision.subject"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_is_kept(field: Field, changes: dict[str, Any], code: str) -> None:
    record = replace(field.record("item:A01", PASS), **changes)
    assert refusal(lambda: receive(field.db, field.city.lin, record)).code == code
    with field.db.read() as session:
        assert session.exec(select(Revision)).all() == []
    assert field.visit().state == "planned"


def test_ten_thousand_characters_come_back_unchanged(field: Field) -> None:
    text = ("整改🧑‍🤝‍🧑\u202e=SUM(A1)<script>\x0b\t" * 1000)[:TEXT_LIMIT]
    field.write(field.city.lin, "item:A01", {"rating": "fail", "note": text})
    found = visit_json(field.db, field.city.lin, field.visit_id)["revisions"]
    assert found[0]["body"] == {"rating": "fail", "note": text}


def test_a_clock_that_is_a_day_off_is_kept_beside_the_servers(field: Field) -> None:
    device_at = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)
    receipt = field.write(field.city.lin, "item:A01", PASS, device_at=device_at)
    with field.db.read() as session:
        row = session.exec(select(Revision)).one()
    assert (row.device_at, row.received_at) == (device_at, receipt.received_at)


@pytest.mark.parametrize("state", ["submitted", "accepted", "cancelled"])
def test_a_visit_that_is_not_open_takes_no_answers(field: Field, state: str) -> None:
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = state
    error = refusal(lambda: field.write(field.city.lin, "item:A01", PASS))
    assert (error.code, error.params) == ("visit.not_open", {"state": state})


def test_a_cancelled_visit_is_not_on_the_tablet(field: Field) -> None:
    cancel_visit(field.db, field.city.wang, field.visit_id, 1, "停业装修")
    assert [visit["id"] for visit in bootstrap(field.db, field.city.lin)["visits"]] == [field.second_visit_id]
    assert refusal(lambda: visit_json(field.db, field.city.lin, field.visit_id)).code == "not_found"


def test_the_bootstrap_holds_all_that_a_tablet_needs(field: Field, hands: Hands) -> None:
    with field.db.write() as session:
        questions = [{"code": "Q1", "zh": "有海报", "en": ""}]
        session.add(Campaign(name_zh="5G畅享", starts_on=DAY, ends_on=DAY, questions=questions))
    lin = field.city.lin
    field.write(lin, "campaign:1:Q1", {"rating": "pass"})
    photo = field.photo(hands, lin, "item:A01")
    signed = field.write(lin, "communication", {"opinion": "同意"}, visit_id=None)
    found = bootstrap(field.db, field.city.zhao)
    assert found["user"]["id"] == field.city.zhao.account_id
    assert found["checklists"][str(field.checklist_id)]["code"] == "field"
    assignment = found["assignments"][0]
    assert [member["leader"] for member in assignment["team"]] == [True, False]
    assert (assignment["inspected"]["name_en"], assignment["round"]["kind"]) == ("Jiangbei branch", "cross_inspection")
    assert [row["uuid"] for row in assignment["communication"]["revisions"]] == [signed.uuid]
    first, second = found["visits"]
    assert (first["outlet"]["code"], first["state"], second["state"]) == ("JB01", "open", "planned")
    assert [campaign["questions"][0]["code"] for campaign in first["campaigns"]] == ["Q1"]
    assert [row["subject"] for row in first["revisions"]] == ["campaign:1:Q1", f"photo:{photo}"]
    assert [(row["uuid"], row["sha256"]) for row in first["photos"]] == list(field.sent_photos.items())
    assert (first["can_recall"], first["last_visit"], first["open_findings"]) == (False, None, [])


def on_tablet(field: Field, assignment_id: int) -> list[dict[str, Any]]:
    visits_there = bootstrap(field.db, field.city.lin)["visits"]
    return [visit for visit in visits_there if visit["assignment_id"] == assignment_id]


def test_the_next_visit_shows_the_last_ones_answers_and_what_is_open(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A03="fail")
    field.submit()
    visits.accept_visit(field.db, field.city.wang, field.visit_id, field.visit().version)
    _, assignment_id = plan_ad_hoc_visit(field.db, field.city.wang, plan(field.city, field.checklist_id))
    found = on_tablet(field, assignment_id)
    assert [finding["item_code"] for finding in found[0]["open_findings"]] == ["A03"]
    assert found[1]["open_findings"] == []
    with field.db.write() as session:  # beyond thirty days the first visit leaves the tablet and is the "last visit"
        session.get_one(Visit, field.visit_id).accepted_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    found = on_tablet(field, assignment_id)
    assert found[0]["last_visit"]["answers"]["A03"] == {"rating": "fail", "note": ""}
    other = add_checklist(field.db, {**CHECKLIST, "code": "another"})
    _, elsewhere = plan_ad_hoc_visit(field.db, field.city.wang, plan(field.city, other))
    assert on_tablet(field, elsewhere)[0]["last_visit"] is None, "the last visit asked other items of the same codes"
    with field.db.write() as session:  # nor does a newer visit with another list hide the last one with this list
        row = session.exec(select(Visit).where(Visit.assignment_id == elsewhere)).first()
        assert row
        row.state, row.planned_on = "accepted", DAY + dt.timedelta(days=3)
        row.accepted_at = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert on_tablet(field, assignment_id)[0]["last_visit"]["date"] == DAY.isoformat()


@pytest.mark.parametrize("state", ["planned", "open", "returned", "submitted", "accepted"])
def test_findings_of_the_hall_come_with_visits_that_are_still_to_be_made_alone(
    field: Field, hands: Hands, state: str
) -> None:
    field.fill(hands, field.city.lin, A03="fail")
    field.submit()
    _, assignment_id = plan_ad_hoc_visit(field.db, field.city.wang, plan(field.city, field.checklist_id))
    with field.db.write() as session:
        for row in session.exec(select(Visit).where(Visit.assignment_id == assignment_id)).all():
            row.state, row.accepted_at = state, clock.now() if state == "accepted" else None
    known = on_tablet(field, assignment_id)[0]["open_findings"]
    assert [finding["item_code"] for finding in known] == (["A03"] if state in AHEAD else [])


def test_open_findings_of_the_hall_come_whole_and_tell_namesakes_of_other_checklists_apart(
    field: Field, hands: Hands
) -> None:
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, A03="fail")
    field.submit()
    other = add_checklist(field.db, {**CHECKLIST, "code": "another"})
    for version in (field.checklist_id, other):
        plan_ad_hoc_visit(field.db, wang, plan(field.city, version))
    with field.db.read() as session:
        newest = select(Visit.id).order_by(Visit.id.desc())
        by_version = {
            version: newest.where(Visit.checklist_version_id == version) for version in (field.checklist_id, other)
        }
        there = Visit.outlet_id == field.city.outlets["JB01"]
        same, namesake = (session.exec(query.where(there)).first() for query in by_version.values())
    found = {visit["id"]: visit["open_findings"] for visit in bootstrap(field.db, lin)["visits"]}
    [here], [elsewhere] = found[same], found[namesake]
    assert (here["on_list"], elsewhere["on_list"]) == (True, False)
    assert (here["clause_zh"], here["due_at"], len(here["photos"])) == ("检查项A03", None, 1)
    assert dt.datetime.fromisoformat(here["since"]) <= clock.now()
    assert found[field.visit_id] == []
    assert found[field.second_visit_id] == [], "it is about another hall"


def test_the_tablet_knows_the_working_days(field: Field) -> None:
    today = clock.today()
    monday = today - dt.timedelta(days=today.weekday())
    set_day(field.db, field.city.wang, monday, True, "照常上班")
    set_day(field.db, field.city.wang, monday + dt.timedelta(days=1), False, "停电检修")
    days = bootstrap(field.db, field.city.lin)["working_days"]
    assert days == sorted(days)
    assert days[0] >= (today - CALENDAR).isoformat()
    assert days[-1] <= (today + CALENDAR).isoformat()
    assert monday.isoformat() in days
    assert (monday + dt.timedelta(days=1)).isoformat() not in days


def test_a_question_has_one_subject_and_no_other_spelling(field: Field) -> None:
    lin, wang = field.city.lin, field.city.wang
    create_campaign(field.db, wang, CampaignValues("全家享套餐", DAY, DAY, (Question("Q1", "问？"),)))
    field.write(lin, "campaign:1:Q1", {"rating": "pass"})
    for alias in ("campaign:00001:Q1", "campaign: 1:Q1", "campaign:١:Q1"):
        assert refusal(lambda alias=alias: field.write(lin, alias, {"rating": "fail"})).code == "revision.subject"  # type: ignore[misc]


def test_what_a_team_mate_writes_about_the_meeting_changes_the_assignments_tag(field: Field) -> None:
    lin, zhao = field.city.lin, field.city.zhao
    before = assignment_tag(field.db, zhao, field.assignment_id)
    field.write(lin, "item:A01", PASS)
    assert assignment_tag(field.db, zhao, field.assignment_id) == before, "a visit's answers are not the meeting's"
    field.write(lin, "communication", {"agreed": "一周内整改"}, visit_id=None)
    assert assignment_tag(field.db, zhao, field.assignment_id) != before
    found = assignment_json(field.db, zhao, field.assignment_id)
    assert [row["body"]["agreed"] for row in found["communication"]["revisions"]] == ["一周内整改"]
    for outsider in ("chen", "mei"):
        actor = field.city.actors[outsider]
        assert refusal(lambda actor=actor: assignment_json(field.db, actor, field.assignment_id)).status in (403, 404)  # type: ignore[misc]


def test_presets_of_the_outlet_reach_the_tablet_in_both_languages(field: Field) -> None:
    with field.db.write() as session:
        outlet = session.get_one(Outlet, field.city.outlets["JB01"])
        outlet.profile = {"na_items": {"A01": "无停车场", "B02": {"zh": "无", "en": "none"}}}
    found = visit_json(field.db, field.city.lin, field.visit_id)["preset_na"]
    assert found == {"A01": {"zh": "无停车场", "en": "无停车场"}, "B02": {"zh": "无", "en": "none"}}
