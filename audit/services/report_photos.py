"""The photos of a report that belong to no finding: of outlets, campaigns, the exit meeting, other items."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from audit.db.models import Campaign
from audit.domain.reports import PhotoRef, Words
from audit.domain.revisions import Resolved, answers, attached_photos
from audit.services.campaigns import question_subject
from audit.services.report_source import Source, words
from audit.services.visit_content import checklist_of

IN_FINDINGS = ("partial", "fail")  # ratings whose photos stand with the finding


def overview_photos(source: Source, resolved: Mapping[str, Resolved], outlet: Words) -> tuple[PhotoRef, ...]:
    """An outlet's overview photos: the first one is shown unless somebody chose otherwise."""
    found = [photo.uuid for photo in attached_photos(resolved) if photo.attached_to == "overview"]
    here = [uuid for uuid in found if uuid in source.photos]
    nothing = Words("", "")
    return _shown(source.figure(uuid, outlet, nothing, preset=place == 0) for place, uuid in enumerate(here))


def campaign_photos(source: Source, campaign: Campaign) -> tuple[PhotoRef, ...]:
    """The photos of a campaign's questions, by question and visit: shown at once where something was wrong."""
    found = []
    for question in campaign.questions:
        subject = question_subject(campaign.id or 0, question["code"])
        text = Words(question["zh"], question.get("en", ""))
        for visit, outlet, _ in source.visits:
            resolved = source.resolved.get(visit.id or 0, {})
            wrong = subject in resolved and resolved[subject].entry.body.get("rating") in IN_FINDINGS
            mine = [photo.uuid for photo in attached_photos(resolved) if photo.attached_to == subject]
            found += [source.figure(uuid, words(outlet), text, preset=wrong) for uuid in mine]
    return _shown(found)


def meeting_photos(source: Source) -> tuple[PhotoRef, ...]:
    """The photos of the exit meeting without its signatures: shown only when chosen."""
    return _shown(
        source.figure(photo.uuid, words(source.branch), Words("", ""), preset=False)
        for standing in source.agreed
        for photo in attached_photos(standing)
        if photo.attached_to == "communication" and photo.role != "signature"
    )


def other_photos(session: Session, source: Source) -> tuple[PhotoRef, ...]:
    """The photos of items that nothing is wrong with, by visit and in the order of the checklist: only when chosen."""
    found = []
    for visit, outlet, _ in source.visits:
        resolved = source.resolved.get(visit.id or 0, {})
        attached = attached_photos(resolved)
        given = answers(resolved)
        for item in checklist_of(session, visit.checklist_version_id).items():
            if given.get(item.code, {}).get("rating") in IN_FINDINGS:
                continue
            clause = Words(f"{item.code} {item.text_zh}", f"{item.code} {item.text_en}")
            mine = [photo.uuid for photo in attached if photo.attached_to == f"item:{item.code}"]
            found += [source.figure(uuid, words(outlet), clause, preset=False) for uuid in mine]
    return _shown(found)


def _shown(figures: Iterable[PhotoRef | None]) -> tuple[PhotoRef, ...]:
    return tuple(figure for figure in figures if figure)
