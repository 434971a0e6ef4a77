"""Visit reports: whose they are, what was chosen for them, and the finished files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Assignment, AssignmentMember, Document, Organisation, Photo, ReportDraft, Round, Visit
from audit.db.upsert import insert_missing
from audit.domain.permissions import Actor, Where, authorise, authorise_somewhere, covers, grants_for
from audit.domain.reports import VisitReport
from audit.domain.visits import REINSPECTION
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.access import once_accepted
from audit.services.installation import Installation
from audit.services.layout import lay_out
from audit.services.report_content import gather
from audit.services.report_source import REPORTED
from audit.services.work import unit_of_work
from exports.base import Progress, Written, no_progress

REMARKS_LIMIT = 10_000
LATEST = "latest"
DRAFT = "visit_report_draft"
OF_DRAFTS = ("report.read", "report.edit")


@dataclass(frozen=True)
class Reportable:
    """A branch in a round, and how many of its visits are complete."""

    round: Round
    branch: Organisation
    complete: int
    planned: int


@dataclass(frozen=True)
class Chosen:
    """What was chosen for a report: `photos` maps a photo's uuid to whether it is shown (not named: shown)."""

    remarks: str
    photos: Mapping[str, bool]
    version: int


@dataclass(frozen=True)
class OfRound:
    """A round, the branches that have a report in it, and those without a complete visit, which have none yet."""

    round: Round
    branches: tuple[Organisation, ...]
    without: tuple[Organisation, ...]


def reportable(db: Database, actor: Actor) -> list[Reportable]:
    """The branches and rounds whose report the actor may read, newest round first; with at least one complete visit."""
    return [one for one in _visited(db, actor) if one.complete]


def _visited(db: Database, actor: Actor) -> list[Reportable]:
    authorise_somewhere(actor, "report.read")
    query = (
        select_rows(Round, Organisation, col(Visit.state), col(AssignmentMember.account_id))
        .join(Assignment, col(Assignment.round_id) == Round.id)
        .join(Organisation, col(Organisation.id) == Assignment.inspected_id)
        .join(Visit, col(Visit.assignment_id) == Assignment.id)
        .outerjoin(
            AssignmentMember,
            (col(AssignmentMember.assignment_id) == Assignment.id)
            & (col(AssignmentMember.account_id) == actor.account_id),
        )
        .where(col(Visit.state) != "cancelled", col(Round.kind) != REINSPECTION)
        .order_by(col(Round.starts_on).desc(), col(Round.id).desc(), col(Organisation.id))
    )
    found: dict[tuple[int | None, int | None], Reportable] = {}
    with db.read() as session:
        for round_, branch, state, member in session.execute(query).all():
            if _opens(actor, "report.read", Where(organisation_id=branch.id, in_team=member is not None)):
                before = found.get((round_.id, branch.id), Reportable(round_, branch, 0, 0))
                complete = before.complete + (state in REPORTED)
                found[round_.id, branch.id] = Reportable(round_, branch, complete, before.planned + 1)
    return list(found.values())


def of_round(db: Database, actor: Actor, round_name: str) -> OfRound:
    """All of a round ("latest": the newest closed one with a report). Raises `report.unknown_round`."""
    visited = _visited(db, actor)
    here = _in_round([one for one in visited if one.complete], round_name)
    row = here[0].round
    others = tuple(one.branch for one in visited if one.round.id == row.id and not one.complete)
    return OfRound(row, tuple(one.branch for one in here if one.round.id == row.id), others)


def find(db: Database, actor: Actor, round_name: str, branch_name: str) -> tuple[int, int]:
    """Ids of a round ("latest": the branch's newest closed one) and of a branch, as people name them.

    Both go by code, by name in either language, or by the beginning of one when it fits only one; a branch also without
    the word for branch (江北, Jiangbei). Raises `report.unknown_round` and `report.unknown_branch`, which tell what
    there is.
    """
    here = _in_round(reportable(db, actor), round_name)
    branches = {one.branch.id or 0: one.branch for one in here}
    branch_id = _named(branch_name, {number: _names(row) for number, row in branches.items()})
    if branch_id is None:
        known = ", ".join(f"{row.code} {row.name_zh}" for row in branches.values())
        raise RoundsError("report.unknown_branch", name=branch_name, known=known)
    return next((one.round.id or 0, branch_id) for one in here if one.branch.id == branch_id)


def _in_round(found: Sequence[Reportable], round_name: str) -> list[Reportable]:
    """Those of the round that the name means, or of all closed ones for the latest. Raises `report.unknown_round`."""
    if round_name == LATEST:
        here = [one for one in found if one.round.state == "closed"]
    else:
        rounds = {one.round.id or 0: one.round for one in found}
        round_id = _named(round_name, {number: _names(row) for number, row in rounds.items()})
        here = [one for one in found if one.round.id == round_id]
    if not here:
        known = ", ".join(dict.fromkeys(one.round.code for one in found)) or "—"
        raise RoundsError("report.unknown_round", name=round_name, known=known)
    return here


def _names(row: Round | Organisation) -> set[str]:
    """Every name of a round or a branch, as it is compared."""
    full = {text.casefold() for text in (row.code, row.name_zh, row.name_en) if text}
    return full | {text.removesuffix("分公司").removesuffix("branch").strip() for text in full}


def _named(wanted: str, names: Mapping[int, set[str]]) -> int | None:
    """Whom a name means: whose it is, or else the only one with a name that begins so."""
    wanted = " ".join(wanted.casefold().split())
    exact = [number for number, texts in names.items() if wanted in texts]
    begun = [number for number, texts in names.items() if wanted and any(text.startswith(wanted) for text in texts)]
    return next((found[0] for found in (exact, begun) if len(found) == 1), None)


def visit_report(
    house: Installation, actor: Actor, round_id: int, branch_id: int, everything: bool = False
) -> VisitReport:
    """The report as it stands now; with `everything`, also with the photos that were left out of it.

    Raises `forbidden`, `not_found`, `report.no_visits`.
    """
    with house.db.read() as session:
        round_, branch = reach(session, actor, "report.read", round_id, branch_id)
        return gather(session, house.settings, round_, branch, clock.now(), everything)


def chosen(db: Database, actor: Actor, round_id: int, branch_id: int) -> Chosen:
    """What was chosen so far. Raises `forbidden`, `not_found`."""
    with db.read() as session:
        reach(session, actor, "report.read", round_id, branch_id)
        row = session.get(ReportDraft, (round_id, branch_id))
        return Chosen(row.remarks, dict(row.photos), row.version) if row else Chosen("", {}, 0)


def may_choose(db: Database, actor: Actor, round_id: int, branch_id: int) -> bool:
    """Whether the actor may change what the report shows."""
    try:
        with db.read() as session:
            reach(session, actor, "report.edit", round_id, branch_id)
    except RoundsError:
        return False
    return True


def choose(
    db: Database, actor: Actor, round_id: int, branch_id: int, remarks: str, photos: Mapping[str, bool], version: int
) -> None:
    """Keep remarks and the choice of photos. Raises `too_long`, `stale`, and `not_found` also for a foreign photo."""
    with unit_of_work(db, actor) as work:
        reach(work.session, actor, "report.edit", round_id, branch_id)
        remarks = values.text("remarks", remarks, REMARKS_LIMIT)
        ours = set(
            work.session.exec(
                select(Photo.uuid)
                .join(Assignment, col(Assignment.id) == Photo.assignment_id)
                .where(Assignment.round_id == round_id, Assignment.inspected_id == branch_id)
            ).all()
        )
        if not set(photos) <= ours:
            raise RoundsError("not_found")
        nothing = {"round_id": round_id, "organisation_id": branch_id, "remarks": "", "photos": {}, "version": 0}
        insert_missing(work.session, ReportDraft, [nothing])
        row = work.session.get_one(ReportDraft, (round_id, branch_id), with_for_update=True)
        if row.version != version:
            raise RoundsError("stale")
        row.remarks, row.photos, row.version = remarks, dict(photos), version + 1
        work.session.add(row)
        hidden = sorted(uuid for uuid, shown in photos.items() if not shown)
        work.record("report.chosen", "round", round_id, organisation_id=branch_id, hidden_photos=hidden)


def render(
    house: Installation,
    actor: Actor,
    round_id: int,
    branch_id: int,
    language: str,
    out: Path,
    progress: Progress = no_progress,
) -> Written:
    """The report as a PDF in the file `out`: the one way for page, job and command line.

    Raises `invalid` for an unknown language, what `visit_report` raises, and `report.*` from the layout.
    """
    return lay_out(house, "visit_report", visit_report(house, actor, round_id, branch_id), language, out, progress)


def make_document(
    house: Installation, actor: Actor, round_id: int, branch_id: int, language: str, progress: Progress = no_progress
) -> int:
    """Render the draft and keep the file; returns the document's id, under which the routes serve it."""
    report = visit_report(house, actor, round_id, branch_id)
    made, kept = house.documents.put_made(lambda path: lay_out(house, "visit_report", report, language, path, progress))
    with unit_of_work(house.db, actor) as work:
        row = Document(
            kind=DRAFT,
            round_id=round_id,
            organisation_id=branch_id,
            language=language,
            filename=made.filename,
            media_type=made.media_type,
            sha256=kept.sha256,
            size=kept.size,
            pages=made.pages,
            account_id=actor.account_id,
            created_at=work.now,
            chain_seq=report.head.seq if report.head else None,
            chain_sha256=report.head.sha256 if report.head else "",
        )
        work.session.add(row)
        work.session.flush()
        place = {"round_id": round_id, "organisation_id": branch_id}
        work.record("report.drafted", "document", row.id, **place, sha256=kept.sha256)
        return row.id or 0


def reach(session: Session, actor: Actor, permission: str, round_id: int, branch_id: int) -> tuple[Round, Organisation]:
    """Round and branch, when the actor has the permission for what was found there. Raises `forbidden`, `not_found`.

    Whoever answers for the branch, its leaders too, reaches no draft: it tells of visits before they are accepted and
    of findings before they are issued.
    """
    authorise_somewhere(actor, permission)
    query = (
        select_rows(Round, Organisation, col(AssignmentMember.account_id))
        .join(Assignment, col(Assignment.round_id) == Round.id)
        .join(Organisation, col(Organisation.id) == Assignment.inspected_id)
        .outerjoin(
            AssignmentMember,
            (col(AssignmentMember.assignment_id) == Assignment.id)
            & (col(AssignmentMember.account_id) == actor.account_id),
        )
        .where(col(Round.id) == round_id, col(Organisation.id) == branch_id)
    )
    rows = session.execute(query).all()
    if not rows:
        raise RoundsError("not_found")
    in_team = any(member is not None for _, _, member in rows)
    where = Where(organisation_id=branch_id, in_team=in_team)
    authorise(actor, permission, where)
    if not _opens(actor, permission, where):
        raise RoundsError("not_found")
    return rows[0][0], rows[0][1]


def _opens(actor: Actor, permission: str, where: Where) -> bool:
    holding = [grant for grant in grants_for(actor, permission) if covers(grant, where)]
    return any(permission not in OF_DRAFTS or not once_accepted(grant) for grant in holding)
