"""A season's result as documents: Excel at any time, scoreboard and certificates as issued PDFs once it is closed.

An issued document is kept with its SHA-256 and its number, and never made anew: asking again gives the one that is
there. Each certificate has a number of its own, under which the public page knows the person it names. A season that
was reopened and closed again has another result: its documents are another edition, with numbers of their own. All of
them carry the hash of the result as the recount file has it, which is published before them.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from sqlmodel import Session, col, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Contestant, Document, Season
from audit.domain.contest.honours import Honoured, LeagueLine, Result, ResultLine
from audit.domain.contest.season import SeasonState
from audit.domain.permissions import Actor, Where, authorise
from audit.domain.reports import LANGUAGES, PhotoRef, Words
from audit.errors import RoundsError
from audit.photos.portrait import printed_portrait
from audit.services import clock
from audit.services.contest import boards, recount_files, seasons, tallies
from audit.services.contest.boards import Line, Sheet
from audit.services.contest.editions import CERTIFICATE, KINDS, RECOUNT, certificate_of, edition_of, number_of
from audit.services.installation import Installation
from audit.services.proof import head_of, issue_of, verification_url
from audit.services.work import unit_of_work
from exports import scoreboard_workbook
from exports.base import Export, Progress, Written, no_progress
from exports.certificates import PORTRAIT_MM
from exports.exporters import EXPORTERS
from exports.qr import qr_svg


def workbook(db: Database, actor: Actor, season_id: int, locale: str) -> Export:
    """The board that everybody sees, as Excel, with employee numbers; for the organiser."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    sheet = boards.read(db, season_id)
    return scoreboard_workbook.export(_result(db, sheet), locale, sheet.season.code)


def documents_of(db: Database, actor: Actor, season_id: int) -> Sequence[Document]:
    """The documents issued of a season's last result: scoreboard and certificates, by kind and language."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.read() as session:
        season = seasons.find(session, season_id)
        return _issued(session, season, [edition_of(session, season_id)])


def document(house: Installation, actor: Actor, season_id: int, document_id: int) -> Document:
    """One of them, or of an earlier result; its bytes are in `house.documents`. Raises `not_found`, `forbidden`."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with house.db.read() as session:
        season = seasons.find(session, season_id)
        rows = _issued(session, season, range(1, edition_of(session, season_id) + 1))
    found = [row for row in rows if row.id == document_id]
    if not found or not house.documents.exists(found[0].sha256):
        raise RoundsError("not_found")
    return found[0]


def make(
    house: Installation, actor: Actor, season_id: int, kind: str, language: str, progress: Progress = no_progress
) -> int:
    """Issue a document of a closed season and return its id; the one that is there, if it was issued before.

    `kind`: one of `KINDS`, or `RECOUNT`: the file, which has no language and which the clock publishes otherwise.
    Raises `wrong_state` before the season is closed, `recount.differs`, `invalid`, and what rendering raises.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    if kind == RECOUNT:
        return recount_files.make(house, actor, season_id)
    if kind not in KINDS or language not in LANGUAGES:
        raise RoundsError("invalid", field="kind" if kind not in KINDS else "language")
    with house.db.read() as session:  # before the board: `_keep` finds the same edition only if the board is of it
        season, edition = seasons.find(session, season_id), edition_of(session, season_id)
        number = number_of(season, kind, edition)
        standing = _standing(session, kind, number, language)
        head = head_of(session)
    if season.state != SeasonState.CLOSED:
        raise RoundsError("wrong_state", state=season.state)
    if standing is not None:
        return standing
    recount_files.make(house, actor, season_id)
    now = clock.now()
    issue = issue_of(settings(), number, now, actor.name, head)
    sheet = boards.read(house.db, season_id)
    if sheet.recount is None:
        raise RoundsError("wrong_state", state=sheet.season.state)  # reopened just now
    seal, where = sheet.recount.result_sha256, f"{settings().public_url.rstrip('/')}/contest/recount"
    result = replace(_result(house.db, sheet), head=head, issue=issue, sha256=seal, recount=where)
    if kind == KINDS[1]:
        result = replace(result, lines=(), stars=tuple(_certified(season, edition, star) for star in result.stars))
    blobs = _portraits(house.db, season_id, kind)
    result = _with_sizes(house, result, blobs)
    made, kept = house.documents.put_made(lambda path: _laid_out(house, result, kind, language, path, blobs, progress))
    file = {
        "language": language, "filename": made.filename, "media_type": made.media_type, "sha256": kept.sha256,
        "size": kept.size, "pages": made.pages, "account_id": actor.account_id, "created_at": now, "issued_at": now,
        "chain_seq": head.seq, "chain_sha256": head.sha256, "result_sha256": seal,
    }  # fmt: skip
    return _keep(house.db, actor, season, kind, edition, result, file)


def _keep(
    db: Database, actor: Actor, season: Season, kind: str, edition: int, result: Result, file: dict[str, Any]
) -> int:
    """Write the row of the file, and one for each certificate in it; whoever comes second finds the first one's.

    Raises `wrong_state` when the season was reopened since the board was read.
    """
    language, season_id, number = str(file["language"]), season.id or 0, number_of(season, kind, edition)
    with unit_of_work(db, actor) as work:
        now = tallies.hold_season(work.session, season_id, alone=True)
        if now.state != SeasonState.CLOSED or edition_of(work.session, season_id) != edition:
            raise RoundsError("wrong_state", state=now.state)
        before = _standing(work.session, kind, number, language)
        if before is not None:
            return before
        row = Document(kind=kind, number=number, subject=season.name_zh, **file)
        work.session.add(row)
        if kind == KINDS[1]:
            work.session.add_all(
                Document(
                    kind=CERTIFICATE, number=star.number, subject=f"{star.name.zh} · {star.organisation.zh}", **file
                )
                for star in result.stars
            )
        work.session.flush()
        work.record(f"{kind}.issued", "season", season.id, document=row.id, sha256=file["sha256"], language=language)
        return row.id or 0


def _standing(session: Session, kind: str, number: str, language: str) -> int | None:
    query = select(Document.id).where(Document.number == number, Document.kind == kind, Document.language == language)
    return session.exec(query).first()


def _issued(session: Session, season: Season, editions: Iterable[int]) -> Sequence[Document]:
    numbers = [number_of(season, kind, edition) for edition in editions for kind in KINDS]
    query = select(Document).where(col(Document.number).in_(numbers), col(Document.kind).in_(KINDS))
    return session.exec(query.order_by(col(Document.kind).desc(), col(Document.language).desc())).all()


def _result(db: Database, sheet: Sheet) -> Result:
    """The board as a frozen value."""
    people = boards.people_of(db, sheet.season.id or 0)
    config = settings()
    stars = [line for line in sheet.lines if line.id in sheet.stars]
    return Result(
        round=Words(sheet.season.name_zh, sheet.season.name_en),
        operator=Words(config.operator_zh, config.operator_en),
        stars=tuple(_honoured(line) for line in stars),
        lines=tuple(_line(line, people[str(line.id)][0], line.id in sheet.stars) for line in sheet.lines),
        league=tuple(
            LeagueLine(row.place, Words(row.name_zh, row.name_en), row.count, row.mean, row.shrunk)
            for row in sheet.league
        ),
        published_at=sheet.as_of or clock.now(),
    )


def _line(line: Line, person: Contestant, star: bool) -> ResultLine:
    return ResultLine(
        place=line.place, employee_number=person.employee_number, name=Words(line.name, line.name_en),
        organisation=Words(line.organisation_zh, line.organisation_en), skill=line.skill, quiz=line.quiz,
        votes=line.votes, bonus=line.bonus, total=line.total, star=star,
    )  # fmt: skip


def _honoured(line: Line) -> Honoured:
    photo = PhotoRef(_uuid(line.id), 0, 0) if line.thumbnail_sha256 else None
    organisation = Words(line.organisation_zh, line.organisation_en)
    return Honoured(Words(line.name, line.name_en), organisation, line.place, line.total, photo, str(line.id))


def _certified(season: Season, edition: int, star: Honoured) -> Honoured:
    """The star with the certificate's own number; until now `number` held the contestant's id."""
    number = certificate_of(season, edition, int(star.number))
    address = verification_url(settings(), number)
    return replace(star, number=number, address=address, qr=qr_svg(address))


def _uuid(contestant_id: int) -> uuid.UUID:
    """The name under which a portrait stands in a document."""
    return uuid.UUID(int=contestant_id)


def _portraits(db: Database, season_id: int, kind: str) -> dict[uuid.UUID, str]:
    """Portrait's name in the document → its hash in the photo store.

    On the scoreboard it is 24 mm wide: the thumbnail is fine enough.
    """
    sha256 = Contestant.thumbnail_sha256 if kind == KINDS[0] else Contestant.photo_sha256
    with db.read() as session:
        query = select(Contestant.id, sha256).where(Contestant.season_id == season_id, sha256 != "")
        return {_uuid(id_ or 0): sha256 for id_, sha256 in session.exec(query).all()}


def _with_sizes(house: Installation, result: Result, blobs: Mapping[uuid.UUID, str]) -> Result:
    """The portraits with their sizes in pixels, read from the files; one that is gone is left out."""

    def sized(star: Honoured) -> Honoured:
        sha256 = blobs.get(star.photo.uuid) if star.photo else None
        if star.photo is None or sha256 is None or not house.photos.exists(sha256):
            return replace(star, photo=None)
        with house.photos.as_file(sha256) as path, Image.open(path) as picture:
            width, height = picture.size
        return replace(star, photo=replace(star.photo, width=width, height=height))

    return replace(result, stars=tuple(sized(star) for star in result.stars))


def _laid_out(
    house: Installation,
    result: Result,
    kind: str,
    language: str,
    out: Path,
    blobs: Mapping[uuid.UUID, str],
    progress: Progress,
) -> Written:
    """Write the document. Certificates carry portraits as fine as print needs: 128 whole pictures are 42 MB."""
    with ExitStack() as files:
        folder = Path(files.enter_context(TemporaryDirectory()))

        def photo_file(photo: PhotoRef) -> Path:
            if kind == KINDS[0]:
                return files.enter_context(house.photos.as_file(blobs[photo.uuid]))
            path = folder / f"{photo.uuid}.jpg"
            path.write_bytes(printed_portrait(house.photos.read(blobs[photo.uuid]), PORTRAIT_MM))
            return path

        return EXPORTERS[kind].export(result, language, photo_file, house.renderer, out, progress)
