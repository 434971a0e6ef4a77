"""What a visit report says, gathered from the database into a frozen `domain.reports.VisitReport`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select as select_rows
from sqlmodel import Session, and_, col, or_, select

from audit.config import Settings
from audit.db.models import (
    Assignment,
    Campaign,
    ChecklistVersion,
    Finding,
    Organisation,
    Outlet,
    ReportDraft,
    Round,
    Visit,
)
from audit.domain import scoring
from audit.domain.checklist import Checklist, visible_items
from audit.domain.meeting import changed_after
from audit.domain.reports import (
    CampaignAnswer,
    CampaignPart,
    CampaignQuestion,
    Communication,
    Highlight,
    ItemResult,
    Member,
    Participant,
    Score,
    SectionScore,
    Signature,
    Signed,
    VisitPart,
    VisitReport,
    Words,
    average,
)
from audit.domain.revisions import Resolved, answers, attached_photos
from audit.i18n import business_date
from audit.services import findings as finding_rows
from audit.services.finding_content import as_issued, in_order, shortcomings
from audit.services.proof import head_of
from audit.services.report_photos import campaign_photos, meeting_photos, other_photos, overview_photos
from audit.services.report_source import REPORTED, Source, names, read, words
from audit.services.visit_content import checklist_of
from audit.services.visits import team_of


def gather(
    session: Session,
    settings: Settings,
    round_: Round,
    branch: Organisation,
    now: dt.datetime,
    everything: bool = False,
    issued_at: dt.datetime | None = None,
) -> VisitReport:
    """The report of one branch in one round as it stands now; with `everything`, also the photos that were left out.

    With `issued_at` it tells only of the visits that were accepted then, and of findings as they were issued. Raises
    `report.no_visits`.
    """
    head = head_of(session)
    source = read(session, round_, branch, everything, issued_at)
    everywhere = _city(session, round_.id or 0)
    parts = tuple(
        _visit(session, source, visit, outlet, version, everywhere) for visit, outlet, version in source.visits
    )
    found = finding_rows.of_visits(session, [visit.id or 0 for visit, _, _ in source.visits])
    found = as_issued(session, found, issued_at) if issued_at else found
    draft = session.get(ReportDraft, (round_.id, branch.id))
    first = source.assignments[0]
    inspecting = names(session, [assignment.inspecting_id for assignment in source.assignments])
    team = team_of(session, [assignment.id or 0 for assignment in source.assignments])
    mates = {mate.account_id: mate for group in team.values() for mate in group}
    waiting = len(parts) < _planned(session, source.assignments)
    days = [part.visited_on for part in parts if part.visited_on]
    return VisitReport(
        branch=words(branch),
        round=words(round_),
        round_kind=round_.kind,
        inspecting=inspecting,
        operator=Words(settings.operator_zh, settings.operator_en),
        starts_on=min(days, default=first.starts_on),
        ends_on=max(days, default=first.ends_on),
        announced=all(assignment.announced for assignment in source.assignments),
        team=tuple(Member(mate.name, mate.leader) for mate in mates.values()),
        score=_together(parts, waiting, average([score.get("total") for score, _ in everywhere])),
        visits=parts,
        highlights=_highlights(session, source, found),
        shortcomings=tuple(told for _, told in shortcomings(session, source, found)),
        campaigns=_campaigns(session, source),
        communication=_communication(source),
        remarks=draft.remarks if draft else "",
        as_of=now,
        head=head,
        other_photos=other_photos(session, source),
    )


def _together(parts: Sequence[VisitPart], waiting: bool, city: Decimal | None) -> Score:
    """The branch's score: the mean of its visits, provisional while one of them is awaited or provisional itself."""
    total = average([part.score.total for part in parts])
    grade = scoring.grade(total) if total is not None else ""
    return Score(total, total, grade, waiting or any(part.score.provisional for part in parts), city=city)


def _planned(session: Session, assignments: Sequence[Assignment]) -> int:
    ids = [assignment.id for assignment in assignments]
    query = select(Visit.id).where(col(Visit.assignment_id).in_(ids), Visit.state != "cancelled")
    return len(session.exec(query).all())


def _city(session: Session, round_id: int) -> list[tuple[dict[str, Any], str]]:
    """Scores of all complete visits of the round, with the code of their checklist; totals and rates as `Decimal`."""
    query = (
        select_rows(col(Visit.score), col(ChecklistVersion.code))
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(ChecklistVersion, col(ChecklistVersion.id) == Visit.checklist_version_id)
        .where(col(Assignment.round_id) == round_id, col(Visit.state).in_(REPORTED))
    )
    found = []
    for score, code in session.execute(query).all():
        if score:
            rates = {name: Decimal(rate) * 100 for name, rate in score["sections"].items() if rate is not None}
            total = Decimal(score["total"]) if score["total"] is not None else None
            found.append(({"total": total, "sections": rates}, code))
    return found


def _visit(
    session: Session,
    source: Source,
    visit: Visit,
    outlet: Outlet,
    version: ChecklistVersion,
    everywhere: Sequence[tuple[dict[str, Any], str]],
) -> VisitPart:
    resolved = source.resolved.get(visit.id or 0, {})
    checklist = checklist_of(session, visit.checklist_version_id)
    alike = [score for score, code in everywhere if code == version.code]
    score = visit.score or {"total": None, "raw": None, "grade": "", "sections": {}, "capped_by": [], "provisional": []}
    body = resolved["signature"].entry.body if "signature" in resolved else {}
    return VisitPart(
        outlet=words(outlet),
        outlet_code=outlet.code,
        outlet_kind=outlet.kind,
        checklist=Words(checklist.title_zh, checklist.title_en),
        checklist_version=checklist.version,
        visited_on=business_date(visit.opened_at) if visit.opened_at else visit.planned_on,
        score=Score(
            _decimal(score["total"]),
            _decimal(score["raw"]),
            score["grade"],
            bool(score["provisional"]),
            bool(score["capped_by"]),
            average([other["total"] for other in alike]),
        ),
        sections=_sections(checklist, score["sections"], [other["sections"] for other in alike]),
        items=_items(checklist, resolved),
        signature=Signature(
            body.get("status") or "",
            str(body.get("name") or ""),
            str(body.get("note") or ""),
            source.picture(body.get("photo_uuid")),
        ),
        remarks=str(resolved["remarks"].entry.body.get("text") or "") if "remarks" in resolved else "",
        overview=overview_photos(source, resolved, words(outlet)),
    )


def _sections(
    checklist: Checklist, rates: Mapping[str, str | None], alike: Sequence[Mapping[str, Decimal]]
) -> tuple[SectionScore, ...]:
    return tuple(
        SectionScore(
            section.code,
            Words(section.title_zh, section.title_en),
            section.weight,
            average([_percent(rates.get(section.code))]),
            average([other.get(section.code) for other in alike]),
        )
        for section in checklist.sections
    )


def _items(checklist: Checklist, resolved: Mapping[str, Resolved]) -> tuple[ItemResult, ...]:
    """What was rated: the items that the answers let be seen, in walking order."""
    given = answers(resolved)
    shown = {item.code for item in visible_items(checklist, {code: body.get("rating") for code, body in given.items()})}
    photos = [photo.attached_to for photo in attached_photos(resolved)]
    return tuple(
        ItemResult(
            section.code,
            item.code,
            Words(item.text_zh, item.text_en),
            item.critical,
            item.points,
            given.get(item.code, {}).get("rating"),
            str(given.get(item.code, {}).get("note") or ""),
            str(given.get(item.code, {}).get("reason") or ""),
            photos.count(f"item:{item.code}"),
        )
        for section in checklist.sections
        for item in section.items
        if item.code in shown
    )


def _highlights(session: Session, source: Source, found: Sequence[Finding]) -> tuple[Highlight, ...]:
    rows = in_order(source, found, ("highlight",))
    links = finding_rows.photos_of(session, [row.id or 0 for row, _ in rows])
    made = []
    for number, (row, place) in enumerate(rows, start=1):
        clause = Words(row.clause_zh, row.clause_en)
        photos = [source.figure(link.photo_uuid, place, clause) for link in links.get(row.id or 0, ())]
        made.append(
            Highlight(
                number,
                place,
                row.observation,
                clause if row.item_code else None,
                tuple(photo for photo in photos if photo),
            )
        )
    return tuple(made)


def _campaigns(session: Session, source: Source) -> tuple[CampaignPart, ...]:
    """The campaigns that ran on a day of a visit, or that somebody was asked about, by their start."""
    asked = {
        subject.split(":")[1]
        for standing in source.resolved.values()
        for subject in standing
        if subject.startswith("campaign:")
    }
    days = {visit.planned_on for visit, _, _ in source.visits}
    ran = [and_(col(Campaign.starts_on) <= day, col(Campaign.ends_on) >= day) for day in days]
    rows = session.exec(
        select(Campaign)
        .where(or_(col(Campaign.id).in_([int(number) for number in asked]), *ran))
        .order_by(col(Campaign.starts_on), col(Campaign.id))
    ).all()
    return tuple(
        CampaignPart(
            words(row),
            row.starts_on,
            row.ends_on,
            tuple(
                CampaignQuestion(
                    Words(question.get("zh", ""), question.get("en", "")),
                    tuple(
                        _campaign_answer(source, visit, outlet, f"campaign:{row.id}:{question['code']}")
                        for visit, outlet, _ in source.visits
                    ),
                )
                for question in row.questions
            ),
            campaign_photos(source, row),
        )
        for row in rows
    )


def _campaign_answer(source: Source, visit: Visit, outlet: Outlet, subject: str) -> CampaignAnswer:
    standing = source.resolved.get(visit.id or 0, {}).get(subject)
    body = standing.entry.body if standing else {}
    return CampaignAnswer(words(outlet), body.get("rating"), str(body.get("note") or ""))


def _communication(source: Source) -> Communication | None:
    """The exit meeting; with several assignments to one branch, what was said at each, one after the other."""
    bodies = [standing["communication"].entry.body for standing in source.agreed if "communication" in standing]
    photos = meeting_photos(source)
    if not bodies and not photos:
        return None
    held = [dt.datetime.fromisoformat(body["held_at"]) for body in bodies if body.get("held_at")]
    held_at = min((one if one.tzinfo else one.replace(tzinfo=dt.UTC) for one in held), default=None)

    def said(name: str) -> str:
        return "\n".join(dict.fromkeys(str(body[name]) for body in bodies if body.get(name)))

    return Communication(
        held_at,
        said("place"),
        tuple(
            Participant(str(one.get("name", "")), str(one.get("role") or ""))
            for body in bodies
            for one in body.get("participants") or ()
        ),
        said("opinion"),
        said("agreed"),
        tuple(
            Signed(str(one.get("name", "")), source.picture(one.get("photo_uuid")), changed_after(one, body))
            for body in bodies
            for one in body.get("signatures") or ()
        ),
        photos,
    )


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _percent(rate: str | None) -> Decimal | None:
    return None if rate is None else Decimal(rate) * 100
