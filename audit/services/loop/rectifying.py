"""The branch's answer while it is written: a draft saved at every change, and the evidence beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import update as change_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Event, Evidence, Finding, Rectification
from audit.db.upsert import insert_missing
from audit.domain.checklist import EVIDENCE_KINDS
from audit.domain.deadlines import day_of
from audit.domain.findings import STATES
from audit.domain.loop import needed, step_for
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import values
from audit.services.loop.conversation import WROTE, spoken_of
from audit.services.loop.fields import RECTIFICATION_TEXTS, checked
from audit.services.loop.reach import finding_for
from audit.services.work import Work, unit_of_work

FIELDS = (*RECTIFICATION_TEXTS, "responsible", "completed_on")
WRITABLE = ("rectifying", "awaiting_support")
FILE_KINDS = ("photo", "pdf", "word", "excel", "scan")
FILE_ROLES = ("before", "after", "other", "scan")  # scan: the answer on paper, sealed (盖章扫描件)
# Who gives evidence of what, and in which states of the finding. A comment's photos prove nothing and are said anytime.
SUBJECTS = {
    "rectification": ("finding.fill", WRITABLE),
    "objection": ("finding.answer", ("issued", "rectifying")),
    "reinspection": ("finding.reinspect", ("reinspection",)),
    "comment": ("finding.comment", STATES),
}


@dataclass(frozen=True)
class Answer:
    """What the branch wrote in one cycle. `version` 0: nothing saved yet, the texts are those of the cycle before."""

    finding: Finding
    values: Mapping[str, Any]
    version: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class File:
    """A checked and stored file that shall count as evidence; the hashes of a photo's derivatives where it is one."""

    uuid: str
    kind: str
    media_type: str
    sha256: str
    size: int
    filename: str = ""
    role: str = "other"
    proves: str = "photo"
    thumbnail_sha256: str = ""
    report_sha256: str = ""
    phash: str = ""
    dhash: str = ""


def proven(asked: str, proofs: Sequence[Evidence]) -> bool:
    """Whether the evidence is of the kind asked for ("": any); a photo has to show the state after."""
    if not asked:
        return bool(proofs)
    return any(
        proof.proves == asked and (asked != "photo" or (proof.kind == "photo" and proof.role == "after"))
        for proof in proofs
    )


def lacking(answer: Answer) -> tuple[str, ...]:
    """The fields that have to be supplied before the answer can be submitted, "evidence" among them."""
    finding = answer.finding
    asked = needed(step_for("rectifying", "submit"), finding.severity, finding.repeat)
    missing = [name for name in asked if name != "evidence" and not answer.values.get(name)]
    return (*missing, *(() if proven(finding.evidence_kind, answer.evidence) else ("evidence",)))


def answer_of(db: Database, actor: Actor, finding_id: int) -> Answer:
    """The answer of the present cycle as it stands. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        finding = finding_for(session, actor, "finding.read", finding_id).finding
        return read_answer(session, finding)


def read_answer(session: Session, finding: Finding) -> Answer:
    """Like `answer_of`, for whoever reached the finding already."""
    return read_answers(session, [finding])[0]


def read_answers(session: Session, findings: Sequence[Finding]) -> list[Answer]:
    """The answers of findings that were reached already, in their order."""
    numbers = [finding.id or 0 for finding in findings]
    written = select(Rectification).where(col(Rectification.finding_id).in_(numbers))
    last = {row.finding_id: row for row in session.exec(written.order_by(col(Rectification.cycle))).all()}
    given = select(Evidence).where(
        col(Evidence.finding_id).in_(numbers),
        Evidence.subject == "rectification",
        col(Evidence.removed_at).is_(None),
    )
    proofs: dict[tuple[int, int], list[Evidence]] = {}
    for proof in session.exec(given.order_by(col(Evidence.received_at), col(Evidence.uuid))).all():
        proofs.setdefault((proof.finding_id, proof.cycle), []).append(proof)
    answers = []
    for finding in findings:
        row = last.get(finding.id or 0)
        texts = {name: getattr(row, name) if row else None if name == "completed_on" else "" for name in FIELDS}
        own = proofs.get((finding.id or 0, finding.cycle), ())
        answers.append(Answer(finding, texts, row.version if row and row.cycle == finding.cycle else 0, tuple(own)))
    return answers


def save(db: Database, actor: Actor, finding_id: int, version: int, **given: Any) -> int:
    """Keep what was written so far; `version` is the answer's (0 for the first). Returns the new version.

    Raises `stale`, `wrong_state`, `too_long`, `invalid`.
    """
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, "finding.fill", finding_id, lock=True).finding
        return write(work, finding, version, given, actor.account_id)


def keep(db: Database, actor: Actor, finding_id: int, given: Mapping[str, Any], seen: Mapping[str, Any]) -> int:
    """Like `save`, for a form that several may have open: what stands in the fields `given` must be what was `seen`.

    What others changed in other fields meanwhile stays. Raises `stale` when one of these was changed.
    """
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, "finding.fill", finding_id, lock=True).finding
        return write_seen(work, finding, given, seen, actor.account_id)


def write_seen(
    work: Work, finding: Finding, given: Mapping[str, Any], seen: Mapping[str, Any], account_id: int | None, **told: Any
) -> int:
    """Like `keep`, for whoever reached the finding and holds its row."""
    standing = read_answer(work.session, finding)
    wanted = checked(given)
    differing = {name: value for name, value in given.items() if standing.values.get(name) != wanted.get(name, value)}
    if standing.version and not differing:  # sent again, because the answer to the first time was lost
        return standing.version
    known = checked(seen)  # trimmed as what stands: a pause after a blank is no change by somebody else
    for name in differing:
        if (standing.values.get(name) or "") != (known.get(name) or ""):
            raise RoundsError("stale", state=finding.state, version=finding.version)
    return write(work, finding, standing.version, given, account_id, **told)


def write(
    work: Work, finding: Finding, version: int, given: Mapping[str, Any], account_id: int | None, **told: Any
) -> int:
    """Like `save`, for whoever reached the finding already; `account_id` None for the holder of a link.

    `told`: what the history shall say beside.
    """
    if finding.state not in WRITABLE:
        raise RoundsError("wrong_state", state=finding.state)
    unknown = sorted(given.keys() - set(FIELDS))
    if unknown:
        raise RoundsError("invalid", field=unknown[0])
    empty = {name: None if name == "completed_on" else "" for name in given}
    wanted = {**empty, **checked(given), "saved_at": work.now, "saved_by": account_id}
    if wanted.get("completed_on") and wanted["completed_on"] > day_of(work.now):
        raise RoundsError("invalid", field="completed_on")
    where = (col(Rectification.finding_id) == finding.id, col(Rectification.cycle) == finding.cycle)
    if version == 0:
        before = {**read_answer(work.session, finding).values, **wanted}
        row = {"finding_id": finding.id, "cycle": finding.cycle, "version": 1, **before}
        done = insert_missing(work.session, Rectification, [row])
    else:
        changing = change_rows(Rectification).where(*where, col(Rectification.version) == version)
        done = work.session.execute(changing.values(version=version + 1, **wanted)).rowcount  # type: ignore[attr-defined]
    if not done:
        raise RoundsError("stale", state=finding.state, version=finding.version)
    _tell_who_wrote(work, finding, {"cycle": finding.cycle, **told})
    return version + 1


def _tell_who_wrote(work: Work, finding: Finding, told: Mapping[str, Any]) -> None:
    """Once for each author and cycle: a form that is saved while somebody types makes one event, not dozens.

    What was written is the answer's row; what was submitted stands in the event of submitting.
    """
    account_id = (work.actor.account_id or None) if work.actor else None
    known = select(Event.data).where(*_wrote(finding.id), Event.account_id == account_id)
    if dict(told) not in [{name: data.get(name) for name in told} for data in work.session.exec(known).all()]:
        work.record(WROTE, "finding", finding.id, **told)


def _wrote(finding_id: int | None) -> tuple[ColumnElement[bool], ...]:
    subject = (col(Event.subject_kind) == "finding", col(Event.subject_id) == str(finding_id))
    return (*subject, col(Event.verb) == WROTE)


def rectified_by(session: Session, finding_id: int, account_id: int) -> bool:
    """Whether a person ever wrote on a finding's answer, submitted it, or gave evidence for it.

    The answer's row names who saved last; the history names everybody.
    """
    answered = select(Rectification.id).where(
        Rectification.finding_id == finding_id,
        (col(Rectification.submitted_by) == account_id) | (col(Rectification.saved_by) == account_id),
    )
    gave = select(Evidence.uuid).where(
        Evidence.finding_id == finding_id, Evidence.account_id == account_id, Evidence.subject == "rectification"
    )
    wrote = select(Event.seq).where(*_wrote(finding_id), Event.account_id == account_id)
    return any(session.exec(query.limit(1)).first() is not None for query in (answered, gave, wrote))


def add_evidence(db: Database, actor: Actor, finding_id: int, subject: str, file: File) -> Evidence:
    """Count a stored file as evidence of one of the `SUBJECTS`; twice does no harm.

    Raises `photo.uuid_reused` for another file under the same UUID, `wrong_state`, `invalid`.
    """
    if subject not in SUBJECTS:
        raise RoundsError("invalid", field="subject")
    permission, states = SUBJECTS[subject]
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, permission, finding_id, lock=True).finding
        return attach(work, finding, subject, states, file, actor.account_id)


def attach(
    work: Work, finding: Finding, subject: str, states: Sequence[str], file: File, account_id: int | None, **told: Any
) -> Evidence:
    """Like `add_evidence`, for whoever reached the finding already."""
    for name, allowed in (("kind", FILE_KINDS), ("role", FILE_ROLES), ("proves", EVIDENCE_KINDS)):
        if getattr(file, name) not in allowed:
            raise RoundsError("invalid", field=name)
    standing = work.session.get(Evidence, file.uuid)
    if standing:
        if (standing.sha256, standing.finding_id, standing.account_id) != (file.sha256, finding.id, account_id):
            raise RoundsError("photo.uuid_reused")
        return standing
    if finding.state not in states:
        raise RoundsError("wrong_state", state=finding.state)
    row = Evidence(
        finding_id=finding.id or 0,
        cycle=finding.cycle,
        subject=subject,
        account_id=account_id,
        received_at=work.now,
        **{**file.__dict__, "filename": values.line("filename", file.filename, 200)},
    )
    work.session.add(row)
    work.record("evidence.added", "finding", finding.id, uuid=file.uuid, kind=file.kind, subject=subject, **told)
    return row


def remove_evidence(db: Database, actor: Actor, uuid: str) -> None:
    """Take evidence back while it may still be changed; the file is kept for the history. Twice does no harm.

    A photo for a comment is taken back by whoever sent it, until it is said. Raises `not_found`, `wrong_state`.
    """
    with unit_of_work(db, actor) as work:
        row = work.session.get(Evidence, uuid)
        if row is None or row.subject not in SUBJECTS:
            raise RoundsError("not_found")
        permission, states = SUBJECTS[row.subject]
        finding = finding_for(work.session, actor, permission, row.finding_id, lock=True).finding
        if row.subject == "comment" and row.account_id != actor.account_id:
            raise RoundsError("not_found")
        if row.subject == "comment" and row.uuid in spoken_of(work.session, row.finding_id):
            raise RoundsError("wrong_state", state=finding.state)
        detach(work, finding, row, states)


def detach(work: Work, finding: Finding, row: Evidence, states: Sequence[str], **told: Any) -> None:
    """Like `remove_evidence`, for whoever reached the finding already."""
    if finding.state not in states or (row.cycle != finding.cycle and row.subject != "comment"):
        raise RoundsError("wrong_state", state=finding.state)
    if row.removed_at is None:
        row.removed_at = work.now
        work.session.add(row)
        work.record("evidence.removed", "finding", finding.id, uuid=row.uuid, subject=row.subject, **told)
