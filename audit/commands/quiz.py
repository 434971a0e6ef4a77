"""The quiz's question bank and its figures, from the command line."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, select

from audit.db.models import Season
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.i18n import message
from audit.services.contest import papers, questions, quiz_statistics
from audit.services.installation import installation

OPERATOR = Actor(0, "command line", "en", (Granted(Role.ORGANISER, Scope.SEASON),))
NOTHING = "–"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(no_args_is_help=True, help="The contest's quiz: questions, papers, figures.")
    app.add_typer(group, name="quiz")

    @group.command(name="import")
    def import_questions(
        file: Annotated[Path, typer.Argument(help="Excel (.xlsx) or Moodle GIFT (.gift, .txt).")],
        keep: Annotated[bool, typer.Option("--keep", help="Import; without it, only say what would happen.")] = False,
        language: Annotated[str, typer.Option(help="Language of the messages: en or zh.")] = "en",
    ) -> None:
        """Import questions, whole or not at all; every mistake is named with its row or line."""
        outcome = questions.import_file(installation().db, OPERATOR, file.name, file.read_bytes(), dry_run=not keep)
        locale = "zh_CN" if language.startswith("zh") else "en"
        for error in outcome.errors:
            place = ":".join(str(part) for part in (file, error.row or "", error.column) if part)
            print(f"{place}: {message(error.error, locale)} [{error.error.code}]", file=sys.stderr)
        if outcome.errors:
            raise typer.Exit(1)
        done = "imported" if keep else "would be imported"
        typer.echo(f"{outcome.created} new, {outcome.changed} changed, {outcome.unchanged} unchanged: {done}")

    @group.command()
    def export(
        file: Annotated[Path, typer.Argument(help="Where to: its ending says which kind (.xlsx, .gift).")],
    ) -> None:
        """Write all questions, with their right answers."""
        db = installation().db
        gift = file.suffix.lower() != ".xlsx"
        data = questions.export_gift(db, OPERATOR) if gift else questions.export_workbook(db, OPERATOR, "zh_CN")
        file.write_bytes(data)
        typer.echo(f"written: {file} ({len(data)} bytes)")

    @group.command()
    def draw(
        season: Annotated[str, typer.Option(help="Code of the season.")],
        week: Annotated[int, typer.Option(help="Which week's paper.")],
        seed: Annotated[int | None, typer.Option(help="The seed; none: one is drawn.")] = None,
    ) -> None:
        """Draw a week's paper ahead, or anew while nobody has played it."""
        found = papers.draw(installation().db, OPERATOR, _season(season), week, seed)
        typer.echo(f"week {week}: drawn by seed {found}")

    @group.command()
    def items(season: Annotated[str, typer.Option(help="Code of the season.")]) -> None:
        """How the questions did: answers, share of right ones, point-biserial correlation, what to look at."""
        for line in quiz_statistics.item_lines(installation().db, OPERATOR, _season(season)):
            share = NOTHING if line.facility is None else f"{line.facility:.2f}"
            correlation = NOTHING if line.discrimination is None else f"{line.discrimination:+.2f}"
            typer.echo("\t".join((line.code, line.difficulty, str(line.answers), share, correlation, line.advice)))


def _season(code: str) -> int:
    with installation().db.read() as session:
        found = dict(session.exec(select(Season.code, Season.id).order_by(col(Season.id))).all())
    if code not in found:
        raise RoundsError("season.unknown", name=code, known=", ".join(found) or NOTHING)
    return found[code] or 0
