"""Editions of a season's documents: each closing makes another result, whose documents have numbers of their own.

What was issued of a result before stays as it is; when the season is closed again it is marked as superseded.
"""

from sqlmodel import Session, col, func, select

from audit.db.models import Document, ScoreboardSnapshot, Season

KINDS = ("scoreboard", "certificates")
CERTIFICATE = "certificate"
RECOUNT = "recount"  # the file with which anybody recounts the result
_LETTERS = {**dict(zip(KINDS, "BC", strict=True)), RECOUNT: "R"}


def edition_of(session: Session, season_id: int) -> int:
    """How often the season was closed: which of its results its documents tell; 1 also before the first."""
    finals = ScoreboardSnapshot.season_id == season_id, ScoreboardSnapshot.kind == "final"
    return max(1, session.exec(select(func.count()).where(*finals)).one())


def number_of(season: Season, kind: str, edition: int) -> str:
    """The number of a season's document; the first edition has no digit behind it."""
    return f"SA-{season.code}-{_LETTERS[kind]}{edition if edition > 1 else ''}"


def certificate_of(season: Season, edition: int, contestant_id: int) -> str:
    """The number of one person's certificate."""
    return f"{number_of(season, KINDS[1], edition)}{'-' if edition > 1 else ''}{contestant_id:05}"


def supersede(session: Session, season: Season) -> None:
    """After a final board was published: name in the documents of the results before it what stands in their place.

    That is the same document of the new result, issued or not yet; for the certificate of somebody who is no star any
    more, the scoreboard.
    """
    finals = ScoreboardSnapshot.season_id == season.id, ScoreboardSnapshot.kind == "final"
    *before, last = session.exec(select(ScoreboardSnapshot).where(*finals).order_by(col(ScoreboardSnapshot.id))).all()
    edition, stars = len(before) + 1, {star["key"] for star in last.content["stars"]}
    board = number_of(season, KINDS[0], edition)
    successors: dict[str, str] = {}
    for old, kept in enumerate(before, start=1):
        successors |= {number_of(season, kind, old): number_of(season, kind, edition) for kind in _LETTERS}
        for key in (star["key"] for star in kept.content["stars"]):
            still = certificate_of(season, edition, int(key)) if key in stars else board
            successors[certificate_of(season, old, int(key))] = still
    query = select(Document).where(
        col(Document.number).in_(successors), col(Document.kind).in_((*_LETTERS, CERTIFICATE))
    )
    for row in session.exec(query).all():
        row.superseded_by = successors[row.number]
        session.add(row)
