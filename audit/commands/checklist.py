"""Check checklist files without keeping them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from audit.domain.checklist import Checklist
from audit.errors import RoundsError
from audit.i18n import message
from audit.services.checklists import read_file


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Checklist files.")
    app.add_typer(group, name="checklist")

    @group.callback()
    def _group() -> None:
        """Checklist files."""

    @group.command()
    def check(
        files: Annotated[list[Path], typer.Argument(help="YAML files, or Excel workbooks in XLSForm shape.")],
        language: Annotated[str, typer.Option(help="Language of the messages: en or zh.")] = "en",
    ) -> None:
        """Name file, line (or cell) and cause of every mistake; exit 1 when there is one."""
        faulty = False
        for path in files:
            faulty |= not _check(path, "zh_CN" if language.startswith("zh") else "en")
        if faulty:
            raise typer.Exit(1)


def _check(path: Path, locale: str) -> bool:
    try:
        content = path.read_bytes()
    except OSError as error:
        print(f"{path}: {error.strerror}", file=sys.stderr)
        return False
    try:
        reading = read_file(path.name, content)
    except RoundsError as error:
        print(f"{path}: {message(error, locale)} [{error.code}]", file=sys.stderr)
        return False
    for fault in reading.faults:
        place = f":{fault.place}" if fault.place else ""
        cause = message(RoundsError(fault.code, **fault.params), locale)
        print(f"{path}{place}: {cause} [{fault.code}]", file=sys.stderr)
    if reading.checklist:
        typer.echo(f"{path}: {_summary(reading.checklist)}")
    return reading.checklist is not None


def _summary(checklist: Checklist) -> str:
    points = [item.points for item in checklist.items()]
    counts = f"{len(checklist.sections)} sections, {len(points)} items, {sum(points)} points"
    return f"{checklist.code} {checklist.version}: {counts}"
