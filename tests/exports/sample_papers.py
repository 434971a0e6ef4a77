"""Notices and rectification reports with everything they can show, on the findings of the sample report."""

import datetime as dt
from dataclasses import replace

import segno

from audit.domain.papers import Answer, Demand, Notice, Proof, RectificationReport, arranged, in_order
from audit.domain.reports import Issue, PhotoRef, Shortcoming, Words
from tests.exports.sample_report import CHINA, photo_uuid, sample

ISSUED_AT = dt.datetime(2026, 11, 9, 15, 20, tzinfo=CHINA)
DUE = {
    "critical": dt.datetime(2026, 11, 12, 18, tzinfo=CHINA),
    "major": dt.datetime(2026, 11, 18, 18, tzinfo=CHINA),
    "minor": dt.datetime(2027, 1, 4, 18, tzinfo=CHINA),
}
URL = "https://rounds.example/verify/7f3c1a9e5b2d4680"


def issue(number: str = "渝移市〔2026〕13号", signatory: str = "方敏") -> Issue:
    """What an issued document carries."""
    qr = segno.make(URL, error="m", micro=False).svg_inline(border=0, omitsize=True)
    return Issue(number, ISSUED_AT, signatory, "5d41402abc4b2a76b9719d911017c592" * 2, URL, qr)


def notice(findings: int = 12, issued: bool = True) -> Notice:
    """A notice of up to 16 findings over four halls; some items were failed by several halls."""
    report = sample(photos=24, halls=4)
    found = [_same_items(place, finding) for place, finding in enumerate(report.shortcomings)][-findings:]
    return Notice(
        branch=report.branch,
        round=report.round,
        inspecting=report.inspecting,
        operator=report.operator,
        starts_on=report.starts_on,
        ends_on=report.ends_on,
        demands=arranged(_demand(place, finding, issued) for place, finding in enumerate(found, start=1)),
        object_to=Words("市公司市场部服务管理室", "the service section of the marketing department"),
        contact="王珺，023-6700 0000",
        address="https://rounds.example",
        deemed_at=dt.datetime(2026, 11, 10, 18, tzinfo=CHINA) if issued else None,
        issue=issue() if issued else None,
    )


def rectification(findings: int = 12, issued: bool = True) -> RectificationReport:
    """The answers to that notice: most are done, some have more than photos."""
    asked = notice(findings)
    assert asked.issue
    return RectificationReport(
        branch=asked.branch,
        round=asked.round,
        operator=asked.operator,
        notices=((asked.issue.number, ISSUED_AT),),
        answers=in_order(_answer(place, demand) for place, demand in enumerate(asked.demands)),
        prepared_by="刘翀",
        reviewer="王珺",
        as_of=dt.datetime(2026, 11, 17, 10, tzinfo=CHINA),
        issue=issue("渝北移服〔2026〕31号", "王珺") if issued else None,
    )


def reference(number: int) -> str:
    """The number of a finding."""
    return f"2026Q4-YB-{number:03d}"


def _same_items(place: int, finding: Shortcoming) -> Shortcoming:
    """Every third finding is of the item that another hall failed too."""
    if place % 3:
        return finding
    clause = Words("宣传物料在有效期内", "Promotional material within its dates")
    return replace(finding, item_code="A06", clause=clause, evidence_kind="photo")


def _demand(number: int, finding: Shortcoming, issued: bool) -> Demand:
    critical = finding.severity == "critical"
    return Demand(
        reference(number),
        replace(finding, due_at=DUE[finding.severity] if issued else None),
        due_estimated=issued and finding.severity == "minor",
        objection_until=dt.datetime(2026, 11, 10 if critical else 11, 18, tzinfo=CHINA) if issued else None,
        direct="周旻（值班经理）" if number % 2 else "",
        managing="刘翀（服务主管）",
    )


def _answer(place: int, asked: Demand) -> Answer:
    finding = asked.finding
    thorough = finding.severity != "minor" or finding.repeat
    open_still = place % 5 == 4
    before = (*finding.photos, *finding.before)[:1]
    return Answer(
        reference=asked.reference,
        finding=finding,
        state="awaiting_support" if open_still else "submitted",
        cycle=1 + (place % 4 == 3),
        cause="物料更换由各班次自行负责，没有统一的到期清单；值班经理交接时不核对日期。" if thorough else "",
        correction="当天撤下过期物料并更换为当期版本，门头断电警示后已报修。",
        corrective_action="建立物料到期台账，每周一由值班经理核对签字；纳入早班检查表。" if thorough else "",
        horizontal_check="对其余三个厅同步检查，另发现一处并已更换。" if thorough else "",
        responsible="周旻",
        completed_on=None if open_still else dt.date(2026, 11, 12),
        unfinished="灯箱更换需房东配合施工，已申请市公司支撑，预计12月5日完成。" if open_still else "",
        before=before,
        after=() if open_still else tuple(_taken_after(photo) for photo in before),
        proofs=(
            Proof("物料管理培训签到表（2026年11月11日）.pdf", "pdf", "training_record", "9b74c9897bac770f" * 4),
            Proof("物料到期台账.xlsx", "excel", "photo", "c4ca4238a0b92382" * 4),
        )
        if place % 3 == 0
        else (),
    )


def _taken_after(photo: PhotoRef) -> PhotoRef:
    taken = dt.datetime(2026, 11, 12, 14, 5, tzinfo=CHINA)
    return replace(photo, uuid=photo_uuid(photo.number + 500), overlay=(), taken_at=taken)
