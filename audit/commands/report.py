"""Make visit reports from the command line: one branch's, or those of all branches of a round."""

import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from audit.db.models import Organisation
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.i18n import message
from audit.jobs.alongside import alongside
from audit.services import reports
from audit.services.archives import free_name
from audit.services.installation import Installation, installation
from audit.services.layout import check_language
from exports.base import Written

# Whoever may run commands on the machine can read its database anyway; nothing is changed here.
COMMAND_LINE = Actor(account_id=0, name="command line", grants=(Granted(Role.MARKETING, Scope.CITY),))


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""

    @app.command()
    def report(
        branch: Annotated[str, typer.Option(help="The branch's code or name, 江北 or Jiangbei will do.")],
        out: Annotated[Path, typer.Option(help="The PDF to write.")],
        round_: Annotated[str, typer.Option("--round", help="The round's code; latest: the newest finished one.")] = (
            reports.LATEST
        ),
        language: Annotated[str, typer.Option(help="zh, en, or both.")] = "zh",
    ) -> None:
        """The illustrated visit report of one branch in one round, as PDF."""
        house = installation()
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            round_id, branch_id = reports.find(house.db, COMMAND_LINE, round_, branch)
            made = reports.render(house, COMMAND_LINE, round_id, branch_id, language, out)
        finally:
            house.close()
        typer.echo(_told(made, out))

    @app.command(name="reports")
    def all_reports(
        out: Annotated[Path, typer.Option(help="The folder to write to, or a file: .zip.")],
        round_: Annotated[str, typer.Option("--round", help="The round's code; latest: the newest finished one.")] = (
            reports.LATEST
        ),
        language: Annotated[str, typer.Option(help="zh, en, or both.")] = "zh",
    ) -> None:
        """The visit reports of all branches of a round, as PDFs in a folder or a ZIP. Not 0 when one is lacking.

        A file appears under its name when it is whole; one that is there already is replaced.
        """
        check_language(language)
        house = installation()
        try:
            found = reports.of_round(house.db, COMMAND_LINE, round_)
            refused = _make_all(house, found, language, out)
        finally:
            house.close()
        for branch in found.without:
            print(f"{branch.code} {branch.name_zh}: no complete visit yet, no report", file=sys.stderr)
        for branch, error in refused:
            print(f"{branch.code} {branch.name_zh}: {message(error, 'en')} [{error.code}]", file=sys.stderr)
        if refused:
            raise typer.Exit(1)


def _make_all(
    house: Installation, found: reports.OfRound, language: str, out: Path
) -> list[tuple[Organisation, RoundsError]]:
    """Make the reports, as many at one time as there are processes that lay out; those that were refused."""
    zipped = out.suffix.lower() == ".zip"
    folder = out.parent if zipped else out
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reports-", dir=folder) as half:  # beside it: a rename puts it in place

        def one(branch: Organisation) -> Written:
            path = Path(half) / f"{branch.id}.pdf"
            return reports.render(house, COMMAND_LINE, found.round.id or 0, branch.id or 0, language, path)

        taken = set[str]()  # two branches may have one name
        workers = house.settings.report_workers
        outcomes = alongside(found.branches, one, workers, _Progress(len(found.branches)))
        made = [replace(one, filename=free_name(one.filename, taken)) for one in outcomes if isinstance(one, Written)]
        if zipped and made:
            _pack(made, Path(half) / "all.zip").replace(out)
            typer.echo(f"{out}: {len(made)} reports, {out.stat().st_size / 1e6:.1f} MB")
        else:
            for written in made:
                typer.echo(_told(written, written.path.replace(folder / written.filename)))
    pairs = zip(found.branches, outcomes, strict=True)
    return [(branch, outcome) for branch, outcome in pairs if isinstance(outcome, RoundsError)]


def _pack(made: Sequence[Written], target: Path) -> Path:
    """One file of them, stored as they are: packing makes a PDF no smaller."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for written in made:
            packed.write(written.path, written.filename)
            written.path.unlink()  # it need not lie on the disk twice
    return target


def _told(made: Written, path: Path) -> str:
    return f"{path}: {made.pages} pages, {path.stat().st_size / 1e6:.1f} MB"


class _Progress:
    """Tells on stderr how many are done: in place on a terminal, else a line each."""

    def __init__(self, total: int) -> None:
        self.total, self.told = total, -1

    def __call__(self, done: int) -> None:
        if done == self.told:
            return
        self.told = done
        if sys.stderr.isatty():
            end = "\n" if done == self.total else ""
            print(f"\rreports: {done}/{self.total}", end=end, file=sys.stderr, flush=True)
        else:
            print(f"reports: {done}/{self.total}", file=sys.stderr, flush=True)
