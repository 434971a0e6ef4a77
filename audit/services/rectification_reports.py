"""整改报告: a branch's answers in a round as one document, a draft until every finding is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Document, Event, Finding, Organisation, Round
from audit.domain.papers import SETTLED
from audit.domain.permissions import Actor, authorise_somewhere, grants_for
from audit.services.installation import Installation
from audit.services.layout import check_language, lay_out
from audit.services.papers import RECTIFICATION_DRAFT
from audit.services.proof import issue_of
from audit.services.rectification_content import findings_of, gather, notices_of
from audit.services.reports import reach
from audit.services.work import unit_of_work
from exports.base import Progress, no_progress

KIND = "rectification"
# Events of a finding that leave what was answered as it was.
QUIET = (
    "finding.commented", "finding.commented_by_link", "finding.review_opened", "finding.delegated",
    "finding.link_given", "finding.link_used", "finding.delegation_revoked",
)  # fmt: skip


@dataclass(frozen=True)
class Answerable:
    """A branch in a round that was asked to rectify: how many findings are answered, and of how many."""

    round: Round
    branch: Organisation
    answered: int
    asked: int

    @property
    def complete(self) -> bool:
        """Whether the report is final, and no draft any more."""
        return self.answered == self.asked


def answerable(db: Database, actor: Actor) -> list[Answerable]:
    """What the actor may make the report of, the newest round first."""
    authorise_somewhere(actor, "finding.answer")
    query = (
        select_rows(Round, Organisation, col(Finding.state))
        .join(Round, col(Round.id) == Finding.round_id)
        .join(Organisation, col(Organisation.id) == Finding.organisation_id)
        .where(col(Finding.number).is_not(None))
        .where(col(Finding.organisation_id).in_([grant.scope_id for grant in grants_for(actor, "finding.answer")]))
        .order_by(col(Round.starts_on).desc(), col(Round.id).desc(), col(Organisation.id))
    )
    found: dict[tuple[int | None, int | None], Answerable] = {}
    with db.read() as session:
        for round_, branch, state in session.execute(query).all():
            before = found.get((round_.id, branch.id), Answerable(round_, branch, 0, 0))
            answered = before.answered + (state in SETTLED)
            found[round_.id, branch.id] = Answerable(round_, branch, answered, before.asked + 1)
    return list(found.values())


def make(
    house: Installation, actor: Actor, round_id: int, branch_id: int, language: str, progress: Progress = no_progress
) -> int:
    """Make the report and keep the file; returns the document's id, under which the routes serve it.

    It is issued, with a number, once every finding is answered; as long as nothing was answered anew, that one stands
    and is given again. Raises `forbidden`, `not_found`, `notice.nothing`, `invalid` for an unknown language, and
    `report.*` from the layout.
    """
    check_language(language)
    with house.db.read() as session:
        round_, branch = reach(session, actor, "finding.answer", round_id, branch_id)
        report = gather(house, session, round_, branch, actor.name)
        if report.complete:
            number = _number(session, round_, branch)
            standing = _standing(session, number, language)
            if standing:
                return standing
            assert report.head
            issue = issue_of(house.settings, number, report.as_of, actor.name, report.head)
            report = replace(report, issue=issue)
    made, kept = house.documents.put_made(lambda path: lay_out(house, KIND, report, language, path, progress))
    row = Document(
        kind=RECTIFICATION_DRAFT if report.draft else KIND, round_id=round_id, organisation_id=branch_id,
        language=language, filename=made.filename, media_type=made.media_type, sha256=kept.sha256, size=kept.size,
        pages=made.pages, account_id=actor.account_id, created_at=report.as_of,
        number=report.issue.number if report.issue else "", issued_at=report.as_of if report.issue else None,
        chain_seq=report.head.seq if report.head else None, chain_sha256=report.head.sha256 if report.head else "",
    )  # fmt: skip
    return _keep(house.db, actor, row)


def _keep(db: Database, actor: Actor, row: Document) -> int:
    """Write the row down; of two people who make the same report at one time, both get the first one's."""
    with unit_of_work(db, actor) as work:
        asked = select(Finding.id).where(
            Finding.round_id == row.round_id, Finding.organisation_id == row.organisation_id,
            col(Finding.number).is_not(None),
        )  # fmt: skip
        work.session.exec(asked.order_by(col(Finding.id)).with_for_update()).all()
        standing = _standing(work.session, row.number, row.language) if row.number else None
        if standing:
            return standing
        work.session.add(row)
        work.session.flush()
        place = {"round_id": row.round_id, "organisation_id": row.organisation_id}
        verb = "rectification.reported" if row.number else "rectification.drafted"
        work.record(verb, "document", row.id, **place, number=row.number, sha256=row.sha256)
        return row.id or 0


def _standing(session: Session, number: str, language: str) -> int | None:
    """The document that has this number in this language."""
    query = select(Document.id).where(Document.number == number, Document.language == language, Document.kind == KIND)
    return session.exec(query.limit(1)).first()


def _number(session: Session, round_: Round, branch: Organisation) -> str:
    """The number of the report as the answers stand: the last one's while they are unchanged, else the next.

    It follows the round's notice; without one, where all was corrected on the spot, round and branch.
    """
    round_id, branch_id = round_.id or 0, branch.id or 0
    notices = notices_of(session, round_id, branch_id)
    asked_by = notices[0].number if notices else f"{round_.code}-{branch.code}"
    query = select(Document).where(Document.round_id == round_id, Document.organisation_id == branch_id)
    editions = session.exec(query.where(Document.kind == KIND).order_by(col(Document.id))).all()
    if editions and not _changed_since(session, editions[-1].chain_seq or 0, findings_of(session, round_id, branch_id)):
        return editions[-1].number
    return f"{asked_by}-R{len({row.number for row in editions}) + 1}"


def _changed_since(session: Session, seq: int, findings: Sequence[Finding]) -> bool:
    """Whether anything that the report tells of happened after this link of the history."""
    query = select(Event.seq).where(
        Event.subject_kind == "finding",
        col(Event.subject_id).in_([str(row.id) for row in findings]),
        col(Event.verb).not_in(QUIET),
        Event.seq > seq,
    )
    return session.exec(query.limit(1)).first() is not None
