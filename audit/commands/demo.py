"""Build the demo city."""

import datetime as dt
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from audit.config import Settings, settings
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.demo import documents
from audit.demo.city import SMALL, WHOLE, Built, build, holds_anybody
from audit.errors import RoundsError
from audit.services import clock
from audit.services.holding import held

BUILDING = ".building"  # ending of the database file until the city is complete


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def demo(
        small: Annotated[bool, typer.Option(help="Four branches instead of 36.")] = False,
        seed: Annotated[int, typer.Option(help="Another seed is another city.")] = 1,
        today: Annotated[str, typer.Option(help="The day the city is built for, YYYY-MM-DD; empty: today.")] = "",
        if_empty: Annotated[bool, typer.Option(help="Do nothing, successfully, where data is already.")] = False,
    ) -> None:
        """Fill an empty installation with a seeded demo city: branches, people, rounds, visits, photos."""
        day = _day(today)
        current = settings()
        if if_empty and _occupied(current):
            return
        begun = time.monotonic()
        with held(current.home, "home.in_use"):
            if _occupied(current):
                raise RoundsError("demo.not_empty")
            built = _build(current, seed, day, small)
            documents.make(current, day)
        typer.echo(
            f"demo city: {built.branches} branches, {built.accounts} accounts, {built.visits} visits, "
            f"{built.photos} photos (seed {seed}, {day}) in {time.monotonic() - begun:.0f} s"
        )


def _day(text: str) -> dt.date:
    if not text:
        return clock.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RoundsError("invalid", field="--today") from None


def _file(current: Settings) -> Path | None:
    """The database's file, None for a database server."""
    url = current.effective_database_url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None


def _occupied(current: Settings) -> bool:
    file = _file(current)
    if file and not file.exists():
        return False
    db = Database(current.effective_database_url)
    try:
        migrate(db)
        return holds_anybody(db)
    finally:
        db.close()


def _build(current: Settings, seed: int, day: dt.date, small: bool) -> Built:
    """Build into a file beside the final one, which gets its name when all is there: a city is whole or not there."""
    file = _file(current)
    url = f"sqlite:///{file}{BUILDING}" if file else current.effective_database_url
    if file:
        _remove(Path(f"{file}{BUILDING}"))
    db = Database(url)
    try:
        migrate(db)
        built = build(
            db,
            current.photo_store,
            current.home,
            seed=seed,
            today=day,
            size=SMALL if small else WHOLE,
            workers=current.photo_workers,
            progress=_Progress(),
        )
    finally:
        db.close()
    if file:
        _remove(file)
        Path(f"{file}{BUILDING}").replace(file)
    return built


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)


class _Progress:
    """Tells on stderr how far the city is: in place on a terminal, else every tenth."""

    def __init__(self) -> None:
        self.told = -1

    def __call__(self, what: str, done: int, total: int) -> None:
        share = done * 100 // max(1, total)
        step = 1 if sys.stderr.isatty() else 10
        if share // step == self.told and done < total:
            return
        self.told = share // step
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\rbuilding the demo city: {what} {share:3d} %", end=end, file=sys.stderr, flush=True)
        else:
            print(f"building the demo city: {what} {share} %", file=sys.stderr, flush=True)
