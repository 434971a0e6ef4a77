"""The visit report from the database: what it says, whose it is, what is chosen for it, and the one way to the PDF."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.db.models import Document, Event, Grant, Round
from audit.domain.meeting import text_sha256
from audit.domain.permissions import Granted, Role, Scope
from audit.errors import RoundsError
from audit.jobs import work
from audit.photos.choose import open_documents
from audit.services import jobs, papers, reports
from audit.services.campaigns import CampaignValues, Question, create_campaign, question_subject
from audit.services.installation import Installation
from tests.factories import City
from tests.field import DAY, Field, new_uuid, take_the_field
from tests.hands import refusal
from tests.papers import lay_fonts_ready


@pytest.fixture
def field(house: Installation, sqlite_city: City) -> Field:
    """JB01 visited and submitted by Lin: A03 fails with a photo, B02 is a highlight; JB02 still planned."""
    field = take_the_field(sqlite_city)
    lin = field.city.lin
    field.fill(house, lin, A01="partial", A03="fail")
    field.write(lin, f"highlight:{new_uuid()}", {"text": "微笑服务<b>到位</b>", "item_code": "B02"})
    field.write(lin, "remarks", {"text": "现场平稳"})
    mei = {"name": "梅芳", "role": "服务主管"}
    body: dict[str, Any] = {"held_at": "2026-11-21T08:30:00Z", "place": "会议室", "participants": [mei],
            "opinion": "无异议", "agreed": "三日内整改"}  # fmt: skip
    body["signatures"] = [{"name": "梅芳", "text_sha256": text_sha256(body)}, {"name": "胡堃", "text_sha256": "0" * 64}]
    field.write(lin, "communication", body, visit_id=None)
    field.submit()
    return field


@pytest.fixture
def db(sqlite_db):  # type: ignore[no-untyped-def]
    """One kind of database is enough here: the queries are plain."""
    return sqlite_db


@pytest.fixture
def sqlite_city(city: City, house: Installation) -> City:
    """The city, and the fonts ready in the data folder."""
    lay_fonts_ready(house)
    return city


def ids(field: Field) -> tuple[int, int]:
    return field.round_id, field.city.organisations["jiangbei"]


def test_the_report_says_what_was_entered(house: Installation, field: Field) -> None:
    report = reports.visit_report(house, field.city.wang, *ids(field))
    assert (report.branch.zh, report.inspecting.en, report.announced) == ("江北分公司", "Yuzhong branch", False)
    assert [(mate.name, mate.leader) for mate in report.team] == [("林晓", True), ("赵明", False)]
    (visit,) = report.visits
    # A (2×½ + 2 + 0)/10 = 0.3; B 4/4 = 1; 100 × (60×0.3 + 40×1)/100 = 58.00
    assert (visit.score.total, visit.score.grade) == (Decimal("58.00"), "failed")
    assert [(section.code, section.rate) for section in visit.sections] == [
        ("A", Decimal("30.00")),
        ("B", Decimal(100)),
    ]
    assert report.score.total == Decimal("58.00")
    assert report.score.provisional  # JB02 is not visited yet
    assert (visit.count("pass"), visit.count("partial"), visit.count("fail")) == (3, 1, 1)
    assert [(one.item_code, one.kind, one.working_days) for one in report.shortcomings] == [
        ("A01", "improvement", 7),
        ("A03", "nonconformity", 7),
    ]
    assert [photo.number for one in report.shortcomings for photo in one.photos] == [1]
    assert [one.text for one in report.highlights] == ["微笑服务<b>到位</b>"]
    assert (visit.signature.status, visit.signature.note, visit.remarks) == ("absent", "值班经理外出", "现场平稳")
    assert report.communication
    assert (report.communication.opinion, report.communication.participants[0].role) == ("无异议", "服务主管")
    assert [(one.name, one.changed) for one in report.communication.signatures] == [("梅芳", False), ("胡堃", True)]
    assert report.draft


def test_a_round_without_a_submitted_visit_has_no_report(house: Installation, sqlite_city: City) -> None:
    field = take_the_field(sqlite_city)
    assert reports.reportable(house.db, field.city.wang) == []
    error = refusal(lambda: reports.visit_report(house, field.city.wang, *ids(field)))
    assert error.code == "report.no_visits"


@pytest.mark.parametrize(("name", "code"), [("chen", "not_found"), ("mei", "forbidden"), ("hu", "forbidden")])
def test_who_may_not_read_the_report_does_not_get_it_in_any_way(
    house: Installation, field: Field, name: str, code: str, tmp_path: Path
) -> None:
    actor = field.city.actors[name]
    for way in (
        lambda: reports.visit_report(house, actor, *ids(field)),
        lambda: reports.render(house, actor, *ids(field), "zh", tmp_path / "r.pdf"),
        lambda: reports.chosen(house.db, actor, *ids(field)),
        lambda: reports.choose(house.db, actor, *ids(field), "x", {}, 0),
    ):
        assert refusal(way).code == code


@pytest.mark.parametrize("name", ["lin", "zhao", "wang", "fang", "luo"])
def test_team_marketing_and_leaders_read_it(house: Installation, field: Field, name: str) -> None:
    actor = field.city.actors[name]
    assert [one.branch.code for one in reports.reportable(house.db, actor)] == ["jiangbei"]
    assert reports.visit_report(house, actor, *ids(field)).visits


def test_a_leader_of_the_branch_sees_no_draft_but_what_was_issued(
    house: Installation, field: Field, sign_in_as: Callable[..., TestClient], tmp_path: Path
) -> None:
    number = reports.make_document(house, field.city.wang, *ids(field), "zh")
    leads = Granted(Role.LEADER, Scope.BRANCH, field.city.organisations["jiangbei"])
    with house.db.write() as session:
        held = {"role": leads.role, "scope_kind": leads.scope, "scope_id": leads.scope_id}
        session.add(Grant(account_id=field.city.hu.account_id, **held))
    leader = replace(field.city.hu, grants=(leads,))
    for way in (
        lambda: reports.visit_report(house, leader, *ids(field)),
        lambda: reports.render(house, leader, *ids(field), "zh", tmp_path / "r.pdf"),
        lambda: reports.make_document(house, leader, *ids(field), "zh"),
        lambda: reports.chosen(house.db, leader, *ids(field)),
        lambda: papers.document(house, leader, number),
    ):
        assert refusal(way).code == "not_found"
    assert reports.reportable(house.db, leader) == []
    browser = sign_in_as(leader)
    for path in (f"/documents/{number}", f"/documents/{number}/pages/1"):
        assert browser.get(path).status_code == 404
    with house.db.write() as session:  # once it is issued, the same file is theirs
        row = session.get_one(Document, number)
        row.kind, row.issued_at, row.number = "visit_report", row.created_at, "渝移市〔2026〕1号"
    assert papers.document(house, leader, number).id == number
    assert browser.get(f"/documents/{number}").status_code == 200
    also_inspects = replace(leader, grants=(leads, *field.city.lin.grants), account_id=field.city.lin.account_id)
    assert reports.visit_report(house, also_inspects, *ids(field)).visits


def test_leaders_and_approvers_read_but_do_not_choose(house: Installation, field: Field) -> None:
    for name in ("luo", "fang"):
        assert refusal(lambda who=name: reports.choose(house.db, field.city.actors[who], *ids(field), "", {}, 0)).code
        assert not reports.may_choose(house.db, field.city.actors[name], *ids(field))
    assert reports.may_choose(house.db, field.city.lin, *ids(field))


def test_a_photo_that_is_left_out_is_not_in_the_report_and_can_come_back(house: Installation, field: Field) -> None:
    wang = field.city.wang
    (photo,) = [one for one in reports.visit_report(house, wang, *ids(field)).photos() if one.number]
    reports.choose(house.db, wang, *ids(field), "总体平稳", {str(photo.uuid): False}, 0)
    report = reports.visit_report(house, wang, *ids(field))
    assert (list(report.photos()), report.remarks) == ([], "总体平稳")
    offered = reports.visit_report(house, wang, *ids(field), everything=True)
    assert [part for part, _ in offered.figures()] == ["shortcomings", "others"]
    error = refusal(lambda: reports.choose(house.db, wang, *ids(field), "", {}, 0))
    assert error.code == "stale"
    reports.choose(house.db, wang, *ids(field), "", {str(photo.uuid): True}, 1)
    assert len(list(reports.visit_report(house, wang, *ids(field)).photos())) == 1


def test_a_foreign_photo_and_too_long_remarks_are_refused(house: Installation, field: Field) -> None:
    wang = field.city.wang
    assert refusal(lambda: reports.choose(house.db, wang, *ids(field), "", {new_uuid(): True}, 0)).code == "not_found"
    assert refusal(lambda: reports.choose(house.db, wang, *ids(field), "x" * 10_001, {}, 0)).code == "too_long"


def test_a_report_is_found_by_round_and_branch(house: Installation, field: Field) -> None:
    wang = field.city.wang
    with house.db.read() as session:
        code = session.get_one(Round, field.round_id).code
    for branch in ("jiangbei", "江北分公司", "Jiangbei branch", "江北", "Jiangbei", "JIANG", " jiangbei  branch "):
        assert reports.find(house.db, wang, code, branch) == ids(field)
    running = refusal(lambda: reports.find(house.db, wang, "latest", "jiangbei"))
    assert (running.code, running.params) == ("report.unknown_round", {"name": "latest", "known": code})
    unknown = refusal(lambda: reports.find(house.db, wang, "no-such-round", "jiangbei"))
    assert (unknown.code, unknown.params["known"]) == ("report.unknown_round", code)
    for branch in ("nowhere", "", " ", "分公司", "渝中"):
        error = refusal(lambda name=branch: reports.find(house.db, wang, code, name))
        assert (error.code, error.params) == (
            "report.unknown_branch",
            {"name": branch, "known": "jiangbei 江北分公司"},
        )


def test_latest_is_the_newest_closed_round_and_a_beginning_must_fit_one_alone(
    house: Installation, field: Field
) -> None:
    with house.db.write() as session:
        session.get_one(Round, field.round_id).state = "closed"
        session.commit()
    assert reports.find(house.db, field.city.wang, "latest", "江北") == ids(field)
    names = {1: {"jb", "江北"}, 2: {"jj", "江津"}, 3: {"江"}}
    assert reports._named("江北", names) == 1
    assert reports._named("江", names) == 3  # a whole name wins over two beginnings
    assert reports._named("j", names) is None


def test_a_language_that_there_is_not_is_refused(house: Installation, field: Field, tmp_path: Path) -> None:
    error = refusal(lambda: reports.render(house, field.city.wang, *ids(field), "fr", tmp_path / "r.pdf"))
    assert error.code == "invalid"


def test_a_job_makes_the_document_and_its_routes_show_it_to_those_who_may(
    house: Installation, field: Field, sign_in_as: Callable[..., TestClient]
) -> None:
    round_id, branch_id = ids(field)
    params = {"round_id": round_id, "branch_id": branch_id, "language": "zh"}
    job_id = jobs.ask(house.db, field.city.wang, "visit_report", params)
    work.run(house, job_id)
    job = jobs.look(house.db, field.city.wang, job_id)
    assert (job.state, job.error_code) == ("done", "")
    number = job.result["document_id"]

    browser = sign_in_as(field.city.wang)
    answer = browser.get(f"/documents/{number}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6%B1%9F%E5%8C%97")
    pdf = pypdfium2.PdfDocument(answer.content)
    text = "".join(re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pdf)
    assert "江北分公司走访报告" in text
    assert "微笑服务<b>到位</b>" in text
    with house.db.read() as session:  # the paper carries the head of the history, and the row the whole of it
        row, head = session.get(Document, number), session.exec(select(Event).order_by(col(Event.seq).desc())).all()
    assert row
    assert row.chain_sha256 == next(event.sha256 for event in head if event.seq == row.chain_seq)
    assert f"{row.chain_seq}-{row.chain_sha256[:16]}" in text

    page = browser.get(f"/documents/{number}/pages/1")
    assert (page.status_code, page.headers["content-type"], page.content[:2]) == (200, "image/jpeg", b"\xff\xd8")
    for seen in (answer, page):  # a tablet may be in another person's hands by the time it shows them again
        assert seen.headers["cache-control"] == "private, no-cache"
    same = {"If-None-Match": page.headers["etag"]}
    assert browser.get(f"/documents/{number}/pages/1", headers=same).status_code == 304
    assert sign_in_as(field.city.chen).get(f"/documents/{number}/pages/1", headers=same).status_code == 404
    assert browser.get(f"/documents/{number}/pages/{len(pdf) + 1}").status_code == 404
    assert browser.get("/documents/999").status_code == 404
    assert sign_in_as(field.city.chen).get(f"/documents/{number}").status_code == 404
    assert sign_in_as(field.city.mei).get(f"/documents/{number}/pages/1").status_code == 403
    assert sign_in_as(None).get(f"/documents/{number}").status_code in (302, 303, 307, 401)


def test_with_a_bucket_a_document_made_on_one_machine_is_served_by_another(
    house: Installation, field: Field, bucket: str, sign_in_as: Callable[..., TestClient], tmp_path: Path
) -> None:
    worker = open_documents(bucket, tmp_path / "worker")
    server = open_documents(bucket, tmp_path / "server")
    house.documents = worker
    number = reports.make_document(house, field.city.wang, *ids(field), "en")
    house.documents = server
    browser = sign_in_as(field.city.wang)
    answer = browser.get(f"/documents/{number}")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert browser.get(f"/documents/{number}/pages/1").content[:2] == b"\xff\xd8"
    row = papers.document(house, field.city.wang, number)
    server.delete(row.sha256)
    assert browser.get(f"/documents/{number}").status_code == 404
    assert not (house.settings.home / "documents").exists()


def ask_about_a_campaign(field: Field) -> tuple[str, str]:
    """A campaign of those days with two questions; their subjects."""
    questions = (Question("Q1", "海报在醒目位置", "Poster in sight"), Question("Q2", "店员能说清档位", "Tiers known"))
    values = CampaignValues("5G家庭融合季", DAY, DAY, questions, "5G family season")
    number = create_campaign(field.db, field.city.wang, values)
    return question_subject(number, "Q1"), question_subject(number, "Q2")


def test_the_presets_of_photos_that_belong_to_no_finding(house: Installation, sqlite_city: City) -> None:
    field = take_the_field(sqlite_city)
    lin, wang = field.city.lin, field.city.wang
    poster, tiers = ask_about_a_campaign(field)
    field.fill(house, lin, A03="fail")
    field.write(lin, poster, {"rating": "fail", "note": "海报被绿植遮挡"})
    field.write(lin, tiers, {"rating": "pass"})
    known, hidden = field.photo(house, lin, tiers, seed=15), field.photo(house, lin, poster, seed=16)
    front, inside = (field.photo(house, lin, "overview", "overview", seed) for seed in (11, 12))
    meeting = field.photo(house, lin, "communication", "overview", 13, in_visit=False)
    field.photo(house, lin, "communication", "signature", 14, in_visit=False)
    field.submit()
    offered = reports.visit_report(house, wang, *ids(field), everything=True)
    fail, passed = offered.shortcomings[0].photos[0], offered.other_photos[0]
    assert [(part, str(photo.uuid), photo.preset) for part, photo in offered.figures()] == [
        ("overview", front, True),
        ("overview", inside, False),
        ("shortcomings", str(fail.uuid), True),
        ("campaigns", hidden, True),
        ("campaigns", known, False),
        ("meeting", meeting, False),
        ("others", str(passed.uuid), False),
    ]
    assert passed.issue.zh == "B01 检查项B01"
    assert offered.campaigns[0].photos[0].issue.zh == "海报在醒目位置"
    assert [photo.number for _, photo in reports.visit_report(house, wang, *ids(field)).figures()] == [1, 2, 3]

    reports.choose(
        house.db, wang, *ids(field), "",
        {front: False, inside: True, hidden: False, known: True, meeting: True, str(passed.uuid): True}, 0,
    )  # fmt: skip
    chosen = [(part, str(photo.uuid)) for part, photo in reports.visit_report(house, wang, *ids(field)).figures()]
    assert chosen == [
        ("overview", inside),
        ("shortcomings", str(fail.uuid)),
        ("campaigns", known),
        ("meeting", meeting),
        ("others", str(passed.uuid)),
    ]


def test_a_photo_missing_from_the_store_is_named_and_no_report_is_made(
    house: Installation, field: Field, tmp_path: Path
) -> None:
    shutil.rmtree(house.settings.home / "photos")
    with pytest.raises(RoundsError) as caught:
        reports.render(house, field.city.wang, *ids(field), "zh", tmp_path / "r.pdf")
    assert caught.value.code == "report.photo_missing"
