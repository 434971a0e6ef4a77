"""The recount file of a closed season, published with its result: for everybody, for ever, under its SHA-256.

It is counted from the rows while the final board was made of the tallies. Where the two differ nothing is published:
not the file, and not the documents of the result, which name its hash. A worker makes it within the minute after the
season was closed (`publish_due`); whoever issues a document of the result before makes it first.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Contestant, Document, Event, Season
from audit.domain.contest import record as counting
from audit.domain.contest.season import SeasonState
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import editions, record, scoreboard, seasons, tallies
from audit.services.contest.editions import RECOUNT
from audit.services.installation import Installation
from audit.services.proof import head_of
from audit.services.work import unit_of_work

MEDIA_TYPE = "application/gzip"
FIGURES = ("organisation", "skill", "quiz", "votes", "bonus", "total", "place")  # of a line that everybody sees


@dataclass(frozen=True)
class Published:
    """A recount file as anybody may know it. `superseded_by`: the number of the file that stands in its place.

    `sha256`, `size` (bytes): of the file; `result_sha256`: what is printed on everything that tells this result.
    """

    number: str
    filename: str
    sha256: str
    size: int
    result_sha256: str
    issued_at: dt.datetime
    superseded_by: str


def published(session: Session, season: Season) -> list[Published]:
    """All recount files of a season, the one of the last result first."""
    last = editions.edition_of(session, season.id or 0)
    numbers = [editions.number_of(season, RECOUNT, edition) for edition in range(1, last + 1)]
    query = select(Document).where(Document.kind == RECOUNT, col(Document.number).in_(numbers))
    rows = session.exec(query.order_by(col(Document.id).desc())).all()
    return [
        Published(
            row.number, row.filename, row.sha256, row.size, row.result_sha256,
            row.issued_at or row.created_at, row.superseded_by,
        )
        for row in rows
    ]  # fmt: skip


def of_result(session: Session, season: Season) -> Published | None:
    """The file of the result that stands; None while the season is open or the file is not made yet."""
    if season.state != SeasonState.CLOSED:
        return None
    return next((one for one in published(session, season) if not one.superseded_by), None)


def standing_of(db: Database, season: Season) -> Published | None:
    """The same, read by itself."""
    with db.read() as session:
        return of_result(session, season)


def of_all_seasons(db: Database) -> list[tuple[Season, list[Published]]]:
    """Every season that has files, the newest first, with them: what was published stays reachable."""
    with db.read() as session:
        rows = session.exec(select(Season).order_by(col(Season.id).desc())).all()
        found = [(season, published(session, season)) for season in rows]
    return [(season, files) for season, files in found if files]


def find(house: Installation, sha256: str) -> Document:
    """A file by its hash; its bytes are in `house.documents`. Raises `not_found`."""
    with house.db.read() as session:
        row = session.exec(select(Document).where(Document.kind == RECOUNT, Document.sha256 == sha256)).first()
    if row is None or not house.documents.exists(sha256):
        raise RoundsError("not_found")
    return row


def make(house: Installation, actor: Actor | None, season_id: int) -> int:
    """Publish the file of a closed season's result and return the document's id; the one that is there, if it is.

    For callers that checked who may: the clock, and `results`. Raises `recount.differs` with the first figure in which
    the count of the rows is not what the final board says, `wrong_state` unless the season is closed.
    """
    with house.db.read(steady=True) as session:
        season = seasons.find(session, season_id)
        edition = editions.edition_of(session, season_id)
        number = editions.number_of(season, RECOUNT, edition)
        standing = _standing(session, number)
        if standing is not None:
            return standing
        if season.state != SeasonState.CLOSED:
            raise RoundsError("wrong_state", state=season.state)
        head = head_of(session)
        sealed = record.sealed_file(session, season)
        _check(session, season, sealed)
        account_id = actor.account_id if actor else _closed_by(session, season)
    content = record.packed(sealed)
    sha256 = house.documents.put_bytes(content)
    now = clock.now()
    row = Document(
        kind=RECOUNT, number=number, subject=season.name_zh, filename=_filename(season, edition),
        media_type=MEDIA_TYPE, sha256=sha256, size=len(content), account_id=account_id, created_at=now, issued_at=now,
        chain_seq=head.seq, chain_sha256=head.sha256, result_sha256=sealed["result_sha256"],
    )  # fmt: skip
    return _keep(house.db, actor, season_id, edition, row)


def publish_due(house: Installation) -> int:
    """Publish the file of every closed season that has none for its result; returns how many. Called by the clock.

    One whose rows tell another result is passed over: the organiser is told on asking for a document of it.
    """
    with house.db.read() as session:
        closed = session.exec(select(Season).where(Season.state == SeasonState.CLOSED)).all()
        due = [season.id or 0 for season in closed if of_result(session, season) is None]
    done = 0
    for season_id in due:
        try:
            make(house, None, season_id)
            done += 1
        except RoundsError as error:
            if error.code not in ("recount.differs", "wrong_state"):
                raise
    return done


def _keep(db: Database, actor: Actor | None, season_id: int, edition: int, row: Document) -> int:
    """Write the row unless somebody did meanwhile. Raises `wrong_state` when the season was reopened meanwhile."""
    with unit_of_work(db, actor) as work:
        now = tallies.hold_season(work.session, season_id, alone=True)
        if now.state != SeasonState.CLOSED or editions.edition_of(work.session, season_id) != edition:
            raise RoundsError("wrong_state", state=now.state)
        before = _standing(work.session, row.number)
        if before is not None:
            return before
        work.session.add(row)
        work.session.flush()
        hashes = {"sha256": row.sha256, "result_sha256": row.result_sha256}
        work.record(f"{RECOUNT}.issued", "season", season_id, document=row.id, **hashes)
        return row.id or 0


def _standing(session: Session, number: str) -> int | None:
    return session.exec(select(Document.id).where(Document.number == number, Document.kind == RECOUNT)).first()


def _check(session: Session, season: Season, sealed: Mapping[str, Any]) -> None:
    """Raise `recount.differs` when the file's result is not the final board's; people are told by employee number."""
    final = scoreboard.newest(session, season.id or 0, "final")
    assert final is not None
    rows = session.exec(select(Contestant.id, Contestant.employee_number).where(Contestant.season_id == season.id))
    numbers = dict(rows.all())
    result = sealed["result"]
    file_names = {counting.pseudonym(season.salt, id_ or 0): number for id_, number in numbers.items()}
    board_names = {str(id_): number for id_, number in numbers.items()}
    board = _shown(final.rules_version, final.content["lines"], final.content["stars"], board_names)
    counted = _shown(sealed["rules_version"], result["standings"], result["stars"], file_names)
    for difference in counting.differences(board, counted, "result"):
        raise RoundsError("recount.differs", difference=difference)


def _shown(version: int, lines: Sequence[Any], stars: Sequence[Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What board and file have in common, by employee number."""
    return {
        "rules_version": version,
        "lines": {names[line["key"]]: {name: line[name] for name in FIGURES} for line in lines},
        "stars": {names[star["key"]]: star["seat"] for star in stars},
    }


def _closed_by(session: Session, season: Season) -> int:
    """The account that closed the season: it published the result, whoever writes the file of it."""
    closing = select(Event.account_id).where(
        Event.subject_kind == "season", Event.subject_id == str(season.id), Event.verb == "season.close"
    )
    return session.exec(closing.order_by(col(Event.seq).desc())).first() or 0


def _filename(season: Season, edition: int) -> str:
    code = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in season.code)
    return f"rounds-recount-{code}{f'-{edition}' if edition > 1 else ''}.json.gz"
