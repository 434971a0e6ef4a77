"""Issued documents: making the files that were promised, and who may read which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy import select as select_rows
from sqlalchemy import update as change_rows
from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Assignment, AssignmentMember, Document, Notice, Organisation, Round
from audit.domain.permissions import Actor, Scope, authorise, authorise_somewhere, grants_for
from audit.errors import RoundsError
from audit.services.installation import Installation
from audit.services.layout import lay_out
from audit.services.paper_content import content_of
from audit.services.reports import DRAFT, reach
from audit.services.work import unit_of_work
from exports.base import Progress, no_progress

ISSUED = ("notice", "visit_report", "rectification")
RECTIFICATION_DRAFT = "rectification_draft"
DRAFTS = (DRAFT, RECTIFICATION_DRAFT)
# Kind of document → what its reader must be allowed to do with the branch that it is about.
READERS: Mapping[str, str] = {
    **dict.fromkeys(ISSUED, "paper.read"), DRAFT: "report.read", RECTIFICATION_DRAFT: "finding.answer",
}  # fmt: skip


@dataclass(frozen=True)
class Paper:
    """An issued document with what it is about; `notice`: whose document it is, for a notice."""

    document: Document
    round: Round
    branch: Organisation
    notice: Notice | None = None

    @property
    def made(self) -> bool:
        """Whether its file is there."""
        return bool(self.document.sha256)


def missing(db: Database, actor: Actor, round_id: int) -> list[int]:
    """The documents of a round that are issued and still to be made, the oldest first."""
    authorise(actor, "finding.issue")
    query = select(Document.id).where(Document.round_id == round_id, Document.sha256 == "")
    with db.read() as session:
        return [number or 0 for number in session.exec(query.order_by(col(Document.id))).all()]


def make(house: Installation, actor: Actor, document_id: int, progress: Progress = no_progress) -> bool:
    """Make the file of an issued document; False when it was there: what is issued is never made anew.

    It tells what was issued, however late it is made. Raises `not_found`, `forbidden`, and `report.*` from the layout.
    """
    authorise(actor, "finding.issue")
    with house.db.read() as session:
        row = session.get(Document, document_id)
        if row is None or row.issued_at is None:
            raise RoundsError("not_found")
        if row.sha256:
            return False
        value = content_of(session, house.settings, row)
    kind, language = row.kind, row.language
    made, kept = house.documents.put_made(lambda path: lay_out(house, kind, value, language, path, progress))
    with unit_of_work(house.db, actor) as work:
        file = {"filename": made.filename, "sha256": kept.sha256, "size": kept.size, "pages": made.pages}
        head = {"chain_seq": value.head.seq, "chain_sha256": value.head.sha256} if value.head else {}
        done = work.session.execute(
            change_rows(Document)
            .where(col(Document.id) == document_id, col(Document.sha256) == "")
            .values(**file, **head)
        )
        if not done.rowcount:  # type: ignore[attr-defined]
            return False  # somebody else was first; our file belongs to nobody and is collected
        work.record("document.made", "document", document_id, number=row.number, sha256=kept.sha256)
        return True


def rounds(db: Database, actor: Actor) -> list[Round]:
    """The rounds with documents that the actor may read, the newest first."""
    authorise_somewhere(actor, "paper.read")
    issued = select(Document.round_id).where(_readable(actor))
    query = select(Round).where(col(Round.id).in_(issued)).order_by(col(Round.starts_on).desc(), col(Round.id).desc())
    with db.read() as session:
        return list(session.exec(query).all())


def listing(
    db: Database, actor: Actor, round_id: int, organisation_id: int | None = None, kind: str = ""
) -> list[Paper]:
    """The issued documents of a round that the actor may read: by branch, the newest first."""
    authorise_somewhere(actor, "paper.read")
    query = (
        select_rows(Document, Round, Organisation, Notice)
        .join(Round, col(Round.id) == Document.round_id)
        .join(Organisation, col(Organisation.id) == Document.organisation_id)
        .outerjoin(Notice, col(Notice.notice_document_id) == Document.id)
        .where(_readable(actor), col(Document.round_id) == round_id)
        .order_by(col(Organisation.code), col(Document.id).desc())
    )
    if organisation_id is not None:
        query = query.where(col(Document.organisation_id) == organisation_id)
    if kind:
        query = query.where(col(Document.kind) == kind)
    with db.read() as session:
        return [Paper(*row) for row in session.execute(query).all()]


def of_notices(db: Database, actor: Actor, notice_ids: Sequence[int]) -> dict[int, Document]:
    """Notice → its document, where the actor may read it and the file is there."""
    query = (
        select_rows(col(Notice.id), Document)
        .join(Document, col(Document.id) == Notice.notice_document_id)
        .where(col(Notice.id).in_(list(notice_ids)), _readable(actor), col(Document.sha256) != "")
    )
    with db.read() as session:
        return dict(session.execute(query).tuples().all())


def document(house: Installation, actor: Actor, document_id: int) -> Document:
    """A document for those who may read it; its bytes are in `house.documents`. Raises `forbidden`, `not_found`."""
    with house.db.read() as session:
        row = session.get(Document, document_id)
        permission = READERS.get(row.kind if row else "", "paper.read")
        authorise_somewhere(actor, permission)
        if row is None or row.kind not in READERS or row.round_id is None or row.organisation_id is None:
            raise RoundsError("not_found")
        reach(session, actor, permission, row.round_id, row.organisation_id)
    if not row.sha256 or not house.documents.exists(row.sha256):
        raise RoundsError("not_found")
    return row


def _readable(actor: Actor) -> ColumnElement[bool]:
    """The issued documents that `document` would give the actor, as a condition on `Document`."""
    teams = (
        select_rows(col(Assignment.id))
        .join(AssignmentMember, col(AssignmentMember.assignment_id) == Assignment.id)
        .where(
            col(AssignmentMember.account_id) == actor.account_id,
            col(Assignment.round_id) == Document.round_id,
            col(Assignment.inspected_id) == Document.organisation_id,
        )
    )
    allowed: list[ColumnElement[bool]] = []
    for grant in grants_for(actor, "paper.read"):
        match grant.scope:
            case Scope.CITY:
                allowed.append(true())
            case Scope.BRANCH:
                allowed.append(col(Document.organisation_id) == grant.scope_id)
            case Scope.ASSIGNMENTS:
                allowed.append(teams.exists())
    return and_(col(Document.kind).in_(ISSUED), col(Document.issued_at).is_not(None), or_(false(), *allowed))
