"""What a branch's rectification report (整改报告) says: its answers to all that it was asked in a round."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session, col, select

from audit.db.models import (
    Account,
    Evidence,
    Finding,
    Notice,
    Objection,
    Organisation,
    Rectification,
    Round,
    SupportRequest,
)
from audit.domain import papers
from audit.domain.reports import PhotoRef, Shortcoming, Words
from audit.errors import RoundsError
from audit.photos.sizes import size_of
from audit.services import clock
from audit.services.finding_content import as_issued, shortcomings
from audit.services.installation import Installation
from audit.services.loop.rectifying import read_answer
from audit.services.proof import head_of
from audit.services.report_source import read, words


def notices_of(session: Session, round_id: int, branch_id: int) -> Sequence[Notice]:
    """The notices of a branch in a round, the round's own first."""
    query = select(Notice).where(Notice.round_id == round_id, Notice.organisation_id == branch_id)
    return session.exec(query.order_by(col(Notice.supplement))).all()


def findings_of(session: Session, round_id: int, branch_id: int) -> Sequence[Finding]:
    """What a branch was asked in a round: what was issued, and what was corrected on the spot and sent back."""
    query = select(Finding).where(Finding.round_id == round_id, Finding.organisation_id == branch_id)
    return session.exec(query.where(col(Finding.number).is_not(None)).order_by(col(Finding.id))).all()


def gather(
    house: Installation, session: Session, round_: Round, branch: Organisation, author: str
) -> papers.RectificationReport:
    """The report as it stands now, without a number. Raises `notice.nothing`."""
    head = head_of(session)
    notices = notices_of(session, round_.id or 0, branch.id or 0)
    rows = findings_of(session, round_.id or 0, branch.id or 0)
    if not rows:
        raise RoundsError("notice.nothing")
    asked = _asked(session, round_, branch, notices, rows)
    prepared, submitted = _people(session, rows)
    answers = [_answer(house, session, row, asked[row.id or 0]) for row in rows]
    return papers.RectificationReport(
        branch=words(branch),
        round=words(round_),
        operator=Words(house.settings.operator_zh, house.settings.operator_en),
        notices=tuple((notice.number, notice.issued_at) for notice in notices),
        answers=papers.in_order(answers),
        prepared_by=prepared or author,
        reviewer=submitted,
        as_of=clock.now(),
        head=head,
    )


def _asked(
    session: Session, round_: Round, branch: Organisation, notices: Sequence[Notice], rows: Sequence[Finding]
) -> Mapping[int, Shortcoming]:
    """Each finding under the number that it has in its notice; those of further ones, and of none, are counted on."""
    source = read(session, round_, branch)
    groups = [as_issued(session, [row for row in rows if row.notice_id == one.id], one.issued_at) for one in notices]
    found: dict[int, Shortcoming] = {}
    for group in (*groups, [row for row in rows if row.notice_id is None]):
        told = shortcomings(session, source, group)
        numbers = {row.number or "": row.id or 0 for row, _ in told}
        arranged = papers.arranged(papers.Demand(row.number or "", shown) for row, shown in told)
        before = len(found)
        for demand in arranged:
            number = before + demand.finding.number
            found[numbers[demand.reference]] = replace(demand.finding, number=number)
    return found


def _answer(house: Installation, session: Session, row: Finding, asked: Shortcoming) -> papers.Answer:
    written = read_answer(session, row)
    texts = written.values
    photos = {role: _photos(house, written.evidence, role, asked) for role in ("before", "after", "other")}
    return papers.Answer(
        reference=row.number or "",
        finding=replace(asked, severity=row.severity, due_at=row.due_at, repeat=row.repeat),
        state=row.state,
        cycle=row.cycle,
        cause=texts["cause"],
        correction=texts["correction"],
        corrective_action=texts["corrective_action"],
        horizontal_check=texts["horizontal_check"],
        responsible=texts["responsible"],
        completed_on=texts["completed_on"],
        unfinished=_why_not(session, row),
        before=photos["before"] or asked.before or asked.photos,
        after=photos["after"],
        others=photos["other"],
        proofs=tuple(
            papers.Proof(proof.filename, proof.kind, proof.proves, proof.sha256)
            for proof in written.evidence
            if not proof.report_sha256
        ),
    )


def _photos(house: Installation, evidence: Iterable[Evidence], role: str, asked: Shortcoming) -> tuple[PhotoRef, ...]:
    found = []
    for proof in evidence:
        if proof.report_sha256 and proof.role == role:
            with house.photos.as_file(proof.report_sha256) as path:
                width, height = size_of(path)
            found.append(PhotoRef(UUID(proof.uuid), width, height, place=asked.outlet, issue=asked.clause))
    return tuple(found)


def _why_not(session: Session, row: Finding) -> str:
    """What the branch said that keeps a finding open: its request for support, or its objection."""
    if row.state == "awaiting_support":
        asked = select(SupportRequest).where(SupportRequest.finding_id == row.id)
        request = session.exec(asked.order_by(col(SupportRequest.id).desc()).limit(1)).first()
        return "\n".join((request.need, request.interim_measure)) if request else ""
    if row.state == "objected":
        objection = session.exec(select(Objection).where(Objection.finding_id == row.id)).first()
        return objection.reason if objection else ""
    return ""


def _people(session: Session, rows: Sequence[Finding]) -> tuple[str, str]:
    """Who wrote the answers, and who submitted them."""
    query = select(Rectification).where(col(Rectification.finding_id).in_([row.id for row in rows]))
    answers = session.exec(query.order_by(col(Rectification.id))).all()
    wrote = dict.fromkeys(answer.saved_by for answer in answers if answer.saved_by)
    sent = dict.fromkeys(answer.submitted_by for answer in answers if answer.submitted_by)
    named = select(Account.id, Account.name).where(col(Account.id).in_([*wrote, *sent]))
    names = dict(session.exec(named).all())
    return tuple("、".join(names[one] for one in group if one in names) for group in (wrote, sent))  # type: ignore[return-value]
